package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// States of a text on its way. A state only ever rises in rank, and the first
// final one stays: callbacks come late, twice and out of order.
const (
	stateQueued      = "queued"
	stateSending     = "sending"
	stateUnknown     = "unknown"
	stateAccepted    = "accepted"
	stateSent        = "sent"
	stateDelivered   = "delivered"
	stateUndelivered = "undelivered"
	stateFailed      = "failed"
	stateSkipped     = "skipped"
)

// Ranks of the ladder.
const (
	rankAccepted = 10
	rankSent     = 20
	rankFinal    = 30
)

func rankOf(state string) int {
	switch state {
	case stateAccepted:
		return rankAccepted
	case stateSent:
		return rankSent
	case stateDelivered, stateUndelivered, stateFailed:
		return rankFinal
	}
	return 0
}

// stateOf reads the carrier's name of a state; "" for one that says nothing.
func stateOf(status string) string {
	switch status {
	case "accepted", "queued", "scheduled", "sending":
		return stateAccepted
	case "sent":
		return stateSent
	case "delivered", "read", "partially_delivered":
		return stateDelivered
	case "undelivered":
		return stateUndelivered
	case "failed", "canceled":
		return stateFailed
	}
	return ""
}

// message is a text as its steps need it, locked.
type message struct {
	ID             uuid.UUID
	AccountID      *uuid.UUID
	EmployeeID     *uuid.UUID
	PhoneKey       []byte
	Kind           string
	Language       string
	WordingVersion string
	BodyHash       []byte
	SenderID       uuid.UUID
	Number         string // of the sender
	State          string
	Rank           int
	MessageSID     *string
	AskedAfter     *int64
}

func (m message) asksConsent() bool { return m.Kind == kindInvitation || m.Kind == kindReminder }

var errNoMessage = errors.New("no such text")

// lockMessage takes the gate of the text's phone, then the text.
func lockMessage(ctx context.Context, tx pgx.Tx, id uuid.UUID) (message, error) {
	var key []byte
	err := tx.QueryRow(ctx, `SELECT phone_key FROM messages WHERE id = $1`, id).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return message{}, errNoMessage
	}
	if err != nil {
		return message{}, fmt.Errorf("find text: %w", err)
	}
	if _, err := lockGate(ctx, tx, key); err != nil {
		return message{}, err
	}
	rows, err := tx.Query(ctx, `SELECT m.id, m.account_id, m.employee_id, m.phone_key, m.kind, m.language, m.wording_version, m.body_hash, m.sender_id,
		s.number, m.state, m.rank, m.message_sid, m.asked_after
		FROM messages m JOIN senders s ON s.id = m.sender_id WHERE m.id = $1 FOR NO KEY UPDATE OF m`, id)
	if err != nil {
		return message{}, fmt.Errorf("lock text: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[message])
	if err != nil {
		return message{}, fmt.Errorf("lock text: %w", err)
	}
	return m, nil
}

// step is news about a text.
type step struct {
	sid    string
	state  string
	code   int
	reason string
	at     time.Time
	taken  time.Time // when the carrier took the text, by its clock; zero where that is not told
}

// advance takes a locked text up the ladder and writes into the ledger what
// that means. News of another message of the carrier is not ours; news that
// are not new change nothing.
func (m message) advance(ctx context.Context, tx pgx.Tx, s step) error {
	if s.sid != "" && m.MessageSID != nil && *m.MessageSID != s.sid {
		return nil
	}
	rank := rankOf(s.state)
	if rank <= m.Rank || m.State == stateSkipped {
		return m.keepSID(ctx, tx, s)
	}
	_, err := tx.Exec(ctx, `UPDATE messages SET state = $2, rank = $3, message_sid = coalesce(message_sid, nullif($4, '')), error_code = $5,
		reason = coalesce(nullif($6, ''), reason), finished_at = $7, provider_at = coalesce(provider_at, $8), body = `+handedOver+` WHERE id = $1`,
		m.ID, s.state, rank, s.sid, s.code, s.reason, finishedAt(rank, s.at), timeOrNil(s.taken))
	if err != nil {
		return fmt.Errorf("advance text: %w", err)
	}
	if !m.asksConsent() {
		return nil
	}
	if m.Rank < rankAccepted && s.state != stateFailed {
		if err := m.noteInvited(ctx, tx, s); err != nil {
			return err
		}
	}
	switch s.state {
	case stateDelivered:
		return m.append(ctx, tx, Delivered, s)
	case stateUndelivered, stateFailed:
		return m.append(ctx, tx, Undelivered, s)
	}
	return nil
}

func finishedAt(rank int, at time.Time) *time.Time {
	if rank < rankFinal {
		return nil
	}
	return &at
}

// keepSID keeps what only the carrier's receipt tells, when a callback was faster.
func (m message) keepSID(ctx context.Context, tx pgx.Tx, s step) error {
	if s.sid == "" {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE messages SET message_sid = coalesce(message_sid, $2), provider_at = coalesce(provider_at, $3) WHERE id = $1`,
		m.ID, s.sid, timeOrNil(s.taken)); err != nil {
		return fmt.Errorf("keep id of text: %w", err)
	}
	return nil
}

// noteInvited appends 'invited' when the carrier has taken the invitation. One
// that left just before a STOP must not open anything after it.
func (m message) noteInvited(ctx context.Context, tx pgx.Tx, s step) error {
	var state State
	var eventID int64
	err := tx.QueryRow(ctx, `SELECT state, event_id FROM consents WHERE account_id = $1 AND phone_key = $2`, m.AccountID, m.PhoneKey).Scan(&state, &eventID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read consent: %w", err)
	}
	if !passes(state, eventID, m.AskedAfter) {
		return nil
	}
	return m.append(ctx, tx, Invited, s)
}

func (m message) append(ctx context.Context, tx pgx.Tx, kind Kind, s step) error {
	sid := s.sid
	if sid == "" && m.MessageSID != nil {
		sid = *m.MessageSID
	}
	detail := map[string]any{"message": m.ID, "text": m.Kind}
	if s.code != 0 {
		detail["error_code"] = s.code
	}
	_, err := Append(ctx, tx, Event{Account: *m.AccountID, PhoneKey: m.PhoneKey, EmployeeID: m.EmployeeID, Kind: kind, Channel: ChannelSMS, At: s.at,
		Actor: audit.Actor{Kind: audit.Carrier}, WordingVersion: m.WordingVersion, WordingHash: m.BodyHash, Language: m.Language,
		MessageSID: sid, SenderID: &m.SenderID, Detail: detail})
	return err
}
