package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// Opt-outs that reach us otherwise than from the phone: a person told the
// employer, or wrote to Callshu.

func (s *server) registerOptOuts() {
	route(s.operator, huma.Operation{OperationID: "listOptOuts", Method: http.MethodGet, Path: "/operator/opt-outs", Summary: "List the opt-outs that operators recorded, newest first"}, s.getOptOuts)
	route(s.operator, huma.Operation{OperationID: "recordOptOut", Method: http.MethodPost, Path: "/operator/opt-outs", Summary: "Record an opt-out that reached Callshu",
		Description: "It takes effect at once. The number need not be on any list: with scope platform its gate closes for whoever adds it later."}, s.postOptOut)
	route(s.operator, huma.Operation{OperationID: "listStrayTexts", Method: http.MethodGet, Path: "/operator/stray-texts", Summary: "List the texts of people whom no employer knows, newest first",
		Description: "They are kept for 90 days. No answer was sent: it would name an employer."}, s.getStrayTexts)
}

// EmployeeOptOut is what an employer writes down.
type EmployeeOptOut struct {
	Note string `json:"note,omitempty" maxLength:"500" doc:"How the person said it; kept with the consent history"`
}

// EmployeeOptOutDone says what was done at once.
type EmployeeOptOutDone struct {
	CallsEnded int `json:"calls_ended"`
}

func (s *server) postEmployeeOptOut(ctx context.Context, in *struct {
	EmployeePath
	Body EmployeeOptOut
}) (*struct{ Body EmployeeOptOutDone }, error) {
	wish, err := s.Employees.OptOut(ctx, caller(ctx).forEmployees(), in.ID, in.Body.Note)
	if err != nil {
		return nil, err
	}
	effect, err := s.Dialer.Revoke(ctx, wish)
	return &struct{ Body EmployeeOptOutDone }{EmployeeOptOutDone{effect.CallsEnded}}, err
}

// OptOut is an opt-out as an operator records it.
type OptOut struct {
	Phone      string     `json:"phone" maxLength:"80"`
	Scope      string     `json:"scope" enum:"account,platform"`
	AccountID  *uuid.UUID `json:"account_id,omitempty" doc:"With scope account"`
	ReceivedAt time.Time  `json:"received_at" doc:"When the wish reached us"`
	Evidence   string     `json:"evidence" maxLength:"500" doc:"How it came: a reference, the sender; addresses and numbers are masked"`
	Reason     string     `json:"reason" maxLength:"500"`
}

// OptOutDone says what an opt-out did.
type OptOutDone struct {
	Employers  int `json:"employers" doc:"How many employers may no longer call or text"`
	CallsEnded int `json:"calls_ended"`
}

func (s *server) postOptOut(ctx context.Context, in *struct{ Body OptOut }) (*struct{ Body OptOutDone }, error) {
	account, err := in.Body.account()
	if err != nil {
		return nil, err
	}
	r := reviewer(ctx)
	wish, err := s.Dialer.Consent.OperatorRevocation(ctx, consent.OptOut{Phone: in.Body.Phone, Account: account, ReceivedAt: in.Body.ReceivedAt,
		Evidence: in.Body.Evidence, Reason: in.Body.Reason, Actor: r.Session.Actor(r.Client)})
	if err != nil {
		return nil, err
	}
	effect, err := s.Dialer.Revoke(ctx, wish)
	return &struct{ Body OptOutDone }{OptOutDone(effect)}, err
}

// account decodes the scope: a forgotten account must not become everybody.
func (o OptOut) account() (*uuid.UUID, error) {
	switch {
	case o.Scope == "account" && o.AccountID == nil:
		return nil, apperr.InvalidField("account_id", "required", "Choose the company that may no longer call.")
	case o.Scope == "platform" && o.AccountID != nil:
		return nil, apperr.InvalidField("account_id", "unexpected", "An opt-out from everybody names no company.")
	}
	return o.AccountID, nil
}

// RecordedOptOut is one that was recorded.
type RecordedOptOut struct {
	ID           uuid.UUID  `json:"id"`
	RecordedAt   time.Time  `json:"recorded_at"`
	PhoneMasked  string     `json:"phone_masked"`
	Scope        string     `json:"scope" enum:"account,platform"`
	AccountID    *uuid.UUID `json:"account_id"`
	AccountName  string     `json:"account_name"`
	ReceivedAt   time.Time  `json:"received_at"`
	Evidence     string     `json:"evidence"`
	Reason       string     `json:"reason"`
	OperatorName string     `json:"operator_name"`
	Employers    int        `json:"employers"`
}

// OptOutList is a page of them.
type OptOutList struct {
	Items      []RecordedOptOut `json:"items"`
	NextCursor *string          `json:"next_cursor"`
}

type optOutsInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"100"`
}

func (s *server) getOptOuts(ctx context.Context, in *optOutsInput) (*struct{ Body OptOutList }, error) {
	records, next, err := s.Dialer.Consent.RecordedOptOuts(ctx, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	list := OptOutList{Items: make([]RecordedOptOut, len(records)), NextCursor: cursorOf(next)}
	for i, r := range records {
		scope := "platform"
		if r.AccountID != nil {
			scope = "account"
		}
		list.Items[i] = RecordedOptOut{ID: r.ID, RecordedAt: r.RecordedAt, PhoneMasked: r.PhoneMasked, Scope: scope, AccountID: r.AccountID, AccountName: r.AccountName,
			ReceivedAt: r.ReceivedAt, Evidence: r.Evidence, Reason: r.Reason, OperatorName: r.OperatorName, Employers: r.Employers}
	}
	return &struct{ Body OptOutList }{list}, nil
}

// StrayText is a text of somebody whom no employer knows.
type StrayText struct {
	ID          uuid.UUID `json:"id"`
	ReceivedAt  time.Time `json:"received_at"`
	PhoneMasked string    `json:"phone_masked"`
	Number      string    `json:"number" doc:"Ours, to which it came"`
	Body        string    `json:"body"`
	Word        string    `json:"word" enum:"stop,stop_all,start,yes,help,calls,unknown" doc:"How it was read"`
	Outcome     string    `json:"outcome" doc:"What it did: opted_out, unblocked, help, nothing or review"`
}

// StrayTextList is a page of them.
type StrayTextList struct {
	Items      []StrayText `json:"items"`
	NextCursor *string     `json:"next_cursor"`
}

func (s *server) getStrayTexts(ctx context.Context, in *optOutsInput) (*struct{ Body StrayTextList }, error) {
	texts, next, err := s.Dialer.Consent.StrayTexts(ctx, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	list := StrayTextList{Items: make([]StrayText, len(texts)), NextCursor: cursorOf(next)}
	for i, text := range texts {
		list.Items[i] = StrayText(text)
	}
	return &struct{ Body StrayTextList }{list}, nil
}
