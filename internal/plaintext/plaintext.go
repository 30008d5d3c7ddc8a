// Package plaintext owns the one notion of a text that shows all there is to it:
// names, reasons, notes and the words of a call. It must keep no text and know
// nothing of what a text is for; how long one may be is its field's to say.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Flaw is what is wrong with a text; None is empty.
type Flaw string

// The flaws, and how forms name them.
const (
	None     Flaw = ""
	Encoding Flaw = "not_utf8"
	Unseen   Flaw = "invisible_character"
	Stacked  Flaw = "stacked_marks"
)

// Message is a sentence for whoever typed the text.
func (f Flaw) Message() string {
	switch f {
	case None:
		return ""
	case Encoding:
		return "The text is not valid UTF-8."
	case Stacked:
		return "The text has accents without a letter, or too many on one. Type it again."
	case Unseen:
	}
	return "The text contains invisible or control characters. Type it again."
}

// maxMarks is how many combining marks may stand on one character. Normal form
// has one for most scripts and three for pointed Hebrew and Arabic; what goes
// beyond covers the lines above and below.
const maxMarks = 4

// Line brings a text into one form: NFC, in one line, blanks trimmed and single.
func Line(text string) string {
	return strings.Join(strings.FieldsFunc(norm.NFC.String(text), unicode.IsSpace), " ")
}

// Lines is Line for a text whose line ends and blanks mean something: NFC, trimmed.
func Lines(text string) string { return strings.TrimSpace(norm.NFC.String(text)) }

// Check finds what a reader would not see. Tabs and line ends count: a name has
// none. Two texts that pass it and look the same are mostly the same.
func Check(text string) Flaw { return check(text, false) }

// CheckLines is Check for a text that may have line ends.
func CheckLines(text string) Flaw { return check(text, true) }

func check(text string, lines bool) Flaw {
	if !utf8.ValidString(text) {
		return Encoding
	}
	before, marks := ' ', 0
	for i, r := range text {
		switch {
		case r == '\n' && lines:
			marks = 0
		case presents(r):
			// Only signs have two faces; after a letter the selector shows nothing.
			if marks > 0 || !faced(before, text[i+utf8.RuneLen(r):]) {
				return Unseen
			}
			marks++
		case Hidden(r):
			return Unseen
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks || unicode.IsSpace(before) {
				return Stacked
			}
			continue // which stands on what is before
		default:
			marks = 0
		}
		before = r
	}
	return None
}

// presents says whether a character chooses between the two faces of the sign
// before it, text or emoji, as keyboards write them.
func presents(r rune) bool { return r == 0xFE0E || r == 0xFE0F }

// faced says whether a character has two faces: signs such as ❤, and what a keycap
// is made of, if its frame follows.
func faced(r rune, after string) bool {
	if r < utf8.RuneSelf {
		return strings.ContainsRune("0123456789#*", r) && strings.HasPrefix(after, "\u20e3")
	}
	return unicode.Is(unicode.S, r) || strings.ContainsRune("‼⁉", r)
}

// Hidden are characters that a reader cannot see: controls, format characters
// (zero width, bidirectional, tags), fillers and blanks that pass for letters,
// variation selectors, private use, what is no character at all, and the mark of
// a broken encoding, which also stands for half a surrogate pair.
func Hidden(r rune) bool {
	if r < utf8.RuneSelf { // most of what is typed
		return r < ' ' || r == 0x7F
	}
	switch r {
	case utf8.RuneError, 0x2800, 0x1D159: // and two that are drawn as nothing
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
}
