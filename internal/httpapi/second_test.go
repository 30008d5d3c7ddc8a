package httpapi_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/httpapi"
)

// launching is a board whose people may ring so many a day alone.
func launching(t *testing.T, above int) *board {
	t.Helper()
	b := newBoard(t)
	b.exec(`UPDATE accounts SET two_person_above = $1`, above)
	return b
}

// write makes a draft for the one person there is, with changes, and returns its
// address and what by would see of its plan.
func (b *board) write(by *browser, changes object) (route string, plan httpapi.CampaignPlan) {
	b.t.Helper()
	var made httpapi.Campaign
	by.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(changes)).decode(b.t, &made)
	route = "/api/v1/campaigns/" + made.ID.String()
	by.expect(http.StatusOK, http.MethodGet, route+"/plan", nil).decode(b.t, &plan)
	return route, plan
}

// alone launches a draft of one person by one person.
func (b *board) alone(by *browser, changes object) (route string) {
	b.t.Helper()
	route, plan := b.write(by, changes)
	if plan.SecondPersonNeeded {
		b.t.Fatalf("a second person is needed after %d people", plan.LaunchedAlone)
	}
	by.expect(http.StatusOK, http.MethodPost, route+"/launch", object{"plan_hash": plan.PlanHash})
	return route
}

// tooMany wants the next launch of one person to need a second one.
func (b *board) tooMany(by *browser, launched int) (route string, plan httpapi.CampaignPlan) {
	b.t.Helper()
	route, plan = b.write(by, nil)
	if !plan.SecondPersonNeeded || plan.LaunchedAlone != launched {
		b.t.Fatalf("after %d people, want %d: second person needed %v", plan.LaunchedAlone, launched, plan.SecondPersonNeeded)
	}
	b.refused(by, http.StatusConflict, "second_person_needed", route+"/launch", object{"plan_hash": plan.PlanHash})
	return route, plan
}

// Nobody gets past the size by splitting a campaign: what one person launches
// alone in 24 hours is added up, and the refusal says so.
func TestSmallLaunchesOfOnePersonAreAddedUp(t *testing.T) {
	t.Parallel()
	b := launching(t, 2)
	b.alone(b.owner, nil)
	b.alone(b.owner, nil)
	route, plan := b.tooMany(b.owner, 2)
	body := object{"plan_hash": plan.PlanHash}
	detail := b.owner.expect(http.StatusConflict, http.MethodPost, route+"/launch", body).problem(t).Detail
	for _, said := range []string{"In the last 24 hours you have started calls to 2 people by yourself", "the 1 of this campaign", "more than the 2"} {
		if !strings.Contains(detail, said) {
			t.Errorf("the refusal %q does not say %q", detail, said)
		}
	}
	// Another person has a count of their own, and what two approved counts for neither.
	b.alone(b.member, nil)
	b.owner.expect(http.StatusCreated, http.MethodPost, route+"/approval", body)
	b.second.expect(http.StatusOK, http.MethodPost, route+"/approval/approve", body)
	b.tooMany(b.owner, 2)
	b.alone(b.second, nil)
	b.alone(b.second, nil)
	b.tooMany(b.second, 2)
	// A day later it begins anew.
	b.clock.Advance(24 * time.Hour)
	b.owner.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ada@mill.example", "password": password})
	b.alone(b.owner, nil)
}

// One that was taken back before it rang anybody does not count; one that was
// stopped after it began does, and so does one that has yet to begin.
func TestLaunchesThatRangNobodyAreNotAddedUp(t *testing.T) {
	t.Parallel()
	b := launching(t, 1)
	later := object{"start_wall": "2026-12-01T10:00", "start_zone": "America/Toronto"}
	for range 2 {
		cancelled := b.alone(b.owner, later)
		b.tooMany(b.owner, 1)
		b.exec(`UPDATE campaigns SET status = 'cancelled', finished_at = now() WHERE id = $1`, cancelled[strings.LastIndexByte(cancelled, '/')+1:])
	}
	stopped := b.alone(b.owner, nil)
	b.exec(`UPDATE campaigns SET status = 'cancelled', finished_at = now() WHERE id = $1`, stopped[strings.LastIndexByte(stopped, '/')+1:])
	b.tooMany(b.owner, 1)
}

// Two launches of one person at the same instant see neither each other nor
// twice the same room: the later one is counted after the earlier one.
func TestLaunchesAtOnceAreAddedUp(t *testing.T) {
	t.Parallel()
	b := launching(t, 1)
	holder, err := b.db.Admin().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), `SELECT FROM users FOR NO KEY UPDATE`); err != nil {
		t.Fatal(err)
	}
	statuses := map[int]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	answered := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(statuses)
	}
	for range 2 {
		route, plan := b.write(b.owner, nil)
		r := b.owner.request(http.MethodPost, route+"/launch", object{"plan_hash": plan.PlanHash})
		group.Go(func() {
			a := b.owner.send(r)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	for answered() == 0 && b.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := holder.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if want := map[int]int{http.StatusOK: 1, http.StatusConflict: 1}; !maps.Equal(statuses, want) {
		t.Fatalf("two at once answer %v, want %v", statuses, want)
	}
}
