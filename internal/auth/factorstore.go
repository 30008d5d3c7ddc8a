package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

type totpRow struct {
	Secret      []byte
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

// findTOTP returns a user's one-time codes, set up or confirmed; nil when there are none.
func findTOTP(ctx context.Context, tx pgx.Tx, user uuid.UUID) (*totpRow, error) {
	rows, err := tx.Query(ctx, `SELECT secret, created_at, confirmed_at FROM user_totp WHERE user_id = $1`, user)
	if err != nil {
		return nil, fmt.Errorf("find totp: %w", err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[totpRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find totp: %w", err)
	}
	return row, nil
}

func insertTOTP(ctx context.Context, tx pgx.Tx, account, user uuid.UUID, secret []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO user_totp (account_id, user_id, secret, created_at) VALUES ($1, $2, $3, $4)`, account, user, secret, now)
	if err != nil {
		return fmt.Errorf("insert totp: %w", err)
	}
	return nil
}

func confirmTOTP(ctx context.Context, tx pgx.Tx, user uuid.UUID, step int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE user_totp SET confirmed_at = $2, last_step = $3 WHERE user_id = $1`, user, now, step)
	if err != nil {
		return fmt.Errorf("confirm totp: %w", err)
	}
	return nil
}

// useStep lets one of two who come with the same code pass: the row's lock decides.
func useStep(ctx context.Context, tx pgx.Tx, user uuid.UUID, step int64) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE user_totp SET last_step = $2 WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2`, user, step)
	if err != nil {
		return false, fmt.Errorf("use one-time code: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func deleteTOTP(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM user_totp WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("delete totp: %w", err)
	}
	return nil
}

func insertRecoveryCodes(ctx context.Context, tx pgx.Tx, account, user uuid.UUID, hashes [][]byte, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO recovery_codes (account_id, user_id, code_hash, created_at) SELECT $1, $2, unnest($3::bytea[]), $4`, account, user, hashes, now)
	if err != nil {
		return fmt.Errorf("insert recovery codes: %w", err)
	}
	return nil
}

func deleteRecoveryCodes(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("delete recovery codes: %w", err)
	}
	return nil
}

func useRecoveryCode(ctx context.Context, tx pgx.Tx, user uuid.UUID, hash []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL`, user, hash, now)
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func countRecoveryCodes(ctx context.Context, tx pgx.Tx, user uuid.UUID) (left int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, user).Scan(&left)
	if err != nil {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return left, nil
}
