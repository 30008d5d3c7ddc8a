package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
)

// Why we asked the carrier to end a call.
const (
	endOptedOut  = "opted_out"
	endNotMe     = "not_me"
	endCancelled = "campaign_cancelled"
	endMachine   = "machine"
)

// Receive takes a text from a phone: one transaction for everything it means,
// and if it revoked, silence before it returns. Only then may the carrier be
// answered 2xx, which it takes as proof that the STOP is kept (I2).
func (d *Dialer) Receive(ctx context.Context, in consent.Inbound) (consent.Outcome, error) {
	var out consent.Outcome
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
	// A duplicate may be the retry of a delivery whose calls were never ended.
	if len(out.Revoked) > 0 || out.Duplicate {
		d.silence(ctx, out.PhoneKey)
	}
	return out, nil
}

// Revoke ends consent by any other means: a key in a call, the employee's
// page, the carrier's own block. Like Receive it returns when nothing rings.
func (d *Dialer) Revoke(ctx context.Context, r consent.Revocation) error {
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		accounts, err := d.Consent.Revoke(ctx, tx, r)
		if err != nil {
			return err
		}
		return d.skipPending(ctx, tx, r.PhoneKey, accounts)
	})
	if err != nil {
		return err
	}
	d.silence(ctx, r.PhoneKey)
	return nil
}

// skipPending takes the phone out of every queue of the accounts concerned.
func (d *Dialer) skipPending(ctx context.Context, tx pgx.Tx, key []byte, accounts []uuid.UUID) error {
	if len(accounts) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = 'skipped', reason = 'opted_out', finished_at = $3, updated_at = $3
		WHERE phone_key = $1 AND account_id = ANY($2) AND state = 'pending'`, key, accounts, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("skip pending recipients: %w", err)
	}
	return nil
}

// silence waits, without a transaction or a connection, until no POST to this
// phone can start any more, and ends what got through. A call that is still
// unknown then meets the consent check when it is answered, and says nothing.
func (d *Dialer) silence(ctx context.Context, key []byte) {
	deadline := time.Now().Add(stopPatience)
	for {
		open, err := d.endRevoked(ctx, key)
		if err != nil {
			d.Log.ErrorContext(ctx, "end revoked calls", "error", err)
		}
		if (err == nil && !open) || time.Now().After(deadline) || ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// endRevoked ends the live calls to a phone whose accounts hold no opt-in any
// more, and reports whether one is still being placed.
func (d *Dialer) endRevoked(ctx context.Context, key []byte) (placing bool, err error) {
	rows, err := d.Worker.Query(ctx, `SELECT a.id, a.call_sid, a.state = 'placing' AND a.place_by > clock_timestamp() AS placing
		FROM attempts a LEFT JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
		WHERE a.phone_key = $1 AND a.kind = 'campaign' AND coalesce(k.state, 'none') <> 'opted_in' AND a.end_requested = ''
		  AND a.state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress')`, key)
	if err != nil {
		return false, fmt.Errorf("list live calls: %w", err)
	}
	type live struct {
		ID      uuid.UUID
		CallSID *string
		Placing bool
	}
	calls, err := pgx.CollectRows(rows, pgx.RowToStructByName[live])
	if err != nil {
		return false, fmt.Errorf("list live calls: %w", err)
	}
	for _, call := range calls {
		if call.CallSID == nil {
			placing = placing || call.Placing
			continue
		}
		if err := d.end(ctx, call.ID, *call.CallSID, endOptedOut); err != nil {
			return placing, err
		}
	}
	return placing, nil
}

// end notes why before it hangs up: the callback of the end may be faster than
// the answer, and the note decides what the end means. Where the carrier could
// not be asked the note is taken back, and the next look tries again.
func (d *Dialer) end(ctx context.Context, attempt uuid.UUID, sid, why string) error {
	note := func(from, to string) error {
		_, err := d.Worker.Exec(ctx, `UPDATE attempts SET end_requested = $3 WHERE id = $1 AND end_requested = $2`, attempt, from, to)
		if err != nil {
			return fmt.Errorf("note end of call: %w", err)
		}
		return nil
	}
	if err := note("", why); err != nil {
		return err
	}
	if err := d.Carrier.EndCall(ctx, sid); err != nil {
		return errors.Join(fmt.Errorf("end call: %w", err), note(why, ""))
	}
	return nil
}
