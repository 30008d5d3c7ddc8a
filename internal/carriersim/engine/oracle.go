package engine

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/twiml"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// Violation is something that a correct application never does.
type Violation struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Detail     string    `json:"detail"`
	Phone      string    `json:"phone,omitempty"`
	CallSID    string    `json:"call_sid,omitempty"`
	MessageSID string    `json:"message_sid,omitempty"`
}

// Alert is an entry of the debugger.
type Alert struct {
	At    time.Time `json:"at"`
	Code  int       `json:"code"`
	Error bool      `json:"error"` // false for a warning
	SID   string    `json:"sid,omitempty"`
	URL   string    `json:"url,omitempty"`
	Text  string    `json:"text"`
	Fault bool      `json:"fault,omitempty"` // brought about on purpose
}

// oracle remembers what the rules need.
type oracle struct {
	creates []time.Time          // wall times of the last second's creates
	unknown map[string]bool      // To: a create whose answer was lost and that nobody has looked for
	texts   map[string]time.Time // To + body of recent texts
	replied map[pair]time.Time   // when the carrier itself last replied
}

func newOracle() oracle {
	return oracle{unknown: map[string]bool{}, texts: map[string]time.Time{}, replied: map[pair]time.Time{}}
}

// stopped is a STOP that a person sent to one of our numbers.
type stopped struct {
	at       time.Time // carrier time
	wall     time.Time
	answered bool // the application took it with a 2xx
	texts    int  // texts from the application since
}

func (e *Engine) violate(kind string, c *Call, phone, detail string) {
	v := Violation{At: e.sched.Now(), Kind: kind, Detail: detail, Phone: phone}
	if c != nil {
		v.Phone, v.CallSID = c.other(), c.SID
	}
	e.violations = append(e.violations, v)
	e.touch("")
}

// Violate records a violation that was seen outside the engine.
func (e *Engine) Violate(kind, detail string) {
	defer e.enter()()
	e.violate(kind, nil, "", detail)
}

func (e *Engine) alert(code int, isError bool, sid, address, text string) {
	e.report(Alert{Code: code, Error: isError, SID: sid, URL: address, Text: text})
}

func (e *Engine) report(a Alert) {
	a.At = e.sched.Now()
	e.alerts = append(e.alerts, a)
	e.touch("")
}

// Violations lists what a correct application never does, oldest first.
func (e *Engine) Violations() []Violation {
	defer e.enter()()
	return append([]Violation{}, e.violations...)
}

// Alerts lists the debugger's entries, oldest first.
func (e *Engine) Alerts() []Alert {
	defer e.enter()()
	return append([]Alert{}, e.alerts...)
}

// judgeCreate holds a create-call request against the rules.
func (e *Engine) judgeCreate(to, from string, form url.Values) {
	if n := len(e.live[to]); n > 0 {
		e.violate("two_live_calls", e.live[to][0], to, "a call was created while another to this phone had not ended")
	}
	e.judgePace(to)
	if s := e.phone(to).stop[from]; s != nil {
		switch {
		case s.answered:
			e.violate("call_after_stop", nil, to, "a call from "+from+" was created after the application had answered this phone's STOP")
		case e.graceOver(s):
			e.violate("call_after_stop", nil, to, "a call from "+from+" was created long after this phone sent STOP, whose webhook the application never answered")
		}
	}
	if e.oracle.unknown[to] {
		e.violate("blind_retry", nil, to, "a create whose outcome was unknown was repeated without looking for the call")
		delete(e.oracle.unknown, to)
	}
	for name, values := range form {
		if (strings.HasPrefix(name, "Record") || strings.HasPrefix(name, "Transcri") || name == "Trim") && values[0] != "false" {
			e.violate("recording", nil, to, "parameter "+name)
		}
	}
	for _, name := range []string{"Url", "FallbackUrl", "StatusCallback", "AsyncAmdStatusCallback"} {
		e.judgeAddress(name, form.Get(name), to)
	}
}

// judgePace: in no second of machine time more creates than the rate and one.
// The application paces itself by its own wall clock, whatever the carrier's
// clock does.
func (e *Engine) judgePace(to string) {
	now := time.Now()
	o := &e.oracle
	o.creates = append(o.creates, now)
	for len(o.creates) > 0 && now.Sub(o.creates[0]) >= time.Second {
		o.creates = o.creates[1:]
	}
	limit := int(math.Ceil(float64(time.Second)/float64(e.slot()))) + 1
	if len(o.creates) > limit {
		e.violate("pace", nil, to, "more creates in one second than the account's rate and one")
	}
}

// graceOver: enough time has passed for the application to have found the STOP
// by itself. It looks by its own clock, so that on a scaled one machine time
// must have passed too.
func (e *Engine) graceOver(s *stopped) bool {
	grace := e.cfg.Policy.StopGrace
	if grace == 0 {
		grace = 90 * time.Second
	}
	if _, scaled := e.sched.Clock().(*vclock.Scaled); scaled && time.Since(s.wall) < grace {
		return false
	}
	return e.sched.Now().Sub(s.at) >= grace
}

// judgeAddress: a person's number or name has no place in a URL.
func (e *Engine) judgeAddress(name, raw, to string) {
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return
	}
	for key, values := range u.Query() {
		for _, v := range values {
			if strings.Contains(v, strings.TrimPrefix(to, "+")) || slices.Contains([]string{"to", "from", "name", "phone"}, strings.ToLower(key)) {
				e.violate("pii_in_url", nil, to, name+" carries "+key+" in its query")
			}
		}
	}
}

// judgeTwiML looks for verbs that record or transcribe.
func (e *Engine) judgeTwiML(c *Call, verbs []twiml.Verb) {
	for _, v := range verbs {
		if slices.Contains([]string{"Record", "Start", "Stream", "Siprec", "Transcription", "Connect", "Recording"}, v.Name) {
			e.violate("recording", c, "", "<"+v.Name+">")
		}
		if v.Name == "Gather" && strings.Contains(v.Attrs["input"], "speech") {
			e.violate("speech_input", c, "", "<Gather input=\""+v.Attrs["input"]+"\">")
		}
	}
}

// judgeSpeech: the first words of a call that we place say who calls.
func (e *Engine) judgeSpeech(c *Call, text string) {
	if c.spoken || c.Direction == "inbound" {
		return
	}
	c.spoken = true
	sentences := e.cfg.Policy.Identify
	if sentences == nil {
		sentences = []string{"This is an automated call", "Ceci est un appel automatisé"}
	}
	if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(text, s) }) {
		e.violate("unidentified", c, "", "the first words do not say that this is an automated call: "+excerpt(text))
	}
}

func excerpt(s string) string {
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "..."
	}
	return `"` + s + `"`
}

// judgeWebhook holds the application's answer against the rules.
func (e *Engine) judgeWebhook(w *Webhook, r hook.Result) {
	if w.Forged {
		if r.Status >= 200 && r.Status < 300 {
			e.violations = append(e.violations, Violation{At: e.sched.Now(), Kind: "forged_accepted", Phone: w.Phone,
				CallSID: w.CallSID, MessageSID: w.MessageSID, Detail: "a webhook with a bad signature was answered 2xx: " + w.URL})
		}
		return
	}
	limit := e.cfg.Policy.SlowWebhook
	if limit == 0 {
		limit = 5 * time.Second
	}
	scale := max(e.cfg.WebhookScale, 1)
	for _, a := range r.Attempts {
		if took := time.Duration(a.MS * scale * float64(time.Millisecond)); took > limit {
			e.violations = append(e.violations, Violation{At: e.sched.Now(), Kind: "slow_webhook", Phone: w.Phone,
				CallSID: w.CallSID, MessageSID: w.MessageSID, Detail: w.URL + " took " + took.Round(time.Millisecond).String()})
		}
	}
	if r.Problem == nil {
		if c, ok := e.callBySID[w.CallSID]; ok {
			e.seen(c.To) // the application now knows this call
		}
		return
	}
	if w.Kind != hook.VoiceStatus && w.Kind != hook.VoiceAMD && w.Kind != hook.SMSStatus {
		return // the leg, or the text, reports it
	}
	code := r.Problem.Code
	if r.Status >= 400 {
		code = 15003
	}
	e.report(Alert{Code: code, SID: w.CallSID + w.MessageSID, URL: w.URL, Text: r.Problem.Text, Fault: w.Fault != ""})
	if r.Status >= 400 && w.Fault == "" {
		e.violations = append(e.violations, Violation{At: e.sched.Now(), Kind: "callback_refused", Phone: w.Phone,
			CallSID: w.CallSID, MessageSID: w.MessageSID, Detail: r.Problem.Text})
	}
}

// judgeMessage holds a text from the application against the rules.
func (e *Engine) judgeMessage(ours, to, body string) {
	now := e.sched.Now()
	key := to + "\x00" + body
	if last, ok := e.oracle.texts[key]; ok && now.Sub(last) < time.Minute {
		e.violate("duplicate_text", nil, to, "the same text twice within a minute")
	}
	e.oracle.texts[key] = now
	if at, ok := e.oracle.replied[pair{ours, to}]; ok && now.Sub(at) < 30*time.Second {
		e.violate("double_reply", nil, to, "a text within 30 s of the carrier's own reply")
	}
	s := e.phone(to).stop[ours]
	if s == nil || !(s.answered || e.graceOver(s)) {
		return
	}
	s.texts++
	if e.mode(ours) != optout.ShortCode || s.texts > 1 {
		e.violate("text_after_stop", nil, to, "a text from "+ours+" after this phone's STOP")
	}
}

// heardFrom notes what a person's text means to the rules, whatever the
// carrier makes of it. It returns the STOP that the text is, if it is one.
func (e *Engine) heardFrom(p *Phone, ours, body string, out optout.Outcome) *stopped {
	if out.OptOutType != "" || (out.Reply != "" && out.Keyword != optout.Start) {
		e.oracle.replied[pair{ours, p.Number}] = e.sched.Now()
	} else {
		delete(e.oracle.replied, pair{ours, p.Number}) // this one is the application's to answer
	}
	word := strings.ToUpper(strings.TrimSpace(body))
	stops := []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET", "ARRÊT"}
	if slices.Contains(stops, word) {
		if old := p.stop[ours]; old != nil {
			return old
		}
		p.stop[ours] = &stopped{at: e.sched.Now(), wall: time.Now()}
		return p.stop[ours]
	}
	first, _, _ := strings.Cut(strings.TrimRight(word, "!. "), " ")
	if slices.Contains([]string{"YES", "Y", "OUI", "O", "SI", "SÍ"}, first) {
		delete(p.stop, ours)
	}
	return nil
}

// AnswerLost notes that the application cannot know whether its create-call
// request counted.
func (e *Engine) AnswerLost(to string) {
	defer e.enter()()
	e.oracle.unknown[to] = true
}

// seen notes that the application has looked for calls to a number; without a
// number, to any.
func (e *Engine) seen(to string) {
	if to == "" {
		clear(e.oracle.unknown)
		return
	}
	delete(e.oracle.unknown, to)
}
