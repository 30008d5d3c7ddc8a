package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/callshu/callshu/migrations"
)

// riverVersion is the version of River's own schema that this build expects.
// A test fails when the library gains a newer one.
const riverVersion = 8

// MigrateOptions steers Migrate.
type MigrateOptions struct {
	// Passwords by role, set when the roles are created and again on each run.
	Passwords map[string]string
	// To stops at a version of ours; 0 means the newest. Tests use it.
	To int64
	// Down migrates down to To (which may be 0) instead of up.
	Down bool
}

// Migrate creates the roles, gives them their place in the database and brings
// the schema to the wanted version. It connects as a superuser or as a role
// that may create roles. Several replicas may call it at once.
func Migrate(ctx context.Context, adminURL string, opts MigrateOptions) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect for migration: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended('callshu migrate', 0))`); err != nil {
		return fmt.Errorf("lock migration: %w", err)
	}
	if err := ensureRoles(ctx, conn, opts.Passwords); err != nil {
		return err
	}
	if err := prepareDatabase(ctx, conn); err != nil {
		return err
	}
	// Everything is owned by callshu_owner, whoever runs the migration.
	pool, err := ownerPool(ctx, adminURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	provider, err := newProvider(db, pool)
	if err != nil {
		return err
	}
	return run(ctx, provider, opts)
}

func ownerPool(ctx context.Context, adminURL string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(adminURL)
	if err != nil {
		return nil, fmt.Errorf("parse migration url: %w", err)
	}
	config.MaxConns = 4
	config.ConnConfig.RuntimeParams["role"] = RoleOwner
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect as owner: %w", err)
	}
	return pool, nil
}

func run(ctx context.Context, provider *goose.Provider, opts MigrateOptions) error {
	var err error
	switch {
	case opts.Down:
		_, err = provider.DownTo(ctx, opts.To)
	case opts.To > 0:
		_, err = provider.UpTo(ctx, opts.To)
	default:
		_, err = provider.Up(ctx)
	}
	if err != nil {
		return fmt.Errorf("migrate schema: %w", err)
	}
	return nil
}

// newProvider joins our SQL files with River's migrations, which run from the
// library itself: its SQL is not ours to copy, and its steps cannot share one
// transaction (one adds an enum value that a later one uses).
func newProvider(db *sql.DB, pool *pgxpool.Pool) (*goose.Provider, error) {
	river := goose.NewGoMigration(riverStep, riverMigration(pool, rivermigrate.DirectionUp, riverVersion), riverMigration(pool, rivermigrate.DirectionDown, -1))
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fs.FS(migrations.FS), goose.WithGoMigrations(river))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// riverStep is the goose version at which River's schema comes; the SQL file
// after it grants what our roles need of it.
const riverStep = 5

// riverMigration runs the library's own migrator, which opens a transaction
// per step.
func riverMigration(pool *pgxpool.Pool, direction rivermigrate.Direction, target int) *goose.GoFunc {
	return &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error {
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
		if err != nil {
			return fmt.Errorf("open job queue migrations: %w", err)
		}
		if _, err := migrator.Migrate(ctx, direction, &rivermigrate.MigrateOpts{TargetVersion: target}); err != nil {
			return fmt.Errorf("migrate job queue: %w", err)
		}
		return nil
	}}
}

// ErrNotMigrated says that the schema is older or newer than this build.
var ErrNotMigrated = errors.New("database schema does not fit this build: run `callshu migrate`")

// CheckSchema returns ErrNotMigrated unless the newest migration of this build,
// and none newer, has been applied.
func CheckSchema(ctx context.Context, db querier) error {
	var applied int64
	err := db.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotMigrated, err)
	}
	want, err := newestVersion()
	if err != nil {
		return err
	}
	if applied != want {
		return fmt.Errorf("%w (schema %d, build %d)", ErrNotMigrated, applied, want)
	}
	return nil
}

func newestVersion() (int64, error) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	newest := int64(riverStep)
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("read migration name: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
