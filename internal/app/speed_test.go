package app

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/clock"
)

// Only a shifted clock, which production refuses, makes the carrier's run at
// another speed.
func TestCarrierSpeedIsOneButOnAShiftedClock(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]float64{"": 1, "2026-11-23T09:02:00-05:00,1": 1, "2026-11-23T09:02:00-05:00,60": 60} {
		c, err := clock.Parse(setting)
		if err != nil {
			t.Fatal(err)
		}
		if got := carrierSpeed(c); got != want {
			t.Errorf("on the clock %q the carrier runs at %v, want %v", setting, got, want)
		}
	}
	if got := carrierSpeed(clock.NewManual(time.Now())); got != 1 {
		t.Errorf("on a manual clock the carrier runs at %v", got)
	}
}
