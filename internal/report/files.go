package report

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Kinds of files.
const (
	CSV = "csv"
	PDF = "pdf"
)

// File is one file of a report.
type File struct {
	ID     uuid.UUID
	Kind   string
	Part   int
	Parts  int
	Name   string
	Size   int64 // bytes
	SHA256 []byte
	Rows   int64 // events in it
	Body   []byte

	PurgedAt *time.Time // its bytes are gone since then, with the events
}

// MediaType is what the file is for mail and browsers.
func (f File) MediaType() string {
	if f.Kind == PDF {
		return "application/pdf"
	}
	return "text/csv; charset=utf-8"
}

// limits say where files are cut. Tests use smaller ones.
type limits struct {
	csvBytes int
	pdfRows  int
}

// writer makes the files of a report from its events.
type writer struct {
	table *table
	book  *book
}

func newWriter(week Week, figures Figures, made time.Time, l limits) (*writer, error) {
	zone := week.Start.Location()
	b, err := newBook(cover{week: week, figures: figures, made: made, zone: zone}, l.pdfRows)
	if err != nil {
		return nil, err
	}
	return &writer{table: &table{zone: zone, limit: l.csvBytes}, book: b}, nil
}

func (w *writer) take(events []Event) error {
	for _, e := range events {
		if err := w.table.add(e); err != nil {
			return err
		}
		if err := w.book.add(e); err != nil {
			return err
		}
	}
	return nil
}

// files finishes and names the files, PDF first: that is what people open.
func (w *writer) files(week Week, events int64) ([]File, error) {
	if err := w.table.finish(); err != nil {
		return nil, err
	}
	if w.book.open != nil || len(w.book.done) == 0 {
		if err := w.book.finish(); err != nil {
			return nil, err
		}
	}
	files := append(named(week, PDF, w.book.done), named(week, CSV, w.table.done)...)
	written := map[string]int64{}
	for _, f := range files {
		written[f.Kind] += f.Rows
	}
	// The promise is all events: a report that lacks one must not come to be.
	for kind, rows := range written {
		if rows != events {
			return nil, fmt.Errorf("write report: the %s holds %d events of %d", kind, rows, events)
		}
	}
	return files, nil
}

func named(week Week, kind string, parts []part) []File {
	files := make([]File, len(parts))
	for i, p := range parts {
		hash := sha256.Sum256(p.body)
		name := "callshu-audit-" + week.name()
		if len(parts) > 1 {
			name += fmt.Sprintf("-part-%d-of-%d", i+1, len(parts))
		}
		files[i] = File{ID: uuid.New(), Kind: kind, Part: i + 1, Parts: len(parts), Name: name + "." + kind,
			Size: int64(len(p.body)), SHA256: hash[:], Rows: p.rows, Body: p.body}
	}
	return files
}

// mailBytes is what one mail carries at most, before it is encoded, unless a
// single file is larger.
const mailBytes = 10 << 20

// bundles spreads files over mails.
func bundles(files []File, limit int64) [][]File {
	var mails [][]File
	var room int64
	for _, f := range files {
		if len(mails) == 0 || f.Size > room {
			mails, room = append(mails, nil), limit
		}
		mails[len(mails)-1] = append(mails[len(mails)-1], f)
		room -= f.Size
	}
	return mails
}
