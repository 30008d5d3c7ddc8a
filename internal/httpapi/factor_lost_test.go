package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

func resetPath(w *world, email string) string {
	w.t.Helper()
	var id uuid.UUID
	if err := w.admin.QueryRow(w.t.Context(), `SELECT id FROM users WHERE email = $1`, email).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return "/api/v1/users/" + id.String() + "/reset-second-factor"
}

// A member who lost phone and codes: an owner says so, everybody is told, a day
// passes, and then the password and the mailbox do.
func TestOwnersLetMembersInWhoLostTheirPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, owner, fresh = "ben@example.com", "zoe@example.com", "purple teapot gravel sunset"
	o := w.employer(owner, w.staff("olive@callshu.test")).guard(owner)
	w.clock.Advance(time.Minute)
	other := o.join("eve@example.com", "owner")
	g := o.join(email, "member").guard(email)
	path := resetPath(w, email)
	ask := func(by *browser, path, code string) answer {
		return by.post(path, object{"current_password": password, "code": code})
	}
	checkWhoMayAsk(t, o, other, g, path)
	var asked httpapi.Colleague
	a := ask(o.browser, path, o.next())
	if a.StatusCode != http.StatusOK {
		t.Fatalf("an owner asks: %d %s", a.StatusCode, a.body)
	}
	a.decode(t, &asked)
	if !asked.SecondFactor || asked.FactorResetAt == nil || !asked.FactorResetAt.Equal(w.clock.Now().Add(24*time.Hour)) {
		t.Errorf("asked for: %+v", asked)
	}
	mustRefuse(t, "asked twice", ask(o.browser, path, o.next()), http.StatusConflict, "asked_already")
	if data, _ := w.letter(email, "factor_reset_asked"); !strings.Contains(data, "Zoé Roy") || !strings.Contains(data, "2026-11-24 14:") {
		t.Errorf("the member is told %s", data)
	}
	for _, to := range []string{owner, "eve@example.com"} {
		w.letter(to, "factor_reset_owners")
	}
	// Until then nothing is different, in no answer either.
	w.clock.Advance(24*time.Hour - time.Second)
	mustRefuse(t, "before the day is over", g.login(w.anybody(), nil), http.StatusUnauthorized, "totp_required")
	w.clock.Advance(time.Second)
	mustRefuse(t, "a wrong password", g.login(w.anybody(), object{"password": "wrong, of course"}), http.StatusUnauthorized, "bad_credentials")
	mustRefuse(t, "a wrong code", g.login(w.anybody(), object{"totp": g.wrong()}), http.StatusUnauthorized, "bad_code")
	mustRefuse(t, "the password alone", g.login(w.anybody(), nil), http.StatusForbidden, "password_reset_required")
	w.letter(email, "factor_lost")
	mustRefuse(t, "again", g.login(w.anybody(), nil), http.StatusForbidden, "password_reset_required")
	if n := w.count(`SELECT count(*) FROM mails WHERE recipient = $1 AND template = 'reset_password'`, email); n != 1 {
		t.Errorf("%d links, want one within five minutes", n)
	}
	_, token := w.letter(email, "reset_password")
	if p := w.anybody().post("/api/v1/auth/password/reset", object{"token": token, "password": "vG7#kq9!"}).problem(t); p.Errors[0].Code != "too_short" {
		t.Errorf("a password that needs codes beside it: %+v", p)
	}
	w.anybody().expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": fresh})
	back := w.anybody()
	if a := g.login(back, object{"password": fresh}); a.StatusCode != http.StatusOK {
		t.Fatalf("with the new password: %d %s", a.StatusCode, a.body)
	}
	mustRefuse(t, "a recovery code of before", g.login(w.anybody(), object{"password": password, "recovery_code": g.codes[0]}), http.StatusUnauthorized, "bad_credentials")
	if n := w.count(`SELECT count(*) FROM user_totp t JOIN users u ON u.id = t.user_id WHERE u.email = $1`, email) +
		w.count(`SELECT count(*) FROM recovery_codes r JOIN users u ON u.id = r.user_id WHERE u.email = $1`, email); n != 0 {
		t.Errorf("%d secrets are left", n)
	}
	for action, want := range map[string]int{"user.factor_reset_asked": 1, "user.factor_reset": 1, "user.factor_reset_stopped": 0} {
		if n := w.actions(action); n != want {
			t.Errorf("%d rows of %s, want %d", n, action, want)
		}
	}
}

// checkWhoMayAsk: an owner with a code, for a member of their own account who has codes.
func checkWhoMayAsk(t *testing.T, o *guarded, other *browser, g *guarded, path string) {
	t.Helper()
	w := o.w
	body := object{"current_password": password}
	mustRefuse(t, "a member", g.post(path, body), http.StatusForbidden, "owner_only")
	mustRefuseCode(t, "an owner without a code", o.post(path, body), "required")
	mustRefuse(t, "for another owner", other.post(resetPath(w, o.email), body), http.StatusConflict, "owner")
	mustRefuse(t, "for themselves", other.post(resetPath(w, "eve@example.com"), body), http.StatusConflict, "owner")
	o.join("kim@example.com", "member")
	mustRefuse(t, "for a member without codes", other.post(resetPath(w, "kim@example.com"), body), http.StatusConflict, "totp_off")
	stranger := w.employer("ann@example.com", w.staff("oscar@callshu.test"))
	mustRefuse(t, "another employer", stranger.post(path, body), http.StatusNotFound, "not_found")
	if n := w.count(`SELECT count(*) FROM users WHERE factor_reset_at IS NOT NULL`); n != 0 {
		t.Errorf("%d people's codes are to go", n)
	}
}

// Whoever still holds the codes stops it by using one, wherever one is asked for;
// and what was never fetched does not lie about.
func TestACodeStopsTheResetOfCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "ben@example.com"
	o := w.employer("zoe@example.com", w.staff("olive@callshu.test"))
	g := o.join(email, "member").guard(email)
	path := resetPath(w, email)
	ask := func() {
		t.Helper()
		w.clock.Advance(time.Hour)
		o.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
		o.expect(http.StatusOK, http.MethodPost, path, object{"current_password": password})
	}
	// In this order: the last one makes new recovery codes, which voids g.codes.
	for _, way := range []struct {
		name string
		stop func() answer
	}{
		{"a sign-in with a code", func() answer { return g.login(g.browser, object{"totp": g.next()}) }},
		{"a sign-in with a recovery code", func() answer { return g.login(g.browser, object{"recovery_code": g.codes[0]}) }},
		{"a code after the day is over", func() answer {
			w.clock.Advance(25 * time.Hour)
			return g.login(g.browser, object{"totp": g.next()})
		}},
		{"a code that is asked for again", func() answer {
			g.login(g.browser, object{"totp": g.next()})
			o.expect(http.StatusOK, http.MethodPost, path, object{"current_password": password})
			return g.post("/api/v1/auth/mfa/recovery-codes", object{"current_password": password, "code": g.next()})
		}},
	} {
		ask()
		if a := way.stop(); a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", way.name, a.StatusCode, a.body)
		}
		w.clock.Advance(25 * time.Hour)
		mustRefuse(t, "after "+way.name, g.login(w.anybody(), nil), http.StatusUnauthorized, "totp_required")
	}
	if n := w.actions("user.factor_reset_stopped"); n != 5 {
		t.Errorf("%d rows say that it was stopped, want 5", n)
	}
	ask()
	w.clock.Advance(8 * 24 * time.Hour)
	mustRefuse(t, "a week after the day", g.login(w.anybody(), nil), http.StatusUnauthorized, "totp_required")
	var list httpapi.ColleagueList
	o.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	o.expect(http.StatusOK, http.MethodGet, "/api/v1/users", nil).decode(t, &list)
	for _, u := range list.Items {
		if u.FactorResetAt != nil {
			t.Errorf("an old wish is still shown: %+v", u)
		}
	}
	// Ended access ends it, too.
	o.expect(http.StatusOK, http.MethodPost, path, object{"current_password": password})
	for _, disabled := range []bool{true, false} {
		o.expect(http.StatusOK, http.MethodPatch, strings.TrimSuffix(path, "/reset-second-factor"), object{"disabled": disabled})
	}
	w.clock.Advance(25 * time.Hour)
	mustRefuse(t, "after the access ended and came back", g.login(w.anybody(), nil), http.StatusUnauthorized, "totp_required")
}

// Of an owner only Callshu takes the codes off, in the account's own log.
func TestOperatorsLetOwnersInWhoLostTheirPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	operator := w.staff("olive@callshu.test")
	g := w.employer(email, operator).guard(email)
	g.join("ben@example.com", "member").guard("ben@example.com")
	w.employer("ann@example.com", operator)
	path := "/api/v1/operator/accounts/" + w.accountOf(email).String() + "/reset-second-factor"
	const reason = "Rang from the number in the register"
	for name, body := range map[string]object{
		"no reason":         {"email": email, "reason": " "},
		"a member":          {"email": "ben@example.com", "reason": reason},
		"another's account": {"email": "ann@example.com", "reason": reason},
		"nobody":            {"email": "x@example.com", "reason": reason},
	} {
		mustRefuse(t, name, operator.post(path, body), http.StatusUnprocessableEntity, "invalid")
	}
	var asked httpapi.FactorReset
	operator.expect(http.StatusOK, http.MethodPost, path, object{"email": "Zoe@example.com", "reason": reason}).decode(t, &asked)
	if !asked.From.Equal(w.clock.Now().Add(24 * time.Hour)) {
		t.Errorf("from %s", asked.From)
	}
	mustRefuse(t, "asked twice", operator.post(path, object{"email": email, "reason": reason}), http.StatusConflict, "asked_already")
	for _, letter := range []string{"factor_reset_asked", "factor_reset_owners"} {
		if data, _ := w.letter(email, letter); !strings.Contains(data, "Callshu") || strings.Contains(data, "Olive") {
			t.Errorf("%s tells %s", letter, data)
		}
	}
	var rows httpapi.AuditList
	g.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?action=user.factor_reset_asked", nil).decode(t, &rows)
	if len(rows.Items) != 1 || rows.Items[0].ActorKind != "operator" || !strings.Contains(string(g.get("/api/v1/audit").body), reason) {
		t.Errorf("the owner's log: %+v", rows.Items)
	}
	w.clock.Advance(24 * time.Hour)
	mustRefuse(t, "after a day", g.login(w.anybody(), nil), http.StatusForbidden, "password_reset_required")
	_, token := w.letter(email, "reset_password")
	b := w.anybody()
	b.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": "purple teapot gravel sunset"})
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": "purple teapot gravel sunset"})
}

// Who works for Callshu and for an employer decides nothing about that employer.
func TestNobodyReviewsTheirOwnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, colleague := w.staff("zoe@example.com"), w.staff("olive@callshu.test")
	w.applicant("Zoe@example.com")
	path := "/api/v1/operator/accounts/" + w.accountOf("Zoe@example.com").String()
	reason := object{"reason": "A good reason"}
	decisions := map[string]object{
		"/approve": fullChecklist, "/reject": reason, "/suspend": reason, "/reinstate": reason, "/revoke-sessions": {}, "/hold": {"held": true, "reason": "A court asked"},
		"/quota": {"daily_quota": 500, "reason": "A good customer"}, "/pause": {"paused": false, "reason": "All is well"},
		"/name/approve": {"change_id": uuid.NewString(), "registry_checked": true}, "/name/refuse": {"change_id": uuid.NewString(), "reason": "Not in the register"},
		"/reset-second-factor": {"email": "zoe@example.com", "reason": "I know myself"},
	}
	for _, op := range operations(t) {
		part, _ := strings.CutPrefix(op.path, "/api/v1/operator/accounts/{id}")
		if op.method == http.MethodPost && part != op.path && decisions[part] == nil {
			t.Errorf("nobody tried %s", op.path)
		}
	}
	for part, body := range decisions {
		mustRefuse(t, part, own.post(path+part, body), http.StatusConflict, "own_account")
	}
	if n := w.count(`SELECT count(*) FROM accounts WHERE status <> 'pending_review'`); n != 0 {
		t.Error("an own account was decided about")
	}
	colleague.expect(http.StatusOK, http.MethodPost, path+"/approve", fullChecklist)
	w.exec(`UPDATE users SET disabled_at = now()`)
	mustRefuse(t, "a former user", own.post(path+"/suspend", reason), http.StatusConflict, "own_account")
}
