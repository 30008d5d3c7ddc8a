package calls

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/twiml"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// gather is a Gather at work.
type gather struct {
	verb    twiml.Verb
	digits  string
	prompt  int
	waiting bool // the prompts have finished, or a key has ended them
	timer   *vclock.Planned
}

// listen starts a Gather: its prompts are spoken while keys already count.
func (e *Calls) listen(c *Call, v twiml.Verb) {
	g := &gather{verb: v}
	c.leg.gather = g
	e.prompts(c, g)
	if keys := c.leg.keys; keys != "" && c.leg.gather == g {
		c.leg.keys = ""
		for _, key := range keys {
			e.key(c, string(key))
		}
	}
}

func (e *Calls) prompts(c *Call, g *gather) {
	if c.leg.gather != g || g.waiting {
		return
	}
	if g.prompt >= len(g.verb.Nested) {
		g.waiting = true
		e.await(c, g)
		e.moment(c, "waiting")
		e.Touch(c.other())
		return
	}
	v := g.verb.Nested[g.prompt]
	g.prompt++
	e.perform(c, v, v.Loops(), func() { e.prompts(c, g) })
}

// await (re)starts the wait for the next key.
func (e *Calls) await(c *Call, g *gather) {
	g.timer.Drop()
	wait := time.Duration(g.verb.Int("timeout", 5)) * time.Second
	g.timer = c.time.After(wait, false, func() { e.silence(c, g) })
}

// silence: no (further) key came.
func (e *Calls) silence(c *Call, g *gather) {
	if g.digits != "" || g.verb.Attr("actionOnEmptyResult", "false") == "true" {
		e.submit(c, g, "")
		return
	}
	c.leg.gather = nil
	c.leg.pos++
	e.step(c)
}

// key takes one key from the person.
func (e *Calls) key(c *Call, key string) {
	c.lines = append(c.lines, view.Line{At: e.Now(), Kind: "key", Text: key})
	e.Touch(c.other())
	g := c.leg.gather
	if g == nil {
		if e.Cfg.Switches.BufferDigits {
			c.leg.keys += key
		}
		return
	}
	e.quiet(c) // a key ends the prompt
	g.waiting = true
	if finish := g.verb.Attr("finishOnKey", "#"); finish != "" && key == finish {
		e.finish(c, g, key)
		return
	}
	g.digits += key
	if n := g.verb.Int("numDigits", 0); n > 0 && len(g.digits) >= n {
		e.submit(c, g, "")
		return
	}
	e.await(c, g)
}

// finish: the finish key ends the input; alone it is no input at all.
func (e *Calls) finish(c *Call, g *gather, key string) {
	g.timer.Drop()
	if g.digits == "" && g.verb.Attr("actionOnEmptyResult", "false") != "true" {
		c.leg.gather = nil
		c.leg.pos++
		e.step(c)
		return
	}
	e.submit(c, g, key)
}

// submit requests the action with what was pressed.
func (e *Calls) submit(c *Call, g *gather, finishedBy string) {
	g.timer.Drop()
	c.leg.gather = nil
	d := e.action(c, g)
	if d.URL == "" {
		e.instructionsFailed(c, order.Document{URL: g.verb.Attrs["action"]}, hook.Problem{Code: 11100, Text: "Invalid URL format: " + g.verb.Attrs["action"]}, false)
		return
	}
	extra := url.Values{"Digits": {g.digits}}
	if extras := e.Cfg.Switches.GatherExtras; extras != "none" {
		if finishedBy != "" {
			extra.Set("FinishedOnKey", finishedBy)
		}
		if extras == "msg" {
			extra.Set("msg", "Gather End")
		}
	}
	e.fetch(c, d, extra)
}

// action is where a Gather's result goes; an action that cannot be resolved
// has no address.
func (e *Calls) action(c *Call, g *gather) order.Document {
	target, ok := e.resolve(c, strings.TrimSpace(g.verb.Attrs["action"]))
	if !ok {
		return order.Document{}
	}
	return order.At(target, g.verb.Attr("method", http.MethodPost))
}
