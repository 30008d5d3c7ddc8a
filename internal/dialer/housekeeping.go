package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// housekeep keeps running campaigns true to time and to the world: it starts
// those whose hour has come, renews calling hours, takes out people who can no
// longer be called, ends calls of cancelled campaigns, and closes campaigns
// whose last recipient is final. Starts are due by business time, which is why
// they live here and not in the job queue, whose time is the machine's.
func (d *Dialer) housekeep(ctx context.Context) error {
	return errors.Join(
		d.startDue(ctx),
		d.renewHours(ctx),
		d.expire(ctx),
		d.endUnwanted(ctx),
		d.finish(ctx),
	)
}

// turned is a campaign whose state housekeeping changed.
type turned struct {
	ID        uuid.UUID
	AccountID uuid.UUID
}

// turn changes campaigns by one statement and records each in the audit log.
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

func (d *Dialer) startDue(ctx context.Context) error {
	started, err := d.turn(ctx, "campaign.started", `UPDATE campaigns SET status = 'running', started_at = coalesce(started_at, $1), updated_at = $1
		WHERE status = 'scheduled' AND start_at <= $1 RETURNING id, account_id`, d.Clock.Now())
	if len(started) > 0 {
		d.Wake()
	}
	return err
}

// renewHours gives pending recipients whose calling hours have passed the next
// ones; Go computes them per group, SQL only compares instants.
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
		_, err = d.Worker.Exec(ctx, `UPDATE recipients SET open_from = $2, open_until = $3
			WHERE state = 'pending' AND open_until <= $4 AND call_zone = $1`, callZone, from, until, now)
		if err != nil {
			return fmt.Errorf("renew calling hours: %w", err)
		}
	}
	return nil
}

// skipUncallable takes out whoever lost consent, left, or reached the number of
// calls promised in the invitation, so that a campaign can end.
func (d *Dialer) skipUncallable(ctx context.Context) error {
	_, err := d.Worker.Exec(ctx, `
		WITH gone AS (
			SELECT r.id, CASE WHEN e.deleted_at IS NOT NULL THEN 'removed'
			                  WHEN coalesce(k.state, 'none') <> 'opted_in' THEN 'opted_out' ELSE 'monthly_limit' END AS reason
			FROM campaigns c
			JOIN accounts a ON a.id = c.account_id
			JOIN recipients r ON r.campaign_id = c.id AND r.state = 'pending'
			JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
			LEFT JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key
			WHERE c.status = 'running' AND r.due_at <= $1
			  AND (e.deleted_at IS NOT NULL OR coalesce(k.state, 'none') <> 'opted_in'
			       OR (SELECT count(*) FROM attempts t WHERE t.account_id = r.account_id AND t.phone_key = r.phone_key AND t.kind = 'campaign'
			             AND t.state <> 'not_placed' AND t.created_at > $1::timestamptz - interval '30 days') >= a.monthly_limit)
			FOR UPDATE OF r SKIP LOCKED)
		UPDATE recipients r SET state = 'skipped', reason = g.reason, finished_at = $1, updated_at = $1
		FROM gone g WHERE r.id = g.id AND r.state = 'pending'`, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("skip uncallable: %w", err)
	}
	return nil
}

// expire closes what may not be dialled any more.
func (d *Dialer) expire(ctx context.Context) error {
	now := d.Clock.Now()
	_, err := d.Worker.Exec(ctx, `UPDATE recipients r SET state = 'skipped', reason = 'deadline_passed', finished_at = $1, updated_at = $1
		FROM campaigns c WHERE c.id = r.campaign_id AND c.status IN ('running', 'paused') AND c.dial_until <= $1 AND r.state = 'pending'`, now)
	if err != nil {
		return fmt.Errorf("skip after deadline: %w", err)
	}
	_, err = d.turn(ctx, "campaign.expired", `UPDATE campaigns SET status = 'expired', finished_at = $1, updated_at = $1
		WHERE status = 'paused' AND dial_until <= $1
		  AND NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = campaigns.id AND r.state IN ('pending', 'dialling'))
		RETURNING id, account_id`, now)
	return err
}

// endUnwanted hangs up calls that should not go on: those of cancelled
// campaigns that nobody has answered yet, and any whose person has revoked.
func (d *Dialer) endUnwanted(ctx context.Context) error {
	rows, err := d.Worker.Query(ctx, `
		SELECT a.id, a.call_sid, CASE WHEN coalesce(k.state, 'none') <> 'opted_in' THEN 'opted_out' ELSE 'campaign_cancelled' END AS why
		FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
		LEFT JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
		WHERE a.kind = 'campaign' AND a.call_sid IS NOT NULL AND a.end_requested = ''
		  AND (a.state IN ('queued', 'initiated', 'ringing') AND (c.status = 'cancelled' OR coalesce(k.state, 'none') <> 'opted_in')
		       OR a.state = 'in_progress' AND coalesce(k.state, 'none') <> 'opted_in')
		LIMIT 200`)
	if err != nil {
		return fmt.Errorf("list unwanted calls: %w", err)
	}
	type unwanted struct {
		ID      uuid.UUID
		CallSID string
		Why     string
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[unwanted])
	if err != nil {
		return fmt.Errorf("list unwanted calls: %w", err)
	}
	var failures []error
	for _, call := range calls {
		failures = append(failures, d.end(ctx, call.ID, call.CallSID, call.Why))
	}
	return errors.Join(failures...)
}

// EndCancelled ends at once what a campaign just cancelled still has at the carrier.
func (d *Dialer) EndCancelled(ctx context.Context) error { return d.endUnwanted(ctx) }

// finish closes running campaigns whose every recipient is final; a call that
// is unknown keeps its recipient open (I4).
func (d *Dialer) finish(ctx context.Context) error {
	_, err := d.turn(ctx, "campaign.finished", `UPDATE campaigns SET status = 'finished', finished_at = $1, updated_at = $1
		WHERE status = 'running'
		  AND NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = campaigns.id AND r.state IN ('pending', 'dialling'))
		RETURNING id, account_id`, d.Clock.Now())
	return err
}
