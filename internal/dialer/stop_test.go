package dialer

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// The first counter-example against a claim of one statement: it waits for its
// turn with the snapshot it began with, does not see the call that another
// account's claim has just made, and rings the phone a second time.
func TestI2TwoAccountsRingOnePhoneAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	one, two := w.employer("Acme"), w.employer("Bolt")
	const phone = "+14165550101"
	w.person(one, phone)
	w.person(two, phone)
	w.launch(one)
	w.launch(two)
	other := w.replica(fast, w.pool(4))

	turn := w.holdTurn()
	claims := make(chan []claimed, 2)
	for _, d := range []*Dialer{w.dialer, other} {
		go func() {
			list, err := d.claim(context.Background(), maxWaiting)
			if err != nil {
				t.Error(err)
			}
			claims <- list
		}()
	}
	w.untilWaiting(2)
	w.must(turn.Commit(context.Background()))
	if n := len(<-claims) + len(<-claims); n != 1 {
		t.Fatalf("%d calls were claimed to one phone at once", n)
	}
	w.wantDialled(0)
}

// holdTurn takes the turn to claim, so that claims wait for it.
func (w *world) holdTurn() pgx.Tx {
	w.t.Helper()
	return w.hold(`SELECT FROM pace WHERE key = 'claim' FOR UPDATE`)
}

// hold opens a transaction that runs one statement and keeps its locks.
func (w *world) hold(sql string, args ...any) pgx.Tx {
	w.t.Helper()
	conn := w.db.Admin()
	tx, err := conn.Begin(context.Background())
	w.must(err)
	_, err = tx.Exec(context.Background(), sql, args...)
	w.must(err)
	return tx
}

// untilWaiting returns when n statements of the worker wait for a lock.
func (w *world) untilWaiting(n int) {
	w.t.Helper()
	w.until("statements to wait for a lock", func() bool {
		return query[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'callshu_worker' AND wait_event_type = 'Lock'`) >= n
	})
}

// The second counter-example: a STOP that commits while a claim waits for its
// turn is not seen by a claim of one statement.
func TestI2StopCommittedWhileAClaimWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	turn := w.holdTurn()
	claims := make(chan []claimed, 1)
	go func() {
		list, err := w.dialer.claim(context.Background(), maxWaiting)
		if err != nil {
			t.Error(err)
		}
		claims <- list
	}()
	w.untilWaiting(1)
	w.stop(e, "+14165550101", "STOP")
	w.must(turn.Commit(context.Background()))
	if n := len(<-claims); n != 0 {
		t.Fatal("called after STOP")
	}
	w.wantRecipient(e, "+14165550101", "skipped opted_out")
}

// A STOP that has the gate and has not committed yet: the claim passes over.
func TestI2ClaimPassesOverAPhoneThatIsBeingStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.person(e, "+14165550102")
	w.launch(e)
	gate := w.hold(`SELECT FROM phone_gates WHERE phone_key = $1 FOR UPDATE`, testKey("+14165550101"))
	w.wantDialled(1)
	if w.carrier.madeTo("+14165550101") != 0 {
		t.Fatal("called a phone whose gate was held")
	}
	w.must(gate.Commit(context.Background()))
	w.wantDialled(1)
}

// A consent that changes after the claim's snapshot, in the same instant: the
// row is checked again in its newest version.
func TestI2StopWithinTheClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	numbers := w.people(e, 555, 40)
	w.launch(e)
	var group sync.WaitGroup
	for _, number := range numbers {
		group.Go(func() { w.stop(e, number, "STOP") })
	}
	group.Go(func() {
		for range 20 {
			list, err := w.dialer.claim(context.Background(), maxWaiting)
			w.must(err)
			for _, a := range list {
				w.place(w.dialer, a) // within its time: a STOP waits no longer for it
			}
			w.clock.Advance(refundPause) // what was too late comes again
		}
	})
	group.Wait()
	// Whoever was claimed was claimed before their STOP committed; the STOP has
	// then waited for the call and ended it.
	for _, number := range numbers {
		if n := query[int](w, `SELECT count(*) FROM attempts a JOIN consents k USING (account_id, phone_key)
			JOIN consent_events v ON v.id = k.event_id WHERE a.phone_key = $1 AND a.consent_event > v.id`, testKey(number)); n > 0 {
			t.Fatalf("%s was called on a consent that was gone", number)
		}
	}
	if n := query[int](w, `SELECT count(*) FROM attempts WHERE state <> 'placing' AND end_requested = '' AND state IN ('queued')`); n > 0 {
		t.Fatalf("%d calls of people who had said STOP go on", n)
	}
}

// STOP against a call that is being placed waits for the answer of the carrier
// and ends what got through, before it is answered itself.
func TestI2StopWaitsForThePlacingCallAndEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.running(w.dialer)
	begun, letGo := w.hang()
	id := w.launch(e)
	w.untilMoving("the POST", func() bool { return begun() == 1 })
	stopped := make(chan struct{})
	go func() { w.stop(e, "+14165550101", "STOP"); close(stopped) }()
	w.until("the STOP to be committed", func() bool {
		return query[string](w, `SELECT state FROM consents WHERE account_id = $1`, e.id) == "opted_out"
	})
	select {
	case <-stopped:
		t.Fatal("the STOP was answered while a call was being placed")
	default:
	}
	letGo()
	<-stopped
	a := query[[16]byte](w, `SELECT id FROM attempts WHERE counted`)
	if !w.carrier.isEnded(a) {
		t.Fatal("the STOP was answered and the phone rings")
	}
	w.status(a, 1, "canceled")
	w.wantRecipient(e, "+14165550101", "skipped opted_out")
	w.until("the campaign to finish", func() bool { return w.campaignIs(id) == "finished" })
	w.balanced()
}

// An attempt whose replica has died is waited for until its place_by, no longer.
func TestI2StopWaitsUntilNoPostCanStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	began := time.Now()
	w.stop(e, "+14165550101", "STOP")
	if query[bool](w, `SELECT place_by > clock_timestamp() FROM attempts`) {
		t.Fatal("the STOP was answered while the POST could still start")
	}
	if waited := time.Since(began); waited > placeWithin+time.Second {
		t.Fatalf("the STOP waited %v", waited)
	}
	// The replica was only slow: its POST must not start any more.
	w.place(w.dialer, list[0])
	if w.carrier.madeTo("+14165550101") != 0 {
		t.Fatal("a POST started after the STOP was answered")
	}
	w.wantAttempt(list[0].ID, "not_placed")
	w.wantRecipient(e, "+14165550101", "skipped opted_out")
}

func TestI2StopAtEveryStageOfACall(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"pending", "queued", "initiated", "ringing", "in-progress"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			w.person(e, "+14165550101")
			id := w.launch(e)
			if stage == "pending" {
				w.stop(e, "+14165550101", "STOP")
				w.wantDialled(0)
				w.wantRecipient(e, "+14165550101", "skipped opted_out")
				return
			}
			a := w.dialOne()
			switch stage {
			case "queued":
			case "in-progress":
				w.status(a, 1, "ringing")
				w.answer(a)
			default:
				w.status(a, 1, stage)
			}
			w.stop(e, "+14165550101", "please stop calling me")
			if !w.carrier.isEnded(a) {
				t.Fatal("after STOP the call goes on")
			}
			if stage == "in-progress" {
				if heard := w.press(a, atChoices, "1"); spoke(heard) {
					t.Fatalf("after STOP a key heard %s", heard)
				}
				w.status(a, 5, "completed")
				w.wantRecipient(e, "+14165550101", "answered_no_key opted_out")
			} else {
				if heard := w.answer(a); spoke(heard) { // it was answered in the same instant
					t.Fatalf("after STOP the phone heard %s", heard)
				}
				w.status(a, 5, "canceled")
				w.wantRecipient(e, "+14165550101", "skipped opted_out")
			}
			w.housekeep()
			w.wantCampaign(id, "finished")
			w.balanced()
		})
	}
}

// STOP revokes for every employer on the sender and takes the phone out of
// every queue of theirs; an employer on another sender is not concerned.
func TestI2StopReachesEveryQueueOfTheSender(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	shared := w.sender("+14169990000")
	one, two, other := w.employer("Acme", shared), w.employer("Bolt", shared), w.employer("Carp")
	const phone = "+14165550101"
	for _, e := range []employer{one, two, other} {
		w.person(e, phone)
		w.launch(e)
	}
	w.stop(one, phone, "STOP")
	w.wantRecipient(one, phone, "skipped opted_out")
	w.wantRecipient(two, phone, "skipped opted_out")
	w.wantRecipient(other, phone, "pending")
	w.wantDialled(1)
	// "Stop all" is for the platform.
	w.stop(other, phone, "STOP ALL")
	w.wantRecipient(other, phone, "dialling")
	a := query[[16]byte](w, `SELECT id FROM attempts WHERE counted`)
	if !w.carrier.isEnded(a) {
		t.Fatal("stop all did not end the call of another sender")
	}
}

// The carrier may deliver a STOP twice, or repeat it because the first answer
// was lost: the call is ended all the same.
func TestI2RepeatedStopStillEndsTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	in := w.inbound(e, "+14165550101", "STOP")
	// The first delivery was kept, and the process died before it ended anything.
	w.must(w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		_, err := w.consent.Receive(t.Context(), tx, in)
		return err
	}))
	out, err := w.dialer.Receive(t.Context(), in)
	w.must(err)
	if !out.Duplicate || !w.carrier.isEnded(a) {
		t.Fatalf("duplicate %v, ended %v", out.Duplicate, w.carrier.isEnded(a))
	}
}

// untilEndIsAsked is a carrier that waits for no answer once it was asked to
// end a call.
func (w *world) untilEndIsAsked() context.Context {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.t.Cleanup(cancel)
	w.carrier.onEnd = cancel
	return ctx
}

// Where the carrier cannot be asked, housekeeping asks again.
func TestI2EndIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("end revoked calls")
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	w.status(a, 1, "ringing")
	w.carrier.endErr = &twilio.Error{Class: twilio.Unknown, Message: "timeout"}
	_, err := w.dialer.Receive(w.untilEndIsAsked(), w.inbound(e, "+14165550101", "STOP"))
	w.must(err)
	w.carrier.endErr = nil
	w.must(w.dialer.endUnwanted(t.Context()))
	if !w.carrier.isEnded(a) {
		t.Fatal("the call goes on")
	}
	w.status(a, 2, "canceled")
	w.wantRecipient(e, "+14165550101", "skipped opted_out")

	// The same while somebody listens.
	w.person(e, "+14165550102")
	w.launch(e)
	b := w.dialOne()
	w.answer(b)
	w.carrier.endErr = &twilio.Error{Class: twilio.Unknown, Message: "timeout"}
	_, err = w.dialer.Receive(w.untilEndIsAsked(), w.inbound(e, "+14165550102", "STOP"))
	w.must(err)
	w.carrier.endErr = nil
	w.must(w.dialer.endUnwanted(t.Context()))
	if !w.carrier.isEnded(b) {
		t.Fatal("the call of somebody who listens goes on")
	}
}

// Whoever noted that a call is to end may have died before the carrier was asked.
func TestI2NoteOfTheDeadKeepsNoCallAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("end revoked calls")
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	w.answer(a)
	w.carrier.endErr = &twilio.Error{Class: twilio.Unknown, Message: "timeout"}
	_, err := w.dialer.Receive(w.untilEndIsAsked(), w.inbound(e, "+14165550101", "STOP"))
	w.must(err)
	w.exec(`UPDATE attempts SET end_requested = $1`, endOptedOut)
	w.carrier.endErr = nil
	w.must(w.dialer.endUnwanted(t.Context()))
	if !w.carrier.isEnded(a) {
		t.Fatal("the call goes on")
	}
	// Ended once, it is left alone: in progress, our goodbye may be being spoken.
	ended := w.carrier.ends
	w.must(w.dialer.endUnwanted(t.Context()))
	if n := w.carrier.ends; n != ended {
		t.Fatalf("ended again (%d, %d)", ended, n)
	}
}

// A call that is cancelled in the carrier's queue sends no callback: its
// answer to our request is all the news there is.
func TestI2CallCancelledInTheQueueIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.carrier.endStatus = "canceled"
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	w.stop(e, "+14165550101", "STOP")
	w.wantAttempt(a, "canceled")
	w.wantRecipient(e, "+14165550101", "skipped opted_out")
}

// STOP from the phone that a preview rings is a STOP.
func TestI2StopWaitsForAPreviewAndEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.draft(e)
	w.running(w.dialer)
	begun, letGo := w.hang()
	a, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor})
	w.must(err)
	w.until("the POST", func() bool { return begun() == 1 })
	stopped := make(chan struct{})
	go func() { w.stop(e, e.userPhone, "STOP"); close(stopped) }()
	w.until("the block", func() bool { return query[int](w, `SELECT count(*) FROM sender_blocks`) == 1 })
	select {
	case <-stopped:
		t.Fatal("the STOP was answered while a preview was being placed")
	default:
	}
	letGo()
	<-stopped
	if !w.carrier.isEnded(a) {
		t.Fatal("the preview rings after STOP")
	}
	if heard := w.answer(a); spoke(heard) {
		t.Fatalf("a preview after STOP heard %s", heard)
	}
}

func TestI2Key9StopsThisEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	shared := w.sender("+14169990000")
	e, other := w.employer("Acme", shared), w.employer("Bolt", shared)
	const phone = "+14165550101"
	w.person(e, phone)
	w.person(other, phone)
	w.launch(e)
	w.launch(e)
	w.launch(other)
	a := w.dialOne()
	employerOf := func() employer {
		if query[bool](w, `SELECT account_id = $1 FROM attempts`, e.id) {
			return e
		}
		return other
	}()
	spared := other
	if employerOf == other {
		spared = e
	}
	w.answer(a)
	heard := w.press(a, atMessage, "9")
	if !strings.Contains(heard, "will not call or text you again") {
		t.Fatalf("key 9 heard %s", heard)
	}
	w.must(w.dialer.endUnwanted(t.Context()))
	if w.carrier.isEnded(a) {
		t.Fatal("the goodbye was cut off")
	}
	// The carrier asks once more because our answer was lost: same words, one event.
	if again := w.press(a, atMessage, "9"); again != heard {
		t.Fatalf("asked again it heard %s", again)
	}
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'opted_out'`); n != 1 {
		t.Fatalf("%d opt-outs in the ledger, want 1", n)
	}
	if state := query[string](w, `SELECT state FROM consents WHERE account_id = $1`, employerOf.id); state != "opted_out" {
		t.Fatalf("consent is %s", state)
	}
	if state := query[string](w, `SELECT state FROM consents WHERE account_id = $1`, spared.id); state != "opted_in" {
		t.Fatalf("key 9 reached another employer: %s", state)
	}
	w.status(a, 5, "completed")
	if got := w.recipient(employerOf, phone); !strings.Contains(got, "answered_no_key opted_out") {
		t.Fatalf("recipient is %q", got)
	}
}

// 9 and 9 again stops everybody; 8 says that this is somebody else's phone.
func TestI2Key99StopsEverybodyAndKey8SaysNotMe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, other := w.employer("Acme"), w.employer("Bolt")
	const phone = "+14165550101"
	w.person(e, phone)
	w.launch(e)
	a := w.dialOne()
	w.person(other, phone)
	w.launch(other)
	w.answer(a)
	w.press(a, atMessage, "9")
	if heard := w.press(a, atWidest, "9"); !spoke(heard) {
		t.Fatalf("9-9 heard %s", heard)
	}
	w.wantRecipient(other, phone, "skipped opted_out")
	if query[*time.Time](w, `SELECT stopped_at FROM phone_gates WHERE phone_key = $1`, testKey(phone)) == nil {
		t.Fatal("9-9 left the gate open")
	}

	const wrong = "+14165550102"
	w.person(e, wrong)
	w.launch(e)
	b := w.dialOne()
	w.answer(b)
	if heard := w.press(b, atMessage, "8"); !spoke(heard) {
		t.Fatalf("8 heard %s", heard)
	}
	if kind := query[string](w, `SELECT kind FROM consent_events WHERE phone_key = $1 ORDER BY id DESC LIMIT 1`, testKey(wrong)); kind != "not_me" {
		t.Fatalf("the ledger says %s", kind)
	}
	w.status(b, 5, "completed")
	if got := w.recipient(e, wrong); !strings.Contains(got, "answered_no_key not_me") {
		t.Fatalf("recipient is %q", got)
	}
	w.wantDialled(0)
}

// Error 21610: the carrier knows of a STOP that never reached us.
func TestI2CarrierBlockRevokes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101", "a", "b")
	w.launch(e, tagged("a"))
	w.carrier.always(refuse(twilio.OptedOut, 21610))
	a := w.dialOne()
	w.wantAttempt(a, "failed")
	if state := query[string](w, `SELECT state FROM consents WHERE account_id = $1`, e.id); state != "opted_out" {
		t.Fatalf("consent is %s", state)
	}
	if channel := query[string](w, `SELECT channel FROM consent_events ORDER BY id DESC LIMIT 1`); channel != consent.ChannelCarrier {
		t.Fatalf("channel is %s", channel)
	}
	w.wantRecipient(e, "+14165550101", "skipped opted_out")
	w.carrier.always(accept())
	w.clock.Advance(time.Hour)
	w.wantDialled(0)
	w.balanced()
}
