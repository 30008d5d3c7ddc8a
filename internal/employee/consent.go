package employee

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// History is what the ledger says of one person, and the texts we sent.
type History struct {
	State  consent.State
	Events []consent.PastEvent
	Texts  []consent.PastText
}

// History returns the proof of one person's consent, newest first.
func (s *Service) History(ctx context.Context, account, id uuid.UUID) (History, error) {
	var h History
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		e, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		h.State = e.State
		h.Events, h.Texts, err = consent.History(ctx, tx, account, s.Key(e.Phone))
		return err
	})
	return h, err
}

// InviteOne queues an invitation to one person or says why not.
func (s *Service) InviteOne(ctx context.Context, by By, id uuid.UUID) error {
	return s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		result, err := s.invite(ctx, tx, by, []uuid.UUID{id})
		if err != nil || result.Queued > 0 {
			return err
		}
		for reason := range result.Skipped {
			return apperr.New(apperr.Conflict, "not_invitable", "%s", whyNot(reason))
		}
		return errNotFound
	})
}

// OptOut is the stop of somebody who told the employer: for this employer only,
// and in the ledger as what its user wrote down. Only the person's own START
// and YES undo it. The caller hands it to the dialler.
func (s *Service) OptOut(ctx context.Context, by By, id uuid.UUID, note string) (consent.Revocation, error) {
	var e Employee
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		var err error
		e, err = find(ctx, tx, id)
		return err
	})
	if err != nil {
		return consent.Revocation{}, err
	}
	return consent.EmployerRevocation(by.Account, s.Key(e.Phone), by.Actor, note)
}

// whyNot is the sentence for each reason of the policy.
func whyNot(reason string) string {
	switch reason {
	case consent.SkipOptedIn:
		return "This person has already said yes."
	case consent.SkipOptedOut:
		return "This person has asked not to be contacted. Only they can change that, by texting START."
	case consent.SkipOpen:
		return "This person can still answer the last invitation."
	case consent.SkipQueued:
		return "An invitation to this person is on its way."
	case consent.SkipRecent:
		return "This person was invited not long ago. One more invitation can follow later."
	case consent.SkipLimit:
		return "This person was asked twice and did not answer."
	case consent.SkipNotAttested:
		return "Say first how this person gave you the number."
	}
	return "This person cannot be invited."
}

// Invite queues invitations to the people named, or to everybody.
func (s *Service) Invite(ctx context.Context, by By, ids []uuid.UUID, all bool) (consent.InviteResult, error) {
	switch {
	case all:
		ids = nil
	case ids == nil:
		ids = []uuid.UUID{}
	}
	var result consent.InviteResult
	err := s.App.InAccount(ctx, by.Account, func(tx pgx.Tx) error {
		var err error
		result, err = s.invite(ctx, tx, by, ids)
		return err
	})
	return result, err
}

func (s *Service) invite(ctx context.Context, tx pgx.Tx, by By, ids []uuid.UUID) (consent.InviteResult, error) {
	people, err := invitees(ctx, tx, ids)
	if err != nil {
		return consent.InviteResult{}, err
	}
	return s.Consent.Invite(ctx, tx, consent.InviteRequest{Account: by.Account, People: people, Actor: by.Actor})
}
