package dialer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// ended is the carrier's last word about a call that was answered.
func (w *world) ended(id uuid.UUID, seconds int) {
	w.t.Helper()
	event := w.statusEvent(id, 9, "completed")
	event.Duration = &seconds
	w.must(w.dialer.Status(context.Background(), event))
}

// heardOut is a call that somebody listened to, without a key.
func (w *world) heardOut(ids ...uuid.UUID) {
	w.t.Helper()
	for _, id := range ids {
		w.answer(id)
		w.ended(id, 40)
	}
}

// look is the second's look of one dialler at the safety rules.
func (w *world) look() {
	w.t.Helper()
	w.must(w.dialer.watchTrips(context.Background()))
}

func (w *world) letters(template string) int {
	return query[int](w, `SELECT count(*) FROM mails WHERE template = $1`, template)
}

// phoneOf is the number that an attempt rings.
func (w *world) phoneOf(id uuid.UUID) string {
	return query[string](w, `SELECT e.phone FROM attempts a JOIN recipients r ON r.id = a.recipient_id JOIN employees e ON e.id = r.employee_id WHERE a.id = $1`, id)
}

// Each rule, at its very edge: at the limit the campaign goes on, one event
// more and it pauses, says by what, and tells its owner.
func TestTripsAtTheirLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule   campaign.Rule
		events int // of so many calls the share is the limit exactly
		calls  int
		does   func(w *world, e employer, id uuid.UUID)
	}{
		"not me":          {campaign.TripNotMe, 5, 250, func(w *world, _ employer, id uuid.UUID) { w.answer(id); w.press(id, atMessage, "8"); w.ended(id, 12) }},
		"key 9":           {campaign.TripOptedOut, 6, 200, func(w *world, _ employer, id uuid.UUID) { w.answer(id); w.press(id, atMessage, "9"); w.ended(id, 12) }},
		"STOP afterwards": {campaign.TripOptedOut, 6, 200, func(w *world, e employer, id uuid.UUID) { w.heardOut(id); w.stop(e, w.phoneOf(id), "STOP") }},
		"hung up":         {campaign.TripHungUp, 6, 15, func(w *world, _ employer, id uuid.UUID) { w.answer(id); w.ended(id, 4) }},
		"carrier":         {campaign.TripCarrierErrors, 6, 60, func(w *world, _ employer, id uuid.UUID) { w.status(id, 9, "failed") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			w.people(e, 555, c.calls+1)
			id := w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
			var ids []uuid.UUID
			for len(ids) < c.calls {
				ids = append(ids, w.dialWithMost(min(maxWaiting, c.calls-len(ids)))...)
			}
			w.heardOut(ids[c.events:]...)
			for _, a := range ids[:c.events] {
				c.does(w, e, a)
			}
			w.look()
			w.wantCampaign(id, "running")
			ids = append(ids, w.dialOne())
			c.does(w, e, ids[c.calls])
			w.look()
			w.wantCampaign(id, "paused")

			bad := append(ids[:c.events:c.events], ids[c.calls])
			trip := w.trips(e, id)[0]
			if trip.Rule != c.rule || trip.Events != c.events+1 || trip.Calls != c.calls+1 || len(trip.Of) != len(bad) || trip.Of[0].Name == "" {
				t.Fatalf("trip %s %d of %d with %d calls", trip.Rule, trip.Events, trip.Calls, len(trip.Of))
			}
			named := map[uuid.UUID]bool{}
			for _, call := range trip.Of {
				named[call.AttemptID] = true
			}
			for _, a := range bad {
				if !named[a] {
					t.Fatal("a call that tripped the rule is not named")
				}
			}
			reason := query[string](w, `SELECT status_reason FROM campaigns WHERE id = $1`, id)
			if !strings.Contains(reason, fmt.Sprintf("%d of %d", c.events+1, c.calls+1)) || !strings.Contains(reason, fmt.Sprintf("the limit is %d %%", c.rule.Percent())) {
				t.Fatalf("reason %q", reason)
			}
			if w.letters("campaign_tripped") != 1 || query[string](w, `SELECT data->>'`+string(c.rule)+`' FROM mails`) != fmt.Sprintf("%d/%d", c.events+1, c.calls+1) {
				t.Fatal("the owner was not told by mail")
			}
			if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'campaign.paused' AND detail->'tripped' ? $1`, string(c.rule)); n != 1 {
				t.Fatalf("%d audit rows", n)
			}
			w.wantDialled(0)
		})
	}
}

func (w *world) trips(e employer, id uuid.UUID) []campaign.Trip {
	w.t.Helper()
	list, err := w.campaigns.Trips(context.Background(), e.id, id)
	w.must(err)
	if len(list) == 0 {
		w.t.Fatal("nothing tripped")
	}
	return list
}

// Four of four prove nothing.
func TestTripsNeedFiveEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 5)
	id := w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	ids := w.dialWithMost(5)
	for i, a := range ids {
		w.look()
		w.wantCampaign(id, "running")
		w.answer(a)
		w.ended(a, 1+i%4)
	}
	w.look()
	w.wantCampaign(id, "paused")
}

// What does not count: keys, machines, calls that we ended, a number that the
// carrier holds a STOP of, and opt-outs that this campaign did not cause.
func TestTripsCountOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, other := w.employer("Acme"), w.employer("Bolt")
	w.people(e, 555, 40)
	id := w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	ids := w.dialWithMost(30)
	quick := func(a uuid.UUID) { w.ended(a, 3) }
	for _, a := range ids[:6] { // a key, quickly
		w.answer(a)
		w.press(a, atMessage, "1")
		quick(a)
	}
	for _, a := range ids[6:12] { // machines
		w.answer(a)
		w.machine(a, "machine_start")
		quick(a)
	}
	for _, a := range ids[12:18] { // never answered
		w.status(a, 9, "no-answer")
	}
	for _, a := range ids[18:24] { // heard out, and called by somebody else since
		w.heardOut(a)
	}
	w.clock.Advance(time.Minute)
	for _, a := range ids[18:24] {
		w.person(other, w.phoneOf(a))
	}
	w.launch(other, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	w.heardOut(w.dial()...) // also the rest of the first
	w.clock.Advance(time.Minute)
	for _, a := range ids[18:24] {
		w.event(e, w.phoneOf(a), consent.OptedOut)
	}
	w.clock.Advance(24 * time.Hour)
	for _, a := range ids[24:30] { // a day later
		w.event(e, w.phoneOf(a), consent.OptedOut)
	}
	// Written down by the employer, and a STOP that only the carrier knew.
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) SELECT $1, phone_key, 'opted_out', k, $2, 'system'
		FROM employees, unnest(ARRAY['employer', 'carrier']) k WHERE account_id = $1`, e.id, w.clock.Now().Add(-24*time.Hour))
	w.exec(`UPDATE attempts SET state = 'failed', error = 'opted_out' WHERE id = ANY($1)`, ids[12:18])
	w.exec(`UPDATE campaigns SET status = 'running'`)
	w.look()
	if got := query[string](w, `SELECT coalesce(string_agg(rule, ', '), '') FROM campaign_trips`); got != "" {
		t.Fatalf("tripped by %s", got)
	}
	w.wantCampaign(id, "running")
}

// Two replicas and their owner at once: one pause, one letter, one audit row
// for each crossing.
func TestTripsOnceOnTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 60)
	id := w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	replicas := []*Dialer{w.dialer, w.replica(fast, w.pool(6)), w.replica(fast, w.pool(6))}
	for round := 1; round <= 6; round++ {
		for _, a := range w.dialWithMost(8) {
			w.answer(a)
			w.ended(a, 2)
		}
		var group sync.WaitGroup
		for _, d := range replicas {
			group.Go(func() { // one loop each, as in Run
				for range 4 {
					if err := d.watchTrips(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		w.wantCampaign(id, "paused")
		for what, sql := range map[string]string{"pauses": `SELECT count(*) FROM audit_events WHERE action = 'campaign.paused'`,
			"letters": `SELECT count(*) FROM mails`, "trips": `SELECT count(*) FROM campaign_trips`} {
			if n := query[int](w, sql); n != round {
				t.Fatalf("%d %s after %d rounds", n, what, round)
			}
		}
		w.clock.Advance(time.Second)
		w.must(w.campaigns.Resume(t.Context(), e.caller(), id, "the words were cut short; corrected"))
		w.clock.Advance(time.Second)
		for _, d := range replicas {
			w.must(d.watchTrips(t.Context()))
		}
		w.wantCampaign(id, "running")
	}
}

// Resuming after a trip needs a reason, which is kept; the same events do not
// trip again, new ones do from five on; and another rule minds its own count.
func TestResumeAfterATripNeedsAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 30)
	id := w.launch(e, func(in *campaign.DraftInput) { in.MaxAttempts = 1 })
	hangUp := func(n int) {
		for _, a := range w.dialWithMost(n) {
			w.answer(a)
			w.ended(a, 2)
		}
	}
	hangUp(6)
	w.look()
	w.wantCampaign(id, "paused")
	err := w.campaigns.Resume(t.Context(), e.caller(), id, "  ")
	if refused, ok := apperr.As(err); !ok || refused.Kind != apperr.Invalid || refused.Fields[0].Location != "body.reason" {
		t.Fatalf("resumed without a reason: %v", err)
	}
	if refused, ok := apperr.As(w.campaigns.Resume(t.Context(), e.caller(), id, strings.Repeat("é", 201))); !ok || refused.Fields[0].Code != "too_long" {
		t.Fatal("a reason without end was taken")
	}
	w.wantCampaign(id, "paused")
	w.clock.Advance(time.Minute)
	w.must(w.campaigns.Resume(t.Context(), e.caller(), id, " Bad line at the plant. "))
	if got := query[string](w, `SELECT detail->>'reason' || ' ' || (detail->>'tripped') FROM audit_events WHERE action = 'campaign.resumed'`); got != `Bad line at the plant. ["hung_up"]` {
		t.Fatalf("the audit log has %q", got)
	}
	trip := w.trips(e, id)[0]
	if trip.Reason != "Bad line at the plant." || trip.ResumedBy != "Ada Byron" || trip.ResumedAt == nil {
		t.Fatalf("trip %+v", trip)
	}
	w.clock.Advance(time.Second)
	w.look()
	w.wantCampaign(id, "running")
	hangUp(4)
	w.look()
	w.wantCampaign(id, "running")
	hangUp(1)
	w.look()
	w.wantCampaign(id, "paused")
	if trip := w.trips(e, id)[0]; trip.Events != 5 || trip.Calls != 5 {
		t.Fatalf("the second trip counts %d of %d", trip.Events, trip.Calls)
	}
	// Paused by hand on top of it: what tripped is still to be answered for.
	if err := w.campaigns.Resume(t.Context(), e.caller(), id, ""); err == nil {
		t.Fatal("resumed without a reason")
	}
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), id))
}

// A pause by hand needs no reason to end.
func TestResumeWithoutATripNeedsNoReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, id := w.one()
	w.must(w.campaigns.Pause(t.Context(), e.caller(), id, ""))
	w.must(w.campaigns.Resume(t.Context(), e.caller(), id, ""))
	w.wantCampaign(id, "running")
}

// The running dialler pauses by itself, soon after the event that crosses the line.
func TestTripsWhileRunning(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 200)
	e := w.employer("Acme")
	w.people(e, 555, 300)
	w.carrier.behave(func(call twilio.Call) reply { return refuse(twilio.Permanent, 21211) })
	id := w.launch(e)
	w.running(w.dialer, w.replica(200, w.pool(6)))
	w.untilMoving("the campaign to pause", func() bool { return w.campaignIs(id) == "paused" })
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE state = 'pending'`); n == 0 {
		t.Fatal("everybody had been called before")
	}
	if w.letters("campaign_tripped") != 1 {
		t.Fatal("the owner was told more or less than once")
	}
	w.balanced()
}

// A rule is left alone only for as long as nothing could cross it.
func TestRulesAreLeftAloneOnlyWhileTheyHold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		t    campaign.Tally
		rate float64
		want time.Duration
	}{
		{campaign.Tally{Rule: campaign.TripHungUp, Events: 6, Calls: 15}, 5, 0},
		{campaign.Tally{Rule: campaign.TripHungUp, Events: 6, Calls: 65}, 5, time.Second},
		{campaign.Tally{Rule: campaign.TripHungUp, Events: 6, Calls: 65}, 10, time.Second / 2},
		{campaign.Tally{Rule: campaign.TripCarrierErrors, Events: 5000, Calls: 100_000}, 5, aloneMost},
	} {
		if got := leaveAlone(c.t, c.rate); got != c.want {
			t.Errorf("%+v at %v a second: %v, want %v", c.t, c.rate, got, c.want)
		}
	}
	w := newWorld(t, 1)
	e := w.employer("Acme")
	w.people(e, 555, 1)
	id := w.launch(e)
	w.dialer.clear[ruleOf{id, campaign.TripHungUp}] = time.Now().Add(time.Hour)
	a := w.dialOne()
	w.exec(`INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, state, rank, place_by, created_at, duration_s)
		SELECT account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, 'completed', 90, place_by, created_at, 2
		FROM attempts, generate_series(1, 9) i WHERE id = $1`, a)
	w.look()
	w.wantCampaign(id, "running")
	w.dialer.clear[ruleOf{id, campaign.TripHungUp}] = time.Now()
	w.look()
	w.wantCampaign(id, "paused")
}
