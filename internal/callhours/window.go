package callhours

import (
	"errors"
	"slices"
	"time"
)

// Countries with rules.
const (
	Canada       = "CA"
	UnitedStates = "US"
)

const (
	// Margin keeps calls off the very edges of a window, for clocks that
	// disagree by some seconds and for the time until the phone rings.
	Margin = time.Minute
	// horizon is how many days ahead a window is looked for. Rules repeat
	// weekly; the rest is for zones around a date line of theirs.
	horizon = 9
	day     = 24 * 60
)

// Span is a part of a local day in minutes after midnight, half-open.
type Span struct {
	From, Until int
}

// Narrow is what an account allows on each weekday (index time.Weekday), nil
// where it adds nothing to the law. A span that ends no later than it starts
// closes the day. It can only ever take time away.
type Narrow [7]*Span

// Validate refuses what is not a span of one day.
func (n Narrow) Validate() error {
	for _, s := range n {
		if s != nil && (s.From < 0 || s.From > day || s.Until < 0 || s.Until > day) {
			return errors.New("calling hours lie outside of the day")
		}
	}
	return nil
}

// lawful returns the hours of the law, by the called person's local time.
// Canada: Unsolicited Telecommunications Rules, part III, sections 23 and 24,
// which bind automatic dialling too. United States: 47 CFR 64.1200(c)(1).
func lawful(country string, weekday time.Weekday) Span {
	switch country {
	case Canada:
		if weekday == time.Saturday || weekday == time.Sunday {
			return Span{From: 10 * 60, Until: 18 * 60}
		}
		return Span{From: 9 * 60, Until: 21*60 + 30}
	case UnitedStates:
		return Span{From: 8 * 60, Until: 21 * 60}
	}
	return Span{} // no rule, no calls
}

func (s Span) and(other Span) Span {
	return Span{From: max(s.From, other.From), Until: min(s.Until, other.Until)}
}

// Window returns the window in which a call to an employee may start: the one
// that is open at now, or else the next. A call may start when
// !t.Before(openFrom) && t.Before(openUntil). Both are zero when there is no
// window within nine days, and for a country without rules.
//
// country is the number's. numberZones are the zones its holder may live in by
// the number, statedZone is what the employer said, each may be empty. Where
// they differ the call must be allowed in all; where nothing is known, in
// every zone of the country. A zone in the other country brings that country's
// hours with it.
func (z *Zones) Window(country string, numberZones []string, statedZone string, narrow Narrow, now time.Time) (openFrom, openUntil time.Time) {
	var open []interval
	for i, where := range z.applicable(country, numberZones, statedZone) {
		days := where.intervals(country, narrow, now)
		if i == 0 {
			open = days
		} else {
			open = intersect(open, days)
		}
	}
	for _, w := range open {
		from, until := w.from+int64(Margin/time.Second), w.until-int64(Margin/time.Second)
		if from < until && time.Unix(until, 0).After(now) {
			return time.Unix(from, 0).UTC(), time.Unix(until, 0).UTC()
		}
	}
	return time.Time{}, time.Time{}
}

// applicable lists the zones whose hours all have to be kept. A stated zone
// that is one of those the number allows settles the matter. A name that we
// do not know is as good as no knowledge.
func (z *Zones) applicable(country string, numberZones []string, statedZone string) []*zone {
	var zones []*zone
	if stated := z.zones[statedZone]; stated != nil {
		zones = append(zones, stated)
	}
	for _, name := range numberZones {
		found := z.zones[name]
		if found == nil {
			return z.all(country)
		}
		if len(zones) > 0 && found == z.zones[statedZone] {
			return []*zone{found}
		}
		if !slices.Contains(zones, found) {
			zones = append(zones, found)
		}
	}
	if len(zones) == 0 || statedZone != "" && z.zones[statedZone] == nil {
		return z.all(country)
	}
	return zones
}

func (z *Zones) all(country string) []*zone {
	var zones []*zone
	for _, name := range z.names {
		if z.zones[name].country == country {
			zones = append(zones, z.zones[name])
		}
	}
	return zones
}

// interval is half-open, in Unix seconds.
type interval struct{ from, until int64 }

// intervals are the open parts of the local days around now, in order.
func (w *zone) intervals(country string, narrow Narrow, now time.Time) []interval {
	year, month, date := now.In(w.location).Date()
	list := make([]interval, 0, horizon+1)
	// No window reaches past its own local day, so yesterday's are over.
	for offset := range horizon + 1 {
		midnight := time.Date(year, month, date+offset, 0, 0, 0, 0, time.UTC) // names the date only
		weekday := midnight.Weekday()
		span := lawful(country, weekday).and(lawful(w.country, weekday))
		if n := narrow[weekday]; n != nil {
			span = span.and(*n)
		}
		if span.From >= span.Until {
			continue
		}
		from := time.Date(year, month, date+offset, 0, span.From, 0, 0, w.location).Unix()
		until := time.Date(year, month, date+offset, 0, span.Until, 0, 0, w.location).Unix()
		if from < until {
			list = append(list, interval{from, until})
		}
	}
	return list
}

// intersect merges two ordered lists.
func intersect(a, b []interval) []interval {
	var both []interval
	for len(a) > 0 && len(b) > 0 {
		from, until := max(a[0].from, b[0].from), min(a[0].until, b[0].until)
		if from < until {
			both = append(both, interval{from, until})
		}
		if a[0].until < b[0].until {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}
