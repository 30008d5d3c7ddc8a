package calls

import (
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Calls is the telephone of one account. Its exported methods take the lock.
type Calls struct {
	*core.Core
	// receive hands a text of a person on the line to whoever carries texts.
	receive func(p *core.Phone, ours, body string) string

	all       []*Call
	bySID     map[string]*Call
	byPhone   map[string][]*Call // by the other party's number
	live      map[string][]*Call // those that have not ended
	turns     core.Turns
	queue     []*Call
	nextSlot  time.Time
	pumpTimer *vclock.Timer
	outage    time.Time // every call fails until then
}

// New returns the telephone of a carrier; receive takes the texts that people
// send while they are on the line.
func New(c *core.Core, receive func(p *core.Phone, ours, body string) string) *Calls {
	e := &Calls{Core: c, receive: receive}
	c.OnTake = e.dropPerson
	e.Clear()
	return e
}

// Clear forgets every call. The lock must be held.
func (e *Calls) Clear() {
	for _, c := range e.all {
		c.gen++
		c.time.DropAll()
		c.Status = StatusCanceled
	}
	e.all, e.queue, e.pumpTimer = nil, nil, nil
	e.bySID, e.byPhone, e.live = map[string]*Call{}, map[string][]*Call{}, map[string][]*Call{}
	e.nextSlot, e.outage, e.turns = time.Time{}, time.Time{}, core.Turns{}
}

// Pump dials what the rate now allows. The lock must be held.
func (e *Calls) Pump() { e.pump() }

// Queued is the number of calls that wait to be dialled. The lock must be held.
func (e *Calls) Queued() int { return len(e.queue) }

// Live is the number of calls that have not ended. The lock must be held.
func (e *Calls) Live() int { return len(e.liveCalls()) }

// Count is the number of calls so far. The lock must be held.
func (e *Calls) Count() int { return len(e.all) }

// Briefs lists the calls without what happened on them, oldest first. The lock
// must be held.
func (e *Calls) Briefs() []*Call { return e.all }

// Of shows the calls with one phone, oldest first. The lock must be held.
func (e *Calls) Of(number string) []view.Call {
	out := []view.Call{}
	for _, c := range e.byPhone[number] {
		out = append(out, e.callView(c))
	}
	return out
}

// Rate is the number of calls dialled per second. The lock must be held.
func (e *Calls) Rate() float64 { return float64(time.Second) / float64(e.slot()) }

func (e *Calls) violate(c *Call, kind, detail string) {
	e.Oracle.Note(view.Violation{Kind: kind, Phone: c.other(), CallSID: c.SID, Detail: detail})
	e.Touch("")
}
