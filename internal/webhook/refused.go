package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

const (
	refusedEvery  = time.Minute
	refusedWithin = 2 * time.Second
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
	if h.Refused == nil || !h.refusals.first(reason, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusedWithin)
	defer cancel()
	if err := h.Refused(ctx, reason); err != nil {
		h.Log.ErrorContext(ctx, "record a refused webhook", "error", err)
	}
}
