package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// maxCards is how many phones are shown in full at once.
const maxCards = 30

// bar is the head of the page.
type bar struct {
	view.Gauges
	Clock  string
	Factor float64
}

func (h *handler) bar() bar {
	mode, factor := h.e.ClockMode()
	return bar{Gauges: h.e.Gauges(), Clock: mode, Factor: factor}
}

// card is one phone on the wall.
type card struct {
	view.Phone
	ID    string // usable in markup
	Live  bool   // shown in full
	Call  *view.Call
	Lines []line
	Last  string // outcome of the last call
	Tone  string // good, bad, quiet: never the only sign of it
}

// line is a line of transcript.
type line struct {
	view.Line
	Elapsed int // ms of what is being spoken
	Text    string
}

func domID(number string) string { return "p" + strings.TrimLeft(number, "+") }

func (h *handler) card(v view.Phone) card {
	c := card{Phone: v, ID: domID(v.Number), Live: v.State != "idle"}
	if n := len(v.Calls); n > 0 {
		c.Call = &v.Calls[n-1]
		c.Lines = h.lines(*c.Call)
		c.Last, c.Tone = outcome(*c.Call)
	}
	return c
}

// outcome says how a call ended, or where it stands.
func outcome(c view.Call) (text, tone string) {
	switch {
	case c.Live():
		return c.Status, "quiet"
	case c.Status == calls.StatusCompleted && c.Keys != "":
		return "pressed " + c.Keys, "good"
	case c.Status == calls.StatusCompleted && strings.HasPrefix(c.AnsweredBy, "machine"):
		return "voicemail", "quiet"
	case c.Status == calls.StatusCompleted:
		return "answered, no key", "quiet"
	case c.Status == calls.StatusNoAnswer, c.Status == calls.StatusCanceled:
		return c.Status, "quiet"
	}
	return c.Status, "bad"
}

func (h *handler) lines(c view.Call) []line {
	now := h.e.Now()
	out := make([]line, 0, len(c.Lines))
	for _, l := range c.Lines {
		x := line{Line: l, Text: l.Text}
		if l.Open {
			x.Elapsed = int(now.Sub(l.At) / time.Millisecond)
		}
		if l.Cut && l.Kind == "say" {
			text := []rune(l.Text)
			x.Text = strings.TrimSpace(string(text[:min(len(text), l.MS*15/1000)])) + " —"
		}
		out = append(out, x)
	}
	return out
}

func (h *handler) wall() []card {
	phones := h.e.Phones()
	out := make([]card, 0, len(phones))
	for _, v := range phones {
		out = append(out, h.card(v))
	}
	slices.SortStableFunc(out, func(a, b card) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// inspected is the phone that a visitor looks at closely.
type inspected struct {
	card
	History  []history
	Numbers  []string
	Ours     string
	Personas []choice
}

type choice struct{ Code, Title string }

// history is one call with its webhooks.
type history struct {
	view.Call
	Said     []line
	Outcome  string
	Tone     string
	Webhooks []view.Webhook
}

func (h *handler) inspect(number string) *inspected {
	v, ok := h.e.Phone(number)
	if !ok {
		return nil
	}
	in := &inspected{card: h.card(v), Ours: h.ours(number)}
	for _, c := range slices.Backward(v.Calls) {
		if len(in.History) == 10 {
			break
		}
		text, tone := outcome(c)
		in.History = append(in.History, history{Call: c, Said: h.lines(c), Outcome: text, Tone: tone, Webhooks: h.e.Webhooks(c.SID)})
	}
	for _, n := range h.e.Config().Numbers {
		in.Numbers = append(in.Numbers, n.Number)
	}
	for _, code := range persona.Codes() {
		p, _ := persona.ByCode(code)
		in.Personas = append(in.Personas, choice{code, p.Title})
	}
	return in
}

// feeds are the lists below the wall.
type feeds struct {
	Webhooks   []view.Webhook
	Violations []view.Violation
	Alerts     []view.Alert
	Faults     []fault.Fault
	Scenarios  []string
	Singles    []choice
}

func (h *handler) feeds() feeds {
	return feeds{
		Webhooks:   h.e.RecentWebhooks(40),
		Violations: newest(h.e.Violations(), 40),
		Alerts:     newest(h.e.Alerts(), 40),
		Faults:     h.e.Faults(),
		Scenarios:  fault.ScenarioNames(),
		Singles: []choice{{"lost-answer", "lose the answer to the next call"}, {"busy-api", "answer 429 once"},
			{"lost-callback", "lose one final callback"}, {"forged-text", "forge the next text's signature"}, {"outage", "network down for 30 s"}},
	}
}

func newest[T any](list []T, n int) []T {
	list = slices.Clone(list[max(0, len(list)-n):])
	slices.Reverse(list)
	return list
}

func (h *handler) funcs() template.FuncMap {
	return template.FuncMap{
		"number": pretty,
		"words":  func(words ...string) []string { return words },
		"time":   func(t time.Time) string { return t.Format("15:04:05") },
		"day":    func(t time.Time) string { return t.Format("Mon 2 Jan 2006, 15:04:05") + " UTC" },
		"ms":     func(ms float64) string { return fmt.Sprintf("%.0f ms", ms) },
		"keys":   func() []string { return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"} },
		"last": func(n int, lines []line) []line {
			return lines[max(0, len(lines)-n):]
		},
		"waits": func(c *view.Call) bool { return c != nil && c.Waiting },
		"secs": func(c *view.Call) string {
			if c == nil || c.Answered == nil || c.Ended == nil {
				return ""
			}
			return fmt.Sprintf("%.0f s", c.Ended.Sub(*c.Answered).Seconds())
		},
		"path": func(raw string) string {
			if i := strings.Index(raw, "://"); i >= 0 {
				raw = raw[i+3:]
				if j := strings.IndexByte(raw, '/'); j >= 0 {
					raw = raw[j:]
				}
			}
			raw, _, _ = strings.Cut(raw, "#")
			raw, _, _ = strings.Cut(raw, "?")
			return raw
		},
		"tone": func(w view.Webhook) string {
			switch {
			case !w.Done:
				return "quiet"
			case w.Code != 0 || w.Status >= 400:
				return "bad"
			}
			return "good"
		},
	}
}

// pretty is a number as people write it.
func pretty(number string) string {
	if len(number) == 12 && number[:2] == "+1" {
		return fmt.Sprintf("(%s) %s-%s", number[2:5], number[5:8], number[8:])
	}
	return number
}
