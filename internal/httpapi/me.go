package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
)

func (s *server) registerMe() {
	route(s.session, huma.Operation{OperationID: "getMe", Method: http.MethodGet, Path: "/me", Summary: "Who is signed in, and for whom"}, s.getMe)
	route(s.session, huma.Operation{OperationID: "editMe", Method: http.MethodPatch, Path: "/me", Summary: "Change one's own name or language"}, s.patchMe)
	route(s.session, huma.Operation{OperationID: "askEmail", Method: http.MethodPost, Path: "/me/email", DefaultStatus: http.StatusAccepted,
		Summary: "Mail a link to another address of one's own"}, s.postEmail)
	route(s.session, huma.Operation{OperationID: "sendPhoneCode", Method: http.MethodPost, Path: "/me/phone", DefaultStatus: http.StatusAccepted,
		Summary: "Text a code to one's own phone"}, s.postPhone)
	route(s.session, huma.Operation{OperationID: "verifyPhone", Method: http.MethodPost, Path: "/me/phone/verify",
		Summary: "Confirm one's own phone by the code"}, s.postPhoneCode)
}

// Me is who is signed in, for whom, and what time it is for us.
type Me struct {
	User         User      `json:"user"`
	Account      Account   `json:"account"`
	ServerTime   time.Time `json:"server_time"`
	TimeZoneData string    `json:"time_zone_data" doc:"The release of the time-zone rules that calling hours follow."`
}

// User is a person of an account.
type User struct {
	ID            uuid.UUID `json:"id"`
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	Role          string    `json:"role" enum:"owner,member"`
	Language      string    `json:"language" enum:"en,fr"`
	Phone         string    `json:"phone"`
	PhoneVerified bool      `json:"phone_verified"`
}

// Account is an employer.
type Account struct {
	ID             uuid.UUID  `json:"id"`
	LegalName      string     `json:"legal_name"`
	SpokenName     string     `json:"spoken_name"`
	Status         string     `json:"status" enum:"registered,pending_review,active,rejected,suspended"`
	StatusReason   string     `json:"status_reason"`
	AppliedAt      *time.Time `json:"applied_at"`
	DecideBy       *time.Time `json:"decide_by" doc:"When the applicant hears from us at the latest."`
	Country        string     `json:"country"`
	TimeZone       string     `json:"time_zone"`
	CallbackNumber string     `json:"callback_number"`
	ContactAddress string     `json:"contact_address"`
	Website        string     `json:"website"`
	UseCase        string     `json:"use_case"`
	EmployeeCount  int        `json:"employee_count"`
	RegistryNumber string     `json:"registry_number"`
	Province       string     `json:"province"`
	MonthlyLimit   int        `json:"monthly_limit" doc:"Most calls and texts to one employee in a month."`
	SenderNumber   *string    `json:"sender_number"`
	TwoPerson      TwoPerson  `json:"two_person"`

	NameChange *NameChange `json:"name_change" doc:"Another legal name, which waits until Callshu has checked it"`
}

// NameChange is the wish for another legal name.
type NameChange struct {
	_              struct{}  `nullable:"true"`
	ID             uuid.UUID `json:"id"`
	LegalName      string    `json:"legal_name"`
	RegistryNumber string    `json:"registry_number"`
	AskedByName    string    `json:"asked_by_name"`
	AskedAt        time.Time `json:"asked_at"`
}

func nameChangeOf(c *account.NameChange) *NameChange {
	if c == nil {
		return nil
	}
	return &NameChange{ID: c.ID, LegalName: c.LegalName, RegistryNumber: c.RegistryNumber, AskedByName: c.AskedByName, AskedAt: c.AskedAt}
}

// TwoPerson says when a campaign needs a second person.
type TwoPerson struct {
	Above   *int             `json:"above" doc:"A campaign to more people needs one; null: none ever does."`
	Pending *TwoPersonChange `json:"pending" doc:"A loosening that waits for another owner"`
}

// TwoPersonChange is a wish to loosen that.
type TwoPersonChange struct {
	_           struct{}  `nullable:"true"`
	Above       *int      `json:"above"`
	AskedBy     uuid.UUID `json:"asked_by"`
	AskedByName string    `json:"asked_by_name"`
}

func twoPersonOf(t account.TwoPerson) TwoPerson {
	out := TwoPerson{Above: t.Above}
	if p := t.Pending; p != nil {
		out.Pending = &TwoPersonChange{Above: p.Wanted, AskedBy: p.AskedBy, AskedByName: p.AskedByName}
	}
	return out
}

func accountOf(a account.Account) Account {
	return Account{ID: a.ID, LegalName: a.LegalName, SpokenName: a.SpokenName, Status: a.Status, StatusReason: a.StatusReason, AppliedAt: a.AppliedAt,
		DecideBy: a.DecideBy(), Country: a.Country, TimeZone: a.TimeZone, CallbackNumber: a.CallbackNumber, ContactAddress: a.ContactAddress,
		Website: a.Website, UseCase: a.UseCase, EmployeeCount: a.EmployeeCount, RegistryNumber: a.RegistryNumber, Province: a.Province,
		MonthlyLimit: a.MonthlyLimit, SenderNumber: a.SenderNumber, TwoPerson: twoPersonOf(a.TwoPerson),
		NameChange: nameChangeOf(a.NameChange)}
}

type meOutput struct{ Body Me }

func (s *server) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	c := caller(ctx)
	me, err := s.me(ctx, c.AccountID, c.UserID)
	return &meOutput{me}, err
}

// MeChange is what a person changes of themselves; what is left out stays.
type MeChange struct {
	Name     *string `json:"name,omitempty"`
	Language *string `json:"language,omitempty" enum:"en,fr"`
}

func (s *server) patchMe(ctx context.Context, in *struct{ Body MeChange }) (*meOutput, error) {
	c := caller(ctx)
	if err := s.Account.ChangeOwn(ctx, c.AccountID, c.Actor(), in.Body.Name, in.Body.Language); err != nil {
		return nil, err
	}
	return s.getMe(ctx, nil)
}

func (s *server) me(ctx context.Context, accountID, userID uuid.UUID) (Me, error) {
	profile, err := s.Account.Profile(ctx, accountID, userID)
	if err != nil {
		return Me{}, err
	}
	u := profile.User
	return Me{
		User: User{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Language: u.Language, Phone: u.Phone,
			PhoneVerified: u.PhoneVerifiedAt != nil},
		Account: accountOf(profile.Account), ServerTime: s.Clock.Now(), TimeZoneData: s.ZoneData,
	}, nil
}

// EmailChange is another address, and the password.
type EmailChange struct {
	Email           string `json:"email" maxLength:"254"`
	CurrentPassword string `json:"current_password" maxLength:"1000"`
	Code            string `json:"code,omitempty" maxLength:"40" doc:"One-time or recovery; asked for where one-time codes are on."`
}

func (s *server) postEmail(ctx context.Context, in *struct{ Body EmailChange }) (*messageOutput, error) {
	err := s.Account.AskEmail(ctx, caller(ctx).Session, client(ctx), in.Body.Email, in.Body.CurrentPassword, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &messageOutput{Message{"A link is on its way to the new address. It holds once you have used it."}}, nil
}

// Phone is a phone number as a person writes it.
type Phone struct {
	Phone string `json:"phone" maxLength:"64"`
}

// SentTo tells where a code went, masked.
type SentTo struct {
	SentToMasked string `json:"sent_to_masked"`
}

func (s *server) postPhone(ctx context.Context, in *struct{ Body Phone }) (*struct{ Body SentTo }, error) {
	c := caller(ctx)
	masked, err := s.Account.SendCode(ctx, c.Session, c.Actor(), in.Body.Phone)
	return &struct{ Body SentTo }{SentTo{masked}}, err
}

// Code is what came by text.
type Code struct {
	Code string `json:"code" maxLength:"10"`
}

func (s *server) postPhoneCode(ctx context.Context, in *struct{ Body Code }) (*meOutput, error) {
	c := caller(ctx)
	if err := s.Account.VerifyPhone(ctx, c.AccountID, c.Actor(), in.Body.Code); err != nil {
		return nil, err
	}
	return s.getMe(ctx, nil)
}
