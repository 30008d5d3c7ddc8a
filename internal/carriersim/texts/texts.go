package texts

import (
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
)

// Texts is the text messages of one account. Its exported methods take the
// lock.
type Texts struct {
	*core.Core
	all     []*Message
	bySID   map[string]*Message
	turns   core.Turns
	blocked map[pair]bool
	rates   map[string]time.Time // when a sender's next segment may leave
	streaks map[pair]streak      // of replies, by pair
	held    []func(then func())  // texts from people held back by a fault
}

// New returns the text messages of a carrier.
func New(c *core.Core) *Texts {
	e := &Texts{Core: c}
	e.Clear()
	return e
}

// Clear forgets every text. The lock must be held.
func (e *Texts) Clear() {
	e.all, e.held, e.turns = nil, nil, core.Turns{}
	e.bySID, e.blocked, e.rates, e.streaks = map[string]*Message{}, map[pair]bool{}, map[string]time.Time{}, map[pair]streak{}
}

// Count tells how many texts there were, and how many of them came from
// people. The lock must be held.
func (e *Texts) Count() (all, fromPeople int) {
	for _, m := range e.all {
		if m.Direction == "inbound" {
			fromPeople++
		}
	}
	return len(e.all), fromPeople
}
