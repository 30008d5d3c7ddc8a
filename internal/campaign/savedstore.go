package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/postgres"
)

const savedQuery = `SELECT m.id, m.name, m.content, m.created_at, m.updated_at, u.name AS updated_by_name
	FROM saved_messages m JOIN users u ON u.id = m.updated_by `

// roomForSaved refuses one message too many. It holds the account's row, so that
// two who save the last one at once are heard one after the other.
func roomForSaved(ctx context.Context, tx pgx.Tx, account uuid.UUID) error {
	var kept int
	_, err := tx.Exec(ctx, `SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE`, account)
	if err == nil {
		err = tx.QueryRow(ctx, `SELECT count(*) FROM saved_messages`).Scan(&kept)
	}
	if err != nil {
		return fmt.Errorf("count saved messages: %w", err)
	}
	if kept >= maxSaved {
		return apperr.New(apperr.Conflict, "saved_messages_full", "Your company keeps %d saved messages already, and no more fit. Delete one that nobody needs.", kept)
	}
	return nil
}

func insertSaved(ctx context.Context, tx pgx.Tx, by Caller, m SavedMessage, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO saved_messages (id, account_id, name, content, created_by, created_at, updated_by, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $5, $6)`, m.ID, by.AccountID, m.Name, m.Content, by.UserID, now)
	return savedError("insert saved message", err)
}

func updateSaved(ctx context.Context, tx pgx.Tx, by Caller, m SavedMessage, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE saved_messages SET name = $2, content = $3, updated_by = $4, updated_at = $5 WHERE id = $1`,
		m.ID, m.Name, m.Content, by.UserID, now)
	return savedError("update saved message", err)
}

func savedError(what string, err error) error {
	if postgres.IsUnique(err, "saved_messages_name") {
		return apperr.InvalidField("name", "duplicate", "A saved message has this name already.")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func deleteSaved(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM saved_messages WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete saved message: %w", err)
	}
	return nil
}

func findSaved(ctx context.Context, tx pgx.Tx, id uuid.UUID, suffix string) (SavedMessage, error) {
	rows, err := tx.Query(ctx, savedQuery+`WHERE m.id = $1`+suffix, id)
	if err != nil {
		return SavedMessage{}, fmt.Errorf("find saved message: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[SavedMessage])
	if errors.Is(err, pgx.ErrNoRows) {
		return SavedMessage{}, apperr.New(apperr.NotFound, "not_found", "There is no such saved message.")
	}
	if err != nil {
		return SavedMessage{}, fmt.Errorf("find saved message: %w", err)
	}
	return m, nil
}

// listSaved lists by name as people sort, after a name; names are unique.
func listSaved(ctx context.Context, tx pgx.Tx, after string, limit int) ([]SavedMessage, error) {
	rows, err := tx.Query(ctx, savedQuery+`WHERE $1 = '' OR lower(m.name) > lower($1) ORDER BY lower(m.name) LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list saved messages: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SavedMessage])
	if err != nil {
		return nil, fmt.Errorf("list saved messages: %w", err)
	}
	return list, nil
}
