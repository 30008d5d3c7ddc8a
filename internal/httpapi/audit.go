package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/export"
)

func (s *server) registerAudit() {
	route(s.owner, huma.Operation{OperationID: "listAudit", Method: http.MethodGet, Path: "/audit", Summary: "List what was done in the account",
		Description: "With format=csv every matching row comes as a file.", Middlewares: huma.Middlewares{s.auditCSV},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[AuditList](), true, "")},
			"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}}}}}}, s.getAudit)
}

// AuditRow is one event of the log.
type AuditRow struct {
	ID          string         `json:"id"`
	At          time.Time      `json:"at"`
	ActorKind   string         `json:"actor_kind" enum:"user,operator,employee,carrier,system,anonymous"`
	ActorName   string         `json:"actor_name"`
	Action      string         `json:"action"`
	SubjectKind string         `json:"subject_kind"`
	SubjectID   string         `json:"subject_id"`
	Detail      map[string]any `json:"detail"`
	IP          string         `json:"ip"`
	Sealed      bool           `json:"sealed" doc:"Its place in the chain is fixed; so within seconds."`
}

// AuditList is a page of the log, newest first.
type AuditList struct {
	Items      []AuditRow `json:"items"`
	NextCursor *string    `json:"next_cursor"`
}

type auditOutput struct{ Body AuditList }

type auditInput struct {
	Action string    `query:"action" maxLength:"80" doc:"An action, or all of a noun with a dot at its end: campaign."`
	Actor  string    `query:"actor" maxLength:"100" doc:"A kind, an id, or a part of a name."`
	From   time.Time `query:"from"`
	To     time.Time `query:"to"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" maxLength:"40"`
	Format string    `query:"format" enum:"json,csv"`
}

func (in auditInput) filter() audit.Filter {
	return audit.Filter{Action: in.Action, Actor: in.Actor, From: in.From, To: in.To, Limit: in.Limit, Cursor: in.Cursor}
}

func (s *server) getAudit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	rows, next, err := s.Audit.Account(ctx, caller(ctx).AccountID, in.filter())
	if err != nil {
		return nil, err
	}
	return auditPage(rows, next)
}

func auditPage(rows []audit.Row, next string) (*auditOutput, error) {
	list, err := auditRows(rows)
	return &auditOutput{AuditList{Items: list, NextCursor: cursorOf(next)}}, err
}

func auditRows(rows []audit.Row) ([]AuditRow, error) {
	list := make([]AuditRow, len(rows))
	for i, r := range rows {
		list[i] = AuditRow{ID: strconv.FormatInt(r.ID, 10), At: r.At, ActorKind: r.ActorKind, ActorName: r.ActorName, Action: r.Action,
			SubjectKind: r.SubjectKind, SubjectID: r.SubjectID, IP: r.IP, Sealed: r.Sealed}
		if err := json.Unmarshal(r.Detail, &list[i].Detail); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func cursorOf(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}

// auditCSV answers format=csv with a stream; anything else goes on to JSON.
func (s *server) auditCSV(ctx huma.Context, next func(huma.Context)) {
	if ctx.Query("format") != "csv" {
		next(ctx)
		return
	}
	filter := audit.Filter{Action: ctx.Query("action"), Actor: ctx.Query("actor")}
	for name, at := range map[string]*time.Time{"from": &filter.From, "to": &filter.To} {
		text := ctx.Query(name)
		if text == "" {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			s.refuse(ctx, &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: "Some fields need another look.",
				Fields: []apperr.Field{{Location: "query." + name, Code: "malformed", Message: "Use a time such as 2026-11-23T09:00:00Z."}}})
			return
		}
	}
	by := caller(ctx.Context())
	file := &auditFile{ctx: ctx}
	err := s.Audit.Export(ctx.Context(), by.AccountID, by.Actor(), filter, file.add)
	switch {
	case err == nil:
		err = file.csv.Close()
	case file.csv == nil:
		s.refuse(ctx, err)
		return
	}
	if err != nil {
		infoOf(ctx.Context()).note(err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
}

// auditFile writes pages of the log as they come.
type auditFile struct {
	ctx huma.Context
	csv *export.CSV
}

func (f *auditFile) add(rows []audit.Row) error {
	if f.csv == nil {
		f.ctx.SetHeader("Content-Type", export.ContentType)
		f.ctx.SetHeader("Content-Disposition", export.Attachment("callshu-audit.csv"))
		f.ctx.SetStatus(http.StatusOK)
		f.csv = export.NewCSV(f.ctx.BodyWriter(), "id", "at", "actor_kind", "actor_name", "action", "subject_kind", "subject_id", "detail", "ip", "request_id", "sealed")
	}
	for _, r := range rows {
		f.csv.Row(strconv.FormatInt(r.ID, 10), r.At.UTC().Format(time.RFC3339Nano), r.ActorKind, r.ActorName, r.Action,
			r.SubjectKind, r.SubjectID, string(r.Detail), r.IP, r.RequestID, strconv.FormatBool(r.Sealed))
	}
	return nil
}
