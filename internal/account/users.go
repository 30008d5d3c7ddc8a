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
)

// Roles of a person. An owner may do all that a member may, and more.
const (
	RoleOwner  = "owner"
	RoleMember = "member"
)

// Colleague is a person of an account as its owners see them.
type Colleague struct {
	ID              uuid.UUID
	Name            string
	Email           string
	Role            string
	Language        string
	PhoneVerifiedAt *time.Time
	CreatedAt       time.Time
	LastSeenAt      *time.Time // nil: never signed in
	DisabledAt      *time.Time // nil: may sign in
	SecondFactor    bool
	FactorResetAt   *time.Time // from when on a sign-in goes without it; nil: nobody asked
}

// UserChange is what an owner changes of a person; nil leaves as it is.
type UserChange struct {
	Name     *string
	Role     *string
	Disabled *bool
}

// Colleagues lists everybody of the account, those whose access ended last.
func (s *Service) Colleagues(ctx context.Context, account uuid.UUID) ([]Colleague, error) {
	var list []Colleague
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		list, err = listColleagues(ctx, tx)
		return err
	})
	for i := range list {
		if !auth.FactorResetOpen(list[i].FactorResetAt, s.Clock.Now()) {
			list[i].FactorResetAt = nil // too old to hold: it may be asked for again
		}
	}
	return list, err
}

// ChangeUser changes a person's name, role or access, and returns them as they
// are then. Who may no longer sign in is out at the next request; what they, or
// a former owner, invited is void. The last owner who can sign in keeps both:
// else nobody could ever let anybody in again. The person and the other owners
// hear of it by mail.
func (s *Service) ChangeUser(ctx context.Context, account uuid.UUID, actor audit.Actor, id uuid.UUID, change UserChange) (Colleague, error) {
	if err := change.check(); err != nil {
		return Colleague{}, err
	}
	var after Colleague
	_, err := s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		before, err := findColleague(ctx, tx, id)
		if err != nil {
			return err
		}
		if change.Disabled != nil && *change.Disabled && id == actor.ID {
			return apperr.New(apperr.Conflict, "own_access", "You cannot end your own access. Another owner can.")
		}
		if err := s.rename(ctx, tx, a, actor, before, change.Name); err != nil {
			return err
		}
		if err := s.changeRole(ctx, tx, a, actor, before, change.Role); err != nil {
			return err
		}
		if err := s.changeAccess(ctx, tx, a, actor, before, change.Disabled); err != nil {
			return err
		}
		after, err = findColleague(ctx, tx, id)
		return err
	})
	return after, err
}

func (c *UserChange) check() error {
	var f apperr.Fields
	if c.Name != nil {
		name := line(&f, "name", *c.Name, 1, maxName)
		c.Name = &name
	}
	if c.Role != nil {
		checkRole(&f, *c.Role)
	}
	return f.Err()
}

func checkRole(f *apperr.Fields, role string) {
	if role != RoleOwner && role != RoleMember {
		f.Add("role", "not_allowed", "Choose owner or member.")
	}
}

func (s *Service) rename(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, u Colleague, name *string) error {
	if name == nil || *name == u.Name {
		return nil
	}
	if err := setUserName(ctx, tx, u.ID, *name); err != nil {
		return err
	}
	return s.recordUser(ctx, tx, a, actor, u.ID, "user.changed", map[string]any{"name": fromTo(u.Name, *name)})
}

func (s *Service) changeRole(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, u Colleague, role *string) error {
	if role == nil || *role == u.Role {
		return nil
	}
	if *role == RoleMember {
		if err := keepAnOwner(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := s.voidInvitationsOf(ctx, tx, a, actor, u.ID); err != nil {
			return err
		}
	}
	if err := setUserRole(ctx, tx, u.ID, *role); err != nil {
		return err
	}
	if err := s.tellOfPerson(ctx, tx, a, actor, u, mail.RoleChanged, *role); err != nil {
		return err
	}
	return s.recordUser(ctx, tx, a, actor, u.ID, "user.role_changed", map[string]any{"role": fromTo(u.Role, *role)})
}

func (s *Service) changeAccess(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, u Colleague, disabled *bool) error {
	if disabled == nil || *disabled == (u.DisabledAt != nil) {
		return nil
	}
	now := s.Clock.Now()
	if !*disabled {
		if err := setUserDisabled(ctx, tx, u.ID, nil); err != nil {
			return err
		}
		if err := s.tellOfPerson(ctx, tx, a, actor, u, mail.AccessRestored, u.Role); err != nil {
			return err
		}
		return s.recordUser(ctx, tx, a, actor, u.ID, "user.enabled", nil)
	}
	if err := keepAnOwner(ctx, tx, u.ID); err != nil {
		return err
	}
	if err := s.voidInvitationsOf(ctx, tx, a, actor, u.ID); err != nil {
		return err
	}
	if err := setUserDisabled(ctx, tx, u.ID, &now); err != nil {
		return err
	}
	if err := s.Auth.SignOut(ctx, tx, u.ID); err != nil {
		return err
	}
	if err := s.tellOfPerson(ctx, tx, a, actor, u, mail.AccessEnded, u.Role); err != nil {
		return err
	}
	return s.recordUser(ctx, tx, a, actor, u.ID, "user.disabled", nil)
}

// keepAnOwner refuses to do without the last owner who can sign in. The
// account's row is locked: two owners cannot send each other away at once.
func keepAnOwner(ctx context.Context, tx pgx.Tx, without uuid.UUID) error {
	others, err := otherUsers(ctx, tx, without)
	if err != nil || len(ownersOf(others)) > 0 {
		return err
	}
	return apperr.New(apperr.Conflict, "last_owner", "An account needs an owner who can sign in. Make somebody else an owner first.")
}

// tellOfPerson mails the person and the owners but the one who acted. A person
// who never confirmed an address gets nothing.
func (s *Service) tellOfPerson(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, u Colleague, letter mail.Template, role string) error {
	others, err := otherUsers(ctx, tx, actor.ID)
	if err != nil {
		return err
	}
	recipients := []person{{ID: u.ID, Name: u.Name, Email: u.Email, Language: u.Language}}
	for _, owner := range ownersOf(others) {
		if owner.ID != u.ID {
			recipients = append(recipients, owner)
		}
	}
	for _, p := range recipients {
		words := map[string]string{"name": p.Name, "legal_name": a.LegalName, "asker": actor.Name, "person": u.Name, "role": role, "link": s.PublicURL + "/login"}
		if err := s.Mail.Queue(ctx, tx, mail.Mail{Account: &a.ID, Template: letter, To: p.Email, Language: p.Language, Data: words}); err != nil {
			return err
		}
	}
	return nil
}

// ChangeOwn changes the caller's own name and language; nil leaves as it is.
func (s *Service) ChangeOwn(ctx context.Context, account uuid.UUID, actor audit.Actor, name, language *string) error {
	var f apperr.Fields
	if name != nil {
		*name = line(&f, "name", *name, 1, maxName)
	}
	if language != nil {
		checkLanguage(&f, *language)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		before, err := lockColleague(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		changed := map[string]any{}
		if name != nil && *name != before.Name {
			changed["name"] = fromTo(before.Name, *name)
			if err := setUserName(ctx, tx, actor.ID, *name); err != nil {
				return err
			}
		}
		if language != nil && *language != before.Language {
			changed["language"] = fromTo(before.Language, *language)
			if err := setUserLanguage(ctx, tx, actor.ID, *language); err != nil {
				return err
			}
		}
		if len(changed) == 0 {
			return nil
		}
		return s.recordUser(ctx, tx, Account{ID: account}, actor, actor.ID, "user.changed", changed)
	})
}

func checkLanguage(f *apperr.Fields, language string) {
	if language != "en" && language != "fr" {
		f.Add("language", "not_allowed", "Choose en or fr.")
	}
}

func (s *Service) recordUser(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, user uuid.UUID, action string, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &a.ID, At: s.Clock.Now(), Actor: actor, Action: action,
		SubjectKind: "user", SubjectID: user.String(), Detail: detail})
}

func fromTo(from, to string) map[string]string { return map[string]string{"from": from, "to": to} }
