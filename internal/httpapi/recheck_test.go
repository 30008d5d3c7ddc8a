package httpapi_test

import (
	"net/http"
	"testing"
)

// What guards the sign-in, the address and the password, is behind the second
// factor as the sign-in itself is.
const (
	changeAddress  = "/api/v1/me/email"
	changePassword = "/api/v1/auth/password/change"
)

func TestAddressChangeAsksForACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, fresh = "zoe@example.com", "zoe@maisonverte.example"
	g := w.applicant(email).guard(email)
	checkCodeIsAsked(t, g, changeAddress, "user.recheck_refused", object{"email": fresh, "current_password": password})
	if n := w.count(`SELECT count(*) FROM mails WHERE recipient = $1`, fresh); n != 0 {
		t.Errorf("%d mails left for a new address without a right code", n)
	}
	g.expect(http.StatusAccepted, http.MethodPost, changeAddress, object{"email": fresh, "current_password": password, "code": g.next()})
	_, token := w.letter(fresh, "confirm_email")
	g.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/email/confirm", object{"token": token})
	g.email = fresh
	if a := g.login(g.browser, object{"totp": g.next()}); a.StatusCode != http.StatusOK {
		t.Fatalf("at the new address: %d %s", a.StatusCode, a.body)
	}
	// Whoever lost the phone changes it with a recovery code, once.
	g.expect(http.StatusAccepted, http.MethodPost, changeAddress, object{"email": email, "current_password": password, "code": g.codes[0]})
}

func TestPasswordChangeAsksForACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, fresh = "zoe@example.com", "purple teapot gravel sunset"
	g := w.applicant(email).guard(email)
	checkCodeIsAsked(t, g, changePassword, "password.change_refused", object{"current_password": password, "password": fresh})
	// What is wrong with the new password is told before a code is spent on it.
	code := g.next()
	if p := g.post(changePassword, object{"current_password": password, "password": "short", "code": code}).problem(t); p.Errors[0].Code != "too_short" {
		t.Errorf("a short password with a right code: %+v", p)
	}
	g.expect(http.StatusOK, http.MethodPost, changePassword, object{"current_password": password, "password": fresh, "code": code})
	g.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	g.expect(http.StatusOK, http.MethodPost, changePassword, object{"current_password": fresh, "password": password, "code": g.codes[0]})
	mustRefuseCode(t, "the recovery code again", g.post(changePassword, object{"current_password": password, "password": fresh, "code": g.codes[0]}), "wrong")
}

// checkCodeIsAsked: neither none nor a wrong one nor a used one nor a remembered
// browser will do, and each try is in the log.
func checkCodeIsAsked(t *testing.T, g *guarded, path, refused string, body object) {
	t.Helper()
	w := g.w
	if a := g.login(g.browser, object{"totp": g.next(), "remember_device": true}); a.StatusCode != http.StatusOK || g.device == "" {
		t.Fatalf("a remembered browser: %d %s", a.StatusCode, a.body)
	}
	used := g.next()
	if a := g.login(w.anybody(), object{"totp": used}); a.StatusCode != http.StatusOK {
		t.Fatalf("elsewhere: %d %s", a.StatusCode, a.body)
	}
	with := func(code string) object {
		more := object{"code": code}
		for key, value := range body {
			more[key] = value
		}
		return more
	}
	mustRefuseCode(t, "no code from a remembered browser", g.post(path, body), "required")
	mustRefuseCode(t, "an empty code", g.post(path, with(" ")), "required")
	mustRefuseCode(t, "a wrong code", g.post(path, with(g.wrong())), "wrong")
	mustRefuseCode(t, "a code that was used", g.post(path, with(used)), "wrong")
	mustRefuseCode(t, "no recovery code of this person", g.post(path, with("ABCDEF-ABCDEF-ABCDEF-ABCDEF")), "wrong")
	for code, want := range map[string]int{"missing": 2, "wrong": 3} {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND detail->>'code' = $2`, refused, code); n != want {
			t.Errorf("%d rows of a %s code, want %d", n, code, want)
		}
	}
}

func mustRefuseCode(t *testing.T, what string, a answer, code string) {
	t.Helper()
	p := a.problem(t)
	if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != "body.code" || p.Errors[0].Code != code {
		t.Errorf("%s: %+v, want %s of body.code", what, p, code)
	}
}
