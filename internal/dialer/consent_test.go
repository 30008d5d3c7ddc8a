package dialer

import (
	"context"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// states brings a number to every state of consent but the one that allows.
func refusals() map[string][]consent.Kind {
	return map[string][]consent.Kind{
		"none":      nil,
		"invited":   {consent.Invited},
		"opted_out": {consent.Invited, consent.OptedIn, consent.OptedOut},
		"not_me":    {consent.Invited, consent.OptedIn, consent.NotMe},
		"lapsed":    {consent.Invited, consent.Lapsed},
		"erased":    {consent.Invited, consent.OptedIn, consent.Erased},
	}
}

func TestI1PlanAndLaunchTakeOnlyOptedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550100")
	want := map[string]string{"none": "not_invited", "invited": "no_reply", "opted_out": "opted_out", "not_me": "opted_out", "lapsed": "lapsed", "erased": "not_invited"}
	numbers := map[string]string{}
	for state, kinds := range refusals() {
		numbers[state] = "+1416555020" + string(rune('0'+len(numbers)))
		w.listed(e, numbers[state])
		w.event(e, numbers[state], kinds...)
	}
	id := w.draft(e)
	_, plan, err := w.campaigns.Plan(t.Context(), e.id, id)
	w.must(err)
	if plan.Callable != 1 || plan.Total != 7 {
		t.Fatalf("plan calls %d of %d, want 1 of 7", plan.Callable, plan.Total)
	}
	_, err = w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash)
	w.must(err)
	for state, number := range numbers {
		w.wantRecipient(e, number, "skipped "+want[state])
	}
	w.wantDialled(1)
	w.wantDialled(0)
}

// The claim asks for itself: what was planned as callable may not be any more.
func TestI1ClaimRefusesWithoutOptIn(t *testing.T) {
	t.Parallel()
	for name, kinds := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			w.listed(e, "+14165550101")
			w.event(e, "+14165550101", kinds...)
			w.person(e, "+14165550102")
			id := w.launch(e)
			// As if the plan had been mistaken, or older than the change.
			w.exec(`UPDATE recipients SET state = 'pending', reason = '', finished_at = NULL WHERE phone_key = $1`, testKey("+14165550101"))
			w.wantDialled(1)
			if w.carrier.madeTo("+14165550101") != 0 {
				t.Fatal("somebody without consent was called")
			}
			w.housekeep()
			if got := w.recipient(e, "+14165550101"); !strings.HasPrefix(got, "skipped ") {
				t.Fatalf("recipient is %q, want skipped with a reason", got)
			}
			w.wantCampaign(id, "running")
		})
	}
}

func TestI1ClosedGateRefusesTheClaim(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"stop all":     `UPDATE phone_gates SET stopped_at = now() WHERE phone_key = $1 AND $2::uuid IS NOT NULL`,
		"sender block": `INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) VALUES ($1, $2, 'sms', now())`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			w.person(e, "+14165550101")
			id := w.launch(e)
			w.exec(sql, testKey("+14165550101"), e.sender)
			w.wantDialled(0)
			w.housekeep()
			w.wantRecipient(e, "+14165550101", "skipped opted_out")
			w.wantCampaign(id, "finished")
		})
	}
}

// Consent is asked for once more before the first word.
func TestI1AnswerIsSilentWithoutOptIn(t *testing.T) {
	t.Parallel()
	for _, kind := range []consent.Kind{consent.OptedOut, consent.NotMe, consent.Erased} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			w.person(e, "+14165550101")
			w.launch(e)
			a := w.dialOne()
			w.status(a, 1, "ringing")
			w.event(e, "+14165550101", kind) // withdrawn while it rings; nobody has hung up yet
			if heard := w.answer(a); spoke(heard) || !strings.Contains(heard, "<Hangup") {
				t.Fatalf("without consent the phone heard %s", heard)
			}
			w.status(a, 2, "completed")
			w.wantRecipient(e, "+14165550101", "skipped opted_out")
			w.balanced()
		})
	}
}

func TestI1ForeignAndUnknownCallsAreSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	if heard := w.voice(VoiceRequest{Attempt: a, CallSID: "CAsomebodyelse"}); spoke(heard) {
		t.Fatalf("another call heard %s", heard)
	}
	if heard := w.voice(VoiceRequest{Attempt: e.id, CallSID: "CAsomebodyelse"}); spoke(heard) {
		t.Fatalf("a call without an attempt heard %s", heard)
	}
	if heard := w.press(a, "nonsense", "1"); spoke(heard) {
		t.Fatalf("an unreadable step heard %s", heard)
	}
	w.wantAttempt(a, "queued")
}

// A suspended employer and a cancelled campaign say nothing either, and the
// recipient learns the true reason.
func TestI1AnswerIsSilentForSuspendedAndCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	a := w.dialOne()
	w.exec(`UPDATE accounts SET status = 'suspended' WHERE id = $1`, e.id)
	if heard := w.answer(a); spoke(heard) {
		t.Fatalf("heard %s", heard)
	}
	w.status(a, 2, "completed")
	w.wantRecipient(e, "+14165550101", "skipped account_suspended")

	f := w.employer("Bolt")
	w.person(f, "+14165550102")
	id := w.launch(f)
	b := w.dialOne()
	w.must(w.campaigns.Cancel(t.Context(), f.caller(), id))
	if heard := w.answer(b); spoke(heard) {
		t.Fatalf("heard %s", heard)
	}
	w.status(b, 2, "completed")
	w.wantRecipient(f, "+14165550102", "cancelled campaign_cancelled")
	w.balanced()
}

func TestI1PreviewNeedsOwnVerifiedNumberAndOpenGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.draft(e)
	ask := func(user employer) error {
		_, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: user.id, UserID: user.user, CampaignID: id, Actor: user.caller().Actor})
		return err
	}
	refused := func(err error, code string) {
		t.Helper()
		if !apperr.HasCode(err, code) {
			t.Fatalf("preview: %v, want %s", err, code)
		}
	}
	refused(ask(w.employer("Bolt")), "not_found") // another employer's campaign
	w.exec(`UPDATE users SET phone_verified_at = NULL WHERE id = $1`, e.user)
	refused(ask(e), "phone_unverified")
	w.exec(`UPDATE users SET phone_verified_at = now() WHERE id = $1`, e.user)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1) ON CONFLICT DO NOTHING`, testKey(e.userPhone))
	w.exec(`UPDATE phone_gates SET stopped_at = now() WHERE phone_key = $1`, testKey(e.userPhone))
	refused(ask(e), "phone_opted_out")
	w.exec(`UPDATE phone_gates SET stopped_at = NULL WHERE phone_key = $1`, testKey(e.userPhone))
	w.exec(`INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) VALUES ($1, $2, 'sms', now())`, testKey(e.userPhone), e.sender)
	refused(ask(e), "phone_opted_out")
	w.exec(`DELETE FROM sender_blocks`)
	w.exec(`UPDATE accounts SET status = 'suspended' WHERE id = $1`, e.id)
	refused(ask(e), "not_found")
	w.exec(`UPDATE accounts SET status = 'active' WHERE id = $1`, e.id)
	w.exec(`UPDATE platform SET dialling_paused_at = now()`)
	refused(ask(e), "dialling_paused")
	w.exec(`UPDATE platform SET dialling_paused_at = NULL`)
	if n := query[int](w, `SELECT count(*) FROM attempts`); n != 0 {
		t.Fatalf("refused previews left %d attempts", n)
	}
	w.running(w.dialer)
	w.must(ask(e))
	refused(ask(e), "phone_in_call") // I3: one live call
	w.until("the preview to ring", func() bool {
		if query[bool](w, `SELECT NOT EXISTS (SELECT FROM attempts WHERE live)`) {
			w.must(ask(e)) // this machine was too slow for its time
		}
		return w.carrier.madeTo(e.userPhone) == 1
	})
}

// What a preview sounds like is what the employee hears, and its keys do nothing.
func TestI1PreviewSpeaksTheCampaignAndItsKeysDoNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, e.userPhone) // the user is on the list as well
	id := w.draft(e)
	w.running(w.dialer)
	a, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor})
	w.must(err)
	w.until("the preview to be placed", func() bool { return w.attemptIs(a) == "queued" })
	if heard := w.answer(a); !strings.Contains(heard, "The plant is closed tomorrow.") || !strings.Contains(heard, "for Ada") {
		t.Fatalf("heard %s", heard)
	}
	for _, key := range []struct{ step, digits, says string }{
		{atMessage, "9", "this stops all further calls and texts from Acme"}, {atMessage, "8", "this stops all further calls and texts from Acme to a wrong number"},
		{atWidest, "9", "from every employer"},
	} {
		heard := w.press(a, key.step, key.digits)
		w.wantHeard(heard, "In a real call, ", key.says, "This was a preview: nothing has been stopped.")
		w.wantNotHeard(heard, "Done.", "will not")
	}
	if state := query[string](w, `SELECT state FROM consents WHERE account_id = $1`, e.id); state != "opted_in" {
		t.Fatalf("a key of a preview made the consent %s", state)
	}
	w.press(a, atChoices, "2")
	state, err := w.dialer.PreviewOf(context.Background(), e.id, a)
	w.must(err)
	if state.Answer == nil || *state.Answer != 2 {
		t.Fatalf("preview: %+v", state)
	}
	w.status(a, 4, "completed")
	w.wantAttempt(a, "completed")
}

// A number whose texts nobody has asked for is not dialled from: somebody may
// have said STOP to it, and its webhook may be lost.
func TestI2NumberThatIsNotSweptIsNotDialledFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.launch(e)
	w.exec(`UPDATE senders SET swept_at = now() - interval '6 minutes'`)
	w.wantDialled(0)
	w.exec(`UPDATE senders SET swept_at = now()`)
	w.wantDialled(1)
}
