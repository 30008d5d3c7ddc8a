package callhours_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/callhours"
)

// quietAt is the rule in its own words: what a clock on the person's wall says.
func quietAt(q callhours.Quiet, local time.Time) bool {
	minute := local.Hour()*60 + local.Minute()
	if q.Start < q.End {
		return q.Start <= minute && minute < q.End
	}
	return minute >= q.Start || minute < q.End
}

func draw(t *rapid.T, z *callhours.Zones) (callhours.Quiet, *time.Location) {
	q := callhours.Quiet{Zone: rapid.SampledFrom(z.Names()).Draw(t, "zone"), Start: rapid.IntRange(0, 1439).Draw(t, "start"), End: rapid.IntRange(0, 1439).Draw(t, "end")}
	if rapid.Bool().Draw(t, "around the change") { // clocks change between midnight and four
		q.Start, q.End = q.Start%240, q.End%240
	}
	if q.Start == q.End {
		q.End = (q.End + 1) % 1440
	}
	location, _ := z.Location(q.Zone)
	return q, location
}

// somewhen is an instant of a few years, often within a day of a change of clocks.
func somewhen(t *rapid.T, location *time.Location) time.Time {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(4*365*24*time.Hour/time.Second)).Draw(t, "second")) * time.Second)
	if _, change := now.In(location).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
		now = change.Add(time.Duration(rapid.IntRange(-30*3600, 6*3600).Draw(t, "off the change")) * time.Second)
	}
	return now.UTC()
}

// Whatever the quiet hours, the zone and the instant, clock changes included:
// the one condition that SQL asks, "before quiet_from", never holds within them,
// also when nobody renews a span that has passed; and outside of them, a minute
// away, it always holds once the span is renewed. 6,000 spans, 30,000 instants.
func TestI6NoCallStartsInQuietHours(t *testing.T) {
	z := load(t)
	rapid.Check(t, func(t *rapid.T) {
		for range 60 {
			q, location := draw(t, z)
			now := somewhen(t, location)
			from, until, err := z.QuietSpan(q, now)
			if err != nil {
				t.Fatal(err)
			}
			if !until.After(now) || !from.Before(until) {
				t.Fatalf("%+v at %s: a span from %s until %s", q, now, from, until)
			}
			for i := range 5 {
				at := now
				if i > 0 {
					at = now.Add(time.Duration(rapid.IntRange(0, 72*3600).Draw(t, "later")) * time.Second)
				}
				callable := at.Before(from)
				for _, shift := range []time.Duration{0, 30 * time.Second, -30 * time.Second} {
					if local := at.Add(shift).In(location); callable && !at.Add(shift).Before(now) && quietAt(q, local) {
						t.Fatalf("%+v: a call may start at %s, told at %s (span %s to %s)", q, local, now.In(location), from, until)
					}
				}
			}
			if !now.Before(from) && !nearQuiet(q, now, location) {
				t.Fatalf("%+v: no call may start at %s (span %s to %s)", q, now.In(location), from, until)
			}
		}
	})
}

// nearQuiet: quiet by the wall, or a margin away from it. Where clocks change, a
// wall time that comes twice or never may stretch a span by that hour.
func nearQuiet(q callhours.Quiet, at time.Time, location *time.Location) bool {
	for _, shift := range []time.Duration{0, time.Minute, -time.Minute} {
		if quietAt(q, at.Add(shift).In(location)) {
			return true
		}
	}
	start, end := at.In(location).ZoneBounds()
	return !start.IsZero() && at.Sub(start) < 2*time.Hour || !end.IsZero() && end.Sub(at) < 2*time.Hour
}

func TestQuietSpan(t *testing.T) {
	z := load(t)
	const toronto = "America/Toronto"
	for _, tt := range []struct {
		name             string
		quiet            callhours.Quiet
		now, from, until string
	}{
		{"by day, before it", callhours.Quiet{Start: 12 * 60, End: 13*60 + 30, Zone: toronto}, "2026-11-23T10:00:00-05:00", "2026-11-23T11:59:00-05:00", "2026-11-23T13:31:00-05:00"},
		{"by day, within it", callhours.Quiet{Start: 12 * 60, End: 13*60 + 30, Zone: toronto}, "2026-11-23T13:30:59-05:00", "2026-11-23T11:59:00-05:00", "2026-11-23T13:31:00-05:00"},
		{"by day, after it", callhours.Quiet{Start: 12 * 60, End: 13*60 + 30, Zone: toronto}, "2026-11-23T13:31:00-05:00", "2026-11-24T11:59:00-05:00", "2026-11-24T13:31:00-05:00"},
		{"past midnight, evening", callhours.Quiet{Start: 21 * 60, End: 7 * 60, Zone: toronto}, "2026-11-23T20:00:00-05:00", "2026-11-23T20:59:00-05:00", "2026-11-24T07:01:00-05:00"},
		{"past midnight, morning", callhours.Quiet{Start: 21 * 60, End: 7 * 60, Zone: toronto}, "2026-11-24T05:00:00-05:00", "2026-11-23T20:59:00-05:00", "2026-11-24T07:01:00-05:00"},
		{"over the change to winter time", callhours.Quiet{Start: 22 * 60, End: 90, Zone: toronto}, "2026-11-01T00:00:00-04:00", "2026-10-31T21:59:00-04:00", "2026-11-01T01:31:00-05:00"},
		{"over the change to summer time", callhours.Quiet{Start: 22 * 60, End: 150, Zone: toronto}, "2027-03-14T00:00:00-05:00", "2027-03-13T21:59:00-05:00", "2027-03-14T03:01:00-04:00"},
		{"left out by the change to summer time", callhours.Quiet{Start: 130, End: 170, Zone: toronto}, "2027-03-14T00:00:00-05:00", "2027-03-15T02:09:00-04:00", "2027-03-15T02:51:00-04:00"},
		{"where clocks no longer change", callhours.Quiet{Start: 21 * 60, End: 7 * 60, Zone: "America/Winnipeg"}, "2026-11-23T12:00:00-05:00", "2026-11-23T20:59:00-05:00", "2026-11-24T07:01:00-05:00"},
	} {
		from, until, err := z.QuietSpan(tt.quiet, at(t, tt.now))
		if err != nil || !from.Equal(at(t, tt.from)) || !until.Equal(at(t, tt.until)) {
			t.Errorf("%s: %s to %s, %v, want %s to %s", tt.name, from, until, err, at(t, tt.from).UTC(), at(t, tt.until).UTC())
		}
	}
	for _, bad := range []callhours.Quiet{{Start: 60, End: 60, Zone: toronto}, {Start: -1, End: 60, Zone: toronto}, {Start: 60, End: 1440, Zone: toronto}, {Start: 60, End: 70, Zone: "Europe/Paris"}} {
		if _, _, err := z.QuietSpan(bad, at(t, "2026-11-23T10:00:00Z")); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// Quiet all day but for two minutes, which are the margins: never callable, and
// the span goes on from day to day.
func TestQuietSpansThatTouchAreOne(t *testing.T) {
	z := load(t)
	now := at(t, "2026-11-23T15:00:00Z")
	from, until, err := z.QuietSpan(callhours.Quiet{Start: 9*60 + 2, End: 9 * 60, Zone: "America/Toronto"}, now)
	if err != nil || from.After(now) || until.Sub(now) < 48*time.Hour {
		t.Errorf("%s to %s, %v", from, until, err)
	}
}

func TestFirstCall(t *testing.T) {
	z := load(t)
	const here = "CA|America/Toronto|"
	now, limit := at(t, "2026-11-23T10:00:00-05:00"), at(t, "2026-11-30T10:00:00-05:00")
	quiet := func(start, end int) *callhours.Quiet {
		return &callhours.Quiet{Start: start, End: end, Zone: "America/Toronto"}
	}
	for _, tt := range []struct {
		name   string
		quiet  *callhours.Quiet
		paused string
		limit  time.Time
		want   string // "" for never
	}{
		{"no wish", nil, "", limit, "2026-11-23T10:00:00-05:00"},
		{"quiet now", quiet(9*60, 12*60), "", limit, "2026-11-23T12:01:00-05:00"},
		{"quiet later", quiet(11*60, 12*60), "", limit, "2026-11-23T10:00:00-05:00"},
		{"quiet until beyond the hours", quiet(9*60, 21*60+29), "", limit, ""},
		{"paused until the afternoon", nil, "2026-11-23T14:00:00-05:00", limit, "2026-11-23T14:00:00-05:00"},
		{"paused until the night", nil, "2026-11-24T02:00:00-05:00", limit, "2026-11-24T09:01:00-05:00"},
		{"paused into quiet hours", quiet(9*60, 10*60), "2026-11-24T09:30:00-05:00", limit, "2026-11-24T10:01:00-05:00"},
		{"paused beyond the limit", nil, "2026-12-01T10:00:00-05:00", limit, ""},
		{"quiet beyond the limit", quiet(9*60, 12*60), "", at(t, "2026-11-23T12:00:00-05:00"), ""},
		{"quiet whenever calls may start", quiet(8*60, 22*60), "", limit, ""},
		{"a pause that is over", nil, "2026-11-22T10:00:00-05:00", limit, "2026-11-23T10:00:00-05:00"},
	} {
		var paused time.Time
		if tt.paused != "" {
			paused = at(t, tt.paused)
		}
		first, ok, err := z.FirstCall(here, tt.quiet, paused, now, tt.limit)
		if err != nil || ok != (tt.want != "") || ok && !first.Equal(at(t, tt.want)) {
			t.Errorf("%s: %s %v %v, want %q", tt.name, first, ok, err, tt.want)
		}
	}
	if _, _, err := z.FirstCall("nonsense", nil, time.Time{}, now, limit); err == nil {
		t.Error("nonsense is taken for a call zone")
	}
}
