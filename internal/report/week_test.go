package report_test

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/report"
)

func toronto(t *testing.T) *time.Location {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := report.Toronto(zones)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The week is one of Toronto's calendar: an hour short in March, an hour long
// in November, and its Monday is not London's.
func TestC40WeeksFollowTorontosCalendar(t *testing.T) {
	t.Parallel()
	zone := toronto(t)
	for at, want := range map[string]struct {
		start, end, name string
		hours            int
	}{
		"2026-11-23T04:59:59Z": {"2026-11-16T05:00:00Z", "2026-11-23T05:00:00Z", "16\u201322 November 2026", 168},
		"2026-11-23T05:00:00Z": {"2026-11-23T05:00:00Z", "2026-11-30T05:00:00Z", "23\u201329 November 2026", 168},
		"2026-03-08T12:00:00Z": {"2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z", "2\u20138 March 2026", 167},
		"2026-11-01T12:00:00Z": {"2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z", "26 October \u2013 1 November 2026", 169},
		"2026-12-31T12:00:00Z": {"2026-12-28T05:00:00Z", "2027-01-04T05:00:00Z", "28 December 2026 \u2013 3 January 2027", 168},
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		week := report.WeekOf(instant, zone)
		if start, end := week.Start.UTC().Format(time.RFC3339), week.End.UTC().Format(time.RFC3339); start != want.start || end != want.end {
			t.Errorf("week of %s: %s to %s, want %s to %s", at, start, end, want.start, want.end)
		}
		if hours := week.End.Sub(week.Start); hours != time.Duration(want.hours)*time.Hour {
			t.Errorf("week of %s has %s, want %d h", at, hours, want.hours)
		}
		if week.String() != want.name {
			t.Errorf("week of %s is called %q, want %q", at, week, want.name)
		}
		if days := week.Days(); !days[0].Equal(week.Start) || !days[7].Equal(week.End) {
			t.Errorf("days of %s: %v", at, days)
		}
		if !week.Next().Start.Equal(week.End) {
			t.Errorf("the week after %s begins at %s", at, week.Next().Start)
		}
	}
}
