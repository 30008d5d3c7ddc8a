package report_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/report"
)

// aged is a world with the reports of two weeks, of which the database says that
// they have been over for 731 and for 729 days: it compares with its own clock.
func aged(t *testing.T) (w *world, old, young report.Report) {
	t.Helper()
	today := time.Now().UTC().Truncate(time.Second)
	zone := toronto(t)
	first := report.WeekOf(today.AddDate(0, 0, -760), zone)
	w = newWorld(t, first.Start)
	w.event(first.Start.Add(time.Hour), "user.signed_in", "Ann")
	w.event(first.End.Add(time.Hour), "user.signed_in", "Ben")
	w.seal()
	w.at(first.Next().End.Add(time.Hour))
	if made := w.due(report.New(w.deps)); made != 2 {
		t.Fatalf("made %d reports, want two", made)
	}
	w.seal()
	all, _, err := report.New(w.deps).List(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	old, young = all[1], all[0]
	for id, days := range map[string]int{old.ID.String(): 731, young.ID.String(): 729} {
		w.exec(`UPDATE reports SET week_end = now() - make_interval(days => $2) WHERE id = $1`, id, days)
	}
	w.at(today)
	return w, old, young
}

func (w *world) forget(s *report.Service) int64 {
	w.t.Helper()
	files, err := s.Forget(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

func (w *world) check(s *report.Service, f report.File) report.Verdict {
	w.t.Helper()
	v, err := s.Check(w.t.Context(), hex.EncodeToString(f.SHA256))
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// A report's files hold the events themselves, so they go when those go. What
// proves a copy that somebody kept stays.
func TestC38ReportFilesGoWithTheirEvents(t *testing.T) {
	t.Parallel()
	w, old, young := aged(t)
	s, olive := report.New(w.deps), audit.Actor{Kind: audit.Operator, Name: "Olive"}
	if n := w.forget(s); n != 2 {
		t.Fatalf("%d files went, want the two of 731 days", n)
	}
	if n := w.count(`SELECT count(*) FROM report_files WHERE body IS NOT NULL`); n != 2 {
		t.Errorf("%d files are left, want the two of 729 days", n)
	}
	w.files(young) // each can be downloaded
	_, files, _, err := s.Get(t.Context(), old.ID)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files are listed, %v", len(files), err)
	}
	for _, f := range files {
		if f.PurgedAt == nil || f.Size == 0 || f.Rows != 1 {
			t.Errorf("of %s stayed %+v", f.Name, f)
		}
		if v := w.check(s, f); !v.Known || !v.Sealed || v.Past || v.File.Name != f.Name {
			t.Errorf("check of a kept copy of %s: %+v", f.Name, v)
		}
		if _, err := s.Download(t.Context(), olive, old.ID, f.ID); !apperr.HasCode(err, "file_purged") {
			t.Errorf("download of %s: %v", f.Name, err)
		}
	}
	if err := s.Resend(t.Context(), olive, old.ID); !apperr.HasCode(err, "file_purged") {
		t.Errorf("resend: %v", err)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action IN ('report.downloaded', 'report.resent') AND subject_id = $1`, old.ID.String()); n != 0 {
		t.Errorf("the log says %d times that what is gone was given out", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.files_purged' AND account_id IS NULL AND detail @> '{"weeks": 1, "files": 2}'`); n != 1 {
		t.Errorf("the log says %d times that files went", n)
	}
	if n := w.forget(s); n != 0 || w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.files_purged'`) != 1 {
		t.Errorf("%d files went a second time", n)
	}
	w.seal()
	found, err := audit.Verify(t.Context(), w.worker)
	if err != nil || !found.OK() {
		t.Errorf("verification: %+v, %v", found.FirstBad, err)
	}
}

// A hold on one account keeps the files of all, whose events are in one file.
func TestC38ALegalHoldKeepsReportFiles(t *testing.T) {
	t.Parallel()
	w, _, _ := aged(t)
	w.consents(nil) // an account
	w.exec(`UPDATE accounts SET legal_hold_at = now(), legal_hold_reason = 'A court asked.'`)
	s := report.New(w.deps)
	if n := w.forget(s); n != 0 {
		t.Errorf("%d files went under a hold", n)
	}
	w.exec(`UPDATE accounts SET legal_hold_at = NULL`)
	if n := w.forget(s); n != 2 {
		t.Errorf("%d files went after the hold, want 2", n)
	}
}

// Two years are the database's own wall for files as for rows.
func TestC38NoYoungerReportFileGoes(t *testing.T) {
	t.Parallel()
	w, old, _ := aged(t)
	w.exec(`UPDATE reports SET week_end = now() - interval '729 days' WHERE id = $1`, old.ID)
	w.deps.Clock = clock.NewManual(time.Now().AddDate(5, 0, 0))
	if n := w.forget(report.New(w.deps)); n != 0 {
		t.Errorf("a clock that runs ahead emptied %d files", n)
	}
	if _, err := w.worker.Exec(t.Context(), `SELECT purge_report_files(now() - interval '729 days')`); err == nil || !strings.Contains(err.Error(), "730 days") {
		t.Errorf("the function took 729 days: %v", err)
	}
	if _, err := w.deps.Operator.Exec(t.Context(), `SELECT purge_report_files(now() - interval '731 days')`); err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("an operator may call the purge: %v", err)
	}
	// As the function's own role, whom nobody can log in as, policy and grants are what is left.
	for sql, want := range map[string]string{
		`UPDATE report_files SET body = NULL, purged_at = now()`: "",
		`UPDATE report_files SET sha256 = ''`:                    "42501",
		`UPDATE report_files SET rows = 0`:                       "42501",
		`DELETE FROM report_files`:                               "42501",
	} {
		rows, err := asDefiner(t.Context(), w.admin, sql)
		if rows != 0 || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s as the definer: %d rows, %v", sql, rows, err)
		}
	}
	w.exec(`UPDATE reports SET week_end = now() - interval '731 days' WHERE id = $1`, old.ID)
	if _, err := asDefiner(t.Context(), w.admin, `UPDATE report_files SET body = 'forged', purged_at = NULL`); err == nil {
		t.Error("the definer may write into a file")
	}
}

func asDefiner(ctx context.Context, admin *pgx.Conn, sql string) (int64, error) {
	tx, err := admin.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // nothing to keep
	if _, err := tx.Exec(ctx, `SET LOCAL ROLE `+postgres.RoleDefiner); err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql)
	return tag.RowsAffected(), err
}

// Reports that are caught up after more than two years go by their week, not by
// when they were made; the mail that would have carried them ends, without alarm.
func TestC38WhatIsCaughtUpTooLateGoesToo(t *testing.T) {
	t.Parallel()
	today := time.Now().UTC().Truncate(time.Second)
	week := report.WeekOf(today.AddDate(0, 0, -800), toronto(t))
	w := newWorld(t, week.Start.Add(time.Hour))
	w.event(week.Start.Add(time.Hour), "user.signed_in", "Ann")
	w.at(week.End.Add(time.Hour))
	s := report.New(w.deps)
	b, sender := w.post(s)
	b.refuse(451)
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.deliver(sender)
	r := w.only()
	w.at(today)
	if n := w.forget(s); n != 2 {
		t.Fatalf("%d files went, want 2", n)
	}
	b.refuse(0)
	if failures := w.deliver(sender); failures != 1 || len(b.all()) != 0 {
		t.Errorf("%d failures and %d letters; want the mail to end", failures, len(b.all()))
	}
	if failures := w.deliver(sender); failures != 0 {
		t.Error("the mail is tried again for ever")
	}
	if n := w.count(`SELECT count(*) FROM mails WHERE data = '{}' AND last_error LIKE '%not kept any more' AND sent_at IS NULL`); n != 1 {
		t.Errorf("%d mails say why they ended", n)
	}
	// All weeks since would be due now: only the one report is asked about.
	w.exec(`INSERT INTO reports (week_start, week_end, events, late, through_id, head, chains, seals, made_at, delivered_at)
		SELECT $1, $2, 1, 0, max(id), '', 0, 0, $2, $2 FROM audit_events`, report.WeekOf(today, w.deps.Zone).Start, report.WeekOf(today, w.deps.Zone).End)
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT count(*) FROM reports WHERE id = $1 AND delivered_at IS NULL`, r.ID); n != 1 {
		t.Error("what reached nobody counts as delivered")
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.undelivered'`); n != 0 {
		t.Error("an alarm for files that are not kept any more")
	}
}

// Once the row that named the hashes is gone by its age, a file is neither
// vouched for nor suspect.
func TestC38WhatProvedAFileGoesToo(t *testing.T) {
	t.Parallel()
	w, old, _ := aged(t)
	s := report.New(w.deps)
	w.forget(s)
	_, files, _, err := s.Get(t.Context(), old.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`INSERT INTO audit_purges (chain, through_seq, rows, before) VALUES ('00000000-0000-0000-0000-000000000000', 9, 9, now() - interval '731 days')`)
	w.exec(`UPDATE reports SET made_at = now() - interval '740 days' WHERE id = $1`, old.ID)
	if v := w.check(s, files[0]); !v.Known || v.Sealed || v.Past {
		t.Errorf("with a row that does not fit: %+v", v)
	}
	w.exec(`ALTER TABLE audit_events DISABLE TRIGGER keep`)
	w.exec(`DELETE FROM audit_events WHERE action = 'report.made' AND subject_id = $1`, old.ID.String())
	if v := w.check(s, files[0]); !v.Known || v.Sealed || !v.Past {
		t.Errorf("with a row that a purge has taken: %+v", v)
	}
	w.exec(`UPDATE reports SET made_at = now() - interval '700 days' WHERE id = $1`, old.ID)
	if v := w.check(s, files[0]); !v.Known || v.Sealed || v.Past {
		t.Errorf("with a row that no purge can have taken: %+v", v)
	}
}
