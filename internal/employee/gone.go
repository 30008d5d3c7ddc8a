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
	"github.com/callshu/callshu/internal/consent"
)

// ArchiveGone is the job that takes people off the list whom a file does not name.
type ArchiveGone struct {
	Account uuid.UUID `json:"account"`
	ID      uuid.UUID `json:"id"`
}

// Kind names the job.
func (ArchiveGone) Kind() string { return "employees_archive" }

// InsertOpts lets it go on for hours where the list is busy: it is confirmed.
func (ArchiveGone) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 10} }

// archiveBatch bounds how long the gates of so many phones are held: a STOP of
// one of them waits for it.
const archiveBatch = 200

// without confines a list to people whom a file does not name. Who was added or
// changed after it was taken is none of them: the employer knows better by now.
type without struct {
	keys [][]byte
	upTo *time.Time
}

// notNamed is answered by a table of hashes whatever the planner expects. Of a
// list that was taken a moment ago it knows nothing, and an anti-join may read
// all keys anew for each person: minutes, of 100,000.
const notNamed = `e.phone_key NOT IN (SELECT unnest(%s::bytea[]))`

func (w *without) filter(where *clauses) {
	where.add(notNamed, w.keys)
	if w.upTo != nil {
		where.add(`e.updated_at <= %s`, *w.upTo)
	}
}

var countGoneSQL = `SELECT count(*) FROM employees e WHERE e.account_id = $1 AND e.deleted_at IS NULL AND ($3::timestamptz IS NULL OR e.updated_at <= $3)
	AND ` + fmt.Sprintf(notNamed, "$2")

func countGone(ctx context.Context, tx pgx.Tx, account uuid.UUID, keys [][]byte, upTo *time.Time) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, countGoneSQL, account, keys, upTo).Scan(&n); err != nil {
		return 0, fmt.Errorf("count people not in the file: %w", err)
	}
	return n, nil
}

// readStored reads a file as it is being, or was, taken.
func (s *Service) readStored(ctx context.Context, account, id uuid.UUID) (file, *sheet, error) {
	f, sheet, err := s.stored(ctx, account, id)
	if err != nil {
		return f, nil, err
	}
	if err := sheet.assign(fieldsOf(f.Fields)); err != nil {
		return f, nil, err
	}
	sheet.readPeople(s.reading())
	return f, sheet, nil
}

// Gone lists people on the list whom a file does not name, by name.
func (s *Service) Gone(ctx context.Context, account, id uuid.UUID, limit int, cursor string) (Page, error) {
	f, sheet, err := s.readStored(ctx, account, id)
	if err != nil {
		return Page{}, err
	}
	return s.List(ctx, account, Query{Limit: limit, Cursor: cursor, Total: true, gone: &without{sheet.keys(), f.FinishedAt}})
}

var (
	errNotTaken = apperr.New(apperr.Conflict, "import_not_done", "This file is not taken yet. People can be archived once it is.")
	errNewer    = apperr.New(apperr.Conflict, "newer_import", "A newer file was confirmed meanwhile. Who is missing is told by that one.")
)

// ArchiveGone has a job take off the list whom a taken file does not name. confirm
// is their number as the employer saw it. They are removed as one person is:
// who comes back is asked again, and a STOP stays. Asked twice, it is one job.
func (s *Service) ArchiveGone(ctx context.Context, by By, id uuid.UUID, confirm int) (Import, error) {
	f, sheet, err := s.readStored(ctx, by.Account, id)
	if err != nil {
		return Import{}, err
	}
	err = s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		if err := lockImports(ctx, tx, by.Account); err != nil {
			return err
		}
		var err error
		if f, err = findFile(ctx, tx, id); err != nil || f.Archive != "" {
			return err
		}
		if f.State != ImportDone {
			return errNotTaken
		}
		if err := refuseBeside(ctx, tx, errNewer, `id <> $1 AND state IN ('queued', 'running', 'done') AND confirmed_at >= $2`, f.ID, f.ConfirmedAt); err != nil {
			return err
		}
		n, err := countGone(ctx, tx, by.Account, sheet.keys(), f.FinishedAt)
		if err != nil {
			return err
		}
		if n == 0 || n != confirm {
			return apperr.New(apperr.Conflict, "count_changed", "By now %d people on your list are not in this file. Look at them again.", n)
		}
		f.Archive, f.ArchiveConfirmed = "queued", n
		if err := f.setArchive(ctx, tx); err != nil {
			return err
		}
		if err := s.Jobs.Insert(ctx, tx, ArchiveGone{by.Account, id}, nil); err != nil {
			return err
		}
		return s.auditImport(ctx, tx, by, "employees.archive_confirmed", f, map[string]any{"people": n})
	})
	return f.imported(), err
}

// RunArchive removes them batch by batch, each whole and with its row in the log:
// a STOP never waits for more than one. A process that dies between two leaves
// the rest to the next run, which goes on where it ended.
func (s *Service) RunArchive(ctx context.Context, job ArchiveGone) error {
	f, sheet, err := s.readStored(ctx, job.Account, job.ID)
	if apperr.HasCode(err, errNoImport.Code) || err == nil && f.Archive != "queued" {
		return nil
	}
	if err != nil {
		return err
	}
	var gone []leaver
	err = s.App.InAccount(ctx, job.Account, func(tx pgx.Tx) error {
		gone, err = leavers(ctx, tx, job.Account, sheet.keys(), *f.FinishedAt)
		return err
	})
	if err != nil {
		return err
	}
	by := f.by(job.Account)
	for batch := range slices.Chunk(gone, archiveBatch) {
		if err := s.archive(ctx, by, f, batch); err != nil {
			return err
		}
	}
	return s.App.InAccount(ctx, job.Account, func(tx pgx.Tx) error { return f.endArchive(ctx, tx) })
}

// leaver is somebody who leaves the list, with the number that is left.
type leaver struct {
	ID       uuid.UUID
	PhoneKey []byte
}

// leavers come in the order of their keys, as whoever takes many gates does.
func leavers(ctx context.Context, tx pgx.Tx, account uuid.UUID, keys [][]byte, upTo time.Time) ([]leaver, error) {
	rows, err := tx.Query(ctx, `SELECT e.id, e.phone_key FROM employees e WHERE e.account_id = $1 AND e.deleted_at IS NULL AND e.updated_at <= $3
		AND `+fmt.Sprintf(notNamed, "$2")+` ORDER BY e.phone_key`, account, keys, upTo)
	if err != nil {
		return nil, fmt.Errorf("find people not in the file: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[leaver])
	if err != nil {
		return nil, fmt.Errorf("find people not in the file: %w", err)
	}
	return list, nil
}

// archive removes one batch, but for whom somebody changed or removed meanwhile.
func (s *Service) archive(ctx context.Context, by By, f file, batch []leaver) error {
	for range maxChanges {
		err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
			if err := lockList(ctx, tx, by.Account, shared); err != nil {
				return err
			}
			still, err := stillThere(ctx, tx, batch, *f.FinishedAt)
			if err != nil || len(still) == 0 {
				return err
			}
			ids, keys := make([]uuid.UUID, len(still)), make([][]byte, len(still))
			for i, l := range still {
				ids[i], keys[i] = l.ID, l.PhoneKey
			}
			now := s.Clock.Now()
			// Their events take the gates, so they come before the rows' locks.
			if err := consent.Leave(ctx, tx, by.Account, ids, keys, by.Actor, now, map[string]any{"why": "not_in_file", "import": f.ID}); err != nil {
				return err
			}
			if err := f.removeAll(ctx, tx, ids, now); err != nil {
				return err
			}
			return s.auditImport(ctx, tx, by, "employees.archived", f, map[string]any{"people": len(ids)})
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

func stillThere(ctx context.Context, tx pgx.Tx, batch []leaver, upTo time.Time) ([]leaver, error) {
	ids := make([]uuid.UUID, len(batch))
	for i, l := range batch {
		ids[i] = l.ID
	}
	rows, err := tx.Query(ctx, `SELECT id, phone_key FROM employees WHERE id = ANY($1) AND deleted_at IS NULL AND updated_at <= $2 ORDER BY phone_key`, ids, upTo)
	if err != nil {
		return nil, fmt.Errorf("find people to archive: %w", err)
	}
	still, err := pgx.CollectRows(rows, pgx.RowToStructByName[leaver])
	if err != nil {
		return nil, fmt.Errorf("find people to archive: %w", err)
	}
	return still, nil
}

// removeAll fails where somebody was changed between the look and here.
func (f file) removeAll(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE employees SET deleted_at = $2, updated_at = $2 WHERE id = ANY($1) AND deleted_at IS NULL AND updated_at <= $3`, ids, now, *f.FinishedAt)
	if err != nil {
		return fmt.Errorf("remove employees: %w", err)
	}
	if int(tag.RowsAffected()) != len(ids) {
		return errMoved
	}
	if _, err := tx.Exec(ctx, `UPDATE import_files SET archived = archived + $2 WHERE id = $1`, f.ID, len(ids)); err != nil {
		return fmt.Errorf("count archived: %w", err)
	}
	return nil
}

func (f file) setArchive(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE import_files SET archive = $2, archive_confirmed = $3 WHERE id = $1`, f.ID, f.Archive, f.ArchiveConfirmed); err != nil {
		return fmt.Errorf("set archive: %w", err)
	}
	return nil
}

func (f file) endArchive(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE import_files SET archive = 'done' WHERE id = $1`, f.ID); err != nil {
		return fmt.Errorf("end archive: %w", err)
	}
	return nil
}
