package wording

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// Encoding is how a text travels.
type Encoding string

// GSM7 holds 160 characters a segment, UCS2 70; in longer messages a header
// takes some of each.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// The default alphabet and its extension of GSM 03.38; a character of the
// extension takes two places.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Segments returns how many segments the carrier makes of a text, and bills.
func Segments(text string) (int, Encoding) {
	widths := make([]int, 0, len(text))
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			widths = append(widths, 1)
		case strings.ContainsRune(gsmExtended, r):
			widths = append(widths, 2)
		default:
			return countSegments(utf16Widths(text), 70, 67), UCS2
		}
	}
	return countSegments(widths, 160, 153), GSM7
}

func utf16Widths(text string) []int {
	widths := make([]int, 0, len(text))
	for _, r := range text {
		widths = append(widths, max(1, utf16.RuneLen(r)))
	}
	return widths
}

// countSegments fills segments one after the other: a character is never
// split between two.
func countSegments(widths []int, single, part int) int {
	total := 0
	for _, w := range widths {
		total += w
	}
	if total <= single {
		return 1
	}
	segments, room := 1, part
	for _, w := range widths {
		if w > room {
			segments, room = segments+1, part
		}
		room -= w
	}
	return segments
}

// plain writes a name with the letters of GSM-7 as far as there are any: a
// circumflex in a company's name must not double the price of every text.
// What has no plain form stays as it is.
func plain(name string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.Join(strings.Fields(name), " ")) {
		if fits(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(plainLetter(r))
	}
	return b.String()
}

func fits(r rune) bool { return strings.ContainsRune(gsmBasic, r) }

func plainLetter(r rune) string {
	switch r {
	case '’', '‘', '`', '´', 'ʼ':
		return "'"
	case '“', '”', '«', '»':
		return `"`
	case '–', '—', '‑':
		return "-"
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case '…':
		return "..."
	case '[', '{':
		return "("
	case ']', '}':
		return ")"
	}
	base := strings.Map(func(part rune) rune {
		if unicode.Is(unicode.Mn, part) {
			return -1
		}
		return part
	}, norm.NFKD.String(string(r)))
	for _, part := range base {
		if !fits(part) {
			return string(r)
		}
	}
	return base
}
