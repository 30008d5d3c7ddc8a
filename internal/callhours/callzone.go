package callhours

import (
	"fmt"
	"strings"
	"time"
)

// WindowFor is Window for a group of employees who share calling hours, in the
// form in which the database groups them: "country|zone,zone|stated zone" (the
// generated column employees.call_zone). Where no window comes within the
// horizon it returns an empty one at the horizon, to be asked again then.
func (z *Zones) WindowFor(callZone string, now time.Time) (openFrom, openUntil time.Time, err error) {
	parts := strings.Split(callZone, "|")
	if len(parts) != 3 {
		return time.Time{}, time.Time{}, fmt.Errorf("read call zone %q: want country|zones|stated", callZone)
	}
	var numberZones []string
	if parts[1] != "" {
		numberZones = strings.Split(parts[1], ",")
	}
	openFrom, openUntil = z.Window(parts[0], numberZones, parts[2], Narrow{}, now)
	if openFrom.IsZero() {
		never := now.Add(horizon * 24 * time.Hour)
		return never, never, nil
	}
	return openFrom, openUntil, nil
}
