package httpapi

import (
	"context"
	"fmt"
	"html/template"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// registerPerson adds the pages of the people who are called: their own, by
// the link that only their phone got, and the one that says how to get it.
// They work without scripts and without signing in.
func (s *server) registerPerson(router *chi.Mux) {
	pages := template.Must(template.New("").ParseFS(pageFiles, "pages/*.html")) // embedded: a test reads them all
	refuse := func(status int, english, french string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			// Who asks is not known yet, and neither is their language.
			s.writePerson(w, pages, status, "me.html", personView{Problem: english + " " + french})
		}
	}
	guarded := router.With(
		s.knownClient(refuse(http.StatusBadRequest, "We cannot tell where this request comes from.", "Nous ne pouvons pas savoir d'où vient cette demande.")),
		s.crossOrigin(refuse(http.StatusForbidden, "Nothing was changed: this was sent from another site. Please use the buttons on your own page.",
			"Rien n'a été changé: ceci vient d'un autre site. Servez-vous des boutons de votre page.")),
		limitRequests(refuse(http.StatusTooManyRequests,
			"Too many requests came from here. Please try again in a minute, or text STOP to the number that called you.",
			"Trop de demandes viennent d'ici. Réessayez dans une minute, ou textez ARRET au numéro qui vous a appelé.")))
	guarded.Get("/me", func(w http.ResponseWriter, _ *http.Request) {
		s.writePerson(w, pages, http.StatusOK, "me.html", personView{})
	})
	if s.Dialer == nil {
		return
	}
	guarded.Get("/p/{key}", func(w http.ResponseWriter, r *http.Request) { s.showPerson(w, r, pages) })
	change := func(name string, do func(context.Context, *http.Request) (done string, err error)) {
		guarded.Post("/p/{key}/"+name, func(w http.ResponseWriter, r *http.Request) {
			done, err := readForm(r, do)
			if err != nil {
				s.refusePerson(w, r, pages, name, err)
				return
			}
			// The page again, by GET, so that reloading asks for nothing twice.
			http.Redirect(w, r, "/p/"+chi.URLParam(r, "key")+"?done="+done, http.StatusSeeOther) //nolint:gosec // one path segment below /p/
		})
	}
	change("stop", s.stopPerson)
	change("quiet", s.quietPerson)
	change("pause", s.pausePerson)
}

// readForm bounds and parses what a page of a person sends.
func readForm(r *http.Request, do func(context.Context, *http.Request) (string, error)) (string, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		return "", badForm()
	}
	return do(r.Context(), r)
}

func badForm() error {
	return apperr.New(apperr.Invalid, "bad_request", "The form could not be read.")
}

// Calls and texts on a page: at first, and where somebody asks for all of them.
const (
	pastShown = 50
	pastMost  = 2000
)

func (s *server) showPerson(w http.ResponseWriter, r *http.Request, pages *template.Template) {
	most := pastShown
	if r.URL.Query().Get("show") == "all" {
		most = pastMost
	}
	page, err := s.Dialer.Consent.OpenPage(r.Context(), chi.URLParam(r, "key"), most)
	if err != nil {
		s.failPerson(w, r, pages, err)
		return
	}
	view := s.viewPerson(r, page)
	view.Done = doneWords(r.URL.Query().Get("done"), view.French)
	s.writePerson(w, pages, http.StatusOK, "person.html", view)
}

// refusePerson shows the page again with what is wrong beside its field and
// everything as it was typed.
func (s *server) refusePerson(w http.ResponseWriter, r *http.Request, pages *template.Template, form string, err error) {
	refusal, ok := apperr.As(err)
	if !ok || len(refusal.Fields) == 0 {
		s.failPerson(w, r, pages, err)
		return
	}
	page, err := s.Dialer.Consent.OpenPage(r.Context(), chi.URLParam(r, "key"), pastShown)
	if err != nil {
		s.failPerson(w, r, pages, err)
		return
	}
	view := s.viewPerson(r, page)
	view.refuse(form, r.PostForm, refusal.Fields)
	s.writePerson(w, pages, http.StatusUnprocessableEntity, "person.html", view)
}

// stopPerson ends what the form names: one employer, or everybody. It returns
// when nothing rings any more.
func (s *server) stopPerson(ctx context.Context, r *http.Request) (string, error) {
	var account *uuid.UUID
	done := "stop-all"
	if given := r.PostForm.Get("employer"); given != "all" {
		id, err := uuid.Parse(given)
		if err != nil {
			return "", badForm()
		}
		account, done = &id, "stop"
	}
	revocation, err := s.Dialer.Consent.PageRevocation(ctx, chi.URLParam(r, "key"), account)
	if err != nil {
		return "", err
	}
	_, err = s.Dialer.Revoke(ctx, revocation)
	return done, err
}

// quietPerson sets or clears quiet hours.
func (s *server) quietPerson(ctx context.Context, r *http.Request) (string, error) {
	form := consent.QuietForm{Zone: r.PostForm.Get("zone"), Start: r.PostForm.Get("start"), End: r.PostForm.Get("end"), Clear: r.PostForm.Get("do") == "clear"}
	wish, err := s.Dialer.Consent.PageQuiet(ctx, chi.URLParam(r, "key"), form)
	if err != nil {
		return "", err
	}
	return doneCode("quiet", form.Clear), s.Dialer.SetQuiet(ctx, wish)
}

// pausePerson sets or ends a pause. It returns when no call that was on its way
// can start any more.
func (s *server) pausePerson(ctx context.Context, r *http.Request) (string, error) {
	form := consent.PauseForm{Zone: r.PostForm.Get("zone"), Until: r.PostForm.Get("until"), Clear: r.PostForm.Get("do") == "clear"}
	wish, err := s.Dialer.Consent.PagePause(ctx, chi.URLParam(r, "key"), form)
	if err != nil {
		return "", err
	}
	return doneCode("pause", form.Clear), s.Dialer.SetQuiet(ctx, wish)
}

func doneCode(what string, cleared bool) string {
	if cleared {
		return what + "-off"
	}
	return what
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
