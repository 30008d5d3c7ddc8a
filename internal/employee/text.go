package employee

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/callshu/callshu/internal/cardnumber"
)

// flaw is why a text is refused: a stable code and a sentence.
type flaw struct {
	code    string
	message string
}

var (
	flawEncoding  = &flaw{"not_utf8", "The text is not valid UTF-8."}
	flawInvisible = &flaw{"invisible_character", "The text contains invisible or control characters. Type it again."}
	flawMarkup    = &flaw{"bad_character", "The characters < > { } cannot be used here."}
	flawLong      = &flaw{"too_long", "The text is too long."}
	flawCard      = &flaw{"card_number", "This holds a payment card's number. Callshu keeps none: take it out."}
)

// clean is tidy for texts that are kept: none of them holds a card's number.
func clean(text string, limit int) (string, *flaw) {
	tidied, bad := tidy(text, limit)
	if bad == nil && cardnumber.In(tidied) {
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
	if !utf8.ValidString(text) {
		return "", flawEncoding
	}
	for _, r := range text {
		if hidden(r) {
			return "", flawInvisible
		}
		if strings.ContainsRune("<>{}", r) {
			return "", flawMarkup
		}
	}
	text = strings.Join(strings.FieldsFunc(norm.NFC.String(text), unicode.IsSpace), " ")
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

// hidden are characters that a reader cannot see: controls, format characters
// (zero width, bidirectional, tags), fillers, private use, and the mark of a
// broken encoding. Tabs and line ends too: a name has none.
func hidden(r rune) bool {
	switch r {
	case utf8.RuneError, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
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
