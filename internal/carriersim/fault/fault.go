// Package fault owns what can be made to go wrong, and the choice of the
// moment: which fault applies to which request, how often, with what chance.
// It decides and never acts; the engine and the endpoints do.
package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Points at which a fault can strike.
const (
	APIBefore  = "api.before"  // a REST request, before anything is recorded
	APIAfter   = "api.after"   // a create that has already taken effect
	APIRead    = "api.read"    // fetch and list
	Callback   = "callback"    // status callbacks of calls and messages, and detection results
	TwiML      = "twiml"       // requests for instructions
	SMSInbound = "sms.inbound" // texts on their way to the application
	Carrier    = "carrier"     // the telephone network
)

// Fault is one thing that goes wrong.
type Fault struct {
	ID          string  `json:"id,omitempty"`
	Point       string  `json:"point"`
	Match       Match   `json:"match"`
	Action      Action  `json:"action"`
	Times       int     `json:"times,omitempty"`       // 0 means once, -1 without end
	Probability float64 `json:"probability,omitempty"` // 0 means always
	Hits        int     `json:"hits"`                  // how often it has struck
	seen        int
}

// Match narrows a fault; empty fields match everything.
type Match struct {
	Path   string `json:"path,omitempty"`   // part of the request's path or address
	Method string `json:"method,omitempty"` // GET or POST
	To     string `json:"to,omitempty"`
	From   string `json:"from,omitempty"`
	Event  string `json:"event,omitempty"` // initiated, ringing, answered, completed, sent, delivered, ...
	N      int    `json:"n,omitempty"`     // only the nth match, from 1
	Page   int    `json:"page,omitempty"`  // of a list, from 1
}

// Action is what goes wrong; fields that do not belong to the point are
// refused by Validate.
type Action struct {
	Status   int  `json:"status,omitempty"`    // answer with this error
	HTML502  bool `json:"html502,omitempty"`   // answer as a proxy in trouble does
	DelayMS  int  `json:"delay_ms,omitempty"`  // wall time at the API, carrier time at webhooks
	Reset    bool `json:"reset,omitempty"`     // the connection is reset, nothing recorded
	Drop     bool `json:"drop,omitempty"`      // after: answer lost by a reset; webhooks: never sent
	Truncate bool `json:"truncate,omitempty"`  // half the answer, then a closed connection
	LagMS    int  `json:"lag_ms,omitempty"`    // reads show the state of so long ago
	SlowMS   int  `json:"slow_ms,omitempty"`   // the answer to a webhook counts as this late
	OutageMS int  `json:"outage_ms,omitempty"` // every call in this period fails with 503

	Duplicate         int               `json:"duplicate,omitempty"`           // extra copies, same token
	DuplicateNewToken int               `json:"duplicate_new_token,omitempty"` // extra copies, each its own token
	Concurrent        bool              `json:"concurrent,omitempty"`          // two copies at once
	ReorderAfter      string            `json:"reorder_after,omitempty"`       // held until this event has been sent
	BadSignature      bool              `json:"bad_signature,omitempty"`
	NoSignature       bool              `json:"no_signature,omitempty"`
	ExtraParam        map[string]string `json:"extra_param,omitempty"`
	StatusAsGet       bool              `json:"status_as_get,omitempty"`
	EarlyClose        bool              `json:"early_close,omitempty"` // closed before the answer is read

	SIP         int `json:"sip,omitempty"`           // the next call fails with this response
	DropMediaMS int `json:"drop_media_ms,omitempty"` // the line goes dead so long after the answer
	ClockSkewMS int `json:"clock_skew_ms,omitempty"` // added to the Timestamp of callbacks
}

// Facts describe the moment that faults are matched against.
type Facts struct {
	Path, Method, To, From, Event string
	Page                          int
}

// Validate reports a fault that could never strike.
func (f Fault) Validate() error {
	points := []string{APIBefore, APIAfter, APIRead, Callback, TwiML, SMSInbound, Carrier}
	if !slices.Contains(points, f.Point) {
		return fmt.Errorf("point %q: want one of %s", f.Point, strings.Join(points, ", "))
	}
	if f.Probability < 0 || f.Probability > 1 {
		return fmt.Errorf("probability %v: want 0 to 1", f.Probability)
	}
	if f.Action.Status != 0 && (f.Action.Status < 400 || f.Action.Status > 599) {
		return fmt.Errorf("status %d: want 400 to 599", f.Action.Status)
	}
	if len(f.Action.Names()) == 0 {
		return fmt.Errorf("action is empty")
	}
	for _, field := range f.Action.Names() {
		if !slices.Contains(allowed(f.Point), field) {
			return fmt.Errorf("action %s does not apply at %s (there: %s)", field, f.Point, strings.Join(allowed(f.Point), ", "))
		}
	}
	return nil
}

func allowed(point string) []string {
	switch point {
	case APIBefore:
		return []string{"status", "html502", "delay_ms", "reset"}
	case APIAfter:
		return []string{"status", "html502", "delay_ms", "drop", "truncate"}
	case APIRead:
		return []string{"status", "html502", "delay_ms", "lag_ms", "reset", "truncate"}
	case Carrier:
		return []string{"sip", "drop_media_ms", "outage_ms", "clock_skew_ms"}
	case Callback:
		return append(webhook(), "reorder_after", "status_as_get")
	case SMSInbound:
		return append(webhook(), "reorder_after", "slow_ms", "early_close")
	}
	return append(webhook(), "slow_ms", "early_close")
}

func webhook() []string {
	return []string{"duplicate", "duplicate_new_token", "concurrent", "delay_ms", "drop", "bad_signature", "no_signature", "extra_param"}
}

// Names lists what the action does, by its settings' names.
func (a Action) Names() []string {
	var out []string
	add := func(name string, set bool) {
		if set {
			out = append(out, name)
		}
	}
	add("status", a.Status != 0)
	add("html502", a.HTML502)
	add("delay_ms", a.DelayMS != 0)
	add("reset", a.Reset)
	add("drop", a.Drop)
	add("truncate", a.Truncate)
	add("lag_ms", a.LagMS != 0)
	add("slow_ms", a.SlowMS != 0)
	add("outage_ms", a.OutageMS != 0)
	add("duplicate", a.Duplicate != 0)
	add("duplicate_new_token", a.DuplicateNewToken != 0)
	add("concurrent", a.Concurrent)
	add("reorder_after", a.ReorderAfter != "")
	add("bad_signature", a.BadSignature)
	add("no_signature", a.NoSignature)
	add("extra_param", len(a.ExtraParam) > 0)
	add("status_as_get", a.StatusAsGet)
	add("early_close", a.EarlyClose)
	add("sip", a.SIP != 0)
	add("drop_media_ms", a.DropMediaMS != 0)
	add("clock_skew_ms", a.ClockSkewMS != 0)
	return out
}

// Set holds the faults in force. Its owner serialises access.
type Set struct {
	rng    *rand.Rand
	faults []*Fault
	nextID int
}

// NewSet returns an empty set that draws its chances from rng.
func NewSet(rng *rand.Rand) *Set { return &Set{rng: rng} }

// Add puts a fault in force and returns its id. A fault with the id of an
// older one replaces it.
func (s *Set) Add(f Fault) (string, error) {
	if err := f.Validate(); err != nil {
		return "", fmt.Errorf("add fault: %w", err)
	}
	if f.ID == "" {
		s.nextID++
		f.ID = fmt.Sprintf("F%d", s.nextID)
	}
	s.Remove(f.ID)
	f.Hits = 0
	s.faults = append(s.faults, &f)
	return f.ID, nil
}

// Remove ends one fault.
func (s *Set) Remove(id string) bool {
	n := len(s.faults)
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.ID == id })
	return len(s.faults) < n
}

// Clear ends all faults.
func (s *Set) Clear() { s.faults = nil }

// List returns the faults, also those that have struck as often as they may.
func (s *Set) List() []Fault {
	out := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		out = append(out, *f)
	}
	return out
}

// Strike returns the action of the first fault that applies now, and counts it.
// A point that stands for several moments narrows by want; nil takes any.
func (s *Set) Strike(point string, facts Facts, want func(Action) bool) (Action, bool) {
	for _, f := range s.faults {
		if f.Point != point || f.spent() || !f.Match.fits(facts) || (want != nil && !want(f.Action)) {
			continue
		}
		f.seen++
		if f.Match.N > 0 && f.seen != f.Match.N {
			continue
		}
		if f.Probability > 0 && s.rng.Float64() >= f.Probability {
			continue
		}
		f.Hits++
		return f.Action, true
	}
	return Action{}, false
}

func (f *Fault) spent() bool {
	return f.Times >= 0 && f.Hits >= max(f.Times, 1)
}

func (m Match) fits(x Facts) bool {
	return (m.Path == "" || strings.Contains(x.Path, m.Path)) &&
		(m.Method == "" || strings.EqualFold(m.Method, x.Method)) &&
		(m.To == "" || m.To == x.To) &&
		(m.From == "" || m.From == x.From) &&
		(m.Event == "" || m.Event == x.Event) &&
		(m.Page == 0 || m.Page == x.Page)
}
