package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

const service = "MG00000000000000000000000000000001"

// handling is how the carrier itself treats STOP, START and HELP to our number.
type handling struct {
	name     string
	kind     carriersim.SenderType
	service  *carriersim.ServiceConfig
	switches carriersim.Switches
	answers  bool // the product is told that the carrier answers YES
	silent   bool // and that it answers no word at all
}

func handlings() []handling {
	plain := &carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true}
	advanced := &carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true, AdvancedOptOut: true}
	withoutYes := &carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true, AdvancedOptOut: true, OmitYes: true}
	return []handling{
		{name: "long code"},
		{name: "long code, YES never answered", switches: carriersim.Switches{YesAutoreply: "never"}},
		{name: "long code, YES always answered", switches: carriersim.Switches{YesAutoreply: "always"}, answers: true},
		{name: "long code, space spoils a word", switches: carriersim.Switches{KeepSpace: true}},
		{name: "service", service: plain},
		{name: "service, refusals later", service: plain, switches: carriersim.Switches{ServiceRefusal: "async"}},
		{name: "toll-free", kind: carriersim.TollFree},
		{name: "toll-free, refusals at once", kind: carriersim.TollFree, switches: carriersim.Switches{TollFreeRefusal: "sync_21610"}},
		{name: "short code", kind: carriersim.ShortCode, silent: true},
		{name: "advanced opt-out", service: advanced},
		{name: "advanced opt-out without YES", service: withoutYes},
	}
}

func (h handling) start(t *testing.T, options ...simtest.Option) *product {
	t.Helper()
	at := site{number: carriersim.NumberConfig{Number: sender, Type: h.kind}, env: map[string]string{"TWILIO_ANSWERS_YES": fmt.Sprint(h.answers), "TWILIO_ANSWERS_KEYWORDS": fmt.Sprint(!h.silent)}}
	if h.kind == carriersim.TollFree {
		at.number.Number = "+18335550100"
	}
	if h.service != nil {
		at.number.Service = h.service.SID
	}
	options = append(options, simtest.Patience(time.Hour), simtest.With(func(o *carriersim.Options) {
		o.Switches = h.switches
		if h.service != nil {
			o.Services = []carriersim.ServiceConfig{*h.service}
		}
	}))
	return startProductAt(t, at, options...)
}

// person is a phone of the matrix, whose every text is counted.
type person struct {
	*product
	*simtest.Phone
}

func (p *product) person(number string) person {
	p.sim.Allow(number)
	return person{p, p.sim.Phone(number)}
}

// received counts the texts that reached the phone, ours and the carrier's.
func (a person) received() int {
	n := 0
	for _, text := range a.Thread() {
		if !text.Out {
			n++
		}
	}
	return n
}

// says texts a word and waits until everything that it causes is over; it
// returns how many texts came back.
func (a person) says(word string) int {
	a.t.Helper()
	before := a.received()
	a.Text(word)
	a.quiet()
	return a.received() - before
}

// quiet waits until no text is queued or on its way, and the carrier's own
// answers have come.
func (p *product) quiet() {
	p.t.Helper()
	p.sim.Advance(time.Second)
	p.eventually("all texts to be through", `SELECT NOT EXISTS (SELECT FROM messages WHERE state IN ('queued', 'sending', 'unknown', 'accepted', 'sent'))`)
	p.sim.Advance(2 * time.Second)
}

// consents is the state with every employer that knows the phone, by name.
func (a person) consents() string {
	a.t.Helper()
	var states string
	err := a.admin().QueryRow(a.t.Context(), `SELECT coalesce(string_agg(DISTINCT coalesce(k.state, 'none'), ' '), 'unknown')
		FROM employees e LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key WHERE e.phone = $1`, a.Number).Scan(&states)
	if err != nil {
		a.t.Fatal(err)
	}
	return states
}

func (a person) wantConsent(after, state string) {
	a.t.Helper()
	if got := a.consents(); got != state {
		a.t.Errorf("%s after %s: consent is %q, want %q", a.Number, after, got, state)
	}
}

// The opt-out matrix on the whole product: in every handling of the carrier
// consent follows the person's words, a STOP is for calls and texts alike and
// for every employer on the number, nobody gets two answers to one text, and a
// STOP that only the carrier knows of becomes ours with the first text.
func TestI2OptOutMatrix(t *testing.T) {
	t.Parallel()
	// What the carrier stops on, what only we do, and what law adds.
	stops := []string{"STOP", "stopall", "Unsubscribe", "CANCEL", "End", "quit", "REVOKE", "optout", " stop ", "ARRET", "Stop please", "remove me", "🛑"}
	for _, h := range handlings() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			p := h.start(t)
			mill, farm := p.employer("zoe@northwind.example"), p.employer("farm@southwind.example", "Southwind")
			people := make([]person, len(stops))
			rows := make([]string, len(stops))
			for i := range stops {
				people[i] = p.person(fmt.Sprintf("+14165550%d", 110+i))
				rows[i] = fmt.Sprintf("Person %d,%s,en,", i, people[i].Number)
			}
			carrierOnly := p.person("+14165550143")
			p.staff(mill, csvOf(rows...))
			p.quiet()
			for _, a := range people {
				if n := a.says("YES"); n != 1 {
					t.Errorf("%s: YES brought %d confirmations", a.Number, n)
				}
				a.wantConsent("YES", "opted_in")
			}
			// The last one answers two employers on this number.
			both := people[len(people)-1]
			p.staff(farm, csvOf(rows[len(rows)-1]))
			p.quiet()
			both.says("YES")
			for i, a := range people {
				want := 1
				if h.switches.KeepSpace && stops[i] == " stop " {
					want = 0 // the carrier may have answered; better none than two
				}
				if n := a.says(stops[i]); n != want {
					t.Errorf("%q brought %d answers, want %d", stops[i], n, want)
				}
				a.wantConsent(stops[i], "opted_out")
			}
			var waiting int
			if err := p.db.Admin().QueryRow(t.Context(), `SELECT count(*) FROM consents WHERE state <> 'opted_out'`).Scan(&waiting); err != nil || waiting != 0 {
				t.Errorf("%d consents survived a STOP (%v)", waiting, err)
			}
			id := mill.post("campaigns", draft("After STOP")).text("id")
			if n := mill.get("campaigns/" + id + "/plan").number("callable"); n != 0 {
				t.Errorf("%d people may be called after STOP", n)
			}

			// Neither YES nor HELP changes anything, nor may an employer ask again.
			first := people[0]
			first.says("YES")
			first.wantConsent("a late YES", "opted_out")
			first.says("HELP")
			mill.imports(csvOf(rows[0]), true)
			before := first.received()
			p.quiet()
			if n := first.received() - before; n != 0 {
				t.Errorf("a second import sent %d texts to somebody who said STOP", n)
			}
			// The way back is the person's own: START asks anew, the answer counts.
			p.sim.Advance(2 * time.Minute)
			first.says("START")
			first.wantConsent("START", "invited")
			if n := first.says("YES"); n != 1 {
				t.Errorf("YES after START brought %d texts, want one", n)
			}
			first.wantConsent("YES after START", "opted_in")

			if h.silent {
				return // nor does the carrier keep a STOP there
			}
			// A STOP that never reached us: the carrier refuses the invitation.
			carrierOnly.Be("43")
			p.staff(mill, csvOf("Person 43,"+carrierOnly.Number+",en,"))
			p.eventually("the carrier's refusal to count", `SELECT EXISTS (SELECT FROM employees e JOIN consents k USING (account_id, phone_key) WHERE e.phone = $1 AND k.state = 'opted_out')`, carrierOnly.Number)
			if n := carrierOnly.received(); n != 0 {
				t.Errorf("%d texts reached somebody the carrier had blocked", n)
			}
		})
	}
}

// The carrier's webhooks tell no time, but it is asked: the proof of a YES has
// both, and so has the person's own page.
func TestLedgerShowsBothTimes(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{SweepEvery: 100 * time.Millisecond}})
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	p.eventually("the carrier's time to be known", `SELECT EXISTS (SELECT FROM consent_events WHERE kind = 'opted_in' AND provider_at IS NOT NULL)`)
	id := owner.get("employees").list("items")[0].text("id")
	for _, e := range owner.get("employees/" + id + "/consent").list("events") {
		at, err := time.Parse(time.RFC3339, e.text("provider_at"))
		if yes := e.text("kind") == "opted_in"; yes != (err == nil) || yes && at.Before(simtest.Monday()) {
			t.Errorf("%s: the carrier's time is %q", e.text("kind"), e.text("provider_at"))
		}
	}
	var text string
	for _, sms := range p.sim.Phone("+14165550111").Thread() {
		text += sms.Body
	}
	if page := p.read(pageLink.FindString(text)); !strings.Contains(page, "at the carrier: <time") {
		t.Errorf("the person's page does not tell the carrier's time:\n%s", page)
	}
}
