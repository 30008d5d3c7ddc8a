package employee

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
)

// batchSize is how many people go into one statement: measured, larger ones
// are no faster.
const batchSize = 1000

// ImportRequest is a file to be checked or taken.
type ImportRequest struct {
	Data        []byte
	DryRun      bool
	Attestation string // how the people gave their numbers; not needed for a dry run
	Invite      bool   // queue an invitation to each new person
}

// ImportResult says what was, or would be, done with each row.
type ImportResult struct {
	ID                uuid.UUID // zero for a dry run
	DryRun            bool
	Total             int // rows with people in the file
	New               int
	Changed           int
	Unchanged         int
	Rejected          int
	Errors            []RowError // of the first 200 rejected rows
	Columns           []Column
	Sample            []Employee // the first five that would be taken
	InvitationsQueued int
	FinishAt          time.Time // about when the last invitation has been sent; zero where there is none
	CreatedAt         time.Time
}

const sampleSize = 5

// Import checks a file and, unless it is a dry run, takes its good rows in one
// transaction: all or nothing. New people get an 'attested' event and, if
// asked, an invitation; consent is never raised and a STOP never cleared, also
// when somebody was deleted and comes back. People who are not in the file are
// left alone.
func (s *Service) Import(ctx context.Context, by By, req ImportRequest) (ImportResult, error) {
	attestation := ""
	if !req.DryRun {
		var bad *flaw
		if attestation, bad = checkAttestation(req.Attestation); bad != nil {
			return ImportResult{}, &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: bad.message,
				Fields: []apperr.Field{{Location: "query.attestation", Code: bad.code, Message: bad.message}}}
		}
	}
	sheet, err := readSheet(req.Data, reading{key: s.Key, knownZone: s.Zones.Valid})
	if err != nil {
		return ImportResult{}, err
	}
	result := ImportResult{DryRun: req.DryRun, Total: sheet.total, Rejected: sheet.rejected, Errors: sheet.errors, Columns: sheet.columns}
	err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		if !req.DryRun {
			if err := lockList(ctx, tx, by.Account, exclusive); err != nil {
				return err
			}
		}
		fresh, changed, err := merge(ctx, tx, by.Account, sheet, by.language())
		if err != nil {
			return err
		}
		result.New, result.Changed = len(fresh), len(changed)
		result.Unchanged = len(sheet.people) - len(fresh) - len(changed)
		if result.Sample, err = sheet.sample(ctx, tx, by.Account); err != nil || req.DryRun {
			return err
		}
		run := importRun{Service: s, by: by, attestation: attestation, hash: sha256.Sum256(req.Data), now: s.Clock.Now()}
		return run.take(ctx, tx, fresh, changed, req.Invite, &result)
	})
	return result, err
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

// merge sorts the people of a file into new, changed and (the rest) unchanged.
// A column that the file does not have leaves what is stored; so does an empty
// language, since everybody has one.
func merge(ctx context.Context, tx pgx.Tx, account uuid.UUID, s *sheet, defaultLanguage string) (fresh, changed []person, err error) {
	stored, err := findStored(ctx, tx, account, s.people)
	if err != nil {
		return nil, nil, err
	}
	for i := range s.people {
		p := &s.people[i]
		old, known := stored[string(p.key)]
		if !known {
			p.language = orElse(p.language, defaultLanguage)
			fresh = append(fresh, *p)
			continue
		}
		s.keep(p, old)
		if p.name != old.Name || p.firstName != old.FirstName || p.timeZone != old.TimeZone || p.language != old.Language || !slices.Equal(p.tags, old.Tags) {
			changed = append(changed, *p)
		}
	}
	// In the order of their keys: five indexes and two foreign keys go by it,
	// and neighbours share their pages.
	slices.SortFunc(fresh, func(a, b person) int { return bytes.Compare(a.key, b.key) })
	return fresh, changed, nil
}

// keep lets what is stored stand where the file says nothing.
func (s *sheet) keep(p *person, old existing) {
	p.language = orElse(p.language, old.Language)
	if !s.has(fieldTimeZone) {
		p.timeZone = old.TimeZone
	}
	if !s.has(fieldTags) {
		p.tags = old.Tags
	}
	if !s.has(fieldFirstName) && p.name == old.Name {
		p.firstName = old.FirstName
	}
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// importRun is one real run within its transaction.
type importRun struct {
	*Service
	by          By
	attestation string
	hash        [sha256.Size]byte
	now         time.Time
}

func (r importRun) take(ctx context.Context, tx pgx.Tx, fresh, changed []person, invite bool, result *ImportResult) error {
	var err error
	if result.ID, err = uuid.NewV7(); err != nil {
		return fmt.Errorf("make import id: %w", err)
	}
	result.CreatedAt = r.now
	if err := r.insertImport(ctx, tx, result); err != nil {
		return err
	}
	added, err := r.write(ctx, tx, fresh, changed, result.ID)
	if err != nil {
		return err
	}
	if invite && len(added) > 0 {
		invited, err := r.Consent.Invite(ctx, tx, consent.InviteRequest{Account: r.by.Account, People: added, Actor: r.by.Actor})
		if err != nil {
			return err
		}
		result.InvitationsQueued, result.FinishAt = invited.Queued, invited.FinishAt
	}
	return audit.Record(ctx, tx, audit.Event{Account: &r.by.Account, At: r.now, Actor: r.by.Actor, Action: "employees.imported",
		SubjectKind: "import", SubjectID: result.ID.String(), Detail: map[string]any{"total": result.Total, "new": result.New, "changed": result.Changed,
			"unchanged": result.Unchanged, "rejected": result.Rejected, "invitations": result.InvitationsQueued, "file_sha256": fmt.Sprintf("%x", r.hash)}})
}

// write stores new and changed people, attests the new ones, and returns them.
func (r importRun) write(ctx context.Context, tx pgx.Tx, fresh, changed []person, importID uuid.UUID) ([]consent.Invitee, error) {
	detail := map[string]any{"statement": r.attestation, "import": importID}
	added := make([]consent.Invitee, 0, len(fresh))
	for chunk := range slices.Chunk(fresh, batchSize) {
		b, err := r.upsert(ctx, tx, chunk, importID)
		if err != nil {
			return nil, err
		}
		if err := consent.Attest(ctx, tx, r.by.Account, b.ids, b.keys, consent.ChannelImport, r.by.Actor, r.now, detail); err != nil {
			return nil, err
		}
		for i, p := range chunk {
			added = append(added, consent.Invitee{EmployeeID: b.ids[i], Phone: p.phone, PhoneKey: p.key, Language: p.language,
				CallZone: p.country + "|" + p.zones + "|" + p.timeZone})
		}
	}
	for chunk := range slices.Chunk(changed, batchSize) {
		if _, err := r.upsert(ctx, tx, chunk, importID); err != nil {
			return nil, err
		}
	}
	return added, nil
}

func (r importRun) upsert(ctx context.Context, tx pgx.Tx, people []person, importID uuid.UUID) (batch, error) {
	var b batch
	for _, p := range people {
		// Ids that rise with time keep the index's new pages together.
		id, err := uuid.NewV7()
		if err != nil {
			return batch{}, fmt.Errorf("make employee id: %w", err)
		}
		b.add(id, p)
	}
	return b, b.upsert(ctx, tx, r.by.Account, importID, r.now)
}

func (r importRun) insertImport(ctx context.Context, tx pgx.Tx, result *ImportResult) error {
	_, err := tx.Exec(ctx, `INSERT INTO imports
		(id, account_id, user_id, attestation, rows_total, rows_new, rows_changed, rows_unchanged, rows_rejected, content_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		result.ID, r.by.Account, r.by.Actor.ID, r.attestation, result.Total, result.New, result.Changed, result.Unchanged, result.Rejected, r.hash[:], r.now)
	if err != nil {
		return fmt.Errorf("insert import: %w", err)
	}
	return nil
}

var errNoImport = apperr.New(apperr.NotFound, "import_not_found", "There is no such import.")

// FindImport returns the counts of a past import. The rejected rows of a file
// are told once, to whoever imported it, and not kept.
func (s *Service) FindImport(ctx context.Context, account, id uuid.UUID) (ImportResult, error) {
	result := ImportResult{ID: id}
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT i.rows_total, i.rows_new, i.rows_changed, i.rows_unchanged, i.rows_rejected, i.created_at,
			(SELECT count(*) FROM employees e JOIN messages m ON m.account_id = e.account_id AND m.employee_id = e.id AND m.created_at = i.created_at
			 WHERE e.import_id = i.id AND m.kind IN ('invitation', 'reminder'))
			FROM imports i WHERE i.id = $1`, id).
			Scan(&result.Total, &result.New, &result.Changed, &result.Unchanged, &result.Rejected, &result.CreatedAt, &result.InvitationsQueued)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoImport
		}
		if err != nil {
			return fmt.Errorf("find import: %w", err)
		}
		return nil
	})
	return result, err
}
