package employee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
)

// TakeFile is the job that takes a confirmed file.
type TakeFile struct {
	Account uuid.UUID `json:"account"`
	ID      uuid.UUID `json:"id"`
}

// Kind names the job.
func (TakeFile) Kind() string { return "employees_import" }

// batchSize is how many people go into one statement: measured, larger ones
// are no faster.
const batchSize = 1000

// jobTries is how often a job over a file is tried: within some minutes, since
// somebody looks on.
const jobTries = 5

// InsertOpts leaves a try for the note that a job that never came to its end, as
// each time its process died, has failed.
func (TakeFile) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: jobTries + 1} }

// Inserter adds a job to the transaction of the act that causes it.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// Confirmation is what is said of a file before it is taken.
type Confirmation struct {
	Attestation string // how the people gave their numbers
	Invite      bool   // queue an invitation to each new person
}

// Confirm has a job take an open file. Confirmed twice, it is still one job.
func (s *Service) Confirm(ctx context.Context, by By, id uuid.UUID, said Confirmation) (Import, error) {
	attestation, bad := checkAttestation(said.Attestation)
	if bad != nil {
		return Import{}, apperr.InvalidField("attestation", bad.code, "%s", bad.message)
	}
	var f file
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		if err := lockImports(ctx, tx, by.Account); err != nil {
			return err
		}
		var err error
		if f, err = findFile(ctx, tx, id); err != nil || !f.waits() {
			return err
		}
		if err := (&sheet{columns: make([]Column, len(f.Fields))}).assign(fieldsOf(f.Fields)); err != nil {
			return err
		}
		if err := refuseBeside(ctx, tx, errArchiving, `archive = 'queued'`); err != nil {
			return err
		}
		now := s.Clock.Now()
		f.State, f.Attestation, f.Invite, f.ConfirmedAt = ImportQueued, attestation, said.Invite, &now
		f.UserID, f.ActorName, f.ActorIP, f.RequestID, f.Language = by.Actor.ID, by.Actor.Name, by.Actor.IP, by.Actor.RequestID, by.language()
		if err := f.confirm(ctx, tx); err != nil {
			return err
		}
		if err := s.Jobs.Insert(ctx, tx, TakeFile{by.Account, id}, nil); err != nil {
			return err
		}
		return s.auditImport(ctx, tx, by, "employees.import_confirmed", f, map[string]any{"invite": f.Invite})
	})
	return f.imported(), err
}

func (s *Service) auditImport(ctx context.Context, tx pgx.Tx, by By, action string, f file, detail map[string]any) error {
	detail["file_sha256"] = fmt.Sprintf("%x", f.ContentHash)
	return audit.Record(ctx, tx, audit.Event{Account: &by.Account, At: s.Clock.Now(), Actor: by.Actor, Action: action, SubjectKind: "import", SubjectID: f.ID.String(), Detail: detail})
}

// refuseBeside refuses while another file of the account is in that state.
func refuseBeside(ctx context.Context, tx pgx.Tx, refusal error, state string, args ...any) error {
	var beside bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM import_files WHERE account_id = current_account() AND `+state+`)`, args...).Scan(&beside); err != nil {
		return fmt.Errorf("look for other imports: %w", err)
	}
	if beside {
		return refusal
	}
	return nil
}

// RunImport takes a confirmed file: its good rows in one transaction, all or
// nothing. A process that dies in it leaves the list as it was, and the job is
// run again from the start; once it is done, running it again does nothing. New
// people get an 'attested' event and, if asked, an invitation; consent is never
// raised and a STOP never cleared, also when somebody was deleted and comes
// back. Whom the file does not name is left alone. try counts from one.
func (s *Service) RunImport(ctx context.Context, job TakeFile, try int) error {
	err := error(errGaveUp)
	if try <= jobTries {
		err = s.takeFile(ctx, job)
	}
	if err == nil {
		return nil
	}
	refusal, refused := apperr.As(err)
	if try < jobTries && (!refused || refusal.Kind == apperr.Unavailable) {
		return err
	}
	if !refused {
		refusal = errGaveUp
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	failed := s.App.InAccount(after, job.Account, func(tx pgx.Tx) error { return failFile(after, tx, job.ID, refusal.Code, refusal.Message) })
	if refused {
		return failed
	}
	return errors.Join(err, failed)
}

var (
	errGaveUp    = apperr.New(apperr.Conflict, "import_failed", "This file could not be taken, and nothing of it was. Try it again; if that fails too, write to us.")
	errArchiving = apperr.New(apperr.Conflict, "archive_running", "People of an earlier file are being archived. Try again in a moment.")
)

// taking is one run of a job over a file.
type taking struct {
	*Service
	job   TakeFile
	file  file
	by    By
	sheet *sheet
	now   time.Time
	shown time.Time // when progress was last told
}

func (s *Service) takeFile(ctx context.Context, job TakeFile) error {
	r := &taking{Service: s, job: job, now: s.Clock.Now()}
	var err error
	if r.file, r.sheet, err = s.stored(ctx, job.Account, job.ID); err != nil {
		return err
	}
	if r.file.waits() || r.file.State == ImportDone {
		return nil
	}
	r.by = r.file.by(job.Account)
	if err := r.progress(ctx, "reading", 0, 0); err != nil {
		return err
	}
	if err := r.sheet.assign(fieldsOf(r.file.Fields)); err != nil {
		return err
	}
	r.sheet.readPeople(s.reading())
	return s.App.InAccount(ctx, job.Account, func(tx pgx.Tx) error {
		if err := lockList(ctx, tx, job.Account, exclusive); err != nil {
			return err
		}
		// Runs of one account follow each other by that lock: a run that was taken
		// for dead and was not has finished before this look.
		now, err := findFile(ctx, tx, job.ID)
		if err != nil || now.State == ImportDone {
			return err
		}
		return r.take(ctx, tx)
	})
}

func (r *taking) take(ctx context.Context, tx pgx.Tx) error {
	found, err := merge(ctx, tx, r.job.Account, r.sheet, r.by.language())
	if err != nil {
		return err
	}
	var counts Counts
	found.count(&counts, r.sheet)
	if counts.Gone, err = countGone(ctx, tx, r.job.Account, r.sheet.keys(), nil); err != nil {
		return err
	}
	f := &r.file
	f.RowsTotal, f.RowsNew, f.RowsChanged, f.RowsUnchanged, f.RowsRejected, f.RowsGone = counts.Total, counts.New, counts.Changed, counts.Unchanged, counts.Rejected, counts.Gone
	if err := r.insertImport(ctx, tx); err != nil {
		return err
	}
	added, err := r.write(ctx, tx, found)
	if err != nil {
		return err
	}
	if err := r.invite(ctx, tx, added); err != nil {
		return err
	}
	f.FinishedAt = &r.now
	if err := f.finish(ctx, tx); err != nil {
		return err
	}
	return r.auditImport(ctx, tx, r.by, "employees.imported", *f, map[string]any{"total": counts.Total, "new": counts.New, "changed": counts.Changed,
		"unchanged": counts.Unchanged, "rejected": counts.Rejected, "gone": counts.Gone, "invitations": f.Invitations})
}

func (r *taking) invite(ctx context.Context, tx pgx.Tx, added []consent.Invitee) error {
	if !r.file.Invite || len(added) == 0 {
		return nil
	}
	if err := r.progress(ctx, "inviting", r.file.RowsNew+r.file.RowsChanged, r.file.RowsNew+r.file.RowsChanged); err != nil {
		return err
	}
	invited, err := r.Consent.Invite(ctx, tx, consent.InviteRequest{Account: r.job.Account, People: added, Actor: r.by.Actor})
	if err != nil {
		return err
	}
	r.file.Invitations = invited.Queued
	if !invited.FinishAt.IsZero() {
		r.file.InvitedBy = &invited.FinishAt
	}
	return nil
}

// write stores new and changed people, attests the new ones, and returns them.
func (r *taking) write(ctx context.Context, tx pgx.Tx, found merged) ([]consent.Invitee, error) {
	detail := map[string]any{"statement": r.file.Attestation, "import": r.file.ID}
	added := make([]consent.Invitee, 0, len(found.fresh))
	done, all := 0, len(found.fresh)+len(found.changed)
	for chunk := range slices.Chunk(found.fresh, batchSize) {
		if err := r.tell(ctx, done, all); err != nil {
			return nil, err
		}
		b, err := r.upsert(ctx, tx, chunk)
		if err != nil {
			return nil, err
		}
		if err := consent.Attest(ctx, tx, r.job.Account, b.ids, b.keys, consent.ChannelImport, r.by.Actor, r.now, detail); err != nil {
			return nil, err
		}
		for i, p := range chunk {
			added = append(added, consent.Invitee{EmployeeID: b.ids[i], Phone: p.phone, PhoneKey: p.key, Language: p.language,
				CallZone: p.country + "|" + p.zones + "|" + p.timeZone})
		}
		done += len(chunk)
	}
	for chunk := range slices.Chunk(found.changed, batchSize) {
		if err := r.tell(ctx, done, all); err != nil {
			return nil, err
		}
		if _, err := r.upsert(ctx, tx, chunk); err != nil {
			return nil, err
		}
		done += len(chunk)
	}
	return added, nil
}

func (r *taking) upsert(ctx context.Context, tx pgx.Tx, people []person) (batch, error) {
	var b batch
	for _, p := range people {
		// Ids that rise with time keep the index's new pages together.
		id, err := uuid.NewV7()
		if err != nil {
			return batch{}, fmt.Errorf("make employee id: %w", err)
		}
		b.add(id, p)
	}
	return b, b.upsert(ctx, tx, r.job.Account, r.file.ID, r.now)
}

// tellEvery is how often progress is told: as often as a page looks.
const tellEvery = 300 * time.Millisecond

// tell notes how many people are written, unless it did so a moment ago.
func (r *taking) tell(ctx context.Context, done, all int) error {
	if time.Since(r.shown) < tellEvery {
		return nil
	}
	r.shown = time.Now()
	return r.progress(ctx, "writing", done, all)
}

// progress is told in a transaction of its own: that of the people shows
// nothing to anybody before all are there.
func (r *taking) progress(ctx context.Context, phase string, done, toDo int) error {
	return r.App.InAccount(ctx, r.job.Account, func(tx pgx.Tx) error { return setProgress(ctx, tx, r.job.ID, phase, done, toDo) })
}

func (r *taking) insertImport(ctx context.Context, tx pgx.Tx) error {
	f := r.file
	_, err := tx.Exec(ctx, `INSERT INTO imports
		(id, account_id, user_id, attestation, rows_total, rows_new, rows_changed, rows_unchanged, rows_rejected, content_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		f.ID, r.job.Account, f.UserID, f.Attestation, f.RowsTotal, f.RowsNew, f.RowsChanged, f.RowsUnchanged, f.RowsRejected, f.ContentHash, r.now)
	if err != nil {
		return fmt.Errorf("insert import: %w", err)
	}
	return nil
}
