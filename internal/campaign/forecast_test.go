package campaign

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/callhours"
)

const (
	inToronto   = "CA|America/Toronto|"
	inVancouver = "CA|America/Vancouver|"
	inStJohns   = "CA|America/St_Johns|"
	inHonolulu  = "US|Pacific/Honolulu|"
	nowhere     = "JM|America/Toronto|"
)

// group is people of a table, with their wish and the hour from which they are due.
type group struct {
	wish
	count int
	ready string // wall time in Toronto
}

func people(callZone string, count int) group {
	return group{wish: wish{callZone: callZone}, count: count}
}

func (g group) due(wall string) group { g.ready = wall; return g }

// toronto reads a wall time.
func toronto(t *testing.T, zones *callhours.Zones, wall string) time.Time {
	t.Helper()
	location, _ := zones.Location("America/Toronto")
	at, err := time.ParseInLocation("2006-01-02 15:04:05", wall, location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// told is a forecast in one line, times in Toronto.
func told(f Forecast) string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.In(f.Day).Format("02 15:04:05")
	}
	return fmt.Sprintf("%d people, first %s, %d until %s, %d from %s, %d never, done %s", f.People, at(f.FirstAt), f.Today, at(f.TodayDoneAt), f.Later, at(f.LaterFrom), f.Never, at(f.DoneAt))
}

func TestForecast(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	location, _ := zones.Location("America/Toronto")
	for name, c := range map[string]struct {
		from, until string // 2026-11-23 is a Monday
		perMinute   float64
		quota       int
		spent       []spent
		groups      []group
		want        string
	}{
		"nobody": {from: "2026-11-23 10:00:00", want: "0 people, first -, 0 until -, 0 from -, 0 never, done -"},
		"a busy evening with a deadline": {from: "2026-11-23 18:05:00", until: "2026-11-24 12:00:00", perMinute: 40,
			groups: []group{people(inToronto, 500), people(inVancouver, 60), people(inStJohns, 11), people(inToronto, 37).due("2026-11-23 21:40:00"), people(inVancouver, 4).due("2026-11-24 12:00:00")},
			want:   "612 people, first 23 18:05:00, 571 until 23 18:19:15, 37 from 24 09:01:00, 4 never, done 24 09:01:54"},
		"whose hours opened first comes first": {from: "2026-11-23 19:58:00", perMinute: 60,
			groups: []group{people(inVancouver, 30), people(inStJohns, 100)}, // St. John's closes at 19:59 of Toronto
			want:   "130 people, first 23 19:58:00, 90 until 23 19:59:29, 40 from 24 07:31:00, 0 never, done 24 07:31:39"},
		"the pace does not fit the day": {from: "2026-11-23 21:28:00", perMinute: 60, groups: []group{people(inToronto, 100)},
			want: "100 people, first 23 21:28:00, 60 until 23 21:28:59, 40 from 24 09:01:00, 0 never, done 24 09:01:39"},
		"over midnight in the account's day": {from: "2026-11-23 23:59:30", perMinute: 60, groups: []group{people(inHonolulu, 60)},
			want: "60 people, first 23 23:59:30, 30 until 23 23:59:59, 30 from 24 00:00:00, 0 never, done 24 00:00:29"},
		"at night the next morning is the first day": {from: "2026-11-23 03:00:00", perMinute: 60, groups: []group{people(inToronto, 2)},
			want: "2 people, first 23 09:01:00, 2 until 23 09:01:01, 0 from -, 0 never, done 23 09:01:01"},
		"the deadline cuts": {from: "2026-11-23 10:00:00", until: "2026-11-23 10:01:00", perMinute: 60, groups: []group{people(inToronto, 100)},
			want: "100 people, first 23 10:00:00, 60 until 23 10:00:59, 0 from -, 40 never, done 23 10:00:59"},
		"the deadline has passed": {from: "2026-11-23 10:00:00", until: "2026-11-23 10:00:00", perMinute: 60, groups: []group{people(inToronto, 3)},
			want: "3 people, first -, 0 until -, 0 from -, 3 never, done -"},
		"where no rule allows calls": {from: "2026-11-23 10:00:00", perMinute: 60, groups: []group{people(nowhere, 3), people(inToronto, 1)},
			want: "4 people, first 23 10:00:00, 1 until 23 10:00:00, 0 from -, 3 never, done 23 10:00:00"},
		"the quota of the day": {from: "2026-11-23 10:00:00", perMinute: 60, quota: 100, spent: []spent{{At: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC), Calls: 40}},
			groups: []group{people(inToronto, 150)}, // 60 now, 40 when those of yesterday 15:00 are a day old, 50 tomorrow
			want:   "150 people, first 23 10:00:00, 100 until 23 15:00:39, 50 from 24 10:00:59, 0 never, done 24 10:01:48"},
		"no quota at all": {from: "2026-11-23 10:00:00", perMinute: 60, quota: -1, groups: []group{people(inToronto, 2)},
			want: "2 people, first -, 0 until -, 0 from -, 2 never, done -"},
		"quiet hours and a pause": {from: "2026-11-23 10:00:00", perMinute: 60, groups: []group{
			{wish: wish{callZone: inToronto, hasHours: true, hours: callhours.Quiet{Start: 9 * 60, End: 12 * 60, Zone: "America/Toronto"}}, count: 1},
			{wish: wish{callZone: inToronto, pausedUntil: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)}, count: 1}},
			want: "2 people, first 23 12:01:00, 1 until 23 12:01:00, 1 from 24 15:00:00, 0 never, done 24 15:00:00"},
		"quiet begins while they are called": {from: "2026-11-23 20:00:00", perMinute: 1, groups: []group{
			{wish: wish{callZone: inToronto, hasHours: true, hours: callhours.Quiet{Start: 20*60 + 31, End: 7 * 60, Zone: "America/Toronto"}}, count: 40}},
			want: "40 people, first 23 20:00:00, 30 until 23 20:29:00, 10 from 24 09:01:00, 0 never, done 24 09:10:00"},
		"slots keep their distance from the start": {from: "2026-11-23 08:59:30", perMinute: 1, groups: []group{people(inToronto, 1), people(inStJohns, 2)},
			want: "3 people, first 23 08:59:30, 3 until 23 09:01:30, 0 from -, 0 never, done 23 09:01:30"},
		"slots keep their distance through the night": {from: "2026-11-23 08:59:30", perMinute: 1, groups: []group{people(inToronto, 1)},
			want: "1 people, first 23 09:01:30, 1 until 23 09:01:30, 0 from -, 0 never, done 23 09:01:30"},
		"quiet whenever calls may start": {from: "2026-11-23 10:00:00", perMinute: 60, groups: []group{
			{wish: wish{callZone: inToronto, hasHours: true, hours: callhours.Quiet{Start: 8 * 60, End: 23 * 60, Zone: "America/Toronto"}}, count: 1}},
			want: "1 people, first -, 0 until -, 0 from -, 1 never, done -"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outlook{from: toronto(t, zones, c.from), rate: max(1, c.perMinute) / 60, quota: 20_000, spent: c.spent, day: location}
			if c.quota != 0 {
				o.quota = max(0, c.quota)
			}
			if c.until != "" {
				until := toronto(t, zones, c.until)
				o.deadline = &until
			}
			for _, g := range c.groups {
				var ready time.Time
				if g.ready != "" {
					ready = toronto(t, zones, g.ready)
				}
				o.crowds = append(o.crowds, (&Service{zones: zones}).crowdOf(g.wish, g.count, ready))
			}
			f, err := predict(o)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(f); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// drawn is a random outlook with the wishes of its crowds.
func drawn(t *rapid.T, zones *callhours.Zones, quotas bool) (outlook, []wish) {
	location, _ := zones.Location("America/Toronto")
	minutes := func(label string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Minute
	}
	o := outlook{from: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(minutes("from", 400*24*60)), quota: 1 << 30, day: location,
		rate: rapid.SampledFrom([]float64{0.01, 0.2, 1, 5, 30, 0.7}).Draw(t, "rate")}
	if rapid.Bool().Draw(t, "has a deadline") {
		deadline := o.from.Add(minutes("deadline", 4*24*60))
		o.deadline = &deadline
	}
	if quotas {
		o.quota = rapid.IntRange(0, 60).Draw(t, "quota")
		for ago := 24 * time.Hour; ago > 0 && len(o.spent) < 3; ago -= minutes("between", 600) + time.Minute {
			o.spent = append(o.spent, spent{At: o.from.Add(-ago), Calls: rapid.IntRange(0, 30).Draw(t, "spent")})
		}
	}
	var wishes []wish
	for range rapid.IntRange(1, 5).Draw(t, "crowds") {
		w := wish{callZone: rapid.SampledFrom([]string{inToronto, inVancouver, inStJohns, inHonolulu, "US|America/New_York|America/Los_Angeles", "CA||", nowhere}).Draw(t, "zone")}
		if rapid.IntRange(0, 3).Draw(t, "quiet") == 0 {
			start := rapid.IntRange(0, 1439).Draw(t, "quiet from")
			w.hasHours, w.hours = true, callhours.Quiet{Start: start, End: (start + rapid.IntRange(1, 1439).Draw(t, "quiet for")) % 1440, Zone: "America/Toronto"}
		}
		if rapid.IntRange(0, 3).Draw(t, "pause") == 0 {
			w.pausedUntil = o.from.Add(minutes("paused", 3*24*60))
		}
		var ready time.Time
		if rapid.Bool().Draw(t, "due later") {
			ready = o.from.Add(minutes("due", 24*60))
		}
		o.crowds = append(o.crowds, (&Service{zones: zones}).crowdOf(w, rapid.IntRange(0, 80).Draw(t, "people"), ready))
		wishes = append(wishes, w)
	}
	return o, wishes
}

// mayRing is the rule apart from the code under test: within the law's hours by
// callhours, no pause, and not in the quiet part of the local day.
func mayRing(t *rapid.T, zones *callhours.Zones, w wish, at time.Time) bool {
	from, until, err := zones.WindowFor(w.callZone, at)
	if err != nil {
		t.Fatal(err)
	}
	if at.Before(from) || !at.Before(until) || at.Before(w.pausedUntil) {
		return false
	}
	if !w.hasHours {
		return true
	}
	location, _ := zones.Location(w.hours.Zone)
	local := at.In(location)
	m := local.Hour()*60 + local.Minute()
	if w.hours.Start < w.hours.End {
		return m < w.hours.Start || m >= w.hours.End
	}
	return m < w.hours.Start && m >= w.hours.End
}

// Every single call that a forecast counts on: nobody outside of their hours or
// wishes, before they are due or after the deadline; the pace and the quota of
// any 24 hours are kept; and the counts add up.
func TestForecastPromisesNothingForbidden(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		o, wishes := drawn(t, zones, rapid.Bool().Draw(t, "with a quota"))
		c := newCourse(o)
		calls := append([]spent(nil), o.spent...)
		var last time.Time
		count := func() (list []int) {
			for _, q := range c.queues {
				list = append(list, q.count)
			}
			return list
		}
		for at := o.from; at.Before(c.limit); {
			before, made := count(), c.f.Today+c.f.Later
			next, err := c.serve(at)
			if err != nil {
				t.Fatal(err)
			}
			n := c.f.Today + c.f.Later - made
			for i, left := range count() {
				if n == 0 || before[i]-left != n {
					continue
				}
				for k := range n {
					slot := at.Add(time.Duration(k) * c.step)
					if !mayRing(t, zones, wishes[i], slot) || slot.Before(o.crowds[i].ready) || o.deadline != nil && !slot.Before(*o.deadline) {
						t.Fatalf("%+v is to be called at %s", wishes[i], slot)
					}
					if !last.IsZero() && slot.Sub(last) < c.step {
						t.Fatalf("calls at %s and %s", last, slot)
					}
					last = slot
					calls = append(calls, spent{At: slot, Calls: 1})
				}
			}
			if next.IsZero() {
				break
			}
			if !next.After(at) {
				t.Fatalf("stands still at %s", at)
			}
			at = next
		}
		for i, first := range calls[len(o.spent):] {
			within := 0
			for _, call := range calls[:len(o.spent)+i+1] {
				if call.At.After(first.At.Add(-24 * time.Hour)) {
					within += call.Calls
				}
			}
			if within > o.quota {
				t.Fatalf("%d calls in the 24 hours before %s, the quota is %d", within, first.At, o.quota)
			}
		}
		f, err := predict(o)
		if err != nil {
			t.Fatal(err)
		}
		people := 0
		for _, group := range o.crowds {
			people += group.count
		}
		promised := len(calls) - len(o.spent)
		if f.People != people || f.Today+f.Later != promised || f.Today+f.Later+f.Never != people || f.Today < 0 || f.Later < 0 || f.Never < 0 {
			t.Fatalf("%d people: %s", people, told(f))
		}
		if promised > 0 && (!f.FirstAt.Equal(calls[len(o.spent)].At) || !f.DoneAt.Equal(last) || f.Today == 0 || (f.Later > 0) != !f.LaterFrom.IsZero()) {
			t.Fatalf("first %s, last %s: %s", calls[len(o.spent)].At, last, told(f))
		}
	})
}

// One more person never makes a campaign be done earlier, nor fewer of the
// others be called in time.
func TestForecastIsMonotone(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		o, _ := drawn(t, zones, false)
		base, err := predict(o)
		if err != nil {
			t.Fatal(err)
		}
		extra := rapid.IntRange(1, 5).Draw(t, "more people")
		o.crowds[rapid.IntRange(0, len(o.crowds)-1).Draw(t, "where")].count += extra
		more, err := predict(o)
		if err != nil {
			t.Fatal(err)
		}
		if more.DoneAt.Before(base.DoneAt) || more.Never < base.Never || more.Never > base.Never+extra || !base.FirstAt.IsZero() && more.FirstAt.After(base.FirstAt) {
			t.Fatalf("%s\nwith %d more: %s", told(base), extra, told(more))
		}
	})
}

// A pace shared with others takes longer, never shorter.
func TestForecastOfASharedPace(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	o := outlook{from: toronto(t, zones, "2026-11-23 10:00:00"), rate: 1, quota: 20_000, day: time.UTC}
	o.crowds = []crowd{(&Service{zones: zones}).crowdOf(wish{callZone: inToronto}, 601, time.Time{})}
	alone, err := predict(o)
	if err != nil {
		t.Fatal(err)
	}
	o.rate /= 3
	shared, err := predict(o)
	if err != nil {
		t.Fatal(err)
	}
	if alone.DoneAt.Sub(o.from) != 10*time.Minute || shared.DoneAt.Sub(o.from).Round(time.Second) != 30*time.Minute || shared.RatePerMinute != 20 {
		t.Fatalf("alone %s, shared %s", told(alone), told(shared))
	}
	if !strings.HasPrefix(told(alone), "601 people") {
		t.Fatal(told(alone))
	}
}
