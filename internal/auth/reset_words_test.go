package auth

import (
	"os"
	"regexp"
	"testing"
	"time"
)

// The page and the mail say how long a link works; neither reads the constant.
func TestWordsAboutTheResetLinkAreTrue(t *testing.T) {
	t.Parallel()
	if resetLifetime != time.Hour {
		t.Errorf("a link works for %s, the words say one hour", resetLifetime)
	}
	for file, words := range map[string]string{
		"../mail/templates/reset_password.en.txt": `works once, for one hour\.`,
		"../../web/src/messages/en/public.ts":     `sent: '.* a link is on its way\. It works once, for one hour\.'`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(words).Match(text) {
			t.Errorf("%s does not say %s", file, words)
		}
	}
}
