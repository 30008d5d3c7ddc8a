package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/httpapi"
)

// C11: another address is the person's once its mailbox has said so, and the
// old one hears of it.
func TestAddressChangesByTheNewMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const old, fresh = "zoe@example.com", "zoe@maisonverte.example"
	b := w.applicant(old)
	w.applicant("ann@example.com")
	ask := func(email string) answer {
		return b.post("/api/v1/me/email", object{"email": email, "current_password": password})
	}
	if p := b.post("/api/v1/me/email", object{"email": fresh, "current_password": "wrong, of course"}).problem(t); p.Errors[0].Location != "body.current_password" {
		t.Errorf("without the password: %+v", p)
	}
	for email, code := range map[string]string{"no address": "malformed", strings.ToUpper(old): "unchanged"} {
		if p := ask(email).problem(t); p.Errors[0].Location != "body.email" || p.Errors[0].Code != code {
			t.Errorf("%s: %+v", email, p)
		}
	}
	if a := ask(fresh); a.StatusCode != http.StatusAccepted {
		t.Fatalf("asked: %d %s", a.StatusCode, a.body)
	}
	_, void := w.letter(fresh, "confirm_email")
	if data, _ := w.letter(old, "email_change_asked"); !strings.Contains(data, fresh) {
		t.Errorf("the old address is told %s", data)
	}
	w.clock.Advance(time.Minute)
	ask(fresh)
	_, token := w.letter(fresh, "confirm_email")
	confirm := func(token string) answer {
		return w.anybody().post("/api/v1/auth/email/confirm", object{"token": token})
	}
	if p := confirm(void).problem(t); p.Status != http.StatusGone {
		t.Errorf("a link of before: %+v", p)
	}
	if p := w.anybody().post("/api/v1/auth/verify-email", object{"token": token}).problem(t); p.Status != http.StatusGone {
		t.Errorf("as another kind of link: %+v", p)
	}
	var me httpapi.Me
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil).decode(t, &me)
	if me.User.Email != old {
		t.Errorf("before the link is used the address is %s", me.User.Email)
	}
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": old})
	_, reset := w.letter(old, "reset_password")
	if a := confirm(token); a.StatusCode != http.StatusOK {
		t.Fatalf("confirmed: %d %s", a.StatusCode, a.body)
	}
	if n := w.count(`SELECT count(*) FROM email_tokens t JOIN users u ON u.id = t.user_id WHERE u.email = $1 AND t.used_at IS NULL`, fresh); n != 0 {
		t.Errorf("%d links of before are open", n) // they would fit again, were the address changed back
	}
	if p := confirm(token).problem(t); p.Status != http.StatusGone {
		t.Errorf("the same link again: %+v", p)
	}
	if p := w.anybody().post("/api/v1/auth/password/reset", object{"token": reset, "password": "purple teapot gravel sunset"}).problem(t); p.Status != http.StatusGone {
		t.Errorf("a reset link that the old mailbox holds: %+v", p)
	}
	if a := b.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a session outlived the change: %d", a.StatusCode)
	}
	if p := b.post("/api/v1/auth/login", object{"email": old, "password": password}).problem(t); p.Code != "bad_credentials" {
		t.Errorf("the old address: %+v", p)
	}
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": fresh, "password": password})
	if data, _ := w.letter(old, "email_changed"); !strings.Contains(data, fresh) {
		t.Errorf("the old address is told %s", data)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'email.changed' AND detail = '{"from": "z•••@example.com", "to": "z•••@maisonverte.example"}'`); n != 1 {
		t.Errorf("%d rows of the change, want 1", n)
	}
	checkTakenAddress(t, b)
}

// checkTakenAddress: only the mailbox of an address learns that somebody has it.
func checkTakenAddress(t *testing.T, b *browser) {
	t.Helper()
	w := b.w
	free := b.post("/api/v1/me/email", object{"email": "free@example.com", "current_password": password})
	taken := b.post("/api/v1/me/email", object{"email": "Ann@example.com", "current_password": password})
	if free.StatusCode != http.StatusAccepted || taken.StatusCode != free.StatusCode || string(taken.body) != string(free.body) {
		t.Errorf("a taken address tells: %d %s and %d %s", free.StatusCode, free.body, taken.StatusCode, taken.body)
	}
	_, token := w.letter("Ann@example.com", "confirm_email")
	mustRefuse(t, "a taken address", w.anybody().post("/api/v1/auth/email/confirm", object{"token": token}), http.StatusConflict, "email_taken")
	w.clock.Advance(time.Hour)
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@maisonverte.example", "password": password})
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/email", object{"email": "late@example.com", "current_password": password})
	_, token = w.letter("late@example.com", "confirm_email")
	// A new password takes a change back that somebody else began.
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/password/change", object{"current_password": password, "password": "purple teapot gravel sunset"})
	mustRefuse(t, "after a new password", w.anybody().post("/api/v1/auth/email/confirm", object{"token": token}), http.StatusGone, "token_gone")
	mustRefuse(t, "a sixth within the day", b.post("/api/v1/me/email", object{"email": "six@example.com", "current_password": "purple teapot gravel sunset"}),
		http.StatusTooManyRequests, "too_many_requests")
}

// C10: after a compromise an operator calls the passwords in, and sets none.
func TestOperatorsCallPasswordsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	operator := w.staff("olive@callshu.test")
	b := w.employer(email, operator)
	b.join("ben@example.com", "member")
	other := w.applicant("ann@example.com")
	// Whoever had the password asked for a change before it was called in.
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/email", object{"email": "thief@example.com", "current_password": password})
	_, stolen := w.letter("thief@example.com", "confirm_email")
	operator.expect(http.StatusNoContent, http.MethodPost, "/api/v1/operator/accounts/"+w.accountOf(email).String()+"/revoke-sessions", object{"force_reset": true})
	if a := b.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a session outlived it: %d", a.StatusCode)
	}
	w.letter(email, "reset_forced")
	mustRefuse(t, "a wrong password", w.anybody().post("/api/v1/auth/login", object{"email": email, "password": "wrong, of course"}), http.StatusUnauthorized, "bad_credentials")
	for range 2 { // one mail within five minutes
		for _, person := range []string{email, "ben@example.com"} {
			mustRefuse(t, person, w.anybody().post("/api/v1/auth/login", object{"email": person, "password": password}), http.StatusForbidden, "password_reset_required")
		}
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.sign_in_refused' AND detail->>'reason' = 'called_in'`); n != 2 {
		t.Errorf("%d refusals are in the log, want one for each sign-in without a mail", n)
	}
	mustRefuse(t, "the change of address", w.anybody().post("/api/v1/auth/email/confirm", object{"token": stolen}), http.StatusGone, "token_gone")
	if n := w.count(`SELECT count(*) FROM mails WHERE template = 'reset_password'`); n != 2 {
		t.Errorf("%d links, want one for each of two", n)
	}
	_, token := w.letter(email, "reset_password")
	b.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": "purple teapot gravel sunset"})
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": "purple teapot gravel sunset"})
	other.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ann@example.com", "password": password})
	var rows httpapi.AuditList
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?action=account.reset_forced", nil).decode(t, &rows)
	if len(rows.Items) != 1 || rows.Items[0].ActorKind != "operator" {
		t.Errorf("the owner's log: %+v", rows.Items)
	}
}
