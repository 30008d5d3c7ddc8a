package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// Forgot mails a reset link to the address, if it is somebody's. The caller
// learns nothing of that.
func (s *Service) Forgot(ctx context.Context, client Client, email string) error {
	account, user, err := s.findLogin(ctx, email)
	if err != nil || account == uuid.Nil || user.DisabledAt != nil {
		return err
	}
	if allowed, err := s.Limits.mail(ctx, user.ID); err != nil || !allowed {
		return err
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		token, err := s.issue(ctx, tx, Person{Account: account, User: user.ID, Email: user.Email}, resetPassword, resetLifetime)
		if err != nil {
			return err
		}
		err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &account, Template: mail.ResetPassword, To: user.Email, Language: user.Language,
			Data: map[string]string{"name": user.Name, "link": s.PublicURL + "/reset-password#token=" + token}})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &account, At: s.Clock.Now(), Actor: client.anonymous(),
			Action: "password.reset_requested", SubjectKind: "user", SubjectID: user.ID.String()})
	})
}

// Reset sets a new password by a mailed link, ends every session and voids
// every other reset link.
func (s *Service) Reset(ctx context.Context, client Client, token, password string) error {
	account, err := s.TokenAccount(ctx, token)
	if err != nil {
		return err // before any hashing: a made-up token costs us nothing
	}
	if err := CheckPassword(password); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		used, err := useToken(ctx, tx, token, resetPassword, s.Clock.Now())
		if err != nil {
			return err
		}
		user, err := findUser(ctx, tx, used.User, true)
		if err != nil {
			return err
		}
		if err := CheckPassword(password, user.Name, user.Email, user.LegalName); err != nil {
			return err // rolled back: the link still works
		}
		_, err = s.replacePassword(ctx, tx, user, hash, client, "password.reset")
		return err
	})
}

// Change sets a new password for who knows the current one, ends every other
// session and returns a fresh one for this browser.
func (s *Service) Change(ctx context.Context, session Session, client Client, current, password string) (Issued, error) {
	if err := s.Limits.email(ctx, session.Email); err != nil {
		return Issued{}, err
	}
	_, user, err := s.findLogin(ctx, session.Email)
	if err != nil {
		return Issued{}, err
	}
	if matches, err := s.matches(ctx, user.PasswordHash, current); err != nil {
		return Issued{}, err
	} else if !matches {
		return Issued{}, s.refuseChange(ctx, session, client)
	}
	if current == password {
		return Issued{}, apperr.InvalidField("password", "unchanged", "This is your current password.")
	}
	if err := CheckPassword(password, user.Name, user.Email, user.LegalName); err != nil {
		return Issued{}, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return Issued{}, err
	}
	var issued Issued
	err = s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		locked, err := findUser(ctx, tx, session.UserID, true)
		if err != nil {
			return err
		}
		if locked.PasswordHash != user.PasswordHash {
			return apperr.New(apperr.Conflict, "changed_meanwhile", "The password was changed meanwhile. Sign in again.")
		}
		if locked.TokenVersion, err = s.replacePassword(ctx, tx, locked, hash, client, "password.changed"); err != nil {
			return err
		}
		issued, err = s.openSession(ctx, tx, locked, client)
		return err
	})
	return issued, err
}

// refuseChange notes that somebody with this session did not know the password.
func (s *Service) refuseChange(ctx context.Context, session Session, client Client) error {
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		return audit.Record(ctx, tx, audit.Event{Account: &session.AccountID, At: s.Clock.Now(), Actor: client.user(session.UserID, session.Name),
			Action: "password.change_refused", SubjectKind: "user", SubjectID: session.UserID.String()})
	})
	if err != nil {
		return err
	}
	return apperr.InvalidField("current_password", "wrong", "This is not your current password.")
}

// replacePassword stores the hash, voids sessions and links, tells the person
// and the log, all in one transaction. It returns the new token version.
func (s *Service) replacePassword(ctx context.Context, tx pgx.Tx, user userRow, hash string, client Client, action string) (int, error) {
	now := s.Clock.Now()
	if err := setPassword(ctx, tx, user.ID, hash); err != nil {
		return 0, err
	}
	version, err := raiseVersion(ctx, tx, user.ID, now)
	if err != nil {
		return 0, err
	}
	if err := voidTokens(ctx, tx, user.ID, resetPassword, now); err != nil {
		return 0, err
	}
	err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &user.AccountID, Template: mail.PasswordChanged, To: user.Email, Language: user.Language,
		Data: map[string]string{"name": user.Name, "at": now.Format("2006-01-02 15:04 UTC"), "link": s.PublicURL + "/forgot-password"}})
	if err != nil {
		return 0, err
	}
	return version, audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: now, Actor: client.user(user.ID, user.Name),
		Action: action, SubjectKind: "user", SubjectID: user.ID.String()})
}

func setPassword(ctx context.Context, tx pgx.Tx, user uuid.UUID, hash string) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, user, hash); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}
