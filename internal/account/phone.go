package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/consent/wording"
	"github.com/callshu/callshu/internal/phone"
)

// A code proves that a phone is the user's own: previews ring nobody else's.
const (
	codeLifetime = 10 * time.Minute // the text says so
	codeAttempts = 5
)

// SendCode texts a code of six digits to a number and returns it masked. It
// works before approval too: the text is to the applicant, who asked for it.
// Since anybody can be one, all applicants together have few of them. A phone that
// has replied STOP to the number that would text is refused, and one whose owner
// has refused the account by other means.
func (s *Service) SendCode(ctx context.Context, session auth.Session, actor audit.Actor, number string) (masked string, err error) {
	account := session.AccountID
	var f apperr.Fields
	e164 := phoneNumber(&f, "phone", number)
	if err := f.Err(); err != nil {
		return "", err
	}
	key := phone.Key(s.Keys.PhoneKey(), e164)
	if err := s.Auth.Limits.PhoneCode(ctx, actor.ID, key); err != nil {
		return "", err
	}
	if session.Status != Active {
		if err := s.Auth.Limits.ApplicantCode(ctx, actor.IP); err != nil {
			return "", err
		}
	}
	code, err := newCode()
	if err != nil {
		return "", err
	}
	message, err := wording.Code(session.Language, code)
	if err != nil {
		return "", err
	}
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		open := phoneCode{Phone: e164, CodeHash: s.codeHash(actor.ID, e164, code), ExpiresAt: now.Add(codeLifetime)}
		if err := putPhoneCode(ctx, tx, account, actor.ID, open, now); err != nil {
			return err
		}
		sender, err := senderFor(ctx, tx, account)
		if err != nil {
			return err
		}
		if err := s.refuseBlocked(ctx, account, actor.ID, e164, key, sender); err != nil {
			return err
		}
		err = queueText(ctx, tx, account, key, e164, sender, message, now)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &account, At: now, Actor: actor, Action: "phone.code_sent",
			SubjectKind: "user", SubjectID: actor.ID.String(), Detail: map[string]any{"phone": phone.Mask(e164)}})
	})
	if err != nil {
		return "", err
	}
	return phone.Mask(e164), nil
}

// refuseBlocked says so where the code must not leave. Only the worker may read
// the blocks: a tenant must not learn whom others may reach. Of a phone that no
// code has proved to be the user's own it learns that no code can go there, and never whether a
// STOP to somebody else or a refusal of this account is why.
func (s *Service) refuseBlocked(ctx context.Context, account, user uuid.UUID, number string, key []byte, sender uuid.UUID) error {
	var stopped, refused, proved bool
	var from string
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
		if stopped, refused, err = s.Blocked(ctx, tx, account, key, sender); err != nil || !stopped && !refused {
			return err
		}
		err = tx.QueryRow(ctx, `SELECT s.number, coalesce(u.phone_verified_at IS NOT NULL, false)
			FROM senders s LEFT JOIN users u ON u.id = $2 AND u.phone = $3 WHERE s.id = $1`, sender, user, number).Scan(&from, &proved)
		if err != nil {
			return fmt.Errorf("read sender of code: %w", err)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !proved && (refused || stopped): // only where a code has proved the phone does a START of it lift the block
		return apperr.InvalidField("phone", "unreachable", "We cannot text a code to this phone. Use another phone.")
	case stopped:
		return apperr.New(apperr.Conflict, "phone_opted_out", "This phone has replied STOP to our texts. Text START from it to %s and follow any reply, then ask for the code again.", from)
	}
	return nil
}

// VerifyPhone takes the code that was texted. A wrong one counts, and the
// count is kept although the request is refused.
func (s *Service) VerifyPhone(ctx context.Context, account uuid.UUID, actor audit.Actor, code string) error {
	var refusal error
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		open, ok, err := lockPhoneCode(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		switch {
		case !ok || !now.Before(open.ExpiresAt):
			refusal = apperr.InvalidField("code", "expired", "This code is too old. Ask for a new one.")
			return nil
		case open.Attempts >= codeAttempts:
			refusal = apperr.InvalidField("code", "too_many_attempts", "Too many wrong codes. Ask for a new one.")
			return nil
		case !hmac.Equal(open.CodeHash, s.codeHash(actor.ID, open.Phone, code)):
			refusal = apperr.InvalidField("code", "wrong", "This is not the code that we sent.")
			return countPhoneAttempt(ctx, tx, actor.ID)
		}
		if err := verifyUserPhone(ctx, tx, actor.ID, open.Phone, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &account, At: now, Actor: actor, Action: "phone.verified",
			SubjectKind: "user", SubjectID: actor.ID.String(), Detail: map[string]any{"phone": phone.Mask(open.Phone)}})
	})
	if err != nil {
		return err
	}
	return refusal
}

// codeHash is keyed: a million codes are tried against a plain hash in no time.
func (s *Service) codeHash(user uuid.UUID, number, code string) []byte {
	return s.Keys.MAC("phone-code", user.String(), number, code)
}

func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}
