package account_test

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/account"
)

func TestDecideByCountsTheDaysOfTheAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ applied, zone, day string }{
		{"2026-11-28T04:30:00Z", "America/Vancouver", "2026-12-01 21:30"}, // Friday evening there (-07:00 all year since 2026), Saturday in UTC
		{"2026-11-30T02:00:00Z", "America/Toronto", "2026-12-01 21:00"},   // Sunday evening there, Monday in UTC
		{"2026-11-23T14:00:00Z", "America/Toronto", "2026-11-25 09:00"},
		{"2026-10-30T15:00:00Z", "America/Toronto", "2026-11-03 11:00"}, // the clocks change between
	} {
		at, err := time.Parse(time.RFC3339, c.applied)
		if err != nil {
			t.Fatal(err)
		}
		if by := (account.Account{AppliedAt: &at, TimeZone: c.zone}).DecideBy(); by.Format("2006-01-02 15:04") != c.day {
			t.Errorf("applied %s in %s: decided by %s, want %s", c.applied, c.zone, by, c.day)
		}
	}
}
