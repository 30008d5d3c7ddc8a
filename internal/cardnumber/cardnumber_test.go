package cardnumber

import (
	"strings"
	"testing"
)

func TestIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4242 4242 4242 4242":                          true,
		"pay with 4242424242424242 please":             true,
		"4242-4242-4242-4242.":                         true,
		"(4242.4242.4242.4242)":                        true,
		"３７８２８２２４６３１０００５":                              true, // 15 digits in full width
		"378282246310005":                              true, // 15
		"4222222222222":                                true, // 13
		"6304000000000000000":                          true, // 19
		"4242 4242 4242 4243":                          false,
		"4242 4242 424":                                false,
		"+1 416 555 0101":                              false,
		"call +1 416-555-0101 or +1 416-555-0102":      false,
		"123456789RT0001":                              false,
		"RT4242424242424242":                           false,
		"4242  4242  4242  4242":                       false, // columns of figures
		"2026-11-23 09:30 to 2026-11-24 17:00":         false,
		"4f2a4242-4242-4242-8242-42424242aa00":         false,
		strings.Repeat("1", 40):                        false,
		"ext. 4242, room 4242, floor 4242, lot 4242":   false,
		"4242 4242 4242 4242 12/27":                    true, // with its date
		"4242 4242 4242 4242 123":                      true, // with its code
		"4242424242424242 1227 123":                    true,
		"12/27 4242-4242-4242-4242":                    true,
		"3782 822463 10005 12/27":                      true,
		"42 42 42 42 42 42 42 42 12/27":                true,
		"4242\u00A04242\u20134242.4242 12":             true,
		"RT4242 4242424242424242":                      true,
		"4242 4242 4242 4243 12/27":                    false,
		"424-24242 42424-242":                          true,
		"RT4242424242424242 12":                        false,
		"12 4242424242424242kg":                        false,
		"416-555-0102 416-555-0105 416-555-0110":       false, // parts of it have a good check digit
		"0900-1700 0000-0230 0800-1630":                false, // as here
		"":                                             false,
		"4000056655665556":                             true,
		"shift 0900-1700, then 1800-2200, all of 2026": false,
	} {
		if got := In(text); got != want {
			t.Errorf("In(%q) = %v", text, got)
		}
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"card 4111 1111 1111 1112, call 416 555 0101": "card [number removed], call 416 555 0101",
		"4242.4242.4242.4242 12/27":                   "[number removed]/27",
		"4242\u00A04242\u00A04242\u00A04242":          "[number removed]",
		"4242\u20134242\u20134242\u20134242!":         "[number removed]!",
		"３７８２８２２４６３１０００５ é":                           "[number removed] é",
		"at 09:30, 416-555-0101.":                     "at 09:30, 416-555-0101.",
		"":                                            "",
	} {
		if got := Without(text); got != want {
			t.Errorf("Without(%q) = %q, want %q", text, got, want)
		}
	}
}

// Whatever is taken for a card's number has its digits in a row, and taking the
// long numbers out leaves none.
func FuzzIn(f *testing.F) {
	for _, seed := range []string{"4242 4242 4242 4242", "x", "4-2-4-2", "４２", "4242.4242.4242.4242 12/27", "RT1 4242\u00A04242\u20134242 4242"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if left := Without(text); In(left) {
			t.Errorf("a card's number is left of %q: %q", text, left)
		}
		if !In(text) {
			return
		}
		digits := strings.Map(func(r rune) rune {
			if value(r) < 0 {
				return -1
			}
			return '0'
		}, text)
		if len(digits) < shortest {
			t.Errorf("%q has %d digits", text, len(digits))
		}
	})
}
