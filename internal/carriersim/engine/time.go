package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// ErrNotManual refuses to advance a clock that runs by itself.
var ErrNotManual = errors.New("the clock runs by itself and cannot be advanced")

// SetClock continues on another clock; calls under way keep their instants.
func (e *Engine) SetClock(mode string, factor float64) error {
	defer e.enter()()
	now := e.sched.Now()
	switch mode {
	case "real":
		e.sched.SetClock(vclock.NewScaled(now, 1))
	case "scaled":
		if factor <= 0 || factor > 100_000 {
			return fmt.Errorf("set clock: factor %v: want more than 0, at most 100000", factor)
		}
		e.sched.SetClock(vclock.NewScaled(now, factor))
	case "manual":
		e.sched.SetClock(vclock.NewManual(now))
	default:
		return fmt.Errorf("set clock: mode %q: want real, scaled or manual", mode)
	}
	return nil
}

// ClockMode describes the clock in use.
func (e *Engine) ClockMode() (mode string, factor float64) {
	defer e.enter()()
	switch c := e.sched.Clock().(type) {
	case *vclock.Scaled:
		if c.Factor() == 1 {
			return "real", 1
		}
		return "scaled", c.Factor()
	case vclock.Advancer:
		return "manual", 0
	}
	return "external", 0
}

// frozenWhileFetching tells whether a call's own time stands still while its
// instructions are being fetched: on every clock but a real one, where 20 ms
// of the application's time would otherwise become seconds of the call's.
func (e *Engine) frozenWhileFetching() bool {
	c, ok := e.sched.Clock().(*vclock.Scaled)
	return !ok || c.Factor() > 1
}

// Next tells when the earliest event falls due.
func (e *Engine) Next() (time.Time, bool) {
	defer e.enter()()
	return e.sched.Next()
}

// InFlight is the number of webhooks that the application has not answered and
// of its own requests that are being served: as long as there are any, a clock
// that is moved by hand should stand still.
func (e *Engine) InFlight() int {
	defer e.enter()()
	return e.aloft + e.serving
}

// Serve counts a request of the application's as in flight until done is
// called, so that what it sets in motion is not overtaken by the clock.
func (e *Engine) Serve() (done func()) {
	defer e.enter()()
	e.serving++
	return func() {
		defer e.enter()()
		e.serving--
		e.touch("")
	}
}

// Changed returns a channel that is closed at the next change of anything.
func (e *Engine) Changed() <-chan struct{} {
	defer e.enter()()
	return e.changed
}

// Quiet waits until no request is in flight, either way.
func (e *Engine) Quiet(ctx context.Context) error {
	for {
		changed := e.Changed()
		if e.InFlight() == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for webhooks in flight: %w", ctx.Err())
		}
	}
}

// Idle waits until no webhook is in flight and no event is planned.
func (e *Engine) Idle(ctx context.Context) error {
	for {
		changed := e.Changed()
		e.mu.Lock()
		_, planned := e.sched.Next()
		idle := e.aloft+e.serving == 0 && !planned
		e.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait until idle: %w", ctx.Err())
		}
	}
}

// Advance moves a manual clock by d in steps from event to event, and lets the
// application answer what it was asked before time goes on.
func (e *Engine) Advance(ctx context.Context, d time.Duration) error {
	target := e.Now().Add(d)
	for {
		if err := e.Quiet(ctx); err != nil {
			return err
		}
		e.mu.Lock()
		clock, ok := e.sched.Clock().(vclock.Advancer)
		now := e.sched.Now()
		next, planned := e.sched.Next()
		e.mu.Unlock()
		if !ok {
			return ErrNotManual
		}
		step := target.Sub(now)
		if planned && next.Before(target) {
			step = next.Sub(now)
		} else if step <= 0 && !planned {
			return nil
		} else if step <= 0 && next.After(target) {
			return nil
		}
		clock.Advance(max(step, 0))
	}
}
