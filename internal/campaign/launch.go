package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Launch freezes the plan into the manifest, in one transaction: everybody of
// the audience becomes a recipient, the callable ones pending, the others
// skipped with their reason. wantedHash must be the plan the person looked at.
// A launch either happens or is refused: what needs a second person is refused
// with second_person_needed, and goes by AskApproval and Approve.
func (s *Service) Launch(ctx context.Context, by Caller, id uuid.UUID, wantedHash string) (View, error) {
	return s.withPlan(ctx, by, id, "launched", func(tx pgx.Tx, c Campaign, plan Decisions) error {
		if err := launchable(c, plan, wantedHash, s.clock.Now()); err != nil {
			return err
		}
		second, err := s.second(ctx, tx, by, plan)
		if err != nil {
			return err
		}
		if second.Needed() {
			return second.refusal()
		}
		if err := s.voidOpen(ctx, tx, by, id, VoidNotNeeded); err != nil {
			return err
		}
		if err := s.freeze(ctx, tx, by, c, plan); err != nil {
			return err
		}
		return oneAtATime(ctx, tx, by.UserID)
	})
}

// withPlan runs f on a draft whose row is locked, with the decisions of this moment,
// and returns the campaign as f left it. verb says what cannot be done to a
// campaign that is no draft any more. All of it sees one moment: people who say
// YES between the plan and the manifest were in no plan that anybody approved.
func (s *Service) withPlan(ctx context.Context, by Caller, id uuid.UUID, verb string, f func(pgx.Tx, Campaign, Decisions) error) (View, error) {
	return s.withLockedIn(ctx, s.app.InAccountAtOnce, by, id, func(tx pgx.Tx, c Campaign) error {
		if c.Status != Draft {
			return notDraft(c.Status, verb)
		}
		plan, _, err := s.judge(ctx, tx, c)
		if err != nil {
			return err
		}
		return f(tx, c, plan)
	})
}

// withLocked runs f with the campaign's row locked, and returns the campaign as
// f left it.
func (s *Service) withLocked(ctx context.Context, by Caller, id uuid.UUID, f func(pgx.Tx, Campaign) error) (View, error) {
	return s.withLockedIn(ctx, s.app.InAccount, by, id, f)
}

type inAccount func(ctx context.Context, account uuid.UUID, f func(pgx.Tx) error) error

func (s *Service) withLockedIn(ctx context.Context, in inAccount, by Caller, id uuid.UUID, f func(pgx.Tx, Campaign) error) (View, error) {
	var v View
	err := in(ctx, by.AccountID, func(tx pgx.Tx) error {
		c, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(tx, c); err != nil {
			return err
		}
		v, err = s.view(ctx, tx, id)
		return err
	})
	return v, err
}

// launchable refuses what cannot be launched as it stands. Nothing that a launch
// sends is at fault then, hence conflicts and no fields.
func launchable(c Campaign, plan Decisions, wantedHash string, now time.Time) error {
	switch {
	case plan.Hash != wantedHash:
		return planChanged(plan.Hash)
	case plan.Callable == 0:
		return nobodyCallable(plan)
	case c.DialUntil != nil && !c.DialUntil.After(instantOrNow(c.StartAt, now)):
		return apperr.New(apperr.Conflict, "deadline_passed", "The last time for calls has passed, or does not lie after the start. Set a later one.")
	case c.StartAt != nil && c.StartAt.Before(now.Add(-time.Hour)):
		return apperr.New(apperr.Conflict, "start_passed", "The planned start has passed. Choose another.")
	}
	return nil
}

func nobodyCallable(plan Decisions) error {
	why := "nobody in it has said YES, or their YES no longer holds"
	switch {
	case plan.Total == 0:
		why = "there is nobody in it"
	case plan.Limited > 0:
		why = "everybody in it who said YES has had as many calls in the last 30 days as your monthly limit allows"
	}
	return apperr.New(apperr.Conflict, "nobody_callable", "Nobody of this audience can be called: %s.", why)
}

func (s *Service) freeze(ctx context.Context, tx pgx.Tx, by Caller, c Campaign, plan Decisions) error {
	now := s.clock.Now()
	total, err := s.makeRecipients(ctx, tx, c, plan.audience, now, instantOrNow(c.StartAt, now))
	if err != nil {
		return err
	}
	if total != plan.Total {
		return planChanged(plan.Hash) // somebody joined or left between two statements
	}
	hash, err := manifestHash(ctx, tx, c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE campaigns SET plan_hash = $2, manifest_hash = $3, manifest_total = $4, manifest_callable = $5, launched_by = $6, launched_at = $7 WHERE id = $1`,
		c.ID, plan.Hash, hash, total, plan.Callable, by.UserID, now)
	if err != nil {
		return fmt.Errorf("store manifest: %w", err)
	}
	status := Running
	if c.startsLater(now) {
		status = Scheduled
	}
	if err := s.setStatus(ctx, tx, c.ID, status, ""); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "campaign.launched", c.ID, map[string]any{
		"plan_hash": plan.Hash, "manifest_hash": fmt.Sprintf("%x", hash), "total": total, "callable": plan.Callable, "status": status})
}

// makeRecipients inserts the whole manifest by one statement; the calling
// hours of each zone were computed in Go and are joined in. Nobody is due
// before their hours open or the quiet ends that they asked for, so that a
// claim need not look at them. Ids count up from a random beginning: of random
// ones each finds another page of each index.
func (s *Service) makeRecipients(ctx context.Context, tx pgx.Tx, c Campaign, audience []any, now, start time.Time) (int, error) {
	callZones, froms, untils, err := s.zoneWindows(ctx, tx, start)
	if err != nil {
		return 0, err
	}
	ids := uuid.NewString()
	args := append(slices.Clone(audience), c.AccountID, c.ID, start, now, callZones, froms, untils, ids[:len(ids)-8])
	tag, err := tx.Exec(ctx, `
		INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, reason,
			due_at, open_from, open_until, finished_at, updated_at)
		SELECT ($14 || lpad(to_hex(a.position), 8, '0'))::uuid, $7, $8, a.id, a.position, a.phone_key, a.call_zone,
			CASE WHEN a.reason = '' THEN 'pending' ELSE 'skipped' END, a.reason,
			greatest($9, a.open_from, a.ready_at), a.open_from, a.open_until, CASE WHEN a.reason <> '' THEN $10::timestamptz END, $10
		FROM (
			SELECT a.*, w.open_from, w.open_until, row_number() OVER (ORDER BY w.open_from, a.name, a.id) AS position
			FROM (`+audienceSQL+`) a
			JOIN unnest($11::text[], $12::timestamptz[], $13::timestamptz[]) AS w (call_zone, open_from, open_until) ON w.call_zone = a.call_zone
		) a`, args...)
	if err != nil {
		return 0, fmt.Errorf("freeze manifest: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

func (s *Service) zoneWindows(ctx context.Context, tx pgx.Tx, at time.Time) (callZones []string, froms, untils []time.Time, err error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT call_zone FROM employees WHERE deleted_at IS NULL`)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("list zones: %w", err)
	}
	callZones, err = pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, nil, nil, fmt.Errorf("list zones: %w", err)
	}
	for _, callZone := range callZones {
		from, until, err := s.zones.WindowFor(callZone, at)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("compute calling hours: %w", err)
		}
		froms, untils = append(froms, from), append(untils, until)
	}
	return callZones, froms, untils, nil
}

// manifestHash fixes for good what was launched: the spoken content and every
// recipient with the decision about them.
func manifestHash(ctx context.Context, tx pgx.Tx, c Campaign) ([]byte, error) {
	var hash []byte
	err := tx.QueryRow(ctx, `SELECT sha256(convert_to('manifest v1 ' || c.id || ' ' || c.version || ' ' || c.content::text || E'\n' || (
			SELECT string_agg(r.position || ' ' || r.employee_id || ' ' || encode(r.phone_key, 'hex') || ' ' || r.reason, E'\n' ORDER BY r.position)
			FROM recipients r WHERE r.campaign_id = c.id), 'UTF8'))
		FROM campaigns c WHERE c.id = $1`, c.ID).Scan(&hash)
	if err != nil {
		return nil, fmt.Errorf("hash manifest: %w", err)
	}
	return hash, nil
}
