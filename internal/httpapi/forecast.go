package httpapi

import (
	"context"
	"time"

	"github.com/callshu/callshu/internal/campaign"
)

// CampaignForecast tells when those will be called who are still to be called;
// people = today + later + never. Nobody can tell who will not answer and be
// called again.
type CampaignForecast struct {
	People        int        `json:"people"`
	RatePerMinute int        `json:"rate_per_minute" doc:"Calls, this campaign's share of the carrier's pace"`
	Zones         int        `json:"zones" doc:"Groups of people with different calling hours"`
	TimeZone      string     `json:"time_zone" doc:"Whose days are meant by today and later"`
	FirstAt       *time.Time `json:"first_at" doc:"Of the first call; null: there is none"`
	Today         int        `json:"today" doc:"Who are called on the day of the first call"`
	TodayDoneAt   *time.Time `json:"today_done_at" doc:"Of the last of them"`
	Later         int        `json:"later" doc:"Who are called on a later day only"`
	LaterFrom     *time.Time `json:"later_from" doc:"Of the first of them"`
	Never         int        `json:"never" doc:"Who are not called before the deadline"`
	DoneAt        *time.Time `json:"done_at" doc:"Of the last call of all"`
}

func forecastOf(f campaign.Forecast) *CampaignForecast {
	return &CampaignForecast{People: f.People, RatePerMinute: f.RatePerMinute, Zones: f.Zones, TimeZone: f.Day.String(),
		FirstAt: minute(f.FirstAt, 0), Today: f.Today, TodayDoneAt: minute(f.TodayDoneAt, time.Minute-1), Later: f.Later, LaterFrom: minute(f.LaterFrom, 0),
		Never: f.Never, DoneAt: minute(f.DoneAt, time.Minute-1)}
}

// minute cuts a time to the minute after adding to it; a zero time is none. A
// forecast that changes with every second of looking at it helps nobody.
func minute(at time.Time, add time.Duration) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.Add(add).UTC().Truncate(time.Minute)
	return &at
}

// foreseen adds the forecast to a campaign that still has people to call.
func (s *server) foreseen(ctx context.Context, v campaign.View) (campaign.View, error) {
	var err error
	v.Forecast, err = s.Campaigns.Forecast(ctx, v.AccountID, v.ID)
	return v, err
}
