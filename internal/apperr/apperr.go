// Package apperr owns the vocabulary of refusals: what went wrong, in a form
// that a person can act on. Domains return these; httpapi maps them to RFC 9457
// problems in one place. It must never carry causes, SQL or secrets to a client.
package apperr

import (
	"errors"
	"fmt"
	"time"
)

// Kind says how a refusal maps to the protocol.
type Kind int

// The kinds of refusal, each with the HTTP status it becomes.
const (
	Internal        Kind = iota // 500: ours; the client learns nothing of it
	Invalid                     // 422: fields are wrong
	Unauthenticated             // 401
	Forbidden                   // 403
	NotFound                    // 404: also what belongs to another account
	Conflict                    // 409: the state has moved on
	Gone                        // 410: a token was used or is too old
	TooMany                     // 429: with RetryAfter
	Unavailable                 // 503: with RetryAfter
)

// Field names one wrong input, as a dotted location such as "body.phone".
type Field struct {
	Location string
	Code     string
	Message  string
}

// Error is a refusal with a stable code, a sentence for people and, for
// Invalid, the fields at fault.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	Fields     []Field
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// New returns a refusal. code is stable and snake_case; message is a sentence.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// InvalidField returns a 422 that names one field of the body.
func InvalidField(field, code, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Code: "invalid", Message: message, Fields: []Field{{Location: "body." + field, Code: code, Message: message}}}
}

// BadCursor returns the 422 for a cursor that no list of ours gave.
func BadCursor() *Error {
	return &Error{Kind: Invalid, Code: "invalid", Message: "The cursor is not one of ours.",
		Fields: []Field{{Location: "query.cursor", Code: "malformed", Message: "Use next_cursor as it was given."}}}
}

// Fields collects wrong inputs so that a person sees all of them at once.
type Fields []Field

// Add notes that a field of the body is wrong.
func (f *Fields) Add(field, code, format string, args ...any) {
	*f = append(*f, Field{Location: "body." + field, Code: code, Message: fmt.Sprintf(format, args...)})
}

// Err returns nil when nothing was added.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid", Message: "Some fields need another look.", Fields: f}
}

// As finds the refusal in a chain of wrapped errors.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// HasCode reports whether err carries the given code.
func HasCode(err error, code string) bool {
	e, ok := As(err)
	return ok && e.Code == code
}
