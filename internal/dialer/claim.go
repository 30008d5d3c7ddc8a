package dialer

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
)

const (
	placeWithin = 2 * time.Second // from claim to the start of the POST, at most, by the database's time

	// lead is how long after the claim its first slot begins: time for the
	// claim to commit, so that its calls are not late from the start.
	lead = 20 * time.Millisecond
)

// pacing is the carrier's pace row, as read.
type pacing struct {
	next    time.Time     // database time of the next free slot
	head    time.Duration // how far ahead slots are taken
	now     time.Time     // database time
	before  time.Time     // local time before now was read ...
	after   time.Time     // ... and after
	asked   time.Time     // local time before slots were asked for
	looked  time.Time     // local time before the claim looked at the campaigns: a pause since then is not seen
	placeBy time.Time     // database time by which the calls of this claim have been posted, or are not
	paused  bool
}

// earliest and latest are the bounds of a database time by this process's
// clock: what must not start too late goes by the one, what must not start too
// soon by the other.
func (p pacing) earliest(at time.Time) time.Time { return p.before.Add(at.Sub(p.now)) }
func (p pacing) latest(at time.Time) time.Time   { return p.after.Add(at.Sub(p.now)) }

// takeTurn is the first statement of every claim: one claims at a time, over
// all replicas. It waits here, and only here: a statement that waits for a lock
// keeps the snapshot it began with, so the claim itself must be a statement of
// its own that never waits.
func takeTurn(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT FROM pace WHERE key = 'claim' FOR NO KEY UPDATE`); err != nil {
		return fmt.Errorf("wait for the turn to claim: %w", err)
	}
	return nil
}

// readPace reads the carrier's pace and whether anything may be dialled at all.
// It locks nothing: slots are taken by takeSlots, at the end, so that nobody
// who needs one waits for somebody else's claim.
func (d *Dialer) readPace(ctx context.Context, tx pgx.Tx) (pacing, error) {
	p := pacing{before: time.Now(), head: max(lead, d.line.headway())}
	var held, next *time.Time
	var order string
	err := tx.QueryRow(ctx, `SELECT nullif(c.next_at, '-infinity'), nullif(c.held_until, '-infinity'), clock_timestamp(),
			p.dialling_paused_at IS NOT NULL OR (p.server <> database_server()) IS TRUE, `+asWritten+`
		FROM pace c CROSS JOIN platform p WHERE c.key = 'carrier'`).Scan(&next, &held, &p.now, &p.paused, &order)
	p.after = time.Now()
	if err != nil {
		return pacing{}, fmt.Errorf("read pace: %w", err)
	}
	p.before, p.after = d.offset.refine(p.now, p.before, p.after)
	p.placeBy = p.now.Add(placeWithin)
	p.next = p.now.Add(p.head)
	if next != nil && next.After(p.next) {
		p.next = *next
	}
	if behind := p.now.Add(d.line.free().Sub(p.after)); behind.After(p.next) {
		p.next = behind // this replica was held up: its slots move, or it would burst
	}
	if held != nil && held.After(p.now) {
		p.paused = true
	}
	return p, nil
}

// room is how many slots begin within one tick from the first one possible.
// Slots that passed unused are gone, so that a pause is never followed by a
// burst.
func (p pacing) room(rate float64) int {
	if p.paused {
		return 0
	}
	ahead := p.now.Add(p.head + tick).Sub(p.next)
	return max(0, int(math.Ceil(float64(ahead)/float64(spacing(rate)))))
}

// takeSlots moves the pace by the slots that are really used; the others are
// given back by not being taken. It is the last statement of its transaction,
// since everybody who needs a slot waits from here to the commit, and it reads
// the clock anew: what came before may have taken long, and slots that have
// passed by the time of the commit are of no use to anybody. p.next is then the
// first slot.
func (d *Dialer) takeSlots(ctx context.Context, tx pgx.Tx, p *pacing, n int) error {
	if n == 0 {
		return nil
	}
	head := max(p.head, time.Until(d.line.free()))
	err := d.moveOn(ctx, tx, p, `UPDATE pace SET next_at = greatest(next_at, clock_timestamp() + $1) + $2 WHERE key = 'carrier' RETURNING next_at, clock_timestamp()`,
		head, time.Duration(n)*d.line.spacing)
	if err != nil {
		return fmt.Errorf("take slots: %w", err)
	}
	return nil
}

// renewSlots takes n slots, not before a head from now, for calls that are
// claimed already and whose own slots have passed. While the carrier is given a
// rest it has none.
func (d *Dialer) renewSlots(n int, head time.Duration) (pacing, error) {
	var p pacing
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	err := d.moveOn(ctx, d.Worker, &p, `UPDATE pace SET next_at = greatest(next_at, clock_timestamp() + $1) + $2 WHERE key = 'carrier' AND held_until <= clock_timestamp()
		RETURNING next_at, clock_timestamp()`, head, time.Duration(n)*d.line.spacing)
	if err != nil {
		return p, fmt.Errorf("renew slots: %w", err)
	}
	return p, nil
}

// rows is a transaction or a pool.
type rows interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// moveOn runs a statement that moves the pace by its last parameter and returns
// its new end and the time.
func (d *Dialer) moveOn(ctx context.Context, db rows, p *pacing, sql string, args ...any) error {
	var end time.Time
	p.asked = time.Now()
	if err := db.QueryRow(ctx, sql, args...).Scan(&end, &p.now); err != nil {
		return err
	}
	p.before, p.after = d.offset.refine(p.now, p.asked, time.Now())
	p.next = end.Add(-args[len(args)-1].(time.Duration))
	return nil
}

// claimWindow bounds how many people of one campaign a claim looks at beyond
// those it wants. The look for those who may not be called (skim) moves them
// out of its way.
const claimWindow = 192

// asWritten, selected before a statement in its transaction, makes the planner
// join in the order of the text and look for each row by its key. Of a campaign
// that was launched a second ago it knows nothing, takes every table for one
// row, and may begin with any of them: 64 people out of 300 then took ten
// seconds. And two ways whose costs are within a hundredth of each other are the
// same to it: where the counts of a person's calls seem dear enough, it reads all
// gates for each of them.
const asWritten = `set_config('join_collapse_limit', '1', true) || set_config('enable_seqscan', 'off', true) ||
	set_config('enable_bitmapscan', 'off', true) || set_config('enable_hashjoin', 'off', true) || set_config('enable_mergejoin', 'off', true)`

// readAsWritten reads one row by a statement whose joins run as written, each by
// its key: to look for a better order of eight tables takes longer than to read
// them, and a caller waits for it.
func readAsWritten(ctx context.Context, tx pgx.Tx, sql string, args []any, into ...any) error {
	var batch pgx.Batch
	batch.Queue(`SELECT ` + asWritten)
	batch.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(into...) })
	return tx.SendBatch(ctx, &batch).Close()
}

// claimSQL claims up to $2 recipients, running campaigns in turn: the one that
// was served longest ago comes first, so that a large one cannot starve a
// small one even at one call a second. What must hold at this moment stands
// here once more (I1, I2, I3, I6): the rows it depends on are locked, and a row
// that changed since the snapshot is checked again by PostgreSQL in its newest
// version; a row that somebody holds is skipped, since a STOP may be about to
// commit. Even so PostgreSQL may wait for the newer version of a row that is
// also referred to, which is why the gate comes first here as well. The locks
// leave foreign keys alone: a launch that writes recipients of the same phones
// neither waits nor is waited for.
//
// It must be fast on a campaign that was launched a second ago: the joins run
// as written (asWritten), and "(...) IS TRUE" keeps a condition from
// choosing an index, so that each row is found by its key and by nothing else.
//
// The calls of an account's day are counted once a minute and added to in
// between: calls that leave the day, or were never placed, make the kept number
// too large and never too small. An account at its quota is counted anew each
// second.
const claimSQL = `
WITH running AS MATERIALIZED (
	SELECT c.id AS campaign_id, c.account_id, a.sender_id, s.number, a.monthly_limit, a.daily_quota,
	       (SELECT max(t.place_by) FROM attempts t WHERE t.campaign_id = c.id) AS served_at
	FROM campaigns c
	JOIN accounts a ON a.id = c.account_id AND a.status = 'active' AND a.dialling_paused_at IS NULL
	JOIN senders s ON s.id = a.sender_id AND s.active AND s.swept_at > clock_timestamp() - interval '5 minutes' -- else a STOP may lie there unread (I2)
	WHERE c.status = 'running' AND (c.dial_until IS NULL OR c.dial_until > $1)
), day AS MATERIALIZED (
	SELECT r.account_id, r.daily_quota, coalesce(c.fresh, false) AS fresh,
	       CASE WHEN c.fresh THEN c.calls ELSE (
	         SELECT count(*) FROM attempts t WHERE t.account_id = r.account_id AND t.kind = 'campaign'
	           AND t.counted AND t.created_at > $1::timestamptz - interval '24 hours') END AS calls
	FROM (SELECT DISTINCT account_id, daily_quota FROM running) r
	LEFT JOIN LATERAL (
		SELECT n.calls, n.counted_at <= $1 AND n.counted_at > $1::timestamptz - CASE WHEN n.calls < r.daily_quota THEN interval '1 minute' ELSE interval '1 second' END AS fresh
		FROM daily_calls n WHERE n.account_id = r.account_id) c ON true
), picked AS (
	SELECT s.account_id, s.campaign_id, s.sender_id, s.number, s.served_at, q.daily_quota - q.calls AS remaining, p.*,
	       row_number() OVER (PARTITION BY s.campaign_id ORDER BY p.due_at, p.position) AS turn
	FROM running s
	JOIN day q ON q.account_id = s.account_id AND q.calls < q.daily_quota
	CROSS JOIN LATERAL (
		SELECT r.id AS recipient_id, r.phone_key, w.due_at, w.position, k.event_id, e.phone, e.language
		FROM (SELECT x.id, x.due_at, x.position FROM recipients x
		      WHERE x.campaign_id = s.campaign_id AND x.state = 'pending' AND x.due_at <= $1
		      ORDER BY x.due_at, x.position LIMIT $5) w
		JOIN recipients r ON r.id = w.id
		JOIN employees e ON e.id = r.employee_id
		JOIN phone_gates g ON g.phone_key = r.phone_key
		JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key
		WHERE (r.state = 'pending' AND r.due_at <= $1 AND r.open_from <= $1 AND r.open_until > $1) IS TRUE
		  AND (k.state = 'opted_in' AND g.stopped_at IS NULL) IS TRUE
		  AND (g.on_line_until IS NULL OR g.on_line_until <= $1) IS TRUE -- else they are calling us at this moment
		  -- a span that has passed keeps the phone closed until the next one is known (I6)
		  AND (coalesce(g.quiet_from > $1, true) AND coalesce(g.paused_until <= $1, true)) IS TRUE
		  AND (e.account_id = r.account_id AND e.phone_key = r.phone_key AND e.deleted_at IS NULL
		       AND e.call_zone = r.call_zone) IS TRUE -- else the hours above are those of another place (I6)
		  AND (SELECT count(*) FROM sender_blocks b WHERE b.phone_key = r.phone_key AND b.sender_id = s.sender_id) = 0
		  -- on no other call, and with fewer behind them than the day and the month allow
		  AND (SELECT count(*) FILTER (WHERE t.live) = 0
		              AND count(*) FILTER (WHERE t.account_id = r.account_id AND t.kind = 'campaign' AND t.counted
		                                     AND t.created_at > $1::timestamptz - interval '30 days')
		                  + (SELECT count(*) FROM messages m WHERE m.phone_key = r.phone_key AND m.account_id = r.account_id
		                       AND m.kind <> 'verify_phone' AND m.sent_at > $1::timestamptz - interval '30 days') < s.monthly_limit
		              AND count(*) FILTER (WHERE t.account_id = r.account_id AND t.kind = 'campaign' AND t.counted
		                                     AND t.created_at > $1::timestamptz - interval '24 hours') < $4
		       FROM attempts t WHERE t.phone_key = r.phone_key AND (t.created_at > $1::timestamptz - interval '30 days'
		         OR t.live))
		ORDER BY w.due_at, w.position
		LIMIT $2
		FOR NO KEY UPDATE OF g, r, k SKIP LOCKED
	) p
), chosen AS MATERIALIZED (
	SELECT ($6::uuid[])[row_number() OVER ()] AS id, * FROM (
		SELECT * FROM (
			SELECT p.*, row_number() OVER (PARTITION BY p.account_id ORDER BY p.turn, p.served_at NULLS FIRST, p.due_at) AS nth FROM picked p) p
		WHERE nth <= remaining
		ORDER BY turn, served_at NULLS FIRST, due_at LIMIT $2) p
), placed AS (
	INSERT INTO attempts (id, account_id, kind, campaign_id, recipient_id, phone_key, sender_id, language, consent_event,
		consent_checked_at, place_by, created_at)
	SELECT id, account_id, 'campaign', campaign_id, recipient_id, phone_key, sender_id, language, event_id, $1, $3, $1 FROM chosen
	ON CONFLICT (phone_key) WHERE live DO NOTHING
	RETURNING id, account_id, recipient_id
), marked AS (
	UPDATE recipients r SET state = 'dialling', attempts_made = r.attempts_made + 1, updated_at = $1
	FROM placed p WHERE r.id = p.recipient_id
), counted AS (
	INSERT INTO daily_calls AS n (account_id, counted_at, calls)
	SELECT d.account_id, $1, d.calls + count(p.id) FROM day d LEFT JOIN placed p ON p.account_id = d.account_id
	GROUP BY d.account_id, d.calls, d.fresh HAVING count(p.id) > 0 OR NOT d.fresh
	ON CONFLICT (account_id) DO UPDATE SET calls = excluded.calls,
		counted_at = CASE WHEN (SELECT d.fresh FROM day d WHERE d.account_id = excluded.account_id) THEN n.counted_at ELSE excluded.counted_at END
)
SELECT c.id, c.phone, c.number, c.id IN (SELECT id FROM placed) FROM chosen c ORDER BY c.turn, c.served_at NULLS FIRST, c.due_at`

// claim takes at most most recipients, and at most one tick's worth, and
// commits their attempts before anything is posted.
func (d *Dialer) claim(ctx context.Context, most int) ([]claimed, error) {
	var list []claimed
	var p pacing
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		err := takeTurn(ctx, tx)
		if err == nil {
			p, err = d.readPace(ctx, tx)
		}
		if err != nil {
			return err
		}
		n := min(d.line.room(p.room(d.CallsPerSecond)), most, d.affordable())
		if n == 0 {
			return nil
		}
		p.looked = time.Now()
		ids, err := newIDs(n)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, claimSQL, d.Clock.Now(), n, p.placeBy, campaign.DailyCap, n+claimWindow, ids)
		if err != nil {
			return fmt.Errorf("claim recipients: %w", err)
		}
		var c claimed
		var placed bool
		_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Phone, &c.Sender, &placed}, func() error {
			if placed {
				list = append(list, c)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("claim recipients: %w", err)
		}
		if len(list) < n {
			d.short.Store(true)
		}
		if len(list) >= leastAffordable {
			d.perClaimed = time.Since(p.looked) / time.Duration(len(list))
		}
		return d.takeSlots(ctx, tx, &p, len(list))
	})
	if err != nil {
		// The commit may have happened all the same. Nobody posts, and if the
		// attempts exist they go back at once instead of being looked for.
		for _, a := range list {
			d.release(a.ID)
		}
		return nil, err
	}
	if len(list) > 0 {
		d.line.took(time.Since(p.asked))
	}
	d.assignSlots(list, p)
	return list, nil
}

// newIDs makes ids for calls. They rise with time (RFC 9562, version 7): those
// of one claim lie side by side in the index that every callback looks into.
func newIDs(n int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		var err error
		if ids[i], err = uuid.NewV7(); err != nil {
			return nil, fmt.Errorf("make id: %w", err)
		}
	}
	return ids, nil
}

// leastAffordable is how many are claimed at once at least, however slow the database.
const leastAffordable = 16

// affordable is how many people a claim can take within one tick, by what the
// last one took: what is claimed may start for no longer than two, and the
// other is the line's.
func (d *Dialer) affordable() int {
	if d.perClaimed == 0 {
		return maxWaiting
	}
	return max(leastAffordable, int(tick/d.perClaimed))
}

// assignSlots gives each claimed attempt its own local time and a deadline that
// lies before place_by by the database's clock, and close enough to now for a
// pause to be kept.
func (d *Dialer) assignSlots(list []claimed, p pacing) {
	deadline := p.looked.Add(startWithin)
	if placeBy := p.earliest(p.placeBy); placeBy.Before(deadline) {
		deadline = placeBy
	}
	for i := range list {
		list[i].slot = d.line.slot(p, i)
		list[i].deadline = deadline
	}
}

// dispatch is one tick: claim, and hand over to the line without waiting.
func (d *Dialer) dispatch(ctx context.Context) error {
	most := d.breaker.room(time.Now(), mostWaiting)
	if most == 0 {
		return nil
	}
	var dialling bool
	if err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaigns WHERE status = 'running')`).Scan(&dialling); err != nil {
		return fmt.Errorf("look for running campaigns: %w", err)
	}
	if !dialling {
		return nil
	}
	list, err := d.claim(ctx, most)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		d.breaker.claimed(time.Now())
	}
	for _, a := range list {
		if !d.line.add(a) {
			d.release(a.ID)
		}
	}
	return nil
}

// release gives back a claimed attempt that will not be posted.
func (d *Dialer) release(id uuid.UUID) {
	d.breaker.released()
	d.results <- result{attempt: id, late: true}
}
