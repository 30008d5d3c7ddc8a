package employee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/postgres"
)

// columns of an employee with its consent; row-level security confines both
// tables to the account of the transaction.
const selectEmployee = `SELECT e.id, e.name, e.first_name, e.phone, e.country, e.number_zones, e.language, e.time_zone, e.tags,
	coalesce(k.state, 'none') AS state, k.changed_at AS state_at, e.created_at, e.updated_at, e.search
	FROM employees e LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
	WHERE e.deleted_at IS NULL`

type employeeRow struct {
	ID          uuid.UUID
	Name        string
	FirstName   string
	Phone       string
	Country     string
	NumberZones string
	Language    string
	TimeZone    string
	Tags        []string
	State       string
	StateAt     *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Search      string
}

func (r employeeRow) employee() Employee {
	e := Employee{ID: r.ID, Name: r.Name, FirstName: r.FirstName, Phone: r.Phone, Country: r.Country, Language: r.Language, TimeZone: r.TimeZone,
		Tags: r.Tags, State: consent.State(r.State), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	if r.NumberZones != "" {
		e.NumberZones = strings.Split(r.NumberZones, ",")
	}
	if r.StateAt != nil {
		e.StateAt = *r.StateAt
	}
	return e
}

func find(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Employee, error) {
	rows, err := tx.Query(ctx, selectEmployee+` AND e.id = $1`, id)
	if err != nil {
		return Employee{}, fmt.Errorf("find employee: %w", err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[employeeRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Employee{}, errNotFound
	}
	if err != nil {
		return Employee{}, fmt.Errorf("find employee: %w", err)
	}
	return row.employee(), nil
}

// errMoved: the person got another number between the look at it and the lock.
var errMoved = errors.New("the number has changed meanwhile")

// lock holds one person's row until the transaction ends. Whoever needs the
// gate of the phone as well takes it first, as everything does that receives a
// text: the other order ends in a deadlock with a STOP as its victim. phone is
// the one whose gate was taken. NO KEY: a reply that refers to the row does not
// wait for it.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID, phone string) (Employee, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM employees WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`, id); err != nil {
		return Employee{}, fmt.Errorf("lock employee: %w", err)
	}
	e, err := find(ctx, tx, id)
	if err == nil && e.Phone != phone {
		return Employee{}, errMoved
	}
	return e, err
}

func insertOne(ctx context.Context, tx pgx.Tx, account, id uuid.UUID, p person, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO employees
		(id, account_id, name, first_name, search, phone, phone_key, country, number_zones, time_zone, language, tags, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
		id, account, p.name, p.firstName, Fold(p.name), p.phone, p.key, p.country, p.zones, p.timeZone, p.language, p.tags, now)
	return writeError("insert employee", err)
}

func updateOne(ctx context.Context, tx pgx.Tx, id uuid.UUID, p person, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE employees SET name = $2, first_name = $3, search = $4, phone = $5, phone_key = $6, country = $7,
		number_zones = $8, time_zone = $9, language = $10, tags = $11, updated_at = $12 WHERE id = $1`,
		id, p.name, p.firstName, Fold(p.name), p.phone, p.key, p.country, p.zones, p.timeZone, p.language, p.tags, now)
	return writeError("update employee", err)
}

func writeError(act string, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.IsUnique(err, "employees_phone"):
		return errDuplicate
	}
	return fmt.Errorf("%s: %w", act, err)
}

func remove(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE employees SET deleted_at = $2, updated_at = $2 WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("remove employee: %w", err)
	}
	return nil
}

// existing is what is stored of people in a file, by their number.
type existing struct {
	PhoneKey  []byte
	Name      string
	FirstName string
	TimeZone  string
	Language  string
	Tags      []string
}

// readAllFrom is the size of a file from which on the whole list is read at
// once. Looking up batch by batch leaves the plan to the planner, which right
// after an import takes the list for nearly empty and reads it all each time.
const readAllFrom = 1000

func findStored(ctx context.Context, tx pgx.Tx, account uuid.UUID, people []person) (map[string]existing, error) {
	query := `SELECT phone_key, name, first_name, time_zone, language, tags FROM employees WHERE account_id = $1 AND deleted_at IS NULL`
	args := []any{account}
	if len(people) < readAllFrom {
		keys := make([][]byte, len(people))
		for i, p := range people {
			keys[i] = p.key
		}
		query, args = query+` AND phone_key = ANY($2::bytea[])`, append(args, keys)
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find stored employees: %w", err)
	}
	stored := map[string]existing{}
	var e existing
	_, err = pgx.ForEachRow(rows, []any{&e.PhoneKey, &e.Name, &e.FirstName, &e.TimeZone, &e.Language, &e.Tags}, func() error {
		stored[string(e.PhoneKey)] = e
		e = existing{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find stored employees: %w", err)
	}
	return stored, nil
}

// given is the consent that a number has.
type given struct {
	state consent.State
	at    time.Time // of the event that made it so
}

// findConsents returns what is known of these people's numbers, by their key.
func findConsents(ctx context.Context, tx pgx.Tx, account uuid.UUID, people []person) (map[string]given, error) {
	keys := make([][]byte, len(people))
	for i, p := range people {
		keys[i] = p.key
	}
	rows, err := tx.Query(ctx, `SELECT phone_key, state, changed_at FROM consents WHERE account_id = $1 AND phone_key = ANY($2::bytea[])`, account, keys)
	if err != nil {
		return nil, fmt.Errorf("find consents: %w", err)
	}
	found := map[string]given{}
	var key []byte
	var state string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &state, &at}, func() error {
		found[string(key)] = given{consent.State(state), at}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find consents: %w", err)
	}
	return found, nil
}

// batch is the columns of up to a thousand people, as arrays for unnest:
// COPY is refused under row-level security.
type batch struct {
	ids                                                                               []uuid.UUID
	names, firstNames, searches, phones, countries, zones, timeZones, languages, tags []string
	keys                                                                              [][]byte
}

// tagSeparator joins tags on their way to the database; clean refuses it in them.
const tagSeparator = "\x1f"

func (b *batch) add(id uuid.UUID, p person) {
	b.ids = append(b.ids, id)
	b.names = append(b.names, p.name)
	b.firstNames = append(b.firstNames, p.firstName)
	b.searches = append(b.searches, Fold(p.name))
	b.phones = append(b.phones, p.phone)
	b.keys = append(b.keys, p.key)
	b.countries = append(b.countries, p.country)
	b.zones = append(b.zones, p.zones)
	b.timeZones = append(b.timeZones, p.timeZone)
	b.languages = append(b.languages, p.language)
	b.tags = append(b.tags, strings.Join(p.tags, tagSeparator))
}

// upsert writes new and changed people in one statement. Rows that are as
// they should be are left alone.
func (b *batch) upsert(ctx context.Context, tx pgx.Tx, account, importID uuid.UUID, now time.Time) error {
	if len(b.ids) == 0 {
		return nil
	}
	if err := consent.EnsureGates(ctx, tx, b.keys); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO employees AS e
		(id, account_id, name, first_name, search, phone, phone_key, country, number_zones, time_zone, language, tags, import_id, created_at, updated_at)
		SELECT u.id, $1, u.name, u.first_name, u.search, u.phone, u.phone_key, u.country, u.zones, u.time_zone, u.language,
		       string_to_array(u.tags, E'\x1f'), $2, $3, $3
		FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
		     AS u (id, name, first_name, search, phone, phone_key, country, zones, time_zone, language, tags)
		ON CONFLICT (account_id, phone_key) WHERE deleted_at IS NULL DO UPDATE
		SET name = EXCLUDED.name, first_name = EXCLUDED.first_name, search = EXCLUDED.search, time_zone = EXCLUDED.time_zone,
		    language = EXCLUDED.language, tags = EXCLUDED.tags, updated_at = EXCLUDED.updated_at
		WHERE (e.name, e.first_name, e.time_zone, e.language, e.tags)
		      IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.first_name, EXCLUDED.time_zone, EXCLUDED.language, EXCLUDED.tags)`,
		account, importID, now, b.ids, b.names, b.firstNames, b.searches, b.phones, b.keys, b.countries, b.zones, b.timeZones, b.languages, b.tags)
	if err != nil {
		return fmt.Errorf("write employees: %w", err)
	}
	return nil
}

// invitees reads the people to be invited: those named, or (nil) everybody.
func invitees(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) ([]consent.Invitee, error) {
	rows, err := tx.Query(ctx, `SELECT e.id AS employee_id, e.phone, e.phone_key, e.language, e.call_zone FROM employees e
		WHERE e.deleted_at IS NULL AND ($1::uuid[] IS NULL OR e.id = ANY($1)) ORDER BY e.id`, ids)
	if err != nil {
		return nil, fmt.Errorf("find people to invite: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[consent.Invitee])
	if err != nil {
		return nil, fmt.Errorf("find people to invite: %w", err)
	}
	return people, nil
}
