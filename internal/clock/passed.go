package clock

import "time"

// Passed reports whether a deadline made by time.Now has passed, by the
// monotonic clock or by the wall clock: the former stands still while a virtual
// machine is suspended, the latter may be set back. It is machine time, for
// what must not begin too late, and no business time.
func Passed(deadline time.Time) bool {
	now := time.Now()
	return !now.Before(deadline) || !now.Round(0).Before(deadline.Round(0))
}
