package report

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

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// patience is how long a report may wait for the mail server before somebody
// is told, and how often they are told again.
const patience = 24 * time.Hour

// settle notes which reports have been delivered, and raises the alarm for
// those that have not.
func (s *Service) settle(ctx context.Context) error {
	var open []waiting
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
		open, err = undelivered(ctx, tx)
		return err
	})
	for _, w := range open {
		if len(w.Missing) == 0 {
			err = errors.Join(err, s.delivered(ctx, w.Report))
		} else if s.alarming(w) {
			err = errors.Join(err, s.alarm(ctx, w))
		}
	}
	return err
}

// alarming reports whether somebody must hear of it: after a day, and at once
// when the mail server refused it for good.
func (s *Service) alarming(w waiting) bool {
	if w.AlertedAt == nil && len(w.Lost) > 0 {
		return true
	}
	since := w.MadeAt
	if w.AlertedAt != nil {
		since = *w.AlertedAt
	}
	return s.Clock.Now().Sub(since) >= patience
}

func (s *Service) delivered(ctx context.Context, r Report) error {
	return s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE reports SET delivered_at = $2 WHERE id = $1 AND delivered_at IS NULL`, r.ID, s.Clock.Now())
		if err != nil {
			return fmt.Errorf("note delivery: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // another replica has
		}
		return s.record(ctx, tx, audit.SystemActor("report"), "report.mailed", r, nil)
	})
}

// alarm writes the event and an error into the log, which reaches Sentry. What
// no mail is on its way with any more is tried anew, once a day.
func (s *Service) alarm(ctx context.Context, w waiting) error {
	var ours bool
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE reports SET alerted_at = $2 WHERE id = $1 AND delivered_at IS NULL AND alerted_at IS NOT DISTINCT FROM $3`,
			w.ID, s.Clock.Now(), w.AlertedAt)
		if err != nil {
			return fmt.Errorf("note alarm: %w", err)
		}
		if ours = tag.RowsAffected() == 1; !ours {
			return nil
		}
		if err := s.record(ctx, tx, audit.SystemActor("report"), "report.undelivered", w.Report, map[string]any{"files": len(w.Missing), "given_up": len(w.Lost)}); err != nil {
			return err
		}
		if w.AlertedAt == nil && s.Clock.Now().Sub(w.MadeAt) < patience {
			return nil // refused just now: asking again at once would change nothing
		}
		return s.again(ctx, tx, w.Report, w.Lost)
	})
	if err == nil && ours {
		s.Log.Error("audit report undelivered", "report", w.ID, "week", WeekOf(w.WeekStart, s.Zone).name(), "made_at", w.MadeAt, "files", len(w.Missing))
	}
	return err
}

// again queues mails for some of a report's files.
func (s *Service) again(ctx context.Context, tx pgx.Tx, r Report, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	files, err := filesOf(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	return s.mail(ctx, tx, r, slices.DeleteFunc(files, func(f File) bool { return !slices.Contains(ids, f.ID) }))
}

// errAltered says that a stored file is not the one that was made.
var errAltered = errors.New("read report file: its bytes are not those that were sealed")

// read returns a stored file with its bytes, which it has checked.
func read(ctx context.Context, tx pgx.Tx, id uuid.UUID) (File, error) {
	rows, err := tx.Query(ctx, `SELECT id, kind, part, parts, name, size, sha256, rows, body, purged_at FROM report_files WHERE id = $1`, id)
	if err != nil {
		return File{}, fmt.Errorf("read report file: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[File])
	if errors.Is(err, pgx.ErrNoRows) {
		return File{}, unknown("file")
	}
	if err != nil {
		return File{}, fmt.Errorf("read report file: %w", err)
	}
	if f.PurgedAt != nil {
		return File{}, errPurged
	}
	if hash := sha256.Sum256(f.Body); !bytes.Equal(hash[:], f.SHA256) {
		return File{}, errAltered
	}
	return f, nil
}

// Attachment gives mail the bytes of a file. Where they are gone by their age
// that mail can never leave.
func (s *Service) Attachment(ctx context.Context, id uuid.UUID) (mail.Attachment, error) {
	var f File
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
		f, err = read(ctx, tx, id)
		return err
	})
	if errors.Is(err, errPurged) {
		return mail.Attachment{}, mail.ErrFileGone
	}
	return mail.Attachment{Name: f.Name, MediaType: f.MediaType(), Body: f.Body}, err
}
