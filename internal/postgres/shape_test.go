package postgres_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// A foreign key does not ask row-level security: only one that carries the
// account keeps a row of one account from naming a row of another.
func TestI9ForeignKeysCarryTheAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const ofTenants = `FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attname = 'account_id'
		JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attname = 'account_id'
		WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace`
	if keys := column(t, db, `SELECT f.conname::text `+ofTenants); len(keys) < 20 {
		t.Fatalf("only %d foreign keys between tables of accounts", len(keys))
	}
	for _, key := range column(t, db, `SELECT f.conrelid::regclass || ': ' || pg_get_constraintdef(f.oid) `+ofTenants+`
		AND NOT EXISTS (SELECT FROM generate_subscripts(f.conkey, 1) i WHERE f.conkey[i] = a.attnum AND f.confkey[i] = b.attnum)`) {
		t.Errorf("%s does not carry the account", key)
	}
}

// globallyUnique are keys over all accounts, each thought about.
var globallyUnique = []string{
	"users_email",                                          // answered alike whether an address is known or not
	"email_tokens_pkey", "user_invitations_token_hash_key", // random
	"messages_message_sid_key", "inbound_calls_pkey", // the carrier's
	"attempts_live", "call_events_attempt_id_kind_dedupe_key", "campaign_trips_open", "seal_queue_pkey", // written by the worker alone
	"recipients_campaign_id_employee_id_key", // both are the account's, by foreign key
}

// Whatever an employer writes is unique among its own: a key over all accounts
// would say what others have.
func TestI9UniqueKeysStartWithTheAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	// A key over one column that we make at random tells nothing.
	for _, index := range column(t, db, `SELECT i.indexrelid::regclass::text FROM pg_index i
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'account_id'
		JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
		WHERE i.indisunique AND i.indkey[0] <> a.attnum
		AND NOT (i.indnkeyatts = 1 AND EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = i.indrelid AND k.attnum = i.indkey[0]
			AND (k.atttypid = 'uuid'::regtype OR k.attidentity = 'a')))`) {
		if !slices.Contains(globallyUnique, index) {
			t.Errorf("the unique index %s spans accounts", index)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// Every right that a role has, down to the column, stands in a file: a new one
// is seen by whoever reads the change.
func TestI9GrantsStandInTheFile(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	grants := column(t, db, `
		SELECT g.grantee::regrole || ' ' || string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type) || ' ON ' || c.relname
		  FROM pg_class c, aclexplode(c.relacl) g
		 WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner GROUP BY g.grantee, c.relname
		UNION ALL
		SELECT g.grantee::regrole || ' ' || g.privilege_type || ' ON ' || c.relname || ' (' || string_agg(a.attname, ', ' ORDER BY a.attname) || ')'
		  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped, aclexplode(a.attacl) g
		 WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner GROUP BY g.grantee, g.privilege_type, c.relname
		UNION ALL
		SELECT g.grantee::regrole || ' EXECUTE ON FUNCTION ' || p.proname
		  FROM pg_proc p, aclexplode(p.proacl) g
		 WHERE p.pronamespace = 'public'::regnamespace AND g.grantee <> p.proowner GROUP BY g.grantee, p.proname`)
	slices.Sort(grants)
	got := strings.Join(grants, "\n") + "\n"
	const path = "testdata/grants.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(file)), "\n")
	for _, grant := range grants {
		if !slices.Contains(want, grant) {
			t.Errorf("not in %s: %s (if it is meant: go test ./internal/postgres -run Grants -update)", path, grant)
		}
	}
	for _, grant := range want {
		if !slices.Contains(grants, grant) {
			t.Errorf("only in %s: %s", path, grant)
		}
	}
}

// appendOnly are the tables that are evidence: not even their owner changes
// them, whatever the session says of triggers.
var appendOnly = []string{"audit_events", "audit_purges", "audit_verifications", "consent_events", "held_erasures", "report_files", "seal_checkpoints", "seals"}

// addedOnly are tables that no role may change, but whose rows are no evidence.
var addedOnly = []string{"call_events", "call_sids", "mail_attachments", "imports", "opt_out_records"}

func TestEvidenceIsKeptByTriggersThatAlwaysFire(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, table := range appendOnly {
		// BEFORE (2), DELETE (8), UPDATE (16), TRUNCATE (32), and not for each row (1).
		if kept := column(t, db, `SELECT tgname::text FROM pg_trigger WHERE tgrelid = $1::regclass AND tgenabled = 'A' AND tgtype = 58 AND tgqual IS NULL`, table); len(kept) != 1 {
			t.Errorf("%s has %d triggers that always refuse a change, want one", table, len(kept))
		}
		if weak := column(t, db, `SELECT tgname::text FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgenabled <> 'A'`, table); len(weak) > 0 {
			t.Errorf("triggers %v of %s can be switched off by a setting: ENABLE ALWAYS", weak, table)
		}
	}
	// What no role may change or remove is meant to stay: say which kind it is.
	for _, table := range column(t, db, `SELECT c.relname::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
		AND EXISTS (SELECT FROM unnest(ARRAY['callshu_app', 'callshu_operator', 'callshu_worker']) r WHERE has_any_column_privilege(r, c.oid, 'INSERT'))
		AND NOT EXISTS (SELECT FROM unnest(ARRAY['callshu_app', 'callshu_operator', 'callshu_worker']) r
			WHERE has_any_column_privilege(r, c.oid, 'UPDATE') OR has_table_privilege(r, c.oid, 'DELETE'))`) {
		if !slices.Contains(appendOnly, table) && !slices.Contains(addedOnly, table) {
			t.Errorf("%s is only ever added to: is it evidence, to be kept by a trigger, or not?", table)
		}
	}
}

// The backup role reads every table, its rows and every sequence, and nothing
// that it reads can be left out by row-level security.
func TestBackupRoleReadsEverything(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if unread := column(t, db, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
		AND NOT has_table_privilege('callshu_backup', oid, 'SELECT')`); len(unread) > 0 {
		t.Errorf("the backup role may not read %v", unread)
	}
	if partly := column(t, db, `SELECT relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relrowsecurity
		AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname AND 'callshu_backup' = ANY(p.roles) AND p.qual = 'true')
		UNION SELECT tablename::text FROM pg_policies WHERE schemaname = 'public' AND permissive <> 'PERMISSIVE'`); len(partly) > 0 {
		t.Errorf("the backup role would miss rows of %v", partly)
	}
	// A table of a migration to come.
	admin := db.Admin()
	for _, statement := range []string{`SET ROLE callshu_owner`, `CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY)`, `RESET ROLE`} {
		if _, err := admin.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	backup := db.Open(postgres.RoleBackup)
	for _, statement := range []string{`SELECT * FROM later`, `SELECT last_value FROM later_id_seq`} {
		if _, err := backup.Exec(t.Context(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := backup.Exec(t.Context(), `INSERT INTO later DEFAULT VALUES`); err == nil {
		t.Error("the backup role writes")
	}
}

// No call is recorded: there is nowhere to keep a recording (C55).
func TestC55NothingCanHoldARecording(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, found := range column(t, db, `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
		AND table_name NOT LIKE 'river%' AND table_name || '.' || column_name ~* 'record|audio|sound|wav|mp3|transcript'`) {
		if !strings.HasPrefix(found, "opt_out_records.") { // a wish that somebody wrote down
			t.Errorf("%s sounds like a recording", found)
		}
	}
}

// The database itself has nobody active whom no operator approved (C30).
func TestC30NobodyIsActiveWithoutApproval(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := db.Admin()
	if _, err := admin.Exec(t.Context(), `INSERT INTO senders (id, number) VALUES ('11111111-1111-1111-1111-111111111111', '+15145550199');
		INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ('11111111-1111-1111-1111-111111111111', 'o', 'Olive', 'support', 'x', '')`); err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO accounts (legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at, status, approved_by, sender_id)
		VALUES ('A', 'A', '1', 'CA', 'QC', 'w', 1, 'u', 'c', 'a', 'v', now(), 'i', 'America/Toronto', now(), 'active', $1, $2)`
	one := "11111111-1111-1111-1111-111111111111"
	for _, c := range []struct {
		by, sender *string
		allowed    bool
	}{{nil, nil, false}, {nil, &one, false}, {&one, nil, false}, {&one, &one, true}} {
		_, err := admin.Exec(t.Context(), insert, c.by, c.sender)
		var refused *pgconn.PgError
		if c.allowed != (err == nil) || !c.allowed && (!errors.As(err, &refused) || refused.Code != "23514") {
			t.Errorf("active, approved by somebody %v, with a number %v: %v", c.by != nil, c.sender != nil, err)
		}
	}
}

// Passwords of the roles are stored as SCRAM verifiers, even on a server that
// still makes MD5 ones of what it is told (H10).
func TestH10PasswordsOfRolesAreScram(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	if _, err := db.Admin().Exec(t.Context(), `ALTER DATABASE "`+db.Name()+`" SET password_encryption = 'md5'`); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(postgres.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	verifiers := column(t, db, `SELECT rolname || ' ' || left(rolpassword, 14) FROM pg_authid WHERE rolname LIKE 'callshu%' AND rolcanlogin ORDER BY 1`)
	if want := []string{"callshu_app SCRAM-SHA-256$", "callshu_backup SCRAM-SHA-256$", "callshu_operator SCRAM-SHA-256$", "callshu_worker SCRAM-SHA-256$"}; !slices.Equal(verifiers, want) {
		t.Errorf("passwords are stored as %v", verifiers)
	}
}
