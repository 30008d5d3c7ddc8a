package httpapi

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/export"
)

// importTimeout is how long a client may take to send its 16 MiB.
const importTimeout = 55 * time.Second

func (s *server) registerImport() {
	route(s.tenant, huma.Operation{OperationID: "uploadImport", Method: http.MethodPost, Path: "/employees/imports", MaxBodyBytes: maxCSV, BodyReadTimeout: importTimeout, DefaultStatus: http.StatusCreated,
		Description: "A CSV in UTF-8 with one person per row. It is kept for a day and checked; nobody is added before it is confirmed."}, s.uploadImport)
	route(s.tenant, huma.Operation{OperationID: "listImports", Method: http.MethodGet, Path: "/employees/imports"}, s.listImports)
	route(s.tenant, huma.Operation{OperationID: "getImport", Method: http.MethodGet, Path: "/employees/imports/{id}"}, s.getImport)
	route(s.tenant, huma.Operation{OperationID: "setImportColumns", Method: http.MethodPut, Path: "/employees/imports/{id}/columns", Summary: "Say what each column is; remembered for the next file with the same headings"}, s.setImportColumns)
	route(s.tenant, huma.Operation{OperationID: "confirmImport", Method: http.MethodPost, Path: "/employees/imports/{id}/confirm", DefaultStatus: http.StatusAccepted,
		Description: "A job takes all good rows, as a whole or not at all. Confirmed twice, it is one job."}, s.confirmImport)
	route(s.tenant, huma.Operation{OperationID: "listRejectedRows", Method: http.MethodGet, Path: "/employees/imports/{id}/rejected", Summary: "All rejected rows as CSV: their cells, the line and what is wrong",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}}, s.listRejectedRows)
	route(s.tenant, huma.Operation{OperationID: "listGone", Method: http.MethodGet, Path: "/employees/imports/{id}/gone", Summary: "People on the list whom the file does not name"}, s.listGone)
	route(s.tenant, huma.Operation{OperationID: "archiveGone", Method: http.MethodPost, Path: "/employees/imports/{id}/archive", DefaultStatus: http.StatusAccepted,
		Description: "A job takes off the list whom the file does not name. A STOP of theirs stays; who comes back is asked again."}, s.archiveGone)
}

// Import is a file of people on its way to the list.
type Import struct {
	ID                uuid.UUID      `json:"id"`
	FileName          string         `json:"file_name"`
	State             string         `json:"state" enum:"open,queued,running,done,failed"`
	CreatedAt         time.Time      `json:"created_at"`
	FinishedAt        *time.Time     `json:"finished_at"`
	Phase             string         `json:"phase" enum:",reading,writing,inviting"`
	Done              int            `json:"done" doc:"People written"`
	ToDo              int            `json:"to_do" doc:"People who are new or changed"`
	Total             int            `json:"total" doc:"Rows with people; this and the next five are of this moment while the file is open"`
	New               int            `json:"new"`
	Changed           int            `json:"changed"`
	Unchanged         int            `json:"unchanged"`
	Rejected          int            `json:"rejected"`
	Gone              int            `json:"gone" doc:"People on the list whom the file does not name"`
	InvitationsQueued int            `json:"invitations_queued"`
	FinishAt          *time.Time     `json:"finish_at" doc:"About when the last invitation has been sent"`
	Problem           *ImportProblem `json:"problem" doc:"Why its columns cannot be read, or why it failed"`
	Archive           string         `json:"archive" enum:",queued,done" doc:"Of those who are gone"`
	ArchiveConfirmed  int            `json:"archive_confirmed"`
	Archived          int            `json:"archived"`
	Kept              bool           `json:"kept" doc:"The file is still here"`
	Check             *ImportCheck   `json:"check" doc:"Only of one open or failed import"`
}

// ImportProblem is a stable code and a sentence.
type ImportProblem struct {
	_       struct{} `nullable:"true"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
}

// ImportCheck is how a file would be read.
type ImportCheck struct {
	_       struct{}       `nullable:"true"`
	Columns []ImportColumn `json:"columns"`
	Preview [][]string     `json:"preview" doc:"The first five rows, as they stand"`
	Errors  []ImportError  `json:"errors" doc:"Of the first 200 rejected rows"`
	Unread  int            `json:"unread" doc:"Rejected rows without a number that can be read: who they are may be among those who are gone"`
	Sample  []Employee     `json:"sample" doc:"The first five that would be taken"`
	Changes []ImportChange `json:"changes" doc:"The first five that would change"`
}

// ImportError is why one row was not taken.
type ImportError struct {
	Row     int    `json:"row" doc:"Line of the file; the headings are line 1"`
	Column  string `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ImportColumn is a heading of the file and what it is taken for; an empty
// field means that it is ignored.
type ImportColumn struct {
	Heading string `json:"heading"`
	Field   string `json:"field" enum:",name,first_name,last_name,phone,language,time_zone,tags"`
}

// ImportChange is what the file would change of one person.
type ImportChange struct {
	Name   string              `json:"name"`
	Phone  string              `json:"phone"`
	Fields []ImportFieldChange `json:"fields"`
}

// ImportFieldChange is one field before and after.
type ImportFieldChange struct {
	Field  string `json:"field" enum:"name,first_name,language,time_zone,tags"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func importOf(r employee.Import) Import {
	out := Import{ID: r.ID, FileName: r.FileName, State: r.State, CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt, Phase: r.Phase, Done: r.Done, ToDo: r.ToDo,
		Total: r.Total, New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Rejected: r.Rejected, Gone: r.Gone, InvitationsQueued: r.InvitationsQueued, FinishAt: r.FinishAt,
		Archive: r.Archive, ArchiveConfirmed: r.ArchiveConfirmed, Archived: r.Archived, Kept: r.Kept}
	if r.ProblemCode != "" {
		out.Problem = &ImportProblem{Code: r.ProblemCode, Message: r.Problem}
	}
	if r.Check != nil {
		out.Check = checkOf(r.Check)
	}
	return out
}

func checkOf(c *employee.Check) *ImportCheck {
	out := &ImportCheck{Columns: []ImportColumn{}, Preview: c.Preview, Errors: []ImportError{}, Unread: c.Unread, Sample: []Employee{}, Changes: []ImportChange{}}
	for _, column := range c.Columns {
		out.Columns = append(out.Columns, ImportColumn(column))
	}
	for _, e := range c.Errors {
		out.Errors = append(out.Errors, ImportError(e))
	}
	for _, e := range c.Sample {
		out.Sample = append(out.Sample, employeeOf(e))
	}
	for _, d := range c.Changes {
		change := ImportChange{Name: d.Name, Phone: d.Phone, Fields: []ImportFieldChange{}}
		for _, f := range d.Fields {
			change.Fields = append(change.Fields, ImportFieldChange(f))
		}
		out.Changes = append(out.Changes, change)
	}
	return out
}

// ImportPath names an import.
type ImportPath struct {
	ID uuid.UUID `path:"id"`
}

type importOutput struct{ Body Import }

func oneImport(r employee.Import, err error) (*importOutput, error) {
	if err != nil {
		return nil, err
	}
	return &importOutput{importOf(r)}, nil
}

type uploadInput struct {
	Name    string `query:"name" maxLength:"200" doc:"Of the file, for people to know it again"`
	RawBody []byte `contentType:"text/csv"`
}

func (s *server) uploadImport(ctx context.Context, in *uploadInput) (*importOutput, error) {
	return oneImport(s.Employees.Upload(ctx, caller(ctx).forEmployees(), in.Name, in.RawBody))
}

// ImportList is every file that is here, the newest first.
type ImportList struct {
	Items []Import `json:"items"`
}

func (s *server) listImports(ctx context.Context, _ *struct{}) (*struct{ Body ImportList }, error) {
	found, err := s.Employees.Imports(ctx, caller(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	list := ImportList{Items: []Import{}}
	for _, one := range found {
		list.Items = append(list.Items, importOf(one))
	}
	return &struct{ Body ImportList }{list}, nil
}

func (s *server) getImport(ctx context.Context, in *ImportPath) (*importOutput, error) {
	return oneImport(s.Employees.FindImport(ctx, caller(ctx).forEmployees(), in.ID))
}

// ImportColumns says of each column, in the file's order, what it is.
type ImportColumns struct {
	Fields []string `json:"fields" maxItems:"20" enum:",name,first_name,last_name,phone,language,time_zone,tags"`
}

type importColumnsInput struct {
	ImportPath
	Body ImportColumns
}

func (s *server) setImportColumns(ctx context.Context, in *importColumnsInput) (*importOutput, error) {
	return oneImport(s.Employees.SetColumns(ctx, caller(ctx).forEmployees(), in.ID, in.Body.Fields))
}

// ImportConfirmation is what an employer says of a file before it is taken.
type ImportConfirmation struct {
	Attestation string `json:"attestation" maxLength:"500" doc:"How the people gave their numbers"`
	Invite      bool   `json:"invite,omitempty" doc:"Send each new person one invitation"`
}

type confirmImportInput struct {
	ImportPath
	Body ImportConfirmation
}

func (s *server) confirmImport(ctx context.Context, in *confirmImportInput) (*importOutput, error) {
	return oneImport(s.Employees.Confirm(ctx, caller(ctx).forEmployees(), in.ID, employee.Confirmation(in.Body)))
}

type rejectedOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func (s *server) listRejectedRows(ctx context.Context, in *ImportPath) (*rejectedOutput, error) {
	var file bytes.Buffer
	if err := s.Employees.WriteRejected(ctx, caller(ctx).AccountID, in.ID, &file); err != nil {
		return nil, err
	}
	return &rejectedOutput{export.ContentType, export.Attachment("rejected-rows.csv"), file.Bytes()}, nil
}

type goneInput struct {
	ImportPath
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor"`
}

func (s *server) listGone(ctx context.Context, in *goneInput) (*struct{ Body EmployeePage }, error) {
	found, err := s.Employees.Gone(ctx, caller(ctx).AccountID, in.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	return &struct{ Body EmployeePage }{employeePage(found, true)}, nil
}

type archiveInput struct {
	ImportPath
	Body struct {
		Confirm int `json:"confirm" minimum:"1" doc:"How many people are gone, as it was shown"`
	}
}

func (s *server) archiveGone(ctx context.Context, in *archiveInput) (*importOutput, error) {
	return oneImport(s.Employees.ArchiveGone(ctx, caller(ctx).forEmployees(), in.ID, in.Body.Confirm))
}

func hexOf(hash []byte) string { return hex.EncodeToString(hash) }
