package httpapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pquerna/otp/totp"

	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/seal"
)

// Every error has one shape, whoever finds it: the router, a middleware, the decoder, a domain.
func TestErrorsHaveOneShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.anybody()
	login := "/api/v1/auth/login"
	for name, test := range map[string]struct {
		method, path, kind, body string
		header                   map[string]string
		status                   int
		code                     string
	}{
		"no such route":             {http.MethodGet, "/api/v1/nothing", "", "", nil, 404, "not_found"},
		"api root":                  {http.MethodGet, "/api", "", "", map[string]string{"Accept": "text/html"}, 404, "not_found"},
		"a page posted to":          {http.MethodPost, "/nothing", "", "", nil, 404, "not_found"},
		"wrong method":              {http.MethodPut, login, "application/json", "{}", nil, 405, "method_not_allowed"},
		"trace":                     {http.MethodTrace, "/api/v1/me", "", "", nil, 405, "method_not_allowed"},
		"too large":                 {http.MethodPost, login, "application/json", `{"email":"` + strings.Repeat("x", 64<<10) + `"}`, nil, 413, "body_too_large"},
		"a form":                    {http.MethodPost, login, "application/x-www-form-urlencoded", "email=a", nil, 415, "unsupported_media_type"},
		"an untyped body":           {http.MethodPost, login, "", `{"email":"a","password":"b"}`, nil, 415, "unsupported_media_type"},
		"text":                      {http.MethodPost, login, "text/plain", `{"email":"a","password":"b"}`, nil, 415, "unsupported_media_type"},
		"csv where json is wanted":  {http.MethodPost, login, "text/csv", "a,b", nil, 415, "unsupported_media_type"},
		"another charset":           {http.MethodPost, login, "application/json; charset=utf-16", "{}", nil, 415, "unsupported_media_type"},
		"packed":                    {http.MethodPost, login, "application/json", "{}", map[string]string{"Content-Encoding": "gzip"}, 415, "unsupported_media_type"},
		"no json":                   {http.MethodPost, login, "application/json", `{"email":`, nil, 400, "bad_request"},
		"no body":                   {http.MethodPost, login, "application/json", ``, nil, 400, "bad_request"},
		"a key twice":               {http.MethodPost, login, "application/json", `{"email":"a","email":"b","password":"c"}`, nil, 400, "bad_request"},
		"a second document":         {http.MethodPost, login, "application/json", `{"email":"a","password":"b"} {}`, nil, 400, "bad_request"},
		"no utf-8":                  {http.MethodPost, login, "application/json", "{\"email\":\"\xff\",\"password\":\"b\"}", nil, 400, "bad_request"},
		"nul":                       {http.MethodPost, login, "application/json", `{"email":"a\u0000","password":"b"}`, nil, 400, "bad_request"},
		"very deep":                 {http.MethodPost, login, "application/json", strings.Repeat("[", 9999) + strings.Repeat("]", 9999), nil, 400, "bad_request"},
		"a key in capitals":         {http.MethodPost, login, "application/json", `{"EMAIL":"a","password":"b"}`, nil, 422, "invalid"},
		"an unknown query":          {http.MethodGet, "/api/v1/me?admin=1", "", "", nil, 401, "unauthenticated"},
		"another site's page":       {http.MethodPost, login, "application/json", `{}`, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "cross_origin"},
		"a sibling site's page":     {http.MethodPost, login, "application/json", `{}`, map[string]string{"Sec-Fetch-Site": "same-site"}, 403, "cross_origin"},
		"a foreign origin":          {http.MethodPost, login, "application/json", `{}`, map[string]string{"Origin": "https://evil.test"}, 403, "cross_origin"},
		"a null origin":             {http.MethodPost, login, "application/json", `{}`, map[string]string{"Origin": "null"}, 403, "cross_origin"},
		"our own page":              {http.MethodPost, login, "application/json", `{}`, map[string]string{"Origin": publicURL}, 422, "invalid"},
		"our own page, other proxy": {http.MethodPost, login, "application/json", `{}`, map[string]string{"Sec-Fetch-Site": "same-origin"}, 422, "invalid"},
	} {
		fresh := w.anybody()
		r := fresh.request(test.method, test.path, test.body)
		r.Header.Del("Content-Type")
		if test.kind != "" {
			r.Header.Set("Content-Type", test.kind)
		}
		if test.body == "" && test.kind == "" {
			r = fresh.request(test.method, test.path, nil)
		}
		for key, value := range test.header {
			r.Header.Set(key, value)
		}
		a := fresh.send(r)
		if a.StatusCode != test.status {
			t.Errorf("%s: status %d %s, want %d", name, a.StatusCode, a.body, test.status)
			continue
		}
		if p := a.problem(t); p.Code != test.code {
			t.Errorf("%s: code %q, want %q", name, p.Code, test.code)
		}
		armoured(t, name, a)
	}
	if a := b.do(http.MethodPut, login, nil); a.Header.Get("Allow") != http.MethodPost {
		t.Errorf("405 allows %q, want POST", a.Header.Values("Allow"))
	}
	exact := `{"email":"` + strings.Repeat("x", 64<<10-len(`{"email":"","password":"b"}`)) + `","password":"b"}`
	if a := b.post(login, exact); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a body of 64 KiB exactly got %d", a.StatusCode)
	}
}

func armoured(t *testing.T, what string, a answer) {
	t.Helper()
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=63072000; includeSubDomains"} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s: %s is %q", what, header, got)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s: policy %q", what, policy)
	}
	if a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Server") != "" {
		t.Errorf("%s: headers %v", what, a.Header)
	}
	if cache := a.Header.Get("Cache-Control"); cache == "" {
		t.Errorf("%s: no Cache-Control", what)
	}
}

func TestTheGeneralLimitSparesWebhooksAndAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.Webhooks = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
	w.handler = httpapi.New(w.deps)
	b := w.anybody()
	var group sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	var limited answer
	for range 250 {
		group.Go(func() {
			a := b.send(b.request(http.MethodGet, "/api/v1/me", nil))
			mu.Lock()
			defer mu.Unlock()
			if counts[a.StatusCode]++; a.StatusCode == http.StatusTooManyRequests {
				limited = a
			}
		})
	}
	group.Wait()
	if counts[http.StatusUnauthorized] != 200 || counts[http.StatusTooManyRequests] != 50 {
		t.Fatalf("%v of 250 in a minute, want 200 through", counts)
	}
	wait, err := strconv.Atoi(limited.Header.Get("Retry-After"))
	if p := limited.problem(t); p.Code != "too_many_requests" || err != nil || wait < 1 || wait > 60 {
		t.Errorf("%+v, Retry-After %q", p, limited.Header.Get("Retry-After"))
	}
	if h := limited.Header; h.Get("RateLimit-Limit") != "200" || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") != h.Get("Retry-After") {
		t.Errorf("headers of a refusal: %v", h)
	}
	armoured(t, "429", limited)
	for path, want := range map[string]int{"/webhooks/twilio/sms": 204, "/healthz": 200, "/assets/app-1.js": 200} {
		method := http.MethodGet
		if want == 204 {
			method = http.MethodPost
		}
		if a := b.send(b.request(method, path, nil)); a.StatusCode != want {
			t.Errorf("%s got %d", path, a.StatusCode)
		}
	}
	neighbour := w.anybody()
	if a := neighbour.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another address got %d", a.StatusCode)
	}
}

// While the log of attempts cannot be reached nobody is let past it; everything
// that has no such limit goes on. The cause is for our log alone.
func TestWithoutItsLogALimitIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.applicant("zoe@example.com")
	w.exec(`REVOKE EXECUTE ON FUNCTION take_rate(text, text, int, interval, timestamptz) FROM callshu_app`)
	a := w.anybody().post("/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	if p := a.problem(t); p.Status != http.StatusServiceUnavailable || p.Code != "unavailable" || a.Header.Get("Retry-After") != "5" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("%+v %v", p, a.Header)
	}
	if strings.Contains(string(a.body), "take_rate") || !strings.Contains(w.log.String(), "permission denied for function take_rate") {
		t.Errorf("the cause is not in the log, or in the answer: %s", a.body)
	}
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
}

// Only configured proxies are believed about whom they speak for.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.TrustedProxies = []string{"10.0.0.0/8"}
	w.handler = httpapi.New(w.deps)
	seen := func(remote string, forwarded ...string) (string, int) {
		b := &browser{w: w, ip: remote, header: http.Header{}}
		r := b.request(http.MethodPost, "/api/v1/auth/login", object{"email": "nobody@example.com", "password": "x"})
		for _, f := range forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		r.Header.Set("X-Real-Ip", "203.0.113.99")
		r.Header.Set("True-Client-Ip", "203.0.113.98")
		r.Header.Set("Forwarded", "for=203.0.113.97")
		a := b.send(r)
		if a.StatusCode == http.StatusBadRequest {
			return "", a.StatusCode
		}
		var ip string
		if err := w.admin.QueryRow(t.Context(), `SELECT ip FROM audit_events ORDER BY id DESC LIMIT 1`).Scan(&ip); err != nil {
			t.Fatal(err)
		}
		return ip, a.StatusCode
	}
	for _, test := range []struct {
		remote    string
		forwarded []string
		want      string
		status    int
	}{
		{"192.0.2.1", []string{"203.0.113.1"}, "192.0.2.1", 401},                            // not through our proxy: its word is worth nothing
		{"10.0.0.1", []string{"203.0.113.1"}, "203.0.113.1", 401},                           // through it
		{"10.0.0.1", []string{"198.51.100.7, 203.0.113.2"}, "203.0.113.2", 401},             // what the client itself claimed stays out
		{"10.0.0.1", []string{"198.51.100.7", "203.0.113.3, 10.0.0.2"}, "203.0.113.3", 401}, // two lines, two proxies
		{"10.0.0.1", []string{"::ffff:203.0.113.4"}, "203.0.113.4", 401},
		{"10.0.0.1", []string{"garbage"}, "", 400},
		{"10.0.0.1", nil, "", 400},
	} {
		if ip, status := seen(test.remote, test.forwarded...); ip != test.want || status != test.status {
			t.Errorf("from %s for %q: %q %d, want %q %d", test.remote, test.forwarded, ip, status, test.want, test.status)
		}
	}
	health := &browser{w: w, ip: "10.0.0.1", header: http.Header{}}
	if a := health.get("/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("a health check from the proxy's machine: %d", a.StatusCode)
	}
	for ip, want := range map[string]string{"203.0.113.1": "203.0.113.1", "::ffff:203.0.113.1": "203.0.113.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "x": "x"} {
		if got := auth.NetworkOf(ip); got != want {
			t.Errorf("NetworkOf(%s) = %s, want %s", ip, got, want)
		}
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.applicant("zoe@example.com")
	other := w.applicant("ann@example.com")
	operator := w.staff("olive@callshu.test")
	token := strings.TrimPrefix(owner.cookie, "__Host-callshu=")
	key := w.auth.JWTKeys[0].Secret
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithTimeFunc(w.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(method jwt.SigningMethod, kid string, secret any, change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{}
		for name, value := range parsed.Claims.(jwt.MapClaims) {
			claims[name] = value
		}
		change(claims)
		made := jwt.NewWithClaims(method, claims)
		made.Header["kid"] = kid
		signed, err := made.SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	same := func(jwt.MapClaims) {}
	otherClaims, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(other.cookie, "__Host-callshu="), jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	otherAccount := otherClaims.Claims.(jwt.MapClaims)["acc"]
	set := func(name string, value any) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { c[name] = value }
	}
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	for name, forged := range map[string]string{
		"no signature":         sign(jwt.SigningMethodNone, "j1", jwt.UnsafeAllowNoneSignatureType, same),
		"another algorithm":    sign(jwt.SigningMethodHS384, "j1", key, same),
		"an unknown key id":    sign(jwt.SigningMethodHS256, "j2", key, same),
		"another key":          sign(jwt.SigningMethodHS256, "j1", []byte(strings.Repeat("x", 32)), same),
		"no expiry":            sign(jwt.SigningMethodHS256, "j1", key, func(c jwt.MapClaims) { delete(c, "exp") }),
		"expired":              sign(jwt.SigningMethodHS256, "j1", key, set("exp", monday.Unix())),
		"another audience":     sign(jwt.SigningMethodHS256, "j1", key, set("aud", "callshu-operator")),
		"another issuer":       sign(jwt.SigningMethodHS256, "j1", key, set("iss", "evil")),
		"another type":         sign(jwt.SigningMethodHS256, "j1", key, set("typ", "reset")),
		"an older version":     sign(jwt.SigningMethodHS256, "j1", key, set("tv", 0)),
		"another session":      sign(jwt.SigningMethodHS256, "j1", key, set("sid", "11111111-1111-4111-8111-111111111111")),
		"another account":      sign(jwt.SigningMethodHS256, "j1", key, set("acc", otherAccount)),
		"another person":       sign(jwt.SigningMethodHS256, "j1", key, set("sub", "11111111-1111-4111-8111-111111111111")),
		"no person":            sign(jwt.SigningMethodHS256, "j1", key, set("sub", "x")),
		"a changed byte":       string(flipped),
		"nothing":              "",
		"an operator's cookie": strings.TrimPrefix(operator.cookie, "__Host-callshu-operator="),
	} {
		b := w.anybody()
		b.cookie = "__Host-callshu=" + forged
		if p := b.get("/api/v1/me").problem(t); p.Status != http.StatusUnauthorized || p.Code != "unauthenticated" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	staff := w.anybody()
	staff.cookie = "__Host-callshu-operator=" + token
	if a := staff.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("an employer's cookie as an operator's: %d", a.StatusCode)
	}
	b := w.anybody()
	b.cookie = "__Host-callshu=" + sign(jwt.SigningMethodHS256, "j1", key, same)
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil) // the forger's tools work: only what was changed was refused
}

func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.applicant("zoe@example.com")
	a := b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	raw := a.Header.Get("Set-Cookie")
	for _, attribute := range []string{"__Host-callshu=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Strict", "; Max-Age=43200"} {
		if !strings.Contains(raw, attribute) {
			t.Errorf("the cookie lacks %q: %s", attribute, raw)
		}
	}
	if strings.Contains(raw, "Domain") {
		t.Errorf("a __Host- cookie must not name a domain: %s", raw)
	}
	var header struct{ Alg, Kid, Typ string }
	encoded := strings.Split(strings.TrimPrefix(b.cookie, "__Host-callshu="), ".")[0]
	if decoded, err := base64.RawURLEncoding.DecodeString(encoded); err != nil || json.Unmarshal(decoded, &header) != nil || header.Alg != "HS256" || header.Kid != "j1" {
		t.Errorf("header %+v", header)
	}
}

// An operator's code is accepted once, also when two try at once.
func TestOperatorCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	setup, err := w.auth.AddOperator(t.Context(), auth.NewOperator{Email: "Olive@callshu.test", Name: "Olive", Team: "security"})
	if err != nil {
		t.Fatal(err)
	}
	if len(setup.Password) < 20 || !strings.HasPrefix(setup.URL, "otpauth://totp/Callshu:Olive@callshu.test?") || setup.Secret == "" {
		t.Errorf("set-up: %+v", setup)
	}
	if n := w.count(`SELECT count(*) FROM operators WHERE totp_secret::text LIKE '%' || $1 || '%' OR position(convert_to($1, 'UTF8') IN totp_secret) > 0`, setup.Secret); n != 0 {
		t.Error("the secret is stored as it is")
	}
	if _, err := w.auth.AddOperator(t.Context(), auth.NewOperator{Email: "olive@callshu.test", Name: "Olive", Team: "security"}); err == nil {
		t.Error("the same operator was added twice")
	}
	login := func(email, password, code string) answer {
		return w.anybody().post("/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": code})
	}
	code := must[string](t)(totp.GenerateCode(setup.Secret, w.machine.Now()))
	stale := must[string](t)(totp.GenerateCode(setup.Secret, w.machine.Now().Add(-5*time.Minute)))
	refusals := []answer{login("olive@callshu.test", setup.Password, stale), login("olive@callshu.test", "wrong, of course", code), login("nobody@callshu.test", setup.Password, code)}
	for i, a := range refusals {
		if p := a.problem(t); p.Status != http.StatusUnauthorized || p.Code != "bad_credentials" || p.Detail != refusals[0].problem(t).Detail {
			t.Errorf("refusal %d: %+v", i, p)
		}
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	browsers := []*browser{w.anybody(), w.anybody(), w.anybody(), w.anybody()}
	for _, b := range browsers {
		group.Go(func() {
			a := b.do(http.MethodPost, "/api/v1/operator/auth/login", object{"email": "olive@callshu.test", "password": setup.Password, "totp": code})
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	group.Wait()
	if statuses[http.StatusOK] != 1 || statuses[http.StatusUnauthorized] != 3 {
		t.Fatalf("four logins with one code: %v, want one through", statuses)
	}
	var operator *browser
	for _, b := range browsers {
		if b.cookie != "" {
			operator = b
		}
	}
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/me", nil)
	w.clock.Advance(15*time.Minute + time.Second)
	if a := operator.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("15 minutes without use: %d", a.StatusCode)
	}
	next := must[string](t)(totp.GenerateCode(setup.Secret, w.machine.Now().Add(30*time.Second))) // the next step is within what clocks may differ
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/auth/login", object{"email": "olive@callshu.test", "password": setup.Password, "totp": next})
	cookie := operator.cookie
	operator.expect(http.StatusNoContent, http.MethodPost, "/api/v1/operator/auth/logout", nil)
	operator.cookie = cookie
	if a := operator.get("/api/v1/operator/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after sign-out: %d", a.StatusCode)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'operator.sign_in_refused' AND account_id IS NULL`); n != 6 {
		t.Errorf("%d refused sign-ins in the log, want 6", n)
	}
}

func TestPagesAndFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.anybody()
	b.header.Set("Accept", "text/html,application/xhtml+xml")
	nonces := map[string]bool{}
	for _, path := range []string{"/", "/campaigns/1", "/index.html", "/no/such/page"} {
		a := b.get(path)
		m := regexp.MustCompile(`<html nonce="([\w-]{22})">`).FindSubmatch(a.body)
		if a.StatusCode != http.StatusOK || m == nil || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %s", path, a.StatusCode, a.body)
		}
		nonce := string(m[1])
		if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'self' 'nonce-"+nonce+"'") || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if nonces[nonce] {
			t.Error("a nonce came twice")
		}
		nonces[nonce] = true
		armoured(t, path, a)
	}
	js := b.get("/assets/app-1.js")
	if js.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || js.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || string(js.body) != "run()" {
		t.Errorf("asset: %v %s", js.Header, js.body)
	}
	armoured(t, "an asset", js)
	b.header.Set("Accept-Encoding", "gzip")
	packed := b.get("/assets/app-1.js")
	if packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Vary") == "" {
		t.Errorf("packed asset: %v", packed.Header)
	}
	armoured(t, "a packed asset", packed)
	b.header.Set("If-None-Match", js.Header.Get("ETag"))
	again := b.get("/assets/app-1.js")
	if again.StatusCode != http.StatusNotModified || len(again.body) != 0 {
		t.Errorf("again: %d", again.StatusCode)
	}
	armoured(t, "an asset that is known", again)
	b.header.Del("Accept")
	for _, path := range []string{"/assets/gone.js", "/no/such/page", "/../etc/passwd", "/.gitkeep"} {
		a := b.get(path)
		if a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		armoured(t, path, a)
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n", "/.well-known/security.txt": "Contact: mailto:security@callshu.test\nExpires: 2027-05-23T00:00:00Z\n",
		"/privacy": "Privacy at Callshu", "/security": "Report a weakness", "/api/openapi.json": `"openapi":"3.1.0"`} {
		a := b.get(path)
		if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %d %.200s", path, a.StatusCode, a.body)
		}
		armoured(t, path, a)
	}
}

func TestReadinessAndPanics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.Ready = func(context.Context) error { return errors.New("the database is away") }
	w.deps.Webhooks = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("CANARY-PANIC +15145550101") })
	w.handler = httpapi.New(w.deps)
	b := w.anybody()
	if a := b.get("/readyz"); a.StatusCode != http.StatusServiceUnavailable || a.problem(t).Code != "not_ready" || a.Header.Get("Retry-After") == "" {
		t.Errorf("not ready: %d", a.StatusCode)
	}
	a := b.post("/webhooks/x", nil)
	if p := a.problem(t); p.Status != http.StatusInternalServerError || p.Code != "internal" || strings.Contains(string(a.body), "CANARY") {
		t.Errorf("a panic: %s", a.body)
	}
	armoured(t, "a panic", a)
	if log := w.log.String(); strings.Contains(log, "CANARY") || !strings.Contains(log, `"msg":"panic"`) {
		t.Error("the log must tell where it was, not what")
	}
}

// What a person types, and what proves who it is, appears in no log line.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const canary = "canary-9f3b tigers mangos"
	b := w.anybody()
	r := registration("canary-mail@example.com")
	r["password"] = canary
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", r)
	_, token := w.letter("canary-mail@example.com", "verify_email")
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/verify-email", object{"token": token})
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "canary-mail@example.com", "password": canary})
	cookie := b.cookie
	b.post("/api/v1/auth/login", `{"email": "`+canary)
	b.post("/api/v1/auth/login", object{"email": canary, "password": object{"x": canary}})
	b.get("/api/v1/me?password=" + strings.ReplaceAll(canary, " ", "+"))
	b.get("/api/v1/nothing/canary-9f3b")
	b.post("/api/v1/me/phone", object{"phone": "514 555 0102"})
	hurt := b.request(http.MethodPost, "/api/v1/auth/login", nil)
	hurt.Body, hurt.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"password":"`+canary), failing{})), 500
	hurt.Header.Set("Content-Type", "application/json")
	if a := b.send(hurt); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a body that broke off: %d %s", a.StatusCode, a.body)
	}
	log := w.log.String()
	for _, secret := range []string{"canary-9f3b", "canary-mail", token, strings.TrimPrefix(cookie, "__Host-callshu="), "5550102", "5550101"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	methods := map[string]int{}
	for line := range strings.Lines(log) {
		var entry struct {
			Msg, Method, Route string
			RequestID          string `json:"request_id"`
			Status             int
			MS                 *float64
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if entry.Msg != "request" {
			continue
		}
		methods[entry.Method]++
		if entry.RequestID == "" || entry.Route == "" || entry.Status == 0 || entry.MS == nil || *entry.MS < 0 || *entry.MS > 60_000 || !strings.Contains(line, `"ms":`) {
			t.Errorf("the line of a request lacks its id, route, status or milliseconds: %s", line)
		}
	}
	if want := map[string]int{http.MethodPost: 7, http.MethodGet: 2}; !maps.Equal(methods, want) {
		t.Errorf("request lines by method %v, want %v", methods, want)
	}
	if !strings.Contains(log, `"route":"/api/v1/auth/login"`) {
		t.Error("the route's pattern is not in the log")
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for given, kept := range map[string]bool{"0123456789abcdef": true, "short": false, strings.Repeat("x", 65): false, "with space ok": false, "inject\"}\n{": false, "": false} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		r.Header["X-Request-Id"] = []string{given}
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		got := recorder.Header().Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("given %q: %q", given, got)
		}
	}
}

// A key is rotated without signing anybody out, and retired for good.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.applicant("zoe@example.com")
	with := func(keys string) {
		t.Helper()
		deps := w.auth.Deps
		deps.JWTKeys = must[[]seal.Key](t)(seal.ParseList(keys))
		w.deps.Auth = auth.New(deps)
		w.handler = httpapi.New(w.deps)
	}
	old, fresh := "j1:"+strings.Repeat("J", 43), "j2:"+strings.Repeat("K", 43)
	with(fresh + "," + old)
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	newer := w.anybody()
	newer.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	with(fresh)
	newer.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	if a := b.get("/api/v1/me"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token of a retired key: %d", a.StatusCode)
	}
}

// A stream that stays open asks whether its session still stands; watching is use.
func TestAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	b := w.employer("zoe@example.com", operator)
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	session, err := w.auth.Authenticate(t.Context(), strings.TrimPrefix(b.cookie, "__Host-callshu="))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		w.clock.Advance(29 * time.Minute)
		if err := w.auth.Alive(t.Context(), session); err != nil {
			t.Fatalf("while somebody watches: %v", err)
		}
	}
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
	w.exec(`UPDATE accounts SET status = 'suspended'`)
	if err := w.auth.Alive(t.Context(), session); err == nil {
		t.Error("alive after the suspension")
	}
	w.exec(`UPDATE accounts SET status = 'active'`)
	w.exec(`UPDATE users SET token_version = token_version + 1`)
	if err := w.auth.Alive(t.Context(), session); err == nil {
		t.Error("alive after the token version was raised")
	}
	w.exec(`UPDATE users SET token_version = token_version - 1`)
	w.clock.Advance(12 * time.Hour)
	if err := w.auth.Alive(t.Context(), session); err == nil {
		t.Error("alive after twelve hours")
	}
}
