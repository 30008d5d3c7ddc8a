package twiml

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Longest text of one Say (error 13521).
const (
	maxSay      = 4096
	maxSayPolly = 3000
)

type reader struct {
	kind     Kind
	problems []Problem
}

func (r *reader) warn(code int, format string, args ...any) {
	r.problems = append(r.problems, Problem{code, false, fmt.Sprintf(format, args...)})
}

func (r *reader) fail(code int, format string, args ...any) {
	r.problems = append(r.problems, Problem{code, true, fmt.Sprintf(format, args...)})
}

// attributes known to Twilio; others are ignored with a warning.
func attributes(kind Kind, verb string) ([]string, bool) {
	if kind == Messaging {
		switch verb {
		case "Message":
			return []string{"to", "from", "action", "method", "statusCallback"}, true
		case "Redirect":
			return []string{"method"}, true
		}
		return nil, false
	}
	switch verb {
	case "Say":
		return []string{"voice", "language", "loop"}, true
	case "Gather":
		return []string{"action", "method", "input", "timeout", "numDigits", "finishOnKey", "actionOnEmptyResult",
			"language", "hints", "partialResultCallback", "partialResultCallbackMethod", "bargeIn", "debug",
			"profanityFilter", "speechTimeout", "speechModel", "enhanced"}, true
	case "Pause":
		return []string{"length"}, true
	case "Hangup":
		return nil, true
	case "Redirect":
		return []string{"method"}, true
	case "Play":
		return []string{"loop", "digits"}, true
	case "Reject":
		return []string{"reason"}, true
	}
	return nil, false
}

// Unsupported tells whether a verb is real TwiML that this simulator does not
// perform. Such a document would behave differently at Twilio, so that its use
// is worth more than a warning.
func Unsupported(verb string) bool {
	return slices.Contains([]string{"Dial", "Record", "Enqueue", "Leave", "Start", "Stop", "Connect", "Pay", "Prompt",
		"Refer", "Queue", "Conference", "Stream", "Siprec", "Transcription", "Sms", "Recording"}, verb)
}

func (r *reader) verbs(nodes []*node) []Verb {
	var out []Verb
	for _, n := range nodes {
		if v, ok := r.verb(n, false); ok {
			out = append(out, v)
		}
	}
	return out
}

func (r *reader) verb(n *node, nested bool) (Verb, bool) {
	known, ok := attributes(r.kind, n.name)
	if !ok {
		r.warn(12200, "unknown or unsupported element <%s>", n.name)
		// Kept so that the caller can tell an unknown name from a verb that
		// Twilio would have performed.
		return Verb{Name: n.name, Attrs: n.attrs}, Unsupported(n.name)
	}
	v := Verb{Name: n.name, Attrs: map[string]string{}}
	for name, value := range n.attrs {
		if !slices.Contains(known, name) {
			r.warn(12200, "unknown attribute %q on <%s>", name, n.name)
			continue
		}
		v.Attrs[name] = value
	}
	switch n.name {
	case "Say":
		return v, r.say(n, &v, nested)
	case "Gather":
		r.gather(n, &v)
	case "Message":
		r.message(n, &v)
	default:
		v.Text = strings.TrimSpace(n.text())
		r.noChildren(n)
		r.plain(&v)
	}
	return v, true
}

func (r *reader) noChildren(n *node) {
	for _, c := range n.elements() {
		r.warn(12200, "<%s> is not allowed inside <%s>", c.name, n.name)
	}
}

// plain checks the attributes of the verbs without content of their own.
func (r *reader) plain(v *Verb) {
	switch v.Name {
	case "Pause":
		r.number(v, "length", 13910, 0, 14400)
	case "Redirect":
		r.method(v, "method", 12200)
	case "Play":
		r.number(v, "loop", 13510, 0, 1000)
		if v.Text == "" && v.Attrs["digits"] == "" {
			r.warn(12200, "<Play> has neither an address nor digits")
		}
	case "Reject":
		if reason := v.Attr("reason", "rejected"); reason != "rejected" && reason != "busy" {
			r.warn(12200, "<Reject> reason %q", reason)
			delete(v.Attrs, "reason")
		}
	}
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]{4})?-[A-Z0-9]{2,3}$`)

func polly(voice string) bool {
	return strings.HasPrefix(voice, "Polly.") || strings.HasPrefix(voice, "Google.")
}

func (r *reader) say(n *node, v *Verb, nested bool) bool {
	voice := v.Attr("voice", "man")
	if !polly(voice) && !slices.Contains([]string{"man", "woman", "alice"}, voice) {
		code := 13511
		if nested {
			code = 13321
		}
		r.warn(code, "invalid voice %q", voice)
		delete(v.Attrs, "voice")
	}
	if lang, ok := v.Attrs["language"]; ok && !languageTag.MatchString(lang) {
		r.warn(13512, "invalid language %q", lang)
		delete(v.Attrs, "language")
	}
	r.number(v, "loop", 13510, 0, 1000)
	text, breaks := r.spoken(n, polly(voice))
	v.Text, v.Breaks = strings.Join(strings.Fields(text), " "), breaks
	if v.Text == "" && breaks == 0 {
		r.warn(13520, "<Say> without text")
		return false
	}
	limit := maxSay
	if polly(voice) {
		limit = maxSayPolly
	}
	if size := utf8.RuneCountInString(v.Text); size > limit {
		r.fail(13521, "<Say> of %d characters, more than %d", size, limit)
		return false
	}
	return true
}

// spoken collects the text of a Say and of its SSML children.
func (r *reader) spoken(n *node, ssml bool) (string, time.Duration) {
	var b strings.Builder
	var breaks time.Duration
	for _, part := range n.parts {
		if s, ok := part.(string); ok {
			b.WriteString(s)
			continue
		}
		c := part.(*node)
		if !ssml || !slices.Contains([]string{"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}, c.name) {
			r.warn(12200, "<%s> is not allowed inside <Say> with this voice", c.name)
			continue
		}
		switch c.name {
		case "break":
			breaks += pause(c.attrs)
		case "sub":
			b.WriteString(" " + c.attrs["alias"] + " ")
		default:
			text, more := r.spoken(c, ssml)
			b.WriteString(" " + text + " ")
			breaks += more
		}
	}
	return b.String(), breaks
}

func pause(attrs map[string]string) time.Duration {
	if d, err := time.ParseDuration(attrs["time"]); err == nil && d >= 0 {
		return min(d, 10*time.Second)
	}
	switch attrs["strength"] {
	case "none", "x-weak":
		return 0
	case "strong":
		return 700 * time.Millisecond
	case "x-strong":
		return time.Second
	}
	return 400 * time.Millisecond
}

func (r *reader) gather(n *node, v *Verb) {
	r.method(v, "method", 13312)
	r.number(v, "timeout", 13313, 1, 600)
	r.number(v, "numDigits", 13314, 1, 1000)
	if key, ok := v.Attrs["finishOnKey"]; ok && key != "" && (len(key) > 1 || !strings.Contains("0123456789*#", key)) {
		r.warn(13310, "invalid finishOnKey %q", key)
		delete(v.Attrs, "finishOnKey")
	}
	for _, c := range n.elements() {
		if !slices.Contains([]string{"Say", "Play", "Pause"}, c.name) {
			r.fail(13320, "<%s> is not allowed inside <Gather>", c.name)
			continue
		}
		if prompt, ok := r.verb(c, true); ok {
			v.Nested = append(v.Nested, prompt)
		}
	}
}

func (r *reader) message(n *node, v *Verb) {
	v.Text = n.text()
	for _, c := range n.elements() {
		switch c.name {
		case "Body":
			v.Text += c.text()
		case "Media":
			r.warn(12200, "<Media> is not supported here")
		default:
			r.warn(12200, "<%s> is not allowed inside <Message>", c.name)
		}
	}
	v.Text = strings.TrimSpace(v.Text)
	r.method(v, "method", 12200)
}

func (r *reader) method(v *Verb, name string, code int) {
	if m, ok := v.Attrs[name]; ok {
		m = strings.ToUpper(m)
		if m != "GET" && m != "POST" {
			r.warn(code, "invalid %s %q on <%s>", name, m, v.Name)
			delete(v.Attrs, name)
			return
		}
		v.Attrs[name] = m
	}
}

func (r *reader) number(v *Verb, name string, code, low, high int) {
	if s, ok := v.Attrs[name]; ok {
		if x, err := strconv.Atoi(s); err != nil || x < low || x > high {
			r.warn(code, "invalid %s %q on <%s>", name, s, v.Name)
			delete(v.Attrs, name)
		}
	}
}

// Int returns a numeric attribute that Parse has already checked.
func (v Verb) Int(name string, fallback int) int {
	if x, err := strconv.Atoi(v.Attrs[name]); err == nil {
		return x
	}
	return fallback
}

// Length is how long the verb keeps the line busy once: 15 characters a second
// for speech, at least 0.6 s; audio files, whose length is unknown, 3 s.
func (v Verb) Length() time.Duration {
	switch v.Name {
	case "Say":
		d := time.Duration(utf8.RuneCountInString(v.Text)) * time.Second / 15
		return max(d, 600*time.Millisecond) + v.Breaks
	case "Pause":
		return time.Duration(v.Int("length", 1)) * time.Second
	case "Play":
		if digits, ok := v.Attrs["digits"]; ok {
			return time.Duration(len(digits)) * 500 * time.Millisecond
		}
		return 3 * time.Second
	}
	return 0
}

// Loops is how often a Say or Play is performed; 0 in the document means
// "until the line goes dead", which Twilio cuts at 1000.
func (v Verb) Loops() int {
	if n := v.Int("loop", 1); n > 0 {
		return n
	}
	return 1000
}
