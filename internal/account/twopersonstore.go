package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func updateTwoPerson(ctx context.Context, tx pgx.Tx, account uuid.UUID, above *int) error {
	if _, err := tx.Exec(ctx, `UPDATE accounts SET two_person_above = $2 WHERE id = $1`, account, above); err != nil {
		return fmt.Errorf("update two-person size: %w", err)
	}
	return nil
}

func insertSizeChange(ctx context.Context, tx pgx.Tx, account uuid.UUID, c SizeChange, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO two_person_changes (id, account_id, wanted, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5)`,
		c.ID, account, c.Wanted, c.AskedBy, now)
	if err != nil {
		return fmt.Errorf("insert two-person change: %w", err)
	}
	return nil
}

func findSizeChange(ctx context.Context, tx pgx.Tx) (*SizeChange, error) {
	rows, err := tx.Query(ctx, `SELECT c.id, c.wanted, c.asked_by, u.name AS asked_by_name FROM two_person_changes c JOIN users u ON u.id = c.asked_by WHERE c.state = 'waiting'`)
	if err != nil {
		return nil, fmt.Errorf("find two-person change: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SizeChange])
	if err != nil {
		return nil, fmt.Errorf("find two-person change: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return &list[0], nil
}

func decideSizeChange(ctx context.Context, tx pgx.Tx, id uuid.UUID, state string, by uuid.UUID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE two_person_changes SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1`, id, state, by, at)
	if err != nil {
		return fmt.Errorf("decide on two-person change: %w", err)
	}
	return nil
}

// person is somebody of an account who can be written to.
type person struct {
	ID       uuid.UUID
	Name     string
	Email    string
	Language string
	Role     string
}

// otherUsers are the account's people but one.
func otherUsers(ctx context.Context, tx pgx.Tx, but uuid.UUID) ([]person, error) {
	rows, err := tx.Query(ctx, `SELECT id, name, email, language, role FROM users
		WHERE id <> $1 AND email_verified_at IS NOT NULL AND disabled_at IS NULL ORDER BY created_at, id`, but)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[person])
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return people, nil
}

func ownersOf(people []person) []person {
	var owners []person
	for _, p := range people {
		if p.Role == "owner" {
			owners = append(owners, p)
		}
	}
	return owners
}
