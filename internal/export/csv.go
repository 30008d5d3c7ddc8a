// Package export owns files that leave the product: CSV that a spreadsheet
// opens without running anything. It must never write a cell that a
// spreadsheet could take for a formula, nor decide who may have a file.
package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// ContentType is the media type of the files that a CSV writes.
const ContentType = "text/csv; charset=utf-8"

// byteOrderMark makes spreadsheets read the file as UTF-8.
const byteOrderMark = "\uFEFF"

// CSV writes rows. Errors are kept until Close, so that callers write row
// after row without looking.
type CSV struct {
	w   *csv.Writer
	err error
}

// NewCSV starts a file with a byte order mark and its header row. Lines end in
// CRLF (RFC 4180).
func NewCSV(w io.Writer, header ...string) *CSV {
	_, err := io.WriteString(w, byteOrderMark)
	c := &CSV{w: csv.NewWriter(w), err: err}
	c.w.UseCRLF = true
	c.Row(header...)
	return c
}

// Row writes one row, each cell made harmless.
func (c *CSV) Row(cells ...string) {
	if c.err != nil {
		return
	}
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Safe(cell)
	}
	c.err = c.w.Write(safe)
}

// Close flushes and returns the first error of all rows. It does not close the
// underlying writer.
func (c *CSV) Close() error {
	c.w.Flush()
	if c.err == nil {
		c.err = c.w.Error()
	}
	if c.err != nil {
		return fmt.Errorf("write csv: %w", c.err)
	}
	return nil
}

// Safe returns the cell so that no spreadsheet runs it: one that starts like a
// formula, in ASCII or in full-width forms, gets an apostrophe in front, which
// spreadsheets show as text.
func Safe(cell string) string {
	if startsFormula(cell) {
		return "'" + cell
	}
	return cell
}

// Plain undoes Safe, for files that come back.
func Plain(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && startsFormula(rest) {
		return rest
	}
	return cell
}

// startsFormula also looks behind leading blanks: some programs drop them.
func startsFormula(cell string) bool {
	if cell == "" {
		return false
	}
	if strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return true
	}
	for _, r := range strings.TrimLeft(cell, " \u00A0\u3000") {
		return strings.ContainsRune("=+-@\t\r\n＝＋－＠\uFE62\uFE63\uFE66\uFE6B\u2212", r)
	}
	return false
}

// Attachment returns the Content-Disposition of a download. The name is made
// of ASCII letters, digits, dots, dashes and underscores; anything else
// becomes a dash.
func Attachment(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
	return `attachment; filename="` + clean + `"`
}
