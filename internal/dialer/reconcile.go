package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/callshu/callshu/internal/twilio"
)

// How long a call without news is looked for (I3). What a POST may take is the
// machine's time; how soon a call shows in the carrier's lists and how long it
// may last there is the carrier's.
const (
	lostAfter     = 10 * time.Second // a placing attempt without result this long after place_by is unknown
	lookFirst     = 10 * time.Second // after place_by: a POST may take that long, and so may its first callback
	missesNeeded  = 3                // listings in which it was absent, over at least missSpan: it was never placed
	reconcileMost = 100              // calls of one kind in one look
	listDepth     = 20
	clockSlack    = 5 * time.Second // between the carrier's clock and ours

	// askAtOnce bounds the requests by which calls are asked about: an outage
	// leaves hundreds, which one by one would take minutes, and the phones of the
	// last ones are blocked until then. They are counted apart from the calls that
	// are being placed, and take neither their places at the carrier nor more than
	// a part of the connections to the database.
	askAtOnce = 8

	// Of the carrier's time.
	lookEvery   = 5 * time.Minute
	lookAgain   = 30 * time.Second // when the carrier could not be asked
	missSpan    = 15 * time.Minute
	giveUpAfter = 25 * time.Hour  // the carrier keeps a queued call for 24 h at most
	silentAfter = 2 * time.Minute // a call without news for so long is asked about
)

// seconds are those of the machine's clock that a span of the carrier's takes.
func (d *Dialer) seconds(carrier time.Duration) float64 {
	return carrier.Seconds() / d.CarrierSpeed
}

// Reconcile finds out what became of calls that nobody told us about: a POST
// whose answer was lost, a callback that never came. Nothing is ever dialled
// again before it has been looked for.
func (d *Dialer) Reconcile(ctx context.Context) error {
	return errors.Join(d.markLost(ctx), d.lookForUnknown(ctx), d.askAboutSilent(ctx), d.giveUp(ctx))
}

// markLost turns attempts whose placing replica died into unknown ones.
func (d *Dialer) markLost(ctx context.Context) error {
	_, err := d.Worker.Exec(ctx, `UPDATE attempts SET state = 'unknown', rank = $2 WHERE id IN (
			SELECT id FROM attempts WHERE live AND state = 'placing' AND place_by < clock_timestamp() - make_interval(secs => $1)
			FOR NO KEY UPDATE SKIP LOCKED)`, lostAfter.Seconds(), rankOf["unknown"])
	if err != nil {
		return fmt.Errorf("mark lost attempts: %w", err)
	}
	return nil
}

type unknownCall struct {
	ID      uuid.UUID
	Phone   string
	Sender  string
	Claimed time.Time
	Age     float64 // seconds since the claim
	Misses  int
}

// lookForUnknown takes the unknown calls whose next look is due. Taking them
// is what keeps two replicas from counting one look twice. The claim's time is
// the earlier one of the database's and of the business clock: what is missed
// by too late a time would be dialled twice.
func (d *Dialer) lookForUnknown(ctx context.Context) error {
	rows, err := d.Worker.Query(ctx, `
		WITH due AS (
			UPDATE attempts SET checked_at = clock_timestamp() WHERE id IN (
				SELECT id FROM attempts WHERE live AND state = 'unknown' AND call_sid IS NULL
				  AND (checked_at IS NULL AND place_by < clock_timestamp() - make_interval(secs => $2)
				       OR checked_at < clock_timestamp() - make_interval(secs => $3))
				ORDER BY checked_at NULLS FIRST LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)
			RETURNING id, sender_id, recipient_id, account_id, user_id, place_by, created_at, misses)
		SELECT a.id, coalesce(e.phone, u.phone, '') AS phone, s.number AS sender,
		       least(a.place_by - make_interval(secs => $1), a.created_at) AS claimed,
		       (extract(epoch FROM clock_timestamp() - a.place_by) + $1)::float8 AS age, a.misses
		FROM due a JOIN senders s ON s.id = a.sender_id
		LEFT JOIN recipients r ON r.id = a.recipient_id
		LEFT JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		LEFT JOIN users u ON u.account_id = a.account_id AND u.id = a.user_id`,
		placeWithin.Seconds(), lookFirst.Seconds(), d.seconds(lookEvery), reconcileMost)
	if err != nil {
		return fmt.Errorf("list unknown attempts: %w", err)
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[unknownCall])
	if err != nil {
		return fmt.Errorf("list unknown attempts: %w", err)
	}
	return errors.Join(each(calls, askAtOnce, func(call unknownCall) error { return d.lookFor(ctx, call) })...)
}

// each calls f for every one of a list, so many at once, and returns what
// failed, one per item: none of them stops the others.
func each[T any](list []T, atOnce int, f func(T) error) []error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	failures := make([]error, len(list))
	for i, item := range list {
		group.Go(func() error {
			failures[i] = f(item)
			return nil
		})
	}
	group.Wait() //nolint:errcheck // each failure is kept
	return failures
}

// lookFor adopts the one call at the carrier that can only be this attempt's;
// it counts the look as a miss when there is none, and leaves it open when
// there are several.
func (d *Dialer) lookFor(ctx context.Context, call unknownCall) error {
	if call.Phone == "" {
		return nil // erased meanwhile: a callback may still come, else it is given up
	}
	listed, err := d.Carrier.ListCalls(ctx, call.Phone, listDepth)
	if err != nil {
		return errors.Join(fmt.Errorf("list calls at the carrier: %w", err), d.lookSooner(ctx, call.ID))
	}
	candidates, err := d.unclaimed(ctx, call, listed)
	switch {
	case err != nil:
		return errors.Join(err, d.lookSooner(ctx, call.ID))
	case len(candidates) == 1:
		return d.adopt(ctx, call, candidates[0])
	case len(candidates) > 1:
		d.Log.WarnContext(ctx, "several calls at the carrier could be this attempt's", "attempt", call.ID, "candidates", len(candidates))
		return nil
	case call.Misses+1 >= missesNeeded && call.Age >= d.seconds(missSpan):
		return d.conclude(ctx, call.ID, raise{state: "not_placed", reason: reasonNoSuchCall})
	}
	if _, err := d.Worker.Exec(ctx, `UPDATE attempts SET misses = misses + 1 WHERE id = $1 AND state = 'unknown'`, call.ID); err != nil {
		return fmt.Errorf("note look-up: %w", err)
	}
	return nil
}

// lookSooner plans the next look after one that told nothing.
func (d *Dialer) lookSooner(ctx context.Context, id uuid.UUID) error {
	_, err := d.Worker.Exec(context.WithoutCancel(ctx), `UPDATE attempts SET checked_at = clock_timestamp() - make_interval(secs => $2) WHERE id = $1 AND state = 'unknown'`,
		id, d.seconds(lookEvery-lookAgain))
	if err != nil {
		return fmt.Errorf("plan look-up: %w", err)
	}
	return nil
}

// unclaimed filters the carrier's list to calls that nobody else of ours is:
// from the same sender, made since the claim.
func (d *Dialer) unclaimed(ctx context.Context, call unknownCall, listed []twilio.CallState) ([]twilio.CallState, error) {
	since := call.Claimed.Add(-clockSlack).Truncate(time.Second)
	var candidates []twilio.CallState
	for _, c := range listed {
		if c.From != call.Sender || c.Created.Before(since) {
			continue
		}
		var taken bool
		if err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM call_sids WHERE call_sid = $1)`, c.SID).Scan(&taken); err != nil {
			return nil, fmt.Errorf("look up call id: %w", err)
		}
		if !taken {
			candidates = append(candidates, c)
		}
	}
	return candidates, nil
}

func (d *Dialer) adopt(ctx context.Context, call unknownCall, found twilio.CallState) error {
	if err := d.Status(ctx, polled(call.ID, found)); err != nil {
		return fmt.Errorf("adopt call: %w", err)
	}
	return nil
}

func polled(attempt uuid.UUID, found twilio.CallState) StatusEvent {
	event := StatusEvent{Attempt: attempt, CallSID: found.SID, Kind: "poll", Status: found.Status, Dedupe: found.Status, AnsweredBy: found.AnsweredBy,
		Payload: map[string]string{"CallStatus": found.Status, "AnsweredBy": found.AnsweredBy}}
	if rankOf[stateOf[found.Status]] == finalRank {
		seconds := int(found.Duration.Seconds())
		event.Duration = &seconds
	}
	return event
}

// conclude ends an attempt of which the carrier tells nothing, unless news came
// meanwhile.
func (d *Dialer) conclude(ctx context.Context, id uuid.UUID, to raise) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, id)
		if err != nil {
			return err
		}
		if to.state == "not_placed" && a.State != "unknown" {
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
			WHERE live AND state <> 'placing' AND call_sid IS NOT NULL
			  AND greatest(place_by, coalesce(checked_at, place_by)) < clock_timestamp() - make_interval(secs => $1)
			ORDER BY checked_at NULLS FIRST LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING id, call_sid`, d.seconds(silentAfter), reconcileMost)
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
	return errors.Join(each(calls, askAtOnce, func(call silent) error {
		found, err := d.Carrier.FetchCall(ctx, call.CallSID)
		if err == nil {
			err = d.Status(ctx, polled(call.ID, found))
		}
		if err != nil {
			return fmt.Errorf("ask about silent call: %w", err)
		}
		return nil
	})...)
}

// giveUp ends what nobody could ever tell anything about, so that its campaign
// can end and its phone is free again.
func (d *Dialer) giveUp(ctx context.Context) error {
	rows, err := d.Worker.Query(ctx, `SELECT id FROM attempts
		WHERE live AND place_by < clock_timestamp() - make_interval(secs => $1)`, d.seconds(giveUpAfter))
	if err != nil {
		return fmt.Errorf("list calls to give up: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("list calls to give up: %w", err)
	}
	var failures []error
	for _, id := range ids {
		failures = append(failures, d.conclude(ctx, id, raise{state: "failed", code: codeUnresolved, reason: reasonUnresolved}))
	}
	return errors.Join(failures...)
}

// codeUnresolved stands for a failure that no code of the carrier's explains;
// like theirs it forbids another try.
const codeUnresolved = -1
