package consent

import (
	"context"
	"time"
)

// SweepEvery leaves time to spare within the 90 s in which a lost STOP must be found (I2).
const SweepEvery = time.Minute

// SweptWithin is how long after the last complete sweep of a number somebody is
// still invited from it, as the database writes a time. The dialler's rule is
// the same: a STOP may lie there unread (I2).
const SweptWithin = "5 minutes"

// RunSweeps sweeps at once and then at each interval until ctx ends. It is a loop
// of its own on every replica, not a job: a job waits behind others, and one
// whose process dies waits to be rescued. What two replicas find at once is
// taken once, by its MessageSid.
func (t *Texter) RunSweeps(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if _, err := t.Sweep(ctx); err != nil && ctx.Err() == nil {
			t.Log.ErrorContext(ctx, "sweep for lost texts", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
