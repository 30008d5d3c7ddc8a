package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How long a pressed key that could not be stored is tried again. The carrier
// posts a key once, and whoever pressed it may have hung up meanwhile.
const (
	owedFirst  = 250 * time.Millisecond
	owedMost   = 5 * time.Second
	owedWithin = 10 * time.Minute
	// owedAtMost bounds the keys that are kept; each belongs to a call that is
	// going on, so that more would be a fault of ours.
	owedAtMost = 10_000
)

// owed keeps the keys that people pressed while the database was away, and
// applies them as soon as it is back: a 9 must not be lost because nobody could
// write it down (I2). Applying a key twice changes nothing.
type owed struct {
	log *slog.Logger

	mu      sync.Mutex
	pending map[string]bool
	closing chan struct{}
	running sync.WaitGroup
}

func newOwed(log *slog.Logger) *owed {
	return &owed{log: log, pending: map[string]bool{}, closing: make(chan struct{})}
}

// keep tries until it works, once for each name at a time.
func (o *owed) keep(name string, apply func(context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.closing:
		return
	default:
	}
	if o.pending[name] || len(o.pending) >= owedAtMost {
		return
	}
	o.pending[name] = true
	o.running.Go(func() {
		o.try(name, apply)
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.pending, name)
	})
}

func (o *owed) try(name string, apply func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), owedWithin)
	defer cancel()
	closing := o.closing
	for pause := owedFirst; ; pause = min(2*pause, owedMost) {
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-closing:
			// One more try at once; then the process has no time left.
			wait.Stop()
		}
		one, done := context.WithTimeout(ctx, owedMost)
		err := apply(one)
		done()
		if err == nil {
			return
		}
		select {
		case <-closing:
			o.log.ErrorContext(ctx, "a pressed key is lost with this process", "key", name, "error", err)
			return
		case <-ctx.Done():
			o.log.ErrorContext(ctx, "a pressed key could not be stored", "key", name, "error", err)
			return
		default:
		}
	}
}

// drain tries what is owed once more and returns when nothing is left to try.
func (o *owed) drain(ctx context.Context) {
	o.mu.Lock()
	select {
	case <-o.closing:
	default:
		close(o.closing)
	}
	o.mu.Unlock()
	done := make(chan struct{})
	go func() { o.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
