package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func insertNameChange(ctx context.Context, tx pgx.Tx, account uuid.UUID, c NameChange) error {
	_, err := tx.Exec(ctx, `INSERT INTO account_changes (id, account_id, legal_name, registry_number, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.ID, account, c.LegalName, c.RegistryNumber, c.AskedBy, c.AskedAt)
	if err != nil {
		return fmt.Errorf("insert name change: %w", err)
	}
	return nil
}

// findNameChange returns the wish of an account that waits, nil where none does.
func findNameChange(ctx context.Context, tx pgx.Tx, account uuid.UUID) (*NameChange, error) {
	rows, err := tx.Query(ctx, `SELECT c.id, c.legal_name, c.registry_number, c.asked_by, u.name AS asked_by_name, c.asked_at
		FROM account_changes c JOIN users u ON u.id = c.asked_by WHERE c.account_id = $1 AND c.state = 'waiting'`, account)
	if err != nil {
		return nil, fmt.Errorf("find name change: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[NameChange])
	if err != nil {
		return nil, fmt.Errorf("find name change: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return &list[0], nil
}

func withdrawNameChange(ctx context.Context, tx pgx.Tx, id uuid.UUID, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE account_changes SET state = 'withdrawn', decided_at = $2 WHERE id = $1`, id, at); err != nil {
		return fmt.Errorf("withdraw name change: %w", err)
	}
	return nil
}

func closeNameChange(ctx context.Context, tx pgx.Tx, id uuid.UUID, state string, operator uuid.UUID, reason string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE account_changes SET state = $2, decided_by = $3, reason = $4, decided_at = $5 WHERE id = $1`, id, state, operator, reason, at)
	if err != nil {
		return fmt.Errorf("decide on name change: %w", err)
	}
	return nil
}

// names are what an operator has checked of an account.
type names struct {
	LegalName      string
	RegistryNumber string
}

func namesOf(ctx context.Context, tx pgx.Tx, account uuid.UUID) (names, error) {
	var n names
	err := tx.QueryRow(ctx, `SELECT legal_name, registry_number FROM accounts WHERE id = $1`, account).Scan(&n.LegalName, &n.RegistryNumber)
	if err != nil {
		return names{}, fmt.Errorf("read legal name: %w", err)
	}
	return n, nil
}

func setLegalName(ctx context.Context, tx pgx.Tx, account uuid.UUID, c NameChange) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET legal_name = $2, registry_number = $3 WHERE id = $1`, account, c.LegalName, c.RegistryNumber)
	if err != nil {
		return fmt.Errorf("set legal name: %w", err)
	}
	return nil
}
