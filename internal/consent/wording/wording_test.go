package wording

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func full() Params {
	return Params{Employer: "Northern Timber Mill", Monthly: 12, Site: "callshu.com", Key: "Ab3xK9_-zQ1"}
}

type kind struct {
	name  string
	write func(string, Params) (Text, error)
	must  map[string][]string // what the law and the carriers want in it
}

func kinds() []kind {
	return []kind{
		{"invitation", Invitation, map[string][]string{
			English: {"Northern Timber Mill", "via Callshu", "automated", "calls & texts", "12/mo", "YES", "HELP", "STOP", "Msg&data rates may apply", "Your choice"},
			French:  {"Northern Timber Mill", "via Callshu", "automatisés", "appels et textos", "12/mois", "OUI", "AIDE", "ARRET", "Frais msg/données", "Facultatif"},
		}},
		{"confirmation", Confirmation, map[string][]string{
			English: {"Northern Timber Mill", "via Callshu", "12/mo", "HELP", "STOP", "Msg&data rates may apply", "callshu.com/p/Ab3xK9_-zQ1", "Quiet hours & proof"},
			French:  {"Northern Timber Mill", "via Callshu", "12/mois", "AIDE", "ARRET", "Frais msg/données", "callshu.com/p/Ab3xK9_-zQ1", "Heures calmes, preuves"},
		}},
		{"stopped", Stopped, map[string][]string{
			English: {"Northern Timber Mill", "via Callshu", "No more calls or texts", "from Northern Timber Mill", "from this number", "START"},
			French:  {"Northern Timber Mill", "via Callshu", "Plus aucun appel ni texto", "de Northern Timber Mill", "de ce numéro", "START"},
		}},
		{"stopped_all", StoppedAll, map[string][]string{
			English: {"Northern Timber Mill", "via Callshu", "No employer", "call or text you", "START"},
			French:  {"Northern Timber Mill", "via Callshu", "Plus aucun employeur", "START"},
		}},
		{"help", Help, map[string][]string{
			English: {"Northern Timber Mill", "via Callshu", "12/mo", "support@callshu.com", "STOP", "Msg&data rates may apply"},
			French:  {"Northern Timber Mill", "via Callshu", "12/mois", "support@callshu.com", "ARRET", "Frais msg/données"},
		}},
	}
}

func TestEveryTextIsOneSegmentWithAllElements(t *testing.T) {
	p := full()
	if utf8.RuneCountInString(p.Employer) != MaxEmployer || len(p.Key) != 11 {
		t.Fatal("the longest case is not tested")
	}
	for _, k := range kinds() {
		for language, elements := range k.must {
			text, err := k.write(language, p)
			if err != nil {
				t.Fatalf("%s %s: %v", k.name, language, err)
			}
			segments, encoding := Segments(text.Body)
			if segments != 1 || text.Segments != 1 || encoding != GSM7 {
				t.Errorf("%s %s: %d segments of %s, %d characters: %s", k.name, language, segments, encoding, utf8.RuneCountInString(text.Body), text.Body)
			}
			for _, element := range elements {
				if !strings.Contains(text.Body, element) {
					t.Errorf("%s %s lacks %q: %s", k.name, language, element, text.Body)
				}
			}
			if strings.ContainsAny(text.Body, "{}") {
				t.Errorf("%s %s has an unfilled place: %s", k.name, language, text.Body)
			}
			sum := sha256.Sum256([]byte(text.Body))
			if text.Hash != hex.EncodeToString(sum[:]) || text.Version != Version || text.Language != language {
				t.Errorf("%s %s cannot be proved: %+v", k.name, language, text)
			}
		}
	}
}

// The words of a version are fixed: a change of any of them needs a new
// Version and new hashes here.
func TestWordsOfTheVersionAreFixed(t *testing.T) {
	want := map[string]string{
		"4 invitation en":   "089016ccc8827843",
		"4 invitation fr":   "f25e44303d18056a",
		"4 confirmation en": "17de09180d6ec405",
		"4 confirmation fr": "be805e54fb446a38",
		"4 stopped en":      "d06e5efdd93c9f21",
		"4 stopped fr":      "4f0b80e425597bb1",
		"4 stopped_all en":  "73aefc1b72db165e",
		"4 stopped_all fr":  "d77a6caa5c708d63",
		"4 help en":         "a88c04d1f556e5ae",
		"4 help fr":         "18c79702f29159d0",
	}
	for _, k := range kinds() {
		for _, language := range []string{English, French} {
			text, err := k.write(language, full())
			if err != nil {
				t.Fatal(err)
			}
			if name := Version + " " + k.name + " " + language; text.Hash[:16] != want[name] {
				t.Errorf("%q: %q,", name, text.Hash[:16])
			}
		}
	}
}

func TestInvitationIsNeverTwoSegments(t *testing.T) {
	long := full()
	long.Employer = strings.Repeat("Company ", 8)
	foreign := full()
	foreign.Employer = "会社"
	for _, language := range []string{English, French} {
		for _, p := range []Params{long, foreign} {
			if _, err := Invitation(language, p); !errors.Is(err, ErrTooLong) {
				t.Errorf("%s %q: %v", language, p.Employer, err)
			}
			if err := CheckEmployer(p.Employer); !errors.Is(err, ErrTooLong) {
				t.Errorf("CheckEmployer(%q): %v", p.Employer, err)
			}
		}
	}
	for _, name := range []string{"Usine Bélanger", "Hôtel du Château", "L’Œuvre – Çà & là", "Northern Timber Mill"} {
		if err := CheckEmployer(name); err != nil {
			t.Errorf("CheckEmployer(%q): %v", name, err)
		}
	}
}

func TestNamesAreWrittenPlainly(t *testing.T) {
	for in, want := range map[string]string{
		"Hôtel du Château": "Hotel du Chateau", "Bélanger": "Bélanger", "L’Œuvre": "L'OEuvre", "  A \n B ": "A B",
		"François": "Francois", "À la carte": "A la carte", "Cafe\u0301": "Café", "会社": "会社", "[Mill]": "(Mill)",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrongParametersAreRefused(t *testing.T) {
	for _, k := range kinds() {
		for name, change := range map[string]func(*Params){
			"no name": func(p *Params) { p.Employer = " " }, "none a month": func(p *Params) { p.Monthly = 0 }, "hundreds": func(p *Params) { p.Monthly = 100 },
		} {
			p := full()
			change(&p)
			if _, err := k.write(English, p); err == nil {
				t.Errorf("%s with %s was written", k.name, name)
			}
		}
		if _, err := k.write("de", full()); err == nil {
			t.Errorf("%s in a language without words was written", k.name)
		}
	}
}

// A name cannot smuggle in a place to be filled.
func TestNamesAreNotFilled(t *testing.T) {
	p := full()
	p.Employer = "{k} {N} Mill"
	text, err := Confirmation(English, p)
	if err != nil || strings.Count(text.Body, p.Key) != 1 {
		t.Errorf("%s, %v", text.Body, err)
	}
}

func TestChooseAndCode(t *testing.T) {
	for language, yes := range map[string]string{English: "YES", French: "OUI"} {
		text, _, err := Choose(language, []string{"Northern Timber Mill", "Bakery Bélanger"})
		if err != nil || !strings.Contains(text.Body, yes+" 1 = Northern Timber Mill, "+yes+" 2 = Bakery Bélanger") || text.Segments != 1 {
			t.Errorf("%+v, %v", text, err)
		}
		code, err := Code(language, "123456")
		if err != nil || !strings.Contains(code.Body, "123456") || code.Segments != 1 {
			t.Errorf("%+v, %v", code, err)
		}
	}
	if _, _, err := Choose("de", nil); err == nil {
		t.Error("a choice in a language without words")
	}
}

// However many ask, and however long their names are, the question is one
// segment in which no two can be taken for each other.
func TestChoiceFitsOneSegment(t *testing.T) {
	three := []string{"Northern Timber Mill", "Southern Textile Inc", "Bakery of Mme Tremb."}
	for _, language := range []string{English, French} {
		text, from, err := Choose(language, three)
		if err != nil || text.Segments != 1 || from != 0 || !strings.Contains(text.Body, " 3 = Bakery of Mme Tremb") {
			t.Errorf("%+v from %d, %v", text, from, err)
		}
		alike := []string{"Northern Timber Mill", "Northern Timber Mine", "Northern Timber Bank", "Northern Timber Town"}
		text, from, err = Choose(language, alike)
		if err != nil || text.Segments != 1 || from != 1 || !strings.Contains(text.Body, " 1 = Northern Timber Min") || !strings.Contains(text.Body, " 3 = Northern Timber Tow") {
			t.Errorf("%+v from %d, %v", text, from, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z€é\[][A-Za-z0-9 éà&'.~-]{0,18}[a-z]`), 1, 12).Draw(t, "names")
		language := rapid.SampledFrom([]string{English, French}).Draw(t, "language")
		text, from, err := Choose(language, names)
		if err != nil || text.Segments != 1 || from < 0 || from >= len(names) {
			t.Fatalf("%+v from %d, %v", text, from, err)
		}
		yes := map[string]string{English: "YES ", French: "OUI "}[language]
		if n := strings.Count(text.Body, yes); n < len(names)-from {
			t.Fatalf("%d offers to %d employers: %s", n, len(names)-from, text.Body)
		}
	})
}

func TestSegments(t *testing.T) {
	for _, tt := range []struct {
		text     string
		segments int
		encoding Encoding
	}{
		{"", 1, GSM7},
		{strings.Repeat("a", 160), 1, GSM7},
		{strings.Repeat("a", 161), 2, GSM7},
		{strings.Repeat("a", 306), 2, GSM7},
		{strings.Repeat("a", 307), 3, GSM7},
		{strings.Repeat("é", 160), 1, GSM7},
		{strings.Repeat("€", 80), 1, GSM7},
		{strings.Repeat("€", 81), 2, GSM7},
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, GSM7}, // the sign is not split
		{strings.Repeat("ê", 70), 1, UCS2},
		{strings.Repeat("ê", 71), 2, UCS2},
		{strings.Repeat("👍", 35), 1, UCS2},
		{strings.Repeat("👍", 36), 2, UCS2},
		{strings.Repeat("a", 66) + "👍" + strings.Repeat("a", 10), 2, UCS2},
		{"c'est ça", 1, UCS2},
		{"à", 1, GSM7},
		{"À", 1, UCS2},
	} {
		if n, encoding := Segments(tt.text); n != tt.segments || encoding != tt.encoding {
			t.Errorf("%.20q (%d): %d %s, want %d %s", tt.text, utf8.RuneCountInString(tt.text), n, encoding, tt.segments, tt.encoding)
		}
	}
}

func TestAnyNameEitherFitsOrIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := full()
		p.Employer = rapid.String().Draw(t, "name")
		for _, language := range []string{English, French} {
			text, err := Invitation(language, p)
			if err != nil {
				continue
			}
			if n, _ := Segments(text.Body); n != 1 || text.Segments != 1 {
				t.Fatalf("%d segments: %s", n, text.Body)
			}
		}
	})
}
