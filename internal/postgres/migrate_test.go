package postgres_test

import (
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

func TestMigrationsGoUpDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	for _, opts := range []postgres.MigrateOptions{{}, {Down: true}, {}} {
		if err := db.Migrate(opts); err != nil {
			t.Fatalf("migrate %+v: %v", opts, err)
		}
	}
	if err := postgres.CheckSchema(t.Context(), db.Admin()); err != nil {
		t.Error(err)
	}
}

func TestServeRefusesAnUnmigratedSchema(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	if err := postgres.CheckSchema(t.Context(), db.Admin()); err == nil {
		t.Error("an empty database passed for a migrated one")
	}
}

// The job queue's schema must be the one of the library in go.mod.
func TestJobQueueSchemaIsTheLibrarys(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Open(postgres.RoleWorker)
	migrator, err := rivermigrate.New(riverpgxv5.New(pool.Pool), nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := migrator.Validate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !result.OK {
		t.Errorf("the job queue's schema is not current: %v", result.Messages)
	}
}
