package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/export"
)

func (s *server) registerAudit() {
	list := func(id, path, summary string, take exporter) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Description: "With format=csv every matching row comes as a file.",
			Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) { s.auditCSV(ctx, next, take) }},
			Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
				"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[AuditList](), true, "")},
				"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}}}}}}
	}
	route(s.owner, list("listAudit", "/audit", "List what was done in the account", func(ctx context.Context, f audit.Filter, add func([]audit.Row) error) error {
		by := caller(ctx)
		return s.Audit.Export(ctx, by.AccountID, by.Actor(), f, add)
	}), s.getAudit)
	route(s.operator, list("listAllAudit", "/operator/audit", "List what was done, anywhere", func(ctx context.Context, f audit.Filter, add func([]audit.Row) error) error {
		by := reviewer(ctx)
		return s.Audit.ExportPlatform(ctx, by.Session.Actor(by.Client), f, add)
	}), s.getAllAudit)
}

// exporter hands every matching row to add, and records that it did.
type exporter func(ctx context.Context, f audit.Filter, add func([]audit.Row) error) error

// AuditRow is one event of the log.
type AuditRow struct {
	ID          string         `json:"id"`
	AccountID   *uuid.UUID     `json:"account_id" doc:"Null for what is the platform's own."`
	At          time.Time      `json:"at"`
	ActorKind   string         `json:"actor_kind" enum:"user,operator,employee,carrier,system,anonymous"`
	ActorName   string         `json:"actor_name"`
	Action      string         `json:"action"`
	SubjectKind string         `json:"subject_kind"`
	SubjectID   string         `json:"subject_id"`
	Detail      map[string]any `json:"detail"`
	IP          string         `json:"ip"`
	RequestID   string         `json:"request_id"`
	Sealed      bool           `json:"sealed" doc:"Its place in the chain is fixed; so within seconds."`
}

// AuditList is a page of the log, newest first.
type AuditList struct {
	Items      []AuditRow `json:"items"`
	NextCursor *string    `json:"next_cursor"`
}

type auditOutput struct{ Body AuditList }

// AuditQuery narrows a list of the log.
type AuditQuery struct {
	Action      string    `query:"action" maxLength:"80" doc:"An action, or all of a noun with a dot at its end: campaign."`
	Actor       string    `query:"actor" maxLength:"100" doc:"A kind, an id, or a part of a name."`
	SubjectKind string    `query:"subject_kind" maxLength:"40" doc:"What was acted on: campaign, employee, account"`
	SubjectID   string    `query:"subject_id" maxLength:"100" doc:"Which one of them"`
	RequestID   string    `query:"request_id" maxLength:"100" doc:"All that one request did"`
	From        time.Time `query:"from"`
	To          time.Time `query:"to"`
	Limit       int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor      string    `query:"cursor" maxLength:"40"`
	Format      string    `query:"format" enum:"json,csv"`
}

func (in AuditQuery) filter() audit.Filter {
	return audit.Filter{Action: in.Action, Actor: in.Actor, SubjectKind: in.SubjectKind, SubjectID: in.SubjectID, RequestID: in.RequestID,
		From: in.From, To: in.To, Limit: in.Limit, Cursor: in.Cursor}
}

func (s *server) getAudit(ctx context.Context, in *AuditQuery) (*auditOutput, error) {
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
		list[i] = AuditRow{ID: strconv.FormatInt(r.ID, 10), AccountID: r.AccountID, RequestID: r.RequestID, At: r.At, ActorKind: r.ActorKind, ActorName: r.ActorName, Action: r.Action,
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
func (s *server) auditCSV(ctx huma.Context, next func(huma.Context), take exporter) {
	if ctx.Query("format") != "csv" {
		next(ctx)
		return
	}
	filter, err := csvFilter(ctx)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	file := &auditFile{ctx: ctx}
	err = take(ctx.Context(), filter, file.add)
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

// csvFilter reads the query itself: the stream is out before the handler's own
// decoder is asked.
func csvFilter(ctx huma.Context) (audit.Filter, error) {
	f := audit.Filter{Action: ctx.Query("action"), Actor: ctx.Query("actor"), SubjectKind: ctx.Query("subject_kind"),
		SubjectID: ctx.Query("subject_id"), RequestID: ctx.Query("request_id")}
	malformed := func(name, message string) error {
		return &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: "Some fields need another look.",
			Fields: []apperr.Field{{Location: "query." + name, Code: "malformed", Message: message}}}
	}
	for name, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		text := ctx.Query(name)
		if text == "" {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			return f, malformed(name, "Use a time such as 2026-11-23T09:00:00Z.")
		}
	}
	if text := ctx.Query("account_id"); text != "" {
		id, err := uuid.Parse(text)
		if err != nil {
			return f, malformed("account_id", "Use an account's id.")
		}
		f.Account = &id
	}
	return f, nil
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
		f.csv = export.NewCSV(f.ctx.BodyWriter(), "id", "at", "actor_kind", "actor_name", "action", "subject_kind", "subject_id", "detail", "ip", "request_id", "sealed", "account_id")
	}
	for _, r := range rows {
		account := ""
		if r.AccountID != nil {
			account = r.AccountID.String()
		}
		f.csv.Row(strconv.FormatInt(r.ID, 10), r.At.UTC().Format(time.RFC3339Nano), r.ActorKind, r.ActorName, r.Action,
			r.SubjectKind, r.SubjectID, string(r.Detail), r.IP, r.RequestID, strconv.FormatBool(r.Sealed), account)
	}
	return nil
}
