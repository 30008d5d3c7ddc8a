package consent

import (
	"strings"
	"testing"
	"time"
)

// What a person is told of their STOP is what was done: a STOP to a number is
// for every employer who calls from it, "stop all" for the platform.
func TestI2ConfirmationSaysWhatWasStopped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language, text, said, silent string
		others                       State // consent with an employer of another number, afterwards
	}{
		{"en", "Stop please", "no more calls or texts from mill or from this number", "no employer", StateOptedIn},
		{"en", "stop all", "no employer will call or text you", "from this number", StateOptedOut},
		{"fr", "arrêtez svp", "plus aucun appel ni texto de mill ni de ce numéro", "aucun employeur", StateOptedIn},
		{"fr", "arrêtez tout", "plus aucun employeur ne vous appellera ni ne vous écrira", "de ce numéro", StateOptedOut},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill, farm := w.employer("Mill", w.sender(ours)), w.employer("Farm", w.sender(ours2))
			w.optedIn(mill, zoe, c.language)
			w.optedIn(farm, zoe, c.language)
			before := len(w.carrier.texts(zoe))
			w.text(mill.sender, zoe, c.text)
			w.send()
			said := strings.ToLower(strings.Join(w.carrier.texts(zoe)[before:], "\n"))
			if !strings.Contains(said, c.said) || strings.Contains(said, c.silent) {
				t.Errorf("%q was answered %q", c.text, said)
			}
			w.wantState(mill, zoe, StateOptedOut)
			w.wantState(farm, zoe, c.others)
		})
	}
}

// A word that only the carrier takes for a STOP is one, and its START is none
// where the words say stop: whoever hears a STOP wins.
func TestI2EitherMayHearAStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	for number, in := range map[string]Inbound{
		zoe:  {Body: "Feierabend", OptOutType: "STOP"},
		max1: {Body: "start stop", OptOutType: "START"},
	} {
		w.optedIn(mill, number, "en")
		in.MessageSID, in.From, in.To = w.sid(), number, ours
		before := w.carrier.count(number)
		w.receive(in)
		w.send()
		w.wantState(mill, number, StateOptedOut)
		if n := w.carrier.count(number) - before; n != 0 {
			t.Errorf("%q, which the carrier has answered, brought %d texts", in.Body, n)
		}
	}
}

// A YES that has been used up for one employer is none for another, also while
// nothing of the first one's has followed it: people send the same word twice.
func TestI1AYesIsUsedUpOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.invited(mill, zoe, "en")
	w.clock.Advance(time.Minute)
	w.invited(farm, zoe, "en")
	w.clock.Advance(time.Minute)
	w.text(sender, zoe, "YES")
	w.send()
	w.text(sender, zoe, "YES 1")
	w.wantState(mill, zoe, StateOptedIn)
	if out := w.text(sender, zoe, "YES"); out.Did != didAsk {
		t.Errorf("the same word again did %q, want the question", out.Did)
	}
	w.wantState(farm, zoe, StateInvited)
}
