// Package cardnumber knows what a payment card's number looks like in words, so
// that the product keeps none: what employers type is refused where it holds
// one, what strangers text to us is kept without it. It must never return,
// store or log a number that it found.
package cardnumber

import (
	"slices"
	"strings"
)

// Lengths of card numbers, in digits (ISO/IEC 7812).
const (
	shortest = 13
	longest  = 19
)

// In holds for a text with a number that passes as a card's: 13 to 19 digits,
// with single blanks, dashes or dots between them or none, that end in the right
// check digit, also where a date or a code stands next to it. Digits that belong
// to a word or an id are none: "RT4242...".
func In(text string) bool {
	if !enough(text) {
		return false
	}
	runes := []rune(text)
	for at := 0; at < len(runes); {
		r := read(runes, at)
		if r.holdsCard(at == 0 || !letter(runes[at-1]), r.end == len(runes) || !letter(runes[r.end])) {
			return true
		}
		at = max(r.end, at+1)
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

// run is a row of digits, with single separators between its groups or none.
type run struct {
	end    int // where it ends in the text
	digits []int
	starts []int // of its groups, among the digits
}

// read reads the run that begins at a place of the text; it is empty where no digit stands.
func read(runes []rune, at int) run {
	r := run{end: at}
	fresh := true
	for ; r.end < len(runes); r.end++ {
		if d := value(runes[r.end]); d >= 0 {
			if fresh {
				r.starts = append(r.starts, len(r.digits))
			}
			r.digits, fresh = append(r.digits, d), false
			continue
		}
		between := !fresh && strings.ContainsRune(" -.\u00A0\u2010\u2011\u2013", runes[r.end]) && r.end+1 < len(runes) && value(runes[r.end+1]) >= 0
		if !between {
			break
		}
		fresh = true
	}
	return r
}

// holdsCard looks at the whole run and at every part of it that begins and ends
// with a group. The first or last group counts only where no letter touches it.
func (r run) holdsCard(first, last bool) bool {
	if first && last && passes(r.digits) {
		return true
	}
	borders := append(slices.Clone(r.starts), len(r.digits))
	for i := range r.starts {
		for j := i + 1; j < len(borders) && borders[j]-borders[i] <= longest; j++ {
			if i == 0 && !first || j == len(r.starts) && !last {
				continue
			}
			if part := r.digits[borders[i]:borders[j]]; printed(borders[i:j+1]) && issued(part) && passes(part) {
				return true
			}
		}
	}
	return false
}

// printed tells whether groups are as long as people write a card's: four digits
// or more, or all alike, the last apart. Parts of phone numbers and dates that
// follow each other are not, and one in ten of them would have a good check digit.
func printed(borders []int) bool {
	long, alike := true, true
	for i := 1; i < len(borders)-1; i++ {
		n := borders[i] - borders[i-1]
		long, alike = long && n >= 4, alike && n == borders[1]-borders[0]
	}
	return long || alike
}

// issued tells whether cards begin with that digit: those of banks, of travel and of fuel.
func issued(digits []int) bool { return digits[0] >= 2 && digits[0] <= 6 }

func passes(digits []int) bool {
	return len(digits) >= shortest && len(digits) <= longest && checks(digits)
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

// fromStrangers is how many digits in a row are taken out of what strangers write.
const fromStrangers = 12

// Removed stands where a number was.
const Removed = "[number removed]"

// Without returns a text with every long number taken out, whatever its check
// digit: a stranger may have mistyped theirs. It reads numbers as In does.
func Without(text string) string {
	runes := []rune(text)
	var b strings.Builder
	for at := 0; at < len(runes); {
		r := read(runes, at)
		next := max(r.end, at+1)
		if len(r.digits) >= fromStrangers {
			b.WriteString(Removed)
		} else {
			b.WriteString(string(runes[at:next]))
		}
		at = next
	}
	return b.String()
}
