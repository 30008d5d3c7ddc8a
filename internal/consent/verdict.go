package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// candidate is a queued text with all that decides whether it may leave, read
// under the lock of its phone's gate.
type candidate struct {
	ID         uuid.UUID
	Kind       string
	Phone      string
	PhoneKey   []byte
	Body       string
	SenderID   uuid.UUID
	Number     string
	ServiceSID string
	CreatedAt  time.Time
	AskedAfter *int64
	Tries      int
	Closed     bool // a STOP to the sender, or "stop all", is in force
	Active     bool // the account
	Own        bool // a user of the account has proved the phone to be theirs
	Listed     bool // the person is on the employer's list with this very number
	CallZone   string
	Attested   bool
	State      string
	EventID    int64
	Reopened   bool       // a question: of the employers it names, one asks again because the person texted START
	InvitedAt  *time.Time // when the newest other invitation left, if it may have arrived and no yes came since

	QuietFrom   *time.Time // what the person asked for on their page
	QuietUntil  *time.Time
	PausedUntil *time.Time
}

func readCandidate(ctx context.Context, tx pgx.Tx, id uuid.UUID) (candidate, error) {
	rows, err := tx.Query(ctx, `SELECT m.id, m.kind, m.phone, m.phone_key, m.body, m.sender_id, s.number, coalesce(s.messaging_service_sid, '') AS service_sid,
		m.created_at, m.asked_after, m.tries,
		g.stopped_at IS NOT NULL OR EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = m.phone_key AND b.sender_id = m.sender_id) AS closed,
		coalesce(a.status = 'active', false) AS active,
		EXISTS (SELECT FROM users u WHERE u.account_id = m.account_id AND u.phone = m.phone AND u.phone_verified_at IS NOT NULL) AS own,
		e.id IS NOT NULL AS listed, coalesce(e.call_zone, '') AS call_zone,
		EXISTS (SELECT FROM consent_events v WHERE v.account_id = m.account_id AND v.phone_key = m.phone_key AND v.kind = 'attested') AS attested,
		coalesce(k.state, 'none') AS state, coalesce(k.event_id, 0) AS event_id,
		m.kind = 'choose' AND EXISTS (SELECT FROM messages o JOIN consents c ON c.account_id = o.account_id AND c.phone_key = o.phone_key
			WHERE o.phone_key = m.phone_key AND o.sender_id = m.sender_id AND o.account_id = ANY (m.options) AND o.asked_after IS NOT NULL
			  AND o.kind IN ('invitation', 'reminder') AND o.state NOT IN ('queued', 'skipped', 'failed', 'undelivered')
			  AND (c.state = 'invited' OR c.event_id = o.asked_after)) AS reopened,
		(SELECT max(o.sent_at) FROM messages o WHERE o.account_id = m.account_id AND o.phone_key = m.phone_key AND o.id <> m.id
			AND o.kind IN ('invitation', 'reminder') AND o.state NOT IN ('queued', 'skipped', 'failed', 'undelivered')
			AND o.created_at > coalesce((SELECT max(v.at) FROM consent_events v WHERE v.account_id = m.account_id AND v.phone_key = m.phone_key
				AND v.kind = 'opted_in'), '-infinity')) AS invited_at,
		g.quiet_from, g.quiet_until, g.paused_until
		FROM messages m JOIN senders s ON s.id = m.sender_id JOIN phone_gates g ON g.phone_key = m.phone_key
		LEFT JOIN accounts a ON a.id = m.account_id
		LEFT JOIN employees e ON e.account_id = m.account_id AND e.id = m.employee_id AND e.deleted_at IS NULL AND e.phone_key = m.phone_key
		LEFT JOIN consents k ON k.account_id = m.account_id AND k.phone_key = m.phone_key
		WHERE m.id = $1`, id)
	if err != nil {
		return candidate{}, fmt.Errorf("read text: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[candidate])
	if err != nil {
		return candidate{}, fmt.Errorf("read text: %w", err)
	}
	return c, nil
}

// verdict is what to do with a text now: skip it for a reason, put it off
// until a time, or (zero) send it.
type verdict struct {
	skip  string
	until time.Time
	alone bool // put off by the person's own wish, not by the hours of their zone
}

// How old a reply may be and still be one. A confirmation of a STOP is covered
// by the person's own text for five minutes (47 CFR 64.1200(a)(12)).
const (
	stoppedLife = 5 * time.Minute
	codeLife    = 10 * time.Minute
	replyLife   = 24 * time.Hour
)

// decide is pure: may this text leave now? Whatever is closed by a STOP gets
// nothing but the one confirmation of it, and the invitation that the person
// asked for by START.
func (c candidate) decide(now time.Time, hours func(callZone string, now time.Time) (from, until time.Time)) verdict {
	age := now.Sub(c.CreatedAt)
	switch c.Kind {
	case kindInvitation, kindReminder:
		return c.decideInvitation(now, hours)
	case kindStopped:
		if !c.Closed && State(c.State) != StateOptedOut {
			return verdict{skip: "opted_in_again"}
		}
		return expiring(age, stoppedLife)
	case kindVerifyPhone:
		if c.Closed || State(c.State) == StateOptedOut && !c.Own {
			return verdict{skip: "opted_out"}
		}
		return expiring(age, codeLife)
	case kindConfirmation:
		if State(c.State) != StateOptedIn {
			return verdict{skip: "opted_out"}
		}
	}
	// Whoever came back by START must be able to say to whom.
	if c.Closed && !(c.Kind == kindChoose && c.Reopened) {
		return verdict{skip: "opted_out"}
	}
	return expiring(age, replyLife)
}

func expiring(age, life time.Duration) verdict {
	if age > life {
		return verdict{skip: "too_late"}
	}
	return verdict{}
}

func (c candidate) decideInvitation(now time.Time, hours func(string, time.Time) (from, until time.Time)) verdict {
	asked := c.AskedAfter != nil && *c.AskedAfter == c.EventID
	switch {
	case c.Closed && !asked, State(c.State) == StateOptedOut && !asked:
		return verdict{skip: "opted_out"}
	case c.AskedAfter != nil && !asked:
		return verdict{skip: "overtaken"} // something newer than the START decides
	case State(c.State) == StateOptedIn:
		return verdict{skip: "already_opted_in"}
	case !c.Listed:
		return verdict{skip: "not_on_list"}
	case !c.Active:
		return verdict{skip: "account_not_active"}
	case !c.Attested:
		return verdict{skip: "not_attested"}
	case asked:
		return verdict{} // the answer to the person's own text keeps no hours
	case c.InvitedAt != nil && now.Before(c.InvitedAt.Add(InvitationLife)):
		return verdict{skip: SkipRecent} // another request was faster, and its invitation has left since
	}
	from, until := hours(c.CallZone, now)
	switch {
	case from.IsZero():
		return verdict{skip: "no_calling_hours"}
	case now.Before(from) || !now.Before(until):
		return verdict{until: later(from, now.Add(time.Second))}
	}
	if until, quiet := c.quiet(now); quiet {
		return verdict{until: until, alone: true}
	}
	return verdict{}
}

// quiet reports whether the person wants nothing now, and until when. A span
// that has passed counts until the next one is known.
func (c candidate) quiet(now time.Time) (until time.Time, quiet bool) {
	until = now.Add(time.Second)
	if c.QuietFrom != nil && c.QuietUntil != nil && !now.Before(*c.QuietFrom) {
		until, quiet = later(until, *c.QuietUntil), true
	}
	if c.PausedUntil != nil && now.Before(*c.PausedUntil) {
		until, quiet = later(until, *c.PausedUntil), true
	}
	return until, quiet
}
