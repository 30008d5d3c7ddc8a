package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// decision is what an operator's act starts from.
type decision struct {
	status   string
	approved bool
	own      bool // the operator is one of its people
	at       time.Time
}

// lockForDecision reads who the operator is from their row: their address is what
// it is now, whatever it was when they signed in.
func lockForDecision(ctx context.Context, tx pgx.Tx, id, operator uuid.UUID) (decision, error) {
	var d decision
	err := tx.QueryRow(ctx, `SELECT status, approved_by IS NOT NULL,
		EXISTS (SELECT FROM users u JOIN operators o ON lower(o.email) = lower(u.email) WHERE u.account_id = accounts.id AND o.id = $2)
		FROM accounts WHERE id = $1 FOR NO KEY UPDATE`, id, operator).Scan(&d.status, &d.approved, &d.own)
	if errors.Is(err, pgx.ErrNoRows) {
		return decision{}, errNoAccount()
	}
	if err != nil {
		return decision{}, fmt.Errorf("lock account: %w", err)
	}
	return d, nil
}

func errNoAccount() error {
	return apperr.New(apperr.NotFound, "not_found", "There is no such account.")
}

func approveAccount(ctx context.Context, tx pgx.Tx, id, operator, sender uuid.UUID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET status = 'active', status_reason = '', status_changed_at = $4,
		approved_by = $2, approved_at = $4, sender_id = $3 WHERE id = $1`, id, operator, sender, at)
	if err != nil {
		return fmt.Errorf("approve account: %w", err)
	}
	return nil
}

func setStatus(ctx context.Context, tx pgx.Tx, id uuid.UUID, status, reason string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET status = $2, status_reason = $3, status_changed_at = $4 WHERE id = $1`, id, status, reason, at)
	if err != nil {
		return fmt.Errorf("set account status: %w", err)
	}
	return nil
}

func endAllSessions(ctx context.Context, tx pgx.Tx, id uuid.UUID, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET token_version = token_version + 1 WHERE account_id = $1`, id); err != nil {
		return fmt.Errorf("raise token versions: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL`, id, at); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE remembered_devices SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL`, id, at); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	return nil
}

func callPasswordsIn(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET must_reset = true WHERE account_id = $1`, id); err != nil {
		return fmt.Errorf("call passwords in: %w", err)
	}
	return nil
}

type owner struct {
	Name      string
	Email     string
	Language  string
	LegalName string
}

func listOwners(ctx context.Context, tx pgx.Tx, id uuid.UUID) ([]owner, error) {
	rows, err := tx.Query(ctx, `SELECT u.name, u.email, u.language, a.legal_name FROM users u JOIN accounts a ON a.id = u.account_id
		WHERE u.account_id = $1 AND u.role = 'owner' AND u.email_verified_at IS NOT NULL AND u.disabled_at IS NULL ORDER BY u.created_at, u.id`, id)
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowToStructByName[owner])
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", err)
	}
	return owners, nil
}

// chooseSender returns the wanted sender, or the active one with the fewest accounts.
func chooseSender(ctx context.Context, tx pgx.Tx, wanted *uuid.UUID) (Sender, error) {
	senders, err := listSenders(ctx, tx)
	if err != nil {
		return Sender{}, err
	}
	var chosen Sender
	for _, sender := range senders {
		switch {
		case !sender.Active:
		case wanted != nil && sender.ID == *wanted:
			return sender, nil
		case wanted == nil && (chosen.ID == uuid.Nil || sender.Accounts < chosen.Accounts):
			chosen = sender
		}
	}
	if wanted != nil {
		return Sender{}, apperr.InvalidField("sender_id", "not_allowed", "This is no active sender.")
	}
	if chosen.ID == uuid.Nil {
		return Sender{}, apperr.New(apperr.Conflict, "no_sender", "There is no active sender to assign.")
	}
	return chosen, nil
}
