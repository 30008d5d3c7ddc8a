package audit_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// One verification a day by business time, whoever starts anew; what it found is
// kept, also that something does not hold, which is an error line.
func TestNightlyVerificationIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := clock.NewManual(monday)
	var lines bytes.Buffer
	log := &audit.Log{Worker: w.worker, Operator: w.db.Open(postgres.RoleOperator), Clock: at, Log: slog.New(slog.NewJSONHandler(&lines, nil))}
	nightly := func(want int) []audit.Verification {
		t.Helper()
		if err := log.Nightly(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := log.Verifications(t.Context(), 10)
		if err != nil || len(list) != want {
			t.Fatalf("%d verifications are kept, %v; want %d", len(list), err, want)
		}
		return list
	}
	account := w.account("one")
	w.record(account, "test.a", "Ann")
	w.seal()
	first := nightly(1)[0]
	if !first.Report.OK() || first.Report.Seals != 1 || first.AskedBy != nil || !first.StartedAt.Equal(monday.Truncate(time.Microsecond)) {
		t.Errorf("%+v", first)
	}
	at.Advance(19 * time.Hour)
	nightly(1)
	at.Advance(5 * time.Hour)
	nightly(2)
	if lines.Len() > 0 {
		t.Errorf("a log that holds woke somebody: %s", lines.String())
	}
	at.Advance(24 * time.Hour)
	w.tamper(`UPDATE audit_events SET actor_name = 'Anm'`)
	bad := nightly(3)[0].Report
	if bad.OK() || bad.FirstBad.Chain != account || !strings.Contains(bad.FirstBad.Why, "changed") {
		t.Errorf("kept: %+v", bad.FirstBad)
	}
	if !strings.Contains(lines.String(), `"level":"ERROR"`) || strings.Contains(lines.String(), "Anm") {
		t.Errorf("the log says %s", lines.String())
	}
	operator := uuid.New()
	w.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'o@x', 'O', 'support', 'x', 'x')`, operator)
	lines.Reset()
	olive := audit.Actor{Kind: audit.Operator, ID: operator, Name: "Olive"}
	asked, err := log.Verify(t.Context(), olive)
	if err != nil || asked.Report.OK() {
		t.Errorf("%+v, %v", asked, err)
	}
	if !strings.Contains(lines.String(), `"level":"ERROR"`) { // or whoever looks every day keeps the night silent
		t.Errorf("asked for by an operator, the log says %q", lines.String())
	}
	if list, err := log.Verifications(t.Context(), 1); err != nil || len(list) != 1 || list[0].AskedBy == nil || *list[0].AskedBy != operator {
		t.Errorf("%+v, %v", list, err)
	}
	if n := w.countOf(`SELECT count(*) FROM audit_events WHERE action = 'audit.verified' AND account_id IS NULL AND actor_id = $1 AND detail ->> 'ok' = 'false'`, operator); n != 1 {
		t.Errorf("%d rows of who asked, want 1", n)
	}
	log.Within = time.Nanosecond
	if _, err := log.Verify(t.Context(), olive); !apperr.HasCode(err, "verification_long") {
		t.Errorf("a verification that nobody can wait for: %v", err)
	}
	if _, err := w.worker.Exec(t.Context(), `DELETE FROM audit_verifications`); err == nil {
		t.Error("a verification can be taken back")
	}
}
