package engine

import (
	"maps"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
)

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

// deliver sends a webhook, with whatever is made to go wrong with it. done
// runs under the lock when the first copy has been answered or lost; it may be
// nil.
func (e *Engine) deliver(point string, w *Webhook, req hook.Request, done func(hook.Result)) {
	facts := fault.Facts{Path: req.URL, Method: req.Method, To: req.Form.Get("To"), From: req.Form.Get("From"), Event: w.Event}
	a, struck := e.faults.Strike(point, facts, nil)
	if struck {
		req = spoil(req, a)
		w.Fault = describe(a)
		w.Forged = a.BadSignature || a.NoSignature
		e.touch("")
	}
	req.Token = e.token()
	send := func() {
		if a.Drop {
			e.lose(w, req, done)
			return
		}
		e.fly(w, req, func(r hook.Result) {
			if struck && r.Problem != nil {
				r.Problem.Fault = true
			}
			if done != nil {
				done(r)
			}
			if !a.Concurrent {
				e.copies(w, req, a)
			}
		})
		if a.Concurrent {
			a.Duplicate = max(a.Duplicate, 1)
			e.copies(w, req, a)
		}
	}
	if a.DelayMS > 0 {
		e.sched.After(time.Duration(a.DelayMS)*time.Millisecond, send)
		return
	}
	send()
}

// spoil applies a fault to a request.
func spoil(req hook.Request, a fault.Action) hook.Request {
	req.BadSignature, req.NoSignature = a.BadSignature, a.NoSignature
	req.EarlyClose = a.EarlyClose
	req.Slow = time.Duration(a.SlowMS) * time.Millisecond
	if a.StatusAsGet {
		req.Method = "GET"
	}
	if len(a.ExtraParam) > 0 {
		req.Form = maps.Clone(req.Form)
		for name, value := range a.ExtraParam {
			req.Form.Set(name, value)
		}
	}
	return req
}

// copies repeats a webhook as a fault asks; nobody reads their answers.
func (e *Engine) copies(w *Webhook, req hook.Request, a fault.Action) {
	for range a.Duplicate {
		again := w.again()
		e.fly(again, req, nil)
	}
	for range a.DuplicateNewToken {
		req.Token = e.token()
		e.fly(w.again(), req, nil)
	}
}

func (w *Webhook) again() *Webhook {
	return &Webhook{Kind: w.Kind, Event: w.Event, CallSID: w.CallSID, MessageSID: w.MessageSID, Phone: w.Phone,
		Fault: "copy", Forged: w.Forged}
}

// lose records a webhook that never left.
func (e *Engine) lose(w *Webhook, req hook.Request, done func(hook.Result)) {
	e.record(w, req)
	w.Done = true
	w.Error = "lost on the way (fault)"
	if done != nil {
		done(hook.Result{Problem: &hook.Problem{Code: 11205, Text: w.Error, Fault: true}})
	}
}

func (e *Engine) record(w *Webhook, req hook.Request) {
	w.ID = len(e.webhooks) + 1
	w.At, w.URL, w.Token = e.sched.Now(), req.URL, req.Token
	e.webhooks = append(e.webhooks, w)
}

// fly puts a request on the wire.
func (e *Engine) fly(w *Webhook, req hook.Request, done func(hook.Result)) {
	if e.closed {
		return
	}
	e.record(w, req)
	e.aloft++
	e.flying.Add(1)
	sender := e.sender
	go func() {
		defer e.flying.Done()
		r := sender.Do(e.ctx, req)
		defer e.enter()()
		e.aloft--
		if e.closed || (e.cfg.Life != nil && e.cfg.Life.Err() != nil) {
			return
		}
		e.landed(w, r)
		if done != nil {
			done(r)
		}
		e.touch(w.Phone)
		e.touch("")
	}()
}

// landed records what became of a webhook and holds it against the application
// where it must.
func (e *Engine) landed(w *Webhook, r hook.Result) {
	w.Done, w.Attempts, w.Status = true, r.Attempts, r.Status
	for _, a := range r.Attempts {
		w.MS += a.MS
	}
	if r.Problem != nil {
		w.Code, w.Error = r.Problem.Code, r.Problem.Text
	}
	for _, p := range r.Warnings {
		e.alert(p.Code, false, w.CallSID, w.URL, p.Text)
	}
	e.judgeWebhook(w, r)
}

// describe names a fault for the log.
func describe(a fault.Action) string {
	switch {
	case a.Drop:
		return "dropped"
	case a.BadSignature:
		return "bad signature"
	case a.NoSignature:
		return "no signature"
	case a.EarlyClose:
		return "closed early"
	case a.SlowMS > 0:
		return "answer came too late"
	case a.Duplicate > 0, a.DuplicateNewToken > 0, a.Concurrent:
		return "duplicated"
	case a.ReorderAfter != "":
		return "held back"
	case a.DelayMS > 0:
		return "delayed"
	case a.StatusAsGet:
		return "sent as GET"
	}
	return "extra parameter"
}

// Webhooks lists requests to the application, oldest first; sid narrows to one
// call or message.
func (e *Engine) Webhooks(sid string) []Webhook {
	defer e.enter()()
	out := []Webhook{}
	for _, w := range e.webhooks {
		if sid == "" || w.CallSID == sid || w.MessageSID == sid {
			out = append(out, *w)
		}
	}
	return out
}

// Forge posts a well-formed but wrongly signed webhook to an address of the
// application and reports the status it was answered with; taking it for true
// is a violation.
func (e *Engine) Forge(kind hook.Kind, target string) {
	defer e.enter()()
	form := map[string][]string{
		"CallSid": {e.sid("CA")}, "MessageSid": {e.sid("SM")}, "AccountSid": {e.cfg.AccountSID}, "CallStatus": {"completed"},
		"From": {"+12025550100"}, "To": {"+12025550101"}, "Body": {"STOP"}, "SequenceNumber": {"3"}, "ApiVersion": {"2010-04-01"},
	}
	w := &Webhook{Kind: kind, Event: "forged", Forged: true, Fault: "bad signature"}
	e.fly(w, hook.Request{Kind: kind, Method: "POST", URL: target, Form: form, Token: e.token(), BadSignature: true}, nil)
}
