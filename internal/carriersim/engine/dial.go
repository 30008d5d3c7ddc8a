package engine

import (
	"slices"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
)

// enqueue puts a created call in line for dialling.
func (e *Engine) enqueue(c *Call) {
	defer e.enter()()
	if e.closed || c.Status != StatusQueued || c.dialled {
		return
	}
	ttl := e.cfg.QueueTTL
	if ttl == 0 {
		ttl = 24 * time.Hour
	}
	if len(e.queue) == 0 {
		e.nextSlot = later(e.nextSlot, e.sched.Now())
	}
	e.queue = append(e.queue, c)
	e.after(c, ttl, false, func() { e.expire(c) })
	e.pump()
}

// expire cancels a call that has waited for a day. Whether that is told is not
// documented.
func (e *Engine) expire(c *Call) {
	e.unqueue(c)
	if e.cfg.Switches.QueueExpiry == "callback" {
		c.dialled = true
	}
	e.end(c, StatusCanceled, 0)
}

func (e *Engine) unqueue(c *Call) {
	e.queue = slices.DeleteFunc(e.queue, func(other *Call) bool { return other == c })
}

// pump dials what the rate allows and plans the next slot.
func (e *Engine) pump() {
	e.pumpTimer.Stop()
	now := e.sched.Now()
	for len(e.queue) > 0 && !e.nextSlot.After(now) {
		c := e.queue[0]
		e.queue = e.queue[1:]
		gap := e.slot()
		if e.cfg.Switches.UnevenCPS {
			gap = time.Duration(float64(gap) * 2 * e.rng.Float64())
		}
		// An alarm that came late is made up for, but never by a burst.
		e.nextSlot = later(e.nextSlot, now.Add(-time.Second)).Add(gap)
		e.dial(c)
	}
	if len(e.queue) > 0 {
		e.pumpTimer = e.sched.After(e.nextSlot.Sub(now), e.pump)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dial takes a call off the queue: from here on it has callbacks.
func (e *Engine) dial(c *Call) {
	c.dropTimers(everyTimer) // the queue's time limit
	c.dialled = true
	e.update(c, func() { c.Start = e.sched.Now() })
	e.emit(c, "initiated")
	if sip := e.networkFailure(c); sip != 0 {
		e.after(c, 200*time.Millisecond, false, func() { e.end(c, StatusFailed, sip) })
		return
	}
	delay := time.Duration(e.cfg.Switches.PostDialDelayMS) * time.Millisecond
	if delay == 0 {
		delay = 300 * time.Millisecond
	}
	v := c.phone.Persona.Voice
	wait := time.Duration(v.AfterMS) * time.Millisecond
	switch {
	case !ValidNumber(c.other()): // client: and sip: addresses reach nobody here
		e.after(c, delay, false, func() { e.end(c, StatusFailed, 404) })
	case e.engaged(c), v.Do == "busy":
		e.after(c, max(delay, wait), false, func() { e.end(c, StatusBusy, 486) })
	case v.Do == "fail":
		e.after(c, max(delay, wait), false, func() { e.end(c, StatusFailed, v.SIP) })
	default:
		e.after(c, delay, false, func() { e.ring(c) })
	}
}

// engaged: the phone is already in, or ringing for, another call.
func (e *Engine) engaged(c *Call) bool {
	return slices.ContainsFunc(e.live[c.other()], func(other *Call) bool {
		return other != c && (other.Status == StatusRinging || other.Status == StatusInProgress)
	})
}

// networkFailure asks the faults whether this call gets through.
func (e *Engine) networkFailure(c *Call) int {
	facts := fault.Facts{To: c.To, From: c.From}
	if a, ok := e.faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.OutageMS > 0 }); ok {
		e.outage = e.sched.Now().Add(time.Duration(a.OutageMS) * time.Millisecond)
	}
	if e.sched.Now().Before(e.outage) {
		return 503
	}
	a, _ := e.faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.SIP > 0 })
	return a.SIP
}

func (e *Engine) ring(c *Call) {
	v := c.phone.Persona.Voice
	wait := time.Duration(v.AfterMS) * time.Millisecond
	quick := v.Do == "answer" && wait < 500*time.Millisecond && e.cfg.Switches.SkipRinging
	e.update(c, func() { c.Status = StatusRinging })
	if !quick {
		e.emit(c, "ringing")
	}
	timeout := c.order.timeout + time.Duration(e.cfg.Switches.RingExtraS)*time.Second
	e.after(c, timeout, false, func() { e.end(c, StatusNoAnswer, 487) })
	switch {
	case v.FromAttempt > c.Attempt, v.Do == "ignore":
	case v.Do == "answer":
		e.after(c, wait, true, func() { e.answer(c) })
	case v.Do == "decline":
		e.after(c, wait, true, func() { e.decline(c) })
	case v.Do == "hand" && e.cfg.Freeze:
		c.frozen = true
		e.hold(c)
	}
}

// decline: what the network makes of it depends on the called carrier.
func (e *Engine) decline(c *Call) {
	if e.cfg.Switches.DeclineStatus == "no-answer" {
		e.end(c, StatusNoAnswer, 487)
		return
	}
	e.end(c, StatusBusy, 486)
}

// answer connects the call; only now are the instructions requested.
func (e *Engine) answer(c *Call) {
	if c.Status != StatusRinging {
		return
	}
	c.dropTimers(everyTimer)
	e.update(c, func() { c.Status, c.Answered = StatusInProgress, e.sched.Now() })
	e.emit(c, "answered")
	e.after(c, c.order.limit, false, func() { e.end(c, StatusCompleted, 0) })
	facts := fault.Facts{To: c.To, From: c.From}
	if a, ok := e.faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.DropMediaMS > 0 }); ok {
		e.after(c, time.Duration(a.DropMediaMS)*time.Millisecond, false, func() {
			e.note(c, "the line went dead")
			e.end(c, StatusCompleted, 0)
		})
	}
	e.moment(c, "answered")
	if c.Ended() {
		return
	}
	e.detect(c)
}

// end brings a call to its terminal state.
func (e *Engine) end(c *Call, status string, sip int) {
	if c.Ended() {
		return
	}
	c.gen++
	e.quiet(c)
	c.leg.gather = nil
	c.dropTimers(everyTimer)
	e.unqueue(c)
	e.update(c, func() { c.Status, c.End, c.SIP = status, e.sched.Now(), sip })
	e.live[c.other()] = slices.DeleteFunc(e.live[c.other()], func(other *Call) bool { return other == c })
	if len(e.live[c.other()]) == 0 {
		delete(e.live, c.other())
	}
	if c.dialled {
		e.emit(c, "completed")
	}
}

// UpdateCall does what POST Calls/{sid}.json asks: cancel, hang up or redirect.
func (e *Engine) UpdateCall(sid string, o Update) (CallResource, *APIError) {
	defer e.enter()()
	c, ok := e.callBySID[sid]
	if !ok {
		return CallResource{}, nil
	}
	e.seen(c.To)
	if o.Status != "" && o.Status != StatusCanceled && o.Status != StatusCompleted {
		return CallResource{}, refuse(21218, "Invalid Status "+o.Status)
	}
	if err := o.check(); err != nil {
		return CallResource{}, err
	}
	if c.Ended() {
		return CallResource{}, refuse(21220, "Call is not in-progress. Cannot redirect.")
	}
	switch {
	case o.Status == StatusCanceled && c.Status != StatusInProgress:
		e.end(c, StatusCanceled, 487)
	case o.Status == StatusCompleted && c.Status == StatusInProgress:
		e.end(c, StatusCompleted, 0)
	case o.Status == StatusCompleted:
		e.end(c, StatusCanceled, 487)
	case o.URL != "" || o.Twiml != "":
		if c.Status != StatusInProgress {
			return CallResource{}, refuse(21220, "Call is not in-progress. Cannot redirect.")
		}
		e.redirect(c, o)
	}
	return e.resource(c, c.CallState), nil
}

// Update is a change to a live call.
type Update struct {
	Status, URL, Method, Twiml           string
	FallbackURL, FallbackMethod          string
	StatusCallback, StatusCallbackMethod string
	TimeLimit                            int
}

func (o Update) check() *APIError {
	if o.URL != "" && o.Twiml != "" {
		return refuse(21205, "Url and Twiml are exclusive")
	}
	for _, raw := range []string{o.URL, o.FallbackURL, o.StatusCallback} {
		if raw != "" && !ValidURL(raw) {
			return refuse(21205, "Url is not a valid URL: "+raw)
		}
	}
	if len(o.Twiml) > 4000 {
		return refuse(21617, "Twiml is longer than 4000 characters")
	}
	for _, m := range []string{o.Method, o.FallbackMethod, o.StatusCallbackMethod} {
		if m != "" && m != "GET" && m != "POST" {
			return refuse(21209, "not a valid method: "+m)
		}
	}
	return nil
}

// redirect replaces what a live call is doing.
func (e *Engine) redirect(c *Call, o Update) {
	if o.FallbackURL != "" {
		c.order.fallback = document{o.FallbackURL, method(o.FallbackMethod)}
	}
	if o.StatusCallback != "" && o.URL != "" {
		// Without a new Url the change of StatusCallback is ignored.
		c.order.status = document{o.StatusCallback, method(o.StatusCallbackMethod)}
	}
	if o.TimeLimit > 0 {
		e.after(c, time.Duration(o.TimeLimit)*time.Second, false, func() { e.end(c, StatusCompleted, 0) })
	}
	interrupted := c.leg.gather
	e.interrupt(c)
	run := func() {
		if o.Twiml != "" {
			e.load(c, "", []byte(o.Twiml))
			return
		}
		e.fetch(c, document{o.URL, method(o.Method)}, nil)
	}
	if interrupted != nil && e.cfg.Switches.RedirectAction {
		e.fetchThen(c, e.action(c, interrupted), nil, run)
		return
	}
	run()
}
