package phone

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("error %T %v is not a refusal", err, err)
	}
	return r.Code
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ raw, want, code string }{
		// What people may write and the library accepts.
		{"+14165550123", "+14165550123", ""},
		{"(416) 555-0123", "+14165550123", ""},
		{"4165550123", "+14165550123", ""},
		{"+12025550123", "+12025550123", ""},
		{"+16045550123", "+16045550123", ""},
		// What the library calls valid and may not be rung.
		{"1-800-FLOWERS", "", CodeLetters},
		{"+18005550123", "", CodeTollFree},
		{"+1 900 234 5678", "", CodePremium},
		{"+1 876 555 1234", "", CodeForeign},
		{"+18765551234", "", CodeForeign},
		{"+442079460958", "", CodeForeign},
		{"911", "", CodeEmergency},
		{"+1911", "", CodeEmergency},
		{"+882164444", "", CodeForeign},
		{"+1416555012", "", CodeTooShort},
		{"+141655501234", "", CodeTooLong},
		{"0114165550123", "", CodeForeign},
		{"+４１６５５５０１２３", "", CodeNotASCII},
		{"+1４１６５５５０１２３", "", CodeNotASCII},
		{"١٤١٦٥٥٥٠١٢٣", "", CodeNotASCII},
		{"+1416\u200b5550123", "", CodeNotASCII},
		{"\u202e+14165550123", "", CodeNotASCII},
		{"tel:+1-416-555-0123;ext=5", "", CodeExtension},
		{"+1 416 555 0123 ext. 9", "", CodeExtension},
		{"+14165550123,,123#", "", CodeExtension},
		{"+14165550123;drop", "", CodeInvalid},
		{"+14165550123\n+14165550124", "", CodeInvalid},
		{"+01416...", "", CodeInvalid},
		{"+1 416-555-0123 <script>", "", CodeInvalid},
		// Other ways of writing.
		{"1 416 555 0123", "+14165550123", ""},
		{"  416.555.0123\r\n", "+14165550123", ""},
		{"416/555-0123", "+14165550123", ""},
		{"tel:+14165550123", "+14165550123", ""},
		{"+1 (514) 555-0199", "+15145550199", ""},
		{"8675550123", "+18675550123", ""},
		{"+19075550100", "+19075550100", ""},
		// Other refusals.
		{"", "", CodeRequired},
		{" \t", "", CodeRequired},
		{"988", "", CodeEmergency},
		{"1911", "", CodeEmergency},
		{"411", "", CodeShortCode},
		{"32665", "", CodeTooShort},
		{"5550123", "", CodeTooShort},
		{"1416555012", "", CodeInvalid},
		{"24165550123", "", CodeTooLong},
		{"416 555 0123 x12", "", CodeExtension},
		{"416 555 0123x12", "", CodeExtension},
		{"416\u00a0555\u00a00123", "", CodeNotASCII},
		{"++14165550123", "", CodeInvalid},
		{"416+5550123", "", CodeInvalid},
		{"416\x005550123", "", CodeInvalid},
		{"416-CALL-NOW", "", CodeLetters},
		{"(((", "", CodeInvalid},
		{"+", "", CodeInvalid},
		{"416-976-1234", "", CodePremium},
		{"416-411-1234", "", CodeInvalid},
		{"416-555-1212", "", CodeDirectory},
		{"416-155-0123", "", CodeInvalid},
		{"116-555-0123", "", CodeInvalid},
		{"+17875550123", "", CodeForeign},
		{"+15005550006", "", CodeNotGeographic},
		{"+16005550123", "", CodeNotGeographic},
		{"+2125550123", "", CodeForeign},
		{strings.Repeat("1", 100), "", CodeTooLong},
	} {
		n, err := Parse(tt.raw)
		if code := codeOf(t, err); n.E164 != tt.want || code != tt.code {
			t.Errorf("Parse(%+q) = %q, %q; want %q, %q", tt.raw, n.E164, code, tt.want, tt.code)
		}
	}
}

func TestFictitiousRangeIsCallableWhereTheAreaCodeIs(t *testing.T) {
	for area, country := range map[string]string{"416": Canada, "514": Canada, "604": Canada, "867": Canada, "506": Canada, "202": UnitedStates, "212": UnitedStates, "907": UnitedStates} {
		for _, line := range []int{0, 1, 50, 99} {
			e164 := fmt.Sprintf("+1%s55501%02d", area, line)
			if n, err := Parse(e164); err != nil || n.Country != country {
				t.Errorf("%s: %+v, %v; want %s", e164, n, err, country)
			}
		}
	}
	if _, err := Parse("+18885550123"); codeOf(t, err) != CodeTollFree {
		t.Errorf("a toll-free example: %v", err)
	}
}

func TestEveryRefusalHasItsOwnSentence(t *testing.T) {
	seen := map[string]string{}
	for _, code := range []string{CodeRequired, CodeNotASCII, CodeExtension, CodeLetters, CodeEmergency, CodeShortCode, CodePremium, CodeTollFree, CodeForeign, CodeNotGeographic, CodeDirectory, CodeTooShort, CodeTooLong, CodeInvalid} {
		text := sentence(code)
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s say the same", code, other)
		}
		seen[text] = code
		if !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q is no sentence", code, text)
		}
	}
}

func TestCountry(t *testing.T) {
	for e164, want := range map[string]string{"+14165550123": Canada, "+12025550123": UnitedStates, "+18765551234": "", "": ""} {
		if got := Country(e164); got != want {
			t.Errorf("Country(%q) = %q, want %q", e164, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	a := Key(key, "+14165550123")
	// Fixed for ever: the suppression list of all accounts hangs on it.
	if got, want := hex.EncodeToString(a), "3953a4b699af1894793ee36a83a035552909ae2cc0be291827b04aee839acb5c"; got != want {
		t.Errorf("Key = %s, want %s", got, want)
	}
	if bytes.Equal(a, Key(key, "+14165550124")) || bytes.Equal(a, Key([]byte("another key of thirty-two bytes!"), "+14165550123")) {
		t.Error("two numbers or two keys give one hash")
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"+14165550123":  "+1•••••0123",
		"+442079460958": "•••••", "": "•••••", "911": "•••••", "+1416555012x": "•••••", "+1416555０123": "•••••",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestZones(t *testing.T) {
	for e164, want := range map[string][]string{
		"+14165550123": {"America/Toronto"},
		"+12125550123": {"America/New_York"},
		"+14035550123": {"America/Edmonton"},
		"+12045550123": {"America/Winnipeg"},
		"+16045550123": {"America/Vancouver"},
		"+17785550123": {"America/Edmonton", "America/Vancouver"},
		"+18085550123": {"Pacific/Honolulu"},
		"+17095550123": {"America/Blanc-Sablon", "America/Goose_Bay", "America/St_Johns"},
		"+18005550123": nil,
		"nonsense":     nil,
	} {
		if got := Zones(e164); !slices.Equal(got, want) {
			t.Errorf("Zones(%s) = %v, want %v", e164, got, want)
		}
	}
	north := Zones("+18675550123")
	for _, zone := range []string{"America/Whitehorse", "America/Inuvik", "America/Iqaluit"} {
		if !slices.Contains(north, zone) {
			t.Errorf("Zones(867) = %v lack %s", north, zone)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+14165550123", "(416) 555-0123", "tel:+1-416-555-0123;ext=5", "1-800-FLOWERS", "+1４１６５５５０１２３", "911", "0114165550123", "+882164444", ""} {
		f.Add(seed)
	}
	e164 := regexp.MustCompile(`^\+1[2-9]\d{9}$`)
	f.Fuzz(func(t *testing.T, raw string) {
		n, err := Parse(raw)
		if err != nil {
			if n != (Number{}) {
				t.Errorf("refused and yet %+v", n)
			}
			var r *Refusal
			if !errors.As(err, &r) || r.Message == "" {
				t.Fatalf("no reason: %v", err)
			}
			if digits := strings.Map(keepDigit, raw); len(digits) >= 4 && strings.Contains(err.Error(), digits) {
				t.Errorf("the refusal repeats the input: %v", err)
			}
			return
		}
		if !e164.MatchString(n.E164) || n.Country != Canada && n.Country != UnitedStates {
			t.Errorf("accepted %+v", n)
		}
		// Nothing but the written digits may have become the number.
		if digits := strings.Map(keepDigit, raw); !strings.HasSuffix(n.E164, digits) && n.E164[1:] != digits {
			t.Errorf("%q became %s", raw, n.E164)
		}
		if again, err := Parse(n.E164); err != nil || again != n {
			t.Errorf("%s read again: %+v, %v", n.E164, again, err)
		}
		if Mask(n.E164) != "+1•••••"+n.E164[8:] {
			t.Errorf("mask %s", Mask(n.E164))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("(416) 555-0123"); err != nil {
			b.Fatal(err)
		}
	}
}
