package engine

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/amd"
)

// CreateCall places a call as POST Calls.json asks. The call starts to move
// only when release is called, after the answer has left: the carrier never
// calls back before it has told the SID.
func (e *Engine) CreateCall(form url.Values) (call CallResource, release func(), refused *APIError) {
	defer e.enter()()
	order, to, from, err := e.readCall(form)
	if err != nil {
		return CallResource{}, nil, err
	}
	if e.cfg.Concurrency > 0 && len(e.liveCalls()) >= e.cfg.Concurrency {
		status := e.cfg.Switches.TooManyCalls
		if status == 0 {
			status = 429
		}
		return CallResource{}, nil, &APIError{status, 10004, "Call concurrency limit exceeded"}
	}
	e.judgeCreate(to, from, form)
	c := newCall(e.sid("CA"), from, to, "outbound-api", e.sched.Now())
	c.order = order
	c.QueueTime = e.estimate()
	if order.badEvents {
		e.alert(21626, false, c.SID, "", "Invalid StatusCallbackEvent: "+strings.Join(form["StatusCallbackEvent"], ", "))
	}
	if order.async && order.amd.url == "" {
		e.alert(21262, false, c.SID, "", "AsyncAmd without AsyncAmdStatusCallback")
	}
	e.register(c)
	return e.resource(c, c.CallState), func() { e.enqueue(c) }, nil
}

func (e *Engine) liveCalls() []*Call {
	var out []*Call
	for _, list := range e.live {
		out = append(out, list...)
	}
	return out
}

// estimate is the wait of a call that joins the queue now, in ms.
func (e *Engine) estimate() int {
	wait := e.nextSlot.Sub(e.sched.Now()) + time.Duration(len(e.queue))*e.slot()
	return int(max(wait, 0) / time.Millisecond)
}

// readCall validates in the carrier's order: To, From, Url, the rest.
func (e *Engine) readCall(form url.Values) (o callOrder, to, from string, err *APIError) {
	to, from = strings.TrimSpace(form.Get("To")), strings.TrimSpace(form.Get("From"))
	if err := e.checkTo(to, from); err != nil {
		return o, "", "", err
	}
	if err := e.checkFrom(from); err != nil {
		return o, "", "", err
	}
	if err := o.instructions(form); err != nil {
		return o, "", "", err
	}
	if err := o.callbacks(form); err != nil {
		return o, "", "", err
	}
	if o.timeout, err = secondsIn(form, "Timeout", 60, 1, 600, 21208); err != nil {
		return o, "", "", err
	}
	if o.limit, err = secondsIn(form, "TimeLimit", 14_400, 1, 86_400, 21208); err != nil {
		return o, "", "", err
	}
	if form.Get("SendDigits") == "" {
		err = o.detection(form)
	} else if strings.Trim(form.Get("SendDigits"), "0123456789ABCDabcd#*wW") != "" || len(form.Get("SendDigits")) > 32 {
		err = refuse(21271, "Invalid SendDigits")
	}
	return o, to, from, err
}

func (e *Engine) checkTo(to, from string) *APIError {
	switch {
	case to == "":
		return refuse(21201, "No 'To' number is specified")
	case strings.HasPrefix(to, "client:"), strings.HasPrefix(to, "sip:"):
		return nil
	case !ValidNumber(to), to == from:
		return refusal(21211, to)
	}
	if code := e.phone(to).Persona.RefuseCall; code != 0 {
		return refusal(code, to)
	}
	return nil
}

func (e *Engine) checkFrom(from string) *APIError {
	if from == "" {
		return refuse(21213, "'From' phone number is required")
	}
	if !ValidNumber(from) {
		return refuse(21212, "The 'From' number "+from+" is not a valid phone number, shortcode, or alphanumeric sender ID.")
	}
	if _, ok := e.numbers[from]; !ok {
		return refuse(21210, "The source phone number provided, "+from+", is not yet verified for your account. You may only make calls from phone numbers that you've verified or purchased from Twilio.")
	}
	return nil
}

func (o *callOrder) instructions(form url.Values) *APIError {
	o.url, o.twiml = form.Get("Url"), form.Get("Twiml")
	switch {
	case form.Get("ApplicationSid") != "":
		return refuse(21218, "Invalid ApplicationSid")
	case o.url != "":
		o.twiml = "" // Url wins
		if !ValidURL(o.url) {
			return refuse(21205, "Url is not a valid URL: "+o.url)
		}
	case o.twiml == "":
		return refuse(21205, "Url parameter is required.")
	case len(o.twiml) > 4000:
		return refuse(21617, "Twiml is longer than 4000 characters")
	}
	o.fallback.url = form.Get("FallbackUrl")
	if o.fallback.url != "" && !ValidURL(o.fallback.url) {
		return refuse(21205, "FallbackUrl is not a valid URL: "+o.fallback.url)
	}
	var err *APIError
	if o.method, err = methodIn(form, "Method"); err == nil {
		o.fallback.method, err = methodIn(form, "FallbackMethod")
	}
	return err
}

func (o *callOrder) callbacks(form url.Values) *APIError {
	o.status.url, o.amd.url = form.Get("StatusCallback"), form.Get("AsyncAmdStatusCallback")
	for _, name := range []string{"StatusCallback", "AsyncAmdStatusCallback"} {
		if raw := form.Get(name); raw != "" && !ValidURL(raw) {
			return refuse(21609, "The "+name+" URL "+raw+" is not a valid URL.")
		}
	}
	var err *APIError
	if o.status.method, err = methodIn(form, "StatusCallbackMethod"); err != nil {
		return err
	}
	if o.amd.method, err = methodIn(form, "AsyncAmdStatusCallbackMethod"); err != nil {
		return err
	}
	o.events = form["StatusCallbackEvent"]
	if len(o.events) == 0 {
		o.events = []string{"completed"}
	}
	for _, event := range o.events {
		if !slices.Contains([]string{"initiated", "ringing", "answered", "completed"}, event) {
			o.badEvents = true
		}
	}
	return nil
}

func (o *callOrder) detection(form url.Values) *APIError {
	mode := form.Get("MachineDetection")
	if mode == "" {
		return nil
	}
	if mode != "Enable" && mode != "DetectMessageEnd" {
		return refuse(21234, "Invalid MachineDetection "+mode)
	}
	p := amd.Defaults()
	p.MessageEnd = mode == "DetectMessageEnd"
	timeout, err := intIn(form, "MachineDetectionTimeout", 30, 3, 59, 21263)
	if err == nil {
		p.Timeout = timeout * 1000
		p.SpeechThreshold, err = intIn(form, "MachineDetectionSpeechThreshold", p.SpeechThreshold, 1000, 6000, 21263)
	}
	if err == nil {
		p.SpeechEnd, err = intIn(form, "MachineDetectionSpeechEndThreshold", p.SpeechEnd, 500, 5000, 21263)
	}
	if err == nil {
		p.Silence, err = intIn(form, "MachineDetectionSilenceTimeout", p.Silence, 2000, 10_000, 21263)
	}
	o.detect, o.async = &p, form.Get("AsyncAmd") == "true"
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
	return "", refuse(21209, name+" is not a valid method: "+form.Get(name))
}

func intIn(form url.Values, name string, fallback, low, high, code int) (int, *APIError) {
	raw := form.Get(name)
	if raw == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < low || n > high {
		return 0, refuse(code, "Invalid "+name+" "+raw)
	}
	return n, nil
}

func secondsIn(form url.Values, name string, fallback, low, high, code int) (time.Duration, *APIError) {
	n, err := intIn(form, name, fallback, low, high, code)
	return time.Duration(n) * time.Second, err
}

// slot is the time between two dialled calls.
func (e *Engine) slot() time.Duration {
	cps := e.cfg.CPS
	if cps == 0 {
		cps = 1
	}
	return time.Duration(math.Round(float64(time.Second) / cps))
}
