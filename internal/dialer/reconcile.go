package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/twilio"
)

// How long an unknown call is looked for (I3).
const (
	lookEvery     = 5 * time.Minute
	lookFirst     = 10 * time.Second
	missesNeeded  = 3                // listings in which it was absent ...
	missSpan      = 15 * time.Minute // ... over at least this long: it was never placed
	giveUpAfter   = 25 * time.Hour   // the carrier keeps a queued call for 24 h at most
	silentAfter   = 2 * time.Minute  // a call without news for so long is asked about
	reconcileMost = 50
)

// Reconcile finds out what became of calls that nobody told us about: a POST
// whose answer was lost, a callback that never came. Nothing is ever dialled
// again before it has been looked for.
func (d *Dialer) Reconcile(ctx context.Context) error {
	return errors.Join(d.markLost(ctx), d.lookForUnknown(ctx), d.askAboutSilent(ctx))
}

// markLost turns attempts whose placing replica died into unknown ones.
func (d *Dialer) markLost(ctx context.Context) error {
	_, err := d.Worker.Exec(ctx, `UPDATE attempts SET state = 'unknown', rank = $2
		WHERE state = 'placing' AND place_by < clock_timestamp() - make_interval(secs => $1)`, lostAfter.Seconds(), rankOf["unknown"])
	if err != nil {
		return fmt.Errorf("mark lost attempts: %w", err)
	}
	return nil
}

type unknownCall struct {
	ID      uuid.UUID
	Phone   string
	Sender  string
	Claimed time.Time // database time of the claim
	Age     float64   // seconds since then
	Misses  int
}

// phoneOf is where an attempt rings: the employee's number, or the user's own
// for a preview.
const phoneOf = `coalesce(e.phone, u.phone, '')`

func (d *Dialer) lookForUnknown(ctx context.Context) error {
	rows, err := d.Worker.Query(ctx, `
		SELECT a.id, `+phoneOf+` AS phone, s.number AS sender, a.place_by - make_interval(secs => $1) AS claimed,
		       extract(epoch FROM clock_timestamp() - a.place_by) + $1 AS age, a.misses
		FROM attempts a JOIN senders s ON s.id = a.sender_id
		LEFT JOIN recipients r ON r.id = a.recipient_id
		LEFT JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		LEFT JOIN users u ON u.account_id = a.account_id AND u.id = a.user_id
		WHERE a.state = 'unknown' AND a.call_sid IS NULL
		  AND (a.checked_at IS NULL AND a.place_by < clock_timestamp() - make_interval(secs => $2)
		       OR a.checked_at < clock_timestamp() - make_interval(secs => $3))
		ORDER BY a.checked_at NULLS FIRST LIMIT $4`, placeWithin.Seconds(), lookFirst.Seconds(), lookEvery.Seconds(), reconcileMost)
	if err != nil {
		return fmt.Errorf("list unknown attempts: %w", err)
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[unknownCall])
	if err != nil {
		return fmt.Errorf("list unknown attempts: %w", err)
	}
	for _, call := range calls {
		if err := d.lookFor(ctx, call); err != nil {
			return err
		}
	}
	return nil
}

const listDepth = 20

// lookFor adopts the one call at the carrier that can only be this attempt's;
// it counts the look as a miss when there is none, and leaves it open when
// there are several.
func (d *Dialer) lookFor(ctx context.Context, call unknownCall) error {
	listed, err := d.Carrier.ListCalls(ctx, call.Phone, listDepth)
	if err != nil {
		return fmt.Errorf("list calls at the carrier: %w", err)
	}
	candidates, err := d.unclaimed(ctx, call, listed)
	if err != nil {
		return err
	}
	if len(candidates) == 1 {
		return d.adopt(ctx, call, candidates[0])
	}
	missed := 0
	if len(candidates) == 0 {
		missed = 1
	}
	if _, err := d.Worker.Exec(ctx, `UPDATE attempts SET misses = misses + $2, checked_at = clock_timestamp() WHERE id = $1`, call.ID, missed); err != nil {
		return fmt.Errorf("note look-up: %w", err)
	}
	switch {
	case missed == 1 && call.Misses+1 >= missesNeeded && call.Age >= missSpan.Seconds():
		return d.conclude(ctx, call.ID, raise{state: "not_placed", reason: "the carrier knows no such call"})
	case call.Age >= giveUpAfter.Seconds():
		return d.conclude(ctx, call.ID, raise{state: "failed", code: -1, reason: "unresolved"})
	}
	return nil
}

// unclaimed filters the carrier's list to calls that nobody else of ours is:
// from the same sender, made since the claim (5 s for clocks that differ).
func (d *Dialer) unclaimed(ctx context.Context, call unknownCall, listed []twilio.CallState) ([]twilio.CallState, error) {
	var candidates []twilio.CallState
	for _, c := range listed {
		if c.From != call.Sender || c.Created.Before(call.Claimed.Add(-5*time.Second).Truncate(time.Second)) {
			continue
		}
		var taken bool
		if err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM attempts WHERE call_sid = $1)`, c.SID).Scan(&taken); err != nil {
			return nil, fmt.Errorf("look up call id: %w", err)
		}
		if !taken {
			candidates = append(candidates, c)
		}
	}
	return candidates, nil
}

func (d *Dialer) adopt(ctx context.Context, call unknownCall, found twilio.CallState) error {
	event := polled(call.ID, found)
	if err := d.Status(ctx, event); err != nil {
		return fmt.Errorf("adopt call: %w", err)
	}
	return nil
}

func polled(attempt uuid.UUID, found twilio.CallState) StatusEvent {
	event := StatusEvent{Attempt: attempt, CallSID: found.SID, Kind: "poll", Status: found.Status, Dedupe: found.Status,
		Payload: map[string]string{"CallStatus": found.Status, "AnsweredBy": found.AnsweredBy}}
	if rankOf[stateOf[found.Status]] == finalRank {
		seconds := int(found.Duration.Seconds())
		event.Duration = &seconds
	}
	return event
}

func (d *Dialer) conclude(ctx context.Context, id uuid.UUID, to raise) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.State != "unknown" {
			return nil
		}
		return d.raise(ctx, tx, a, to)
	})
}

// askAboutSilent polls calls of which nothing was heard for a while: callbacks
// get lost, and a call that is cancelled in the carrier's queue sends none.
func (d *Dialer) askAboutSilent(ctx context.Context) error {
	rows, err := d.Worker.Query(ctx, `UPDATE attempts SET checked_at = clock_timestamp() WHERE id IN (
			SELECT id FROM attempts
			WHERE state IN ('queued', 'initiated', 'ringing', 'in_progress') AND call_sid IS NOT NULL
			  AND greatest(place_by, coalesce(checked_at, place_by)) < clock_timestamp() - make_interval(secs => $1)
			ORDER BY checked_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING id, call_sid`, silentAfter.Seconds(), reconcileMost)
	if err != nil {
		return fmt.Errorf("list silent calls: %w", err)
	}
	type silent struct {
		ID      uuid.UUID
		CallSID string
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[silent])
	if err != nil {
		return fmt.Errorf("list silent calls: %w", err)
	}
	for _, call := range calls {
		found, err := d.Carrier.FetchCall(ctx, call.CallSID)
		if err != nil {
			return fmt.Errorf("fetch call: %w", err)
		}
		if err := d.Status(ctx, polled(call.ID, found)); err != nil {
			return fmt.Errorf("apply fetched call: %w", err)
		}
	}
	return nil
}
