package engine

import (
	"context"
	"slices"
)

// Watcher collects what has changed since it last looked, so that a slow
// reader gets less detail and never holds up the carrier.
type Watcher struct {
	e      *Engine
	phones map[string]bool
	all    bool
	signal chan struct{}
}

// Watch starts watching; the caller must Stop.
func (e *Engine) Watch() *Watcher {
	w := &Watcher{e: e, phones: map[string]bool{}, signal: make(chan struct{}, 1)}
	defer e.enter()()
	e.watchers[w] = struct{}{}
	return w
}

// Stop ends the watching.
func (w *Watcher) Stop() {
	defer w.e.enter()()
	delete(w.e.watchers, w)
}

// Wait returns the numbers of the phones that changed, in order; feeds reports
// that something outside the phones did (webhooks, faults, findings).
func (w *Watcher) Wait(ctx context.Context) (phones []string, feeds bool, err error) {
	select {
	case <-w.signal:
	case <-w.e.ctx.Done():
		return nil, false, context.Canceled
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	defer w.e.enter()()
	for p := range w.phones {
		phones = append(phones, p)
	}
	slices.Sort(phones)
	feeds = w.all
	clear(w.phones)
	w.all = false
	return phones, feeds, nil
}

// touch tells everybody who waits that something changed: at a phone, or
// elsewhere when its number is empty.
func (e *Engine) touch(phone string) {
	close(e.changed)
	e.changed = make(chan struct{})
	for w := range e.watchers {
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
