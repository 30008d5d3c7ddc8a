package calls

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/view"
)

func (e *Calls) resource(c *Call, s CallState) resource.Call {
	uri := "/2010-04-01/Accounts/" + e.Cfg.AccountSID + "/Calls/" + c.SID
	sub := map[string]string{}
	for key, path := range map[string]string{"notifications": "Notifications", "recordings": "Recordings", "payments": "Payments",
		"events": "Events", "siprec": "Siprec", "streams": "Streams", "transcriptions": "Transcriptions",
		"user_defined_message_subscriptions": "UserDefinedMessageSubscriptions", "user_defined_messages": "UserDefinedMessages"} {
		sub[key] = uri + "/" + path + ".json"
	}
	r := resource.Call{
		SID: c.SID, AccountSID: e.Cfg.AccountSID, To: c.To, From: c.From, Status: s.Status, Direction: c.Direction,
		DateCreated: resource.Stamp(c.Created), DateUpdated: resource.Stamp(s.Updated),
		ToFormatted: resource.Formatted(c.To), FromFormatted: resource.Formatted(c.From),
		StartTime: resource.Optional(resource.Stamp(s.Start), !s.Start.IsZero()),
		PriceUnit: "USD", APIVersion: "2010-04-01", QueueTime: strconv.Itoa(c.QueueTime),
		AnsweredBy: resource.Optional(s.AnsweredBy, s.AnsweredBy != ""),
		URI:        uri + ".json", SubresourceURIs: sub,
	}
	if n := e.Numbers[c.ours()]; n != nil {
		r.PhoneNumberSID = n.SID
	}
	if s.Status == StatusCompleted {
		d := s.Duration()
		r.EndTime = resource.Optional(resource.Stamp(s.End), true)
		r.Duration = resource.Optional(strconv.Itoa(d), true)
		// The price appears some time after the end.
		price := fmt.Sprintf("-%.5f", 0.014*float64((d+59)/60))
		r.Price = resource.Optional(price, e.Now().Sub(s.End) > 10*time.Second)
	}
	return r
}

// FetchCall returns one call as it was lag ago.
func (e *Calls) FetchCall(sid string, lag time.Duration) (resource.Call, bool) {
	defer e.Enter()()
	c, ok := e.bySID[sid]
	if !ok {
		return resource.Call{}, false
	}
	e.Oracle.Seen(c.To)
	s, ok := callStateAt(c, e.Now().Add(-lag), lag)
	if !ok {
		return resource.Call{}, false
	}
	return e.resource(c, s), true
}

func callStateAt(c *Call, at time.Time, lag time.Duration) (CallState, bool) {
	if lag == 0 {
		return c.CallState, true
	}
	for _, s := range slices.Backward(c.history) {
		if !s.Updated.After(at) {
			return s, true
		}
	}
	return CallState{}, false
}

// ListCalls lists calls newest first; known is false where the window hangs on
// a call that does not exist.
func (e *Calls) ListCalls(f resource.Filter, w resource.Window) (page []resource.Call, more, known bool) {
	defer e.Enter()()
	e.Oracle.Seen(f.To)
	at := e.Now().Add(-f.Lag)
	return resource.Cut(e.all, w, func(c *Call) string { return c.SID }, func(c *Call) (resource.Call, bool) {
		s, ok := callStateAt(c, at, f.Lag)
		if !ok || !fits(f, c, s) {
			return resource.Call{}, false
		}
		return e.resource(c, s), true
	})
}

func fits(f resource.Filter, c *Call, s CallState) bool {
	end := s.End
	if s.Status != StatusCompleted {
		end = time.Time{} // as the resource shows it: null matches no filter
	}
	return (f.To == "" || f.To == c.To) && (f.From == "" || f.From == c.From) &&
		(f.Status == "" || f.Status == s.Status) && f.Parent == "" &&
		resource.Within(s.Start, f.StartFrom, f.StartUntil) && resource.Within(end, f.EndFrom, f.EndUntil)
}

func (e *Calls) callView(c *Call) view.Call {
	v := view.Call{SID: c.SID, From: c.From, To: c.To, Direction: c.Direction, Status: c.Status, Attempt: c.Attempt,
		AnsweredBy: c.AnsweredBy, Created: c.Created, Updated: c.Updated, Wall: c.Wall, Dialled: moment(c.Start), Answered: moment(c.Answered),
		Ended: moment(c.End), SIP: c.SIP, Lines: slices.Clone(c.lines)}
	if v.Lines == nil {
		v.Lines = []view.Line{}
	}
	for _, l := range c.lines {
		if l.Kind == "key" {
			v.Keys += l.Text
		}
	}
	if g := c.leg.gather; g != nil {
		v.Listening, v.Waiting = true, g.waiting
	}
	v.Fetching = c.Status == StatusInProgress && c.leg.gather == nil && c.leg.speech == nil
	return v
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// CallViews shows every call, oldest first.
func (e *Calls) CallViews() []view.Call {
	defer e.Enter()()
	out := make([]view.Call, 0, len(e.all))
	for _, c := range e.all {
		out = append(out, e.callView(c))
	}
	return out
}

// CallView shows one call.
func (e *Calls) CallView(sid string) (view.Call, bool) {
	defer e.Enter()()
	c, ok := e.bySID[sid]
	if !ok {
		return view.Call{}, false
	}
	return e.callView(c), true
}
