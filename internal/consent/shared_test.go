package consent

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The time at which an employer's invitations will have left counts the texts
// that other employers have waiting on the same number, and of no other.
func TestFinishTimeCountsTheWholeNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.SegmentsPerSecond = 1
	shared := w.sender(ours)
	mill, farm, port := w.employer("Mill", shared), w.employer("Farm", shared), w.employer("Port", w.sender(ours2))
	for i := range 60 {
		w.person(mill, fmt.Sprintf("+14165550%d", 110+i), "en")
	}
	w.person(farm, zoe, "en")
	w.person(port, zoe, "en")
	for _, c := range []struct {
		e    employer
		want time.Duration
	}{{mill, 60 * time.Second}, {farm, 61 * time.Second}, {port, time.Second}} {
		if r := w.invite(c.e); r.FinishAt.Sub(w.clock.Now()) != c.want {
			t.Errorf("%s's invitations will have left after %v, want %v", c.e.name, r.FinishAt.Sub(w.clock.Now()), c.want)
		}
	}
}

// inFlight puts the invitation of a person into the carrier's hands, without a
// receipt so far.
func (w *world) inFlight(e employer, number, state string) {
	w.t.Helper()
	w.invite(e, w.person(e, number, "en"))
	w.exec(`UPDATE messages SET state = $2, sent_at = $3, place_by = clock_timestamp() + interval '1 minute' WHERE phone_key = $1`, testKey(number), state, w.clock.Now())
}

// START counts also while an older invitation is in the carrier's hands, whose
// fate is not known: it gets an invitation of its own, once, and only the answer
// to that one is consent.
func TestStartIsNotLostBesideAnInvitationUnderWay(t *testing.T) {
	t.Parallel()
	for _, state := range []string{stateSending, stateUnknown} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill := w.employer("Mill", w.sender(ours))
			w.inFlight(mill, zoe, state)
			w.text(mill.sender, zoe, "STOP")
			if out := w.text(mill.sender, zoe, "START"); out.Did != didInvite {
				t.Fatalf("START did %q", out.Did)
			}
			w.text(mill.sender, zoe, "START")
			if n := query[int](w, `SELECT count(*) FROM messages WHERE kind = 'invitation' AND state = 'queued'`); n != 1 {
				t.Fatalf("%d invitations wait after two STARTs, want one", n)
			}
			// For one START there is one, whoever else would queue it.
			_, err := w.admin.Exec(t.Context(), `INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at, asked_after)
				SELECT account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at, asked_after FROM messages WHERE state = 'queued'`)
			if err == nil || !strings.Contains(err.Error(), "messages_one_restart") {
				t.Errorf("a second invitation for one START: %v", err)
			}
			// A STOP and one more START while that is being handed over.
			w.exec(`UPDATE messages SET state = 'sending', sent_at = $1, place_by = clock_timestamp() + interval '2 minutes' WHERE state = 'queued'`, w.clock.Now())
			w.text(mill.sender, zoe, "STOP")
			w.text(mill.sender, zoe, "YES")
			w.wantState(mill, zoe, StateOptedOut)
			w.text(mill.sender, zoe, "START")
			// Of two the one that was claimed last is the newest.
			w.exec(`UPDATE messages SET place_by = clock_timestamp() WHERE state IN ('sending', 'unknown')`)
			w.send()
			w.wantState(mill, zoe, StateInvited)
			w.text(mill.sender, zoe, "YES")
			w.wantState(mill, zoe, StateOptedIn)
		})
	}
}

// Whoever asks for quiet waits for invitations that are being handed over, and
// not for answers to the person's own texts.
func TestI6QuietWaitsForInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.inFlight(mill, zoe, stateSending)
	underWay := func() bool {
		return query[bool](w, `SELECT EXISTS (SELECT FROM messages WHERE state = 'sending' AND place_by > clock_timestamp())`)
	}
	w.exec(`UPDATE messages SET place_by = clock_timestamp() + interval '1 s'`)
	if err := w.service.AwaitInvitations(t.Context(), testKey(zoe)); err != nil || underWay() {
		t.Errorf("the wait ended while an invitation could still leave (%v)", err)
	}
	for _, answer := range []string{`kind = 'confirmation'`, `asked_after = 1`} {
		w.exec(`UPDATE messages SET ` + answer + `, place_by = clock_timestamp() + interval '1 minute'`)
		if err := w.service.AwaitInvitations(t.Context(), testKey(zoe)); err != nil || !underWay() {
			t.Errorf("quiet waited for the answer to a text (%v)", err)
		}
		w.exec(`UPDATE messages SET kind = 'invitation'`)
	}
}
