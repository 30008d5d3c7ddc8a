// Package view owns what people and tests look at: plain data about calls,
// phones, texts, webhooks and findings. It holds no behaviour but reading.
package view

import (
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
)

// Line is one thing that happened on the line, in order.
type Line struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // say, play, pause, key, note
	Text string    `json:"text"`
	MS   int       `json:"ms,omitempty"` // planned length of what is heard
	Cut  bool      `json:"cut,omitempty"`
	Open bool      `json:"open,omitempty"` // still being heard
}

// Call is a call for people and tests to look at.
type Call struct {
	SID        string     `json:"sid"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Direction  string     `json:"direction"`
	Status     string     `json:"status"`
	Attempt    int        `json:"attempt"` // how many calls with this phone so far
	AnsweredBy string     `json:"answered_by,omitempty"`
	Created    time.Time  `json:"created"`
	Updated    time.Time  `json:"updated"`
	Wall       time.Time  `json:"wall_created"`
	Dialled    *time.Time `json:"dialled,omitempty"`
	Answered   *time.Time `json:"answered,omitempty"`
	Ended      *time.Time `json:"ended,omitempty"`
	SIP        int        `json:"sip,omitempty"`
	Keys       string     `json:"keys"`
	Waiting    bool       `json:"waiting"`   // a Gather has finished speaking and waits
	Listening  bool       `json:"listening"` // a Gather takes keys
	Fetching   bool       `json:"fetching"`  // instructions are on their way
	Lines      []Line     `json:"lines"`
}

// Live reports a call that has not ended.
func (v Call) Live() bool { return v.Ended == nil }

// Heard is what the person has heard so far, at a given instant: the sentence
// that is being spoken counts up to there.
func (v Call) Heard(now time.Time) string {
	var b strings.Builder
	for _, l := range v.Lines {
		if l.Kind != "say" {
			continue
		}
		text := []rune(l.Text)
		if n := l.heard(now); n < len(text) {
			text = text[:n]
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(text))
	}
	return b.String()
}

func (l Line) heard(now time.Time) int {
	whole := len([]rune(l.Text))
	switch {
	case l.Cut:
		return min(whole, l.MS*15/1000)
	case l.Open:
		return min(whole, int(now.Sub(l.At)/time.Millisecond)*15/1000)
	}
	return whole
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

// Phone is a phone for people and tests to look at.
type Phone struct {
	Number  string    `json:"number"`
	Persona string    `json:"persona"`
	Title   string    `json:"title"`
	Pinned  bool      `json:"pinned"`
	Hand    bool      `json:"hand"`
	State   string    `json:"state"` // idle, dialling, ringing, talking
	Calls   []Call    `json:"calls"`
	Thread  []Text    `json:"thread"`
	Stopped []string  `json:"stopped,omitempty"` // our numbers that this phone sent STOP to
	Changed time.Time `json:"changed"`           // of the last call or text
}

// Webhook is one request to the application with all its attempts.
type Webhook struct {
	ID         int            `json:"id"`
	Kind       hook.Kind      `json:"kind"`
	Event      string         `json:"event"`
	CallSID    string         `json:"call_sid,omitempty"`
	MessageSID string         `json:"message_sid,omitempty"`
	Phone      string         `json:"phone"`
	At         time.Time      `json:"at"` // carrier time
	URL        string         `json:"url"`
	Token      string         `json:"token"`
	Fault      string         `json:"fault,omitempty"` // what was made to go wrong with it
	Forged     bool           `json:"forged,omitempty"`
	Done       bool           `json:"done"`
	Status     int            `json:"status,omitempty"`
	MS         float64        `json:"ms,omitempty"` // wall time, all attempts
	Code       int            `json:"code,omitempty"`
	Error      string         `json:"error,omitempty"`
	Attempts   []hook.Attempt `json:"attempts"`
}

// Request is one REST request that the application made.
type Request struct {
	At     time.Time           `json:"at"`   // carrier time
	Wall   time.Time           `json:"wall"` // machine time of its arrival
	Method string              `json:"method"`
	Path   string              `json:"path"`
	Form   map[string][]string `json:"form,omitempty"`
	Status int                 `json:"status"` // 0 where the answer was withheld
	Code   int                 `json:"code,omitempty"`
	MS     float64             `json:"ms"`
	Fault  bool                `json:"fault,omitempty"`
}

// Violation is something that a correct application never does.
type Violation struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Detail     string    `json:"detail"`
	Phone      string    `json:"phone,omitempty"`
	CallSID    string    `json:"call_sid,omitempty"`
	MessageSID string    `json:"message_sid,omitempty"`
}

// Alert is an entry of the debugger.
type Alert struct {
	At    time.Time `json:"at"`
	Code  int       `json:"code"`
	Error bool      `json:"error"` // false for a warning
	SID   string    `json:"sid,omitempty"`
	URL   string    `json:"url,omitempty"`
	Text  string    `json:"text"`
	Fault bool      `json:"fault,omitempty"` // brought about on purpose
}

// Gauges are the few figures that a page shows all the time.
type Gauges struct {
	Now        time.Time
	Queued     int
	Live       int
	InFlight   int
	Calls      int
	Texts      int
	Webhooks   int
	Violations int
	Alerts     int
	CPS        float64
}

// Stats are the figures of a run.
type Stats struct {
	Calls        int            `json:"calls"`
	Inbound      int            `json:"inbound_calls"`
	Live         int            `json:"live"`
	Queued       int            `json:"queued"`
	ByStatus     map[string]int `json:"by_status"`
	Creates      int            `json:"creates"`       // accepted create-call requests
	Refused      int            `json:"refused"`       // refused ones
	Phones       int            `json:"phones_called"` // different numbers called
	CalledTwice  int            `json:"called_twice"`  // numbers called more than once
	Duplicates   int            `json:"duplicates"`    // creates while another call to the phone lived
	Messages     int            `json:"messages"`      // from the application
	Texts        int            `json:"texts"`         // from people
	AutoReplies  int            `json:"auto_replies"`
	Webhooks     int            `json:"webhooks"`
	Attempts     int            `json:"webhook_attempts"`
	Failed       int            `json:"webhooks_failed"`
	SlowestMS    float64        `json:"webhook_slowest_ms"`
	Alerts       int            `json:"alerts"`
	Violations   int            `json:"violations"`
	ByViolation  map[string]int `json:"by_violation"`
	FirstCreate  *time.Time     `json:"first_create,omitempty"` // machine time
	LastCreate   *time.Time     `json:"last_create,omitempty"`  // machine time
	MaxPerSecond int            `json:"max_creates_per_second"` // of machine time
}

// BusiestSecond is the largest number of instants within any one second.
func BusiestSecond(at []time.Time) int {
	slices.SortFunc(at, func(a, b time.Time) int { return a.Compare(b) })
	best, first := 0, 0
	for last := range at {
		for at[last].Sub(at[first]) >= time.Second {
			first++
		}
		best = max(best, last-first+1)
	}
	return best
}
