package texts

import (
	"slices"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
)

func (e *Texts) messageResource(m *Message, s MessageState) resource.Message {
	uri := "/2010-04-01/Accounts/" + e.Cfg.AccountSID + "/Messages/" + m.SID
	r := resource.Message{
		SID: m.SID, Body: s.Body, NumSegments: strconv.Itoa(m.Segments), NumMedia: "0", Direction: m.Direction,
		From: resource.Optional(s.From, s.From != ""), To: m.To, DateCreated: resource.Stamp(m.Created), DateUpdated: resource.Stamp(s.Updated),
		DateSent: resource.Optional(resource.Stamp(s.Sent), !s.Sent.IsZero()), PriceUnit: "USD", Status: s.Status, AccountSID: e.Cfg.AccountSID,
		MessagingServiceSID: resource.Optional(m.Service, m.Service != ""), APIVersion: "2010-04-01",
		URI: uri + ".json", SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
	if s.Status == "accepted" {
		r.NumSegments = "0" // unknown until a sender has been picked
	}
	if s.ErrorCode != 0 {
		r.ErrorCode = &s.ErrorCode
		r.ErrorMessage = resource.Optional(order.DeliveryError(s.ErrorCode), true)
	}
	return r
}

// FetchMessage returns one text as it was lag ago.
func (e *Texts) FetchMessage(sid string, lag time.Duration) (resource.Message, bool) {
	defer e.Enter()()
	m, ok := e.bySID[sid]
	if !ok {
		return resource.Message{}, false
	}
	s, ok := messageStateAt(m, e.Now().Add(-lag), lag)
	if !ok {
		return resource.Message{}, false
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

// ListMessages lists texts newest first; known is false where the window hangs
// on a text that does not exist.
func (e *Texts) ListMessages(f resource.Filter, w resource.Window) (page []resource.Message, more, known bool) {
	defer e.Enter()()
	at := e.Now().Add(-f.Lag)
	return resource.Cut(e.all, w, func(m *Message) string { return m.SID }, func(m *Message) (resource.Message, bool) {
		s, ok := messageStateAt(m, at, f.Lag)
		if !ok || (f.To != "" && f.To != m.To) || (f.From != "" && f.From != s.From) || !resource.Within(s.Sent, f.SentFrom, f.SentUntil) {
			return resource.Message{}, false
		}
		return e.messageResource(m, s), true
	})
}

// UpdateMessage redacts a text; cancelling works on scheduled ones only, which
// this carrier does not offer.
func (e *Texts) UpdateMessage(sid string, redact bool, status string) (resource.Message, bool, *order.APIError) {
	defer e.Enter()()
	m, ok := e.bySID[sid]
	if !ok {
		return resource.Message{}, false, nil
	}
	if status != "" {
		return resource.Message{}, true, order.Refuse(30409, "Message cannot be canceled in its current status")
	}
	if redact {
		m.Body, m.Updated = "", e.Now()
		m.history = append(m.history, m.MessageState)
	}
	return e.messageResource(m, m.MessageState), true, nil
}
