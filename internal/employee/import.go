package employee

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/cardnumber"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/postgres"
)

// The states of an import: a file is open until somebody confirms it, then a
// job takes it.
const (
	ImportOpen    = "open"
	ImportQueued  = "queued"
	ImportRunning = "running"
	ImportDone    = "done"
	ImportFailed  = "failed"
)

// KeepFiles is how long a file waits, and how long its rejected rows and those
// it does not name can be looked at after it was taken.
const KeepFiles = 24 * time.Hour

const (
	keptFiles   = 5 // of one account at a time, beside those that a job has in hand
	sampleSize  = 5
	maxFileName = 120
)

// Import is a file of people on its way to the list.
type Import struct {
	ID          uuid.UUID
	FileName    string
	State       string
	CreatedAt   time.Time
	ConfirmedAt *time.Time
	FinishedAt  *time.Time
	Phase       string // reading, writing or inviting while it runs
	Done, ToDo  int    // people written, of those who are new or changed
	Counts
	InvitationsQueued int
	FinishAt          *time.Time // about when the last invitation has been sent
	ProblemCode       string     // why its columns cannot be read, or why it failed
	Problem           string
	Archive           string // of those who are gone: queued, done or "" for not asked
	ArchiveConfirmed  int
	Archived          int
	Kept              bool   // the file is still here
	Check             *Check // only while it is open
}

// Counts are what was, or would be, done with the rows of a file. While it is
// open they are of this moment, later those of the run.
type Counts struct {
	Total     int // rows with people in the file
	New       int
	Changed   int
	Unchanged int
	Rejected  int
	Gone      int // people on the list whom the file does not name
}

// Check is how a file would be read.
type Check struct {
	Columns []Column
	Preview [][]string   // cells of the first rows, as they stand
	Errors  []RowError   // of the first 200 rejected rows
	Sample  []Employee   // the first five that would be taken
	Changes []Difference // of the first five that would change
	// Unread is how many rejected rows have no number that can be read: whoever
	// they are may be among those who are gone.
	Unread int
}

// Difference is what a file would change of one person.
type Difference struct {
	Name, Phone string
	Fields      []FieldChange
}

// FieldChange is one field before and after.
type FieldChange struct{ Field, Before, After string }

// Upload keeps a file until it is confirmed and says how it would be read. What
// cannot be a list at all is refused and not kept. Card numbers are taken out
// before anything is stored.
func (s *Service) Upload(ctx context.Context, by By, name string, data []byte) (Import, error) {
	name, bad := clean(name, maxFileName)
	if bad != nil {
		return Import{}, &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: bad.message, Fields: []apperr.Field{{Location: "query.name", Code: bad.code, Message: bad.message}}}
	}
	hash := sha256.Sum256(data)
	data = withoutCards(data)
	sheet, err := openSheet(data)
	if err != nil {
		return Import{}, err
	}
	f := file{ID: uuid.Must(uuid.NewV7()), UserID: by.Actor.ID, Name: orElse(name, "list.csv"), ContentHash: hash[:], State: ImportOpen, CreatedAt: s.Clock.Now()}
	err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		last, err := lastFields(ctx, tx)
		if err != nil {
			return err
		}
		f.Fields = namesOf(sheet.proposed(func(heading string) (field, bool) { return last.find(s.headingKey(heading)) }))
		if err := dropFiles(ctx, tx, keptFiles-1); err != nil {
			return err
		}
		return f.insert(ctx, tx, by.Account, data)
	})
	if err != nil {
		return Import{}, err
	}
	return s.checked(ctx, by, f, sheet)
}

// withoutCards takes numbers of payment cards out of a file. Lines are looked at
// one by one: no number spans two cells, and no cell two lines.
func withoutCards(data []byte) []byte {
	var out []byte
	at := 0
	for line := range strings.Lines(string(data)) {
		if cardnumber.In(line) {
			if out == nil {
				out = append(make([]byte, 0, len(data)), data[:at]...)
			}
			out = append(out, cardnumber.Without(line)...)
		} else if out != nil {
			out = append(out, line...)
		}
		at += len(line)
	}
	if out == nil {
		return data
	}
	return out
}

func namesOf(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return names
}

// headingKey is how a heading is remembered: no word of it is kept.
func (s *Service) headingKey(heading string) string {
	return keyText(s.Key("heading " + plainHeading(heading)))
}

var (
	errNoImport = apperr.New(apperr.NotFound, "import_not_found", "There is no such import. Files are kept for a day.")
	errTaken    = apperr.New(apperr.Conflict, "import_confirmed", "This file was confirmed already.")
)

// SetColumns says what each column of an open file is, and remembers it for the
// next file with the same headings.
func (s *Service) SetColumns(ctx context.Context, by By, id uuid.UUID, names []string) (Import, error) {
	f, sheet, err := s.open(ctx, by.Account, id)
	if err != nil {
		return Import{}, err
	}
	fields := make([]field, len(names))
	for i, name := range names {
		var known bool
		if fields[i], known = knownField(name); !known {
			return Import{}, badColumns("unknown_field", "A column can be taken for none but the fields that Callshu knows.")
		}
	}
	if len(fields) != len(sheet.columns) {
		return Import{}, badColumns("column_count", "Say of each of the %d columns what it is.", len(sheet.columns))
	}
	f.Fields = namesOf(fields)
	f.State = ImportOpen
	err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		if err := lockImports(ctx, tx, by.Account); err != nil {
			return err
		}
		if err := f.setFields(ctx, tx); err != nil {
			return err
		}
		if sheet.assign(fields) != nil {
			return nil // kept for the next look, not remembered for the next file
		}
		return s.remember(ctx, tx, by.Account, sheet.columns)
	})
	if err != nil {
		return Import{}, err
	}
	return s.checked(ctx, by, f, sheet)
}

// open returns a file that nobody has confirmed yet.
func (s *Service) open(ctx context.Context, account, id uuid.UUID) (file, *sheet, error) {
	f, sheet, err := s.stored(ctx, account, id)
	if err == nil && !f.waits() {
		err = errTaken
	}
	return f, sheet, err
}

// stored returns a file with its bytes, split into rows.
func (s *Service) stored(ctx context.Context, account, id uuid.UUID) (file, *sheet, error) {
	var f file
	var data []byte
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		var err error
		if f, err = findFile(ctx, tx, id); err != nil {
			return err
		}
		data, err = fileData(ctx, tx, id)
		return err
	})
	if err != nil {
		return file{}, nil, err
	}
	sheet, err := openSheet(data)
	return f, sheet, err
}

// checked adds to an open file what would be done with it now.
func (s *Service) checked(ctx context.Context, by By, f file, sheet *sheet) (Import, error) {
	result := f.imported()
	result.Total = len(sheet.records)
	check := &Check{Preview: sheet.preview()}
	result.Check = check
	refusal, refused := apperr.As(sheet.assign(fieldsOf(f.Fields)))
	check.Columns = sheet.columns
	if refused {
		result.ProblemCode, result.Problem = refusal.Fields[0].Code, refusal.Message
		return result, nil
	}
	sheet.readPeople(s.reading())
	result.Rejected, check.Errors, check.Unread = len(sheet.faults), sheet.errors(), sheet.unread()
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		found, err := merge(ctx, tx, by.Account, sheet, by.language())
		if err != nil {
			return err
		}
		found.count(&result.Counts, sheet)
		check.Changes = found.differences()
		if result.Gone, err = countGone(ctx, tx, by.Account, sheet.keys(), nil); err != nil {
			return err
		}
		check.Sample, err = sheet.sample(ctx, tx, by.Account)
		return err
	})
	return result, err
}

func (s *Service) reading() reading { return reading{key: s.Key, knownZone: s.Zones.Valid} }

// FindImport returns one import; an open one with what would be done with it
// now, a past one from the record of what was taken.
func (s *Service) FindImport(ctx context.Context, by By, id uuid.UUID) (Import, error) {
	var f file
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		var err error
		f, err = findFile(ctx, tx, id)
		return err
	})
	if apperr.HasCode(err, errNoImport.Code) {
		return s.pastImport(ctx, by.Account, id)
	}
	if err != nil || !f.waits() {
		return f.imported(), err
	}
	f, sheet, err := s.stored(ctx, by.Account, id)
	if err != nil || !f.waits() {
		return f.imported(), err
	}
	return s.checked(ctx, by, f, sheet)
}

// Imports lists the files that are here, the newest first.
func (s *Service) Imports(ctx context.Context, account uuid.UUID) ([]Import, error) {
	var list []Import
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		files, err := findFiles(ctx, tx)
		for _, f := range files {
			list = append(list, f.imported())
		}
		return err
	})
	return list, err
}

// sample shows the first people of the file, with the consent that their
// numbers have here: who said STOP and comes back is shown so.
func (s *sheet) sample(ctx context.Context, tx pgx.Tx, account uuid.UUID) ([]Employee, error) {
	people := s.people[:min(sampleSize, len(s.people))]
	given, err := findConsents(ctx, tx, account, people)
	if err != nil {
		return nil, err
	}
	sample := make([]Employee, 0, sampleSize)
	for _, p := range people {
		e := Employee{Name: p.name, FirstName: p.firstName, Phone: p.phone, Country: p.country, Language: p.language,
			TimeZone: p.timeZone, Tags: p.tags, State: consent.StateNone}
		if known, ok := given[string(p.key)]; ok {
			e.State, e.StateAt = known.state, known.at
		}
		sample = append(sample, e)
	}
	return sample, nil
}

// preview is the first rows as they stand, one cell for each column.
func (s *sheet) preview() [][]string {
	rows := make([][]string, 0, sampleSize)
	for i := range s.records[:min(sampleSize, len(s.records))] {
		cells := s.cells(i)
		row := make([]string, len(s.columns))
		for c := range row {
			if c < len(cells) {
				row[c] = shown(cells[c])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// shown is a cell in a preview, at a length that a page can hold.
func shown(cell string) string {
	const most = 80
	if runes := []rune(cell[:min(len(cell), 4*most)]); len(runes) > most || len(cell) > 4*most {
		return string(runes[:min(most, len(runes))]) + "…"
	}
	return cell
}

// ForgetImports deletes files whose time is over: what was taken from them
// stands on the list and in the record of imports.
func ForgetImports(ctx context.Context, worker *postgres.Pool, now time.Time) error {
	return worker.InTx(ctx, func(tx pgx.Tx) error { return forgetFiles(ctx, tx, now.Add(-KeepFiles)) })
}

func (f file) by(account uuid.UUID) By {
	return By{Account: account, Language: f.Language, Actor: audit.Actor{Kind: audit.User, ID: f.UserID, Name: f.ActorName, IP: f.ActorIP, RequestID: f.RequestID}}
}

// waits: it can be looked at, read otherwise and confirmed.
func (f file) waits() bool { return slices.Contains([]string{ImportOpen, ImportFailed}, f.State) }

func fieldsOf(names []string) []field {
	fields := make([]field, len(names))
	for i, name := range names {
		fields[i] = field(name)
	}
	return fields
}
