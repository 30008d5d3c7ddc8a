package auth

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// setupLifetime is how long a secret waits for its first code.
const setupLifetime = 15 * time.Minute

func userPlace(id uuid.UUID) string { return "user_totp:secret:" + id.String() }

// Factor is how a user's sign-in is guarded beside the password.
type Factor struct {
	On            bool
	Since         *time.Time
	RecoveryCodes int  // that are left
	PasswordShort bool // the password would not do alone
}

// Factor returns how the user's sign-in is guarded.
func (s *Service) Factor(ctx context.Context, session Session) (Factor, error) {
	var f Factor
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		user, err := findUser(ctx, tx, session.UserID, false)
		if err != nil {
			return err
		}
		row, err := findTOTP(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		f = Factor{On: user.SecondFactor, PasswordShort: user.PasswordShort}
		if row != nil {
			f.Since = row.ConfirmedAt
		}
		f.RecoveryCodes, err = countRecoveryCodes(ctx, tx, user.ID)
		return err
	})
	return f, err
}

// FactorSetup is what an authenticator app reads; it is shown this once.
type FactorSetup struct {
	Secret string // base32
	URL    string // the same as otpauth://
}

// BeginTOTP makes a secret for who knows the password. Nothing is asked for at
// sign-in until a code of it was given.
func (s *Service) BeginTOTP(ctx context.Context, session Session, client Client, password string) (FactorSetup, error) {
	if _, err := s.reauthenticate(ctx, session, client, password, "user.recheck_refused"); err != nil {
		return FactorSetup{}, err
	}
	var setup FactorSetup
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		user, err := findUser(ctx, tx, session.UserID, true)
		if err != nil {
			return err
		}
		if user.SecondFactor {
			return apperr.New(apperr.Conflict, "totp_on", "One-time codes are on already.")
		}
		if setup.Secret, setup.URL, err = newSecret(user.Email); err != nil {
			return err
		}
		if err := deleteTOTP(ctx, tx, user.ID); err != nil { // an unfinished set-up
			return err
		}
		return insertTOTP(ctx, tx, user.AccountID, user.ID, s.Keys.Seal(userPlace(user.ID), []byte(setup.Secret)), s.Clock.Now())
	})
	return setup, err
}

// ConfirmTOTP switches one-time codes on by the first of them. It ends every
// other session, and returns a fresh one with the recovery codes, which are
// shown this once.
func (s *Service) ConfirmTOTP(ctx context.Context, session Session, client Client, code string) (Issued, []string, error) {
	code = withoutSpaces(code)
	if err := s.Limits.code(ctx, session.UserID, code); err != nil {
		return Issued{}, nil, err
	}
	var issued Issued
	var codes []string
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		user, err := findUser(ctx, tx, session.UserID, true)
		if err != nil {
			return err
		}
		row, err := findTOTP(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if row == nil || row.ConfirmedAt != nil || now.Sub(row.CreatedAt) > setupLifetime {
			return apperr.New(apperr.Conflict, "no_setup", "There is no set-up that waits for a code. Begin again.")
		}
		step, err := s.stepOf(userPlace(user.ID), row.Secret, code)
		if err != nil {
			return err
		}
		if step == 0 {
			return errWrongCode()
		}
		if err := confirmTOTP(ctx, tx, user.ID, step, now); err != nil {
			return err
		}
		if codes, err = replaceRecoveryCodes(ctx, tx, user.AccountID, user.ID, now); err != nil {
			return err
		}
		issued, err = s.guardChanged(ctx, tx, user, client, mail.TOTPOn, "user.totp_enabled")
		return err
	})
	if err != nil {
		return Issued{}, nil, err
	}
	return issued, codes, nil
}

// DisableTOTP switches one-time codes off for who knows the password and holds
// a code, one-time or recovery. It ends every other session and returns a fresh
// one. A password that would not do alone must be changed before.
func (s *Service) DisableTOTP(ctx context.Context, session Session, client Client, password, code string) (Issued, error) {
	var issued Issued
	err := s.withProof(ctx, session, client, password, code, func(tx pgx.Tx, user userRow) (err error) {
		if user.PasswordShort {
			return apperr.New(apperr.Conflict, "password_too_short", "Your password is too short to stand alone. Change it to one of at least %d characters first.", minPasswordRunes)
		}
		if err := deleteTOTP(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := deleteRecoveryCodes(ctx, tx, user.ID); err != nil {
			return err
		}
		issued, err = s.guardChanged(ctx, tx, user, client, mail.TOTPOff, "user.totp_disabled")
		return err
	})
	return issued, err
}

// RenewRecoveryCodes voids the recovery codes and returns ten new ones, for who
// knows the password and holds a code.
func (s *Service) RenewRecoveryCodes(ctx context.Context, session Session, client Client, password, code string) ([]string, error) {
	var codes []string
	err := s.withProof(ctx, session, client, password, code, func(tx pgx.Tx, user userRow) (err error) {
		if codes, err = replaceRecoveryCodes(ctx, tx, user.AccountID, user.ID, s.Clock.Now()); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, user, mail.RecoveryCodesMade, nil); err != nil {
			return err
		}
		return s.recordOwn(ctx, tx, user, client, "user.recovery_codes_made", nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// withProof runs f for who knows the password and holds a code, with the user's row locked.
func (s *Service) withProof(ctx context.Context, session Session, client Client, password, code string, f func(pgx.Tx, userRow) error) error {
	again := proofAgain{password: password, code: code, refused: "user.recheck_refused"}
	user, err := s.recheck(ctx, session, client, &again)
	if err != nil {
		return err
	}
	if !user.SecondFactor {
		return apperr.New(apperr.Conflict, "totp_off", "One-time codes are off.")
	}
	return s.whileProved(ctx, session, client, user, again, f)
}

func errWrongCode() error {
	return apperr.InvalidField("code", "wrong", "This code is not right, or was used. Take the newest one.")
}

// prove uses a one-time or recovery code up, in the transaction of what it
// allows, and returns which it was; nothing when it is neither. A right code
// takes back that the codes are said to be lost.
func (s *Service) prove(ctx context.Context, tx pgx.Tx, user userRow, client Client, code string) (string, error) {
	proof, err := s.proveByCode(ctx, tx, user, client, code)
	if err != nil || proof == "" {
		return "", err
	}
	return proof, s.keepFactor(ctx, tx, user, client)
}

func (s *Service) proveByCode(ctx context.Context, tx pgx.Tx, user userRow, client Client, code string) (string, error) {
	if !looksLikeCode(code) {
		return s.proveByRecovery(ctx, tx, user, client, code)
	}
	row, err := findTOTP(ctx, tx, user.ID)
	if err != nil || row == nil {
		return "", err
	}
	step, err := s.stepOf(userPlace(user.ID), row.Secret, code)
	if err != nil || step == 0 {
		return "", err
	}
	used, err := useStep(ctx, tx, user.ID, step)
	if err != nil || !used {
		return "", err
	}
	return "totp", nil
}

// proveByRecovery uses a recovery code up and tells the person how many are left.
func (s *Service) proveByRecovery(ctx context.Context, tx pgx.Tx, user userRow, client Client, code string) (string, error) {
	used, err := useRecoveryCode(ctx, tx, user.ID, recoveryHash(code), s.Clock.Now())
	if err != nil || !used {
		return "", err
	}
	left, err := countRecoveryCodes(ctx, tx, user.ID)
	if err != nil {
		return "", err
	}
	if err := s.tell(ctx, tx, user, mail.RecoveryCodeUsed, map[string]string{"left": strconv.Itoa(left)}); err != nil {
		return "", err
	}
	return "recovery_code", s.recordOwn(ctx, tx, user, client, "user.recovery_code_used", map[string]any{"left": left})
}

// guardChanged ends every session, tells the person and the log, and opens a
// session for this browser, all with what it is about.
func (s *Service) guardChanged(ctx context.Context, tx pgx.Tx, user userRow, client Client, letter mail.Template, action string) (Issued, error) {
	var err error
	if user.TokenVersion, err = raiseVersion(ctx, tx, user.ID, s.Clock.Now()); err != nil {
		return Issued{}, err
	}
	if err := s.tell(ctx, tx, user, letter, nil); err != nil {
		return Issued{}, err
	}
	if err := s.recordOwn(ctx, tx, user, client, action, nil); err != nil {
		return Issued{}, err
	}
	return s.openSession(ctx, tx, user, client)
}

// tell mails a person what happened to their sign-in, when, and what to do if it was not them.
func (s *Service) tell(ctx context.Context, tx pgx.Tx, user userRow, letter mail.Template, more map[string]string) error {
	data := map[string]string{"name": user.Name, "at": s.Clock.Now().Format("2006-01-02 15:04 UTC"), "link": s.PublicURL + "/forgot-password"}
	for key, value := range more {
		data[key] = value
	}
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &user.AccountID, Template: letter, To: user.Email, Language: user.Language, Data: data})
}

// recordOwn notes what a person did to their own sign-in.
func (s *Service) recordOwn(ctx context.Context, tx pgx.Tx, user userRow, client Client, action string, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: s.Clock.Now(), Actor: client.user(user.ID, user.Name),
		Action: action, SubjectKind: "user", SubjectID: user.ID.String(), Detail: detail})
}
