package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/devpg"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// A backup by the role that can only read, with the scripts that the README
// shows, is all of the database: every row, sequence, right and trigger. What is
// restored from it verifies, remembers who said STOP, and calls nobody until an
// operator has looked (I12).
func TestI12BackupComesBackWhole(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Ana Silva,+14165550113,en,"), "+14165550111")
	p.sim.Phone("+14165550113").ExpectSMS("YES").Reply("STOP")
	p.eventually("the STOP", `SELECT EXISTS (SELECT FROM consents WHERE state = 'opted_out')`)
	id := p.launch(owner, "Plant closed")
	p.sim.Phone("+14165550111").ExpectCall().Press("1").Ended("completed")
	p.finished(owner, id)
	p.eventually("the day's checkpoint", `SELECT EXISTS (SELECT FROM seal_checkpoints)`)
	p.halt()

	tools := postgresTools(t, p.db)
	restored := p.db.Beside()
	restore(t, tools, restored, backUp(t, tools, p.db))
	sameDatabase(t, tools, p.db, restored)
	if out, err := restoreScript(t, tools, restored.AdminURL(), nil); err == nil || !strings.Contains(out, "holds accounts") {
		t.Errorf("a database with accounts was restored over: %v %s", err, out)
	}
	if err := restored.Migrate(postgres.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	q := p.restoredTo(restored)
	if err := app.VerifyAudit(t.Context(), q.getenv, io.Discard); err != nil {
		t.Errorf("verify after the restore: %v", err)
	}
	q.waitsForAnOperator(&browser{p: q, cookies: owner.cookies}, &browser{p: q, cookies: p.operator.cookies})
}

// waitsForAnOperator launches a campaign, which rings nobody until somebody has
// compared it with the carrier's log.
func (p *product) waitsForAnOperator(owner, operator *browser) {
	p.t.Helper()
	p.eventually("the product to see where it is", `SELECT dialling_paused_at IS NOT NULL AND pause_reason LIKE 'The database was restored%' FROM platform`)
	id := owner.post("campaigns", draft("Plant open again")).text("id")
	plan := owner.get("campaigns/" + id + "/plan")
	if plan.number("callable") != 1 {
		p.t.Errorf("after the restore the plan calls %d, want the one who said YES and not the one who said STOP", plan.number("callable"))
	}
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": plan.text("plan_hash")})
	p.clock.Advance(10 * time.Second)
	p.eventually("the campaign to run", `SELECT status = 'running' FROM campaigns WHERE id = $1`, id)
	var calls int
	if err := p.admin().QueryRow(p.t.Context(), `SELECT count(*) FROM attempts WHERE campaign_id = $1`, id).Scan(&calls); err != nil || calls != 0 {
		p.t.Errorf("%d calls before an operator has looked, %v", calls, err)
	}
	operator.post("operator/pause", object{"paused": false, "reason": "Compared with the carrier's log"})
	p.sim.Phone("+14165550111").ExpectCall().Press("1").Ended("completed")
	p.finished(owner, id)
}

// restoredTo is the product on another database, with the same keys, carrier
// and mailbox.
func (p *product) restoredTo(db *pgtest.DB) *product {
	p.t.Helper()
	listener := listen(p.t)
	q := &product{t: p.t, url: "http://" + listener.Addr().String(), clock: p.clock, sim: p.sim, mails: p.mails, db: db, env: maps.Clone(p.env), log: &errorLog{}}
	q.env["PUBLIC_URL"], q.env["DATABASE_URL"], q.env["OPERATOR_DATABASE_URL"], q.env["WORKER_DATABASE_URL"] =
		q.url, db.URL(postgres.RoleApp), db.URL(postgres.RoleOperator), db.URL(postgres.RoleWorker)
	q.serve(listener, app.Options{BcryptCost: 4})
	return q
}

func postgresTools(t *testing.T, db *pgtest.DB) string {
	t.Helper()
	var version int
	if err := db.Admin().QueryRow(t.Context(), `SELECT current_setting('server_version_num')::int / 10000`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	tools, err := devpg.Tools(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// run calls a program with PostgreSQL's own tools in front of the path.
func run(t *testing.T, tools string, env []string, stdin io.Reader, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin = stdin
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	return out.String() + complaints.String(), err
}

// backUp makes a backup with deploy/backup.sh for a key made for it, and
// returns it as whoever has the private key can read it.
func backUp(t *testing.T, tools string, db *pgtest.DB) []byte {
	t.Helper()
	home, err := os.MkdirTemp("", "gpg") // gpg's socket wants a short path
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"GNUPGHOME=" + home}
	t.Cleanup(func() {
		run(t, tools, keys, nil, "gpgconf", "--kill", "all") //nolint:errcheck // the agent ends with its folder in any case
		os.RemoveAll(home)
	})
	gpg := func(args ...string) string {
		t.Helper()
		out, err := run(t, tools, keys, nil, "gpg", append([]string{"--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
		if err != nil {
			t.Fatalf("gpg (apt-get install -y gnupg): %v %s", err, out)
		}
		return out
	}
	gpg("--quick-generate-key", "backup@callshu.test")
	public, folder := filepath.Join(home, "backup.pub"), t.TempDir()
	gpg("--armor", "--output", public, "--export", "backup@callshu.test")

	out, err := run(t, tools, []string{"BACKUP_DATABASE_URL=" + db.URL(postgres.RoleBackup)}, nil, "../../deploy/backup.sh", folder, public)
	if err != nil {
		t.Fatalf("back up: %v %s", err, out)
	}
	path := strings.TrimSpace(out)
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || filepath.Join(folder, files[0].Name()) != path || !regexp.MustCompile(`^callshu-\d{8}T\d{6}Z\.dump\.gpg$`).MatchString(files[0].Name()) {
		t.Fatalf("the folder holds %v after %q, %v", files, out, err)
	}
	sealed, err := os.ReadFile(path)
	if err != nil || bytes.Contains(sealed, []byte("PGDMP")) || bytes.Contains(sealed, []byte("employees")) {
		t.Errorf("the backup can be read without the key, %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is everybody's: %v, %v", info.Mode(), err)
	}
	unreachable := strings.Replace(db.URL(postgres.RoleBackup), pgtest.Password, "wrong", 1)
	if out, err := run(t, tools, []string{"BACKUP_DATABASE_URL=" + unreachable}, nil, "../../deploy/backup.sh", folder, public); err == nil || strings.Contains(out, ".dump") {
		t.Errorf("a backup that could not be read passed for one: %s", out)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("what failed left %v, %v", files, err)
	}
	return []byte(gpg("--decrypt", path))
}

func restoreScript(t *testing.T, tools, url string, dump []byte) (string, error) {
	t.Helper()
	return run(t, tools, []string{"MIGRATION_DATABASE_URL=" + url}, bytes.NewReader(dump), "../../deploy/restore.sh")
}

// An owner of the database whom row-level security binds sees no accounts where
// there are some, and may drop them all the same.
func TestRestoreRefusesWhomAccountsAreHiddenFrom(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin, role := db.Admin(), strings.ToLower("restorer_"+rand.Text())
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), fmt.Sprintf(`ALTER DATABASE %s OWNER TO CURRENT_USER; REASSIGN OWNED BY %s TO CURRENT_USER; DROP ROLE %[2]s`, db.Name(), role)); err != nil {
			t.Errorf("drop the role: %v", err)
		}
	})
	if _, err := admin.Exec(t.Context(), fmt.Sprintf(`CREATE ROLE %[1]s LOGIN PASSWORD '%s';
		ALTER DATABASE %s OWNER TO %[1]s; ALTER TABLE accounts OWNER TO %[1]s;
		INSERT INTO accounts (legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
			contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
			VALUES ('A', 'A', '1', 'CA', 'QC', 'w', 1, 'u', 'c', 'a', 'v', now(), '', 'America/Toronto', now())`, role, pgtest.Password, db.Name())); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(db.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(role, pgtest.Password)
	if out, err := restoreScript(t, postgresTools(t, db), address.String(), nil); err == nil || !strings.Contains(out, "names no superuser") {
		t.Errorf("a restore by the owner: %v %s", err, out)
	}
	if rows := column[int](t, db, `SELECT count(*) FROM accounts`); rows[0] != 1 {
		t.Errorf("%d accounts are left, want 1", rows[0])
	}
}

// restore puts a dump into an empty database; half of one leaves it empty.
func restore(t *testing.T, tools string, db *pgtest.DB, dump []byte) {
	t.Helper()
	if out, err := restoreScript(t, tools, db.AdminURL(), dump[:len(dump)-len(dump)/4]); err == nil {
		t.Errorf("three quarters of a backup were restored: %s", out)
	}
	if tables := column[string](t, db, `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'`); len(tables) > 0 {
		t.Errorf("a restore that failed left %v", tables)
	}
	if out, err := restoreScript(t, tools, db.AdminURL(), dump); err != nil {
		t.Fatalf("restore: %v %s", err, out)
	}
}

func column[T any](t *testing.T, db *pgtest.DB, sql string) []T {
	t.Helper()
	rows, err := db.Admin().Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// sameDatabase compares every row of every table, every sequence, and the whole
// definition: owners, rights, policies, triggers.
func sameDatabase(t *testing.T, tools string, a, b *pgtest.DB) {
	t.Helper()
	full := 0
	for _, table := range column[string](t, a, `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`) {
		sql := `SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, E'\n' ORDER BY t::text)), 'none') FROM ` + table + ` t`
		before, after := column[string](t, a, sql)[0], column[string](t, b, sql)[0]
		if before != after {
			t.Errorf("table %s: %s became %s", table, before, after)
		}
		if !strings.HasPrefix(before, "0 ") {
			full++
		}
	}
	if full < 20 {
		t.Errorf("only %d tables hold anything: too few to say that rows come back", full)
	}
	for _, sequence := range column[string](t, a, `SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'`) {
		sql := `SELECT last_value || ' ' || is_called FROM ` + sequence
		if before, after := column[string](t, a, sql)[0], column[string](t, b, sql)[0]; before != after {
			t.Errorf("sequence %s: %s became %s", sequence, before, after)
		}
	}
	before, after := definition(t, tools, a), definition(t, tools, b)
	for line := range before {
		if !after[line] {
			t.Errorf("the restored database lacks: %s", line)
		}
	}
	for line := range after {
		if !before[line] {
			t.Errorf("the restored database has besides: %s", line)
		}
	}
}

func definition(t *testing.T, tools string, db *pgtest.DB) map[string]bool {
	t.Helper()
	out, err := run(t, tools, nil, nil, "pg_dump", "--schema-only", "--dbname="+db.AdminURL())
	if err != nil {
		t.Fatalf("read the definition: %v %s", err, out)
	}
	lines := map[string]bool{}
	out = strings.NewReplacer("(", "", ")", "").Replace(out) // a condition that was dumped once loses some
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, `\`) { // \restrict has a random word
			lines[line] = true
		}
	}
	return lines
}
