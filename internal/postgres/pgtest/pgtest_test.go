package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

func count(t *testing.T, conn *pgx.Conn, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestEachRoleLogsInToItsOwnDatabase(t *testing.T) {
	t.Parallel()
	db := New(t)
	for _, role := range loginRoles() {
		pool := db.Open(role)
		var user, database string
		if err := pool.QueryRow(t.Context(), "SELECT current_user, current_database()").Scan(&user, &database); err != nil {
			t.Fatal(err)
		}
		if user != role || database != db.Name() {
			t.Errorf("%s is %s in %s, want %s", role, user, database, db.Name())
		}
	}
	if err := postgres.CheckSchema(t.Context(), db.Open(postgres.RoleWorker)); err != nil {
		t.Error(err)
	}
}

func TestDatabasesDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := New(t).Admin()
			if n := count(t, conn, "SELECT count(*) FROM pg_tables WHERE tablename = 'mark'"); n != 0 {
				t.Fatal("another test's table is here")
			}
			if _, err := conn.Exec(t.Context(), "CREATE TABLE mark ()"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDatabaseIsDroppedWithItsConnections(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("a test that forgets to disconnect", func(t *testing.T) {
		db := New(t)
		name = db.Name()
		conn, err := pgx.Connect(t.Context(), db.AdminURL())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if n := count(t, New(t).Admin(), "SELECT count(*) FROM pg_database WHERE datname = $1", name); n != 0 {
		t.Errorf("%s is still there", name)
	}
}

// The clone carries the template's rights on the database itself, which
// CREATE DATABASE does not copy.
func TestCloneHasTheRightsOfAMigratedDatabase(t *testing.T) {
	t.Parallel()
	db := New(t)
	const sql = "SELECT count(*) FROM pg_database, aclexplode(datacl) WHERE datname = $1 AND grantee = 0"
	if n := count(t, db.Admin(), sql, db.Name()); n != 0 {
		t.Errorf("PUBLIC has %d rights on a clone, want none as in the product", n)
	}
	const acl = "SELECT count(*) FROM pg_database WHERE datname = $1 AND datacl IS NOT NULL"
	if n := count(t, db.Admin(), acl, db.Name()); n != 1 {
		t.Error("the clone has default rights")
	}
}

func TestEmptyDatabaseCanBeMigratedByManyAtOnce(t *testing.T) {
	t.Parallel()
	db := Empty(t)
	conn := db.Admin()
	const tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
	if n := count(t, conn, tables); n != 0 {
		t.Fatalf("an empty database has %d tables", n)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := db.Migrate(postgres.MigrateOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, want := count(t, conn, tables), count(t, New(t).Admin(), tables); got != want || got == 0 {
		t.Errorf("%d tables, want %d as in a clone", got, want)
	}
}

func TestNamesTellWhatWasAbandoned(t *testing.T) {
	t.Parallel()
	if age := time.Since(bornAt(newName())); age < -time.Minute || age > time.Minute {
		t.Errorf("a new database is %s old", age)
	}
	if age := time.Since(bornAt(clonePrefix + "1000_x")); age < abandonedAfter {
		t.Errorf("a database of 1970 is %s old", age)
	}
	if age := time.Since(bornAt(clonePrefix + "somebody_elses")); age > time.Minute {
		t.Error("a name that is not ours would be dropped")
	}
}

func TestAbandonedDatabasesAreDropped(t *testing.T) {
	t.Parallel()
	db := New(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	old := clonePrefix + fmt.Sprint(time.Now().Add(-2*abandonedAfter).Unix()) + "_" + strings.TrimPrefix(db.Name(), clonePrefix)
	if _, err := s.pool.Exec(t.Context(), "CREATE DATABASE "+quote(old)+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	s.dropAbandoned(t.Context())
	conn := db.Admin()
	if n := count(t, conn, "SELECT count(*) FROM pg_database WHERE datname = $1", old); n != 0 {
		t.Error("the abandoned database is still there")
	}
	if n := count(t, conn, "SELECT count(*) FROM pg_database WHERE datname = $1", db.Name()); n != 1 {
		t.Error("the database of a running test was dropped")
	}
}

// TestSeveralProcesses runs tests of this package in several processes at once
// on a server that has no template yet, as `go test ./...` does.
func TestSeveralProcesses(t *testing.T) {
	t.Setenv(devpg.URLVariable, "")
	fresh, err := devpg.Start(t.Context(), devpg.Options{Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fresh.Stop(); err != nil {
			t.Error(err)
		}
	})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^(TestEachRole|TestDatabasesDoNot)")
			cmd.Env = append(os.Environ(), devpg.URLVariable+"="+fresh.URL())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
}

func BenchmarkNew(b *testing.B) {
	s, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		name := newName()
		if err := s.clone(b.Context(), name); err != nil {
			b.Fatal(err)
		}
		if _, err := s.pool.Exec(b.Context(), "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			b.Fatal(err)
		}
	}
}
