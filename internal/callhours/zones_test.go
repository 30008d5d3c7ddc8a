package callhours_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/phone"
)

func load(t testing.TB) *callhours.Zones {
	t.Helper()
	z, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestOwnDataKnowsTheNewRules(t *testing.T) {
	z := load(t)
	if z.Version() < callhours.Minimum {
		t.Errorf("version %s", z.Version())
	}
	winter := time.Date(2026, time.December, 15, 12, 0, 0, 0, time.UTC)
	summer := time.Date(2027, time.July, 15, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string][2]int{
		"America/Vancouver": {-7, -7}, "America/Edmonton": {-6, -6}, "America/Winnipeg": {-5, -5}, "America/Inuvik": {-6, -6},
		"America/Toronto": {-5, -4}, "America/Regina": {-6, -6}, "America/Phoenix": {-7, -7}, "America/Los_Angeles": {-8, -7},
		"Pacific/Honolulu": {-10, -10}, "America/Yellowknife": {-6, -6}, "US/Eastern": {-5, -4}, "America/Montreal": {-5, -4},
	} {
		location, ok := z.Location(name)
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		for i, instant := range []time.Time{winter, summer} {
			if _, offset := instant.In(location).Zone(); offset != want[i]*3600 {
				t.Errorf("%s at %s: %d s from UTC, want %d h", name, instant.Format(time.DateOnly), offset, want[i])
			}
		}
	}
}

func TestOnlyOurCountriesHaveZones(t *testing.T) {
	z := load(t)
	for name, want := range map[string]bool{
		"America/Toronto": true, "Canada/Pacific": true, "US/Hawaii": true,
		"Europe/Paris": false, "America/Jamaica": false, "UTC": false, "": false, "Local": false, "../etc/passwd": false, "america/toronto": false,
	} {
		if got := z.Valid(name); got != want {
			t.Errorf("Valid(%q) = %v, want %v", name, got, want)
		}
		if _, ok := z.Location(name); ok != want {
			t.Errorf("Location(%q) = %v, want %v", name, ok, want)
		}
	}
	names := z.Names()
	if len(names) < 50 || !slices.IsSorted(names) || slices.Contains(names, "US/Eastern") {
		t.Errorf("names: %v", names)
	}
}

// A zone that the phone library gives and we do not know would be treated as
// no knowledge at all.
func TestEveryZoneOfANumberIsKnown(t *testing.T) {
	z := load(t)
	callable := 0
	for area := 200; area < 1000; area++ {
		for _, exchange := range []string{"555", "234", "620", "873", "979"} {
			e164 := fmt.Sprintf("+1%d%s0123", area, exchange)
			if phone.Country(e164) == "" {
				continue
			}
			callable++
			zones := phone.Zones(e164)
			if len(zones) == 0 {
				t.Errorf("%s has no zone", e164)
			}
			for _, name := range zones {
				if !z.Valid(name) {
					t.Errorf("%s may be in %s, which we do not know", e164, name)
				}
			}
		}
	}
	if callable < 1500 {
		t.Errorf("only %d numbers were looked at", callable)
	}
}
