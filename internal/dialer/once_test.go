package dialer

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/twilio"
)

// one is an employer with one person in one running campaign.
func (w *world) one() (e employer, phone string, id uuid.UUID) {
	w.t.Helper()
	e = w.employer("Acme")
	w.person(e, "+14165550101")
	return e, "+14165550101", w.launch(e)
}

// age makes an attempt look as if it had been claimed so long ago, and every
// look at the carrier too.
func (w *world) age(id uuid.UUID, by time.Duration) {
	w.t.Helper()
	w.exec(`UPDATE attempts SET place_by = place_by - make_interval(secs => $2), created_at = created_at - make_interval(secs => $2),
		checked_at = checked_at - make_interval(secs => $2) WHERE id = $1`, id, by.Seconds())
}

func (w *world) reconcile() {
	w.t.Helper()
	w.must(w.dialer.Reconcile(context.Background()))
}

// When the POST leaves, another connection sees the attempt: it is committed.
func TestI3NothingIsPostedBeforeItIsCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 20)
	w.launch(e)
	var mu sync.Mutex
	seen := map[string]int{}
	observer := w.pool(2)
	w.carrier.hold = func(call twilio.Call) {
		var state string
		err := observer.QueryRow(context.Background(), `SELECT state FROM attempts WHERE id = $1`, attemptIn(call.URL)).Scan(&state)
		if err != nil {
			state = err.Error()
		}
		mu.Lock()
		seen[state]++
		mu.Unlock()
	}
	w.running(w.dialer)
	w.untilMoving("all to be posted", func() bool { return len(w.carrier.posted()) == 20 })
	if seen["placing"] != 20 {
		t.Fatalf("at the time of the POST attempts were %v", seen)
	}
}

// A claim whose commit fails posts nothing.
func TestI3AClaimThatIsNotCommittedPostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("dialler claim")
	e, phone, _ := w.one()
	// The database refuses at the very last moment.
	w.exec(`CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`)
	w.exec(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON attempts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()`)
	stop := w.running(w.dialer)
	w.until("claims to fail", func() bool {
		return query[int](w, `SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()`) > 3
	})
	if w.carrier.madeTo(phone) != 0 {
		t.Fatal("posted without a committed attempt")
	}
	w.exec(`DROP TRIGGER refuse ON attempts`)
	w.untilMoving("the call", func() bool { return w.carrier.madeTo(phone) == 1 })
	stop()
	w.wantRecipient(e, phone, "dialling")
}

func TestI3NoPostStartsAfterPlaceBy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	placeBy := query[time.Time](w, `SELECT place_by FROM attempts`)
	if list[0].deadline.After(placeBy.Add(50 * time.Millisecond)) { // same machine: the clocks agree
		t.Fatalf("may start until %v, place_by is %v", list[0].deadline, placeBy)
	}
	list[0].deadline = time.Now()
	w.place(w.dialer, list[0])
	if w.carrier.madeTo(phone) != 0 {
		t.Fatal("a POST started after its time")
	}
	w.wantAttempt(list[0].ID, "not_placed")
	w.wantRecipient(e, phone, "pending") // and comes again
	if made := query[int](w, `SELECT attempts_made FROM recipients`); made != 0 {
		t.Fatalf("a call that never left counts: %d", made)
	}
	w.clock.Advance(3 * time.Second)
	w.wantDialled(1)
	w.balanced()
}

// The answer of the carrier is lost. The call exists, and a callback that
// carries our attempt's id adopts it.
func TestI3LostAnswerIsAdoptedByCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.always(lost())
	a := w.dialOne()
	w.wantAttempt(a, "unknown")
	w.wantRecipient(e, phone, "dialling")
	w.clock.Advance(time.Hour)
	w.wantDialled(0) // never blindly again
	w.status(a, 1, "ringing")
	w.wantAttempt(a, "ringing")
	if sid := query[string](w, `SELECT call_sid FROM attempts`); sid != w.carrier.sidOf(a) {
		t.Fatalf("adopted %s", sid)
	}
	w.answer(a)
	w.press(a, atChoices, "1")
	w.status(a, 3, "completed")
	w.wantRecipient(e, phone, "answered")
	if w.carrier.madeTo(phone) != 1 {
		t.Fatal("called twice")
	}
	w.balanced()
}

func TestI3LostAnswerIsAdoptedByListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.now = w.clock.Now
	w.carrier.always(lost())
	a := w.dialOne()
	w.carrier.set(a, "in-progress")
	w.reconcile()
	w.wantAttempt(a, "unknown") // too early: its callback may be on the way
	w.age(a, time.Minute)
	w.reconcile()
	w.wantAttempt(a, "in_progress")
	w.carrier.set(a, "completed")
	w.answer(a)
	w.status(a, 3, "completed")
	w.wantRecipient(e, phone, "answered_no_key")
	if w.carrier.madeTo(phone) != 1 {
		t.Fatal("called twice")
	}
}

// A placing attempt whose replica has died is looked for like a lost answer.
func TestI3DeadReplicaLeavesAnUnknownCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	a := list[0].ID
	w.reconcile()
	w.wantAttempt(a, "placing")
	w.age(a, placeWithin+lostAfter+time.Second)
	w.reconcile() // marks it, and may look at once
	w.wantAttempt(a, "unknown")
	w.wantRecipient(e, phone, "dialling")
	w.wantDialled(0)
}

// Two calls at the carrier could be this one: none is adopted, nothing is
// dialled, until a callback tells.
func TestI3SeveralCandidatesStayOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.now = w.clock.Now
	w.carrier.always(lost())
	a := w.dialOne()
	if _, err := w.carrier.CreateCall(t.Context(), twilio.Call{From: e.number, To: phone}); err == nil {
		t.Fatal("the stray call was not lost")
	}
	for range 5 {
		w.age(a, 6*time.Minute)
		w.reconcile()
	}
	w.wantAttempt(a, "unknown")
	w.wantRecipient(e, phone, "dialling")
	w.wantDialled(0)
	w.status(a, 1, "ringing")
	w.wantAttempt(a, "ringing")
}

// Calls of other numbers, of other attempts and from before the claim are no
// candidates.
func TestI3OnlyItsOwnCallIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.now = func() time.Time { return w.clock.Now().Add(-time.Hour) }
	w.carrier.CreateCall(t.Context(), twilio.Call{From: e.number, To: phone}) // long before
	w.carrier.now = w.clock.Now
	w.carrier.CreateCall(t.Context(), twilio.Call{From: "+14165557777", To: phone}) // not our sender
	w.carrier.always(gone())
	a := w.dialOne()
	w.age(a, time.Minute)
	w.reconcile()
	w.wantAttempt(a, "unknown")
	if misses := query[int](w, `SELECT misses FROM attempts`); misses != 1 {
		t.Fatalf("%d misses, want 1", misses)
	}
}

// Absent in three listings over 15 minutes: it was never placed, does not count,
// and may be dialled again.
func TestI3AbsentThreeTimesMeansNotPlaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.always(gone())
	a := w.dialOne()
	w.age(a, 20*time.Second)
	w.reconcile()
	for look := 1; look <= 2; look++ {
		w.reconcile() // two replicas at once count one look once
		if misses := query[int](w, `SELECT misses FROM attempts`); misses != look {
			t.Fatalf("%d misses after %d looks", misses, look)
		}
		w.age(a, 5*time.Minute+time.Second)
		w.wantDialled(0)
		w.reconcile()
		w.wantAttempt(a, "unknown") // three times, but not yet over 15 minutes
	}
	w.age(a, 5*time.Minute+time.Second)
	w.reconcile()
	w.wantAttempt(a, "not_placed")
	w.wantRecipient(e, phone, "pending")
	w.carrier.always(accept())
	w.clock.Advance(time.Minute)
	b := w.dialOne()
	w.answer(b)
	w.press(b, atChoices, "1")
	w.status(b, 1, "completed")
	w.wantRecipient(e, phone, "answered")
	if made := query[int](w, `SELECT attempts_made FROM recipients`); made != 1 {
		t.Fatalf("%d attempts counted, want 1", made)
	}
	w.balanced()
}

// Where the carrier's clock is a simulator's that runs faster, so long as it
// says and no longer is a call looked for. What a POST may take stays the
// machine's time, and so does everything where the carrier is a real one.
func TestI3LooksAreOfTheCarriersTime(t *testing.T) {
	t.Parallel()
	for speed, states := range map[float64][]string{0: {"unknown 0", "unknown 1", "unknown 1", "unknown 1"}, 60: {"unknown 0", "unknown 1", "unknown 2", "not_placed 2"}} {
		w := newWorld(t, fast)
		w.one()
		w.carrier.always(gone())
		d := New(Options{Worker: w.worker, Carrier: w.carrier, Consent: w.consent, Zones: w.zones, Clock: w.clock, PublicURL: "https://callshu.test",
			CallsPerSecond: fast, CarrierSpeed: speed, PhoneKey: testKey, Log: w.log})
		a := w.dialWith(d)[0]
		for i, by := range []time.Duration{placeWithin + lookFirst - time.Second, time.Second + 500*time.Millisecond, 5100 * time.Millisecond, 5100 * time.Millisecond} {
			w.age(a, by)
			w.must(d.Reconcile(context.Background()))
			if got := query[string](w, `SELECT state || ' ' || misses FROM attempts`); got != states[i] {
				t.Fatalf("at a speed of %v, look %d: %s, want %s", speed, i, got, states[i])
			}
		}
	}
}

// A look that failed is no miss, and is repeated soon.
func TestI3AListingThatFailsIsNoMiss(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.one()
	w.carrier.always(gone())
	a := w.dialOne()
	w.carrier.listErr = &twilio.Error{Class: twilio.Unknown, Message: "503"}
	for range 6 {
		w.age(a, 5*time.Minute+time.Second)
		if err := w.dialer.Reconcile(t.Context()); err == nil {
			t.Fatal("a listing that failed is silent")
		}
	}
	w.wantAttempt(a, "unknown")
	if misses := query[int](w, `SELECT misses FROM attempts`); misses != 0 {
		t.Fatalf("%d misses, want 0", misses)
	}
	w.carrier.listErr = nil
	w.age(a, lookAgain+time.Second)
	w.reconcile()
	if misses := query[int](w, `SELECT misses FROM attempts`); misses != 1 {
		t.Fatalf("%d misses, want 1", misses)
	}
}

// Nobody ever tells: after 25 hours it is given up, failed, and never dialled again.
func TestI3UnresolvedAfter25Hours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, id := w.one()
	w.carrier.always(lost())
	a := w.dialOne()
	w.carrier.CreateCall(t.Context(), twilio.Call{From: e.number, To: phone})
	w.age(a, 26*time.Hour)
	w.reconcile()
	w.wantAttempt(a, "failed")
	w.wantRecipient(e, phone, "failed unresolved")
	w.housekeep()
	w.wantCampaign(id, "finished")
	w.balanced()
	// The phone that answers all the same hears nothing.
	w.expect("given up is answered")
	if heard := w.answer(a); spoke(heard) {
		t.Fatalf("heard %s", heard)
	}
	if heard := w.press(a, atChoices, "1"); spoke(heard) {
		t.Fatalf("a key heard %s", heard)
	}
}

// Silent calls are asked about: a call cancelled in the carrier's queue sends
// no callback, and callbacks get lost.
func TestI3SilentCallsAreAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	a := w.dialOne()
	w.carrier.set(a, "completed")
	w.reconcile()
	w.wantAttempt(a, "queued")
	w.age(a, silentAfter+3*time.Second)
	w.reconcile()
	w.wantAttempt(a, "completed")
	w.wantRecipient(e, phone, "pending") // nothing was heard: it is tried again
	w.clock.Advance(31 * time.Minute)
	b := w.dialOne()
	w.carrier.set(b, "canceled")
	w.age(b, silentAfter+3*time.Second)
	w.reconcile()
	w.wantRecipient(e, phone, "no_answer")
}

// The answer to the POST comes after its callbacks: the higher rung stays.
func TestI3ResultAfterItsCallbackKeepsTheHigherRung(t *testing.T) {
	t.Parallel()
	for _, r := range []string{"placed", "unknown", "refused"} {
		t.Run(r, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, phone, _ := w.one()
			list, err := w.dialer.claim(t.Context(), maxWaiting)
			w.must(err)
			list[0].deadline = time.Now().Add(time.Minute) // however busy the machine
			got := w.dialer.place(list[0])
			sid := got.sid
			switch r {
			case "unknown":
				got = result{attempt: got.attempt, err: &twilio.Error{Class: twilio.Unknown}}
			case "refused":
				got = result{attempt: got.attempt, err: &twilio.Error{Class: twilio.Permanent, Code: 21211}}
			}
			w.status(list[0].ID, 2, "ringing")
			_, err = w.dialer.store(t.Context(), []result{got})
			w.must(err)
			w.wantAttempt(list[0].ID, "ringing")
			if kept := query[string](w, `SELECT call_sid FROM attempts`); kept != sid {
				t.Fatalf("sid %s, want %s", kept, sid)
			}
			w.wantRecipient(e, phone, "dialling")
		})
	}
}

// One phone, three campaigns, two replicas: never two live calls, whatever is tried.
func TestI3NeverTwoLiveCallsToOnePhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	const phone = "+14165550101"
	for _, name := range []string{"Acme", "Bolt", "Carp"} {
		e := w.employer(name)
		w.person(e, phone)
		w.launch(e)
	}
	other := w.replica(fast, w.pool(4))
	w.running(w.dialer, other)
	w.untilMoving("the first call", func() bool { return w.carrier.madeTo(phone) == 1 })
	for made := 1; made <= 3; made++ {
		w.untilMoving("the call to be recorded", func() bool { return query[int](w, `SELECT count(*) FROM attempts WHERE state = 'queued'`) == 1 })
		a := query[[16]byte](w, `SELECT id FROM attempts WHERE state = 'queued'`)
		w.answer(a)
		if n := w.carrier.madeTo(phone); n != made {
			t.Fatalf("%d calls while number %d is live", n, made)
		}
		w.press(a, atChoices, "1")
		w.status(a, 1, "completed")
		if made < 3 {
			w.untilMoving("the next call", func() bool { return w.carrier.madeTo(phone) == made+1 })
		}
	}
	w.untilMoving("all campaigns to finish", func() bool { return query[int](w, `SELECT count(*) FROM campaigns WHERE status = 'finished'`) == 3 })
	w.balanced()
}

// A phone that is in a call takes nobody else's turn.
func TestI3APhoneInACallIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, f := w.employer("Acme"), w.employer("Bolt")
	numbers := w.people(f, 555, 2)
	w.person(e, numbers[0])
	w.launch(e)
	w.dialOne()
	w.launch(f)
	w.dialWithMost(1) // the first of the two is in a call
	if w.carrier.madeTo(numbers[1]) != 1 {
		t.Fatal("nobody was called because somebody else's phone is busy")
	}
}

// A result that the database refuses for itself does not take others with it.
func TestI3OneBadResultDoesNotLoseTheBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("record placed call")
	e := w.employer("Acme")
	w.people(e, 555, 3)
	w.launch(e)
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	_, err = w.dialer.store(t.Context(), []result{{attempt: list[0].ID, sid: "CAone"}})
	w.must(err)
	left, err := w.dialer.store(t.Context(), []result{{attempt: list[1].ID, sid: "CAone"}, {attempt: list[2].ID, sid: "CAtwo"}})
	w.must(err)
	if len(left) != 0 {
		t.Fatalf("%d results left", len(left))
	}
	w.wantAttempt(list[1].ID, "placing") // becomes unknown, and is looked up
	w.wantAttempt(list[2].ID, "queued")
}

// The database is away while calls are answered: their results are kept and
// written when it is back.
func TestI3ResultsSurviveADatabaseOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("record call results")
	w.expect("dialler")
	w.running(w.dialer)
	begun, letGo := w.hang()
	e, phone, _ := w.one()
	w.untilMoving("the POST", func() bool { return begun() == 1 })
	w.exec(`ALTER TABLE attempts RENAME TO attempts_away`)
	letGo()
	w.untilMoving("a result to fail", func() bool { return w.logged("record call results") })
	w.exec(`ALTER TABLE attempts_away RENAME TO attempts`)
	w.until("the result to be written", func() bool { return query[string](w, `SELECT state FROM attempts WHERE counted`) == "queued" })
	w.wantRecipient(e, phone, "dialling")
}
