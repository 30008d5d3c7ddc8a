package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// resendAfter spares a person who tries twice a second mail.
const resendAfter = 5 * time.Minute

func errBadCredentials() error {
	return apperr.New(apperr.Unauthenticated, "bad_credentials", "The e-mail address or the password is not right.")
}

// Credentials are what a person signs in with.
type Credentials struct {
	Email    string
	Password string
	Code     string // one-time or recovery, where the second factor is on
	Remember bool   // ask this browser for no code for 30 days
	Device   string // what a browser holds that is remembered
	Known    string // what a browser holds that somebody has signed in from
}

// Login opens a session for the right e-mail address and password, and where
// the second factor is on for a code or a remembered device besides. An unknown
// address, a wrong password and a disabled person get the same answer after the
// same work; whatever else is missing (the address is unconfirmed, a code is
// asked for, the password must be replaced) is told only to who knows the
// password.
func (s *Service) Login(ctx context.Context, client Client, c Credentials) (Issued, error) {
	account, user, err := s.findLogin(ctx, c.Email)
	if err != nil {
		return Issued{}, err
	}
	if err := s.countTry(ctx, c.Email, c.Known, user.ID); err != nil {
		return Issued{}, err
	}
	matches, err := s.matches(ctx, user.PasswordHash, c.Password)
	if err != nil {
		return Issued{}, err
	}
	if !matches || user.DisabledAt != nil {
		if err := s.recordRefusal(ctx, client, account, user, nil); err != nil {
			return Issued{}, err
		}
		return Issued{}, errBadCredentials()
	}
	if user.EmailVerifiedAt == nil {
		return Issued{}, s.refuseUnverified(ctx, client, user)
	}
	if user.MustReset {
		return Issued{}, s.refuseOld(ctx, client, user)
	}
	c.Code = withoutSpaces(c.Code)
	if c.Code == "" && factorLost(user, s.Clock.Now()) {
		return Issued{}, s.dropFactor(ctx, client, user)
	}
	if user.SecondFactor {
		if err := s.Limits.code(ctx, user.ID, c.Code); err != nil {
			return Issued{}, errors.Join(err, s.recordRefusal(ctx, client, account, user, map[string]any{"code": "too_many"}))
		}
	}
	rehashed, err := s.rehash(ctx, user.PasswordHash, c.Password)
	if err != nil {
		return Issued{}, err
	}
	var issued Issued
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		current, err := findUser(ctx, tx, user.ID, true)
		if err != nil {
			return err
		}
		if current.PasswordHash != user.PasswordHash || current.DisabledAt != nil || current.MustReset {
			return errBadCredentials() // changed while we compared
		}
		issued, err = s.admit(ctx, tx, current, client, c, rehashed)
		return err
	})
	return issued, s.noteMissingCode(ctx, client, user, err)
}

// admit opens the session of somebody whose password was right.
func (s *Service) admit(ctx context.Context, tx pgx.Tx, user userRow, client Client, c Credentials, rehashed string) (Issued, error) {
	var detail map[string]any
	if user.SecondFactor {
		by, err := s.secondFactor(ctx, tx, user, client, c)
		if err != nil {
			return Issued{}, err
		}
		detail = map[string]any{"second_factor": by}
	}
	if rehashed != "" {
		if err := setHash(ctx, tx, user.ID, rehashed); err != nil {
			return Issued{}, err
		}
	}
	issued, err := s.openSession(ctx, tx, user, client)
	if err != nil {
		return Issued{}, err
	}
	if issued.Known, err = s.know(c.Known, user.ID); err != nil {
		return Issued{}, err
	}
	if c.Remember && user.SecondFactor && detail["second_factor"] != "device" {
		if issued.Device, issued.DeviceExpiresAt, err = s.remember(ctx, tx, user, client); err != nil {
			return Issued{}, err
		}
	}
	return issued, audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: s.Clock.Now(), Actor: client.user(user.ID, user.Name),
		Action: "user.signed_in", SubjectKind: "session", SubjectID: issued.ID.String(), Detail: detail})
}

// secondFactor returns what has proved more than the password: totp,
// recovery_code or device.
func (s *Service) secondFactor(ctx context.Context, tx pgx.Tx, user userRow, client Client, c Credentials) (string, error) {
	if c.Code == "" {
		known, err := s.remembered(ctx, tx, user.ID, c.Device)
		if err != nil {
			return "", err
		}
		if !known {
			return "", apperr.New(apperr.Unauthenticated, "totp_required", "Type the code from your authenticator app.")
		}
		return "device", nil
	}
	proof, err := s.prove(ctx, tx, user, client, c.Code)
	if err == nil && proof == "" {
		err = apperr.New(apperr.Unauthenticated, "bad_code", "This code is not right, or was used. Take the newest one.")
	}
	return proof, err
}

// noteMissingCode keeps in the log that somebody knew the password and had no
// code, or a wrong one: the transaction of the sign-in is gone by then.
func (s *Service) noteMissingCode(ctx context.Context, client Client, user userRow, refusal error) error {
	code := ""
	switch {
	case apperr.HasCode(refusal, "totp_required"):
		code = "missing"
	case apperr.HasCode(refusal, "bad_code"):
		code = "wrong"
	default:
		return refusal
	}
	if err := s.recordRefusal(ctx, client, user.AccountID, user, map[string]any{"code": code}); err != nil {
		return err
	}
	return refusal
}

// findLogin returns the user of an address, or zero values when there is none.
func (s *Service) findLogin(ctx context.Context, email string) (uuid.UUID, userRow, error) {
	var account, id uuid.UUID
	err := s.App.QueryRow(ctx, `SELECT account_id, user_id FROM find_login($1)`, email).Scan(&account, &id)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, userRow{}, nil
	}
	if err != nil {
		return uuid.Nil, userRow{}, fmt.Errorf("find login: %w", err)
	}
	var user userRow
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		user, err = findUser(ctx, tx, id, false)
		return err
	})
	return account, user, err
}

// matches compares with a stand-in where there is nobody, so that the answer takes as long.
func (s *Service) matches(ctx context.Context, hash, password string) (bool, error) {
	if hash == "" {
		_, err := s.Hasher.matches(ctx, s.Hasher.standIn(), password)
		return false, err
	}
	return s.Hasher.matches(ctx, hash, password)
}

func (s *Service) rehash(ctx context.Context, hash, password string) (string, error) {
	if !s.Hasher.outdated(hash) {
		return "", nil
	}
	return s.Hasher.Hash(ctx, password)
}

// recordRefusal notes a refused login: in the account's log where there is one,
// else in the platform's, never with the address that was tried.
func (s *Service) recordRefusal(ctx context.Context, client Client, account uuid.UUID, user userRow, detail map[string]any) error {
	if account == uuid.Nil {
		return s.Worker.InTx(ctx, func(tx pgx.Tx) error {
			return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: client.anonymous(), Action: "user.sign_in_refused", Detail: detail})
		})
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error { return s.noteRefusal(ctx, tx, client, user, detail) })
}

// noteRefusal is recordRefusal about a user, in a transaction at hand.
func (s *Service) noteRefusal(ctx context.Context, tx pgx.Tx, client Client, user userRow, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: s.Clock.Now(), Actor: client.anonymous(), Action: "user.sign_in_refused",
		SubjectKind: "user", SubjectID: user.ID.String(), Detail: detail})
}

// refuseUnverified sends the link again, unless one has just left.
func (s *Service) refuseUnverified(ctx context.Context, client Client, user userRow) error {
	err := s.App.InAccount(ctx, user.AccountID, func(tx pgx.Tx) error {
		current, err := findUser(ctx, tx, user.ID, true)
		if err != nil {
			return err
		}
		if current.PasswordHash != user.PasswordHash {
			return errBadCredentials() // registered anew while we compared
		}
		sent, err := lastToken(ctx, tx, user.ID, verifyEmail)
		if err != nil {
			return err
		}
		if s.Clock.Now().Sub(sent) < resendAfter {
			return s.noteRefusal(ctx, tx, client, user, map[string]any{"reason": "unconfirmed"})
		}
		return s.sendAgain(ctx, tx, client, current)
	})
	if err != nil {
		return err
	}
	return apperr.New(apperr.Forbidden, "email_unverified", "Confirm your e-mail address first: the link is in the mail we sent you.")
}

func (s *Service) sendAgain(ctx context.Context, tx pgx.Tx, client Client, user userRow) error {
	err := s.SendVerification(ctx, tx, Person{Account: user.AccountID, User: user.ID, Name: user.Name,
		Email: user.Email, Language: user.Language, LegalName: user.LegalName})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: s.Clock.Now(), Actor: client.anonymous(),
		Action: "email.verification_sent", SubjectKind: "user", SubjectID: user.ID.String()})
}

// RegisterAgain serves a registration of an address that is taken. While the
// address is unconfirmed, every open link is voided, replace puts the new data
// and password in place of the old in the same transaction, and a fresh link
// leaves; else its owner is told that there is an account.
func (s *Service) RegisterAgain(ctx context.Context, client Client, email string, replace func(tx pgx.Tx, account, user uuid.UUID) error) error {
	account, found, err := s.findLogin(ctx, email)
	if err != nil || account == uuid.Nil {
		return err
	}
	mayMail, err := s.Limits.mail(ctx, found.ID)
	if err != nil {
		return err
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		user, err := findUser(ctx, tx, found.ID, true)
		if err != nil || user.DisabledAt != nil {
			return err
		}
		if user.EmailVerifiedAt == nil {
			return s.replaceUnconfirmed(ctx, tx, client, user, mayMail, replace)
		}
		if !mayMail {
			return nil
		}
		err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &account, Template: mail.AlreadyRegistered, To: user.Email, Language: user.Language,
			Data: map[string]string{"name": user.Name, "link": s.PublicURL + "/login"}})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &account, At: s.Clock.Now(), Actor: client.anonymous(),
			Action: "email.registered_again", SubjectKind: "user", SubjectID: user.ID.String()})
	})
}

// replaceUnconfirmed replaces also when no further mail may leave: an older
// link must not confirm what is no longer the newest. Whoever knows the new
// password gets a link by signing in.
func (s *Service) replaceUnconfirmed(ctx context.Context, tx pgx.Tx, client Client, user userRow, mayMail bool, replace func(tx pgx.Tx, account, user uuid.UUID) error) error {
	for _, purpose := range []string{verifyEmail, resetPassword} {
		if err := voidTokens(ctx, tx, user.ID, purpose, s.Clock.Now()); err != nil {
			return err
		}
	}
	if err := replace(tx, user.AccountID, user.ID); err != nil || !mayMail {
		return err
	}
	renewed, err := findUser(ctx, tx, user.ID, false)
	if err != nil {
		return err
	}
	return s.sendAgain(ctx, tx, client, renewed)
}

// Alive reports, for a stream that stays open, whether its session still
// stands. Watching counts as use: a live page does not end at 30 minutes.
func (s *Service) Alive(ctx context.Context, session Session) error {
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		found, err := findSession(ctx, tx, session.ID)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if found.tokenVersion != session.tokenVersion || found.Status != session.Status || !now.Before(found.ExpiresAt) {
			return errSignIn()
		}
		if now.Sub(found.lastSeenAt) < touchAfter {
			return nil
		}
		return touchSession(ctx, tx, found.ID, now)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return errSignIn()
	}
	return err
}
