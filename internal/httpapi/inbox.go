package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/consent"
)

func (s *server) registerInbox() {
	route(s.tenant, huma.Operation{OperationID: "listInbox", Method: http.MethodGet, Path: "/inbox", Summary: "List the texts that a person has to read, newest first"}, s.getInbox)
	route(s.tenant, huma.Operation{OperationID: "countInbox", Method: http.MethodGet, Path: "/inbox/count", Summary: "Count the texts that wait for a person"}, s.getInboxCount)
	route(s.tenant, huma.Operation{OperationID: "resolveText", Method: http.MethodPost, Path: "/inbox/{id}/resolve", Summary: "Decide about a text, once",
		Description: "An opt_out counts like STOP from the phone: it takes effect at once, for every employer on the number that the text was sent to. Nothing here creates an opt-in."}, s.postResolve)
}

// InboxText is a text that no word of ours fits, and what became of it.
type InboxText struct {
	ID             uuid.UUID     `json:"id"`
	ReceivedAt     time.Time     `json:"received_at"`
	Text           string        `json:"text"`
	Word           string        `json:"word" enum:"unknown,yes" doc:"How it was read: yes is a YES with a number that was not asked for"`
	PhoneMasked    string        `json:"phone_masked"`
	EmployeeID     *uuid.UUID    `json:"employee_id" doc:"Null once the person has left the list"`
	EmployeeName   string        `json:"employee_name"`
	Consent        string        `json:"consent" enum:"none,invited,opted_in,opted_out,lapsed" doc:"Now"`
	Since          *ConsentSince `json:"since"`
	ResolvedAt     *time.Time    `json:"resolved_at"`
	Resolution     *string       `json:"resolution" enum:"no_action,opt_out,settled" doc:"settled: the person's own later word said it"`
	ResolvedByName string        `json:"resolved_by_name"`
	Note           string        `json:"note"`
}

// ConsentSince is the newest change of consent after a text.
type ConsentSince struct {
	_       struct{}  `nullable:"true"`
	Kind    string    `json:"kind"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

func inboxTextOf(t consent.InboxText) InboxText {
	out := InboxText{ID: t.ID, ReceivedAt: t.ReceivedAt, Text: t.Body, Word: t.Word, PhoneMasked: t.PhoneMasked, EmployeeID: t.EmployeeID, EmployeeName: t.EmployeeName,
		Consent: string(t.State), ResolvedAt: t.ResolvedAt, Resolution: t.Resolution, ResolvedByName: t.ResolvedByName, Note: t.Note}
	if t.SinceAt != nil {
		out.Since = &ConsentSince{Kind: *t.SinceKind, Channel: *t.SinceChannel, At: *t.SinceAt}
	}
	return out
}

// InboxPage is a page of texts.
type InboxPage struct {
	Items      []InboxText `json:"items"`
	NextCursor *string     `json:"next_cursor"`
	Total      *int        `json:"total,omitempty" doc:"Only with total=true"`
}

type inboxInput struct {
	State  string `query:"state" enum:"open,done" default:"open" doc:"Those that wait, or those that are decided"`
	Search string `query:"search" maxLength:"80" doc:"A part of the text or of the name"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"100"`
	Total  bool   `query:"total"`
}

func (s *server) getInbox(ctx context.Context, in *inboxInput) (*struct{ Body InboxPage }, error) {
	found, err := s.Dialer.Consent.Inbox(ctx, caller(ctx).AccountID, consent.InboxQuery{Done: in.State == "done", Search: in.Search, Limit: in.Limit, Cursor: in.Cursor, Total: in.Total})
	if err != nil {
		return nil, err
	}
	page := InboxPage{Items: make([]InboxText, len(found.Items)), NextCursor: cursorOf(found.Next)}
	for i, t := range found.Items {
		page.Items[i] = inboxTextOf(t)
	}
	if in.Total {
		page.Total = &found.Total
	}
	return &struct{ Body InboxPage }{page}, nil
}

// InboxCount is how many texts wait.
type InboxCount struct {
	Open int `json:"open"`
}

func (s *server) getInboxCount(ctx context.Context, _ *struct{}) (*struct{ Body InboxCount }, error) {
	open, err := s.Dialer.Consent.InboxOpen(ctx, caller(ctx).AccountID)
	return &struct{ Body InboxCount }{InboxCount{open}}, err
}

// TextDecision is what a user makes of a text.
type TextDecision struct {
	Action string `json:"action" enum:"no_action,opt_out"`
	Note   string `json:"note,omitempty" maxLength:"500"`
}

func (s *server) postResolve(ctx context.Context, in *struct {
	IDInput
	Body TextDecision
}) (*struct{ Body InboxText }, error) {
	c := caller(ctx)
	text, err := s.Dialer.Resolve(ctx, in.Body.Action, consent.Decision{Account: c.AccountID, Text: in.ID, Actor: c.Actor(), Note: in.Body.Note})
	if err != nil {
		return nil, err
	}
	return &struct{ Body InboxText }{inboxTextOf(text)}, nil
}
