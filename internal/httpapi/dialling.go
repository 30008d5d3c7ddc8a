package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
)

func (s *server) registerDialling() {
	route(s.operator, huma.Operation{OperationID: "getDialling", Method: http.MethodGet, Path: "/operator/dialling", Summary: "How dialling stands, over all accounts"}, s.getDialling)
	route(s.operator, huma.Operation{OperationID: "pauseAccount", Method: http.MethodPost, Path: "/operator/accounts/{id}/pause",
		Summary: "Stop or resume the calls of one account", Description: "Nothing else of it is suspended."}, s.pauseAccount)
	route(s.operator, huma.Operation{OperationID: "setQuota", Method: http.MethodPost, Path: "/operator/accounts/{id}/quota",
		Summary: "Set how many campaign calls an account may make in 24 hours"}, s.postQuota)
}

// CampaignAllowance is what decides, beside the campaign itself, whether its
// calls go out.
type CampaignAllowance struct {
	_           struct{}   `nullable:"true"`
	PausedBy    string     `json:"paused_by" enum:",platform,account" doc:"Callshu paused all calls, or those of the account; empty: neither"`
	PauseReason string     `json:"pause_reason"`
	PausedAt    *time.Time `json:"paused_at"`
	DailyQuota  int        `json:"daily_quota" doc:"Campaign calls of the account in any 24 hours"`
	Left        int        `json:"left" doc:"How many of them are left at this moment"`
	MoreAt      *time.Time `json:"more_at" doc:"When the next one is allowed, where none is left"`
}

func allowanceOf(d *campaign.Allowance) *CampaignAllowance {
	if d == nil {
		return nil
	}
	return &CampaignAllowance{PausedBy: d.PausedBy, PauseReason: d.PauseReason, PausedAt: d.PausedAt, DailyQuota: d.Quota, Left: d.Left(), MoreAt: d.MoreAt}
}

// Dialling is how dialling stands over all accounts and servers.
type Dialling struct {
	Placing    int               `json:"placing" doc:"Calls on their way to the carrier"`
	Live       int               `json:"live" doc:"Queued, ringing or talking"`
	Unknown    int               `json:"unknown" doc:"The carrier's answer was lost; they are being looked for"`
	LastMinute int               `json:"last_minute" doc:"Calls placed in the last minute"`
	PerMinute  int               `json:"per_minute" doc:"As many as the pace allows"`
	HeldUntil  *time.Time        `json:"held_until" doc:"The carrier was busy and is given a rest until then, by the database's clock"`
	Accounts   []AccountDialling `json:"accounts"`
}

// AccountDialling is one account that dials, may dial, or was stopped from it.
type AccountDialling struct {
	AccountID   uuid.UUID  `json:"account_id"`
	LegalName   string     `json:"legal_name"`
	Running     int        `json:"running" doc:"Campaigns"`
	Paused      int        `json:"paused"`
	Scheduled   int        `json:"scheduled"`
	Pending     int        `json:"pending" doc:"People who wait for a call"`
	Live        int        `json:"live"`
	Unknown     int        `json:"unknown"`
	Used        int        `json:"used" doc:"Campaign calls of the last 24 hours"`
	DailyQuota  int        `json:"daily_quota"`
	PausedAt    *time.Time `json:"paused_at" doc:"By an operator"`
	PauseReason string     `json:"pause_reason"`
}

func (s *server) getDialling(ctx context.Context, _ *struct{}) (*struct{ Body Dialling }, error) {
	h, err := s.Dialer.Health(ctx)
	if err != nil {
		return nil, err
	}
	out := Dialling{Placing: h.Placing, Live: h.Live, Unknown: h.Unknown, LastMinute: h.LastMinute, PerMinute: h.PerMinute, HeldUntil: h.HeldUntil,
		Accounts: make([]AccountDialling, len(h.Accounts))}
	for i, a := range h.Accounts {
		out.Accounts[i] = AccountDialling{AccountID: a.AccountID, LegalName: a.LegalName, Running: a.Running, Paused: a.Paused, Scheduled: a.Scheduled,
			Pending: a.Pending, Live: a.Live, Unknown: a.Unknown, Used: a.Used, DailyQuota: a.Quota, PausedAt: a.PausedAt, PauseReason: a.PauseReason}
	}
	return &struct{ Body Dialling }{out}, nil
}

func (s *server) pauseAccount(ctx context.Context, in *struct {
	IDInput
	Body PauseChange
}) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.PauseDialling(ctx, reviewer(ctx), in.ID, in.Body.Paused, in.Body.Reason))
}

// QuotaChange is a new daily quota.
type QuotaChange struct {
	DailyQuota int    `json:"daily_quota"`
	Reason     string `json:"reason"`
}

func (s *server) postQuota(ctx context.Context, in *struct {
	IDInput
	Body QuotaChange
}) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.SetQuota(ctx, reviewer(ctx), in.ID, in.Body.DailyQuota, in.Body.Reason))
}
