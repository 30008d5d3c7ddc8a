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
	country, numberZones, stated, err := partsOf(callZone)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	openFrom, openUntil = z.Window(country, numberZones, stated, Narrow{}, now)
	if openFrom.IsZero() {
		never := now.Add(horizon * 24 * time.Hour)
		return never, never, nil
	}
	return openFrom, openUntil, nil
}

// ZonesOf names the zones whose hours have to be kept for such a group, and the
// country whose rules apply to its numbers.
func (z *Zones) ZonesOf(callZone string) (country string, names []string, err error) {
	country, numberZones, stated, err := partsOf(callZone)
	if err != nil {
		return "", nil, err
	}
	for _, where := range z.applicable(country, numberZones, stated) {
		names = append(names, where.name)
	}
	return country, names, nil
}

func partsOf(callZone string) (country string, numberZones []string, stated string, err error) {
	parts := strings.Split(callZone, "|")
	if len(parts) != 3 {
		return "", nil, "", fmt.Errorf("read call zone %q: want country|zones|stated", callZone)
	}
	if parts[1] != "" {
		numberZones = strings.Split(parts[1], ",")
	}
	return parts[0], numberZones, parts[2], nil
}
