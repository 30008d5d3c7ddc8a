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
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error { return s.sendReset(ctx, tx, client, user) })
}

func (s *Service) sendReset(ctx context.Context, tx pgx.Tx, client Client, user userRow) error {
	token, err := s.issue(ctx, tx, Person{Account: user.AccountID, User: user.ID, Email: user.Email}, resetPassword, resetLifetime)
	if err != nil {
		return err
	}
	err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &user.AccountID, Template: mail.ResetPassword, To: user.Email, Language: user.Language,
		Data: map[string]string{"name": user.Name, "link": s.PublicURL + "/reset-password#token=" + token}})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: s.Clock.Now(), Actor: client.anonymous(),
		Action: "password.reset_requested", SubjectKind: "user", SubjectID: user.ID.String()})
}

// refuseOld tells somebody whose password an operator has called in that it no
// longer opens anything, and sends the link to a new one, unless one has just left.
func (s *Service) refuseOld(ctx context.Context, client Client, user userRow) error {
	err := s.App.InAccount(ctx, user.AccountID, func(tx pgx.Tx) error {
		current, err := findUser(ctx, tx, user.ID, true)
		if err != nil || !current.MustReset {
			return err
		}
		sent, err := lastToken(ctx, tx, user.ID, resetPassword)
		if err != nil {
			return err
		}
		if s.Clock.Now().Sub(sent) < resendAfter {
			return s.noteRefusal(ctx, tx, client, user, map[string]any{"reason": "called_in"})
		}
		return s.sendReset(ctx, tx, client, current)
	})
	if err != nil {
		return err
	}
	return errPasswordCalledIn()
}

// Reset sets a new password by a mailed link, ends every session and voids
// every other reset link. The browser becomes a known one: whoever holds the
// mailbox gets in from it, however many strangers try. known is what it holds
// already.
func (s *Service) Reset(ctx context.Context, client Client, token, password, known string) (Known, error) {
	account, err := s.TokenAccount(ctx, token)
	if err != nil {
		return Known{}, err // before any hashing: a made-up token costs us nothing
	}
	if err := CheckPasswordFor(true, password); err != nil {
		return Known{}, err // whether it may be as short as that is decided with the user's row
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return Known{}, err
	}
	var made Known
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		used, err := useToken(ctx, tx, token, resetPassword, s.Clock.Now())
		if err != nil {
			return err
		}
		user, err := findUser(ctx, tx, used.User, true)
		if err != nil {
			return err
		}
		if err := CheckPasswordFor(user.SecondFactor, password, user.Name, user.Email, user.LegalName, user.SpokenName); err != nil {
			return err // rolled back: the link still works
		}
		if _, err = s.replacePassword(ctx, tx, user, password, hash, client, "password.reset"); err != nil {
			return err
		}
		made, err = s.know(known, user.ID)
		return err
	})
	return made, err
}

// Change sets a new password for who knows the current one and, where one-time
// codes are on, holds a code. It ends every other session and returns a fresh one
// for this browser.
func (s *Service) Change(ctx context.Context, session Session, client Client, current, code, password string) (Issued, error) {
	again := proofAgain{password: current, code: code, refused: "password.change_refused"}
	user, err := s.recheck(ctx, session, client, &again)
	if err != nil {
		return Issued{}, err
	}
	if current == password {
		return Issued{}, apperr.InvalidField("password", "unchanged", "This is your current password.")
	}
	if err := CheckPasswordFor(user.SecondFactor, password, user.Name, user.Email, user.LegalName, user.SpokenName); err != nil {
		return Issued{}, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return Issued{}, err
	}
	var issued Issued
	err = s.whileProved(ctx, session, client, user, again, func(tx pgx.Tx, locked userRow) (err error) {
		if locked.TokenVersion, err = s.replacePassword(ctx, tx, locked, password, hash, client, "password.changed"); err != nil {
			return err
		}
		issued, err = s.openSession(ctx, tx, locked, client)
		return err
	})
	return issued, err
}

// replacePassword stores the hash, voids sessions and links, tells the person
// and the log, all in one transaction. It returns the new token version.
func (s *Service) replacePassword(ctx context.Context, tx pgx.Tx, user userRow, password, hash string, client Client, action string) (int, error) {
	now := s.Clock.Now()
	if err := setPassword(ctx, tx, user.ID, hash, tooShortAlone(password)); err != nil {
		return 0, err
	}
	version, err := raiseVersion(ctx, tx, user.ID, now)
	if err != nil {
		return 0, err
	}
	for _, purpose := range []string{resetPassword, changeEmail} { // a stranger may have asked for either
		if err := voidTokens(ctx, tx, user.ID, purpose, now); err != nil {
			return 0, err
		}
	}
	if err := s.tell(ctx, tx, user, mail.PasswordChanged, nil); err != nil {
		return 0, err
	}
	return version, s.recordOwn(ctx, tx, user, client, action, nil)
}

// setPassword stores the hash of a new password. short: it would not do without
// a second factor.
func setPassword(ctx context.Context, tx pgx.Tx, user uuid.UUID, hash string, short bool) error {
	_, err := tx.Exec(ctx, `UPDATE users SET password_hash = $2, password_short = $3, must_reset = false WHERE id = $1`, user, hash, short)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// setHash stores another hash of the same password.
func setHash(ctx context.Context, tx pgx.Tx, user uuid.UUID, hash string) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, user, hash); err != nil {
		return fmt.Errorf("set password hash: %w", err)
	}
	return nil
}
