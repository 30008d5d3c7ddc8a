package ivr

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxSay keeps below the carrier's limit of 3,000 characters for the text
	// of one Say in these voices.
	maxSay = 2900
	// maxText bounds each text of a script, so that a document stays far below
	// the carrier's 64 kB however it is escaped.
	maxText = 4000
	// maxFact bounds names, purpose, labels and addresses likewise.
	maxFact = 300

	// MaxSlow is how often a caller is asked to wait before we hang up.
	MaxSlow   = 3
	slowPause = 2 // seconds
)

// call is a script made ready to be spoken.
type call struct {
	script Script
	words  words
	action func(Step) string
	given  bool // there is an answer already, and the text says which
}

// newCall cleans every text once and fills the merge fields.
func newCall(s Script, action func(Step) string) *call {
	for _, fact := range []*string{&s.Employer, &s.FirstName, &s.CallbackNumber, &s.ContactAddress} {
		*fact = phrase(*fact)
	}
	s.Purpose = phrase(s.merged(s.Purpose))
	s.Text = sentence(cut(clean(s.merged(s.Text)), maxText))
	s.Voicemail = sentence(cut(clean(s.merged(s.Voicemail)), maxText))
	choices := make([]Choice, 0, len(s.Choices))
	for _, choice := range s.Choices {
		if choice.Key >= minAnswer && choice.Key <= maxAnswer && len(choices) < maxAnswer {
			choices = append(choices, Choice{Key: choice.Key, Label: trimStop(phrase(s.merged(choice.Label)))})
		}
	}
	s.Choices = choices
	if s.Voice == (Voice{}) {
		s.Voice = VoiceFor(s.Language, "")
	}
	c := &call{script: s, words: wordsFor(s), action: action, given: s.Given != 0}
	if c.given {
		label, ok := c.label(s.Given)
		if !ok {
			label = strconv.Itoa(s.Given)
		}
		c.script.Text, c.script.Choices = fill(c.words.already, "{label}", label), nil
	}
	return c
}

// phrase prepares what is put into a sentence of ours. Without braces: it must
// not name another place of that sentence.
func phrase(text string) string {
	return cut(clean(strings.NewReplacer("{", " ", "}", " ").Replace(text)), maxFact)
}

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func (c *call) label(key int) (string, bool) {
	for _, choice := range c.script.Choices {
		if choice.Key == key {
			return choice.Label, true
		}
	}
	return "", false
}

// message is the whole call. It is two Gathers so that keys count from the
// first word and an answer given before the message ended can be told from one
// given after: the carrier does not say when in a Gather a key was pressed.
func (c *call) message(step Step) []byte {
	d := newDocument(c.script.Voice)
	step.Part = PartMessage
	d.gather(c.action(step), afterMessage, false, c.words.identify, c.words.waysOut, c.script.Text)
	step.Heard = 1
	c.ask(d, step, "")
	return d.bytes()
}

// askAgain follows a wrong key with the keys that count, without the message.
func (c *call) askAgain(step Step) []byte {
	d := newDocument(c.script.Voice)
	first := c.words.wrong
	if len(c.script.Choices) == 0 {
		first += " " + c.words.waysOut
	}
	c.ask(d, step, first)
	return d.bytes()
}

func (c *call) ask(d *document, step Step, first string) {
	step.Part = PartChoices
	says := []string{first + " " + c.choices()}
	if c.seconds() > longCall {
		says = append(says, c.words.identify)
	}
	d.gather(c.action(step), forAnswer, true, says...)
}

func (c *call) choices() string {
	var all []string
	for _, choice := range c.script.Choices {
		all = append(all, fill(c.words.choice, "{key}", strconv.Itoa(choice.Key), "{label}", choice.Label))
	}
	return strings.Join(append(all, c.words.again), " ")
}

func (c *call) seconds() int {
	return Seconds(strings.Join([]string{c.words.identify, c.words.waysOut, c.script.Text, c.choices()}, " "))
}

// offer says what is so already, such as an opt-out in force, and offers to
// stop everything; silence says goodbye.
func (c *call) offer(so, offer string) []byte {
	d := newDocument(c.script.Voice)
	d.gather(c.action(Step{Part: PartWidest}), forAfterthought, false, so, offer)
	d.say(c.words.goodbye)
	d.hangUp()
	return d.bytes()
}

func (c *call) farewell(text string) []byte {
	d := newDocument(c.script.Voice)
	d.say(text)
	d.hangUp()
	return d.bytes()
}

func (c *call) voicemail() ([]byte, Effect) {
	if c.script.Voicemail == "" {
		return HangUp(), Effect{Kind: NoVoicemail, Ends: true}
	}
	d := newDocument(c.script.Voice)
	d.say(c.words.identify, c.script.Voicemail, c.words.voicemailEnd)
	d.hangUp()
	return d.bytes(), Effect{Kind: LeftVoicemail, Ends: true}
}

// Seconds estimates how long a text takes to speak: 150 words a minute, the
// pace by which rules and voices go. Digits spelled one by one are words.
func Seconds(text string) int {
	words := len(strings.Fields(text))
	return (words*60 + 149) / 150
}

// Seconds estimates how long the person listens until all choices are said.
func (s Script) Seconds() int {
	return newCall(s, func(Step) string { return "" }).seconds()
}

// HangUp ends a call without a word: consent was withdrawn, or there is
// nothing to say.
func HangUp() []byte {
	d := newDocument(Voice{})
	d.hangUp()
	return d.bytes()
}

// Slow lets a caller wait while we cannot answer, and asks the carrier again
// at the address, which must repeat the digits of a pressed key. tries counts
// the waits so far; after MaxSlow the call ends. Nothing is spoken: consent may
// not have been checked.
func Slow(tries int, again string) (document []byte, ends bool) {
	if tries < 0 || tries >= MaxSlow {
		return HangUp(), true
	}
	d := newDocument(Voice{})
	d.open("Pause", "length", strconv.Itoa(slowPause)).close("Pause")
	d.open("Redirect", "method", "POST").text(again).close("Redirect")
	return d.bytes(), false
}

// document writes TwiML. It knows the five verbs that a call may use; there is
// no way to write another.
type document struct {
	b     strings.Builder
	voice Voice
}

func newDocument(voice Voice) *document {
	d := &document{voice: voice}
	d.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	return d.open("Response")
}

func (d *document) bytes() []byte {
	d.close("Response")
	return []byte(d.b.String())
}

// open writes a start tag; attributes come in pairs of name and value.
func (d *document) open(name string, attributes ...string) *document {
	d.b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		d.b.WriteString(" " + attributes[i] + `="`)
		d.text(attributes[i+1])
		d.b.WriteString(`"`)
	}
	d.b.WriteString(">")
	return d
}

func (d *document) close(name string) { d.b.WriteString("</" + name + ">") }

func (d *document) text(s string) *document {
	for _, r := range s {
		switch r {
		case '&':
			d.b.WriteString("&amp;")
		case '<':
			d.b.WriteString("&lt;")
		case '>':
			d.b.WriteString("&gt;")
		case '"':
			d.b.WriteString("&quot;")
		case '\'':
			d.b.WriteString("&#39;")
		default:
			d.b.WriteRune(r)
		}
	}
	return d
}

func (d *document) hangUp() { d.open("Hangup").close("Hangup") }

// gather speaks while it listens for one key. finishOnKey is empty, so that #
// is a wrong key and not a silence. With emptyToo silence is posted as well;
// without, the document goes on.
func (d *document) gather(action string, timeout int, emptyToo bool, texts ...string) {
	attributes := []string{"input", "dtmf", "numDigits", "1", "finishOnKey", "", "timeout", strconv.Itoa(timeout), "method", "POST", "action", action}
	if emptyToo {
		attributes = append(attributes, "actionOnEmptyResult", "true")
	}
	d.open("Gather", attributes...)
	d.say(texts...)
	d.close("Gather")
}

// say speaks each text, in pieces that the carrier accepts.
func (d *document) say(texts ...string) {
	for _, text := range texts {
		for _, piece := range pieces(strings.TrimSpace(text)) {
			d.open("Say", "voice", d.voice.Name, "language", d.voice.Tag).text(piece).close("Say")
		}
	}
}

// pieces splits at the last end of a sentence, or else at a space.
func pieces(text string) []string {
	var all []string
	runes := []rune(text)
	for len(runes) > maxSay {
		head := string(runes[:maxSay])
		at := max(strings.LastIndex(head, ". "), strings.LastIndex(head, "! "), strings.LastIndex(head, "? ")) + 1
		if at <= 0 {
			at = strings.LastIndex(head, " ")
		}
		if at <= 0 {
			at = len(head)
		}
		all = append(all, strings.TrimSpace(head[:at]))
		runes = []rune(strings.TrimSpace(string(runes[utf8.RuneCountInString(head[:at]):])))
	}
	if len(runes) > 0 {
		all = append(all, string(runes))
	}
	return all
}
