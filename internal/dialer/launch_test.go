package dialer

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
)

// What is launched is what was planned, hashed and perhaps approved: somebody
// who says YES while the manifest is being written was in no plan.
func TestLaunchWritesThePlanThatItHashed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 3)
	w.listed(e, "+14165550177")
	w.event(e, "+14165550177", consent.Invited)
	id := w.draft(e)
	_, plan, err := w.campaigns.Plan(t.Context(), e.id, id)
	w.must(err)

	// The manifest waits for this lock; the plan before it does not.
	holder, err := w.admin.Begin(t.Context())
	w.must(err)
	_, err = holder.Exec(t.Context(), `LOCK TABLE recipients IN SHARE MODE`)
	w.must(err)
	launched := make(chan error, 1)
	go func() {
		_, err := w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash)
		launched <- err
	}()
	w.awaitLockWait(holder)
	w.event(e, "+14165550177", consent.OptedIn)
	w.must(holder.Commit(t.Context()))
	w.must(<-launched)
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE campaign_id = $1 AND state = 'pending'`, id); n != plan.Callable || n != 3 {
		t.Errorf("%d people will be rung, the plan said %d", n, plan.Callable)
	}
}

// awaitLockWait returns when some session of the database waits for a lock.
func (w *world) awaitLockWait(tx pgx.Tx) {
	w.t.Helper()
	w.until("a session to wait for a lock", func() bool {
		var waits bool
		w.must(tx.QueryRow(w.t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits))
		return waits
	})
}

// A claim that took long saw the campaigns as they were long ago: what it
// claimed of one that was paused since goes back instead of ringing late.
func TestI7SlowClaimGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 1)
	w.launch(e)
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	now := time.Now()
	w.dialer.assignSlots(list, pacing{next: now, now: now, before: now, after: now, looked: now.Add(-startWithin - time.Millisecond), placeBy: now.Add(placeWithin)})
	if r := w.dialer.place(list[0]); !r.late || r.sid != "" {
		t.Errorf("a claim that looked %v ago was posted: %+v", startWithin, r)
	}
}

// A pause when nobody is left to be called holds back nothing: the campaign
// ends all the same (I4).
func TestI4PausedCampaignWithoutAnybodyLeftFinishes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 2)
	id := w.launch(e)
	first := w.dial()
	w.must(w.campaigns.Pause(t.Context(), e.caller(), id, ""))
	for _, call := range first {
		w.housekeep()
		w.wantCampaign(id, "paused")
		w.answer(call)
		w.press(call, atMessage, "1")
		w.status(call, 4, "completed")
	}
	w.housekeep()
	w.wantCampaign(id, "finished")
}
