// Package vclock owns the simulator's notion of time: the carrier's clock
// (real, scaled, manual or given from outside) and one queue of events on it.
// It must never be used for network time-outs, which are always wall time.
package vclock

import (
	"sync"
	"time"
)

// Clock is all that the simulator needs of a clock; a test's own manual clock
// satisfies it without either side knowing the other.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
	// AfterFunc runs f once d has passed; stop reports whether it prevented that.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Advancer is a clock that moves only when it is told to.
type Advancer interface {
	Clock
	Advance(d time.Duration)
}

// Scaled runs factor times as fast as the machine's clock.
type Scaled struct {
	start  time.Time
	wall   time.Time
	factor float64
}

// NewScaled returns a clock that stands at start now and runs factor times as
// fast as the machine's; a factor of 1 is real time.
func NewScaled(start time.Time, factor float64) *Scaled {
	return &Scaled{start: start.UTC(), wall: time.Now(), factor: factor}
}

// Factor is the speed relative to the machine's clock.
func (s *Scaled) Factor() float64 { return s.factor }

// Now returns the present virtual instant, in UTC.
func (s *Scaled) Now() time.Time {
	return s.start.Add(time.Duration(float64(time.Since(s.wall)) * s.factor))
}

// AfterFunc runs f in its own goroutine after d of virtual time.
func (s *Scaled) AfterFunc(d time.Duration, f func()) func() bool {
	t := time.AfterFunc(time.Duration(float64(d)/s.factor), f)
	return t.Stop
}

// Manual stands still until it is advanced.
type Manual struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	at time.Time
	f  func()
}

// NewManual returns a clock that stands at the given instant.
func NewManual(start time.Time) *Manual { return &Manual{now: start.UTC()} }

// Now returns the instant the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc plans f for the Advance that reaches now+d.
func (m *Manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &manualTimer{at: m.now.Add(max(d, 0)), f: f}
	m.timers = append(m.timers, t)
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.remove(t)
	}
}

// Advance moves the clock by d and runs what falls due, each at its own time.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	target := m.now.Add(d)
	for t := m.due(target); t != nil; t = m.due(target) {
		m.remove(t)
		if t.at.After(m.now) {
			m.now = t.at
		}
		m.mu.Unlock()
		t.f()
		m.mu.Lock()
	}
	if target.After(m.now) {
		m.now = target
	}
	m.mu.Unlock()
}

func (m *Manual) due(until time.Time) *manualTimer {
	var best *manualTimer
	for _, t := range m.timers {
		if !t.at.After(until) && (best == nil || t.at.Before(best.at)) {
			best = t
		}
	}
	return best
}

func (m *Manual) remove(t *manualTimer) bool {
	for i, other := range m.timers {
		if other == t {
			m.timers = append(m.timers[:i], m.timers[i+1:]...)
			return true
		}
	}
	return false
}
