package employee

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/export"
)

// WriteRejected writes all rejected rows of a file as CSV: the cells as they
// stood, behind the line and what is wrong with it. Mended, it can be imported
// as it is: the first two columns are headed by nothing that we understand.
func (s *Service) WriteRejected(ctx context.Context, account, id uuid.UUID, to io.Writer) error {
	_, sheet, err := s.readStored(ctx, account, id)
	if err != nil {
		return err
	}
	header := []string{"line", "problem"}
	for _, c := range sheet.columns {
		header = append(header, c.Heading)
	}
	file := export.NewCSV(to, header...)
	for _, fault := range sheet.faults {
		file.Row(slices.Concat([]string{strconv.Itoa(sheet.records[fault.record].line), sheet.sentence(fault)}, sheet.cells(fault.record))...)
	}
	return file.Close()
}

// sentence names the column, where it is one's fault.
func (s *sheet) sentence(f fault) string {
	if heading := s.headingOf(f.column); heading != "" {
		return heading + ": " + f.flaw.message
	}
	return f.flaw.message
}

// cells are those of a row as they stood. Where quotes do not match, nobody knows
// where one ends: such a line is one cell.
func (s *sheet) cells(record int) []string {
	r := s.records[record]
	if s.broken[r.line] {
		return []string{strings.TrimSuffix(string(s.lines[r.line-1]), "\r")}
	}
	cells := make([]string, len(r.cells))
	for i, cell := range r.cells {
		cells[i] = export.Plain(cell)
	}
	return cells
}

// unread counts the rejected rows whose number cannot be read.
func (s *sheet) unread() int {
	n := 0
	for _, f := range s.faults {
		if f.unread {
			n++
		}
	}
	return n
}

// keys are the phones that a file names.
func (s *sheet) keys() [][]byte {
	keys := make([][]byte, 0, len(s.named))
	for key := range s.named {
		keys = append(keys, []byte(key))
	}
	return keys
}
