package httpapi_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

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

// C58: the security page says which version of it this is, of what day, and
// whose. Its words are promises: whoever changes them raises both, and this hash.
func TestSecurityPageIsVersioned(t *testing.T) {
	t.Parallel()
	const version, day, words = "2", "November 28, 2026", "6bf2dbf29cfd38d05714217acdc663aec7c11d9f11a2d76d6d6154ca401a172e"
	w := newWorld(t)
	a := w.anybody().get("/security")
	if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "Version "+version+" · Last updated: "+day+" · Callshu Inc., Toronto") {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if _, err := time.Parse("January 2, 2006", day); err != nil {
		t.Error(err)
	}
	source, err := os.ReadFile("pages/security.html")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(source)); sum != words {
		t.Errorf("the words of version %s were changed (%s): raise the version and its day", version, sum)
	}
	for _, want := range []string{"cost 12", "10 attempts per 15 minutes", "5 per 15 minutes", "200 requests a minute", "up to two years", "not recorded", "erased", "payment card", `href="mailto:`} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
