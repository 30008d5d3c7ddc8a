package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/mail"
)

// Who has lost the phone and the recovery codes can prove nothing any more that a
// thief of the password could not. Somebody who knows them speaks for them, and a
// day passes in which the person, told by mail, stops it by any right code.
const (
	FactorResetWait = 24 * time.Hour
	factorResetOpen = 7 * 24 * time.Hour // afterwards it has to be asked for again
)

// FactorResetOpen reports whether a reset was asked for that has neither
// happened nor grown old.
func FactorResetOpen(from *time.Time, now time.Time) bool {
	return from != nil && now.Before(from.Add(factorResetOpen))
}

// factorLost reports whether this sign-in goes without the codes.
func factorLost(user userRow, now time.Time) bool {
	return user.SecondFactor && FactorResetOpen(user.FactorResetAt, now) && !now.Before(*user.FactorResetAt)
}

// dropFactor takes the lost codes off, for who knows the password, ends every
// session and calls the password in: the mailbox has to say so, too.
func (s *Service) dropFactor(ctx context.Context, client Client, found userRow) error {
	err := s.App.InAccount(ctx, found.AccountID, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		user, err := findUser(ctx, tx, found.ID, true)
		if err != nil {
			return err
		}
		if user.PasswordHash != found.PasswordHash || user.DisabledAt != nil || !factorLost(user, now) {
			return errBadCredentials() // changed while we compared
		}
		if err := deleteTOTP(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := deleteRecoveryCodes(ctx, tx, user.ID); err != nil {
			return err
		}
		if _, err := raiseVersion(ctx, tx, user.ID, now); err != nil {
			return err
		}
		if err := callIn(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, user, mail.FactorLost, nil); err != nil {
			return err
		}
		if err := s.recordOwn(ctx, tx, user, client, "user.factor_reset", nil); err != nil {
			return err
		}
		return s.sendReset(ctx, tx, client, user)
	})
	if err != nil {
		return err
	}
	return errPasswordCalledIn()
}

// keepFactor takes a reset back: a right code shows that nothing was lost, or
// that somebody else asked.
func (s *Service) keepFactor(ctx context.Context, tx pgx.Tx, user userRow, client Client) error {
	if !FactorResetOpen(user.FactorResetAt, s.Clock.Now()) {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE users SET factor_reset_at = NULL WHERE id = $1`, user.ID); err != nil {
		return fmt.Errorf("take factor reset back: %w", err)
	}
	return s.recordOwn(ctx, tx, user, client, "user.factor_reset_stopped", nil)
}

func callIn(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET must_reset = true, factor_reset_at = NULL WHERE id = $1`, user); err != nil {
		return fmt.Errorf("call password in: %w", err)
	}
	return nil
}

func errPasswordCalledIn() error {
	return apperr.New(apperr.Forbidden, "password_reset_required", "To protect your account, choose a new password: the link is in the mail we sent you.")
}

// WithProof runs f, in the account's transaction, for who is signed in and has
// given the password again and, where one-time codes are on, a code. A wrong one
// is noted as a refused recheck.
func (s *Service) WithProof(ctx context.Context, session Session, client Client, password, code string, f func(pgx.Tx) error) error {
	again := proofAgain{password: password, code: code, refused: "user.recheck_refused"}
	user, err := s.recheck(ctx, session, client, &again)
	if err != nil {
		return err
	}
	return s.whileProved(ctx, session, client, user, again, func(tx pgx.Tx, _ userRow) error { return f(tx) })
}
