package app_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/report"
)

// `callshu audit check FILE` knows a report's file, and no other.
func TestC42CheckCommandFindsOneChangedByte(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	worker, now := db.Open(postgres.RoleWorker), clock.NewManual(time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC))
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := report.Toronto(zones)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := queue.New(worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	err = worker.InTx(t.Context(), func(tx pgx.Tx) error {
		return audit.Record(t.Context(), tx, audit.Event{At: now.Now(), Actor: audit.SystemActor("test"), Action: "test.act"})
	})
	if err != nil {
		t.Fatal(err)
	}
	now.Advance(7 * 24 * time.Hour)
	reports := report.New(report.Deps{Worker: worker, Operator: db.Open(postgres.RoleOperator), Clock: now, Zone: zone, Mail: mail.NewOutbox(jobs, now),
		PublicURL: "https://app.test", OpsEmail: "ops@callshu.test", Log: slog.New(slog.DiscardHandler)})
	if err := reports.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, _, err := reports.List(t.Context(), "", 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d reports, %v", len(all), err)
	}
	_, files, _, err := reports.Get(t.Context(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := reports.Attachment(t.Context(), files[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	path, environment := filepath.Join(t.TempDir(), whole.Name), map[string]string{"WORKER_DATABASE_URL": db.URL(postgres.RoleWorker)}
	check := func(body []byte) (string, error) {
		t.Helper()
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err := app.CheckReportFile(t.Context(), func(name string) string { return environment[name] }, &out, path)
		return out.String(), err
	}
	if _, err := check(whole.Body); err == nil || !strings.Contains(err.Error(), "no sealed event") {
		t.Errorf("before the sealer has come: %v", err)
	}
	if _, err := (&audit.Sealer{Worker: worker, Clock: now, Log: slog.New(slog.DiscardHandler)}).SealOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out, err := check(whole.Body); err != nil || !strings.Contains(out, "as it was made") || !strings.Contains(out, whole.Name) {
		t.Errorf("a file as it was made: %q, %v", out, err)
	}
	forged := bytes.Clone(whole.Body)
	forged[0] ^= 1
	if _, err := check(forged); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Errorf("one changed byte: %v", err)
	}
}
