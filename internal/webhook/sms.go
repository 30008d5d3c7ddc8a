package webhook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/consent/keyword"
)

// Texts takes what people text us; it returns when everything that the text
// means is durable and, for a STOP, when nothing rings any more.
type Texts interface {
	Receive(ctx context.Context, in consent.Inbound) (consent.Outcome, error)
}

// Messages follows the texts that we sent.
type Messages interface {
	MessageStatus(ctx context.Context, id uuid.UUID, sid, status string, code int) error
	AwaitTexts(ctx context.Context, key []byte, senderID uuid.UUID) error
}

// emptyTwiML: replies leave as messages of their own, never in the answer,
// which the carrier may ask for twice.
const emptyTwiML = `<?xml version="1.0" encoding="UTF-8"?><Response/>`

// sms takes a text to one of our numbers. It is answered when it is kept; what
// cannot be kept is answered 503, so that the carrier tries again.
func (h *handler) sms(w http.ResponseWriter, r *http.Request, form url.Values) {
	ctx := r.Context()
	in := consent.Inbound{MessageSID: form.Get("MessageSid"), From: form.Get("From"), To: form.Get("To"),
		Body: form.Get("Body"), OptOutType: form.Get("OptOutType")}
	out, err := h.Texts.Receive(ctx, in)
	// A STOP may revoke nobody and still have a text in hand, such as a code to
	// a user; a duplicate may be the retry of a STOP whose first answer was lost.
	if err == nil && (len(out.Revoked) > 0 || out.Duplicate || out.Word == keyword.Stop || out.Word == keyword.StopAll) {
		err = h.Messages.AwaitTexts(ctx, out.PhoneKey, out.SenderID)
	}
	if err != nil {
		h.Log.ErrorContext(ctx, "webhook sms", "error", err, "message_sid", in.MessageSID)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	document(w, []byte(emptyTwiML))
}

// smsStatus takes news about a text of ours, named by the id in the address.
func (h *handler) smsStatus(w http.ResponseWriter, r *http.Request, form url.Values) {
	id, err := uuid.Parse(r.URL.Query().Get("message"))
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	code, err := errorCode(form.Get("ErrorCode"))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.answered(r.Context(), w, "sms-status", h.Messages.MessageStatus(r.Context(), id, form.Get("MessageSid"), form.Get("MessageStatus"), code))
}

// errorCode is absent, empty or a number.
func errorCode(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	code, err := strconv.Atoi(text)
	if err != nil || code < 0 || code > 1<<30 {
		return 0, errors.New("error code is not a number")
	}
	return code, nil
}
