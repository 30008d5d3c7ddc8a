package report

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// pdfRows is where a PDF ends and another begins: a document is held in memory
// while it is made.
const pdfRows = 20_000

// Millimetres of landscape A4, and points of type.
const (
	pageWidth  = 297.0
	pageHeight = 210.0
	margin     = 12.0
	inner      = pageWidth - 2*margin
	tableTop   = 27.0
	tableEnd   = pageHeight - 14
	lineHeight = 3.0
	rowGap     = 1.5
	small      = 6.4
)

// column is one of the table's.
type column struct {
	title string
	width float64
	cell  func(Event, *time.Location) string
}

// columns of the table; together as wide as the page.
func columns() []column {
	return []column{
		{"Event", 16, func(e Event, _ *time.Location) string { return strconv.FormatInt(e.ID, 10) }},
		{"Time", 35, func(e Event, zone *time.Location) string { return e.At.In(zone).Format("Mon 2 Jan 15:04:05.000 MST") }},
		{"Account", 36, func(e Event, _ *time.Location) string {
			if e.AccountID == nil {
				return "Callshu"
			}
			return e.Account
		}},
		{"Who", 40, func(e Event, _ *time.Location) string { return join(e.ActorKind, e.ActorName, e.IP) }},
		{"What", 36, func(e Event, _ *time.Location) string { return e.Action }},
		{"About", 40, func(e Event, _ *time.Location) string { return join(e.SubjectKind, e.SubjectID) }},
		{"Detail", 50, func(e Event, _ *time.Location) string { return flat(e.Detail) }},
		{"Seal", 20, func(e Event, _ *time.Location) string {
			if e.Seal == nil {
				return "not yet"
			}
			return fmt.Sprintf("%d · %s", *e.Seal, hex.EncodeToString(e.SealHash[:min(4, len(e.SealHash))]))
		}},
	}
}

func join(words ...string) string {
	var kept []string
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " · ")
}

// cover is what the first page of every part says.
type cover struct {
	week    Week
	figures Figures
	made    time.Time
	zone    *time.Location
	part    int
	parts   int
}

func (c cover) partOf() string { return fmt.Sprintf("Part %d of %d", c.part, c.parts) }

// document is a PDF being made. Its methods may only be called in turn.
type document struct {
	cover
	pdf     *fpdf.Fpdf
	glyphs  glyphs
	columns []column
	widths  map[rune]float64 // of the small type, in millimetres
	y       float64
}

// newDocument opens with the page of charts.
func newDocument(c cover, fonts [2][]byte, known glyphs) *document {
	pdf := fpdf.New("L", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes("sans", "", fonts[0])
	pdf.AddUTF8FontFromBytes("sans", "B", fonts[1])
	pdf.AliasNbPages("")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCreationDate(c.made)
	pdf.SetModificationDate(c.made)
	pdf.SetCatalogSort(true)
	pdf.SetLang("en-CA")
	pdf.SetTitle("Callshu audit report, "+c.week.String()+", "+strings.ToLower(c.partOf()), true)
	pdf.SetCreator("Callshu", true)
	d := &document{cover: c, pdf: pdf, glyphs: known, columns: columns(), widths: map[rune]float64{}}
	pdf.SetFooterFunc(d.footer)
	pdf.AddPage()
	d.charts()
	return d
}

func (d *document) footer() {
	d.pdf.SetFont("sans", "", small)
	d.ink(muted)
	d.pdf.Text(margin, pageHeight-7, "Callshu audit report · "+d.week.String()+" · "+d.partOf())
	d.pdf.SetXY(pageWidth-margin-40, pageHeight-10)
	d.pdf.CellFormat(40, 4, fmt.Sprintf("Page %d of {nb}", d.pdf.PageNo()), "", 0, "R", false, 0, "")
}

func (d *document) tablePage() {
	d.pdf.AddPage()
	d.pdf.SetFont("sans", "B", 11)
	d.ink(dark)
	d.pdf.Text(margin, 15, "Events")
	d.pdf.SetFont("sans", "", 7.5)
	d.ink(muted)
	d.pdf.Text(margin+18, 15, d.week.String()+" · times of "+zoneName+" · "+d.partOf())
	d.fill(plum)
	d.pdf.Rect(margin, 18.5, inner, 6, "F")
	d.pdf.SetFont("sans", "B", 7)
	d.ink(white)
	x := margin
	for _, c := range d.columns {
		d.pdf.Text(x+1.5, 22.6, c.title)
		x += c.width
	}
	d.pdf.SetFont("sans", "", small)
	d.ink(dark)
	d.y = tableTop
}

// row writes an event. One that does not fit the rest of a page moves to the
// next; one that fits no page goes on over as many as it needs.
func (d *document) row(e Event) {
	cells := make([][]string, len(d.columns))
	lines := 0
	if d.y == 0 {
		d.tablePage()
	}
	for i, c := range d.columns {
		cells[i] = d.wrap(d.glyphs.printable(c.cell(e, d.zone)), c.width-3)
		lines = max(lines, len(cells[i]))
	}
	if height := float64(lines) * lineHeight; d.y+height > tableEnd && height <= tableEnd-tableTop {
		d.tablePage()
	}
	for line := range lines {
		if d.y+lineHeight > tableEnd {
			d.tablePage()
		}
		x := margin
		for i, c := range d.columns {
			if line < len(cells[i]) {
				d.pdf.Text(x+1.5, d.y+2.2, cells[i][line])
			}
			x += c.width
		}
		d.y += lineHeight
	}
	d.draw(hairline)
	d.pdf.SetLineWidth(0.1)
	d.pdf.Line(margin, d.y+0.4, pageWidth-margin, d.y+0.4)
	d.y += rowGap
}

// wrap cuts a text into lines of at most width millimetres: behind a blank or
// a mark where there is one, else anywhere.
func (d *document) wrap(text string, width float64) []string {
	var lines []string
	start, breakAt := 0, 0
	used, usedAtBreak := 0.0, 0.0
	for i, r := range text {
		w := d.runeWidth(r)
		if used+w > width && i > start {
			cut := i
			if breakAt > start {
				cut = breakAt
			} else {
				usedAtBreak = used
			}
			lines = append(lines, strings.TrimRight(text[start:cut], " "))
			start, used = cut, used-usedAtBreak
		}
		used += w
		if strings.ContainsRune(" ,:;/-_@>", r) {
			breakAt, usedAtBreak = i+len(string(r)), used
		}
	}
	return append(lines, text[start:])
}

func (d *document) runeWidth(r rune) float64 {
	w, known := d.widths[r]
	if !known {
		w = d.pdf.GetStringWidth(string(r))
		d.widths[r] = w
	}
	return w
}

// close returns the finished file.
func (d *document) close() (body []byte, err error) {
	defer func() { // the library panics on what it did not foresee
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("write pdf: %v", thrown)
		}
	}()
	if d.y == 0 {
		d.tablePage()
		d.pdf.Text(margin+1.5, d.y+2.2, "Nothing happened in this week.")
	}
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	if out.Len() == 0 {
		return nil, errors.New("write pdf: it is empty")
	}
	return out.Bytes(), nil
}

// book writes events as PDF, a new document whenever one is full.
type book struct {
	cover  cover
	limit  int // rows
	fonts  [2][]byte
	glyphs glyphs
	open   *document
	rows   int64
	done   []part
}

func newBook(c cover, limit int) (*book, error) {
	b := &book{cover: c, limit: limit}
	var err error
	for i, packed := range [][]byte{sans, sansBold} {
		if b.fonts[i], err = unzip(packed); err != nil {
			return nil, err
		}
	}
	if b.glyphs, err = readCoverage(); err != nil {
		return nil, err
	}
	b.cover.parts = max(1, (int(c.figures.Events)+limit-1)/limit)
	return b, nil
}

func (b *book) begin() {
	if b.open == nil {
		b.cover.part++
		b.open, b.rows = newDocument(b.cover, b.fonts, b.glyphs), 0
	}
}

func (b *book) add(e Event) error {
	if b.rows == int64(b.limit) {
		if err := b.finish(); err != nil {
			return err
		}
	}
	b.begin()
	b.open.row(e)
	b.rows++
	return nil
}

func (b *book) finish() error {
	b.begin()
	body, err := b.open.close()
	if err != nil {
		return err
	}
	b.done = append(b.done, part{body: body, rows: b.rows})
	b.open, b.rows = nil, 0
	return nil
}
