package texts

import (
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

// mode is the opt-out handling of one of our numbers.
func (e *Texts) mode(ours string) optout.Mode {
	n := e.Numbers[ours]
	switch {
	case n == nil:
		return optout.Default
	case n.Type == settings.TollFree:
		// The network blocks by itself, whatever the service says.
		return optout.TollFree
	case n.Service != "" && e.Services[n.Service] != nil && e.Services[n.Service].AdvancedOptOut:
		return optout.Advanced
	case n.Type == settings.ShortCode:
		return optout.ShortCode
	}
	return optout.Default
}

// pair is the scope of an opt-out: one number, or the whole service it is in.
type pair struct{ scope, phone string }

func (e *Texts) scope(ours, phone string) pair {
	if n := e.Numbers[ours]; n != nil && n.Service != "" && n.Type != settings.TollFree {
		return pair{n.Service, phone}
	}
	return pair{ours, phone}
}

// isBlocked tells whether the carrier stops texts from our number to a phone.
func (e *Texts) isBlocked(ours, phone string) bool {
	blocked, known := e.blocked[e.scope(ours, phone)]
	if known {
		return blocked
	}
	owner := e.Phone(phone).Persona
	return owner.OptedOut && e.mode(ours) != optout.ShortCode
}

// refusesText is the code with which a text to a blocked pair fails, and
// whether the request itself is refused.
func (e *Texts) refusesText(ours, to, mg string) (code int, sync bool) {
	if e.Phone(to).Persona.RefuseText == 21610 {
		return 21610, e.mode(ours) != optout.Advanced
	}
	if !e.isBlocked(ours, to) {
		return 0, false
	}
	s := e.Cfg.Switches
	switch e.mode(ours) {
	case optout.Advanced:
		return 21610, false
	case optout.TollFree:
		if s.TollFreeRefusal == "sync_21610" {
			return 21610, true
		}
		return 30004, false
	}
	return 21610, mg == "" || s.ServiceRefusal != "async"
}
