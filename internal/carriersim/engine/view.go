package engine

import (
	"slices"
	"strings"
	"time"
)

// APIRequest is one REST request that the application made.
type APIRequest struct {
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

// Log records a REST request.
func (e *Engine) Log(r APIRequest) {
	defer e.enter()()
	r.At = e.sched.Now()
	e.requests = append(e.requests, r)
	e.touch("")
}

// Requests lists the REST requests, oldest first.
func (e *Engine) Requests() []APIRequest {
	defer e.enter()()
	return append([]APIRequest{}, e.requests...)
}

// CallView is a call for people and tests to look at.
type CallView struct {
	SID        string     `json:"sid"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Direction  string     `json:"direction"`
	Status     string     `json:"status"`
	Attempt    int        `json:"attempt"` // how many calls with this phone so far
	AnsweredBy string     `json:"answered_by,omitempty"`
	Created    time.Time  `json:"created"`
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
func (v CallView) Live() bool { return v.Ended == nil }

// Heard is what the person has heard so far, at a given instant: the sentence
// that is being spoken counts up to there.
func (v CallView) Heard(now time.Time) string {
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

// PhoneView is a phone for people and tests to look at.
type PhoneView struct {
	Number  string     `json:"number"`
	Persona string     `json:"persona"`
	Title   string     `json:"title"`
	Pinned  bool       `json:"pinned"`
	Hand    bool       `json:"hand"`
	State   string     `json:"state"` // idle, dialling, ringing, talking
	Calls   []CallView `json:"calls"`
	Thread  []Text     `json:"thread"`
	Stopped []string   `json:"stopped,omitempty"` // our numbers that this phone sent STOP to
	Changed time.Time  `json:"changed"`           // of the last call or text
}

func (e *Engine) callView(c *Call) CallView {
	v := CallView{SID: c.SID, From: c.From, To: c.To, Direction: c.Direction, Status: c.Status, Attempt: c.Attempt,
		AnsweredBy: c.AnsweredBy, Created: c.Created, Wall: c.Wall, Dialled: moment(c.Start), Answered: moment(c.Answered),
		Ended: moment(c.End), SIP: c.SIP, Lines: slices.Clone(c.lines)}
	if v.Lines == nil {
		v.Lines = []Line{}
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

func (e *Engine) phoneView(p *Phone) PhoneView {
	v := PhoneView{Number: p.Number, Persona: p.Persona.Code, Title: p.Persona.Title, Pinned: p.Pinned,
		Hand: p.Persona.Voice.Do == "hand", State: "idle", Calls: []CallView{}, Thread: append([]Text{}, p.thread...)}
	for _, c := range p.calls {
		v.Calls = append(v.Calls, e.callView(c))
		if c.Updated.After(v.Changed) {
			v.Changed = c.Updated
		}
	}
	if n := len(p.thread); n > 0 && p.thread[n-1].At.After(v.Changed) {
		v.Changed = p.thread[n-1].At
	}
	for _, c := range e.live[p.Number] {
		switch {
		case c.Status == StatusRinging && c.Direction != "inbound":
			v.State = "ringing"
		case c.Status == StatusInProgress, c.Status == StatusRinging:
			v.State = "talking"
		case v.State == "idle" && c.dialled:
			v.State = "dialling"
		}
	}
	for ours := range p.stop {
		v.Stopped = append(v.Stopped, ours)
	}
	slices.Sort(v.Stopped)
	return v
}

// Phone shows one phone.
func (e *Engine) Phone(number string) (PhoneView, bool) {
	defer e.enter()()
	p, ok := e.phones[number]
	if !ok {
		return PhoneView{}, false
	}
	return e.phoneView(p), true
}

// Phones shows every phone that has been seen, in order of first appearance.
func (e *Engine) Phones() []PhoneView {
	defer e.enter()()
	out := make([]PhoneView, 0, len(e.order))
	for _, p := range e.order {
		out = append(out, e.phoneView(p))
	}
	return out
}

// AddPhone makes a phone appear before anybody has called or texted it.
func (e *Engine) AddPhone(number string) {
	defer e.enter()()
	e.phone(number)
	e.touch(number)
}

// CallViews shows every call, oldest first.
func (e *Engine) CallViews() []CallView {
	defer e.enter()()
	out := make([]CallView, 0, len(e.calls))
	for _, c := range e.calls {
		out = append(out, e.callView(c))
	}
	return out
}

// CallView shows one call.
func (e *Engine) CallView(sid string) (CallView, bool) {
	defer e.enter()()
	c, ok := e.callBySID[sid]
	if !ok {
		return CallView{}, false
	}
	return e.callView(c), true
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

// Gauges reads them; unlike Stats it costs the same on every size of run.
func (e *Engine) Gauges() Gauges {
	defer e.enter()()
	g := Gauges{Now: e.sched.Now(), Queued: len(e.queue), InFlight: e.aloft, Calls: len(e.calls), Texts: len(e.messages),
		Webhooks: len(e.webhooks), Violations: len(e.violations), Alerts: len(e.alerts), CPS: float64(time.Second) / float64(e.slot())}
	for _, list := range e.live {
		g.Live += len(list)
	}
	return g
}

// RecentWebhooks lists the newest requests to the application, newest first.
func (e *Engine) RecentWebhooks(n int) []Webhook {
	defer e.enter()()
	out := []Webhook{}
	for _, w := range slices.Backward(e.webhooks) {
		if len(out) == n {
			break
		}
		out = append(out, *w)
	}
	return out
}

// Stats are the figures of a run.
type Stats struct {
	Calls        int            `json:"calls"`
	Inbound      int            `json:"inbound_calls"`
	Live         int            `json:"live"`
	Queued       int            `json:"queued"`
	ByStatus     map[string]int `json:"by_status"`
	Creates      int            `json:"creates"`        // accepted create-call requests
	Refused      int            `json:"refused"`        // refused ones
	Phones       int            `json:"phones_called"`  // different numbers called
	CalledTwice  int            `json:"called_twice"`   // numbers called more than once
	Duplicates   int            `json:"two_live_calls"` // creates while another call to the phone lived
	Messages     int            `json:"messages"`       // from the application
	Texts        int            `json:"texts"`          // from people
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

// Stats sums up the run so far.
func (e *Engine) Stats() Stats {
	defer e.enter()()
	s := Stats{ByStatus: map[string]int{}, ByViolation: map[string]int{}, Queued: len(e.queue), Alerts: len(e.alerts), Violations: len(e.violations)}
	called := map[string]int{}
	var walls []time.Time
	for _, c := range e.calls {
		s.ByStatus[c.Status]++
		if !c.Ended() {
			s.Live++
		}
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
	s.MaxPerSecond = busiestSecond(walls)
	for _, m := range e.messages {
		if m.Direction == "inbound" {
			s.Texts++
		} else {
			s.Messages++
		}
	}
	for _, p := range e.order {
		for _, t := range p.thread {
			if t.Origin == "twilio-auto" {
				s.AutoReplies++
			}
		}
	}
	for _, v := range e.violations {
		s.ByViolation[v.Kind]++
	}
	s.Duplicates = s.ByViolation["two_live_calls"]
	e.webhookStats(&s)
	return s
}

func (e *Engine) webhookStats(s *Stats) {
	for _, r := range e.requests {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/Calls.json") && r.Status >= 400 {
			s.Refused++
		}
	}
	for _, w := range e.webhooks {
		s.Webhooks++
		s.Attempts += len(w.Attempts)
		if w.Done && w.Code != 0 {
			s.Failed++
		}
		s.SlowestMS = max(s.SlowestMS, w.MS)
	}
}

// busiestSecond is the largest number of instants within any one second.
func busiestSecond(at []time.Time) int {
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
