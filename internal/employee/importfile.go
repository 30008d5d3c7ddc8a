package employee

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// file is a row of import_files without its bytes.
type file struct {
	ID               uuid.UUID
	UserID           uuid.UUID
	Name             string
	ContentHash      []byte
	Fields           []string
	State            string
	CreatedAt        time.Time
	Attestation      string
	Invite           bool
	ActorName        string
	ActorIP          string
	RequestID        string
	Language         string
	ConfirmedAt      *time.Time
	Phase            string
	RowsDone         int
	RowsToDo         int
	RowsTotal        int
	RowsNew          int
	RowsChanged      int
	RowsUnchanged    int
	RowsRejected     int
	RowsGone         int
	Invitations      int
	InvitedBy        *time.Time
	ProblemCode      string
	Problem          string
	FinishedAt       *time.Time
	Archive          string
	ArchiveConfirmed int
	Archived         int
}

const fileColumns = `id, user_id, name, content_hash, fields, state, created_at, attestation, invite, actor_name, actor_ip, request_id, language, confirmed_at,
	phase, rows_done, rows_to_do, rows_total, rows_new, rows_changed, rows_unchanged, rows_rejected, rows_gone, invitations, invited_by,
	problem_code, problem, finished_at, archive, archive_confirmed, archived`

func (f file) imported() Import {
	return Import{ID: f.ID, FileName: f.Name, State: f.State, CreatedAt: f.CreatedAt, ConfirmedAt: f.ConfirmedAt, FinishedAt: f.FinishedAt,
		Phase: f.Phase, Done: f.RowsDone, ToDo: f.RowsToDo, InvitationsQueued: f.Invitations, FinishAt: f.InvitedBy, ProblemCode: f.ProblemCode, Problem: f.Problem,
		Counts:  Counts{Total: f.RowsTotal, New: f.RowsNew, Changed: f.RowsChanged, Unchanged: f.RowsUnchanged, Rejected: f.RowsRejected, Gone: f.RowsGone},
		Archive: f.Archive, ArchiveConfirmed: f.ArchiveConfirmed, Archived: f.Archived, Kept: true}
}

// lockImports lets one request at a time decide what becomes of an account's
// files; jobs take the list's own lock.
func lockImports(ctx context.Context, tx pgx.Tx, account uuid.UUID) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('imports ' || $1, 0))`, account.String()); err != nil {
		return fmt.Errorf("lock imports: %w", err)
	}
	return nil
}

func (f file) insert(ctx context.Context, tx pgx.Tx, account uuid.UUID, data []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO import_files (id, account_id, user_id, name, data, content_hash, fields, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, f.ID, account, f.UserID, f.Name, data, f.ContentHash, f.Fields, f.State, f.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert import file: %w", err)
	}
	return nil
}

func findFile(ctx context.Context, tx pgx.Tx, id uuid.UUID) (file, error) {
	rows, err := tx.Query(ctx, `SELECT `+fileColumns+` FROM import_files WHERE id = $1`, id)
	if err != nil {
		return file{}, fmt.Errorf("find import file: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[file])
	if errors.Is(err, pgx.ErrNoRows) {
		return file{}, errNoImport
	}
	if err != nil {
		return file{}, fmt.Errorf("find import file: %w", err)
	}
	return f, nil
}

func findFiles(ctx context.Context, tx pgx.Tx) ([]file, error) {
	rows, err := tx.Query(ctx, `SELECT `+fileColumns+` FROM import_files WHERE account_id = current_account() ORDER BY created_at DESC, id DESC`)
	if err != nil {
		return nil, fmt.Errorf("list import files: %w", err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowToStructByName[file])
	if err != nil {
		return nil, fmt.Errorf("list import files: %w", err)
	}
	return files, nil
}

func fileData(ctx context.Context, tx pgx.Tx, id uuid.UUID) ([]byte, error) {
	var data []byte
	if err := tx.QueryRow(ctx, `SELECT data FROM import_files WHERE id = $1`, id).Scan(&data); err != nil {
		return nil, fmt.Errorf("read import file: %w", err)
	}
	return data, nil
}

// idle are files that no job has in hand.
const idle = `state NOT IN ('queued', 'running') AND archive <> 'queued'`

// dropFiles deletes an account's older files, but for so many.
func dropFiles(ctx context.Context, tx pgx.Tx, keep int) error {
	_, err := tx.Exec(ctx, `DELETE FROM import_files WHERE id IN
		(SELECT id FROM import_files WHERE account_id = current_account() AND `+idle+` ORDER BY created_at DESC, id DESC OFFSET $1)`, keep)
	if err != nil {
		return fmt.Errorf("drop import files: %w", err)
	}
	return nil
}

func forgetFiles(ctx context.Context, tx pgx.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM import_files WHERE created_at < $1`, before); err != nil {
		return fmt.Errorf("forget import files: %w", err)
	}
	return nil
}

// setFields opens a file again to be read with these columns.
func (f file) setFields(ctx context.Context, tx pgx.Tx) error {
	tag, err := tx.Exec(ctx, `UPDATE import_files SET fields = $2, state = 'open', problem_code = '', problem = '' WHERE id = $1 AND state IN ('open', 'failed')`, f.ID, f.Fields)
	if err != nil {
		return fmt.Errorf("set columns of import: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errTaken
	}
	return nil
}

func (f file) confirm(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE import_files SET state = 'queued', user_id = $2, attestation = $3, invite = $4, actor_name = $5, actor_ip = $6, request_id = $7, language = $8,
		confirmed_at = $9, phase = '', rows_done = 0, rows_to_do = 0, problem_code = '', problem = '' WHERE id = $1`,
		f.ID, f.UserID, f.Attestation, f.Invite, f.ActorName, f.ActorIP, f.RequestID, f.Language, f.ConfirmedAt)
	if err != nil {
		return fmt.Errorf("confirm import: %w", err)
	}
	return nil
}

func setProgress(ctx context.Context, tx pgx.Tx, id uuid.UUID, phase string, done, toDo int) error {
	_, err := tx.Exec(ctx, `UPDATE import_files SET state = 'running', phase = $2, rows_done = $3, rows_to_do = $4 WHERE id = $1 AND state IN ('queued', 'running')`, id, phase, done, toDo)
	if err != nil {
		return fmt.Errorf("note progress of import: %w", err)
	}
	return nil
}

func (f file) finish(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE import_files SET state = 'done', phase = '', rows_done = $2, rows_to_do = $2, rows_total = $3, rows_new = $4, rows_changed = $5,
		rows_unchanged = $6, rows_rejected = $7, rows_gone = $8, invitations = $9, invited_by = $10, finished_at = $11 WHERE id = $1`,
		f.ID, f.RowsNew+f.RowsChanged, f.RowsTotal, f.RowsNew, f.RowsChanged, f.RowsUnchanged, f.RowsRejected, f.RowsGone, f.Invitations, f.InvitedBy, f.FinishedAt)
	if err != nil {
		return fmt.Errorf("finish import: %w", err)
	}
	return nil
}

func failFile(ctx context.Context, tx pgx.Tx, id uuid.UUID, code, problem string) error {
	_, err := tx.Exec(ctx, `UPDATE import_files SET state = 'failed', phase = '', rows_done = 0, problem_code = $2, problem = $3 WHERE id = $1 AND state IN ('queued', 'running')`, id, code, problem)
	if err != nil {
		return fmt.Errorf("note failure of import: %w", err)
	}
	return nil
}

// pastImport is the record of what was taken from a file that is gone.
func (s *Service) pastImport(ctx context.Context, account, id uuid.UUID) (Import, error) {
	result := Import{ID: id, State: ImportDone}
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

// remembered is what each heading of the last file was taken for, by its key.
type remembered map[string]string

func (r remembered) find(key string) (field, bool) {
	name, known := r[key]
	return field(name), known
}

func keyText(key []byte) string { return hex.EncodeToString(key) }

func lastFields(ctx context.Context, tx pgx.Tx) (remembered, error) {
	last := remembered{}
	err := tx.QueryRow(ctx, `SELECT fields FROM import_mappings WHERE account_id = current_account()`).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("find columns of the last file: %w", err)
	}
	return last, nil
}

func (s *Service) remember(ctx context.Context, tx pgx.Tx, account uuid.UUID, columns []Column) error {
	fields := remembered{}
	for _, c := range columns {
		fields[s.headingKey(c.Heading)] = c.Field
	}
	_, err := tx.Exec(ctx, `INSERT INTO import_mappings (account_id, fields, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (account_id) DO UPDATE SET fields = EXCLUDED.fields, updated_at = EXCLUDED.updated_at`, account, fields, s.Clock.Now())
	if err != nil {
		return fmt.Errorf("remember columns: %w", err)
	}
	return nil
}
