// Package cardnumber knows what a payment card's number looks like in words, so
// that the product keeps none: what employers type is refused where it holds
// one, what strangers text to us is kept without it. It must never return,
// store or log a number that it found.
package cardnumber

import (
	"regexp"
	"strings"
)

// Lengths of card numbers, in digits (ISO/IEC 7812).
const (
	shortest = 13
	longest  = 19
)

// In holds for a text with a number that passes as a card's: 13 to 19 digits,
// with single blanks, dashes or dots between them or none, that end in the right
// check digit. Digits that belong to a word or an id are none: "RT4242...".
func In(text string) bool {
	if !enough(text) {
		return false
	}
	runes := []rune(text)
	for at := 0; at < len(runes); {
		if value(runes[at]) < 0 {
			at++
			continue
		}
		end, digits := run(runes, at)
		apart := (at == 0 || !letter(runes[at-1])) && (end == len(runes) || !letter(runes[end]))
		if apart && len(digits) >= shortest && len(digits) <= longest && checks(digits) {
			return true
		}
		at = end
	}
	return false
}

// enough spares most texts of a large import the slow way.
func enough(text string) bool {
	digits := 0
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' || c == 0xEF { // the first byte of a digit in full width
			digits++
		}
	}
	return digits >= shortest
}

// value reads a digit as people may type it, also in full width; -1 for others.
func value(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= '０' && r <= '９':
		return int(r - '０')
	}
	return -1
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }

// run reads digits from at on and returns where they end.
func run(runes []rune, at int) (end int, digits []int) {
	for end = at; end < len(runes); end++ {
		if d := value(runes[end]); d >= 0 {
			digits = append(digits, d)
			continue
		}
		between := strings.ContainsRune(" -.\u00A0\u2010\u2011\u2013", runes[end]) && end+1 < len(runes) && value(runes[end+1]) >= 0
		if !between {
			break
		}
	}
	return end, digits
}

// checks is Luhn's rule: every second digit from the right counts double.
func checks(digits []int) bool {
	sum := 0
	for i, d := range digits {
		if (len(digits)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

var longNumber = regexp.MustCompile(`\d(?:[ -]?\d){11,}`)

// Without returns a text with every long number taken out, whatever its check
// digit: a stranger may have mistyped theirs.
func Without(text string) string { return longNumber.ReplaceAllString(text, "[number removed]") }
