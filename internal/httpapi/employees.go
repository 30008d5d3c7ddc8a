package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/employee"
)

// Employee is one person of an account.
type Employee struct {
	ID          uuid.UUID       `json:"id"`
	Name        string          `json:"name"`
	FirstName   string          `json:"first_name"`
	Phone       string          `json:"phone" doc:"E.164"`
	PhoneMasked string          `json:"phone_masked"`
	Country     string          `json:"country" enum:"CA,US"`
	Language    string          `json:"language" enum:"en,fr"`
	TimeZone    string          `json:"time_zone" doc:"As the employer stated it; empty: by the number"`
	Zones       []string        `json:"zones" doc:"Time zones of the number"`
	Tags        []string        `json:"tags"`
	Consent     EmployeeConsent `json:"consent"`
	CreatedAt   time.Time       `json:"created_at"`
}

// EmployeeConsent is the state that the ledger amounts to.
type EmployeeConsent struct {
	State     string     `json:"state" enum:"none,invited,opted_in,opted_out,lapsed"`
	ChangedAt *time.Time `json:"changed_at"`
}

func employeeOf(e employee.Employee) Employee {
	out := Employee{ID: e.ID, Name: e.Name, FirstName: e.FirstName, Phone: e.Phone, PhoneMasked: masked(e.Phone), Country: e.Country, Language: e.Language,
		TimeZone: e.TimeZone, Zones: append([]string{}, e.NumberZones...), Tags: append([]string{}, e.Tags...), CreatedAt: e.CreatedAt,
		Consent: EmployeeConsent{State: string(e.State)}}
	if !e.StateAt.IsZero() {
		out.Consent.ChangedAt = &e.StateAt
	}
	return out
}

func (c Caller) forEmployees() employee.By {
	return employee.By{Account: c.AccountID, Actor: c.Actor(), Language: c.Language}
}

func (s *server) registerEmployees() {
	route(s.tenant, huma.Operation{OperationID: "listEmployees", Method: http.MethodGet, Path: "/employees"}, s.listEmployees)
	route(s.tenant, huma.Operation{OperationID: "createEmployee", Method: http.MethodPost, Path: "/employees", DefaultStatus: http.StatusCreated}, s.createEmployee)
	route(s.tenant, huma.Operation{OperationID: "getEmployee", Method: http.MethodGet, Path: "/employees/{id}"}, s.getEmployee)
	route(s.tenant, huma.Operation{OperationID: "editEmployee", Method: http.MethodPatch, Path: "/employees/{id}"}, s.editEmployee)
	route(s.tenant, huma.Operation{OperationID: "deleteEmployee", Method: http.MethodDelete, Path: "/employees/{id}", DefaultStatus: http.StatusNoContent}, s.deleteEmployee)
	route(s.tenant, huma.Operation{OperationID: "listTags", Method: http.MethodGet, Path: "/employees/tags"}, s.listTags)
	route(s.tenant, huma.Operation{OperationID: "consentFunnel", Method: http.MethodGet, Path: "/employees/funnel"}, s.funnel)
	route(s.tenant, huma.Operation{OperationID: "getConsent", Method: http.MethodGet, Path: "/employees/{id}/consent"}, s.getConsent)
	route(s.tenant, huma.Operation{OperationID: "inviteEmployee", Method: http.MethodPost, Path: "/employees/{id}/invite", DefaultStatus: http.StatusAccepted}, s.inviteEmployee)
	route(s.tenant, huma.Operation{OperationID: "inviteEmployees", Method: http.MethodPost, Path: "/employees/invite", DefaultStatus: http.StatusAccepted}, s.inviteEmployees)
	route(s.tenant, huma.Operation{OperationID: "optOutEmployee", Method: http.MethodPost, Path: "/employees/{id}/opt-out", Summary: "Record that a person does not want calls"}, s.postEmployeeOptOut)
	s.registerImport()
	s.registerRights()
}

// EmployeePage is a page of people.
type EmployeePage struct {
	Items      []Employee `json:"items"`
	NextCursor *string    `json:"next_cursor"`
	Total      *int       `json:"total,omitempty" doc:"Only with total=true"`
}

type listEmployeesInput struct {
	Search  string `query:"search" maxLength:"80" doc:"The start of any word of the name, or digits of the number"`
	Consent string `query:"consent" enum:"none,invited,opted_in,opted_out,lapsed"`
	Tag     string `query:"tag" maxLength:"40"`
	Sort    string `query:"sort" enum:"name,-name,created_at,-created_at" default:"name"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor  string `query:"cursor"`
	Total   bool   `query:"total"`
}

func (s *server) listEmployees(ctx context.Context, in *listEmployeesInput) (*struct{ Body EmployeePage }, error) {
	found, err := s.Employees.List(ctx, caller(ctx).AccountID, employee.Query{Search: in.Search, State: consent.State(in.Consent), Tag: in.Tag,
		Sort: in.Sort, Limit: in.Limit, Cursor: in.Cursor, Total: in.Total})
	if err != nil {
		return nil, err
	}
	return &struct{ Body EmployeePage }{employeePage(found, in.Total)}, nil
}

func employeePage(found employee.Page, total bool) EmployeePage {
	page := EmployeePage{Items: []Employee{}}
	for _, e := range found.Items {
		page.Items = append(page.Items, employeeOf(e))
	}
	if found.Next != "" {
		page.NextCursor = &found.Next
	}
	if total {
		page.Total = &found.Total
	}
	return page
}

// EmployeeForm is one person as an employer types it.
type EmployeeForm struct {
	Name        string   `json:"name" maxLength:"200"`
	FirstName   string   `json:"first_name,omitempty" maxLength:"200"`
	Phone       string   `json:"phone" maxLength:"80"`
	Language    string   `json:"language,omitempty" maxLength:"20"`
	TimeZone    string   `json:"time_zone,omitempty" maxLength:"60"`
	Tags        []string `json:"tags,omitempty" maxItems:"50"`
	Attestation string   `json:"attestation" doc:"How this person gave the number" maxLength:"500"`
	Invite      bool     `json:"invite,omitempty"`
}

type employeeOutput struct{ Body Employee }

func oneEmployee(e employee.Employee, err error) (*employeeOutput, error) {
	if err != nil {
		return nil, err
	}
	return &employeeOutput{employeeOf(e)}, nil
}

func (s *server) createEmployee(ctx context.Context, in *struct{ Body EmployeeForm }) (*employeeOutput, error) {
	return oneEmployee(s.Employees.Create(ctx, caller(ctx).forEmployees(), employee.Form(in.Body)))
}

// EmployeePath is exported because huma fills embedded inputs only then.
type EmployeePath struct {
	ID uuid.UUID `path:"id"`
}

func (s *server) getEmployee(ctx context.Context, in *EmployeePath) (*employeeOutput, error) {
	return oneEmployee(s.Employees.Get(ctx, caller(ctx).AccountID, in.ID))
}

// EmployeeChange changes what is given and leaves the rest.
type EmployeeChange struct {
	Name        *string   `json:"name,omitempty" maxLength:"200"`
	FirstName   *string   `json:"first_name,omitempty" maxLength:"200"`
	Phone       *string   `json:"phone,omitempty" maxLength:"80"`
	Language    *string   `json:"language,omitempty" maxLength:"20"`
	TimeZone    *string   `json:"time_zone,omitempty" maxLength:"60"`
	Tags        *[]string `json:"tags,omitempty" maxItems:"50"`
	Attestation string    `json:"attestation,omitempty" doc:"Needed with a new number" maxLength:"500"`
	Invite      bool      `json:"invite,omitempty"`
}

func (s *server) editEmployee(ctx context.Context, in *struct {
	EmployeePath
	Body EmployeeChange
}) (*employeeOutput, error) {
	return oneEmployee(s.Employees.Update(ctx, caller(ctx).forEmployees(), in.ID, employee.Change{Name: in.Body.Name, FirstName: in.Body.FirstName,
		Phone: in.Body.Phone, Language: in.Body.Language, TimeZone: in.Body.TimeZone, Tags: in.Body.Tags, Attestation: in.Body.Attestation, Invite: in.Body.Invite}))
}

func (s *server) deleteEmployee(ctx context.Context, in *EmployeePath) (*struct{}, error) {
	return nil, s.Employees.Delete(ctx, caller(ctx).forEmployees(), in.ID)
}

// TagList is every tag of an account with the number of people who carry it.
type TagList struct {
	Items []Tag `json:"items"`
}

// Tag is a tag and how many people carry it.
type Tag struct {
	Tag   string `json:"tag"`
	Count int    `json:"count"`
}

func (s *server) listTags(ctx context.Context, _ *struct{}) (*struct{ Body TagList }, error) {
	tags, err := s.Employees.Tags(ctx, caller(ctx).AccountID)
	list := TagList{Items: []Tag{}}
	for _, t := range tags {
		list.Items = append(list.Items, Tag(t))
	}
	return &struct{ Body TagList }{list}, err
}

// ConsentFunnel counts people by how far they are on the way to a YES.
type ConsentFunnel struct {
	Imported    int `json:"imported"`
	None        int `json:"none"`
	Invited     int `json:"invited"`
	OptedIn     int `json:"opted_in"`
	OptedOut    int `json:"opted_out"`
	Lapsed      int `json:"lapsed"`
	CallableNow int `json:"callable_now" doc:"Opted in, and within their calling hours"`
}

func (s *server) funnel(ctx context.Context, _ *struct{}) (*struct{ Body ConsentFunnel }, error) {
	f, err := s.Employees.Funnel(ctx, caller(ctx).AccountID)
	return &struct{ Body ConsentFunnel }{ConsentFunnel(f)}, err
}

// ConsentHistory is the proof of one person's consent, newest first.
type ConsentHistory struct {
	State    string         `json:"state" enum:"none,invited,opted_in,opted_out,lapsed"`
	Events   []ConsentEvent `json:"events"`
	Messages []ConsentText  `json:"messages"`
}

// ConsentEvent is one row of the ledger.
type ConsentEvent struct {
	At             time.Time  `json:"at" doc:"When we acted on it"`
	ProviderAt     *time.Time `json:"provider_at" doc:"When the carrier took it, where it tells: a minute or so later"`
	Kind           string     `json:"kind"`
	Channel        string     `json:"channel"`
	Actor          string     `json:"actor" doc:"user, employee, carrier, operator or system"`
	ActorName      string     `json:"actor_name"`
	WordingVersion string     `json:"wording_version"`
	WordingHash    string     `json:"wording_hash" doc:"SHA-256 of the exact text, in hex"`
	Text           string     `json:"text" doc:"The exact words sent"`
	InboundText    string     `json:"inbound_text"`
	MessageSID     string     `json:"message_sid"`
	CallSID        string     `json:"call_sid"`
	Language       string     `json:"language"`
	Note           string     `json:"note" doc:"What whoever recorded an opt-out wrote"`
}

// ConsentText is one text that we sent to the person.
type ConsentText struct {
	ID        uuid.UUID  `json:"id"`
	CreatedAt time.Time  `json:"created_at"`
	DueAt     time.Time  `json:"due_at"`
	SentAt    *time.Time `json:"sent_at"`
	Kind      string     `json:"kind"`
	State     string     `json:"state"`
	Body      string     `json:"body"`
	ErrorCode int        `json:"error_code"`
	Reason    string     `json:"reason"`

	MessageSID string `json:"message_sid" doc:"The carrier's id"`
}

func (s *server) getConsent(ctx context.Context, in *EmployeePath) (*struct{ Body ConsentHistory }, error) {
	h, err := s.Employees.History(ctx, caller(ctx).AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ConsentHistory }{consentHistory(h)}, nil
}

func consentHistory(h employee.History) ConsentHistory {
	out := ConsentHistory{State: string(h.State), Events: []ConsentEvent{}}
	for _, e := range h.Events {
		out.Events = append(out.Events, consentEventOf(e))
	}
	out.Messages = textsOf(h.Texts)
	return out
}

func consentEventOf(e consent.PastEvent) ConsentEvent {
	return ConsentEvent{At: e.At, ProviderAt: e.ProviderAt, Kind: e.Kind, Channel: e.Channel, Actor: e.ActorKind, ActorName: e.ActorName,
		WordingVersion: e.WordingVersion, WordingHash: hexOf(e.WordingHash), Text: e.Text, InboundText: e.InboundText,
		MessageSID: e.MessageSID, CallSID: e.CallSID, Language: e.Language, Note: e.Note}
}

func textsOf(list []consent.PastText) []ConsentText {
	texts := []ConsentText{}
	for _, m := range list {
		texts = append(texts, ConsentText(m))
	}
	return texts
}

// InvitationQueued says that one invitation waits to be sent.
type InvitationQueued struct {
	Queued bool `json:"queued"`
}

func (s *server) inviteEmployee(ctx context.Context, in *EmployeePath) (*struct{ Body InvitationQueued }, error) {
	if err := s.Employees.InviteOne(ctx, caller(ctx).forEmployees(), in.ID); err != nil {
		return nil, err
	}
	return &struct{ Body InvitationQueued }{InvitationQueued{true}}, nil
}

// InviteRequest names people, or everybody who may be invited.
type InviteRequest struct {
	IDs []uuid.UUID `json:"ids,omitempty" maxItems:"1000"`
	All bool        `json:"all,omitempty"`
}

// InviteResult says what was queued and who was left out.
type InviteResult struct {
	Queued   int          `json:"queued"`
	Skipped  []InviteSkip `json:"skipped"`
	FinishAt *time.Time   `json:"finish_at" doc:"About when the last one has been sent"`
}

// InviteSkip counts those who are not invited for one reason.
type InviteSkip struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

func (s *server) inviteEmployees(ctx context.Context, in *struct{ Body InviteRequest }) (*struct{ Body InviteResult }, error) {
	if !in.Body.All && len(in.Body.IDs) == 0 {
		return nil, apperr.InvalidField("ids", "required", "Name at least one person, or all.")
	}
	result, err := s.Employees.Invite(ctx, caller(ctx).forEmployees(), in.Body.IDs, in.Body.All)
	if err != nil {
		return nil, err
	}
	out := InviteResult{Queued: result.Queued, Skipped: []InviteSkip{}, FinishAt: orNil(result.FinishAt)}
	for reason, count := range result.Skipped {
		out.Skipped = append(out.Skipped, InviteSkip{Reason: reason, Count: count})
	}
	return &struct{ Body InviteResult }{out}, nil
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
