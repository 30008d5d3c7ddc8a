package calls

import (
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/oracle"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// CreateCall places a call as POST Calls.json asks. The call starts to move
// only when release is called, after the answer has left: the carrier never
// calls back before it has told the SID.
func (e *Calls) CreateCall(form url.Values) (call resource.Call, release func(), refused *order.APIError) {
	defer e.Enter()()
	asked, to, from, err := e.readCall(form)
	if err != nil {
		return resource.Call{}, nil, err
	}
	if e.Cfg.Concurrency > 0 && len(e.liveCalls()) >= e.Cfg.Concurrency {
		status := e.Cfg.Switches.TooManyCalls
		if status == 0 {
			status = 429
		}
		return resource.Call{}, nil, &order.APIError{Status: status, Code: 10004, Message: "Call concurrency limit exceeded"}
	}
	create := oracle.Create{To: to, From: from, Form: form, Limit: int(math.Ceil(float64(time.Second)/float64(e.slot()))) + 1}
	if len(e.live[to]) > 0 {
		create.LiveSID = e.live[to][0].SID
	}
	e.Oracle.Create(create)
	c := e.newCall(from, to, "outbound-api")
	c.order = asked
	c.QueueTime = e.estimate()
	if asked.BadEvents {
		e.Alert(view.Alert{Code: 21626, Error: false, SID: c.SID, URL: "", Text: "Invalid StatusCallbackEvent: " + strings.Join(form["StatusCallbackEvent"], ", ")})
	}
	if asked.Async && asked.AMD.URL == "" {
		e.Alert(view.Alert{Code: 21262, Error: false, SID: c.SID, URL: "", Text: "AsyncAmd without AsyncAmdStatusCallback"})
	}
	e.register(c)
	ready := e.turns.Take(func() { e.enqueue(c) })
	return e.resource(c, c.CallState), func() {
		defer e.Enter()()
		ready()
	}, nil
}

func (e *Calls) liveCalls() []*Call {
	var out []*Call
	for _, list := range e.live {
		out = append(out, list...)
	}
	return out
}

// estimate is the wait of a call that joins the queue now, in ms.
func (e *Calls) estimate() int {
	wait := e.nextSlot.Sub(e.Now()) + time.Duration(len(e.queue))*e.slot()
	return int(max(wait, 0) / time.Millisecond)
}

// readCall validates in the carrier's order: To, From, Url, the rest.
func (e *Calls) readCall(form url.Values) (o order.Call, to, from string, err *order.APIError) {
	to, from = strings.TrimSpace(form.Get("To")), strings.TrimSpace(form.Get("From"))
	if err := e.checkTo(to, from); err != nil {
		return o, "", "", err
	}
	if err := e.checkFrom(from); err != nil {
		return o, "", "", err
	}
	o, err = order.Read(form)
	return o, to, from, err
}

func (e *Calls) checkTo(to, from string) *order.APIError {
	switch {
	case to == "":
		return order.Refuse(21201, "No 'To' number is specified")
	case strings.HasPrefix(to, "client:"), strings.HasPrefix(to, "sip:"):
		return nil
	case !settings.ValidNumber(to), to == from:
		return order.Refusal(21211, to)
	}
	if code := e.Phone(to).Persona.RefuseCall; code != 0 {
		return order.Refusal(code, to)
	}
	return nil
}

func (e *Calls) checkFrom(from string) *order.APIError {
	if from == "" {
		return order.Refuse(21213, "'From' phone number is required")
	}
	if !settings.ValidNumber(from) {
		return order.Refuse(21212, "The 'From' number "+from+" is not a valid phone number, shortcode, or alphanumeric sender ID.")
	}
	if _, ok := e.Numbers[from]; !ok {
		return order.Refuse(21210, "The source phone number provided, "+from+", is not yet verified for your account. You may only make calls from phone numbers that you've verified or purchased from Twilio.")
	}
	return nil
}

// slot is the time between two dialled calls.
func (e *Calls) slot() time.Duration {
	cps := e.Cfg.CPS
	if cps == 0 {
		cps = 1
	}
	return time.Duration(math.Round(float64(time.Second) / cps))
}
