package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const operatorLogin = "/api/v1/operator/auth/login"

// storm uses up what all strangers together may try at an address: ten from each
// of three places.
func (w *world) storm(path string, body object) {
	w.t.Helper()
	w.clock.Advance(15 * time.Minute) // a first sign-in from a browser was a stranger's, too
	for range 3 {
		stranger := w.anybody()
		for range 10 {
			mustRefuse(w.t, "a stranger's guess", stranger.post(path, body), http.StatusUnauthorized, "bad_credentials")
		}
	}
	mustRefuse(w.t, "a stranger from a fourth place", w.anybody().post(path, body), http.StatusTooManyRequests, "too_many_requests")
}

// Strangers who try a person's address without end keep other strangers out, and
// never the person from a browser of their own.
func TestStrangersLockNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, fresh = "zoe@example.com", "purple teapot gravel sunset"
	b := w.applicant(email)
	colleague := w.applicant("ann@example.com")
	right := object{"email": email, "password": password}
	w.storm("/api/v1/auth/login", object{"email": email, "password": "wrong, of course"})
	mustRefuse(t, "an unknown browser with the right password", w.anybody().post("/api/v1/auth/login", right), http.StatusTooManyRequests, "too_many_requests")

	away := w.anybody() // the same browser in another place, signed out
	away.known = b.known
	if a := away.post("/api/v1/auth/login", right); a.StatusCode != http.StatusOK {
		t.Fatalf("the person's own browser: %d %s", a.StatusCode, a.body)
	}
	forged := w.anybody()
	for name, known := range map[string]string{
		"another person's browser":     colleague.known,
		"a session as a known browser": strings.Replace(b.cookie, "__Host-callshu=", "__Host-callshu-known=", 1),
		"a changed note":               b.known[:len(b.known)-2],
	} {
		forged.known = known
		mustRefuse(t, name, forged.post("/api/v1/auth/login", right), http.StatusTooManyRequests, "too_many_requests")
	}
	thief := w.anybody() // a note opens nothing by itself
	thief.cookie = strings.Replace(b.known, "__Host-callshu-known=", "__Host-callshu=", 1)
	if a := thief.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a note passed for a session: %d", a.StatusCode)
	}
	// Whoever is signed in is counted as themselves.
	away.expect(http.StatusOK, http.MethodPost, changePassword, object{"current_password": password, "password": fresh})
	// A new browser gets in by the mailbox.
	replaced := w.anybody()
	replaced.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
	_, token := w.letter(email, "reset_password")
	replaced.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": password})
	replaced.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", right)
}

// Whoever has stolen a browser's note guesses no more than that browser may; the
// strangers' guesses are bounded as before, and so are those of a stolen session.
func TestGuessesStayBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	b := w.applicant(email) // signed in from an unknown browser: one of the strangers' thirty
	wrong := object{"email": email, "password": "wrong, of course"}
	refusals := func(known string, tries int) (counted int) {
		for i := range tries {
			thief := w.anybody()
			thief.ip, thief.known = fmt.Sprintf("198.51.100.%d", i), known
			if a := thief.post("/api/v1/auth/login", wrong); a.StatusCode == http.StatusUnauthorized {
				counted++
			}
		}
		return counted
	}
	if n := refusals(b.known, 15); n != 10 {
		t.Errorf("%d guesses with a stolen note passed, want 10", n)
	}
	if n := refusals("", 35); n != 29 {
		t.Errorf("%d guesses of strangers passed, want the other 29 of 30", n)
	}
	for range 10 {
		mustRefuse(t, "a guess from a stolen session", b.post(changePassword, object{"current_password": "wrong, of course", "password": "x"}), http.StatusUnprocessableEntity, "invalid")
	}
	mustRefuse(t, "an eleventh", b.post("/api/v1/auth/mfa/totp", object{"current_password": password}), http.StatusTooManyRequests, "too_many_requests")
	w.clock.Advance(15 * time.Minute)
	if n := refusals(b.known, 1); n != 1 {
		t.Error("a quarter of an hour later a known browser may not try")
	}
	w.clock.Advance(180*24*time.Hour - 15*time.Minute)
	if n := refusals("", 31); n != 30 {
		t.Errorf("%d guesses of strangers passed, want 30", n)
	}
	if n := refusals(b.known, 1); n != 0 {
		t.Error("a note of half a year ago still counts apart")
	}
}

// The same holds for Callshu's own people, whose addresses are easier to guess.
func TestStrangersLockNoOperatorOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "olive@callshu.test"
	b := w.staff(email)
	w.storm(operatorLogin, object{"email": email, "password": "wrong, of course", "totp": "000000"})
	mustRefuse(t, "an unknown browser", w.anybody().post(operatorLogin, object{"email": email, "password": password, "totp": b.next()}), http.StatusTooManyRequests, "too_many_requests")
	away := w.anybody()
	away.known, away.secret = b.known, b.secret
	away.expect(http.StatusOK, http.MethodPost, operatorLogin, object{"email": email, "password": password, "totp": b.next()})
	away.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/auth/password",
		object{"current_password": password, "password": "purple teapot gravel sunset", "totp": b.next()})
	for range 9 {
		mustRefuse(t, "a guess", away.post("/api/v1/operator/auth/password", object{"current_password": "x", "password": password, "totp": "000000"}), http.StatusUnprocessableEntity, "invalid")
	}
	mustRefuse(t, "an eleventh", away.post("/api/v1/operator/auth/password", object{"current_password": "purple teapot gravel sunset", "password": password, "totp": b.next()}),
		http.StatusTooManyRequests, "too_many_requests")
}

// Several people may share a browser; each is known by it, the newest five.
func TestSharedBrowsersKnowTheirPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shared := w.anybody()
	people := make([]string, 6)
	for i := range people {
		people[i] = fmt.Sprintf("person%d@example.com", i)
		w.applicant(people[i])
		shared.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": people[i], "password": password})
	}
	raw := shared.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": people[5], "password": password}).Header.Values("Set-Cookie")
	for _, attribute := range []string{"__Host-callshu-known=", "Path=/", "Max-Age=15552000", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(raw[len(raw)-1], attribute) {
			t.Errorf("the note lacks %q: %s", attribute, raw)
		}
	}
	for i, status := range map[int]int{0: http.StatusTooManyRequests, 1: http.StatusOK, 5: http.StatusOK} {
		w.storm("/api/v1/auth/login", object{"email": people[i], "password": "wrong, of course"})
		visitor := w.anybody()
		visitor.known = shared.known
		if a := visitor.post("/api/v1/auth/login", object{"email": people[i], "password": password}); a.StatusCode != status {
			t.Errorf("person %d at a shared browser: %d, want %d", i, a.StatusCode, status)
		}
	}
}
