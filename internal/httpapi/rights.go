package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/export"
)

func (s *server) registerRights() {
	route(s.owner, huma.Operation{OperationID: "exportEmployee", Method: http.MethodGet, Path: "/employees/{id}/export",
		Summary:     "Everything that is held of a person, for the person",
		Description: "Also of a person who was removed from the list. With format=csv it comes as a file.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[PersonExport](), true, "")},
			"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}, s.exportEmployee)
	route(s.owner, huma.Operation{OperationID: "eraseEmployee", Method: http.MethodPost, Path: "/employees/{id}/erase",
		Summary: "Erase a person for good",
		Description: "Takes name, number and tags, the words of all texts, and what the consent ledger quotes. Kept are when the person was asked, agreed, refused and was called, " +
			"hashes of the words, and the keyed hash of the number, so that a STOP stays in force. It cannot be undone. Uploaded files of people go with it; it waits for one that is being worked on."}, s.eraseEmployee)
}

// PersonExport is everything that an employer holds of one person.
type PersonExport struct {
	ExportedAt time.Time      `json:"exported_at"`
	Profile    PersonProfile  `json:"profile"`
	Consent    ConsentHistory `json:"consent"`
	Replies    []PersonReply  `json:"replies" doc:"Texts of the person"`
	Calls      []PersonCall   `json:"calls"`
	CallsBack  []PersonBack   `json:"calls_back" doc:"Calls that the person made"`
	Quiet      *PersonQuiet   `json:"quiet" doc:"Quiet hours and pause that the person set for this phone"`
}

// PersonProfile is the person's entry.
type PersonProfile struct {
	Employee
	UpdatedAt time.Time  `json:"updated_at"`
	RemovedAt *time.Time `json:"removed_at" doc:"Null while the person is on the list"`
}

// PersonReply is a text of the person.
type PersonReply struct {
	ReceivedAt time.Time `json:"received_at"`
	Text       string    `json:"text"`
	Word       string    `json:"word" doc:"How it was read"`
	Resolution *string   `json:"resolution"`
	Note       string    `json:"note"`
}

// PersonCall is one dialling of the person's number.
type PersonCall struct {
	At         time.Time  `json:"at"`
	Campaign   string     `json:"campaign"`
	State      string     `json:"state"`
	CallSID    *string    `json:"call_sid"`
	AnsweredAt *time.Time `json:"answered_at"`
	EndedAt    *time.Time `json:"ended_at"`
	DurationS  *int       `json:"duration_s"`
	Heard      string     `json:"heard"`
	Answer     *int       `json:"answer"`
	AnswerText string     `json:"answer_text"`
}

// PersonBack is a call that the person made to the employer's number.
type PersonBack struct {
	At     time.Time `json:"at"`
	Heard  string    `json:"heard"`
	Answer *int      `json:"answer"`
}

// PersonQuiet is when the person does not want to be rung.
type PersonQuiet struct {
	Start       string     `json:"start" doc:"HH:MM of the local day; empty without quiet hours"`
	End         string     `json:"end"`
	Zone        string     `json:"zone"`
	PausedUntil *time.Time `json:"paused_until"`
}

func clockOf(minute *int) string {
	if minute == nil {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", *minute/60, *minute%60)
}

func personExport(d employee.Dossier, now time.Time) PersonExport {
	out := PersonExport{ExportedAt: now, Profile: PersonProfile{Employee: employeeOf(d.Profile), UpdatedAt: d.Profile.UpdatedAt, RemovedAt: d.RemovedAt},
		Consent: consentHistory(employee.History{State: d.Profile.State, Events: d.Events, Texts: d.Texts}),
		Replies: []PersonReply{}, Calls: []PersonCall{}, CallsBack: []PersonBack{}}
	for _, r := range d.Replies {
		out.Replies = append(out.Replies, PersonReply{ReceivedAt: r.ReceivedAt, Text: r.Body, Word: r.Word, Resolution: r.Resolution, Note: r.Note})
	}
	for _, c := range d.Calls {
		out.Calls = append(out.Calls, PersonCall{At: c.CreatedAt, Campaign: c.Campaign, State: c.State, CallSID: c.CallSID, AnsweredAt: c.AnsweredAt,
			EndedAt: c.EndedAt, DurationS: c.DurationS, Heard: c.Heard, Answer: c.Answer, AnswerText: c.AnswerText})
	}
	for _, b := range d.CallBacks {
		out.CallsBack = append(out.CallsBack, PersonBack(b))
	}
	if q := d.Quiet; q != nil {
		out.Quiet = &PersonQuiet{Start: clockOf(q.Start), End: clockOf(q.End), Zone: q.Zone, PausedUntil: q.PausedUntil}
	}
	return out
}

func (s *server) exportEmployee(ctx context.Context, in *struct {
	EmployeePath
	Format string `query:"format" enum:"json,csv" default:"json"`
}) (*rosterOutput, error) {
	found, err := s.Employees.Export(ctx, caller(ctx).forEmployees(), in.ID, in.Format)
	if err != nil {
		return nil, err
	}
	name := "callshu-person-" + in.ID.String()
	data := personExport(found, s.Clock.Now())
	if in.Format != "csv" {
		return &rosterOutput{ContentType: "application/json", ContentDisposition: export.Attachment(name + ".json"), Body: data}, nil
	}
	file, err := personCSV(data)
	return &rosterOutput{ContentType: export.ContentType, ContentDisposition: export.Attachment(name + ".csv"), Body: file}, err
}

// personCSV is one table: what kind of row, when, what, and the words.
func personCSV(p PersonExport) ([]byte, error) {
	var file bytes.Buffer
	w := export.NewCSV(&file, "part", "at", "what", "by", "state", "words", "reference")
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	e := p.Profile
	for _, f := range [][2]string{{"name", e.Name}, {"first_name", e.FirstName}, {"phone", e.Phone}, {"country", e.Country}, {"language", e.Language},
		{"time_zone", e.TimeZone}, {"number_zones", strings.Join(e.Zones, ", ")}, {"tags", strings.Join(e.Tags, ", ")}, {"consent", e.Consent.State}} {
		w.Row("profile", at(e.UpdatedAt), f[0], "", "", f[1], "")
	}
	for _, v := range p.Consent.Events {
		w.Row("consent", at(v.At), v.Kind, v.Actor+" by "+v.Channel, "", strings.TrimSpace(v.Text+" "+v.InboundText+" "+v.Note), v.MessageSID+v.CallSID)
	}
	for _, m := range p.Consent.Messages {
		w.Row("text", at(m.CreatedAt), m.Kind, "us", m.State, m.Body, m.ID.String())
	}
	for _, r := range p.Replies {
		w.Row("reply", at(r.ReceivedAt), r.Word, "person", "", strings.TrimSpace(r.Text+" "+r.Note), "")
	}
	for _, c := range p.Calls {
		w.Row("call", at(c.At), c.Campaign, "us", c.State, answerCell(c.Answer, c.AnswerText), orEmpty(c.CallSID))
	}
	for _, b := range p.CallsBack {
		w.Row("call_back", at(b.At), b.Heard, "person", "", answerCell(b.Answer, ""), "")
	}
	if q := p.Quiet; q != nil {
		w.Row("quiet", "", q.Start+" to "+q.End, "person", "", q.Zone, "")
		if q.PausedUntil != nil {
			w.Row("quiet", at(*q.PausedUntil), "paused until", "person", "", q.Zone, "")
		}
	}
	err := w.Close()
	return file.Bytes(), err
}

func answerCell(key *int, meaning string) string {
	if key == nil {
		return ""
	}
	return strings.TrimSpace(strconv.Itoa(*key) + " " + meaning)
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// EraseRequest erases a person.
type EraseRequest struct {
	Reason  string `json:"reason" enum:"person_asked,no_longer_employed,entered_by_mistake"`
	Confirm string `json:"confirm" maxLength:"200" doc:"The person's name, exactly as it stands"`
}

// EraseResult says what went.
type EraseResult struct {
	ErasedAt time.Time `json:"erased_at"`
	Texts    int       `json:"texts" doc:"Texts to the person, without number and words now"`
	Replies  int       `json:"replies" doc:"Texts of the person"`
	Events   int       `json:"events" doc:"Rows of the consent ledger that quote nothing any more"`
}

func (s *server) eraseEmployee(ctx context.Context, in *struct {
	EmployeePath
	Body EraseRequest
}) (*struct{ Body EraseResult }, error) {
	done, err := s.Employees.Erase(ctx, caller(ctx).forEmployees(), in.ID, employee.Erasure{Reason: in.Body.Reason, Confirm: in.Body.Confirm})
	if err != nil {
		return nil, err
	}
	return &struct{ Body EraseResult }{EraseResult{ErasedAt: done.At, Texts: done.Texts, Replies: done.Replies, Events: done.Events}}, nil
}
