package calls

import (
	"fmt"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// CallIn places a call from a phone to one of the account's numbers. With an
// owner of its own the phone behaves as the script says; without one it is
// driven by hand.
func (e *Calls) CallIn(from, to string, owner *persona.Persona) (string, error) {
	if !settings.ValidNumber(from) {
		return "", fmt.Errorf("call in from %q: want an E.164 number", from)
	}
	if owner != nil {
		if err := owner.Validate(); err != nil {
			return "", fmt.Errorf("call in from %s: %w", from, err)
		}
	}
	defer e.Enter()()
	n, ok := e.Numbers[to]
	if !ok {
		return "", fmt.Errorf("call in to %s: %w", to, core.ErrNoNumber)
	}
	if e.active(e.Phone(from)) != nil {
		return "", fmt.Errorf("call in from %s: %w", from, core.ErrBusy)
	}
	c := e.newCall(from, to, "inbound")
	c.order.Document = order.At(n.VoiceURL, method(n.VoiceMethod))
	c.order.Fallback = order.At(n.VoiceFallbackURL, "POST")
	c.order.Status = order.At(n.StatusCallback, "POST")
	c.order.Events = []string{"completed"}
	c.order.Limit = 4 * time.Hour
	c.dialled = true
	e.register(c)
	if owner != nil {
		c.phone.Persona, c.phone.Pinned = *owner, true
	}
	e.update(c, func() { c.Status, c.Start = StatusRinging, e.Now() })
	if n.VoiceURL == "" {
		e.Alert(view.Alert{Code: 11100, Error: true, SID: c.SID, URL: "", Text: "no voice address is configured for " + to})
		e.end(c, StatusFailed, 404)
		return c.SID, nil
	}
	// The number's instructions are requested while the caller still hears
	// ringing; they decide whether the call is answered at all.
	e.limit(c, c.order.Limit)
	e.fetch(c, c.order.Document, nil)
	if !c.Ended() {
		e.update(c, func() { c.Status, c.Answered = StatusInProgress, e.Now() })
		e.moment(c, "answered")
	}
	return c.SID, nil
}

func method(m string) string {
	if m == "" {
		return "POST"
	}
	return strings.ToUpper(m)
}
