package dialer

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/twilio"
)

// crowded is a carrier at which a question is answered only when so many are
// asked at once, and that knows the most that ever were.
type crowded struct {
	*fakeCarrier
	want  int
	mu    sync.Mutex
	asked int
	most  int
	once  sync.Once
	full  chan struct{} // closed once want were asked at once
}

func newCrowded(c *fakeCarrier, want int) *crowded {
	return &crowded{fakeCarrier: c, want: want, full: make(chan struct{})}
}

func (c *crowded) ask(ctx context.Context) {
	c.mu.Lock()
	c.asked++
	if c.most = max(c.most, c.asked); c.asked == c.want {
		c.once.Do(func() { time.AfterFunc(100*time.Millisecond, func() { close(c.full) }) }) // one too many would come by then
	}
	c.mu.Unlock()
	select {
	case <-c.full:
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.asked--
	c.mu.Unlock()
}

func (c *crowded) ListCalls(ctx context.Context, to string, limit int) ([]twilio.CallState, error) {
	c.ask(ctx)
	return c.fakeCarrier.ListCalls(ctx, to, limit)
}

func (c *crowded) FetchCall(ctx context.Context, sid string) (twilio.CallState, error) {
	c.ask(ctx)
	return c.fakeCarrier.FetchCall(ctx, sid)
}

// left is a campaign whose calls an outage has left in a state, long enough ago
// to be asked about, and a replica that asks a crowded carrier.
func left(t *testing.T, people, want int, after func(w *world, ids []uuid.UUID)) (w *world, d *Dialer, carrier *crowded) {
	t.Helper()
	w = newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, people)
	w.launch(e)
	w.carrier.always(lost())
	ids := w.dialWithMost(people)
	after(w, ids)
	for _, a := range ids {
		w.age(a, placeWithin+silentAfter)
	}
	carrier = newCrowded(w.carrier, want)
	d = w.replica(fast, w.pool(12))
	d.Carrier = carrier
	return w, d, carrier
}

// What an outage leaves is asked about by several requests at once and by no
// more than that, and each call by its own.
func TestI3WhatAnOutageLeavesIsAskedAboutAtOnce(t *testing.T) {
	t.Parallel()
	const people = 40
	for name, c := range map[string]struct {
		after func(w *world, ids []uuid.UUID)
		want  string
	}{
		"answers lost": {func(*world, []uuid.UUID) {}, "queued"},
		"no news": {func(w *world, ids []uuid.UUID) {
			for _, a := range ids {
				w.status(a, 0, "ringing")
				w.carrier.set(a, "busy")
			}
		}, "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d, carrier := left(t, people, askAtOnce, c.after)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w.must(d.Reconcile(ctx))
			if n := query[int](w, `SELECT count(*) FROM attempts WHERE state = $1`, c.want); n != people || carrier.most != askAtOnce {
				t.Fatalf("%d of %d calls are found, %d were asked about at once, want %d", n, people, carrier.most, askAtOnce)
			}
			w.balanced()
		})
	}
}

// A carrier that answers no question keeps neither a connection to the database
// nor a place for a call: others are called meanwhile.
func TestI3QuestionsTakeNothingFromDialling(t *testing.T) {
	t.Parallel()
	w, d, carrier := left(t, 20, askAtOnce+1, func(*world, []uuid.UUID) {})
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { asked <- d.Reconcile(ctx) }()
	defer func() { cancel(); <-asked }()
	w.until("all questions to be asked", func() bool {
		carrier.mu.Lock()
		defer carrier.mu.Unlock()
		return carrier.asked == askAtOnce && d.Worker.Stat().AcquiredConns() == 0
	})
	f := w.employer("Bolt")
	w.people(f, 556, maxInFlight)
	w.launch(f)
	w.carrier.always(accept())
	list, err := d.claim(t.Context(), maxInFlight)
	w.must(err)
	if len(list) != maxInFlight {
		t.Fatalf("%d claimed while questions hang, want %d", len(list), maxInFlight)
	}
	for _, a := range list {
		w.placeSlowly(d, a)
	}
}
