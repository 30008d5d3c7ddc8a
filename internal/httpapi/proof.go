package httpapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
)

// RecipientProof answers of one person in a campaign why their phone rang, or why not.
type RecipientProof struct {
	Recipient Recipient           `json:"recipient"`
	Campaign  ProofCampaign       `json:"campaign"`
	Hours     ProofHours          `json:"hours"`
	Attempts  []ProofAttempt      `json:"attempts" doc:"Every call, the oldest first"`
	CallBacks []RecipientCallBack `json:"call_backs" doc:"The person's own calls to the number that called, the oldest first"`
	Consent   ProofConsent        `json:"consent"`
	Messages  []ConsentText       `json:"messages" doc:"Every text to this phone, the newest first"`
}

// ProofCampaign is what was launched, by whom and when.
type ProofCampaign struct {
	ID            uuid.UUID  `json:"id"`
	Name          string     `json:"name"`
	Status        string     `json:"status"`
	LaunchedAt    *time.Time `json:"launched_at"`
	LaunchedBy    string     `json:"launched_by"`
	PlanHash      string     `json:"plan_hash"`
	ManifestHash  string     `json:"manifest_hash"`
	ManifestTotal int        `json:"manifest_total"`
}

// ProofHours are the calling hours that bind this person's phone: the newest
// ones that were worked out for them.
type ProofHours struct {
	Country   string    `json:"country" doc:"Whose rules apply to the number"`
	TimeZones []string  `json:"time_zones" doc:"Calls are made only when it is within hours in all of them"`
	OpenFrom  time.Time `json:"open_from"`
	OpenUntil time.Time `json:"open_until"`
}

// ProofSpan is a time from an instant until another.
type ProofSpan struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// ProofAttempt is one call with what it was made on.
type ProofAttempt struct {
	ID             uuid.UUID     `json:"id"`
	State          string        `json:"state"`
	CallSID        *string       `json:"call_sid" doc:"The carrier's id of the call"`
	From           string        `json:"from" doc:"The number that called"`
	Language       string        `json:"language"`
	CheckedAt      time.Time     `json:"checked_at" doc:"When consent, calling hours and limits were looked at, by the statement that made the call"`
	ConsentEventID int64         `json:"consent_event_id" doc:"The ledger's row that the call relied on"`
	Consent        *ConsentEvent `json:"consent"`
	Hours          *ProofSpan    `json:"hours" doc:"The calling hours around that moment; null where the person's place was changed since"`
	PlacedAt       *time.Time    `json:"placed_at"`
	RingingAt      *time.Time    `json:"ringing_at"`
	AnsweredAt     *time.Time    `json:"answered_at"`
	EndedAt        *time.Time    `json:"ended_at"`
	DurationS      *int          `json:"duration_s"`
	AnsweredBy     string        `json:"answered_by"`
	Heard          string        `json:"heard" doc:"message, voicemail, nothing (consent was gone when the phone was answered), or empty"`
	Answer         *int          `json:"answer"`
	AnswerLabel    string        `json:"answer_label"`
	AnsweredEarly  bool          `json:"answered_early"`
	EndRequested   string        `json:"end_requested" doc:"Why we asked the carrier to end it"`
	ErrorCode      int           `json:"error_code"`
	Error          string        `json:"error"`
}

// ProofConsent is what the ledger amounts to at this moment.
type ProofConsent struct {
	State string        `json:"state" enum:"none,invited,opted_in,opted_out,lapsed"`
	Event *ConsentEvent `json:"event" doc:"That made it so"`
}

// RecipientPath names a person within a campaign.
type RecipientPath struct {
	CampaignPath
	Recipient uuid.UUID `path:"rid"`
}

func (s *server) registerProof() {
	route(s.tenant, huma.Operation{OperationID: "getRecipient", Method: http.MethodGet, Path: "/campaigns/{id}/recipients/{rid}",
		Summary: "Why one phone rang, or did not"}, s.getRecipient)
	route(s.tenant, huma.Operation{OperationID: "listEmployeeCalls", Method: http.MethodGet, Path: "/employees/{id}/calls",
		Summary: "The newest calls to an employee's number"}, s.listEmployeeCalls)
}

func (s *server) getRecipient(ctx context.Context, in *RecipientPath) (*struct{ Body RecipientProof }, error) {
	p, err := s.Campaigns.ProofOf(ctx, caller(ctx).AccountID, in.ID, in.Recipient)
	if err != nil {
		return nil, err
	}
	return &struct{ Body RecipientProof }{proofOf(p)}, nil
}

func proofOf(p campaign.Proof) RecipientProof {
	c := p.Campaign
	out := RecipientProof{Recipient: recipientOf(c.Content, p.Recipient),
		Campaign: ProofCampaign{ID: c.ID, Name: c.Name, Status: string(c.Status), LaunchedAt: c.LaunchedAt, LaunchedBy: p.LaunchedBy,
			PlanHash: c.PlanHash, ManifestHash: hex.EncodeToString(c.ManifestHash), ManifestTotal: c.ManifestTotal},
		Hours:    ProofHours{Country: p.Country, TimeZones: p.Zones, OpenFrom: p.Recipient.OpenFrom, OpenUntil: p.OpenUntil},
		Attempts: []ProofAttempt{}, CallBacks: []RecipientCallBack{},
		Consent: ProofConsent{State: string(p.Consent.State), Event: eventOrNil(p.Consent.Standing)}, Messages: textsOf(p.Consent.Texts)}
	for _, a := range p.Attempts {
		out.Attempts = append(out.Attempts, provenOf(c.Content, a))
	}
	for _, b := range p.CallBacks {
		out.CallBacks = append(out.CallBacks, RecipientCallBack(b))
	}
	return out
}

func provenOf(c campaign.Content, a campaign.ProvenAttempt) ProofAttempt {
	out := ProofAttempt{ID: a.ID, State: a.State, CallSID: a.CallSID, From: a.Sender, Language: a.Language, CheckedAt: a.CheckedAt,
		ConsentEventID: a.ConsentEvent, Consent: eventOrNil(a.Consent), PlacedAt: a.PlacedAt, RingingAt: a.RingingAt, AnsweredAt: a.AnsweredAt,
		EndedAt: a.EndedAt, DurationS: a.DurationS, AnsweredBy: a.AnsweredBy, Heard: a.Heard, Answer: a.Answer, AnswerLabel: c.LabelOf(a.Answer),
		AnsweredEarly: a.AnsweredEarly, EndRequested: a.EndRequested, ErrorCode: a.ErrorCode, Error: a.Error}
	if a.Hours != nil {
		out.Hours = &ProofSpan{From: a.Hours.From, Until: a.Hours.Until}
	}
	return out
}

func eventOrNil(e *consent.PastEvent) *ConsentEvent {
	if e == nil {
		return nil
	}
	event := consentEventOf(*e)
	return &event
}

// EmployeeCalls are calls of campaigns to one person, the newest first.
type EmployeeCalls struct {
	Items []EmployeeCall `json:"items"`
}

// EmployeeCall is one of them; campaign and recipient lead to its proof.
type EmployeeCall struct {
	ID          uuid.UUID `json:"id"`
	CampaignID  uuid.UUID `json:"campaign_id"`
	Campaign    string    `json:"campaign"`
	RecipientID uuid.UUID `json:"recipient_id"`
	At          time.Time `json:"at"`
	State       string    `json:"state"`
	CallSID     *string   `json:"call_sid"`
	Answer      *int      `json:"answer"`
	AnswerLabel string    `json:"answer_label"`
}

func (s *server) listEmployeeCalls(ctx context.Context, in *EmployeePath) (*struct{ Body EmployeeCalls }, error) {
	list, err := s.Campaigns.CallsTo(ctx, caller(ctx).AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	out := EmployeeCalls{Items: []EmployeeCall{}}
	for _, c := range list {
		out.Items = append(out.Items, EmployeeCall{ID: c.ID, CampaignID: c.CampaignID, Campaign: c.Campaign, RecipientID: c.RecipientID, At: c.At,
			State: c.State, CallSID: c.CallSID, Answer: c.Answer, AnswerLabel: c.Content.LabelOf(c.Answer)})
	}
	return &struct{ Body EmployeeCalls }{out}, nil
}
