package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// aged is a world whose clock runs over two years until today: the database
// compares with its own clock, so that these tests cannot choose theirs.
type aged struct {
	*world
	at    *clock.Manual
	today time.Time
}

func newAged(t *testing.T) *aged {
	w := newWorld(t)
	today := time.Now().UTC().Truncate(time.Second)
	at := clock.NewManual(today.AddDate(-3, 0, 0))
	w.sealer.Clock = at
	return &aged{world: w, at: at, today: today}
}

func (w *aged) until(t time.Time) { w.at.Advance(t.Sub(w.at.Now())) }

// add records an act so many days ago and seals it then; a nil account is the platform.
func (w *aged) add(account *uuid.UUID, daysAgo int) {
	w.t.Helper()
	when := w.today.Add(-time.Duration(daysAgo) * 24 * time.Hour)
	w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, action) VALUES ($1, $2, 'system', 'test.act')`, account, when)
	w.until(when.Add(time.Second))
	w.seal()
}

func (w *aged) purge() int64 {
	w.t.Helper()
	w.until(w.today)
	gone, err := (&audit.Retention{Worker: w.worker, Clock: w.at}).Purge(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.seal()
	return gone
}

func (w *aged) rows(account uuid.UUID) int64 {
	w.t.Helper()
	return w.countOf(`SELECT count(*) FROM audit_events WHERE account_id = $1`, account)
}

func TestRowsGoAfterTwoYearsAndSealsHold(t *testing.T) {
	t.Parallel()
	w := newAged(t)
	account := w.account("one")
	for _, days := range []int{900, 731, 729, 10} {
		w.add(&account, days)
	}
	if gone := w.purge(); gone != 2 {
		t.Errorf("%d rows were deleted, want those of 900 and 731 days", gone)
	}
	if n := w.countOf(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND at < now() - interval '730 days'`, account); n != 0 || w.rows(account) != 2 {
		t.Errorf("%d old rows are left, %d in all", n, w.rows(account))
	}
	report := w.verify()
	if !report.OK() || report.Purged != 2 || report.Seals != 5 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
	if n := w.countOf(`SELECT count(*) FROM audit_events WHERE action = 'audit.purged' AND account_id IS NULL AND (detail ->> 'rows')::int = 2`); n != 1 {
		t.Errorf("the deletion stands %d times in the log", n)
	}
	if gone := w.purge(); gone != 0 || w.countOf(`SELECT count(*) FROM audit_events WHERE action = 'audit.purged'`) != 1 {
		t.Errorf("%d more rows were deleted, or the log says so twice", gone)
	}
}

// A row that is old and stands behind a younger one waits for it, and rows of
// consent stay whatever their age.
func TestOnlyAPrefixGoes(t *testing.T) {
	t.Parallel()
	w := newAged(t)
	account, late := w.account("one"), w.account("two")
	w.add(&account, 900)
	w.until(w.today.AddDate(0, 0, -890))
	w.consent(account)
	w.seal()
	w.add(&account, 880)
	w.add(&account, 100)
	w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, action) SELECT a, $3, 'system', 'test.late' FROM unnest(ARRAY[$1, $2]::uuid[]) a`,
		account, late, w.today.AddDate(0, 0, -870))
	w.until(w.today.AddDate(0, 0, -99))
	w.seal()
	if gone := w.purge(); gone != 2 {
		t.Errorf("%d rows were deleted, want 2", gone)
	}
	if n := w.countOf(`SELECT count(*) FROM audit_events WHERE action = 'test.late'`); n != 2 {
		t.Error("a row that was sealed 99 days ago is gone because it says it is older")
	}
	if n := w.countOf(`SELECT count(*) FROM consent_events`); n != 1 {
		t.Error("a row of consent is gone")
	}
	if report := w.verify(); !report.OK() || report.Purged != 2 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
}

func TestLegalHoldKeepsTheLog(t *testing.T) {
	t.Parallel()
	w := newAged(t)
	held, free := w.account("held"), w.account("free")
	w.add(&held, 800)
	w.add(&free, 800)
	w.add(nil, 800)
	w.exec(`UPDATE accounts SET legal_hold_at = now(), legal_hold_reason = 'A court asked.' WHERE id = $1`, held)
	if gone := w.purge(); gone != 1 || w.rows(held) != 1 || w.rows(free) != 0 {
		t.Errorf("%d rows were deleted; the held account has %d, the other %d", gone, w.rows(held), w.rows(free))
	}
	w.exec(`UPDATE accounts SET legal_hold_at = NULL`)
	if gone := w.purge(); gone != 2 || w.rows(held) != 0 {
		t.Errorf("after the hold %d rows were deleted, want the account's and the platform's", gone)
	}
	if report := w.verify(); !report.OK() {
		t.Errorf("bad %+v", report.FirstBad)
	}
}

// Two years are the database's own wall: no clock of ours, no argument and no
// statement gets behind it.
func TestNothingYoungerIsDeleted(t *testing.T) {
	t.Parallel()
	w := newAged(t)
	account := w.account("one")
	w.add(&account, 729)
	ahead := clock.NewManual(w.today.AddDate(5, 0, 0))
	gone, err := (&audit.Retention{Worker: w.worker, Clock: ahead}).Purge(t.Context())
	if err != nil || gone != 0 {
		t.Errorf("a clock that runs ahead deleted %d rows, %v", gone, err)
	}
	err = w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT purge_audit($1, now() - interval '729 days', 10)`, account)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "730 days") {
		t.Errorf("the function took 729 days: %v", err)
	}
	for _, role := range []string{postgres.RoleApp, postgres.RoleOperator} {
		_, err := w.db.Open(role).Exec(t.Context(), `SELECT purge_audit($1, now() - interval '731 days', 10)`, account)
		if err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s may call the purge: %v", role, err)
		}
	}
	for _, sql := range []string{`DELETE FROM audit_events`, `DELETE FROM audit_purges`, `INSERT INTO audit_purges (chain, through_seq, rows, before) VALUES (gen_random_uuid(), 1, 1, now())`} {
		if _, err := w.worker.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s as the worker: %v", sql, err)
		}
	}
	// As the function's own role, whom nobody can log in as, the policy is what is left.
	tx, err := w.admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // nothing to keep
	if _, err := tx.Exec(t.Context(), `SET LOCAL ROLE callshu_definer`); err != nil {
		t.Fatal(err)
	}
	if tag, err := tx.Exec(t.Context(), `DELETE FROM audit_events`); err != nil || tag.RowsAffected() != 0 {
		t.Errorf("the definer deleted %d rows of 729 days, %v", tag.RowsAffected(), err)
	}
}

// A row that is gone is forgiven only where a purge can have taken it.
func TestVerifyBelievesOnlyPurgesThatCanBe(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]string{
		"no purge":               ``,
		"one that ends before":   `INSERT INTO audit_purges (chain, through_seq, rows, before) SELECT chain, 1, 1, now() - interval '731 days' FROM seals LIMIT 1`,
		"one that says too much": `INSERT INTO audit_purges (chain, through_seq, rows, before) SELECT chain, 3, 3, now() - interval '731 days' FROM seals LIMIT 1`,
		"one of tomorrow":        `INSERT INTO audit_purges (chain, through_seq, rows, before, at) SELECT chain, 3, 3, now(), now() + interval '731 days' FROM seals LIMIT 1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newAged(t)
			account := w.account("one")
			for _, days := range []int{800, 100, 50} {
				w.add(&account, days)
			}
			w.tamper(`DELETE FROM audit_events WHERE id = 2`)
			if forge != "" {
				w.exec(forge)
			}
			if report := w.verify(); report.OK() || report.FirstBad.Seq != 2 || report.FirstBad.Why != "the sealed row is gone" {
				t.Errorf("found %+v, want seal 2", report.FirstBad)
			}
		})
	}
}
