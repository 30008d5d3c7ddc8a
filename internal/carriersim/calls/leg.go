package calls

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/twiml"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// maxDocuments is the guard against a call that goes round in circles.
const maxDocuments = 100

// leg is the running of instructions on a call.
type leg struct {
	verbs     []twiml.Verb
	base      string // address of the current document; empty for Twiml=
	pos       int
	documents int
	carrier   bool // the words are the carrier's, not the application's
	speech    *vclock.Planned
	gather    *gather
	keys      string // pressed outside a Gather, where the switch keeps them
}

// begin requests the first instructions of an answered call.
func (e *Calls) begin(c *Call) {
	if c.order.Twiml != "" {
		e.load(c, "", []byte(c.order.Twiml))
		return
	}
	e.fetch(c, c.order.Document, nil)
}

// fetch requests a order.Document and runs it.
func (e *Calls) fetch(c *Call, d order.Document, extra url.Values) {
	e.fetchThen(c, d, extra, nil)
}

// fetchThen requests a document; with then, the answer is discarded and then
// runs instead.
func (e *Calls) fetchThen(c *Call, d order.Document, extra url.Values, then func()) {
	e.request(c, d, extra, false, func(r hook.Result) {
		if then != nil {
			then()
			return
		}
		e.received(c, d, r, false)
	})
}

// request asks the application for instructions. The call's own time stands
// still until the answer is there, except for what the person does at once.
func (e *Calls) request(c *Call, d order.Document, extra url.Values, fallback bool, done func(hook.Result)) {
	c.gen++
	gen := c.gen
	c.leg.documents++
	if c.leg.documents > maxDocuments {
		e.violate(c, "loop", "more than 100 documents in one call")
		e.end(c, StatusFailed, 0)
		return
	}
	form := e.form(c)
	if c.order.Detect != nil && !c.order.Async && c.AnsweredBy != "" {
		form.Set("AnsweredBy", c.AnsweredBy)
	}
	for name, values := range extra {
		form[name] = values
	}
	freeze := e.FrozenWhileFetching()
	if freeze {
		c.time.Hold()
	}
	event := "instructions"
	if extra.Has("Digits") {
		event = "digits"
	}
	if fallback {
		event = "fallback"
	}
	w := &view.Webhook{Kind: hook.VoiceTwiML, Event: event, CallSID: c.SID, Phone: c.other()}
	req := hook.Request{Kind: hook.VoiceTwiML, Method: d.Method, URL: d.URL, Form: form, Jar: c.jar}
	e.Deliver(fault.TwiML, w, req, func(r hook.Result) {
		if freeze {
			c.time.Release()
		}
		if gen == c.gen && !c.Ended() {
			done(r)
		}
	})
	if freeze {
		c.time.Rush(raceWindow)
	}
}

// received turns an answer into the next document.
func (e *Calls) received(c *Call, d order.Document, r hook.Result, fallback bool) {
	if r.Problem != nil {
		e.instructionsFailed(c, d, *r.Problem, fallback)
		return
	}
	kind, _, err := mime.ParseMediaType(r.Type)
	switch {
	case err == nil && (kind == "text/xml" || kind == "application/xml" || kind == "text/html"):
		e.loadOr(c, r.Final, r.Body, func(p hook.Problem) { e.instructionsFailed(c, d, p, fallback) })
	case err == nil && kind == "text/plain":
		e.run(c, r.Final, []twiml.Verb{{Name: "Say", Text: strings.TrimSpace(string(r.Body))}})
	case err == nil && strings.HasPrefix(kind, "audio/"):
		e.run(c, r.Final, []twiml.Verb{{Name: "Play", Text: r.Final}})
	default:
		e.instructionsFailed(c, d, hook.Problem{Code: 12300, Text: "Invalid Content-Type: " + r.Type}, fallback)
	}
}

// load runs a order.Document that did not come over the wire.
func (e *Calls) load(c *Call, base string, body []byte) {
	e.loadOr(c, base, body, func(p hook.Problem) { e.instructionsFailed(c, order.Document{}, p, false) })
}

func (e *Calls) loadOr(c *Call, base string, body []byte, failed func(hook.Problem)) {
	verbs, problems := twiml.Parse(body, twiml.Voice)
	for _, p := range problems {
		if !p.Fatal {
			e.Alert(view.Alert{Code: p.Code, SID: c.SID, URL: base, Text: p.Text})
		}
	}
	if p, fatal := twiml.Fatal(problems); fatal {
		failed(hook.Problem{Code: p.Code, Text: p.Text})
		return
	}
	e.Oracle.Verbs(c.other(), c.SID, verbs)
	e.run(c, base, verbs)
}

func (e *Calls) run(c *Call, base string, verbs []twiml.Verb) { e.start(c, base, verbs, false) }

func (e *Calls) start(c *Call, base string, verbs []twiml.Verb, carrier bool) {
	c.leg.base, c.leg.verbs, c.leg.pos, c.leg.gather, c.leg.carrier = base, verbs, 0, nil, carrier
	e.step(c)
}

// instructionsFailed tries the fallback address, and else says so and hangs up.
func (e *Calls) instructionsFailed(c *Call, d order.Document, p hook.Problem, fallback bool) {
	e.Alert(view.Alert{Code: p.Code, Error: true, SID: c.SID, URL: d.URL, Text: p.Text, Fault: p.Fault})
	if f := c.order.Fallback; f.URL != "" && !fallback {
		extra := url.Values{"ErrorCode": {strconv.Itoa(p.Code)}, "ErrorUrl": {strings.SplitN(d.URL, "#", 2)[0]}}
		e.request(c, f, extra, true, func(r hook.Result) { e.received(c, f, r, true) })
		return
	}
	e.start(c, "", []twiml.Verb{{Name: "Say", Text: "We are sorry, an application error has occurred. Goodbye."}, {Name: "Hangup"}}, true)
}

// resolve makes an address absolute against the current document.
func (e *Calls) resolve(c *Call, ref string) (string, bool) {
	if ref == "" {
		return c.leg.base, c.leg.base != ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return "", false
	}
	if u.IsAbs() {
		return ref, settings.ValidURL(ref)
	}
	base, err := url.Parse(c.leg.base)
	if err != nil || c.leg.base == "" {
		return "", false
	}
	return base.ResolveReference(u).String(), true
}

// step performs the verb whose turn it is; the end of the order.Document hangs up.
func (e *Calls) step(c *Call) {
	if c.Ended() {
		return
	}
	if c.leg.pos >= len(c.leg.verbs) {
		e.end(c, StatusCompleted, 0)
		return
	}
	v := c.leg.verbs[c.leg.pos]
	next := func() { c.leg.pos++; e.step(c) }
	switch v.Name {
	case "Say", "Play", "Pause":
		e.perform(c, v, v.Loops(), next)
	case "Gather":
		e.listen(c, v)
	case "Hangup":
		e.end(c, StatusCompleted, 0)
	case "Redirect":
		target, ok := e.resolve(c, v.Text)
		if !ok {
			e.instructionsFailed(c, order.Document{URL: v.Text}, hook.Problem{Code: 11100, Text: "Invalid URL format: " + v.Text}, false)
			return
		}
		e.fetch(c, order.At(target, v.Attr("method", http.MethodPost)), nil)
	case "Reject":
		e.reject(c, v)
	default:
		e.violate(c, "unsupported_verb", "<"+v.Name+"> is performed by Twilio and not here")
		next()
	}
}

// reject is for calls that come in: they end unanswered.
func (e *Calls) reject(c *Call, v twiml.Verb) {
	if c.Direction != "inbound" {
		e.Alert(view.Alert{Code: 12200, Error: false, SID: c.SID, URL: c.leg.base, Text: "<Reject> on an outbound call"})
		c.leg.pos++
		e.step(c)
		return
	}
	if v.Attr("reason", "rejected") == "busy" {
		e.end(c, StatusBusy, 486)
		return
	}
	e.end(c, StatusNoAnswer, 487)
}

// perform speaks, plays or waits, as often as the verb says.
func (e *Calls) perform(c *Call, v twiml.Verb, loops int, then func()) {
	if v.Name == "Pause" {
		loops = 1
	}
	length := v.Length()
	kind, text := "say", v.Text
	switch v.Name {
	case "Play":
		kind, text = "play", v.Text+v.Attrs["digits"]
	case "Pause":
		kind, text = "pause", ""
	}
	c.lines = append(c.lines, view.Line{At: e.Now(), Kind: kind, Text: text, MS: int(length / time.Millisecond), Open: true})
	e.identify(c, v)
	e.Touch(c.other())
	c.leg.speech = c.time.After(length, false, func() {
		e.closeLine(c, false)
		if loops > 1 {
			e.perform(c, v, loops-1, then)
			return
		}
		then()
	})
	if kind != "pause" {
		e.moment(c, "say")
	}
}

// identify holds the first thing that the person hears against the rules:
// whoever is called by a machine must be told so before anything else. Keys
// that are played and pauses say nothing.
func (e *Calls) identify(c *Call, v twiml.Verb) {
	if c.spoken || c.leg.carrier || v.Name == "Pause" || v.Attrs["digits"] != "" {
		return
	}
	c.spoken = true
	switch {
	case c.Direction == "inbound":
	case v.Name == "Play":
		e.Oracle.FirstSound(c.other(), c.SID, v.Text)
	default:
		e.Oracle.FirstWords(c.other(), c.SID, v.Text)
	}
}

// closeLine ends what is being heard.
func (e *Calls) closeLine(c *Call, cut bool) {
	c.leg.speech = nil
	for i := len(c.lines) - 1; i >= 0; i-- {
		line := &c.lines[i]
		if !line.Open {
			continue
		}
		line.Open, line.Cut = false, cut
		if cut {
			line.MS = int(e.Now().Sub(line.At) / time.Millisecond)
		}
		break
	}
	e.Touch(c.other())
}

// quiet stops what is being heard, in mid-sentence.
func (e *Calls) quiet(c *Call) {
	if c.leg.speech != nil {
		c.leg.speech.Drop()
		e.closeLine(c, true)
	}
}

// interrupt stops whatever the call is doing.
func (e *Calls) interrupt(c *Call) {
	c.gen++
	e.quiet(c)
	if g := c.leg.gather; g != nil {
		g.timer.Drop()
		c.leg.gather = nil
	}
}

// note adds a remark to what happened on the line.
func (e *Calls) note(c *Call, text string) {
	c.lines = append(c.lines, view.Line{At: e.Now(), Kind: "note", Text: text})
	e.Touch(c.other())
}
