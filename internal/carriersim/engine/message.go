package engine

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/persona"
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
	status  document
}

// Segments counts the segments of a text: 160 characters of the GSM alphabet
// in one, 153 each in several; 70 and 67 where another character forces UCS-2.
func Segments(body string) int {
	septets := 0
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmExtended, r):
			septets += 2
		default:
			return split(len(utf16.Encode([]rune(body))), 70, 67)
		}
	}
	return split(septets, 160, 153)
}

const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€\f"
)

func split(length, single, each int) int {
	if length <= single {
		return 1
	}
	return (length + each - 1) / each
}

// CreateMessage sends a text as POST Messages.json asks; release must be
// called once the answer has left.
func (e *Engine) CreateMessage(form url.Values) (res MessageResource, release func(), refused *APIError) {
	defer e.enter()()
	to, from, mg, body := form.Get("To"), form.Get("From"), form.Get("MessagingServiceSid"), form.Get("Body")
	if err := e.checkText(to, from, mg, body, form); err != nil {
		return MessageResource{}, nil, err
	}
	sender, err := e.senderFor(to, from, mg)
	if err != nil {
		return MessageResource{}, nil, err
	}
	blockedCode, sync := e.refusesText(sender, to, mg)
	e.judgeMessage(sender, to, body)
	if blockedCode != 0 && sync {
		return MessageResource{}, nil, refusal(blockedCode, to)
	}
	if e.backlog(sender) > 10*time.Hour && mg == "" {
		return MessageResource{}, nil, refuse(21611, "This 'From' number has exceeded the maximum number of queued messages")
	}
	m := e.newMessage(to, body, "outbound-api", "app")
	m.Service = mg
	m.status = document{form.Get("StatusCallback"), "POST"}
	if svc := e.services[mg]; svc != nil && m.status.url == "" {
		m.status.url = svc.StatusCallback
	}
	m.Status = "queued"
	if mg != "" {
		m.Status = "accepted"
	} else {
		m.From = sender
	}
	m.history = []MessageState{m.MessageState}
	return e.messageResource(m, m.MessageState), func() { e.dispatch(m, sender, blockedCode) }, nil
}

func (e *Engine) newMessage(to, body, direction, origin string) *Message {
	now := e.sched.Now()
	m := &Message{SID: e.sid("SM"), To: to, Direction: direction, Origin: origin, Segments: Segments(body), Created: now, Wall: time.Now()}
	m.Body, m.Updated = body, now
	e.messages = append(e.messages, m)
	e.messageBySID[m.SID] = m
	return m
}

func (e *Engine) checkText(to, from, mg, body string, form url.Values) *APIError {
	switch {
	case to == "":
		return refuse(21604, "A 'To' phone number is required.")
	case !ValidNumber(to), to == from:
		return refusal(21211, to)
	case from == "" && mg == "":
		return refuse(21603, "A 'From' phone number is required.")
	case body == "":
		return refuse(21602, "Message body is required.")
	case len([]rune(body)) > 1600:
		return refuse(21617, "The concatenated message body exceeds the 1600 character limit.")
	}
	if raw := form.Get("StatusCallback"); raw != "" && !ValidURL(raw) {
		return refuse(21609, "The StatusCallback URL "+raw+" is not a valid URL.")
	}
	if _, err := intIn(form, "ValidityPeriod", 36_000, 1, 36_000, 21625); err != nil {
		return err
	}
	if code := e.phone(to).Persona.RefuseText; code != 0 && code != 21610 {
		return refusal(code, to)
	}
	return nil
}

// senderFor picks the number a text leaves from: always the same one of a
// service for one recipient.
func (e *Engine) senderFor(to, from, mg string) (string, *APIError) {
	if mg == "" {
		if _, ok := e.numbers[from]; !ok {
			return "", refuse(21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination.")
		}
		return from, nil
	}
	if _, ok := e.services[mg]; !ok {
		return "", &APIError{404, 21701, "The Messaging Service does not exist"}
	}
	var pool []string
	for _, n := range e.sortedNumbers() {
		if n.Service == mg {
			pool = append(pool, n.Number)
		}
	}
	if len(pool) == 0 {
		return "", refuse(21703, "The Messaging Service does not have a phone number available to send a message")
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

func (e *Engine) sortedNumbers() []*number {
	out := make([]*number, 0, len(e.numbers))
	for _, n := range e.numbers {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *number) int { return strings.Compare(a.Number, b.Number) })
	return out
}

// backlog is how long a sender needs for what it already holds.
func (e *Engine) backlog(sender string) time.Duration {
	return max(e.rates[sender].Sub(e.sched.Now()), 0)
}

// perSegment is the time one segment takes a sender.
func (e *Engine) perSegment(sender string) time.Duration {
	mps := e.cfg.MPS
	if mps == 0 {
		switch e.numbers[sender].Type {
		case TollFree:
			mps = 3
		case ShortCode:
			mps = 100
		default:
			mps = 1
		}
	}
	return time.Duration(float64(time.Second) / mps)
}

// dispatch queues a text at its sender's rate.
func (e *Engine) dispatch(m *Message, sender string, blockedCode int) {
	defer e.enter()()
	if e.closed || e.numbers[sender] == nil {
		return
	}
	if m.Service != "" {
		e.setMessage(m, "queued", func() { m.From = sender })
	}
	now := e.sched.Now()
	at := later(e.rates[sender], now)
	e.rates[sender] = at.Add(time.Duration(m.Segments) * e.perSegment(sender))
	if at.Sub(now) > 10*time.Hour {
		e.sched.After(0, func() { e.setMessage(m, "failed", func() { m.ErrorCode = 30001 }) })
		return
	}
	e.sched.After(at.Sub(now)+200*time.Millisecond, func() { e.transmit(m, blockedCode) })
}

// setMessage changes a message's state and tells the application, which is
// never told the initial state.
func (e *Engine) setMessage(m *Message, status string, change func()) {
	change()
	m.Status, m.Updated = status, e.sched.Now()
	m.history = append(m.history, m.MessageState)
	e.touch(m.To)
	if m.status.url == "" {
		return
	}
	form := url.Values{"MessageSid": {m.SID}, "SmsSid": {m.SID}, "MessageStatus": {status}, "SmsStatus": {status},
		"AccountSid": {e.cfg.AccountSID}, "From": {m.From}, "To": {m.To}, "ApiVersion": {"2010-04-01"}}
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if m.ErrorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(m.ErrorCode))
	}
	if status == "delivered" || status == "undelivered" {
		form.Set("RawDlrDoneDate", m.Updated.Format("0601021504"))
	}
	w := &Webhook{Kind: hook.SMSStatus, Event: status, MessageSID: m.SID, Phone: m.To}
	e.deliver(fault.Callback, w, hook.Request{Kind: hook.SMSStatus, Method: "POST", URL: m.status.url, Form: form}, nil)
}

// transmit hands a text to the network.
func (e *Engine) transmit(m *Message, blockedCode int) {
	if blockedCode != 0 {
		e.setMessage(m, "failed", func() { m.ErrorCode = blockedCode })
		return
	}
	p := e.phone(m.To)
	e.setMessage(m, "sent", func() { m.Sent = e.sched.Now() })
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
		e.sched.After(delay, func() { e.setMessage(m, "undelivered", func() { m.ErrorCode = d.ErrorCode }) })
	case p.repliesEarly():
		e.arrive(p, m)
		e.sched.After(delay, func() { e.setMessage(m, "delivered", func() {}) })
	default:
		e.sched.After(delay, func() {
			e.arrive(p, m)
			e.setMessage(m, "delivered", func() {})
		})
	}
}

func (p *Phone) repliesEarly() bool {
	return slices.ContainsFunc(p.Persona.Texts, func(r persona.Reply) bool { return r.BeforeReceipt })
}

// arrive puts a text into the phone's thread; its owner may answer.
func (e *Engine) arrive(p *Phone, m *Message) {
	p.thread = append(p.thread, Text{At: e.sched.Now(), Number: m.From, Body: m.Body, Origin: "app", SID: m.SID})
	e.touch(p.Number)
	e.answerText(p, m, false)
}

// answerText plans the owner's replies that count from this moment.
func (e *Engine) answerText(p *Phone, m *Message, sent bool) {
	for _, r := range p.Persona.Texts {
		body, ok := r.Fill(m.Body)
		if !ok || r.BeforeReceipt != sent {
			continue
		}
		e.sched.After(time.Duration(r.AfterMS)*time.Millisecond, func() {
			if slices.Contains(p.Persona.Texts, r) { // still the same owner
				e.receive(p, m.From, body)
			}
		})
	}
}

// mode is the opt-out handling of one of our numbers.
func (e *Engine) mode(ours string) optout.Mode {
	n := e.numbers[ours]
	switch {
	case n == nil:
		return optout.Default
	case n.Service != "" && e.services[n.Service] != nil && e.services[n.Service].AdvancedOptOut:
		return optout.Advanced
	case n.Type == TollFree:
		return optout.TollFree
	case n.Type == ShortCode:
		return optout.ShortCode
	}
	return optout.Default
}

// pair is the scope of an opt-out: one number, or the whole service it is in.
type pair struct{ scope, phone string }

func (e *Engine) scope(ours, phone string) pair {
	if n := e.numbers[ours]; n != nil && n.Service != "" && n.Type != TollFree {
		return pair{n.Service, phone}
	}
	return pair{ours, phone}
}

// isBlocked tells whether the carrier stops texts from our number to a phone.
func (e *Engine) isBlocked(ours, phone string) bool {
	blocked, known := e.blocked[e.scope(ours, phone)]
	if known {
		return blocked
	}
	owner := e.phone(phone).Persona
	return owner.OptedOut && e.mode(ours) != optout.ShortCode
}

// refusesText is the code with which a text to a blocked pair fails, and
// whether the request itself is refused.
func (e *Engine) refusesText(ours, to, mg string) (code int, sync bool) {
	if e.phone(to).Persona.RefuseText == 21610 {
		return 21610, e.mode(ours) != optout.Advanced
	}
	if !e.isBlocked(ours, to) {
		return 0, false
	}
	s := e.cfg.Switches
	switch e.mode(ours) {
	case optout.Advanced:
		return 21610, false
	case optout.TollFree:
		if s.TollFreeRefusal == "sync_21610" {
			return 21610, true
		}
		return 30004, false
	}
	return 21610, mg == "" || s.ServiceRefusal != "async"
}
