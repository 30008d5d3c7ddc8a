package httpapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/employee"
)

// importTimeout is how long a client may take to send its 16 MiB.
const importTimeout = 55 * time.Second

func (s *server) registerImport() {
	route(s.tenant, huma.Operation{OperationID: "importEmployees", Method: http.MethodPost, Path: "/employees/import", MaxBodyBytes: maxCSV, BodyReadTimeout: importTimeout,
		Description: "A CSV with columns name, phone, language, time_zone, tags, in any order; UTF-8. With dry_run=true nothing is kept. All good rows are taken in one transaction."}, s.importEmployees)
	route(s.tenant, huma.Operation{OperationID: "getImport", Method: http.MethodGet, Path: "/employees/imports/{id}"}, s.getImport)
}

// ImportResult says what was, or would be, done with each row of a file.
type ImportResult struct {
	ImportID          *uuid.UUID     `json:"import_id"`
	DryRun            bool           `json:"dry_run"`
	Total             int            `json:"total"`
	New               int            `json:"new"`
	Changed           int            `json:"changed"`
	Unchanged         int            `json:"unchanged"`
	Rejected          int            `json:"rejected"`
	Errors            []ImportError  `json:"errors" doc:"Of the first 200 rejected rows"`
	Columns           []ImportColumn `json:"columns"`
	Sample            []Employee     `json:"sample" doc:"The first five that would be taken"`
	InvitationsQueued int            `json:"invitations_queued"`
	FinishAt          *time.Time     `json:"finish_at" doc:"About when the last invitation has been sent"`
}

// ImportError is why one row was not taken.
type ImportError struct {
	Row     int    `json:"row" doc:"Line of the file; the headings are line 1"`
	Column  string `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ImportColumn is a heading of the file and what it was taken for; an empty
// field means that it is ignored.
type ImportColumn struct {
	Heading string `json:"heading"`
	Field   string `json:"field"`
}

func importOf(r employee.ImportResult) ImportResult {
	out := ImportResult{DryRun: r.DryRun, Total: r.Total, New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Rejected: r.Rejected,
		Errors: []ImportError{}, Columns: []ImportColumn{}, Sample: []Employee{}, InvitationsQueued: r.InvitationsQueued, FinishAt: orNil(r.FinishAt)}
	if r.ID != uuid.Nil {
		out.ImportID = &r.ID
	}
	for _, e := range r.Errors {
		out.Errors = append(out.Errors, ImportError(e))
	}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, ImportColumn(c))
	}
	for _, e := range r.Sample {
		out.Sample = append(out.Sample, employeeOf(e))
	}
	return out
}

type importInput struct {
	DryRun      bool   `query:"dry_run"`
	Attestation string `query:"attestation" maxLength:"500" doc:"How the people gave their numbers; not needed for a dry run"`
	Invite      bool   `query:"invite" doc:"Send each new person one invitation"`
	RawBody     []byte `contentType:"text/csv"`
}

type importOutput struct{ Body ImportResult }

func (s *server) importEmployees(ctx context.Context, in *importInput) (*importOutput, error) {
	result, err := s.Employees.Import(ctx, caller(ctx).forEmployees(), employee.ImportRequest{Data: in.RawBody, DryRun: in.DryRun, Attestation: in.Attestation, Invite: in.Invite})
	if err != nil {
		return nil, err
	}
	return &importOutput{importOf(result)}, nil
}

func (s *server) getImport(ctx context.Context, in *EmployeePath) (*importOutput, error) {
	result, err := s.Employees.FindImport(ctx, caller(ctx).AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	return &importOutput{importOf(result)}, nil
}

func hexOf(hash []byte) string { return hex.EncodeToString(hash) }
