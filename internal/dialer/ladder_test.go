package dialer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/campaign"
)

// seed is printed with every random test; CALLSHU_TEST_SEED repeats a run.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("CALLSHU_TEST_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("CALLSHU_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// Whatever order, however often: the callbacks of one call end the same.
func TestI4LadderConvergesUnderPermutationAndDuplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	random := seeded(t)
	e := w.employer("Acme")
	w.people(e, 555, 120)
	w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	finals := map[string]string{"completed": "completed failed not_heard", "busy": "busy busy", "no-answer": "no_answer no_answer", "failed": "failed failed", "canceled": "canceled no_answer"}
	names := []string{"completed", "busy", "no-answer", "failed", "canceled"}
	var dialled int
	for dialled < 120 {
		for _, a := range w.dial() {
			final := names[dialled%len(names)]
			dialled++
			events := []string{"initiated", "ringing", "in-progress", final}
			if final != "completed" {
				events = slices.Delete(events, 2, 3)
			}
			order := slices.Clone(events)
			for range random.IntN(5) { // duplicates, under their own sequence number or not
				order = append(order, events[random.IntN(len(events))])
			}
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for i, status := range order {
				sequence := slices.Index(events, status)
				if random.IntN(3) == 0 {
					sequence = 10 + i
				}
				w.status(a, sequence, status)
			}
			// Another final state, a moment too late.
			w.status(a, 99, names[random.IntN(len(names))])
			got := query[string](w, `SELECT trim(a.state || ' ' || r.state || ' ' || r.reason) FROM attempts a JOIN recipients r ON r.id = a.recipient_id WHERE a.id = $1`, a)
			if got != finals[final] {
				t.Fatalf("%v ended as %q, want %q", order, got, finals[final])
			}
		}
	}
	w.housekeep()
	w.balanced()
}

// A campaign is finished only when nothing is open: nobody waits, nobody is
// being called, and of no call it is unknown what became of it.
func TestI4FinishedNeedsZeroOpenAndUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, id := w.one()
	w.housekeep()
	w.wantCampaign(id, "running")
	w.carrier.always(lost())
	a := w.dialOne()
	w.wantAttempt(a, "unknown")
	w.housekeep()
	w.wantCampaign(id, "running")
	w.status(a, 1, "ringing")
	w.housekeep()
	w.wantCampaign(id, "running")
	w.answer(a)
	w.status(a, 2, "completed")
	w.wantRecipient(e, phone, "answered_no_key")
	w.housekeep()
	w.wantCampaign(id, "finished")
}

// A key, a machine report and the hang-up are separate requests: their order
// does not matter either.
func TestI4LateEvidenceEndsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 24)
	w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	type step struct {
		name string
		do   func(a uuid.UUID)
	}
	key := step{"key", func(a uuid.UUID) { w.press(a, atChoices, "1") }}
	nine := step{"9", func(a uuid.UUID) { w.press(a, atMessage, "9") }}
	human := step{"human", func(a uuid.UUID) { w.machine(a, "human") }}
	machine := step{"machine", func(a uuid.UUID) { w.machine(a, "machine_end_beep") }}
	end := step{"end", func(a uuid.UUID) { w.status(a, 3, "completed") }}
	cases := []struct {
		steps []step
		want  string
	}{
		{[]step{key, human, end}, "answered"},
		{[]step{key, machine, end}, "voicemail"}, // keys of machines never count
		{[]step{nine, end}, "answered_no_key opted_out"},
		{[]step{human, end}, "answered_no_key"},
	}
	for _, c := range cases {
		for _, order := range permutations(len(c.steps)) {
			ids := w.dialWithMost(1)
			w.answer(ids[0])
			var names []string
			for _, i := range order {
				names = append(names, c.steps[i].name)
				c.steps[i].do(ids[0])
			}
			for _, i := range order { // and all once more
				c.steps[i].do(ids[0])
			}
			got := query[string](w, `SELECT trim(r.state || ' ' || r.reason) FROM recipients r JOIN attempts a ON a.recipient_id = r.id WHERE a.id = $1`, ids[0])
			if got != c.want {
				t.Errorf("%v ended as %q, want %q", names, got, c.want)
			}
		}
	}
	w.balanced()
}

// dialWithMost claims at most so many.
func (w *world) dialWithMost(most int) []uuid.UUID {
	w.t.Helper()
	list, err := w.dialer.claim(w.t.Context(), most)
	w.must(err)
	var ids []uuid.UUID
	for _, a := range list {
		w.placeSlowly(w.dialer, a)
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		w.t.Fatal("nobody was claimed")
	}
	return ids
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(shorter), at, n-1))
		}
	}
	return all
}

// judge and next are total: every finished attempt leads to a final state or
// to another try, and what may not be tried again never is.
func TestI4JudgeIsTotal(t *testing.T) {
	t.Parallel()
	finals := []string{"completed", "busy", "no_answer", "failed", "canceled", "not_placed"}
	statuses := []campaign.Status{campaign.Scheduled, campaign.Running, campaign.Paused, campaign.Finished, campaign.Cancelled, campaign.Expired}
	known := map[campaign.State]bool{campaign.Answered: true, campaign.AnsweredNoKey: true, campaign.Voicemail: true, campaign.NoAnswer: true,
		campaign.Busy: true, campaign.Failed: true, campaign.NotCalled: true, campaign.RecipientCancel: true}
	rapid.Check(t, func(t *rapid.T) {
		a := attempt{State: rapid.SampledFrom(finals).Draw(t, "state"),
			AnsweredBy:   rapid.SampledFrom([]string{"", "human", "unknown", "fax", "machine_start", "machine_end_beep"}).Draw(t, "by"),
			Heard:        rapid.SampledFrom([]string{"", heardMessage, heardVoicemail, heardNothing}).Draw(t, "heard"),
			EndRequested: rapid.SampledFrom([]string{"", endOptedOut, endNotMe, endCancelled, endSuspended, endMachine}).Draw(t, "end")}
		a.MachineIsNobody = rapid.Bool().Draw(t, "a machine is nobody")
		if rapid.Bool().Draw(t, "pressed") {
			one := 1
			a.Answer = &one
		}
		to := raise{state: a.State, code: rapid.SampledFrom([]int{0, -1, 21211, 21610}).Draw(t, "code"), reason: rapid.SampledFrom([]string{"", endOptedOut, "carrier_21211"}).Draw(t, "reason")}
		now := time.Unix(1_700_000_000, 0)
		p := prospects{Status: rapid.SampledFrom(statuses).Draw(t, "status"), MaxAttempts: rapid.IntRange(1, 3).Draw(t, "max"),
			Spacing: 30 * time.Minute, OptedIn: rapid.Bool().Draw(t, "opted in")}
		p.Made = rapid.IntRange(1, p.MaxAttempts).Draw(t, "made")
		if rapid.Bool().Draw(t, "deadline") {
			until := now.Add(time.Duration(rapid.IntRange(-60, 90).Draw(t, "until")) * time.Minute)
			p.DialUntil = &until
		}
		v, due, again := p.next(judge(a, to), now)
		switch {
		case !known[v.state]:
			t.Fatalf("state %q", v.state)
		case v.state == campaign.Answered && (a.Answer == nil || isMachine(a.AnsweredBy) || a.State != "completed"):
			t.Fatalf("%+v counts as an answer", a)
		case again && (!p.OptedIn || p.Status == campaign.Cancelled || p.Status == campaign.Expired || p.Status == campaign.Finished):
			t.Fatalf("tried again although %+v", p)
		case again && p.DialUntil != nil && !p.DialUntil.After(due):
			t.Fatalf("due %v after the last call at %v", due, p.DialUntil)
		case again && !due.After(now):
			t.Fatalf("due %v, now is %v", due, now)
		case again && a.State != "not_placed" && (p.Made >= p.MaxAttempts || due.Sub(now) < p.Spacing):
			t.Fatalf("tried again too soon or too often: %+v", p)
		case isMachine(a.AnsweredBy) && a.MachineIsNobody && (v.state == campaign.Voicemail || v.state == campaign.AnsweredNoKey):
			t.Fatalf("a machine that is nobody counts as %s: %+v", v.state, a)
		case again && a.State == "completed" && a.Heard == heardMessage && !(a.MachineIsNobody && isMachine(a.AnsweredBy)):
			t.Fatalf("somebody who was reached is called again: %+v", a)
		}
	})
}

func TestI4SettledIsWhatJudgeSays(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		a    attempt
		to   raise
		want string
	}{
		{attempt{State: "completed", Heard: heardNothing, EndRequested: endOptedOut}, raise{}, "skipped opted_out"},
		{attempt{State: "completed", Heard: heardMessage, EndRequested: endNotMe}, raise{}, "answered_no_key not_me"},
		{attempt{State: "completed", Heard: heardMessage, AnsweredBy: "unknown"}, raise{}, "answered_no_key "},
		{attempt{State: "completed", Heard: heardVoicemail, AnsweredBy: "machine_end_beep"}, raise{}, "voicemail message_left"},
		{attempt{State: "completed", AnsweredBy: "fax"}, raise{}, "voicemail "},
		{attempt{State: "completed", AnsweredBy: "machine_start", Heard: heardMessage, EndRequested: endMachine, MachineIsNobody: true}, raise{}, "no_answer machine"},
		{attempt{State: "canceled", AnsweredBy: "fax", EndRequested: endMachine, MachineIsNobody: true}, raise{}, "no_answer machine"},
		{attempt{State: "completed", AnsweredBy: "human", Heard: heardMessage, MachineIsNobody: true}, raise{}, "answered_no_key "},
		{attempt{State: "completed", AnsweredBy: "machine_start", EndRequested: endOptedOut, MachineIsNobody: true}, raise{}, "skipped opted_out"},
		{attempt{State: "canceled", EndRequested: endCancelled}, raise{}, "cancelled campaign_cancelled"},
		{attempt{State: "canceled"}, raise{}, "no_answer "},
		{attempt{State: "failed"}, raise{code: 21211, reason: "carrier_21211"}, "failed carrier_21211"},
		{attempt{State: "failed"}, raise{code: 21610, reason: endOptedOut}, "skipped opted_out"},
		{attempt{State: "not_placed"}, raise{reason: "carrier busy"}, "failed carrier busy"},
	} {
		v := judge(c.a, c.to)
		if got := fmt.Sprint(v.state, " ", v.reason); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
}
