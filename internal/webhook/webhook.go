// Package webhook owns what the carrier posts to us: it checks the signature
// before anything else, decodes, calls the domain and answers, with a document
// for a call that waits and with an empty 204 otherwise. It must hold no SQL
// and no rule, answer 2xx only for what is durable, and never leave a caller
// in silence because the database is slow (I8).
package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/twilio"
)

// Deps is what the webhooks call.
type Deps struct {
	Log      *slog.Logger
	Verifier *twilio.Verifier
	Calls    Calls
	Texts    Texts
	Messages Messages
	Notes    Notes
}

// Notes are what the audit log hears of webhooks that bring what they should not.
type Notes interface {
	Refused(ctx context.Context, reason string) error
	Recorded(ctx context.Context, callSID string) error
}

type handler struct {
	Deps
	owed     *owed
	refusals refusalGate
}

// Handler answers everything under /webhooks.
type Handler struct {
	http.Handler
	owed *owed
}

// Drain tries once more to store what people pressed while the database was
// away; the server must have stopped serving.
func (h *Handler) Drain(ctx context.Context) { h.owed.drain(ctx) }

const maxBody = 32 << 10

// New returns the handler for everything under /webhooks.
func New(deps Deps) *Handler {
	h := &handler{Deps: deps, owed: newOwed(deps.Log)}
	router := chi.NewRouter()
	router.Route("/webhooks/twilio", func(r chi.Router) {
		r.Post("/voice", h.verified(h.voice))
		r.Post("/gather", h.verified(h.gather))
		r.Post("/fallback", h.verified(h.fallback))
		r.Post("/incoming", h.verified(h.incoming))
		r.Post("/status", h.verified(h.status))
		r.Post("/amd", h.verified(h.machine))
		r.Post("/sms", h.verified(h.sms))
		r.Post("/sms-status", h.verified(h.smsStatus))
	})
	return &Handler{Handler: router, owed: h.owed}
}

// handled is a handler of a request whose signature holds.
type handled func(w http.ResponseWriter, r *http.Request, form url.Values)

// verified lets only the carrier through: a bad signature changes nothing and
// learns nothing (403, empty). How many bad ones may come is not limited: a limit
// that saved work would have to refuse before it looked, and so a STOP with them.
func (h *handler) verified(next handled) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil { // it broke off, or did not come in time
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		form, err := h.Verifier.Verify(r.RequestURI, r.Header.Get("X-Twilio-Signature"), body)
		if err != nil {
			h.Log.WarnContext(r.Context(), "webhook refused", "path", r.URL.Path, "reason", err.Error())
			w.WriteHeader(http.StatusForbidden)
			h.noteRefusal(r.Context(), err)
			return
		}
		h.noteRecording(r.Context(), form)
		next(w, r, form)
	}
}

// answered finishes a webhook that wants no document. What could not be stored
// is answered 503, so that the carrier tries again.
func (h *handler) answered(ctx context.Context, w http.ResponseWriter, what string, err error) {
	switch refusal, ok := apperr.As(err); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case ok && refusal.Kind == apperr.NotFound:
		w.WriteHeader(http.StatusNotFound)
	default:
		h.Log.ErrorContext(ctx, "webhook "+what, "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func document(w http.ResponseWriter, twiml []byte) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Write(twiml) //nolint:errcheck,gosec // the carrier is gone when this fails; ivr escapes every text it is given
}

// documentWithin is how long the domain may take for a document, so that the
// answer is out within 2 s: the carrier waits longer, but a person listens to
// the silence.
const documentWithin = 1800 * time.Millisecond
