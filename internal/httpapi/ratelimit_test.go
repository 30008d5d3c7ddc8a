package httpapi

import (
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ticking is a clock that a test moves.
type ticking struct{ at time.Time }

func (c *ticking) now() time.Time { return c.at }

func newTicking() *ticking { return &ticking{time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)} }

// The promise holds for any minute, not only for those of a clock: 200 at the
// end of one and 200 at the start of the next would be 400 in two seconds.
func TestGeneralLimitHoldsWhereMinutesMeet(t *testing.T) {
	t.Parallel()
	clock := newTicking()
	log := newSlidingLog(generalLimit, maxNetworks, generalWindow, clock.now)
	passed := func(tries int) (n int) {
		for range tries {
			if _, wait := log.take("192.0.2.1"); wait == 0 {
				n++
			}
		}
		return n
	}
	clock.at = clock.at.Add(59 * time.Second)
	if n := passed(250); n != 200 {
		t.Errorf("%d of 250 passed, want 200", n)
	}
	clock.at = clock.at.Add(time.Minute - time.Nanosecond)
	if n := passed(200); n != 0 {
		t.Errorf("%d passed within the same 60 s", n)
	}
	if left, wait := log.take("192.0.2.1"); left != 0 || wait != time.Nanosecond {
		t.Errorf("told to wait %v with %d left, want 1ns", wait, left)
	}
	clock.at = clock.at.Add(time.Nanosecond)
	if n := passed(250); n != 200 {
		t.Errorf("%d passed after a minute, want 200: refused ones must not count", n)
	}
	if left, wait := log.take("192.0.2.2"); left != generalLimit-1 || wait != 0 {
		t.Errorf("another address: wait %v, %d left", wait, left)
	}
}

// However requests come, no span of a minute has more than the limit, and
// nothing is refused that would not break it.
func TestSlidingLogIsExact(t *testing.T) {
	t.Parallel()
	seed := time.Now().UnixNano()
	random := rand.New(rand.NewSource(seed))
	clock := newTicking()
	log := newSlidingLog(7, 100, time.Minute, clock.now)
	var admitted []time.Time
	for i := range 5000 {
		clock.at = clock.at.Add(time.Duration(random.Intn(18)) * time.Second)
		within := 0
		for _, at := range admitted {
			if clock.at.Sub(at) < time.Minute {
				within++
			}
		}
		_, wait := log.take("a")
		if (wait == 0) != (within < 7) {
			t.Fatalf("seed %d, hit %d: wait %v after %d within the minute", seed, i, wait, within)
		}
		if wait == 0 {
			admitted = append(admitted, clock.at)
		}
		log.take(fmt.Sprint("b", random.Intn(30))) // others come and go in between
	}
}

func TestSlidingLogIsExactAtOnce(t *testing.T) {
	t.Parallel()
	log := newSlidingLog(generalLimit, maxNetworks, time.Hour, time.Now)
	var passed atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 1000 {
				if _, wait := log.take("192.0.2.1"); wait == 0 {
					passed.Add(1)
				}
			}
		})
	}
	group.Wait()
	if passed.Load() != generalLimit {
		t.Errorf("%d of 50,000 at once passed, want %d", passed.Load(), generalLimit)
	}
}

// A crowd of addresses takes no more memory than its bound, and what is too old
// to matter is gone.
func TestSlidingLogForgets(t *testing.T) {
	t.Parallel()
	clock := newTicking()
	log := newSlidingLog(2, 1000, time.Minute, clock.now)
	for i := range 50_000 {
		log.take(fmt.Sprint(i))
		log.take("busy")
	}
	if n := len(log.byKey); n > 1001 || n != log.recent.Len() {
		t.Errorf("%d addresses are remembered, %d in order", n, log.recent.Len())
	}
	clock.at = clock.at.Add(time.Minute)
	if log.take("new"); len(log.byKey) != 1 || log.recent.Len() != 1 {
		t.Errorf("%d addresses are remembered after a minute of silence", len(log.byKey))
	}
}
