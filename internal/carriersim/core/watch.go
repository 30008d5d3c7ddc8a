package core

import (
	"context"
	"slices"
)

// Watcher collects what has changed since it last looked, so that a slow
// reader gets less detail and never holds up the carrier.
type Watcher struct {
	c      *Core
	phones map[string]bool
	all    bool
	signal chan struct{}
}

// Watch starts watching; the caller must Stop.
// Watch and Stop take the lock themselves.
func (c *Core) Watch() *Watcher {
	w := &Watcher{c: c, phones: map[string]bool{}, signal: make(chan struct{}, 1)}
	defer c.Enter()()
	c.watchers[w] = struct{}{}
	return w
}

// Stop ends the watching.
func (w *Watcher) Stop() {
	defer w.c.Enter()()
	delete(w.c.watchers, w)
}

// Wait returns the numbers of the phones that changed, in order; feeds reports
// that something outside the phones did (webhooks, faults, findings).
func (w *Watcher) Wait(ctx context.Context) (phones []string, feeds bool, err error) {
	select {
	case <-w.signal:
	case <-w.c.ctx.Done():
		return nil, false, context.Canceled
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	defer w.c.Enter()()
	for p := range w.phones {
		phones = append(phones, p)
	}
	slices.Sort(phones)
	feeds = w.all
	clear(w.phones)
	w.all = false
	return phones, feeds, nil
}

// Touch tells everybody who waits that something changed: at a phone, or
// elsewhere when its number is empty.
func (c *Core) Touch(phone string) {
	close(c.changed)
	c.changed = make(chan struct{})
	for w := range c.watchers {
		if phone == "" {
			w.all = true
		} else {
			w.phones[phone] = true
		}
		select {
		case w.signal <- struct{}{}:
		default:
		}
	}
}
