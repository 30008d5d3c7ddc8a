package dialer

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
)

// revocationsByHand are the ways by which somebody else writes down that a
// person does not want calls. reachesOther: also of an employer on another number.
func revocationsByHand(w *world) map[string]struct {
	reachesShared, reachesOther bool
	do                          func(e employer, number string) (consent.Effect, error)
} {
	revoke := func(r consent.Revocation, err error) (consent.Effect, error) {
		if err != nil {
			return consent.Effect{}, err
		}
		return w.dialer.Revoke(w.t.Context(), r)
	}
	record := func(account *uuid.UUID, number string) (consent.Effect, error) {
		return revoke(w.consent.OperatorRevocation(w.t.Context(), consent.OptOut{Phone: number, Account: account, ReceivedAt: w.clock.Now(), Evidence: "mail", Reason: "asked",
			Actor: audit.Actor{Kind: audit.Operator, ID: w.op}}))
	}
	return map[string]struct {
		reachesShared, reachesOther bool
		do                          func(e employer, number string) (consent.Effect, error)
	}{
		"employer": {false, false, func(e employer, number string) (consent.Effect, error) {
			return revoke(consent.EmployerRevocation(e.id, testKey(number), e.caller().Actor, ""))
		}},
		"operator for one employer": {false, false, func(e employer, number string) (consent.Effect, error) { return record(&e.id, number) }},
		"operator for everybody":    {true, true, func(_ employer, number string) (consent.Effect, error) { return record(nil, number) }},
		"inbox": {true, false, func(e employer, number string) (consent.Effect, error) {
			text := query[uuid.UUID](w, `SELECT id FROM inbound_reads WHERE account_id = $1 AND phone_key = $2 AND review`, e.id, testKey(number))
			return revoke(w.consent.ReadAsOptOut(w.t.Context(), consent.Decision{Account: e.id, Text: text, Actor: e.caller().Actor}))
		}},
	}
}

// Whoever writes it down: the ringing call ends, the queued call and the queued
// text are taken back, the gate or the ledger refuses every later one, and an
// employer whom it does not concern goes on.
func TestI2WrittenDownByHandEndsEverything(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"employer", "operator for one employer", "operator for everybody", "inbox"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			way := revocationsByHand(w)[name]
			shared := w.sender("+14169990000")
			e, sharing, other := w.employer("Acme", shared), w.employer("Bolt", shared), w.employer("Carp")
			const phone, bystander = "+14165550101", "+14165550102"
			w.person(e, phone)
			w.person(e, bystander)
			w.launch(e)
			a := w.dialOneTo(phone)
			w.status(a, 1, "ringing")
			w.launch(e) // and a second campaign, whose turn comes after
			w.person(sharing, phone)
			w.launch(sharing)
			w.person(other, phone)
			w.launch(other)
			for _, of := range []employer{e, sharing, other} {
				w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
					VALUES ($1, $2, 'help', 'en', $3, 'words', '', $4, $5, $5)`, of.id, testKey(phone), phone, of.sender, w.clock.Now().Add(time.Hour))
			}
			w.exec(`UPDATE messages SET sent_at = $2 WHERE account_id = $1`, e.id, w.clock.Now()) // the employer that the person last heard from
			if _, err := w.dialer.Receive(t.Context(), w.inbound(e, phone, "I moved away")); err != nil {
				t.Fatal(err)
			}
			w.exec(`DELETE FROM messages WHERE kind = 'help' AND body <> 'words'`) // our answer to it
			w.clock.Advance(time.Minute)

			effect, err := way.do(e, phone)
			w.must(err)
			want := 1
			if way.reachesShared {
				want++
			}
			if way.reachesOther {
				want++
			}
			if effect.Employers != want || effect.CallsEnded != 1 {
				t.Errorf("it did %+v, want %d employers and 1 call", effect, want)
			}
			if !w.carrier.isEnded(a) {
				t.Error("the phone goes on ringing")
			}
			if heard := w.answer(a); spoke(heard) { // in the same instant
				t.Errorf("it was answered and heard %s", heard)
			}
			w.status(a, 5, "canceled")
			for of, reached := range map[employer]bool{e: true, sharing: way.reachesShared, other: way.reachesOther} {
				state, text, pending := consent.StateOptedIn, "queued", 1
				if reached {
					state, text, pending = consent.StateOptedOut, "skipped", 0
				}
				if got := query[string](w, `SELECT state FROM consents WHERE account_id = $1 AND phone_key = $2`, of.id, testKey(phone)); got != string(state) {
					t.Errorf("consent is %s, want %s", got, state)
				}
				if got := query[string](w, `SELECT state FROM messages WHERE account_id = $1`, of.id); got != text {
					t.Errorf("the queued text is %s, want %s", got, text)
				}
				if got := query[int](w, `SELECT count(*) FROM recipients WHERE account_id = $1 AND phone_key = $2 AND state = 'pending'`, of.id, testKey(phone)); got != pending {
					t.Errorf("%d calls are queued, want %d", got, pending)
				}
			}
			if n := query[int](w, `SELECT count(*) FROM recipients WHERE account_id = $1 AND phone_key = $2 AND state = 'skipped' AND reason = 'opted_out'`, e.id, testKey(phone)); n != 2 {
				t.Errorf("%d of its two campaigns skip the person", n)
			}
			// No later campaign of its own finds the phone, and everybody else is still called.
			w.launch(e)
			for range 10 {
				for _, id := range w.dial() {
					if query[bool](w, `SELECT account_id = $2 AND phone_key = $3 FROM attempts WHERE id = $1`, id, e.id, testKey(phone)) {
						t.Error("the person was called again")
					}
					w.status(id, 5, "completed")
				}
			}
			if w.carrier.madeTo(bystander) == 0 {
				t.Error("nobody was called any more")
			}
			if reached := w.carrier.madeTo(phone) > 1; reached == way.reachesOther {
				t.Errorf("calls of other employers go on: %v", reached)
			}
		})
	}
}

// dialOneTo dials until one number is called; the others hang up at once.
func (w *world) dialOneTo(number string) uuid.UUID {
	w.t.Helper()
	for range 10 {
		var found uuid.UUID
		for _, id := range w.dial() {
			if query[bool](w, `SELECT phone_key = $2 FROM attempts WHERE id = $1`, id, testKey(number)) {
				found = id
				continue
			}
			w.status(id, 5, "no-answer")
		}
		if found != uuid.Nil {
			return found
		}
	}
	w.t.Fatalf("%s was not called", number)
	return uuid.Nil
}

// A call that is just being placed when it is written down is waited for and ended.
func TestI2WrittenDownWhileACallIsBeingPlaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const phone = "+14165550101"
	w.person(e, phone)
	w.running(w.dialer)
	begun, letGo := w.hang()
	w.launch(e)
	w.untilMoving("the POST", func() bool { return begun() == 1 })
	effects := make(chan consent.Effect, 1)
	go func() {
		r, err := consent.EmployerRevocation(e.id, testKey(phone), e.caller().Actor, "")
		if err != nil {
			t.Error(err)
		}
		effect, err := w.dialer.Revoke(t.Context(), r)
		if err != nil {
			t.Error(err)
		}
		effects <- effect
	}()
	w.until("the ledger", func() bool {
		return query[string](w, `SELECT state FROM consents WHERE account_id = $1`, e.id) == "opted_out"
	})
	letGo()
	if effect := <-effects; effect.CallsEnded != 1 {
		t.Errorf("it ended %d calls, want 1", effect.CallsEnded)
	}
	if !w.carrier.isEnded(query[uuid.UUID](w, `SELECT id FROM attempts WHERE counted`)) {
		t.Error("the phone rings")
	}
}

func TestResolveKnowsTwoActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const phone = "+14165550101"
	w.person(e, phone)
	if _, err := w.dialer.Receive(t.Context(), w.inbound(e, phone, "yes to everything")); err != nil {
		t.Fatal(err)
	}
	text := query[uuid.UUID](w, `SELECT id FROM inbound_reads`)
	decision := consent.Decision{Account: e.id, Text: text, Actor: e.caller().Actor}
	for _, action := range []string{"", "opt_in", "opted_in", "settled"} {
		if _, err := w.dialer.Resolve(t.Context(), action, decision); !apperr.HasCode(err, "invalid") {
			t.Errorf("action %q: %v", action, err)
		}
	}
	got, err := w.dialer.Resolve(t.Context(), consent.ResolvedNoAction, decision)
	if err != nil || got.ResolvedAt == nil || *got.Resolution != consent.ResolvedNoAction {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.dialer.Resolve(t.Context(), consent.ResolvedOptOut, decision); !apperr.HasCode(err, "already_resolved") {
		t.Errorf("twice: %v", err)
	}
}
