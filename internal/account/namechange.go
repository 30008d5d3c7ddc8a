package account

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// NameChange is the wish for another legal name. It stands for who the employer
// is, so an operator checks it as they checked the first; until then the old
// one holds everywhere. What calls and texts say is the spoken name, which is
// part of what people consented to and does not change with it.
type NameChange struct {
	ID             uuid.UUID
	LegalName      string
	RegistryNumber string
	AskedBy        uuid.UUID
	AskedByName    string
	AskedAt        time.Time
}

// AskNameChange asks for another legal name or registry number and tells the
// operators and the other owners. It takes the place of an earlier wish.
func (s *Service) AskNameChange(ctx context.Context, account uuid.UUID, actor audit.Actor, legalName, registryNumber string) (Account, error) {
	var f apperr.Fields
	wish := NameChange{ID: uuid.New(), AskedBy: actor.ID, AskedByName: actor.Name, AskedAt: s.Clock.Now(),
		LegalName:      line(&f, "legal_name", legalName, 2, maxLegalName),
		RegistryNumber: line(&f, "registry_number", registryNumber, 2, maxShort)}
	if err := f.Err(); err != nil {
		return Account{}, err
	}
	if err := s.Auth.Limits.NameChange(ctx, account); err != nil {
		return Account{}, err
	}
	return s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		if wish.LegalName == a.LegalName && wish.RegistryNumber == a.RegistryNumber {
			return apperr.InvalidField("legal_name", "unchanged", "This is the name that holds already.")
		}
		if a.NameChange != nil {
			if err := s.withdrawName(ctx, tx, a, actor); err != nil {
				return err
			}
		}
		if err := insertNameChange(ctx, tx, account, wish); err != nil {
			return err
		}
		if err := s.tellOfNameChange(ctx, tx, a, actor, wish); err != nil {
			return err
		}
		return s.recordName(ctx, tx, a.ID, actor, "account.name_change_asked", nameDetail(a.LegalName, a.RegistryNumber, wish))
	})
}

// WithdrawNameChange takes the wish back that waits.
func (s *Service) WithdrawNameChange(ctx context.Context, account uuid.UUID, actor audit.Actor) (Account, error) {
	return s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		if a.NameChange == nil {
			return errNoChange()
		}
		return s.withdrawName(ctx, tx, a, actor)
	})
}

func (s *Service) withdrawName(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor) error {
	if err := withdrawNameChange(ctx, tx, a.NameChange.ID, s.Clock.Now()); err != nil {
		return err
	}
	return s.recordName(ctx, tx, a.ID, actor, "account.name_change_withdrawn", nameDetail(a.LegalName, a.RegistryNumber, *a.NameChange))
}

func (s *Service) tellOfNameChange(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, wish NameChange) error {
	others, err := otherUsers(ctx, tx, actor.ID)
	if err != nil {
		return err
	}
	for _, p := range ownersOf(others) {
		err := s.Mail.Queue(ctx, tx, mail.Mail{Account: &a.ID, Template: mail.NameChangeAsked, To: p.Email, Language: p.Language,
			Data: map[string]string{"name": p.Name, "asker": actor.Name, "from": a.LegalName, "to": wish.LegalName, "link": s.PublicURL + "/settings"}})
		if err != nil {
			return err
		}
	}
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &a.ID, Template: mail.OpsNameChange, To: s.OpsEmail, Language: "en",
		Data: map[string]string{"from": a.LegalName, "to": wish.LegalName, "registry_number": wish.RegistryNumber, "link": s.PublicURL + "/operator/accounts/" + a.ID.String()}})
}

// ApproveName makes the waiting name hold. change is what the operator read:
// another one may have taken its place since. checked says that they looked it
// up in the registry.
func (s *Service) ApproveName(ctx context.Context, r Reviewer, id, change uuid.UUID, checked bool) error {
	if !checked {
		return apperr.InvalidField("registry_checked", "required", "Confirm that you have checked this.")
	}
	return s.decideName(ctx, r, id, change, func(tx pgx.Tx, now decision, before names, wish NameChange) error {
		if now.status != Active {
			return errStatus(now.status)
		}
		if err := closeNameChange(ctx, tx, wish.ID, "approved", r.Session.OperatorID, "", now.at); err != nil {
			return err
		}
		if err := setLegalName(ctx, tx, id, wish); err != nil {
			return err
		}
		words := map[string]string{"from": before.LegalName, "to": wish.LegalName, "link": s.PublicURL + "/settings"}
		if err := s.tellOwners(ctx, tx, id, mail.NameChangeApproved, words); err != nil {
			return err
		}
		detail := nameDetail(before.LegalName, before.RegistryNumber, wish)
		detail["registry_checked"] = true
		return s.recordName(ctx, tx, id, r.actor(), "account.name_change_approved", detail)
	})
}

// RefuseName keeps the old name, with a reason that the employer reads.
func (s *Service) RefuseName(ctx context.Context, r Reviewer, id, change uuid.UUID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.decideName(ctx, r, id, change, func(tx pgx.Tx, now decision, before names, wish NameChange) error {
		if err := closeNameChange(ctx, tx, wish.ID, "refused", r.Session.OperatorID, reason, now.at); err != nil {
			return err
		}
		words := map[string]string{"from": before.LegalName, "to": wish.LegalName, "reason": reason}
		if err := s.tellOwners(ctx, tx, id, mail.NameChangeRefused, words); err != nil {
			return err
		}
		detail := nameDetail(before.LegalName, before.RegistryNumber, wish)
		detail["reason"] = reason
		return s.recordName(ctx, tx, id, r.actor(), "account.name_change_refused", detail)
	})
}

func (s *Service) decideName(ctx context.Context, r Reviewer, id, change uuid.UUID, f func(pgx.Tx, decision, names, NameChange) error) error {
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		wish, err := findNameChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if wish == nil {
			return errNoChange()
		}
		if wish.ID != change {
			return apperr.New(apperr.Conflict, "change_replaced", "Another change is asked for by now. Look again.")
		}
		before, err := namesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		return f(tx, now, before, *wish)
	})
}

func (s *Service) recordName(ctx context.Context, tx pgx.Tx, id uuid.UUID, actor audit.Actor, action string, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &id, At: s.Clock.Now(), Actor: actor, Action: action,
		SubjectKind: "account", SubjectID: id.String(), Detail: detail})
}

// nameDetail is what changes: the number too, where it does.
func nameDetail(legalName, registryNumber string, wish NameChange) map[string]any {
	detail := map[string]any{"asked_by": wish.AskedByName}
	if legalName != wish.LegalName {
		detail["legal_name"] = fromTo(legalName, wish.LegalName)
	}
	if registryNumber != wish.RegistryNumber {
		detail["registry_number"] = fromTo(registryNumber, wish.RegistryNumber)
	}
	return detail
}
