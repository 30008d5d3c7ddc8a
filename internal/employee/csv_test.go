package employee

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/phone"
)

func testReading(t testing.TB) reading {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	return reading{key: testKey, knownZone: zones.Valid}
}

// readSheet reads a whole file whose columns are as their headings say.
func readSheet(data []byte, how reading) (*sheet, error) {
	s, err := openSheet(data)
	if err != nil {
		return nil, err
	}
	if err := s.assign(s.proposed(func(string) (field, bool) { return "", false })); err != nil {
		return nil, err
	}
	s.readPeople(how)
	return s, nil
}

func mustRead(t testing.TB, csv string) *sheet {
	t.Helper()
	s, err := readSheet([]byte(csv), testReading(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p person) String() string {
	return fmt.Sprintf("%s/%s/%s/%s/%s/%s", p.name, p.firstName, p.phone, p.language, p.timeZone, strings.Join(p.tags, "+"))
}

func TestFilesAsSpreadsheetsWriteThem(t *testing.T) {
	for name, c := range map[string]struct{ csv, want string }{
		"plain":            {"name,phone\nZoe Lavoie,+14165550101\n", "Zoe Lavoie/Zoe/+14165550101///"},
		"mark, CRLF":       {"\uFEFFname,phone\r\nZoë Lavoie,(416) 555-0101\r\n", "Zoë Lavoie/Zoë/+14165550101///"},
		"french":           {"Téléphone;Nom;Langue;Fuseau horaire;Étiquettes\n416-555-0101;Élodie Côté;français;America/Toronto;\"nuit;quai 2\"\n", "Élodie Côté/Élodie/+14165550101/fr/America/Toronto/nuit+quai 2"},
		"french, two name": {"nom;prénom;téléphone\nCôté;Élodie;4165550101\n", "Élodie Côté/Élodie/+14165550101///"},
		"full and first":   {"name,first name,phone\nMary Ann Poe,Mary Ann,4165550101\n", "Mary Ann Poe/Mary Ann/+14165550101///"},
		"first and last":   {"First Name,Last Name,Phone Number\nZoe,Lavoie,4165550101\n", "Zoe Lavoie/Zoe/+14165550101///"},
		"last, first":      {"name,phone\n\"Lavoie, Zoe\",4165550101\n", "Lavoie, Zoe/Zoe/+14165550101///"},
		"any order":        {"tags,time_zone,phone,language,name\na|b; c,America/Halifax,9025550101,EN,Zoe\n", "Zoe/Zoe/+19025550101/en/America/Halifax/a+b+c"},
		"unknown column":   {"name,shoe size,phone\nZoe,38,4165550101\n", "Zoe/Zoe/+14165550101///"},
		"decomposed":       {"name,phone\nZoe\u0308,4165550101\n", "Zo\u00eb/Zo\u00eb/+14165550101///"},
		"our own export":   {"name,phone\n'=Zoe,'+14165550101\n", "=Zoe/=Zoe/+14165550101///"},
		"blank rows":       {"name,phone\n,\nZoe,4165550101\n , \n\n", "Zoe/Zoe/+14165550101///"},
		"short row":        {"name,phone,tags\nZoe,4165550101\n", "Zoe/Zoe/+14165550101///"},
		"tags repeat":      {"name,phone,tags\nZoe,4165550101,Night;night;;NIGHT;day\n", "Zoe/Zoe/+14165550101///Night+day"},
	} {
		s := mustRead(t, c.csv)
		if len(s.people) != 1 || s.people[0].String() != c.want || len(s.records) != 1 {
			t.Errorf("%s: %v (total %d, errors %v), want %s", name, s.people, len(s.records), s.errors(), c.want)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	how := testReading(t)
	for code, csv := range map[string]string{
		"empty":            " \n \n",
		"not_utf8":         "name,phone\nZo\xeb,4165550101\n",
		"not_csv":          "PK\x03\x04....",
		"no_phone_column":  "name,fone\nZoe,4165550101\n",
		"no_name_column":   "who,phone\nZoe,4165550101\n",
		"duplicate_column": "name,phone,telephone\nZoe,4165550101,4165550102\n",
		"too_many_columns": "name,phone" + strings.Repeat(",x", 19) + "\nZoe,4165550101\n",
		"cell_too_long":    "name,phone," + strings.Repeat("x", 1001) + "\nZoe,4165550101,1\n",
		"bad_quotes":       "na\"me,phone\nZoe,4165550101\n",
		"too_many_rows":    "name,phone\n" + strings.Repeat("Z,1\n", MaxRows+1),
		"too_large":        "name,phone\n" + strings.Repeat("x", MaxFileBytes),
	} {
		_, err := readSheet([]byte(csv), how)
		wantCode(t, err, code)
	}
	_, err := readSheet([]byte("n\x00a,phone\n"), how)
	wantCode(t, err, "not_utf8")
	_, err = readSheet([]byte("\xff\xfen\x00a\x00"), how)
	wantCode(t, err, "not_utf8")
	_, err = readSheet([]byte("name,phone\n"), how)
	wantCode(t, err, "empty")
}

func TestEachWrongRowIsNamed(t *testing.T) {
	csv := "name,Phone,language,time zone,tags\n" +
		"Good,4165550101,,,\n" +
		",4165550102,,,\n" +
		"Bad phone,12,,,\n" +
		"Premium,1-900-234-5678,,,\n" +
		"Again,(416) 555 0101,,,\n" +
		"Zone,4165550103,,Europe/Paris,\n" +
		"Language,4165550104,klingon,,\n" +
		"Inv\u200bisible,4165550105,,,\n" +
		"Bidi \u202egnp.exe,4165550106,,,\n" +
		"<b>Markup</b>,4165550107,,,\n" +
		"Merge {{first_name}},4165550108,,,\n" +
		"1234,4165550109,,,\n" +
		strings.Repeat("long ", 40) + ",4165550110,,,\n" +
		"Tag,4165550111,,," + strings.Repeat("x", 41) + "\n" +
		"Cells,4165550112,,,,,extra\n" +
		"Quo\"te,4165550113,,,\n" +
		"Fine,4165550114,fr,,\n"
	s := mustRead(t, csv)
	if len(s.people) != 2 || len(s.records) != 17 || len(s.faults) != 15 || len(s.errors()) != 15 {
		t.Fatalf("%d people, %d of %d rejected", len(s.people), len(s.faults), len(s.records))
	}
	want := []string{"3 name required", "4 Phone too_short", "5 Phone premium", "6 Phone duplicate_in_file", "7 time zone unknown_time_zone", "8 language unknown_language",
		"9 name invisible_character", "10 name invisible_character", "11 name bad_character", "12 name bad_character", "13 name invalid_name", "14 name too_long",
		"15 tags too_long", "16  too_many_cells", "17  bad_quotes"}
	for i, e := range s.errors() {
		got := fmt.Sprintf("%d %s %s", e.Row, e.Column, e.Code)
		if got != want[i] {
			t.Errorf("error %d: %q, want %q", i, got, want[i])
		}
		if !strings.HasSuffix(e.Message, ".") || strings.Contains(e.Message, "555") {
			t.Errorf("message %q: want a sentence without the input", e.Message)
		}
	}
}

func TestLongListOfErrorsIsCut(t *testing.T) {
	s := mustRead(t, "name,phone\n"+strings.Repeat("Zoe,1\n", 1000))
	if len(s.faults) != 1000 || len(s.errors()) != maxListed {
		t.Errorf("%d rejected, %d listed", len(s.faults), len(s.errors()))
	}
}

// A quote that stays open would take the people below into one cell: the file
// is refused with the line of the quote, wherever the quote closes, if it does.
func TestQuoteThatDoesNotCloseInItsLine(t *testing.T) {
	var people strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&people, "Zoe Lavoie,416555%04d\n", i)
	}
	how := testReading(t)
	for name, c := range map[string]struct {
		csv  string
		line int
	}{
		"never closes":               {"name,phone\nZoe,4165550101\n\n\"Ann Smith,+14165550102\n" + people.String(), 4},
		"closes where another opens": {"name,phone\n\"Ann,4165550102\n\"Max\",4165550103\nZoe,4165550101\n", 2},
		"closes at the end of one":   {"name,phone\nZoe,4165550101\nAnn,\"4165550102\nMax,4165550103\"\nLeo,4165550104\n", 3},
		"in a column not read":       {"name,phone,note\nZoe,4165550101,\"first\nsecond\"\n", 2},
		"CRLF":                       {"name,phone\r\n\"Ann,4165550102\r\nMax,4165550103\r\n", 2},
		"only blanks in it":          {"name,phone\nZoe,4165550101\n\"\n\",\nMax,4165550103\n", 3},
		"in the headings":            {"name,\"phone\nZoe,4165550101\n", 1},
		"bomb":                       {"name,phone\nZoe,4165550101\n\"Bomb,4165550102\n" + strings.Repeat("x", 2<<20), 3},
	} {
		_, err := readSheet([]byte(c.csv), how)
		if err == nil {
			t.Errorf("%s: the file was taken", name)
			continue
		}
		wantCode(t, err, "bad_quotes")
		if refusal, _ := apperr.As(err); !strings.Contains(refusal.Message, fmt.Sprintf("line %d ", c.line)) {
			t.Errorf("%s: %q, want line %d named", name, refusal.Message, c.line)
		}
	}
	// In the last line it takes nobody else along.
	s := mustRead(t, "name,phone\nZoe,4165550101\n\"Ann,4165550102\n")
	if len(s.people) != 1 || len(s.records) != 2 || len(s.faults) != 1 || s.errors()[0].Code != "bad_quotes" || s.errors()[0].Row != 3 {
		t.Errorf("%v %+v", s.people, s.errors())
	}
}

// The memory of zones rests on this.
func TestZonesFollowFromTheExchange(t *testing.T) {
	remembered := testReading(t).remembering()
	for area := 201; area < 990; area += 3 {
		for _, line := range []string{"2234567", "2230001", "5550101", "5550199", "9019999", "9010000"} {
			number := fmt.Sprintf("+1%d%s", area, line)
			if _, err := phone.Parse(number); err != nil {
				continue
			}
			if got, want := remembered.zones(number), zonesOf(number); got != want {
				t.Errorf("%s: remembered %q, want %q", number, got, want)
			}
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Zoë Lavoie": "zoe lavoie", "ÉLODIE CÔTÉ": "elodie cote", "Łukasz Øre": "lukasz ore", "Straße": "strasse", "Œuvre": "oeuvre",
		"O’Brien": "o'brien", "王小明": "王小明", "": "", "İpek": "ipek", "ＦＵＬＬ": "full",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte("\uFEFFname;phone;tags\r\nZoë;4165550101;\"a;b\"\r\n"))
	f.Add([]byte("name,phone\n\"x\n"))
	how := testReading(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readSheet(data, how)
		if err != nil {
			wantInvalid(t, err)
			return
		}
		if len(s.people)+len(s.faults) != len(s.records) {
			t.Errorf("%d people and %d rejected of %d", len(s.people), len(s.faults), len(s.records))
		}
		if lines := linesWithText(data); len(s.records)+1 < lines {
			t.Errorf("%d rows below the headings in %d lines with text", len(s.records), lines)
		}
		seen := map[string]bool{}
		for _, p := range s.people {
			if seen[p.phone] || p.name == "" || p.firstName == "" || !utf8.ValidString(p.name) || strings.ContainsAny(p.name, "\x00<>{}\n") {
				t.Errorf("took %+v", p)
			}
			seen[p.phone] = true
		}
	})
}

// linesWithText counts the lines of a file that hold more than separators,
// quotes and blanks.
func linesWithText(data []byte) int {
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\uFEFF"))) {
		if len(bytes.TrimFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`,;"`, r) })) > 0 {
			n++
		}
	}
	return n
}
