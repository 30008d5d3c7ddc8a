package wording

import (
	"strings"
	"testing"
)

func TestPageIsOneSegmentWithItsLink(t *testing.T) {
	for _, language := range []string{English, French} {
		text, err := Page(language, full())
		if err != nil {
			t.Fatal(err)
		}
		if _, encoding := Segments(text.Body); text.Segments != 1 || encoding != GSM7 {
			t.Errorf("%s: %d segments of %s", language, text.Segments, encoding)
		}
		for _, element := range []string{"Northern Timber Mill", "via Callshu", "callshu.com/p/Ab3xK9_-zQ1"} {
			if !strings.Contains(text.Body, element) {
				t.Errorf("%s lacks %q: %s", language, element, text.Body)
			}
		}
	}
}
