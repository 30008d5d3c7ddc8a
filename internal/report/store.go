package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Report is what is known of one week.
type Report struct {
	ID          uuid.UUID
	WeekStart   time.Time
	WeekEnd     time.Time
	Events      int64
	Late        int64
	Head        []byte
	Chains      int
	Seals       int64
	MadeAt      time.Time
	DeliveredAt *time.Time // the mail server has taken every file
	AlertedAt   *time.Time // somebody was last told that it has not
}

const reportColumns = `id, week_start, week_end, events, late, head, chains, seals, made_at, delivered_at, alerted_at`

// Delivery is one mail of a report.
type Delivery struct {
	CreatedAt time.Time
	Recipient string
	Files     []string // names
	Attempts  int
	LastError string
	SentAt    *time.Time
}

func unknown(what string) error {
	return apperr.New(apperr.NotFound, "not_found", "There is no such %s.", what)
}

// insert adds the report and its files unless its week has one already, by
// this replica or another.
func insert(ctx context.Context, tx pgx.Tx, r Report, figures Figures, files []File) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO reports (id, week_start, week_end, events, late, through_id, head, chains, seals, made_at, unseen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (week_start) DO NOTHING`,
		r.ID, r.WeekStart, r.WeekEnd, r.Events, r.Late, figures.Through, r.Head, r.Chains, r.Seals, r.MadeAt, figures.Unseen)
	if err != nil {
		return false, fmt.Errorf("insert report: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	for i, f := range files {
		_, err := tx.Exec(ctx, `INSERT INTO report_files (id, report_id, position, kind, part, parts, name, size, sha256, rows, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, f.ID, r.ID, i, f.Kind, f.Part, f.Parts, f.Name, f.Size, f.SHA256, f.Rows, f.Body)
		if err != nil {
			return false, fmt.Errorf("insert report file: %w", err)
		}
	}
	return true, nil
}

// due returns the first instant that a report has to cover next: the end of
// the newest one, or else the oldest row of the log. ok is false without either.
func due(ctx context.Context, tx pgx.Tx) (from time.Time, ok bool, err error) {
	var at *time.Time
	err = tx.QueryRow(ctx, `SELECT coalesce((SELECT max(week_end) FROM reports), (SELECT at FROM audit_events ORDER BY id LIMIT 1))`).Scan(&at)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("find week that is due: %w", err)
	}
	if at == nil {
		return time.Time{}, false, nil
	}
	return *at, true, nil
}

func find(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Report, error) {
	rows, err := tx.Query(ctx, `SELECT `+reportColumns+` FROM reports WHERE id = $1`, id)
	if err != nil {
		return Report{}, fmt.Errorf("find report: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Report])
	if errors.Is(err, pgx.ErrNoRows) {
		return Report{}, unknown("report")
	}
	if err != nil {
		return Report{}, fmt.Errorf("find report: %w", err)
	}
	return r, nil
}

// list returns the reports of weeks before an instant, newest first.
func list(ctx context.Context, tx pgx.Tx, before *time.Time, limit int) ([]Report, error) {
	rows, err := tx.Query(ctx, `SELECT `+reportColumns+` FROM reports WHERE $1::timestamptz IS NULL OR week_start < $1 ORDER BY week_start DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Report])
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return all, nil
}

// fileColumns leave the body out.
const fileColumns = `id, kind, part, parts, name, size, sha256, rows, NULL::bytea AS body, purged_at`

func filesOf(ctx context.Context, tx pgx.Tx, report uuid.UUID) ([]File, error) {
	rows, err := tx.Query(ctx, `SELECT `+fileColumns+` FROM report_files WHERE report_id = $1 ORDER BY position`, report)
	if err != nil {
		return nil, fmt.Errorf("list report files: %w", err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowToStructByName[File])
	if err != nil {
		return nil, fmt.Errorf("list report files: %w", err)
	}
	return files, nil
}

func deliveries(ctx context.Context, tx pgx.Tx, report uuid.UUID) ([]Delivery, error) {
	rows, err := tx.Query(ctx, `SELECT m.created_at, m.recipient, array_agg(f.name ORDER BY a.position) AS files, m.attempts, m.last_error, m.sent_at
		FROM report_files f JOIN mail_attachments a ON a.file_id = f.id JOIN mails m ON m.id = a.mail_id
		WHERE f.report_id = $1 GROUP BY m.id, m.created_at, m.recipient, m.attempts, m.last_error, m.sent_at ORDER BY m.created_at DESC, min(f.position)`, report)
	if err != nil {
		return nil, fmt.Errorf("list mails of report: %w", err)
	}
	mails, err := pgx.CollectRows(rows, pgx.RowToStructByName[Delivery])
	if err != nil {
		return nil, fmt.Errorf("list mails of report: %w", err)
	}
	return mails, nil
}

// waiting is a report whose files the mail server has not all taken. One whose
// files are gone by their age waits for nothing any more.
type waiting struct {
	Report
	Missing []uuid.UUID // files that no mail has delivered
	Lost    []uuid.UUID // of them, those that no mail is on its way with any more
}

func undelivered(ctx context.Context, tx pgx.Tx) ([]waiting, error) {
	rows, err := tx.Query(ctx, `
		WITH carried AS (
			SELECT f.report_id, f.id, f.position,
				EXISTS (SELECT FROM mail_attachments a JOIN mails m ON m.id = a.mail_id WHERE a.file_id = f.id AND m.sent_at IS NOT NULL) AS sent,
				EXISTS (SELECT FROM mail_attachments a JOIN mails m ON m.id = a.mail_id WHERE a.file_id = f.id AND m.sent_at IS NULL AND m.data <> '{}'
					AND EXISTS (SELECT FROM river_job j WHERE j.kind = 'mail_send' AND j.args->>'id' = m.id::text
						AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))) AS under_way
			FROM report_files f JOIN reports r ON r.id = f.report_id WHERE r.delivered_at IS NULL AND f.purged_at IS NULL)
		SELECT `+reportColumns+`,
			ARRAY (SELECT c.id FROM carried c WHERE c.report_id = r.id AND NOT c.sent ORDER BY c.position) AS missing,
			ARRAY (SELECT c.id FROM carried c WHERE c.report_id = r.id AND NOT c.sent AND NOT c.under_way ORDER BY c.position) AS lost
		FROM reports r WHERE r.delivered_at IS NULL AND EXISTS (SELECT FROM carried c WHERE c.report_id = r.id) ORDER BY r.week_start`)
	if err != nil {
		return nil, fmt.Errorf("list undelivered reports: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[waiting])
	if err != nil {
		return nil, fmt.Errorf("list undelivered reports: %w", err)
	}
	return all, nil
}
