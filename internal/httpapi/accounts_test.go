package httpapi_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/httpapi"
)

// The whole way from an application to an active account.
func TestRegistrationVerificationApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@maisonverte.example"
	b := w.anybody()
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration(email))
	if p := b.post("/api/v1/auth/login", object{"email": email, "password": password}).problem(t); p.Code != "email_unverified" || p.Status != http.StatusForbidden {
		t.Fatalf("before the address is confirmed: %+v", p)
	}
	data, token := w.letter(email, "verify_email")
	if !strings.Contains(data, publicURL+"/verify-email#token=") || len(token) != 43 {
		t.Fatalf("the mail has no link of ours: %s", data)
	}
	if n := w.count(`SELECT count(*) FROM email_tokens WHERE token_hash::text LIKE '%' || $1 || '%'`, token); n != 0 {
		t.Error("the token is stored as it is")
	}
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/verify-email", object{"token": token})
	if p := b.post("/api/v1/auth/verify-email", object{"token": token}).problem(t); p.Status != http.StatusGone || p.Code != "token_gone" {
		t.Errorf("a used link: %+v", p)
	}
	w.letter(email, "application_received")
	w.letter("ops@callshu.test", "ops_application")

	var me httpapi.Me
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": strings.ToUpper(email), "password": password}).decode(t, &me)
	if me.Account.Status != "pending_review" || me.Account.AppliedAt == nil || !me.Account.DecideBy.Equal(monday.AddDate(0, 0, 2)) {
		t.Errorf("account after the application: %+v", me.Account)
	}
	if me.Account.CallbackNumber != "+18002345678" || me.Account.Province != "QC" || me.Account.TimeZone != "America/Toronto" || me.Account.Website != "https://maisonverte.example" || me.User.Phone != "+15145550101" {
		t.Errorf("not in its stored form: %+v", me)
	}

	verifyPhone(t, w, b)

	operator := w.staff("olive@callshu.test")
	id := w.accountOf(email).String()
	var list httpapi.ApplicationList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/accounts?status=pending_review", nil).decode(t, &list)
	if len(list.Items) != 1 || list.Items[0].Applicant.Email != email || !list.Items[0].Applicant.PhoneVerified || list.Items[0].Applicant.FreeMail || list.Items[0].AttestedIP != b.ip {
		t.Fatalf("the operator sees %+v", list.Items)
	}
	p := operator.post("/api/v1/operator/accounts/"+id+"/approve", object{"checklist": object{"registry_checked": true, "website_checked": false, "employment_plausible": true}}).problem(t)
	if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != "body.checklist.website_checked" {
		t.Errorf("an approval with a gap: %+v", p)
	}
	if p := b.get("/api/v1/settings").problem(t); p.Code != "account_pending" {
		t.Errorf("before approval: %+v", p)
	}
	var approved httpapi.Application
	body := object{"checklist": fullChecklist["checklist"], "note": "Called the registry."}
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/accounts/"+id+"/approve", body).decode(t, &approved)
	if approved.Status != "active" || approved.ApprovedByName != "Olive" || approved.SenderNumber == nil || *approved.SenderNumber != sender {
		t.Errorf("approved: %+v", approved)
	}
	w.letter(email, "account_approved")
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/settings", nil)
	if p := operator.post("/api/v1/operator/accounts/"+id+"/approve", fullChecklist).problem(t); p.Status != http.StatusConflict {
		t.Errorf("approved twice: %+v", p)
	}
	checkAuditOfApproval(t, w, b, operator)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func verifyPhone(t *testing.T, w *world, b *browser) {
	t.Helper()
	var sent httpapi.SentTo
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": "514-555-0102"}).decode(t, &sent)
	if strings.Contains(sent.SentToMasked, "5550102") || !strings.HasSuffix(sent.SentToMasked, "0102") {
		t.Errorf("sent to %q", sent.SentToMasked)
	}
	var text, number string
	if err := w.admin.QueryRow(t.Context(), `SELECT body, phone FROM messages WHERE kind = 'verify_phone'`).Scan(&text, &number); err != nil || number != "+15145550102" {
		t.Fatalf("text to %q, %v", number, err)
	}
	code := sixDigits.FindString(text)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	if p := b.post("/api/v1/me/phone/verify", object{"code": wrong}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.code" || p.Errors[0].Code != "wrong" {
		t.Errorf("a wrong code: %+v", p)
	}
	var me httpapi.Me
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/me/phone/verify", object{"code": code}).decode(t, &me)
	if !me.User.PhoneVerified || me.User.Phone != "+15145550102" {
		t.Errorf("after the code: %+v", me.User)
	}
	if p := b.post("/api/v1/me/phone/verify", object{"code": code}).problem(t); p.Errors[0].Code != "expired" {
		t.Errorf("the same code again: %+v", p)
	}
}

func checkAuditOfApproval(t *testing.T, w *world, owner, operator *browser) {
	t.Helper()
	var rows httpapi.AuditList
	owner.expect(http.StatusOK, http.MethodGet, "/api/v1/audit", nil).decode(t, &rows)
	var actions []string
	for _, row := range rows.Items {
		actions = append(actions, row.Action)
		if row.Action == "account.approved" && (row.Detail["registry_checked"] != true || row.ActorKind != "operator") {
			t.Errorf("the approval's row: %+v", row)
		}
	}
	want := []string{"account.approved", "phone.verified", "phone.code_sent", "user.signed_in", "account.applied", "email.verified", "user.sign_in_refused", "account.registered"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("the owner's log (-want +got):\n%s", diff)
	}
	if strings.Contains(string(owner.get("/api/v1/audit").body), "Called the registry") {
		t.Error("the owner reads the reviewer's note")
	}
	if !strings.Contains(string(operator.get("/api/v1/operator/audit").body), "Called the registry") {
		t.Error("the reviewer's note is nowhere")
	}
	if _, err := w.sealer.SealOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	var v httpapi.Verification
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/audit/verify", nil).decode(t, &v)
	if !v.OK || v.Unsealed != 0 || v.Chains != 2 || v.Seals < 8 {
		t.Errorf("verification: %+v", v)
	}
	w.exec(`ALTER TABLE audit_events DISABLE TRIGGER ALL`)
	w.exec(`UPDATE audit_events SET ip = '10.0.0.1' WHERE action = 'account.approved'`)
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/audit/verify", nil).decode(t, &v)
	if v.OK || v.FirstBad == nil {
		t.Errorf("after a changed byte: %+v", v)
	}
	var kept httpapi.VerificationList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/audit/verifications", nil).decode(t, &kept)
	if len(kept.Items) != 2 || kept.Items[0].OK || kept.Items[0].FirstBad == nil || !kept.Items[1].OK || kept.Items[0].Nightly || kept.Items[0].At.IsZero() {
		t.Errorf("kept verifications: %+v", kept.Items)
	}
}

func TestRegistrationNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.anybody()
	bad := object{"company_legal_name": " ", "spoken_name": "Ferme d'été 🌻", "registry_number": "", "country": "CA", "province": "TX", "website": "javascript:alert(1)",
		"employee_count": 0, "use_case": "short", "callback_number": "911", "contact_address": "x", "attestation": false, "name": "a\u202eb",
		"email": "\"a\\r\\nBcc: v\"@x.test", "phone": "+44 20 7946 0000", "password": "password123456789", "time_zone": "Europe/Paris"}
	p := b.post("/api/v1/auth/register", bad).problem(t)
	got := map[string]string{}
	for _, e := range p.Errors {
		got[strings.TrimPrefix(e.Location, "body.")] = e.Code
	}
	want := map[string]string{"company_legal_name": "required", "spoken_name": "not_gsm", "registry_number": "required", "province": "not_allowed", "website": "malformed",
		"employee_count": "out_of_range", "use_case": "too_short", "callback_number": "emergency", "contact_address": "too_short", "attestation": "required", "name": "malformed",
		"email": "malformed", "phone": "foreign", "password": "common", "time_zone": "not_allowed"}
	if diff := cmp.Diff(want, got); diff != "" || p.Status != http.StatusUnprocessableEntity || p.Code != "invalid" {
		t.Errorf("status %d, fields (-want +got):\n%s", p.Status, diff)
	}
	if n := w.count(`SELECT count(*) FROM accounts`) + w.count(`SELECT count(*) FROM mails`) + w.count(`SELECT count(*) FROM river_job`); n != 0 {
		t.Errorf("%d rows of a refused registration", n)
	}
	missing := b.post("/api/v1/auth/register", object{"email": "a@b.test", "admin": true}).problem(t)
	codes := map[string]string{}
	for _, e := range missing.Errors {
		codes[e.Location] = e.Code
	}
	if codes["body.password"] != "required" || codes["body.admin"] != "unexpected" || missing.Status != http.StatusUnprocessableEntity {
		t.Errorf("missing and unknown fields: %+v", missing)
	}
	for field, value := range map[string]any{"email": "a@b", "website": "https://user:pass@example.com", "spoken_name": strings.Repeat("x", 21), "employee_count": 2_000_000} {
		r := registration("a@b.example")
		r[field] = value
		if p := w.anybody().post("/api/v1/auth/register", r).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body."+field {
			t.Errorf("%s = %v: %+v", field, value, p)
		}
	}
}

// Nobody learns from us whose address is registered.
func TestNoEnumeration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applicant("known@example.com")
	unverified := w.anybody()
	unverified.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration("fresh@example.com"))
	same := func(what string, first, second answer) {
		t.Helper()
		scrub := func(a answer) string {
			header := a.Header.Clone()
			id := header.Get("X-Request-Id")
			header.Del("X-Request-Id")
			return fmt.Sprintf("%d %v %s", a.StatusCode, header, strings.ReplaceAll(string(a.body), id, ""))
		}
		if diff := cmp.Diff(scrub(first), scrub(second)); diff != "" {
			t.Errorf("%s tells (-known +unknown):\n%s", what, diff)
		}
	}
	w.applicant("guarded@example.com").guard("guarded@example.com")
	w.applicant("gone@example.com")
	w.exec(`UPDATE users SET disabled_at = now() WHERE email = 'gone@example.com'`)
	// What the same request of somebody else is answered, and how often a password was hashed for it.
	try := func(path string, body object) (answer, int64) {
		b, before := w.anybody(), w.auth.Hasher.Runs()
		a := b.post(path, body)
		return a, w.auth.Hasher.Runs() - before
	}
	alike := func(what, path string, runs int64, known, unknown object) {
		t.Helper()
		first, hashed := try(path, known)
		second, hashedToo := try(path, unknown)
		same(what, first, second)
		if hashed != runs || hashedToo != runs {
			t.Errorf("%s: %d runs of bcrypt for who is known and %d for who is not, want %d", what, hashed, hashedToo, runs)
		}
	}
	again := registration("Known@Example.com")
	again["password"] = "purple teapot gravel sunset"
	alike("register", "/api/v1/auth/register", 1, again, registration("new@example.com"))
	login := func(email string) object {
		return object{"email": email, "password": "purple teapot gravel sunset", "totp": "123456"}
	}
	for what, email := range map[string]string{"login": "known@example.com", "login of an unconfirmed address": "fresh@example.com",
		"login of a disabled person": "gone@example.com", "login of who has a second factor": "guarded@example.com"} {
		alike(what, "/api/v1/auth/login", 1, login(email), login("nobody@example.com"))
	}
	alike("forgot", "/api/v1/auth/password/forgot", 0, object{"email": "known@example.com"}, object{"email": "nobody@example.com"})
	w.staff("olive@callshu.test")
	alike("operator's login", "/api/v1/operator/auth/login", 1, login("olive@callshu.test"), login("nobody@callshu.test"))
	w.letter("known@example.com", "already_registered")
	w.letter("known@example.com", "reset_password")
	if n := w.count(`SELECT count(*) FROM mails WHERE recipient = 'nobody@example.com'`); n != 0 {
		t.Errorf("%d mails to nobody", n)
	}
	if n := w.count(`SELECT count(*) FROM users WHERE lower(email) = 'known@example.com'`); n != 1 {
		t.Errorf("%d users of one address", n)
	}
	// The second registration must not have changed the password of the first.
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "known@example.com", "password": password})
	// A stranger cannot fill somebody's mailbox.
	for range 9 {
		w.anybody().expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": "known@example.com"})
	}
	if n := w.count(`SELECT count(*) FROM mails WHERE recipient = 'known@example.com' AND template IN ('reset_password', 'already_registered')`); n != 5 {
		t.Errorf("%d mails caused by strangers within the hour, want 5", n)
	}
}

// Ten attempts in any 15 minutes, over all doors together, exactly, also at once.
func TestAuthLimitIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.anybody()
	doors := []func() answer{
		func() answer {
			return b.send(b.request(http.MethodPost, "/api/v1/auth/login", object{"email": "a@b.test", "password": "x"}))
		},
		func() answer { return b.send(b.request(http.MethodPost, "/api/v1/auth/register", object{})) },
		func() answer {
			return b.send(b.request(http.MethodPost, "/api/v1/auth/password/forgot", object{"email": "a@b.test"}))
		},
		func() answer {
			return b.send(b.request(http.MethodPost, "/api/v1/auth/password/reset", object{"token": "x", "password": password}))
		},
		func() answer {
			return b.send(b.request(http.MethodPost, "/api/v1/auth/verify-email", object{"token": "x"}))
		},
	}
	burst := func() (passed int) {
		var group sync.WaitGroup
		var mu sync.Mutex
		for i := range 50 {
			group.Go(func() {
				a := doors[i%len(doors)]()
				mu.Lock()
				defer mu.Unlock()
				if a.StatusCode != http.StatusTooManyRequests {
					passed++
					return
				}
				if p := a.problem(t); p.Code != "too_many_requests" || a.Header.Get("Retry-After") == "" {
					t.Errorf("%+v, Retry-After %q", p, a.Header.Get("Retry-After"))
				}
			})
		}
		group.Wait()
		return passed
	}
	if n := burst(); n != 10 {
		t.Errorf("%d of 50 parallel attempts passed, want 10", n)
	}
	w.clock.Advance(14*time.Minute + 59*time.Second)
	if n := burst(); n != 0 {
		t.Errorf("%d passed before 15 minutes were over", n)
	}
	if a := w.anybody().post("/api/v1/auth/verify-email", object{"token": "x"}); a.StatusCode != http.StatusGone {
		t.Errorf("another address got %d", a.StatusCode)
	}
	w.handler = httpapi.New(w.deps) // a restart forgets nothing
	if n := burst(); n != 0 {
		t.Errorf("%d passed after a restart", n)
	}
	w.clock.Advance(time.Second)
	if n := burst(); n != 10 {
		t.Errorf("%d passed after 15 minutes, want 10", n)
	}
	// Straddling two windows must not give twice as many in one span.
	w.clock.Advance(8 * time.Minute)
	if n := burst(); n != 0 {
		t.Errorf("%d passed within the span of the ten before", n)
	}
}

func TestPasswordsEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	first := w.applicant(email)
	second, third := w.anybody(), w.anybody()
	for _, b := range []*browser{second, third} {
		b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	}
	const changed = "purple teapot gravel sunset"
	if p := first.post("/api/v1/auth/password/change", object{"current_password": "wrong, of course", "password": changed}).problem(t); p.Errors[0].Location != "body.current_password" {
		t.Errorf("a wrong current password: %+v", p)
	}
	old := first.cookie
	first.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/password/change", object{"current_password": password, "password": changed})
	first.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	for _, cookie := range []string{old, second.cookie, third.cookie} {
		b := w.anybody()
		b.cookie = cookie
		if p := b.get("/api/v1/me").problem(t); p.Status != http.StatusUnauthorized || p.Code != "unauthenticated" {
			t.Errorf("an old session after the change: %+v", p)
		}
	}
	w.letter(email, "password_changed")

	second.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
	_, older := w.letter(email, "reset_password")
	w.clock.Advance(time.Minute)
	second.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
	_, token := w.letter(email, "reset_password")
	if p := second.post("/api/v1/auth/password/reset", object{"token": token, "password": "zoeroyzoeroyzoeroy1"}).problem(t); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a guessable password: %+v", p)
	}
	second.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": "gravel sunset purple teapot"})
	for _, used := range []string{token, older, "made-up"} {
		if p := w.anybody().post("/api/v1/auth/password/reset", object{"token": used, "password": changed + "!"}).problem(t); p.Status != http.StatusGone {
			t.Errorf("a link after the reset: %+v", p)
		}
	}
	if a := first.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session outlived the reset: %d", a.StatusCode)
	}
	third.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": "gravel sunset purple teapot"})
	if n := w.count(`SELECT count(*) FROM mails m WHERE data::text LIKE '%teapot%'`) + w.count(`SELECT count(*) FROM audit_events WHERE detail::text LIKE '%teapot%'`); n != 0 {
		t.Error("a password is stored somewhere")
	}
}

func TestResetLinksExpire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applicant("zoe@example.com")
	w.anybody().expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": "zoe@example.com"})
	_, token := w.letter("zoe@example.com", "reset_password")
	w.anybody().expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration("fresh@example.com"))
	_, verification := w.letter("fresh@example.com", "verify_email")
	if p := w.anybody().post("/api/v1/auth/password/reset", object{"token": verification, "password": "purple teapot gravel sunset"}).problem(t); p.Status != http.StatusGone {
		t.Errorf("a verification link reset a password: %+v", p)
	}
	w.clock.Advance(time.Hour)
	if p := w.anybody().post("/api/v1/auth/password/reset", object{"token": token, "password": "purple teapot gravel sunset"}).problem(t); p.Status != http.StatusGone {
		t.Errorf("an hour later: %+v", p)
	}
	w.clock.Advance(23 * time.Hour)
	if p := w.anybody().post("/api/v1/auth/verify-email", object{"token": verification}).problem(t); p.Status != http.StatusGone {
		t.Errorf("a day later: %+v", p)
	}
	// Who knows the password gets another link.
	late := w.anybody()
	if p := late.post("/api/v1/auth/login", object{"email": "fresh@example.com", "password": password}).problem(t); p.Code != "email_unverified" {
		t.Fatalf("%+v", p)
	}
	_, again := w.letter("fresh@example.com", "verify_email")
	if again == verification {
		t.Fatal("no second link was sent")
	}
	late.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/verify-email", object{"token": again})
	late.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "fresh@example.com", "password": password})
}

func TestSessionsEndAndAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.applicant("zoe@example.com")
	second := w.anybody()
	second.header.Set("User-Agent", "Phone/1.0 \xff")
	second.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	var list httpapi.SessionList
	first.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/sessions", nil).decode(t, &list)
	if len(list.Items) != 2 {
		t.Fatalf("%d sessions, want 2", len(list.Items))
	}
	for _, item := range list.Items {
		if item.Current != (item.IP == first.ip) {
			t.Errorf("current %v at %s", item.Current, item.IP)
		}
		if !item.Current {
			if item.UserAgent != "Phone/1.0 " {
				t.Errorf("user agent %q", item.UserAgent)
			}
			stranger := w.applicant("other@example.com")
			if p := stranger.do(http.MethodDelete, "/api/v1/auth/sessions/"+item.ID.String(), nil).problem(t); p.Status != http.StatusNotFound {
				t.Errorf("another account ended it: %+v", p)
			}
			first.expect(http.StatusNoContent, http.MethodDelete, "/api/v1/auth/sessions/"+item.ID.String(), nil)
		}
	}
	if a := second.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("an ended session got %d", a.StatusCode)
	}
	cookie := first.cookie
	first.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/logout", nil)
	if first.cookie != "" {
		t.Error("logout left the cookie")
	}
	first.cookie = cookie
	if a := first.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after logout: %d", a.StatusCode)
	}

	idle := w.anybody()
	idle.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	for range 23 { // used every half hour it lives for twelve hours, no longer
		w.clock.Advance(30 * time.Minute)
		idle.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	}
	w.clock.Advance(30 * time.Minute)
	if a := idle.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after 12 hours: %d", a.StatusCode)
	}
	idle.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	w.clock.Advance(30*time.Minute + time.Second)
	if a := idle.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after half an hour without use: %d", a.StatusCode)
	}
	idle.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	w.exec(`UPDATE users SET disabled_at = now() WHERE email = 'zoe@example.com'`)
	if a := idle.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session of a disabled person: %d", a.StatusCode)
	}
	if p := w.anybody().post("/api/v1/auth/login", object{"email": "zoe@example.com", "password": password}).problem(t); p.Code != "bad_credentials" {
		t.Errorf("a disabled person: %+v", p)
	}
	w.exec(`UPDATE users SET disabled_at = NULL`)
	everywhere := w.anybody()
	everywhere.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	idle.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	everywhere.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/logout-all", nil)
	if a := idle.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after sign-out everywhere: %d", a.StatusCode)
	}
}

func TestOperatorsDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	b := w.employer("zoe@example.com", operator)
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/settings", nil)
	base := "/api/v1/operator/accounts/" + w.accountOf("zoe@example.com").String()
	if p := operator.post(base+"/suspend", object{"reason": "x"}).problem(t); p.Errors[0].Location != "body.reason" {
		t.Errorf("without a reason: %+v", p)
	}
	for _, path := range []string{base + "/reject", base + "/reinstate"} {
		if p := operator.post(path, object{"reason": "Not from this status."}).problem(t); p.Status != http.StatusConflict || p.Code != "wrong_status" {
			t.Errorf("%s of an active account: %+v", path, p)
		}
	}
	operator.expect(http.StatusOK, http.MethodPost, base+"/suspend", object{"reason": "Complaints about calls at night."})
	if a := b.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session outlived the suspension: %d", a.StatusCode)
	}
	var me httpapi.Me
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password}).decode(t, &me)
	if me.Account.Status != "suspended" || me.Account.StatusReason != "Complaints about calls at night." {
		t.Errorf("the owner reads %+v", me.Account)
	}
	if p := b.get("/api/v1/settings").problem(t); p.Status != http.StatusForbidden || p.Code != "account_suspended" {
		t.Errorf("while suspended: %+v", p)
	}
	operator.expect(http.StatusOK, http.MethodPost, base+"/reinstate", object{"reason": "Settled by phone."})
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/settings", nil)
	operator.expect(http.StatusNoContent, http.MethodPost, base+"/revoke-sessions", nil)
	if a := b.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after revocation: %d", a.StatusCode)
	}
	for _, letter := range []string{"account_suspended", "account_reinstated", "sessions_revoked"} {
		w.letter("zoe@example.com", letter)
	}
	rejected := w.applicant("ann@gmail.com")
	other := "/api/v1/operator/accounts/" + w.accountOf("ann@gmail.com").String()
	var found httpapi.ApplicationWithLog
	operator.expect(http.StatusOK, http.MethodGet, other, nil).decode(t, &found)
	if !found.Account.Applicant.FreeMail || len(found.Events) == 0 {
		t.Errorf("the evidence: %+v", found)
	}
	operator.expect(http.StatusOK, http.MethodPost, other+"/reject", object{"reason": "There is no such company."})
	if p := rejected.get("/api/v1/settings").problem(t); p.Code != "account_rejected" {
		t.Errorf("after the rejection: %+v", p)
	}
	if p := operator.post(other+"/approve", fullChecklist).problem(t); p.Status != http.StatusConflict || p.Code != "wrong_status" {
		t.Errorf("approved after a rejection: %+v", p)
	}
	if p := operator.post("/api/v1/operator/accounts/00000000-0000-4000-8000-000000000000/reject", object{"reason": "nobody there"}).problem(t); p.Status != http.StatusNotFound {
		t.Errorf("nobody's account: %+v", p)
	}
	var page httpapi.ApplicationList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/accounts?limit=1", nil).decode(t, &page)
	if len(page.Items) != 1 || page.NextCursor == nil {
		t.Fatalf("first page: %+v", page)
	}
	seen := page.Items[0].ID
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/accounts?limit=1&cursor="+*page.NextCursor, nil).decode(t, &page)
	if len(page.Items) != 1 || page.Items[0].ID == seen || page.NextCursor != nil {
		t.Errorf("second page: %+v", page)
	}
	if p := operator.get("/api/v1/operator/accounts?cursor=x").problem(t); p.Errors[0].Location != "query.cursor" {
		t.Errorf("a made-up cursor: %+v", p)
	}
}

// An account gets the sender that the fewest share; a retired one gets no new accounts.
func TestSendersAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	numbers := []string{sender, "+15145550198"}
	var told int // consent learns of each number once
	w.account.SenderAdded = func(_ context.Context, _ pgx.Tx, senders []uuid.UUID) error { told += len(senders); return nil }
	for range 2 { // each start says it again
		if err := w.account.EnsureSenders(t.Context(), numbers, "MG1"); err != nil {
			t.Fatal(err)
		}
	}
	if told != 1 {
		t.Errorf("consent was told of %d new numbers, want the second one once", told)
	}
	operator := w.staff("olive@callshu.test")
	for i := range 4 {
		w.employer(fmt.Sprintf("e%d@example.com", i), operator)
	}
	var list httpapi.SenderList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/senders", nil).decode(t, &list)
	if len(list.Items) != 2 || list.Items[0].Accounts != 2 || list.Items[1].Accounts != 2 {
		t.Fatalf("senders: %+v", list.Items)
	}
	if err := w.account.EnsureSenders(t.Context(), numbers[1:], "MG1"); err != nil {
		t.Fatal(err)
	}
	retired := list.Items[0].ID
	if list.Items[0].Number != sender {
		retired = list.Items[1].ID
	}
	w.applicant("late@example.com")
	path := "/api/v1/operator/accounts/" + w.accountOf("late@example.com").String() + "/approve"
	if p := operator.post(path, object{"checklist": fullChecklist["checklist"], "sender_id": retired}).problem(t); p.Errors[0].Location != "body.sender_id" {
		t.Errorf("a retired sender: %+v", p)
	}
	var approved httpapi.Application
	operator.expect(http.StatusOK, http.MethodPost, path, fullChecklist).decode(t, &approved)
	if *approved.SenderNumber != numbers[1] {
		t.Errorf("assigned %s", *approved.SenderNumber)
	}
}

func TestSettingsChangeAndAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.employer("zoe@example.com", w.staff("olive@callshu.test"))
	var changed httpapi.Account
	b.expect(http.StatusOK, http.MethodPatch, "/api/v1/settings", object{"time_zone": "America/Vancouver", "callback_number": "+1 604 555 0133"}).decode(t, &changed)
	if changed.TimeZone != "America/Vancouver" || changed.CallbackNumber != "+16045550133" || changed.ContactAddress == "" {
		t.Errorf("changed to %+v", changed)
	}
	if p := b.do(http.MethodPatch, "/api/v1/settings", object{"time_zone": "Mars/Base", "website": "nope"}).problem(t); len(p.Errors) != 2 {
		t.Errorf("two wrong fields: %+v", p)
	}
	if p := b.do(http.MethodPatch, "/api/v1/settings", object{"status": "active"}).problem(t); p.Errors[0].Code != "unexpected" {
		t.Errorf("a field of ours: %+v", p)
	}
	b.expect(http.StatusOK, http.MethodPatch, "/api/v1/settings", object{"time_zone": "America/Vancouver"}) // nothing changes, nothing is logged
	var rows httpapi.AuditList
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?action=settings.", nil).decode(t, &rows)
	want := []map[string]any{{"time_zone": map[string]any{"from": "America/Toronto", "to": "America/Vancouver"},
		"callback_number": map[string]any{"from": "+1•••••5678", "to": "+1•••••0133"}}}
	if len(rows.Items) != 1 {
		t.Fatalf("%d rows", len(rows.Items))
	}
	if diff := cmp.Diff(want[0], rows.Items[0].Detail); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
}

func TestAuditExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	b := w.employer("zoe@example.com", operator)
	w.employer("ann@example.com", operator)
	id := w.accountOf("zoe@example.com")
	w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, actor_name, action) SELECT $1, $2, 'user', '=HYPERLINK("http://x")', 'test.bulk' FROM generate_series(1, 2500)`, id, monday)
	a := b.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?format=csv", nil)
	if a.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", a.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(a.body), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := w.count(`SELECT count(*) FROM audit_events WHERE account_id = $1`, id); len(rows)-1 != want {
		t.Errorf("%d rows in the file, %d in the log", len(rows)-1, want)
	}
	for _, row := range rows {
		if strings.HasPrefix(row[3], "=") {
			t.Fatalf("a formula: %q", row)
		}
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'audit.exported' AND account_id = $1`, id); n != 1 {
		t.Errorf("%d rows about the export, want 1", n)
	}
	if p := b.get("/api/v1/audit?format=csv&from=yesterday").problem(t); p.Errors[0].Location != "query.from" {
		t.Errorf("a bad time: %+v", p)
	}
	filtered := b.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?format=csv&action=account.approved", nil)
	if lines := strings.Count(string(filtered.body), "\r\n"); lines != 2 {
		t.Errorf("%d lines of one action, want 2", lines)
	}
}

func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.applicant("zoe@example.com")
	for _, bad := range []string{"911", "+44 20 7946 0000", "1-800-234-5678", ""} {
		if p := b.post("/api/v1/me/phone", object{"phone": bad}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.phone" {
			t.Errorf("%q: %+v", bad, p)
		}
	}
	for range 5 {
		b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": "514 555 0102"})
	}
	if a := b.post("/api/v1/me/phone", object{"phone": "514 555 0103"}); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the sixth text within the hour: %d", a.StatusCode)
	}
	other := w.applicant("ann@example.com")
	if a := other.post("/api/v1/me/phone", object{"phone": "514 555 0102"}); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a sixth text to one number: %d", a.StatusCode)
	}
	var hash []byte
	if err := w.admin.QueryRow(t.Context(), `SELECT code_hash FROM phone_codes`).Scan(&hash); err != nil || len(hash) != 32 {
		t.Errorf("code hash of %d bytes, %v", len(hash), err)
	}
	rows, err := w.admin.Query(t.Context(), `SELECT body FROM messages ORDER BY created_at`)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(texts) != 5 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	valid := map[string]bool{}
	for _, text := range texts {
		valid[sixDigits.FindString(text)] = true
	}
	guess := 0
	wrong := func() string {
		for valid[fmt.Sprintf("%06d", guess)] {
			guess++
		}
		return fmt.Sprintf("%06d", guess)
	}
	for range 5 {
		if p := b.post("/api/v1/me/phone/verify", object{"code": wrong()}).problem(t); p.Errors[0].Code != "wrong" {
			t.Errorf("%+v", p)
		}
	}
	for code := range valid {
		if p := b.post("/api/v1/me/phone/verify", object{"code": code}).problem(t); p.Errors[0].Code != "too_many_attempts" {
			t.Errorf("a code after five wrong ones: %+v", p)
		}
	}
	w.clock.Advance(time.Hour)
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": "514 555 0104"})
	var text string
	if err := w.admin.QueryRow(t.Context(), `SELECT body FROM messages WHERE phone = '+15145550104'`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(10 * time.Minute)
	if p := b.post("/api/v1/me/phone/verify", object{"code": sixDigits.FindString(text)}).problem(t); p.Errors[0].Code != "expired" {
		t.Errorf("ten minutes later: %+v", p)
	}
}
