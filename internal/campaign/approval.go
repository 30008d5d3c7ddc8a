package campaign

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/plaintext"
)

// ApprovalState is where a request for a second person stands.
type ApprovalState string

// The states of a request. Each but the first is final: who wants to start
// after it asks anew.
const (
	ApprovalWaiting   ApprovalState = "waiting"
	ApprovalApproved  ApprovalState = "approved" // and launched, in the same transaction
	ApprovalRefused   ApprovalState = "refused"
	ApprovalWithdrawn ApprovalState = "withdrawn"
	ApprovalVoid      ApprovalState = "void" // what it was asked for is no longer what would be launched
)

// Why a request became void.
const (
	VoidEdited      = "edited"
	VoidPlanChanged = "plan_changed"
	VoidAskedAgain  = "asked_again"
	VoidCancelled   = "cancelled"
	VoidNotNeeded   = "not_needed" // launched by one person, after the size was raised or earlier launches were a day old
	VoidAskerGone   = "asker_gone"
)

// Approval is a request that a second person let a campaign start. It is for
// one exact plan and for no other.
type Approval struct {
	ID            uuid.UUID
	CampaignID    uuid.UUID
	PlanHash      string
	Callable      int
	Total         int
	AskedBy       uuid.UUID
	AskedByName   string
	AskedAt       time.Time
	State         ApprovalState
	Reason        string
	DecidedByName string
	DecidedAt     *time.Time
}

// maxRefusal bounds the words of a refusal.
const maxRefusal = 500

// WithMail lets the service write to the people whose approval is asked for;
// publicURL is where the links lead. Without it nobody can ask.
func (s *Service) WithMail(outbox *mail.Outbox, publicURL string) *Service {
	s.mail, s.publicURL = outbox, publicURL
	return s
}

// AskApproval asks the account's other owners to let a campaign start by
// exactly this plan. Asking again for the same plan changes nothing; for
// another plan, or by somebody else, the older request becomes void.
func (s *Service) AskApproval(ctx context.Context, by Caller, id uuid.UUID, wantedHash string) (View, error) {
	return s.withPlan(ctx, by, id, "launched", func(tx pgx.Tx, c Campaign, plan Decisions) error {
		if err := launchable(c, plan, wantedHash, s.clock.Now()); err != nil {
			return err
		}
		second, err := s.second(ctx, tx, by, plan)
		if err != nil {
			return err
		}
		if !second.Needed() {
			return apperr.New(apperr.Conflict, "approval_not_needed", "You can start this campaign yourself; nobody else needs to approve it.")
		}
		open, err := openApproval(ctx, tx, id)
		if err != nil {
			return err
		}
		if open != nil && open.AskedBy == by.UserID && open.PlanHash == plan.Hash {
			return nil
		}
		approvers, err := listApprovers(ctx, tx, by.UserID)
		if err != nil {
			return err
		}
		if len(approvers) == 0 {
			return apperr.New(apperr.Conflict, "nobody_can_approve", "Nobody else of your company may approve this: another owner is needed for that.")
		}
		if err := s.voidOpen(ctx, tx, by, id, VoidAskedAgain); err != nil {
			return err
		}
		return s.ask(ctx, tx, by, c, plan, approvers)
	})
}

func (s *Service) ask(ctx context.Context, tx pgx.Tx, by Caller, c Campaign, plan Decisions, approvers []colleague) error {
	a := Approval{ID: uuid.New(), CampaignID: c.ID, PlanHash: plan.Hash, Callable: plan.Callable, Total: plan.Total, AskedBy: by.UserID, AskedAt: s.clock.Now()}
	if err := insertApproval(ctx, tx, by.AccountID, a); err != nil {
		return err
	}
	for _, to := range approvers {
		err := s.write(ctx, tx, by, to, mail.LaunchApproval, c, map[string]string{"asker": by.Actor.Name,
			"callable": strconv.Itoa(plan.Callable), "skipped": strconv.Itoa(plan.Total - plan.Callable)})
		if err != nil {
			return err
		}
	}
	return s.record(ctx, tx, by, "campaign.approval_asked", c.ID, map[string]any{"plan_hash": plan.Hash, "callable": plan.Callable, "total": plan.Total})
}

// Approve lets a campaign start by the plan that another person asked for, and
// launches it in the same transaction: between the yes and the launch there is
// no moment in which anything could change, and nothing that was approved lies
// about unlaunched. by must not be who asked. Where the plan is no longer the
// one asked for, the request becomes void, which is kept, and is refused.
func (s *Service) Approve(ctx context.Context, by Caller, id uuid.UUID, wantedHash string) (View, error) {
	var void error
	v, err := s.withPlan(ctx, by, id, "approved", func(tx pgx.Tx, c Campaign, plan Decisions) error {
		a, err := waitingFor(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if a.PlanHash != wantedHash {
			return planChanged(a.PlanHash) // asked for again since the person looked
		}
		why, err := whyVoid(ctx, tx, a, plan)
		if err != nil {
			return err
		}
		if why != "" {
			void = apperr.New(apperr.Conflict, "approval_void", "%s", voidSentence(why))
			return s.voidOpen(ctx, tx, by, id, why)
		}
		if err := launchable(c, plan, wantedHash, s.clock.Now()); err != nil {
			return err
		}
		if err := decide(ctx, tx, a.ID, ApprovalApproved, "", by.UserID, s.clock.Now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, by, "campaign.approved", id, map[string]any{"plan_hash": plan.Hash, "asked_by": a.AskedByName, "callable": plan.Callable}); err != nil {
			return err
		}
		if err := s.tellAsker(ctx, tx, by, a, mail.LaunchApproved, c, nil); err != nil {
			return err
		}
		return s.freeze(ctx, tx, by, c, plan)
	})
	if err == nil && void != nil {
		return View{}, void
	}
	return v, err
}

// whyVoid tells why a request does not hold any more; empty: it does.
func whyVoid(ctx context.Context, tx pgx.Tx, a Approval, plan Decisions) (string, error) {
	if a.PlanHash != plan.Hash {
		return VoidPlanChanged, nil
	}
	active, err := isActive(ctx, tx, a.AskedBy)
	if err == nil && !active {
		return VoidAskerGone, nil
	}
	return "", err
}

func voidSentence(why string) string {
	if why == VoidAskerGone {
		return "Whoever asked no longer works with your account. Somebody has to ask again."
	}
	return "People or texts have changed since the approval was asked for, so it no longer holds. Look at the new plan and ask again."
}

// RefuseApproval says no, with a reason that the asker reads.
func (s *Service) RefuseApproval(ctx context.Context, by Caller, id uuid.UUID, reason string) (View, error) {
	reason = plaintext.Lines(reason)
	var wrong apperr.Fields
	if checkText(&wrong, "reason", reason, 1, maxRefusal); wrong.Err() != nil {
		return View{}, wrong.Err()
	}
	return s.withLocked(ctx, by, id, func(tx pgx.Tx, c Campaign) error {
		a, err := waitingFor(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := decide(ctx, tx, a.ID, ApprovalRefused, reason, by.UserID, s.clock.Now()); err != nil {
			return err
		}
		if err := s.tellAsker(ctx, tx, by, a, mail.LaunchRefused, c, map[string]string{"reason": reason}); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "campaign.approval_refused", id, map[string]any{"plan_hash": a.PlanHash, "asked_by": a.AskedByName, "reason": reason})
	})
}

// WithdrawApproval takes one's own request back.
func (s *Service) WithdrawApproval(ctx context.Context, by Caller, id uuid.UUID) (View, error) {
	return s.withLocked(ctx, by, id, func(tx pgx.Tx, _ Campaign) error {
		a, err := openApproval(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case a == nil:
			return noApproval()
		case a.AskedBy != by.UserID:
			return apperr.New(apperr.Forbidden, "not_your_request", "Only %s, who asked, can take this back. An owner can refuse it.", a.AskedByName)
		}
		if err := decide(ctx, tx, a.ID, ApprovalWithdrawn, "", by.UserID, s.clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "campaign.approval_withdrawn", id, map[string]any{"plan_hash": a.PlanHash})
	})
}

// waitingFor returns the open request, which by may decide on.
func waitingFor(ctx context.Context, tx pgx.Tx, by Caller, id uuid.UUID) (Approval, error) {
	a, err := openApproval(ctx, tx, id)
	switch {
	case err != nil:
		return Approval{}, err
	case a == nil:
		return Approval{}, noApproval()
	case a.AskedBy == by.UserID:
		return Approval{}, apperr.New(apperr.Forbidden, "same_person", "You asked for this yourself; somebody else has to decide.")
	}
	return *a, nil
}

func noApproval() error {
	return apperr.New(apperr.Conflict, "no_approval_waiting", "No approval is asked for at this moment.")
}

// voidOpen ends an open request because what it was for is no longer so.
func (s *Service) voidOpen(ctx context.Context, tx pgx.Tx, by Caller, id uuid.UUID, why string) error {
	a, err := openApproval(ctx, tx, id)
	if err != nil || a == nil {
		return err
	}
	if err := decide(ctx, tx, a.ID, ApprovalVoid, why, by.UserID, s.clock.Now()); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "campaign.approval_void", id, map[string]any{"plan_hash": a.PlanHash, "asked_by": a.AskedByName, "why": why})
}

func (s *Service) tellAsker(ctx context.Context, tx pgx.Tx, by Caller, a Approval, letter mail.Template, c Campaign, words map[string]string) error {
	everybody, err := listColleagues(ctx, tx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(everybody, func(p colleague) bool { return p.ID == a.AskedBy })
	if at < 0 {
		return nil // has left; the log says what came of it
	}
	return s.write(ctx, tx, by, everybody[at], letter, c, words)
}

func (s *Service) write(ctx context.Context, tx pgx.Tx, by Caller, to colleague, letter mail.Template, c Campaign, words map[string]string) error {
	if s.mail == nil {
		return errors.New("write to a colleague: the service has no outbox")
	}
	data := map[string]string{"name": to.Name, "decider": by.Actor.Name, "campaign": c.Name, "link": s.publicURL + "/campaigns/" + c.ID.String()}
	for key, word := range words {
		data[key] = word
	}
	return s.mail.Queue(ctx, tx, mail.Mail{Account: &by.AccountID, Template: letter, To: to.Email, Language: to.Language, Data: data})
}
