package dialer

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/clock"
)

// Limits of one replica's line to the carrier.
const (
	maxInFlight = 64              // requests at once
	maxWaiting  = 2 * maxInFlight // claimed and not answered yet, in flight included, while nothing is known about the carrier's speed
	mostWaiting = 8 * maxWaiting  // at one that is fast
	leastQueued = 4               // claimed and not started, at one that is slow

	// startWithin is how late after its claim looked at the campaigns a call may
	// start: a pause must be the last word within 250 ms (I7), whatever the carrier
	// does and however long the claim took.
	startWithin = lead + tick + 100*time.Millisecond

	// slack is the least time that may pass between the beginning of a slot and
	// the arrival of its POST at the carrier. At a high rate a slot is shorter
	// than a busy machine's hiccup.
	slack = 40 * time.Millisecond
)

// spacing is the time between two slots at a rate of calls per second.
//
// The carrier may see rate+1 calls in any second, of all replicas together
// (I5). Where each call arrives at most A after the beginning of its slot, the
// calls that arrive within a second have slots within 1 s + A, and these are at
// most (1 s + A) / spacing, rounded up. That is rate+1 while A is no more than
// 1/rate; where A is the longer slack, slots lie so far apart that it still is:
// 51 instead of 50 in 1.04 s. It costs nothing up to 25 calls a second and 4 %
// at any rate.
func spacing(rate float64) time.Duration {
	return max(time.Duration(float64(time.Second)/rate), time.Duration(float64(time.Second+slack)/(rate+1)))
}

// lateness is how long after the beginning of its slot a POST may start: half
// of A above; the other half is for its way to the carrier.
func lateness(spacing time.Duration) time.Duration { return max(spacing, slack) / 2 }

// slot is a place in the pace: between these local times one POST may start,
// not too soon by any reading of the clocks, and not too late.
type slot struct {
	from, until time.Time
}

// claimed is one attempt that is committed as 'placing' and may be posted once.
type claimed struct {
	ID       uuid.UUID
	Phone    string
	Sender   string
	Preview  bool
	slot     slot
	deadline time.Time // local time after which its POST must not start
}

// line starts what was claimed, one by one, each in a slot. The database spaces
// the slots of all replicas; the line sees to it that a replica that was held
// up does not make up for it by a burst: a slot that has passed is gone, and
// whoever is left without one takes a new one or goes back (I5).
type line struct {
	spacing time.Duration
	post    func(claimed)
	drained func() // there is room again, and somebody asked to be told
	// renew takes n new slots; nil where nobody else shares the pace, and then
	// slots do not pass.
	renew func(n int) (pacing, error)

	queue    chan claimed
	places   chan struct{} // of requests in flight
	inFlight sync.WaitGroup

	mu      sync.Mutex
	waiting int    // claimed and not answered yet
	queued  int    // of these, not started yet
	slots   []slot // in which they may start, in order of time
	last    time.Time
	hungry  bool
	closed  bool
	speed   speed

	renewing bool          // new slots are on their way
	failed   bool          // they were, and did not come
	renewed  chan struct{} // told when one or the other is known
}

func newLine(spacing time.Duration, post func(claimed), drained func()) *line {
	// The queue holds more than is ever claimed, so that adding never waits:
	// previews come on top of what the claim counts.
	return &line{spacing: spacing, post: post, drained: drained, queue: make(chan claimed, 2*mostWaiting),
		places: make(chan struct{}, maxInFlight), renewed: make(chan struct{}, 1)}
}

// slot is the i-th of those that were taken from the pace.
func (l *line) slot(p pacing, i int) slot {
	begins := p.next.Add(time.Duration(i) * l.spacing)
	return slot{from: p.latest(begins), until: p.earliest(begins).Add(lateness(l.spacing))}
}

// room is how many more may be claimed now. Whoever gets less than they want
// because of it is woken when there is room again.
func (l *line) room(wanted int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := max(0, maxInFlight+l.depth()-l.waiting)
	l.hungry = wanted > room
	return min(wanted, room)
}

// depth is how many may be claimed and not started. A claim costs its round
// trips whatever its size, so that a fast carrier wants a deep queue; but what
// waits must start before its time has passed, which is two ticks: one for the
// claim, one for the line.
func (l *line) depth() int {
	if l.speed.perS == 0 {
		return maxWaiting - maxInFlight
	}
	return min(max(leastQueued, int(l.speed.perS*tick.Seconds())), mostWaiting-maxInFlight)
}

// fed reports, once, that there is room for whoever did not get all they
// wanted: while half of the queue is left, so that it need not run dry.
func (l *line) fed() bool {
	tell := l.hungry && l.queued <= l.depth()/2 && l.waiting < maxInFlight+l.depth()
	l.hungry = l.hungry && !tell
	return tell
}

// speed is how fast the carrier answers while there is something for it to do.
type speed struct {
	perS    float64 // 0: not known yet
	answers int
	busy    time.Duration
	last    time.Time
	waited  bool // something waited when the last answer came
}

// count notes an answer, and whether more is waiting.
func (s *speed) count(now time.Time, more bool) {
	if s.waited {
		s.answers++
		s.busy += now.Sub(s.last)
	}
	s.last, s.waited = now, more
	if s.busy >= tick {
		s.perS = float64(s.answers) / s.busy.Seconds()
		s.answers, s.busy = 0, 0
	}
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

// add queues a claimed call and its slot; it reports false once the line is
// closed.
func (l *line) add(a claimed) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.queue) == cap(l.queue) {
		return false
	}
	l.waiting++
	l.queued++
	l.keep(a.slot)
	l.queue <- a
	return true
}

// keep puts a slot among the others: a preview and a claim may come in another
// order than that of their slots.
func (l *line) keep(s slot) {
	at, _ := slices.BinarySearchFunc(l.slots, s, func(a, b slot) int { return a.from.Compare(b.from) })
	l.slots = slices.Insert(l.slots, at, s)
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
		l.enter(a.deadline)
		if !l.await(a.deadline) {
			a.deadline = time.Now() // too late: it goes back
			l.left()
			l.post(a)
			l.done(false)
			continue
		}
		l.inFlight.Go(func() {
			defer l.done(true)
			l.post(a)
		})
	}
	l.inFlight.Wait()
}

// enter waits until one more request may be on its way. Slots that pass
// meanwhile are replaced, so that there are some when it may; but not for whom
// no slot is of use any more.
func (l *line) enter(deadline time.Time) {
	for !clock.Passed(deadline) {
		select {
		case l.places <- struct{}{}:
			return
		case <-time.After(lateness(l.spacing) / 4):
			l.first() // for the stock that it keeps
		}
	}
	l.places <- struct{}{}
}

// await returns when the next call starts; it reports false where it may not
// until its deadline, and leaves its slot to those behind it then. After a
// hiccup the line comes back into step, but never by starting everything at once.
func (l *line) await(deadline time.Time) bool {
	for {
		if l.renew != nil && clock.Passed(deadline) {
			return false // before it takes a slot that it cannot use
		}
		s, ok := l.next(deadline)
		if !ok {
			return false
		}
		at := l.last.Add(l.spacing * 4 / 5)
		if s.from.After(at) {
			at = s.from
		}
		switch {
		case l.renew == nil:
			time.Sleep(time.Until(at))
			l.start(s)
			return true
		case at.After(deadline), clock.Passed(deadline):
			return false
		case !at.After(s.until):
			time.Sleep(time.Until(at))
			if !clock.Passed(s.until) {
				l.start(s)
				return true
			}
		}
		l.drop(s)
	}
}

// next is the first slot that has not passed. Where all have, it waits for new
// ones, until the deadline at most; where none come, some go back.
func (l *line) next(deadline time.Time) (slot, bool) {
	for {
		if s, ok := l.first(); ok {
			return s, true
		}
		select {
		case <-l.renewed:
			if l.without() {
				return slot{}, false
			}
		case <-time.After(time.Until(deadline)):
			return slot{}, false
		}
	}
}

// first drops the slots that have passed, has missing ones taken, and returns
// the next, if there is one.
func (l *line) first() (slot, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stock()
	if len(l.slots) == 0 {
		return slot{}, false
	}
	return l.slots[0], true
}

// without reports that new slots were asked for and did not come.
func (l *line) without() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// stock sees to it that there are slots for those who are queued: as many as
// they are, and of these as many that are still good when the next ones come as
// a carrier of this speed takes until then. One that is slower than the pace
// lets slots pass all the time, and must not wait for a commit for each. It is
// called with the lock held, and a renewal runs beside the line.
func (l *line) stock() {
	if l.renew == nil {
		return
	}
	now := time.Now()
	for len(l.slots) > 0 && clock.Passed(l.slots[0].until) {
		l.slots = l.slots[1:]
	}
	if l.renewing {
		return
	}
	margin := lateness(l.spacing)
	good := 0
	for _, s := range slices.Backward(l.slots) { // of those that pass last
		if !s.until.After(now.Add(margin / 2)) {
			break
		}
		good++
	}
	soon := min(l.queued, max(maxInFlight, int(l.speed.perS*margin.Seconds())))
	missing := max(l.queued-len(l.slots), soon-good)
	if missing <= 0 {
		return
	}
	l.renewing, l.failed = true, false
	l.inFlight.Go(func() { l.take(missing) })
}

// take adds n new slots.
func (l *line) take(n int) {
	p, err := l.renew(n)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range n {
		if err == nil {
			l.keep(l.slot(p, i))
		}
	}
	l.renewing, l.failed = false, err != nil
	select {
	case l.renewed <- struct{}{}:
	default: // it knows already
	}
}

// start takes a call and its slot out of the queue.
func (l *line) start(s slot) {
	l.drop(s)
	l.mu.Lock()
	l.queued--
	l.last = time.Now()
	tell := l.fed()
	l.mu.Unlock()
	if tell {
		l.drained()
	}
}

// drop removes one slot; by now it need not be the first.
func (l *line) drop(s slot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := slices.Index(l.slots, s); at >= 0 {
		l.slots = slices.Delete(l.slots, at, at+1)
	}
}

// left takes a call out of the queue that does not start.
func (l *line) left() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
}

// done makes room for the next; answered says whether the carrier was asked at
// all: what went back tells nothing about its speed.
func (l *line) done(answered bool) {
	<-l.places
	l.mu.Lock()
	l.waiting--
	if answered {
		l.speed.count(time.Now(), l.queued > 0)
	}
	tell := l.fed()
	l.mu.Unlock()
	if tell {
		l.drained()
	}
}
