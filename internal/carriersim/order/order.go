// Package order owns what an application asks for: the parameters of a
// create-call or update request, validated in Twilio's order with Twilio's
// refusals. It is pure.
package order

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

// Call is what the application asked for.
type Call struct {
	Document       // where the first instructions come from
	Fallback       Document
	Status         Document
	Events         []string
	Timeout, Limit time.Duration
	Detect         *amd.Params // nil: no detection
	Async          bool
	AMD            Document
	Twiml          string
	BadEvents      bool // an event that does not exist: no callbacks at all
}

// Document is an address to request.
type Document struct{ URL, Method string }

// At is the document at an address; the method is POST unless told.
func At(address, method string) Document {
	if method == "" {
		method = "POST"
	}
	return Document{URL: address, Method: method}
}

// Read validates the parameters of a create-call request that follow To and
// From.
func Read(form url.Values) (o Call, err *APIError) {
	if err = o.instructions(form); err != nil {
		return o, err
	}
	if err = o.callbacks(form); err != nil {
		return o, err
	}
	if o.Timeout, err = secondsIn(form, "Timeout", 60, 1, 600, 21208); err != nil {
		return o, err
	}
	if o.Limit, err = secondsIn(form, "TimeLimit", 14_400, 1, 86_400, 21208); err != nil {
		return o, err
	}
	if form.Get("SendDigits") == "" {
		err = o.detection(form)
	} else if strings.Trim(form.Get("SendDigits"), "0123456789ABCDabcd#*wW") != "" || len(form.Get("SendDigits")) > 32 {
		err = Refuse(21271, "Invalid SendDigits")
	}
	return o, err
}

func (o *Call) instructions(form url.Values) *APIError {
	o.URL, o.Twiml = form.Get("Url"), form.Get("Twiml")
	switch {
	case form.Get("ApplicationSid") != "":
		return Refuse(21218, "Invalid ApplicationSid")
	case o.URL != "":
		o.Twiml = "" // Url wins
		if !settings.ValidURL(o.URL) {
			return Refuse(21205, "Url is not a valid URL: "+o.URL)
		}
	case o.Twiml == "":
		return Refuse(21205, "Url parameter is required.")
	case len(o.Twiml) > 4000:
		return Refuse(21617, "Twiml is longer than 4000 characters")
	}
	o.Fallback.URL = form.Get("FallbackUrl")
	if o.Fallback.URL != "" && !settings.ValidURL(o.Fallback.URL) {
		return Refuse(21205, "FallbackUrl is not a valid URL: "+o.Fallback.URL)
	}
	var err *APIError
	if o.Method, err = methodIn(form, "Method"); err == nil {
		o.Fallback.Method, err = methodIn(form, "FallbackMethod")
	}
	return err
}

func (o *Call) callbacks(form url.Values) *APIError {
	o.Status.URL, o.AMD.URL = form.Get("StatusCallback"), form.Get("AsyncAmdStatusCallback")
	for _, name := range []string{"StatusCallback", "AsyncAmdStatusCallback"} {
		if raw := form.Get(name); raw != "" && !settings.ValidURL(raw) {
			return Refuse(21609, "The "+name+" URL "+raw+" is not a valid URL.")
		}
	}
	var err *APIError
	if o.Status.Method, err = methodIn(form, "StatusCallbackMethod"); err != nil {
		return err
	}
	if o.AMD.Method, err = methodIn(form, "AsyncAmdStatusCallbackMethod"); err != nil {
		return err
	}
	o.Events = form["StatusCallbackEvent"]
	if len(o.Events) == 0 {
		o.Events = []string{"completed"}
	}
	for _, event := range o.Events {
		if !slices.Contains([]string{"initiated", "ringing", "answered", "completed"}, event) {
			o.BadEvents = true
		}
	}
	return nil
}

func (o *Call) detection(form url.Values) *APIError {
	mode := form.Get("MachineDetection")
	if mode == "" {
		return nil
	}
	if mode != "Enable" && mode != "DetectMessageEnd" {
		return Refuse(21234, "Invalid MachineDetection "+mode)
	}
	p := amd.Defaults()
	p.MessageEnd = mode == "DetectMessageEnd"
	timeout, err := IntIn(form, "MachineDetectionTimeout", 30, 3, 59, 21263)
	if err == nil {
		p.Timeout = timeout * 1000
		p.SpeechThreshold, err = IntIn(form, "MachineDetectionSpeechThreshold", p.SpeechThreshold, 1000, 6000, 21263)
	}
	if err == nil {
		p.SpeechEnd, err = IntIn(form, "MachineDetectionSpeechEndThreshold", p.SpeechEnd, 500, 5000, 21263)
	}
	if err == nil {
		p.Silence, err = IntIn(form, "MachineDetectionSilenceTimeout", p.Silence, 2000, 10_000, 21263)
	}
	o.Detect, o.Async = &p, form.Get("AsyncAmd") == "true"
	return err
}

func methodIn(form url.Values, name string) (string, *APIError) {
	m := strings.ToUpper(form.Get(name))
	switch m {
	case "":
		return "POST", nil
	case "GET", "POST":
		return m, nil
	}
	return "", Refuse(21209, name+" is not a valid method: "+form.Get(name))
}

// IntIn reads a whole number within bounds; absent, it is the fallback.
func IntIn(form url.Values, name string, fallback, low, high, code int) (int, *APIError) {
	raw := form.Get(name)
	if raw == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < low || n > high {
		return 0, Refuse(code, "Invalid "+name+" "+raw)
	}
	return n, nil
}

func secondsIn(form url.Values, name string, fallback, low, high, code int) (time.Duration, *APIError) {
	n, err := IntIn(form, name, fallback, low, high, code)
	return time.Duration(n) * time.Second, err
}

// Update is a change to a live call.
type Update struct {
	Status, URL, Method, Twiml           string
	FallbackURL, FallbackMethod          string
	StatusCallback, StatusCallbackMethod string
	TimeLimit                            int
}

// Check validates it.
func (o Update) Check() *APIError {
	if o.URL != "" && o.Twiml != "" {
		return Refuse(21205, "Url and Twiml are exclusive")
	}
	for _, raw := range []string{o.URL, o.FallbackURL, o.StatusCallback} {
		if raw != "" && !settings.ValidURL(raw) {
			return Refuse(21205, "Url is not a valid URL: "+raw)
		}
	}
	if len(o.Twiml) > 4000 {
		return Refuse(21617, "Twiml is longer than 4000 characters")
	}
	for _, m := range []string{o.Method, o.FallbackMethod, o.StatusCallbackMethod} {
		if m = strings.ToUpper(m); m != "" && m != "GET" && m != "POST" {
			return Refuse(21209, "not a valid method: "+m)
		}
	}
	return nil
}
