package report

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// List returns a page of reports, newest week first, and the cursor of the
// next, empty at the end.
func (s *Service) List(ctx context.Context, cursor string, limit int) (page []Report, next string, err error) {
	var before *time.Time
	if cursor != "" {
		at, err := time.Parse(time.RFC3339, cursor)
		if err != nil {
			return nil, "", apperr.BadCursor()
		}
		before = &at
	}
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		page, err = list(ctx, tx, before, limit+1)
		return err
	})
	if err != nil || len(page) <= limit {
		return page, "", err
	}
	page = page[:limit]
	return page, page[limit-1].WeekStart.UTC().Format(time.RFC3339), nil
}

// Get returns a report with its files, without their bytes, and its mails.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (r Report, files []File, mails []Delivery, err error) {
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		if r, err = find(ctx, tx, id); err != nil {
			return err
		}
		if files, err = filesOf(ctx, tx, id); err != nil {
			return err
		}
		mails, err = deliveries(ctx, tx, id)
		return err
	})
	return r, files, mails, err
}

// Download returns a file with its bytes and records who took it.
func (s *Service) Download(ctx context.Context, by audit.Actor, id, file uuid.UUID) (f File, err error) {
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		files, err := filesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, candidate := range files {
			if candidate.ID == file {
				if f, err = read(ctx, tx, file); err != nil {
					return err
				}
				return s.record(ctx, tx, by, "report.downloaded", r, map[string]any{"file": f.Name})
			}
		}
		return unknown("file")
	})
	return f, err
}

// Resend mails the whole report once more.
func (s *Service) Resend(ctx context.Context, by audit.Actor, id uuid.UUID) error {
	return s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		files, err := filesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(files, File.purged) {
			return errPurged
		}
		if err := s.record(ctx, tx, by, "report.resent", r, map[string]any{"files": len(files)}); err != nil {
			return err
		}
		return s.mail(ctx, tx, r, files)
	})
}

// Verdict is what a check of a file found.
type Verdict struct {
	Known  bool // a report has a file with exactly these bytes
	Report Report
	File   File
	Sealed bool // the sealed log names the same hash, and its seal holds

	// Past says that the row of the log which named the hash is gone by its age,
	// and with it the only proof.
	Past bool
}

// Check tells which report a file belongs to by its SHA-256, in hexadecimal. A
// file in which one byte was changed is unknown; a hash that somebody put into
// the database as well is not sealed.
func Check(ctx context.Context, tx pgx.Tx, sum string) (v Verdict, err error) {
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != 32 {
		return v, &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: "Some fields need another look.",
			Fields: []apperr.Field{{Location: "body.sha256", Code: "malformed", Message: "Write a SHA-256 in 64 hexadecimal digits."}}}
	}
	var report uuid.UUID
	// The CSV of weeks without events are alike: the newest of those reports answers.
	err = tx.QueryRow(ctx, `SELECT f.report_id FROM report_files f JOIN reports r ON r.id = f.report_id WHERE f.sha256 = $1 ORDER BY r.week_start DESC LIMIT 1`, raw).Scan(&report)
	if errors.Is(err, pgx.ErrNoRows) {
		return Verdict{}, nil
	}
	if err != nil {
		return v, fmt.Errorf("find report file: %w", err)
	}
	v.Known = true
	if v.Report, err = find(ctx, tx, report); err != nil {
		return v, err
	}
	files, err := filesOf(ctx, tx, report)
	if err != nil {
		return v, err
	}
	for _, f := range files {
		if bytes.Equal(f.SHA256, raw) {
			v.File = f
		}
	}
	if v.Sealed, err = sealed(ctx, tx, report, v.File); err != nil || v.Sealed {
		return v, err
	}
	v.Past, err = past(ctx, tx, v.Report)
	return v, err
}

// sealed looks for the file in the row that was written when it was made.
func sealed(ctx context.Context, tx pgx.Tx, report uuid.UUID, f File) (bool, error) {
	var row int64
	err := tx.QueryRow(ctx, `SELECT e.id FROM audit_events e WHERE e.action = 'report.made' AND e.subject_kind = 'report' AND e.subject_id = $1
			AND e.at = (SELECT made_at FROM reports WHERE id = $2)
			AND e.detail->'files' @> jsonb_build_array(jsonb_build_object('name', $3::text, 'sha256', $4::text)) ORDER BY e.id LIMIT 1`,
		report.String(), report, f.Name, hex.EncodeToString(f.SHA256)).Scan(&row)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find row of report: %w", err)
	}
	return audit.Holds(ctx, tx, row)
}

// past tells whether the row that was written when the report was made is gone
// by its age.
func past(ctx context.Context, tx pgx.Tx, r Report) (bool, error) {
	var there bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit_events WHERE action = 'report.made' AND subject_kind = 'report' AND subject_id = $1)`, r.ID.String()).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("find row of report: %w", err)
	}
	if there {
		return false, nil
	}
	return audit.MayBePurged(ctx, tx, r.MadeAt)
}

// Check is the function of the same name for operators.
func (s *Service) Check(ctx context.Context, sum string) (v Verdict, err error) {
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		v, err = Check(ctx, tx, sum)
		return err
	})
	return v, err
}
