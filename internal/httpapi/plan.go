package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
)

// CampaignPlan is the dry run of a campaign: who would be called and who not.
type CampaignPlan struct {
	PlanHash       string              `json:"plan_hash"`
	Total          int                 `json:"total"`
	Callable       int                 `json:"callable"`
	Skipped        []PlanSkip          `json:"skipped"`
	InHoursNow     int                 `json:"in_hours_now" doc:"Callable people whose calling hours are open now"`
	FirstCallAt    *time.Time          `json:"first_call_at"`
	ExpectedEndAt  *time.Time          `json:"expected_end_at" doc:"When the first attempts are through, at the carrier's pace"`
	RatePerMinute  int                 `json:"rate_per_minute" doc:"The carrier's pace"`
	Forecast       CampaignForecast    `json:"forecast"`
	Zones          int                 `json:"zones" doc:"Groups of people with different calling hours"`
	OtherLanguage  int                 `json:"other_language" doc:"People who hear the default language for lack of a text in theirs"`
	SecondsPerCall map[string]int      `json:"seconds_per_call" doc:"How long the message takes to hear, by language"`
	Spoken         map[string][]string `json:"spoken" doc:"What a person hears, line by line, by language"`
	CallableSample []PlanPerson        `json:"callable_sample"`

	SecondPersonNeeded bool `json:"second_person_needed" doc:"Whether a second person has to approve the launch if you start it"`
	LaunchedAlone      int  `json:"launched_alone" doc:"People whom your launches of the last 24 hours rang without a second person; they count toward the size"`
}

// PlanSkip counts those who are not called for one reason.
type PlanSkip struct {
	Reason string       `json:"reason"`
	Label  string       `json:"label"`
	Count  int          `json:"count"`
	Sample []PlanPerson `json:"sample"`
}

// PlanPerson is one employee of a plan.
type PlanPerson struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	Language string    `json:"language"`
}

// skipLabels say a reason in words that an HR manager uses.
var skipLabels = map[string]string{
	campaign.ReasonNotInvited:   "Not invited yet",
	campaign.ReasonNoReply:      "Invited, has not replied",
	campaign.ReasonOptedOut:     "Opted out",
	campaign.ReasonLapsed:       "Invitation lapsed without a reply",
	campaign.ReasonMonthlyLimit: "Has had as many calls this month as the invitation promised",
}

func (s *server) planCampaign(ctx context.Context, in *CampaignPath) (*struct{ Body CampaignPlan }, error) {
	by := caller(ctx)
	c, plan, err := s.Campaigns.Plan(ctx, by.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	second, err := s.Campaigns.Second(ctx, by.forCampaigns(), plan.Decisions)
	if err != nil {
		return nil, err
	}
	spoken, err := s.Dialer.Rehearse(ctx, by.AccountID, c)
	if err != nil {
		return nil, err
	}
	out := CampaignPlan{PlanHash: plan.Hash, Total: plan.Total, Callable: plan.Callable, Skipped: []PlanSkip{}, InHoursNow: plan.InHoursNow,
		RatePerMinute: s.Campaigns.RatePerMinute(), Zones: plan.Forecast.Zones, Forecast: *forecastOf(plan.Forecast), OtherLanguage: plan.OtherLanguage,
		SecondsPerCall: map[string]int{}, Spoken: map[string][]string{}, CallableSample: people(plan.Sample),
		SecondPersonNeeded: second.Needed(), LaunchedAlone: second.Alone}
	for _, rehearsal := range spoken {
		out.SecondsPerCall[rehearsal.Language] = rehearsal.Seconds
		out.Spoken[rehearsal.Language] = rehearsal.Lines
	}
	for _, skip := range plan.Skipped {
		out.Skipped = append(out.Skipped, PlanSkip{Reason: skip.Reason, Label: skipLabels[skip.Reason], Count: skip.Count, Sample: people(skip.Sample)})
	}
	out.FirstCallAt, out.ExpectedEndAt = out.Forecast.FirstAt, out.Forecast.DoneAt
	return &struct{ Body CampaignPlan }{out}, nil
}

func people(list []campaign.Person) []PlanPerson {
	out := []PlanPerson{}
	for _, p := range list {
		out = append(out, PlanPerson{ID: p.ID, Name: p.Name, Language: p.Language})
	}
	return out
}
