// Package calls owns the telephone: the queue, the course of each call, the
// running of its instructions, what people do on the line, and the callbacks.
// It must never decide what a text means.
package calls

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// The states of a call as the REST API shows them.
const (
	StatusQueued     = "queued"
	StatusRinging    = "ringing"
	StatusInProgress = "in-progress"
	StatusCompleted  = "completed"
	StatusBusy       = "busy"
	StatusFailed     = "failed"
	StatusNoAnswer   = "no-answer"
	StatusCanceled   = "canceled"
)

// CallState is the part of a call that changes.
type CallState struct {
	Status     string
	Updated    time.Time
	Start      time.Time // dialled
	Answered   time.Time
	End        time.Time
	AnsweredBy string
	SIP        int // response code of a call that was not answered
}

// Ended reports a terminal state.
func (s CallState) Ended() bool {
	return s.Status != StatusQueued && s.Status != StatusRinging && s.Status != StatusInProgress
}

// Duration is the answered time in whole seconds, 0 where nobody answered.
func (s CallState) Duration() int {
	if s.Answered.IsZero() || s.End.IsZero() {
		return 0
	}
	return int(s.End.Sub(s.Answered).Round(time.Second) / time.Second)
}

// Call is one call. Its exported fields never change after creation, but for
// those of CallState.
type Call struct {
	CallState
	SID       string
	From, To  string
	Direction string // outbound-api or inbound
	Created   time.Time
	Wall      time.Time // when the request arrived, machine time
	QueueTime int       // estimated wait in ms at creation
	Attempt   int       // how many calls this phone has now had

	order   order.Call
	phone   *core.Phone
	history []CallState
	lines   []view.Line
	leg     leg
	gen     int // raised whenever what is under way is superseded
	time    *vclock.Group
	limit   *vclock.Planned // TimeLimit
	frozen  bool
	dialled bool
	counts  map[string]int // how often each of a step's moments has come
	spoken  bool           // the application has said or played something
	jar     http.CookieJar
	seq     int // of the next callback
	pending []*callback
	sending bool
	sent    []string // events whose callbacks have been sent
}

func (e *Calls) newCall(from, to, direction string) *Call {
	jar, _ := cookiejar.New(nil) // never fails without a public suffix list
	c := &Call{SID: e.SID("CA"), From: from, To: to, Direction: direction, Created: e.Now(), Wall: time.Now(), jar: jar, counts: map[string]int{},
		time: vclock.NewGroup(e.After, e.Now)}
	c.Status, c.Updated = StatusQueued, c.Created
	c.history = []CallState{c.CallState}
	return c
}

// other is the number of the phone at the far end.
func (c *Call) other() string {
	if c.Direction == "inbound" {
		return c.From
	}
	return c.To
}

// ours is the account's number in the call.
func (c *Call) ours() string {
	if c.Direction == "inbound" {
		return c.To
	}
	return c.From
}

// update records a change of state for readers that lag behind.
func (e *Calls) update(c *Call, change func()) {
	change()
	c.Updated = e.Now()
	c.history = append(c.history, c.CallState)
	e.Touch(c.other())
}

func (e *Calls) register(c *Call) {
	e.all = append(e.all, c)
	e.bySID[c.SID] = c
	c.phone = e.Phone(c.other())
	e.byPhone[c.other()] = append(e.byPhone[c.other()], c)
	c.Attempt = len(e.byPhone[c.other()])
	e.live[c.other()] = append(e.live[c.other()], c)
	e.Touch(c.other())
}

// form is what every webhook of a call carries.
func (e *Calls) form(c *Call) url.Values {
	f := url.Values{}
	f.Set("CallSid", c.SID)
	f.Set("AccountSid", e.Cfg.AccountSID)
	f.Set("From", c.From)
	f.Set("To", c.To)
	f.Set("Caller", c.From)
	f.Set("Called", c.To)
	f.Set("CallStatus", c.Status)
	f.Set("ApiVersion", "2010-04-01")
	f.Set("Direction", c.Direction)
	e.Geo(f, c.From, "From", "Caller")
	e.Geo(f, c.To, "To", "Called")
	return f
}

// raceWindow is how long a request for instructions takes at least, on a clock
// that stands still meanwhile: what the person does within it happens while
// the request is under way.
const raceWindow = 250 * time.Millisecond
