package app_test

import (
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
