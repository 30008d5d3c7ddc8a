package calls

import (
	"slices"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

// enqueue puts a created call in line for dialling.
func (e *Calls) enqueue(c *Call) {
	if e.Closed() || c.Status != StatusQueued || c.dialled {
		return
	}
	ttl := e.Cfg.QueueTTL
	if ttl == 0 {
		ttl = 24 * time.Hour
	}
	if len(e.queue) == 0 {
		e.nextSlot = core.Later(e.nextSlot, e.Now())
	}
	e.queue = append(e.queue, c)
	c.time.After(ttl, false, func() { e.expire(c) })
	e.pump()
}

// expire cancels a call that has waited for a day. Whether that is told is not
// documented.
func (e *Calls) expire(c *Call) {
	e.unqueue(c)
	if e.Cfg.Switches.QueueExpiry == "callback" {
		c.dialled = true
	}
	e.end(c, StatusCanceled, 0)
}

func (e *Calls) unqueue(c *Call) {
	e.queue = slices.DeleteFunc(e.queue, func(other *Call) bool { return other == c })
}

// pump dials what the rate allows and plans the next slot.
func (e *Calls) pump() {
	e.pumpTimer.Stop()
	now := e.Now()
	for len(e.queue) > 0 && !e.nextSlot.After(now) {
		c := e.queue[0]
		e.queue = e.queue[1:]
		gap := e.slot()
		if e.Cfg.Switches.UnevenCPS {
			gap = time.Duration(float64(gap) * 2 * e.Chance())
		}
		// An alarm that came late is made up for, but never by a burst.
		e.nextSlot = core.Later(e.nextSlot, now.Add(-time.Second)).Add(gap)
		e.dial(c)
	}
	if len(e.queue) > 0 {
		e.pumpTimer = e.After(e.nextSlot.Sub(now), e.pump)
	}
}

// dial takes a call off the queue: from here on it has callbacks.
func (e *Calls) dial(c *Call) {
	c.time.DropAll() // the queue's time limit
	c.dialled = true
	e.update(c, func() { c.Start = e.Now() })
	e.emit(c, "initiated")
	if sip := e.networkFailure(c); sip != 0 {
		c.time.After(200*time.Millisecond, false, func() { e.end(c, StatusFailed, sip) })
		return
	}
	delay := time.Duration(e.Cfg.Switches.PostDialDelayMS) * time.Millisecond
	if delay == 0 {
		delay = 300 * time.Millisecond
	}
	v := c.phone.Persona.Voice
	wait := time.Duration(v.AfterMS) * time.Millisecond
	switch {
	case !settings.ValidNumber(c.other()): // client: and sip: addresses reach nobody here
		c.time.After(delay, false, func() { e.end(c, StatusFailed, 404) })
	case e.engaged(c), v.Do == "busy":
		c.time.After(max(delay, wait), false, func() { e.end(c, StatusBusy, 486) })
	case v.Do == "fail":
		c.time.After(max(delay, wait), false, func() { e.end(c, StatusFailed, v.SIP) })
	default:
		c.time.After(delay, false, func() { e.ring(c) })
	}
}

// engaged: the phone is already in, or ringing for, another call.
func (e *Calls) engaged(c *Call) bool {
	return slices.ContainsFunc(e.live[c.other()], func(other *Call) bool {
		return other != c && (other.Status == StatusRinging || other.Status == StatusInProgress)
	})
}

// networkFailure asks the faults whether this call gets through.
func (e *Calls) networkFailure(c *Call) int {
	facts := fault.Facts{To: c.To, From: c.From}
	if a, ok := e.Faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.OutageMS > 0 }); ok {
		e.outage = e.Now().Add(time.Duration(a.OutageMS) * time.Millisecond)
	}
	if e.Now().Before(e.outage) {
		return 503
	}
	a, _ := e.Faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.SIP > 0 })
	return a.SIP
}

func (e *Calls) ring(c *Call) {
	v := c.phone.Persona.Voice
	wait := time.Duration(v.AfterMS) * time.Millisecond
	quick := v.Do == "answer" && wait < 500*time.Millisecond && e.Cfg.Switches.SkipRinging
	e.update(c, func() { c.Status = StatusRinging })
	if !quick {
		e.emit(c, "ringing")
	}
	timeout := c.order.Timeout + time.Duration(e.Cfg.Switches.RingExtraS)*time.Second
	c.time.After(timeout, false, func() { e.end(c, StatusNoAnswer, 487) })
	switch {
	case v.FromAttempt > c.Attempt, v.Do == "ignore":
	case v.Do == "answer":
		c.time.After(wait, true, func() { e.answer(c) })
	case v.Do == "decline":
		c.time.After(wait, true, func() { e.decline(c) })
	case v.Do == "hand" && e.Cfg.Freeze:
		c.frozen = true
		c.time.Hold()
	}
}

// decline: what the network makes of it depends on the called carrier.
func (e *Calls) decline(c *Call) {
	if e.Cfg.Switches.DeclineStatus == "no-answer" {
		e.end(c, StatusNoAnswer, 487)
		return
	}
	e.end(c, StatusBusy, 486)
}

// answer connects the call; only now are the instructions requested.
func (e *Calls) answer(c *Call) {
	if c.Status != StatusRinging {
		return
	}
	c.time.DropAll()
	e.update(c, func() { c.Status, c.Answered = StatusInProgress, e.Now() })
	e.emit(c, "answered")
	e.limit(c, c.order.Limit)
	facts := fault.Facts{To: c.To, From: c.From}
	if a, ok := e.Faults.Strike(fault.Carrier, facts, func(a fault.Action) bool { return a.DropMediaMS > 0 }); ok {
		c.time.After(time.Duration(a.DropMediaMS)*time.Millisecond, false, func() {
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

// limit ends a call after a while, in place of any limit that it had.
func (e *Calls) limit(c *Call, after time.Duration) {
	c.limit.Drop()
	c.limit = c.time.After(after, false, func() { e.end(c, StatusCompleted, 0) })
}

// end brings a call to its terminal state.
func (e *Calls) end(c *Call, status string, sip int) {
	if c.Ended() {
		return
	}
	c.gen++
	e.quiet(c)
	c.leg.gather = nil
	c.time.DropAll()
	e.unqueue(c)
	e.update(c, func() { c.Status, c.End, c.SIP = status, e.Now(), sip })
	e.live[c.other()] = slices.DeleteFunc(e.live[c.other()], func(other *Call) bool { return other == c })
	if len(e.live[c.other()]) == 0 {
		delete(e.live, c.other())
	}
	if c.dialled {
		e.emit(c, "completed")
	}
}

// UpdateCall does what POST Calls/{sid}.json asks: cancel, hang up or redirect.
func (e *Calls) UpdateCall(sid string, o order.Update) (resource.Call, *order.APIError) {
	defer e.Enter()()
	c, ok := e.bySID[sid]
	if !ok {
		return resource.Call{}, nil
	}
	e.Oracle.Seen(c.To)
	if o.Status != "" && o.Status != StatusCanceled && o.Status != StatusCompleted {
		return resource.Call{}, order.Refuse(21218, "Invalid Status "+o.Status)
	}
	if err := o.Check(); err != nil {
		return resource.Call{}, err
	}
	if c.Ended() {
		return resource.Call{}, order.Refuse(21220, "Call is not in-progress. Cannot redirect.")
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
			return resource.Call{}, order.Refuse(21220, "Call is not in-progress. Cannot redirect.")
		}
		e.redirect(c, o)
	}
	return e.resource(c, c.CallState), nil
}

// redirect replaces what a live call is doing.
func (e *Calls) redirect(c *Call, o order.Update) {
	if o.FallbackURL != "" {
		c.order.Fallback = order.At(o.FallbackURL, method(o.FallbackMethod))
	}
	if o.StatusCallback != "" && o.URL != "" {
		// Without a new Url the change of StatusCallback is ignored.
		c.order.Status = order.At(o.StatusCallback, method(o.StatusCallbackMethod))
	}
	if o.TimeLimit > 0 {
		e.limit(c, time.Duration(o.TimeLimit)*time.Second)
	}
	interrupted := c.leg.gather
	e.interrupt(c)
	run := func() {
		if o.Twiml != "" {
			e.load(c, "", []byte(o.Twiml))
			return
		}
		e.fetch(c, order.At(o.URL, method(o.Method)), nil)
	}
	if interrupted != nil && e.Cfg.Switches.RedirectAction {
		e.fetchThen(c, e.action(c, interrupted), nil, run)
		return
	}
	run()
}
