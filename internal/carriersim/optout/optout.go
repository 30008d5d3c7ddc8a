// Package optout owns what the carrier itself does with the words STOP, START
// and HELP, by kind of sender. It is pure: it says what happens and never
// keeps who has opted out.
package optout

import "strings"

// Mode is the handling in force for a sender.
type Mode string

// The modes of the matrix.
const (
	Default   Mode = "default"    // a long code, alone or in a plain Messaging Service
	TollFree  Mode = "toll_free"  // network-level handling
	Advanced  Mode = "advanced"   // a Messaging Service with Advanced Opt-Out
	ShortCode Mode = "short_code" // the carrier does nothing
)

// Keyword is the class of a text.
type Keyword string

// The classes; None is any text that is not exactly one keyword.
const (
	None  Keyword = ""
	Stop  Keyword = "STOP"
	Start Keyword = "START"
	Help  Keyword = "HELP"
)

// Words are the configurable keywords of Advanced Opt-Out, in capitals.
type Words struct {
	Stop  []string `json:"stop"`
	Start []string `json:"start"`
	Help  []string `json:"help"`
}

// Rules are the positions of the switches that concern keywords.
type Rules struct {
	YesAutoreply string // never, when_blocked, always: what YES does under default handling
	Trim         bool   // white space around a keyword is ignored
	Words        Words  // extra keywords of Advanced Opt-Out
	OmitYes      bool   // Advanced Opt-Out with "yes" taken out of its opt-in words
}

// Outcome is what the carrier does with one inbound text.
type Outcome struct {
	Keyword    Keyword
	Block      bool   // the pair is blocked from now on
	Unblock    bool   // the pair is open from now on
	Reply      string // sent by the carrier itself; empty for none
	OptOutType string // parameter of the webhook; empty where it is absent
}

// The carrier's own texts.
const (
	stopText  = "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
	startText = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
	helpText  = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
	tfStop    = `NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.`
	tfStart   = `NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.`
)

// Classify tells which keyword a text is for a sender of that mode: the whole
// text is exactly one word, in any case.
func Classify(mode Mode, body string, r Rules) Keyword {
	word := strings.ToUpper(body)
	if r.Trim {
		word = strings.TrimSpace(word)
	}
	if mode == ShortCode {
		return None
	}
	if mode == Advanced {
		switch {
		case in(word, r.Words.Stop):
			return Stop
		case in(word, r.Words.Start):
			return Start
		case in(word, r.Words.Help):
			return Help
		}
	}
	switch word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		return Stop
	case "START", "UNSTOP":
		return Start
	case "HELP", "INFO":
		return Help
	case "YES":
		// On toll-free numbers YES does not undo a STOP.
		if mode == Default || (mode == Advanced && !r.OmitYes) {
			return Start
		}
	}
	return None
}

// Decide tells what the carrier does with a text from a person who is blocked
// or not.
func Decide(mode Mode, body string, blocked bool, r Rules) Outcome {
	o := Outcome{Keyword: Classify(mode, body, r)}
	if mode == Advanced {
		o.OptOutType = string(o.Keyword)
	}
	switch o.Keyword {
	case Stop:
		o.Block = true
		o.Reply = pick(mode, stopText, tfStop)
	case Start:
		o.Unblock = true
		o.Reply = pick(mode, startText, tfStart)
		if mode != Advanced && !startReplies(body, blocked, r) {
			o.Reply = ""
		}
	case Help:
		if !blocked {
			o.Reply = helpText
		}
	}
	return o
}

// startReplies: START and UNSTOP are always acknowledged; whether YES is, when
// nobody was blocked, is not documented and therefore a switch.
func startReplies(body string, blocked bool, r Rules) bool {
	if !strings.EqualFold(strings.TrimSpace(body), "YES") {
		return true
	}
	switch r.YesAutoreply {
	case "always":
		return true
	case "when_blocked":
		return blocked
	}
	return false
}

func pick(mode Mode, usual, tollFree string) string {
	if mode == TollFree {
		return tollFree
	}
	return usual
}

func in(word string, words []string) bool {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
