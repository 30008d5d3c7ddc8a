package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/telemetry"
)

// heap keeps what is written to it, from wherever.
type heap struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heap) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heap) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// errorSink stands in for the service that error reports go to.
func errorSink(t *testing.T) (dsn string, got *heap) {
	t.Helper()
	got = &heap{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Errorf("read report: %v", err)
				return
			}
			body = unpacked
		}
		io.Copy(got, body)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "http://key@", 1) + "/1", got
}

// What is secret, and what is somebody's own, each in a form found nowhere else.
const (
	canaryPassword = "canarypw zebra quartz 77"
	canaryGuess    = "canaryguess zebra quartz"
	canaryMail     = "canarymail@northwind.example"
	canaryPerson   = "Canarina Birdsong"
	canaryWords    = "The canarywords plant is closed"
	canaryText     = "canarytext call my mother"
	canaryQuery    = "canaryquery"
	canaryPhone    = "+14165550177"
)

// canaries are what must not be found in logs and reports, nor the digits of a
// phone in any of its notations.
func canaries(more ...string) []string {
	return append(more, "canarypw", "canaryguess", "canarymail", "canarina", "canarywords", "canarytext", canaryQuery, "4165550177", "555-0177", "555 0177", ownerPhone[1:])
}

func (h *heap) holdsNone(t *testing.T, what string, secrets []string) {
	t.Helper()
	text := strings.ToLower(h.String())
	for _, secret := range secrets {
		if at := strings.Index(text, strings.ToLower(secret)); at >= 0 {
			t.Errorf("%s holds %q: ...%s...", what, secret, text[max(0, at-300):min(len(text), at+100)])
		}
	}
}

// send sends a body as it is.
func (p *product) send(method, path, kind, body string, cookies map[string]string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "agent \u202e of "+canaryQuery)
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// Secrets and what is somebody's own go through the whole product, by every way
// in, by the right ones and by mistake: none is in the log, in a report of an
// error, in a refusal, in a job, and the password is nowhere at all.
func TestCanariesStayInside(t *testing.T) {
	t.Parallel()
	dsn, reports := errorSink(t)
	log := &heap{}
	handler, err := telemetry.NewReporter(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: telemetry.Plain}), dsn, "test", "v1")
	if err != nil {
		t.Fatal(err)
	}
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{Log: slog.New(handler)}})
	owner, token := p.canaryEmployer()
	p.mistakes(owner)
	p.canaryCampaign(owner)
	id := p.databaseRefuses(owner)
	telemetry.Flush(handler, 10*time.Second)

	secrets := canaries(token, owner.cookies["__Host-callshu"], "an operator's long password")
	log.holdsNone(t, "the log", secrets)
	reports.holdsNone(t, "the error reports", secrets)
	if n := strings.Count(reports.String(), id); n != 1 {
		t.Errorf("an error of ours was reported %d times, want once: %s", n, reports.String())
	}
	if !strings.Contains(log.String(), id) || strings.Contains(log.String(), "\u202e") {
		t.Error("the log lacks the request that failed, or shows what turns text around")
	}
	p.tablesHoldNoCanaries()
}

// canaryEmployer is an approved employer whose data are all canaries. It also
// returns the token of the link that confirmed the address.
func (p *product) canaryEmployer() (*browser, string) {
	p.t.Helper()
	owner := p.browser()
	form := application(canaryMail, "Northwind")
	form["password"] = canaryPassword
	owner.post("auth/register", form)
	token := tokenInLink.FindStringSubmatch(p.mail(canaryMail, "#token=").Text)[1]
	owner.post("auth/verify-email", object{"token": token})
	owner.refused(http.MethodPost, "auth/verify-email", object{"token": token}, http.StatusGone, "token_gone")
	owner.post("auth/login", object{"email": canaryMail, "password": canaryPassword})
	owner.post("me/phone", object{"phone": ownerPhone})
	owner.post("me/phone/verify", object{"code": sixDigits.FindString(p.sim.Phone(ownerPhone).ExpectSMS().Body)})
	operator := p.asOperator()
	for _, a := range operator.get("operator/accounts?status=pending_review").list("items") {
		operator.post("operator/accounts/"+a.text("id")+"/approve", object{"checklist": object{"registry_checked": true, "website_checked": true, "employment_plausible": true}})
	}
	return owner, token
}

// mistakes are requests that are refused; no refusal repeats what was sent.
func (p *product) mistakes(owner *browser) {
	p.t.Helper()
	form := func(values url.Values) string { return values.Encode() }
	for _, m := range []struct{ method, path, kind, body string }{
		{http.MethodPost, "/api/v1/auth/login", "application/json", `{"email":"` + canaryMail + `","password":"` + canaryGuess + `"}`},
		{http.MethodPost, "/api/v1/auth/login", "application/json", `{"email":"` + canaryMail + `","password":"` + canaryGuess},
		{http.MethodPost, "/api/v1/auth/login", "application/json", `{"email":["` + canaryMail + `"],"password":{"` + canaryGuess + `":1}}`},
		{http.MethodPost, "/api/v1/employees", "application/json", `{"name":"` + canaryPerson + `","phone":"` + canaryPhone + `99"}`},
		{http.MethodPost, "/api/v1/employees", "application/json", `{"name":7,"phone":{"` + canaryPhone + `":"` + canaryPerson + `"}}`},
		{http.MethodPost, "/api/v1/campaigns", "application/json", `{"name":"` + canaryWords + `","audience":{"kind":"` + canaryWords + `"}}`},
		{http.MethodGet, "/api/v1/employees/" + canaryQuery, "application/json", ""},
		{http.MethodGet, "/api/v1/employees?cursor=" + canaryQuery + "&limit=" + canaryQuery, "application/json", ""},
		{http.MethodGet, "/api/v1/" + canaryQuery + "/" + canaryPhone, "application/json", ""},
		{http.MethodPost, "/api/v1/me/phone", "application/json", `{"phone":"` + canaryPhone + `123"}`},
		{http.MethodPost, "/webhooks/twilio/sms", "application/x-www-form-urlencoded", form(url.Values{"From": {canaryPhone}, "Body": {canaryText}, "MessageSid": {"SM" + strings.Repeat("a", 32)}})},
		{http.MethodPost, "/webhooks/twilio/voice?attempt=" + canaryQuery, "application/x-www-form-urlencoded", form(url.Values{"To": {canaryPhone}})},
		{http.MethodPost, "/webhooks/twilio/" + canaryQuery, "application/x-www-form-urlencoded", form(url.Values{"To": {canaryPhone}})},
	} {
		status, text := p.send(m.method, m.path, m.kind, m.body, owner.cookies)
		if status < 400 || status >= 500 {
			p.t.Errorf("%s %s %s: %d %s, want a refusal", m.method, m.path, m.body, status, text)
		}
		answer := &heap{}
		io.WriteString(answer, text)
		answer.holdsNone(p.t, m.method+" "+m.path, canaries())
	}
}

// canaryCampaign calls the person, who answers and then writes.
func (p *product) canaryCampaign(owner *browser) {
	p.t.Helper()
	p.staff(owner, csvOf(canaryPerson+","+canaryPhone+",en,", canaryPerson+","+canaryPhone+"9,en,"), canaryPhone)
	d := draft("Plant closed")
	d["content"].(object)["texts"].(object)["en"].(object)["message"] = canaryWords
	id := owner.post("campaigns", d).text("id")
	plan := owner.get("campaigns/" + id + "/plan")
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": plan.text("plan_hash")})
	person := p.sim.Phone(canaryPhone)
	person.ExpectCall().Hears("canarywords").Press("1").Ended("completed")
	p.finished(owner, id)
	person.Text(canaryText)
	p.eventually("the text to be read", `SELECT count(*) > 0 FROM inbound_reads WHERE body LIKE '%canarytext%'`)
}

// databaseRefuses has a statement fail whose error names the row, and returns
// the id of the request that met it.
func (p *product) databaseRefuses(owner *browser) string {
	p.t.Helper()
	if _, err := p.admin().Exec(p.t.Context(), `ALTER TABLE employees ADD CONSTRAINT no_canary CHECK (name <> '`+canaryPerson+` Second')`); err != nil {
		p.t.Fatal(err)
	}
	person := owner.get("employees").list("items")[0].text("id")
	status, text := p.send(http.MethodPatch, "/api/v1/employees/"+person, "application/json", `{"name":"`+canaryPerson+` Second"}`, owner.cookies)
	var problem struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(text), &problem); err != nil || status != http.StatusInternalServerError || problem.ID == "" {
		p.t.Fatalf("a row that the database refuses: %d %s", status, text)
	}
	return problem.ID
}

// tablesHoldNoCanaries reads every row there is: jobs and audit rows are free of what is
// somebody's own, and a password is stored nowhere.
func (p *product) tablesHoldNoCanaries() {
	p.t.Helper()
	tables, err := p.admin().Query(p.t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`)
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for tables.Next() {
		var name string
		if err := tables.Scan(&name); err != nil {
			p.t.Fatal(err)
		}
		names = append(names, name)
	}
	rows := 0
	for _, name := range names {
		var n int
		var all string
		if err := p.admin().QueryRow(p.t.Context(), `SELECT count(*), coalesce(string_agg(t::text, E'\n'), '') FROM `+name+` t`).Scan(&n, &all); err != nil {
			p.t.Fatal(err)
		}
		rows += n
		content := &heap{}
		io.WriteString(content, all)
		content.holdsNone(p.t, name, []string{"canarypw", "canaryguess", "an operator's long password"})
		if name == "river_job" || name == "audit_events" {
			own := []string{"canarina", "canarywords", "canarytext", "4165550177", "555-0177", ownerPhone[1:]}
			content.holdsNone(p.t, name, own)
		}
	}
	if rows < 50 {
		p.t.Errorf("only %d rows were read", rows)
	}
}
