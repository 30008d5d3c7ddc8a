package dialer

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
)

func (w *world) plan(e employer, changes ...func(*campaign.DraftInput)) campaign.Plan {
	w.t.Helper()
	_, plan, err := w.campaigns.Plan(w.t.Context(), e.id, w.draft(e, changes...))
	w.must(err)
	return plan
}

// called lets an employer's only campaign ring somebody now.
func (w *world) called(e employer, number string) {
	w.t.Helper()
	id := w.launch(e, func(in *campaign.DraftInput) {
		in.MaxAttempts, in.Audience = 1, campaign.Audience{Kind: campaign.AudienceSelection, EmployeeIDs: []uuid.UUID{w.idOf(e, number)}}
	})
	a := w.dialOne()
	w.status(a, 1, "busy")
	w.housekeep()
	w.wantCampaign(id, "finished")
}

func starting(wall string) func(*campaign.DraftInput) {
	return func(in *campaign.DraftInput) { in.StartWall = wall }
}

// The number promised in the invitation is counted for when the calls begin, in
// the plan as in the claim: to the minute the same people are callable in both.
func TestMonthlyLimitCountsAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	w.exec(`UPDATE accounts SET monthly_limit = 2 WHERE id = $1`, e.id)
	w.called(e, "+14165550101") // at 10:00
	w.clock.Advance(time.Hour)
	w.called(e, "+14165550101")
	for wall, callable := range map[string]int{"2026-11-23T12:00": 0, "2026-12-23T09:59": 0, "2026-12-23T10:00": 1} {
		plan := w.plan(e, starting(wall))
		if plan.Callable != callable || plan.Forecast.People != callable {
			t.Errorf("at %s the plan has %d callable and foresees %d, want %d", wall, plan.Callable, plan.Forecast.People, callable)
		}
	}
	id := w.launch(e, starting("2026-12-23T10:00"))
	if f := w.forecast(e, id); f.People != 1 || f.Today != 1 {
		t.Errorf("scheduled: %+v", f)
	}
	w.clock.Advance(time.Date(2026, 12, 23, 15, 0, 0, 0, time.UTC).Sub(w.clock.Now()) - time.Second)
	w.housekeep()
	w.wantDialled(0)
	w.clock.Advance(time.Second)
	w.housekeep()
	w.wantDialled(1)
}

// Whom another campaign has brought to their number since the launch no claim
// takes, and no forecast counts, unless an old call will have left the month by
// the time when they are due.
func TestForecastLeavesOutWhoseNumberIsUsedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const full, soon, free = "+14165550101", "+14165550102", "+14165550103"
	for _, number := range []string{full, soon, free} {
		w.person(e, number)
	}
	w.exec(`UPDATE accounts SET monthly_limit = 2 WHERE id = $1`, e.id)
	w.called(e, soon) // will have left the month when the campaign starts
	w.clock.Advance(24 * time.Hour)
	w.called(e, full)
	id := w.launch(e, starting("2026-12-23T10:01"))
	if f := w.forecast(e, id); f.People != 3 {
		t.Fatalf("at the launch: %+v", f)
	}
	w.clock.Advance(24 * time.Hour)
	w.called(e, full)
	w.called(e, soon)
	f := w.forecast(e, id)
	if f.People != 2 || f.Never != 0 {
		t.Fatalf("after the calls of others: %+v", f)
	}
	w.clock.Advance(time.Date(2026, 12, 23, 15, 1, 0, 0, time.UTC).Sub(w.clock.Now()))
	w.housekeep()
	w.wantDialled(f.People)
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE campaign_id = $1 AND phone_key = $2 AND reason = 'monthly_limit'`, id, testKey(full)); n != 1 {
		t.Fatal("whose number is used up still waits")
	}
}

// Three calls in 24 hours: the plan knows when the next may be, and so do the
// running campaign, its forecast and the claim. One whose time lies after the
// deadline is never called.
func TestPlanKnowsTheDailyCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const full, free = "+14165550101", "+14165550102"
	w.person(e, full)
	w.person(e, free)
	evening := w.launch(e, starting("2026-11-23T18:00"))
	for range campaign.DailyCap {
		w.called(e, full)
		w.clock.Advance(20 * time.Minute)
	}
	again := monday().Add(24 * time.Hour)
	if f := w.forecast(e, evening); f.Today != 1 || f.Later != 1 || f.LaterFrom.Sub(again).Abs() > 5*time.Minute {
		t.Errorf("of one that was launched before: %+v", f)
	}
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), evening))
	deadline := func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-24T09:30" } // half an hour before
	if f := w.plan(e, deadline).Forecast; f.People != 2 || f.Today != 1 || f.Never != 1 {
		t.Errorf("with a deadline before: %+v", f)
	}
	plan := w.plan(e)
	if f := plan.Forecast; plan.Callable != 2 || plan.InHoursNow != 1 || f.Today != 1 || f.Later != 1 || !f.LaterFrom.Equal(again) {
		t.Errorf("plan of %d, %d now: %+v", plan.Callable, plan.InHoursNow, f)
	}
	if f := w.plan(e, starting("2026-11-24T10:00")).Forecast; f.Today != 2 {
		t.Errorf("from when it may be: %+v", f)
	}
	id := w.launch(e)
	if due := query[time.Time](w, `SELECT due_at FROM recipients WHERE campaign_id = $1 AND phone_key = $2`, id, testKey(full)); !due.Equal(again) {
		t.Errorf("due %v, want %v", due, again)
	}
	if f := w.forecast(e, id); f.Today != 1 || f.Later != 1 || f.LaterFrom.Sub(again).Abs() > 5*time.Minute {
		t.Errorf("running: %+v", f)
	}
	w.status(w.dialOne(), 1, "failed") // who is free, and is tried again
	w.clock.Advance(again.Sub(w.clock.Now()) - time.Second)
	w.housekeep()
	w.wantDialled(1)
	w.clock.Advance(time.Second)
	w.wantDialled(1)
	if n := w.carrier.madeTo(full); n != campaign.DailyCap+1 {
		t.Fatalf("%d calls", n)
	}
}

// Quiet and a full day add up: the later of the two holds, and a quiet that
// outlasts the campaign is still the reason for which somebody is not called.
func TestPlanAddsQuietToTheDailyCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const number = "+14165550101"
	w.person(e, number)
	for range campaign.DailyCap {
		w.called(e, number)
	}
	again := monday().Add(24 * time.Hour)
	for pause, later := range map[time.Duration]time.Time{time.Hour: again, 30 * time.Hour: monday().Add(30 * time.Hour)} {
		w.pause(number, pause)
		if f := w.plan(e).Forecast; f.People != 1 || !f.FirstAt.Equal(later) {
			t.Errorf("with a pause of %v: %+v, want the first call at %v", pause, f, later)
		}
		id := w.launch(e, starting("2026-11-23T12:00"))
		if due := query[time.Time](w, `SELECT due_at FROM recipients WHERE campaign_id = $1`, id); !due.Equal(later) {
			t.Errorf("with a pause of %v: due %v, want %v", pause, due, later)
		}
	}
	w.pause(number, campaign.QuietPatience+24*time.Hour)
	if plan := w.plan(e); plan.Callable != 0 || plan.Skipped[0].Reason != campaign.ReasonQuiet {
		t.Errorf("with a long pause: %+v", plan)
	}
}
