package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/mail"
)

// lockedOut is somebody who has lost phone and codes, as they stand.
type lockedOut struct {
	person
	DisabledAt    *time.Time
	SecondFactor  bool
	FactorResetAt *time.Time
}

// ResetFactor begins to take the second factor off a member who has lost phone
// and codes, for an owner who proves again who they are. It happens after a day,
// at the member's next sign-in; a code of theirs stops it.
func (s *Service) ResetFactor(ctx context.Context, session auth.Session, client auth.Client, actor audit.Actor, password, code string, id uuid.UUID) (Colleague, error) {
	var after Colleague
	err := s.Auth.WithProof(ctx, session, client, password, code, func(tx pgx.Tx) error {
		target, err := lockLockedOut(ctx, tx, session.AccountID, `id = $2 AND role = 'member'`, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return ownerOrNobody(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		if err := s.beginFactorReset(ctx, tx, session.AccountID, actor, target, nil); err != nil {
			return err
		}
		after, err = findColleague(ctx, tx, id)
		return err
	})
	return after, err
}

func ownerOrNobody(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if _, err := findColleague(ctx, tx, id); err != nil {
		return err
	}
	return apperr.New(apperr.Conflict, "owner", "Only Callshu takes an owner's codes off. Let them write to us from their own address.")
}

// ResetOwnerFactor does the same for an owner, by Callshu: the operator has
// heard from the person by other means, and says how.
func (s *Service) ResetOwnerFactor(ctx context.Context, r Reviewer, id uuid.UUID, address, reason string) (from time.Time, err error) {
	reason, err = checkReason(reason)
	if err != nil {
		return time.Time{}, err
	}
	err = s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		target, err := lockLockedOut(ctx, tx, id, `lower(email) = lower($2) AND role = 'owner'`, address)
		if errors.Is(err, pgx.ErrNoRows) {
			return apperr.InvalidField("email", "unknown", "This account has no owner with this address. For members an owner does it.")
		}
		if err != nil {
			return err
		}
		from = now.at.Add(auth.FactorResetWait)
		return s.beginFactorReset(ctx, tx, id, r.actor(), target, map[string]any{"reason": reason})
	})
	return from, err
}

// beginFactorReset sets the time from which on the codes are off, and tells the
// person and every owner.
func (s *Service) beginFactorReset(ctx context.Context, tx pgx.Tx, account uuid.UUID, actor audit.Actor, target lockedOut, detail map[string]any) error {
	now := s.Clock.Now()
	switch {
	case target.DisabledAt != nil:
		return apperr.New(apperr.Conflict, "disabled", "This person may not sign in.")
	case !target.SecondFactor:
		return apperr.New(apperr.Conflict, "totp_off", "This person signs in without codes. A new password comes by mail.")
	case auth.FactorResetOpen(target.FactorResetAt, now):
		return apperr.New(apperr.Conflict, "asked_already", "This was asked for already. It holds at the person's next sign-in after %s.", target.FactorResetAt.Format(mailTime))
	}
	from := now.Add(auth.FactorResetWait)
	if _, err := tx.Exec(ctx, `UPDATE users SET factor_reset_at = $2 WHERE id = $1`, target.ID, from); err != nil {
		return fmt.Errorf("set factor reset: %w", err)
	}
	if err := s.tellOfFactorReset(ctx, tx, account, actor, target.person, from); err != nil {
		return err
	}
	return s.recordUser(ctx, tx, Account{ID: account}, actor, target.ID, "user.factor_reset_asked", detail)
}

const mailTime = "2006-01-02 15:04 UTC"

func (s *Service) tellOfFactorReset(ctx context.Context, tx pgx.Tx, account uuid.UUID, actor audit.Actor, target person, from time.Time) error {
	asker := actor.Name
	if actor.Kind == audit.Operator {
		asker = "Callshu"
	}
	words := map[string]string{"asker": asker, "person": target.Name, "from": from.Format(mailTime), "link": s.PublicURL + "/login"}
	if err := TellOwners(ctx, tx, s.Mail, account, mail.FactorResetOwners, words, s.OpsEmail); err != nil {
		return err
	}
	words["name"] = target.Name
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &account, Template: mail.FactorResetAsked, To: target.Email, Language: target.Language, Data: words, ReplyTo: s.OpsEmail})
}

// lockLockedOut finds one person of an account by a condition on $2.
func lockLockedOut(ctx context.Context, tx pgx.Tx, account uuid.UUID, condition string, by any) (lockedOut, error) {
	rows, err := tx.Query(ctx, `SELECT id, name, email, language, role, disabled_at, factor_reset_at,
		EXISTS (SELECT FROM user_totp t WHERE t.account_id = users.account_id AND t.user_id = users.id AND t.confirmed_at IS NOT NULL) AS second_factor
		FROM users WHERE account_id = $1 AND `+condition+` FOR NO KEY UPDATE`, account, by)
	if err != nil {
		return lockedOut{}, fmt.Errorf("find who is locked out: %w", err)
	}
	target, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[lockedOut])
	if err != nil {
		return lockedOut{}, fmt.Errorf("find who is locked out: %w", err)
	}
	return target, nil
}
