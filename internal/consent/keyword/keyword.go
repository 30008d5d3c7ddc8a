// Package keyword owns the meaning of a text message that a person sends us.
// It is total and pure, and it fails towards the opt-out: a text in which a
// reasonable person would read a wish to be left alone is one, whatever else it
// says, while consent takes one exact word. It must never decide what a word
// does; that is the ledger's.
package keyword

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kind is what a text asks for.
type Kind int

// The kinds. Unknown changes nothing and is shown to a person.
const (
	Unknown Kind = iota
	Stop         // no more calls or texts of this sender
	StopAll      // none of anybody through us
	Start        // open a new invitation; not consent
	Yes          // accept the pending invitation
	Help
	Calls // send me the link to my page
)

func (k Kind) String() string {
	switch k {
	case Stop:
		return "stop"
	case StopAll:
		return "stop_all"
	case Start:
		return "start"
	case Yes:
		return "yes"
	case Help:
		return "help"
	case Calls:
		return "calls"
	default:
		return "unknown"
	}
}

// Word is what Classify made of a text. Choice is the number in "YES 2", 0
// where none was given; only Yes has one.
type Word struct {
	Kind   Kind
	Choice int
}

// OptsOut reports whether the text ends calls and texts.
func (w Word) OptsOut() bool { return w.Kind == Stop || w.Kind == StopAll }

// Classify reads a text in English, French or Spanish. Opting out goes first:
// by exact word and by reasonable meaning (47 CFR 64.1200(a)(10): any
// reasonable manner). Everything else is exact.
func Classify(text string) Word {
	words := split(text)
	if kind := optOut(text, words); kind != Unknown {
		return Word{Kind: kind}
	}
	words = withoutCourtesy(words)
	switch strings.Join(words, " ") {
	case "start", "unstop":
		return Word{Kind: Start}
	case "help", "info", "aide", "ayuda":
		return Word{Kind: Help}
	case "calls", "appels", "llamadas":
		return Word{Kind: Calls}
	}
	if asks(text) {
		return Word{} // "yes?" is a question
	}
	return consent(split(text))
}

func asks(text string) bool { return strings.ContainsAny(text, "?¿？؟⁇⁈⁉❓❔") }

// consent takes no courtesies and no guesses: it has to stand as proof.
func consent(words []string) Word {
	if len(words) == 0 || len(words) > 2 {
		return Word{}
	}
	word, number := words[0], ""
	if len(words) == 2 {
		number = words[1]
	} else if digits := strings.TrimLeft(word, "abcdefghijklmnopqrstuvwxyz"); digits != "" {
		word, number = strings.TrimSuffix(word, digits), digits
	}
	if word != "yes" && word != "oui" && word != "si" {
		return Word{}
	}
	if number == "" {
		return Word{Kind: Yes}
	}
	choice, err := strconv.Atoi(number)
	if err != nil || choice < 1 || choice > 99 {
		return Word{}
	}
	return Word{Kind: Yes, Choice: choice}
}

// CarrierWord returns which of the carrier's own default keywords the whole
// text is: Stop, Start, Help, or Unknown for none. To these the carrier may
// have answered by itself, so that we must not.
func CarrierWord(text string) Kind {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout":
		return Stop
	case "start", "yes", "unstop":
		return Start
	case "help", "info":
		return Help
	}
	return Unknown
}

// split reduces a text to plain lower-case words: compatibility forms are
// folded, accents and invisible characters dropped, all else separates.
// Apostrophes join, so that "don't" is one word.
func split(text string) []string {
	decomposed := norm.NFKD.String(strings.ToValidUTF8(text, " "))
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), strings.ContainsRune("'’‘`´ʼ", r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return ' '
		}
	}, decomposed)
	return strings.Fields(plain)
}

func withoutCourtesy(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), isCourtesy)
}

func isCourtesy(word string) bool {
	switch word {
	case "please", "pls", "plz", "thanks", "thank", "thx", "you", "now", "hi", "hello",
		"svp", "stp", "merci", "bonjour", "maintenant", "por", "favor", "gracias", "hola":
		return true
	}
	return false
}
