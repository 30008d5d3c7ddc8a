package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/auth"
)

func (s *server) registerAuth() {
	route(s.limited, huma.Operation{OperationID: "register", Method: http.MethodPost, Path: "/auth/register", DefaultStatus: http.StatusAccepted,
		Summary:     "Apply for an account",
		Description: "The answer is the same whether the address is new or not."}, s.postRegister)
	route(s.limited, huma.Operation{OperationID: "verifyEmail", Method: http.MethodPost, Path: "/auth/verify-email",
		Summary: "Confirm the e-mail address by the mailed link"}, s.postVerifyEmail)
	route(s.limited, huma.Operation{OperationID: "changeEmail", Method: http.MethodPost, Path: "/auth/email/confirm",
		Summary: "Take the address that a mailed link was sent to; every session ends"}, s.postEmailToken)
	route(s.limited, huma.Operation{OperationID: "login", Method: http.MethodPost, Path: "/auth/login", Summary: "Sign in"}, s.postLogin)
	route(s.limited, huma.Operation{OperationID: "forgotPassword", Method: http.MethodPost, Path: "/auth/password/forgot", DefaultStatus: http.StatusAccepted,
		Summary: "Ask for a link to choose a new password"}, s.postForgot)
	route(s.limited, huma.Operation{OperationID: "resetPassword", Method: http.MethodPost, Path: "/auth/password/reset",
		Summary: "Choose a new password by the mailed link"}, s.postReset)
	route(s.session, huma.Operation{OperationID: "logout", Method: http.MethodPost, Path: "/auth/logout", Summary: "Sign out"}, s.postLogout)
	route(s.session, huma.Operation{OperationID: "logoutAll", Method: http.MethodPost, Path: "/auth/logout-all", Summary: "Sign out everywhere"}, s.postLogoutAll)
	route(s.session, huma.Operation{OperationID: "changePassword", Method: http.MethodPost, Path: "/auth/password/change",
		Summary: "Change the password; every other session ends"}, s.postChangePassword)
	route(s.session, huma.Operation{OperationID: "listSessions", Method: http.MethodGet, Path: "/auth/sessions", Summary: "List where one is signed in"}, s.getSessions)
	route(s.session, huma.Operation{OperationID: "endSession", Method: http.MethodDelete, Path: "/auth/sessions/{id}", Summary: "End one session"}, s.deleteSession)
}

// Registration is an application for an account.
type Registration struct {
	CompanyLegalName string `json:"company_legal_name"`
	SpokenName       string `json:"spoken_name" doc:"How calls and texts name the employer; 20 characters at most."`
	RegistryNumber   string `json:"registry_number"`
	Country          string `json:"country" enum:"CA,US"`
	Province         string `json:"province" doc:"Two letters of a province, territory or state."`
	Website          string `json:"website"`
	EmployeeCount    int    `json:"employee_count"`
	UseCase          string `json:"use_case"`
	CallbackNumber   string `json:"callback_number" doc:"Where employees reach the employer; said in every call."`
	ContactAddress   string `json:"contact_address"`
	Attestation      bool   `json:"attestation" doc:"That the applicant may act for this employer, and calls only its own people."`
	Name             string `json:"name"`
	Email            string `json:"email"`
	Phone            string `json:"phone"`
	Password         string `json:"password" doc:"15 characters at least, 72 bytes at most."`
	Language         string `json:"language,omitempty" enum:"en,fr"`
	TimeZone         string `json:"time_zone,omitempty"`
}

// Message is a sentence for the person.
type Message struct {
	Message string `json:"message"`
}

type messageOutput struct{ Body Message }

func (s *server) postRegister(ctx context.Context, in *struct{ Body Registration }) (*messageOutput, error) {
	b := in.Body
	err := s.Account.Register(ctx, client(ctx), account.Application{
		LegalName: b.CompanyLegalName, SpokenName: b.SpokenName, RegistryNumber: b.RegistryNumber, Country: b.Country, Province: b.Province,
		Website: b.Website, EmployeeCount: b.EmployeeCount, UseCase: b.UseCase, CallbackNumber: b.CallbackNumber, ContactAddress: b.ContactAddress,
		Attestation: b.Attestation, TimeZone: b.TimeZone, Name: b.Name, Email: b.Email, Phone: b.Phone, Password: b.Password, Language: b.Language,
	})
	if err != nil {
		return nil, err
	}
	return &messageOutput{Message{"Thank you. Look into your mailbox: the link there confirms your address."}}, nil
}

// Token is the secret of a mailed link.
type Token struct {
	Token string `json:"token" maxLength:"200"`
}

func (s *server) postVerifyEmail(ctx context.Context, in *struct{ Body Token }) (*messageOutput, error) {
	if err := s.Account.VerifyEmail(ctx, client(ctx), in.Body.Token); err != nil {
		return nil, err
	}
	return &messageOutput{Message{"Your address is confirmed. You can sign in now."}}, nil
}

func (s *server) postEmailToken(ctx context.Context, in *struct{ Body Token }) (*messageOutput, error) {
	if err := s.Auth.ChangeEmail(ctx, client(ctx), in.Body.Token); err != nil {
		return nil, err
	}
	return &messageOutput{Message{"Your address is changed. Sign in with the new one."}}, nil
}

// Login is an address and its password, and a code where the second factor is on.
type Login struct {
	Email          string `json:"email" maxLength:"254"`
	Password       string `json:"password" maxLength:"1000"`
	TOTP           string `json:"totp,omitempty" maxLength:"10" doc:"From the authenticator app. Without one the answer is 401 totp_required."`
	RecoveryCode   string `json:"recovery_code,omitempty" maxLength:"40" doc:"In place of totp; each works once."`
	RememberDevice bool   `json:"remember_device,omitempty" doc:"Ask this browser for no code for 30 days."`
}

// DeviceInput is what a remembered browser sends along. Exported as IDInput is.
type DeviceInput struct {
	Device string `cookie:"__Host-callshu-device"`
}

// KnownInput is what a browser sends along that somebody has signed in from.
type KnownInput struct {
	Known string `cookie:"__Host-callshu-known"`
}

// meWithCookies answers with who is signed in, and carries the session.
type meWithCookies struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Me
}

func (s *server) postLogin(ctx context.Context, in *struct {
	DeviceInput
	KnownInput
	Body Login
}) (*meWithCookies, error) {
	issued, err := s.Auth.Login(ctx, client(ctx), auth.Credentials{Email: strings.TrimSpace(in.Body.Email), Password: in.Body.Password,
		Code: cmp.Or(in.Body.TOTP, in.Body.RecoveryCode), Remember: in.Body.RememberDevice, Device: in.Device, Known: in.Known})
	if err != nil {
		return nil, err
	}
	return s.welcome(ctx, issued)
}

func (s *server) welcome(ctx context.Context, issued auth.Issued) (*meWithCookies, error) {
	me, err := s.me(ctx, issued.AccountID, issued.UserID)
	if err != nil {
		return nil, err
	}
	cookies := []http.Cookie{s.cookie(userCookie, issued.Token, issued.ExpiresAt)}
	if issued.Device != "" {
		cookies = append(cookies, s.cookie(deviceCookie, issued.Device, issued.DeviceExpiresAt))
	}
	if issued.Known.Token != "" {
		cookies = append(cookies, s.cookie(knownCookie, issued.Known.Token, issued.Known.ExpiresAt))
	}
	return &meWithCookies{SetCookie: cookies, Body: me}, nil
}

// cookie carries a session, or remembers or knows a browser. Its age is relative: the
// browser's clock is not ours.
func (s *server) cookie(name, value string, expires time.Time) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", MaxAge: max(1, int(expires.Sub(s.Clock.Now()).Seconds())),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func noCookie(name string) http.Cookie {
	return http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// gone is an answer without a body that takes the cookie away, and whatever else
// the browser keeps of us but cookies: those that remember it outlive a sign-out.
type gone struct {
	SetCookie     http.Cookie `header:"Set-Cookie"`
	ClearSiteData string      `header:"Clear-Site-Data"`
}

func goneFrom(cookie string) *gone { return &gone{noCookie(cookie), `"cache", "storage"`} }

// Address is an e-mail address.
type Address struct {
	Email string `json:"email" maxLength:"254"`
}

func (s *server) postForgot(ctx context.Context, in *struct{ Body Address }) (*messageOutput, error) {
	if err := s.Auth.Forgot(ctx, client(ctx), strings.TrimSpace(in.Body.Email)); err != nil {
		return nil, err
	}
	return &messageOutput{Message{"If this address is one of ours, a link is on its way to it."}}, nil
}

// PasswordReset is a mailed link's secret with the new password.
type PasswordReset struct {
	Token    string `json:"token" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
}

// knownOutput is an answer without a body that makes a browser a known one.
type knownOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *server) postReset(ctx context.Context, in *struct {
	KnownInput
	Body PasswordReset
}) (*knownOutput, error) {
	known, err := s.Auth.Reset(ctx, client(ctx), in.Body.Token, in.Body.Password, in.Known)
	if err != nil {
		return nil, err
	}
	return &knownOutput{s.cookie(knownCookie, known.Token, known.ExpiresAt)}, nil
}

func (s *server) postLogout(ctx context.Context, _ *struct{}) (*gone, error) {
	if err := s.Auth.Logout(ctx, caller(ctx).Session, client(ctx)); err != nil {
		return nil, err
	}
	return goneFrom(userCookie), nil
}

func (s *server) postLogoutAll(ctx context.Context, _ *struct{}) (*gone, error) {
	if err := s.Auth.LogoutAll(ctx, caller(ctx).Session, client(ctx)); err != nil {
		return nil, err
	}
	return goneFrom(userCookie), nil
}

// PasswordChange is the current password with the new one.
type PasswordChange struct {
	CurrentPassword string `json:"current_password" maxLength:"1000"`
	Password        string `json:"password" maxLength:"1000"`
	Code            string `json:"code,omitempty" maxLength:"40" doc:"One-time or recovery; asked for where one-time codes are on."`
}

func (s *server) postChangePassword(ctx context.Context, in *struct{ Body PasswordChange }) (*meWithCookies, error) {
	issued, err := s.Auth.Change(ctx, caller(ctx).Session, client(ctx), in.Body.CurrentPassword, in.Body.Code, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.welcome(ctx, issued)
}

// SessionItem is one place where the user is signed in.
type SessionItem struct {
	ID         uuid.UUID `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"user_agent"`
	Current    bool      `json:"current"`
}

// SessionList is all of them: there is no next page.
type SessionList struct {
	Items      []SessionItem `json:"items"`
	NextCursor *string       `json:"next_cursor"`
}

func (s *server) getSessions(ctx context.Context, _ *struct{}) (*struct{ Body SessionList }, error) {
	current := caller(ctx).Session
	devices, err := s.Auth.Devices(ctx, current)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SessionList }{sessionList(devices, current.ID)}, nil
}

func sessionList(devices []auth.Device, current uuid.UUID) SessionList {
	list := SessionList{Items: []SessionItem{}}
	for _, d := range devices {
		list.Items = append(list.Items, SessionItem{ID: d.ID, CreatedAt: d.CreatedAt, LastSeenAt: d.LastSeenAt, IP: d.IP, UserAgent: d.UserAgent, Current: d.ID == current})
	}
	return list
}

// IDInput is the id in a path. It is exported because huma reads embedded
// structs only when they are.
type IDInput struct {
	ID uuid.UUID `path:"id"`
}

func (s *server) deleteSession(ctx context.Context, in *IDInput) (*struct{}, error) {
	return nil, s.Auth.EndDevice(ctx, caller(ctx).Session, client(ctx), in.ID)
}
