package employee

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/export"
)

// Limits of one file.
const (
	MaxFileBytes = 16 << 20
	MaxRows      = 100_000
	maxColumns   = 20
	maxCellBytes = 1000
	// maxListed is how many rejected rows are named one by one; all are counted.
	maxListed = 200
)

// RowError is why one row of a file was not taken.
type RowError struct {
	Row     int // line of the file; the headings are line 1
	Column  string
	Code    string
	Message string
}

// sheet is a file. Once it is read, every row is in people or in faults.
type sheet struct {
	lines   [][]byte // as received; each row is one
	columns []Column
	records []record // rows below the headings
	broken  map[int]bool
	at      map[field]int
	people  []person
	faults  []fault
	named   map[string]bool // phone keys in the file, also of rows that are rejected for something else
}

// fault is why a row is not taken.
type fault struct {
	record int // its place among the records
	column field
	flaw   *flaw
	unread bool // its number is not known, nor who it is
}

func (s *sheet) has(f field) bool {
	_, ok := s.at[f]
	return ok
}

// reading is how cells become people.
type reading struct {
	key       func(e164 string) []byte
	zones     func(e164 string) string
	knownZone ZoneChecker
}

// remembering returns the same reading with a memory of its own, for one
// goroutine: the zones of a number follow from its area code and exchange, and
// looking them up costs as much as all the rest of a row.
func (r reading) remembering() reading {
	known := map[string]string{}
	r.zones = func(e164 string) string {
		exchange := e164[:len("+1416555")]
		zones, ok := known[exchange]
		if !ok {
			zones = zonesOf(e164)
			known[exchange] = zones
		}
		return zones
	}
	return r
}

func badFile(code, format string, args ...any) error {
	return apperr.InvalidField("file", code, format, args...)
}

// openSheet splits a file into its headings and rows.
func openSheet(data []byte) (*sheet, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	records, broken, err := readRecords(text)
	if err != nil {
		return nil, err
	}
	s := &sheet{lines: bytes.Split(text, []byte("\n")), records: records[1:], broken: broken}
	if err := s.readHeadings(records[0].cells); err != nil {
		return nil, err
	}
	if len(s.records) == 0 {
		return nil, badFile("empty", "The file has headings but no people.")
	}
	return s, nil
}

// notText are how files begin that people take for lists: archives, among them
// new spreadsheets, old spreadsheets, compressed files, documents.
var notText = []string{"PK\x03\x04", "PK\x05\x06", "\xD0\xCF\x11\xE0", "\x1F\x8B", "%PDF-"}

// decodeText accepts UTF-8, with or without a byte order mark, and nothing else.
func decodeText(data []byte) ([]byte, error) {
	switch {
	case len(data) > MaxFileBytes:
		return nil, badFile("too_large", "The file is larger than %d MiB. Split it.", MaxFileBytes>>20)
	case slices.ContainsFunc(notText, func(begin string) bool { return bytes.HasPrefix(data, []byte(begin)) }):
		return nil, badFile("not_csv", "This is a spreadsheet or archive. Save it as “CSV UTF-8” and try again.")
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, badFile("not_utf8", "The file is not UTF-8 text. In your spreadsheet choose “CSV UTF-8” when saving.")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, badFile("empty", "The file is empty.")
	}
	return data, nil
}

type record struct {
	line  int
	cells []string
}

// readRecords splits the file. broken holds the lines whose quotes do not
// match; their cells are unknown. A quote that does not close in its own line
// takes the people below into one cell, perhaps all of them: such a file is
// refused, so that each row is always one line and none goes missing.
func readRecords(text []byte) (records []record, broken map[int]bool, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = delimiterOf(text)
	r.FieldsPerRecord = -1
	broken = map[int]bool{}
	for {
		cells, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(records) == 0 {
				return nil, nil, badFile("empty", "The file is empty.")
			}
			return records, broken, nil
		case errors.As(err, &parse):
			if parse.Line > parse.StartLine {
				return nil, nil, openQuote(parse.StartLine)
			}
			if len(records) == 0 {
				return nil, nil, badFile("bad_quotes", "The quotes in the first line do not match.")
			}
			broken[parse.StartLine] = true
			records = append(records, record{line: parse.StartLine})
		case err != nil:
			return nil, nil, fmt.Errorf("read csv: %w", err)
		case spansLines(cells):
			line, _ := r.FieldPos(0)
			return nil, nil, openQuote(line)
		case isBlank(cells): // what spreadsheets leave below the last person
		default:
			line, _ := r.FieldPos(0)
			records = append(records, record{line: line, cells: cells})
		}
		if len(records) > MaxRows+1 {
			return nil, nil, badFile("too_many_rows", "The file has more than %d people. Split it.", MaxRows)
		}
	}
}

// openQuote names the line that a cell starts in: the cells before it ended
// there, so the row started there too.
func openQuote(line int) error {
	return badFile("bad_quotes", "A quote opens in line %d and does not close in that line. Close it, or take the line break out of the cell.", line)
}

// spansLines tells a cell with a line break; only quoted cells can hold one.
func spansLines(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool { return strings.Contains(cell, "\n") })
}

func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// delimiterOf looks at the first line: spreadsheets in French write semicolons.
func delimiterOf(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	quoted, commas, semicolons := false, 0, 0
	for _, c := range first {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			commas++
		case c == ';':
			semicolons++
		}
	}
	if semicolons > commas {
		return ';'
	}
	return ','
}

type outcome struct {
	person person
	column field
	bad    *flaw
}

// readPeople checks all rows on all cores (a number costs some 10 µs) and then
// looks for repeated numbers in the order of the file.
func (s *sheet) readPeople(how reading) {
	outcomes := make([]outcome, len(s.records))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	chunk := max(1, (len(s.records)+workers-1)/workers)
	for start := 0; start < len(s.records); start += chunk {
		wg.Go(func() {
			how := how.remembering()
			for i := start; i < min(start+chunk, len(s.records)); i++ {
				outcomes[i] = s.readRow(s.records[i], s.broken[s.records[i].line], how)
			}
		})
	}
	wg.Wait()
	s.people = make([]person, 0, len(s.records))
	s.named = make(map[string]bool, len(s.records))
	firstRow := make(map[string]int, len(s.records))
	for i, o := range outcomes {
		if o.person.key != nil {
			s.named[string(o.person.key)] = true
		}
		if o.bad == nil {
			if first, repeated := firstRow[o.person.phone]; repeated {
				o.column, o.bad = fieldPhone, &flaw{"duplicate_in_file", fmt.Sprintf("Row %d has the same number.", first)}
			}
		}
		if o.bad != nil {
			s.faults = append(s.faults, fault{i, o.column, o.bad, o.person.key == nil})
			continue
		}
		firstRow[o.person.phone] = s.records[i].line
		s.people = append(s.people, o.person)
	}
}

// errors names the first rejected rows one by one.
func (s *sheet) errors() []RowError {
	list := make([]RowError, 0, min(maxListed, len(s.faults)))
	for _, f := range s.faults[:cap(list)] {
		list = append(list, RowError{Row: s.records[f.record].line, Column: s.headingOf(f.column), Code: f.flaw.code, Message: f.flaw.message})
	}
	return list
}

// headingOf names a column as the file does.
func (s *sheet) headingOf(f field) string {
	if i, ok := s.at[f]; ok {
		return s.columns[i].Heading
	}
	return string(f)
}

func (s *sheet) readRow(rec record, broken bool, how reading) outcome {
	p := person{row: rec.line}
	// Whoever can be told by the number is named in the file, whatever else is wrong.
	fail := func(f field, bad *flaw) outcome { return outcome{person: p, column: f, bad: bad} }
	switch {
	case broken:
		return fail("", &flaw{"bad_quotes", "The quotes in this row do not match."})
	case len(rec.cells) > len(s.columns):
		return fail("", &flaw{"too_many_cells", "This row has more cells than there are headings."})
	}
	cell := func(f field) string {
		if i, ok := s.at[f]; ok && i < len(rec.cells) {
			return export.Plain(rec.cells[i])
		}
		return ""
	}
	var bad *flaw
	if number := cell(fieldPhone); len(number) <= maxCellBytes {
		bad = p.setPhone(number, how.key, how.zones)
	}
	if i := slices.IndexFunc(rec.cells, func(cell string) bool { return len(cell) > maxCellBytes }); i >= 0 {
		return fail(field(s.columns[i].Field), &flaw{"cell_too_long", fmt.Sprintf("A cell has at most %d bytes.", maxCellBytes)})
	}
	if bad != nil {
		return fail(fieldPhone, bad)
	}
	if f, bad := p.setNames(cell(fieldName), cell(fieldFirstName), cell(fieldLastName)); bad != nil {
		return fail(f, bad)
	}
	if p.language, bad = checkLanguage(cell(fieldLanguage)); bad != nil {
		return fail(fieldLanguage, bad)
	}
	if p.timeZone, bad = checkZone(cell(fieldTimeZone), how.knownZone); bad != nil {
		return fail(fieldTimeZone, bad)
	}
	if p.tags, bad = checkTags(strings.FieldsFunc(cell(fieldTags), func(r rune) bool { return r == ';' || r == '|' })); bad != nil {
		return fail(fieldTags, bad)
	}
	return outcome{person: p}
}

// setNames joins what the file has: a full name, or first and last name. A
// "name" beside a first name is the last name unless it already holds it.
func (p *person) setNames(name, first, last string) (field, *flaw) {
	if last == "" && first != "" && name != "" && !slices.Contains(strings.Fields(Fold(name)), Fold(first)) && !strings.Contains(Fold(name), Fold(first)) {
		name, last = "", name
	}
	full, at := name, fieldName
	if strings.TrimSpace(full) == "" {
		full = strings.TrimSpace(first + " " + last)
		if first != "" || last != "" {
			at = fieldFirstName
		}
	}
	var bad *flaw
	if p.name, bad = checkName(full); bad != nil {
		return at, bad
	}
	if p.firstName, bad = checkFirstName(first, p.name); bad != nil {
		return fieldFirstName, bad
	}
	return "", nil
}
