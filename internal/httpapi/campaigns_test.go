package httpapi_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
)

// withCampaigns adds the campaigns to the world.
func (w *world) withCampaigns() {
	w.t.Helper()
	w.deps.Campaigns = campaign.New(w.db.Open(postgres.RoleApp), w.clock, must[*callhours.Zones](w.t)(callhours.Load()), 1)
	w.handler = httpapi.New(w.deps)
}

// sound is a draft that nothing is wrong with, and what is added to it.
func sound(more object) object {
	draft := object{"name": "Frost", "audience": object{"kind": "all"},
		"content": object{"purpose": object{"en": "the night shift"}, "texts": object{"en": object{"message": "The greenhouse is closed."}},
			"choices": []object{{"key": 1, "label": object{"en": "you have understood"}}}}}
	maps.Copy(draft, more)
	return draft
}

// An edit replaces the whole draft: whoever sends back what they were given
// must not lose the deadline.
func TestADeadlineOutlivesAnEdit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withCampaigns()
	b := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	const wall, zone = "2026-11-24T17:45", "America/Vancouver"
	deadline := time.Date(2026, 11, 25, 0, 45, 0, 0, time.UTC)
	var made httpapi.Campaign
	b.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(object{"dial_until_wall": wall, "start_zone": zone})).decode(t, &made)
	path := "/api/v1/campaigns/" + made.ID.String()
	check := func(step string, c httpapi.Campaign) {
		t.Helper()
		if c.DialUntilWall != wall || c.DialUntil == nil || !c.DialUntil.Equal(deadline) {
			t.Errorf("%s: %q, %v; want %s in %s", step, c.DialUntilWall, c.DialUntil, wall, zone)
		}
	}
	check("created", made)
	var read, edited httpapi.Campaign
	b.expect(http.StatusOK, http.MethodGet, path, nil).decode(t, &read)
	check("read", read)
	b.expect(http.StatusOK, http.MethodPatch, path, sound(object{"name": "Thaw", "dial_until_wall": read.DialUntilWall, "start_zone": read.StartZone})).decode(t, &edited)
	check("edited", edited)
	edited = httpapi.Campaign{}
	b.expect(http.StatusOK, http.MethodPatch, path, sound(nil)).decode(t, &edited)
	if edited.DialUntilWall != "" || edited.DialUntil != nil {
		t.Errorf("a deadline that was left out is still %q, %v", edited.DialUntilWall, edited.DialUntil)
	}
}

// A launch sends nothing but the plan: what stands in its way is a conflict,
// and no field of a body that it does not have.
func TestLaunchesThatCannotBe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.withCampaigns()
	for name, c := range map[string]struct {
		draft object
		code  string
	}{
		"nobody":   {object{"audience": object{"kind": "tags", "tags": []string{"nowhere"}}}, "nobody_callable"},
		"deadline": {object{"dial_until_wall": "2026-11-20T17:45", "start_zone": "America/Toronto"}, "deadline_passed"},
		"start":    {object{"start_wall": "2026-11-20T17:45", "start_zone": "America/Toronto"}, "start_passed"},
	} {
		var made httpapi.Campaign
		d.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(c.draft)).decode(t, &made)
		path := "/api/v1/campaigns/" + made.ID.String()
		var plan struct {
			Hash string `json:"plan_hash"`
		}
		d.owner.expect(http.StatusOK, http.MethodGet, path+"/plan", nil).decode(t, &plan)
		p := d.owner.expect(http.StatusConflict, http.MethodPost, path+"/launch", object{"plan_hash": plan.Hash}).problem(t)
		if p.Code != c.code || len(p.Errors) != 0 {
			t.Errorf("%s: %+v, want %s and no fields", name, p, c.code)
		}
	}
}

// After a safety trip the API tells what tripped, and resumes for a reason only.
func TestResumeAfterATrip(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.withCampaigns()
	var made httpapi.Campaign
	d.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(nil)).decode(t, &made)
	if made.Forecast != nil || len(made.Tripped) != 0 {
		t.Fatalf("a draft has %+v, %v", made.Forecast, made.Tripped)
	}
	for _, sql := range []string{`UPDATE campaigns SET status = 'paused', launched_at = now() WHERE id = $1`,
		`INSERT INTO campaign_trips (account_id, campaign_id, rule, events, calls, attempt_ids, tripped_at) SELECT account_id, id, 'hung_up', 6, 9, '{}', now() FROM campaigns WHERE id = $1`} {
		if _, err := d.db.Admin().Exec(t.Context(), sql, made.ID); err != nil {
			t.Fatal(err)
		}
	}
	path := "/api/v1/campaigns/" + made.ID.String()
	p := d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, path+"/resume", nil).problem(t)
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.reason" {
		t.Fatalf("refused by %+v", p)
	}
	var resumed httpapi.Campaign
	var trips httpapi.CampaignTrips
	d.owner.expect(http.StatusOK, http.MethodGet, path, nil).decode(t, &resumed)
	if len(resumed.Tripped) != 1 || resumed.Tripped[0] != "hung_up" {
		t.Fatalf("tripped by %v", resumed.Tripped)
	}
	d.owner.expect(http.StatusOK, http.MethodPost, path+"/resume", object{"reason": "The first words were cut off."}).decode(t, &resumed)
	if resumed.Status != "running" || len(resumed.Tripped) != 0 {
		t.Fatalf("%s, tripped by %v", resumed.Status, resumed.Tripped)
	}
	d.owner.expect(http.StatusOK, http.MethodGet, path+"/trips", nil).decode(t, &trips)
	if len(trips.Items) != 1 || trips.Items[0].Reason != "The first words were cut off." || trips.Items[0].LimitPercent != 40 || trips.Items[0].ResumedAt == nil {
		t.Fatalf("trips %+v", trips)
	}
	d.owner.expect(http.StatusOK, http.MethodGet, path, nil).decode(t, &resumed)
	if f := resumed.Forecast; f == nil || f.People != 0 || f.TimeZone == "" || f.DoneAt != nil {
		t.Fatalf("forecast %+v", f)
	}
}
