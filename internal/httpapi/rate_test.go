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

// A forecast is of calls that go out: while an operator holds them nobody says
// when they end.
func TestNoEndIsExpectedWhileCallsAreHeld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	end := now.Add(2 * time.Minute)
	for name, c := range map[string]struct {
		allowance *campaign.Allowance
		expected  bool
	}{
		"nothing known":     {nil, true},
		"nobody holds them": {&campaign.Allowance{Quota: 100, Used: 100}, true},
		"paused by Callshu": {&campaign.Allowance{Quota: 100, PausedBy: campaign.PausedByPlatform}, false},
		"one account is":    {&campaign.Allowance{Quota: 100, PausedBy: campaign.PausedByOperator}, false},
	} {
		v := campaign.View{Campaign: campaign.Campaign{Status: campaign.Running}, Forecast: &campaign.Forecast{DoneAt: end, People: 1, Later: 1, Day: time.UTC}, Allowance: c.allowance}
		if got := (&server{}).campaignOf(v, now); (got.Forecast != nil) != c.expected || (got.Progress.ExpectedEndAt != nil) != c.expected {
			t.Errorf("%s: forecast %+v, end %v", name, got.Forecast, got.Progress.ExpectedEndAt)
		}
	}
}
