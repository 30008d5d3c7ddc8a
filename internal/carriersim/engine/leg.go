package engine

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/twiml"
)

// maxDocuments is the guard against a call that goes round in circles.
const maxDocuments = 100

// leg is the running of instructions on a call.
type leg struct {
	verbs     []twiml.Verb
	base      string // address of the current document; empty for Twiml=
	pos       int
	documents int
	speech    *callTimer
	gather    *gather
	keys      string // pressed outside a Gather, where the switch keeps them
}

// begin requests the first instructions of an answered call.
func (e *Engine) begin(c *Call, answeredBy string) {
	extra := url.Values{}
	if answeredBy != "" {
		extra.Set("AnsweredBy", answeredBy)
	}
	if c.order.twiml != "" {
		e.load(c, "", []byte(c.order.twiml))
		return
	}
	e.fetch(c, c.order.document, extra)
}

// fetch requests a document and runs it.
func (e *Engine) fetch(c *Call, d document, extra url.Values) {
	e.fetchThen(c, d, extra, nil)
}

// fetchThen requests a document; with then, the answer is discarded and then
// runs instead.
func (e *Engine) fetchThen(c *Call, d document, extra url.Values, then func()) {
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
func (e *Engine) request(c *Call, d document, extra url.Values, fallback bool, done func(hook.Result)) {
	c.gen++
	gen := c.gen
	c.leg.documents++
	if c.leg.documents > maxDocuments {
		e.violate("loop", c, "", "more than 100 documents in one call")
		e.end(c, StatusFailed, 0)
		return
	}
	form := e.form(c)
	for name, values := range extra {
		form[name] = values
	}
	freeze := e.frozenWhileFetching()
	if freeze {
		e.hold(c)
	}
	event := "instructions"
	if extra.Has("Digits") {
		event = "digits"
	}
	if fallback {
		event = "fallback"
	}
	w := &Webhook{Kind: hook.VoiceTwiML, Event: event, CallSID: c.SID, Phone: c.other()}
	req := hook.Request{Kind: hook.VoiceTwiML, Method: d.method, URL: d.url, Form: form, Jar: c.jar}
	e.deliver(fault.TwiML, w, req, func(r hook.Result) {
		if freeze {
			e.release(c)
		}
		if gen == c.gen && !c.Ended() {
			done(r)
		}
	})
	if freeze {
		e.race(c)
	}
}

// received turns an answer into the next document.
func (e *Engine) received(c *Call, d document, r hook.Result, fallback bool) {
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

// load runs a document that did not come over the wire.
func (e *Engine) load(c *Call, base string, body []byte) {
	e.loadOr(c, base, body, func(p hook.Problem) { e.instructionsFailed(c, document{}, p, false) })
}

func (e *Engine) loadOr(c *Call, base string, body []byte, failed func(hook.Problem)) {
	verbs, problems := twiml.Parse(body, twiml.Voice)
	for _, p := range problems {
		if !p.Fatal {
			e.alert(p.Code, false, c.SID, base, p.Text)
		}
	}
	if p, fatal := twiml.Fatal(problems); fatal {
		failed(hook.Problem{Code: p.Code, Text: p.Text})
		return
	}
	e.judgeTwiML(c, verbs)
	e.run(c, base, verbs)
}

func (e *Engine) run(c *Call, base string, verbs []twiml.Verb) {
	c.leg.base, c.leg.verbs, c.leg.pos, c.leg.gather = base, verbs, 0, nil
	e.step(c)
}

// instructionsFailed tries the fallback address, and else says so and hangs up.
func (e *Engine) instructionsFailed(c *Call, d document, p hook.Problem, fallback bool) {
	e.report(Alert{Code: p.Code, Error: true, SID: c.SID, URL: d.url, Text: p.Text, Fault: p.Fault})
	if f := c.order.fallback; f.url != "" && !fallback {
		extra := url.Values{"ErrorCode": {strconv.Itoa(p.Code)}, "ErrorUrl": {strings.SplitN(d.url, "#", 2)[0]}}
		e.request(c, f, extra, true, func(r hook.Result) { e.received(c, f, r, true) })
		return
	}
	c.spoken = true // these are the carrier's words, not the application's
	e.run(c, "", []twiml.Verb{{Name: "Say", Text: "We are sorry, an application error has occurred. Goodbye."}, {Name: "Hangup"}})
}

// resolve makes an address absolute against the current document.
func (e *Engine) resolve(c *Call, ref string) (string, bool) {
	if ref == "" {
		return c.leg.base, c.leg.base != ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return "", false
	}
	if u.IsAbs() {
		return ref, ValidURL(ref)
	}
	base, err := url.Parse(c.leg.base)
	if err != nil || c.leg.base == "" {
		return "", false
	}
	return base.ResolveReference(u).String(), true
}

// step performs the verb whose turn it is; the end of the document hangs up.
func (e *Engine) step(c *Call) {
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
			e.instructionsFailed(c, document{url: v.Text}, hook.Problem{Code: 11100, Text: "Invalid URL format: " + v.Text}, false)
			return
		}
		e.fetch(c, document{target, v.Attr("method", http.MethodPost)}, nil)
	case "Reject":
		e.reject(c, v)
	default:
		e.violate("unsupported_verb", c, "", "<"+v.Name+"> is performed by Twilio and not here")
		next()
	}
}

// reject is for calls that come in: they end unanswered.
func (e *Engine) reject(c *Call, v twiml.Verb) {
	if c.Direction != "inbound" {
		e.alert(12200, false, c.SID, c.leg.base, "<Reject> on an outbound call")
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
func (e *Engine) perform(c *Call, v twiml.Verb, loops int, then func()) {
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
	c.lines = append(c.lines, Line{At: e.sched.Now(), Kind: kind, Text: text, MS: int(length / time.Millisecond), Open: true})
	if kind == "say" {
		e.judgeSpeech(c, text)
	}
	e.touch(c.other())
	c.leg.speech = e.after(c, length, false, func() {
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

// closeLine ends what is being heard.
func (e *Engine) closeLine(c *Call, cut bool) {
	c.leg.speech = nil
	for i := len(c.lines) - 1; i >= 0; i-- {
		line := &c.lines[i]
		if !line.Open {
			continue
		}
		line.Open, line.Cut = false, cut
		if cut {
			line.MS = int(e.sched.Now().Sub(line.At) / time.Millisecond)
		}
		break
	}
	e.touch(c.other())
}

// quiet stops what is being heard, in mid-sentence.
func (e *Engine) quiet(c *Call) {
	if c.leg.speech != nil {
		c.leg.speech.drop()
		e.closeLine(c, true)
	}
}

// interrupt stops whatever the call is doing.
func (e *Engine) interrupt(c *Call) {
	c.gen++
	e.quiet(c)
	if g := c.leg.gather; g != nil {
		g.timer.drop()
		c.leg.gather = nil
	}
}

// note adds a remark to what happened on the line.
func (e *Engine) note(c *Call, text string) {
	c.lines = append(c.lines, Line{At: e.sched.Now(), Kind: "note", Text: text})
	e.touch(c.other())
}
