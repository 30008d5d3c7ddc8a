package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/auth"
)

func (s *server) registerOperatorAuth() {
	route(s.limited, huma.Operation{OperationID: "operatorLogin", Method: http.MethodPost, Path: "/operator/auth/login", Summary: "Sign in as Callshu staff"}, s.postOperatorLogin)
	route(s.operator, huma.Operation{OperationID: "operatorLogout", Method: http.MethodPost, Path: "/operator/auth/logout", Summary: "Sign out"}, s.postOperatorLogout)
	route(s.operator, huma.Operation{OperationID: "changeOperatorPassword", Method: http.MethodPost, Path: "/operator/auth/password",
		Summary: "Change one's own password; every other session ends"}, s.postOperatorPassword)
	route(s.operator, huma.Operation{OperationID: "listOperatorSessions", Method: http.MethodGet, Path: "/operator/auth/sessions", Summary: "List where one is signed in"}, s.getOperatorSessions)
	route(s.operator, huma.Operation{OperationID: "endOperatorSession", Method: http.MethodDelete, Path: "/operator/auth/sessions/{id}", Summary: "End one session"}, s.deleteOperatorSession)
	route(s.operator, huma.Operation{OperationID: "getOperatorMe", Method: http.MethodGet, Path: "/operator/me", Summary: "Which operator is signed in"}, s.getOperatorMe)
}

type operatorKey struct{}

// reviewer returns the operator who acts. Outside the operator level it panics,
// as caller does.
func reviewer(ctx context.Context) account.Reviewer {
	return account.Reviewer{Session: ctx.Value(operatorKey{}).(auth.OperatorSession), Client: client(ctx)}
}

func (s *server) requireOperator(ctx huma.Context, next func(huma.Context)) {
	token, err := cookieOf(ctx, operatorCookie)
	if err != nil {
		s.noteDenial(ctx.Context(), "operator_session")
		s.refuse(ctx, err)
		return
	}
	session, err := s.Auth.AuthenticateOperator(ctx.Context(), token)
	if err != nil {
		s.noteDenial(ctx.Context(), "operator_session")
		s.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, operatorKey{}, session))
}

// OperatorCredentials are an operator's address, password and one-time code.
type OperatorCredentials struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"1000"`
	TOTP     string `json:"totp" maxLength:"10"`
}

// Operator is a person of Callshu's staff.
type Operator struct {
	ID    uuid.UUID `json:"id"`
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Team  string    `json:"team" enum:"support,security,development"`
}

// OperatorMe is which operator is signed in.
type OperatorMe struct {
	Operator   Operator  `json:"operator"`
	ServerTime time.Time `json:"server_time"`
}

func (s *server) operatorMe(o auth.OperatorSession) OperatorMe {
	return OperatorMe{Operator: Operator{ID: o.OperatorID, Name: o.Name, Email: o.Email, Team: o.Team}, ServerTime: s.Clock.Now()}
}

type operatorWithCookies struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      OperatorMe
}

func (s *server) welcomeOperator(issued auth.IssuedOperator) *operatorWithCookies {
	cookies := []http.Cookie{s.cookie(operatorCookie, issued.Token, issued.ExpiresAt)}
	if issued.Known.Token != "" {
		cookies = append(cookies, s.cookie(knownCookie, issued.Known.Token, issued.Known.ExpiresAt))
	}
	return &operatorWithCookies{SetCookie: cookies, Body: s.operatorMe(issued.OperatorSession)}
}

func (s *server) postOperatorLogin(ctx context.Context, in *struct {
	KnownInput
	Body OperatorCredentials
}) (*operatorWithCookies, error) {
	issued, err := s.Auth.OperatorLogin(ctx, client(ctx), strings.TrimSpace(in.Body.Email), in.Body.Password, strings.TrimSpace(in.Body.TOTP), in.Known)
	if err != nil {
		return nil, err
	}
	return s.welcomeOperator(issued), nil
}

func (s *server) postOperatorLogout(ctx context.Context, _ *struct{}) (*gone, error) {
	if err := s.Auth.OperatorLogout(ctx, reviewer(ctx).Session, client(ctx)); err != nil {
		return nil, err
	}
	return goneFrom(operatorCookie), nil
}

func (s *server) getOperatorMe(ctx context.Context, _ *struct{}) (*struct{ Body OperatorMe }, error) {
	return &struct{ Body OperatorMe }{s.operatorMe(reviewer(ctx).Session)}, nil
}

// OperatorPasswordChange is the current password and a code with the new password.
type OperatorPasswordChange struct {
	CurrentPassword string `json:"current_password" maxLength:"1000"`
	TOTP            string `json:"totp" maxLength:"10"`
	Password        string `json:"password" maxLength:"1000" doc:"15 characters at least, 72 bytes at most."`
}

func (s *server) postOperatorPassword(ctx context.Context, in *struct{ Body OperatorPasswordChange }) (*operatorWithCookies, error) {
	issued, err := s.Auth.OperatorChange(ctx, reviewer(ctx).Session, client(ctx), in.Body.CurrentPassword, in.Body.TOTP, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.welcomeOperator(issued), nil
}

func (s *server) getOperatorSessions(ctx context.Context, _ *struct{}) (*struct{ Body SessionList }, error) {
	current := reviewer(ctx).Session
	devices, err := s.Auth.OperatorDevices(ctx, current)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SessionList }{sessionList(devices, current.ID)}, nil
}

func (s *server) deleteOperatorSession(ctx context.Context, in *IDInput) (*struct{}, error) {
	return nil, s.Auth.EndOperatorDevice(ctx, reviewer(ctx).Session, client(ctx), in.ID)
}
