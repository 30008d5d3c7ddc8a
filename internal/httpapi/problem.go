package httpapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/postgres"
)

// Problem is the one shape of an error (RFC 9457), also for errors of the router.
type Problem struct {
	Type      string         `json:"type" doc:"Always about:blank: the code tells problems apart."`
	Title     string         `json:"title" doc:"The status in words."`
	Status    int            `json:"status"`
	Code      string         `json:"code" doc:"Stable and snake_case, for programs."`
	Detail    string         `json:"detail" doc:"A sentence for people."`
	RequestID string         `json:"request_id" doc:"Name it when you ask us about this."`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The inputs at fault."`
}

// ProblemField names one wrong input.
type ProblemField struct {
	Location string `json:"location" doc:"Where: body.phone, query.limit."`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus tells huma the status to answer with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type of a problem.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// setHumaDefaults puts our choices into huma's package variables, once per
// process: our problem instead of its error, which echoes what was sent (a
// password, for one), arrays that are not nullable, and keys as they are written.
var setHumaDefaults = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return problemOf(status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		if ctx == nil {
			return problemOf(status, message, errs)
		}
		info := infoOf(ctx.Context())
		for _, err := range errs {
			info.note(err)
			if wait, ok := retryAfter(err); ok {
				ctx.SetHeader("Retry-After", wait)
			}
		}
		p := problemOf(status, message, errs)
		p.RequestID = info.id
		return p
	}
})

// problemOf maps what huma or a handler reports. A handler's refusal is an
// apperr.Error; any other error of a handler is ours, and the client learns
// nothing of it.
func problemOf(status int, message string, errs []error) *Problem {
	if len(errs) == 1 {
		if refusal, ok := apperr.As(errs[0]); ok {
			return problemOfRefusal(refusal)
		}
		if postgres.IsAway(errs[0]) {
			return newProblem(http.StatusServiceUnavailable, "unavailable", "This cannot be done right now. Please try again in a few seconds.")
		}
	}
	switch {
	case status == http.StatusInternalServerError && message == "cannot read request body":
		return newProblem(http.StatusBadRequest, "bad_request", "The request ended before its body did.")
	case status >= 500:
		return newProblem(status, codeOf(status), detailOf(status))
	}
	p := newProblem(status, codeOf(status), detailOf(status))
	for _, err := range errs {
		if detail, ok := err.(huma.ErrorDetailer); ok {
			p.Errors = append(p.Errors, fieldOf(detail.ErrorDetail()))
		}
	}
	return p
}

func problemOfRefusal(refusal *apperr.Error) *Problem {
	if refusal.Kind == apperr.Internal {
		return newProblem(http.StatusInternalServerError, "internal", detailOf(http.StatusInternalServerError))
	}
	p := newProblem(statusOf(refusal.Kind), refusal.Code, refusal.Message)
	for _, f := range refusal.Fields {
		p.Errors = append(p.Errors, ProblemField(f))
	}
	return p
}

func statusOf(kind apperr.Kind) int {
	switch kind {
	case apperr.Invalid:
		return http.StatusUnprocessableEntity
	case apperr.Unauthenticated:
		return http.StatusUnauthorized
	case apperr.Forbidden:
		return http.StatusForbidden
	case apperr.NotFound:
		return http.StatusNotFound
	case apperr.Conflict:
		return http.StatusConflict
	case apperr.Gone:
		return http.StatusGone
	case apperr.TooMany:
		return http.StatusTooManyRequests
	case apperr.Unavailable:
		return http.StatusServiceUnavailable
	case apperr.Internal:
	}
	return http.StatusInternalServerError
}

func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "unauthenticated"
	case http.StatusRequestEntityTooLarge:
		return "body_too_large"
	case http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusInternalServerError:
		return "internal"
	case http.StatusServiceUnavailable:
		return "unavailable"
	}
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}

func detailOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request could not be read."
	case http.StatusNotFound:
		return "There is nothing here."
	case http.StatusMethodNotAllowed:
		return "This address does not take that method."
	case http.StatusRequestTimeout:
		return "The request took too long to arrive."
	case http.StatusRequestEntityTooLarge:
		return "The request is larger than we accept."
	case http.StatusUnsupportedMediaType:
		return "Send application/json (text/csv for an import), not encoded."
	case http.StatusUnprocessableEntity:
		return "Some fields need another look."
	case http.StatusTooManyRequests:
		return "Too many requests. Try again later."
	case http.StatusInternalServerError:
		return "Something went wrong on our side. It was noted; please try again."
	}
	return http.StatusText(status)
}

// fieldOf turns huma's message into a code and a sentence; the value that was
// sent stays out. A missing property is reported at its own place.
func fieldOf(d *huma.ErrorDetail) ProblemField {
	if rest, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name := strings.TrimSuffix(rest, " to be present")
		return ProblemField{Location: d.Location + "." + name, Code: "required", Message: "This is required."}
	}
	for _, known := range []struct{ prefix, code, message string }{
		{"unexpected property", "unexpected", "This field does not exist."},
		{"unknown query parameter", "unexpected", "This parameter does not exist."},
		{"required ", "required", "This is required."},
		{"expected length >= 1", "required", "This is required."},
		{"expected length >=", "too_short", "This is too short."},
		{"expected length <=", "too_long", "This is too long."},
		{"expected array length >=", "too_few", "These are too few."},
		{"expected array length <=", "too_many", "These are too many."},
		{"expected string to be RFC 4122 uuid", "malformed", "This is no id."},
		{"expected number", "out_of_range", "This number is out of range."},
		{"expected value to be one of", "not_allowed", "This is none of the allowed values."},
	} {
		if strings.HasPrefix(d.Message, known.prefix) {
			message := known.message
			if limit, ok := strings.CutPrefix(d.Message, known.prefix+" "); ok && (known.code == "too_short" || known.code == "too_long") {
				message = fmt.Sprintf("%s (Limit: %s characters.)", known.message, limit)
			}
			return ProblemField{Location: d.Location, Code: known.code, Message: message}
		}
	}
	return ProblemField{Location: d.Location, Code: "malformed", Message: d.Message}
}

func retryAfter(err error) (string, bool) {
	refusal, ok := apperr.As(err)
	if !ok || refusal.RetryAfter <= 0 {
		return "", false
	}
	return strconv.Itoa(max(1, int(math.Ceil(refusal.RetryAfter.Seconds())))), true
}

// fail writes an error from outside huma: the router, a middleware, a plain handler.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	info := infoOf(r.Context())
	info.note(err)
	if wait, ok := retryAfter(err); ok {
		w.Header().Set("Retry-After", wait)
	}
	writeProblem(w, r, problemOf(http.StatusInternalServerError, "", []error{err}))
}

// failStatus writes the usual problem of a status.
func failStatus(w http.ResponseWriter, r *http.Request, status int) {
	writeProblem(w, r, newProblem(status, codeOf(status), detailOf(status)))
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.RequestID = infoOf(r.Context()).id
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Del("Content-Length")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) //nolint:errcheck // the client is gone when this fails
}
