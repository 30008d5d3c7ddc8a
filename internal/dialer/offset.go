package dialer

import (
	"sync"
	"time"
)

// Clocks of computers run apart by far less than one second in a thousand.
const drift = 1000

// offset is what is known about how the database's clock and this process's
// stand to each other. One answer tells it within the time of its round trip,
// which on a busy machine may be longer than a slot; all answers together tell
// it within that of the fastest. A clock that is set by less than an answer took
// is noticed at the next answer that is faster than that.
type offset struct {
	mu     sync.Mutex
	local  time.Time // a local time and ...
	db     time.Time // ... a database time, from which both are counted
	lo, hi time.Duration
	at     time.Time // local time since when lo and hi may have become wrong
}

// refine narrows the local times before and after which the database read its
// clock as now, by what earlier answers have told. Where they say something
// else, one of the clocks was set: the earlier answers are forgotten.
func (o *offset) refine(now, before, after time.Time) (notBefore, notAfter time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.local.IsZero() {
		o.local, o.db = before, now
	}
	since := now.Sub(o.db)
	lo, hi := before.Sub(o.local)-since, after.Sub(o.local)-since
	if !o.at.IsZero() {
		apart := max(0, after.Sub(o.at)) / drift
		if l, h := max(lo, o.lo-apart), min(hi, o.hi+apart); l <= h {
			lo, hi = l, h
		}
	}
	o.lo, o.hi, o.at = lo, hi, before
	return o.local.Add(since + lo), o.local.Add(since + hi)
}
