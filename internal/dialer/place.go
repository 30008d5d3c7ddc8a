package dialer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/twilio"
)

// result is what became of one POST.
type result struct {
	attempt uuid.UUID
	sid     string
	err     *twilio.Error // nil: the carrier accepted it
	late    bool          // its time had passed: nothing was posted
}

// post is what the line does with a claimed call whose turn has come. A POST
// that began is always recorded, also during shutdown.
func (d *Dialer) post(a claimed) { d.results <- d.place(a) }

// place posts, unless the attempt's time has passed: then a STOP may already
// have been answered in the belief that no POST can start any more (I2, I3).
func (d *Dialer) place(a claimed) result {
	if clock.Passed(a.deadline) {
		d.breaker.released()
		return result{attempt: a.ID, late: true}
	}
	sid, err := d.Carrier.CreateCall(context.Background(), d.call(a))
	if err == nil {
		d.breaker.success()
		return result{attempt: a.ID, sid: sid}
	}
	refused, ok := twilio.AsError(err)
	if !ok {
		refused = &twilio.Error{Class: twilio.Unknown, Message: err.Error()}
	}
	if refused.Class == twilio.Unknown || refused.Class == twilio.NotSent {
		d.breaker.failure(time.Now())
	} else {
		d.breaker.success()
	}
	return result{attempt: a.ID, err: refused}
}

// Batches of results: small enough to be soon, large enough to be cheap.
const (
	batchSize = 500
	batchWait = 20 * time.Millisecond
)

// record writes results in batches until the channel is closed and empty.
func (d *Dialer) record() {
	for first := range d.results {
		batch := []result{first}
		timeout := time.After(batchWait)
	gather:
		for len(batch) < batchSize {
			select {
			case next, ok := <-d.results:
				if !ok {
					break gather
				}
				batch = append(batch, next)
			case <-timeout:
				break gather
			}
		}
		d.persist(batch)
	}
}

// How long the recorder tries while the database is away. After that the
// reconciler takes the attempts from 'placing' to 'unknown' and looks them up.
const (
	persistFirst  = 50 * time.Millisecond
	persistMost   = 2 * time.Second
	persistWithin = 10 * time.Second
)

// persist keeps trying while the database is away: a result that is lost costs
// a look-up at the carrier, and a person their call. A result that cannot be
// stored for a reason of its own must not take the others with it.
func (d *Dialer) persist(batch []result) {
	for pause := persistFirst; len(batch) > 0; pause *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), persistWithin)
		var err error
		batch, err = d.store(ctx, batch)
		cancel()
		if err == nil {
			return
		}
		d.Log.Error("record call results", "error", err, "left", len(batch))
		if pause > persistMost {
			return
		}
		time.Sleep(pause)
	}
}

// store writes results and returns those that are not stored yet.
func (d *Dialer) store(ctx context.Context, batch []result) (left []result, err error) {
	var placed, late, refused []result
	for _, r := range batch {
		switch {
		case r.sid != "":
			placed = append(placed, r)
		case r.late:
			late = append(late, r)
		default:
			refused = append(refused, r)
		}
	}
	err = d.storePlaced(ctx, placed)
	if postgres.IsUnique(err, "") && len(placed) > 1 {
		// One of these calls is known under another attempt. Which one shows one by one.
		for _, r := range placed {
			if oneErr := d.storePlaced(ctx, []result{r}); oneErr != nil {
				d.Log.ErrorContext(ctx, "record placed call", "error", oneErr, "attempt", r.attempt, "call_sid", r.sid)
			}
		}
		err = nil
	}
	if err != nil {
		left = placed
	}
	others, oneErr := d.storeLate(ctx, late)
	if oneErr != nil {
		err = oneErr
	}
	for _, r := range append(others, refused...) {
		if oneErr := d.storeRefused(ctx, r); oneErr != nil {
			err, left = oneErr, append(left, r)
		}
	}
	return left, err
}

// reasonLate stands with an attempt that was claimed and never posted.
const reasonLate = "its time had passed"

// storeLate gives back claims that were not posted, all at once: a replica
// that cannot keep up has many of them, and must not fall behind further by
// returning each for itself. It returns those about which there is more to
// decide than when they are due again, and those that somebody holds.
func (d *Dialer) storeLate(ctx context.Context, late []result) ([]result, error) {
	if len(late) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(late))
	for i, r := range late {
		ids[i] = r.attempt
	}
	now := d.Clock.Now()
	rows, err := d.Worker.Query(ctx, `
		WITH held AS MATERIALIZED (
			SELECT r.id AS recipient, a.id AS attempt
			FROM unnest($1::uuid[]) AS l (id) JOIN attempts a ON a.id = l.id
			JOIN recipients r ON r.id = a.recipient_id JOIN campaigns c ON c.id = a.campaign_id JOIN phone_gates g ON g.phone_key = a.phone_key
			JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
			WHERE a.rank <= $3 AND r.state = 'dialling' AND c.status IN ('running', 'paused') AND (c.dial_until IS NULL OR c.dial_until > $2)
			  AND k.state = 'opted_in' AND g.stopped_at IS NULL
			  AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = a.phone_key AND b.sender_id = a.sender_id)
			FOR NO KEY UPDATE OF r, a SKIP LOCKED
		), back AS (
			UPDATE recipients r SET state = 'pending', attempts_made = greatest(r.attempts_made - 1, 0), due_at = $2, updated_at = $5
			FROM held h WHERE r.id = h.recipient
		)
		UPDATE attempts a SET state = 'not_placed', rank = $4, ended_at = $5, error = $6 FROM held h WHERE a.id = h.attempt RETURNING a.id`,
		ids, now.Add(refundPause), rankOf["unknown"], finalRank, now, reasonLate)
	if err != nil {
		return late, fmt.Errorf("give back claims: %w", err)
	}
	back, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return late, fmt.Errorf("give back claims: %w", err)
	}
	return slices.DeleteFunc(late, func(r result) bool { return slices.Contains(back, r.attempt) }), nil
}

// storePlaced notes the carrier's ids. A callback may have been faster, and then
// nothing is news; or an attempt was given up meanwhile, and then only the id is.
func (d *Dialer) storePlaced(ctx context.Context, placed []result) error {
	if len(placed) == 0 {
		return nil
	}
	ids, sids := make([]uuid.UUID, len(placed)), make([]string, len(placed))
	for i, r := range placed {
		ids[i], sids[i] = r.attempt, r.sid
	}
	var batch pgx.Batch
	batch.Queue(`SELECT ` + asWritten) // a call is found by its key, not by reading them all
	batch.Queue(`WITH news AS (
			UPDATE attempts a SET call_sid = p.sid, placed_at = coalesce(a.placed_at, $4),
				state = CASE WHEN a.rank < $3 THEN 'queued' ELSE a.state END, rank = greatest(a.rank, $3),
				error = CASE WHEN a.rank < $3 THEN '' ELSE a.error END
			FROM unnest($1::uuid[], $2::text[]) AS p (id, sid) WHERE a.id = p.id AND a.call_sid IS NULL
			RETURNING a.call_sid, a.id)
		INSERT INTO call_sids (call_sid, attempt_id) SELECT call_sid, id FROM news`, ids, sids, rankOf["queued"], d.Clock.Now())
	if err := d.Worker.SendBatch(ctx, &batch).Close(); err != nil { // one transaction, in one round trip
		return fmt.Errorf("record placed calls: %w", err)
	}
	return nil
}
