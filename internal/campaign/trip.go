package campaign

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Rule is one of the safety rules of a running campaign. Where its events pass
// its share of the calls that it looks at, the campaign pauses by itself.
type Rule string

// The rules, each with what it counts over what. Only calls that were begun
// after the rule was last resumed count, and nothing is said by fewer than
// TripFrom events.
const (
	// TripNotMe: people who said that they are not the one who was meant, over
	// calls that reached somebody (a person heard us, or a machine took our message).
	TripNotMe Rule = "not_me"
	// TripOptedOut: people who ended their consent, over calls that reached somebody.
	TripOptedOut Rule = "opted_out"
	// TripHungUp: calls that a person ended in under five seconds without a
	// key, over calls that a person answered.
	TripHungUp Rule = "hung_up"
	// TripCarrierErrors: calls that failed at the carrier, over calls placed.
	TripCarrierErrors Rule = "carrier_errors"
)

// Rules are all of them, in the order in which they are told.
var Rules = []Rule{TripNotMe, TripOptedOut, TripHungUp, TripCarrierErrors}

// TripFrom is how many events a rule needs before its share means anything.
const TripFrom = 5

// Percent is the share, in percent, that a rule's events must not pass.
func (r Rule) Percent() int {
	return map[Rule]int{TripNotMe: 2, TripOptedOut: 3, TripHungUp: 40, TripCarrierErrors: 10}[r]
}

// sentence says what happened, as it stands in a campaign's reason.
func (r Rule) sentence() string {
	return map[Rule]string{
		TripNotMe:         "%d of %d people reached said “not me”",
		TripOptedOut:      "%d of %d people reached opted out",
		TripHungUp:        "%d of %d people who picked up hung up within 5 seconds",
		TripCarrierErrors: "%d of %d calls failed at the carrier",
	}[r]
}

// Tally is what a rule counted.
type Tally struct {
	Rule     Rule
	Events   int
	Calls    int
	Attempts []uuid.UUID // the calls that the events are of, the newest first
}

// Crossed reports whether the events are enough, and too many.
func (t Tally) Crossed() bool {
	return t.Events >= TripFrom && t.Events*100 > t.Calls*t.Rule.Percent()
}

func (t Tally) String() string {
	return fmt.Sprintf(t.Rule.sentence()+" (the limit is %d %%)", t.Events, t.Calls, t.Rule.Percent())
}

// TripReason is what an employer reads of a campaign that paused by itself.
func TripReason(crossed []Tally) string {
	said := make([]string, len(crossed))
	for i, t := range crossed {
		said[i] = t.String()
	}
	return "Paused by itself: " + strings.Join(said, "; ")
}

// Trip is a rule that paused a campaign, with its calls.
type Trip struct {
	ID        uuid.UUID
	Rule      Rule
	Events    int
	Calls     int
	TrippedAt time.Time
	ResumedAt *time.Time
	ResumedBy string // the name of whoever let it go on
	Reason    string
	Of        []TripCall
}

// TripCall is one of the calls that tripped a rule.
type TripCall struct {
	AttemptID   uuid.UUID  `json:"attempt_id"`
	RecipientID uuid.UUID  `json:"recipient_id"`
	Name        string     `json:"name"`
	Phone       string     `json:"phone"`
	CallSID     *string    `json:"call_sid"`
	At          *time.Time `json:"at"`
	DurationS   *int       `json:"duration_s"`
	Error       string     `json:"error"`
}

// Trips lists what paused a campaign by itself, the newest first.
func (s *Service) Trips(ctx context.Context, account, id uuid.UUID) ([]Trip, error) {
	var list []Trip
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		if _, err := Find(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT t.id, t.rule, t.events, t.calls, t.tripped_at, t.resumed_at, coalesce(u.name, '') AS resumed_by, t.reason, (
				SELECT coalesce(jsonb_agg(jsonb_build_object('attempt_id', a.id, 'recipient_id', r.id, 'name', e.name, 'phone', e.phone, 'call_sid', a.call_sid,
					'at', a.placed_at, 'duration_s', a.duration_s, 'error', a.error) ORDER BY n), '[]')
				FROM unnest(t.attempt_ids) WITH ORDINALITY AS x (id, n) JOIN attempts a ON a.id = x.id
				JOIN recipients r ON r.id = a.recipient_id JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id) AS of
			FROM campaign_trips t LEFT JOIN users u ON u.account_id = t.account_id AND u.id = t.resumed_by
			WHERE t.campaign_id = $1 ORDER BY t.tripped_at DESC, t.rule`, id)
		if err != nil {
			return fmt.Errorf("list trips: %w", err)
		}
		if list, err = pgx.CollectRows(rows, pgx.RowToStructByName[Trip]); err != nil {
			return fmt.Errorf("list trips: %w", err)
		}
		return nil
	})
	return list, err
}

// maxReason is how long a reason for pausing or going on may be.
const maxReason = 200

// settleTrips lets a campaign that tripped go on for a reason, which is kept
// with the trip. Without one it is refused; where nothing tripped none is needed.
func (s *Service) settleTrips(ctx context.Context, tx pgx.Tx, by Caller, c Campaign, reason string) error {
	if len(c.Tripped) == 0 {
		return nil
	}
	if reason == "" {
		return apperr.InvalidField("reason", "required", "This campaign paused by itself. Say why it may go on.")
	}
	_, err := tx.Exec(ctx, `UPDATE campaign_trips SET resumed_at = $2, resumed_by = $3, reason = $4 WHERE campaign_id = $1 AND resumed_at IS NULL`,
		c.ID, s.clock.Now(), by.UserID, reason)
	if err != nil {
		return fmt.Errorf("settle trips: %w", err)
	}
	return nil
}
