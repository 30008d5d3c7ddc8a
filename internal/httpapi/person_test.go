package httpapi_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
)

// person is the world with one employer and one employee who said yes.
type person struct {
	*world
	people  *consent.Service
	account uuid.UUID
	key     string // of the link in the confirmation
}

const number = "+14165550101"

func phoneKey(e164 string) []byte { return phone.Key([]byte("a key of tests"), e164) }

func newPerson(t *testing.T) *person {
	t.Helper()
	w := newWorld(t)
	worker := w.db.Open(postgres.RoleWorker)
	zones := must[*callhours.Zones](t)(callhours.Load())
	p := &person{world: w, account: uuid.New()}
	p.people = consent.New(consent.Deps{Worker: worker, Clock: w.clock, Zones: zones, Key: phoneKey, Site: "callshu.com"})
	w.deps.Dialer = dialer.New(dialer.Options{Worker: worker, Consent: p.people, Zones: zones, Clock: w.clock, PhoneKey: phoneKey, Log: slog.New(slog.DiscardHandler)})
	w.handler = httpapi.New(w.deps)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := w.admin.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	operator, employee, now := uuid.New(), uuid.New(), w.clock.Now()
	exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, operator)
	exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		SELECT $1, 'Mill <b>& Sons</b> Inc.', 'Mill', '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $2, '127.0.0.1',
		'America/Toronto', 'active', $3, $2, s.id, $2 FROM senders s WHERE s.number = $4`, p.account, now, operator, sender)
	exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, phoneKey(number))
	exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
		VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', $3, $4, 'CA', 'America/Toronto', 'en', $5, $5)`, employee, p.account, number, phoneKey(number), now)
	exec(`INSERT INTO messages (account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, state, rank, due_at, created_at, sent_at, provider_at)
		SELECT $1, $2, $3, 'invitation', 'en', '2', $4, $6, sha256(convert_to($6, 'UTF8')), id, 'delivered', 30, $5, $5, $5, $5 FROM senders`, p.account, employee, phoneKey(number), number, now, "Mill via Callshu: the words")
	exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'attested', 'import', $3, 'user'), ($1, $2, 'invited', 'sms', $3, 'carrier')`, p.account, phoneKey(number), now)
	err := worker.InTx(t.Context(), func(tx pgx.Tx) error {
		_, err := p.people.Receive(context.Background(), tx, consent.Inbound{MessageSID: "SMyes", From: number, To: sender, Body: "YES", ProviderAt: now})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var body string
	if err := w.admin.QueryRow(t.Context(), `SELECT body FROM messages WHERE kind = 'confirmation'`).Scan(&body); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`/p/([\w-]{11})`).FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no link in %q", body)
	}
	p.key = found[1]
	return p
}

func (p *person) state() (state string, stopped bool) {
	p.t.Helper()
	err := p.admin.QueryRow(p.t.Context(), `SELECT k.state, g.stopped_at IS NOT NULL FROM consents k JOIN phone_gates g USING (phone_key) WHERE k.account_id = $1`, p.account).Scan(&state, &stopped)
	if err != nil {
		p.t.Fatal(err)
	}
	return state, stopped
}

// post asks for a stop as the page does.
func (p *person) post(path, employer, origin string) *httptest.ResponseRecorder {
	return p.form(path, origin, url.Values{"employer": {employer}})
}

// form sends a form as the page does.
func (p *person) form(path, origin string, fields url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	r.RemoteAddr, r.Host = "192.0.2.77:4000", "app.callshu.test"
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

func TestPersonSeesWhoMayCall(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	a := p.anybody().get("/p/" + p.key)
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	armoured(t, "/p/{key}", a)
	for _, want := range []string{"May call you", "Mill &lt;b&gt;&amp; Sons&lt;/b&gt; Inc.", "Mill via Callshu: the words", "•••••0101", "at most 20 calls", "It is not recorded"} {
		if !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(a.body, []byte(number)) {
		t.Error("the page shows the whole number")
	}
	if strings.Contains(p.log.String(), p.key) {
		t.Error("the link's key is in the log")
	}
	for _, bad := range []string{"x", "AAAAAAAAAAA", strings.Repeat("A", 100)} {
		if a := p.anybody().get("/p/" + bad); a.StatusCode != http.StatusNotFound || !bytes.Contains(a.body, []byte("CALLS")) {
			t.Errorf("%s: %d", bad, a.StatusCode)
		}
	}
	if a := p.anybody().get("/me"); a.StatusCode != http.StatusOK || !bytes.Contains(a.body, []byte("CALLS")) {
		t.Errorf("/me: %d", a.StatusCode)
	}
}

func TestPersonStopsOneEmployerOrAll(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	path := "/p/" + p.key + "/stop"
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another site":     p.post(path, p.account.String(), "https://evil.test"),
		"another employer": p.post(path, uuid.NewString(), publicURL),
		"no employer":      p.post(path, "", publicURL),
		"unknown link":     p.post("/p/AAAAAAAAAAA/stop", p.account.String(), publicURL),
	} {
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s: %d", name, w.Code)
		}
		if state, _ := p.state(); state != "opted_in" {
			t.Fatalf("%s stopped it", name)
		}
	}
	if w := p.post(path, p.account.String(), publicURL); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/p/"+p.key+"?done=stop" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if state, stopped := p.state(); state != "opted_out" || stopped {
		t.Errorf("state %s, all stopped %v", state, stopped)
	}
	if a := p.anybody().get("/p/" + p.key + "?done=stop"); !bytes.Contains(a.body, []byte("This employer can no longer call or text you")) || bytes.Contains(a.body, []byte("No employer can")) {
		t.Errorf("one employer is stopped, and the page says: %s", a.body)
	}
	if w := p.post(path, "all", publicURL); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/p/"+p.key+"?done=stop-all" {
		t.Errorf("all: %d %s", w.Code, w.Header().Get("Location"))
	}
	if _, stopped := p.state(); !stopped {
		t.Error("stop all stopped one employer only")
	}
	if a := p.anybody().get("/p/" + p.key + "?done=stop-all"); !bytes.Contains(a.body, []byte("No employer can call or text you")) || !bytes.Contains(a.body, []byte("May not call you")) || !bytes.Contains(a.body, []byte("You stopped everything")) {
		t.Errorf("%s", a.body)
	}
	var events int
	if err := p.admin.QueryRow(t.Context(), `SELECT count(*) FROM consent_events WHERE kind = 'opted_out' AND channel = 'web' AND actor_kind = 'employee'`).Scan(&events); err != nil || events != 2 {
		t.Errorf("%d events of the page, %v", events, err)
	}
}
