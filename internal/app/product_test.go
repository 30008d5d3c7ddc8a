package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/config"
	"github.com/callshu/callshu/internal/mail/mailbox"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// product is the whole of it: the real program in this process, a database of
// its own, the simulator and the product on one manual clock, and a mailbox.
type product struct {
	t        *testing.T
	url      string
	clock    *clock.Manual
	sim      *simtest.T
	mails    *mailbox.Box
	db       *pgtest.DB
	looker   *pgx.Conn // admin's connection; nil until it is asked for
	env      map[string]string
	log      *errorLog
	operator *browser
	visitors int                // with addresses, which a trusted proxy tells
	stop     context.CancelFunc // asks the product to end, as SIGTERM does
	halt     func()             // does, and returns when it has ended
}

// errorLog fails a test on any error line of the product.
type errorLog struct {
	mu      sync.Mutex
	lines   []string
	ignored bool
}

// ignore lets the product complain of what a test is about to do to it.
func (l *errorLog) ignore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ignored = true
}

func (l *errorLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.ignored {
			l.lines = append(l.lines, string(line))
		}
	}
	return len(line), nil
}

const sender = "+14165550199"

func startProduct(t *testing.T, options ...simtest.Option) *product {
	t.Helper()
	return startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}}, options...)
}

// site is where a product is set up: its number at the carrier, and settings
// that differ from those of every other test.
type site struct {
	number carriersim.NumberConfig
	env    map[string]string
	app    app.Options                     // what it does not say itself: clock, log and cheap hashing
	secure bool                            // hash passwords as in production
	link   func(postgresURL string) string // how it reaches the database; nil: straight

	prepare func(*testing.T, *pgtest.DB) // what is done to the database before the product connects

	mailPassword string // what the mail server asks for; empty: nothing
}

func startProductAt(t *testing.T, at site, options ...simtest.Option) *product {
	t.Helper()
	p := &product{t: t, clock: clock.NewManual(simtest.Monday()), mails: &mailbox.Box{Password: at.mailPassword}, db: pgtest.New(t), log: &errorLog{}}
	if at.prepare != nil {
		at.prepare(t, p.db)
	}
	listener, smtp := listen(t), listen(t)
	p.url = "http://" + listener.Addr().String()
	at.number.SMSURL, at.number.VoiceURL = p.url+"/webhooks/twilio/sms#rc=3&rp=all", p.url+"/webhooks/twilio/incoming"
	at.number.StatusCallback = p.url + "/webhooks/twilio/incoming#rc=3&rp=all"
	p.sim = simtest.Start(t, append([]simtest.Option{simtest.WithClock(p.clock), simtest.WithNumbers(at.number)}, options...)...)
	p.env = p.settings(at, smtp.Addr().String())
	ctx, end := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { p.mails.Serve(ctx, smtp) }) //nolint:errcheck // it ends with the test
	t.Cleanup(func() { end(); serving.Wait() })
	if !at.secure {
		at.app.BcryptCost = 4
	}
	p.serve(listener, at.app)
	return p
}

// serve runs the product with the settings of p.env until the test ends or
// p.halt is called.
func (p *product) serve(listener net.Listener, options app.Options) {
	p.t.Helper()
	settings, err := config.Parse(p.getenv)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	options.Clock = p.clock
	if options.Log == nil {
		options.Log = slog.New(slog.NewJSONHandler(p.log, nil))
	}
	a, err := app.New(ctx, settings, options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.stop = stop
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.Run(ctx, listener); err != nil {
			p.t.Errorf("run: %v", err)
		}
	})
	p.halt = sync.OnceFunc(func() {
		stop()
		running.Wait()
		a.Close()
	})
	p.t.Cleanup(func() {
		p.halt()
		for _, line := range p.log.lines {
			p.t.Errorf("the product logged an error: %s", line)
		}
	})
}

func (p *product) settings(at site, smtp string) map[string]string {
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	link := at.link
	if link == nil {
		link = func(url string) string { return url }
	}
	env := map[string]string{"PUBLIC_URL": p.url, "DATABASE_URL": link(p.db.URL(postgres.RoleApp)), "OPERATOR_DATABASE_URL": link(p.db.URL(postgres.RoleOperator)),
		"WORKER_DATABASE_URL": link(p.db.URL(postgres.RoleWorker)), "JWT_KEYS": "a:" + key, "DATA_KEYS": "a:" + key, "TWILIO_ACCOUNT_SID": simtest.AccountSID,
		"TWILIO_AUTH_TOKEN": simtest.AuthToken, "TWILIO_FROM_NUMBERS": at.number.Number, "TWILIO_MESSAGING_SERVICE_SID": at.number.Service,
		"TWILIO_API_BASE": p.sim.URL, "TWILIO_CPS": "50", "TWILIO_MPS": "50", "SMTP_URL": "smtp://" + smtp}
	if at.mailPassword != "" {
		env["SMTP_URL"] = (&url.URL{Scheme: "smtp", User: url.UserPassword("callshu", at.mailPassword), Host: smtp}).String()
	}
	maps.Copy(env, at.env)
	return env
}

// A phone key that changed would forget every STOP: the product must not start.
func TestI2StartRefusesAnotherPhoneKey(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"))
	p.sim.Phone("+14165550111").ExpectSMS("YES")
	p.env["DATA_KEYS"] = "b:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))
	settings, err := config.Parse(p.getenv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(t.Context(), settings, app.Options{Clock: p.clock, BcryptCost: 4, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "DATA_KEYS") {
		t.Errorf("started with another phone key: %v", err)
	}
}

// admin is a superuser's connection that a test keeps for all its looks.
func (p *product) admin() *pgx.Conn {
	p.t.Helper()
	if p.looker == nil {
		p.looker = p.db.Admin()
	}
	return p.looker
}

func (p *product) getenv(name string) string { return p.env[name] }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// browser is somebody at a screen, with cookies of their own.
type browser struct {
	p       *product
	cookies map[string]string
	from    string // the address that a trusted proxy names; empty: none does
}

func (p *product) browser() *browser {
	b := &browser{p: p, cookies: map[string]string{}}
	if p.env["TRUSTED_PROXIES"] != "" { // everybody has an address of their own
		p.visitors++
		b.from = fmt.Sprintf("192.0.2.%d", p.visitors)
	}
	return b
}

// object is a JSON object as a client sees it.
type object map[string]any

func (o object) text(path string) string {
	value, _ := o.find(path).(string)
	return value
}

func (o object) number(path string) int {
	value, _ := o.find(path).(float64)
	return int(value)
}

func (o object) list(path string) []object {
	values, _ := o.find(path).([]any)
	list := make([]object, 0, len(values))
	for _, v := range values {
		if item, ok := v.(map[string]any); ok {
			list = append(list, item)
		}
	}
	return list
}

func (o object) find(path string) any {
	var value any = map[string]any(o)
	for _, name := range strings.Split(path, ".") {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = inner[name]
	}
	return value
}

// try sends a request and returns what came back, whatever it is.
func (b *browser) try(method, path string, body any) (int, object, string) {
	b.p.t.Helper()
	answer, text := b.send(method, path, body)
	var parsed object
	json.Unmarshal([]byte(text), &parsed) //nolint:errcheck // CSV and empty answers are no JSON
	return answer.StatusCode, parsed, text
}

// send is try for who looks at the headers too; the body is read already.
func (b *browser) send(method, path string, body any) (*http.Response, string) {
	b.p.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch body := body.(type) {
	case nil:
	case string:
		reader, kind = strings.NewReader(body), "text/csv"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			b.p.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(b.p.t.Context(), method, b.p.url+"/api/v1/"+path, reader)
	if err != nil {
		b.p.t.Fatal(err)
	}
	if method != http.MethodGet {
		request.Header.Set("Content-Type", kind)
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.from != "" {
		request.Header.Set("X-Forwarded-For", b.from)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.p.t.Fatal(err)
	}
	defer answer.Body.Close()
	for _, cookie := range answer.Cookies() {
		b.cookies[cookie.Name] = cookie.Value
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.p.t.Fatal(err)
	}
	return answer, string(text)
}

// do sends a request that must succeed.
func (b *browser) do(method, path string, body any) object {
	b.p.t.Helper()
	status, parsed, text := b.try(method, path, body)
	if status >= 300 {
		b.p.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return parsed
}

func (b *browser) get(path string) object { b.p.t.Helper(); return b.do(http.MethodGet, path, nil) }
func (b *browser) post(path string, body any) object {
	b.p.t.Helper()
	return b.do(http.MethodPost, path, body)
}

// refused sends a request that must be refused with a code.
func (b *browser) refused(method, path string, body any, status int, code string) object {
	b.p.t.Helper()
	got, parsed, text := b.try(method, path, body)
	if got != status || parsed.text("code") != code {
		b.p.t.Fatalf("%s %s: got %d %s, want %d %s", method, path, got, text, status, code)
	}
	return parsed
}

const (
	ownerPhone = "+14165550150"
	password   = "a quiet bakery at dawn"
)

func application(email, spokenName string) object {
	return object{"company_legal_name": spokenName + " Bakeries Inc.", "spoken_name": spokenName, "registry_number": "1234567-8", "country": "CA", "province": "ON",
		"website": "https://northwind.example", "employee_count": 200, "use_case": "Plant closures and shift changes", "callback_number": "+14165550100",
		"contact_address": "1 Front St, Toronto", "attestation": true, "name": "Zoë Martin", "email": email, "phone": ownerPhone, "password": password, "time_zone": "America/Toronto"}
}

var (
	tokenInLink = regexp.MustCompile(`#token=([A-Za-z0-9_.-]+)`)
	sixDigits   = regexp.MustCompile(`\b\d{6}\b`)
	totpSecret  = regexp.MustCompile(`secret\s+([A-Z2-7]+)`)
)

func (p *product) mail(to, words string) mailbox.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	m, err := p.mails.Wait(ctx, to, words)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// signUp takes an employer from the form to a signed-in, waiting owner.
func (p *product) signUp(email, spokenName string) *browser {
	p.t.Helper()
	owner := p.browser()
	owner.post("auth/register", application(email, spokenName))
	link := p.mail(email, "#token=")
	owner.post("auth/verify-email", object{"token": tokenInLink.FindStringSubmatch(link.Text)[1]})
	owner.post("auth/login", object{"email": email, "password": password})
	return owner
}

// asOperator signs in as the operator that the command line makes.
func (p *product) asOperator() *browser {
	p.t.Helper()
	if p.operator != nil {
		return p.operator
	}
	var out bytes.Buffer
	if err := app.AddOperator(p.t.Context(), p.getenv, &out, app.NewOperator{Email: "op@callshu.example", Name: "Olive", Team: "support", Password: "an operator's long password"}); err != nil {
		p.t.Fatal(err)
	}
	code, err := totp.GenerateCode(totpSecret.FindStringSubmatch(out.String())[1], time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	p.operator = p.browser()
	p.operator.post("operator/auth/login", object{"email": "op@callshu.example", "password": "an operator's long password", "totp": code})
	return p.operator
}

// employer is an approved owner with a verified phone, of Northwind unless
// another name is given.
func (p *product) employer(email string, spokenName ...string) *browser {
	p.t.Helper()
	owner := p.signUp(email, append(spokenName, "Northwind")[0])
	owner.post("me/phone", object{"phone": ownerPhone})
	code := p.sim.Phone(ownerPhone).ExpectSMS()
	owner.post("me/phone/verify", object{"code": sixDigits.FindString(code.Body)})
	operator := p.asOperator()
	list := operator.get("operator/accounts?status=pending_review").list("items")
	for _, a := range list {
		operator.post("operator/accounts/"+a.text("id")+"/approve", object{"checklist": object{"registry_checked": true, "website_checked": true, "employment_plausible": true}})
	}
	p.mail(email, "approved")
	return owner
}

// staff imports people and has the given ones say YES.
func (p *product) staff(owner *browser, csv string, yes ...string) {
	p.t.Helper()
	owner.imports(csv, true)
	for _, number := range yes {
		phone := p.sim.Phone(number)
		phone.ExpectSMS("YES").Reply("YES")
		phone.ExpectSMS("you're in")
	}
}

// imports takes a file as a person does: it is checked, confirmed, and a job
// takes it, whose end they wait for.
func (b *browser) imports(csv string, invite bool) object {
	b.p.t.Helper()
	id := b.do(http.MethodPost, "employees/imports?name=people.csv", csv).text("id")
	b.post("employees/imports/"+id+"/confirm", object{"attestation": "Collected on the hiring form", "invite": invite})
	return b.taken(id)
}

// taken waits for the job over a confirmed file.
func (b *browser) taken(id string) (last object) {
	b.p.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		last = b.get("employees/imports/" + id)
		switch {
		case last.text("state") == "done":
			return last
		case last.text("state") == "failed", time.Now().After(deadline):
			b.p.t.Fatalf("the import: %v", last)
		}
		time.Sleep(300 * time.Millisecond) // an address may ask 200 times a minute
	}
}

func draft(name string) object {
	return object{"name": name, "audience": object{"kind": "all"}, "content": object{
		"purpose": object{"en": "tomorrow's shift", "fr": "votre quart de demain"}, "language_default": "en", "voice": "female", "voicemail": "leave",
		"texts":   object{"en": object{"message": "Hello {{first_name}}. The plant is closed tomorrow."}, "fr": object{"message": "Bonjour {{first_name}}. L'usine est fermée demain."}},
		"choices": []object{{"key": 1, "label": object{"en": "you have understood", "fr": "confirmer"}}, {"key": 2, "label": object{"en": "you have questions", "fr": "poser une question"}}}}}
}

func (p *product) launch(owner *browser, name string) string {
	p.t.Helper()
	id := owner.post("campaigns", draft(name)).text("id")
	plan := owner.get("campaigns/" + id + "/plan")
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": plan.text("plan_hash")})
	return id
}

// eventually drives the carrier until a query says true. It asks the database:
// a client that polls would meet the limit of 200 requests a minute.
func (p *product) eventually(what, sql string, args ...any) {
	p.t.Helper()
	admin := p.db.Admin()
	p.sim.Until(what, func() bool {
		var holds bool
		if err := admin.QueryRow(p.t.Context(), sql, args...).Scan(&holds); err != nil {
			p.t.Fatal(err)
		}
		return holds
	})
}

// finished drives the carrier until a campaign is over and returns it.
func (p *product) finished(owner *browser, id string) object {
	p.t.Helper()
	p.eventually("the campaign to finish", `SELECT status = 'finished' FROM campaigns WHERE id = $1`, id)
	return owner.get("campaigns/" + id)
}

func (p *product) recipient(owner *browser, id, name string) object {
	p.t.Helper()
	for _, r := range owner.get("campaigns/" + id + "/recipients?limit=200").list("items") {
		if strings.HasPrefix(r.text("name"), name) {
			return r
		}
	}
	p.t.Fatalf("no recipient %s", name)
	return nil
}

func csvOf(rows ...string) string {
	return "name,phone,language,tags\r\n" + strings.Join(rows, "\r\n") + "\r\n"
}
