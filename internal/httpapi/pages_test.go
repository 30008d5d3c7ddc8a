package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/callshu/callshu/internal/httpapi"
)

// The log names a webhook by the pattern of its own router, once.
func TestWebhooksAreLoggedByTheirPattern(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inner := chi.NewRouter()
	inner.Route("/webhooks/twilio", func(r chi.Router) {
		r.Post("/voice", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
		r.Post("/panic", func(http.ResponseWriter, *http.Request) { panic("broken") })
	})
	for _, test := range []struct {
		handler     http.Handler
		path, route string
		status      int
	}{
		{inner, "/webhooks/twilio/voice", "/webhooks/twilio/voice", http.StatusNoContent},
		{inner, "/webhooks/twilio/panic", "/webhooks/twilio/panic", http.StatusInternalServerError},
		{inner, "/webhooks/twilio/secret-part", "/webhooks/twilio/*", http.StatusNotFound},
		{inner, "/webhooks/secret-part", "/webhooks/*", http.StatusNotFound},
		{http.NotFoundHandler(), "/webhooks/secret-part", "/webhooks/*", http.StatusNotFound},
	} {
		w.deps.Webhooks = test.handler
		w.handler = httpapi.New(w.deps)
		before := len(w.log.String())
		if a := w.anybody().post(test.path, nil); a.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.path, a.StatusCode, test.status)
		}
		if line := w.log.String()[before:]; !strings.Contains(line, `"route":"`+test.route+`"`) || strings.Contains(line, "secret-part") {
			t.Errorf("%s: logged %s, want route %s", test.path, line, test.route)
		}
	}
}
