package postgres_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// sees is the account of the statements that f gets.
func sees(ctx context.Context, q func(ctx context.Context, sql string, args ...any) pgx.Row) (account string, err error) {
	err = q(ctx, `SELECT coalesce(current_account()::text, '')`).Scan(&account)
	return account, err
}

// leak leaves an account on every connection of a pool, as no code of ours does.
func leak(t *testing.T, pool *postgres.Pool, account uuid.UUID) {
	t.Helper()
	conns := pool.AcquireAllIdle(t.Context())
	for _, conn := range conns {
		if _, err := conn.Exec(t.Context(), `SELECT set_config('app.account_id', $1, false)`, account.String()); err != nil {
			t.Fatal(err)
		}
		conn.Release()
	}
	if len(conns) == 0 {
		t.Fatal("no connection to leave it on")
	}
}

// An account that was left on a connection, for longer than a transaction, serves
// nobody: not the next employer, not a statement that is of none. The connection
// is closed, and the one after it is clean.
func TestI9NoConnectionHandsOnAnAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Open(postgres.RoleApp)
	leaked, mine := uuid.New(), uuid.New()
	inTx := func(f func(func(pgx.Tx) error) error) func() (string, error) {
		return func() (account string, err error) {
			err = f(func(tx pgx.Tx) error {
				account, err = sees(t.Context(), tx.QueryRow)
				return err
			})
			return account, err
		}
	}
	for name, c := range map[string]struct {
		borrow func() (string, error)
		want   string
	}{
		"an employer":             {inTx(func(f func(pgx.Tx) error) error { return app.InAccount(t.Context(), mine, f) }), mine.String()},
		"an employer, at once":    {inTx(func(f func(pgx.Tx) error) error { return app.InAccountAtOnce(t.Context(), mine, f) }), mine.String()},
		"a transaction of nobody": {inTx(func(f func(pgx.Tx) error) error { return app.InTx(t.Context(), f) }), ""},
		"a statement of nobody":   {func() (string, error) { return sees(t.Context(), app.QueryRow) }, ""},
	} {
		leak(t, app, leaked)
		before := app.Stat().TotalConns()
		if account, err := c.borrow(); !errors.Is(err, postgres.ErrCarried) {
			t.Errorf("%s was served as %q, %v", name, account, err)
		}
		for deadline := time.Now().Add(2 * time.Minute); app.Stat().TotalConns() >= before; time.Sleep(time.Millisecond) { // it is closed in the background
			if time.Now().After(deadline) {
				t.Fatalf("%s: the connection is still there", name)
			}
		}
		if account, err := c.borrow(); err != nil || account != c.want {
			t.Errorf("%s then sees %q, %v; want %q", name, account, err, c.want)
		}
	}
}

// What a transaction set ends with it, whether it is committed, fails or is given up.
func TestI9TheAccountEndsWithItsTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Open(postgres.RoleApp)
	for name, f := range map[string]func(pgx.Tx) error{
		"committed": func(pgx.Tx) error { return nil },
		"given up":  func(pgx.Tx) error { return errors.New("given up") },
		"failed":    func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), `SELECT 1/0`); return err },
	} {
		if err := app.InAccount(t.Context(), uuid.New(), f); (err == nil) != (name == "committed") {
			t.Fatalf("%s: %v", name, err)
		}
		for range 3 {
			if account, err := sees(t.Context(), app.QueryRow); err != nil || account != "" {
				t.Errorf("after one that was %s the connection carries %q, %v", name, account, err)
			}
		}
	}
}

// A row that is read outside of a transaction comes as it would without the watch.
func TestALoneRowIsReadAsEver(t *testing.T) {
	t.Parallel()
	app := pgtest.New(t).Open(postgres.RoleApp)
	var n int
	if err := app.QueryRow(t.Context(), `SELECT $1::int + 1`, 41).Scan(&n); err != nil || n != 42 {
		t.Errorf("%d, %v", n, err)
	}
	if err := app.QueryRow(t.Context(), `SELECT 1 WHERE false`).Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
	if err := app.QueryRow(t.Context(), `SELECT 1/0`).Scan(&n); err == nil || !strings.Contains(err.Error(), "22012") {
		t.Errorf("a statement that fails: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := app.QueryRow(ended, `SELECT 1`).Scan(&n); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	if acquired := app.Stat().AcquiredConns(); acquired != 0 {
		t.Errorf("%d connections were not given back", acquired)
	}
}

// Outside of this package nobody names the setting, reaches the tenant's pool
// past the watch, or has values written into statements; no function of the
// database sets it either.
func TestI9NobodyElseSetsTheAccount(t *testing.T) {
	t.Parallel()
	rules := map[string]*regexp.Regexp{
		"names the setting":                 regexp.MustCompile(`app\.account_id`),
		"writes values into statements":     regexp.MustCompile(`QueryExecModeSimpleProtocol|QueryExecModeExec\b`),
		"goes past the tenant pool's watch": regexp.MustCompile(`(?i)\bapp\.(Query|Exec|Begin|BeginTx|SendBatch|CopyFrom|Acquire\w*)\(`),
	}
	files := 0
	for _, dir := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "../../internal/postgres" {
				return err
			}
			files++
			source, err := os.ReadFile(path) //nolint:gosec // a file of the repository
			if err != nil {
				return err
			}
			for what, rule := range rules {
				if found := rule.Find(source); found != nil {
					t.Errorf("%s %s: %s", strings.TrimPrefix(path, "../../"), what, found)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Fatalf("only %d files were read", files)
	}
	if found := column(t, pgtest.New(t), `SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		AND (prosrc ~* 'set_config|\mset\s+(session\s+|local\s+)?app\.' OR array_to_string(proconfig, ',') LIKE '%app.%')`); len(found) > 0 {
		t.Errorf("functions that set the account: %v", found)
	}
}
