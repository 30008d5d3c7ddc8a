package callhours

import (
	"fmt"
	"time"
)

// Quiet is the part of each local day in which a person wants no calls:
// minutes after midnight by the clock of Zone, half-open. One that ends before
// it starts goes past midnight. Like Narrow it can only ever take time away.
type Quiet struct {
	Start, End int
	Zone       string
}

// quietAhead is how many local days are looked at: any two of them in a row
// have a span, also where a change of clocks swallows a short one.
const quietAhead = 3

// QuietSpan returns the span that is on at now, or else the next one, Margin
// wider on both sides. Between now and from a call may start. Where a change
// of clocks makes a wall time come twice, the span holds both; where it leaves
// one out, the change itself takes its place.
func (z *Zones) QuietSpan(q Quiet, now time.Time) (from, until time.Time, err error) {
	where := z.zones[q.Zone]
	if where == nil || q.Start < 0 || q.Start >= day || q.End < 0 || q.End >= day || q.Start == q.End {
		return time.Time{}, time.Time{}, fmt.Errorf("read quiet hours %d to %d in %q: want two different minutes of a day, in a known zone", q.Start, q.End, q.Zone)
	}
	year, month, date := now.In(where.location).Date()
	for offset := -2; offset <= quietAhead; offset++ {
		start, _ := where.instants(year, month, date+offset, q.Start)
		last := date + offset
		if q.End < q.Start {
			last++
		}
		_, end := where.instants(year, month, last, q.End)
		if !start.Before(end) {
			continue // the change of clocks leaves it out
		}
		start, end = start.Add(-Margin), end.Add(Margin)
		switch {
		case from.IsZero() || until.Before(start) && !until.After(now):
			from, until = start, end // the one before is over
		case until.Before(start):
			return from.UTC(), until.UTC(), nil
		default:
			until = end // they touch: there is no time between them
		}
	}
	return from.UTC(), until.UTC(), nil
}

// instants returns the first and the last instant at which the clocks show a
// minute of a date: two in the hour that comes twice, else one and the same.
func (w *zone) instants(year int, month time.Month, date, minute int) (first, last time.Time) {
	wall := time.Date(year, month, date, 0, minute, 0, 0, time.UTC)
	// Zones change their clocks by an hour or two, and not twice in a day.
	first = w.showing(wall, wall.Add(-26*time.Hour))
	last = w.showing(wall, wall.Add(26*time.Hour))
	switch {
	case first.IsZero() && last.IsZero(): // left out: the clocks jump over it
		_, change := wall.Add(-26 * time.Hour).In(w.location).ZoneBounds()
		return change, change
	case first.IsZero():
		return last, last
	case last.IsZero():
		return first, first
	}
	return first, last
}

// showing is the instant at which the clocks would show wall if they were set
// as they are at the other instant; zero if they show something else then.
func (w *zone) showing(wall, asAt time.Time) time.Time {
	_, offset := asAt.In(w.location).Zone()
	instant := wall.Add(-time.Duration(offset) * time.Second).In(w.location)
	if _, then := instant.Zone(); then != offset {
		return time.Time{}
	}
	return instant
}

// FirstCall returns when a call to somebody may first start, at or after at and
// before a limit, if they have asked for quiet hours (nil: none) or for no
// calls until an instant (zero: none). ok is false if there is no such time.
func (z *Zones) FirstCall(callZone string, quiet *Quiet, pausedUntil, at, limit time.Time) (first time.Time, ok bool, err error) {
	first = at
	if pausedUntil.After(first) {
		first = pausedUntil
	}
	for first.Before(limit) {
		open, _, err := z.WindowFor(callZone, first)
		if err != nil {
			return time.Time{}, false, err
		}
		if first.Before(open) {
			first = open
			continue
		}
		if quiet == nil {
			return first, true, nil
		}
		from, until, err := z.QuietSpan(*quiet, first)
		if err != nil {
			return time.Time{}, false, err
		}
		if first.Before(from) {
			return first, true, nil
		}
		first = until
	}
	return time.Time{}, false, nil
}

// LastInstant is the last instant at which the clocks of a zone show a wall time,
// of which only date, hour and minute count; one that a change of clocks leaves
// out is the change itself. ok is false when the zone is not Valid.
func (z *Zones) LastInstant(zone string, wall time.Time) (instant time.Time, ok bool) {
	where := z.zones[zone]
	if where == nil {
		return time.Time{}, false
	}
	year, month, date := wall.Date()
	_, last := where.instants(year, month, date, wall.Hour()*60+wall.Minute())
	return last.UTC(), true
}

// Canonical is the name among Names of a Valid zone, and its country; both are
// empty for any other.
func (z *Zones) Canonical(name string) (canonical, country string) {
	if found := z.zones[name]; found != nil {
		return found.name, found.country
	}
	return "", ""
}
