package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/twilio"
)

// Why a call ended before it had done its work.
const (
	endOptedOut  = "opted_out"
	endNotMe     = "not_me"
	endCancelled = "campaign_cancelled"
	endSuspended = "account_suspended"
	endAnswered  = "answered_by_callback"
	endMachine   = "machine"
)

// Times of a STOP. The carrier waits 15 s for its answer.
const (
	stopPatience = 8 * time.Second
	stopPoll     = 25 * time.Millisecond
	// endAtOnce bounds the requests by which calls are ended.
	endAtOnce = 8
)

// What a cancel ends before it is answered.
const (
	cancelMost     = 4 * endAtOnce // calls
	cancelPatience = 2 * time.Second
)

// Receive takes a text from a phone: one transaction for everything it means,
// and if it revoked, silence before it returns. Only then may the carrier be
// answered 2xx, which it takes as proof that the STOP is kept (I2).
func (d *Dialer) Receive(ctx context.Context, in consent.Inbound) (consent.Outcome, error) {
	var out consent.Outcome
	in = d.Consent.Dated(ctx, in)
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if out, err = d.Consent.Receive(ctx, tx, in); err != nil {
			return err
		}
		return d.skipPending(ctx, tx, out.PhoneKey, out.Revoked)
	})
	if err != nil {
		return consent.Outcome{}, err
	}
	// A STOP may revoke nobody and close the gate all the same, and one that is
	// delivered again may be the retry of one whose calls were never ended.
	if len(out.Revoked) > 0 || out.Word == keyword.Stop || out.Word == keyword.StopAll {
		d.silence(ctx, out.PhoneKey)
	}
	return out, nil
}

// Revoke ends consent by any other means: the employee's page, the carrier's
// own block, what an employer or an operator was told. Like Receive it returns
// when nothing rings, and says how many calls it ended.
func (d *Dialer) Revoke(ctx context.Context, r consent.Revocation) (consent.Effect, error) {
	var accounts []uuid.UUID
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if accounts, err = d.Consent.Revoke(ctx, tx, r); err != nil {
			return err
		}
		return d.skipPending(ctx, tx, r.PhoneKey, accounts)
	})
	if err != nil {
		return consent.Effect{}, err
	}
	effect := consent.Effect{Employers: len(accounts), CallsEnded: d.silence(ctx, r.PhoneKey)}
	return effect, d.Consent.AwaitTextsOf(ctx, r.PhoneKey, r.SenderID, accounts)
}

// skipPending takes the phone out of every queue of the accounts concerned.
func (d *Dialer) skipPending(ctx context.Context, tx pgx.Tx, key []byte, accounts []uuid.UUID) error {
	if len(accounts) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = 'skipped', reason = 'opted_out', finished_at = $3, updated_at = $3
		WHERE phone_key = $1 AND (account_id = ANY($2)) IS TRUE AND state = 'pending'`, key, accounts, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("skip pending recipients: %w", err)
	}
	return nil
}

// silence waits, without a transaction or a connection, until no POST to this
// phone can start any more, and ends what got through. A call that is still
// unknown then meets the consent check when it is answered, and says nothing.
// It returns how many calls it ended.
func (d *Dialer) silence(ctx context.Context, key []byte) int {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	ended := map[uuid.UUID]bool{} // one that still rings is asked more than once
	for {
		calls, placing, err := d.endRevoked(ctx, key)
		for _, id := range calls {
			ended[id] = true
		}
		if err == nil && !placing {
			return len(ended)
		}
		if err != nil && ctx.Err() == nil {
			d.Log.ErrorContext(ctx, "end revoked calls", "error", err)
		}
		select {
		case <-ctx.Done():
			return len(ended)
		case <-time.After(stopPoll):
		}
	}
}

// live is a call that should not go on.
type live struct {
	ID          uuid.UUID
	CallSID     *string
	BeingPlaced bool // its POST may still start
	Revoked     bool
	Why         string
}

// unwantedSQL lists live calls that should not go on: those whose person has
// revoked (for a preview: closed the gate), and those that nobody has answered
// yet of cancelled campaigns and suspended employers, or whose person has called
// back and answered. One that we asked to be
// ended and that still rings is asked again: the carrier may have forgotten.
// In progress one that is ending is left alone: our own goodbye is being spoken.
// Few calls are live and many phones are known: what is asked of each call's
// phone stands where it is found by its key, and never by reading them all.
const unwantedSQL = `
	SELECT id, call_sid, being_placed, revoked, CASE WHEN revoked THEN 'opted_out' WHEN cancelled THEN 'campaign_cancelled'
	       WHEN suspended THEN 'account_suspended' ELSE 'answered_by_callback' END AS why
	FROM (
		SELECT a.id, a.call_sid, a.state = 'placing' AND a.place_by > clock_timestamp() AS being_placed,
		       (SELECT g.stopped_at IS NOT NULL FROM phone_gates g WHERE g.phone_key = a.phone_key)
		         OR a.kind = 'campaign' AND coalesce((SELECT k.state FROM consents k WHERE k.account_id = a.account_id AND k.phone_key = a.phone_key), 'none') <> 'opted_in'
		         OR EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = a.phone_key AND b.sender_id = a.sender_id) AS revoked,
		       a.state <> 'in_progress' AND a.kind = 'campaign' AND c.status = 'cancelled' AS cancelled,
		       a.state <> 'in_progress' AND acc.status <> 'active' AS suspended,
		       a.state <> 'in_progress' AND coalesce((SELECT r.answered_by_callback FROM recipients r WHERE r.id = a.recipient_id), false) AS given
		FROM attempts a JOIN campaigns c ON c.id = a.campaign_id JOIN accounts acc ON acc.id = a.account_id
		WHERE a.live
		  AND (NOT a.ending OR a.state <> 'in_progress') %s) l
	WHERE revoked OR cancelled OR suspended OR given`

// unwanted runs unwantedSQL, narrowed by a condition.
func (d *Dialer) unwanted(ctx context.Context, narrowed string, args ...any) ([]live, error) {
	rows, err := d.Worker.Query(ctx, fmt.Sprintf(unwantedSQL, narrowed), args...)
	if err != nil {
		return nil, fmt.Errorf("list unwanted calls: %w", err)
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[live])
	if err != nil {
		return nil, fmt.Errorf("list unwanted calls: %w", err)
	}
	return calls, nil
}

// endRevoked ends the live calls to a phone that should not go on. It returns
// those of them that were revoked, and whether one such is still being placed.
func (d *Dialer) endRevoked(ctx context.Context, key []byte) (ended []uuid.UUID, placing bool, err error) {
	calls, err := d.unwanted(ctx, `AND a.phone_key = $1`, key)
	if err != nil {
		return nil, false, err
	}
	failures := d.endAll(ctx, calls)
	for i, call := range calls {
		placing = placing || call.BeingPlaced && call.Revoked
		if call.Revoked && call.CallSID != nil && failures[i] == nil {
			ended = append(ended, call.ID)
		}
	}
	return ended, placing, errors.Join(failures...)
}

// watchSize is how many live calls one look takes. A carrier that places ten
// calls a second has fewer at once; where there are more, each is looked at
// every few seconds.
const watchSize = 1000

// endUnwanted ends calls that should not go on, on whatever phone.
func (d *Dialer) endUnwanted(ctx context.Context) error { return d.watch(ctx, watchSize) }

// watch looks at the next most live calls in the order of their phones, and
// begins anew after the last.
func (d *Dialer) watch(ctx context.Context, most int) error {
	d.watching.Lock()
	defer d.watching.Unlock()
	var last []byte
	var count int
	err := d.Worker.QueryRow(ctx, `SELECT (array_agg(phone_key ORDER BY phone_key DESC))[1], count(*) FROM (
			SELECT phone_key FROM attempts WHERE live AND phone_key > $1
			ORDER BY phone_key LIMIT $2) p`, d.watched, most).Scan(&last, &count)
	if err != nil {
		return fmt.Errorf("look at live calls: %w", err)
	}
	if count == 0 {
		d.watched = []byte{}
		return nil
	}
	calls, err := d.unwanted(ctx, `AND a.phone_key > $1 AND a.phone_key <= $2`, d.watched, last)
	if err != nil {
		return err
	}
	if d.watched = last; count < most {
		d.watched = []byte{}
	}
	return errors.Join(d.endAll(ctx, calls)...)
}

// EndCancelled ends what a campaign just cancelled still has at the carrier, as
// far as somebody who waits for the answer should wait: the first calls of that
// campaign alone. Whatever is left is ended within seconds like all that should
// not go on.
func (d *Dialer) EndCancelled(ctx context.Context, campaign uuid.UUID) error {
	ctx, cancel := context.WithTimeout(ctx, cancelPatience)
	defer cancel()
	calls, err := d.unwanted(ctx, `AND a.campaign_id = $1 AND a.kind = 'campaign' AND a.state <> 'in_progress' AND a.call_sid IS NOT NULL LIMIT $2`,
		campaign, cancelMost)
	if err != nil {
		return err
	}
	return errors.Join(d.endAll(ctx, calls)...)
}

// endAll returns what failed, one per call.
func (d *Dialer) endAll(ctx context.Context, calls []live) []error {
	return each(calls, endAtOnce, func(call live) error {
		if call.CallSID == nil {
			return nil
		}
		return d.end(ctx, call.ID, *call.CallSID, call.Why)
	})
}

// end notes why before it hangs up: the callback of the end may be faster than
// the answer, and the note decides what the end means. Where the carrier could
// not be asked the note is taken back. Only a request that the carrier took is
// marked as ending: whatever is lost on the way, the next look tries again.
func (d *Dialer) end(ctx context.Context, attempt uuid.UUID, sid, why string) error {
	note := func(ctx context.Context, sql string, args ...any) error {
		if _, err := d.Worker.Exec(ctx, sql, append([]any{attempt}, args...)...); err != nil {
			return fmt.Errorf("note end of call: %w", err)
		}
		return nil
	}
	const renote = `UPDATE attempts SET end_requested = $3 WHERE id = $1 AND end_requested = $2`
	if err := note(ctx, renote, "", why); err != nil {
		return err
	}
	status, err := d.Carrier.EndCall(ctx, sid)
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("end call: %w", err), note(ctx, renote, why, ""))
	}
	if err := note(ctx, `UPDATE attempts SET ending = true WHERE id = $1`); err != nil || stateOf[status] != "canceled" {
		return err
	}
	// A call that is cancelled in the carrier's queue sends no callback.
	return d.Status(ctx, polled(attempt, twilio.CallState{SID: sid, Status: status}))
}
