// Package report owns the Monday audit report: which week is due, its files,
// the mails they leave by, and the question whether a file is still as it was
// made. It sees the whole log and must never change a row of it.
package report

import (
	"errors"
	"time"

	"github.com/callshu/callshu/internal/callhours"
)

// Week is what a report covers: from a Monday 00:00 in Toronto to the next, 167
// or 169 hours where the clocks change.
type Week struct {
	Start time.Time
	End   time.Time
}

const zoneName = "America/Toronto"

// Toronto is the zone in which weeks begin, from the product's own zone data.
func Toronto(zones *callhours.Zones) (*time.Location, error) {
	location, ok := zones.Location(zoneName)
	if !ok {
		return nil, errors.New("find zone: the data lacks " + zoneName)
	}
	return location, nil
}

// WeekOf returns the week that holds the instant.
func WeekOf(at time.Time, zone *time.Location) Week {
	local := at.In(zone)
	sinceMonday := (int(local.Weekday()) + 6) % 7
	year, month, day := local.Date()
	return weekFrom(time.Date(year, month, day-sinceMonday, 0, 0, 0, 0, zone))
}

// Next returns the week after.
func (w Week) Next() Week { return weekFrom(w.End) }

// weekFrom counts days of the calendar, not hours.
func weekFrom(monday time.Time) Week {
	year, month, day := monday.Date()
	return Week{Start: monday, End: time.Date(year, month, day+7, 0, 0, 0, 0, monday.Location())}
}

// Days returns the eight midnights that bound the week's days.
func (w Week) Days() []time.Time {
	year, month, day := w.Start.Date()
	days := make([]time.Time, 8)
	for i := range days {
		days[i] = time.Date(year, month, day+i, 0, 0, 0, 0, w.Start.Location())
	}
	return days
}

// String writes the days that the week covers: "16-22 November 2026".
func (w Week) String() string {
	last := w.End.AddDate(0, 0, -1)
	switch {
	case w.Start.Year() != last.Year():
		return w.Start.Format("2 January 2006") + " \u2013 " + last.Format("2 January 2006")
	case w.Start.Month() != last.Month():
		return w.Start.Format("2 January") + " \u2013 " + last.Format("2 January 2006")
	}
	return w.Start.Format("2") + "\u2013" + last.Format("2 January 2006")
}

// name is the week's part of file names: its Monday.
func (w Week) name() string { return w.Start.Format(time.DateOnly) }
