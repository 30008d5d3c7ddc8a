package calls

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// callback is a status callback waiting for its turn.
type callback struct {
	event string
	form  url.Values
	after string // held back until this event has been sent

	joined time.Time // machine time
}

// emit fires a status callback. Callbacks of one call leave one after the
// other and never hold up the call.
func (e *Calls) emit(c *Call, event string) {
	o := c.order
	if o.Status.URL == "" || o.BadEvents || !slices.Contains(o.Events, event) {
		return
	}
	form := e.form(c)
	at := e.Now()
	if a, ok := e.Faults.Strike(fault.Carrier, fault.Facts{To: c.To, From: c.From, Event: event}, func(a fault.Action) bool { return a.ClockSkewMS != 0 }); ok {
		at = at.Add(time.Duration(a.ClockSkewMS) * time.Millisecond)
	}
	form.Set("Timestamp", resource.Stamp(at))
	form.Set("CallbackSource", "call-progress-events")
	form.Set("SequenceNumber", strconv.Itoa(c.seq))
	c.seq++
	if event == "initiated" {
		form.Set("CallStatus", "initiated")
	}
	if (event == "ringing" || event == "answered") && c.Direction != "inbound" {
		form.Set("StirStatus", "A")
	}
	if c.Ended() {
		d := c.Duration()
		form.Set("CallDuration", strconv.Itoa(d))
		form.Set("Duration", strconv.Itoa((d+59)/60))
		if c.SIP != 0 {
			form.Set("SipResponseCode", strconv.Itoa(c.SIP))
		}
		if c.AnsweredBy != "" {
			form.Set("AnsweredBy", c.AnsweredBy)
		}
	}
	cb := &callback{event: event, form: form, joined: e.Cfg.Wall()}
	facts := fault.Facts{Path: o.Status.URL, To: c.To, From: c.From, Event: event}
	if a, ok := e.Faults.Strike(fault.Callback, facts, func(a fault.Action) bool { return a.ReorderAfter != "" }); ok {
		cb.after = a.ReorderAfter
	}
	c.pending = append(c.pending, cb)
	e.sendNext(c)
}

// sendNext sends the first callback that need not wait.
func (e *Calls) sendNext(c *Call) {
	if c.sending {
		return
	}
	i := slices.IndexFunc(c.pending, func(cb *callback) bool {
		return cb.after == "" || slices.Contains(c.sent, cb.after)
	})
	if i < 0 {
		if !c.Ended() || len(c.pending) == 0 {
			return
		}
		i = 0 // what it waits for will never come
	}
	cb := c.pending[i]
	c.pending = slices.Delete(c.pending, i, i+1)
	c.sending = true
	c.sent = append(c.sent, cb.event)
	w := &view.Webhook{Kind: hook.VoiceStatus, Event: cb.event, CallSID: c.SID, Phone: c.other()}
	if cb.after != "" {
		w.Fault = "held back"
	}
	req := hook.Request{Kind: hook.VoiceStatus, Method: c.order.Status.Method, URL: c.order.Status.URL, Form: cb.form, Jar: c.jar}
	e.Deliver(fault.Callback, w, req, func(hook.Result) {
		c.sending = false
		e.expireCallbacks(c)
		e.sendNext(c)
	})
	if w.ID == 0 { // delayed by a fault: the later ones overtake it
		c.sending = false
		e.sendNext(c)
	}
}

// expireCallbacks drops what has itself waited too long behind slow answers;
// what a fault holds back waits for its event however long that takes.
func (e *Calls) expireCallbacks(c *Call) {
	ttl := e.Cfg.CallbackTTL
	if ttl == 0 {
		ttl = time.Minute
	}
	c.pending = slices.DeleteFunc(c.pending, func(cb *callback) bool {
		if cb.after != "" || e.Cfg.Wall().Sub(cb.joined) < ttl {
			return false
		}
		e.Alert(view.Alert{Code: 15002, Error: true, SID: c.SID, URL: c.order.Status.URL, Text: "callback " + cb.event + " timed out in the callback queue"})
		return true
	})
}

// detect runs answering-machine detection on an answered call. Synchronous
// detection keeps the person waiting in silence until there is a verdict.
func (e *Calls) detect(c *Call) {
	if c.order.Detect == nil {
		e.begin(c)
		return
	}
	verdict := amd.Detect(*c.order.Detect, c.phone.Persona.Voice.Audio)
	wait := time.Duration(verdict.MS) * time.Millisecond
	if !c.order.Async {
		gen := c.gen
		c.time.After(wait, false, func() {
			e.update(c, func() { c.AnsweredBy = verdict.AnsweredBy })
			if c.gen == gen { // else the application has sent the call elsewhere
				e.begin(c)
			}
		})
		return
	}
	c.time.After(wait, false, func() {
		e.update(c, func() { c.AnsweredBy = verdict.AnsweredBy })
		e.reportDetection(c, verdict)
	})
	e.begin(c)
}

func (e *Calls) reportDetection(c *Call, r amd.Result) {
	d := c.order.AMD
	if d.URL == "" {
		return
	}
	form := url.Values{"CallSid": {c.SID}, "AccountSid": {e.Cfg.AccountSID}, "AnsweredBy": {r.AnsweredBy},
		"MachineDetectionDuration": {strconv.Itoa(r.MS)}}
	w := &view.Webhook{Kind: hook.VoiceAMD, Event: r.AnsweredBy, CallSID: c.SID, Phone: c.other()}
	e.Deliver(fault.Callback, w, hook.Request{Kind: hook.VoiceAMD, Method: d.Method, URL: d.URL, Form: form, Jar: c.jar}, nil)
}
