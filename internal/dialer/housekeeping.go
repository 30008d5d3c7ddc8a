package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/campaign"
)

// sweepSize bounds the rows that one statement of housekeeping takes: a STOP
// must never wait for a campaign of 100,000.
const sweepSize = 2000

// housekeep keeps running campaigns true to time and to the world: it starts
// those whose hour has come, pauses those that cross a safety rule, renews
// calling hours, takes out people who can no longer be called, and closes
// campaigns whose last recipient is final. Starts are due by business time,
// which is why they live here and not in the job queue, whose time is the
// machine's.
func (d *Dialer) housekeep(ctx context.Context) error {
	return errors.Join(
		d.watchServer(ctx),
		d.startDue(ctx),
		d.watchTrips(ctx),
		d.renewHours(ctx),
		d.Consent.RollQuiet(ctx),
		d.expire(ctx),
		d.dropCancelled(ctx),
		d.skim(ctx),
		d.finish(ctx),
	)
}

// turned is a campaign whose state housekeeping changed.
type turned struct {
	ID        uuid.UUID
	AccountID uuid.UUID
}

// turn changes campaigns by one statement and records each in the audit log.
// The statement skips campaigns that somebody holds: the next second sees them.
func (d *Dialer) turn(ctx context.Context, action, sql string, args ...any) ([]turned, error) {
	var list []turned
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, pgx.RowToStructByName[turned]); err != nil {
			return err
		}
		for _, c := range list {
			err := audit.Record(ctx, tx, audit.Event{Account: &c.AccountID, At: d.Clock.Now(), Actor: audit.SystemActor("dialler"),
				Action: action, SubjectKind: "campaign", SubjectID: c.ID.String()})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	return list, nil
}

// sweep repeats a statement that takes at most sweepSize rows, its last
// parameter, until it finds no more.
func (d *Dialer) sweep(ctx context.Context, what, sql string, args ...any) error {
	args = append(args, sweepSize)
	for {
		tag, err := d.Worker.Exec(ctx, sql, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if tag.RowsAffected() < sweepSize {
			return nil
		}
	}
}

func (d *Dialer) startDue(ctx context.Context) error {
	started, err := d.turn(ctx, "campaign.started", `UPDATE campaigns SET status = 'running', started_at = coalesce(started_at, $1), updated_at = $1
		WHERE id IN (SELECT id FROM campaigns WHERE status = 'scheduled' AND start_at <= $1 FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING id, account_id`, d.Clock.Now())
	if len(started) > 0 {
		d.Wake()
	}
	return err
}

// renewHours gives pending recipients whose calling hours have passed the next
// ones; Go computes them per group, SQL only compares instants. They are due
// when those open, so that the claim need not look at them before.
func (d *Dialer) renewHours(ctx context.Context) error {
	now := d.Clock.Now()
	rows, err := d.Worker.Query(ctx, `SELECT DISTINCT call_zone FROM recipients WHERE state = 'pending' AND open_until <= $1`, now)
	if err != nil {
		return fmt.Errorf("list passed calling hours: %w", err)
	}
	callZones, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list passed calling hours: %w", err)
	}
	for _, callZone := range callZones {
		from, until, err := d.Zones.WindowFor(callZone, now)
		if err != nil {
			return fmt.Errorf("compute calling hours: %w", err)
		}
		err = d.sweep(ctx, "renew calling hours", `UPDATE recipients SET open_from = $2, open_until = $3, due_at = greatest(due_at, $2)
			WHERE id IN (SELECT id FROM recipients WHERE state = 'pending' AND open_until <= $4 AND call_zone = $1
			             LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED)`, callZone, from, until, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// expire closes the queue of campaigns, running or paused, whose last time for
// calls has passed.
func (d *Dialer) expire(ctx context.Context) error {
	return d.closeQueues(ctx, "skip after deadline", campaign.EndSQL(campaign.NotCalled, `'`+reasonDeadlinePassed+`'`),
		`status IN ('running', 'paused') AND dial_until <= $1`)
}

// dropCancelled closes what a cancelled campaign still has in its queue: the
// rest of a large one, and whoever came back for another attempt meanwhile.
func (d *Dialer) dropCancelled(ctx context.Context) error {
	return d.closeQueues(ctx, "drop cancelled recipients", campaign.EndSQL(campaign.RecipientCancel, `'`+endCancelled+`'`),
		`status = 'cancelled' AND finished_at > $1::timestamptz - interval '2 days'`)
}

// closeQueues takes everybody out of the queue of the campaigns of a kind, mostly
// none. These are looked for first: of a queue that was made a second ago the
// planner knows nothing, and would read it all to find that no campaign of it is
// of that kind.
func (d *Dialer) closeQueues(ctx context.Context, what, end, of string) error {
	now := d.Clock.Now()
	rows, err := d.Worker.Query(ctx, `SELECT id FROM campaigns WHERE `+of, now)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	campaigns, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if len(campaigns) == 0 {
		return nil
	}
	return d.sweep(ctx, what, `UPDATE recipients SET `+end+`, finished_at = $1, updated_at = $1
		WHERE id IN (SELECT id FROM recipients WHERE campaign_id = ANY($2) AND state = 'pending'
		             ORDER BY campaign_id, due_at, position LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)`, now, campaigns)
}

// skimSize is how many people of each campaign a look takes.
const skimSize = 500

// skimSQL judges the next people of each running campaign as Decide does. It
// looks only where a claim could take somebody: not at accounts that are paused
// or whose daily quota is used up, by the claim's own count, which may be for
// hours. Judging locks nobody,
// or the claim would have to pass by everybody who is being looked at.
func skimSQL() string {
	return `
	WITH calling AS MATERIALIZED (
		SELECT a.id, a.monthly_limit, a.sender_id
		FROM (SELECT DISTINCT account_id FROM campaigns WHERE status = 'running') c
		JOIN accounts a ON a.id = c.account_id AND a.status = 'active' AND a.dialling_paused_at IS NULL
		JOIN senders s ON s.id = a.sender_id AND s.active AND s.swept_at > clock_timestamp() - interval '5 minutes'
		WHERE (SELECT dialling_paused_at IS NULL FROM platform)
		  AND coalesce((SELECT n.calls FROM daily_calls n WHERE n.account_id = a.id), 0) < a.daily_quota
	), due AS (
		SELECT w.id, w.account_id, w.phone_key, a.monthly_limit, a.sender_id, w.employee_id, coalesce(c.dial_until, c.started_at + $4) AS waits_until
		FROM calling a
		JOIN campaigns c ON c.account_id = a.id AND c.status = 'running' AND (c.dial_until IS NULL OR c.dial_until > $1)
		CROSS JOIN LATERAL (
			SELECT r.id, r.account_id, r.phone_key, r.employee_id FROM recipients r
			WHERE r.campaign_id = c.id AND r.state = 'pending' AND r.due_at <= $1
			ORDER BY r.due_at, r.position LIMIT $3) w
	), judged AS MATERIALIZED (
		SELECT d.id, CASE
		         WHEN e.deleted_at IS NOT NULL THEN 'removed'
		         WHEN e.phone_key <> d.phone_key THEN 'number_changed'
		         WHEN k.state IS NULL OR k.state = 'none' THEN 'not_invited'
		         WHEN k.state = 'invited' THEN 'no_reply'
		         WHEN k.state = 'lapsed' THEN 'lapsed'
		         WHEN k.state <> 'opted_in' OR g.stopped_at IS NOT NULL
		           OR EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = d.phone_key AND b.sender_id = d.sender_id) THEN 'opted_out'
		         WHEN (SELECT count(*) FROM attempts t WHERE t.account_id = d.account_id AND t.phone_key = d.phone_key AND t.kind = 'campaign'
		                 AND t.counted AND t.created_at > $1::timestamptz - interval '30 days')
		            + (SELECT count(*) FROM messages m WHERE m.account_id = d.account_id AND m.phone_key = d.phone_key
		                 AND m.kind <> 'verify_phone' AND m.sent_at > $1::timestamptz - interval '30 days') >= d.monthly_limit THEN 'monthly_limit'
		         WHEN q.ends_at > $1 AND q.ends_at >= d.waits_until THEN 'asked_for_quiet'
		         ELSE '' END AS reason,
		       -- the oldest of the calls that fill today's number leaves the span then
		       greatest(q.ends_at, (SELECT t.created_at + interval '24 hours' FROM attempts t WHERE t.phone_key = d.phone_key AND t.created_at > $1::timestamptz - interval '24 hours'
		          AND (t.account_id = d.account_id AND t.kind = 'campaign' AND t.counted) IS TRUE
		        ORDER BY t.created_at DESC OFFSET $2 - 1 LIMIT 1)) AS again_at
		FROM due d
		JOIN employees e ON e.id = d.employee_id
		JOIN phone_gates g ON g.phone_key = d.phone_key
		CROSS JOIN LATERAL (SELECT greatest(CASE WHEN g.quiet_from <= $1 THEN g.quiet_until END, g.paused_until) AS ends_at) q
		LEFT JOIN consents k ON k.account_id = d.account_id AND k.phone_key = d.phone_key
	), held AS MATERIALIZED (
		SELECT r.id, j.reason, j.again_at FROM judged j JOIN recipients r ON r.id = j.id
		WHERE (j.reason <> '' OR j.again_at > $1) AND (r.state = 'pending' AND r.due_at <= $1) IS TRUE
		FOR NO KEY UPDATE OF r SKIP LOCKED
	), put_off AS (
		UPDATE recipients r SET due_at = h.again_at, updated_at = $1 FROM held h WHERE r.id = h.id AND h.reason = ''
	)
	UPDATE recipients r SET ` + campaign.EndSQL(campaign.NotCalled, "h.reason") + `, finished_at = $1, updated_at = $1 FROM held h WHERE r.id = h.id AND h.reason <> ''`
}

// skim takes people out of the claim's way who are due and may not be called:
// for good, with the reason, or until the daily number of calls allows another
// or the quiet that they asked for ends. It looks only when a claim came back
// short.
func (d *Dialer) skim(ctx context.Context) error {
	if !d.short.Swap(false) {
		return nil
	}
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT `+asWritten); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, skimSQL(), d.Clock.Now(), campaign.DailyCap, skimSize, campaign.QuietPatience)
		return err
	})
	if err != nil {
		return fmt.Errorf("skip uncallable: %w", err)
	}
	return nil
}

// endSQL closes campaigns, running or paused, whose every recipient is final and
// whose every call has ended, those of people who called back and answered
// included: of none may it be unknown what became of it (I4).
const endSQL = `UPDATE campaigns SET status = '%s', finished_at = $1, updated_at = $1
	WHERE id IN (SELECT c.id FROM campaigns c WHERE c.status IN ('running', 'paused')
	    AND NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = c.id AND r.state IN ('pending', 'dialling'))
	    AND NOT EXISTS (SELECT FROM attempts t WHERE t.campaign_id = c.id AND t.kind = 'campaign'
	        AND t.live)
	    AND %s EXISTS (SELECT FROM recipients r WHERE r.campaign_id = c.id AND r.state = 'skipped' AND r.reason = '` + reasonDeadlinePassed + `')
	    FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id, account_id`

// finish ends campaigns in which nothing more can happen. Whether one ran or
// stood still at the end makes no difference: a pause when nobody is left holds
// back nothing, and nobody would end it. It has expired where its last time for
// calls left somebody uncalled, and is finished otherwise.
func (d *Dialer) finish(ctx context.Context) error {
	now := d.Clock.Now()
	_, expired := d.turn(ctx, "campaign.expired", fmt.Sprintf(endSQL, campaign.Expired, ""), now)
	_, finished := d.turn(ctx, "campaign.finished", fmt.Sprintf(endSQL, campaign.Finished, "NOT"), now)
	return errors.Join(expired, finished)
}
