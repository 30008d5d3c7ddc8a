package httpapi

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/callshu/callshu/internal/apperr"
)

//go:embed pages
var pageFiles embed.FS

// registerPages adds what is neither API nor front end. These pages work
// without scripts.
func (s *server) registerPages(router *chi.Mux) {
	plain := func(path string, handler http.HandlerFunc) {
		router.Get(path, handler)
		router.Head(path, handler)
	}
	plain("/healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "ok\n") })
	plain("/readyz", s.getReady)
	plain("/.well-known/security.txt", s.getSecurityText)
	plain("/api/openapi.json", s.getOpenAPI())
	pages := template.Must(template.ParseFS(pageFiles, "pages/*.html")) // embedded: a test reads them all
	plain("/privacy", s.page(pages, "privacy.html"))
	plain("/security", s.page(pages, "security.html"))
	s.registerPerson(router)
	if s.Webhooks != nil {
		router.Handle("/webhooks/*", ownPattern(s.Webhooks)) // not Mount, which would cut the path that its routes name
	}
}

// ownPattern drops the pattern that led to a router whose own routes name the
// whole path: the two joined would be the pattern of no route. Where the router
// finds no route of its own, the pattern that led there stays.
func ownPattern(router http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := chi.RouteContext(r.Context())
		outer := route.RoutePatterns
		route.RoutePatterns = nil
		defer func() { // also when it panics: the log line is still to come
			if len(route.RoutePatterns) == 0 {
				route.RoutePatterns = outer
			}
		}()
		router.ServeHTTP(w, r)
	})
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(text)) //nolint:errcheck // the client is gone when this fails
}

// getOpenAPI describes the API as it is registered. It is encoded once, when
// somebody first asks.
func (s *server) getOpenAPI() http.HandlerFunc {
	encode := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) })
	return func(w http.ResponseWriter, r *http.Request) {
		document, err := encode()
		if err != nil {
			fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(document) //nolint:errcheck // the client is gone when this fails
	}
}

// getReady tells a load balancer whether requests should come here.
func (s *server) getReady(w http.ResponseWriter, r *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(r.Context()); err != nil {
			infoOf(r.Context()).note(err)
			refusal := apperr.New(apperr.Unavailable, "not_ready", "Not ready.")
			refusal.RetryAfter = time.Second
			fail(w, r, refusal)
			return
		}
	}
	writeText(w, "ready\n")
}

// getSecurityText is RFC 9116. Its expiry is made anew, so that it never lapses.
func (s *server) getSecurityText(w http.ResponseWriter, _ *http.Request) {
	expires := s.Clock.Now().AddDate(0, 6, 0).Truncate(24 * time.Hour).Format(time.RFC3339)
	writeText(w, fmt.Sprintf("Contact: mailto:%s\nExpires: %s\nPreferred-Languages: en, fr\nCanonical: %s/.well-known/security.txt\nPolicy: %s/security\n",
		s.SecurityEmail, expires, s.PublicURL, s.PublicURL))
}

func (s *server) page(pages *template.Template, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		nonce := newNonce()
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'", nonce))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		pages.ExecuteTemplate(w, name, map[string]string{"Nonce": nonce, "SecurityEmail": s.SecurityEmail}) //nolint:errcheck // the client is gone when this fails
	}
}
