package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/phone"
)

// Quiet is what a person has asked for on their own page, for their phone,
// whatever the employer. It takes calls and invitations away and gives none.
type Quiet struct {
	Zone        string           // of both; where none was chosen, the likeliest
	Hours       *callhours.Quiet // nil: none
	PausedUntil *time.Time       // nil: not paused
}

// QuietForm is what a person has typed: quiet hours as "21:00" and "07:00".
type QuietForm struct {
	Zone, Start, End string
	Clear            bool // no quiet hours any more
}

// PauseForm is the same for a pause, until "2026-12-24T18:00".
type PauseForm struct {
	Zone, Until string
	Clear       bool
}

// QuietWish is a change that a person asks for: of the pause, or else of the
// quiet hours. The caller hands it to the dialler.
type QuietWish struct {
	PhoneKey []byte
	Pause    bool
	Zone     string
	Hours    *callhours.Quiet
	Until    *time.Time
}

// Asks reports whether the wish is for quiet, rather than for its end.
func (wish QuietWish) Asks() bool { return wish.Hours != nil || wish.Until != nil }

// maxPause is how far ahead a pause may end: as long as the link opens the page.
const maxPause = linkLife

// PageQuiet reads the quiet hours that somebody sets on their page.
func (s *Service) PageQuiet(ctx context.Context, key string, form QuietForm) (QuietWish, error) {
	l, err := s.openLink(ctx, key)
	if err != nil || form.Clear {
		return QuietWish{PhoneKey: l.PhoneKey}, err
	}
	var wrong apperr.Fields
	wish := QuietWish{PhoneKey: l.PhoneKey, Zone: s.readZone(&wrong, form.Zone)}
	start, end := readMinute(&wrong, "start", form.Start), readMinute(&wrong, "end", form.End)
	if len(wrong) == 0 && start == end {
		wrong.Add("end", "same", "Quiet hours must end at another time than they start.")
	}
	wish.Hours = &callhours.Quiet{Start: start, End: end, Zone: wish.Zone}
	return wish, wrong.Err()
}

// PagePause reads the pause that somebody sets on their page.
func (s *Service) PagePause(ctx context.Context, key string, form PauseForm) (QuietWish, error) {
	l, err := s.openLink(ctx, key)
	if err != nil || form.Clear {
		return QuietWish{PhoneKey: l.PhoneKey, Pause: true}, err
	}
	var wrong apperr.Fields
	zone := s.readZone(&wrong, form.Zone)
	until := s.readUntil(&wrong, zone, form.Until)
	return QuietWish{PhoneKey: l.PhoneKey, Pause: true, Zone: zone, Until: &until}, wrong.Err()
}

func (s *Service) readZone(wrong *apperr.Fields, given string) string {
	zone, _ := s.Zones.Canonical(given)
	if zone == "" {
		wrong.Add("zone", "unknown", "Choose a time zone from the list.")
	}
	return zone
}

func readMinute(wrong *apperr.Fields, field, given string) int {
	if given == "" {
		wrong.Add(field, "required", "Enter a time.")
		return 0
	}
	// Some browsers add seconds, and where they know no times people type.
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, given); err == nil {
			return at.Hour()*60 + at.Minute()
		}
	}
	wrong.Add(field, "invalid", "Write a time such as 21:30.")
	return 0
}

func (s *Service) readUntil(wrong *apperr.Fields, zone, given string) time.Time {
	if given == "" {
		wrong.Add("until", "required", "Enter a day and a time.")
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		wall, err := time.Parse(layout, given)
		if err != nil {
			continue
		}
		until, known := s.Zones.LastInstant(zone, wall)
		now := s.Clock.Now()
		switch {
		case !known: // the zone is told to be wrong
		case !until.After(now):
			wrong.Add("until", "past", "This time has passed already.")
		case until.After(now.Add(maxPause)):
			wrong.Add("until", "too_far", "A pause can last 400 days at most.")
		}
		return until
	}
	wrong.Add("until", "invalid", "Write a day and a time such as 2026-12-24 18:00.")
	return time.Time{}
}

// SetQuiet makes the change under the lock of the phone's gate: whatever claims
// a call or a text after it keeps to it. It returns the ends that stood before,
// to which calls may have been put off; it changes nothing else that waits.
func (s *Service) SetQuiet(ctx context.Context, tx pgx.Tx, wish QuietWish) (before []time.Time, err error) {
	if _, err := lockGate(ctx, tx, wish.PhoneKey); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	old, ends, err := readQuiet(ctx, tx, wish.PhoneKey)
	if err != nil {
		return nil, err
	}
	next := wish.apply(old)
	if next.equal(old) {
		return nil, nil
	}
	if err := s.storeQuiet(ctx, tx, wish.PhoneKey, next, now); err != nil {
		return nil, err
	}
	// What was put off to the old end is looked at again: it may leave now.
	_, err = tx.Exec(ctx, `UPDATE messages SET due_at = $3 WHERE phone_key = $1 AND state = 'queued' AND kind IN ('invitation', 'reminder')
		AND due_at = ANY($2::timestamptz[])`, wish.PhoneKey, ends, now)
	if err != nil {
		return nil, fmt.Errorf("take up invitations again: %w", err)
	}
	return ends, s.auditQuiet(ctx, tx, wish.PhoneKey, old, next)
}

func (wish QuietWish) apply(old Quiet) Quiet {
	if wish.Pause {
		old.PausedUntil = wish.Until
		return old
	}
	old.Hours = wish.Hours
	if wish.Zone != "" {
		old.Zone = wish.Zone
	}
	return old
}

func (q Quiet) equal(other Quiet) bool {
	same := func(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }
	return q.Zone == other.Zone && (q.Hours == other.Hours || q.Hours != nil && other.Hours != nil && *q.Hours == *other.Hours) &&
		same(q.PausedUntil, other.PausedUntil)
}

// readQuiet reads what is set, and the instants at which it ends.
func readQuiet(ctx context.Context, tx pgx.Tx, key []byte) (q Quiet, ends []time.Time, err error) {
	var start, end *int
	var until *time.Time
	err = tx.QueryRow(ctx, `SELECT quiet_start, quiet_end, coalesce(quiet_zone, ''), quiet_until, paused_until FROM phone_gates WHERE phone_key = $1`, key).
		Scan(&start, &end, &q.Zone, &until, &q.PausedUntil)
	if err != nil {
		return Quiet{}, nil, fmt.Errorf("read quiet hours: %w", err)
	}
	if start != nil && end != nil {
		q.Hours = &callhours.Quiet{Start: *start, End: *end, Zone: q.Zone}
	}
	for _, at := range []*time.Time{until, q.PausedUntil} {
		if at != nil {
			ends = append(ends, *at)
		}
	}
	return q, ends, nil
}

func (s *Service) storeQuiet(ctx context.Context, tx pgx.Tx, key []byte, q Quiet, now time.Time) error {
	var start, end *int
	var from, until *time.Time
	if q.Hours != nil {
		quietFrom, quietUntil, err := s.Zones.QuietSpan(*q.Hours, now)
		if err != nil {
			return fmt.Errorf("compute quiet hours: %w", err)
		}
		start, end, from, until = &q.Hours.Start, &q.Hours.End, &quietFrom, &quietUntil
	}
	_, err := tx.Exec(ctx, `UPDATE phone_gates SET quiet_start = $2, quiet_end = $3, quiet_zone = nullif($4, ''), quiet_from = $5, quiet_until = $6,
		paused_until = $7 WHERE phone_key = $1`, key, start, end, q.Zone, from, until, q.PausedUntil)
	if err != nil {
		return fmt.Errorf("store quiet hours: %w", err)
	}
	return nil
}

// auditQuiet tells each employer who has the person on its list, whose calls
// the change moves, and names none to another. Where there is none the row is
// the platform's.
func (s *Service) auditQuiet(ctx context.Context, tx pgx.Tx, key []byte, before, after Quiet) error {
	rows, err := tx.Query(ctx, `SELECT e.account_id, e.id AS employee_id, false AS noted FROM employees e
		WHERE e.phone_key = $1 AND e.deleted_at IS NULL ORDER BY e.account_id`, key)
	if err != nil {
		return fmt.Errorf("find employers of a phone: %w", err)
	}
	concerned, err := pgx.CollectRows(rows, pgx.RowToStructByName[concern])
	if err != nil {
		return fmt.Errorf("find employers of a phone: %w", err)
	}
	actor, detail := audit.Actor{Kind: audit.Employee}, map[string]any{"channel": ChannelWeb, "before": before.detail(), "after": after.detail()}
	for _, c := range concerned {
		if err := s.audit(ctx, tx, c.AccountID, c.EmployeeID, actor, "quiet.changed", detail); err != nil {
			return err
		}
	}
	if len(concerned) > 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: actor, Action: "quiet.changed", Detail: detail})
}

func (q Quiet) detail() map[string]any {
	d := map[string]any{}
	if q.Hours != nil {
		d["quiet_start"], d["quiet_end"], d["zone"] = Clock(q.Hours.Start), Clock(q.Hours.End), q.Hours.Zone
	}
	if q.PausedUntil != nil {
		d["paused_until"] = q.PausedUntil.UTC().Format(time.RFC3339)
	}
	return d
}

// Clock writes a minute of the day as clocks show it.
func Clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// rollBatch keeps the gates of many phones only for the moment that it takes: a
// STOP waits for its gate.
const rollBatch = 500

// RollQuiet gives phones whose quiet span has passed the next one. Until it
// does, nothing that keeps quiet hours reaches them: it fails closed. Gates that
// somebody holds are left to the next run.
func (s *Service) RollQuiet(ctx context.Context) error {
	for {
		rolled, err := s.rollSome(ctx)
		if err != nil || rolled < rollBatch {
			return err
		}
	}
}

func (s *Service) rollSome(ctx context.Context) (int, error) {
	var keys [][]byte
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		rows, err := tx.Query(ctx, `SELECT phone_key, quiet_start, quiet_end, quiet_zone FROM phone_gates WHERE quiet_until <= $1
			ORDER BY quiet_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`, now, rollBatch)
		if err != nil {
			return fmt.Errorf("lock passed quiet hours: %w", err)
		}
		var froms, untils []time.Time
		var key []byte
		var q callhours.Quiet
		_, err = pgx.ForEachRow(rows, []any{&key, &q.Start, &q.End, &q.Zone}, func() error {
			from, until, err := s.Zones.QuietSpan(q, now)
			if err != nil {
				// One row must not hold up all others: it stays closed, and says so.
				s.Log.ErrorContext(ctx, "quiet hours cannot be computed", "error", err)
				return nil
			}
			keys, froms, untils = append(keys, slices.Clone(key)), append(froms, from), append(untils, until)
			return nil
		})
		if err != nil {
			return fmt.Errorf("compute quiet hours: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE phone_gates g SET quiet_from = u.quiet_from, quiet_until = u.quiet_until
			FROM unnest($1::bytea[], $2::timestamptz[], $3::timestamptz[]) AS u (phone_key, quiet_from, quiet_until) WHERE g.phone_key = u.phone_key`,
			keys, froms, untils)
		if err != nil {
			return fmt.Errorf("roll quiet hours: %w", err)
		}
		return nil
	})
	return len(keys), err
}

// quietOf reads what a person's page shows: what is set, and else the zone to
// offer, which an employer stated or the number suggests.
func (s *Service) quietOf(ctx context.Context, tx pgx.Tx, l link) (Quiet, error) {
	q, _, err := readQuiet(ctx, tx, l.PhoneKey)
	if err != nil || q.Zone != "" {
		return q, err
	}
	err = tx.QueryRow(ctx, `SELECT coalesce((SELECT e.time_zone FROM employees e WHERE e.phone_key = $1 AND e.deleted_at IS NULL AND e.time_zone <> ''
		ORDER BY e.updated_at DESC, e.id LIMIT 1), '')`, l.PhoneKey).Scan(&q.Zone)
	if err != nil {
		return Quiet{}, fmt.Errorf("read zone of a person: %w", err)
	}
	if q.Zone, _ = s.Zones.Canonical(q.Zone); q.Zone == "" {
		q.Zone = phone.HomeZone(l.Phone)
	}
	return q, nil
}
