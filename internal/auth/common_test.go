package auth

import "testing"

// ASVS 6.2.4: at least the 3,000 most common passwords are refused.
func TestCommonListIsLong(t *testing.T) {
	t.Parallel()
	total := 0
	for first, words := range commonWords() {
		for _, word := range words {
			if []rune(word)[0] != first || fold(word) != word {
				t.Errorf("%q never matches", word)
			}
		}
		total += len(words)
	}
	if total < 3000 {
		t.Errorf("%d common passwords, want 3000 at least", total)
	}
	for _, classic := range []string{"password", "letmein", "trustno1", "hockey", "motdepasse", "qwerty", "canada"} {
		if !guessable(classic+classic, nil) {
			t.Errorf("%q is not known", classic)
		}
	}
}
