package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
)

func (s *server) registerUsers() {
	route(s.owner, huma.Operation{OperationID: "listUsers", Method: http.MethodGet, Path: "/users", Summary: "List the people of the account"}, s.getUsers)
	route(s.owner, huma.Operation{OperationID: "changeUser", Method: http.MethodPatch, Path: "/users/{id}", Summary: "Change a person's name, role or access",
		Description: "The last owner who can sign in stays one. Whose access ends is signed out at once, and what they invited is void."}, s.patchUser)
	route(s.owner, huma.Operation{OperationID: "resetUserFactor", Method: http.MethodPost, Path: "/users/{id}/reset-second-factor",
		Summary:     "Take the one-time codes off a member who has lost phone and recovery codes",
		Description: "It holds at the member's next sign-in after 24 hours, and a code of theirs stops it. They and every owner hear of it by mail."}, s.postResetFactor)
	route(s.owner, huma.Operation{OperationID: "listInvitations", Method: http.MethodGet, Path: "/users/invitations", Summary: "List the open invitations"}, s.getInvitations)
	route(s.owner, huma.Operation{OperationID: "inviteUser", Method: http.MethodPost, Path: "/users/invitations", DefaultStatus: http.StatusAccepted,
		Summary:     "Invite a person by mail",
		Description: "The answer is the same whether the address belongs to somebody elsewhere or not."}, s.postInvitation)
	route(s.owner, huma.Operation{OperationID: "inviteUserAgain", Method: http.MethodPost, Path: "/users/invitations/{id}/resend", DefaultStatus: http.StatusAccepted,
		Summary: "Mail a new link; the old one is void"}, s.postInvitationAgain)
	route(s.owner, huma.Operation{OperationID: "uninviteUser", Method: http.MethodDelete, Path: "/users/invitations/{id}", Summary: "Take an invitation back"}, s.deleteInvitation)
	route(s.limited, huma.Operation{OperationID: "readInvitation", Method: http.MethodPost, Path: "/auth/invitation", Summary: "What a mailed invitation is to"}, s.postReadInvitation)
	route(s.limited, huma.Operation{OperationID: "acceptInvitation", Method: http.MethodPost, Path: "/auth/invitation/accept",
		Summary: "Join an account by the mailed invitation"}, s.postAcceptInvitation)
}

// Colleague is a person of the account.
type Colleague struct {
	ID            uuid.UUID  `json:"id"`
	Name          string     `json:"name"`
	Email         string     `json:"email"`
	Role          string     `json:"role" enum:"owner,member"`
	Language      string     `json:"language" enum:"en,fr"`
	PhoneVerified bool       `json:"phone_verified"`
	CreatedAt     time.Time  `json:"created_at"`
	LastSeenAt    *time.Time `json:"last_seen_at" doc:"null: never signed in"`
	DisabledAt    *time.Time `json:"disabled_at" doc:"null: may sign in"`
	SecondFactor  bool       `json:"second_factor" doc:"Signs in with one-time codes"`
	FactorResetAt *time.Time `json:"factor_reset_at" doc:"From when on a sign-in goes without them, as they are lost; null: nobody asked"`
}

// ColleagueList is all of them: there is no next page.
type ColleagueList struct {
	Items      []Colleague `json:"items"`
	NextCursor *string     `json:"next_cursor"`
}

func colleagueOf(c account.Colleague) Colleague {
	return Colleague{ID: c.ID, Name: c.Name, Email: c.Email, Role: c.Role, Language: c.Language, PhoneVerified: c.PhoneVerifiedAt != nil,
		CreatedAt: c.CreatedAt, LastSeenAt: c.LastSeenAt, DisabledAt: c.DisabledAt, SecondFactor: c.SecondFactor, FactorResetAt: c.FactorResetAt}
}

func (s *server) getUsers(ctx context.Context, _ *struct{}) (*struct{ Body ColleagueList }, error) {
	found, err := s.Account.Colleagues(ctx, caller(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	list := ColleagueList{Items: make([]Colleague, len(found))}
	for i, c := range found {
		list.Items[i] = colleagueOf(c)
	}
	return &struct{ Body ColleagueList }{list}, nil
}

// UserChange is what an owner changes of a person; what is left out stays.
type UserChange struct {
	Name     *string `json:"name,omitempty"`
	Role     *string `json:"role,omitempty" enum:"owner,member"`
	Disabled *bool   `json:"disabled,omitempty" doc:"true: may not sign in any more"`
}

func (s *server) patchUser(ctx context.Context, in *struct {
	IDInput
	Body UserChange
}) (*struct{ Body Colleague }, error) {
	c := caller(ctx)
	changed, err := s.Account.ChangeUser(ctx, c.AccountID, c.Actor(), in.ID, account.UserChange(in.Body))
	return &struct{ Body Colleague }{colleagueOf(changed)}, err
}

// ProofAgain is one's own password again, and a code where one-time codes are on.
type ProofAgain struct {
	CurrentPassword string `json:"current_password" maxLength:"1000"`
	Code            string `json:"code,omitempty" maxLength:"40" doc:"One-time or recovery; asked for where one-time codes are on."`
}

func (s *server) postResetFactor(ctx context.Context, in *struct {
	IDInput
	Body ProofAgain
}) (*struct{ Body Colleague }, error) {
	c := caller(ctx)
	asked, err := s.Account.ResetFactor(ctx, c.Session, client(ctx), c.Actor(), in.Body.CurrentPassword, in.Body.Code, in.ID)
	return &struct{ Body Colleague }{colleagueOf(asked)}, err
}

// Invitee is whom to invite.
type Invitee struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	Role     string `json:"role" enum:"owner,member"`
	Language string `json:"language,omitempty" enum:"en,fr" doc:"Of the mail"`
}

// Invitation is an open one.
type Invitation struct {
	ID            uuid.UUID `json:"id"`
	Email         string    `json:"email"`
	Name          string    `json:"name"`
	Role          string    `json:"role" enum:"owner,member"`
	Language      string    `json:"language" enum:"en,fr"`
	InvitedByName string    `json:"invited_by_name"`
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	Expired       bool      `json:"expired" doc:"The link is too old; send another."`
}

// InvitationList is all of them: there is no next page.
type InvitationList struct {
	Items      []Invitation `json:"items"`
	NextCursor *string      `json:"next_cursor"`
}

func (s *server) invitationOf(i account.Invitation) Invitation {
	return Invitation{ID: i.ID, Email: i.Email, Name: i.Name, Role: i.Role, Language: i.Language, InvitedByName: i.InvitedByName,
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, Expired: !s.Clock.Now().Before(i.ExpiresAt)}
}

func (s *server) getInvitations(ctx context.Context, _ *struct{}) (*struct{ Body InvitationList }, error) {
	found, err := s.Account.Invitations(ctx, caller(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	list := InvitationList{Items: make([]Invitation, len(found))}
	for i, invitation := range found {
		list.Items[i] = s.invitationOf(invitation)
	}
	return &struct{ Body InvitationList }{list}, nil
}

type invitationOutput struct{ Body Invitation }

func (s *server) postInvitation(ctx context.Context, in *struct{ Body Invitee }) (*invitationOutput, error) {
	c := caller(ctx)
	made, err := s.Account.Invite(ctx, c.AccountID, c.Actor(), account.Invitee(in.Body))
	return &invitationOutput{s.invitationOf(made)}, err
}

func (s *server) postInvitationAgain(ctx context.Context, in *IDInput) (*invitationOutput, error) {
	c := caller(ctx)
	again, err := s.Account.InviteAgain(ctx, c.AccountID, c.Actor(), in.ID)
	return &invitationOutput{s.invitationOf(again)}, err
}

func (s *server) deleteInvitation(ctx context.Context, in *IDInput) (*struct{}, error) {
	c := caller(ctx)
	return nil, s.Account.Uninvite(ctx, c.AccountID, c.Actor(), in.ID)
}

// InvitedTo is what a mailed invitation is to.
type InvitedTo struct {
	LegalName string `json:"legal_name"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Role      string `json:"role" enum:"owner,member"`
	Language  string `json:"language" enum:"en,fr"`
}

func (s *server) postReadInvitation(ctx context.Context, in *struct{ Body Token }) (*struct{ Body InvitedTo }, error) {
	to, err := s.Account.Invitation(ctx, in.Body.Token)
	return &struct{ Body InvitedTo }{InvitedTo{LegalName: to.LegalName, Name: to.Name, Email: to.Email, Role: to.Role, Language: to.Language}}, err
}

// Acceptance is a mailed link's secret with what the person chooses.
type Acceptance struct {
	Token    string `json:"token" maxLength:"200"`
	Name     string `json:"name"`
	Password string `json:"password" maxLength:"1000" doc:"15 characters at least, 72 bytes at most."`
	Language string `json:"language" enum:"en,fr"`
}

func (s *server) postAcceptInvitation(ctx context.Context, in *struct{ Body Acceptance }) (*messageOutput, error) {
	if err := s.Account.AcceptInvitation(ctx, client(ctx), account.Acceptance(in.Body)); err != nil {
		return nil, err
	}
	return &messageOutput{Message{"Welcome. You can sign in now."}}, nil
}
