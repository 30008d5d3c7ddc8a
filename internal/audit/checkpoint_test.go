package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/clock"
)

func (w *world) checkpoint() bool {
	w.t.Helper()
	there, err := w.sealer.Checkpoint(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return there
}

// countOf reads one number.
func (w *world) countOf(sql string, args ...any) (n int64) {
	w.t.Helper()
	if err := w.admin.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// threeDays seals rows of two accounts on three days, with a checkpoint each.
func (w *world) threeDays(at *clock.Manual) {
	w.t.Helper()
	one, two := w.account("one"), w.account("two")
	for range 3 {
		for range 4 {
			w.record(one, "test.act", "Ann")
		}
		w.record(two, "test.act", "Bob")
		w.seal()
		if !w.checkpoint() {
			w.t.Fatal("the day has no checkpoint")
		}
		w.seal()
		at.Advance(24 * time.Hour)
	}
	// Not covered yet: the fourth day's have no checkpoint.
	w.record(one, "test.act", "Ann")
	w.seal()
}

func TestCheckpointsAreKeptOncePerDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.checkpoint() {
		t.Error("a checkpoint was made of nothing")
	}
	w.threeDays(w.sealer.Clock.(*clock.Manual))
	head := w.head()
	for range 2 {
		if !w.checkpoint() {
			t.Error("the fourth day has no checkpoint")
		}
	}
	if n := w.countOf(`SELECT count(*) FROM seal_checkpoints`); n != 4 {
		t.Errorf("%d checkpoints of four days", n)
	}
	if n := w.countOf(`SELECT count(*) FROM audit_events WHERE action = 'audit.checkpointed' AND account_id IS NULL AND detail ->> 'head' = $1`, fmt.Sprintf("%x", head.Hash)); n != 1 {
		t.Errorf("the newest checkpoint stands %d times in the platform's log", n)
	}
	w.seal()
	if report := w.verify(); !report.OK() || report.Days != 4 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
	for _, sql := range []string{`UPDATE seal_checkpoints SET seals = 0`, `DELETE FROM seal_checkpoints`, `TRUNCATE seal_checkpoints`} {
		if _, err := w.admin.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Seals that are sealed in the same instant as a checkpoint, before it and
// after it, are told apart: the manual clock stands still here.
func TestCheckpointsBearAClockThatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("one")
	for range 3 {
		w.record(account, "test.act", "Ann")
		w.seal()
	}
	w.checkpoint()
	w.sealer.Clock.(*clock.Manual).Advance(-time.Hour) // another replica's
	for range 3 {
		w.record(account, "test.act", "Ann")
		w.seal()
	}
	if report := w.verify(); !report.OK() || report.Days != 1 || report.Seals != 7 {
		t.Errorf("report %+v, bad %+v", report, report.FirstBad)
	}
}

// What leaves no gap: the end of a chain, or a whole chain, with its rows.
func TestVerifyFindsWhatWasCutOff(t *testing.T) {
	t.Parallel()
	const newest = `(SELECT s.chain, s.seq FROM seals s JOIN accounts a ON a.id = s.chain WHERE a.legal_name = 'one' ORDER BY s.seq DESC LIMIT 4)`
	for name, test := range map[string]struct {
		cut  []string
		want string
	}{
		"newest seals and rows": {[]string{
			`DELETE FROM audit_events WHERE id IN (SELECT row_id FROM seals WHERE source = 'audit' AND (chain, seq) IN ` + newest + `)`,
			`DELETE FROM seals WHERE (chain, seq) IN ` + newest}, "checkpoint of 2026-11-25"},
		"a whole chain": {[]string{
			`DELETE FROM audit_events WHERE account_id = (SELECT id FROM accounts WHERE legal_name = 'two')`,
			`DELETE FROM seals WHERE chain = (SELECT id FROM accounts WHERE legal_name = 'two')`}, "checkpoint of 2026-11-23"},
		"a checkpoint":             {[]string{`DELETE FROM seal_checkpoints WHERE day = '2026-11-24'`}, "checkpoint of 2026-11-24 is gone"},
		"a checkpoint's own words": {[]string{`UPDATE seal_checkpoints SET seals = seals - 1 WHERE day = '2026-11-24'`}, "checkpoint of 2026-11-24"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.threeDays(w.sealer.Clock.(*clock.Manual))
			if report := w.verify(); !report.OK() || report.Days != 3 {
				t.Fatalf("before: %+v, bad %+v", report, report.FirstBad)
			}
			w.exec(`ALTER TABLE seal_checkpoints DISABLE TRIGGER ALL`)
			for _, sql := range test.cut {
				w.tamper(sql)
			}
			if report := w.verify(); report.OK() || report.FirstBad.Source != "checkpoint" || !strings.Contains(report.FirstBad.Why, test.want) {
				t.Errorf("found %+v, want %q", report.FirstBad, test.want)
			}
		})
	}
}

// Many chains of many pages: the checkpoints are computed over their ends.
func TestVerifyManyChains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := w.sealer.Clock.(*clock.Manual)
	accounts := []any{}
	for i := range 20 {
		accounts = append(accounts, w.account(fmt.Sprint(i)))
	}
	for day := range 5 {
		for _, account := range accounts[:5+3*day] {
			w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, action) SELECT $1, $2, 'system', 'test.bulk' FROM generate_series(1, 150)`, account, at.Now())
		}
		w.seal()
		w.checkpoint()
		at.Advance(24 * time.Hour)
	}
	w.seal()
	want := w.countOf(`SELECT count(*) FROM audit_events`)
	if report := w.verify(); !report.OK() || report.Seals != want || report.Days != 5 || report.Chains != 18 {
		t.Errorf("report %+v, bad %+v, want %d seals", report, report.FirstBad, want)
	}
}
