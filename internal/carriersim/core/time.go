package core

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
func (c *Core) SetClock(mode string, factor float64) error {
	defer c.Enter()()
	now := c.sched.Now()
	switch mode {
	case "real":
		c.sched.SetClock(vclock.NewScaled(now, 1))
	case "scaled":
		if factor <= 0 || factor > 100_000 {
			return fmt.Errorf("set clock: factor %v: want more than 0, at most 100000", factor)
		}
		c.sched.SetClock(vclock.NewScaled(now, factor))
	case "manual":
		c.sched.SetClock(vclock.NewManual(now))
	default:
		return fmt.Errorf("set clock: mode %q: want real, scaled or manual", mode)
	}
	return nil
}

// ClockMode describes the clock in use.
func (c *Core) ClockMode() (mode string, factor float64) {
	defer c.Enter()()
	switch clock := c.sched.Clock().(type) {
	case *vclock.Scaled:
		if clock.Factor() == 1 {
			return "real", 1
		}
		return "scaled", clock.Factor()
	case vclock.Advancer:
		return "manual", 0
	}
	return "external", 0
}

// FrozenWhileFetching tells whether a call's own time stands still while its
// instructions are being fetched: on every clock but a real one, where 20 ms
// of the application's time would otherwise become seconds of the call's.
func (c *Core) FrozenWhileFetching() bool {
	clock, ok := c.sched.Clock().(*vclock.Scaled)
	return !ok || clock.Factor() > 1
}

// Next tells when the earliest event falls due.
func (c *Core) Next() (time.Time, bool) {
	defer c.Enter()()
	return c.sched.Next()
}

// InFlight is the number of webhooks that the application has not answered and
// of its own requests that are being served: as long as there are any, a clock
// that is moved by hand should stand still.
func (c *Core) InFlight() int {
	defer c.Enter()()
	return c.aloft + c.serving
}

// Serve counts a request of the application's as in flight until done is
// called, so that what it sets in motion is not overtaken by the clock.
func (c *Core) Serve() (done func()) {
	defer c.Enter()()
	c.serving++
	return func() {
		defer c.Enter()()
		c.serving--
		c.Touch("")
	}
}

// Changed returns a channel that is closed at the next change of anything.
func (c *Core) Changed() <-chan struct{} {
	defer c.Enter()()
	return c.changed
}

// Quiet waits until no request is in flight, either way.
func (c *Core) Quiet(ctx context.Context) error {
	for {
		changed := c.Changed()
		if c.InFlight() == 0 {
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
func (c *Core) Idle(ctx context.Context) error {
	for {
		changed := c.Changed()
		c.mu.Lock()
		_, planned := c.sched.Next()
		idle := c.aloft+c.serving == 0 && !planned
		c.mu.Unlock()
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
// application answer what it was asked before time goes on. It takes the lock
// itself, as do all methods of this file but Now, After, Clock and
// FrozenWhileFetching.
func (c *Core) Advance(ctx context.Context, d time.Duration) error {
	leave := c.Enter()
	target := c.Now().Add(d)
	leave()
	for {
		if err := c.Quiet(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		clock, ok := c.sched.Clock().(vclock.Advancer)
		now := c.sched.Now()
		next, planned := c.sched.Next()
		c.mu.Unlock()
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

// Now is the present instant of the carrier's clock.
func (c *Core) Now() time.Time { return c.sched.Now() }

// After plans f, which runs with the lock held.
func (c *Core) After(d time.Duration, f func()) *vclock.Timer { return c.sched.After(d, f) }

// Clock is the clock in use.
func (c *Core) Clock() vclock.Clock { return c.sched.Clock() }

// Later is the later of two instants.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
