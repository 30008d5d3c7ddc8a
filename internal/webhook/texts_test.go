package webhook_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/twilio"
	"github.com/callshu/callshu/internal/webhook"
)

// texting is the product's way of texts, from the database to the carrier and
// back through signed webhooks, on one manual clock with the simulator.
type texting struct {
	t       *testing.T
	sim     *simtest.T
	admin   *pgx.Conn
	app     *postgres.Pool
	clock   *clock.Manual
	people  *consent.Service
	texter  *consent.Texter
	sender  uuid.UUID
	account uuid.UUID
	mu      sync.Mutex
	down    bool // the database is: webhooks get 503
	refuse  int  // so many more webhooks get 503
}

const service = "MG00000000000000000000000000000001"

// handling is how the carrier treats texts to our number, and what of it the
// product has been told.
type handling struct {
	name    string
	number  carriersim.NumberConfig
	service carriersim.ServiceConfig
	yes     string // position of the switch for YES from somebody not blocked
	replies consent.CarrierReplies
}

func handlings() []handling {
	long := carriersim.NumberConfig{Number: simtest.Number}
	served := carriersim.NumberConfig{Number: simtest.Number, Service: service}
	known := consent.CarrierReplies{Keywords: true}
	return []handling{
		{name: "long code", number: long, replies: known},
		{name: "long code, YES never", number: long, yes: "never", replies: known},
		{name: "long code, YES always", number: long, yes: "always", replies: consent.CarrierReplies{Keywords: true, Yes: true}},
		{name: "toll-free", number: carriersim.NumberConfig{Number: "+18335550100", Type: carriersim.TollFree}, replies: known},
		{name: "service", number: served, service: carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true}, replies: known},
		{name: "advanced", number: served, service: carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true, AdvancedOptOut: true}, replies: known},
		{name: "advanced without YES", number: served, service: carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true, AdvancedOptOut: true, OmitYes: true}, replies: known},
	}
}

func phoneKey(e164 string) []byte { return phone.Key([]byte("a key of tests"), e164) }

func startTexting(t *testing.T, h handling, options ...simtest.Option) *texting {
	t.Helper()
	w := &texting{t: t, clock: clock.NewManual(simtest.Monday()), sender: uuid.New(), account: uuid.New()}
	options = append(options, simtest.WithClock(w.clock), simtest.WithNumbers(h.number), simtest.With(func(o *carriersim.Options) {
		o.Switches.YesAutoreply = h.yes
		if h.service.SID != "" {
			o.Services = []carriersim.ServiceConfig{h.service}
		}
	}))
	w.sim = simtest.Start(t, options...)
	db := pgtest.New(t)
	w.admin, w.app = db.Admin(), db.Open(postgres.RoleApp)
	worker := db.Open(postgres.RoleWorker)
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	carrier, err := twilio.New(twilio.Account{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken, BaseURL: w.sim.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(carrier.Close)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	w.people = consent.New(consent.Deps{Worker: worker, Clock: w.clock, Zones: zones, Key: phoneKey, Site: "callshu.com", Replies: h.replies, Lookup: carrier, SegmentsPerSecond: 100, Log: log})
	calls := dialer.New(dialer.Options{Worker: worker, Carrier: carrier, Consent: w.people, Zones: zones, Clock: w.clock, PhoneKey: phoneKey, Log: log})
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		down := w.down || w.refuse > 0
		w.refuse = max(0, w.refuse-1)
		w.mu.Unlock()
		if down {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.texter = consent.NewTexter(w.people, carrier, calls, server.URL)
	mux.Handle("/webhooks/", webhook.New(webhook.Deps{Log: log, Verifier: twilio.NewVerifier(server.URL, simtest.AccountSID, simtest.AuthToken), Calls: calls, Texts: calls, Messages: w.texter}))
	h.number.SMSURL = server.URL + "/webhooks/twilio/sms#rc=3&rp=all"
	if err := w.sim.SetNumber(h.number); err != nil {
		t.Fatal(err)
	}
	w.seed(h)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.texter.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	return w
}

func (w *texting) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *texting) seed(h handling) {
	operator := uuid.New()
	w.exec(`INSERT INTO senders (id, number, messaging_service_sid) VALUES ($1, $2, nullif($3, ''))`, w.sender, h.number.Number, h.number.Service)
	w.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, operator)
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		VALUES ($1, 'Mill', 'Mill', '1', 'US', 'DC', 'https://example.test', 10, 'shifts', '+12025550100', '1 Main St', '1', $2, '127.0.0.1', 'America/New_York',
		'active', $3, $2, $4, $2)`, w.account, w.clock.Now(), operator, w.sender)
}

// invite puts somebody on the list and queues the invitation.
func (w *texting) invite(number string) {
	w.t.Helper()
	id := uuid.New()
	err := w.app.InAccount(w.t.Context(), w.account, func(tx pgx.Tx) error {
		if err := consent.EnsureGates(w.t.Context(), tx, [][]byte{phoneKey(number)}); err != nil {
			return err
		}
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
			VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', $3, $4, 'US', 'America/New_York', 'en', $5, $5)`, id, w.account, number, phoneKey(number), w.clock.Now()); err != nil {
			return err
		}
		user := audit.Actor{Kind: audit.User}
		if err := consent.Attest(w.t.Context(), tx, w.account, []uuid.UUID{id}, [][]byte{phoneKey(number)}, consent.ChannelImport, user, w.clock.Now(), nil); err != nil {
			return err
		}
		_, err := w.people.Invite(w.t.Context(), tx, consent.InviteRequest{Account: w.account, Actor: user,
			People: []consent.Invitee{{EmployeeID: id, Phone: number, PhoneKey: phoneKey(number), Language: "en", CallZone: "US|America/New_York|"}}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *texting) state(number string) string {
	w.t.Helper()
	var state string
	err := w.admin.QueryRow(w.t.Context(), `SELECT coalesce((SELECT state FROM consents WHERE phone_key = $1), 'none')`, phoneKey(number)).Scan(&state)
	if err != nil {
		w.t.Fatal(err)
	}
	return state
}

func (w *texting) until(number, state string) {
	w.t.Helper()
	w.sim.Until(fmt.Sprintf("%s to be %s, is %s", number, state, w.state(number)), func() bool { return w.state(number) == state })
}

// quiet waits until nothing is queued or on its way any more.
func (w *texting) quiet() {
	w.t.Helper()
	w.sim.Until("all texts to be through", func() bool {
		var open int
		err := w.admin.QueryRow(w.t.Context(), `SELECT count(*) FROM messages WHERE state IN ('queued', 'sending', 'unknown', 'accepted', 'sent')`).Scan(&open)
		return err == nil && open == 0
	})
	w.sim.Advance(2 * time.Second) // the carrier's own answers come half a second later
}

// got counts what the phone received, from us and from the carrier itself.
func got(p *simtest.Phone) int {
	n := 0
	for _, m := range p.Thread() {
		if !m.Out {
			n++
		}
	}
	return n
}

// The opt-out matrix: in every handling of the carrier each of these words
// brings exactly one reply, and consent follows the person's words.
func TestI2WordsInEveryHandling(t *testing.T) {
	t.Parallel()
	for _, h := range handlings() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			w := startTexting(t, h)
			p := w.sim.Phone("+12025550143")
			w.sim.Allow(p.Number)
			w.invite(p.Number)
			w.until(p.Number, "invited")
			w.quiet()
			for _, step := range []struct {
				word    string
				replies int
				state   string
			}{
				{"hello?", 1, "invited"}, // our help, once a day
				{"HELP", 1, "invited"},
				{"YES", 1, "opted_in"},
				{"YES", 0, "opted_in"},
				{"STOP", 1, "opted_out"},
				{"STOP", 0, "opted_out"},
				{"YES", 0, "opted_out"},
			} {
				before := got(p)
				p.TextTo(h.number.Number, step.word)
				w.quiet()
				replies := got(p) - before
				if auto := automatic(h, step.word, step.state); auto {
					replies, step.replies = min(replies, 1), 1 // the carrier answers its words also where we would not
				}
				if replies != step.replies || w.state(p.Number) != step.state {
					t.Errorf("%q: %d replies, state %s; want %d, %s", step.word, replies, w.state(p.Number), step.replies, step.state)
				}
			}
			// The way back: START asks anew, and only the answer counts.
			w.sim.Advance(2 * time.Minute)
			p.TextTo(h.number.Number, "START")
			w.until(p.Number, "invited")
			w.quiet()
			before := got(p)
			p.TextTo(h.number.Number, "YES")
			w.quiet()
			if replies := got(p) - before; replies != 1 || w.state(p.Number) != "opted_in" {
				t.Errorf("YES after START: %d replies, state %s", replies, w.state(p.Number))
			}
		})
	}
}

// automatic: steps that the carrier answers by itself whatever we do.
func automatic(h handling, word, state string) bool {
	switch {
	case word == "STOP":
		return true
	case word == "YES" && state == "opted_in":
		return h.replies.Yes || h.service.AdvancedOptOut && !h.service.OmitYes
	case word == "YES":
		return h.number.Type != carriersim.TollFree && h.yes != "never" && !h.service.OmitYes
	}
	return false
}

// Words that the carrier does not know are ours alone to honour and to answer.
func TestStopByMeaningIsOursToAnswer(t *testing.T) {
	t.Parallel()
	w := startTexting(t, handlings()[0])
	for i, word := range []string{"ARRET", "please stop calling me", "Stop please", "👎🛑"} {
		p := w.sim.Phone(fmt.Sprintf("+1202555017%d", i))
		w.invite(p.Number)
		p.ExpectSMS("Mill via Callshu", "YES", "STOP")
		w.until(p.Number, "invited")
		p.Text("YES")
		p.ExpectSMS("you're in")
		p.Text(word)
		reply := p.ExpectSMS("START")
		if !strings.Contains(reply.Body, "Mill via Callshu") || w.state(p.Number) != "opted_out" {
			t.Errorf("%q: %q, state %s", word, reply.Body, w.state(p.Number))
		}
	}
	w.quiet()
}

// The owners of the persona table, each to its end.
func TestPersonasOfTexts(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"30": "opted_in", "31": "opted_in", "32": "opted_out", "33": "opted_out", "34": "opted_in", "37": "invited",
		"38": "invited", "39": "invited", "40": "invited", "41": "invited", "42": "invited", "43": "opted_out", "44": "opted_in", "46": "opted_in",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := startTexting(t, handlings()[0], simtest.WithPersonas(), simtest.Patience(10*time.Minute))
			number := "+120255501" + code
			w.sim.AddPhone(number)
			w.invite(number)
			w.until(number, want)
			// Whatever comes later changes nothing more.
			w.sim.Advance(5 * time.Minute)
			if got := w.state(number); got != want {
				t.Errorf("state %s, want %s", got, want)
			}
		})
	}
}

// A STOP that could not be taken is offered again by the carrier, as our address
// asks it to.
func TestI2StopIsRetriedByTheCarrier(t *testing.T) {
	t.Parallel()
	w := startTexting(t, handlings()[0])
	p := w.sim.Phone("+12025550143")
	w.sim.Allow(p.Number, "failed webhook", "11200", "15003")
	w.invite(p.Number)
	w.until(p.Number, "invited")
	w.quiet()
	w.mu.Lock()
	w.refuse = 1
	w.mu.Unlock()
	p.TextTo(simtest.Number, "STOP")
	w.until(p.Number, "opted_out") // nothing sweeps here
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != 0 {
		t.Error("nothing was refused")
	}
}

// A STOP whose webhook is lost for good, with all its retries, is found in the
// carrier's list.
func TestI2StopIsNotLost(t *testing.T) {
	t.Parallel()
	w := startTexting(t, handlings()[0])
	p := w.sim.Phone("+12025550143")
	w.sim.Allow(p.Number, "failed webhook", "11200", "15003")
	w.invite(p.Number)
	w.until(p.Number, "invited")
	p.TextTo(simtest.Number, "YES")
	w.until(p.Number, "opted_in")
	w.quiet()
	w.mu.Lock()
	w.down = true
	w.mu.Unlock()
	p.TextTo(simtest.Number, "STOP")
	w.sim.Advance(30 * time.Second)
	if got := w.state(p.Number); got != "opted_in" {
		t.Fatalf("state %s while nothing could be kept", got)
	}
	w.mu.Lock()
	w.down = false
	w.mu.Unlock()
	if n, err := w.texter.Sweep(t.Context()); err != nil || n != 1 {
		t.Fatalf("sweep found %d, %v", n, err)
	}
	if got := w.state(p.Number); got != "opted_out" {
		t.Errorf("state %s after the sweep", got)
	}
}

// A text whose answer is lost after the carrier took it is found, not sent twice.
func TestLostAnswersOfTheCarrier(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]carriersim.Fault{
		"before it counted": {Point: carriersim.APIBefore, Action: carriersim.Action{Reset: true}},
		"after it counted":  {Point: carriersim.APIAfter, Action: carriersim.Action{Drop: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startTexting(t, handlings()[0])
			p := w.sim.Phone("+12025550143")
			w.sim.Allow(p.Number)
			w.sim.Fault(fault)
			w.invite(p.Number)
			if name == "after it counted" {
				w.until(p.Number, "invited")
				w.quiet()
				if n := got(p); n != 1 {
					t.Errorf("%d texts", n)
				}
				return
			}
			// Nothing counted: the text stays unknown until it is given up.
			w.sim.Until("the text to be unknown", func() bool {
				var n int
				err := w.admin.QueryRow(t.Context(), `SELECT count(*) FROM messages WHERE state = 'unknown'`).Scan(&n)
				return err == nil && n == 1
			})
			w.exec(`UPDATE messages SET place_by = place_by - interval '20 minutes' WHERE state = 'unknown'`)
			if err := w.texter.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := got(p); n != 0 || w.state(p.Number) != "none" {
				t.Errorf("%d texts, state %s", n, w.state(p.Number))
			}
		})
	}
}
