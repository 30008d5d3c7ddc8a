package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// platformTables hold nothing of any account: grants alone guard them. A table
// that is not here needs row-level security, forced, whatever it holds.
var platformTables = []string{
	"senders", "operators", "operator_sessions", "rate_hits", "platform", "phone_gates", "sender_blocks", "inbound_messages", "person_links", "pace",
	"goose_db_version", "river_job", "river_leader", "river_migration", "river_notification", "river_queue",
}

// tenantWrites are the commands that a role other than the tenant's may use on
// rows of every account: role, table, command. A new policy must be added here
// by somebody who has thought about it.
var crossAccount = []string{
	"callshu_operator account_changes SELECT", "callshu_operator account_changes UPDATE",
	"callshu_operator accounts SELECT", "callshu_operator accounts UPDATE", "callshu_operator audit_purges SELECT", "callshu_operator seal_checkpoints SELECT", "callshu_operator audit_events INSERT", "callshu_operator audit_events SELECT",
	"callshu_operator campaigns SELECT", "callshu_operator mails INSERT", "callshu_operator mails SELECT", "callshu_operator opt_out_records SELECT", "callshu_operator seal_queue SELECT",
	"callshu_operator mail_attachments INSERT", "callshu_operator mail_attachments SELECT", "callshu_operator report_files SELECT", "callshu_operator reports SELECT",
	"callshu_worker mail_attachments INSERT", "callshu_worker mail_attachments SELECT", "callshu_worker report_files INSERT", "callshu_worker report_files SELECT",
	"callshu_worker reports INSERT", "callshu_worker reports SELECT", "callshu_worker reports UPDATE",
	"callshu_operator seals SELECT", "callshu_operator stray_texts SELECT", "callshu_operator sessions SELECT", "callshu_operator sessions UPDATE", "callshu_operator user_totp SELECT", "callshu_operator users SELECT", "callshu_operator users UPDATE",
	"callshu_operator audit_verifications SELECT", "callshu_worker audit_verifications INSERT", "callshu_worker audit_verifications SELECT",
	"callshu_worker audit_purges SELECT", "callshu_worker seal_checkpoints INSERT", "callshu_worker seal_checkpoints SELECT",
	"callshu_worker email_tokens DELETE", "callshu_worker email_tokens SELECT", "callshu_worker mails DELETE", "callshu_worker sessions DELETE", "callshu_worker sessions SELECT",
	"callshu_operator remembered_devices SELECT", "callshu_operator remembered_devices UPDATE", "callshu_worker remembered_devices DELETE", "callshu_worker remembered_devices SELECT",
	"callshu_worker accounts SELECT", "callshu_worker attempts INSERT", "callshu_worker attempts SELECT", "callshu_worker attempts UPDATE",
	"callshu_worker audit_events INSERT", "callshu_worker audit_events SELECT", "callshu_worker call_events INSERT", "callshu_worker call_events SELECT", "callshu_worker call_sids INSERT", "callshu_worker call_sids SELECT",
	"callshu_worker campaign_trips INSERT", "callshu_worker campaign_trips SELECT", "callshu_worker campaigns SELECT", "callshu_worker campaigns UPDATE", "callshu_worker consent_events INSERT", "callshu_worker consent_events SELECT",
	"callshu_worker consents SELECT", "callshu_worker consents UPDATE", "callshu_worker daily_calls INSERT", "callshu_worker daily_calls SELECT", "callshu_worker daily_calls UPDATE", "callshu_worker employees SELECT", "callshu_worker imports SELECT", "callshu_worker import_files DELETE", "callshu_worker import_files SELECT",
	"callshu_worker inbound_calls INSERT", "callshu_worker inbound_calls SELECT", "callshu_worker inbound_calls UPDATE",
	"callshu_worker inbound_reads DELETE", "callshu_worker inbound_reads INSERT", "callshu_worker inbound_reads SELECT", "callshu_worker inbound_reads UPDATE",
	"callshu_worker opt_out_records INSERT", "callshu_worker mails INSERT", "callshu_worker mails SELECT", "callshu_worker mails UPDATE",
	"callshu_worker messages INSERT", "callshu_worker messages SELECT", "callshu_worker messages UPDATE", "callshu_worker recipients SELECT", "callshu_worker recipients UPDATE",
	"callshu_worker seal_queue DELETE", "callshu_worker seal_queue SELECT", "callshu_worker seal_queue UPDATE", "callshu_worker seals INSERT", "callshu_worker seals SELECT",
	"callshu_worker stray_texts DELETE", "callshu_worker stray_texts INSERT", "callshu_worker stray_texts SELECT", "callshu_worker users SELECT",
}

func column(t *testing.T, db *pgtest.DB, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Admin().Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestI9EveryTableIsGuarded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	open := column(t, db, `SELECT relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
		AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1`)
	for _, table := range open {
		if !slices.Contains(platformTables, table) {
			t.Errorf("table %s has no forced row-level security", table)
		}
	}
	for _, table := range column(t, db, `SELECT DISTINCT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'account_id'`) {
		if slices.Contains(platformTables, table) {
			t.Errorf("table %s has an account_id and stands among the platform's", table)
		}
	}
}

func TestI9TenantPoliciesNameTheAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	loose := column(t, db, `SELECT tablename || ' ' || policyname FROM pg_policies WHERE schemaname = 'public' AND 'callshu_app' = ANY(roles)
		AND NOT (coalesce(qual, with_check) LIKE '%current_account()%' AND coalesce(with_check, qual) LIKE '%current_account()%')`)
	if len(loose) > 0 {
		t.Errorf("policies of callshu_app that do not bind to the account: %v", loose)
	}
	if public := column(t, db, `SELECT tablename || ' ' || policyname FROM pg_policies WHERE schemaname = 'public' AND 'public' = ANY(roles)`); len(public) > 0 {
		t.Errorf("policies for everybody: %v", public)
	}
}

func TestI9OtherRolesStandOnTheAllowList(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	found := column(t, db, `SELECT DISTINCT role || ' ' || tablename || ' ' || cmd FROM pg_policies, unnest(roles) AS role
		WHERE schemaname = 'public' AND role IN ('callshu_worker', 'callshu_operator') ORDER BY 1`)
	for _, policy := range found {
		if !slices.Contains(crossAccount, policy) {
			t.Errorf("policy %q is not on the allow-list", policy)
		}
	}
	for _, policy := range column(t, db, `SELECT DISTINCT tablename || ' ' || cmd FROM pg_policies WHERE 'callshu_backup' = ANY(roles) AND cmd <> 'SELECT'`) {
		t.Errorf("the backup role may write: %s", policy)
	}
	unread := column(t, db, `SELECT relname::text FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relrowsecurity
		AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.tablename = c.relname AND 'callshu_backup' = ANY(p.roles)) AND relname <> 'seal_queue'`)
	if len(unread) > 0 {
		t.Errorf("the backup role would miss the rows of %v", unread)
	}
}

func TestI9RolesHoldNoPowers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if powerful := column(t, db, `SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'callshu%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)`); len(powerful) > 0 {
		t.Errorf("roles with powers: %v", powerful)
	}
	if owners := column(t, db, `SELECT c.relname || ' is owned by ' || r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND r.rolname <> 'callshu_owner'`); len(owners) > 0 {
		t.Errorf("tables with another owner: %v", owners)
	}
	grants := column(t, db, `SELECT table_name || ' ' || privilege_type || ' ' || grantee FROM information_schema.role_table_grants
		WHERE table_schema = 'public' AND (privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') AND grantee <> 'callshu_owner' OR grantee = 'PUBLIC')`)
	if len(grants) > 0 {
		t.Errorf("privileges that row-level security does not cover: %v", grants)
	}
}

func TestI9DefinerFunctionsAreFenced(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, f := range column(t, db, `SELECT p.proname || ' owner=' || r.rolname || ' ' || coalesce(array_to_string(p.proconfig, ','), '-') || ' acl=' || coalesce(p.proacl::text, 'default')
		FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef`) {
		if !strings.Contains(f, "owner=callshu_definer") || !strings.Contains(f, "search_path=pg_catalog, public") || strings.Contains(f, "acl=default") || strings.Contains(f, "{=X") || strings.Contains(f, ",=X") {
			t.Errorf("function %s must belong to callshu_definer, fix its search_path and not be for everybody", f)
		}
	}
	if views := column(t, db, `SELECT relname::text FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace AND NOT coalesce(array_to_string(reloptions, ',') LIKE '%security_invoker=true%', false)`); len(views) > 0 {
		t.Errorf("views that run as their owner: %v", views)
	}
}

// What an employer must never decide is denied by the database itself.
func TestI9TenantCannotDecideAboutItself(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := db.Open("callshu_app")
	for _, statement := range []string{
		`UPDATE accounts SET status = 'active'`, `UPDATE accounts SET sender_id = gen_random_uuid()`, `UPDATE accounts SET daily_quota = 1`, `UPDATE accounts SET legal_hold_at = NULL`, `SELECT * FROM seal_checkpoints`, `SELECT * FROM audit_purges`,
		`UPDATE users SET role = 'owner'`, `INSERT INTO users (id) VALUES (gen_random_uuid())`, `INSERT INTO users (role) VALUES ('owner')`,
		`UPDATE user_invitations SET accepted_at = now()`, `UPDATE user_invitations SET role = 'owner'`, `UPDATE user_invitations SET email = ''`, `DELETE FROM user_invitations`,
		`UPDATE user_totp SET secret = ''`, `UPDATE recovery_codes SET code_hash = ''`, `UPDATE remembered_devices SET expires_at = now()`, `UPDATE remembered_devices SET user_id = gen_random_uuid()`,
		`UPDATE account_changes SET legal_name = 'Another Inc.'`, `UPDATE account_changes SET decided_by = gen_random_uuid()`, `DELETE FROM account_changes`,
		`INSERT INTO operators (email, name, team, password_hash, totp_secret) VALUES ('a', 'b', 'support', 'c', '')`,
		`UPDATE audit_events SET action = 'a.b'`, `DELETE FROM audit_events`, `UPDATE consent_events SET nonce = NULL`, `SELECT * FROM audit_verifications`, `DELETE FROM consent_events`, `UPDATE consents SET state = 'opted_in'`,
		`INSERT INTO consents VALUES (gen_random_uuid(), '', 'opted_in', 1, now())`, `UPDATE phone_gates SET stopped_at = NULL`, `DELETE FROM sender_blocks`,
		`UPDATE attempts SET state = 'completed'`, `SELECT * FROM pace`, `SET ROLE callshu_operator`, `SET ROLE callshu_owner`, `ALTER TABLE employees DISABLE ROW LEVEL SECURITY`,
		`UPDATE campaigns SET created_by = launched_by`, `UPDATE campaigns SET first_ring_at = now()`, `UPDATE campaigns SET account_id = gen_random_uuid()`,
		`UPDATE accounts SET legal_name = 'Another Inc.'`, `UPDATE inbound_reads SET body = ''`, `UPDATE inbound_reads SET review = false`, `SELECT * FROM opt_out_records`,
		`UPDATE campaign_trips SET events = 1`, `DELETE FROM campaign_trips`,
		`INSERT INTO campaign_trips (account_id, campaign_id, rule, events, calls, attempt_ids, tripped_at) SELECT account_id, id, 'not_me', 1, 1, '{}', now() FROM campaigns`,
		`UPDATE accounts SET dialling_paused_at = NULL`, `UPDATE platform SET pause_reason = ''`,
		`UPDATE launch_approvals SET asked_by = gen_random_uuid()`, `UPDATE launch_approvals SET plan_hash = ''`, `DELETE FROM launch_approvals`,
		`UPDATE two_person_changes SET asked_by = gen_random_uuid()`, `DELETE FROM two_person_changes`,
		`SELECT * FROM reports`, `SELECT * FROM report_files`, `SELECT * FROM held_erasures`, `SELECT purge_report_files(now() - interval '800 days')`, `SELECT release_words()`, `SELECT * FROM mail_attachments`,
		`UPDATE imports SET attestation = ''`, `DELETE FROM imports`, `DELETE FROM import_mappings`, `SELECT * FROM operators`, `SELECT * FROM inbound_messages`, `SELECT * FROM stray_texts`, `DELETE FROM inbound_reads`, `SELECT data FROM mails`,
	} {
		if _, err := app.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: got %v, want permission denied", statement, err)
		}
	}
}

// An employer's texts ask for consent or prove a phone; what answers a person's
// own words is nobody's to send but the platform's.
func TestI9TenantSendsNoAnswers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const account, key = "11111111-1111-1111-1111-111111111111", `'\x01'::bytea`
	for _, statement := range []string{
		`INSERT INTO senders (id, number) VALUES ('` + account + `', '+15145550199')`,
		`INSERT INTO phone_gates (phone_key) VALUES (` + key + `)`,
		`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
			contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
			VALUES ('` + account + `', 'A', 'A', '1', 'CA', 'QC', 'w', 1, 'u', 'c', 'a', 'v', now(), 'i', 'America/Toronto', now())`,
	} {
		if _, err := db.Admin().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	app := db.Open("callshu_app")
	for kind, allowed := range map[string]bool{"invitation": true, "verify_phone": true, "confirmation": false, "stopped": false, "help": false, "choose": false, "page": false} {
		err := app.InAccount(t.Context(), uuid.MustParse(account), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO messages (id, account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
				VALUES (gen_random_uuid(), $1, `+key+`, $2, 'en', '+15145550101', 'b', '', $1, now(), now())`, account, kind)
			return err
		})
		if allowed && err != nil || !allowed && (err == nil || !strings.Contains(err.Error(), "42501")) {
			t.Errorf("a text of kind %s: %v, allowed %v", kind, err, allowed)
		}
	}
}

// Who may switch row-level security off for a session gets an error then, not
// rows: the setting is everybody's to set, and of a tenant's own table too.
func TestI9RowSecurityCannotBeSwitchedOff(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	tables := column(t, db, `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relrowsecurity`)
	if len(tables) < 30 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, role := range []string{postgres.RoleApp, postgres.RoleOperator, postgres.RoleWorker} {
		pool := db.Open(role)
		err := pool.InTx(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `SET LOCAL row_security = off`)
			for _, table := range tables {
				err = errors.Join(err, readNothing(t, tx, role, table))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// readNothing reads a table within a savepoint and wants to be refused.
func readNothing(t *testing.T, tx pgx.Tx, role, table string) error {
	t.Helper()
	inner, err := tx.Begin(t.Context())
	if err != nil {
		return err
	}
	if _, err := inner.Exec(t.Context(), `SELECT count(*) FROM `+table); err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("%s reads %s with row_security off: %v", role, table, err)
	}
	return inner.Rollback(t.Context())
}

// definerPolicies are what the functions that run as callshu_definer may reach
// across accounts.
var definerPolicies = []string{
	// erase_person, within its tenant but for whether another employer holds a number or reads a text
	"attempts SELECT", "consent_events SELECT", "consent_events UPDATE", "employees UPDATE", "held_erasures DELETE", "held_erasures INSERT", "held_erasures SELECT", "inbound_reads DELETE", "inbound_reads SELECT", "messages UPDATE", "stray_texts DELETE", "stray_texts SELECT",
	"accounts SELECT", "accounts UPDATE", "audit_events DELETE", "audit_events SELECT", "audit_purges INSERT", "audit_purges SELECT", "campaigns SELECT", "consents ALL", "email_tokens SELECT", "employees SELECT", "messages SELECT", "recipients SELECT", "report_files SELECT", "report_files UPDATE", "reports SELECT", "seal_queue INSERT", "seals SELECT", "user_invitations SELECT", "user_invitations UPDATE", "users INSERT", "users SELECT", "users UPDATE",
}

func TestI9DefinerStandsOnTheAllowList(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	found := column(t, db, `SELECT DISTINCT tablename || ' ' || cmd FROM pg_policies WHERE schemaname = 'public' AND 'callshu_definer' = ANY(roles) ORDER BY 1`)
	for _, policy := range found {
		if !slices.Contains(definerPolicies, policy) {
			t.Errorf("policy %q of callshu_definer is not on the allow-list", policy)
		}
	}
}
