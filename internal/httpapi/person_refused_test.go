package httpapi_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// Whoever is refused on their own page reads why on a page, not in JSON.
func TestPersonIsRefusedOnAPage(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	path := "/p/" + p.key
	foreign := p.post(path+"/stop", "all", "https://evil.test")
	if kind := foreign.Header().Get("Content-Type"); foreign.Code != http.StatusForbidden || !strings.HasPrefix(kind, "text/html") ||
		!strings.Contains(foreign.Body.String(), "sent from another site") || !strings.Contains(foreign.Body.String(), "un autre site") {
		t.Errorf("another site's form: %d %s %s", foreign.Code, kind, foreign.Body)
	}
	if _, stopped := p.state(); stopped {
		t.Error("another site stopped everything")
	}
	anybody := p.anybody()
	a := anybody.get(path)
	for range 2 * 200 { // the limit of a minute
		if a.StatusCode != http.StatusOK {
			break
		}
		a = anybody.get(path)
	}
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
		!bytes.Contains(a.body, []byte("try again in a minute")) || !bytes.Contains(a.body, []byte("Réessayez dans une minute")) {
		t.Errorf("too many requests: %d %v %s", a.StatusCode, a.Header, a.body)
	}
	armoured(t, "/p/{key}", a)
}
