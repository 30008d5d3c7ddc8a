package wording

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Wherever the product is served, a text is paid for once and keeps what the
// law and the carriers want in it.
func TestEveryTextIsOneSegmentOnAnyHost(t *testing.T) {
	must := map[string]map[string][]string{
		"confirmation": {English: {"calls", "99/mo", "{S}/p/{k}", "HELP", "STOP", "Msg&data rates may apply"},
			French: {"appels", "99/mois", "{S}/p/{k}", "AIDE", "ARRET", "Frais msg/données"}},
		"help": {English: {"calls & texts", "99/mo", "{S}/me", "STOP", "Msg&data rates may apply"},
			French: {"appels/textos du travail", "99/mois", "{S}/me", "ARRET", "Frais msg/données"}},
		"page": {English: {"{S}/p/{k}", "HELP", "STOP"}, French: {"{S}/p/{k}", "AIDE", "ARRET"}},
	}
	texts := append(kinds(), kind{name: "page", write: Page})
	for length := 1; length <= MaxSite; length++ {
		p := full()
		p.Employer, p.Monthly, p.Site = "Twenty letters' mill", maxMonthly, strings.Repeat("h", length)
		if utf8.RuneCountInString(p.Employer) != MaxEmployer || len(p.Key) != keyLength {
			t.Fatal("the longest case is not tested")
		}
		for _, k := range texts {
			for _, language := range []string{English, French} {
				text, err := k.write(language, p)
				if err != nil {
					t.Fatal(err)
				}
				segments, encoding := Segments(text.Body)
				if segments != 1 || text.Segments != 1 || encoding != GSM7 {
					t.Errorf("%s %s, host of %d: %d segments of %s: %s", k.name, language, length, segments, encoding, text.Body)
				}
				if length < MaxSite {
					continue
				}
				fill := strings.NewReplacer("{S}", p.Site, "{k}", p.Key)
				for _, element := range append([]string{p.Employer, "via Callshu"}, must[k.name][language]...) {
					if !strings.Contains(text.Body, fill.Replace(element)) {
						t.Errorf("%s %s lacks %q: %s", k.name, language, element, text.Body)
					}
				}
			}
		}
		if err := CheckSite(p.Site); err != nil {
			t.Error(err)
		}
	}
	if err := CheckSite(strings.Repeat("h", MaxSite+1)); err == nil {
		t.Error("a host that makes two segments of a text passes")
	}
}

// The short words are fixed as the full ones are, under a name of their own.
func TestShortWordsHaveTheirOwnVersion(t *testing.T) {
	p := full()
	p.Site = strings.Repeat("h", MaxSite)
	want := map[string]string{
		"1-short confirmation en": "faaeec7555531385",
		"1-short confirmation fr": "06bf9fa9f763ebf1",
		"1-short help en":         "b855377fbeff72de",
		"1-short help fr":         "4041de46edd1e5a4",
		"1-short page en":         "7642dd2dfeb264a1",
	}
	for name, write := range map[string]func(string, Params) (Text, error){"confirmation": Confirmation, "help": Help, "page": Page} {
		for _, language := range []string{English, French} {
			text, err := write(language, p)
			if err != nil {
				t.Fatal(err)
			}
			if name == "page" && language == French {
				if text.Version != Version {
					t.Errorf("shortened without need: %s", text.Body)
				}
				continue
			}
			if id := text.Version + " " + name + " " + language; text.Version != ShortVersion || text.Hash[:16] != want[id] {
				t.Errorf("%q: %q,", id, text.Hash[:16])
			}
		}
	}
}

// A name may grow when it is written in the letters of text messages.
func TestNameThatGrowsIsRefused(t *testing.T) {
	if err := CheckEmployer(strings.Repeat("m", MaxEmployer)); err != nil {
		t.Error(err)
	}
	if err := CheckEmployer(strings.Repeat("m", MaxEmployer-1) + "…"); err == nil {
		t.Error("a name of 22 letters passes")
	}
}
