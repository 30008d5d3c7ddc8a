package clock_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/clock"
)

var monday = time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)

func TestManualRunsDueFunctionsInOrderAtTheirTime(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(monday)
	var seen []time.Duration
	note := func() { seen = append(seen, c.Now().Sub(monday)) }
	c.AfterFunc(3*time.Second, note)
	c.AfterFunc(time.Second, func() { note(); c.AfterFunc(time.Second, note) })
	stop := c.AfterFunc(2*time.Second, func() { t.Error("a stopped function ran") })
	if !stop() || stop() {
		t.Error("stop must report true once, then false")
	}
	c.AfterFunc(9*time.Second, func() { t.Error("ran before its time") })
	c.Advance(5 * time.Second)
	if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(seen, want) {
		t.Errorf("ran at %v, want %v", seen, want)
	}
	if got := c.Now().Sub(monday); got != 5*time.Second {
		t.Errorf("clock stands at +%v, want +5s", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"x", "2026-11-23T09:02:00-05:00", "2026-11-23T09:02:00-05:00,0", "2026-11-23T09:02:00-05:00,-1", "noon,1", "a,b,c,d"} {
		if _, err := clock.Parse(bad); err == nil {
			t.Errorf("Parse(%q) accepted it", bad)
		}
	}
	c, err := clock.Parse("2026-11-23T09:02:00-05:00,1")
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Now().Sub(monday); d < 0 || d > time.Minute {
		t.Errorf("shifted clock is %v from its start", d)
	}
	wall := time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
	c, err = clock.Parse("2026-11-23T09:02:00-05:00,60," + wall)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Now().Sub(monday); d < 60*time.Hour || d > 61*time.Hour {
		t.Errorf("an hour at factor 60 moved the clock by %v", d)
	}
}

// A deadline holds by the wall clock as well: the monotonic clock stands still
// while a virtual machine is suspended.
func TestI3DeadlineHoldsAfterASuspension(t *testing.T) {
	t.Parallel()
	if !clock.Passed(time.Now().Round(0).Add(-time.Second)) || !clock.Passed(time.Now()) || clock.Passed(time.Now().Add(time.Hour)) {
		t.Fatal("a deadline is misread")
	}
}
