package callhours_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/callhours"
)

const (
	ca = callhours.Canada
	us = callhours.UnitedStates
)

func at(t *testing.T, stamp string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestWindow(t *testing.T) {
	z := load(t)
	nineToFive := callhours.Narrow{}
	for d := time.Monday; d <= time.Friday; d++ {
		nineToFive[d] = &callhours.Span{From: 9 * 60, Until: 17 * 60}
	}
	never := callhours.Narrow{}
	for d := range never {
		never[d] = &callhours.Span{}
	}
	mondays := never
	mondays[time.Monday] = nil
	wider := callhours.Narrow{}
	for d := range wider {
		wider[d] = &callhours.Span{From: 0, Until: 24 * 60}
	}
	for _, tt := range []struct {
		name, country string
		number        []string
		stated        string
		narrow        callhours.Narrow
		now           string
		from, until   string // "" for never
	}{
		// 2026-12-14 is a Monday. With last year's rules these would be an hour later in UTC.
		{"Vancouver, weekday", ca, []string{"America/Vancouver"}, "", callhours.Narrow{}, "2026-12-14T00:00:00-07:00", "2026-12-14T09:01:00-07:00", "2026-12-14T21:29:00-07:00"},
		{"Edmonton, weekday", ca, []string{"America/Edmonton"}, "", callhours.Narrow{}, "2026-12-14T00:00:00-06:00", "2026-12-14T09:01:00-06:00", "2026-12-14T21:29:00-06:00"},
		{"Winnipeg, weekday", ca, []string{"America/Winnipeg"}, "", callhours.Narrow{}, "2026-12-14T00:00:00-05:00", "2026-12-14T09:01:00-05:00", "2026-12-14T21:29:00-05:00"},
		{"Inuvik, weekday", ca, []string{"America/Inuvik"}, "", callhours.Narrow{}, "2026-12-14T00:00:00-06:00", "2026-12-14T09:01:00-06:00", "2026-12-14T21:29:00-06:00"},
		{"Edmonton, Saturday 17:30 is open", ca, []string{"America/Edmonton"}, "", callhours.Narrow{}, "2026-12-12T17:30:00-06:00", "2026-12-12T10:01:00-06:00", "2026-12-12T17:59:00-06:00"},
		{"Edmonton, Saturday 18:00 is closed", ca, []string{"America/Edmonton"}, "", callhours.Narrow{}, "2026-12-12T18:00:00-06:00", "2026-12-13T10:01:00-06:00", "2026-12-13T17:59:00-06:00"},
		{"Toronto, the last minute is closed", ca, []string{"America/Toronto"}, "", callhours.Narrow{}, "2026-12-14T21:29:00-05:00", "2026-12-15T09:01:00-05:00", "2026-12-15T21:29:00-05:00"},
		{"Toronto, a second before it is open", ca, []string{"America/Toronto"}, "", callhours.Narrow{}, "2026-12-14T21:28:59-05:00", "2026-12-14T09:01:00-05:00", "2026-12-14T21:29:00-05:00"},
		{"Toronto, Friday night waits for Saturday", ca, []string{"America/Toronto"}, "", callhours.Narrow{}, "2026-12-11T23:00:00-05:00", "2026-12-12T10:01:00-05:00", "2026-12-12T17:59:00-05:00"},
		{"New York, Sunday", us, []string{"America/New_York"}, "", callhours.Narrow{}, "2026-12-13T06:00:00-05:00", "2026-12-13T08:01:00-05:00", "2026-12-13T20:59:00-05:00"},
		{"New York, the day clocks go forward", us, []string{"America/New_York"}, "", callhours.Narrow{}, "2027-03-14T00:30:00-05:00", "2027-03-14T08:01:00-04:00", "2027-03-14T20:59:00-04:00"},
		{"Toronto, the day clocks go back", ca, []string{"America/Toronto"}, "", callhours.Narrow{}, "2026-11-01T00:30:00-04:00", "2026-11-01T10:01:00-05:00", "2026-11-01T17:59:00-05:00"},
		{"number in New York, person in Los Angeles", us, []string{"America/New_York"}, "America/Los_Angeles", callhours.Narrow{}, "2026-12-14T06:00:00-08:00", "2026-12-14T08:01:00-08:00", "2026-12-14T17:59:00-08:00"},
		{"the stated zone is one of the number's", ca, []string{"America/Edmonton", "America/Vancouver"}, "America/Vancouver", callhours.Narrow{}, "2026-12-14T20:45:00-07:00", "2026-12-14T09:01:00-07:00", "2026-12-14T21:29:00-07:00"},
		{"two zones and none stated", ca, []string{"America/Edmonton", "America/Vancouver"}, "", callhours.Narrow{}, "2026-12-14T00:00:00-07:00", "2026-12-14T09:01:00-07:00", "2026-12-14T20:29:00-07:00"},
		{"American number, person in Toronto on a Saturday", us, []string{"America/New_York"}, "America/Toronto", callhours.Narrow{}, "2026-12-12T08:30:00-05:00", "2026-12-12T10:01:00-05:00", "2026-12-12T17:59:00-05:00"},
		{"alternative name", us, nil, "US/Pacific", callhours.Narrow{}, "2026-12-14T09:00:00-08:00", "2026-12-14T08:01:00-08:00", "2026-12-14T20:59:00-08:00"},
		{"nothing known in Canada", ca, nil, "", callhours.Narrow{}, "2026-12-14T00:00:00-05:00", "2026-12-14T09:01:00-07:00", "2026-12-14T21:29:00-03:30"},
		{"nothing known in the United States", us, nil, "", callhours.Narrow{}, "2026-12-14T00:00:00-05:00", "2026-12-14T08:01:00-10:00", "2026-12-14T20:59:00-05:00"},
		{"unknown stated zone", ca, []string{"America/Toronto"}, "Europe/Paris", callhours.Narrow{}, "2026-12-14T00:00:00-05:00", "2026-12-14T09:01:00-07:00", "2026-12-14T21:29:00-03:30"},
		{"unknown zone of the number", ca, []string{"America/Nowhere"}, "America/Toronto", callhours.Narrow{}, "2026-12-14T00:00:00-05:00", "2026-12-14T09:01:00-07:00", "2026-12-14T21:29:00-03:30"},
		{"account keeps office hours", ca, []string{"America/Toronto"}, "", nineToFive, "2026-12-14T17:00:00-05:00", "2026-12-15T09:01:00-05:00", "2026-12-15T16:59:00-05:00"},
		{"account cannot widen", ca, []string{"America/Toronto"}, "", wider, "2026-12-14T05:00:00-05:00", "2026-12-14T09:01:00-05:00", "2026-12-14T21:29:00-05:00"},
		{"account calls on Mondays", ca, []string{"America/Toronto"}, "", mondays, "2026-12-14T21:40:00-05:00", "2026-12-21T09:01:00-05:00", "2026-12-21T21:29:00-05:00"},
		{"account never calls", ca, []string{"America/Toronto"}, "", never, "2026-12-14T12:00:00-05:00", "", ""},
		{"country without rules", "JM", []string{"America/Toronto"}, "", callhours.Narrow{}, "2026-12-14T12:00:00-05:00", "", ""},
		{"no country", "", nil, "America/Toronto", callhours.Narrow{}, "2026-12-14T12:00:00-05:00", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, until := z.Window(tt.country, tt.number, tt.stated, tt.narrow, at(t, tt.now))
			if tt.from == "" {
				if !from.IsZero() || !until.IsZero() {
					t.Fatalf("open from %s until %s, want never", from, until)
				}
				return
			}
			if !from.Equal(at(t, tt.from)) || !until.Equal(at(t, tt.until)) {
				t.Errorf("open from %s until %s, want %s until %s", from, until, at(t, tt.from).UTC(), at(t, tt.until).UTC())
			}
		})
	}
}

func TestNarrowIsValidated(t *testing.T) {
	for _, tt := range []struct {
		span callhours.Span
		good bool
	}{
		{callhours.Span{From: 9 * 60, Until: 17 * 60}, true},
		{callhours.Span{From: 0, Until: 24 * 60}, true},
		{callhours.Span{}, true},
		{callhours.Span{From: -1, Until: 60}, false},
		{callhours.Span{From: 60, Until: 24*60 + 1}, false},
	} {
		if err := (callhours.Narrow{3: &tt.span}).Validate(); (err == nil) != tt.good {
			t.Errorf("%+v: %v", tt.span, err)
		}
	}
}

// mayStart is the rule in its plainest form, written apart from the code under
// test: at this instant, is it within hours on every clock that counts?
func mayStart(z *callhours.Zones, country string, zones []string, narrow callhours.Narrow, instant time.Time) bool {
	for _, name := range zones {
		location, _ := z.Location(name)
		local := instant.In(location)
		m := local.Hour()*60 + local.Minute()
		rules := []string{country}
		if !isAmerican(name) {
			rules = append(rules, ca)
		} else {
			rules = append(rules, us)
		}
		for _, rule := range rules {
			weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
			switch {
			case rule == us && (m < 8*60 || m >= 21*60),
				rule == ca && weekend && (m < 10*60 || m >= 18*60),
				rule == ca && !weekend && (m < 9*60 || m >= 21*60+30):
				return false
			}
		}
		if n := narrow[local.Weekday()]; n != nil && (m < n.From || m >= n.Until) {
			return false
		}
	}
	return true
}

func isAmerican(zone string) bool {
	return !slices.Contains([]string{
		"America/St_Johns", "America/Halifax", "America/Glace_Bay", "America/Moncton", "America/Goose_Bay", "America/Blanc-Sablon",
		"America/Toronto", "America/Iqaluit", "America/Atikokan", "America/Winnipeg", "America/Resolute", "America/Rankin_Inlet",
		"America/Regina", "America/Swift_Current", "America/Edmonton", "America/Cambridge_Bay", "America/Inuvik", "America/Vancouver",
		"America/Creston", "America/Dawson_Creek", "America/Fort_Nelson", "America/Whitehorse", "America/Dawson",
	}, zone)
}

func seedOf(t *testing.T) uint64 {
	seed := rand.Uint64()
	if fixed := os.Getenv("CALLHOURS_SEED"); fixed != "" {
		n, err := strconv.ParseUint(fixed, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("CALLHOURS_SEED=%d repeats this run", seed)
	return seed
}

// TestWindowHoldsAtAnyInstant compares Window with the plain rule at random
// instants of fifteen years, every fourth of them within a day of a clock
// change, for one or two random zones and random hours of the account.
func TestWindowHoldsAtAnyInstant(t *testing.T) {
	z := load(t)
	r := rand.New(rand.NewPCG(seedOf(t), 0))
	names := z.Names()
	changes := clockChanges(z, names)
	if len(changes) < 500 {
		t.Fatalf("only %d clock changes found", len(changes))
	}
	const instants = 120_000
	opened := 0
	for range instants {
		zones := []string{names[r.IntN(len(names))]}
		if r.IntN(3) == 0 {
			zones = append(zones, names[r.IntN(len(names))])
		}
		country := []string{ca, us}[r.IntN(2)]
		narrow := randomNarrow(r)
		now := time.Unix(epoch+r.Int64N(years*365*86400), r.Int64N(1e9))
		if r.IntN(4) == 0 {
			now = time.Unix(changes[r.IntN(len(changes))]+r.Int64N(2*86400)-86400, 0)
		}
		from, until := z.Window(country, zones[:1], zones[len(zones)-1], narrow, now)
		if from.IsZero() {
			sample := now.Add(time.Duration(r.Int64N(int64(8 * 24 * time.Hour))))
			if mayStart(z, country, zones, narrow, sample) && mayStart(z, country, zones, narrow, sample.Add(-time.Minute)) && mayStart(z, country, zones, narrow, sample.Add(time.Minute)) {
				t.Fatalf("%s zones %v narrow %v now %s: never open, yet %s could be called", country, zones, narrow, now, sample)
			}
			continue
		}
		opened++
		checkWindow(t, z, country, zones, narrow, now, from, until, r)
		if t.Failed() {
			t.Fatalf("%s zones %v narrow %v now %s: from %s until %s", country, zones, narrow, now, from, until)
		}
	}
	if opened < instants/2 {
		t.Errorf("only %d of %d had a window at all", opened, instants)
	}
}

func checkWindow(t *testing.T, z *callhours.Zones, country string, zones []string, narrow callhours.Narrow, now, from, until time.Time, r *rand.Rand) {
	may := func(instant time.Time) bool { return mayStart(z, country, zones, narrow, instant) }
	if !from.Before(until) || !until.After(now) {
		t.Error("the window is empty or past")
	}
	// Everything in it and a minute around it is lawful, and no more than that.
	inside := from.Add(time.Duration(r.Int64N(int64(until.Sub(from)))))
	for _, instant := range []time.Time{from.Add(-time.Minute), from, inside, until, until.Add(time.Minute - 1)} {
		if !may(instant) {
			t.Errorf("%s lies in the window and may not be called", instant)
		}
	}
	for _, instant := range []time.Time{from.Add(-time.Minute - 1), until.Add(time.Minute)} {
		if may(instant) {
			t.Errorf("%s could be called and the window stops short of it", instant)
		}
	}
	// Nothing earlier was missed: an opening of more than two minutes between
	// now and the window would show at one of these instants.
	if wait := from.Sub(now); wait > 0 {
		for range 4 {
			instant := now.Add(time.Duration(r.Int64N(int64(wait))))
			if may(instant) && may(instant.Add(-time.Minute)) && may(instant.Add(time.Minute)) {
				t.Errorf("%s lies before the window and could be called", instant)
			}
		}
	}
}

const (
	epoch = 1767225600 // 2026-01-01
	years = 15
)

// clockChanges finds by bisection when the offset of any zone changes.
func clockChanges(z *callhours.Zones, names []string) []int64 {
	var changes []int64
	for _, name := range names {
		location, _ := z.Location(name)
		offset := func(unix int64) int {
			_, o := time.Unix(unix, 0).In(location).Zone()
			return o
		}
		const step = 20 * 86400
		for from := int64(epoch); from < epoch+years*365*86400; from += step {
			low, high := from, from+step
			if offset(low) == offset(high) {
				continue
			}
			for high-low > 1 {
				if middle := (low + high) / 2; offset(middle) == offset(low) {
					low = middle
				} else {
					high = middle
				}
			}
			changes = append(changes, high)
		}
	}
	return changes
}

func randomNarrow(r *rand.Rand) callhours.Narrow {
	var n callhours.Narrow
	if r.IntN(2) == 0 {
		return n
	}
	for d := range n {
		if r.IntN(2) == 0 {
			n[d] = &callhours.Span{From: r.IntN(14 * 60), Until: 12*60 + r.IntN(12*60)}
		}
	}
	return n
}

func BenchmarkWindow(b *testing.B) {
	z := load(b)
	now := time.Date(2026, time.December, 14, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		z.Window(ca, []string{"America/Edmonton", "America/Vancouver"}, "", callhours.Narrow{}, now)
	}
}

// The zones that are told are those whose hours are kept: both where they differ,
// the stated one where the number allows it, all of a country where nothing is known.
func TestZonesOf(t *testing.T) {
	z := load(t)
	for callZone, want := range map[string][]string{
		"CA|America/Toronto|":                                 {"America/Toronto"},
		"CA|America/Toronto|America/Vancouver":                {"America/Vancouver", "America/Toronto"},
		"US|America/New_York,America/Chicago|America/Chicago": {"America/Chicago"},
		"US|America/New_York,America/Chicago|":                {"America/New_York", "America/Chicago"},
	} {
		country, got, err := z.ZonesOf(callZone)
		if err != nil || country != callZone[:2] || !slices.Equal(got, want) {
			t.Errorf("%s: %s %v, %v; want %v", callZone, country, got, err, want)
		}
	}
	if _, all, err := z.ZonesOf("CA||"); err != nil || len(all) < 20 {
		t.Errorf("where nothing is known: %v, %v", all, err)
	}
	if _, _, err := z.ZonesOf("CA"); err == nil {
		t.Error("half a call zone is read")
	}
}
