package auth

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/callshu/callshu/internal/apperr"
)

// NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor has at least
// 15 characters, one beside a second factor at least 8, and nothing is asked of
// their kinds.
const (
	minPasswordRunes    = 15
	minPasswordRunesTwo = 8
)

//go:embed common.txt
var commonList string

// commonWords are what guessers try first, as words: with any case, usual
// substitutions, repetitions, digits and separators around them. They are our
// own, in English and French, and a selection of the passwords that Solar
// Designer of the Openwall Project counted as the most common and put into the
// public domain. By their first letter: each is tried at each place.
var commonWords = sync.OnceValue(func() map[rune][]string {
	words := strings.Fields(commonList)
	slices.Sort(words)
	index := map[rune][]string{}
	for _, word := range slices.Compact(words) {
		if first, _ := utf8.DecodeRuneInString(word); len(word) >= shortestWord {
			index[first] = append(index[first], word)
		}
	}
	return index
})

const (
	shortestWord        = 4
	shortestContextWord = 3 // first names are short
)

// fold takes away what a guesser takes away: case, accents, width.
func fold(text string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text)))
}

// CheckPassword returns an Invalid refusal of the body's field unless the
// password may be the only factor: 15 characters at least, 72 bytes at most
// (bcrypt reads no further), and not made of what a guesser tries first: common
// passwords, runs of keys, and the context words: the person's names, company,
// address.
func CheckPassword(password string, context ...string) error {
	return CheckPasswordFor(false, password, context...)
}

// CheckPasswordFor is CheckPassword for somebody who may have a second factor:
// then 8 characters are enough.
func CheckPasswordFor(secondFactor bool, password string, context ...string) error {
	plain, least := string(canonical(password)), minPasswordRunes
	if secondFactor {
		least = minPasswordRunesTwo
	}
	switch {
	case utf8.RuneCountInString(plain) < least:
		return apperr.InvalidField("password", "too_short", "Use at least %d characters. A few words in a row are easy to remember.", least)
	case len(plain) > maxPasswordBytes:
		return apperr.InvalidField("password", "too_long", "Use at most %d bytes (letters with accents count twice).", maxPasswordBytes)
	case strings.ContainsFunc(plain, unicode.IsControl):
		return apperr.InvalidField("password", "malformed", "Use letters, digits, signs and spaces.")
	case guessable(plain, context):
		return apperr.InvalidField("password", "common", "This is easy to guess. Take words that have nothing to do with you or each other.")
	}
	return nil
}

// tooShortAlone reports whether a password needs a second factor beside it.
func tooShortAlone(password string) bool {
	return utf8.RuneCount(canonical(password)) < minPasswordRunes
}

// What the parts of a password weigh, and the weight up to which it is refused:
// three common words, or two and four digits; four unrelated words pass.
const (
	weighWord    = 2
	weighRun     = 2
	weighDigits  = 1
	weighOther   = 2
	guessableMax = 6
	shortestRoot = 8
)

func guessable(password string, context []string) bool {
	folded := []rune(fold(password))
	root := repeated(folded)
	if len(root) < len(folded) && len(root) < shortestRoot {
		return true
	}
	return lightest(root, contextWords(context)) <= guessableMax
}

// contextWords takes names and addresses apart, and adds ours.
func contextWords(context []string) []string {
	words := []string{"callshu"}
	for _, phrase := range context {
		parts := strings.FieldsFunc(fold(phrase), separator)
		for _, part := range append(parts, strings.Join(parts, "")) {
			if utf8.RuneCountInString(part) >= shortestContextWord {
				words = append(words, part)
			}
		}
	}
	return words
}

// repeated returns the shortest beginning whose repetition gives the whole.
func repeated(s []rune) []rune {
	for size := 1; size <= (len(s)+1)/2; size++ {
		matches := true
		for i := size; i < len(s) && matches; i++ {
			matches = s[i] == s[i-size]
		}
		if matches {
			return s[:size]
		}
	}
	return s
}

// lightest takes s apart into words, common or of the context, runs, digits and
// single characters in the way that weighs least; a word that comes again at
// once weighs nothing.
func lightest(s []rune, context []string) int {
	best := make([]int, len(s)+1)
	for i := 1; i <= len(s); i++ {
		best[i] = weighOther * len(s)
	}
	relax := func(end, weight int) { best[end] = min(best[end], weight) }
	for i := range s {
		if separator(s[i]) {
			relax(i+1, best[i])
		}
		relax(i+1, best[i]+weighOther)
		for end := i + 1; end <= min(i+4, len(s)) && unicode.IsDigit(s[end-1]); end++ {
			relax(end, best[i]+weighDigits)
		}
		for end := i + 3; end <= len(s) && isRun(s[i:end]); end++ {
			relax(end, best[i]+weighRun)
		}
		match := func(words []string) {
			for _, word := range words {
				for end := matchWord(s, i, word); end > 0; end = matchWord(s, end, word) {
					relax(end, best[i]+weighWord)
				}
			}
		}
		match(context)
		for _, first := range string(s[i]) + leet(s[i]) {
			match(commonWords()[first])
		}
	}
	return best[len(s)]
}

func separator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// matchWord returns where the word ends that begins at i, 0 if it is not there.
func matchWord(s []rune, i int, word string) int {
	for _, letter := range word {
		if i >= len(s) || (s[i] != letter && !strings.ContainsRune(leet(s[i]), letter)) {
			return 0
		}
		i++
	}
	return i
}

// leet tells which letters a sign usually stands for.
func leet(r rune) string {
	switch r {
	case '0':
		return "o"
	case '1', '!', '|':
		return "il"
	case '2':
		return "z"
	case '3', '€':
		return "e"
	case '4', '@':
		return "a"
	case '5', '$':
		return "s"
	case '6', '9':
		return "g"
	case '7', '+':
		return "t"
	case '8':
		return "b"
	}
	return ""
}

// rows are what a finger runs along; each is also tried backwards.
func rows() []string {
	return []string{"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm"}
}

func isRun(s []rune) bool {
	text := string(s)
	if strings.Trim(text, string(s[0])) == "" {
		return true
	}
	slices.Reverse(s)
	backwards := string(s)
	slices.Reverse(s)
	for _, row := range rows() {
		if strings.Contains(row, text) || strings.Contains(row, backwards) {
			return true
		}
	}
	return false
}
