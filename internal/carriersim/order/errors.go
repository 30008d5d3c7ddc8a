package order

import "fmt"

// APIError is a refusal in Twilio's shape.
type APIError struct {
	Status  int
	Code    int
	Message string
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%d (HTTP %d): %s", e.Code, e.Status, e.Message)
}

// Refuse is a refusal with HTTP status 400.
func Refuse(code int, message string) *APIError {
	return &APIError{Status: 400, Code: code, Message: message}
}

// Refusal is the error with which the carrier turns a destination away.
func Refusal(code int, to string) *APIError {
	text := map[int]string{
		21211: "The 'To' number " + to + " is not a valid phone number.",
		21214: "'To' phone number cannot be reached",
		21215: "Account not authorized to call " + to + ". Perhaps you need to enable some international permissions: https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",
		21216: "Account not allowed to call " + to,
		21217: "Phone number does not appear to be valid",
		21219: "The number " + to + " is unverified. Trial accounts may only make calls to verified numbers.",
		21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: " + to,
		21608: "The number " + to + " is unverified. Trial accounts cannot send messages to unverified numbers; verify " + to + " at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages to unverified numbers",
		21610: "Attempt to send to unsubscribed recipient",
		21612: "The 'To' phone number " + to + " is not currently reachable via SMS",
		21614: "'To' number " + to + " is not a valid mobile number",
	}[code]
	return Refuse(code, text)
}

// DeliveryError is the text of an error code on a message.
func DeliveryError(code int) string {
	return map[int]string{
		21610: "Attempt to send to unsubscribed recipient",
		30001: "Queue overflow",
		30003: "Unreachable destination handset",
		30004: "Message blocked",
		30005: "Unknown destination handset",
		30006: "Landline or unreachable carrier",
		30007: "Carrier violation",
		30008: "Unknown error",
	}[code]
}
