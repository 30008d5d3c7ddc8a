package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

// world is a database of its own on a server that keeps its promises (fsync
// and synchronous_commit on), with one employer whose people have all said YES.
type world struct {
	admin    *pgx.Conn
	adminURL *url.URL
	app      *postgres.Pool
	worker   *postgres.Pool
	clock    clock.Clock
	zones    *callhours.Zones
	phoneKey []byte
	account  uuid.UUID
	user     uuid.UUID
	log      *slog.Logger
}

const (
	rolePassword = "callshu-bench-only"
	userEmail    = "bench@northwind.example"
	userPassword = "seventeen grey herons"
	senderNumber = "+16475550191"
	workerConns  = 20 // as many as the product's own pool has
)

// newWorld makes the database. Dates are those of a Monday morning, so that
// phones may be rung whenever somebody measures.
func newWorld(ctx context.Context, server *devpg.Server, name string, at clock.Clock, phoneKey []byte) (*world, error) {
	w := &world{clock: at, phoneKey: phoneKey, log: slog.New(slog.DiscardHandler)}
	var err error
	if w.zones, err = callhours.Load(); err != nil {
		return nil, err
	}
	if err := w.createDatabase(ctx, server, name); err != nil {
		return nil, err
	}
	passwords := map[string]string{}
	for _, role := range []string{postgres.RoleApp, postgres.RoleOperator, postgres.RoleWorker} {
		passwords[role] = rolePassword
	}
	if err := postgres.Migrate(ctx, w.adminURL.String(), postgres.MigrateOptions{Passwords: passwords}); err != nil {
		return nil, err
	}
	if w.admin, err = pgx.Connect(ctx, w.adminURL.String()); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if w.app, err = postgres.Open(ctx, w.url(postgres.RoleApp), postgres.RoleApp, 8); err != nil {
		return nil, err
	}
	if w.worker, err = postgres.Open(ctx, w.url(postgres.RoleWorker), postgres.RoleWorker, workerConns); err != nil {
		return nil, err
	}
	return w, w.addEmployer(ctx)
}

func (w *world) createDatabase(ctx context.Context, server *devpg.Server, name string) error {
	admin, err := url.Parse(server.URL())
	if err != nil {
		return fmt.Errorf("read server address: %w", err)
	}
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+name+` TEMPLATE template0`); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	admin.Path = "/" + name
	w.adminURL = admin
	return nil
}

func (w *world) url(role string) string {
	u := *w.adminURL
	u.User = url.UserPassword(role, rolePassword)
	return u.String()
}

func (w *world) close() {
	if w.admin != nil {
		w.admin.Close(context.Background()) //nolint:errcheck // its server ends next
	}
	for _, pool := range []*postgres.Pool{w.app, w.worker} {
		if pool != nil {
			pool.Close()
		}
	}
}

// addEmployer adds an approved employer with one owner, whose sender was swept
// a moment ago.
func (w *world) addEmployer(ctx context.Context) error {
	hasher, err := auth.NewHasher(12)
	if err != nil {
		return err
	}
	hash, err := hasher.Hash(ctx, userPassword)
	if err != nil {
		return err
	}
	w.account, w.user = uuid.New(), uuid.New()
	operator, sender, now := uuid.New(), uuid.New(), w.clock.Now()
	return w.run(ctx, []statement{
		{`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.example', 'Op', 'support', 'x', 'x')`, []any{operator}},
		{`INSERT INTO senders (id, number, swept_at, swept_to) VALUES ($1, $2, clock_timestamp() + interval '1 hour', $3)`, []any{sender, senderNumber, now}},
		{`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
			contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, daily_quota, created_at)
			VALUES ($1, 'Northwind Ltd.', 'Northwind', '1', 'CA', 'ON', 'https://northwind.example', 100, 'shifts', '+14165550100', '1 Main St', '1', $2,
			'127.0.0.1', 'America/Toronto', 'active', $3, $2, $4, 10000000, $2)`, []any{w.account, now, operator, sender}},
		{`INSERT INTO users (id, account_id, name, email, email_verified_at, phone, phone_verified_at, password_hash, created_at)
			VALUES ($1, $2, 'Ada Byron', $3, $4, '+14165550101', $4, $5, $4)`, []any{w.user, w.account, userEmail, now, hash}},
	})
}

// statement is one step of a seeding that the superuser does: what the product
// would take minutes for by its own ways is not what is measured.
type statement struct {
	sql  string
	args []any
}

func (w *world) run(ctx context.Context, steps []statement) error {
	for _, s := range steps {
		if _, err := w.admin.Exec(ctx, s.sql, s.args...); err != nil {
			return fmt.Errorf("seed: %w: %.80s", err, s.sql)
		}
	}
	return nil
}

// numberOf is the phone of the i-th person.
func numberOf(i int) string { return fmt.Sprintf("+1416%07d", 2_000_000+i) }

// addPeople adds n people who have said YES.
func (w *world) addPeople(ctx context.Context, n int) error {
	now := w.clock.Now()
	if err := w.run(ctx, []statement{{`CREATE TEMPORARY TABLE coming (id uuid, name text, phone text, phone_key bytea)`, nil}}); err != nil {
		return err
	}
	_, err := w.admin.CopyFrom(ctx, pgx.Identifier{"coming"}, []string{"id", "name", "phone", "phone_key"}, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
		number := numberOf(i)
		return []any{uuid.New(), fmt.Sprintf("Zoe Tremblay %06d", i), number, phone.Key(w.phoneKey, number)}, nil
	}))
	if err != nil {
		return fmt.Errorf("seed people: %w", err)
	}
	event := `INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind) SELECT $1, phone_key, id, '%s', '%s', $2, '%s' FROM coming`
	args := []any{w.account, now}
	return w.run(ctx, []statement{
		{`INSERT INTO phone_gates (phone_key) SELECT phone_key FROM coming`, nil},
		{`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, time_zone, language, tags, created_at, updated_at)
			SELECT id, $1, name, 'Zoe', lower(name), phone, phone_key, 'CA', 'America/Toronto', '', 'en', '{}', $2, $2 FROM coming`, args},
		{fmt.Sprintf(event, "attested", "import", "user"), args},
		{fmt.Sprintf(event, "invited", "sms", "system"), args},
		{fmt.Sprintf(event, "opted_in", "sms", "employee"), args},
		{`DROP TABLE coming`, nil},
		{`ANALYZE`, nil},
	})
}

// service is the product's own launching.
func (w *world) service() *campaign.Service {
	return campaign.New(w.app, w.clock, w.zones, maxRate)
}

func (w *world) caller() campaign.Caller {
	return campaign.Caller{AccountID: w.account, UserID: w.user, Actor: audit.Actor{Kind: audit.User, ID: w.user, Name: "Ada Byron"}}
}

// launch makes a campaign for everybody and starts it.
func (w *world) launch(ctx context.Context) (uuid.UUID, error) {
	campaigns := w.service()
	c, err := campaigns.Create(ctx, w.caller(), campaign.DraftInput{Name: "Late start", Audience: campaign.Audience{Kind: campaign.AudienceAll},
		StartZone: "America/Toronto", MaxAttempts: 1, RetryMinutes: 30, Content: campaign.Content{
			Purpose: map[string]string{"en": "tomorrow's start"}, LanguageDefault: "en", Voice: "female", Voicemail: campaign.VoicemailHangUp,
			Texts:   map[string]campaign.Text{"en": {Message: "We start at nine tomorrow, {{first_name}}."}},
			Choices: []campaign.Choice{{Key: 1, Label: map[string]string{"en": "you have understood"}}}}})
	if err != nil {
		return uuid.Nil, err
	}
	_, plan, err := campaigns.Plan(ctx, w.account, c.ID)
	if err != nil {
		return uuid.Nil, err
	}
	if _, err := campaigns.Launch(ctx, w.caller(), c.ID, plan.Hash); err != nil {
		return uuid.Nil, err
	}
	return c.ID, nil
}

// await polls the database until a query answers true.
func (w *world) await(ctx context.Context, limit time.Duration, sql string, args ...any) error {
	var failure error
	err := until(ctx, limit, func() bool {
		var done bool
		failure = w.admin.QueryRow(ctx, sql, args...).Scan(&done)
		return done || failure != nil
	})
	if err := errors.Join(err, failure); err != nil {
		return fmt.Errorf("await %.80s: %w", sql, err)
	}
	return nil
}

// until polls a condition.
func until(ctx context.Context, limit time.Duration, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
