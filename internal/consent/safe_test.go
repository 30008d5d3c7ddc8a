package consent

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Whoever shares a number with many employers may come back as often as anybody
// else: what is counted is the texts, not the invitations that they bring.
func TestRestartsAreCountedByText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	for _, name := range []string{"Mill", "Farm", "Port", "Mine", "Dock"} {
		w.invited(w.employer(name, sender), zoe, "en")
	}
	for round := range maxRestarts + 1 {
		w.text(sender, zoe, "STOP")
		want := didInvite
		if round == maxRestarts {
			want = didNothing
		}
		if out := w.text(sender, zoe, "START"); out.Did != want {
			t.Errorf("START number %d did %q, want %q", round+1, out.Did, want)
		}
		w.send()
	}
}

// The employer whom a key has stopped does not answer the next text that no word
// of ours fits; a question for help is answered.
func TestI2NoHelpFromTheEmployerThatWasStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		_, err := w.service.Revoke(t.Context(), tx, Revocation{PhoneKey: testKey(zoe), Account: &mill.id, SenderID: mill.sender, Kind: OptedOut, Channel: ChannelVoice, CallSID: "CA1"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := w.text(mill.sender, zoe, "see you tomorrow"); out.Did != didReview || out.Reply != "" {
		t.Errorf("outcome %+v", out)
	}
	if out := w.text(mill.sender, zoe, "AIDE"); out.Reply != kindHelp {
		t.Errorf("outcome %+v", out)
	}
}

// The carrier may write a number without its plus: it is the same person.
func TestI2StopOfANumberWithoutItsPlus(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"14165550101", "4165550101"} {
		w := newWorld(t)
		mill := w.employer("Mill", w.sender(ours))
		w.optedIn(mill, zoe, "en")
		w.receive(Inbound{MessageSID: w.sid(), From: from, To: ours, Body: "STOP"})
		w.wantState(mill, zoe, StateOptedOut)
	}
	if got := written("12345"); got != "12345" {
		t.Errorf("a short code became %s", got)
	}
}

// Nobody is invited on a number that has not been swept for minutes: a STOP may
// lie at the carrier unread. Answers to people still leave.
func TestI2NobodyIsInvitedOnANumberThatIsNotSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, max1, "en")
	w.person(mill, zoe, "en")
	w.invite(mill)
	w.text(mill.sender, max1, "YES")
	w.exec(`UPDATE senders SET swept_at = clock_timestamp() - interval '6 minutes'`)
	for range 3 {
		if err := w.texter.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.texter.inFlight.Wait()
	}
	if n := w.carrier.count(zoe); n != 0 || w.sentTo(max1) != "invitation confirmation" {
		t.Errorf("%d invitations left, answers %q", n, w.sentTo(max1))
	}
	w.sweep(0)
	w.send()
	w.wantState(mill, zoe, StateInvited)
}

// A callback that never came is asked for: after minutes, ever less often, and
// for a day.
func TestI2RefusalWhoseCallbackIsLostIsLearned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.carrier.mu.Lock()
	w.carrier.sent[0].Status, w.carrier.sent[0].ErrorCode = "failed", codeOptedOut
	w.carrier.mu.Unlock()
	poll := func(age, since string) {
		t.Helper()
		w.exec(`UPDATE messages SET place_by = clock_timestamp() - $1::interval, polled_at = clock_timestamp() - nullif($2, '')::interval`, age, since)
		if err := w.texter.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, early := range [][2]string{{"4 minutes", ""}, {"25 hours", ""}, {"20 minutes", "4 minutes"}, {"10 hours", "2 hours"}} {
		poll(early[0], early[1])
		w.wantState(mill, zoe, StateInvited)
	}
	poll("10 hours", "4 hours")
	w.wantState(mill, zoe, StateOptedOut)
	w.clock.Advance(time.Second)
	if got := query[string](w, `SELECT state || ' ' || reason FROM messages`); got != "failed opted_out" {
		t.Errorf("the text ends as %s", got)
	}
}
