package employee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
)

// Deps are what the service is built from.
type Deps struct {
	App     *postgres.Pool
	Consent *consent.Service
	Clock   clock.Clock
	Zones   *callhours.Zones
	Key     func(e164 string) []byte
	Jobs    Inserter
}

// Service answers tenant requests about people. All its statements run as the
// tenant, under row-level security.
type Service struct {
	Deps
}

// New returns the service.
func New(deps Deps) *Service { return &Service{Deps: deps} }

// By is who asks, and for which account.
type By struct {
	Account  uuid.UUID
	Actor    audit.Actor
	Language string // used for people whose language is not stated
}

func (b By) language() string {
	if b.Language == French {
		return French
	}
	return English
}

// Form is one person as an employer types it.
type Form struct {
	Name        string
	FirstName   string // the first word of Name when empty
	Phone       string
	Language    string
	TimeZone    string
	Tags        []string
	Attestation string // how the person gave the number
	Invite      bool
}

// read checks a form and reports all wrong fields at once.
func (s *Service) read(form Form, by By) (person, string, error) {
	var p person
	var fields apperr.Fields
	note := func(name string, bad *flaw) {
		if bad != nil {
			fields.Add(name, bad.code, "%s", bad.message)
		}
	}
	var bad *flaw
	p.name, bad = checkName(form.Name)
	note("name", bad)
	if bad == nil {
		p.firstName, bad = checkFirstName(form.FirstName, p.name)
		note("first_name", bad)
	}
	note("phone", p.setPhone(form.Phone, s.Key, zonesOf))
	p.language, bad = checkLanguage(form.Language)
	note("language", bad)
	if p.language == "" {
		p.language = by.language()
	}
	p.timeZone, bad = checkZone(form.TimeZone, s.Zones.Valid)
	note("time_zone", bad)
	p.tags, bad = checkTags(form.Tags)
	note("tags", bad)
	attestation, bad := checkAttestation(form.Attestation)
	note("attestation", bad)
	return p, attestation, fields.Err()
}

var errDuplicate = apperr.New(apperr.Conflict, "duplicate_phone", "Somebody with this number is on your list already.")

// Create adds one person, notes the employer's attestation in the ledger and,
// if asked, queues the invitation. A number that once said STOP stays stopped.
func (s *Service) Create(ctx context.Context, by By, form Form) (Employee, error) {
	p, attestation, err := s.read(form, by)
	if err != nil {
		return Employee{}, err
	}
	var created Employee
	err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		if err := lockList(ctx, tx, by.Account, shared); err != nil {
			return err
		}
		now := s.Clock.Now()
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make employee id: %w", err)
		}
		if err := consent.EnsureGates(ctx, tx, [][]byte{p.key}); err != nil {
			return err
		}
		if err := insertOne(ctx, tx, by.Account, id, p, now); err != nil {
			return err
		}
		if err := s.attestAndInvite(ctx, tx, by, id, p.key, attestation, form.Invite, now); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, by, "employee.added", id, map[string]any{"phone": phone.Mask(p.phone)}); err != nil {
			return err
		}
		created, err = find(ctx, tx, id)
		return err
	})
	return created, err
}

// attestAndInvite is what every new (account, number) goes through.
func (s *Service) attestAndInvite(ctx context.Context, tx pgx.Tx, by By, id uuid.UUID, key []byte, attestation string, invite bool, now time.Time) error {
	detail := map[string]any{"statement": attestation}
	ids := []uuid.UUID{id}
	if err := consent.Attest(ctx, tx, by.Account, ids, [][]byte{key}, consent.ChannelWeb, by.Actor, now, detail); err != nil {
		return err
	}
	if !invite {
		return nil
	}
	_, err := s.invite(ctx, tx, by, ids)
	return err
}

// Change is what an employer corrects of one person; nil leaves a field alone.
// A new number is a new consent: it needs its own attestation, and the person
// is asked again.
type Change struct {
	Name, FirstName, Phone, Language, TimeZone *string
	Tags                                       *[]string
	Attestation                                string
	Invite                                     bool
}

// Update changes one person.
func (s *Service) Update(ctx context.Context, by By, id uuid.UUID, change Change) (Employee, error) {
	var updated Employee
	err := s.change(ctx, by, func(tx pgx.Tx) error {
		before, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		moved := change.moves(before)
		if moved {
			// Its event takes the gate, so it comes before the row's lock.
			if err := s.leave(ctx, tx, by, before, "number_changed", now); err != nil {
				return err
			}
		}
		if before, err = lock(ctx, tx, id, before.Phone); err != nil {
			return err
		}
		p, attestation, err := s.apply(before, change)
		if err != nil {
			return err
		}
		if moved {
			if err := consent.EnsureGates(ctx, tx, [][]byte{p.key}); err != nil {
				return err
			}
		}
		if err := updateOne(ctx, tx, id, p, now); err != nil {
			return err
		}
		if moved {
			if err := s.attestAndInvite(ctx, tx, by, id, p.key, attestation, change.Invite, now); err != nil {
				return err
			}
		}
		if err := s.audit(ctx, tx, by, "employee.changed", id, changed(before, p)); err != nil {
			return err
		}
		updated, err = find(ctx, tx, id)
		return err
	})
	return updated, err
}

// maxChanges is how often a change is tried that meets another one of the same
// person's number.
const maxChanges = 5

// change runs a change of one person beside the others of its account.
func (s *Service) change(ctx context.Context, by By, do func(pgx.Tx) error) error {
	var err error
	for range maxChanges {
		err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
			if err := lockList(ctx, tx, by.Account, shared); err != nil {
				return err
			}
			return do(tx)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return err
}

// moves reports whether the person gets another number. One that cannot be
// read moves nobody: it is refused later.
func (c Change) moves(before Employee) bool {
	if c.Phone == nil {
		return false
	}
	number, err := phone.Parse(*c.Phone)
	return err == nil && number.E164 != before.Phone
}

// apply lays a change over what is stored and checks the whole.
func (s *Service) apply(before Employee, change Change) (person, string, error) {
	form := Form{Name: before.Name, FirstName: before.FirstName, Phone: before.Phone, Language: before.Language, TimeZone: before.TimeZone, Tags: before.Tags}
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&form.Name, change.Name)
	if change.Name != nil && change.FirstName == nil && Fold(form.Name) != Fold(before.Name) {
		form.FirstName = "" // follows the new name
	}
	set(&form.FirstName, change.FirstName)
	set(&form.Phone, change.Phone)
	set(&form.Language, change.Language)
	set(&form.TimeZone, change.TimeZone)
	if change.Tags != nil {
		form.Tags = *change.Tags
	}
	form.Attestation = change.Attestation
	if number, err := phone.Parse(form.Phone); err == nil && number.E164 == before.Phone {
		form.Attestation = strings.Repeat("-", minAttestation) // the same number was attested before
	}
	return s.read(form, By{Language: before.Language})
}

// changed is what the audit log says of a change: which fields, and of those that
// name nobody what they were. Names and tags stay out: whoever is erased must
// not stand in a log that cannot forget.
func changed(before Employee, p person) map[string]any {
	fields := []string{}
	detail := map[string]any{"phone": phone.Mask(p.phone)}
	add := func(changed bool, name string) bool {
		if changed {
			fields = append(fields, name)
		}
		return changed
	}
	values := func(name, was, is string) {
		if add(was != is, name) {
			detail[name] = map[string]string{"from": was, "to": is}
		}
	}
	add(before.Name != p.name, "name")
	add(before.FirstName != p.firstName, "first_name")
	if add(before.Phone != p.phone, "phone") {
		detail["phone"] = map[string]string{"from": phone.Mask(before.Phone), "to": phone.Mask(p.phone)}
	}
	values("language", before.Language, p.language)
	values("time_zone", before.TimeZone, p.timeZone)
	add(!slices.Equal(before.Tags, p.tags), "tags")
	detail["fields"] = fields
	return detail
}

// Delete takes a person off the list. Their yes goes with them: who comes back
// is asked again. Their STOP stays, by the hash of the number.
func (s *Service) Delete(ctx context.Context, by By, id uuid.UUID) error {
	return s.change(ctx, by, func(tx pgx.Tx) error {
		before, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		// Its event takes the gate, so it comes before the row's lock.
		if err := s.leave(ctx, tx, by, before, "removed", now); err != nil {
			return err
		}
		if _, err := lock(ctx, tx, id, before.Phone); err != nil {
			return err
		}
		if err := remove(ctx, tx, id, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "employee.removed", id, map[string]any{"phone": phone.Mask(before.Phone)})
	})
}

// leave ends what consent the employer held for a number.
func (s *Service) leave(ctx context.Context, tx pgx.Tx, by By, e Employee, why string, now time.Time) error {
	_, err := consent.Append(ctx, tx, consent.Event{Account: by.Account, PhoneKey: s.Key(e.Phone), EmployeeID: &e.ID,
		Kind: consent.Erased, Channel: consent.ChannelWeb, At: now, Actor: by.Actor, Detail: map[string]any{"why": why}})
	return err
}

// Get returns one person.
func (s *Service) Get(ctx context.Context, account, id uuid.UUID) (Employee, error) {
	var e Employee
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		var err error
		e, err = find(ctx, tx, id)
		return err
	})
	return e, err
}

func (s *Service) audit(ctx context.Context, tx pgx.Tx, by By, action string, id uuid.UUID, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &by.Account, At: s.Clock.Now(), Actor: by.Actor, Action: action,
		SubjectKind: "employee", SubjectID: id.String(), Detail: detail})
}

var errNotFound = apperr.New(apperr.NotFound, "employee_not_found", "This person is not on your list.")

// listLock is how much of an account's list a writer needs for itself.
type listLock string

const (
	shared    listLock = "pg_advisory_xact_lock_shared"
	exclusive listLock = "pg_advisory_xact_lock"
)

// lockList keeps single changes out of a running import, whose counts would
// otherwise be wrong by the time it commits; changes do not hinder each other.
func lockList(ctx context.Context, tx pgx.Tx, account uuid.UUID, mode listLock) error {
	_, err := tx.Exec(ctx, `SELECT `+string(mode)+`(hashtextextended('employees ' || $1, 0))`, account.String())
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "55P03" {
		return &apperr.Error{Kind: apperr.Unavailable, Code: "import_running", Message: "An import of this list is running. Try again in a moment.", RetryAfter: 5 * time.Second}
	}
	if err != nil {
		return fmt.Errorf("lock employee list: %w", err)
	}
	return nil
}
