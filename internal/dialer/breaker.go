package dialer

import (
	"sync"
	"time"
)

// breaker spares everybody while the carrier is out: after breakAfter failures
// in a row nothing is claimed for a pause; then one call at a time tries the
// line, and each that fails doubles the pause, up to a minute. Whatever had
// been claimed goes back to pending or is looked up: nobody is failed for it.
type breaker struct {
	mu       sync.Mutex
	failures int
	openings int
	until    time.Time // nothing is claimed before
	probe    time.Time // nothing else is claimed before, while one call tries the line
}

const (
	breakAfter = 5
	breakFirst = time.Second
	breakMost  = time.Minute
	// probeFor is how long the answer to the one call is waited for: longer
	// than any request takes.
	probeFor = 15 * time.Second
)

// room is how many calls may be claimed: none while it is open, one when it
// may be over, wanted otherwise.
func (b *breaker) room(now time.Time, wanted int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.openings == 0:
		return wanted
	case now.Before(b.until), now.Before(b.probe):
		return 0
	}
	return min(1, wanted)
}

// claimed notes that calls are on their way; when it may be over, the probe.
func (b *breaker) claimed(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openings > 0 && !now.Before(b.until) {
		b.probe = now.Add(probeFor)
	}
}

// released notes that a claimed call never started and so proved nothing.
func (b *breaker) released() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probe = time.Time{}
}

// success notes that the carrier answered, be it by a refusal.
func (b *breaker) success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.openings, b.until, b.probe = 0, 0, time.Time{}, time.Time{}
}

// failure notes that the carrier did not answer. Those that were in flight
// when it opened say nothing new.
func (b *breaker) failure(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		return
	}
	b.probe = time.Time{}
	b.failures++
	if b.openings == 0 && b.failures < breakAfter {
		return
	}
	b.until = now.Add(min(breakFirst<<min(b.openings, 6), breakMost))
	b.openings++
}
