package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Phone shows one phone.
func (e *Engine) Phone(number string) (view.Phone, bool) {
	defer e.core.Enter()()
	p, ok := e.core.KnownPhone(number)
	if !ok {
		return view.Phone{}, false
	}
	return e.phoneView(p), true
}

// Phones shows every phone that has been seen, in order of first appearance.
func (e *Engine) Phones() []view.Phone {
	defer e.core.Enter()()
	out := make([]view.Phone, 0, len(e.core.Phones))
	for _, p := range e.core.Phones {
		out = append(out, e.phoneView(p))
	}
	return out
}

func (e *Engine) phoneView(p *core.Phone) view.Phone {
	v := view.Phone{Number: p.Number, Persona: p.Persona.Code, Title: p.Persona.Title, Pinned: p.Pinned, State: "idle",
		Hand: p.Persona.Voice.Do == "hand", Calls: e.Calls.Of(p.Number), Thread: append([]view.Text{}, p.Thread...),
		Stopped: e.core.Oracle.Stopped(p.Number)}
	for _, c := range v.Calls {
		if c.Updated.After(v.Changed) {
			v.Changed = c.Updated
		}
		switch {
		case !c.Live():
		case c.Status == calls.StatusRinging && c.Direction != "inbound":
			v.State = "ringing"
		case c.Status != calls.StatusQueued:
			v.State = "talking"
		case v.State == "idle" && c.Dialled != nil:
			v.State = "dialling"
		}
	}
	if n := len(p.Thread); n > 0 && p.Thread[n-1].At.After(v.Changed) {
		v.Changed = p.Thread[n-1].At
	}
	return v
}

// Requests lists the REST requests, oldest first.
func (e *Engine) Requests() []view.Request {
	defer e.core.Enter()()
	return append([]view.Request{}, e.core.Requests()...)
}

// Alerts lists the debugger's entries, oldest first.
func (e *Engine) Alerts() []view.Alert {
	defer e.core.Enter()()
	return append([]view.Alert{}, e.core.Alerts()...)
}

// Violations lists what a correct application never does, oldest first.
func (e *Engine) Violations() []view.Violation {
	defer e.core.Enter()()
	return e.core.Oracle.Violations()
}

// Webhooks lists requests to the application, oldest first; sid narrows to one
// call or message.
func (e *Engine) Webhooks(sid string) []view.Webhook {
	defer e.core.Enter()()
	out := []view.Webhook{}
	for _, w := range e.core.Webhooks() {
		if sid == "" || w.CallSID == sid || w.MessageSID == sid {
			out = append(out, *w)
		}
	}
	return out
}

// RecentWebhooks lists the newest requests to the application, newest first.
func (e *Engine) RecentWebhooks(n int) []view.Webhook {
	defer e.core.Enter()()
	out := []view.Webhook{}
	for _, w := range slices.Backward(e.core.Webhooks()) {
		if len(out) == n {
			break
		}
		out = append(out, *w)
	}
	return out
}

// Gauges reads the few figures that a page shows all the time; unlike Stats it
// costs the same on every size of run.
func (e *Engine) Gauges() view.Gauges {
	defer e.core.Enter()()
	texts, _ := e.Texts.Count()
	return view.Gauges{Now: e.core.Now(), Queued: e.Calls.Queued(), Live: e.Calls.Live(), InFlight: e.core.Aloft(), Calls: e.Calls.Count(),
		Texts: texts, Webhooks: len(e.core.Webhooks()), Violations: e.core.Oracle.Count(), Alerts: len(e.core.Alerts()), CPS: e.Calls.Rate()}
}

// Stats sums up the run so far.
func (e *Engine) Stats() view.Stats {
	defer e.core.Enter()()
	all, people := e.Texts.Count()
	s := view.Stats{ByStatus: map[string]int{}, ByViolation: map[string]int{}, Queued: e.Calls.Queued(), Live: e.Calls.Live(),
		Alerts: len(e.core.Alerts()), Violations: e.core.Oracle.Count(), Messages: all - people, Texts: people}
	e.callStats(&s)
	for _, p := range e.core.Phones {
		for _, t := range p.Thread {
			if t.Origin == "twilio-auto" {
				s.AutoReplies++
			}
		}
	}
	for _, v := range e.core.Oracle.Violations() {
		s.ByViolation[v.Kind]++
	}
	s.Duplicates = s.ByViolation["two_live_calls"]
	for _, r := range e.core.Requests() {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/Calls.json") && r.Status >= 400 {
			s.Refused++
		}
	}
	for _, w := range e.core.Webhooks() {
		s.Webhooks++
		s.Attempts += len(w.Attempts)
		if w.Done && w.Code != 0 {
			s.Failed++
		}
		s.SlowestMS = max(s.SlowestMS, w.MS)
	}
	return s
}

func (e *Engine) callStats(s *view.Stats) {
	called := map[string]int{}
	var walls []time.Time
	for _, c := range e.Calls.Briefs() {
		s.ByStatus[c.Status]++
		if c.Direction == "inbound" {
			s.Inbound++
			continue
		}
		s.Calls++
		called[c.To]++
		walls = append(walls, c.Wall)
	}
	s.Creates, s.Phones = s.Calls, len(called)
	for _, n := range called {
		if n > 1 {
			s.CalledTwice++
		}
	}
	if len(walls) > 0 {
		s.FirstCreate, s.LastCreate = &walls[0], &walls[len(walls)-1]
	}
	s.MaxPerSecond = view.BusiestSecond(slices.Clone(walls))
}
