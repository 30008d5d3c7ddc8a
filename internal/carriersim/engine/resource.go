package engine

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
)

// CallResource is a call as the REST API shows it. All keys are always there.
type CallResource struct {
	SID             string            `json:"sid"`
	DateCreated     string            `json:"date_created"`
	DateUpdated     string            `json:"date_updated"`
	ParentCallSID   *string           `json:"parent_call_sid"`
	AccountSID      string            `json:"account_sid"`
	To              string            `json:"to"`
	ToFormatted     string            `json:"to_formatted"`
	From            string            `json:"from"`
	FromFormatted   string            `json:"from_formatted"`
	PhoneNumberSID  string            `json:"phone_number_sid"`
	Status          string            `json:"status"`
	StartTime       *string           `json:"start_time"`
	EndTime         *string           `json:"end_time"`
	Duration        *string           `json:"duration"`
	Price           *string           `json:"price"`
	PriceUnit       string            `json:"price_unit"`
	Direction       string            `json:"direction"`
	AnsweredBy      *string           `json:"answered_by"`
	Annotation      *string           `json:"annotation"`
	APIVersion      string            `json:"api_version"`
	ForwardedFrom   *string           `json:"forwarded_from"`
	GroupSID        *string           `json:"group_sid"`
	CallerName      *string           `json:"caller_name"`
	QueueTime       string            `json:"queue_time"`
	TrunkSID        *string           `json:"trunk_sid"`
	URI             string            `json:"uri"`
	SubresourceURIs map[string]string `json:"subresource_uris"`
}

// MessageResource is a text as the REST API shows it.
type MessageResource struct {
	SID                 string            `json:"sid"`
	Body                string            `json:"body"`
	NumSegments         string            `json:"num_segments"`
	NumMedia            string            `json:"num_media"`
	Direction           string            `json:"direction"`
	From                *string           `json:"from"`
	To                  string            `json:"to"`
	DateCreated         string            `json:"date_created"`
	DateUpdated         string            `json:"date_updated"`
	DateSent            *string           `json:"date_sent"`
	Price               *string           `json:"price"`
	PriceUnit           string            `json:"price_unit"`
	ErrorCode           *int              `json:"error_code"`
	ErrorMessage        *string           `json:"error_message"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	Status              string            `json:"status"`
	AccountSID          string            `json:"account_sid"`
	APIVersion          string            `json:"api_version"`
	URI                 string            `json:"uri"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
}

func optional(s string, there bool) *string {
	if !there {
		return nil
	}
	return &s
}

// formatted is the way North American numbers are shown.
func formatted(number string) string {
	if len(number) == 12 && number[:2] == "+1" {
		return fmt.Sprintf("(%s) %s-%s", number[2:5], number[5:8], number[8:])
	}
	return number
}

func (e *Engine) resource(c *Call, s CallState) CallResource {
	uri := "/2010-04-01/Accounts/" + e.cfg.AccountSID + "/Calls/" + c.SID
	sub := map[string]string{}
	for key, path := range map[string]string{"notifications": "Notifications", "recordings": "Recordings", "payments": "Payments",
		"events": "Events", "siprec": "Siprec", "streams": "Streams", "transcriptions": "Transcriptions",
		"user_defined_message_subscriptions": "UserDefinedMessageSubscriptions", "user_defined_messages": "UserDefinedMessages"} {
		sub[key] = uri + "/" + path + ".json"
	}
	r := CallResource{
		SID: c.SID, AccountSID: e.cfg.AccountSID, To: c.To, From: c.From, Status: s.Status, Direction: c.Direction,
		DateCreated: stamp(c.Created), DateUpdated: stamp(s.Updated),
		ToFormatted: formatted(c.To), FromFormatted: formatted(c.From),
		StartTime: optional(stamp(s.Start), !s.Start.IsZero()),
		PriceUnit: "USD", APIVersion: "2010-04-01", QueueTime: strconv.Itoa(c.QueueTime),
		AnsweredBy: optional(s.AnsweredBy, s.AnsweredBy != ""),
		URI:        uri + ".json", SubresourceURIs: sub,
	}
	if n := e.numbers[c.ours()]; n != nil {
		r.PhoneNumberSID = n.SID
	}
	if s.Status == StatusCompleted {
		d := s.Duration()
		r.EndTime = optional(stamp(s.End), true)
		r.Duration = optional(strconv.Itoa(d), true)
		// The price appears some time after the end.
		price := fmt.Sprintf("-%.5f", 0.014*float64((d+59)/60))
		r.Price = optional(price, e.sched.Now().Sub(s.End) > 10*time.Second)
	}
	return r
}

func (e *Engine) messageResource(m *Message, s MessageState) MessageResource {
	uri := "/2010-04-01/Accounts/" + e.cfg.AccountSID + "/Messages/" + m.SID
	r := MessageResource{
		SID: m.SID, Body: s.Body, NumSegments: strconv.Itoa(m.Segments), NumMedia: "0", Direction: m.Direction,
		From: optional(s.From, s.From != ""), To: m.To, DateCreated: stamp(m.Created), DateUpdated: stamp(s.Updated),
		DateSent: optional(stamp(s.Sent), !s.Sent.IsZero()), PriceUnit: "USD", Status: s.Status, AccountSID: e.cfg.AccountSID,
		MessagingServiceSID: optional(m.Service, m.Service != ""), APIVersion: "2010-04-01",
		URI: uri + ".json", SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
	if s.Status == "accepted" {
		r.NumSegments = "0" // unknown until a sender has been picked
	}
	if s.ErrorCode != 0 {
		r.ErrorCode = &s.ErrorCode
		r.ErrorMessage = optional(deliveryError(s.ErrorCode), true)
	}
	return r
}

// Filter narrows a list. Times are ranges [From, Until); zero means open.
type Filter struct {
	To, From, Status, Parent string
	StartFrom, StartUntil    time.Time
	EndFrom, EndUntil        time.Time
	SentFrom, SentUntil      time.Time
	Lag                      time.Duration // show the state of so long ago
}

func within(t, from, until time.Time) bool {
	if from.IsZero() && until.IsZero() {
		return true
	}
	return !t.IsZero() && !t.Before(from) && (until.IsZero() || t.Before(until))
}

// Call returns one call as it was lag ago.
func (e *Engine) Call(sid string, lag time.Duration) (CallResource, bool) {
	defer e.enter()()
	c, ok := e.callBySID[sid]
	if !ok {
		return CallResource{}, false
	}
	e.seen(c.To)
	s, ok := callStateAt(c, e.sched.Now().Add(-lag), lag)
	if !ok {
		return CallResource{}, false
	}
	return e.resource(c, s), true
}

func callStateAt(c *Call, at time.Time, lag time.Duration) (CallState, bool) {
	if lag == 0 {
		return c.CallState, true
	}
	for _, s := range slices.Backward(c.history) {
		if !s.Updated.After(at) {
			return s, true
		}
	}
	return CallState{}, false
}

// Calls lists calls newest first, starting after the given SID.
func (e *Engine) Calls(f Filter, after string, limit int) (page []CallResource, more bool) {
	defer e.enter()()
	e.seen(f.To)
	at := e.sched.Now().Add(-f.Lag)
	past := after == ""
	for _, c := range slices.Backward(e.calls) {
		if !past {
			past = c.SID == after
			continue
		}
		s, ok := callStateAt(c, at, f.Lag)
		if !ok || !f.call(c, s) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, e.resource(c, s))
	}
	return page, false
}

func (f Filter) call(c *Call, s CallState) bool {
	return (f.To == "" || f.To == c.To) && (f.From == "" || f.From == c.From) &&
		(f.Status == "" || f.Status == s.Status) && f.Parent == "" &&
		within(s.Start, f.StartFrom, f.StartUntil) && within(s.End, f.EndFrom, f.EndUntil)
}

// Message returns one text as it was lag ago.
func (e *Engine) Message(sid string, lag time.Duration) (MessageResource, bool) {
	defer e.enter()()
	m, ok := e.messageBySID[sid]
	if !ok {
		return MessageResource{}, false
	}
	s, ok := messageStateAt(m, e.sched.Now().Add(-lag), lag)
	if !ok {
		return MessageResource{}, false
	}
	return e.messageResource(m, s), true
}

func messageStateAt(m *Message, at time.Time, lag time.Duration) (MessageState, bool) {
	if lag == 0 {
		return m.MessageState, true
	}
	for _, s := range slices.Backward(m.history) {
		if !s.Updated.After(at) {
			return s, true
		}
	}
	return MessageState{}, false
}

// Messages lists texts newest first, starting after the given SID.
func (e *Engine) Messages(f Filter, after string, limit int) (page []MessageResource, more bool) {
	defer e.enter()()
	at := e.sched.Now().Add(-f.Lag)
	past := after == ""
	for _, m := range slices.Backward(e.messages) {
		if !past {
			past = m.SID == after
			continue
		}
		s, ok := messageStateAt(m, at, f.Lag)
		if !ok || (f.To != "" && f.To != m.To) || (f.From != "" && f.From != s.From) || !within(s.Sent, f.SentFrom, f.SentUntil) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, e.messageResource(m, s))
	}
	return page, false
}

// UpdateMessage redacts a text; cancelling works on scheduled ones only, which
// this carrier does not offer.
func (e *Engine) UpdateMessage(sid string, redact bool, status string) (MessageResource, bool, *APIError) {
	defer e.enter()()
	m, ok := e.messageBySID[sid]
	if !ok {
		return MessageResource{}, false, nil
	}
	if status != "" {
		return MessageResource{}, true, refuse(30409, "Message cannot be canceled in its current status")
	}
	if redact {
		m.Body, m.Updated = "", e.sched.Now()
		m.history = append(m.history, m.MessageState)
	}
	return e.messageResource(m, m.MessageState), true, nil
}

// NumberResource is one of the account's numbers as the REST API shows it.
type NumberResource struct {
	SID              string `json:"sid"`
	AccountSID       string `json:"account_sid"`
	FriendlyName     string `json:"friendly_name"`
	PhoneNumber      string `json:"phone_number"`
	VoiceURL         string `json:"voice_url"`
	VoiceMethod      string `json:"voice_method"`
	VoiceFallbackURL string `json:"voice_fallback_url"`
	StatusCallback   string `json:"status_callback"`
	SMSURL           string `json:"sms_url"`
	SMSMethod        string `json:"sms_method"`
	SMSFallbackURL   string `json:"sms_fallback_url"`
	DateCreated      string `json:"date_created"`
	URI              string `json:"uri"`
}

// Numbers lists the account's numbers in order.
func (e *Engine) Numbers() []NumberResource {
	defer e.enter()()
	out := []NumberResource{}
	for _, n := range e.sortedNumbers() {
		out = append(out, NumberResource{SID: n.SID, AccountSID: e.cfg.AccountSID, FriendlyName: formatted(n.Number), PhoneNumber: n.Number,
			VoiceURL: n.VoiceURL, VoiceMethod: method(n.VoiceMethod), VoiceFallbackURL: n.VoiceFallbackURL, StatusCallback: n.StatusCallback,
			SMSURL: n.SMSURL, SMSMethod: method(n.SMSMethod), SMSFallbackURL: n.SMSFallbackURL, DateCreated: stamp(n.Created),
			URI: "/2010-04-01/Accounts/" + e.cfg.AccountSID + "/IncomingPhoneNumbers/" + n.SID + ".json"})
	}
	return out
}

// Kinds names the kinds of webhook that Forge can imitate.
func Kinds() []hook.Kind {
	return []hook.Kind{hook.VoiceTwiML, hook.VoiceStatus, hook.VoiceAMD, hook.SMSTwiML, hook.SMSStatus}
}
