package account

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/seal"
)

// invitationLifetime is how long the link of an invitation works.
const invitationLifetime = 7 * 24 * time.Hour

// Invitee is whom an owner invites, and as what.
type Invitee struct {
	Email    string
	Name     string
	Role     string
	Language string // en or fr; empty: en
}

// Invitation is an open one. It says nothing of whether the address belongs to
// somebody already: that is between us and its owner.
type Invitation struct {
	ID            uuid.UUID
	Email         string
	Name          string
	Role          string
	Language      string
	InvitedByName string
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

func (i *Invitee) check() error {
	var f apperr.Fields
	i.Email = email(&f, i.Email)
	i.Name = line(&f, "name", i.Name, 1, maxName)
	checkRole(&f, i.Role)
	if i.Language == "" {
		i.Language = "en"
	}
	checkLanguage(&f, i.Language)
	return f.Err()
}

// Invite mails a link by which a person joins the account. An address that is
// somebody's in another account is answered and written to alike; only the
// letter, which its owner alone reads, says that the link cannot be used.
func (s *Service) Invite(ctx context.Context, account uuid.UUID, actor audit.Actor, invitee Invitee) (Invitation, error) {
	if err := invitee.check(); err != nil {
		return Invitation{}, err
	}
	if err := s.Auth.Limits.Invite(ctx, account); err != nil {
		return Invitation{}, err
	}
	mayMail, err := s.Auth.Limits.InviteMail(ctx, invitee.Email)
	if err != nil {
		return Invitation{}, err
	}
	var made Invitation
	_, err = s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		now := s.Clock.Now()
		if err := refuseKnown(ctx, tx, invitee.Email, now); err != nil {
			return err
		}
		token, hash := seal.NewToken()
		made = Invitation{ID: uuid.New(), Email: invitee.Email, Name: invitee.Name, Role: invitee.Role, Language: invitee.Language,
			InvitedByName: actor.Name, CreatedAt: now, ExpiresAt: now.Add(invitationLifetime)}
		if err := insertInvitation(ctx, tx, account, actor.ID, made, hash); err != nil {
			return err
		}
		if mayMail {
			if err := s.mailInvitation(ctx, tx, a, actor, made, token); err != nil {
				return err
			}
		}
		return s.recordInvitation(ctx, tx, account, actor, made, "user.invited")
	})
	return made, err
}

// refuseKnown speaks of the account's own people and invitations only. An
// invitation that is too old gives way to a new one.
func refuseKnown(ctx context.Context, tx pgx.Tx, email string, now time.Time) error {
	known, err := hasUser(ctx, tx, email)
	if err != nil {
		return err
	}
	if known {
		return apperr.New(apperr.Conflict, "already_user", "This address belongs to somebody of your account already.")
	}
	if err := revokeExpired(ctx, tx, email, now); err != nil {
		return err
	}
	open, err := hasInvitation(ctx, tx, email)
	if err != nil || !open {
		return err
	}
	return apperr.New(apperr.Conflict, "already_invited", "This address is invited already. You can send the invitation again.")
}

func (s *Service) mailInvitation(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, i Invitation, token string) error {
	taken, err := addressInUse(ctx, tx, i.Email)
	if err != nil {
		return err
	}
	letter, link := mail.UserInvited, s.PublicURL+"/accept-invitation#token="+token
	if taken {
		letter, link = mail.UserInvitedTaken, s.PublicURL+"/login"
	}
	return s.Mail.Queue(ctx, tx, mail.Mail{Account: &a.ID, Template: letter, To: i.Email, Language: i.Language,
		Data: map[string]string{"name": i.Name, "legal_name": a.LegalName, "asker": actor.Name, "role": i.Role, "link": link}})
}

// Invitations lists the open ones, the newest first; such as are too old too,
// until they are sent again or taken back.
func (s *Service) Invitations(ctx context.Context, account uuid.UUID) ([]Invitation, error) {
	var list []Invitation
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		list, err = listInvitations(ctx, tx)
		return err
	})
	return list, err
}

// InviteAgain mails a new link, which lives for seven days; the old one is void.
func (s *Service) InviteAgain(ctx context.Context, account uuid.UUID, actor audit.Actor, id uuid.UUID) (Invitation, error) {
	if err := s.Auth.Limits.Invite(ctx, account); err != nil {
		return Invitation{}, err
	}
	var again Invitation
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		again, err = findOpenInvitation(ctx, tx, id)
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	mayMail, err := s.Auth.Limits.InviteMail(ctx, again.Email) // an invitation keeps its address
	if err != nil {
		return Invitation{}, err
	}
	_, err = s.withSettings(ctx, account, func(tx pgx.Tx, a Account) (err error) {
		if again, err = findOpenInvitation(ctx, tx, id); err != nil {
			return err
		}
		token, hash := seal.NewToken()
		again.ExpiresAt = s.Clock.Now().Add(invitationLifetime)
		if err := renewInvitation(ctx, tx, id, hash, again.ExpiresAt); err != nil {
			return err
		}
		if mayMail {
			if err := s.mailInvitation(ctx, tx, a, actor, again, token); err != nil {
				return err
			}
		}
		return s.recordInvitation(ctx, tx, account, actor, again, "user.invited_again")
	})
	return again, err
}

// Uninvite takes an invitation back: its link is void.
func (s *Service) Uninvite(ctx context.Context, account uuid.UUID, actor audit.Actor, id uuid.UUID) error {
	_, err := s.withSettings(ctx, account, func(tx pgx.Tx, _ Account) error {
		open, err := findOpenInvitation(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.revoke(ctx, tx, account, actor, open)
	})
	return err
}

// voidInvitationsOf takes back what somebody invited who is no owner any more:
// it would be the way back in.
func (s *Service) voidInvitationsOf(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, user uuid.UUID) error {
	list, err := listInvitationsOf(ctx, tx, user)
	if err != nil {
		return err
	}
	for _, open := range list {
		if err := s.revoke(ctx, tx, a.ID, actor, open); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) revoke(ctx context.Context, tx pgx.Tx, account uuid.UUID, actor audit.Actor, i Invitation) error {
	if err := revokeInvitation(ctx, tx, i.ID, s.Clock.Now()); err != nil {
		return err
	}
	return s.recordInvitation(ctx, tx, account, actor, i, "user.invitation_revoked")
}

func (s *Service) recordInvitation(ctx context.Context, tx pgx.Tx, account uuid.UUID, actor audit.Actor, i Invitation, action string) error {
	return audit.Record(ctx, tx, audit.Event{Account: &account, At: s.Clock.Now(), Actor: actor, Action: action,
		SubjectKind: "invitation", SubjectID: i.ID.String(), Detail: map[string]any{"name": i.Name, "role": i.Role, "email": auth.MaskEmail(i.Email)}})
}

// InvitedTo is what the link of an invitation leads to.
type InvitedTo struct {
	Account    uuid.UUID
	ID         uuid.UUID
	LegalName  string
	SpokenName string // in calls
	Status     string // of the account
	Name       string
	Email      string
	Role       string
	Language   string
}

// Invitation returns what a mailed link invites to, without using it up.
func (s *Service) Invitation(ctx context.Context, token string) (InvitedTo, error) {
	hash := seal.HashToken(token)
	account, err := findInvitation(ctx, s.App, hash)
	if err != nil {
		return InvitedTo{}, err
	}
	var to InvitedTo
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		to, err = findInvitedTo(ctx, tx, hash, s.Clock.Now())
		return err
	})
	if err == nil && to.Status != Active {
		return InvitedTo{}, apperr.New(apperr.Forbidden, "account_suspended", "This account is suspended. Ask your employer.")
	}
	return to, err
}

// Acceptance is what an invited person chooses.
type Acceptance struct {
	Token    string
	Name     string
	Password string
	Language string // en or fr
}

// AcceptInvitation makes the invited person a user of the account with a
// confirmed address, for only the mail holds the link, and tells every owner.
func (s *Service) AcceptInvitation(ctx context.Context, client auth.Client, a Acceptance) error {
	to, err := s.Invitation(ctx, a.Token)
	if err != nil {
		return err // before any hashing: a made-up token costs us nothing
	}
	if err := a.check(to); err != nil {
		return err
	}
	hash, err := s.Auth.Hasher.Hash(ctx, a.Password)
	if err != nil {
		return err
	}
	err = s.App.InAccount(ctx, to.Account, func(tx pgx.Tx) error {
		if err := lockAccount(ctx, tx, to.Account); err != nil {
			return err
		}
		return s.join(ctx, tx, client, a, to, hash)
	})
	if postgres.IsUnique(err, "users_email") {
		return apperr.New(apperr.Conflict, "email_taken", "Your address belongs to another account already. Ask for an invitation to another address.")
	}
	return err
}

func (a *Acceptance) check(to InvitedTo) error {
	var f apperr.Fields
	a.Name = line(&f, "name", a.Name, 1, maxName)
	checkLanguage(&f, a.Language)
	if err := auth.CheckPassword(a.Password, a.Name, to.Email, to.LegalName, to.SpokenName); err != nil {
		refusal, ok := apperr.As(err)
		if !ok {
			return err
		}
		f = append(f, refusal.Fields...)
	}
	return f.Err()
}

func (s *Service) join(ctx context.Context, tx pgx.Tx, client auth.Client, a Acceptance, to InvitedTo, hash string) error {
	now, user := s.Clock.Now(), uuid.New()
	replaced, err := joinInvited(ctx, tx, seal.HashToken(a.Token), user, a, hash, now)
	if err != nil {
		return err
	}
	err = TellOwners(ctx, tx, s.Mail, to.Account, mail.UserJoined, map[string]string{"person": a.Name, "role": to.Role, "link": s.PublicURL + "/users"}, "")
	if err != nil {
		return err
	}
	actor := audit.Actor{Kind: audit.User, ID: user, Name: a.Name, IP: client.IP, RequestID: client.RequestID}
	return audit.Record(ctx, tx, audit.Event{Account: &to.Account, At: now, Actor: actor, Action: "user.joined", SubjectKind: "user", SubjectID: user.String(),
		Detail: map[string]any{"role": to.Role, "invitation": to.ID.String(), "replaced_registration": replaced}})
}
