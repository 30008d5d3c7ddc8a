package httpapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/export"
	"github.com/callshu/callshu/internal/report"
)

func (s *server) registerReports() {
	operation := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/operator/reports" + path, Summary: summary}
	}
	route(s.operator, operation("listReports", http.MethodGet, "", "List the Monday audit reports, newest first"), s.getReports)
	route(s.operator, operation("getReport", http.MethodGet, "/{id}", "A report with its files and its mails"), s.getReport)
	download := operation("downloadReportFile", http.MethodGet, "/{id}/files/{file}", "Download a file of a report")
	bytes := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	download.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/pdf": bytes, "text/csv": bytes}}}
	route(s.operator, download, s.getReportFile)
	route(s.operator, operation("resendReport", http.MethodPost, "/{id}/resend", "Mail a report once more"), s.postResend)
	route(s.operator, operation("checkReportFile", http.MethodPost, "/check", "Tell whether a file is as it was made"), s.postCheck)
}

// ReportFile is a file of a report.
type ReportFile struct {
	ID     uuid.UUID `json:"id"`
	Kind   string    `json:"kind" enum:"csv,pdf"`
	Part   int       `json:"part"`
	Parts  int       `json:"parts"`
	Name   string    `json:"name"`
	Size   int64     `json:"size" doc:"Bytes"`
	SHA256 string    `json:"sha256"`
	Rows   int64     `json:"rows" doc:"Events in it"`

	PurgedAt *time.Time `json:"purged_at" doc:"Since when only its hash is kept; null: it can be downloaded"`
}

// ReportRow is the audit report of one week.
type ReportRow struct {
	ID          uuid.UUID  `json:"id"`
	WeekStart   time.Time  `json:"week_start" doc:"Monday 00:00 in Toronto"`
	WeekEnd     time.Time  `json:"week_end"`
	Events      int64      `json:"events"`
	Late        int64      `json:"late" doc:"Of them: of weeks before, written down after those were reported"`
	Head        string     `json:"head" doc:"Combined head of all chains"`
	Chains      int        `json:"chains"`
	Seals       int64      `json:"seals"`
	MadeAt      time.Time  `json:"made_at"`
	DeliveredAt *time.Time `json:"delivered_at"`
	AlertedAt   *time.Time `json:"alerted_at" doc:"When somebody was last told that it is not delivered"`
	KeptUntil   time.Time  `json:"kept_until" doc:"When its files may go, with the events in them; a legal hold keeps them longer"`
}

// ReportMail is one mail of a report.
type ReportMail struct {
	CreatedAt time.Time  `json:"created_at"`
	Recipient string     `json:"recipient"`
	Files     []string   `json:"files"`
	Attempts  int        `json:"attempts"`
	LastError string     `json:"last_error"`
	SentAt    *time.Time `json:"sent_at"`
}

// ReportList is a page of reports, newest first.
type ReportList struct {
	Items      []ReportRow `json:"items"`
	NextCursor *string     `json:"next_cursor"`
}

// ReportDetail is a report with its files and mails.
type ReportDetail struct {
	Report ReportRow    `json:"report"`
	Files  []ReportFile `json:"files"`
	Mails  []ReportMail `json:"mails"`
}

func reportRow(r report.Report) ReportRow {
	return ReportRow{ID: r.ID, WeekStart: r.WeekStart, WeekEnd: r.WeekEnd, Events: r.Events, Late: r.Late, Head: hex.EncodeToString(r.Head),
		Chains: r.Chains, Seals: r.Seals, MadeAt: r.MadeAt, DeliveredAt: r.DeliveredAt, AlertedAt: r.AlertedAt, KeptUntil: r.KeptUntil()}
}

func reportFile(f report.File) ReportFile {
	return ReportFile{ID: f.ID, Kind: f.Kind, Part: f.Part, Parts: f.Parts, Name: f.Name, Size: f.Size, SHA256: hex.EncodeToString(f.SHA256), Rows: f.Rows, PurgedAt: f.PurgedAt}
}

func (s *server) getReports(ctx context.Context, in *struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"40"`
}) (*struct{ Body ReportList }, error) {
	reports, next, err := s.Reports.List(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	list := ReportList{Items: make([]ReportRow, len(reports)), NextCursor: cursorOf(next)}
	for i, r := range reports {
		list.Items[i] = reportRow(r)
	}
	return &struct{ Body ReportList }{list}, nil
}

type reportOutput struct{ Body ReportDetail }

func (s *server) getReport(ctx context.Context, in *IDInput) (*reportOutput, error) {
	r, files, mails, err := s.Reports.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	detail := ReportDetail{Report: reportRow(r), Files: make([]ReportFile, len(files)), Mails: make([]ReportMail, len(mails))}
	for i, f := range files {
		detail.Files[i] = reportFile(f)
	}
	for i, m := range mails {
		detail.Mails[i] = ReportMail(m)
	}
	return &reportOutput{detail}, nil
}

func (s *server) postResend(ctx context.Context, in *IDInput) (*reportOutput, error) {
	if err := s.Reports.Resend(ctx, staff(ctx), in.ID); err != nil {
		return nil, err
	}
	return s.getReport(ctx, in)
}

// staff is the signed-in operator as the log names them.
func staff(ctx context.Context) audit.Actor {
	by := reviewer(ctx)
	return by.Session.Actor(by.Client)
}

// fileOutput is a download that a browser keeps and never shows: what is in
// the file may have been written by anybody.
type fileOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Policy             string `header:"Content-Security-Policy"`
	Body               []byte
}

func (s *server) getReportFile(ctx context.Context, in *struct {
	IDInput
	File uuid.UUID `path:"file"`
}) (*fileOutput, error) {
	f, err := s.Reports.Download(ctx, staff(ctx), in.ID, in.File)
	if err != nil {
		return nil, err
	}
	return &fileOutput{ContentType: f.MediaType(), ContentDisposition: export.Attachment(f.Name), Policy: "default-src 'none'; sandbox", Body: f.Body}, nil
}

// FileCheck asks for a file by its hash; the file itself stays where it is.
type FileCheck struct {
	SHA256 string `json:"sha256" maxLength:"64"`
}

// FileVerdict is what a check found.
type FileVerdict struct {
	Known    bool       `json:"known" doc:"A report has a file with exactly these bytes."`
	Sealed   bool       `json:"sealed" doc:"The sealed log names the same hash, and its seal holds."`
	Past     bool       `json:"past" doc:"It is not sealed and cannot be: the event that named the hash was deleted when its two years were over."`
	ReportID *uuid.UUID `json:"report_id"`
	Week     *time.Time `json:"week_start"`
	File     *FoundFile `json:"file"`
}

// FoundFile is the file that was recognised.
type FoundFile struct {
	_     struct{} `nullable:"true"`
	Name  string   `json:"name"`
	Part  int      `json:"part"`
	Parts int      `json:"parts"`
	Rows  int64    `json:"rows"`
}

func (s *server) postCheck(ctx context.Context, in *struct{ Body FileCheck }) (*struct{ Body FileVerdict }, error) {
	v, err := s.Reports.Check(ctx, in.Body.SHA256)
	if err != nil {
		return nil, err
	}
	verdict := FileVerdict{Known: v.Known, Sealed: v.Sealed, Past: v.Past}
	if v.Known {
		verdict.ReportID, verdict.Week = &v.Report.ID, &v.Report.WeekStart
		verdict.File = &FoundFile{Name: v.File.Name, Part: v.File.Part, Parts: v.File.Parts, Rows: v.File.Rows}
	}
	return &struct{ Body FileVerdict }{verdict}, nil
}
