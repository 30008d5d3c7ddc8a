package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/export"
)

// Recipient is one employee in one campaign.
type Recipient struct {
	ID            uuid.UUID         `json:"id"`
	EmployeeID    uuid.UUID         `json:"employee_id"`
	Position      int               `json:"position"`
	Name          string            `json:"name"`
	PhoneMasked   string            `json:"phone_masked"`
	Language      string            `json:"language"`
	State         string            `json:"state" enum:"pending,dialling,answered,answered_no_key,voicemail,no_answer,busy,failed,skipped,cancelled" doc:"Skipped and cancelled: no call of this campaign came to anything, or they have said stop since; of anybody else the last outcome stays"`
	Reason        string            `json:"reason"`
	Answer        *int              `json:"answer"`
	AnswerLabel   string            `json:"answer_label"`
	AnsweredEarly bool              `json:"answered_early"`
	AnsweredAt    *time.Time        `json:"answered_at"`
	AttemptsMade  int               `json:"attempts_made"`
	DueAt         time.Time         `json:"due_at"`
	OpenFrom      time.Time         `json:"open_from"`
	FinishedAt    *time.Time        `json:"finished_at"`
	LastAttempt   *RecipientAttempt `json:"last_attempt"`

	AnsweredByCallback bool               `json:"answered_by_callback" doc:"The answer was given by calling the number back"`
	CallBack           *RecipientCallBack `json:"call_back"`
}

// RecipientCallBack is a recipient's own call to the number that called: the
// one that gave the answer, else the newest.
type RecipientCallBack struct {
	CallSID string    `json:"call_sid"`
	At      time.Time `json:"at"`
	Heard   string    `json:"heard" enum:"caller,message" doc:"caller: who called, when and why; message: the message too"`
	Answer  *int      `json:"answer"`
}

// RecipientAttempt is the newest dialling of a recipient.
type RecipientAttempt struct {
	ID         uuid.UUID  `json:"id"`
	State      string     `json:"state"`
	CallSID    *string    `json:"call_sid"`
	RingingAt  *time.Time `json:"ringing_at"`
	AnsweredAt *time.Time `json:"answered_at"`
	EndedAt    *time.Time `json:"ended_at"`
	DurationS  *int       `json:"duration_s"`
	AnsweredBy string     `json:"answered_by"`
	Error      string     `json:"error"`
}

// RecipientPage is a page of the roster, in the order of the manifest.
type RecipientPage struct {
	Items      []Recipient `json:"items"`
	NextCursor *string     `json:"next_cursor"`
}

func recipientOf(c campaign.Content, r campaign.Recipient) Recipient {
	out := Recipient{ID: r.ID, EmployeeID: r.EmployeeID, Position: r.Position, Name: employee.ErasedName(r.Name), PhoneMasked: masked(r.Phone), Language: r.Language,
		State: string(r.State), Reason: r.Reason, Answer: r.Answer, AnswerLabel: c.LabelOf(r.Answer), AnsweredEarly: r.AnsweredEarly, AnsweredAt: r.AnsweredAt,
		AttemptsMade: r.AttemptsMade, DueAt: r.DueAt, OpenFrom: r.OpenFrom, FinishedAt: r.FinishedAt,
		AnsweredByCallback: r.ByCallBack}
	if b := r.CalledBack; b != nil {
		back := RecipientCallBack(*b)
		out.CallBack = &back
	}
	if a := r.Last; a != nil {
		out.LastAttempt = &RecipientAttempt{ID: a.ID, State: a.State, CallSID: a.CallSID, RingingAt: a.RingingAt, AnsweredAt: a.AnsweredAt,
			EndedAt: a.EndedAt, DurationS: a.DurationS, AnsweredBy: a.AnsweredBy, Error: a.Error}
	}
	return out
}

func (s *server) registerRoster() {
	route(s.tenant, huma.Operation{OperationID: "listRecipients", Method: http.MethodGet, Path: "/campaigns/{id}/recipients",
		Description: "With format=csv everybody who fits comes as a file.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[RecipientPage](), true, "")},
			"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}, s.listRecipients)
}

type rosterInput struct {
	CampaignPath
	State     string `query:"state" enum:"pending,dialling,answered,answered_no_key,voicemail,no_answer,busy,failed,skipped,cancelled"`
	Answer    int    `query:"answer" minimum:"0" maximum:"7"`
	Search    string `query:"search" maxLength:"80"`
	Attention string `query:"attention" enum:"all,needs_help,not_reached,no_key" doc:"Only who needs somebody's attention, those first who asked for help"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor    string `query:"cursor"`
	Format    string `query:"format" enum:"csv"`
}

func (in *rosterInput) filter(limit int) campaign.RosterFilter {
	return campaign.RosterFilter{State: in.State, Answer: in.Answer, Search: employee.Fold(in.Search), Attention: in.Attention, Limit: limit}
}

type rosterOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               any
}

func (s *server) listRecipients(ctx context.Context, in *rosterInput) (*rosterOutput, error) {
	if in.Format == "csv" {
		return s.exportRecipients(ctx, in)
	}
	filter := in.filter(in.Limit + 1)
	if in.Cursor != "" {
		after, err := afterOf(in.Cursor)
		if err != nil {
			return nil, err
		}
		filter.After = after
	}
	c, list, err := s.Campaigns.Roster(ctx, caller(ctx).AccountID, in.ID, filter)
	if err != nil {
		return nil, err
	}
	page := RecipientPage{Items: []Recipient{}}
	for i, r := range list {
		if i == in.Limit {
			page.NextCursor = encodeCursor(rosterPlace{int32(list[i-1].Rank), int32(list[i-1].Position)}) //nolint:gosec // the database holds both in 32 bits
			break
		}
		page.Items = append(page.Items, recipientOf(c.Content, r))
	}
	return &rosterOutput{ContentType: "application/json", Body: page}, nil
}

// rosterPlace is where the last row of the page before stands: its rank and its
// position. The database holds both in 32 bits and takes no larger ones.
type rosterPlace [2]int32

func afterOf(cursor string) (campaign.Place, error) {
	var p rosterPlace
	err := decodeCursor(cursor, &p)
	return campaign.Place{Rank: int(p[0]), Position: int(p[1])}, err
}

// maxExport bounds one file; larger campaigns cannot be made (CSV imports stop there too).
const maxExport = 100_000

func (s *server) exportRecipients(ctx context.Context, in *rosterInput) (*rosterOutput, error) {
	by := caller(ctx)
	if by.Role != "owner" {
		return nil, apperr.New(apperr.Forbidden, "owner_only", "Only an owner of the account may export.")
	}
	filter := in.filter(maxExport)
	c, list, err := s.Campaigns.Roster(ctx, by.AccountID, in.ID, filter)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w := export.NewCSV(&file, "name", "phone", "language", "state", "reason", "answer", "answer_label", "answered_before_end", "answered_at", "attempts", "last_call_sid",
		"answered_by_callback", "called_back_at", "call_back_sid")
	for _, r := range list {
		row := recipientOf(c.Content, r)
		answer, answeredAt, sid, backAt, backSID := "", "", "", "", ""
		if r.Answer != nil {
			answer = strconv.Itoa(*r.Answer)
		}
		if r.AnsweredAt != nil {
			answeredAt = r.AnsweredAt.Format(time.RFC3339)
		}
		if r.Last != nil && r.Last.CallSID != nil {
			sid = *r.Last.CallSID
		}
		if r.CalledBack != nil {
			backAt, backSID = r.CalledBack.At.Format(time.RFC3339), r.CalledBack.CallSID
		}
		w.Row(row.Name, r.Phone, row.Language, row.State, row.Reason, answer, row.AnswerLabel, strconv.FormatBool(r.AnsweredEarly), answeredAt, strconv.Itoa(r.AttemptsMade), sid,
			strconv.FormatBool(r.ByCallBack), backAt, backSID)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := s.Campaigns.RecordExport(ctx, by.forCampaigns(), in.ID, filter, len(list)); err != nil {
		return nil, err
	}
	return &rosterOutput{ContentType: export.ContentType, ContentDisposition: `attachment; filename="campaign-results.csv"`, Body: file.Bytes()}, nil
}
