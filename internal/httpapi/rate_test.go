package httpapi

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/campaign"
)

// Five calls in the first five seconds are sixty a minute, not five.
func TestRateIsOfTheTimeThatPassed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	for since, want := range map[time.Duration]int{5 * time.Second: 60, 30 * time.Second: 10, time.Minute: 5, time.Hour: 5, 100 * time.Millisecond: 300} {
		started := now.Add(-since)
		v := campaign.View{Campaign: campaign.Campaign{Status: campaign.Running, StartedAt: &started}, Progress: campaign.Progress{RatePerMinute: 5}}
		if got := ratePerMinute(v, now); got != want {
			t.Errorf("5 calls %v after the start: %d a minute, want %d", since, got, want)
		}
	}
}
