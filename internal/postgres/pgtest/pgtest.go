// Package pgtest owns the databases of tests: each test gets a clone of one
// migrated template, on a real PostgreSQL, in about 25 ms. It must never be
// imported by anything but tests, nor touch a database that it has not named
// itself.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

const (
	// Password is that of every login role on a test server: roles belong to
	// the whole server, so all tests have to agree on one.
	Password = "callshu-test-only"

	clonePrefix = "callshu_test_"
	// perProcess caps the databases that one process has open, so that the
	// connections of several test processes fit in one server.
	perProcess = 8
	opTimeout  = time.Minute
	// abandonedAfter is well past any test's time limit.
	abandonedAfter = 2 * time.Hour
)

// DB is one database of one test.
type DB struct {
	t     testing.TB
	name  string
	admin *url.URL
}

// New returns a database with the newest schema and no rows. It is dropped
// when the test ends, connections or not. A test takes one: a second one may
// wait for ever when all tests of a process do the same.
func New(t testing.TB) *DB {
	t.Helper()
	s := acquire(t)
	ctx, cancel := context.WithTimeout(t.Context(), opTimeout)
	defer cancel()
	name := newName()
	if err := s.clone(ctx, name); err != nil {
		t.Fatalf("clone test database: %v", err)
	}
	return s.hand(t, name)
}

// Empty returns a database without any schema, for tests of migrations.
func Empty(t testing.TB) *DB {
	t.Helper()
	s := acquire(t)
	ctx, cancel := context.WithTimeout(t.Context(), opTimeout)
	defer cancel()
	name := newName()
	if _, err := s.pool.Exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0"); err != nil {
		t.Fatalf("create empty test database: %v", err)
	}
	return s.hand(t, name)
}

// Beside returns another, empty database of the same test, for what a backup is
// restored into. It takes no place of its own: no test waits for itself.
func (db *DB) Beside() *DB {
	db.t.Helper()
	s, err := shared()
	if err != nil {
		db.t.Fatalf("prepare test server: %v", err)
	}
	name := newName()
	if _, err := s.pool.Exec(db.t.Context(), "CREATE DATABASE "+quote(name)+" TEMPLATE template0"); err != nil {
		db.t.Fatalf("create empty test database: %v", err)
	}
	return s.hand(db.t, name)
}

// Migrate runs the product's migrations with the roles' test password. Use it
// rather than postgres.Migrate: roles are the server's, and two test processes
// that change them at once would fail each other.
func (db *DB) Migrate(opts postgres.MigrateOptions) error {
	ctx, cancel := context.WithTimeout(db.t.Context(), 5*opTimeout)
	defer cancel()
	s, err := shared()
	if err != nil {
		return err
	}
	opts.Passwords = passwords()
	return s.locked(ctx, func(*pgx.Conn) error {
		return postgres.Migrate(ctx, db.AdminURL(), opts)
	})
}

// Name is the database's name on the server.
func (db *DB) Name() string { return db.name }

// AdminURL connects to this database as the server's superuser, whom
// row-level security does not bind.
func (db *DB) AdminURL() string {
	u := *db.admin
	u.Path = "/" + db.name
	return u.String()
}

// URL connects to this database as one of the product's login roles.
func (db *DB) URL(role string) string {
	db.t.Helper()
	if !slices.Contains(loginRoles(), role) {
		db.t.Fatalf("role %q does not log in: want one of %v", role, loginRoles())
	}
	u := *db.admin
	u.Path = "/" + db.name
	u.User = url.UserPassword(role, Password)
	return u.String()
}

// Open returns a pool of at most four connections logged in as a role, closed
// when the test ends.
func (db *DB) Open(role string) *postgres.Pool {
	db.t.Helper()
	pool, err := postgres.Open(db.t.Context(), db.URL(role), role, 4)
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(pool.Close)
	return pool
}

// Admin returns a superuser connection, closed when the test ends: for
// arranging rows and for looking behind row-level security.
func (db *DB) Admin() *pgx.Conn {
	db.t.Helper()
	conn, err := pgx.Connect(db.t.Context(), db.AdminURL())
	if err != nil {
		db.t.Fatalf("connect as superuser: %v", err)
	}
	db.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
		defer cancel()
		conn.Close(ctx) // the database goes away with it
	})
	return conn
}

func loginRoles() []string {
	return []string{postgres.RoleApp, postgres.RoleOperator, postgres.RoleWorker, postgres.RoleBackup}
}

func passwords() map[string]string {
	all := map[string]string{}
	for _, role := range loginRoles() {
		all[role] = Password
	}
	return all
}

// server is the PostgreSQL that all tests of a process share.
type server struct {
	owner    *devpg.Server // held, so that the server stays until we end
	admin    *url.URL
	pool     *pgxpool.Pool
	template string
	slots    chan struct{}
}

// shared is the one piece of state in this package: a server per test process
// cannot be handed from test to test in any other way.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*opTimeout)
	defer cancel()
	return open(ctx)
})

func open(ctx context.Context) (*server, error) {
	owner, err := devpg.Shared(ctx)
	if err != nil {
		return nil, err
	}
	admin, err := url.Parse(owner.URL())
	if err != nil {
		return nil, fmt.Errorf("parse server url: %w", err)
	}
	config, err := pgxpool.ParseConfig(owner.URL())
	if err != nil {
		return nil, fmt.Errorf("parse server url: %w", err)
	}
	config.MaxConns = 3
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to test server: %w", err)
	}
	s := &server{owner: owner, admin: admin, pool: pool, slots: make(chan struct{}, perProcess)}
	if s.template, err = templateName(); err != nil {
		return nil, err
	}
	if err := s.ensureTemplate(ctx); err != nil {
		return nil, err
	}
	s.dropAbandoned(ctx)
	return s, nil
}

// acquire takes one of the process's slots until the test has ended.
func acquire(t testing.TB) *server {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("prepare test server: %v", err)
	}
	s.slots <- struct{}{}
	t.Cleanup(func() { <-s.slots })
	return s
}

// hand gives a database to a test and drops it at the end. FORCE: what a test
// left connected must not keep it.
func (s *server) hand(t testing.TB, name string) *DB {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
		defer cancel()
		if _, err := s.pool.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return &DB{t: t, name: name, admin: s.admin}
}

// clone copies the template. The rights on a database are not part of what
// PostgreSQL copies, so they are carried over; without them any role could
// connect to any test database, which the product forbids.
func (s *server) clone(ctx context.Context, name string) error {
	create := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(s.template)
	_, err := s.pool.Exec(ctx, create)
	if isCode(err, "3D000") { // the template: swept as too old by another process
		if err = s.ensureTemplate(ctx); err == nil {
			_, err = s.pool.Exec(ctx, create)
		}
	}
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `UPDATE pg_database SET datacl = (SELECT datacl FROM pg_database WHERE datname = $2) WHERE datname = $1`, name, s.template)
	return err
}

// dropAbandoned removes databases of test processes that were killed. It is
// housekeeping: what fails now is tried by the next process.
func (s *server) dropAbandoned(ctx context.Context) {
	rows, err := s.pool.Query(ctx, `SELECT datname FROM pg_database WHERE starts_with(datname, $1)`, clonePrefix)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		if time.Since(bornAt(name)) > abandonedAfter {
			s.pool.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
		}
	}
}

// newName carries the time of birth, by which the next process knows what was
// abandoned.
func newName() string {
	return clonePrefix + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strconv.FormatUint(rand.Uint64(), 36)
}

func bornAt(name string) time.Time {
	seconds, _, _ := strings.Cut(strings.TrimPrefix(name, clonePrefix), "_")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Now() // not a name of ours: leave it
	}
	return time.Unix(n, 0)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func isCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}
