package auth_test

import (
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	context := []string{"Zoé Tremblay", "zoe.tremblay@maisonvert.ca", "Les Serres Maisonvert inc.", "Maisonvert"}
	for password, want := range map[string]string{
		// Too short and too long, in characters and in bytes.
		"fourteen chars":         "too_short",
		"":                       "too_short",
		strings.Repeat("é", 14):  "too_short",
		strings.Repeat("xk", 37): "too_long",
		strings.Repeat("😀", 19):  "too_long",
		// What guessers try, and how people dress it up.
		"password123456789":         "common",
		"Password1Password1":        "common",
		"P@ssw0rd-P@ssw0rd":         "common",
		"passwordpassword!!":        "common",
		"motdepasse2026!!":          "common",
		"callshucallshu1":           "common",
		"Maisonvert2026!":           "common",
		"maisonvertmaisonvert":      "common",
		"zoetremblay zoetremblay":   "common",
		"Tremblay-Tremblay-1":       "common",
		"qwertyuiopasdfghjkl":       "common",
		"azertyuiopqsdfghjklm":      "common",
		"abcdefghijklmnop":          "common",
		"123456789012345":           "common",
		"98765432109876543":         "common",
		"aaaaaaaaaaaaaaaaaa":        "common",
		"xk7qxk7qxk7qxk7q":          "common",
		"letmein letmein 1":         "common",
		"correcthorsebatterystaple": "common",
		"dragonmonkeyfootball":      "common",
		"iloveyouiloveyou3000":      "common",
		"hockey hockey 99 99":       "common",
		// What a person may well choose.
		"tigers eat mangos at dawn":                                        "",
		"mon velo jaune roule vite":                                        "",
		"purple teapot gravel sunset":                                      "",
		"vG7#kq9!xT2@mZ5":                                                  "",
		"une phrase assez longue, voila":                                   "",
		"exactly15chars!":                                                  "",
		strings.Repeat("kq7-", 3) + "zW9pLd":                               "",
		"日本語のとても長いパスワードです":                                                 "",
		"sixty-four ASCII characters are fine, spaces and signs included.": "",
	} {
		err := auth.CheckPassword(password, context...)
		if want == "" {
			if err != nil {
				t.Errorf("%q was refused: %v", password, err)
			}
			continue
		}
		refusal, ok := apperr.As(err)
		if !ok || refusal.Kind != apperr.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Code != want || refusal.Fields[0].Location != "body.password" {
			t.Errorf("%q: %v, want body.password %s", password, err, want)
			continue
		}
		if password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the refusal repeats the password: %v", err)
		}
	}
}

// Beside a second factor eight characters do, and nothing else changes.
func TestCheckPasswordForASecondFactor(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"vG7#kq9":                "too_short",
		"vG7#kq9!":               "",
		"éàù-ôîçm":               "",
		"password":               "common",
		"P@ssw0rd1":              "common",
		"dragon77":               "common",
		"Tremblay1":              "common",
		"kq7kq7kq7":              "common",
		strings.Repeat("xk", 37): "too_long",
	} {
		err := auth.CheckPasswordFor(true, password, "Zoé Tremblay")
		refusal, refused := apperr.As(err)
		if refused != (want != "") || refused && refusal.Fields[0].Code != want {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
		if err := auth.CheckPasswordFor(false, password, "Zoé Tremblay"); err == nil {
			t.Errorf("%q was accepted alone", password)
		}
	}
}

// Whoever checks a password must not be kept: the worst there is takes less
// than a fiftieth of the hash that follows.
func BenchmarkCheckPassword(b *testing.B) {
	worst := strings.Repeat("1!5", 24)[:71] + "x"
	for b.Loop() {
		if err := auth.CheckPassword(worst, "Zoé Tremblay", "zoe.tremblay@maisonvert.ca", "Les Serres Maisonvert inc."); err != nil && !apperr.HasCode(err, "invalid") {
			b.Fatal(err)
		}
	}
}

// Whatever is typed, the check ends and never panics.
func FuzzCheckPassword(f *testing.F) {
	f.Add("password123456789", "Company")
	f.Add("😀\x00\xff aaaaaaaaaaaaaaa", "\xff")
	f.Fuzz(func(t *testing.T, password, context string) {
		if err := auth.CheckPassword(password, context); err == nil && len(password) < 15 {
			t.Errorf("accepted %d bytes", len(password))
		}
	})
}
