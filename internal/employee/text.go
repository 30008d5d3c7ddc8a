package employee

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/callshu/callshu/internal/cardnumber"
	"github.com/callshu/callshu/internal/plaintext"
)

// flaw is why a text is refused: a stable code and a sentence.
type flaw struct {
	code    string
	message string
}

var (
	flawMarkup = &flaw{"bad_character", "The characters < > { } cannot be used here."}
	flawLong   = &flaw{"too_long", "The text is too long."}
	flawCard   = &flaw{"card_number", "This holds a payment card's number. Callshu keeps none: take it out."}
)

func flawOf(f plaintext.Flaw) *flaw { return &flaw{string(f), f.Message()} }

// clean is tidy for texts that are kept: none of them holds a card's number, nor
// held one in the file that waits to be taken.
func clean(text string, limit int) (string, *flaw) {
	tidied, bad := tidy(text, limit)
	if bad == nil && (cardnumber.In(tidied) || strings.Contains(tidied, cardnumber.Removed)) {
		return "", flawCard
	}
	return tidied, bad
}

// tidy brings a text that people see and hear to one form: NFC, blanks
// trimmed and single. What could hide or reorder text on a screen is refused
// rather than dropped in silence, and so is what has a meaning in merge fields
// or markup. limit counts characters.
func tidy(text string, limit int) (string, *flaw) {
	if isPlain(text) {
		if len(text) > limit {
			return "", flawLong
		}
		return text, nil
	}
	// A tab or a line end becomes no blank in silence.
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && plaintext.Hidden(r) }) {
		return "", flawOf(plaintext.Unseen)
	}
	text = plaintext.Line(text)
	if bad := plaintext.Check(text); bad != plaintext.None {
		return "", flawOf(bad)
	}
	if strings.ContainsAny(text, "<>{}") {
		return "", flawMarkup
	}
	if utf8.RuneCountInString(text) > limit {
		return "", flawLong
	}
	return text, nil
}

// isPlain spares most texts of an import the slow way: ASCII letters, digits
// and single inner blanks need nothing done.
func isPlain(text string) bool {
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '\'', c == '.', c == '/', c == '_':
		case c == ' ' && i > 0 && i < len(text)-1 && text[i-1] != ' ':
		default:
			return false
		}
	}
	return true
}

// Fold is the form in which names are searched and sorted: accents off, lower
// case, letters of other Latin alphabets spelled in ASCII.
func Fold(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if spelled := latin(r); spelled != "" {
			b.WriteString(spelled)
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// latin spells letters that do not decompose.
func latin(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	case '’', 'ʼ':
		return "'"
	}
	return ""
}

// firstNameOf is what a call says: the first word, or the word after the
// comma of "Lavoie, Zoë".
func firstNameOf(name string) string {
	if _, after, found := strings.Cut(name, ","); found && strings.TrimSpace(after) != "" {
		name = after
	}
	fields := strings.Fields(name)
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

func hasLetter(text string) bool { return strings.IndexFunc(text, unicode.IsLetter) >= 0 }
