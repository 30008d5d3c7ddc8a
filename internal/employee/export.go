package employee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/phone"
)

// Dossier is everything that an employer holds of one person, for the person.
type Dossier struct {
	Profile   Employee
	RemovedAt *time.Time // nil: still on the list
	Events    []consent.PastEvent
	Texts     []consent.PastText
	Replies   []Reply
	Calls     []Call
	CallBacks []CallBack
	Quiet     *QuietWish // nil: none, or the person has not said yes to this employer
}

// Reply is a text of the person.
type Reply struct {
	ReceivedAt time.Time
	Body       string
	Word       string  // how it was read
	Resolution *string // what became of one that a person had to read
	Note       string  // what whoever read it wrote
}

// Call is one dialling of the person's number.
type Call struct {
	CreatedAt  time.Time
	Campaign   string
	State      string
	CallSID    *string `db:"call_sid"`
	AnsweredAt *time.Time
	EndedAt    *time.Time
	DurationS  *int
	Heard      string
	Answer     *int
	AnswerText string // what the key meant
}

// CallBack is a call that the person made to the employer's number.
type CallBack struct {
	At     time.Time
	Heard  string
	Answer *int
}

// QuietWish is what the person asked for on their own page. Minutes are of the
// local day in Zone.
type QuietWish struct {
	Start, End  *int
	Zone        string
	PausedUntil *time.Time
}

// Export returns everything held of one person, also of one who was removed, and
// records that it left the product.
func (s *Service) Export(ctx context.Context, by By, id uuid.UUID, format string) (Dossier, error) {
	var d Dossier
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		var key []byte
		var err error
		if d.Profile, d.RemovedAt, key, err = findHeld(ctx, tx, id); err != nil {
			return err
		}
		if d.Events, d.Texts, err = consent.WholeHistory(ctx, tx, by.Account, key, id); err != nil {
			return err
		}
		if d.Replies, err = replies(ctx, tx, id, key); err != nil {
			return err
		}
		if d.Calls, err = calls(ctx, tx, id, key); err != nil {
			return err
		}
		if d.CallBacks, err = callBacks(ctx, tx, id); err != nil {
			return err
		}
		if d.Quiet, err = quietOf(ctx, tx, key, s.Clock.Now()); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "employee.exported", id, map[string]any{"phone": phone.Mask(d.Profile.Phone), "format": format,
			"events": len(d.Events), "texts": len(d.Texts), "replies": len(d.Replies), "calls": len(d.Calls) + len(d.CallBacks)})
	})
	return d, err
}

// findHeld also finds people who were removed: what is held of them is theirs too.
func findHeld(ctx context.Context, tx pgx.Tx, id uuid.UUID) (e Employee, removed *time.Time, key []byte, err error) {
	var zones, state string
	var stateAt *time.Time
	err = tx.QueryRow(ctx, `SELECT e.id, e.name, e.first_name, e.phone, e.country, e.number_zones, e.language, e.time_zone, e.tags,
		coalesce(k.state, 'none'), k.changed_at, e.created_at, e.updated_at, e.deleted_at, e.phone_key
		FROM employees e LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
		WHERE e.id = $1 AND e.erased_at IS NULL`, id).Scan(&e.ID, &e.Name, &e.FirstName, &e.Phone, &e.Country, &zones, &e.Language, &e.TimeZone, &e.Tags,
		&state, &stateAt, &e.CreatedAt, &e.UpdatedAt, &removed, &key)
	if errors.Is(err, pgx.ErrNoRows) {
		return Employee{}, nil, nil, errNotFound
	}
	if err != nil {
		return Employee{}, nil, nil, fmt.Errorf("find what is held of a person: %w", err)
	}
	row := employeeRow{NumberZones: zones, State: state, StateAt: stateAt}.employee()
	e.NumberZones, e.State, e.StateAt = row.NumberZones, row.State, row.StateAt
	return e, removed, key, nil
}

// all reads rows of one kind.
func all[T any](ctx context.Context, tx pgx.Tx, what, sql string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s of a person: %w", what, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("list %s of a person: %w", what, err)
	}
	return list, nil
}

func replies(ctx context.Context, tx pgx.Tx, id uuid.UUID, key []byte) ([]Reply, error) {
	return all[Reply](ctx, tx, "replies", `SELECT received_at, body, word, resolution, note FROM inbound_reads
		WHERE phone_key = $2 OR employee_id = $1 ORDER BY received_at DESC, id`, id, key)
}

// recipientsOf are what employee $1 was to campaigns, also under a number of
// before: by campaign, of which an employer has few.
const recipientsOf = `SELECT x.id, x.phone_key FROM campaigns c JOIN recipients x ON x.campaign_id = c.id AND x.employee_id = $1`

func calls(ctx context.Context, tx pgx.Tx, id uuid.UUID, key []byte) ([]Call, error) {
	return all[Call](ctx, tx, "calls", `SELECT t.created_at, coalesce(c.name, '') AS campaign, t.state, t.call_sid, t.answered_at, t.ended_at, t.duration_s, t.heard,
		t.answer::int, coalesce(l.label->>t.language, l.label->>(c.content->>'language_default'), '') AS answer_text
		FROM attempts t LEFT JOIN campaigns c ON c.account_id = t.account_id AND c.id = t.campaign_id
		LEFT JOIN LATERAL (SELECT x->'label' AS label FROM jsonb_array_elements(c.content->'choices') x WHERE (x->>'key')::int = t.answer LIMIT 1) l ON true
		WHERE t.kind = 'campaign' AND t.id IN (
			SELECT id FROM attempts WHERE phone_key = $2
			UNION SELECT a.id FROM (`+recipientsOf+`) r JOIN attempts a ON a.phone_key = r.phone_key AND a.recipient_id = r.id)
		ORDER BY t.created_at DESC, t.id`, id, key)
}

func callBacks(ctx context.Context, tx pgx.Tx, id uuid.UUID) ([]CallBack, error) {
	return all[CallBack](ctx, tx, "calls back", `SELECT b.at, b.heard, b.answer::int FROM inbound_calls b
		WHERE b.recipient_id IN (SELECT id FROM (`+recipientsOf+`) r) ORDER BY b.at DESC`, id)
}

// quietOf asks as a plan does: an employer learns it of its own people who said yes.
func quietOf(ctx context.Context, tx pgx.Tx, key []byte, now time.Time) (*QuietWish, error) {
	type row struct {
		QuietStart, QuietEnd *int
		QuietZone            *string
		PausedUntil          *time.Time
	}
	found, err := all[row](ctx, tx, "quiet hours", `SELECT quiet_start::int, quiet_end::int, quiet_zone, paused_until FROM quiet_people($2) WHERE phone_key = $1`, key, now)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	wish := &QuietWish{Start: found[0].QuietStart, End: found[0].QuietEnd, PausedUntil: found[0].PausedUntil}
	if found[0].QuietZone != nil {
		wish.Zone = *found[0].QuietZone
	}
	return wish, nil
}
