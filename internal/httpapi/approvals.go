package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
)

func (s *server) registerApprovals() {
	post := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/campaigns/{id}/approval" + path, Summary: summary}
	}
	ask := post("askApproval", "", "Ask a second person to let a campaign start by exactly this plan")
	ask.DefaultStatus = http.StatusCreated
	route(s.tenant, ask, s.askApproval)
	route(s.owner, post("approveLaunch", "/approve", "Approve the plan that somebody else asked for, and launch it"), s.approveLaunch)
	route(s.owner, post("refuseLaunch", "/refuse", "Refuse it, with a reason that the asker reads"), s.refuseLaunch)
	route(s.tenant, post("withdrawApproval", "/withdraw", "Take one's own request back"), s.withdrawApproval)
}

// CampaignApproval is a request that a second person let a campaign start.
type CampaignApproval struct {
	_             struct{}   `nullable:"true"`
	State         string     `json:"state" enum:"waiting,approved,refused,withdrawn,void"`
	Reason        string     `json:"reason" doc:"Of a refusal, in words; of a void request a code: edited, plan_changed, asked_again, cancelled, not_needed, asker_gone"`
	PlanHash      string     `json:"plan_hash" doc:"The one plan it is for"`
	Callable      int        `json:"callable"`
	Total         int        `json:"total"`
	AskedBy       uuid.UUID  `json:"asked_by"`
	AskedByName   string     `json:"asked_by_name"`
	AskedAt       time.Time  `json:"asked_at"`
	DecidedByName string     `json:"decided_by_name"`
	DecidedAt     *time.Time `json:"decided_at"`
}

func approvalOf(a *campaign.Approval) *CampaignApproval {
	if a == nil {
		return nil
	}
	return &CampaignApproval{State: string(a.State), Reason: a.Reason, PlanHash: a.PlanHash, Callable: a.Callable, Total: a.Total, AskedBy: a.AskedBy,
		AskedByName: a.AskedByName, AskedAt: a.AskedAt, DecidedByName: a.DecidedByName, DecidedAt: a.DecidedAt}
}

type planInput struct {
	CampaignPath
	Body LaunchRequest
}

func (s *server) askApproval(ctx context.Context, in *planInput) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.AskApproval(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.PlanHash))
}

func (s *server) approveLaunch(ctx context.Context, in *planInput) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.Approve(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.PlanHash))
}

func (s *server) refuseLaunch(ctx context.Context, in *struct {
	CampaignPath
	Body Reason
}) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.RefuseApproval(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.Reason))
}

func (s *server) withdrawApproval(ctx context.Context, in *CampaignPath) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.WithdrawApproval(ctx, caller(ctx).forCampaigns(), in.ID))
}
