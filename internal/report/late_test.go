package report_test

import (
	"bytes"
	"encoding/csv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/report"
)

// slow begins an act whose row has its id, and which is not committed yet.
func (w *world) slow(at time.Time, action string) pgx.Tx {
	w.t.Helper()
	tx, err := w.worker.Begin(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = tx.Rollback(w.t.Context()) }) // an error of an ended one
	if err := audit.Record(w.t.Context(), tx, audit.Event{At: at, Actor: audit.SystemActor("test"), Action: action}); err != nil {
		w.t.Fatal(err)
	}
	return tx
}

func (w *world) commit(tx pgx.Tx) {
	w.t.Helper()
	if err := tx.Commit(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// reported counts in how many of all reports' CSV each event stands, by its id,
// and tells the newest report.
func (w *world) reported() (times map[string]int, newest report.Report) {
	w.t.Helper()
	all, _, err := report.New(w.deps).List(w.t.Context(), "", 50)
	if err != nil {
		w.t.Fatal(err)
	}
	times = map[string]int{}
	for _, r := range all {
		for _, f := range w.files(r) {
			if f.Kind != report.CSV {
				continue
			}
			records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Body, []byte("\uFEFF")))).ReadAll()
			if err != nil {
				w.t.Fatal(err)
			}
			for _, record := range records[1:] {
				times[record[0]]++
			}
		}
	}
	return times, all[0]
}

// eachOnce: every event of the weeks that were reported stands in one report.
func (w *world) eachOnce() {
	w.t.Helper()
	times, newest := w.reported()
	ids := w.ids(report.Week{Start: wednesday.AddDate(-1, 0, 0), End: newest.WeekEnd})
	for _, id := range ids {
		if times[id] != 1 {
			w.t.Errorf("event %s stands in %d reports", id, times[id])
		}
	}
	if len(times) != len(ids) {
		w.t.Errorf("%d events are in reports, %d in the log", len(times), len(ids))
	}
}

// An act that has the id of its row before the report, and commits after it,
// stands in the next one, though a row with a higher id was seen; what never
// commits, and what is dated before the first week, does no harm.
func TestC42WhatWasUnderWayComesWithTheNextReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	w.event(report.WeekOf(wednesday, w.deps.Zone).Start.Add(-time.Hour), "user.signed_in", "of the week before, by a clock that is slow")
	first, never := w.slow(wednesday.Add(time.Minute), "campaign.launched"), w.slow(wednesday.Add(time.Minute), "campaign.rolled_back")
	w.event(wednesday.Add(2*time.Minute), "user.signed_in", "Ben")
	week := report.WeekOf(wednesday, w.deps.Zone)
	w.at(week.End.Add(time.Hour))
	s := report.New(w.deps)
	w.due(s)
	if r := w.only(); r.Events != 3 || r.Late != 1 {
		t.Fatalf("the first report has %d events, %d late; want 3 and 1", r.Events, r.Late)
	}
	w.commit(first)
	if err := never.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, 0, 0} {
		week = week.Next()
		w.at(week.End.Add(time.Hour))
		if made := w.due(s); made != 1 {
			t.Fatalf("made %d", made)
		}
		if _, newest := w.reported(); newest.Late != want {
			t.Errorf("report %d has %d late events, want %d", i+2, newest.Late, want)
		}
	}
	w.eachOnce()
}

// Several weeks that are caught up within seconds are all made while the same
// act is under way.
func TestC42WhatWasUnderWayOverTwoReportsComesWithTheThird(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	slow := w.slow(wednesday.Add(time.Minute), "campaign.launched")
	w.event(wednesday.AddDate(0, 0, 7), "user.signed_in", "Ben")
	week := report.WeekOf(wednesday, w.deps.Zone).Next()
	w.at(week.End.Add(time.Hour))
	s := report.New(w.deps)
	if made := w.due(s); made != 2 {
		t.Fatalf("made %d, want 2", made)
	}
	w.commit(slow)
	w.at(week.Next().End.Add(time.Hour))
	w.due(s)
	if _, newest := w.reported(); newest.Late != 1 {
		t.Errorf("the third report has %d late events, want 1", newest.Late)
	}
	w.eachOnce()
}

// A gap of a day ago is one for ever: it is not carried from report to report.
func TestC42OldGapsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	week, s := report.WeekOf(wednesday, w.deps.Zone), report.New(w.deps)
	for _, want := range []int{1, 1} { // the ids that each report leaves open below its newest row
		w.event(w.clock.Now(), "user.signed_in", "Ann")
		if err := w.slow(w.clock.Now(), "campaign.launched").Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.event(w.clock.Now(), "user.signed_in", "Ben")
		w.at(week.End.Add(time.Hour))
		w.due(s)
		if n := w.count(`SELECT count(*) FROM (SELECT * FROM reports ORDER BY week_start DESC LIMIT 1) r, unnest(r.unseen) g WHERE NOT upper_inf(g)`); n != want {
			t.Errorf("the report of %s leaves %d gaps open, want %d", week, n, want)
		}
		w.exec(`UPDATE reports SET seen_at = seen_at - interval '25 hours'`)
		week = week.Next()
	}
	if n := w.count(`SELECT count(*) FROM reports WHERE unseen IS NULL OR NOT upper_inf(unseen)`); n != 0 {
		t.Errorf("%d reports do not say what they could not see", n)
	}
}
