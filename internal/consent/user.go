package consent

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/phone"
)

// user is somebody who signs in for an employer, by the phone on record.
type user struct {
	ID        uuid.UUID
	AccountID uuid.UUID
}

// usersOnly lists the users whose own phone texted, as a code has proved (a number
// that somebody merely typed is nobody's), none if any employer has
// the phone on its list: then consent decides, and a START asks for it anew.
func (x *exchange) usersOnly(ctx context.Context) ([]user, error) {
	rows, err := x.tx.Query(ctx, `SELECT u.id, u.account_id FROM users u WHERE u.phone = $1 AND u.phone_verified_at IS NOT NULL AND u.disabled_at IS NULL
		AND NOT EXISTS (SELECT FROM employees e WHERE e.phone_key = $2 AND e.deleted_at IS NULL) ORDER BY u.id`, x.in.From, x.key)
	if err != nil {
		return nil, fmt.Errorf("find users of a phone: %w", err)
	}
	users, err := pgx.CollectRows(rows, pgx.RowToStructByName[user])
	if err != nil {
		return nil, fmt.Errorf("find users of a phone: %w", err)
	}
	return users, nil
}

// unblock lifts what the STOP of a user closed on this number, so that codes
// and previews reach the phone again. No ledger changes: every employer who
// was refused stays refused. Who texts is proved by the phone alone, which the
// audit log says of each user that it belongs to.
func (x *exchange) unblock(ctx context.Context, users []user) error {
	x.out.Did = didUnblock
	if err := x.open(ctx); err != nil {
		return err
	}
	for _, u := range users {
		err := audit.Record(ctx, x.tx, audit.Event{Account: &u.AccountID, At: x.now, Actor: audit.Actor{Kind: audit.Anonymous}, Action: "phone.unblocked",
			SubjectKind: "user", SubjectID: u.ID.String(), Detail: map[string]any{"phone": phone.Mask(x.in.From), "message_sid": x.in.MessageSID}})
		if err != nil {
			return err
		}
	}
	return nil
}

// Blocked reports whether a STOP keeps texts of this sender from a phone, and
// whether the person has told this account, by key, page or word, to leave the
// phone alone: that closes no gate, but a code is no way around it.
func Blocked(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte, senderID uuid.UUID) (stopped, refused bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM phone_gates WHERE phone_key = $1 AND stopped_at IS NOT NULL)
		OR EXISTS (SELECT FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2),
		EXISTS (SELECT FROM consents WHERE account_id = $3 AND phone_key = $1 AND state = 'opted_out')`, key, senderID, account).Scan(&stopped, &refused)
	if err != nil {
		return false, false, fmt.Errorf("read blocks of a phone: %w", err)
	}
	return stopped, refused, nil
}

// KeepStoppedOn closes new numbers of ours to everybody who has said "stop all"
// and has since come back to one number only: they came back to that one, not
// to numbers that did not exist then.
func KeepStoppedOn(ctx context.Context, tx pgx.Tx, senders []uuid.UUID) error {
	_, err := tx.Exec(ctx, `INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at)
		SELECT b.phone_key, s.id, 'stop_all', min(b.blocked_at) FROM sender_blocks b, unnest($1::uuid[]) AS s (id)
		WHERE b.source = 'stop_all' GROUP BY b.phone_key, s.id ON CONFLICT DO NOTHING`, senders)
	if err != nil {
		return fmt.Errorf("keep new numbers stopped: %w", err)
	}
	return nil
}
