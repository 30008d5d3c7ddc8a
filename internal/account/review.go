package account

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/mail"
)

// Reviewer is the operator who decides, and from where.
type Reviewer struct {
	Session auth.OperatorSession
	Client  auth.Client
}

func (r Reviewer) actor() audit.Actor { return r.Session.Actor(r.Client) }

// Checklist is what a reviewer confirms to have looked at.
type Checklist struct {
	RegistryChecked     bool
	WebsiteChecked      bool
	EmploymentPlausible bool
}

// Approval is a reviewer's yes.
type Approval struct {
	Checklist Checklist
	Note      string     // kept in the platform's log; the employer does not read it
	SenderID  *uuid.UUID // nil: the active sender with the fewest accounts
}

const maxReason = 500

func (c Checklist) check() error {
	var f apperr.Fields
	for field, done := range map[string]bool{
		"checklist.registry_checked": c.RegistryChecked, "checklist.website_checked": c.WebsiteChecked, "checklist.employment_plausible": c.EmploymentPlausible,
	} {
		if !done {
			f.Add(field, "required", "Confirm that you have checked this.")
		}
	}
	return f.Err()
}

// Approve makes an application an active account with a sender of its own
// where there is a free one, and tells its owners.
func (s *Service) Approve(ctx context.Context, r Reviewer, id uuid.UUID, approval Approval) error {
	if err := approval.Checklist.check(); err != nil {
		return err
	}
	if approval.Note != "" {
		var f apperr.Fields
		approval.Note = line(&f, "note", approval.Note, 1, maxReason)
		if err := f.Err(); err != nil {
			return err
		}
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		if now.status != PendingReview {
			return errStatus(now.status)
		}
		sender, err := chooseSender(ctx, tx, approval.SenderID)
		if err != nil {
			return err
		}
		if err := approveAccount(ctx, tx, id, r.Session.OperatorID, sender.ID, now.at); err != nil {
			return err
		}
		err = s.tellOwners(ctx, tx, id, mail.AccountApproved, map[string]string{"sender_number": sender.Number, "link": s.PublicURL + "/employees"})
		if err != nil {
			return err
		}
		if approval.Note != "" {
			err = audit.Record(ctx, tx, audit.Event{At: now.at, Actor: r.actor(), Action: "account.review_noted", SubjectKind: "account", SubjectID: id.String(),
				Detail: map[string]any{"note": approval.Note}})
			if err != nil {
				return err
			}
		}
		return s.recordDecision(ctx, tx, r, id, now, "account.approved", map[string]any{
			"registry_checked": true, "website_checked": true, "employment_plausible": true, "sender_id": sender.ID.String()})
	})
}

// Reject refuses an application with a reason that the employer reads.
func (s *Service) Reject(ctx context.Context, r Reviewer, id uuid.UUID, reason string) error {
	return s.turnAway(ctx, r, id, reason, Rejected, "account.rejected", mail.AccountRejected)
}

// Suspend stops an account: its sessions end, and nothing of it rings or texts
// until it is reinstated.
func (s *Service) Suspend(ctx context.Context, r Reviewer, id uuid.UUID, reason string) error {
	return s.turnAway(ctx, r, id, reason, Suspended, "account.suspended", mail.AccountSuspended)
}

func (s *Service) turnAway(ctx context.Context, r Reviewer, id uuid.UUID, reason, status, action string, letter mail.Template) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		if !mayBecome(now.status, status) {
			return errStatus(now.status)
		}
		if err := setStatus(ctx, tx, id, status, reason, now.at); err != nil {
			return err
		}
		if status == Suspended {
			if err := endAllSessions(ctx, tx, id, now.at); err != nil {
				return err
			}
		}
		if err := s.tellOwners(ctx, tx, id, letter, map[string]string{"reason": reason}); err != nil {
			return err
		}
		return s.recordDecision(ctx, tx, r, id, now, action, map[string]any{"reason": reason})
	})
}

// mayBecome is the account's state machine, as far as operators move it;
// approval and reinstatement have their own conditions.
func mayBecome(from, to string) bool {
	switch to {
	case Rejected:
		return from == PendingReview
	case Suspended:
		return from == Active || from == PendingReview
	}
	return false
}

// Reinstate ends a suspension. An account that was never approved goes back to review.
func (s *Service) Reinstate(ctx context.Context, r Reviewer, id uuid.UUID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		if now.status != Suspended {
			return errStatus(now.status)
		}
		status := PendingReview
		if now.approved {
			status = Active
		}
		if err := setStatus(ctx, tx, id, status, "", now.at); err != nil {
			return err
		}
		if err := s.tellOwners(ctx, tx, id, mail.AccountReinstated, map[string]string{"link": s.PublicURL + "/login"}); err != nil {
			return err
		}
		return s.recordDecision(ctx, tx, r, id, now, "account.reinstated", map[string]any{"reason": reason})
	})
}

// RevokeSessions signs everybody of an account out, on the next request. With
// reset no password of before opens anything either: each person chooses a new
// one by a mailed link. An operator can call passwords in, and sets none.
func (s *Service) RevokeSessions(ctx context.Context, r Reviewer, id uuid.UUID, reset bool) error {
	letter, action := mail.SessionsRevoked, "account.sessions_revoked"
	if reset {
		letter, action = mail.ResetForced, "account.reset_forced"
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		if err := endAllSessions(ctx, tx, id, now.at); err != nil {
			return err
		}
		if reset {
			if err := callPasswordsIn(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := s.tellOwners(ctx, tx, id, letter, map[string]string{"link": s.PublicURL + "/login"}); err != nil {
			return err
		}
		return s.recordDecision(ctx, tx, r, id, now, action, nil)
	})
}

// decide runs f with the account's row locked: two operators who decide at
// once are heard one after the other. Nobody decides about an account that they
// belong to themselves, or have belonged to.
func (s *Service) decide(ctx context.Context, r Reviewer, id uuid.UUID, f func(pgx.Tx, decision) error) error {
	return s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		d, err := lockForDecision(ctx, tx, id, r.Session.OperatorID)
		if err != nil {
			return err
		}
		if d.own {
			return apperr.New(apperr.Conflict, "own_account", "You belong to this account yourself. Somebody else decides about it.")
		}
		d.at = s.Clock.Now()
		return f(tx, d)
	})
}

func (s *Service) recordDecision(ctx context.Context, tx pgx.Tx, r Reviewer, id uuid.UUID, d decision, action string, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &id, At: d.at, Actor: r.actor(), Action: action, SubjectKind: "account", SubjectID: id.String(), Detail: detail})
}

// tellOwners mails every owner; answers reach Callshu.
func (s *Service) tellOwners(ctx context.Context, tx pgx.Tx, id uuid.UUID, letter mail.Template, data map[string]string) error {
	return TellOwners(ctx, tx, s.Mail, id, letter, data, s.OpsEmail)
}

// TellOwners mails every owner of an account whose address is confirmed, in
// the transaction of what they are told. To the letter's own words it adds
// their name and the company's; answers go to replyTo, or to nobody if empty.
func TellOwners(ctx context.Context, tx pgx.Tx, outbox *mail.Outbox, id uuid.UUID, letter mail.Template, data map[string]string, replyTo string) error {
	owners, err := listOwners(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		words := map[string]string{"name": owner.Name, "legal_name": owner.LegalName}
		for key, value := range data {
			words[key] = value
		}
		if err := outbox.Queue(ctx, tx, mail.Mail{Account: &id, Template: letter, To: owner.Email, Language: owner.Language, Data: words, ReplyTo: replyTo}); err != nil {
			return err
		}
	}
	return nil
}

func checkReason(reason string) (string, error) {
	var f apperr.Fields
	reason = line(&f, "reason", reason, 5, maxReason)
	return reason, f.Err()
}

func errStatus(status string) error {
	return apperr.New(apperr.Conflict, "wrong_status", "The account is %s now; this is not possible.", status)
}
