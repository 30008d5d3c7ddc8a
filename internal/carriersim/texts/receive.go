package texts

import (
	"fmt"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/oracle"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/twiml"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// TextIn sends a text from a phone to one of the account's numbers, by the
// hand of whoever drives the phone; it returns the message's SID.
func (e *Texts) TextIn(from, to, body string) (string, error) {
	defer e.Enter()()
	if !settings.ValidNumber(from) {
		return "", fmt.Errorf("text in from %q: want an E.164 number", from)
	}
	if body == "" || len([]rune(body)) > 1600 {
		return "", fmt.Errorf("text in from %s: want 1 to 1600 characters", from)
	}
	if _, ok := e.Numbers[to]; !ok {
		return "", fmt.Errorf("text in to %s: %w", to, core.ErrNoNumber)
	}
	p := e.Phone(from)
	e.Take(p)
	return e.Receive(p, to, body), nil
}

// Receive is a text on its way from a phone to the application. The lock must
// be held.
func (e *Texts) Receive(p *core.Phone, ours, body string) string {
	now := e.Now()
	m := e.newMessage(ours, body, "inbound", "person")
	m.From, m.Status, m.Sent = p.Number, "received", now
	m.history = []MessageState{m.MessageState}
	p.Thread = append(p.Thread, view.Text{At: now, Number: ours, Out: true, Body: body, Origin: "person", SID: m.SID})
	rules := optout.Rules{YesAutoreply: e.Cfg.Switches.YesAutoreply, Trim: !e.Cfg.Switches.KeepSpace}
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
	word := e.Oracle.Heard(p.Number, ours, body, out)
	e.announce(p, ours, m, out, word)
	if out.Reply != "" {
		e.After(500*time.Millisecond, func() {
			p.Thread = append(p.Thread, view.Text{At: e.Now(), Number: ours, Body: out.Reply, Origin: "twilio-auto"})
			e.Touch(p.Number)
		})
	}
	e.Touch(p.Number)
	return m.SID
}

func (e *Texts) serviceOf(ours string) *settings.ServiceConfig {
	if n := e.Numbers[ours]; n != nil && n.Service != "" {
		return e.Services[n.Service]
	}
	return nil
}

// announce posts an inbound text to the application.
func (e *Texts) announce(p *core.Phone, ours string, m *Message, out optout.Outcome, stop *oracle.Stop) {
	n := e.Numbers[ours]
	target, how, fallback := n.SMSURL, n.SMSMethod, n.SMSFallbackURL
	if svc := e.serviceOf(ours); svc != nil && !svc.UseWebhookOnNumber && svc.InboundURL != "" {
		target, how, fallback = svc.InboundURL, svc.InboundMethod, svc.FallbackURL
	}
	if target == "" {
		e.Alert(view.Alert{Code: 11100, Error: false, SID: "", URL: "", Text: "no address for texts is configured for " + ours})
		return
	}
	form := url.Values{"MessageSid": {m.SID}, "SmsSid": {m.SID}, "SmsMessageSid": {m.SID}, "SmsStatus": {"received"},
		"AccountSid": {e.Cfg.AccountSID}, "From": {p.Number}, "To": {ours}, "Body": {m.Body}, "NumMedia": {"0"},
		"NumSegments": {strconv.Itoa(m.Segments)}, "ApiVersion": {"2010-04-01"}}
	e.Geo(form, p.Number, "From")
	e.Geo(form, ours, "To")
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if out.OptOutType != "" {
		form.Set("OptOutType", out.OptOutType)
	}
	post := func(then func()) {
		e.post(p, ours, m, hook.Request{Kind: hook.SMSTwiML, Method: order.At(target, how).Method, URL: target, Form: form}, fallback, stop, then)
	}
	facts := fault.Facts{Path: target, From: p.Number, To: ours}
	if _, ok := e.Faults.Strike(fault.SMSInbound, facts, func(a fault.Action) bool { return a.ReorderAfter != "" }); ok {
		e.held = append(e.held, post) // until the next text has been answered
		return
	}
	held := e.held
	e.held = nil
	post(func() { inTurn(held) })
}

// inTurn posts what was held back, each once the one before it has been
// answered: at once they would arrive in whatever order the machine is in the
// mood for, and no seed could repeat it.
func inTurn(posts []func(then func())) {
	if len(posts) > 0 {
		posts[0](func() { inTurn(posts[1:]) })
	}
}

// post delivers an inbound text; where that fails, the fallback address is
// tried once, and then the text is only in the list of messages. then, which
// may be nil, runs after the first answer.
func (e *Texts) post(p *core.Phone, ours string, m *Message, req hook.Request, fallback string, stop *oracle.Stop, then func()) {
	w := &view.Webhook{Kind: hook.SMSTwiML, Event: "received", MessageSID: m.SID, Phone: p.Number}
	e.Deliver(fault.SMSInbound, w, req, func(r hook.Result) {
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
		w := &view.Webhook{Kind: hook.SMSTwiML, Event: "fallback", MessageSID: m.SID, Phone: p.Number}
		again.Token = e.Token()
		e.Fly(w, again, func(r hook.Result) { e.replied(p, ours, m, r, fallback, stop) })
	})
}

// replied acts on the application's answer to a text; it reports whether the
// answer was usable.
func (e *Texts) replied(p *core.Phone, ours string, m *Message, r hook.Result, target string, stop *oracle.Stop) bool {
	if r.Problem != nil {
		e.Alert(view.Alert{Code: r.Problem.Code, Error: true, SID: m.SID, URL: target, Text: r.Problem.Text, Fault: r.Problem.Fault})
		return false
	}
	if stop != nil {
		stop.Answered = true
	}
	if len(r.Body) == 0 {
		return true
	}
	kind, _, err := mime.ParseMediaType(r.Type)
	if err == nil && kind == "text/plain" {
		e.replyWith(p, ours, string(r.Body), order.Document{})
		return true
	}
	if err != nil || (kind != "text/xml" && kind != "application/xml" && kind != "text/html") {
		e.Alert(view.Alert{Code: 12300, Error: true, SID: m.SID, URL: target, Text: "Invalid Content-Type: " + r.Type})
		return false
	}
	verbs, problems := twiml.Parse(r.Body, twiml.Messaging)
	for _, problem := range problems {
		e.Alert(view.Alert{Code: problem.Code, Error: problem.Fatal, SID: m.SID, URL: target, Text: problem.Text})
	}
	if _, fatal := twiml.Fatal(problems); fatal {
		return false
	}
	for i, v := range verbs {
		switch {
		case i >= 10:
			e.Alert(view.Alert{Code: 14109, Error: true, SID: m.SID, URL: target, Text: "more than 10 replies"})
			return true
		case v.Name == "Message" && v.Text == "":
			e.Alert(view.Alert{Code: 14103, Error: false, SID: m.SID, URL: target, Text: "<Message> without a body"})
		case v.Name == "Message":
			e.replyWith(p, ours, v.Text, order.At(v.Attrs["statusCallback"], "POST"))
		}
	}
	return true
}

// replyWith sends a text that the application's answer asked for.
func (e *Texts) replyWith(p *core.Phone, ours, body string, status order.Document) {
	if e.looping(ours, p.Number) {
		e.Alert(view.Alert{Code: 14107, Error: true, Text: "more than 15 replies from " + ours + " to one number, less than 30 s apart"})
		return
	}
	if len([]rune(body)) > 1600 {
		e.Alert(view.Alert{Code: 21617, Error: true, Text: "the reply exceeds the 1600 character limit"})
		return
	}
	e.Oracle.Text(ours, p.Number, body)
	m := e.newMessage(p.Number, body, "outbound-reply", "app")
	m.From, m.Status, m.status = ours, "queued", status
	m.history = []MessageState{m.MessageState}
	if status.URL != "" && !settings.ValidURL(status.URL) {
		m.status.URL = ""
	}
	if code, _ := e.refusesText(ours, p.Number, ""); code != 0 {
		e.After(0, func() { e.setMessage(m, "failed", func() { m.ErrorCode = code }) })
		return
	}
	at := core.Later(e.rates[ours], e.Now())
	e.rates[ours] = at.Add(time.Duration(m.Segments) * e.perSegment(ours))
	e.After(at.Sub(e.Now())+200*time.Millisecond, func() { e.transmit(m, 0) })
}

// streak is a row of replies between two numbers with short gaps.
type streak struct {
	last time.Time
	n    int
}

// looping is the guard against two machines that answer each other.
func (e *Texts) looping(ours, phone string) bool {
	p, now := pair{ours, phone}, e.Now()
	s := e.streaks[p]
	if now.Sub(s.last) > 30*time.Second {
		s.n = 0
	}
	e.streaks[p] = streak{now, s.n + 1}
	return s.n >= 15
}
