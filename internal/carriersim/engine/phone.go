package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/persona"
)

// Phone is a telephone outside the account, and its owner.
type Phone struct {
	Number  string
	Persona persona.Persona
	// Pinned: the owner was set for this number and not by its last digits.
	Pinned bool
	calls  []*Call
	thread []Text
	stop   map[string]*stopped // by our number: what the owner told us
}

// Text is one entry of a phone's thread.
type Text struct {
	At     time.Time `json:"at"`
	Number string    `json:"number"` // ours
	Out    bool      `json:"out"`    // written by the phone's owner
	Body   string    `json:"body"`
	Origin string    `json:"origin"` // app, twilio-auto or person
	SID    string    `json:"sid,omitempty"`
}

// phone returns the phone of a number, which exists as soon as it is named.
func (e *Engine) phone(number string) *Phone {
	if p, ok := e.phones[number]; ok {
		return p
	}
	owner := persona.ByNumber(number)
	if e.cfg.DefaultPersona != "" {
		if p, ok := persona.ByCode(e.cfg.DefaultPersona); ok {
			owner = p
		}
	}
	p := &Phone{Number: number, Persona: owner, stop: map[string]*stopped{}}
	e.phones[number] = p
	e.order = append(e.order, p)
	return p
}

// SetPersona gives a phone an owner. Calls that are under way keep what the
// old owner had begun, unless the phone is now driven by hand.
func (e *Engine) SetPersona(number string, p persona.Persona) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("set persona of %s: %w", number, err)
	}
	if !ValidNumber(number) {
		return fmt.Errorf("set persona of %q: want an E.164 number", number)
	}
	defer e.enter()()
	phone := e.phone(number)
	phone.Persona, phone.Pinned = p, true
	if p.Voice.Do == "hand" {
		e.dropPerson(phone)
	}
	e.touch(number)
	return nil
}

func (e *Engine) dropPerson(p *Phone) {
	for _, c := range e.live[p.Number] {
		c.dropTimers(personTimer)
	}
}

// take gives a phone to whoever touches it: its script is dropped.
func (e *Engine) take(p *Phone) {
	if p.Persona.Voice.Do == "hand" {
		return
	}
	owner, _ := persona.ByCode(persona.Hand)
	owner.Texts = nil
	p.Persona, p.Pinned = owner, true
	e.dropPerson(p)
	e.touch(p.Number)
}

// active is the phone's call that rings or is being talked on.
func (e *Engine) active(p *Phone) *Call {
	i := slices.IndexFunc(e.live[p.Number], func(c *Call) bool {
		return c.Status == StatusRinging || c.Status == StatusInProgress
	})
	if i < 0 {
		return nil
	}
	return e.live[p.Number][i]
}

// Act is something that a person does at a phone.
type Act string

// The acts.
const (
	ActAnswer  Act = "answer"
	ActDecline Act = "decline"
	ActHangUp  Act = "hangup"
	ActPress   Act = "press"
)

// Do performs an act at a phone, which from then on belongs to whoever acts.
func (e *Engine) Do(number string, act Act, keys string) error {
	defer e.enter()()
	p, ok := e.phones[number]
	if !ok {
		return fmt.Errorf("%s at %s: %w", act, number, ErrNoPhone)
	}
	c := e.active(p)
	if c == nil {
		return fmt.Errorf("%s at %s: %w", act, number, ErrNoCall)
	}
	e.take(p)
	e.thaw(c)
	switch {
	case act == ActAnswer && c.Status == StatusRinging && c.Direction != "inbound":
		e.answer(c)
	case act == ActDecline && c.Status == StatusRinging && c.Direction != "inbound":
		e.decline(c)
	case act == ActHangUp && (c.Status == StatusInProgress || c.Direction == "inbound"):
		e.hangUp(c)
	case act == ActPress && c.Status == StatusInProgress && strings.Trim(keys, "0123456789*#") == "":
		for _, key := range keys {
			e.key(c, string(key))
		}
	default:
		return fmt.Errorf("%s at %s while the call is %s: %w", act, number, c.Status, ErrNoCall)
	}
	return nil
}

// Freeze stops a call's own time until Thaw or the next act; tests use it so
// that a phone keeps ringing while they look elsewhere.
func (e *Engine) Freeze(sid string) {
	defer e.enter()()
	if c, ok := e.callBySID[sid]; ok && !c.frozen && !c.Ended() {
		c.frozen = true
		e.hold(c)
	}
}

// Thaw undoes Freeze.
func (e *Engine) Thaw(sid string) {
	defer e.enter()()
	if c, ok := e.callBySID[sid]; ok {
		e.thaw(c)
	}
}

func (e *Engine) thaw(c *Call) {
	if c.frozen {
		c.frozen = false
		e.release(c)
	}
}

// hangUp is the person ending the call.
func (e *Engine) hangUp(c *Call) {
	if c.Status == StatusRinging {
		e.end(c, StatusNoAnswer, 487)
		return
	}
	e.end(c, StatusCompleted, 0)
}

// moment tells the phone's owner what just happened on the line.
func (e *Engine) moment(c *Call, on string) {
	c.counts[on]++
	for _, s := range c.phone.Persona.Voice.Steps {
		if s.On == on && (s.Nth == 0 || s.Nth == c.counts[on]) {
			e.after(c, time.Duration(s.AfterMS)*time.Millisecond, true, func() { e.perform1(c, s) })
		}
	}
}

// perform1 does one step of a script.
func (e *Engine) perform1(c *Call, s persona.Step) {
	if c.Status != StatusInProgress {
		return
	}
	if s.Text != "" {
		e.receive(c.phone, c.ours(), s.Text)
	}
	gap := s.GapMS
	if gap == 0 {
		gap = 250
	}
	for i, key := range s.Press {
		if i == 0 {
			continue
		}
		e.after(c, time.Duration(i*gap)*time.Millisecond, true, func() {
			if c.Status == StatusInProgress {
				e.key(c, string(key))
			}
		})
	}
	if s.Press != "" {
		e.key(c, s.Press[:1])
	}
	if s.HangUp {
		e.hangUp(c)
	}
}
