package consent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/twilio"
)

func TestI6InvitationsWaitForCallingHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.clock.Advance(13 * time.Hour) // Monday 23:00 in Toronto
	w.person(mill, zoe, "en")
	w.person(mill, "+16045550101", "en") // Vancouver, still Monday 21:00
	if r := w.invite(mill); r.Queued != 2 {
		t.Fatalf("%+v", r)
	}
	w.send()
	if n := w.carrier.count(zoe); n != 0 {
		t.Error("a text left at eleven at night")
	}
	if n := w.carrier.count("+16045550101"); n != 1 {
		t.Error("the one in Vancouver, where it is nine in the evening, was not sent")
	}
	w.clock.Advance(10*time.Hour + 2*time.Minute)
	w.send()
	if n := w.carrier.count(zoe); n != 1 {
		t.Errorf("%d texts after nine in the morning", n)
	}
}

// Due by the queue, but the hours have closed by the time its turn comes.
func TestHoursAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.person(mill, max1, "en")
	w.invite(mill)
	w.clock.Advance(12 * time.Hour)
	w.send()
	if n := w.carrier.count(zoe) + w.carrier.count(max1); n != 0 {
		t.Errorf("%d texts left at ten in the evening", n)
	}
	next := query[time.Time](w, `SELECT min(due_at) FROM messages`).UTC()
	if want := time.Date(2026, 11, 24, 14, 1, 0, 0, time.UTC); !next.Equal(want) {
		t.Errorf("put off to %s, want %s", next, want)
	}
}

// A text whose time has passed before its POST goes back: a STOP may have been
// answered in the belief that it cannot start any more.
func TestI2TextThatIsTooLateDoesNotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	c, err := w.texter.claim(t.Context(), mill.sender)
	if err != nil || c.text == nil {
		t.Fatalf("claimed %+v, %v", c, err)
	}
	w.texter.place(t.Context(), *c.text, time.Now().Round(0).Add(-time.Minute))
	if state := query[string](w, `SELECT state FROM messages`); state != stateQueued || w.carrier.count(zoe) != 0 {
		t.Errorf("the text is %s, and %d left", state, w.carrier.count(zoe))
	}
}

// A text that is put off is one of a phone: whoever holds its gate decides about
// it meanwhile, and is neither waited for nor overtaken.
func TestPuttingOffPassesOverAPhoneThatIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.person(mill, max1, "en")
	w.invite(mill)
	w.clock.Advance(12 * time.Hour)
	late := func() int {
		return query[int](w, `SELECT count(*) FROM messages WHERE due_at <= $1`, w.clock.Now())
	}
	err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		if _, err := lockGate(t.Context(), tx, testKey(max1)); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := w.texter.Tick(ctx); err != nil {
			return err
		}
		if n := late(); n != 1 {
			t.Errorf("%d texts are due while a gate is held, want the one of that phone", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.send()
	if n := late() + w.carrier.count(zoe) + w.carrier.count(max1); n != 0 {
		t.Errorf("%d texts were not put off", n)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.SegmentsPerSecond = 20
	w.texter.SegmentsPerSecond = 20
	mill := w.employer("Mill", w.sender(ours))
	const people = 12
	for i := range people {
		w.person(mill, fmt.Sprintf("+1416555%04d", 100+i), "en")
	}
	w.invite(mill)
	w.send()
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	if len(w.carrier.times) != people {
		t.Fatalf("%d texts", len(w.carrier.times))
	}
	// The slots are 50 ms apart by the database's clock; a machine under load
	// may send late, never more than the rate allows over the whole.
	first, last := w.carrier.times[0], w.carrier.times[people-1]
	if took, least := last.Sub(first), (people-1)*50*time.Millisecond-150*time.Millisecond; took < least {
		t.Errorf("%d texts in %s, want at least %s", people, took, least)
	}
}

func TestRepliesGoBeforeInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	for i := range 30 {
		w.person(mill, fmt.Sprintf("+1416555%04d", 100+i+10), "en")
	}
	w.invite(mill)
	w.text(mill.sender, zoe, "YES")
	w.texter.SegmentsPerSecond = 0.01 // one slot only
	if err := w.texter.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.texter.inFlight.Wait()
	if n := query[int](w, `SELECT count(*) FROM messages WHERE kind = 'confirmation' AND state = 'accepted'`); n != 1 {
		t.Error("the confirmation waits behind the invitations")
	}
}

// Whoever holds a phone's gate decides about it: meanwhile no text to it is
// claimed, and others do not wait for it.
func TestTextWaitsForTheGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.person(mill, max1, "en")
	w.invite(mill)
	tx, err := w.worker.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockGate(t.Context(), tx, testKey(zoe)); err != nil {
		t.Fatal(err)
	}
	if err := w.texter.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.texter.inFlight.Wait()
	if w.carrier.count(zoe) != 0 || w.carrier.count(max1) != 1 {
		t.Errorf("%d texts past a held gate, %d to somebody else", w.carrier.count(zoe), w.carrier.count(max1))
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.send()
	if n := w.carrier.count(zoe); n != 1 {
		t.Errorf("%d texts after the gate was free", n)
	}
}

func TestOldestDueGoesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	for _, number := range []string{zoe, max1} {
		id := w.person(mill, number, "en")
		w.invite(mill, id)
		w.clock.Advance(time.Minute)
	}
	w.texter.SegmentsPerSecond = 0.01
	if err := w.texter.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.texter.inFlight.Wait()
	if w.carrier.count(zoe) != 1 || w.carrier.count(max1) != 0 {
		t.Errorf("sent %d to the first, %d to the second", w.carrier.count(zoe), w.carrier.count(max1))
	}
}

func TestInvitationPolicy(t *testing.T) {
	now := monday()
	recent, old := now.Add(-time.Hour), now.Add(-InvitationLife)
	for name, c := range map[string]struct {
		h          history
		kind, skip string
	}{
		"never asked":                  {history{State: "none", Attested: true}, kindInvitation, ""},
		"not attested":                 {history{State: "none"}, "", SkipNotAttested},
		"in":                           {history{State: "opted_in", Attested: true}, "", SkipOptedIn},
		"out":                          {history{State: "opted_out", Attested: true}, "", SkipOptedOut},
		"queued":                       {history{State: "none", Attested: true, Waiting: 1}, "", SkipQueued},
		"open":                         {history{State: "invited", Attested: true, ChangedAt: &recent, Asked: 1}, "", SkipOpen},
		"open, but never arrived":      {history{State: "invited", Attested: true, ChangedAt: &recent, Asked: 1, Failed: true}, kindReminder, ""},
		"open too long":                {history{State: "invited", Attested: true, ChangedAt: &old, Asked: 1}, kindReminder, ""},
		"lapsed once":                  {history{State: "lapsed", Attested: true, ChangedAt: &old, Asked: 1}, kindReminder, ""},
		"lapsed twice":                 {history{State: "lapsed", Attested: true, ChangedAt: &old, Asked: 2}, "", SkipLimit},
		"removed after one":            {history{State: "none", Attested: true, Asked: 1, InvitedAt: &recent}, "", SkipRecent},
		"removed long ago":             {history{State: "none", Attested: true, Asked: 1, InvitedAt: &old}, kindReminder, ""},
		"removed after two":            {history{State: "none", Attested: true, Asked: 2}, "", SkipLimit},
		"asked again by START, lapsed": {history{State: "lapsed", Attested: true, ChangedAt: &old, Refused: true}, "", SkipOptedOut},
	} {
		if kind, skip := c.h.policy(now); kind != c.kind || skip != c.skip {
			t.Errorf("%s: %q %q, want %q %q", name, kind, skip, c.kind, c.skip)
		}
	}
}

// Two requests decide on the same past, one after the other: the first one's
// invitation has left when the second one's is queued. Only one may leave.
func TestTwoRequestsSendOneInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	id := w.invited(mill, zoe, "en")
	again := func() {
		w.exec(`INSERT INTO messages (account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at)
			SELECT account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, $1, $1 FROM messages ORDER BY created_at LIMIT 1`, w.clock.Now())
		w.send()
	}
	again()
	if n := w.carrier.count(zoe); n != 1 {
		t.Fatalf("%d invitations left", n)
	}
	if reason := query[string](w, `SELECT reason FROM messages WHERE state = 'skipped'`); reason != SkipRecent {
		t.Errorf("skipped for %q", reason)
	}
	// The same for somebody who was removed and entered again.
	w.exec(`UPDATE employees SET deleted_at = $2 WHERE id = $1`, id, w.clock.Now())
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'erased', 'system', $3, 'system')`, mill.id, testKey(zoe), w.clock.Now())
	w.clock.Advance(time.Minute)
	id = w.person(mill, zoe, "en")
	if r := w.invite(mill, id); r.Skipped[SkipRecent] != 1 {
		t.Errorf("invited again at once: %+v", r)
	}
	// One that never arrived keeps nobody from the next.
	w.exec(`UPDATE messages SET state = 'failed', rank = 30 WHERE state = 'accepted'`)
	if r := w.invite(mill, id); r.Queued != 1 {
		t.Errorf("not invited after a failure: %+v", r)
	}
	w.send()
	if n := w.carrier.count(zoe); n != 2 {
		t.Errorf("%d invitations left", n)
	}
}

func TestI2CarrierKnowsOfAStopThatWeDoNot(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		number string
		code   int // of the callback; 0: the request itself is refused
	}{"at once": {ours, 0}, "later": {ours, 21610}, "by the network": {"+18335550100", 30004}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sender := w.sender(row.number)
			mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
			w.optedIn(farm, zoe, "en")
			w.person(mill, zoe, "en")
			w.invite(mill)
			if row.code == 0 {
				w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.OptedOut, Code: 21610, Status: 400} }
			}
			w.send()
			if row.code != 0 {
				id := query[uuid.UUID](w, `SELECT id FROM messages WHERE account_id = $1`, mill.id)
				sid := query[string](w, `SELECT message_sid FROM messages WHERE id = $1`, id)
				for range 2 { // callbacks come twice
					if err := w.texter.MessageStatus(t.Context(), id, sid, "failed", row.code); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.wantState(mill, zoe, StateOptedOut)
			w.wantState(farm, zoe, StateOptedOut)
			if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'opted_out' AND channel = 'carrier'`); n != 2 {
				t.Errorf("%d revocations, want one for each employer", n)
			}
		})
	}
}

// The network blocks texts for many reasons; only on a toll-free number is it
// how it handles STOP.
func TestBlockedByTheNetworkIsNoStopOnALongCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	w.send()
	id, sid := query[uuid.UUID](w, `SELECT id FROM messages`), query[string](w, `SELECT message_sid FROM messages`)
	if err := w.texter.MessageStatus(t.Context(), id, sid, "undelivered", 30004); err != nil {
		t.Fatal(err)
	}
	w.wantState(mill, zoe, StateInvited)
}

// A process that dies, or an answer that is lost, between POST and record.
func TestI3LostAnswerIsFoundAtTheCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	w.carrier.lose = func(twilio.Message) error { return &twilio.Error{Class: twilio.Unknown, Status: 500} }
	w.send()
	w.carrier.lose = nil
	w.wantState(mill, zoe, StateNone)
	if r := w.invite(mill); r.Skipped[SkipQueued] != 1 {
		t.Errorf("a second invitation while the first is unknown: %+v", r)
	}
	if err := w.texter.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantState(mill, zoe, StateInvited)
	w.send()
	if n := w.carrier.count(zoe); n != 1 {
		t.Errorf("%d texts", n)
	}
}

func TestTextThatNeverLeftIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.Unknown, Status: 500} }
	w.send()
	w.carrier.fail = nil
	if err := w.texter.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query[string](w, `SELECT state FROM messages`); got != stateUnknown {
		t.Errorf("state %s so soon", got)
	}
	w.exec(`UPDATE messages SET place_by = place_by - interval '20 minutes'`)
	if err := w.texter.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query[string](w, `SELECT state || ' ' || reason FROM messages`); got != "failed not_sent" {
		t.Errorf("state %s", got)
	}
}

// The answer proves that the invitation arrived, whatever became of our POST.
func TestYesToAnInvitationOfUnknownFate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	// The person answers before the carrier's answer reaches us.
	w.carrier.before = func(m twilio.Message) {
		if m.To == zoe && w.carrier.count(zoe) == 0 {
			w.text(mill.sender, zoe, "YES")
		}
	}
	w.send()
	w.wantState(mill, zoe, StateOptedIn)
	if got, want := w.events(mill, zoe), "attested invited opted_in"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
	// The late receipt does not invite again, and keeps its id.
	if n := query[int](w, `SELECT count(*) FROM messages WHERE kind = 'invitation' AND state = 'accepted' AND message_sid IS NOT NULL`); n != 1 {
		t.Error("the receipt that came after the answer was lost")
	}
}

func TestTroubleAtTheCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	w.invite(mill)
	tick := func() {
		t.Helper()
		w.exec(`UPDATE pace SET next_at = '-infinity', held_until = '-infinity'`)
		if err := w.texter.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.texter.inFlight.Wait()
	}
	for _, class := range []twilio.Class{twilio.Busy, twilio.NotSent} {
		w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: class} }
		tick()
		if got := query[string](w, `SELECT state FROM messages`); got != stateQueued {
			t.Errorf("%s: state %s, want it to try again", class, got)
		}
		if !query[bool](w, `SELECT held_until > clock_timestamp() FROM pace WHERE key LIKE 'sms:%'`) {
			t.Errorf("%s: the sender does not wait", class)
		}
	}
	// Our own set-up: a few tries, then the reason, and the person can be asked again.
	w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.Config, Code: 21606, Status: 400} }
	for range maxTries {
		w.clock.Advance(2 * time.Minute)
		tick()
	}
	if got := query[string](w, `SELECT state || ' ' || reason FROM messages`); got != "skipped carrier_setup_21606" {
		t.Errorf("state %s", got)
	}
	w.carrier.fail = nil
	if r := w.invite(mill); r.Queued != 1 {
		t.Errorf("%+v", r)
	}
	// A number that cannot be reached is not tried for ever.
	w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.Permanent, Code: 21614, Status: 400} }
	tick()
	if got := query[string](w, `SELECT state || ' ' || reason FROM messages WHERE state = 'failed'`); got != "failed unreachable" {
		t.Errorf("state %s", got)
	}
}

// Any order and repetition of callbacks ends the same.
func TestI8CallbacksInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		number := fmt.Sprintf("+1416556%04d", round)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
		id := uuid.New()
		w.exec(`INSERT INTO messages (id, account_id, phone_key, kind, language, phone, body, body_hash, sender_id, state, due_at, created_at, sent_at, place_by)
			VALUES ($1, $2, $3, 'invitation', 'en', $4, 'x', 'x', $5, 'sending', $6, $6, $6, now())`, id, mill.id, testKey(number), number, mill.sender, w.clock.Now())
		final := rapid.SampledFrom([]string{"delivered", "undelivered"}).Draw(rt, "final")
		statuses := rapid.SliceOfN(rapid.SampledFrom([]string{"queued", "sent", "sending", final, final, "nonsense"}), 0, 8).Draw(rt, "statuses")
		statuses = rapid.Permutation(append(statuses, "queued", "sent", final)).Draw(rt, "order")
		statuses = append([]string{rapid.SampledFrom([]string{"queued", "sent", final}).Draw(rt, "first")}, statuses...)
		sid := "SM" + id.String()
		for _, status := range statuses {
			if err := w.texter.MessageStatus(t.Context(), id, sid, status, 0); err != nil {
				rt.Fatal(err)
			}
			// News of another message with our id in its address.
			if err := w.texter.MessageStatus(t.Context(), id, "SMforeign", "failed", 21610); err != nil {
				rt.Fatal(err)
			}
		}
		got := query[string](w, `SELECT state || ' ' || message_sid FROM messages WHERE id = $1`, id)
		if got != final+" "+sid {
			rt.Fatalf("%v ends as %s", statuses, got)
		}
		if events := w.events(mill, number); events != "invited "+final {
			rt.Fatalf("%v wrote %q", statuses, events)
		}
	})
}

func TestI2SweepFindsALostStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.optedIn(mill, max1, "en")
	known := w.text(mill.sender, max1, "thanks")
	_ = known
	w.carrier.inbound = []twilio.MessageState{
		{SID: "SMlost", From: zoe, To: ours, Body: "Stop", Direction: "inbound", Status: "received", Created: w.clock.Now().Add(-time.Minute)},
		{SID: query[string](w, `SELECT message_sid FROM inbound_messages WHERE body = 'thanks'`), From: max1, To: ours, Body: "thanks", Direction: "inbound", Created: w.clock.Now()},
		{SID: "SMold", From: max1, To: ours, Body: "STOP", Direction: "inbound", Created: w.clock.Now().Add(-24 * time.Hour * 400)},
	}
	for i, want := range []int{1, 0} {
		if n, err := w.texter.Sweep(t.Context()); err != nil || n != want {
			t.Errorf("sweep %d found %d, %v; want %d", i, n, err, want)
		}
	}
	w.wantState(mill, zoe, StateOptedOut)
	w.wantState(mill, max1, StateOptedIn)
}

// The decision about a text is pure; nothing but the confirmation of a STOP
// and the answer to a START passes a closed gate, whatever else is true.
func TestI2ClosedGateLetsNothingElsePass(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := monday()
		c := candidate{
			Kind:     rapid.SampledFrom([]string{kindInvitation, kindReminder, kindConfirmation, kindStopped, kindHelp, kindChoose, kindVerifyPhone}).Draw(rt, "kind"),
			Closed:   rapid.Bool().Draw(rt, "closed"),
			Active:   rapid.Bool().Draw(rt, "active"),
			Listed:   rapid.Bool().Draw(rt, "listed"),
			Attested: rapid.Bool().Draw(rt, "attested"),
			Reopened: rapid.Bool().Draw(rt, "reopened"),
			State:    string(rapid.SampledFrom(States()).Draw(rt, "state")),
			EventID:  rapid.Int64Range(0, 3).Draw(rt, "event"),
		}
		c.CreatedAt = now.Add(-time.Duration(rapid.IntRange(0, 48*60).Draw(rt, "minutes old")) * time.Minute)
		if asked := rapid.Int64Range(-1, 3).Draw(rt, "asked"); asked >= 0 {
			c.AskedAfter = &asked
		}
		open := rapid.Bool().Draw(rt, "open hours")
		hours := func(string, time.Time) (time.Time, time.Time) {
			if open {
				return now.Add(-time.Hour), now.Add(time.Hour)
			}
			return now.Add(time.Hour), now.Add(2 * time.Hour)
		}
		v := c.decide(now, hours)
		sends := v.skip == "" && v.until.IsZero()
		asked := c.AskedAfter != nil && *c.AskedAfter == c.EventID
		invites := c.Kind == kindInvitation || c.Kind == kindReminder
		switch {
		case sends && c.Closed && c.Kind != kindStopped && !(invites && asked) && !(c.Kind == kindChoose && c.Reopened):
			rt.Fatalf("%+v passes a closed gate", c)
		case sends && invites && State(c.State) == StateOptedOut && !asked:
			rt.Fatalf("%+v asks somebody who refused", c)
		case sends && invites && (!c.Attested || !c.Listed || !c.Active || State(c.State) == StateOptedIn):
			rt.Fatalf("%+v is sent", c)
		case sends && invites && !open && !asked:
			rt.Fatalf("%+v is sent outside of calling hours", c)
		case sends && c.Kind == kindStopped && now.Sub(c.CreatedAt) > stoppedLife:
			rt.Fatalf("%+v confirms a STOP after %s", c, now.Sub(c.CreatedAt))
		}
	})
}

// STOPs while a queue of invitations is going out on two replicas: after a
// STOP has been taken and awaited, nothing more is handed to the carrier.
func TestI2NoTextLeavesAfterAnAnsweredStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill := w.employer("Mill", sender)
	const people = 60
	number := func(i int) string { return fmt.Sprintf("+1416555%04d", 110+i) }
	for i := range people {
		w.person(mill, number(i%90), "en")
	}
	var mu sync.Mutex
	stopped := map[string]bool{}
	w.carrier.before = func(m twilio.Message) {
		mu.Lock()
		defer mu.Unlock()
		if stopped[m.To] {
			t.Errorf("a text to %s left after its STOP was answered", m.To)
		}
	}
	w.invite(mill)
	second := NewTexter(w.service, w.carrier, domain{w.service}, "https://callshu.test")
	done := make(chan struct{})
	var loops sync.WaitGroup
	for _, texter := range []*Texter{w.texter, second} {
		loops.Go(func() {
			defer texter.inFlight.Wait()
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := texter.Tick(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var stops sync.WaitGroup
	for i := range people {
		if i%2 == 1 {
			continue
		}
		in := Inbound{MessageSID: w.sid(), From: number(i), To: ours, Body: "STOP"}
		stops.Go(func() {
			out, err := domain{w.service}.Receive(t.Context(), in)
			if err == nil {
				err = w.service.AwaitTexts(t.Context(), out.PhoneKey, out.SenderID)
			}
			if err != nil && !errors.Is(err, t.Context().Err()) {
				t.Error(err)
			}
			mu.Lock()
			stopped[in.From] = true
			mu.Unlock()
		})
	}
	stops.Wait()
	for deadline := time.Now().Add(2 * time.Minute); query[int](w, `SELECT count(*) FROM messages WHERE state IN ('queued', 'sending')`) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("texts stay in the queue")
		}
	}
	close(done)
	loops.Wait()
	if n := query[int](w, `SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'accepted' GROUP BY phone_key HAVING count(*) > 1) twice`); n != 0 {
		t.Errorf("%d people were texted twice", n)
	}
	if n := query[int](w, `SELECT count(*) FROM consents WHERE state = 'opted_out'`); n != people/2 {
		t.Errorf("%d opted out, want %d", n, people/2)
	}
	for i := 1; i < people; i += 2 {
		if n := w.carrier.count(number(i)); n != 1 {
			t.Errorf("%s got %d texts", number(i), n)
		}
	}
}

func TestFinishEstimate(t *testing.T) {
	now := monday()
	hours := func(zone string, at time.Time) (time.Time, time.Time) {
		if zone == "never" {
			return time.Time{}, time.Time{}
		}
		open := time.Date(at.Year(), at.Month(), at.Day(), 14, 0, 0, 0, time.UTC)
		if !at.Before(open.Add(8 * time.Hour)) {
			open = open.AddDate(0, 0, 1)
		}
		return open, open.Add(8 * time.Hour)
	}
	for _, c := range []struct {
		waves []wave
		want  time.Time
	}{
		{nil, now},
		{[]wave{{"a", now, 60}}, now.Add(time.Minute)},
		{[]wave{{"never", now, 60}}, now},
		{[]wave{{"a", now, 60}, {"b", now.Add(time.Hour), 30}}, now.Add(time.Hour + 30*time.Second)},
		// Seven hours are left today; 100 more texts than fit go out tomorrow.
		{[]wave{{"a", now, 7*3600 + 100}}, time.Date(2026, 11, 24, 14, 1, 40, 0, time.UTC)},
	} {
		rand.Shuffle(len(c.waves), func(i, j int) { c.waves[i], c.waves[j] = c.waves[j], c.waves[i] })
		if got := finish(c.waves, now, time.Second, hours); !got.Equal(c.want) {
			t.Errorf("%+v end at %s, want %s", c.waves, got, c.want)
		}
	}
}
