package auth

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// The database compares with its own clock: what is young by it stays, whatever
// the caller's clock says.
func TestOldSessionsAndLinksAreForgotten(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := db.Admin()
	for _, sql := range []string{
		`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
			contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
			VALUES ('11111111-1111-1111-1111-111111111111', 'A', 'A', '1', 'CA', 'QC', 'w', 1, 'u', 'c', 'a', 'v', now(), '', 'America/Toronto', now())`,
		`INSERT INTO users (id, account_id, name, email, phone, language, password_hash, created_at)
			VALUES ('22222222-2222-2222-2222-222222222222', '11111111-1111-1111-1111-111111111111', 'Ann', 'ann@example.com', '', 'en', 'x', now())`,
		`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ('33333333-3333-3333-3333-333333333333', 'o', 'O', 'support', 'x', '')`,
		`INSERT INTO sessions (account_id, user_id, ip, user_agent, created_at, last_seen_at, expires_at, ended_at)
			SELECT '11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222', '', n, now(), now(), now() + x * interval '1 day', now() + e * interval '1 day'
			FROM (VALUES ('live', 1, NULL::int), ('ended 89 days ago', 1, -89), ('ended 91 days ago', 1, -91), ('expired 91 days ago', -91, NULL)) v (n, x, e)`,
		`INSERT INTO operator_sessions (operator_id, ip, user_agent, created_at, last_seen_at, expires_at)
			SELECT '33333333-3333-3333-3333-333333333333', '', n, now(), now(), now() + x * interval '1 day' FROM (VALUES ('live', 1), ('expired 91 days ago', -91)) v (n, x)`,
		`INSERT INTO email_tokens (token_hash, account_id, user_id, purpose, email, expires_at, created_at)
			SELECT n::bytea, '11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222', 'verify_email', '', now() + x * interval '1 day', now()
			FROM (VALUES ('live', 1), ('expired 29 days ago', -29), ('expired 31 days ago', -31)) v (n, x)`,
		`INSERT INTO remembered_devices (id, account_id, user_id, token_hash, ip, user_agent, created_at, last_used_at, expires_at)
			SELECT gen_random_uuid(), '11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222', n::bytea, '', n, now(), now(), now() + x * interval '1 day'
			FROM (VALUES ('live', 1), ('expired 29 days ago', -29), ('expired 31 days ago', -31)) v (n, x)`,
	} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		t.Helper()
		err := admin.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM sessions) * 100 + (SELECT count(*) FROM operator_sessions) * 10 + (SELECT count(*) FROM email_tokens)
			+ (SELECT count(*) FROM remembered_devices) * 1000`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	worker := db.Open(postgres.RoleWorker)
	if before := left(); before != 3423 {
		t.Fatalf("before: %d", before)
	}
	if err := Forget(t.Context(), worker, time.Now()); err != nil || left() != 2212 {
		t.Errorf("%d are left, want 2 sessions, 1 of an operator, 2 links and 2 devices; %v", left(), err)
	}
}
