// Package ivr owns the spoken call as a pure function: what is said, which
// keys count, and what a key means. It must never record, transcribe or listen
// to speech, never speak before it has identified the employer, and never let
// an employer edit the identification or the ways out.
package ivr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Languages that a call can be spoken in.
const (
	English = "en"
	French  = "fr"
)

// Keys with a fixed meaning in every call; answers use 1 to 7.
const (
	KeyRepeat = 0
	KeyNotMe  = 8
	KeyStop   = 9
	minAnswer = 1
	maxAnswer = 7
)

// Script is all that a call to one person says. Texts may hold merge fields.
type Script struct {
	Employer       string // as spoken
	FirstName      string
	Purpose        string // "about ..."
	CallbackNumber string // E.164
	ContactAddress string // postal or mail address
	Text           string
	Choices        []Choice
	Voicemail      string // "" leaves no message
	Language       string // English or French
	Voice          Voice  // zero: VoiceFor(Language, "female")
	Back           *Back  // the call that somebody returns by calling us; nil: we call
	Given          int    // the key that this person has answered already; 0: none
	Preview        bool   // its author hears it: the ways out are said, and take nothing
}

// Choice is a key that answers, spoken as "Press {Key} if {Label}".
type Choice struct {
	Key   int
	Label string
}

// Limits of a conversation: nobody is kept on the line for ever.
const (
	maxRepeats  = 5 // of the message by key 0
	maxSilences = 1 // after one the message is repeated, after two the call ends
	maxWrong    = 2 // wrong keys that are asked again

	// afterMessage lets the last word of the message fade before the choices.
	afterMessage = 1
	// forAnswer is how long silence may last after the choices, in seconds.
	forAnswer = 8
	// forAfterthought is the time to stop everything after stopping one.
	forAfterthought = 4

	// longCall is the length past which the identification is said again at
	// the end: ADAD rules of the CRTC, section 4.
	longCall = 60
)

// Part says at which point of the call a key was pressed.
type Part string

// The parts.
const (
	PartMessage Part = "message" // identification, ways out and message
	PartChoices Part = "choices" // the answers, and waiting for one
	PartWidest  Part = "widest"  // the offer to stop everything: after 9, after 8, to strangers
)

// Step is where a call stands. It travels in the address to which the carrier
// posts the next key, so that the server need not remember calls.
type Step struct {
	Part     Part
	Repeats  int
	Silences int
	Wrong    int
	Heard    int // 1 once the message has been spoken to its end
}

// String writes a step for an address: "message.0.0.0.0".
func (s Step) String() string {
	return fmt.Sprintf("%s.%d.%d.%d.%d", s.Part, s.Repeats, s.Silences, s.Wrong, s.Heard)
}

// ParseStep reads what String wrote and refuses anything else.
func ParseStep(text string) (Step, error) {
	fields := strings.Split(text, ".")
	if len(fields) != 5 {
		return Step{}, fmt.Errorf("read step %q: want part.repeats.silences.wrong.heard", text)
	}
	step := Step{Part: Part(fields[0])}
	switch step.Part {
	case PartMessage, PartChoices, PartWidest:
	default:
		return Step{}, fmt.Errorf("read step %q: unknown part", text)
	}
	for i, limit := range []struct {
		into *int
		most int
	}{{&step.Repeats, maxRepeats}, {&step.Silences, maxSilences}, {&step.Wrong, maxWrong}, {&step.Heard, 1}} {
		n, err := strconv.Atoi(fields[i+1])
		if err != nil || n < 0 || n > limit.most || strconv.Itoa(n) != fields[i+1] {
			return Step{}, fmt.Errorf("read step %q: bad count %q", text, fields[i+1])
		}
		*limit.into = n
	}
	return step, nil
}

// Event is what happened to the call.
type Event struct {
	kind   eventKind
	step   Step
	digits string
}

type eventKind int

const (
	answered eventKind = iota
	pressed
	machine
	stranger
	withheld
)

// Answered says that somebody took the call, and may be spoken to: consent has
// been checked.
func Answered() Event { return Event{kind: answered} }

// Pressed carries the keys that the carrier collected at a step; none means
// that the person stayed silent.
func Pressed(step Step, digits string) Event {
	return Event{kind: pressed, step: step, digits: digits}
}

// Machine says that a voicemail or a fax took the call.
func Machine() Event { return Event{kind: machine} }

// Stranger says that somebody called one of our numbers and that we have no
// call for them. Of the script only language and voice are used.
func Stranger() Event { return Event{kind: stranger} }

// Withheld says the same of somebody whose number we do not learn: nothing that
// they press could be kept.
func Withheld() Event { return Event{kind: withheld} }

// Kind is what an event meant.
type Kind string

// The meanings. Answer, Stop, StopAll and NotMe have to be durable before the
// document is sent.
const (
	Spoke         Kind = "spoke"          // the message begins
	Repeat        Kind = "repeat"         // and begins again
	WrongKey      Kind = "wrong_key"      // asked again
	Answer        Kind = "answer"         // Effect.Answer
	Stop          Kind = "stop"           // key 9: this employer no more
	StopAll       Kind = "stop_all"       // key 9 again: nobody any more
	NotMe         Kind = "not_me"         // key 8: wrong person
	NoKey         Kind = "no_key"         // the call ends without an answer
	LeftVoicemail Kind = "left_voicemail" // a message is left
	NoVoicemail   Kind = "no_voicemail"   // a machine, and nothing to leave
	Ended         Kind = "ended"          // goodbye; all was recorded before
)

// Effect is what an event did. Ends tells that the document hangs up.
type Effect struct {
	Kind   Kind
	Answer int  // 1-7 for Kind Answer, else 0
	Early  bool // the answer came before the message ended
	Ends   bool
}

// Respond returns the TwiML for an event and what it means. action gives the
// absolute address for the keys pressed at a step; it must identify the call.
// Respond is total: what Validate would refuse is left out, never spoken raw.
func Respond(s Script, e Event, action func(Step) string) ([]byte, Effect) {
	c := newCall(s, action)
	switch e.kind {
	case answered:
		return c.message(Step{}), Effect{Kind: Spoke}
	case machine:
		return c.voicemail()
	case stranger:
		return c.offer(c.words.stranger, c.words.offerAll), Effect{Kind: Spoke}
	case withheld:
		return c.farewell(c.words.stranger + " " + c.words.goodbye), Effect{Kind: Spoke, Ends: true}
	}
	return c.press(e.step, e.digits)
}

func (c *call) press(step Step, digits string) ([]byte, Effect) {
	if step.Part == PartWidest {
		if strings.HasPrefix(digits, strconv.Itoa(KeyStop)) {
			return c.farewell(c.words.stoppedAll), Effect{Kind: StopAll, Ends: true}
		}
		return c.farewell(c.words.goodbye), Effect{Kind: Ended, Ends: true}
	}
	if digits == "" {
		return c.silence(step)
	}
	key := int(digits[0]) - '0'
	switch {
	case key == KeyStop:
		return c.offer(c.words.stopped, c.words.offerAllAgain), Effect{Kind: Stop}
	case key == KeyNotMe:
		return c.offer(c.words.notMe, c.words.offerAll), Effect{Kind: NotMe}
	case key == KeyRepeat && step.Repeats < maxRepeats:
		step.Repeats++
		return c.message(step), Effect{Kind: Repeat}
	}
	if c.given && key >= minAnswer && key <= maxAnswer {
		return c.farewell(c.script.Text + " " + c.words.goodbye), Effect{Kind: Ended, Ends: true}
	}
	if label, ok := c.label(key); ok {
		effect := Effect{Kind: Answer, Answer: key, Early: step.Heard == 0, Ends: true}
		return c.farewell(fill(c.words.chosen, "{key}", strconv.Itoa(key), "{label}", label)), effect
	}
	if step.Wrong >= maxWrong || key == KeyRepeat {
		return c.noAnswer()
	}
	step.Wrong++
	return c.askAgain(step), Effect{Kind: WrongKey}
}

func (c *call) silence(step Step) ([]byte, Effect) {
	if len(c.script.Choices) > 0 && step.Silences < maxSilences {
		step.Silences++
		return c.message(step), Effect{Kind: Repeat}
	}
	return c.noAnswer()
}

// noAnswer ends a call without a key; nobody who was asked nothing is told
// that their answer is missing.
func (c *call) noAnswer() ([]byte, Effect) {
	words := c.words.noKey
	if len(c.script.Choices) == 0 {
		words = c.words.goodbye
	}
	return c.farewell(words), Effect{Kind: NoKey, Ends: true}
}

// Validate says what is wrong with a script, for the person who wrote it.
func (s Script) Validate() error {
	seen := map[int]bool{}
	var errs []error
	for _, required := range []struct{ name, value string }{
		{"employer", s.Employer}, {"purpose", s.Purpose}, {"callback number", s.CallbackNumber}, {"contact address", s.ContactAddress}, {"text", s.Text},
	} {
		if clean(required.value) == "" {
			errs = append(errs, fmt.Errorf("the %s is missing", required.name))
		}
	}
	if s.Language != English && s.Language != French {
		errs = append(errs, fmt.Errorf("language %q cannot be spoken", s.Language))
	}
	for _, choice := range s.Choices {
		if choice.Key < minAnswer || choice.Key > maxAnswer || seen[choice.Key] {
			errs = append(errs, fmt.Errorf("key %d cannot be used for an answer, or twice", choice.Key))
		}
		if clean(choice.Label) == "" {
			errs = append(errs, fmt.Errorf("key %d has no label", choice.Key))
		}
		seen[choice.Key] = true
		errs = append(errs, CheckMerge(choice.Label))
	}
	for _, text := range []string{s.Text, s.Voicemail, s.Purpose} {
		errs = append(errs, CheckMerge(text))
		if len([]rune(text)) > maxText {
			errs = append(errs, fmt.Errorf("a text is longer than %d characters", maxText))
		}
	}
	return errors.Join(errs...)
}
