package simtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Phone is a telephone that a test holds in its hand.
type Phone struct {
	s      *T
	Number string
}

// Phone returns the phone of a number.
func (s *T) Phone(e164 string) *Phone {
	s.AddPhone(e164)
	return &Phone{s: s, Number: e164}
}

// Be gives the phone an owner from the table of personas; what happens on it
// then needs no expectation.
func (p *Phone) Be(code string) *Phone {
	p.s.tb.Helper()
	owner, ok := persona.ByCode(code)
	if !ok {
		p.s.tb.Fatalf("persona %q is not in the table", code)
	}
	return p.BeScript(owner)
}

// BeScript gives the phone an owner of the test's own making.
func (p *Phone) BeScript(owner carriersim.Persona) *Phone {
	p.s.tb.Helper()
	if err := p.s.SetPersona(p.Number, owner); err != nil {
		p.s.tb.Fatal(err)
	}
	p.s.Allow(p.Number)
	return p
}

func (p *Phone) view() view.Phone {
	v, _ := p.s.Sim.Phone(p.Number)
	return v
}

// Calls shows every call of this phone, oldest first.
func (p *Phone) Calls() []view.Call { return p.view().Calls }

// Thread shows the phone's texts, oldest first: from the product, from the
// carrier itself (origin twilio-auto) and its own.
func (p *Phone) Thread() []view.Text { return p.view().Thread }

// ExpectRing waits until the phone rings. It keeps ringing until the test acts.
func (p *Phone) ExpectRing() *Call {
	p.s.tb.Helper()
	var found *Call
	ok := p.s.drive(func() bool {
		for _, c := range p.Calls() {
			if c.Status == calls.StatusRinging && c.Direction != "inbound" && p.s.claim(c.SID) {
				found = &Call{s: p.s, phone: p, SID: c.SID}
				return true
			}
		}
		return false
	}, time.Minute)
	if !ok {
		p.s.tb.Fatalf("%s did not ring\n%s", p.Number, p.s.dump())
	}
	return found
}

// ExpectCall waits until the phone rings, and answers it.
func (p *Phone) ExpectCall() *Call {
	p.s.tb.Helper()
	return p.ExpectRing().Answer()
}

// ExpectSMS waits for a text from the product that contains all the given
// words, in any case, and that no earlier expectation has taken.
func (p *Phone) ExpectSMS(contains ...string) *SMS {
	p.s.tb.Helper()
	var found *SMS
	ok := p.s.drive(func() bool {
		for _, t := range p.Thread() {
			if t.Origin == "app" && containsAll(t.Body, contains) && p.s.claim(t.SID) {
				found = &SMS{phone: p, From: t.Number, Body: t.Body, SID: t.SID}
				return true
			}
		}
		return false
	}, time.Minute)
	if !ok {
		p.s.tb.Fatalf("%s got no text with %q\n%s", p.Number, contains, p.s.dump())
	}
	return found
}

// ExpectAutoReply waits for a text from the carrier itself.
func (p *Phone) ExpectAutoReply(contains ...string) {
	p.s.tb.Helper()
	ok := p.s.drive(func() bool {
		for _, t := range p.Thread() {
			if t.Origin == "twilio-auto" && containsAll(t.Body, contains) {
				return true
			}
		}
		return false
	}, time.Minute)
	if !ok {
		p.s.tb.Fatalf("%s got no text of the carrier's with %q\n%s", p.Number, contains, p.s.dump())
	}
}

func containsAll(body string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(strings.ToLower(body), strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// Text sends a text to the number that last called or texted this phone, else
// to the account's first, and waits until the product has been told.
func (p *Phone) Text(body string) string {
	p.s.tb.Helper()
	return p.TextTo(p.lastNumber(), body)
}

// TextTo sends a text to one of the account's numbers and waits until the
// product has been told; it returns the message's SID.
func (p *Phone) TextTo(ours, body string) string {
	p.s.tb.Helper()
	sid, err := p.s.TextIn(p.Number, ours, body)
	if err != nil {
		p.s.tb.Fatal(err)
	}
	p.s.Until(fmt.Sprintf("the product to answer the text %q", body), func() bool { return p.s.InFlight() == 0 })
	return sid
}

func (p *Phone) lastNumber() string {
	v := p.view()
	var at time.Time
	ours := ""
	for _, t := range v.Thread {
		if !t.At.Before(at) {
			at, ours = t.At, t.Number
		}
	}
	for _, c := range v.Calls {
		if !c.Created.Before(at) {
			at, ours = c.Created, c.From
			if c.Direction == "inbound" {
				ours = c.To
			}
		}
	}
	if ours == "" {
		ours = p.s.Config().Numbers[0].Number
	}
	return ours
}

// Call calls one of the account's numbers from this phone.
func (p *Phone) Call(ours string) *Call {
	p.s.tb.Helper()
	owner, _ := persona.ByCode(persona.Hand)
	sid, err := p.s.CallIn(p.Number, ours, &owner)
	if err != nil {
		p.s.tb.Fatal(err)
	}
	p.s.claim(sid)
	p.s.Freeze(sid)
	return &Call{s: p.s, phone: p, SID: sid}
}

// CallBack calls the number that last called or texted this phone.
func (p *Phone) CallBack() *Call {
	p.s.tb.Helper()
	return p.Call(p.lastNumber())
}

// SMS is a text that the phone has received.
type SMS struct {
	phone     *Phone
	From      string
	Body, SID string
}

// Reply answers the number that the text came from.
func (m *SMS) Reply(body string) *SMS {
	m.phone.s.tb.Helper()
	m.phone.TextTo(m.From, body)
	return m
}
