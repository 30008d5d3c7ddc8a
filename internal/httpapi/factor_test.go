package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"

	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/httpapi"
)

// guarded is somebody whose one-time codes are on.
type guarded struct {
	*browser
	email string
	codes []string // recovery
}

// guard switches one-time codes on for somebody who is signed in.
func (b *browser) guard(email string) *guarded {
	b.w.t.Helper()
	var setup httpapi.FactorSetup
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp", object{"current_password": password}).decode(b.w.t, &setup)
	b.secret = setup.Secret
	g := &guarded{browser: b, email: email}
	var made httpapi.RecoveryCodes
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp/confirm", object{"code": g.next()}).decode(b.w.t, &made)
	g.codes = made.RecoveryCodes
	return g
}

// login signs in from somewhere with more than the password.
func (g *guarded) login(b *browser, more object) answer {
	body := object{"email": g.email, "password": password}
	for key, value := range more {
		body[key] = value
	}
	return b.post("/api/v1/auth/login", body)
}

func (w *world) actions(action string) int {
	return w.count(`SELECT count(*) FROM audit_events WHERE action = $1`, action)
}

func TestSecondFactorIsSetUpAndAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	b := w.applicant(email)
	elsewhere := w.anybody()
	elsewhere.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	if p := b.post("/api/v1/auth/mfa/totp", object{"current_password": "wrong, of course"}).problem(t); p.Errors[0].Location != "body.current_password" {
		t.Errorf("set up without the password: %+v", p)
	}
	if p := b.post("/api/v1/auth/mfa/totp/confirm", object{"code": "123456"}).problem(t); p.Code != "no_setup" {
		t.Errorf("a code before there is a secret: %+v", p)
	}
	var setup httpapi.FactorSetup
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp", object{"current_password": password}).decode(t, &setup)
	if !strings.HasPrefix(setup.URL, "otpauth://totp/Callshu:zoe@example.com?") || !strings.Contains(setup.URL, "secret="+setup.Secret) || len(setup.Secret) != 32 {
		t.Errorf("set-up: %+v", setup)
	}
	if setup.QR.Size < 21 || !strings.HasPrefix(setup.QR.Path, "M0 0h7v1h-7z") {
		t.Errorf("a QR code begins with its corner mark, this one of %d with %.30s", setup.QR.Size, setup.QR.Path)
	}
	if n := w.count(`SELECT count(*) FROM user_totp WHERE position(convert_to($1, 'UTF8') IN secret) > 0`, setup.Secret); n != 0 {
		t.Error("the secret is stored as it is")
	}
	// Nothing is asked for before the first code was given, and a late one begins nothing.
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	w.clock.Advance(16 * time.Minute)
	late := must[string](t)(totp.GenerateCode(setup.Secret, w.machine.Now()))
	if p := b.post("/api/v1/auth/mfa/totp/confirm", object{"code": late}).problem(t); p.Code != "no_setup" {
		t.Errorf("after 15 minutes: %+v", p)
	}
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp", object{"current_password": password}).decode(t, &setup)
	if p := b.post("/api/v1/auth/mfa/totp/confirm", object{"code": late}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.code" {
		t.Errorf("a code of the secret before: %+v", p)
	}
	g := b.guard(email)
	if p := b.post("/api/v1/auth/mfa/totp", object{"current_password": password}).problem(t); p.Code != "totp_on" {
		t.Errorf("set up again: %+v", p)
	}
	if a := elsewhere.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another session outlived the change: %d", a.StatusCode)
	}
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	w.letter(email, "totp_on")
	var factor httpapi.Factor
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/mfa", nil).decode(t, &factor)
	if !factor.TOTP || factor.Since == nil || factor.RecoveryCodes != 10 || factor.PasswordShort {
		t.Errorf("the state: %+v", factor)
	}
	checkSecondStep(t, g)
}

// checkSecondStep: after the right password, and only then, a code decides.
func checkSecondStep(t *testing.T, g *guarded) {
	t.Helper()
	w := g.w
	if p := g.login(w.anybody(), object{"password": "wrong, of course", "totp": g.next()}).problem(t); p.Code != "bad_credentials" {
		t.Errorf("a right code with a wrong password: %+v", p)
	}
	a := g.login(w.anybody(), nil)
	if p := a.problem(t); p.Status != http.StatusUnauthorized || p.Code != "totp_required" || len(a.Cookies()) != 0 {
		t.Errorf("without a code: %+v %v", p, a.Cookies())
	}
	code := g.next()
	a = g.login(w.anybody(), object{"totp": g.wrong()})
	if p := a.problem(t); p.Status != http.StatusUnauthorized || p.Code != "bad_code" || len(a.Cookies()) != 0 {
		t.Errorf("a wrong code: %+v %v", p, a.Cookies())
	}
	// One code, four who try it at once.
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 4 {
		b := w.anybody()
		group.Go(func() {
			a := g.login(b, object{"totp": code[:3] + " " + code[3:]}) // as apps show it
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	group.Wait()
	if statuses[http.StatusOK] != 1 || statuses[http.StatusUnauthorized] != 3 {
		t.Errorf("four logins with one code: %v, want one through", statuses)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.sign_in_refused' AND detail->>'code' = 'wrong'`); n != 4 {
		t.Errorf("%d wrong codes in the log, want 4", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.sign_in_refused' AND detail->>'code' = 'missing'`); n != 1 {
		t.Errorf("%d missing codes in the log, want 1", n)
	}
}

func TestRecoveryCodesWorkOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	g := w.applicant(email).guard(email)
	if len(g.codes) != 10 || len(g.codes[0]) != 27 || g.codes[0] == g.codes[1] {
		t.Fatalf("recovery codes: %d of length %d", len(g.codes), len(g.codes[0]))
	}
	if n := w.count(`SELECT count(*) FROM recovery_codes WHERE position(convert_to($1, 'UTF8') IN code_hash) > 0 OR code_hash::text LIKE '%' || $1 || '%'`, g.codes[0]); n != 0 {
		t.Error("a code is stored as it is")
	}
	other := w.applicant("ann@example.com").guard("ann@example.com")
	if p := other.login(w.anybody(), object{"recovery_code": g.codes[0]}).problem(t); p.Code != "bad_code" {
		t.Errorf("another person's code: %+v", p)
	}
	// As somebody copies it from paper.
	typed := strings.ToLower(strings.ReplaceAll(g.codes[0], "-", " "))
	if a := g.login(w.anybody(), object{"recovery_code": typed}); a.StatusCode != http.StatusOK {
		t.Fatalf("a recovery code: %d %s", a.StatusCode, a.body)
	}
	if p := g.login(w.anybody(), object{"recovery_code": g.codes[0]}).problem(t); p.Code != "bad_code" {
		t.Errorf("the same code again: %+v", p)
	}
	if data, _ := w.letter(email, "recovery_code_used"); !strings.Contains(data, `"left": "9"`) {
		t.Errorf("the mail tells %s", data)
	}
	var renewed httpapi.RecoveryCodes
	if p := g.post("/api/v1/auth/mfa/recovery-codes", object{"current_password": password, "code": g.codes[0]}).problem(t); p.Errors[0].Location != "body.code" {
		t.Errorf("new codes for a used one: %+v", p)
	}
	g.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/recovery-codes", object{"current_password": password, "code": g.next()}).decode(t, &renewed)
	if p := g.login(w.anybody(), object{"recovery_code": g.codes[1]}).problem(t); p.Code != "bad_code" {
		t.Errorf("a code of before: %+v", p)
	}
	w.letter(email, "recovery_codes_made")
	// Whoever lost the phone switches the codes off with a recovery code.
	g.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp/disable", object{"current_password": password, "code": renewed.RecoveryCodes[0]})
	g.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	w.letter(email, "totp_off")
	if a := g.login(w.anybody(), nil); a.StatusCode != http.StatusOK {
		t.Errorf("after the codes are off: %d %s", a.StatusCode, a.body)
	}
	if n := w.count(`SELECT count(*) FROM recovery_codes r JOIN users u ON u.id = r.user_id WHERE u.email = $1`, email) + w.count(`SELECT count(*) FROM user_totp t JOIN users u ON u.id = t.user_id WHERE u.email = $1`, email); n != 0 {
		t.Errorf("%d secrets are left", n)
	}
	if p := g.post("/api/v1/auth/mfa/totp/disable", object{"current_password": password, "code": "123456"}).problem(t); p.Code != "totp_off" {
		t.Errorf("switched off twice: %+v", p)
	}
}

// Who knows the password may not try codes without end; the person still gets in.
func TestGuessesAtCodesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	g := w.applicant(email).guard(email)
	code := g.next()
	for i := range 19 { // the one that confirmed was the first
		if p := g.login(w.anybody(), object{"totp": g.wrong()}).problem(t); p.Code != "bad_code" {
			t.Fatalf("guess %d: %+v", i, p)
		}
	}
	if p := g.login(w.anybody(), object{"totp": code}).problem(t); p.Status != http.StatusTooManyRequests {
		t.Errorf("after twenty guesses within the hour: %+v", p)
	}
	if a := g.login(w.anybody(), object{"recovery_code": g.codes[0]}); a.StatusCode != http.StatusOK {
		t.Errorf("a recovery code: %d %s", a.StatusCode, a.body)
	}
	w.clock.Advance(time.Hour)
	if a := g.login(w.anybody(), object{"totp": g.next()}); a.StatusCode != http.StatusOK {
		t.Errorf("an hour later: %d %s", a.StatusCode, a.body)
	}
}

func TestRememberedDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	g := w.employer(email, w.staff("max@callshu.test")).guard(email)
	colleague := g.join("ben@example.com", "member").guard("ben@example.com")
	laptop := w.anybody()
	laptop.header.Set("User-Agent", "Laptop/1.0")
	a := g.login(laptop, object{"totp": g.next(), "remember_device": true})
	cookies := strings.Join(a.Header.Values("Set-Cookie"), "\n")
	for _, part := range []string{"__Host-callshu-device=", "Path=/", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Strict"} {
		if a.StatusCode != http.StatusOK || !strings.Contains(cookies, part) {
			t.Fatalf("%d, cookies without %s: %s", a.StatusCode, part, cookies)
		}
	}
	if data, _ := w.letter(email, "device_remembered"); !strings.Contains(data, monday.AddDate(0, 0, 30).Format("2006-01-02")) {
		t.Errorf("the mail tells %s", data)
	}
	if n := w.count(`SELECT count(*) FROM remembered_devices WHERE token_hash::text LIKE '%' || $1 || '%'`, strings.TrimPrefix(laptop.device, "__Host-callshu-device=")); n != 0 {
		t.Error("the token is stored as it is")
	}
	if a := g.login(laptop, nil); a.StatusCode != http.StatusOK {
		t.Errorf("the remembered browser: %d %s", a.StatusCode, a.body)
	}
	if p := g.login(laptop, object{"password": "wrong, of course"}).problem(t); p.Code != "bad_credentials" {
		t.Errorf("it never replaces the password: %+v", p)
	}
	other := w.applicant("ann@example.com").guard("ann@example.com")
	for _, person := range []*guarded{other, colleague} {
		if p := person.login(laptop, nil).problem(t); p.Code != "totp_required" {
			t.Errorf("%s at the same browser: %+v", person.email, p)
		}
	}
	w.clock.Advance(30*24*time.Hour - time.Second)
	if a := g.login(laptop, nil); a.StatusCode != http.StatusOK {
		t.Errorf("a second before 30 days: %d %s", a.StatusCode, a.body)
	}
	w.clock.Advance(time.Second)
	if p := g.login(laptop, nil).problem(t); p.Code != "totp_required" {
		t.Errorf("after 30 days: %+v", p)
	}
	for range 2 {
		g.login(laptop, object{"totp": g.next(), "remember_device": true})
	}
	var list httpapi.RememberedList
	laptop.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/mfa/devices", nil).decode(t, &list)
	if len(list.Items) != 2 || list.Items[0].UserAgent != "Laptop/1.0" || list.Items[0].Current == list.Items[1].Current {
		t.Fatalf("devices: %+v", list.Items)
	}
	other.login(other.browser, object{"totp": other.next()})
	for _, item := range list.Items {
		if p := other.do(http.MethodDelete, "/api/v1/auth/mfa/devices/"+item.ID.String(), nil).problem(t); p.Status != http.StatusNotFound {
			t.Errorf("another account forgot it: %+v", p)
		}
		laptop.expect(http.StatusNoContent, http.MethodDelete, "/api/v1/auth/mfa/devices/"+item.ID.String(), nil)
	}
	if p := g.login(laptop, nil).problem(t); p.Code != "totp_required" {
		t.Errorf("a forgotten browser: %+v", p)
	}
	checkWhatForgetsDevices(t, g)
}

// checkWhatForgetsDevices: a changed or reset password and a sign-out everywhere do; the
// codes themselves stay on.
func checkWhatForgetsDevices(t *testing.T, g *guarded) {
	t.Helper()
	w := g.w
	for what, forget := range map[string]func(b *browser){
		"sign-out everywhere": func(b *browser) { b.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/logout-all", nil) },
		"a reset by mail": func(b *browser) {
			w.clock.Advance(time.Hour) // only so many mails an hour
			b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": g.email})
			_, token := w.letter(g.email, "reset_password")
			b.expect(http.StatusNoContent, http.MethodPost, "/api/v1/auth/password/reset", object{"token": token, "password": password})
		},
		"an operator": func(*browser) {
			w.staff("olive@callshu.test").expect(http.StatusNoContent, http.MethodPost, "/api/v1/operator/accounts/"+w.accountOf(g.email).String()+"/revoke-sessions", nil)
		},
	} {
		b := w.anybody()
		if a := g.login(b, object{"totp": g.next(), "remember_device": true}); a.StatusCode != http.StatusOK {
			t.Fatalf("before %s: %d %s", what, a.StatusCode, a.body)
		}
		forget(b)
		if p := g.login(b, nil).problem(t); p.Code != "totp_required" {
			t.Errorf("after %s: %+v", what, p)
		}
	}
}

// Beside one-time codes eight characters do; the codes then stay until the
// password can stand alone.
func TestShortPasswordsNeedASecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email, short = "zoe@example.com", "vG7#kq9!"
	b := w.applicant(email)
	if p := b.post("/api/v1/auth/password/change", object{"current_password": password, "password": short}).problem(t); p.Errors[0].Code != "too_short" {
		t.Errorf("a short password alone: %+v", p)
	}
	g := b.guard(email)
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/password/change", object{"current_password": password, "password": short, "code": g.next()})
	off := object{"current_password": short, "code": g.next()}
	if p := b.post("/api/v1/auth/mfa/totp/disable", off).problem(t); p.Status != http.StatusConflict || p.Code != "password_too_short" {
		t.Errorf("the codes off with a short password: %+v", p)
	}
	reset := func(chosen string) answer {
		w.clock.Advance(20 * time.Minute)
		b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
		_, token := w.letter(email, "reset_password")
		return b.post("/api/v1/auth/password/reset", object{"token": token, "password": chosen})
	}
	if a := reset("kQ2-xw8?"); a.StatusCode != http.StatusNoContent {
		t.Errorf("a reset to eight characters with the codes on: %d %s", a.StatusCode, a.body)
	}
	if a := reset(password); a.StatusCode != http.StatusNoContent {
		t.Fatalf("a reset to a long one: %d %s", a.StatusCode, a.body)
	}
	if a := g.login(b, object{"totp": g.next()}); a.StatusCode != http.StatusOK {
		t.Fatalf("a reset by mail does not switch the codes off: %d %s", a.StatusCode, a.body)
	}
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp/disable", object{"current_password": password, "code": g.next()})
	if p := reset(short).problem(t); p.Errors[0].Code != "too_short" {
		t.Errorf("a reset to eight characters with the codes off: %+v", p)
	}
}

// C7: a hash of another cost than today's is made anew when its owner signs in.
func TestLoginMakesOldHashesAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const email = "zoe@example.com"
	b := w.applicant(email)
	deps := w.auth.Deps
	deps.Hasher = must[*auth.Hasher](t)(auth.NewHasher(bcrypt.MinCost + 1))
	w.deps.Auth = auth.New(deps)
	w.handler = httpapi.New(w.deps)
	cost := func() (found string) {
		t.Helper()
		if err := w.admin.QueryRow(t.Context(), `SELECT substr(password_hash, 5, 2) FROM users`).Scan(&found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if p := b.post("/api/v1/auth/login", object{"email": email, "password": "wrong, of course"}).problem(t); p.Code != "bad_credentials" || cost() != "04" {
		t.Errorf("after a wrong password: %+v, cost %s", p, cost())
	}
	for range 2 {
		b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
		if cost() != "05" {
			t.Errorf("after a sign-in the hash is of cost %s, want 05", cost())
		}
	}
}
