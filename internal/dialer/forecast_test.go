package dialer

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/postgres"
)

func (w *world) forecast(e employer, id uuid.UUID) *campaign.Forecast {
	w.t.Helper()
	f, err := w.campaigns.Forecast(w.t.Context(), e.id, id)
	w.must(err)
	return f
}

// The plan foresees what the running campaign then foresees, and that follows
// what happens: who was called, who is tried again, what others take of the
// pace, the quota, the wishes of people and the deadline.
func TestForecastFollowsTheCampaign(t *testing.T) {
	t.Parallel()
	const rate = 0.5 // 30 a minute
	w := newWorld(t, rate)
	e, other := w.employer("Acme"), w.employer("Bolt")
	numbers := w.people(e, 555, 61)
	w.listedIn(e, "+18085550101", "Pacific/Honolulu")
	w.event(e, "+18085550101", "invited", "opted_in")
	w.pause(numbers[0], 24*time.Hour)
	w.quiet(numbers[1], 9*60, 13*60)
	until := func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-24T09:30" }
	id := w.draft(e, until)
	_, plan, err := w.campaigns.Plan(t.Context(), e.id, id)
	w.must(err)
	p := plan.Forecast
	// 59 now; one after 13:00; one in Honolulu at 08:01, which is 13:01; the
	// paused one's time lies after the deadline, and the plan does not count them.
	if p.People != 61 || p.Today != 61 || p.Never != 0 || p.RatePerMinute != 30 || p.Zones != 2 || !p.FirstAt.Equal(monday()) ||
		!p.TodayDoneAt.Equal(monday().Add(3*time.Hour+time.Minute+2*time.Second)) {
		t.Fatalf("plan %+v", p)
	}
	if plan.InHoursNow != 59 {
		t.Fatalf("%d within hours now", plan.InHoursNow)
	}
	if f := w.forecast(e, id); f != nil {
		t.Fatalf("a draft has a forecast: %+v", f)
	}
	_, err = w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash)
	w.must(err)
	f := w.forecast(e, id)
	if f.People != 61 || f.Today != 61 || f.Zones != 2 || f.DoneAt.Sub(p.DoneAt).Abs() > 10*time.Minute {
		t.Fatalf("plan %+v, running %+v", p, f)
	}

	// One is called and does not answer: they are due in half an hour.
	w.status(w.dialOne(), 1, "no-answer")
	f = w.forecast(e, id)
	if f.People != 61 || f.Never != 0 {
		t.Fatalf("with one to be tried again %+v", f)
	}
	// Another employer's campaign takes half of the pace; one whose people wait does not.
	w.people(other, 556, 2)
	w.launch(other, func(in *campaign.DraftInput) { in.StartWall = "2026-11-23T20:00" })
	if f = w.forecast(e, id); f.RatePerMinute != 30 {
		t.Fatalf("a scheduled one takes of the pace: %+v", f)
	}
	w.launch(other)
	if f = w.forecast(e, id); f.RatePerMinute != 15 {
		t.Fatalf("the pace is not shared: %+v", f)
	}
	// The quota leaves 10 more calls in these 24 hours, and the deadline none after.
	w.exec(`UPDATE accounts SET daily_quota = 11 WHERE id = $1`, e.id)
	if f = w.forecast(e, id); f.Today != 10 || f.Never != 51 {
		t.Fatalf("with a quota of 11 %+v", f)
	}
	w.must(w.campaigns.Pause(t.Context(), e.caller(), id, ""))
	if f = w.forecast(e, id); f != nil {
		t.Fatalf("a paused campaign has a forecast: %+v", f)
	}
}

// A call that the carrier did not take is made two seconds later: the end that a
// page tells does not jump by minutes for it.
func TestForecastStaysWhenACallIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	e := w.employer("Acme")
	w.people(e, 555, 4)
	id := w.launch(e)
	before := w.forecast(e, id)
	w.exec(`UPDATE recipients SET due_at = $2 WHERE position = 1 AND campaign_id = $1`, id, w.clock.Now().Add(refundPause))
	after := w.forecast(e, id)
	if after.People != 4 || after.DoneAt.Before(before.DoneAt) || after.DoneAt.Sub(before.DoneAt) > 10*time.Second {
		t.Fatalf("done at %v, with one not taken at %v", before.DoneAt, after.DoneAt)
	}
	// Half an hour ahead minutes are enough, and never too few.
	due := w.clock.Now().Add(30*time.Minute + time.Second)
	w.exec(`UPDATE recipients SET due_at = $2 WHERE position = 1 AND campaign_id = $1`, id, due)
	if f := w.forecast(e, id); f.DoneAt.Before(due) || f.DoneAt.Sub(due) > 5*time.Minute {
		t.Fatalf("due at %v, done at %v", due, f.DoneAt)
	}
}

// A tenant learns how many campaigns share the pace, and cannot look at them.
func TestI9ForecastTellsNothingOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	e, other := w.employer("Acme"), w.employer("Bolt")
	w.people(other, 556, 3)
	hidden := w.launch(other)
	if f, err := w.campaigns.Forecast(t.Context(), e.id, hidden); err == nil {
		t.Fatalf("another's campaign is foreseen: %+v", f)
	}
	app := w.db.Open(postgres.RoleApp)
	var n int
	if err := app.QueryRow(t.Context(), `SELECT campaigns_dialling($1, gen_random_uuid())`, w.clock.Now()).Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d campaigns dial, %v", n, err)
	}
	if err := app.QueryRow(t.Context(), `SELECT count(*) FROM campaigns`).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d campaigns are seen without an account, %v", n, err)
	}
}
