package consent

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/callshu/callshu/internal/twilio"
)

// listed is a text whose webhook came, as the carrier's list has it: with a time.
func (w *world) listed(sid, from string, at time.Time) {
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	w.carrier.inbound = append(w.carrier.inbound, twilio.MessageState{SID: sid, From: from, To: ours, Direction: "inbound", Status: "received", Created: at})
}

// Webhooks tell no time and listings do: it stands beside the event in the
// ledger of every employer concerned, once, sealed like all of it, and is shown
// with it.
func TestLedgerLearnsTheCarriersTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.sender(ours)
	mill, farm := w.employer("Mill", number), w.employer("Farm", number)
	w.invited(mill, zoe, "en")
	w.sweep(0)
	w.clock.Advance(time.Minute)
	at := w.clock.Now().Add(-7 * time.Second).Truncate(time.Second)
	w.listed("SMhelp", zoe, at)
	w.receive(Inbound{MessageSID: "SMhelp", From: zoe, To: ours, Body: "HELP"})
	yesAt := w.clock.Now().Add(-5 * time.Second).Truncate(time.Second)
	w.listed("SMyes", zoe, yesAt)
	w.receive(Inbound{MessageSID: "SMyes", From: zoe, To: ours, Body: "YES"}) // looked up at once
	w.person(farm, zoe, "en")
	w.clock.Advance(time.Minute)
	stoppedAt := w.clock.Now().Add(-3 * time.Second).Truncate(time.Second)
	w.listed("SMstop", zoe, stoppedAt)
	w.receive(Inbound{MessageSID: "SMstop", From: zoe, To: ours, Body: "STOP"})
	w.lost("SMother", "+14165550198", "?") // never came: the sweep takes it, and knows its time
	if query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'timed'`) != 0 {
		t.Fatal("a time before any listing")
	}
	w.sweep(1)
	w.sweep(0)
	// Another replica has read the same list.
	err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		return w.texter.noteTime(t.Context(), tx, twilio.MessageState{SID: "SMhelp", Created: at})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []employer{mill, farm} {
		events, _ := w.history(e, zoe)
		for _, event := range events {
			want := map[string]time.Time{"help": at, "opted_in": yesAt, "opted_out": stoppedAt}[event.Kind]
			switch {
			case event.Kind == string(Timed):
				t.Error("the time is listed as an event")
			case want.IsZero() != (event.ProviderAt == nil), event.ProviderAt != nil && !event.ProviderAt.Equal(want):
				t.Errorf("%s of %s: the carrier's time is %v, want %v", event.Kind, e.name, event.ProviderAt, want)
			}
		}
	}
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'timed'`); n != 3 {
		t.Errorf("%d times in the ledgers, want one of the HELP and two of the STOP", n)
	}
	if n := query[int](w, `SELECT count(*) FROM seal_queue q JOIN consent_events v ON q.source = 'consent' AND q.row_id = v.id AND v.kind = 'timed'`); n != 3 {
		t.Errorf("%d times wait for their seal, want 3", n)
	}
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE message_sid IN ('SMhelp', 'SMstop') AND kind <> 'timed' AND provider_at IS NOT NULL`); n != 0 {
		t.Errorf("%d events were changed", n)
	}
	w.wantState(mill, zoe, StateOptedOut)
	_, err = w.admin.Exec(t.Context(), `UPDATE consent_events SET provider_at = now() WHERE message_sid = 'SMhelp'`)
	if _, refused := err.(*pgconn.PgError); !refused { //nolint:errorlint // it is not wrapped
		t.Errorf("the ledger can be changed: %v", err)
	}
}
