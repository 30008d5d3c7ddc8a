package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/httpapi"
)

func TestOperatorsChangeTheirOwnPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, chosen = "olive@callshu.test", "purple teapot gravel sunset"
	b := w.staff(email)
	elsewhere := w.anybody()
	login := func(by *browser, password, code string) answer {
		return by.post("/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": code})
	}
	if a := login(elsewhere, password, b.next()); a.StatusCode != http.StatusOK {
		t.Fatalf("a second session: %d %s", a.StatusCode, a.body)
	}
	change := func(current, code, password string) answer {
		return b.post("/api/v1/operator/auth/password", object{"current_password": current, "totp": code, "password": password})
	}
	used := b.next()
	login(w.anybody(), password, used)
	for what, test := range map[string]struct {
		a     answer
		field string
	}{
		"a wrong password": {change("wrong, of course", b.next(), chosen), "body.current_password"},
		"a wrong code":     {change(password, "000000x", chosen), "body.totp"},
		"a used code":      {change(password, used, chosen), "body.totp"},
		"a short password": {change(password, b.next(), "vG7#kq9!"), "body.password"},
		"the same one":     {change(password, b.next(), password), "body.password"},
	} {
		if p := test.a.problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != test.field {
			t.Errorf("%s: %+v", what, p)
		}
	}
	if n := w.actions("operator.password_change_refused"); n != 2 {
		t.Errorf("%d refusals in the log, want 2", n)
	}
	if a := change(password, b.next(), chosen); a.StatusCode != http.StatusOK {
		t.Fatalf("the change: %d %s", a.StatusCode, a.body)
	}
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/me", nil)
	if a := elsewhere.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another session outlived it: %d", a.StatusCode)
	}
	w.letter(email, "operator_password_changed")
	mustRefuse(t, "the old password", login(w.anybody(), password, b.next()), http.StatusUnauthorized, "bad_credentials")
	if a := login(elsewhere, chosen, b.next()); a.StatusCode != http.StatusOK {
		t.Errorf("the new password: %d %s", a.StatusCode, a.body)
	}
	checkOperatorSessions(t, b, elsewhere)
}

// checkOperatorSessions: an operator sees where they are signed in, and ends it.
func checkOperatorSessions(t *testing.T, b, elsewhere *browser) {
	t.Helper()
	stranger := b.w.staff("oscar@callshu.test")
	var list httpapi.SessionList
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/auth/sessions", nil).decode(t, &list)
	if len(list.Items) != 2 {
		t.Fatalf("sessions: %+v", list.Items)
	}
	for _, item := range list.Items {
		if item.Current != (item.IP == b.ip) {
			t.Errorf("current %v at %s", item.Current, item.IP)
		}
		if item.Current {
			continue
		}
		path := "/api/v1/operator/auth/sessions/" + item.ID.String()
		mustRefuse(t, "a colleague's session", stranger.do(http.MethodDelete, path, nil), http.StatusNotFound, "not_found")
		b.expect(http.StatusNoContent, http.MethodDelete, path, nil)
	}
	if a := elsewhere.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("an ended session: %d", a.StatusCode)
	}
}

// The command line alone takes an operator's access away or gives them another
// second factor; both hold from the next request on.
func TestOperatorsLoseAccessAndPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "olive@callshu.test"
	b := w.staff(email)
	lost := b.secret
	login := func() answer {
		return w.anybody().post("/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": b.next()})
	}
	setup, err := w.auth.ResetOperatorTOTP(t.Context(), "Olive@callshu.test")
	if err != nil || setup.Secret == "" || setup.Secret == lost {
		t.Fatalf("a new second factor: %+v, %v", setup, err)
	}
	if a := b.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a session outlived the reset: %d", a.StatusCode)
	}
	w.letter(email, "operator_totp_reset")
	mustRefuse(t, "the lost phone", login(), http.StatusUnauthorized, "bad_credentials")
	b.secret = setup.Secret
	a := b.post("/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": b.next()})
	if a.StatusCode != http.StatusOK {
		t.Fatalf("the new phone: %d %s", a.StatusCode, a.body)
	}
	if err := w.auth.DisableOperator(t.Context(), email); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a session outlived the access: %d", a.StatusCode)
	}
	if data, _ := w.letter(email, "operator_disabled"); !strings.Contains(data, `"name": "Olive"`) {
		t.Errorf("they are told %s", data)
	}
	mustRefuse(t, "after the access ended", login(), http.StatusUnauthorized, "bad_credentials")
	for _, gone := range []string{email, "nobody@callshu.test"} {
		if err := w.auth.DisableOperator(t.Context(), gone); err == nil {
			t.Errorf("%s was disabled though there is none", gone)
		}
		if _, err := w.auth.ResetOperatorTOTP(t.Context(), gone); err == nil {
			t.Errorf("%s got a second factor though there is none", gone)
		}
	}
	if n := w.count(`SELECT count(*) FROM mails WHERE template = 'operator_disabled'`); n != 1 {
		t.Errorf("%d mails of one end of access", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action IN ('operator.disabled', 'operator.totp_reset') AND actor_name = 'command line'`); n != 2 {
		t.Errorf("%d rows of the command line, want 2", n)
	}
}

// Guesses at an operator's code count only beside the right password: strangers
// cannot lock an operator out, and who knows the password cannot guess on.
func TestGuessesAtOperatorsCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "olive@callshu.test"
	b := w.staff(email)
	login := func(password, code string) answer {
		return w.anybody().post("/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": code})
	}
	guess := func(password string, times int) {
		t.Helper()
		for range times {
			mustRefuse(t, "a guess", login(password, b.wrong()), http.StatusUnauthorized, "bad_credentials")
		}
		w.clock.Advance(15 * time.Minute)
	}
	guess("wrong, of course", 25)
	if a := login(password, b.next()); a.StatusCode != http.StatusOK {
		t.Fatalf("after guesses of strangers: %d %s", a.StatusCode, a.body)
	}
	w.clock.Advance(time.Hour)
	guess(password, 20)
	mustRefuse(t, "after twenty guesses", login(password, b.next()), http.StatusUnauthorized, "bad_credentials") // nothing tells that the password was right
}

// However busy an operator is, after 8 hours they prove again who they are,
// and after a quarter of an hour without a request, too.
func TestOperatorsSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "olive@callshu.test"
	b := w.staff(email)
	raw := b.post(operatorLogin, object{"email": email, "password": password, "totp": b.next()}).Header.Values("Set-Cookie")
	if len(raw) == 0 || !strings.Contains(raw[0], "__Host-callshu-operator=") || !strings.Contains(raw[0], "; Max-Age=28800") {
		t.Errorf("the cookie does not end after 8 hours: %v", raw)
	}
	start := w.clock.Now()
	for next := start.Add(14 * time.Minute); next.Before(start.Add(8 * time.Hour)); next = next.Add(14 * time.Minute) {
		w.clock.Advance(next.Sub(w.clock.Now()))
		b.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/me", nil)
	}
	w.clock.Advance(start.Add(8*time.Hour - time.Second).Sub(w.clock.Now()))
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/me", nil)
	w.clock.Advance(time.Second)
	mustRefuse(t, "after 8 hours of use", b.get("/api/v1/operator/me"), http.StatusUnauthorized, "unauthenticated")

	// The row ends it too, whatever the cookie says.
	b.expect(http.StatusOK, http.MethodPost, operatorLogin, object{"email": email, "password": password, "totp": b.next()})
	w.exec(`UPDATE operator_sessions SET expires_at = $1 WHERE ended_at IS NULL`, w.clock.Now().Add(time.Minute))
	w.clock.Advance(time.Minute)
	mustRefuse(t, "after its row's time", b.get("/api/v1/operator/me"), http.StatusUnauthorized, "unauthenticated")

	b.expect(http.StatusOK, http.MethodPost, operatorLogin, object{"email": email, "password": password, "totp": b.next()})
	w.clock.Advance(15*time.Minute - time.Second)
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/me", nil)
	w.clock.Advance(15*time.Minute + time.Second)
	mustRefuse(t, "after a quarter of an hour without use", b.get("/api/v1/operator/me"), http.StatusUnauthorized, "unauthenticated")
}
