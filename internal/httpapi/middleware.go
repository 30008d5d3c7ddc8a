package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
)

// useMiddlewares wraps every route, known or not. Webhooks, health checks and
// the front end's files are outside the general limit: a STOP must never get 429.
func (s *server) useMiddlewares(router *chi.Mux) {
	router.Use(s.observe, s.recoverPanic, s.secureHeaders, s.ownHost, s.encrypted, s.clientIP, noteClient)
	router.Use(s.onlyAPI(s.knownClient(refuseUnknown), s.crossOrigin(s.noted("cross_origin", refuseForeign)), limitRequests(tooMany), plainQuery, jsonOnly))
	router.NotFound(s.notFound)
	router.MethodNotAllowed(s.methodNotAllowed)
}

// requestInfo is what one request is known by, from its first middleware to its log line.
type requestInfo struct {
	id        string
	ip        string
	userAgent string
	account   uuid.UUID
	err       error // why it failed, when that is our fault
}

// note keeps the first error that is ours, for the log: a refusal is no error,
// but for one that says what we cannot do right now.
func (i *requestInfo) note(err error) {
	refusal, refused := apperr.As(err)
	if i.err == nil && (!refused || refusal.Kind == apperr.Internal || refusal.Kind == apperr.Unavailable) {
		i.err = err
	}
}

type infoKey struct{}

func infoOf(ctx context.Context) *requestInfo {
	if info, ok := ctx.Value(infoKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

// observe gives the request its id and writes its one log line. The line holds
// the route's pattern, never the address itself: that may carry a token or an id.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		info := &requestInfo{id: requestID(r.Header.Get("X-Request-Id")), userAgent: r.UserAgent()}
		w.Header().Set("X-Request-Id", info.id)
		wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), infoKey{}, info))
		defer func() {
			status := wrapped.Status()
			if status == 0 {
				status = http.StatusOK
			}
			attributes := []slog.Attr{slog.String("request_id", info.id), slog.String("method", knownMethod(r.Method)),
				slog.String("route", routeOf(r)), slog.Int("status", status),
				slog.Float64("ms", float64(time.Since(start).Microseconds())/1000), slog.Int("bytes", wrapped.BytesWritten())}
			if info.account != uuid.Nil {
				attributes = append(attributes, slog.String("account", info.account.String()))
			}
			level := slog.LevelInfo
			if status >= 500 && info.err != nil {
				level = slog.LevelError
				if status == http.StatusServiceUnavailable || errors.Is(info.err, context.Canceled) {
					level = slog.LevelWarn
				}
				attributes = append(attributes, slog.Any("error", info.err))
			}
			s.Log.LogAttrs(r.Context(), level, "request", attributes...)
		}()
		next.ServeHTTP(wrapped, r)
	})
}

// requestID takes a proxy's id when it is a plain one, else makes one.
func requestID(given string) string {
	if len(given) >= 8 && len(given) <= 64 && strings.Trim(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" {
		return given
	}
	return uuid.NewString()
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func routeOf(r *http.Request) string {
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" {
		return pattern
	}
	return "unmatched"
}

func (s *server) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			if err, ok := thrown.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(thrown)
			}
			// The value of a panic may quote a request; its place in the code cannot.
			s.Log.ErrorContext(r.Context(), "panic", "request_id", infoOf(r.Context()).id, "kind", fmt.Sprintf("%T", thrown), "stack", string(debug.Stack()))
			if wrapped, ok := w.(middleware.WrapResponseWriter); ok && wrapped.Status() != 0 {
				return // the answer has begun; it can only break off
			}
			failStatus(w, r, http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// secureHeaders sets what every answer carries, errors included; pages with
// scripts replace the policy by their own.
func (s *server) secureHeaders(next http.Handler) http.Handler {
	https := strings.HasPrefix(s.PublicURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		if https {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// clientIP finds the caller's address: the peer, or what our own proxies say of it.
func (s *server) clientIP(next http.Handler) http.Handler {
	if len(s.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr(next)
	}
	return middleware.ClientIPFromXFF(s.TrustedProxies...)(next)
}

// noteClient keeps the address for whoever asks later; it may be unknown.
func noteClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		infoOf(r.Context()).ip = middleware.GetClientIP(r.Context())
		next.ServeHTTP(w, r)
	})
}

// knownClient refuses a request whose address cannot be told: it would share
// one limit with every other such request, or have none. Health checks from
// the proxy's own machine, files and webhooks have no such limit.
func (s *server) knownClient(refuse http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if infoOf(r.Context()).ip == "" {
				refuse(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func refuseUnknown(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, newProblem(http.StatusBadRequest, "unknown_client", "The address of the client cannot be told."))
}

// onlyAPI applies middlewares to /api alone.
func (s *server) onlyAPI(middlewares ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		guarded := chi.Chain(middlewares...).Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isAPI(r.URL.Path) {
				guarded.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }

// crossOrigin refuses changes that another site's page asks for.
func (s *server) crossOrigin(refuse http.HandlerFunc) func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if s.PublicURL != "" {
		// A proxy may give us another Host than the browser's.
		if err := protection.AddTrustedOrigin(s.PublicURL); err != nil {
			panic(fmt.Sprintf("httpapi: public URL %q is no origin: %v", s.PublicURL, err)) // configuration checks it first
		}
	}
	protection.SetDenyHandler(refuse)
	return protection.Handler
}

func refuseForeign(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, newProblem(http.StatusForbidden, "cross_origin", "Changes are accepted from our own pages only."))
}

// plainQuery refuses what no text of ours holds and the database cannot take:
// the NUL character, and bytes that are not UTF-8. Bodies are checked as they
// are decoded.
func plainQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		problem := newProblem(http.StatusUnprocessableEntity, codeOf(http.StatusUnprocessableEntity), detailOf(http.StatusUnprocessableEntity))
		for _, name := range slices.Sorted(maps.Keys(query)) {
			switch {
			case !isText(name): // and is not repeated
				problem.Errors = append(problem.Errors, ProblemField{Location: "query", Code: "malformed", Message: "The name of a parameter is not UTF-8 text."})
			case !isText(query[name]...):
				problem.Errors = append(problem.Errors, ProblemField{Location: "query." + name, Code: "malformed", Message: "This is not UTF-8 text, or contains the NUL character."})
			}
		}
		if len(problem.Errors) > 0 {
			writeProblem(w, r, problem)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isText(values ...string) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !utf8.ValidString(value) || checkText(value) != nil })
}

// jsonOnly refuses a body that is neither JSON nor, for an import, CSV: a form
// or an untyped blob can be sent across sites without asking first.
func jsonOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hasBody(r) && !acceptable(r) {
			failStatus(w, r, http.StatusUnsupportedMediaType)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 || r.Header.Get("Content-Type") != ""
}

func acceptable(r *http.Request) bool {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8")) {
		return false
	}
	want := "application/json"
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/employees/imports") {
		want = "text/csv"
	}
	return kind == want
}

// methodNotAllowed answers 405 with the methods that would do.
func (s *server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if routes != nil && routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	failStatus(w, r, http.StatusMethodNotAllowed)
}
