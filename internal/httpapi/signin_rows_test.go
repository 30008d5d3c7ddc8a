package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/httpapi"
)

// C33: whatever is done about a sign-in leaves exactly one row, with who did
// it, from which address and in which request, at the time it happened.
func TestC33EveryActAboutASignInIsOneRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, moved = "zoe@example.com", "zoe@maisonverte.example"
	b := w.anybody()
	g := &guarded{browser: b, email: email}
	account := ""
	act := func(status int, action, kind, method, path string, body any) answer {
		t.Helper()
		w.clock.Advance(10 * time.Minute) // past every limit and every spared touch
		before := w.count(`SELECT count(*) FROM audit_events`)
		by := b.ip
		a := b.do(method, "/api/v1/"+path, body)
		if a.StatusCode != status {
			t.Fatalf("%s: %d %s", action, a.StatusCode, a.body)
		}
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND actor_kind = $2 AND (actor_kind = 'anonymous' OR actor_name = 'Zoé Roy')
			AND ip = $3 AND request_id = $4 AND at = $5 AND account_id::text = $6`, action, kind, by, a.Header.Get("X-Request-Id"), w.clock.Now(), account); n != 1 {
			t.Errorf("%d rows of %s, want 1", n, action)
		}
		if n := w.count(`SELECT count(*) FROM audit_events`) - before; n != 1 {
			t.Errorf("%s left %d rows in all, want 1", action, n)
		}
		return a
	}
	login := func(more object) object {
		body := object{"email": g.email, "password": password}
		for key, value := range more {
			body[key] = value
		}
		return body
	}
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration(email))
	account = w.accountOf(email).String()
	act(403, "email.verification_sent", "anonymous", "POST", "auth/login", login(nil))
	_, token := w.letter(email, "verify_email")
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/verify-email", object{"token": token}) // with the application
	act(401, "user.sign_in_refused", "anonymous", "POST", "auth/login", login(object{"password": "wrong, of course"}))
	act(200, "user.signed_in", "user", "POST", "auth/login", login(nil))
	act(422, "user.recheck_refused", "user", "POST", "auth/mfa/totp", object{"current_password": "wrong, of course"})
	var setup httpapi.FactorSetup
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp", object{"current_password": password}).decode(t, &setup)
	b.secret = setup.Secret
	var made httpapi.RecoveryCodes
	act(200, "user.totp_enabled", "user", "POST", "auth/mfa/totp/confirm", object{"code": b.next()}).decode(t, &made)
	act(401, "user.sign_in_refused", "anonymous", "POST", "auth/login", login(nil))
	act(401, "user.sign_in_refused", "anonymous", "POST", "auth/login", login(object{"totp": "00000x"}))
	act(200, "user.signed_in", "user", "POST", "auth/login", login(object{"totp": b.next()}))
	act(200, "user.recovery_codes_made", "user", "POST", "auth/mfa/recovery-codes", object{"current_password": password, "code": b.next()}).decode(t, &made)

	b.signInWith("user.recovery_code_used", login(object{"recovery_code": made.RecoveryCodes[0]}))
	b.signInWith("user.device_remembered", login(object{"totp": b.next(), "remember_device": true}))

	var devices httpapi.RememberedList
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/mfa/devices", nil).decode(t, &devices)
	act(204, "user.device_forgotten", "user", "DELETE", "auth/mfa/devices/"+devices.Items[0].ID.String(), nil)
	act(200, "user.totp_disabled", "user", "POST", "auth/mfa/totp/disable", object{"current_password": password, "code": b.next()})
	act(202, "email.change_asked", "user", "POST", "me/email", object{"email": moved, "current_password": password})
	_, token = w.letter(moved, "confirm_email")
	act(200, "email.changed", "user", "POST", "auth/email/confirm", object{"token": token})
	g.email = moved
	act(200, "user.signed_in", "user", "POST", "auth/login", login(nil))
	act(422, "password.change_refused", "user", "POST", "auth/password/change", object{"current_password": "wrong, of course", "password": password})
	act(200, "password.changed", "user", "POST", "auth/password/change", object{"current_password": password, "password": "purple teapot gravel sunset"})
	act(202, "password.reset_requested", "anonymous", "POST", "auth/password/forgot", object{"email": moved})
	_, token = w.letter(moved, "reset_password")
	act(204, "password.reset", "user", "POST", "auth/password/reset", object{"token": token, "password": password})
	act(200, "user.signed_in", "user", "POST", "auth/login", login(nil))
	var sessions httpapi.SessionList
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", login(nil))
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/sessions", nil).decode(t, &sessions)
	for _, s := range sessions.Items {
		if !s.Current {
			act(204, "session.ended", "user", "DELETE", "auth/sessions/"+s.ID.String(), nil)
		}
	}
	act(204, "user.signed_out", "user", "POST", "auth/logout", nil)
	act(200, "user.signed_in", "user", "POST", "auth/login", login(nil))
	act(204, "session.all_ended", "user", "POST", "auth/logout-all", nil)
	if n := w.actions("session.ended"); n != 1 {
		t.Errorf("%d sessions ended one by one, want 1", n)
	}
	// Who is unknown belongs to no account, and the log does not keep what was typed.
	account = ""
	b.expect(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", object{"email": "nobody@example.com", "password": password})
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.sign_in_refused' AND account_id IS NULL AND ip = $1`, b.ip); n != 1 {
		t.Errorf("%d rows of a stranger, want 1", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events e WHERE e::text LIKE '%nobody@%' OR e::text LIKE '%' || $1 || '%'`, made.RecoveryCodes[1]); n != 0 {
		t.Errorf("%d rows hold what was typed", n)
	}
}

// signInWith signs in by a way that also uses up a code, or makes the browser a
// remembered one: that is a row of its own beside the sign-in's.
func (b *browser) signInWith(action string, body object) {
	b.w.t.Helper()
	before := b.w.count(`SELECT count(*) FROM audit_events`)
	a := b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", body)
	for _, row := range []string{action, "user.signed_in"} {
		if n := b.w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND ip = $2 AND request_id = $3`, row, b.ip, a.Header.Get("X-Request-Id")); n != 1 {
			b.w.t.Errorf("%d rows of %s, want 1", n, row)
		}
	}
	if n := b.w.count(`SELECT count(*) FROM audit_events`) - before; n != 2 {
		b.w.t.Errorf("%s with its sign-in left %d rows, want 2", action, n)
	}
}
