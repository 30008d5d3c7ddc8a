// Package texts owns the text messages: senders and their rates, delivery and
// its receipts, what the carrier itself does with STOP, and texts from people.
// It must never decide what a call does.
package texts

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/gsm"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// MessageState is the part of a message that changes.
type MessageState struct {
	Status    string
	From      string // empty until a Messaging Service has picked a sender
	Body      string
	Updated   time.Time
	Sent      time.Time
	ErrorCode int
}

// Message is one text, in or out.
type Message struct {
	MessageState
	SID       string
	To        string
	Direction string // outbound-api, outbound-reply or inbound
	Service   string
	Origin    string // app, or person
	Segments  int
	Created   time.Time
	Wall      time.Time

	history []MessageState
	status  order.Document
}

// CreateMessage sends a text as POST Messages.json asks; release must be
// called once the answer has left.
func (e *Texts) CreateMessage(form url.Values) (res resource.Message, release func(), refused *order.APIError) {
	defer e.Enter()()
	to, from, mg, body := form.Get("To"), form.Get("From"), form.Get("MessagingServiceSid"), form.Get("Body")
	for _, name := range []string{"ScheduleType", "SendAt", "MediaUrl", "ContentSid"} {
		if form.Has(name) { // taking it and sending at once, or without it, would be a lie
			e.Oracle.Note(view.Violation{Kind: "unimplemented_parameter", Phone: to, Detail: "POST Messages.json with " + name})
			return resource.Message{}, nil, &order.APIError{Status: 400, Code: 20001, Message: "Parameter " + name + " is not supported here"}
		}
	}
	if err := e.checkText(to, from, mg, body, form); err != nil {
		return resource.Message{}, nil, err
	}
	sender, err := e.senderFor(to, from, mg)
	if err != nil {
		return resource.Message{}, nil, err
	}
	blockedCode, sync := e.refusesText(sender, to, mg)
	e.Oracle.Text(sender, to, body)
	if blockedCode != 0 && sync {
		return resource.Message{}, nil, order.Refusal(blockedCode, to)
	}
	if e.backlog(sender) > 10*time.Hour && mg == "" {
		return resource.Message{}, nil, order.Refuse(21611, "This 'From' number has exceeded the maximum number of queued messages")
	}
	m := e.newMessage(to, body, "outbound-api", "app")
	m.Service = mg
	m.status = order.At(form.Get("StatusCallback"), "POST")
	if svc := e.Services[mg]; svc != nil && m.status.URL == "" {
		m.status.URL = svc.StatusCallback
	}
	m.Status = "queued"
	if mg != "" {
		m.Status = "accepted"
	} else {
		m.From = sender
	}
	m.history = []MessageState{m.MessageState}
	ready := e.turns.Take(func() { e.dispatch(m, sender, blockedCode) })
	return e.messageResource(m, m.MessageState), func() {
		defer e.Enter()()
		ready()
	}, nil
}

func (e *Texts) newMessage(to, body, direction, origin string) *Message {
	now := e.Now()
	m := &Message{SID: e.SID("SM"), To: to, Direction: direction, Origin: origin, Segments: gsm.Segments(body), Created: now, Wall: time.Now()}
	m.Body, m.Updated = body, now
	e.all = append(e.all, m)
	e.bySID[m.SID] = m
	return m
}

func (e *Texts) checkText(to, from, mg, body string, form url.Values) *order.APIError {
	switch {
	case to == "":
		return order.Refuse(21604, "A 'To' phone number is required.")
	case !settings.ValidNumber(to), to == from:
		return order.Refusal(21211, to)
	case from == "" && mg == "":
		return order.Refuse(21603, "A 'From' phone number is required.")
	case body == "":
		return order.Refuse(21602, "Message body is required.")
	case len([]rune(body)) > 1600:
		return order.Refuse(21617, "The concatenated message body exceeds the 1600 character limit.")
	}
	if raw := form.Get("StatusCallback"); raw != "" && !settings.ValidURL(raw) {
		return order.Refuse(21609, "The StatusCallback URL "+raw+" is not a valid URL.")
	}
	if _, err := order.IntIn(form, "ValidityPeriod", 36_000, 1, 36_000, 21625); err != nil {
		return err
	}
	if code := e.Phone(to).Persona.RefuseText; code != 0 && code != 21610 {
		return order.Refusal(code, to)
	}
	return nil
}

// senderFor picks the number a text leaves from: always the same one of a
// service for one recipient.
func (e *Texts) senderFor(to, from, mg string) (string, *order.APIError) {
	if mg == "" {
		if _, ok := e.Numbers[from]; !ok {
			return "", order.Refuse(21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination.")
		}
		return from, nil
	}
	if _, ok := e.Services[mg]; !ok {
		return "", &order.APIError{Status: 404, Code: 21701, Message: "The Messaging Service does not exist"}
	}
	var pool []string
	for _, n := range e.SortedNumbers() {
		if n.Service == mg {
			pool = append(pool, n.Number)
		}
	}
	if len(pool) == 0 {
		return "", order.Refuse(21703, "The Messaging Service does not have a phone number available to send a message")
	}
	if slices.Contains(pool, from) {
		return from, nil
	}
	sum := 0
	for _, r := range to {
		sum = sum*31 + int(r)
	}
	return pool[(sum&0xffff)%len(pool)], nil
}

// backlog is how long a sender needs for what it already holds.
func (e *Texts) backlog(sender string) time.Duration {
	return max(e.rates[sender].Sub(e.Now()), 0)
}

// perSegment is the time one segment takes a sender.
func (e *Texts) perSegment(sender string) time.Duration {
	mps := e.Cfg.MPS
	if mps == 0 {
		switch e.Numbers[sender].Type {
		case settings.TollFree:
			mps = 3
		case settings.ShortCode:
			mps = 100
		default:
			mps = 1
		}
	}
	return time.Duration(float64(time.Second) / mps)
}

// dispatch queues a text at its sender's rate.
func (e *Texts) dispatch(m *Message, sender string, blockedCode int) {
	if e.Closed() || e.Numbers[sender] == nil {
		return
	}
	if m.Service != "" {
		e.setMessage(m, "queued", func() { m.From = sender })
	}
	now := e.Now()
	at := core.Later(e.rates[sender], now)
	e.rates[sender] = at.Add(time.Duration(m.Segments) * e.perSegment(sender))
	if at.Sub(now) > 10*time.Hour {
		e.After(0, func() { e.setMessage(m, "failed", func() { m.ErrorCode = 30001 }) })
		return
	}
	e.After(at.Sub(now)+200*time.Millisecond, func() { e.transmit(m, blockedCode) })
}

// setMessage changes a message's state and tells the application, which is
// never told the initial state.
func (e *Texts) setMessage(m *Message, status string, change func()) {
	change()
	m.Status, m.Updated = status, e.Now()
	m.history = append(m.history, m.MessageState)
	e.Touch(m.To)
	if m.status.URL == "" {
		return
	}
	form := url.Values{"MessageSid": {m.SID}, "SmsSid": {m.SID}, "MessageStatus": {status}, "SmsStatus": {status},
		"AccountSid": {e.Cfg.AccountSID}, "From": {m.From}, "To": {m.To}, "ApiVersion": {"2010-04-01"}}
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if m.ErrorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(m.ErrorCode))
	}
	if status == "delivered" || status == "undelivered" {
		form.Set("RawDlrDoneDate", m.Updated.Format("0601021504"))
	}
	w := &view.Webhook{Kind: hook.SMSStatus, Event: status, MessageSID: m.SID, Phone: m.To}
	e.Deliver(fault.Callback, w, hook.Request{Kind: hook.SMSStatus, Method: "POST", URL: m.status.URL, Form: form}, nil)
}

// transmit hands a text to the network.
func (e *Texts) transmit(m *Message, blockedCode int) {
	if blockedCode != 0 {
		e.setMessage(m, "failed", func() { m.ErrorCode = blockedCode })
		return
	}
	p := e.Phone(m.To)
	e.setMessage(m, "sent", func() { m.Sent = e.Now() })
	d := p.Persona.Delivery
	delay := time.Duration(d.DelayMS) * time.Millisecond
	if delay == 0 {
		delay = 800 * time.Millisecond
	}
	e.answerText(p, m, true)
	switch {
	case d.NoReceipt:
		e.arrive(p, m)
	case d.ErrorCode != 0:
		e.After(delay, func() { e.setMessage(m, "undelivered", func() { m.ErrorCode = d.ErrorCode }) })
	case repliesEarly(p):
		e.arrive(p, m)
		e.After(delay, func() { e.setMessage(m, "delivered", func() {}) })
	default:
		e.After(delay, func() {
			e.arrive(p, m)
			e.setMessage(m, "delivered", func() {})
		})
	}
}

func repliesEarly(p *core.Phone) bool {
	return slices.ContainsFunc(p.Persona.Texts, func(r persona.Reply) bool { return r.BeforeReceipt })
}

// arrive puts a text into the phone's thread; its owner may answer.
func (e *Texts) arrive(p *core.Phone, m *Message) {
	p.Thread = append(p.Thread, view.Text{At: e.Now(), Number: m.From, Body: m.Body, Origin: "app", SID: m.SID})
	e.Touch(p.Number)
	e.answerText(p, m, false)
}

// answerText plans the owner's replies that count from this moment.
func (e *Texts) answerText(p *core.Phone, m *Message, sent bool) {
	for _, r := range p.Persona.Texts {
		body, ok := r.Fill(m.Body)
		if !ok || r.BeforeReceipt != sent || r.Once && e.askedBefore(p, m) {
			continue
		}
		e.After(time.Duration(r.AfterMS)*time.Millisecond, func() {
			if slices.Contains(p.Persona.Texts, r) { // still the same owner
				e.Receive(p, m.From, body)
			}
		})
	}
}

// askedBefore tells whether a text that asked for a word came before this one.
func (e *Texts) askedBefore(p *core.Phone, m *Message) bool {
	return slices.ContainsFunc(p.Thread, func(t view.Text) bool {
		_, asks := persona.Asks(t.Body)
		return asks && t.Origin == "app" && t.SID != m.SID
	})
}
