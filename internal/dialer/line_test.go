package dialer

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/clock"
)

// sharedPace is the pace row of the database, for lines without one.
type sharedPace struct {
	mu      sync.Mutex
	spacing time.Duration
	next    time.Time
	away    bool
	commit  time.Duration // how long a transaction that moves it takes
}

func (s *sharedPace) take(n int, head time.Duration) (pacing, error) {
	defer time.Sleep(s.commit)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return pacing{}, errors.New("the database is away")
	}
	now := time.Now()
	p := pacing{now: now, before: now, after: now, next: now.Add(head)}
	if s.next.After(p.next) {
		p.next = s.next
	}
	s.next = p.next.Add(time.Duration(n) * s.spacing)
	return p, nil
}

// lose makes the database be away or come back.
func (s *sharedPace) lose(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// taken is until when its slots have been taken.
func (s *sharedPace) taken() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// claimed is how many calls have not started yet.
func (l *line) claimed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queued
}

// street is some replicas' lines on one pace and one carrier.
type street struct {
	pace    *sharedPace
	lines   []*line
	ended   sync.WaitGroup
	mu      sync.Mutex
	arrived []time.Time
	back    int           // calls that were given back
	latency time.Duration // of the carrier's answer
	travel  func() time.Duration
}

func newStreet(rate float64, lines int) *street {
	s := &street{pace: &sharedPace{spacing: spacing(rate)}, travel: func() time.Duration { return 0 }}
	for range lines {
		l := newLine(spacing(rate), s.post, func() {})
		l.renew = s.pace.take
		s.lines = append(s.lines, l)
		s.ended.Go(l.run)
	}
	return s
}

func (s *street) post(a claimed) {
	s.mu.Lock()
	if !time.Now().Before(a.deadline) {
		s.back++
		s.mu.Unlock()
		return
	}
	s.arrived = append(s.arrived, time.Now().Add(s.travel()))
	s.mu.Unlock()
	time.Sleep(s.latency)
}

// claim does for one line what a dispatch does: it takes what may begin within
// a tick.
func (s *street) claim(l *line) {
	head := max(lead, l.headway())
	p := pacing{now: time.Now(), next: time.Now().Add(head)}
	if end := s.pace.taken(); end.After(p.next) {
		p.next = end
	}
	n := l.room(max(0, int((p.now.Add(head+tick).Sub(p.next)+s.pace.spacing-1)/s.pace.spacing)))
	began := time.Now()
	p, err := s.pace.take(n, max(head, time.Until(l.free())))
	if n == 0 || err != nil {
		return
	}
	l.took(time.Since(began))
	for i := range n {
		a := claimed{deadline: time.Now().Add(startWithin)}
		a.slot = l.slot(p, i)
		l.add(a)
	}
}

// one claims a single call.
func (s *street) one(l *line) {
	a := claimed{deadline: time.Now().Add(startWithin)}
	began := time.Now()
	p, err := s.pace.take(1, max(lead, l.headway()))
	if err == nil {
		l.took(time.Since(began))
		a.slot = l.slot(p, 0)
		l.add(a)
	}
}

// starts is when the calls so far arrived.
func (s *street) starts() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrived)
}

// hold keeps a line from starting anything, as a carrier does that is slow to
// answer, or a machine that is busy.
func (s *street) hold(l *line, d time.Duration) {
	for range maxInFlight {
		l.places <- struct{}{}
	}
	time.Sleep(d)
	for range maxInFlight {
		<-l.places
	}
}

func (s *street) close() {
	for _, l := range s.lines {
		l.close()
	}
	s.ended.Wait()
}

// Whatever holds up which replica and for how long, and however unequal the
// ways to the carrier: in no second does it see more than the rate and one. Time is simulated, so that no busy
// machine can fail it.
func TestI5ReplicasThatAreHeldUpKeepThePaceTogether(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := rapid.SampledFrom([]float64{0.5, 1, 3, 10, 25, 26, 50, 100, 200, 1000}).Draw(r, "rate")
		replicas := rapid.IntRange(1, 3).Draw(r, "replicas")
		holds := make([][]time.Duration, replicas)
		for i := range holds {
			for range rapid.IntRange(0, 6).Draw(r, "holds") {
				holds[i] = append(holds[i], time.Duration(rapid.IntRange(1, 400).Draw(r, "for"))*time.Millisecond,
					time.Duration(rapid.IntRange(1, 900).Draw(r, "rest"))*time.Millisecond)
			}
		}
		latency := time.Duration(rapid.SampledFrom([]int{0, 50, 300}).Draw(r, "latency")) * time.Millisecond
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		var most int
		synctest.Test(t, func(*testing.T) {
			s := newStreet(rate, replicas)
			s.latency = latency
			s.travel = func() time.Duration { return time.Duration(random.Int64N(int64(lateness(spacing(rate))))) }
			var busy sync.WaitGroup
			for i, l := range s.lines {
				busy.Go(func() {
					time.Sleep(time.Duration(i) * tick / 3)
					for range 40 {
						s.claim(l)
						time.Sleep(tick)
					}
				})
				busy.Go(func() {
					for k := 0; k < len(holds[i]); k += 2 {
						s.hold(l, holds[i][k])
						time.Sleep(holds[i][k+1])
					}
				})
			}
			busy.Wait()
			s.close()
			most = mostPerSecond(s.arrived)
		})
		if float64(most) > math.Ceil(rate)+1 {
			r.Fatalf("%d in a second at %v a second", most, rate)
		}
	})
}

// Two replicas, one of them held up until its slots have passed: its calls take
// what slots are left and new ones, and none goes back. With the database away
// those that are left without a slot do.
func TestI5ACallWhoseSlotHasPassedTakesANewOne(t *testing.T) {
	for _, away := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const rate = 50
			s := newStreet(rate, 2)
			held := s.lines[0]
			for range maxInFlight {
				held.places <- struct{}{}
			}
			s.claim(held)
			claimed := held.claimed()
			s.pace.lose(away)
			time.Sleep(lead + tick*3/4)
			for range maxInFlight {
				<-held.places
			}
			time.Sleep(time.Second)
			s.close()
			const passed = 3 // of the five slots
			want := map[bool]int{false: 5, true: 5 - passed}[away]
			if claimed != 5 || len(s.arrived) != want || s.back != claimed-want {
				t.Fatalf("away %t: of %d calls %d started and %d went back", away, claimed, len(s.arrived), s.back)
			}
			slices.SortFunc(s.arrived, time.Time.Compare)
			for i := 1; i < len(s.arrived); i++ {
				if gap := s.arrived[i].Sub(s.arrived[i-1]); gap < spacing(rate)*4/5 {
					t.Fatalf("calls %d and %d are %v apart", i-1, i, gap)
				}
			}
		})
	}
}

// Hiccups cost little: a machine that wakes the line late again and again still
// places what the rate allows, at low and at high rates.
func TestI5HiccupsDoNotCostThroughput(t *testing.T) {
	for _, rate := range []float64{1, 25, 50, 200, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := newStreet(rate, 2)
			const seconds = 20
			var busy sync.WaitGroup
			for i, l := range s.lines {
				busy.Go(func() {
					for range seconds * int(time.Second/tick) {
						s.claim(l)
						time.Sleep(tick)
					}
				})
				busy.Go(func() {
					for range seconds * 4 {
						s.hold(l, time.Duration(15+20*i)*time.Millisecond)
						time.Sleep(200 * time.Millisecond)
					}
				})
			}
			busy.Wait()
			s.close()
			if n := len(s.arrived); float64(n) < 0.85*rate*seconds {
				t.Fatalf("%d calls in %d s at %v a second, %d given back", n, seconds, rate, s.back)
			}
		})
	}
}

// A call whose time has passed goes back before it takes a slot that nobody
// would use, and tells nothing about how fast the carrier is.
func TestI5LateCallTakesNoSlot(t *testing.T) {
	t.Parallel()
	late := 0
	l := newLine(spacing(50), func(a claimed) {
		if clock.Passed(a.deadline) {
			late++
		}
	}, func() {})
	l.renew = func(int, time.Duration) (pacing, error) {
		t.Error("a slot was taken for it")
		return pacing{}, nil
	}
	past := time.Now().Add(-time.Second)
	l.add(claimed{slot: slot{from: past, until: past}, deadline: past})
	l.close()
	l.run()
	if late != 1 || l.speed.answers != 0 || l.waiting != 0 {
		t.Errorf("%d went back, %d answers counted, %d wait", late, l.speed.answers, l.waiting)
	}
}

// A carrier that takes fewer calls than the pace allows gets nearly all that it
// can take, though slots pass unused and each new one costs a commit.
func TestI5ACarrierSlowerThanThePaceIsKeptBusy(t *testing.T) {
	const latency, seconds = 50 * time.Millisecond, 10
	ceiling := maxInFlight / latency.Seconds()
	for _, rate := range []float64{1.1 * ceiling, 1.5 * ceiling, 10 * ceiling, 100_000} {
		synctest.Test(t, func(t *testing.T) {
			s := newStreet(rate, 1)
			s.latency, s.pace.commit = latency, 4*time.Millisecond
			l := s.lines[0]
			fed := make(chan struct{}, 1)
			l.drained = func() {
				select {
				case fed <- struct{}{}:
				default:
				}
			}
			for began := time.Now(); time.Since(began) < seconds*time.Second; {
				s.claim(l)
				time.Sleep(10 * time.Millisecond) // what the claim itself takes
				select {
				case <-fed:
				case <-time.After(tick):
				}
			}
			s.close()
			if n := float64(len(s.arrived)); n < 0.95*ceiling*seconds {
				t.Errorf("%v a second: %.2f of what the carrier takes, %d given back", rate, n/(ceiling*seconds), s.back)
			}
		})
	}
}

// A database that is slow to commit, or far away, costs time and no calls: a
// slot that has passed before anybody hears of it is of no use, so slots are
// taken as far ahead as it takes to hear of them.
func TestI5ASlowDatabaseStillCalls(t *testing.T) {
	const seconds = 20
	for _, rate := range []float64{1, 25, 50, 200, 1000} {
		for _, commit := range []time.Duration{10 * time.Millisecond, 45 * time.Millisecond, 80 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				s := newStreet(rate, 1)
				s.pace.commit = commit
				for range seconds * int(time.Second/tick) {
					began := time.Now()
					s.claim(s.lines[0])
					time.Sleep(tick - time.Since(began))
				}
				s.close()
				if n := float64(len(s.arrived)); n < 0.8*rate*seconds {
					t.Errorf("%v a second, commits of %v: %.2f of what the pace allows, %d given back", rate, commit, n/(rate*seconds), s.back)
				}
				if most := mostPerSecond(s.arrived); float64(most) > rate+1 {
					t.Errorf("%v a second, commits of %v: %d in one second", rate, commit, most)
				}
			})
		}
	}
}

// The same for a call that is alone, at any pace: there are no later slots for
// it among those that were taken.
func TestI5ASlowDatabaseStillCallsOne(t *testing.T) {
	for _, rate := range []float64{1, 25, 1000, 100_000} {
		for commit := time.Duration(0); commit <= 100*time.Millisecond; commit += 5 * time.Millisecond {
			synctest.Test(t, func(t *testing.T) {
				s := newStreet(rate, 1)
				s.pace.commit = commit
				for tries := 0; len(s.starts()) == 0 && tries < 3; tries++ {
					s.one(s.lines[0])
					time.Sleep(time.Second)
				}
				s.close()
				if len(s.arrived) != 1 {
					t.Errorf("%v a second, commits of %v: %d started, %d given back", rate, commit, len(s.arrived), s.back)
				}
			})
		}
	}
}

// A replica whose requests are all stuck at the carrier leaves the pace to the
// others as soon as what it has claimed could not start any more.
func TestI5AStuckLineTakesNoSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(200, 1)
		l := s.lines[0]
		for range maxInFlight {
			l.places <- struct{}{}
		}
		s.claim(l)
		time.Sleep(2 * startWithin)
		taken := s.pace.taken()
		time.Sleep(10 * startWithin)
		if more := s.pace.taken().Sub(taken); more != 0 {
			t.Errorf("it has taken %v of the pace since its calls were late", more)
		}
		for range maxInFlight {
			<-l.places
		}
		s.close()
		if s.back == 0 || len(s.arrived) != 0 {
			t.Errorf("%d went back, %d started", s.back, len(s.arrived))
		}
	})
}
