package webhook

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/ivr"
)

// Calls is what the voice webhooks call.
type Calls interface {
	Voice(ctx context.Context, req dialer.VoiceRequest) ([]byte, error)
	CalledBack(ctx context.Context, req dialer.CallBack) ([]byte, error)
	CallBackEnded(ctx context.Context, callSID string) error
	Status(ctx context.Context, event dialer.StatusEvent) error
	Machine(ctx context.Context, report dialer.MachineReport) error
}

// attemptOf reads which dialling a callback is about; the carrier's signature
// covers the query, so nobody else can have written it.
func attemptOf(r *http.Request) (uuid.UUID, bool) {
	id, err := uuid.Parse(r.URL.Query().Get("attempt"))
	return id, err == nil
}

// kept are the parameters that are stored with an event: no names, no places,
// and no numbers, which stand with the employee already.
var kept = []string{"CallStatus", "SequenceNumber", "Timestamp", "CallDuration", "SipResponseCode", "AnsweredBy", "MachineDetectionDuration",
	"Digits", "FinishedOnKey", "ErrorCode", "Direction", "StirStatus"}

func payloadOf(form url.Values) map[string]string {
	payload := map[string]string{}
	for _, name := range kept {
		if value := form.Get(name); value != "" {
			payload[name] = value
		}
	}
	return payload
}

func (h *handler) voice(w http.ResponseWriter, r *http.Request, form url.Values) {
	h.speak(w, r, form, dialer.VoiceRequest{Machine: r.URL.Query().Get("machine") == "1"})
}

// gather gets a pressed key.
func (h *handler) gather(w http.ResponseWriter, r *http.Request, form url.Values) {
	h.speak(w, r, form, dialer.VoiceRequest{Step: r.URL.Query().Get("step"), Digits: digitsOf(r, form)})
}

// digitsOf is the pressed key. After we made the caller wait, it comes back in
// the address, since the carrier posts it only once.
func digitsOf(r *http.Request, form url.Values) string {
	if digits := form.Get("Digits"); digits != "" {
		return digits
	}
	return r.URL.Query().Get("digits")
}

func (h *handler) speak(w http.ResponseWriter, r *http.Request, form url.Values, req dialer.VoiceRequest) {
	id, ok := attemptOf(r)
	if !ok {
		document(w, ivr.HangUp())
		return
	}
	req.Attempt, req.CallSID, req.Payload = id, form.Get("CallSid"), payloadOf(form)
	ctx, cancel := context.WithTimeout(r.Context(), documentWithin)
	defer cancel()
	twiml, err := h.Calls.Voice(ctx, req)
	if err != nil {
		h.wait(w, r, req.Digits, err)
		h.oweKey(req.CallSID, req.Step, req.Digits, func(ctx context.Context) error {
			_, err := h.Calls.Voice(ctx, req)
			return err
		})
		return
	}
	document(w, twiml)
}

// oweKey sees to it that a key is stored whatever becomes of the call that
// waits for its answer.
func (h *handler) oweKey(call, step, digits string, apply func(context.Context) error) {
	if digits != "" {
		h.owed.keep(call+" "+step+"="+digits, apply)
	}
}

// wait answers while the database is slow or away: a pause and the same
// question again, three times at most, then the call ends. Nothing is spoken,
// because consent has not been checked.
func (h *handler) wait(w http.ResponseWriter, r *http.Request, digits string, err error) {
	h.Log.WarnContext(r.Context(), "caller waits", "path", r.URL.Path, "error", err)
	again := *r.URL
	query := again.Query()
	tries, _ := strconv.Atoi(query.Get("waited")) //nolint:errcheck // absent is none
	query.Set("waited", strconv.Itoa(tries+1))
	if digits != "" {
		query.Set("digits", digits)
	}
	again.RawQuery = query.Encode()
	twiml, _ := ivr.Slow(tries, again.RequestURI())
	document(w, twiml)
}

// fallback is asked when our own address failed: a broken document, or nobody
// there. The same question is answered from the start of the call.
func (h *handler) fallback(w http.ResponseWriter, r *http.Request, form url.Values) {
	h.Log.ErrorContext(r.Context(), "carrier fell back", "code", form.Get("ErrorCode"))
	h.speak(w, r, form, dialer.VoiceRequest{})
}

// incoming is somebody calling one of our numbers, and also the end of such a
// call, which the carrier reports to the same address.
func (h *handler) incoming(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, digits := r.URL.Query().Get("step"), digitsOf(r, form)
	if step == "" && slices.Contains(over, form.Get("CallStatus")) {
		h.answered(r.Context(), w, "end of incoming call", h.Calls.CallBackEnded(r.Context(), form.Get("CallSid")))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), documentWithin)
	defer cancel()
	back := dialer.CallBack{CallSID: form.Get("CallSid"), From: form.Get("From"), To: form.Get("To"), Step: step, Digits: digits}
	twiml, err := h.Calls.CalledBack(ctx, back)
	if err != nil {
		h.wait(w, r, digits, err)
		h.oweKey(back.CallSID, step, digits, func(ctx context.Context) error {
			_, err := h.Calls.CalledBack(ctx, back)
			return err
		})
		return
	}
	document(w, twiml)
}

// over are the carrier's words for a call that has ended.
var over = []string{"completed", "busy", "no-answer", "failed", "canceled"}

func (h *handler) status(w http.ResponseWriter, r *http.Request, form url.Values) {
	id, ok := attemptOf(r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	event := dialer.StatusEvent{Attempt: id, CallSID: form.Get("CallSid"), Kind: "status", Status: form.Get("CallStatus"),
		Dedupe: form.Get("SequenceNumber") + " " + form.Get("CallStatus"), AnsweredBy: form.Get("AnsweredBy"), Payload: payloadOf(form)}
	if seconds, err := strconv.Atoi(form.Get("CallDuration")); err == nil {
		event.Duration = &seconds
	}
	h.answered(r.Context(), w, "status", h.Calls.Status(r.Context(), event))
}

func (h *handler) machine(w http.ResponseWriter, r *http.Request, form url.Values) {
	id, ok := attemptOf(r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h.answered(r.Context(), w, "amd", h.Calls.Machine(r.Context(), dialer.MachineReport{Attempt: id, CallSID: form.Get("CallSid"),
		AnsweredBy: form.Get("AnsweredBy"), Payload: payloadOf(form)}))
}
