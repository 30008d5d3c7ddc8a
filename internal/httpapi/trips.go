package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/employee"
)

// CampaignTrip is a safety rule that paused a campaign, with the calls that did it.
type CampaignTrip struct {
	ID           uuid.UUID  `json:"id"`
	Rule         string     `json:"rule" enum:"not_me,opted_out,hung_up,carrier_errors"`
	LimitPercent int        `json:"limit_percent" doc:"The share of calls that the events must not pass"`
	Events       int        `json:"events"`
	Calls        int        `json:"calls" doc:"Of how many: people reached (not_me, opted_out), people who picked up (hung_up), calls placed (carrier_errors)"`
	TrippedAt    time.Time  `json:"tripped_at"`
	ResumedAt    *time.Time `json:"resumed_at"`
	ResumedBy    string     `json:"resumed_by"`
	Reason       string     `json:"reason" doc:"Why it was resumed"`
	Of           []TripCall `json:"of" doc:"The calls, the newest first, 100 at most"`
}

// TripCall is one of the calls that tripped a rule.
type TripCall struct {
	AttemptID   uuid.UUID  `json:"attempt_id"`
	RecipientID uuid.UUID  `json:"recipient_id"`
	Name        string     `json:"name"`
	PhoneMasked string     `json:"phone_masked"`
	CallSID     *string    `json:"call_sid"`
	At          *time.Time `json:"at"`
	DurationS   *int       `json:"duration_s"`
	Error       string     `json:"error"`
}

// CampaignTrips is everything that paused one campaign by itself, the newest first.
type CampaignTrips struct {
	Items []CampaignTrip `json:"items"`
}

func (s *server) registerTrips() {
	route(s.tenant, huma.Operation{OperationID: "listCampaignTrips", Method: http.MethodGet, Path: "/campaigns/{id}/trips"}, s.listTrips)
}

func (s *server) listTrips(ctx context.Context, in *CampaignPath) (*struct{ Body CampaignTrips }, error) {
	list, err := s.Campaigns.Trips(ctx, caller(ctx).AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	out := CampaignTrips{Items: []CampaignTrip{}}
	for _, t := range list {
		out.Items = append(out.Items, tripOf(t))
	}
	return &struct{ Body CampaignTrips }{out}, nil
}

func tripOf(t campaign.Trip) CampaignTrip {
	out := CampaignTrip{ID: t.ID, Rule: string(t.Rule), LimitPercent: t.Rule.Percent(), Events: t.Events, Calls: t.Calls, TrippedAt: t.TrippedAt,
		ResumedAt: t.ResumedAt, ResumedBy: t.ResumedBy, Reason: t.Reason, Of: []TripCall{}}
	for _, c := range t.Of {
		out.Of = append(out.Of, TripCall{AttemptID: c.AttemptID, RecipientID: c.RecipientID, Name: employee.ErasedName(c.Name), PhoneMasked: masked(c.Phone), CallSID: c.CallSID,
			At: c.At, DurationS: c.DurationS, Error: c.Error})
	}
	return out
}
