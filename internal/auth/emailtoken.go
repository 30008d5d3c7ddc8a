package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/seal"
)

// Purposes of the links we mail.
const (
	verifyEmail   = "verify_email"
	resetPassword = "reset_password"
	changeEmail   = "change_email"
)

const verifyLifetime = 24 * time.Hour

// Person is whom a mail is for.
type Person struct {
	Account   uuid.UUID
	User      uuid.UUID
	Name      string
	Email     string
	Language  string
	LegalName string
}

// SendVerification queues the mail that confirms an address. The link leads to
// a page that posts the token: programs that look through mails follow links,
// but press no buttons.
func (s *Service) SendVerification(ctx context.Context, tx pgx.Tx, p Person) error {
	token, err := s.issue(ctx, tx, p, verifyEmail, verifyLifetime)
	if err != nil {
		return err
	}
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &p.Account, Template: mail.VerifyEmail, To: p.Email, Language: p.Language,
		Data: map[string]string{"name": p.Name, "legal_name": p.LegalName, "link": s.PublicURL + "/verify-email#token=" + token}})
}

// issue makes a link's secret and stores its hash. It sits behind # in links:
// browsers keep that part to themselves, so no log and no referrer sees it.
func (s *Service) issue(ctx context.Context, tx pgx.Tx, p Person, purpose string, lifetime time.Duration) (string, error) {
	token, hash := seal.NewToken()
	now := s.Clock.Now()
	_, err := tx.Exec(ctx, `INSERT INTO email_tokens (token_hash, account_id, user_id, purpose, email, expires_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, hash, p.Account, p.User, purpose, p.Email, now.Add(lifetime), now)
	if err != nil {
		return "", fmt.Errorf("insert email token: %w", err)
	}
	return token, nil
}

// ErrTokenGone says that a link was used, is too old, or never was.
func ErrTokenGone() error {
	return apperr.New(apperr.Gone, "token_gone", "This link was used already or is too old.")
}

// TokenAccount returns the account of a mailed link, before anything is known
// of who follows it. It does not use the link up.
func (s *Service) TokenAccount(ctx context.Context, token string) (uuid.UUID, error) {
	var account uuid.UUID
	err := s.App.QueryRow(ctx, `SELECT account_id FROM find_email_token($1)`, seal.HashToken(token)).Scan(&account)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, ErrTokenGone()
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find email token: %w", err)
	}
	return account, nil
}

// Verified is what a used verification link proves.
type Verified struct {
	User  uuid.UUID
	Email string // the address the link was sent to
}

// UseVerification uses a verification link up, in the transaction of what it allows.
func (s *Service) UseVerification(ctx context.Context, tx pgx.Tx, token string) (Verified, error) {
	return useToken(ctx, tx, token, verifyEmail, s.Clock.Now())
}

// useToken marks a link as used. Two who follow it at once wait for each
// other, and the second finds it used. The user's row is locked first, as by
// everybody who voids links: what the link confirms cannot change under it.
func useToken(ctx context.Context, tx pgx.Tx, token, purpose string, now time.Time) (Verified, error) {
	_, err := tx.Exec(ctx, `SELECT FROM users WHERE id = (SELECT user_id FROM email_tokens WHERE token_hash = $1) FOR NO KEY UPDATE`, seal.HashToken(token))
	if err != nil {
		return Verified{}, fmt.Errorf("lock user of email token: %w", err)
	}
	var v Verified
	err = tx.QueryRow(ctx, `UPDATE email_tokens t SET used_at = $3 FROM users u
		WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > $3
		  AND u.id = t.user_id AND lower(u.email) = lower(t.email) AND u.disabled_at IS NULL
		RETURNING t.user_id, t.email`, seal.HashToken(token), purpose, now).Scan(&v.User, &v.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return Verified{}, ErrTokenGone()
	}
	if err != nil {
		return Verified{}, fmt.Errorf("use email token: %w", err)
	}
	return v, nil
}

// voidTokens uses up every open link of one purpose.
func voidTokens(ctx context.Context, tx pgx.Tx, user uuid.UUID, purpose string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE email_tokens SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL`, user, purpose, now)
	if err != nil {
		return fmt.Errorf("void email tokens: %w", err)
	}
	return nil
}

// lastToken tells when the newest link of a purpose was made; the zero time when none was.
func lastToken(ctx context.Context, tx pgx.Tx, user uuid.UUID, purpose string) (time.Time, error) {
	var at *time.Time
	err := tx.QueryRow(ctx, `SELECT max(created_at) FROM email_tokens WHERE user_id = $1 AND purpose = $2`, user, purpose).Scan(&at)
	if err != nil || at == nil {
		return time.Time{}, err
	}
	return *at, nil
}
