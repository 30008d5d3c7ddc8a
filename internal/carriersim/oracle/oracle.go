// Package oracle owns what a correct application never does: the rules, the
// memory they need, and the list of violations. It judges what it is told and
// never changes the course of anything.
package oracle

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Oracle watches one run. Its owner serialises access.
type Oracle struct {
	Policy settings.Policy
	// Now is carrier time.
	Now func() time.Time
	// Wall is machine time.
	Wall func() time.Time
	// Scaled tells whether carrier time runs by the machine's clock at another
	// speed.
	Scaled func() bool
	// Service is the Messaging Service of one of our numbers, if it is in one.
	Service func(ours string) string

	list    []view.Violation
	creates []time.Time          // wall times of the last second's creates
	unknown map[string]bool      // To: a create whose answer was lost and that nobody has looked for
	texts   map[string]time.Time // To + body of recent texts
	replied map[pair]time.Time   // when the carrier itself last replied
	stops   map[pair]*Stop
}

// pair is one of our numbers and a phone.
type pair struct{ ours, phone string }

// Stop is a STOP that a person sent to one of our numbers.
type Stop struct {
	// Answered: the application took it with a 2xx.
	Answered bool

	at     time.Time // carrier time
	wall   time.Time
	texts  int  // texts from the application since
	silent bool // the carrier did not reply to it, so that one confirmation is ours to send
}

// stopped is the STOP of a phone that counts for one of our numbers: one that
// the application has answered before any other, else the oldest.
func (o *Oracle) stopped(ours, phone string) *Stop {
	var found *Stop
	for p, s := range o.stops {
		if p.phone != phone || !o.shares(p.ours, ours) {
			continue
		}
		if found == nil || (s.Answered && !found.Answered) || (s.Answered == found.Answered && s.at.Before(found.at)) {
			found = s
		}
	}
	return found
}

// shares tells whether a STOP to one of our numbers counts for another.
func (o *Oracle) shares(a, b string) bool {
	switch o.Policy.StopScope {
	case "number":
		return a == b
	case "service":
		return a == b || (o.Service(a) != "" && o.Service(a) == o.Service(b))
	}
	return true
}

// New returns an oracle that has seen nothing.
func New(p settings.Policy, now, wall func() time.Time, scaled func() bool, service func(string) string) *Oracle {
	return &Oracle{Policy: p, Now: now, Wall: wall, Scaled: scaled, Service: service, unknown: map[string]bool{}, texts: map[string]time.Time{},
		replied: map[pair]time.Time{}, stops: map[pair]*Stop{}}
}

// Violations lists them, oldest first.
func (o *Oracle) Violations() []view.Violation { return append([]view.Violation{}, o.list...) }

// Count is the number of violations.
func (o *Oracle) Count() int { return len(o.list) }

// Note records a violation.
func (o *Oracle) Note(v view.Violation) {
	v.At = o.Now()
	o.list = append(o.list, v)
}

func (o *Oracle) note(kind, phone, detail string) {
	o.Note(view.Violation{Kind: kind, Phone: phone, Detail: detail})
}

// Create is a create-call request that the carrier has accepted.
type Create struct {
	To, From string
	Form     url.Values
	LiveSID  string // of a call to the same phone that has not ended
	Limit    int    // most creates in one second
}

// Create holds a create-call request against the rules.
func (o *Oracle) Create(c Create) {
	if c.LiveSID != "" {
		o.Note(view.Violation{Kind: "two_live_calls", Phone: c.To, CallSID: c.LiveSID, Detail: "a call was created while another to this phone had not ended"})
	}
	o.pace(c)
	if s := o.stopped(c.From, c.To); s != nil {
		switch {
		case s.Answered:
			o.note("call_after_stop", c.To, "a call from "+c.From+" was created after the application had answered this phone's STOP")
		case o.graceOver(s):
			o.note("call_after_stop", c.To, "a call from "+c.From+" was created long after this phone sent STOP, whose webhook the application never answered")
		}
	}
	if o.unknown[c.To] {
		o.note("blind_retry", c.To, "a create whose outcome was unknown was repeated without looking for the call")
		delete(o.unknown, c.To)
	}
	for name, values := range c.Form {
		if (strings.HasPrefix(name, "Record") || strings.HasPrefix(name, "Transcri") || name == "Trim") && values[0] != "false" {
			o.note("recording", c.To, "parameter "+name)
		}
	}
	for _, name := range []string{"Url", "FallbackUrl", "StatusCallback", "AsyncAmdStatusCallback"} {
		o.address(name, c.Form.Get(name), c.To)
	}
}

// pace: in no second of machine time more creates than the rate and one. The
// application paces itself by its own wall clock, whatever the carrier's does.
func (o *Oracle) pace(c Create) {
	now := o.Wall()
	o.creates = append(o.creates, now)
	for len(o.creates) > 0 && now.Sub(o.creates[0]) >= time.Second {
		o.creates = o.creates[1:]
	}
	if len(o.creates) > c.Limit {
		o.note("pace", c.To, "more creates in one second than the account's rate and one")
	}
}

// graceOver: enough time has passed for the application to have found the STOP
// by itself. It looks by its own clock, so that on a scaled one machine time
// must have passed too.
func (o *Oracle) graceOver(s *Stop) bool {
	grace := o.Policy.StopGrace
	if grace == 0 {
		grace = 90 * time.Second
	}
	if o.Scaled() && o.Wall().Sub(s.wall) < grace {
		return false
	}
	return o.Now().Sub(s.at) >= grace
}

// address: a person's number or name has no place in a URL.
func (o *Oracle) address(name, raw, to string) {
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return
	}
	for key, values := range u.Query() {
		for _, v := range values {
			if strings.Contains(v, strings.TrimPrefix(to, "+")) || slices.Contains([]string{"to", "from", "name", "phone"}, strings.ToLower(key)) {
				o.note("pii_in_url", to, name+" carries "+key+" in its query")
			}
		}
	}
}

// Text holds a text from the application against the rules.
func (o *Oracle) Text(ours, to, body string) {
	now := o.Now()
	key := to + "\x00" + body
	if last, ok := o.texts[key]; ok && now.Sub(last) < time.Minute {
		o.note("duplicate_text", to, "the same text twice within a minute")
	}
	o.texts[key] = now
	if at, ok := o.replied[pair{ours, to}]; ok && now.Sub(at) < 30*time.Second {
		o.note("double_reply", to, "a text within 30 s of the carrier's own reply")
	}
	s := o.stopped(ours, to)
	if s == nil || (!s.Answered && !o.graceOver(s)) {
		return
	}
	s.texts++
	if !s.silent || s.texts > 1 {
		o.note("text_after_stop", to, "a text from "+ours+" after this phone's STOP")
	}
}

// Heard notes what a person's text means to the rules, whatever the carrier
// makes of it. It returns the STOP that the text is, if it is one.
func (o *Oracle) Heard(phone, ours, body string, out optout.Outcome) *Stop {
	p := pair{ours, phone}
	if out.Keyword != optout.Start && (out.OptOutType != "" || out.Reply != "") {
		o.replied[p] = o.Now()
	} else {
		delete(o.replied, p) // this one is the application's to answer; START asks for an invitation
	}
	if out.Keyword == optout.Start {
		// Whoever sends START asks for one text; the STOP stays in force.
		if s := o.stopped(ours, phone); s != nil {
			s.silent, s.texts = true, 0
		}
	}
	word := strings.ToUpper(strings.TrimSpace(body))
	stops := []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET", "ARRÊT"}
	if slices.Contains(stops, word) {
		if o.stops[p] == nil {
			o.stops[p] = &Stop{at: o.Now(), wall: o.Wall(), silent: out.Reply == ""}
		}
		return o.stops[p]
	}
	first, _, _ := strings.Cut(strings.TrimRight(word, "!. "), " ")
	if slices.Contains([]string{"YES", "Y", "OUI", "O", "SI", "SÍ"}, first) {
		for other := range o.stops {
			if other.phone == phone && o.shares(other.ours, ours) {
				delete(o.stops, other)
			}
		}
	}
	return nil
}

// Stopped lists our numbers that a phone has sent STOP to, in order.
func (o *Oracle) Stopped(phone string) []string {
	var out []string
	for p := range o.stops {
		if p.phone == phone {
			out = append(out, p.ours)
		}
	}
	slices.Sort(out)
	return out
}

// Lost notes that the application cannot know whether its create-call request
// counted.
func (o *Oracle) Lost(to string) { o.unknown[to] = true }

// Seen notes that the application has looked for calls to a number, or has
// been told of one; without a number, of any.
func (o *Oracle) Seen(to string) {
	if to == "" {
		clear(o.unknown)
		return
	}
	delete(o.unknown, to)
}
