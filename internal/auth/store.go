package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// userRow is a user with what login decides by.
type userRow struct {
	ID              uuid.UUID
	AccountID       uuid.UUID
	Name            string
	Email           string
	EmailVerifiedAt *time.Time
	Language        string
	Role            string
	PasswordHash    string
	TokenVersion    int
	DisabledAt      *time.Time
	MustReset       bool       // an operator asked for a new password
	PasswordShort   bool       // it needs a second factor beside it
	SecondFactor    bool       // one-time codes are on
	FactorResetAt   *time.Time // from when on a sign-in goes without them: they are lost
	Status          string
	LegalName       string
	SpokenName      string // of the employer, in calls
}

const userColumns = `u.id, u.account_id, u.name, u.email, u.email_verified_at, u.language, u.role,
	u.password_hash, u.token_version, u.disabled_at, u.must_reset, u.password_short, u.factor_reset_at,
	EXISTS (SELECT FROM user_totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS second_factor, a.status, a.legal_name, a.spoken_name`

func findUser(ctx context.Context, tx pgx.Tx, id uuid.UUID, lock bool) (userRow, error) {
	suffix := ""
	if lock {
		suffix = " FOR NO KEY UPDATE OF u"
	}
	rows, err := tx.Query(ctx, `SELECT `+userColumns+` FROM users u JOIN accounts a ON a.id = u.account_id WHERE u.id = $1`+suffix, id)
	if err != nil {
		return userRow{}, fmt.Errorf("find user: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[userRow])
	if err != nil {
		return userRow{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

func findSession(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Session, error) {
	var s Session
	err := tx.QueryRow(ctx, `SELECT s.id, s.user_id, s.expires_at, s.last_seen_at, u.name, u.email, u.language, u.role, u.token_version, a.status
		FROM sessions s JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = s.account_id
		WHERE s.id = $1 AND s.ended_at IS NULL AND u.disabled_at IS NULL`, id).
		Scan(&s.ID, &s.UserID, &s.ExpiresAt, &s.lastSeenAt, &s.Name, &s.Email, &s.Language, &s.Role, &s.tokenVersion, &s.Status)
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	return s, nil
}

func insertSession(ctx context.Context, tx pgx.Tx, s Session, client Client, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO sessions (id, account_id, user_id, ip, user_agent, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`, s.ID, s.AccountID, s.UserID, client.IP, client.userAgent(), now, s.ExpiresAt)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

func touchSession(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE sessions SET last_seen_at = $2 WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

func endSession(ctx context.Context, tx pgx.Tx, user, id uuid.UUID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = $3 WHERE id = $2 AND user_id = $1 AND ended_at IS NULL`, user, id, now)
	if err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// raiseVersion voids every token of the user, ends the rows behind them and
// forgets the remembered devices: whoever held one has to prove all of it again.
func raiseVersion(ctx context.Context, tx pgx.Tx, user uuid.UUID, now time.Time) (int, error) {
	var version int
	err := tx.QueryRow(ctx, `UPDATE users SET token_version = token_version + 1 WHERE id = $1 RETURNING token_version`, user).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("raise token version: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL`, user, now); err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE remembered_devices SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL`, user, now); err != nil {
		return 0, fmt.Errorf("forget devices: %w", err)
	}
	return version, nil
}

func listSessions(ctx context.Context, tx pgx.Tx, user uuid.UUID, now, usedAfter time.Time) ([]Device, error) {
	rows, err := tx.Query(ctx, `SELECT id, created_at, last_seen_at, ip, user_agent FROM sessions
		WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at >= $3 ORDER BY last_seen_at DESC, id LIMIT 100`, user, now, usedAfter)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	devices, err := pgx.CollectRows(rows, pgx.RowToStructByName[Device])
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return devices, nil
}
