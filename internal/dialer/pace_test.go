package dialer

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

// logSlots makes the database keep what each transaction did to the pace: up
// to where, and how many calls.
func (w *world) logSlots() {
	w.exec(`CREATE TABLE slot_log (xid bigint PRIMARY KEY, until_at timestamptz, calls int NOT NULL DEFAULT 0)`)
	w.exec(`GRANT ALL ON slot_log TO callshu_worker`)
	w.exec(`CREATE FUNCTION log_pace() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO slot_log (xid, until_at) VALUES (txid_current(), NEW.next_at) ON CONFLICT (xid) DO UPDATE SET until_at = EXCLUDED.until_at; RETURN NULL; END $$`)
	w.exec(`CREATE FUNCTION log_call() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO slot_log (xid, calls) VALUES (txid_current(), 1) ON CONFLICT (xid) DO UPDATE SET calls = slot_log.calls + 1; RETURN NULL; END $$`)
	w.exec(`CREATE TRIGGER log_pace AFTER UPDATE OF next_at ON pace FOR EACH ROW EXECUTE FUNCTION log_pace()`)
	w.exec(`CREATE TRIGGER log_call AFTER INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION log_call()`)
	w.exec(`GRANT EXECUTE ON FUNCTION log_pace(), log_call() TO callshu_worker`)
}

// slots are the database times at which calls were allowed to start, in order.
func (w *world) slots(rate float64) []time.Time {
	w.t.Helper()
	rows, err := w.admin.Query(context.Background(), `SELECT until_at, calls FROM slot_log`)
	w.must(err)
	var all []time.Time
	for rows.Next() {
		var until time.Time
		var calls int
		w.must(rows.Scan(&until, &calls))
		for i := 1; i <= calls; i++ {
			all = append(all, until.Add(-time.Duration(i)*spacing(rate)))
		}
	}
	w.must(rows.Err())
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// mostPerSecond is the largest number of times within any second.
func mostPerSecond(times []time.Time) int {
	slices.SortFunc(times, time.Time.Compare)
	most, from := 0, 0
	for i, at := range times {
		for at.Sub(times[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// stalls watches how late this machine wakes a goroutine up: what a test sees
// at the wire is the pace plus that.
func stalls() (worst func() time.Duration) {
	var mu sync.Mutex
	var most time.Duration
	done := make(chan struct{})
	go func() {
		for last := time.Now(); ; {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
			now := time.Now()
			mu.Lock()
			most = max(most, now.Sub(last)-2*time.Millisecond)
			mu.Unlock()
			last = now
		}
	}()
	return func() time.Duration {
		close(done)
		mu.Lock()
		defer mu.Unlock()
		return most
	}
}

// Two replicas and previews share one pace: the slots that the database hands
// out are never closer than the pace allows, and no POST starts before its slot.
func TestI5PaceIsSharedByReplicasAndPreviews(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int{"one replica": 1, "two replicas": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rate = 25
			w := newWorld(t, rate)
			w.logSlots()
			e, f := w.employer("Acme"), w.employer("Bolt")
			w.people(e, 555, 40)
			w.people(f, 556, 10)
			w.launch(e)
			w.launch(f)
			previewed := w.draft(e)
			diallers := []*Dialer{w.dialer}
			for len(diallers) < replicas {
				diallers = append(diallers, w.replica(rate, w.pool(6)))
			}
			w.running(diallers...)
			for _, user := range []employer{e, f} {
				w.untilMoving("the campaigns to run", func() bool { return len(w.carrier.posted()) > 5 })
				if user == e {
					_, err := diallers[replicas-1].Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: previewed, Actor: e.caller().Actor})
					w.must(err)
				}
			}
			w.untilMoving("all to be called", func() bool { return len(w.carrier.posted()) == 51 })
			slots := w.slots(rate)
			if len(slots) < 51 {
				t.Fatalf("%d slots for 51 calls", len(slots))
			}
			for i := 1; i < len(slots); i++ {
				if gap := slots[i].Sub(slots[i-1]); gap < spacing(rate)-time.Millisecond {
					t.Fatalf("slots %d and %d are %v apart", i-1, i, gap)
				}
			}
			// At no time have more calls started than slots had begun.
			posts := w.carrier.posted()
			slices.SortFunc(posts, time.Time.Compare)
			var latest time.Duration
			for i := range posts {
				late := posts[i].Sub(slots[i])
				if latest = max(latest, late); late < -2*time.Millisecond {
					t.Fatalf("POST %d started %v before its slot", i, -late)
				}
			}
			// What a machine that stalls does to the spacing is measured, not judged.
			t.Logf("at most %d in a second at %d a second; the latest POST %v after its slot", mostPerSecond(posts), rate, latest)
		})
	}
}

// One of two replicas is held up until the slots of what it has claimed have
// passed, and the other one goes on: the calls that are late take new slots of
// the shared pace, or go back; none starts on top of the other's. What a second
// can hold is judged on simulated time (line_test.go).
func TestI5AReplicaThatWasHeldUpTakesNewSlots(t *testing.T) {
	t.Parallel()
	const rate = 20
	w := newWorld(t, rate)
	w.logSlots()
	e := w.employer("Acme")
	w.people(e, 555, 40)
	w.launch(e)
	held, other := w.dialer, w.replica(rate, w.pool(6))
	for range maxInFlight {
		held.line.places <- struct{}{}
	}
	w.running(held, other)
	renewals := func() int { return query[int](w, `SELECT count(*) FROM slot_log WHERE calls = 0`) }
	var late time.Time // when what the one that is held up has claimed first could not start any more
	w.untilMoving("new slots to be taken for those of the one that is held up", func() bool {
		held.line.mu.Lock()
		if held.line.queued > 0 && late.IsZero() {
			late = time.Now().Add(startWithin)
		}
		held.line.mu.Unlock()
		return renewals() > 0 || !late.IsZero() && time.Now().After(late)
	})
	for range maxInFlight {
		<-held.line.places
	}
	w.untilMoving("all to be called", func() bool { return len(w.carrier.posted()) == 40 })
	back := query[int](w, `SELECT count(*) FROM attempts WHERE state = 'not_placed'`)
	if renewals()+back == 0 {
		t.Fatal("calls started in slots that had passed")
	}
	t.Logf("%d times new slots were taken, %d calls went back, at most %d in a second at %d a second", renewals(), back, mostPerSecond(w.carrier.posted()), rate)
}

// What was held up is not made up for: a line that could not start anything
// starts no faster afterwards, and its next claim takes later slots.
func TestI5NoBurstAfterBeingHeldUp(t *testing.T) {
	t.Parallel()
	const gap = 5 * time.Millisecond
	var mu sync.Mutex
	var starts []time.Time
	hold := make(chan struct{})
	line := newLine(gap, func(claimed) {
		mu.Lock()
		starts = append(starts, time.Now())
		mu.Unlock()
		<-hold
	}, func() {})
	done := make(chan struct{})
	go func() { line.run(); close(done) }()
	now := time.Now()
	for i := range maxWaiting {
		if !line.add(claimed{slot: slot{from: now.Add(time.Duration(i) * time.Microsecond)}}) {
			t.Fatal("the line is full")
		}
	}
	if free := line.free(); free.Before(now.Add(maxInFlight * gap)) {
		t.Fatalf("the next call could start at %v, %d are waiting", free.Sub(now), maxWaiting)
	}
	if line.room(1) != 0 {
		t.Fatal("more is claimed than the line can start")
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		n := len(starts)
		mu.Unlock()
		if n == maxInFlight {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the line does not start")
		}
	}
	close(hold)
	line.close()
	<-done
	if len(starts) != maxWaiting {
		t.Fatalf("%d started, want %d", len(starts), maxWaiting)
	}
	slices.SortFunc(starts, time.Time.Compare)
	for _, half := range [][]time.Time{starts[:maxInFlight], starts[maxInFlight:]} {
		if span := half[len(half)-1].Sub(half[0]); span < (maxInFlight-1)*gap*3/4 {
			t.Fatalf("%d calls within %v", len(half), span)
		}
	}
}

// Slots that passed unused are gone, and slots that were not needed are given back.
func TestI5NoBurstAfterAPauseAndUnusedSlotsAreGivenBack(t *testing.T) {
	t.Parallel()
	const rate = 50
	w := newWorld(t, rate)
	w.logSlots()
	e := w.employer("Acme")
	w.people(e, 555, 30)
	id := w.launch(e)
	w.must(w.campaigns.Pause(t.Context(), e.caller(), id, ""))
	w.exec(`UPDATE pace SET next_at = clock_timestamp() - interval '1 hour'`) // a long pause
	w.exec(`DELETE FROM slot_log`)
	w.wantDialled(0)
	if n := query[int](w, `SELECT count(*) FROM slot_log`); n != 0 {
		t.Fatal("a claim that found nobody took slots")
	}
	w.must(w.campaigns.Resume(t.Context(), e.caller(), id, ""))
	if n, most := len(w.dial()), int(rate*tick.Seconds())+1; n > most {
		t.Fatalf("after a pause %d calls are claimed at once, a tick is worth %d", n, most)
	}
	w.exec(`UPDATE recipients SET state = 'skipped', reason = 'x', finished_at = now() WHERE state = 'pending' AND id NOT IN (SELECT id FROM recipients WHERE state = 'pending' LIMIT 2)`)
	w.exec(`UPDATE pace SET next_at = clock_timestamp() - interval '1 hour'`)
	w.exec(`DELETE FROM slot_log`)
	w.wantDialled(2)
	ahead := query[float64](w, `SELECT extract(epoch FROM next_at - clock_timestamp())::float8 FROM pace WHERE key = 'carrier'`)
	if most := lead.Seconds() + 2.0/rate; ahead > most {
		t.Fatalf("two calls moved the pace by %.3f s, want at most %.3f", ahead, most)
	}
}

// Running campaigns take turns, also where a claim is one call: the large one
// that came first does not starve the small one.
func TestI5SmallCampaignIsNotStarved(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 4} {
		w := newWorld(t, fast)
		e, f := w.employer("Acme"), w.employer("Bolt")
		w.people(e, 555, 60)
		w.people(f, 556, 5)
		w.launch(e)
		w.clock.Advance(time.Minute)
		small := w.launch(f)
		for claimed := 0; claimed < 12; {
			claimed += len(w.dialWithMost(most))
		}
		if n := query[int](w, `SELECT count(*) FROM attempts WHERE campaign_id = $1`, small); n != 5 {
			t.Fatalf("of 12 calls, claimed by %d, the small campaign got %d", most, n)
		}
	}
}

// The carrier says 429: nobody is claimed for a moment, on any replica, and
// whoever was refused comes again.
func TestI5BusyCarrierBacksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.carrier.always(refuse(twilio.Busy, 20429))
	a := w.dialOne()
	w.wantAttempt(a, "not_placed")
	w.wantRecipient(e, phone, "pending")
	if held := query[float64](w, `SELECT extract(epoch FROM held_until - clock_timestamp())::float8 FROM pace WHERE key = 'carrier'`); held <= 0 || held > 1.6 {
		t.Fatalf("held for %.2f s", held)
	}
	w.carrier.always(accept())
	w.clock.Advance(time.Minute)
	w.wantDialled(0)
	w.exec(`UPDATE pace SET held_until = clock_timestamp()`)
	w.wantDialled(1)
	if made := query[int](w, `SELECT attempts_made FROM recipients`); made != 1 {
		t.Fatalf("%d attempts counted, want 1", made)
	}
}

// An operator's pause stops every employer; the quota of one stops that one.
func TestI5PlatformPauseAndDailyQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, f := w.employer("Acme"), w.employer("Bolt")
	w.people(e, 555, 10)
	w.people(f, 556, 3)
	w.launch(e)
	w.launch(e)
	w.launch(f)
	w.exec(`UPDATE platform SET dialling_paused_at = now()`)
	w.wantDialled(0)
	w.exec(`UPDATE platform SET dialling_paused_at = NULL`)
	w.exec(`UPDATE accounts SET daily_quota = 4 WHERE id = $1`, e.id)
	for range 5 {
		w.dial()
	}
	if n := query[int](w, `SELECT count(*) FROM attempts WHERE account_id = $1`, e.id); n != 4 {
		t.Fatalf("%d calls at a quota of 4", n)
	}
	if n := query[int](w, `SELECT count(*) FROM attempts WHERE account_id = $1`, f.id); n != 3 {
		t.Fatalf("another employer's quota left %d of 3 calls", n)
	}
}
