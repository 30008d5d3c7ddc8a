package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/phone"
)

// CampaignDraft is what a person writes of a campaign.
type CampaignDraft struct {
	Name          string           `json:"name" maxLength:"120"`
	Content       CampaignContent  `json:"content"`
	Audience      CampaignAudience `json:"audience"`
	StartWall     string           `json:"start_wall,omitempty" doc:"Wall time in start_zone, 2026-11-23T09:30; empty: at launch"`
	StartZone     string           `json:"start_zone,omitempty" doc:"IANA time zone of the wall times"`
	DialUntilWall string           `json:"dial_until_wall,omitempty" doc:"No call starts after this wall time"`
	MaxAttempts   int              `json:"max_attempts,omitempty" doc:"1 to 3; 2 if left out"`
	RetryMinutes  int              `json:"retry_minutes,omitempty" doc:"30 to 1440; 30 if left out"`
}

// CampaignContent is everything that is spoken and asked.
type CampaignContent struct {
	Purpose         map[string]string       `json:"purpose" doc:"What the call is about, by language"`
	LanguageDefault string                  `json:"language_default,omitempty" enum:"en,fr"`
	Texts           map[string]CampaignText `json:"texts" doc:"What is said, by language"`
	Voice           string                  `json:"voice,omitempty" enum:"female,male"`
	Choices         []CampaignChoice        `json:"choices" maxItems:"7"`
	Voicemail       string                  `json:"voicemail,omitempty" enum:"leave,hang_up,no_answer" doc:"What a machine gets; no_answer: hang up and try again as if nobody had picked up"`
}

// CampaignText is what is said in one language.
type CampaignText struct {
	Message   string `json:"message"`
	Voicemail string `json:"voicemail,omitempty"`
}

// CampaignChoice is a key that answers.
type CampaignChoice struct {
	Key   int               `json:"key" doc:"1 to 7"`
	Label map[string]string `json:"label" doc:"What the key means, by language"`

	NeedsHelp bool `json:"needs_help,omitempty" doc:"Whoever gives this answer needs somebody: they come first among those who need attention"`
}

// CampaignAudience says whom the campaign is for.
type CampaignAudience struct {
	Kind        string      `json:"kind" enum:"all,tags,selection"`
	Tags        []string    `json:"tags,omitempty"`
	EmployeeIDs []uuid.UUID `json:"employee_ids,omitempty"`
}

// Campaign is one campaign with its progress.
type Campaign struct {
	ID            uuid.UUID        `json:"id"`
	Name          string           `json:"name"`
	Status        string           `json:"status" enum:"draft,scheduled,running,paused,finished,cancelled,expired" doc:"Expired: the last time for calls passed before everybody was called; finished: everybody was called, or could not be"`
	StatusReason  string           `json:"status_reason"`
	Content       CampaignContent  `json:"content"`
	Audience      CampaignAudience `json:"audience"`
	StartWall     string           `json:"start_wall"`
	StartZone     string           `json:"start_zone"`
	StartAt       *time.Time       `json:"start_at"`
	DialUntil     *time.Time       `json:"dial_until"`
	DialUntilWall string           `json:"dial_until_wall" doc:"dial_until as wall time in start_zone; empty: none"`
	MaxAttempts   int              `json:"max_attempts"`
	RetryMinutes  int              `json:"retry_minutes"`
	CreatedAt     time.Time        `json:"created_at"`
	UpdatedAt     time.Time        `json:"updated_at"`
	LaunchedAt    *time.Time       `json:"launched_at"`
	StartedAt     *time.Time       `json:"started_at"`
	FinishedAt    *time.Time       `json:"finished_at"`
	PlanHash      string           `json:"plan_hash"`
	ManifestHash  string           `json:"manifest_hash"`
	ManifestTotal int              `json:"manifest_total"`
	Tripped       []string         `json:"tripped" doc:"Safety rules that paused it: resuming needs a reason"`
	Progress      CampaignProgress `json:"progress"`

	Forecast  *CampaignForecast  `json:"forecast" doc:"Of one scheduled or running campaign; null in a list and for any other"`
	Approval  *CampaignApproval  `json:"approval" doc:"The newest request that a second person let it start"`
	Allowance *CampaignAllowance `json:"allowance" doc:"What else its calls depend on; null in lists and where no call can go out"`
}

// CampaignProgress counts recipients by state; total is the sum of the states.
type CampaignProgress struct {
	Total         int            `json:"total"`
	Pending       int            `json:"pending"`
	Dialling      int            `json:"dialling"`
	Answered      int            `json:"answered"`
	AnsweredNoKey int            `json:"answered_no_key"`
	Voicemail     int            `json:"voicemail"`
	NoAnswer      int            `json:"no_answer"`
	Busy          int            `json:"busy"`
	Failed        int            `json:"failed"`
	Skipped       int            `json:"skipped"`
	Cancelled     int            `json:"cancelled"`
	Answers       map[string]int `json:"answers"`
	CallsMade     int            `json:"calls_made"`
	RatePerMinute int            `json:"rate_per_minute"`
	FirstRingAt   *time.Time     `json:"first_ring_at"`
	ExpectedEndAt *time.Time     `json:"expected_end_at" doc:"The forecast's done_at"`
}

func (s *server) campaignOf(v campaign.View, now time.Time) Campaign {
	c := Campaign{ID: v.ID, Name: v.Name, Status: string(v.Status), StatusReason: v.StatusReason, Content: contentOf(v.Content),
		Audience:  CampaignAudience{Kind: v.Audience.Kind, Tags: v.Audience.Tags, EmployeeIDs: v.Audience.EmployeeIDs},
		StartWall: v.StartWall, StartZone: v.StartZone, StartAt: v.StartAt, DialUntil: v.DialUntil, DialUntilWall: s.Campaigns.DialUntilWall(v.Campaign), MaxAttempts: v.MaxAttempts, RetryMinutes: v.RetryMinutes,
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, LaunchedAt: v.LaunchedAt, StartedAt: v.StartedAt, FinishedAt: v.FinishedAt,
		PlanHash: v.PlanHash, ManifestHash: hex.EncodeToString(v.ManifestHash), ManifestTotal: v.ManifestTotal, Tripped: []string{}}
	for _, rule := range v.Tripped {
		c.Tripped = append(c.Tripped, string(rule))
	}
	c.Progress, c.Approval, c.Allowance = progressOf(v, now), approvalOf(v.Approval), allowanceOf(v.Allowance)
	if v.Forecast != nil && !held(v.Allowance) {
		c.Forecast = forecastOf(*v.Forecast)
		c.Progress.ExpectedEndAt = c.Forecast.DoneAt
	}
	return c
}

func progressOf(v campaign.View, now time.Time) CampaignProgress {
	p, n := v.Progress, v.Progress.Counts
	out := CampaignProgress{Total: p.Total, Pending: n[campaign.Pending], Dialling: n[campaign.Dialling], Answered: n[campaign.Answered],
		AnsweredNoKey: n[campaign.AnsweredNoKey], Voicemail: n[campaign.Voicemail], NoAnswer: n[campaign.NoAnswer], Busy: n[campaign.Busy],
		Failed: n[campaign.Failed], Skipped: n[campaign.NotCalled], Cancelled: n[campaign.RecipientCancel],
		Answers: map[string]int{}, CallsMade: p.CallsMade, FirstRingAt: v.FirstRingAt}
	for key, count := range p.Answers {
		out.Answers[strconv.Itoa(key)] = count
	}
	out.RatePerMinute = ratePerMinute(v, now)
	return out
}

// held tells whether calls wait for an operator: nobody can say when they end.
func held(a *campaign.Allowance) bool { return a != nil && a.PausedBy != "" }

// ratePerMinute is how fast calls go out: those of the last minute, or since
// the start where that is less, brought to a minute.
func ratePerMinute(v campaign.View, now time.Time) int {
	lately := v.Progress.RatePerMinute
	if v.StartedAt == nil {
		return lately
	}
	if since := now.Sub(*v.StartedAt); since > 0 && since < time.Minute {
		return int(float64(lately) / max(since, time.Second).Minutes())
	}
	return lately
}

func contentOf(c campaign.Content) CampaignContent {
	out := CampaignContent{Purpose: c.Purpose, LanguageDefault: c.LanguageDefault, Texts: map[string]CampaignText{}, Voice: c.Voice, Choices: []CampaignChoice{}, Voicemail: c.Voicemail}
	for language, text := range c.Texts {
		out.Texts[language] = CampaignText(text)
	}
	for _, choice := range c.Choices {
		out.Choices = append(out.Choices, CampaignChoice(choice))
	}
	return out
}

func (c CampaignContent) domain() campaign.Content {
	content := campaign.Content{Purpose: c.Purpose, LanguageDefault: c.LanguageDefault, Texts: map[string]campaign.Text{},
		Voice: c.Voice, Voicemail: c.Voicemail}
	for language, text := range c.Texts {
		content.Texts[language] = campaign.Text(text)
	}
	for _, choice := range c.Choices {
		content.Choices = append(content.Choices, campaign.Choice(choice))
	}
	return content
}

func (d CampaignDraft) input() campaign.DraftInput {
	return campaign.DraftInput{Name: d.Name, Content: d.Content.domain(), StartWall: d.StartWall, StartZone: d.StartZone, DialUntilWall: d.DialUntilWall,
		Audience:    campaign.Audience{Kind: d.Audience.Kind, Tags: d.Audience.Tags, EmployeeIDs: d.Audience.EmployeeIDs},
		MaxAttempts: d.MaxAttempts, RetryMinutes: d.RetryMinutes}
}

func (c Caller) forCampaigns() campaign.Caller {
	return campaign.Caller{AccountID: c.AccountID, UserID: c.UserID, Actor: c.Actor()}
}

type campaignOutput struct{ Body Campaign }

// CampaignPath is exported because huma fills embedded inputs only then.
type CampaignPath struct {
	ID uuid.UUID `path:"id"`
}

// CampaignPage is a page of campaigns, newest first.
type CampaignPage struct {
	Items      []Campaign `json:"items"`
	NextCursor *string    `json:"next_cursor"`
}

// maxDraft has room for the ids of the largest selection beside the texts.
const maxDraft = 1<<20 + 1

func (s *server) registerCampaigns() {
	route(s.tenant, huma.Operation{OperationID: "listCampaigns", Method: http.MethodGet, Path: "/campaigns"}, s.listCampaigns)
	route(s.tenant, huma.Operation{OperationID: "createCampaign", Method: http.MethodPost, Path: "/campaigns", MaxBodyBytes: maxDraft, DefaultStatus: http.StatusCreated}, s.createCampaign)
	route(s.tenant, huma.Operation{OperationID: "getCampaign", Method: http.MethodGet, Path: "/campaigns/{id}"}, s.getCampaign)
	route(s.tenant, huma.Operation{OperationID: "editCampaign", Method: http.MethodPatch, Path: "/campaigns/{id}", MaxBodyBytes: maxDraft}, s.editCampaign)
	route(s.tenant, huma.Operation{OperationID: "cloneCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/clone", DefaultStatus: http.StatusCreated}, s.cloneCampaign)
	route(s.tenant, huma.Operation{OperationID: "followUpCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/follow-up", DefaultStatus: http.StatusCreated,
		Summary: "Make a draft for people of a campaign who need attention"}, s.followUpCampaign)
	route(s.tenant, huma.Operation{OperationID: "planCampaign", Method: http.MethodGet, Path: "/campaigns/{id}/plan"}, s.planCampaign)
	route(s.tenant, huma.Operation{OperationID: "launchCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/launch"}, s.launchCampaign)
	route(s.tenant, huma.Operation{OperationID: "pauseCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/pause"}, s.pauseCampaign)
	route(s.tenant, huma.Operation{OperationID: "resumeCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/resume"}, s.resumeCampaign)
	route(s.tenant, huma.Operation{OperationID: "cancelCampaign", Method: http.MethodPost, Path: "/campaigns/{id}/cancel"}, s.cancelCampaign)
	route(s.tenant, huma.Operation{OperationID: "createPreview", Method: http.MethodPost, Path: "/previews", DefaultStatus: http.StatusAccepted}, s.createPreview)
	route(s.tenant, huma.Operation{OperationID: "getPreview", Method: http.MethodGet, Path: "/previews/{id}"}, s.getPreview)
	s.registerTrips()
	s.registerApprovals()
	s.registerRoster()
	s.registerProof()
	s.registerEvents()
}

type listCampaignsInput struct {
	Status string `query:"status" enum:"draft,scheduled,running,paused,finished,cancelled,expired"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor"`
}

func (s *server) listCampaigns(ctx context.Context, in *listCampaignsInput) (*struct{ Body CampaignPage }, error) {
	var after *campaign.Cursor
	if in.Cursor != "" {
		after = &campaign.Cursor{}
		if err := decodeCursor(in.Cursor, after); err != nil {
			return nil, err
		}
	}
	views, err := s.Campaigns.List(ctx, caller(ctx).AccountID, in.Status, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := CampaignPage{Items: []Campaign{}}
	for i, v := range views {
		if i == in.Limit {
			last := views[i-1]
			page.NextCursor = encodeCursor(campaign.Cursor{At: last.CreatedAt, ID: last.ID})
			break
		}
		page.Items = append(page.Items, s.campaignOf(v, s.Clock.Now()))
	}
	return &struct{ Body CampaignPage }{page}, nil
}

// encodeCursor makes an opaque cursor of where a page ended.
func encodeCursor(v any) *string {
	text, _ := json.Marshal(v) //nolint:errchkjson // cursors are plain structs of strings, numbers and times
	cursor := base64.RawURLEncoding.EncodeToString(text)
	return &cursor
}

func decodeCursor(cursor string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return apperr.BadCursor()
	}
	return nil
}

type draftInput struct{ Body CampaignDraft }

func (s *server) createCampaign(ctx context.Context, in *draftInput) (*campaignOutput, error) {
	c, err := s.Campaigns.Create(ctx, caller(ctx).forCampaigns(), in.Body.input())
	return s.campaign(campaign.View{Campaign: c}, err)
}

func (s *server) campaign(v campaign.View, err error) (*campaignOutput, error) {
	if err != nil {
		return nil, err
	}
	return &campaignOutput{s.campaignOf(v, s.Clock.Now())}, nil
}

func (s *server) getCampaign(ctx context.Context, in *CampaignPath) (*campaignOutput, error) {
	v, err := s.Campaigns.Get(ctx, caller(ctx).AccountID, in.ID)
	if err == nil {
		v, err = s.foreseen(ctx, v)
	}
	return s.campaign(v, err)
}

func (s *server) editCampaign(ctx context.Context, in *struct {
	CampaignPath
	Body CampaignDraft
}) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.Edit(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.input()))
}

func (s *server) cloneCampaign(ctx context.Context, in *CampaignPath) (*campaignOutput, error) {
	c, err := s.Campaigns.Clone(ctx, caller(ctx).forCampaigns(), in.ID)
	return s.campaign(campaign.View{Campaign: c}, err)
}

// FollowUpRequest says whom the new draft is for.
type FollowUpRequest struct {
	Groups []string `json:"groups" enum:"needs_help,not_reached,no_key" minItems:"1" maxItems:"3"`
}

func (s *server) followUpCampaign(ctx context.Context, in *struct {
	CampaignPath
	Body FollowUpRequest
}) (*campaignOutput, error) {
	c, err := s.Campaigns.FollowUp(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.Groups)
	return s.campaign(campaign.View{Campaign: c}, err)
}

// LaunchRequest names the plan that the person looked at.
type LaunchRequest struct {
	PlanHash string `json:"plan_hash" minLength:"64" maxLength:"64"`
}

func (s *server) launchCampaign(ctx context.Context, in *struct {
	CampaignPath
	Body LaunchRequest
}) (*campaignOutput, error) {
	return s.campaign(s.Campaigns.Launch(ctx, caller(ctx).forCampaigns(), in.ID, in.Body.PlanHash))
}

// ReasonRequest says why, for the audit log.
type ReasonRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"200"`
}

// controlInput has a body by pointer: cancel needs none, and resume only after a safety trip.
type controlInput struct {
	CampaignPath
	Body *ReasonRequest
}

func (in *controlInput) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

func (s *server) pauseCampaign(ctx context.Context, in *controlInput) (*campaignOutput, error) {
	by := caller(ctx)
	if err := s.Campaigns.Pause(ctx, by.forCampaigns(), in.ID, in.reason()); err != nil {
		return nil, err
	}
	return s.campaign(s.Campaigns.Get(ctx, by.AccountID, in.ID))
}

func (s *server) resumeCampaign(ctx context.Context, in *controlInput) (*campaignOutput, error) {
	by := caller(ctx)
	if err := s.Campaigns.Resume(ctx, by.forCampaigns(), in.ID, in.reason()); err != nil {
		return nil, err
	}
	return s.campaign(s.Campaigns.Get(ctx, by.AccountID, in.ID))
}

func (s *server) cancelCampaign(ctx context.Context, in *controlInput) (*campaignOutput, error) {
	by := caller(ctx)
	if err := s.Campaigns.Cancel(ctx, by.forCampaigns(), in.ID); err != nil {
		return nil, err
	}
	// The cancel is committed; the first of the calls it leaves ringing are ended
	// now if the carrier can be reached, all others by housekeeping.
	if err := s.Dialer.EndCancelled(ctx, in.ID); err != nil {
		s.Log.WarnContext(ctx, "end calls of cancelled campaign", "error", err)
	}
	return s.campaign(s.Campaigns.Get(ctx, by.AccountID, in.ID))
}

// PreviewRequest asks to hear a campaign on one's own verified phone.
type PreviewRequest struct {
	CampaignID uuid.UUID `json:"campaign_id"`
	Language   string    `json:"language,omitempty" enum:"en,fr"`
}

// Preview is a preview call and how far it has come.
type Preview struct {
	AttemptID uuid.UUID `json:"attempt_id"`
	State     string    `json:"state"`
	Answer    *int      `json:"answer"`
}

type previewOutput struct{ Body Preview }

func (s *server) createPreview(ctx context.Context, in *struct{ Body PreviewRequest }) (*previewOutput, error) {
	by := caller(ctx)
	id, err := s.Dialer.Preview(ctx, dialer.PreviewRequest{AccountID: by.AccountID, UserID: by.UserID, CampaignID: in.Body.CampaignID,
		Language: in.Body.Language, Actor: by.Actor(), Take: s.Auth.Limits.Preview(by.AccountID)})
	if err != nil {
		return nil, err
	}
	return &previewOutput{Preview{AttemptID: id, State: "placing"}}, nil
}

func (s *server) getPreview(ctx context.Context, in *CampaignPath) (*previewOutput, error) {
	state, err := s.Dialer.PreviewOf(ctx, caller(ctx).AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	return &previewOutput{Preview{AttemptID: in.ID, State: state.State, Answer: state.Answer}}, nil
}

func masked(number string) string {
	if number == "" {
		return ""
	}
	return phone.Mask(number)
}
