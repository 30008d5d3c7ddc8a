package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/migrations"
)

const (
	templatePrefix = "callshu_template_"
	// templateLife is how long a schema that nobody builds any more stays on a
	// server that outlives the test run.
	templateLife = 7 * 24 * time.Hour
	// clusterLock serialises what changes roles or templates on one server.
	clusterLock = `hashtextextended('callshu pgtest', 0)`
)

// templateName is made of everything the template's content depends on: the
// SQL files, the Go code that creates the roles, the version of River.
func templateName() (string, error) {
	sum := sha256.New()
	if err := addFiles(sum, migrations.FS, "*.sql"); err != nil {
		return "", err
	}
	root, err := checkout()
	if err != nil {
		return "", err
	}
	if err := addFiles(sum, os.DirFS(filepath.Join(root, "internal/postgres")), "*.go"); err != nil {
		return "", err
	}
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read module file: %w", err)
	}
	for line := range strings.Lines(string(module)) {
		if strings.Contains(line, "riverqueue") {
			fmt.Fprintln(sum, line)
		}
	}
	return templatePrefix + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

func addFiles(sum hash.Hash, files fs.FS, pattern string) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return fmt.Errorf("list %s: %w", pattern, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		sum.Write(content)
	}
	return nil
}

// checkout finds the module's root: tests run in their package's folder.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the checkout: no go.mod above the working directory")
		}
		dir = parent
	}
}

// locked runs f while no other test process of the server does the same.
func (s *server) locked(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return fmt.Errorf("connect to test server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // gives the lock back
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock("+clusterLock+")"); err != nil {
		return fmt.Errorf("lock test server: %w", err)
	}
	return f(conn)
}

// ensureTemplate builds the template unless it is there. It gets its name only
// when it is finished, so that a killed build is never cloned.
func (s *server) ensureTemplate(ctx context.Context) error {
	if there, err := s.hasTemplate(ctx); there || err != nil {
		return err
	}
	return s.locked(ctx, func(conn *pgx.Conn) error {
		if there, err := s.hasTemplate(ctx); there || err != nil {
			return err
		}
		s.dropOldTemplates(ctx, conn)
		return s.buildTemplate(ctx, conn)
	})
}

func (s *server) hasTemplate(ctx context.Context) (bool, error) {
	var there bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, s.template).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for the template: %w", err)
	}
	return there, nil
}

func (s *server) buildTemplate(ctx context.Context, conn *pgx.Conn) error {
	work := newName()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+quote(work)+" TEMPLATE template0"); err != nil {
		return fmt.Errorf("create template: %w", err)
	}
	target := *s.admin
	target.Path = "/" + work
	err := postgres.Migrate(ctx, target.String(), postgres.MigrateOptions{Passwords: passwords()})
	if err != nil {
		_, dropErr := conn.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+quote(work)+" WITH (FORCE)")
		return errors.Join(fmt.Errorf("build template: %w", err), dropErr)
	}
	built := time.Now().UTC().Format(time.RFC3339)
	for _, statement := range []string{
		// A connection that is still being closed would make the clone wait.
		"ALTER DATABASE " + quote(work) + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + work + "'",
		"COMMENT ON DATABASE " + quote(work) + " IS '" + built + "'",
		"ALTER DATABASE " + quote(work) + " IS_TEMPLATE true",
		"ALTER DATABASE " + quote(work) + " RENAME TO " + quote(s.template),
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("finish template: %w", err)
		}
	}
	return nil
}

// dropOldTemplates removes the templates of schemas long past. A process that
// still uses one builds it again. What fails is tried another time.
func (s *server) dropOldTemplates(ctx context.Context, conn *pgx.Conn) {
	rows, err := conn.Query(ctx, `SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE starts_with(datname, $1)`, templatePrefix)
	if err != nil {
		return
	}
	type template struct{ Name, Built string }
	templates, err := pgx.CollectRows(rows, pgx.RowToStructByPos[template])
	if err != nil {
		return
	}
	for _, old := range templates {
		built, err := time.Parse(time.RFC3339, old.Built)
		if err != nil || time.Since(built) < templateLife {
			continue
		}
		if _, err := conn.Exec(ctx, "ALTER DATABASE "+quote(old.Name)+" IS_TEMPLATE false"); err == nil {
			conn.Exec(ctx, "DROP DATABASE "+quote(old.Name)+" WITH (FORCE)")
		}
	}
}
