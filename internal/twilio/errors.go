package twilio

import (
	"errors"
	"fmt"

	"github.com/twilio/twilio-go/client"
)

// Class says what may be done after a failed request.
type Class int

// The classes of failure, after the error dictionary of the carrier.
const (
	// Unknown: the request may have taken effect (time-out, 5xx, broken answer).
	// It must be looked up before anything is tried again.
	Unknown Class = iota
	// NotSent: no connection was obtained; nothing reached the carrier.
	NotSent
	// Busy: 429, documented as never processed; try again after a pause.
	Busy
	// Permanent: this number cannot be reached; trying again is useless.
	Permanent
	// OptedOut: the carrier holds a STOP for this pair (21610).
	OptedOut
	// Config: our account, number or URL is at fault; every further try fails too.
	Config
)

// String names the class for logs and audit rows.
func (c Class) String() string {
	return [...]string{"unknown", "not_sent", "busy", "permanent", "opted_out", "config"}[c]
}

// Error is a classified failure. Message is the carrier's own text.
type Error struct {
	Class   Class
	Code    int
	Status  int
	Message string
	cause   error
}

func (e *Error) Error() string {
	return fmt.Sprintf("carrier %s (code %d, status %d): %s", e.Class, e.Code, e.Status, e.Message)
}

func (e *Error) Unwrap() error { return e.cause }

// AsError finds the classified failure in a chain.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// permanentCodes end a number: bad, unreachable, blocked, or a region the
// account may not call or text.
var permanentCodes = map[int]bool{
	21211: true, 21214: true, 21215: true, 21216: true, 21217: true,
	21408: true, 21612: true, 21614: true, 21220: true,
}

func classify(err error, sent bool) error {
	var rest *client.TwilioRestError
	if !errors.As(err, &rest) {
		class := Unknown
		if !sent {
			class = NotSent
		}
		return &Error{Class: class, Message: err.Error(), cause: err}
	}
	return &Error{Class: restClass(rest.Status, rest.Code), Code: rest.Code, Status: rest.Status, Message: rest.Message, cause: err}
}

func restClass(status, code int) Class {
	switch {
	case status == 429 || code == 10004 || code == 21611:
		return Busy
	case status >= 500:
		return Unknown // not documented as unprocessed
	case code == 21610:
		return OptedOut
	case permanentCodes[code]:
		return Permanent
	default:
		return Config // 4xx for which our account, parameters or credentials are at fault
	}
}
