package consent

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/twilio"
)

// yesTo writes a text at the carrier, of which nothing has come yet.
func (w *world) yesTo(number string, body string) Inbound {
	w.clock.Advance(5 * time.Second)
	return w.writes(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: body})
}

// A YES whose webhook comes late answers what had been asked when it was
// written, not what has been asked since.
func TestI1LateYesAnswersNothingNewer(t *testing.T) {
	t.Parallel()
	for name, unread := range map[string]bool{"looked up": false, "found by the sweep": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sender := w.sender(ours)
			mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
			w.invited(mill, max1, "en")
			late := w.yesTo(max1, "YES")
			w.clock.Advance(time.Minute)
			w.text(sender, max1, "STOP")
			w.clock.Advance(time.Minute)
			w.text(sender, max1, "START")
			w.clock.Advance(time.Minute)
			w.send()
			w.wantState(mill, max1, StateInvited)
			w.carrier.unread = unread
			w.receive(late)
			w.carrier.unread = false
			w.sweep(0)
			w.wantState(mill, max1, StateInvited)
			w.text(sender, max1, "YES")
			w.wantState(mill, max1, StateOptedIn)

			// Of two employers the one who asked later gets nothing of an answer to the other.
			w.invited(farm, zoe, "en")
			first, second := w.yesTo(zoe, "YES"), w.yesTo(zoe, "YES")
			w.receive(first)
			w.wantState(farm, zoe, StateOptedIn)
			w.clock.Advance(time.Minute)
			w.invited(mill, zoe, "en")
			w.carrier.unread = unread
			w.receive(second)
			w.carrier.unread = false
			w.sweep(0)
			w.wantState(mill, zoe, StateInvited)
			if n := query[int](w, `SELECT count(*) FROM inbound_messages WHERE outcome = 'undecided'`); n != 0 {
				t.Errorf("%d texts are never decided", n)
			}
		})
	}
}

// What came within the second in which the carrier took the invitation counts
// only where it can be about nothing else.
func TestI1YesOfTheSameSecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	at := func(number string) time.Time {
		return query[time.Time](w, `SELECT provider_at FROM messages WHERE phone_key = $1 AND kind = 'invitation' ORDER BY place_by DESC LIMIT 1`, testKey(number))
	}
	quick := func(number string) {
		w.receive(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: "YES", ProviderAt: at(number)})
	}
	w.invited(mill, zoe, "en")
	quick(zoe)
	w.wantState(mill, zoe, StateOptedIn)
	w.clock.Advance(time.Minute)
	w.invited(farm, zoe, "en")
	quick(zoe)
	w.wantState(farm, zoe, StateInvited)
	w.invited(mill, max1, "en")
	w.clock.Advance(time.Minute)
	w.text(sender, max1, "STOP")
	w.clock.Advance(time.Minute)
	w.text(sender, max1, "START")
	w.send()
	quick(max1)
	w.wantState(mill, max1, StateInvited)
}

// While the carrier cannot be asked a YES is kept and does nothing; a STOP asks
// nobody, and counts at once.
func TestI2OnlyAYesWaitsForItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.invited(mill, max1, "en")
	w.carrier.unread = true
	for range 2 { // the carrier's retry waits as well
		if out := w.receive(w.yesTo(zoe, "YES")); out.Did != didWait {
			t.Fatalf("it did %q", out.Did)
		}
	}
	w.wantState(mill, zoe, StateInvited)
	w.text(mill.sender, max1, "YES")
	if out := w.text(mill.sender, max1, "STOP"); out.Did != didOptOut {
		t.Errorf("STOP did %q", out.Did)
	}
	w.sweep(0)
	w.wantState(mill, zoe, StateOptedIn)
	w.wantState(mill, max1, StateOptedOut)
	if got, want := w.events(mill, zoe), "attested invited opted_in"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
	if n := query[int](w, `SELECT count(*) FROM inbound_reads WHERE word = 'yes'`); n != 3 {
		t.Errorf("an employer reads %d answers, want 3", n)
	}
}

// A text that the carrier never tells the time of does nothing, in the end.
func TestUndatedTextIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.carrier.unread = true
	in := w.yesTo(zoe, "YES")
	w.receive(in)
	w.carrier.inbound = nil
	for _, want := range []string{didWait, didNothing} {
		w.clock.Advance(undatedLife / 2)
		w.clock.Advance(time.Second)
		w.sweep(0)
		if did := query[string](w, `SELECT outcome FROM inbound_messages`); did != want {
			t.Errorf("it is %q, want %q", did, want)
		}
	}
	w.carrier.unread = false
	w.carrier.inbound = append(w.carrier.inbound, twilio.MessageState{SID: in.MessageSID, From: zoe, To: ours, Body: "YES", Direction: "inbound", Created: w.clock.Now()})
	w.sweep(0)
	w.wantState(mill, zoe, StateInvited)
}

// An answer to an invitation that may never have left is no consent before it is
// known that it did, and none at all if it did not.
func TestI1YesToAnInvitationThatNeverLeft(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		class twilio.Class
		taken bool // the carrier took it, and its answer was lost
		want  State
	}{
		"refused while the person writes":       {twilio.Permanent, false, StateNone},
		"lost before it counted":                {twilio.Unknown, false, StateNone},
		"lost after it counted":                 {twilio.Unknown, true, StateOptedIn},
		"taken while the person writes already": {-1, true, StateOptedIn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill := w.employer("Mill", w.sender(ours))
			w.person(mill, zoe, "en")
			w.invite(mill)
			answer := func(twilio.Message) error {
				if tt.class < 0 {
					return nil
				}
				return &twilio.Error{Class: tt.class, Code: 21211}
			}
			w.carrier.before = func(twilio.Message) {
				w.carrier.before = nil
				if out := w.text(mill.sender, zoe, "YES"); out.Did != didWait {
					t.Errorf("while it is sending, YES did %q", out.Did)
				}
			}
			if w.carrier.fail = answer; tt.taken {
				w.carrier.fail, w.carrier.lose = nil, answer
			}
			w.send()
			w.carrier.fail, w.carrier.lose = nil, nil
			if tt.class == twilio.Unknown {
				w.wantState(mill, zoe, StateNone)
				w.exec(`UPDATE messages SET place_by = place_by - interval '20 minutes' WHERE state = 'unknown'`)
				if err := w.texter.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.wantState(mill, zoe, tt.want)
			if n := query[int](w, `SELECT count(*) FROM inbound_messages WHERE outcome = 'undecided'`); n != 0 {
				t.Errorf("%d texts wait for ever", n)
			}
			if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'invited'`); (n == 1) != tt.taken {
				t.Errorf("%d invitations in the ledger", n)
			}
		})
	}
}

// The order in which texts arrive does not count, the order in which they were
// written does: of one employer the end is the same; of two, nobody is opted in
// who would not be, and the gate ends the same. The employer asks, the person
// writes, and webhooks come whenever they come; the sweep runs at the end.
func TestI8TextsInAnyOrderEndAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	round := 0
	end := func(number string) (State, State, bool) {
		if err := w.texter.decide(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		w.send()
		blocked := query[bool](w, `SELECT EXISTS (SELECT FROM sender_blocks WHERE phone_key = $1)`, testKey(number))
		return w.state(mill, number), w.state(farm, number), blocked
	}
	rapid.Check(t, func(rt *rapid.T) {
		round++
		said := rapid.SliceOfN(rapid.SampledFrom([]string{"YES", "STOP", "START", "YES", "HELP"}), 2, 5).Draw(rt, "said")
		order := rapid.Permutation(indices(len(said))).Draw(rt, "order")
		both := rapid.Bool().Draw(rt, "both")
		unread := rapid.Bool().Draw(rt, "unread")
		sending := rapid.Bool().Draw(rt, "sending")             // what a text brings leaves before the next one arrives
		asked := rapid.IntRange(0, len(said)).Draw(rt, "asked") // when the second employer asks
		var mills, farms []State
		var blocks []bool
		for i, arriving := range [][]int{indices(len(said)), order} {
			number := fmt.Sprintf("+1416%03d%04d", 300+i, round)
			w.carrier.unread = unread
			w.invited(mill, number, "en")
			var texts []Inbound
			for j, body := range said {
				if both && j == asked {
					w.clock.Advance(5 * time.Second)
					w.invited(farm, number, "en")
				}
				texts = append(texts, w.yesTo(number, body))
			}
			for _, j := range arriving {
				w.clock.Advance(time.Second)
				w.receive(texts[j])
				if sending {
					w.send()
				}
			}
			w.carrier.unread = false
			for _, in := range texts {
				w.timed(in)
			}
			m, f, blocked := end(number)
			mills, farms, blocks = append(mills, m), append(farms, f), append(blocks, blocked)
			w.carrier.inbound = nil
		}
		same := mills[0] == mills[1] && farms[0] == farms[1]
		if both {
			same = !(mills[1] == StateOptedIn && mills[0] != StateOptedIn) && !(farms[1] == StateOptedIn && farms[0] != StateOptedIn)
		}
		if !same || blocks[0] != blocks[1] {
			rt.Fatalf("%v ends %s %s %v, in order %v %s %s %v", said, mills[0], farms[0], blocks[0], order, mills[1], farms[1], blocks[1])
		}
	})
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return slices.Clip(list)
}

// timed is what the minute's listing tells of a text.
func (w *world) timed(in Inbound) {
	w.t.Helper()
	state, err := w.carrier.FetchMessage(w.t.Context(), in.MessageSID)
	if err == nil {
		err = w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error { return w.service.noteTime(w.t.Context(), tx, state) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A STOP that arrives late and is old must not hide the newest one from a START
// between them, which is then taken up again.
func TestI2LateOldStopHidesNoNewerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	var texts []Inbound
	for _, body := range []string{"STOP", "STOP", "START", "STOP"} {
		texts = append(texts, w.yesTo(zoe, body))
	}
	for _, i := range []int{0, 2, 3, 1} {
		w.clock.Advance(time.Second)
		w.receive(texts[i])
	}
	for _, in := range texts {
		w.timed(in)
	}
	if err := w.texter.decide(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.wantState(mill, zoe, StateOptedOut)
}
