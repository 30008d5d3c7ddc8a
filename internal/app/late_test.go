package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// held is a text whose webhook comes so long after it was written.
func (a person) held(text string, by time.Duration) {
	a.sim.Fault(carriersim.Fault{Point: carriersim.SMSInbound, Match: carriersim.Match{From: a.Number}, Action: carriersim.Action{DelayMS: int(by.Milliseconds())}})
	a.Text(text)
}

// Webhooks of texts come late and out of order: what was written for an earlier
// invitation, or for another employer's, answers no newer one.
func TestI1LateTextsAnswerWhatTheyWereWrittenFor(t *testing.T) {
	t.Parallel()
	p := startProduct(t, simtest.Patience(time.Hour))
	north, south := p.employer("zoe@northwind.example"), p.employer("kim@southwind.example", "Southwind")
	one, both := p.person("+14165550110"), p.person("+14165550111")
	p.staff(north, csvOf("Zoe,"+one.Number+",en,", "Max,"+both.Number+",en,"))
	p.pass(10 * time.Second)
	one.held("YES", 5*time.Minute)
	for _, word := range []string{"STOP", "START"} {
		p.pass(time.Minute)
		one.Text(word)
	}
	p.pass(10 * time.Second)
	one.wantConsent("START", "invited")

	both.Text("YES")
	p.pass(5 * time.Second)
	both.held("YES", 5*time.Minute)
	p.pass(5 * time.Second)
	p.staff(south, csvOf("Max,"+both.Number+",en,"))
	p.pass(10 * time.Minute)
	p.eventually("the late texts to come", `SELECT count(*) = 5 AND NOT bool_or(outcome = 'undecided') FROM inbound_messages`)
	one.wantConsent("the late YES", "invited")
	if n, s := both.at("Northwind"), both.at("Southwind"); n != "opted_in" || s != "invited" {
		t.Errorf("the second YES to Northwind left consent %s, and %s with Southwind", n, s)
	}
	both.Text("YES")
	one.Text("YES")
	p.eventually("new answers to count", `SELECT count(*) = 3 FROM consents WHERE state = 'opted_in'`)
	p.quiet()
}

// While the carrier cannot be asked about a text, a YES waits for the list of
// the next sweep, and a STOP waits for nothing.
func TestI2OnlyAYesWaitsForTheCarrier(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{SweepEvery: 100 * time.Millisecond}}, simtest.Patience(time.Hour))
	one, other := p.person("+14165550110"), p.person("+14165550111")
	p.staff(p.employer("zoe@northwind.example"), csvOf("Zoe,"+one.Number+",en,", "Max,"+other.Number+",en,"))
	p.pass(10 * time.Second)
	p.sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Match: carriersim.Match{Path: "/Messages/SM"}, Times: -1, Action: carriersim.Action{Status: 503}})
	one.Text("YES")
	p.eventually("the sweep to decide the YES", `SELECT count(*) = 1 FROM consents WHERE state = 'opted_in'`)
	other.Text("STOP")
	p.quiet()
	one.wantConsent("YES", "opted_in")
	other.wantConsent("STOP", "opted_out")
}

// Whom an employer removes and enters again stays refused: a list is no way
// round a STOP, neither for texts nor for calls.
func TestI2RemovedAndImportedAgainStaysStopped(t *testing.T) {
	t.Parallel()
	p := startProduct(t, simtest.Patience(time.Hour))
	owner := p.employer("zoe@northwind.example")
	a := p.person("+14165550110")
	row := csvOf("Zoe," + a.Number + ",en,")
	p.staff(owner, row)
	p.pass(10 * time.Second)
	a.Text("YES")
	p.pass(10 * time.Second)
	a.wantConsent("YES", "opted_in")
	a.Text("STOP")
	p.pass(10 * time.Second)
	before := a.received()
	for range 2 {
		owner.do(http.MethodDelete, "employees/"+owner.get("employees").list("items")[0].text("id"), nil)
		p.staff(owner, row)
		p.pass(time.Minute)
	}
	var state string
	var blocks int
	err := p.admin().QueryRow(t.Context(), `SELECT (SELECT string_agg(state, ' ') FROM consents), (SELECT count(*) FROM sender_blocks)`).Scan(&state, &blocks)
	if err != nil || state != "opted_out" || blocks != 1 {
		t.Errorf("consent is %q behind %d blocks (%v)", state, blocks, err)
	}
	if n := a.received() - before; n != 0 {
		t.Errorf("%d texts came", n)
	}
	id := owner.post("campaigns", draft("Plant closed")).text("id")
	if n := owner.get("campaigns/" + id + "/plan").number("callable"); n != 0 {
		t.Errorf("%d people may be called", n)
	}
}
