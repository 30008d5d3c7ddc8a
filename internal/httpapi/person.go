package httpapi

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/httprate"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// registerPerson adds the pages of the people who are called: their own, by
// the link that only their phone got, and the one that says how to get it.
// They work without scripts and without signing in.
func (s *server) registerPerson(router *chi.Mux) {
	pages := template.Must(template.New("").ParseFS(pageFiles, "pages/*.html")) // embedded: a test reads them all
	guarded := router.With(s.knownClient, s.crossOrigin(), httprate.LimitBy(generalLimit, time.Minute, networkKey, httprate.WithLimitHandler(tooMany)))
	guarded.Get("/me", func(w http.ResponseWriter, _ *http.Request) {
		s.writePerson(w, pages, http.StatusOK, "me.html", personView{})
	})
	if s.Dialer == nil {
		return
	}
	guarded.Get("/p/{key}", func(w http.ResponseWriter, r *http.Request) { s.showPerson(w, r, pages) })
	guarded.Post("/p/{key}/stop", func(w http.ResponseWriter, r *http.Request) {
		if err := s.stopPerson(r.Context(), r); err != nil {
			s.failPerson(w, r, pages, err)
			return
		}
		// The page again, by GET, so that reloading asks for nothing twice.
		http.Redirect(w, r, "/p/"+chi.URLParam(r, "key")+"?done=1", http.StatusSeeOther) //nolint:gosec // one path segment below /p/
	})
}

// personView is what the templates show.
type personView struct {
	Nonce   string
	French  bool
	Key     string
	Done    bool
	Problem string
	Page    consent.Page
}

func (s *server) showPerson(w http.ResponseWriter, r *http.Request, pages *template.Template) {
	key := chi.URLParam(r, "key")
	page, err := s.Dialer.Consent.OpenPage(r.Context(), key)
	if err != nil {
		s.failPerson(w, r, pages, err)
		return
	}
	french := page.Language == consent.French
	for i := range page.Employers {
		for j := range page.Employers[i].Past {
			item := &page.Employers[i].Past[j]
			item.What = pastState(item.What, french)
		}
	}
	s.writePerson(w, pages, http.StatusOK, "person.html", personView{French: french, Key: key, Done: r.URL.Query().Get("done") == "1", Page: page})
}

// pastState writes the state of a call or a text for the person who got it.
func pastState(state string, french bool) string {
	if !french {
		return strings.ReplaceAll(state, "_", " ")
	}
	switch state {
	case "placing", "queued", "initiated":
		return "en préparation"
	case "unknown":
		return "issue inconnue"
	case "ringing":
		return "sonne"
	case "in_progress":
		return "en cours"
	case "completed":
		return "terminé"
	case "busy":
		return "occupé"
	case "no_answer":
		return "sans réponse"
	case "canceled":
		return "annulé"
	case "not_placed":
		return "non fait"
	case "sending":
		return "en cours d'envoi"
	case "accepted":
		return "remis à l'opérateur"
	case "sent":
		return "envoyé"
	case "delivered":
		return "reçu"
	case "undelivered":
		return "non reçu"
	case "failed":
		return "échoué"
	case "skipped":
		return "non envoyé"
	}
	return strings.ReplaceAll(state, "_", " ")
}

// stopPerson ends what the form names: one employer, or everybody. It returns
// when nothing rings any more.
func (s *server) stopPerson(ctx context.Context, r *http.Request) error {
	r.Body = http.MaxBytesReader(nil, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		return apperr.New(apperr.Invalid, "bad_request", "The form could not be read.")
	}
	var account *uuid.UUID
	if given := r.PostForm.Get("employer"); given != "all" {
		id, err := uuid.Parse(given)
		if err != nil {
			return apperr.New(apperr.Invalid, "bad_request", "The form could not be read.")
		}
		account = &id
	}
	revocation, err := s.Dialer.Consent.PageRevocation(ctx, chi.URLParam(r, "key"), account)
	if err != nil {
		return err
	}
	return s.Dialer.Revoke(ctx, revocation)
}

// failPerson tells a person what is wrong on a page, not in JSON.
func (s *server) failPerson(w http.ResponseWriter, r *http.Request, pages *template.Template, err error) {
	status, sentence := http.StatusServiceUnavailable, "We could not do this just now. Please try again, or text STOP to the number that called you."
	if refusal, ok := apperr.As(err); ok && refusal.Kind != apperr.Internal {
		sentence = refusal.Message
		status = http.StatusUnprocessableEntity
		if refusal.Kind == apperr.NotFound {
			status = http.StatusNotFound
		}
	} else {
		infoOf(r.Context()).note(err)
	}
	s.writePerson(w, pages, status, "me.html", personView{Problem: sentence})
}

func (s *server) writePerson(w http.ResponseWriter, pages *template.Template, status int, name string, view personView) {
	view.Nonce = newNonce()
	h := w.Header()
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'", view.Nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	pages.ExecuteTemplate(w, name, view) //nolint:errcheck // the client is gone when this fails
}
