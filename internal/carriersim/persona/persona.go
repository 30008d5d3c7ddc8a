// Package persona owns who picks up: the script of a phone's owner, for calls
// and for texts, and the table of ready-made ones. A script is data; the
// engine performs it. It must never know what a product expects to happen.
package persona

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/callshu/callshu/internal/carriersim/amd"
)

// Persona is the owner of a phone.
type Persona struct {
	Code     string   `json:"code"`
	Title    string   `json:"title"`
	Voice    Voice    `json:"voice"`
	Texts    []Reply  `json:"texts,omitempty"`
	Delivery Delivery `json:"delivery"`
	// RefuseCall and RefuseText are the error codes with which the carrier
	// refuses to call or text this number at all; 0 for none.
	RefuseCall int `json:"refuse_call,omitempty"`
	RefuseText int `json:"refuse_text,omitempty"`
	// OptedOut: this person sent STOP to every sender before the run began.
	OptedOut bool `json:"opted_out,omitempty"`
}

// Voice is what happens when the phone is called.
type Voice struct {
	// Do is answer, busy, decline, ignore, fail, or hand (rings until somebody
	// acts on the phones page).
	Do string `json:"do"`
	// AfterMS counts from the first ring; busy and fail happen instead of it.
	AfterMS int `json:"after_ms,omitempty"`
	// SIP is the response code of fail; 486 and 487 are implied elsewhere.
	SIP int `json:"sip,omitempty"`
	// FromAttempt: earlier calls to this phone are ignored.
	FromAttempt int         `json:"from_attempt,omitempty"`
	Audio       []amd.Sound `json:"audio,omitempty"`
	Steps       []Step      `json:"steps,omitempty"`
}

// Step is one act of the person on the line.
type Step struct {
	// On is what the step waits for: answered, say (a sentence begins, in a
	// Gather or not), waiting (a Gather has finished its prompts and waits).
	On      string `json:"on"`
	Nth     int    `json:"nth,omitempty"` // the nth time, from 1; 0 for every time
	AfterMS int    `json:"after_ms,omitempty"`
	Press   string `json:"press,omitempty"`
	GapMS   int    `json:"gap_ms,omitempty"` // between the keys of Press; 250 unless told
	HangUp  bool   `json:"hang_up,omitempty"`
	Text    string `json:"text,omitempty"` // a text sent to the calling number
}

// Reply is a text sent after one has arrived.
type Reply struct {
	// On is asked (the text asks for YES or OUI; the default) or any.
	On      string `json:"on,omitempty"`
	AfterMS int    `json:"after_ms"`
	// BeforeReceipt counts from the moment the text is sent, so that the reply
	// can be there before the delivery receipt.
	BeforeReceipt bool `json:"before_receipt,omitempty"`
	// Once: only the first text that asks is answered so.
	Once bool `json:"once,omitempty"`
	// Body is sent as it is, but for {yes}: the word that the text asked for.
	Body string `json:"body"`
}

// Delivery is what becomes of a text sent to the phone.
type Delivery struct {
	ErrorCode int  `json:"error_code,omitempty"` // undelivered with this code
	NoReceipt bool `json:"no_receipt,omitempty"` // stays at sent
	DelayMS   int  `json:"delay_ms,omitempty"`   // between sent and delivered
}

// askedFor finds the word that a text asks its reader to send: capitals, as in
// "YES to join", with a choice number where several senders share one line.
var askedFor = regexp.MustCompile(`\b(YES|OUI)\b( \d\b)?`)

// Asks returns the word that a text asks for, if it does.
func Asks(body string) (string, bool) {
	word := askedFor.FindString(body)
	return word, word != ""
}

// Fill returns the body of a reply to a text, and whether there is one.
func (r Reply) Fill(received string) (string, bool) {
	word, asks := Asks(received)
	if !asks && r.On != "any" {
		return "", false
	}
	if !asks {
		word = "YES"
	}
	return strings.ReplaceAll(r.Body, "{yes}", word), true
}

// Validate reports the first thing in a script that the engine cannot perform.
func (p Persona) Validate() error {
	switch p.Voice.Do {
	case "answer", "busy", "decline", "ignore", "fail", "hand":
	default:
		return fmt.Errorf("voice.do %q: want answer, busy, decline, ignore, fail or hand", p.Voice.Do)
	}
	for i, s := range p.Voice.Steps {
		if s.On != "answered" && s.On != "say" && s.On != "waiting" {
			return fmt.Errorf("voice.steps[%d].on %q: want answered, say or waiting", i, s.On)
		}
		if strings.Trim(s.Press, "0123456789*#") != "" {
			return fmt.Errorf("voice.steps[%d].press %q: want keys", i, s.Press)
		}
		if s.AfterMS < 0 || s.GapMS < 0 {
			return fmt.Errorf("voice.steps[%d]: negative delay", i)
		}
	}
	for i, s := range p.Voice.Audio {
		switch s.Kind {
		case "speech", "silence", "beep", "fax":
		default:
			return fmt.Errorf("voice.audio[%d].kind %q: want speech, silence, beep or fax", i, s.Kind)
		}
		if s.MS < 0 {
			return fmt.Errorf("voice.audio[%d].ms: negative", i)
		}
	}
	for i, t := range p.Texts {
		if t.On != "" && t.On != "asked" && t.On != "any" {
			return fmt.Errorf("texts[%d].on %q: want asked or any", i, t.On)
		}
		if t.AfterMS < 0 || t.Body == "" {
			return fmt.Errorf("texts[%d]: want a body and a delay of 0 or more", i)
		}
	}
	return nil
}
