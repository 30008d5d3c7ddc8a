package calls

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

// dropPerson forgets what the owner of a phone was about to do on the line.
func (e *Calls) dropPerson(p *core.Phone) {
	for _, c := range e.live[p.Number] {
		c.time.DropPerson()
	}
}

// active is the phone's call that rings or is being talked on.
func (e *Calls) active(p *core.Phone) *Call {
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
func (e *Calls) Do(number string, act Act, keys string) error {
	defer e.Enter()()
	p, ok := e.KnownPhone(number)
	if !ok {
		return fmt.Errorf("%s at %s: %w", act, number, core.ErrNoPhone)
	}
	c := e.active(p)
	if c == nil {
		return fmt.Errorf("%s at %s: %w", act, number, core.ErrNoCall)
	}
	e.Take(p)
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
		return fmt.Errorf("%s at %s while the call is %s: %w", act, number, c.Status, core.ErrNoCall)
	}
	return nil
}

// Freeze stops a call's own time until Thaw or the next act; tests use it so
// that a phone keeps ringing while they look elsewhere.
func (e *Calls) Freeze(sid string) {
	defer e.Enter()()
	if c, ok := e.bySID[sid]; ok && !c.frozen && !c.Ended() {
		c.frozen = true
		c.time.Hold()
	}
}

// Thaw undoes Freeze.
func (e *Calls) Thaw(sid string) {
	defer e.Enter()()
	if c, ok := e.bySID[sid]; ok {
		e.thaw(c)
	}
}

func (e *Calls) thaw(c *Call) {
	if c.frozen {
		c.frozen = false
		c.time.Release()
	}
}

// hangUp is the person ending the call.
func (e *Calls) hangUp(c *Call) {
	if c.Status == StatusRinging {
		e.end(c, StatusNoAnswer, 487)
		return
	}
	e.end(c, StatusCompleted, 0)
}

// moment tells the phone's owner what just happened on the line.
func (e *Calls) moment(c *Call, on string) {
	c.counts[on]++
	for _, s := range c.phone.Persona.Voice.Steps {
		if s.On == on && (s.Nth == 0 || s.Nth == c.counts[on]) {
			c.time.After(time.Duration(s.AfterMS)*time.Millisecond, true, func() { e.doStep(c, s) })
		}
	}
}

// doStep does one step of a script.
func (e *Calls) doStep(c *Call, s persona.Step) {
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
		c.time.After(time.Duration(i*gap)*time.Millisecond, true, func() {
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
