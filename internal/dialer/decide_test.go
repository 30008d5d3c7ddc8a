package dialer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/consent"
)

// fate is what happened to somebody, in the words of the pure decision.
type fate struct {
	number string
	facts  consent.Facts
}

// wander gives somebody a random past on top of what they have: events of the
// ledger, a STOP to the number or to all, their removal.
func (w *world) wander(random *rand.Rand, e employer, f *fate, mayGo bool) {
	w.t.Helper()
	for range random.IntN(4) {
		kind := consent.Kinds()[random.IntN(len(consent.Kinds()))]
		if !consent.Allowed(f.facts.State, kind) {
			continue
		}
		w.event(e, f.number, kind)
		f.facts.State = consent.Apply(f.facts.State, kind)
	}
	if random.IntN(6) == 0 {
		w.exec(`INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) VALUES ($1, $2, 'sms', $3) ON CONFLICT DO NOTHING`, testKey(f.number), e.sender, w.clock.Now())
		f.facts.SenderBlocked = true
	}
	if random.IntN(8) == 0 {
		w.exec(`UPDATE phone_gates SET stopped_at = $2 WHERE phone_key = $1`, testKey(f.number), w.clock.Now())
		f.facts.PhoneStopped = true
	}
	if mayGo && random.IntN(8) == 0 {
		w.exec(`UPDATE employees SET deleted_at = $2 WHERE phone_key = $1`, testKey(f.number), w.clock.Now())
		f.facts.Gone = true
	}
}

// The pure decision of consent governs the calls: whatever people's ledgers
// hold, the plan counts, the claim takes and the answer speaks to exactly
// those of whom Decide says that they may be called.
func TestI1DecideGovernsPlanClaimAndAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("a call that was given up is answered")
	e := w.employer("Acme")
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // no secret
	people := map[string]*fate{}
	for _, number := range w.people(e, 555, 120) {
		people[number] = &fate{number: number, facts: consent.Facts{State: consent.StateOptedIn}}
	}
	w.launch(e)
	for _, f := range people {
		w.wander(random, e, f, true)
	}
	var callable []string
	planned := 0
	for number, f := range people {
		if consent.Decide(f.facts) == consent.Callable {
			callable = append(callable, number)
		}
		// Gates are nobody's business but the platform's: a plan goes by the
		// employer's own ledger, in which every revocation is noted.
		if consent.Decide(consent.Facts{Gone: f.facts.Gone, State: f.facts.State}) == consent.Callable {
			planned++
		}
	}
	if len(callable) == 0 || len(callable) == len(people) {
		t.Fatalf("%d of %d are callable: this proves nothing", len(callable), len(people))
	}

	_, plan, err := w.campaigns.Plan(t.Context(), e.id, w.draft(e))
	w.must(err)
	if plan.Callable != planned {
		t.Errorf("the plan calls %d, Decide %d", plan.Callable, planned)
	}
	attempts := map[string][16]byte{}
	for ids := w.dial(); len(ids) > 0; ids = w.dial() {
		for _, id := range ids {
			attempts[query[string](w, `SELECT e.phone FROM attempts a JOIN recipients r ON r.id = a.recipient_id JOIN employees e ON e.id = r.employee_id WHERE a.id = $1`, id)] = id
		}
	}
	for number, f := range people {
		if _, claimed := attempts[number]; claimed != slices.Contains(callable, number) {
			t.Errorf("%+v: claimed %v, Decide says %q", f.facts, claimed, consent.Decide(f.facts))
		}
	}
	for number, id := range attempts {
		f := people[number]
		w.wander(random, e, f, false)
		if heard := w.answer(id); spoke(heard) != (consent.Decide(f.facts) == consent.Callable) {
			t.Errorf("%+v: heard %s, Decide says %q", f.facts, heard, consent.Decide(f.facts))
		}
	}
}
