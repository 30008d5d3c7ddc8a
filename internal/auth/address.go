package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/seal"
)

// MaskEmail keeps what tells two addresses apart, the first letter and the domain:
// a log is no address book. A local part of one letter is masked whole.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "•••"
	}
	if first, size := utf8.DecodeRuneInString(address); at > size {
		return string(first) + "•••" + address[at:]
	}
	return "•••" + address[at:]
}

// AskEmail mails a link to another address, for who knows the password and, where
// one-time codes are on, holds a code, and tells the present one. Nothing changes before somebody with the new mailbox
// has used the link; whether that address is anybody's already is told to
// nobody else.
func (s *Service) AskEmail(ctx context.Context, session Session, client Client, email, password, code string) error {
	again := proofAgain{password: password, code: code, refused: "user.recheck_refused"}
	rechecked, err := s.recheck(ctx, session, client, &again)
	if err != nil {
		return err
	}
	if strings.EqualFold(email, session.Email) {
		return apperr.InvalidField("email", "unchanged", "This is your address already.")
	}
	// Before the code is looked at: a transaction that waits for another connection
	// may wait for ever. A wish with a wrong code counts, too.
	if err := s.Limits.take(ctx, limitEmailChange(), session.UserID.String()); err != nil {
		return err
	}
	mayMail, err := s.Limits.InviteMail(ctx, email)
	if err != nil {
		return err
	}
	return s.whileProved(ctx, session, client, rechecked, again, func(tx pgx.Tx, user userRow) error {
		if err := voidTokens(ctx, tx, user.ID, changeEmail, s.Clock.Now()); err != nil {
			return err
		}
		if mayMail {
			if err := s.mailChange(ctx, tx, user, email); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, user, mail.EmailChangeAsked, map[string]string{"to": email}); err != nil {
			return err
		}
		return s.recordOwn(ctx, tx, user, client, "email.change_asked", map[string]any{"from": MaskEmail(user.Email), "to": MaskEmail(email)})
	})
}

func (s *Service) mailChange(ctx context.Context, tx pgx.Tx, user userRow, email string) error {
	token, err := s.issue(ctx, tx, Person{Account: user.AccountID, User: user.ID, Email: email}, changeEmail, verifyLifetime)
	if err != nil {
		return err
	}
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &user.AccountID, Template: mail.ConfirmEmail, To: email, Language: user.Language,
		Data: map[string]string{"name": user.Name, "link": s.PublicURL + "/confirm-email#token=" + token}})
}

// ChangeEmail makes the address of a mailed link its user's, ends every session
// and tells the address of before.
func (s *Service) ChangeEmail(ctx context.Context, client Client, token string) error {
	account, err := s.TokenAccount(ctx, token)
	if err != nil {
		return err
	}
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		used, err := useChange(ctx, tx, token, now)
		if err != nil {
			return err
		}
		user, err := findUser(ctx, tx, used.User, true)
		if err != nil {
			return err
		}
		if err := setEmail(ctx, tx, user, used.Email, now); err != nil {
			return err
		}
		if _, err := raiseVersion(ctx, tx, user.ID, now); err != nil {
			return err
		}
		for _, purpose := range []string{verifyEmail, resetPassword, changeEmail} {
			if err := voidTokens(ctx, tx, user.ID, purpose, now); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, user, mail.EmailChanged, map[string]string{"to": used.Email, "link": s.PublicURL + "/security"}); err != nil {
			return err
		}
		return s.recordOwn(ctx, tx, user, client, "email.changed", map[string]any{"from": MaskEmail(user.Email), "to": MaskEmail(used.Email)})
	})
	if postgres.IsUnique(err, "users_email") {
		return apperr.New(apperr.Conflict, "email_taken", "This address belongs to another account already.")
	}
	return err
}

// useChange uses up a link that was sent to an address which is not the user's yet.
func useChange(ctx context.Context, tx pgx.Tx, token string, now time.Time) (Verified, error) {
	_, err := tx.Exec(ctx, `SELECT FROM users WHERE id = (SELECT user_id FROM email_tokens WHERE token_hash = $1) FOR NO KEY UPDATE`, seal.HashToken(token))
	if err != nil {
		return Verified{}, fmt.Errorf("lock user of email token: %w", err)
	}
	var v Verified
	err = tx.QueryRow(ctx, `UPDATE email_tokens t SET used_at = $3 FROM users u
		WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > $3 AND u.id = t.user_id AND u.disabled_at IS NULL AND NOT u.must_reset -- else whoever the operator called the password in for confirms
		RETURNING t.user_id, t.email`, seal.HashToken(token), changeEmail, now).Scan(&v.User, &v.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return Verified{}, ErrTokenGone()
	}
	if err != nil {
		return Verified{}, fmt.Errorf("use email token: %w", err)
	}
	return v, nil
}

func setEmail(ctx context.Context, tx pgx.Tx, user userRow, email string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1`, user.ID, email, now); err != nil {
		return fmt.Errorf("set email: %w", err)
	}
	return nil
}
