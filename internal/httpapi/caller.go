package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
)

// The cookies. __Host- binds them to this host, to https and to the whole path.
const (
	userCookie     = "__Host-callshu"
	operatorCookie = "__Host-callshu-operator"
	deviceCookie   = "__Host-callshu-device" // spares a remembered browser the code, never the password
	knownCookie    = "__Host-callshu-known"  // a browser that somebody has signed in from; it opens nothing
)

// Caller is the signed-in user of a request in the session, tenant and owner levels.
type Caller struct {
	AccountID uuid.UUID
	UserID    uuid.UUID
	Role      string // owner or member
	Name      string
	Language  string
	IP        string
	RequestID string
	Session   auth.Session
}

// Actor is the caller as the audit log names it.
func (c Caller) Actor() audit.Actor {
	return audit.Actor{Kind: audit.User, ID: c.UserID, Name: c.Name, IP: c.IP, RequestID: c.RequestID}
}

type callerKey struct{}

// caller returns who acts. Outside the levels that require a session it panics:
// a route in the wrong group must not pass for one without a caller.
func caller(ctx context.Context) Caller {
	return ctx.Value(callerKey{}).(Caller)
}

// client is where the request comes from, for any level.
func client(ctx context.Context) auth.Client {
	info := infoOf(ctx)
	return auth.Client{IP: info.ip, UserAgent: info.userAgent, RequestID: info.id}
}

// refuse answers with a refusal from a huma middleware.
func (s *server) refuse(ctx huma.Context, err error) {
	huma.WriteErr(s.api, ctx, http.StatusInternalServerError, "", err) //nolint:errcheck // the client is gone when this fails
}

// takeAttempt holds each address to the ten attempts to sign in or come to an
// account, and says how many are left: here they are what counts, not the
// general limit, which every answer tells of.
func (s *server) takeAttempt(ctx huma.Context, next func(huma.Context)) {
	allowance, err := s.Auth.Limits.Auth(ctx.Context(), infoOf(ctx.Context()).ip)
	if err == nil || apperr.HasCode(err, "too_many_requests") {
		ctx.SetHeader("RateLimit-Limit", strconv.Itoa(allowance.Limit))
		ctx.SetHeader("RateLimit-Remaining", strconv.Itoa(allowance.Left))
	}
	if err != nil {
		if wait, ok := retryAfter(err); ok {
			ctx.SetHeader("RateLimit-Reset", wait)
		}
		s.refuse(ctx, err)
		return
	}
	next(ctx)
}

func (s *server) requireSession(ctx huma.Context, next func(huma.Context)) {
	token, err := cookieOf(ctx, userCookie)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	session, err := s.Auth.Authenticate(ctx.Context(), token)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	info := infoOf(ctx.Context())
	info.account = session.AccountID
	next(huma.WithValue(ctx, callerKey{}, Caller{
		AccountID: session.AccountID, UserID: session.UserID, Role: session.Role, Name: session.Name,
		Language: session.Language, IP: info.ip, RequestID: info.id, Session: session,
	}))
}

func cookieOf(ctx huma.Context, name string) (string, error) {
	cookie, err := huma.ReadCookie(ctx, name)
	if err != nil || cookie.Value == "" {
		return "", apperr.New(apperr.Unauthenticated, "unauthenticated", "Sign in to continue.")
	}
	return cookie.Value, nil
}

// requireActive keeps everything but its own state from an account that no
// operator has approved, or that one has stopped.
func (s *server) requireActive(ctx huma.Context, next func(huma.Context)) {
	switch caller(ctx.Context()).Session.Status {
	case "active":
		next(ctx)
	case "rejected":
		s.refuse(ctx, apperr.New(apperr.Forbidden, "account_rejected", "This application was not approved."))
	case "suspended":
		s.refuse(ctx, apperr.New(apperr.Forbidden, "account_suspended", "This account is suspended."))
	default:
		s.refuse(ctx, apperr.New(apperr.Forbidden, "account_pending", "This account waits for its review."))
	}
}

func (s *server) requireOwner(ctx huma.Context, next func(huma.Context)) {
	if caller(ctx.Context()).Role != "owner" {
		s.refuse(ctx, apperr.New(apperr.Forbidden, "owner_only", "Only an owner of the account may do this."))
		return
	}
	next(ctx)
}
