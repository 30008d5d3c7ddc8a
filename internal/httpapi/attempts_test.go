package httpapi_test

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Every answer of the doors that the ten attempts guard says how many are left
// to this address, whichever answer it is; the others tell of the general limit.
func TestC12AnswersTellWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.anybody()
	try := func() answer {
		return b.send(b.request(http.MethodPost, "/api/v1/auth/login", object{"email": "nobody@example.com", "password": "x"}))
	}
	var left []int
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 9 { // at once, and yet no two are told the same
		group.Go(func() {
			h := try().Header
			n, err := strconv.Atoi(h.Get("RateLimit-Remaining"))
			mu.Lock()
			defer mu.Unlock()
			if left = append(left, n); err != nil || h.Get("RateLimit-Limit") != "10" || h.Get("RateLimit-Reset") != "" || h.Get("Retry-After") != "" {
				t.Errorf("headers of an attempt: %v, %v", h, err)
			}
		})
	}
	group.Wait()
	slices.Sort(left)
	if !slices.Equal(left, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("nine attempts at once are told that %v are left", left)
	}
	w.clock.Advance(5 * time.Minute)
	if h := b.send(b.request(http.MethodPost, "/api/v1/auth/register", object{})).Header; h.Get("RateLimit-Limit") != "10" || h.Get("RateLimit-Remaining") != "0" {
		t.Errorf("the tenth, at another door, which refuses it for what it says: %v", h)
	}
	a := try()
	if h := a.Header; a.StatusCode != http.StatusTooManyRequests || h.Get("RateLimit-Limit") != "10" || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") != "600" || h.Get("Retry-After") != "600" {
		t.Errorf("the eleventh: %d %v", a.StatusCode, h)
	}
	w.clock.Advance(10 * time.Minute)
	if h := try().Header; h.Get("RateLimit-Remaining") != "8" {
		t.Errorf("when the first nine are forgotten: %v", h)
	}
	if h := b.send(b.request(http.MethodGet, "/api/v1/me", nil)).Header; h.Get("RateLimit-Limit") != "200" {
		t.Errorf("an answer that no attempt is counted for: %v", h)
	}
	// What could not be counted says nothing of what is left, but when to come again.
	w.exec(`REVOKE EXECUTE ON FUNCTION rate_left(text, text, int) FROM callshu_app`)
	a = try()
	if h := a.Header; a.StatusCode != http.StatusServiceUnavailable || h.Get("RateLimit-Limit") == "10" || h.Get("RateLimit-Reset") != "5" || h.Get("Retry-After") != "5" {
		t.Errorf("without the count: %d %v", a.StatusCode, h)
	}
}

// A sign-out leaves nothing of us in the browser but the cookies that remember it.
func TestSignOutClearsTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	g := w.applicant(email).guard(email)
	const clears = `"cache", "storage"`
	for path, b := range map[string]*browser{"/api/v1/auth/logout": g.browser, "/api/v1/operator/auth/logout": w.staff("olive@callshu.test"), "/api/v1/auth/logout-all": w.applicant("ann@example.com")} {
		a := b.expect(http.StatusNoContent, http.MethodPost, path, nil)
		if got := a.Header.Values("Clear-Site-Data"); !slices.Equal(got, []string{clears}) {
			t.Errorf("%s: Clear-Site-Data %q", path, got)
		}
		if len(a.Cookies()) != 1 || a.Cookies()[0].MaxAge >= 0 || b.cookie != "" {
			t.Errorf("%s: cookies %v", path, a.Cookies())
		}
	}
	for _, kept := range []answer{g.login(g.browser, object{"totp": g.next(), "remember_device": true}), g.get("/api/v1/me")} {
		if got := kept.Header.Get("Clear-Site-Data"); kept.StatusCode != http.StatusOK || got != "" {
			t.Errorf("who is signed in: %d, Clear-Site-Data %q", kept.StatusCode, got)
		}
	}
}
