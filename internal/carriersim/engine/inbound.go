package engine

import (
	"fmt"
	"time"

	"github.com/callshu/callshu/internal/carriersim/persona"
)

// CallIn places a call from a phone to one of the account's numbers. With an
// owner of its own the phone behaves as the script says; without one it is
// driven by hand.
func (e *Engine) CallIn(from, to string, owner *persona.Persona) (string, error) {
	if !ValidNumber(from) {
		return "", fmt.Errorf("call in from %q: want an E.164 number", from)
	}
	if owner != nil {
		if err := owner.Validate(); err != nil {
			return "", fmt.Errorf("call in from %s: %w", from, err)
		}
	}
	defer e.enter()()
	n, ok := e.numbers[to]
	if !ok {
		return "", fmt.Errorf("call in to %s: %w", to, ErrNoNumber)
	}
	if e.active(e.phone(from)) != nil {
		return "", fmt.Errorf("call in from %s: %w", from, ErrBusy)
	}
	c := newCall(e.sid("CA"), from, to, "inbound", e.sched.Now())
	c.order.document = document{n.VoiceURL, method(n.VoiceMethod)}
	c.order.fallback = document{n.VoiceFallbackURL, "POST"}
	c.order.status = document{n.StatusCallback, "POST"}
	c.order.events = []string{"completed"}
	c.order.limit = 4 * time.Hour
	c.dialled = true
	e.register(c)
	if owner != nil {
		c.phone.Persona, c.phone.Pinned = *owner, true
	}
	e.update(c, func() { c.Status, c.Start = StatusRinging, e.sched.Now() })
	if n.VoiceURL == "" {
		e.alert(11100, true, c.SID, "", "no voice address is configured for "+to)
		e.end(c, StatusFailed, 404)
		return c.SID, nil
	}
	// The number's instructions are requested while the caller still hears
	// ringing; they decide whether the call is answered at all.
	e.after(c, c.order.limit, false, func() { e.end(c, StatusCompleted, 0) })
	e.fetch(c, c.order.document, nil)
	if !c.Ended() {
		e.update(c, func() { c.Status, c.Answered = StatusInProgress, e.sched.Now() })
		e.moment(c, "answered")
	}
	return c.SID, nil
}

func method(m string) string {
	if m == "" {
		return "POST"
	}
	return m
}
