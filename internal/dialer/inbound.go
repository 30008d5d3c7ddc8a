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

// inbound is a call to one of our numbers, as kept.
type inbound struct {
	CallSID     string
	AccountID   *uuid.UUID
	PhoneKey    []byte
	SenderID    uuid.UUID
	AttemptID   *uuid.UUID // the call that is returned; nil: a stranger's
	RecipientID *uuid.UUID
	Heard       string
	Answer      *int
	AnswerTurn  string
	AnsweredAt  *time.Time
	Revoked     string
	LiveUntil   time.Time
}

// openCallBack locks the caller's gate and reads the call, which the first
// request binds to the call that it returns: whatever else happens meanwhile,
// all of its keys are about that one.
func (d *Dialer) openCallBack(ctx context.Context, tx pgx.Tx, in CallBack) (inbound, error) {
	key := d.callerKey(in.From)
	if err := lockCaller(ctx, tx, key); err != nil {
		return inbound{}, err
	}
	rows, err := tx.Query(ctx, `SELECT call_sid, account_id, phone_key, sender_id, attempt_id, recipient_id, heard, answer, answer_turn, answered_at, revoked, live_until
		FROM inbound_calls WHERE call_sid = $1 AND phone_key IS NOT DISTINCT FROM $2`, in.CallSID, key)
	if err != nil {
		return inbound{}, fmt.Errorf("read call back: %w", err)
	}
	call, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[inbound])
	if errors.Is(err, pgx.ErrNoRows) {
		return d.bindCallBack(ctx, tx, in, key)
	}
	if err != nil {
		return inbound{}, fmt.Errorf("read call back: %w", err)
	}
	return call, nil
}

// lockCaller takes the caller's gate, which a phone that nobody ever listed
// gets now: it may forbid calls too.
func lockCaller(ctx context.Context, tx pgx.Tx, key []byte) error {
	if key == nil {
		return nil
	}
	const lock = `SELECT FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE`
	tag, err := tx.Exec(ctx, lock, key)
	if err == nil && tag.RowsAffected() == 0 {
		if err = consent.EnsureGates(ctx, tx, [][]byte{key}); err == nil {
			_, err = tx.Exec(ctx, lock, key)
		}
	}
	if err != nil {
		return fmt.Errorf("lock gate: %w", err)
	}
	return nil
}

// bindCallBack keeps a new call, with the call to this phone that it returns.
func (d *Dialer) bindCallBack(ctx context.Context, tx pgx.Tx, in CallBack, key []byte) (inbound, error) {
	call := inbound{CallSID: in.CallSID, PhoneKey: key}
	err := tx.QueryRow(ctx, `SELECT id FROM senders WHERE number = $1`, in.To).Scan(&call.SenderID)
	if errors.Is(err, pgx.ErrNoRows) {
		return inbound{}, ErrForeignCall
	}
	if err != nil {
		return inbound{}, fmt.Errorf("find number that was called: %w", err)
	}
	if err := d.findReturned(ctx, tx, &call); err != nil {
		return inbound{}, err
	}
	// What the row below says must hold of both rows, and callbacks take them in
	// this order too.
	if call.AttemptID != nil {
		if _, err := lockAttempt(ctx, tx, *call.AttemptID); err != nil {
			return inbound{}, err
		}
	}
	tag, err := tx.Exec(ctx, `INSERT INTO inbound_calls (call_sid, account_id, phone_key, sender_id, attempt_id, recipient_id, at, live_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING`,
		call.CallSID, call.AccountID, call.PhoneKey, call.SenderID, call.AttemptID, call.RecipientID, d.Clock.Now())
	if err != nil {
		return inbound{}, fmt.Errorf("keep call back: %w", err)
	}
	if tag.RowsAffected() == 0 && key != nil {
		return inbound{}, ErrForeignCall // this call came from another phone
	}
	return call, nil
}

// noteCallBack keeps what became of a request, shows it on live pages, and that
// the person is on the line: the gate's row says so, because the claim locks it
// and looks at its newest version.
func (d *Dialer) noteCallBack(ctx context.Context, tx pgx.Tx, call inbound) error {
	_, err := tx.Exec(ctx, `UPDATE inbound_calls SET heard = $2, answer = $3, answer_turn = $4, answered_at = $5, revoked = $6, live_until = $7 WHERE call_sid = $1`,
		call.CallSID, call.Heard, call.Answer, call.AnswerTurn, call.AnsweredAt, call.Revoked, call.LiveUntil)
	if err != nil {
		return fmt.Errorf("note call back: %w", err)
	}
	if call.RecipientID != nil {
		if _, err := tx.Exec(ctx, touchSQL, call.RecipientID, d.Clock.Now()); err != nil {
			return fmt.Errorf("touch recipient: %w", err)
		}
	}
	return holdLine(ctx, tx, call.PhoneKey)
}

// holdLine keeps a locked gate true to the calls that its phone has with us.
func holdLine(ctx context.Context, tx pgx.Tx, key []byte) error {
	_, err := tx.Exec(ctx, `UPDATE phone_gates SET on_line_until = (SELECT max(live_until) FROM inbound_calls WHERE phone_key = $1 AND ended_at IS NULL)
		WHERE phone_key = $1`, key)
	if err != nil {
		return fmt.Errorf("hold line: %w", err)
	}
	return nil
}

// CallBackEnded frees the line of somebody who has hung up. Where the carrier
// never tells, the line is free once the last document must be over.
func (d *Dialer) CallBackEnded(ctx context.Context, sid string) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var key []byte
		err := tx.QueryRow(ctx, `SELECT g.phone_key FROM phone_gates g JOIN inbound_calls c ON c.phone_key = g.phone_key
			WHERE c.call_sid = $1 FOR NO KEY UPDATE OF g`, sid).Scan(&key)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("lock gate: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE inbound_calls SET ended_at = coalesce(ended_at, $2) WHERE call_sid = $1`, sid, d.Clock.Now()); err != nil {
			return fmt.Errorf("end call back: %w", err)
		}
		return holdLine(ctx, tx, key)
	})
}
