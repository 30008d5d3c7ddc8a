// Package clock owns the notion of business time: calling hours, schedules,
// retries, expiry of invitations, the weekly report. It must never be used for
// leases, pacing or network time-outs: those are wall time of the database, so
// that a shifted clock cannot make two replicas disagree about a lock.
package clock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Clock tells business time, in UTC.
type Clock interface {
	Now() time.Time
}

// Real is the machine's clock.
type Real struct{}

// Now returns the machine's time in UTC.
func (Real) Now() time.Time { return time.Now().UTC() }

// Shifted maps machine time to another start and speed; demos use it so that
// phones may ring whenever somebody tries them.
type Shifted struct {
	wallStart time.Time
	start     time.Time
	factor    float64
}

// Now returns start + (wall time elapsed) x factor, in UTC.
func (s Shifted) Now() time.Time {
	elapsed := time.Since(s.wallStart)
	return s.start.Add(time.Duration(float64(elapsed) * s.factor)).UTC()
}

// Start is the business time at which the clock was set.
func (s Shifted) Start() time.Time { return s.start }

// Factor is how many times as fast as the machine's clock it runs.
func (s Shifted) Factor() float64 { return s.factor }

// Parse reads the CALLSHU_CLOCK setting: "start,factor", start in RFC 3339 and
// factor a positive number, for example "2026-11-23T09:02:00-05:00,1". Empty
// means the machine's clock. A third part fixes the wall time at which start
// applied, so that processes started at different moments agree.
func Parse(setting string) (Clock, error) {
	if setting == "" {
		return Real{}, nil
	}
	parts := strings.Split(setting, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, errors.New("parse clock: want start,factor[,wall]")
	}
	start, err := time.Parse(time.RFC3339, parts[0])
	if err != nil {
		return nil, fmt.Errorf("parse clock start: %w", err)
	}
	factor, err := strconv.ParseFloat(parts[1], 64)
	if err != nil || factor <= 0 {
		return nil, fmt.Errorf("parse clock factor %q: want a positive number", parts[1])
	}
	wall := time.Now()
	if len(parts) == 3 {
		if wall, err = time.Parse(time.RFC3339Nano, parts[2]); err != nil {
			return nil, fmt.Errorf("parse clock wall: %w", err)
		}
	}
	return Shifted{wallStart: wall, start: start, factor: factor}, nil
}

// Manual stands still until it is advanced. Tests share one between the
// product and the carrier simulator.
type Manual struct {
	mu     sync.Mutex
	now    time.Time
	nextID int
	timers map[int]timer
}

type timer struct {
	at time.Time
	id int
	f  func()
}

// NewManual returns a clock that stands at the given instant.
func NewManual(at time.Time) *Manual {
	return &Manual{now: at.UTC(), timers: map[int]timer{}}
}

// Now returns the instant the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc runs f during the Advance that reaches now+d. It is always run by
// the goroutine that advances, never before AfterFunc has returned. The
// returned stop reports whether it prevented the run.
func (m *Manual) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nextID++
	id := m.nextID
	m.timers[id] = timer{at: m.now.Add(max(d, 0)), id: id, f: f}
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		_, waiting := m.timers[id]
		delete(m.timers, id)
		return waiting
	}
}

// Advance moves the clock by d and runs what falls due, in order of time; a
// function sees the clock at its own due time and may plan further ones.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	target := m.now.Add(d)
	for {
		next, ok := m.earliest(target)
		if !ok {
			break
		}
		delete(m.timers, next.id)
		if next.at.After(m.now) {
			m.now = next.at
		}
		m.mu.Unlock()
		next.f()
		m.mu.Lock()
	}
	m.now = target
	m.mu.Unlock()
}

// Next tells when the earliest planned function falls due.
func (m *Manual) Next() (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, ok := m.earliest(time.Unix(1<<40, 0))
	return next.at, ok
}

func (m *Manual) earliest(until time.Time) (timer, bool) {
	var best timer
	found := false
	for _, t := range m.timers {
		if t.at.After(until) {
			continue
		}
		if !found || t.at.Before(best.at) || (t.at.Equal(best.at) && t.id < best.id) {
			best, found = t, true
		}
	}
	return best, found
}
