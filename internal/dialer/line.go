package dialer

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Limits of one replica's line to the carrier.
const (
	maxInFlight = 64              // requests at once
	maxWaiting  = 2 * maxInFlight // claimed and not answered yet, in flight included

	// startWithin is how late after its commit a claimed call may start: a
	// pause must be the last word within 250 ms (I7), whatever the carrier does.
	startWithin = lead + tick + 80*time.Millisecond
)

// claimed is one attempt that is committed as 'placing' and may be posted once.
type claimed struct {
	ID       uuid.UUID
	Phone    string
	Sender   string
	Preview  bool
	slot     time.Time // local time at which its POST may start
	deadline time.Time // local time after which it must not
}

// line starts what was claimed, one by one, each in its slot. The database
// spaces the slots of all replicas; the line sees to it that a replica that was
// held up does not make up for it by a burst (I5).
type line struct {
	spacing time.Duration
	post    func(claimed)
	drained func() // there is room again, and somebody asked to be told

	queue    chan claimed
	slots    chan struct{}
	inFlight sync.WaitGroup

	mu      sync.Mutex
	waiting int // claimed and not answered yet
	queued  int // of these, not started yet
	last    time.Time
	hungry  bool
	closed  bool
}

func newLine(spacing time.Duration, post func(claimed), drained func()) *line {
	// The queue holds more than is ever claimed, so that adding never waits:
	// previews come on top of what the claim counts.
	return &line{spacing: spacing, post: post, drained: drained, queue: make(chan claimed, 4*maxWaiting), slots: make(chan struct{}, maxInFlight)}
}

// room is how many more may be claimed now. Whoever gets less than they want
// because of it is woken when there is room again.
func (l *line) room(wanted int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := max(0, maxWaiting-l.waiting)
	l.hungry = wanted > room
	return min(wanted, room)
}

// free is the earliest local time at which one more call could start.
func (l *line) free() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.last.Add(l.spacing)
	if now := time.Now(); at.Before(now) {
		at = now
	}
	return at.Add(time.Duration(l.queued) * l.spacing)
}

// add queues a claimed call; it reports false once the line is closed.
func (l *line) add(a claimed) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.queue) == cap(l.queue) {
		return false
	}
	l.waiting++
	l.queued++
	l.queue <- a
	return true
}

// close lets run end when what was queued has been posted.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	close(l.queue)
}

// run posts until the line is closed, and returns when every POST is answered.
func (l *line) run() {
	for a := range l.queue {
		l.mu.Lock()
		at := l.last.Add(l.spacing)
		l.mu.Unlock()
		if a.slot.After(at) {
			at = a.slot
		}
		time.Sleep(time.Until(at))
		l.slots <- struct{}{}
		l.started()
		l.inFlight.Go(func() {
			defer l.answered()
			l.post(a)
		})
	}
	l.inFlight.Wait()
}

func (l *line) started() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
	l.last = time.Now()
}

func (l *line) answered() {
	<-l.slots
	l.mu.Lock()
	l.waiting--
	tell := l.hungry && l.waiting <= maxInFlight
	if tell {
		l.hungry = false
	}
	l.mu.Unlock()
	if tell {
		l.drained()
	}
}
