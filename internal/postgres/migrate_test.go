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

// Old links open nothing any more, and old words keep no key; what still waits
// to be sent stays as it has to be sent.
func TestMigrationTakesTheKeysOutOfOldTexts(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	if err := db.Migrate(postgres.MigrateOptions{To: 24}); err != nil {
		t.Fatal(err)
	}
	admin := db.Admin()
	for _, sql := range []string{
		`SET session_replication_role = replica`, // texts without the world around them
		`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, state, due_at, created_at)
			SELECT gen_random_uuid(), 'k', k, 'en', '', 'see callshu.com/p/Ab3xK9_-zQ1 HELP', 'h', gen_random_uuid(), s, now(), now()
			FROM unnest(ARRAY['confirmation', 'page', 'invitation']) k, unnest(ARRAY['queued', 'sending', 'unknown', 'accepted', 'delivered', 'failed', 'skipped']) s
			WHERE k <> 'invitation' OR s = 'delivered'`,
		`INSERT INTO person_links (key_hash, phone_key, phone, language, sender_id, created_at, expires_at)
			VALUES ('x', 'k', '', 'en', gen_random_uuid(), now() - interval '1 day', now() + interval '1 year')`,
	} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Migrate(postgres.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	for want, sql := range map[int]string{
		8: `SELECT count(*) FROM messages WHERE body = 'see callshu.com/p/… HELP' AND kind <> 'invitation' AND state NOT IN ('queued', 'sending', 'unknown')`,
		7: `SELECT count(*) FROM messages WHERE body = 'see callshu.com/p/Ab3xK9_-zQ1 HELP'`,
		0: `SELECT count(*) FROM person_links WHERE expires_at > now()`,
		1: `SELECT count(*) FROM pg_class WHERE relname = 'messages' AND relforcerowsecurity`,
	} {
		var got int
		if err := admin.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", sql, got, err, want)
		}
	}
}
