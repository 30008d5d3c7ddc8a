package dialer

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
)

// I4: whatever came of the call, an answer given by calling back is the final
// one, and nothing that the carrier says later changes it.
func TestI4AnswerByCallBackIsFinalFromEveryState(t *testing.T) {
	t.Parallel()
	cases := map[string]func(w *world, a uuid.UUID){
		"pending":  func(w *world, a uuid.UUID) { w.status(a, 2, "no-answer") }, // planned again
		"dialling": func(w *world, a uuid.UUID) { w.status(a, 1, "ringing") },
		"no_answer": func(w *world, a uuid.UUID) {
			w.exec(`UPDATE campaigns SET max_attempts = 1`)
			w.status(a, 2, "no-answer")
		},
		"busy": func(w *world, a uuid.UUID) {
			w.exec(`UPDATE campaigns SET max_attempts = 1`)
			w.status(a, 2, "busy")
		},
		"failed": func(w *world, a uuid.UUID) {
			w.exec(`UPDATE campaigns SET max_attempts = 1`)
			w.status(a, 2, "failed")
		},
		"voicemail": func(w *world, a uuid.UUID) {
			w.answer(a)
			w.machine(a, "machine_end_beep")
			w.status(a, 3, "completed")
		},
		"answered_no_key": func(w *world, a uuid.UUID) {
			w.answer(a)
			w.status(a, 3, "completed")
		},
	}
	for state, bring := range cases {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			w.expect("given up is answered") // the late news says so too
			e, _, id := w.one()
			a := w.dialOne()
			bring(w, a)
			w.wantRow(id, state+" - false")
			c := w.callBack(e, person)
			w.wantHeard(c.begins(), closing)
			w.wantHeard(c.presses(atChoices, "1"), "You pressed 1")
			w.wantRow(id, "answered 1 true")
			c.hangsUp()
			w.balanced()

			// The retry whose time has come is not dialled, and late news changes nothing.
			w.clock.Advance(time.Hour)
			w.wantDialled(0)
			w.voice(VoiceRequest{Attempt: a, CallSID: w.carrier.sidOf(a), Step: atChoices, Digits: "2"})
			w.machine(a, "machine_start")
			for i, status := range []string{"in-progress", "completed", "no-answer", "failed"} {
				w.status(a, 20+i, status)
			}
			w.machine(a, "fax")
			w.wantRow(id, "answered 1 true")
			w.housekeep()
			w.wantCampaign(id, "finished")
			w.balanced()
			if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'campaign.answered_by_callback'`); n != 1 {
				t.Fatalf("%d audit rows, want 1", n)
			}
			p := w.progress(e, id)
			if p.Total != 1 || p.Counts[campaign.Answered] != 1 || p.Answers[1] != 1 {
				t.Fatalf("progress %+v", p)
			}
		})
	}
}

func (w *world) progress(e employer, id uuid.UUID) campaign.Progress {
	w.t.Helper()
	v, err := w.campaigns.Get(context.Background(), e.id, id)
	w.must(err)
	return v.Progress
}

// A call that is still on its way to somebody who has answered is ended; one
// that is picked up all the same says nothing. Its campaign waits for its end.
func TestI4AnswerByCallBackEndsTheCallOnItsWay(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(w *world, a uuid.UUID){
		"canceled": func(w *world, a uuid.UUID) { w.status(a, 2, "canceled") },
		"picked up": func(w *world, a uuid.UUID) {
			if heard := w.answer(a); spoke(heard) {
				w.t.Fatalf("a question that is answered is asked again: %s", heard)
			}
			w.status(a, 3, "completed")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, _, id := w.one()
			a := w.dialOne()
			w.status(a, 1, "ringing")
			w.callBack(e, person).presses(atChoices, "1")
			if !w.carrier.isEnded(a) {
				t.Fatal("the phone goes on ringing")
			}
			w.housekeep()
			w.wantCampaign(id, "running") // it is not known yet what became of the call
			then(w, a)
			w.wantRow(id, "answered 1 true")
			w.housekeep()
			w.wantCampaign(id, "finished")
			w.balanced()
		})
	}
}

// Where the carrier could not be asked, the next look asks again, also for a
// call whose id is learnt only then.
func TestI4AnswerByCallBackEndsTheCallLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, id := w.one()
	list, err := w.dialer.claim(t.Context(), 1)
	w.must(err)
	w.callBack(e, person).presses(atChoices, "1") // its POST has not begun
	w.wantRow(id, "answered 1 true")
	w.placeSlowly(w.dialer, list[0])
	w.must(w.dialer.endUnwanted(t.Context()))
	if !w.carrier.isEnded(list[0].ID) {
		t.Fatal("the phone goes on ringing")
	}
	w.status(list[0].ID, 1, "canceled")
	w.wantRow(id, "answered 1 true")
	w.balanced()
}

// The same request again, as the carrier may send it, changes nothing; another
// answer is not taken, in this call or in a later one.
func TestI8CallBackReplaysChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, id := w.missed()
	const everything = `SELECT coalesce(string_agg(x, E'\n'), '') FROM (SELECT r::text AS x FROM recipients r UNION ALL SELECT a::text FROM attempts a
		UNION ALL SELECT c::text FROM consents c UNION ALL SELECT e::text FROM consent_events e UNION ALL SELECT u::text FROM audit_events u
		UNION ALL SELECT b::text FROM inbound_calls b ORDER BY 1) y`
	c := w.callBack(e, person)
	c.begins()
	first := c.presses(atChoices, "1")
	before := query[string](w, everything)
	for range 3 {
		if again := c.presses(atChoices, "1"); again != first {
			t.Fatalf("the same key again heard %s, before %s", again, first)
		}
	}
	if after := query[string](w, everything); after != before {
		t.Fatalf("a replay changed\n%s\nto\n%s", before, after)
	}
	w.wantHeard(c.presses(atChoices, "2"), "You have already answered: you have understood.")
	later := w.callBack(e, person)
	w.wantHeard(later.begins(), "You have already answered: you have understood.")
	w.wantHeard(later.presses(atChoices, "2"), "You have already answered: you have understood.", "Goodbye")
	w.wantRow(id, "answered 1 true")
	if got := query[string](w, `SELECT string_agg(coalesce(answer::text, '-') || ' ' || heard, ', ' ORDER BY call_sid) FROM inbound_calls`); got != "1 message, - caller" {
		t.Fatalf("evidence is %q", got)
	}
	// Key 9 twice is one revocation as well.
	later.presses(atMessage, "9")
	later.presses(atMessage, "9")
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'opted_out'`); n != 1 {
		t.Fatalf("%d opt-outs by one key", n)
	}
}

// I3: a phone that is on the line with us is not rung, by a campaign or by a
// preview, until it has hung up, or must have.
func TestI3NobodyIsRungWhileTheyCallUs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, _ := w.one()
	w.status(w.dialOne(), 2, "no-answer")
	w.clock.Advance(time.Hour) // the second attempt is due
	c := w.callBack(e, person)
	c.begins()
	w.wantDialled(0)
	w.exec(`UPDATE users SET phone = $1`, person)
	_, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: query[uuid.UUID](w, `SELECT id FROM campaigns`), Actor: e.caller().Actor})
	if refusal, ok := apperr.As(err); !ok || refusal.Code != "phone_in_call" {
		t.Fatalf("a preview to somebody on the line: %v", err)
	}
	w.clock.Advance(30 * time.Second)
	c.presses(atChoices, "0") // and listens once more
	w.clock.Advance(50 * time.Second)
	w.wantDialled(0)
	other := w.callBack(e, person) // a second call, while the end of the first is told late
	other.begins()
	c.hangsUp()
	w.wantDialled(0)
	other.hangsUp()
	w.wantDialled(1)
}

// The end of a call may never be told: the line is free when the last document
// must be over.
func TestI3LineIsFreeAfterABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, _ := w.one()
	w.status(w.dialOne(), 2, "no-answer")
	w.clock.Advance(time.Hour)
	w.callBack(e, person).begins()
	w.wantDialled(0)
	w.clock.Advance(5 * time.Minute)
	w.wantDialled(1)
}

// I3: a claim that began before somebody called in looks at the gate again once
// it holds it: its own snapshot is older than the call.
func TestI3ClaimSeesACallThatCameMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, _ := w.one()
	w.status(w.dialOne(), 2, "no-answer")
	w.clock.Advance(time.Hour)
	w.must(w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`); err != nil {
			return err
		}
		var due int
		if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM recipients WHERE state = 'pending'`).Scan(&due); err != nil || due != 1 {
			return fmt.Errorf("due %d: %w", due, err) // the snapshot is taken
		}
		w.callBack(e, person).begins()
		_, err := tx.Exec(t.Context(), claimSQL, w.clock.Now(), 10, w.clock.Now().Add(time.Minute), campaign.DailyCap, claimWindow, someIDs(10))
		if err == nil || !strings.Contains(err.Error(), "40001") {
			return fmt.Errorf("the claim does not meet the call at the gate: %w", err)
		}
		_, err = tx.Exec(t.Context(), `ROLLBACK`)
		return err
	}))
}
