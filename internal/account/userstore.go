package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/postgres"
)

const colleagueColumns = `SELECT u.id, u.name, u.email, u.role, u.language, u.phone_verified_at, u.created_at,
	(SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at, u.disabled_at,
	EXISTS (SELECT FROM user_totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS second_factor, u.factor_reset_at FROM users u`

func listColleagues(ctx context.Context, tx pgx.Tx) ([]Colleague, error) {
	rows, err := tx.Query(ctx, colleagueColumns+` ORDER BY u.disabled_at IS NOT NULL, u.created_at, u.id`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Colleague])
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return list, nil
}

func findColleague(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Colleague, error) {
	return oneColleague(ctx, tx, colleagueColumns+` WHERE u.id = $1`, id)
}

func lockColleague(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Colleague, error) {
	return oneColleague(ctx, tx, colleagueColumns+` WHERE u.id = $1 FOR NO KEY UPDATE OF u`, id)
}

func oneColleague(ctx context.Context, tx pgx.Tx, sql string, id uuid.UUID) (Colleague, error) {
	rows, err := tx.Query(ctx, sql, id)
	if err != nil {
		return Colleague{}, fmt.Errorf("find user: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Colleague])
	if errors.Is(err, pgx.ErrNoRows) {
		return Colleague{}, apperr.New(apperr.NotFound, "not_found", "There is no such person in your account.")
	}
	if err != nil {
		return Colleague{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

func setUserName(ctx context.Context, tx pgx.Tx, id uuid.UUID, name string) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET name = $2 WHERE id = $1`, id, name); err != nil {
		return fmt.Errorf("rename user: %w", err)
	}
	return nil
}

func setUserLanguage(ctx context.Context, tx pgx.Tx, id uuid.UUID, language string) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET language = $2 WHERE id = $1`, id, language); err != nil {
		return fmt.Errorf("set user language: %w", err)
	}
	return nil
}

func setUserRole(ctx context.Context, tx pgx.Tx, id uuid.UUID, role string) error {
	if _, err := tx.Exec(ctx, `SELECT set_user_role($1, $2)`, id, role); err != nil {
		return fmt.Errorf("set user role: %w", err)
	}
	return nil
}

func setUserDisabled(ctx context.Context, tx pgx.Tx, id uuid.UUID, at *time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET disabled_at = $2, factor_reset_at = NULL WHERE id = $1`, id, at); err != nil {
		return fmt.Errorf("set access of user: %w", err)
	}
	return nil
}

func hasUser(ctx context.Context, tx pgx.Tx, email string) (known bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1))`, email).Scan(&known); err != nil {
		return false, fmt.Errorf("find user by address: %w", err)
	}
	return known, nil
}

func addressInUse(ctx context.Context, tx pgx.Tx, email string) (used bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT address_in_use($1)`, email).Scan(&used); err != nil {
		return false, fmt.Errorf("find address: %w", err)
	}
	return used, nil
}

func insertInvitation(ctx context.Context, tx pgx.Tx, account, by uuid.UUID, i Invitation, hash []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO user_invitations (id, account_id, email, name, role, language, invited_by, token_hash, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, i.ID, account, i.Email, i.Name, i.Role, i.Language, by, hash, i.CreatedAt, i.ExpiresAt)
	if err != nil {
		return fmt.Errorf("insert invitation: %w", err)
	}
	return nil
}

const openInvitations = `SELECT i.id, i.email, i.name, i.role, i.language, u.name AS invited_by_name, i.created_at, i.expires_at
	FROM user_invitations i JOIN users u ON u.id = i.invited_by WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL`

func listInvitations(ctx context.Context, tx pgx.Tx) ([]Invitation, error) {
	return collectInvitations(tx.Query(ctx, openInvitations+` ORDER BY i.created_at DESC, i.id LIMIT 500`))
}

func listInvitationsOf(ctx context.Context, tx pgx.Tx, user uuid.UUID) ([]Invitation, error) {
	return collectInvitations(tx.Query(ctx, openInvitations+` AND i.invited_by = $1`, user))
}

func findOpenInvitation(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Invitation, error) {
	list, err := collectInvitations(tx.Query(ctx, openInvitations+` AND i.id = $1`, id))
	if err != nil {
		return Invitation{}, err
	}
	if len(list) == 0 {
		return Invitation{}, apperr.New(apperr.NotFound, "not_found", "There is no such open invitation.")
	}
	return list[0], nil
}

func collectInvitations(rows pgx.Rows, err error) ([]Invitation, error) {
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Invitation])
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return list, nil
}

func hasInvitation(ctx context.Context, tx pgx.Tx, email string) (open bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM user_invitations WHERE lower(email) = lower($1) AND accepted_at IS NULL AND revoked_at IS NULL)`, email).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("find invitation by address: %w", err)
	}
	return open, nil
}

func revokeExpired(ctx context.Context, tx pgx.Tx, email string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE user_invitations SET revoked_at = $2
		WHERE lower(email) = lower($1) AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= $2`, email, now)
	if err != nil {
		return fmt.Errorf("close old invitation: %w", err)
	}
	return nil
}

func revokeInvitation(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE user_invitations SET revoked_at = $2 WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return nil
}

func renewInvitation(ctx context.Context, tx pgx.Tx, id uuid.UUID, hash []byte, expires time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE user_invitations SET token_hash = $2, expires_at = $3 WHERE id = $1`, id, hash, expires); err != nil {
		return fmt.Errorf("renew invitation: %w", err)
	}
	return nil
}

// findInvitation returns the account of a link, before anything is known of who follows it.
func findInvitation(ctx context.Context, pool *postgres.Pool, hash []byte) (uuid.UUID, error) {
	var account *uuid.UUID
	if err := pool.QueryRow(ctx, `SELECT find_invitation($1)`, hash).Scan(&account); err != nil {
		return uuid.Nil, fmt.Errorf("find invitation: %w", err)
	}
	if account == nil {
		return uuid.Nil, auth.ErrTokenGone()
	}
	return *account, nil
}

func findInvitedTo(ctx context.Context, tx pgx.Tx, hash []byte, now time.Time) (InvitedTo, error) {
	rows, err := tx.Query(ctx, `SELECT a.id AS account, i.id, a.legal_name, a.spoken_name, a.status, i.name, i.email, i.role, i.language
		FROM user_invitations i JOIN accounts a ON a.id = i.account_id
		WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2`, hash, now)
	if err != nil {
		return InvitedTo{}, fmt.Errorf("read invitation: %w", err)
	}
	to, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[InvitedTo])
	if errors.Is(err, pgx.ErrNoRows) {
		return InvitedTo{}, auth.ErrTokenGone()
	}
	if err != nil {
		return InvitedTo{}, fmt.Errorf("read invitation: %w", err)
	}
	return to, nil
}

// joinInvited makes the user and uses the invitation up. It reports whether an
// unconfirmed registration of the address gave way.
func joinInvited(ctx context.Context, tx pgx.Tx, hash []byte, user uuid.UUID, a Acceptance, password string, now time.Time) (bool, error) {
	var replaced *bool
	err := tx.QueryRow(ctx, `SELECT join_invited($1, $2, $3, $4, $5, $6)`, hash, user, a.Name, a.Language, password, now).Scan(&replaced)
	if err != nil {
		return false, fmt.Errorf("join by invitation: %w", err)
	}
	if replaced == nil {
		return false, auth.ErrTokenGone()
	}
	return *replaced, nil
}
