package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// busy is a log that others write into while a report is made.
type busy struct {
	t      *testing.T
	worker *postgres.Pool
	sealer *audit.Sealer
	week   Week
}

// add writes down acts of every day of the week, and seals them.
func (b *busy) add(action string, n int) {
	b.t.Helper()
	err := b.worker.InTx(b.t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(b.t.Context(), `INSERT INTO audit_events (at, actor_kind, action) SELECT $1::timestamptz + n * interval '1 minute', 'system', $2 FROM generate_series(1, $3::int) n`,
			b.week.Start, action, n)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for range 5 { // the sealer takes some at a time
		if _, err := b.sealer.SealOnce(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Figures, head, CSV and PDF are of one moment: what is written down and sealed
// while they are made, between any two of their statements, is in none of them.
func TestC42AReportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	at := time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)
	b := &busy{t: t, worker: db.Open(postgres.RoleWorker), week: WeekOf(at, time.UTC)}
	b.sealer = &audit.Sealer{Worker: b.worker, Clock: clock.NewManual(at), Log: slog.New(slog.DiscardHandler)}
	const before = fetched + 500 // more than one page
	b.add("test.before", before)

	var w *writer
	var taken int64
	pages := 0
	figures, err := gather(t.Context(), b.worker, b.week, func(f Figures) (func([]Event) error, error) {
		b.add("test.between", 300) // between the figures and the rows
		var err error
		w, err = newWriter(b.week, f, at, limits{csvBytes: csvBytes, pdfRows: pdfRows})
		return func(page []Event) error {
			b.add("test.during", 300) // between two pages
			taken += int64(len(page))
			pages++
			return w.take(page)
		}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := w.files(b.week, figures.Events)
	if err != nil {
		t.Fatal(err)
	}
	if figures.Events != before || taken != before || pages != 2 || figures.Through != before || figures.Unseen != fmt.Sprintf("{[%d,)}", before+1) {
		t.Errorf("%d events counted, %d taken on %d pages, through %d, unseen %s; want %d of all", figures.Events, taken, pages, figures.Through, figures.Unseen, before)
	}
	if figures.Head.Seals != int64(before) || len(figures.Kinds) != 1 || sum(figures.Kinds[0].Days) != before {
		t.Errorf("head %+v, kinds %+v; want those of %d events", figures.Head, figures.Kinds, before)
	}
	rows := map[string]int64{}
	for _, f := range files {
		rows[f.Kind] += f.Rows
		if f.Kind == CSV {
			b.check(f)
		}
	}
	if rows[CSV] != before || rows[PDF] != before {
		t.Errorf("events in the files: %v, want %d", rows, before)
	}
}

// check: the CSV itself says nothing that came later, and every row has its seal.
func (b *busy) check(f File) {
	b.t.Helper()
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Body, []byte("\uFEFF")))).ReadAll()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, record := range records[1:] {
		if record[8] != "test.before" || len(record[15]) != 64 {
			b.t.Fatalf("a row that was not there, or has no seal: %v", record)
		}
	}
}
