package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/report"
	"github.com/callshu/callshu/internal/seal"
)

var monday = time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)

const (
	publicURL = "https://app.callshu.test"
	password  = "tigers eat mangos at dawn"
	sender    = "+15145550199"
)

// world is the accounts side of the product over a database of its own.
type world struct {
	t       *testing.T
	db      *pgtest.DB
	admin   *pgx.Conn
	clock   *clock.Manual
	machine *clock.Manual // which authenticator apps follow
	auth    *auth.Service
	account *account.Service
	sealer  *audit.Sealer
	deps    httpapi.Deps
	handler http.Handler
	log     *logBuffer

	addresses int
}

// logBuffer keeps what the product logs.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{t: t, db: db, admin: db.Admin(), clock: clock.NewManual(monday), machine: clock.NewManual(monday), log: &logBuffer{}}
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	app, operator, worker := db.Open(postgres.RoleApp), db.Open(postgres.RoleOperator), db.Open(postgres.RoleWorker)
	keys := must[*seal.Keys](t)(seal.Parse("d1:" + strings.Repeat("D", 43)))
	outbox := mail.NewOutbox(must[*queue.Queue](t)(queue.New(worker.Pool)), w.clock)
	zones := must[*callhours.Zones](t)(callhours.Load())
	w.auth = auth.New(auth.Deps{App: app, Operator: operator, Worker: worker, Clock: w.clock, Machine: w.machine, Mail: outbox, Keys: keys,
		JWTKeys: must[[]seal.Key](t)(seal.ParseList("j1:" + strings.Repeat("J", 43))), Hasher: must[*auth.Hasher](t)(auth.NewHasher(bcrypt.MinCost)), PublicURL: publicURL})
	w.account = account.New(account.Deps{App: app, Blocked: consent.Blocked, Operator: operator, Worker: worker, Clock: w.clock, Auth: w.auth, Mail: outbox, Keys: keys,
		ValidZone: zones.Valid, PublicURL: publicURL, OpsEmail: "ops@callshu.test"})
	if err := w.account.EnsureSenders(t.Context(), []string{sender}, ""); err != nil {
		t.Fatal(err)
	}
	w.sealer = &audit.Sealer{Worker: worker, Clock: w.clock, Log: log}
	w.deps = httpapi.Deps{Log: log, Clock: w.clock, PublicURL: publicURL, ZoneData: zones.Version(), SecurityEmail: "security@callshu.test",
		Web: fstest.MapFS{"index.html": {Data: []byte(`<html nonce="__CSP_NONCE__">`)}, "assets/app-1.js": {Data: []byte("run()")}, "favicon.svg": {Data: []byte("<svg/>")}},
		Reports: report.New(report.Deps{Worker: worker, Operator: operator, Clock: w.clock, Zone: must[*time.Location](t)(report.Toronto(zones)), Mail: outbox,
			PublicURL: publicURL, OpsEmail: "ops@callshu.test", Log: log}),
		Auth: w.auth, Account: w.account, Audit: &audit.Log{App: app, Operator: operator, Worker: worker, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}}
	w.handler = httpapi.New(w.deps)
	return w
}

// answer is a response, read.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

func (a answer) problem(t *testing.T) httpapi.Problem {
	t.Helper()
	var p httpapi.Problem
	if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("status %d with content type %q and body %s, want a problem", a.StatusCode, kind, a.body)
	}
	a.decode(t, &p)
	if p.Status != a.StatusCode || p.Code == "" || p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") || p.Type != "about:blank" || p.Title == "" || p.Detail == "" {
		t.Fatalf("an unfinished problem: %s", a.body)
	}
	return p
}

// browser is somebody with an address and a cookie jar.
type browser struct {
	w      *world
	ip     string
	cookie string // of the newest session
	device string // what makes it a remembered one
	known  string // what makes it a known one
	secret string // of the authenticator app in the person's hand
	header http.Header
}

// anybody comes from an address of their own.
func (w *world) anybody() *browser {
	w.addresses++
	return &browser{w: w, ip: fmt.Sprintf("192.0.2.%d", w.addresses), header: http.Header{}}
}

func (b *browser) request(method, path string, body any) *http.Request {
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			b.w.t.Fatal(err)
		}
		reader = bytes.NewReader(encoded)
	}
	r := httptest.NewRequest(method, path, reader)
	r.RemoteAddr, r.Host = b.ip+":40000", "app.callshu.test"
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	held := slices.DeleteFunc([]string{b.cookie, b.device, b.known}, func(cookie string) bool { return cookie == "" })
	if len(held) > 0 {
		r.Header.Set("Cookie", strings.Join(held, "; "))
	}
	maps.Copy(r.Header, b.header)
	return r
}

func (b *browser) send(r *http.Request) answer { return b.sendTo(b.w.handler, r) }

func (b *browser) sendTo(h http.Handler, r *http.Request) answer {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return answer{recorder.Result(), recorder.Body.Bytes()}
}

// do sends a request and keeps the cookie that comes back.
func (b *browser) do(method, path string, body any) answer {
	a := b.send(b.request(method, path, body))
	for _, c := range a.Cookies() {
		switch c.Name {
		case "__Host-callshu-device":
			b.device = c.Name + "=" + c.Value
			continue
		case "__Host-callshu-known":
			b.known = c.Name + "=" + c.Value
			continue
		}
		b.cookie = c.Name + "=" + c.Value
		if c.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return a
}

func (b *browser) get(path string) answer            { return b.do(http.MethodGet, path, nil) }
func (b *browser) post(path string, body any) answer { return b.do(http.MethodPost, path, body) }

// expect sends a request that must have this status.
func (b *browser) expect(status int, method, path string, body any) answer {
	b.w.t.Helper()
	a := b.do(method, path, body)
	if a.StatusCode != status {
		b.w.t.Fatalf("%s %s: status %d %s, want %d", method, path, a.StatusCode, a.body, status)
	}
	return a
}

type object = map[string]any

func registration(email string) object {
	return object{"company_legal_name": "Maison Verte inc.", "spoken_name": "Maison Verte", "registry_number": "1234567890", "country": "CA", "province": "qc",
		"website": "maisonverte.example", "employee_count": 40, "use_case": "Tell the greenhouse team about frost and closures.", "callback_number": "1-800-234-5678",
		"contact_address": "1 rue du Port, Montréal QC", "attestation": true, "name": "Zoé Roy", "email": email, "phone": "(514) 555-0101", "password": password, "language": "en"}
}

var linkToken = regexp.MustCompile(`#token=([\w-]+)`)

// letter returns the data of the newest mail to an address, and the token of its link.
func (w *world) letter(to, template string) (data, token string) {
	w.t.Helper()
	err := w.admin.QueryRow(w.t.Context(), `SELECT data::text FROM mails WHERE recipient = $1 AND template = $2 ORDER BY created_at DESC LIMIT 1`, to, template).Scan(&data)
	if err != nil {
		w.t.Fatalf("no %s mail to %s: %v", template, to, err)
	}
	if m := linkToken.FindStringSubmatch(data); m != nil {
		token = m[1]
	}
	return data, token
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.admin.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// applicant registers, confirms the address and signs in; the account waits for its review.
func (w *world) applicant(email string) *browser {
	w.t.Helper()
	b := w.anybody()
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration(email))
	_, token := w.letter(email, "verify_email")
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/verify-email", object{"token": token})
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	return b
}

func (w *world) accountOf(email string) (id uuid.UUID) {
	w.t.Helper()
	if err := w.admin.QueryRow(w.t.Context(), `SELECT account_id FROM users WHERE email = $1`, email).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// staff adds an operator and signs in.
func (w *world) staff(email string) *browser {
	w.t.Helper()
	setup := must[auth.OperatorSetup](w.t)(w.auth.AddOperator(w.t.Context(), auth.NewOperator{Email: email, Name: "Olive", Team: "support", Password: password}))
	b := w.anybody()
	b.secret = setup.Secret
	b.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/auth/login", object{"email": email, "password": password, "totp": b.next()})
	return b
}

// next is the app's next code, one that was not used.
func (b *browser) next() string {
	b.w.machine.Advance(30 * time.Second)
	return must[string](b.w.t)(totp.GenerateCode(b.secret, b.w.machine.Now()))
}

// wrong is a code that the app does not show, nor one a step away.
func (b *browser) wrong() string {
	b.w.t.Helper()
	shown := map[string]bool{}
	for step := -1; step <= 1; step++ {
		shown[must[string](b.w.t)(totp.GenerateCode(b.secret, b.w.machine.Now().Add(time.Duration(step)*30*time.Second)))] = true
	}
	for i := 0; ; i++ {
		if code := fmt.Sprintf("%06d", i); !shown[code] {
			return code
		}
	}
}

var fullChecklist = object{"checklist": object{"registry_checked": true, "website_checked": true, "employment_plausible": true}}

// employer is an approved account's owner, signed in.
func (w *world) employer(email string, operator *browser) *browser {
	w.t.Helper()
	b := w.applicant(email)
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/accounts/"+w.accountOf(email).String()+"/approve", fullChecklist)
	return b
}
