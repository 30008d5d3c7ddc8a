package dialer

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// claimed is one attempt that is committed as 'placing' and may be posted once.
type claimed struct {
	ID       uuid.UUID
	Phone    string
	Sender   string
	Preview  bool
	slot     time.Time // local time at which its POST may start
	deadline time.Time // local time after which it must not
}

// pacing is the carrier's pace row, read under its lock.
type pacing struct {
	next   time.Time // database time of the next free slot
	now    time.Time // database time
	paused bool
}

// lockPace is the first statement of every claim. It waits here, and only
// here: a statement that waits for a lock keeps the snapshot it began with, so
// the claim itself must be a statement of its own that never waits.
func lockPace(ctx context.Context, tx pgx.Tx) (pacing, error) {
	var p pacing
	var held, next *time.Time
	err := tx.QueryRow(ctx, `SELECT nullif(next_at, '-infinity'), nullif(held_until, '-infinity') FROM pace WHERE key = 'carrier' FOR UPDATE`).Scan(&next, &held)
	if err == nil {
		err = tx.QueryRow(ctx, `SELECT clock_timestamp(), dialling_paused_at IS NOT NULL FROM platform`).Scan(&p.now, &p.paused)
	}
	if err != nil {
		return pacing{}, fmt.Errorf("lock pace: %w", err)
	}
	p.next = p.now
	if next != nil && next.After(p.next) {
		p.next = *next
	}
	if held != nil && held.After(p.now) {
		p.paused = true
	}
	return p, nil
}

// room is how many slots begin within one tick from now; slots that passed
// unused are gone, so that a pause is never followed by a burst.
func (p pacing) room(rate float64) int {
	if p.paused {
		return 0
	}
	ahead := p.now.Add(tick).Sub(p.next)
	return max(0, int(math.Ceil(ahead.Seconds()*rate)))
}

func spacing(rate float64) time.Duration {
	return time.Duration(float64(time.Second) / rate)
}

func takeSlots(ctx context.Context, tx pgx.Tx, p pacing, rate float64, n int) error {
	next := p.next.Add(time.Duration(n) * spacing(rate))
	if _, err := tx.Exec(ctx, `UPDATE pace SET next_at = $1 WHERE key = 'carrier'`, next); err != nil {
		return fmt.Errorf("take slots: %w", err)
	}
	return nil
}

// dailyCap is how many campaign calls one person gets in 24 hours, over all
// campaigns of an account.
const dailyCap = 3

// claimSQL claims up to $2 recipients, running campaigns in turn. What must
// hold at this moment stands here once more (I1, I2, I3, I6): the rows it
// depends on are locked, and a row that changed since the snapshot is checked
// again by PostgreSQL in its newest version; a row that somebody holds is
// skipped, since a STOP may be about to commit.
const claimSQL = `
WITH served AS (
	SELECT c.id AS campaign_id, c.account_id, a.sender_id, s.number, a.monthly_limit
	FROM campaigns c
	JOIN accounts a ON a.id = c.account_id AND a.status = 'active'
	JOIN senders s ON s.id = a.sender_id AND s.active
	WHERE c.status = 'running' AND (c.dial_until IS NULL OR c.dial_until > $1)
	  AND (SELECT count(*) FROM attempts t WHERE t.account_id = c.account_id AND t.kind = 'campaign'
	         AND t.created_at > $1::timestamptz - interval '24 hours') < a.daily_quota
), picked AS (
	SELECT s.account_id, s.campaign_id, s.sender_id, s.number, p.*,
	       row_number() OVER (PARTITION BY s.campaign_id ORDER BY p.due_at, p.position) AS turn
	FROM served s
	CROSS JOIN LATERAL (
		SELECT r.id AS recipient_id, r.phone_key, r.due_at, r.position, k.event_id, e.phone, e.language
		FROM recipients r
		JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id AND e.deleted_at IS NULL AND e.phone_key = r.phone_key
		JOIN phone_gates g ON g.phone_key = r.phone_key
		JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key
		WHERE r.campaign_id = s.campaign_id AND r.state = 'pending'
		  AND r.due_at <= $1 AND r.open_from <= $1 AND r.open_until > $1
		  AND k.state = 'opted_in' AND g.stopped_at IS NULL
		  AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = r.phone_key AND b.sender_id = s.sender_id)
		  AND NOT EXISTS (SELECT FROM attempts l WHERE l.phone_key = r.phone_key
		        AND l.state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress'))
		  AND (SELECT count(*) FROM attempts t WHERE t.account_id = r.account_id AND t.phone_key = r.phone_key AND t.kind = 'campaign'
		        AND t.state <> 'not_placed' AND t.created_at > $1::timestamptz - interval '24 hours') < $5
		  AND (SELECT count(*) FROM attempts t WHERE t.account_id = r.account_id AND t.phone_key = r.phone_key AND t.kind = 'campaign'
		        AND t.state <> 'not_placed' AND t.created_at > $1::timestamptz - interval '30 days') < s.monthly_limit
		ORDER BY r.due_at, r.position
		LIMIT $2
		FOR UPDATE OF r, g, k SKIP LOCKED
	) p
), chosen AS (
	SELECT * FROM picked ORDER BY turn, due_at LIMIT $2
), placed AS (
	INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, language, consent_event,
		consent_checked_at, place_by, created_at)
	SELECT account_id, 'campaign', campaign_id, recipient_id, phone_key, sender_id, language, event_id, $1, $3, $1 FROM chosen
	ON CONFLICT (phone_key) WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress') DO NOTHING
	RETURNING id, recipient_id
), marked AS (
	UPDATE recipients r SET state = 'dialling', attempts_made = r.attempts_made + 1, updated_at = $4
	FROM placed p WHERE r.id = p.recipient_id
)
SELECT p.id, c.phone, c.number FROM placed p JOIN chosen c USING (recipient_id) ORDER BY c.turn, c.due_at`

// claim takes at most one tick's worth of recipients and commits their
// attempts before anything is posted.
func (d *Dialer) claim(ctx context.Context) ([]claimed, error) {
	begun := time.Now()
	var list []claimed
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		p, err := lockPace(ctx, tx)
		if err != nil {
			return err
		}
		n := p.room(d.CallsPerSecond)
		if n == 0 {
			return nil
		}
		now := d.Clock.Now()
		rows, err := tx.Query(ctx, claimSQL, now, n, p.now.Add(placeWithin), now, dailyCap)
		if err != nil {
			return fmt.Errorf("claim recipients: %w", err)
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (claimed, error) {
			var c claimed
			err := row.Scan(&c.ID, &c.Phone, &c.Sender)
			return c, err
		})
		if err != nil {
			return fmt.Errorf("claim recipients: %w", err)
		}
		d.assignSlots(list, p, begun)
		return takeSlots(ctx, tx, p, d.CallsPerSecond, len(list))
	})
	if err != nil {
		return nil, err // the commit may or may not have happened: the reconciler finds out, nobody posts
	}
	return list, nil
}

// assignSlots gives each claimed attempt its own local time. begun was read
// before the database's clock, so the local deadline is never the later one.
func (d *Dialer) assignSlots(list []claimed, p pacing, begun time.Time) {
	local := time.Now()
	for i := range list {
		wait := p.next.Sub(p.now) + time.Duration(i)*spacing(d.CallsPerSecond)
		list[i].slot = local.Add(wait)
		list[i].deadline = begun.Add(placeWithin)
	}
}

// dispatch is one tick: claim, then post each in its slot without waiting.
func (d *Dialer) dispatch(ctx context.Context) error {
	if d.breaker.open(time.Now()) {
		return nil
	}
	var any bool
	err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaigns WHERE status = 'running')`).Scan(&any)
	if err != nil {
		return fmt.Errorf("look for running campaigns: %w", err)
	}
	if !any {
		return nil
	}
	list, err := d.claim(ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		d.start(a)
	}
	return nil
}
