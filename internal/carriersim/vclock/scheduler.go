package vclock

import (
	"container/heap"
	"sync"
	"time"
)

// Scheduler runs functions at instants of a Clock, in order of time and then
// of planning, each with the owner's lock held. One alarm on the clock serves
// all events, so that thousands of them cost the clock nothing.
type Scheduler struct {
	mu     sync.Locker
	clock  Clock
	events eventHeap
	seq    uint64
	armed  time.Time
	stop   func() bool
	closed bool
	frozen time.Time // the present instant as long as one step lasts
}

// Timer is one planned event.
type Timer struct {
	at    time.Time
	seq   uint64
	index int
	f     func()
	s     *Scheduler
}

// NewScheduler returns a scheduler whose events run under mu. All its methods
// must be called with mu held.
func NewScheduler(mu sync.Locker, clock Clock) *Scheduler {
	return &Scheduler{mu: mu, clock: clock}
}

// Clock returns the clock in use.
func (s *Scheduler) Clock() Clock { return s.clock }

// Now is the present virtual instant, in UTC. Within an event it is the instant
// the event was planned for, however late the machine got to it: a busy
// machine must not put a pressed key behind a time-out that was due after it.
func (s *Scheduler) Now() time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return s.clock.Now().UTC()
}

// Freeze makes the present instant last until Thaw, for a step that is not an
// event but must happen all at once too.
func (s *Scheduler) Freeze() { s.frozen = s.clock.Now().UTC() }

// Thaw undoes Freeze.
func (s *Scheduler) Thaw() { s.frozen = time.Time{} }

// SetClock continues on another clock; planned events keep their instants.
func (s *Scheduler) SetClock(c Clock) {
	s.disarm()
	s.clock = c
	s.arm()
}

// After plans f for d from now (at once, but never inside this call, if d is
// not positive).
func (s *Scheduler) After(d time.Duration, f func()) *Timer {
	s.seq++
	t := &Timer{at: s.Now().Add(max(d, 0)), seq: s.seq, f: f, s: s}
	heap.Push(&s.events, t)
	s.arm()
	return t
}

// Next tells when the earliest event falls due.
func (s *Scheduler) Next() (time.Time, bool) {
	if len(s.events) == 0 {
		return time.Time{}, false
	}
	return s.events[0].at, true
}

// Close drops every planned event.
func (s *Scheduler) Close() {
	s.closed = true
	s.events = nil
	s.disarm()
}

// Stop prevents the event; it reports whether there was something to prevent.
func (t *Timer) Stop() bool {
	if t == nil || t.index < 0 || t.s.closed {
		return false
	}
	heap.Remove(&t.s.events, t.index)
	return true
}

// At is the instant the event is planned for.
func (t *Timer) At() time.Time { return t.at }

// Run is what the event will do; holders use it to plan the event again.
func (t *Timer) Run() func() { return t.f }

func (s *Scheduler) arm() {
	if s.closed || len(s.events) == 0 {
		return
	}
	at := s.events[0].at
	if s.stop != nil && !at.Before(s.armed) {
		return
	}
	s.disarm()
	s.armed = at
	s.stop = s.clock.AfterFunc(at.Sub(s.clock.Now()), func() { s.wake(at) })
}

func (s *Scheduler) disarm() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// wake runs what is due. An alarm that fires after it was replaced does no
// harm: it only finds the events that are due anyway.
func (s *Scheduler) wake(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.armed.Equal(at) {
		s.stop = nil
	}
	for !s.closed && len(s.events) > 0 && !s.events[0].at.After(s.clock.Now()) {
		t := heap.Pop(&s.events).(*Timer)
		s.frozen = t.at
		t.f()
	}
	s.Thaw()
	s.arm()
}

type eventHeap []*Timer

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *eventHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *eventHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
