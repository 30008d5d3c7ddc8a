package webhook

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

const (
	refusedEvery = time.Minute
	noteWithin   = 2 * time.Second // the carrier waits for the answer meanwhile
)

// refusalGate keeps a flood of forged webhooks from the database: each reason, of
// which there are three, passes once a minute.
type refusalGate struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (r *refusalGate) first(reason string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, known := r.last[reason]; known && now.Sub(last) < refusedEvery {
		return false
	}
	if r.last == nil {
		r.last = map[string]time.Time{}
	}
	r.last[reason] = now
	return true
}

// noteRefusal records why a webhook was refused, and nothing of what it held:
// neither the words nor the address are the carrier's.
func (h *handler) noteRefusal(ctx context.Context, err error) {
	reason := "signature"
	switch {
	case errors.Is(err, twilio.ErrRepeated):
		reason = "repeated_parameter"
	case errors.Is(err, twilio.ErrAccount):
		reason = "another_account"
	}
	if !h.refusals.first(reason, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := h.Notes.Refused(ctx, reason); err != nil {
		h.Log.ErrorContext(ctx, "record a refused webhook", "error", err)
	}
}

// noteRecording says aloud that the carrier has recorded a call, which no request
// of ours asks for (I11). What else the webhook says is handled as always, and
// where the recording lies is kept nowhere.
func (h *handler) noteRecording(ctx context.Context, form url.Values) {
	if form.Get("RecordingSid") == "" && form.Get("RecordingUrl") == "" {
		return
	}
	call := form.Get("CallSid")
	h.Log.ErrorContext(ctx, "the carrier reports a recording of a call", "call_sid", call)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := h.Notes.Recorded(ctx, call); err != nil {
		h.Log.ErrorContext(ctx, "record a reported recording", "error", err)
	}
}
