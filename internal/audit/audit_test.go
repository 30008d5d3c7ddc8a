package audit_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

var monday = time.Date(2026, 11, 23, 14, 2, 0, 123456000, time.UTC)

type world struct {
	t      *testing.T
	db     *pgtest.DB
	admin  *pgx.Conn
	app    *postgres.Pool
	worker *postgres.Pool
	sealer *audit.Sealer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{t: t, db: db, admin: db.Admin(), app: db.Open(postgres.RoleApp), worker: db.Open(postgres.RoleWorker)}
	w.sealer = &audit.Sealer{Worker: w.worker, Clock: clock.NewManual(monday), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) account(name string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case,
		callback_number, contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
		VALUES ($1, $2, $2, '1', 'CA', 'QC', 'https://example.com', 1, 'x', '+15145550100', 'x', 'v', $3, '', 'America/Toronto', $3)`, id, name, monday)
	return id
}

func (w *world) record(account uuid.UUID, action, actor string) {
	w.t.Helper()
	err := w.app.InAccount(w.t.Context(), account, func(tx pgx.Tx) error {
		return audit.Record(w.t.Context(), tx, audit.Event{Account: &account, At: monday, Actor: audit.Actor{Kind: audit.User, Name: actor},
			Action: action, Detail: map[string]any{"b": 1, "a": "<é>"}})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) consent(account uuid.UUID) {
	w.t.Helper()
	key := make([]byte, 32)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1) ON CONFLICT DO NOTHING`, key)
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, provider_at, actor_kind, wording_hash, inbound_text)
		VALUES ($1, $2, 'attested', 'import', $3, $3, 'user', 'x', 'oui')`, account, key, monday)
}

func (w *world) seal() int {
	w.t.Helper()
	n, err := w.sealer.SealOnce(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) verify() audit.Report {
	w.t.Helper()
	report, err := audit.Verify(w.t.Context(), w.worker)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// tamper does what no runtime role may: it changes rows as a superuser with
// triggers out of the way.
func (w *world) tamper(sql string, args ...any) {
	w.t.Helper()
	w.exec(`ALTER TABLE audit_events DISABLE TRIGGER ALL`)
	w.exec(`ALTER TABLE consent_events DISABLE TRIGGER ALL`)
	w.exec(`ALTER TABLE seals DISABLE TRIGGER ALL`)
	w.exec(`SET session_replication_role = replica`)
	w.exec(sql, args...)
}

func TestSealsEveryRowOnceInItsAccountsChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.account("one"), w.account("two")
	for i := range 5 {
		w.record(one, fmt.Sprintf("test.act_%c", 'a'+i), "Ann")
	}
	w.record(two, "test.act", "Bob")
	w.consent(two)
	if report := w.verify(); report.Unsealed != 7 || report.Seals != 0 || !report.OK() {
		t.Fatalf("before sealing: %+v", report)
	}
	if n := w.seal(); n != 7 {
		t.Fatalf("sealed %d rows, want 7", n)
	}
	w.record(one, "test.later", "Ann")
	if n := w.seal(); n != 1 {
		t.Fatalf("sealed %d rows, want 1", n)
	}
	if n := w.seal(); n != 0 {
		t.Fatalf("sealed %d rows again", n)
	}
	report := w.verify()
	if !report.OK() || report.Chains != 2 || report.Seals != 8 || report.Unsealed != 0 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
	var top int64
	if err := w.admin.QueryRow(t.Context(), `SELECT max(seq) FROM seals WHERE chain = $1`, one).Scan(&top); err != nil || top != 6 {
		t.Errorf("the chain of one ends at %d, %v; want 6", top, err)
	}
}

func TestVerifyFindsWhatWasAltered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sql  string
		want string
	}{
		"a letter of an actor":      {`UPDATE audit_events SET actor_name = 'Anm' WHERE id = 2`, "the row was changed"},
		"a byte of a detail":        {`UPDATE audit_events SET detail = '{"b": 2, "a": "<é>"}' WHERE id = 2`, "the row was changed"},
		"a microsecond":             {`UPDATE audit_events SET at = at + interval '1 microsecond' WHERE id = 2`, "the row was changed"},
		"a nonce":                   {`UPDATE audit_events SET nonce = 'x' WHERE id = 2`, "the row was changed"},
		"the account of a row":      {`UPDATE audit_events SET account_id = NULL WHERE id = 2`, "another account"},
		"a text of consent":         {`UPDATE consent_events SET inbound_text = 'non'`, "the row was changed"},
		"a row removed":             {`DELETE FROM audit_events WHERE id = 2`, "the sealed row is gone"},
		"a seal removed":            {`DELETE FROM seals WHERE source = 'audit' AND row_id = 2`, "missing"},
		"the last seal removed":     {`DELETE FROM seals WHERE (chain, seq) IN (SELECT chain, max(seq) FROM seals GROUP BY chain)`, "neither a seal nor"},
		"a seal's time":             {`UPDATE seals SET sealed_at = sealed_at + interval '1 second' WHERE seq = 2`, "the seal itself"},
		"a seal's hash":             {`UPDATE seals SET hash = sha256(hash) WHERE seq = 2`, "the seal itself"},
		"two rows swapped":          {`UPDATE audit_events SET action = CASE id WHEN 2 THEN 'test.c' ELSE 'test.b' END WHERE id IN (2, 3)`, "the row was changed"},
		"a row slipped in":          {`INSERT INTO audit_events (account_id, at, actor_kind, action) SELECT account_id, at, 'system', 'test.evil' FROM audit_events WHERE id = 1`, "neither a seal nor"},
		"a commitment and its link": {`UPDATE seals SET commitment = sha256('x'), hash = sha256('y') WHERE seq = 3`, "the seal itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			account := w.account("one")
			for _, action := range []string{"test.a", "test.b", "test.c", "test.d"} {
				w.record(account, action, "Ann")
			}
			w.consent(account)
			w.seal()
			if report := w.verify(); !report.OK() || report.Seals != 5 {
				t.Fatalf("before: %+v", report.FirstBad)
			}
			w.tamper(test.sql)
			report := w.verify()
			if report.OK() || !strings.Contains(report.FirstBad.Why, test.want) {
				t.Errorf("found %+v, want %q", report.FirstBad, test.want)
			}
		})
	}
}

// Who changes a row and seals it again in its place is betrayed by the next seal.
func TestVerifyFindsAForgedSeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	for _, action := range []string{"test.a", "test.b", "test.c"} {
		w.record(account, action, "Ann")
	}
	w.seal()
	w.tamper(`UPDATE audit_events SET actor_name = 'Bob' WHERE id = 2`)
	tx, err := w.admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	audit.Reseal(t, tx, 2)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := w.verify()
	if report.OK() || report.FirstBad.RowID != 3 || !strings.Contains(report.FirstBad.Why, "does not continue") {
		t.Errorf("found %+v, want the seal after the forged one", report.FirstBad)
	}
}

func TestNoRuntimeRoleChangesTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	w.record(account, "test.act", "Ann")
	w.seal()
	operator := w.db.Open(postgres.RoleOperator)
	for _, pool := range []*postgres.Pool{w.app, w.worker, operator} {
		for _, sql := range []string{`UPDATE audit_events SET actor_name = ''`, `DELETE FROM audit_events`, `TRUNCATE audit_events`,
			`UPDATE seals SET hash = ''`, `DELETE FROM seals`, `SET session_replication_role = replica`} {
			err := pool.InAccount(t.Context(), account, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), sql)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "42501") {
				t.Errorf("%s: %v, want it refused", sql, err)
			}
		}
	}
	// Not even an owner of the tables gets past the trigger by accident.
	if _, err := w.admin.Exec(t.Context(), `UPDATE audit_events SET actor_name = 'x'`); err == nil {
		t.Error("the trigger let an update through")
	}
}

func TestManySealersAtOnceMakeOneChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	var group sync.WaitGroup
	for writer := range 4 {
		group.Go(func() {
			for i := range 20 {
				err := w.app.InAccount(t.Context(), account, func(tx pgx.Tx) error {
					return audit.Record(t.Context(), tx, audit.Event{Account: &account, At: monday, Actor: audit.SystemActor("w"),
						Action: "test.act", SubjectID: fmt.Sprintf("%d-%d", writer, i)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range 20 {
				if _, err := w.sealer.SealOnce(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	w.seal()
	if report := w.verify(); !report.OK() || report.Seals != 80 || report.Unsealed != 0 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
}

func TestVerifyCrossesPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, action) SELECT $1, $2, 'system', 'test.bulk' FROM generate_series(1, 2500)`, account, monday)
	if n := w.seal(); n != 2500 {
		t.Fatalf("sealed %d", n)
	}
	if report := w.verify(); !report.OK() || report.Seals != 2500 || report.Chains != 1 {
		t.Fatalf("report %+v, bad %+v", report, report.FirstBad)
	}
	w.tamper(`UPDATE audit_events SET actor_name = 'x' WHERE id = 1777`)
	if report := w.verify(); report.OK() || report.FirstBad.RowID != 1777 {
		t.Errorf("found %+v, want row 1777", report.FirstBad)
	}
}

// The columns that are sealed must be all there are: a column added later
// would otherwise be free to change.
func TestSealsCoverEveryColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for table, covered := range map[string]string{"audit_events": audit.AuditColumns, "consent_events": audit.ConsentColumns} {
		rows, err := w.admin.Query(t.Context(), `SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`, table)
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		sealed := map[string]bool{}
		for _, name := range strings.Split(covered, ",") {
			sealed[strings.TrimSpace(name)] = true
		}
		for _, name := range names {
			if !sealed[name] {
				t.Errorf("%s.%s is not covered by its seal", table, name)
			}
		}
		if len(names) != len(sealed) {
			t.Errorf("%s has %d columns, %d are sealed", table, len(names), len(sealed))
		}
	}
}

// The canonical form and the link are fixed: who changes them breaks every
// seal that exists.
func TestVectors(t *testing.T) {
	t.Parallel()
	payload, link := audit.Vector(t)
	want := "callshu audit v1\nid:1:7\naccount_id:36:11111111-1111-1111-1111-111111111111\nat:27:2026-11-23T14:02:00.123456Z\n" +
		"actor_kind:4:user\nactor_id:-:\nactor_name:4:Zoé\naction:8:test.act\nsubject_kind:0:\nsubject_id:0:\nip:9:127.0.0.1\n" +
		"request_id:3:r-1\ndetail:33:{\"a\":\"<é>\",\"b\":[1.50,null,true]}\n"
	if payload != want {
		t.Errorf("payload is\n%s\nwant\n%s", payload, want)
	}
	if got := hex.EncodeToString(link); got != "900321d3a51d24435b6c00a596227291c0d5058cf2fb107b3daab43517eed09b" {
		t.Errorf("link is %s", got)
	}
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.account("one"), w.account("two")
	for range 3 {
		w.record(one, "campaign.launched", "Ann Lee")
		w.record(one, "user.signed_in", "Bob")
	}
	w.record(two, "campaign.launched", "Eve")
	list := func(f audit.Filter) (actions []string, next string) {
		t.Helper()
		err := w.app.InAccount(t.Context(), one, func(tx pgx.Tx) error {
			rows, cursor, err := audit.List(t.Context(), tx, f)
			for _, row := range rows {
				actions = append(actions, row.Action)
			}
			next = cursor
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return actions, next
	}
	if all, next := list(audit.Filter{Limit: 100}); len(all) != 6 || next != "" {
		t.Errorf("all: %v, next %q: the other account's row must not show", all, next)
	}
	if got, _ := list(audit.Filter{Limit: 100, Account: &two}); len(got) != 0 {
		t.Errorf("asking for the other account gave %v", got)
	}
	first, next := list(audit.Filter{Limit: 4})
	second, end := list(audit.Filter{Limit: 4, Cursor: next})
	if len(first) != 4 || len(second) != 2 || end != "" {
		t.Errorf("pages of %d and %d, then %q", len(first), len(second), end)
	}
	for name, test := range map[string]struct {
		filter audit.Filter
		want   int
	}{
		"action":       {audit.Filter{Action: "user.signed_in"}, 3},
		"noun":         {audit.Filter{Action: "campaign."}, 3},
		"part of noun": {audit.Filter{Action: "camp"}, 0},
		"name":         {audit.Filter{Actor: "ann"}, 3},
		"kind":         {audit.Filter{Actor: "user"}, 6},
		"from":         {audit.Filter{From: monday.Add(time.Second)}, 0},
		"to":           {audit.Filter{To: monday}, 0},
		"span":         {audit.Filter{From: monday, To: monday.Add(time.Second)}, 6},
	} {
		test.filter.Limit = 100
		if got, _ := list(test.filter); len(got) != test.want {
			t.Errorf("%s: %d rows, want %d", name, len(got), test.want)
		}
	}
	err := w.app.InAccount(t.Context(), one, func(tx pgx.Tx) error {
		_, _, err := audit.List(t.Context(), tx, audit.Filter{Limit: 4, Cursor: "'; --"})
		return err
	})
	if err == nil {
		t.Error("a made-up cursor was accepted")
	}
}

func TestRunSealsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	w.record(account, "test.act", "Ann")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.sealer.Run(ctx); close(done) }()
	deadline := time.After(2 * time.Minute)
	for w.verify().Unsealed != 0 {
		select {
		case <-deadline:
			t.Fatal("nothing was sealed")
		default:
		}
	}
	cancel()
	<-done
}
