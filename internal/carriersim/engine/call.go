package engine

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/vclock"
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

// Line is one thing that happened on the line, in order.
type Line struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // say, play, pause, key, note
	Text string    `json:"text"`
	MS   int       `json:"ms,omitempty"` // planned length of what is heard
	Cut  bool      `json:"cut,omitempty"`
	Open bool      `json:"open,omitempty"` // still being heard
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

	order    callOrder
	phone    *Phone
	history  []CallState
	lines    []Line
	leg      leg
	gen      int // raised whenever what is under way is superseded
	timers   []*callTimer
	holds    int
	frozen   bool
	dialled  bool
	counts   map[string]int // how often each of a step's moments has come
	spoken   bool           // something has been said
	jar      http.CookieJar
	seq      int // of the next callback
	pending  []*callback
	sending  bool
	sent     []string // events whose callbacks have been sent
	answered func()   // performs the person's answer, for calls by hand
}

// callOrder is what the application asked for.
type callOrder struct {
	document       // where the first instructions come from
	fallback       document
	status         document
	events         []string
	timeout, limit time.Duration
	detect         *amd.Params
	async          bool
	amd            document
	twiml          string
	badEvents      bool
}

// document is an address to request.
type document struct{ url, method string }

func newCall(sid, from, to, direction string, now time.Time) *Call {
	jar, _ := cookiejar.New(nil) // never fails without a public suffix list
	c := &Call{SID: sid, From: from, To: to, Direction: direction, Created: now, Wall: time.Now(), jar: jar, counts: map[string]int{}}
	c.Status, c.Updated = StatusQueued, now
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
func (e *Engine) update(c *Call, change func()) {
	change()
	c.Updated = e.sched.Now()
	c.history = append(c.history, c.CallState)
	e.touch(c.other())
}

func (e *Engine) register(c *Call) {
	e.calls = append(e.calls, c)
	e.callBySID[c.SID] = c
	c.phone = e.phone(c.other())
	c.phone.calls = append(c.phone.calls, c)
	c.Attempt = len(c.phone.calls)
	e.live[c.other()] = append(e.live[c.other()], c)
	e.touch(c.other())
}

// form is what every webhook of a call carries.
func (e *Engine) form(c *Call) url.Values {
	f := url.Values{}
	f.Set("CallSid", c.SID)
	f.Set("AccountSid", e.cfg.AccountSID)
	f.Set("From", c.From)
	f.Set("To", c.To)
	f.Set("Caller", c.From)
	f.Set("Called", c.To)
	f.Set("CallStatus", c.Status)
	f.Set("ApiVersion", "2010-04-01")
	f.Set("Direction", c.Direction)
	e.geo(f, c.From, "From", "Caller")
	e.geo(f, c.To, "To", "Called")
	return f
}

// geo adds where a number is from. The parameters are always there and often
// empty.
func (e *Engine) geo(f url.Values, number string, names ...string) {
	country, city, state, zip := Country(number), "", "", ""
	if e.cfg.Switches.GeoFilled {
		city, state, zip = "SPRINGFIELD", "IL", "62701"
		if country == "CA" {
			city, state, zip = "OTTAWA", "ON", ""
		}
	}
	for _, name := range names {
		f.Set(name+"City", city)
		f.Set(name+"State", state)
		f.Set(name+"Zip", zip)
		f.Set(name+"Country", country)
	}
}

// Country tells the country of a North American number, and nothing for others.
func Country(number string) string {
	if !strings.HasPrefix(number, "+1") || len(number) != 12 {
		return ""
	}
	canada := []string{"204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367", "368", "382",
		"403", "416", "418", "428", "431", "437", "438", "450", "460", "468", "474", "506", "514", "519", "548", "579", "581", "584",
		"587", "604", "613", "639", "647", "672", "683", "705", "709", "742", "753", "778", "780", "782", "807", "819", "825", "867",
		"873", "879", "902", "905", "942"}
	if slices.Contains(canada, number[2:5]) {
		return "CA"
	}
	return "US"
}

// callTimer is an event of one call, which can be held while the call's own
// time stands still.
type callTimer struct {
	c      *Call
	t      *vclock.Timer
	f      func()
	left   time.Duration
	person bool // an act of the person, not of the network
	done   bool
}

// after plans f in the call's own time.
func (e *Engine) after(c *Call, d time.Duration, person bool, f func()) *callTimer {
	t := &callTimer{c: c, f: f, left: d, person: person}
	c.timers = append(c.timers, t)
	if c.holds == 0 {
		e.plan(t)
	}
	return t
}

func (e *Engine) plan(t *callTimer) {
	t.t = e.sched.After(t.left, func() { e.fire(t) })
}

func (e *Engine) fire(t *callTimer) {
	if t.done {
		return
	}
	t.drop()
	t.f()
}

// drop forgets a timer, fired or not.
func (t *callTimer) drop() {
	if t == nil || t.done {
		return
	}
	t.done = true
	t.t.Stop()
	i := slices.Index(t.c.timers, t)
	t.c.timers = slices.Delete(t.c.timers, i, i+1)
}

func (c *Call) dropTimers(which func(*callTimer) bool) {
	for _, t := range slices.Clone(c.timers) {
		if which(t) {
			t.drop()
		}
	}
}

func everyTimer(*callTimer) bool    { return true }
func personTimer(t *callTimer) bool { return t.person }

// hold stops the call's own time; holds nest.
func (e *Engine) hold(c *Call) {
	c.holds++
	if c.holds > 1 {
		return
	}
	now := e.sched.Now()
	for _, t := range c.timers {
		t.left = max(t.t.At().Sub(now), 0)
		t.t.Stop()
	}
}

func (e *Engine) release(c *Call) {
	c.holds--
	if c.holds > 0 {
		return
	}
	for _, t := range c.timers {
		e.plan(t)
	}
}

// raceWindow is how long a request for instructions takes at least, on a clock
// that stands still meanwhile: what the person does within it happens while
// the request is under way.
const raceWindow = 250 * time.Millisecond

func (e *Engine) race(c *Call) {
	for _, t := range slices.Clone(c.timers) {
		if t.person && !t.done && t.left <= raceWindow {
			e.fire(t)
		}
	}
}

// stamp formats an instant as the REST API and callbacks do.
func stamp(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") }

func seconds(n int) string { return strconv.Itoa(n) }
