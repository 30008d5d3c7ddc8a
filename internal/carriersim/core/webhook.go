package core

import (
	"maps"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Deliver sends a webhook, with whatever is made to go wrong with it. done
// runs under the lock when the first copy has been answered or lost; it may be
// nil.
func (c *Core) Deliver(point string, w *view.Webhook, req hook.Request, done func(hook.Result)) {
	facts := fault.Facts{Path: req.URL, Method: req.Method, To: req.Form.Get("To"), From: req.Form.Get("From"), Event: w.Event}
	a, struck := c.Faults.Strike(point, facts, func(a fault.Action) bool { return a.ReorderAfter == "" })
	if struck {
		req = spoil(req, a)
		w.Fault = describe(a)
		w.Forged = a.BadSignature || a.NoSignature
		c.Touch("")
	}
	req.Token = c.Token()
	send := func() {
		if a.Drop {
			c.lose(w, req, done)
			return
		}
		c.Fly(w, req, func(r hook.Result) {
			if struck && r.Problem != nil {
				r.Problem.Fault = true
			}
			if done != nil {
				done(r)
			}
			if !a.Concurrent {
				c.copies(w, req, a)
			}
		})
		if a.Concurrent {
			a.Duplicate = max(a.Duplicate, 1)
			c.copies(w, req, a)
		}
	}
	if a.DelayMS > 0 {
		c.After(time.Duration(a.DelayMS)*time.Millisecond, send)
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
func (c *Core) copies(w *view.Webhook, req hook.Request, a fault.Action) {
	for range a.Duplicate {
		again := copyOf(w)
		c.Fly(again, req, nil)
	}
	for range a.DuplicateNewToken {
		req.Token = c.Token()
		c.Fly(copyOf(w), req, nil)
	}
}

func copyOf(w *view.Webhook) *view.Webhook {
	return &view.Webhook{Kind: w.Kind, Event: w.Event, CallSID: w.CallSID, MessageSID: w.MessageSID, Phone: w.Phone,
		Fault: "copy", Forged: w.Forged}
}

// lose records a webhook that never left.
func (c *Core) lose(w *view.Webhook, req hook.Request, done func(hook.Result)) {
	c.record(w, req)
	w.Done = true
	w.Error = "lost on the way (fault)"
	if done != nil {
		done(hook.Result{Problem: &hook.Problem{Code: 11205, Text: w.Error, Fault: true}})
	}
}

func (c *Core) record(w *view.Webhook, req hook.Request) {
	w.ID = len(c.webhooks) + 1
	w.At, w.URL, w.Token = c.Now(), req.URL, req.Token
	c.webhooks = append(c.webhooks, w)
}

// Fly puts a request on the wire.
func (c *Core) Fly(w *view.Webhook, req hook.Request, done func(hook.Result)) {
	if c.closed {
		return
	}
	c.record(w, req)
	c.aloft++
	c.flying.Add(1)
	sender := c.sender
	go func() {
		defer c.flying.Done()
		r := sender.Do(c.ctx, req)
		defer c.Enter()()
		c.aloft--
		if c.closed || (c.Cfg.Life != nil && c.Cfg.Life.Err() != nil) {
			return
		}
		c.landed(w, r)
		if done != nil {
			done(r)
		}
		c.Touch(w.Phone)
		c.Touch("")
	}()
}

// landed records what became of a webhook and holds it against the application
// where it must.
func (c *Core) landed(w *view.Webhook, r hook.Result) {
	w.Done, w.Attempts, w.Status = true, r.Attempts, r.Status
	for _, a := range r.Attempts {
		w.MS += a.MS
	}
	if r.Problem != nil {
		w.Code, w.Error = r.Problem.Code, r.Problem.Text
	}
	for _, p := range r.Warnings {
		c.Alert(view.Alert{Code: p.Code, SID: w.CallSID + w.MessageSID, URL: w.URL, Text: p.Text})
	}
	c.Oracle.Webhook(w, r, c.Cfg.WebhookScale)
	c.reportCallback(w, r)
}

// reportCallback puts a failed callback into the debugger; failures of other
// webhooks are reported by whoever needed the answer.
func (c *Core) reportCallback(w *view.Webhook, r hook.Result) {
	if r.Problem == nil || w.Forged || w.Kind == hook.VoiceTwiML || w.Kind == hook.SMSTwiML {
		return
	}
	code := r.Problem.Code
	if r.Status >= 400 {
		code = 15003
	}
	c.Alert(view.Alert{Code: code, SID: w.CallSID + w.MessageSID, URL: w.URL, Text: r.Problem.Text, Fault: w.Fault != ""})
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
