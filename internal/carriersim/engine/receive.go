package engine

import (
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/twiml"
)

// What an act at a phone can be refused for.
var (
	ErrNoPhone  = errors.New("no such phone has been seen")
	ErrNoCall   = errors.New("there is no call to do that with")
	ErrNoNumber = errors.New("not one of the account's numbers")
	ErrBusy     = errors.New("the phone is in another call")
)

// TextIn sends a text from a phone to one of the account's numbers, by the
// hand of whoever drives the phone; it returns the message's SID.
func (e *Engine) TextIn(from, to, body string) (string, error) {
	defer e.enter()()
	if !ValidNumber(from) {
		return "", fmt.Errorf("text in from %q: want an E.164 number", from)
	}
	if body == "" || len([]rune(body)) > 1600 {
		return "", fmt.Errorf("text in from %s: want 1 to 1600 characters", from)
	}
	if _, ok := e.numbers[to]; !ok {
		return "", fmt.Errorf("text in to %s: %w", to, ErrNoNumber)
	}
	p := e.phone(from)
	e.take(p)
	return e.receive(p, to, body), nil
}

// receive is a text on its way from a phone to the application.
func (e *Engine) receive(p *Phone, ours, body string) string {
	now := e.sched.Now()
	m := e.newMessage(ours, body, "inbound", "person")
	m.From, m.Status, m.Sent = p.Number, "received", now
	m.history = []MessageState{m.MessageState}
	p.thread = append(p.thread, Text{At: now, Number: ours, Out: true, Body: body, Origin: "person", SID: m.SID})
	rules := optout.Rules{YesAutoreply: e.cfg.Switches.YesAutoreply, Trim: !e.cfg.Switches.KeepSpace}
	if rules.YesAutoreply == "" {
		rules.YesAutoreply = "when_blocked"
	}
	svc := e.serviceOf(ours)
	if svc != nil {
		m.Service = svc.SID
		rules.Words, rules.OmitYes = svc.Words, svc.OmitYes
	}
	out := optout.Decide(e.mode(ours), body, e.isBlocked(ours, p.Number), rules)
	if out.Block || out.Unblock {
		e.blocked[e.scope(ours, p.Number)] = out.Block
	}
	word := e.heardFrom(p, ours, body, out)
	e.announce(p, ours, m, out, word)
	if out.Reply != "" {
		e.sched.After(500*time.Millisecond, func() {
			p.thread = append(p.thread, Text{At: e.sched.Now(), Number: ours, Body: out.Reply, Origin: "twilio-auto"})
			e.touch(p.Number)
		})
	}
	e.touch(p.Number)
	return m.SID
}

func (e *Engine) serviceOf(ours string) *ServiceConfig {
	if n := e.numbers[ours]; n != nil && n.Service != "" {
		return e.services[n.Service]
	}
	return nil
}

// announce posts an inbound text to the application.
func (e *Engine) announce(p *Phone, ours string, m *Message, out optout.Outcome, stop *stopped) {
	n := e.numbers[ours]
	target, how, fallback := n.SMSURL, method(n.SMSMethod), n.SMSFallbackURL
	if svc := e.serviceOf(ours); svc != nil && !svc.UseWebhookOnNumber && svc.InboundURL != "" {
		target, how, fallback = svc.InboundURL, method(svc.InboundMethod), svc.FallbackURL
	}
	if target == "" {
		e.alert(11100, false, "", "", "no address for texts is configured for "+ours)
		return
	}
	form := url.Values{"MessageSid": {m.SID}, "SmsSid": {m.SID}, "SmsMessageSid": {m.SID}, "SmsStatus": {"received"},
		"AccountSid": {e.cfg.AccountSID}, "From": {p.Number}, "To": {ours}, "Body": {m.Body}, "NumMedia": {"0"},
		"NumSegments": {strconv.Itoa(m.Segments)}, "ApiVersion": {"2010-04-01"}}
	e.geo(form, p.Number, "From")
	e.geo(form, ours, "To")
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if out.OptOutType != "" {
		form.Set("OptOutType", out.OptOutType)
	}
	post := func(then func()) {
		e.post(p, ours, m, hook.Request{Kind: hook.SMSTwiML, Method: how, URL: target, Form: form}, fallback, stop, then)
	}
	facts := fault.Facts{Path: target, From: p.Number, To: ours}
	if _, ok := e.faults.Strike(fault.SMSInbound, facts, func(a fault.Action) bool { return a.ReorderAfter != "" }); ok {
		e.held = append(e.held, func() { post(nil) }) // until the next text has been answered
		return
	}
	held := e.held
	e.held = nil
	post(func() {
		for _, f := range held {
			f()
		}
	})
}

// post delivers an inbound text; where that fails, the fallback address is
// tried once, and then the text is only in the list of messages. then, which
// may be nil, runs after the first answer.
func (e *Engine) post(p *Phone, ours string, m *Message, req hook.Request, fallback string, stop *stopped, then func()) {
	w := &Webhook{Kind: hook.SMSTwiML, Event: "received", MessageSID: m.SID, Phone: p.Number}
	e.deliver(fault.SMSInbound, w, req, func(r hook.Result) {
		if then != nil {
			then()
		}
		if w.Fault == "dropped" {
			return
		}
		if e.replied(p, ours, m, r, req.URL, stop) || fallback == "" {
			return
		}
		again := req
		again.URL = fallback
		again.Form = url.Values{}
		for k, v := range req.Form {
			again.Form[k] = v
		}
		code := 12100
		if r.Problem != nil {
			code = r.Problem.Code
		}
		again.Form.Set("ErrorCode", strconv.Itoa(code))
		again.Form.Set("ErrorUrl", strings.SplitN(req.URL, "#", 2)[0])
		w := &Webhook{Kind: hook.SMSTwiML, Event: "fallback", MessageSID: m.SID, Phone: p.Number}
		again.Token = e.token()
		e.fly(w, again, func(r hook.Result) { e.replied(p, ours, m, r, fallback, stop) })
	})
}

// replied acts on the application's answer to a text; it reports whether the
// answer was usable.
func (e *Engine) replied(p *Phone, ours string, m *Message, r hook.Result, target string, stop *stopped) bool {
	if r.Problem != nil {
		e.report(Alert{Code: r.Problem.Code, Error: true, SID: m.SID, URL: target, Text: r.Problem.Text, Fault: r.Problem.Fault})
		return false
	}
	if stop != nil {
		stop.answered = true
	}
	if len(r.Body) == 0 {
		return true
	}
	kind, _, err := mime.ParseMediaType(r.Type)
	if err == nil && kind == "text/plain" {
		e.replyWith(p, ours, string(r.Body), document{})
		return true
	}
	if err != nil || (kind != "text/xml" && kind != "application/xml" && kind != "text/html") {
		e.alert(12300, true, m.SID, target, "Invalid Content-Type: "+r.Type)
		return false
	}
	verbs, problems := twiml.Parse(r.Body, twiml.Messaging)
	for _, problem := range problems {
		e.alert(problem.Code, problem.Fatal, m.SID, target, problem.Text)
	}
	if _, fatal := twiml.Fatal(problems); fatal {
		return false
	}
	for i, v := range verbs {
		switch {
		case i >= 10:
			e.alert(14109, true, m.SID, target, "more than 10 replies")
			return true
		case v.Name == "Message" && v.Text == "":
			e.alert(14103, false, m.SID, target, "<Message> without a body")
		case v.Name == "Message":
			e.replyWith(p, ours, v.Text, document{v.Attrs["statusCallback"], "POST"})
		}
	}
	return true
}

// replyWith sends a text that the application's answer asked for.
func (e *Engine) replyWith(p *Phone, ours, body string, status document) {
	e.judgeMessage(ours, p.Number, body)
	m := e.newMessage(p.Number, body, "outbound-reply", "app")
	m.From, m.Status, m.status = ours, "queued", status
	m.history = []MessageState{m.MessageState}
	if status.url != "" && !ValidURL(status.url) {
		m.status.url = ""
	}
	if code, _ := e.refusesText(ours, p.Number, ""); code != 0 {
		e.sched.After(0, func() { e.setMessage(m, "failed", func() { m.ErrorCode = code }) })
		return
	}
	at := later(e.rates[ours], e.sched.Now())
	e.rates[ours] = at.Add(time.Duration(m.Segments) * e.perSegment(ours))
	e.sched.After(at.Sub(e.sched.Now())+200*time.Millisecond, func() { e.transmit(m, 0) })
}
