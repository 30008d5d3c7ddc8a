package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/httpapi"
)

// Nothing is answered under a name that is not ours: not the API, not a page,
// not a webhook, not an error.
func TestOnlyOurOwnNameIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.Webhooks = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
	w.handler = httpapi.New(w.deps)
	ask := func(host, method, path string) answer {
		b := w.anybody()
		r := b.request(method, path, nil)
		r.Host = host
		r.Header.Set("X-Forwarded-Host", "app.callshu.test")
		r.Header.Set("Accept", "text/html")
		return b.send(r)
	}
	for _, host := range []string{"app.callshu.test", "APP.Callshu.Test", "app.callshu.test:443"} {
		if a := ask(host, http.MethodGet, "/"); a.StatusCode != http.StatusOK {
			t.Errorf("under %q: %d", host, a.StatusCode)
		}
	}
	for _, host := range []string{"evil.test", "", "app.callshu.test.", "app.callshu.test:80", "app.callshu.test:8443", "app.callshu.test.evil.test", "xapp.callshu.test", "localhost", "127.0.0.1:8080", "[::1]"} {
		for path, method := range map[string]string{"/": http.MethodGet, "/api/v1/me": http.MethodGet, "/webhooks/twilio/sms": http.MethodPost, "/assets/app-1.js": http.MethodGet, "/nothing": http.MethodPost} {
			a := ask(host, method, path)
			if p := a.problem(t); p.Status != http.StatusMisdirectedRequest || p.Code != "wrong_host" {
				t.Errorf("%s under %q: %+v", path, host, p)
			}
			armoured(t, host, a)
			if strings.Contains(string(a.body), "evil") {
				t.Errorf("the answer repeats the name: %s", a.body)
			}
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := ask("172.30.83.4:8080", http.MethodGet, path); a.StatusCode != http.StatusOK {
			t.Errorf("%s by address: %d", path, a.StatusCode)
		}
	}
}

// Outside production the same server is a developer's own, by whatever name
// this machine has for itself; a name that DNS may point here is still none.
func TestLoopbackNamesAreForDevelopment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.LoopbackNames, w.deps.PublicURL = true, "http://127.0.0.1:8080"
	w.handler = httpapi.New(w.deps)
	for host, want := range map[string]int{"127.0.0.1:8080": 401, "127.0.0.9:8080": 401, "localhost:5173": 401, "[::1]:8080": 401,
		"rebound.evil.test:8080": 421, "192.0.2.1:8080": 421, "localhost.evil.test": 421, "0.0.0.0:8080": 421} {
		b := w.anybody()
		r := b.request(http.MethodGet, "/api/v1/me", nil)
		if r.Host = host; b.send(r).StatusCode != want {
			t.Errorf("under %q: not %d", host, want)
		}
	}
}

// What came to our proxy in plain text: a page is sent to the safe address, the
// API and webhooks are refused, and only a proxy of ours is believed.
func TestPlainTextIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.TrustedProxies = []string{"10.0.0.0/8", "fd00::/8"}
	w.handler = httpapi.New(w.deps)
	ask := func(peer, method, path string, scheme ...string) answer {
		b := &browser{w: w, ip: peer, header: http.Header{"X-Forwarded-Proto": scheme, "X-Forwarded-For": {"203.0.113.1"}, "Accept": {"text/html"}}}
		return b.send(b.request(method, path, nil))
	}
	for path, want := range map[string]string{"/": "/", "/campaigns/1?tab=a%2Fb": "/campaigns/1?tab=a%2Fb", "//evil.test/x": "//evil.test/x", "/%2fevil": "/%2fevil"} {
		a := ask("10.0.0.1", http.MethodGet, path, "http")
		if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != publicURL+want {
			t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
		armoured(t, path, a)
	}
	for _, test := range []struct{ peer, method, path, scheme string }{
		{"10.0.0.1", http.MethodGet, "/api/v1/me", "http"}, {"10.0.0.1", http.MethodPost, "/api/v1/auth/login", "http"}, {"10.0.0.1", http.MethodPost, "/webhooks/twilio/sms", "http"},
		{"10.0.0.1", http.MethodGet, "/api/v1/me", "https, http"}, {"10.0.0.1", http.MethodGet, "/api/v1/me", " HTTP "}, {"[fd00::1]", http.MethodGet, "/api/v1/me", "http"}, {"[::ffff:10.0.0.1]", http.MethodGet, "/api/v1/me", "http"},
	} {
		a := ask(test.peer, test.method, test.path, test.scheme)
		if p := a.problem(t); p.Status != http.StatusForbidden || p.Code != "https_required" || a.Header.Get("Set-Cookie") != "" || a.Header.Get("Location") != "" {
			t.Errorf("%+v: %+v %v", test, p, a.Header)
		}
	}
	for peer, scheme := range map[string]string{"10.0.0.1": "https", "10.0.0.2": "", "192.0.2.1": "http", "[2001:db8::1]": "http"} {
		if a := ask(peer, http.MethodGet, "/api/v1/me", scheme); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("from %s saying %q: %d", peer, scheme, a.StatusCode)
		}
	}
	if a := ask("10.0.0.1", http.MethodGet, "/healthz", "http"); a.StatusCode != http.StatusOK {
		t.Errorf("a health check in plain text: %d", a.StatusCode)
	}
}
