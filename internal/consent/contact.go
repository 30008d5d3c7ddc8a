package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// contact is an employer who knows a phone that texted one of our numbers.
type contact struct {
	AccountID    uuid.UUID
	SpokenName   string
	MonthlyLimit int
	OnSender     bool // it sends from this number today
	Active       bool
	EmployeeID   *uuid.UUID // nil when the person is not on its list any more
	Language     *string
	State        string
	EventID      int64 // of the newest state-changing event; 0 for none
	ChangedAt    *time.Time
	RefusedAt    *time.Time // when an opt-out in force was said; the carrier's time where it is known
	Attested     bool
	LastAt       *time.Time // of its newest text or call from this number

	// The newest invitation that left or may have left.
	InviteID       *uuid.UUID
	InviteState    string
	InviteSender   *uuid.UUID
	InviteSID      *string
	InviteVersion  string
	InviteHash     []byte
	InviteLanguage string
	InviteSentAt   *time.Time
	InviteAt       *time.Time // when the carrier took it, by the carrier's clock; nil while that is not known
	Invites        int        // that left or may have left, this one included
	InviteAsked    *int64     // asked_after
}

// inFlight: handed to the carrier, whose receipt we do not have yet.
func (c contact) inFlight() bool {
	return c.InviteState == stateSending || c.InviteState == stateUnknown
}

// open reports whether an invitation of this employer waits for an answer to
// this sender at this time. One that is still being handed over, or whose fate
// is not known, may: an answer can be faster than the carrier's receipt. But
// only when it has been taken does the answer count.
func (c contact) open(senderID uuid.UUID, now time.Time) bool {
	if c.EmployeeID == nil || c.InviteID == nil || c.InviteSender == nil || *c.InviteSender != senderID || c.InviteSentAt == nil {
		return false
	}
	switch {
	case c.inFlight():
		return State(c.State) != StateOptedIn && passes(State(c.State), c.EventID, c.InviteAsked)
	case c.InviteState == stateFailed || c.InviteState == stateUndelivered:
		return false
	}
	return State(c.State) == StateInvited && c.ChangedAt != nil && now.Before(c.ChangedAt.Add(InvitationLife))
}

// passes reports whether an invitation may still reach somebody: an opt-out is
// passed only by the answer to a START that came after it.
func passes(state State, eventID int64, askedAfter *int64) bool {
	return state != StateOptedOut || (askedAfter != nil && *askedAfter == eventID)
}

// restartable: START opens a new invitation of this employer.
func (c contact) restartable(senderID uuid.UUID, now time.Time) bool {
	return c.OnSender && c.Active && c.EmployeeID != nil && c.Attested && State(c.State) != StateOptedIn && !c.open(senderID, now)
}

// findContacts lists the employers concerned by a text from a phone to one of
// our numbers: those who have the person on their list and send from it, and
// those who ever texted the phone from it.
func findContacts(ctx context.Context, tx pgx.Tx, key []byte, senderID uuid.UUID) ([]contact, error) {
	rows, err := tx.Query(ctx, `SELECT a.id AS account_id, a.spoken_name, a.monthly_limit, coalesce(a.sender_id = $2, false) AS on_sender, a.status = 'active' AS active,
		e.id AS employee_id, e.language, coalesce(k.state, 'none') AS state, coalesce(k.event_id, 0) AS event_id, k.changed_at,
		(SELECT coalesce(v.provider_at, (SELECT t.provider_at FROM consent_events t WHERE t.account_id = a.id AND t.phone_key = $1
				AND t.kind = 'timed' AND t.message_sid = v.message_sid AND v.message_sid <> '' LIMIT 1), v.at)
			FROM consent_events v WHERE v.id = k.event_id AND k.state = 'opted_out') AS refused_at,
		EXISTS (SELECT FROM consent_events v WHERE v.account_id = a.id AND v.phone_key = $1 AND v.kind = 'attested') AS attested,
		greatest((SELECT max(m.sent_at) FROM messages m WHERE m.account_id = a.id AND m.phone_key = $1 AND m.sender_id = $2),
		         (SELECT max(t.created_at) FROM attempts t WHERE t.account_id = a.id AND t.phone_key = $1 AND t.sender_id = $2)) AS last_at,
		i.id AS invite_id, coalesce(i.state, '') AS invite_state, i.sender_id AS invite_sender, i.message_sid AS invite_sid,
		coalesce(i.wording_version, '') AS invite_version, i.body_hash AS invite_hash, coalesce(i.language, '') AS invite_language,
		i.sent_at AS invite_sent_at, i.provider_at AS invite_at, i.asked_after AS invite_asked,
		(SELECT count(*) FROM messages m WHERE m.account_id = a.id AND m.phone_key = $1 AND m.kind IN ('invitation', 'reminder')
			AND m.state NOT IN ('queued', 'skipped')) AS invites
		FROM accounts a
		LEFT JOIN employees e ON e.account_id = a.id AND e.phone_key = $1 AND e.deleted_at IS NULL
		LEFT JOIN consents k ON k.account_id = a.id AND k.phone_key = $1
		LEFT JOIN LATERAL (SELECT m.* FROM messages m WHERE m.account_id = a.id AND m.phone_key = $1 AND m.kind IN ('invitation', 'reminder')
			AND m.state NOT IN ('queued', 'skipped') ORDER BY m.place_by DESC NULLS LAST, m.created_at DESC LIMIT 1) i ON true
		WHERE a.id IN (
			SELECT o.account_id FROM employees o JOIN accounts x ON x.id = o.account_id WHERE o.phone_key = $1 AND x.sender_id = $2
			UNION SELECT m.account_id FROM messages m WHERE m.phone_key = $1 AND m.sender_id = $2 AND m.account_id IS NOT NULL AND m.kind <> 'verify_phone')
		ORDER BY i.sent_at NULLS LAST, a.id`, key, senderID)
	if err != nil {
		return nil, fmt.Errorf("find employers of a phone: %w", err)
	}
	contacts, err := pgx.CollectRows(rows, pgx.RowToStructByName[contact])
	if err != nil {
		return nil, fmt.Errorf("find employers of a phone: %w", err)
	}
	return contacts, nil
}

// main is the employer whom a text without a name is meant for: the one the
// person last heard from on this number. nil when nobody knows the phone.
func (x *exchange) main() *contact {
	var best *contact
	for i := range x.contacts {
		c := &x.contacts[i]
		switch {
		case best == nil,
			c.LastAt != nil && (best.LastAt == nil || c.LastAt.After(*best.LastAt)):
			best = c
		}
	}
	return best
}

// newest reports whether the person heard from this employer later than from
// every other one on this number; what came at one moment has no order.
func (x *exchange) newest(c contact) bool {
	if main := x.main(); c.LastAt == nil || main == nil || main.AccountID != c.AccountID {
		return false
	}
	for _, other := range x.contacts {
		if other.AccountID != c.AccountID && other.LastAt != nil && !other.LastAt.Before(*c.LastAt) {
			return false
		}
	}
	return true
}
