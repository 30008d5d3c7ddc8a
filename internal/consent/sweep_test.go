package consent

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

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

func (b breaking) Revoke(ctx context.Context, r Revocation) (Effect, error) {
	if *b.broken {
		return Effect{}, errors.New("the database is away")
	}
	return b.domain.Revoke(ctx, r)
}

// The carrier tells later that the person has said STOP, and the revocation
// fails: the report has not been taken, and its repetition revokes.
func TestI2RefusalThatComesLaterIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	broken := true
	w.texter = NewTexter(w.service, w.carrier, breaking{domain{w.service}, &broken}, "https://callshu.test")
	id, sid := query[uuid.UUID](w, `SELECT id FROM messages`), query[string](w, `SELECT message_sid FROM messages`)
	if err := w.texter.MessageStatus(t.Context(), id, sid, "failed", codeOptedOut); err == nil {
		t.Fatal("a report that did not revoke was taken")
	}
	if state := query[string](w, `SELECT state FROM messages`); state != stateAccepted {
		t.Errorf("the text is %s before the revocation", state)
	}
	broken = false
	if err := w.texter.MessageStatus(t.Context(), id, "SMforeign", "failed", codeOptedOut); err != nil {
		t.Fatal(err)
	}
	w.wantState(mill, zoe, StateInvited)
	if err := w.texter.MessageStatus(t.Context(), id, sid, "failed", codeOptedOut); err != nil {
		t.Fatal(err)
	}
	w.wantState(mill, zoe, StateOptedOut)
	if got := query[string](w, `SELECT state || ' ' || reason FROM messages`); got != "failed opted_out" {
		t.Errorf("the text ends as %s", got)
	}
}

// The same report once more, after the person has come back: nothing is closed.
func TestI8ReplayedRefusalChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	id, sid := query[uuid.UUID](w, `SELECT id FROM messages`), query[string](w, `SELECT message_sid FROM messages`)
	report := func() {
		t.Helper()
		if err := w.texter.MessageStatus(t.Context(), id, sid, "failed", codeOptedOut); err != nil {
			t.Fatal(err)
		}
	}
	report()
	w.wantState(mill, zoe, StateOptedOut)
	w.clock.Advance(time.Minute)
	w.text(mill.sender, zoe, "START")
	w.send()
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedIn)
	before := w.events(mill, zoe)
	report()
	w.wantState(mill, zoe, StateOptedIn)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks`); n != 0 || w.events(mill, zoe) != before {
		t.Errorf("%d blocks, ledger %q after %q", n, w.events(mill, zoe), before)
	}
	if n := query[int](w, `SELECT count(*) FROM messages WHERE state = 'queued' AND kind = 'confirmation'`); n != 1 {
		t.Error("the confirmation of the YES was taken back")
	}
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

// A START whose webhook was lost is found after a newer STOP has come: it must
// not open anything. One that is newer than the STOP does what it says.
func TestI2StartThatIsOlderThanTheStopDoesNothing(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]struct {
		by   time.Duration // of the START, than the STOP
		want string
	}{"older": {-time.Minute, didNothing}, "in the same second": {0, didNothing}, "newer": {2 * time.Second, didInvite}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill := w.employer("Mill", w.sender(ours))
			w.optedIn(mill, zoe, "en")
			w.clock.Advance(10 * time.Minute)
			at := w.clock.Now().Add(later.by)
			w.clock.Advance(300 * time.Millisecond)
			w.text(mill.sender, zoe, "STOP")
			w.clock.Advance(time.Minute)
			if out := w.receive(Inbound{MessageSID: w.sid(), From: zoe, To: ours, Body: "START", ProviderAt: at}); out.Did != later.want {
				t.Errorf("it did %q, want %q", out.Did, later.want)
			}
			// Of a phone without an employer the same: the STOP of a user.
			w.exec(`UPDATE users SET phone = $1, phone_verified_at = now() WHERE id = $2`, max1, mill.user)
			w.clock.Advance(10 * time.Minute)
			at = w.clock.Now().Add(later.by)
			w.text(mill.sender, max1, "STOP")
			out := w.receive(Inbound{MessageSID: w.sid(), From: max1, To: ours, Body: "START", ProviderAt: at})
			if lifted := out.Did == didUnblock; lifted != (later.by > 0) {
				t.Errorf("of a user it did %q", out.Did)
			}
		})
	}
}

// A sweep after an outage takes a STOP and the newer START behind it.
func TestStartThatIsNewerThanTheStopCountsWhenBothAreSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.sweep(0)
	w.clock.Advance(time.Minute)
	w.lost("SMstop", zoe, "STOP")
	w.clock.Advance(time.Minute)
	w.lost("SMstart", zoe, "START")
	w.clock.Advance(time.Minute)
	w.sweep(2)
	if did := query[string](w, `SELECT outcome FROM inbound_messages WHERE message_sid = 'SMstart'`); did != didInvite {
		t.Errorf("the START did %q", did)
	}
}
