package dialer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However long answers take, however the clocks drift apart and whenever one is
// set: the local time at which the database read its clock lies within what is
// told, and that is no wider than the answer alone would tell.
func TestI5OffsetHoldsTheTruth(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ms := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most*1000).Draw(r, name)) * time.Microsecond
		}
		var o offset
		local := time.Now()
		db := local.Add(ms("apart", 1_000_000))
		run := func(d time.Duration) { // both clocks, the database's a little faster or slower
			local = local.Add(d)
			db = db.Add(d + time.Duration(rapid.IntRange(-int(d)/(2*drift), int(d)/(2*drift)).Draw(r, "drift")))
		}
		for range rapid.IntRange(1, 40).Draw(r, "answers") {
			run(ms("pause", 5000))
			set := rapid.IntRange(0, 9).Draw(r, "set") == 0
			if set {
				db = db.Add(ms("set by", 100_000) + time.Minute)
			}
			before := local
			run(ms("way there", 60))
			now, truth := db, local
			run(ms("way back", 60))
			notBefore, notAfter := o.refine(now, before, local)
			if truth.Before(notBefore) || truth.After(notAfter) {
				r.Fatalf("read at %v, told between %v and %v", truth, notBefore, notAfter)
			}
			if notBefore.Before(before) || notAfter.After(local) {
				r.Fatalf("told between %v and %v, the answer alone says %v to %v", notBefore, notAfter, before, local)
			}
		}
	})
}

// One fast answer makes up for the slow ones after it.
func TestI5OffsetRemembersTheFastest(t *testing.T) {
	var o offset
	local := time.Now()
	db := local.Add(time.Hour)
	ask := func(way time.Duration) time.Duration {
		before := local
		local, db = local.Add(way), db.Add(way)
		now := db
		local, db = local.Add(way), db.Add(way)
		notBefore, notAfter := o.refine(now, before, local)
		return notAfter.Sub(notBefore)
	}
	if got := ask(time.Millisecond); got != 2*time.Millisecond {
		t.Fatalf("told within %v", got)
	}
	if got := ask(100 * time.Millisecond); got > 3*time.Millisecond {
		t.Fatalf("told within %v after a fast answer", got)
	}
	db = db.Add(time.Minute) // set
	if got := ask(50 * time.Millisecond); got != 100*time.Millisecond {
		t.Fatalf("told within %v after the clock was set", got)
	}
}
