// Package amd owns the model of answering-machine detection: what the carrier
// concludes, and when, from what is heard on a line. It is pure, so that tuned
// parameters change the outcome the way they would on a real line.
package amd

// Sound is a stretch of what the called side lets the carrier hear.
type Sound struct {
	Kind string `json:"kind"` // speech, silence, beep, fax
	MS   int    `json:"ms"`
}

// Params are the call's detection parameters, in milliseconds.
type Params struct {
	MessageEnd      bool // DetectMessageEnd rather than Enable
	Timeout         int
	SpeechThreshold int // speech this long is a machine
	SpeechEnd       int // silence this long ends a human's greeting
	Silence         int // silence this long at the start is nobody
}

// Defaults are Twilio's own values.
func Defaults() Params {
	return Params{Timeout: 30_000, SpeechThreshold: 2400, SpeechEnd: 1200, Silence: 5000}
}

// Result is the verdict and how long after the answer it is reached.
type Result struct {
	AnsweredBy string
	MS         int
}

// Detect listens to the sounds in order; after them the line is silent.
func Detect(p Params, sounds []Sound) Result {
	l := listener{p: p}
	for _, s := range append(append([]Sound{}, sounds...), Sound{"silence", p.Timeout + p.Silence + p.SpeechEnd}) {
		if r, done := l.hear(s); done {
			return l.within(r)
		}
	}
	return l.within(Result{"unknown", p.Timeout})
}

type listener struct {
	p       Params
	at      int // time so far
	speech  int // speech of the greeting so far
	machine bool
}

// within applies the overall time-out: a machine in mid-greeting then counts
// as machine_end_other, anything else as unknown.
func (l *listener) within(r Result) Result {
	if r.MS <= l.p.Timeout {
		return r
	}
	if l.machine && l.p.MessageEnd {
		return Result{"machine_end_other", l.p.Timeout}
	}
	return Result{"unknown", l.p.Timeout}
}

func (l *listener) hear(s Sound) (Result, bool) {
	began := l.at
	l.at += s.MS
	switch s.Kind {
	case "fax":
		return Result{"fax", began + min(s.MS, 1500)}, true
	case "beep":
		if l.machine && l.p.MessageEnd {
			return Result{"machine_end_beep", l.at}, true
		}
	case "speech":
		if l.speech+s.MS >= l.p.SpeechThreshold && !l.machine {
			l.machine = true
			if !l.p.MessageEnd {
				return Result{"machine_start", began + l.p.SpeechThreshold - l.speech}, true
			}
		}
		l.speech += s.MS
	case "silence":
		return l.silence(began, s.MS)
	}
	return Result{}, false
}

func (l *listener) silence(began, ms int) (Result, bool) {
	switch {
	case l.speech == 0 && ms >= l.p.Silence:
		return Result{"unknown", began + l.p.Silence}, true
	case l.machine && ms >= 2*l.p.SpeechEnd:
		// A machine's pause before its beep is shorter than this.
		return Result{"machine_end_silence", began + 2*l.p.SpeechEnd}, true
	case !l.machine && l.speech > 0 && ms >= l.p.SpeechEnd:
		return Result{"human", began + l.p.SpeechEnd}, true
	}
	return Result{}, false
}
