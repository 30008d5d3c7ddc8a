package consent

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

func (w *world) sweep(want int) {
	w.t.Helper()
	if n, err := w.texter.Sweep(w.t.Context()); err != nil || n != want {
		w.t.Fatalf("the sweep found %d, %v; want %d", n, err, want)
	}
}

// lost is a text that the carrier has and whose webhook never came.
func (w *world) lost(sid, from, body string) {
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	w.carrier.inbound = append(w.carrier.inbound, twilio.MessageState{SID: sid, From: from, To: ours, Body: body, Direction: "inbound", Status: "received",
		Created: w.clock.Now().Truncate(time.Second)})
}

// However long nobody could ask the carrier: the first sweep that can finds
// what came at the beginning of the outage.
func TestI2SweepGoesOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.sweep(0)
	w.clock.Advance(time.Minute)
	w.lost("SMlost", zoe, "STOP")
	w.carrier.unlisted = true
	w.exec(`UPDATE senders SET swept_at = now() - interval '1 hour'`)
	for range 6 {
		w.clock.Advance(10 * time.Minute)
		if _, err := w.texter.Sweep(t.Context()); err == nil {
			t.Fatal("a sweep that saw nothing did not fail")
		}
	}
	if !query[bool](w, `SELECT swept_at < now() - interval '59 minutes' FROM senders`) {
		t.Error("a sweep that saw nothing counts as one")
	}
	w.carrier.unlisted = false
	w.sweep(1)
	w.wantState(mill, zoe, StateOptedOut)
	if !query[bool](w, `SELECT swept_at > now() - interval '1 minute' FROM senders`) {
		t.Error("a complete sweep does not count")
	}
}

// breaking takes no text while it is broken.
type breaking struct {
	domain
	broken *bool
}

func (b breaking) Receive(ctx context.Context, in Inbound) (Outcome, error) {
	if *b.broken {
		return Outcome{}, errors.New("the database is away")
	}
	return b.domain.Receive(ctx, in)
}

// A text that could not be taken is looked for again, however late that is.
func TestI2SweepThatCouldNotTakeATextIsNotComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	broken := true
	w.texter = NewTexter(w.service, w.carrier, breaking{domain{w.service}, &broken}, "https://callshu.test")
	w.sweep(0)
	w.lost("SMlost", zoe, "STOP")
	for range 4 {
		w.clock.Advance(10 * time.Minute)
		if _, err := w.texter.Sweep(t.Context()); err == nil {
			t.Fatal("a text was not taken, and nothing was said")
		}
	}
	broken = false
	w.sweep(1)
	w.wantState(mill, zoe, StateOptedOut)
}
