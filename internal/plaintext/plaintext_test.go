package plaintext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/plaintext"
)

// spans are characters that nobody sees, by what they are called.
var spans = map[string][2]rune{
	"C0": {0x00, 0x1F}, "DEL and C1": {0x7F, 0x9F}, "soft hyphen": {0xAD, 0xAD}, "joiner": {0x34F, 0x34F}, "Arabic letter mark": {0x61C, 0x61C},
	"Hangul fillers": {0x115F, 0x1160}, "Khmer vowels": {0x17B4, 0x17B5}, "Mongolian separators": {0x180B, 0x180F}, "zero width": {0x200B, 0x200F},
	"lines and embeddings": {0x2028, 0x202E}, "word joiners and isolates": {0x2060, 0x206F}, "blank of Braille": {0x2800, 0x2800}, "Hangul filler": {0x3164, 0x3164},
	"private use": {0xE000, 0xF8FF}, "variation selectors": {0xFE00, 0xFE0F}, "byte order mark": {0xFEFF, 0xFEFF}, "narrow Hangul filler": {0xFFA0, 0xFFA0},
	"specials": {0xFFF0, 0xFFFB}, "broken": {0xFFFD, 0xFFFD}, "no characters": {0xFFFE, 0xFFFF}, "no characters of Arabic": {0xFDD0, 0xFDEF}, "blank of music": {0x1D159, 0x1D159}, "format of music": {0x1D173, 0x1D17A},
	"tags": {0xE0000, 0xE007F}, "more variation selectors": {0xE0100, 0xE01EF}, "rest of plane 14": {0xE0FFF, 0xE0FFF}, "planes of private use": {0xF0000, 0xF00FF}, "last": {0x10FFFD, 0x10FFFF},
}

func TestNobodyHidesAnything(t *testing.T) {
	t.Parallel()
	tried := 0
	for name, span := range spans {
		for r := span[0]; r <= span[1]; r++ {
			tried++
			for _, text := range []string{"Zo" + string(r) + "e", string(r) + "Zoe", "Zoe" + string(r), string(r)} {
				if plaintext.Check(text) == plaintext.None {
					t.Errorf("%s: U+%04X passes in %q", name, r, text)
				}
			}
		}
	}
	if tried < 7000 {
		t.Errorf("only %d characters were tried", tried)
	}
	for _, text := range []string{"\xed\xa0\x80", "\xff", "\xc0\x80", "Zo\xe9"} { // a surrogate, no byte of text, a long NUL, Latin-1
		if flaw := plaintext.Check(text); flaw != plaintext.Encoding {
			t.Errorf("%q: %q", text, flaw)
		}
	}
}

// What people are called, in any script, and what they write.
func TestNamesOfPeoplePass(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Zoë O'Brien-Lévesque", "Nguyễn Thị Hồng", "Łukasz Żółć", "李小龍", "山田 太郎", "김민준", "Мария Ивановна", "محمد بن سلمان", "שָׁלוֹם", "ประยุทธ์", "अनिता",
		"ᐃᓄᒃᑎᑐᑦ", "Björk 🎉", "👍🏽", "❤️ and 1️⃣", "🇨🇦", "№ 5 — “quoted”, 50 % off…", "x\u0323\u0307\u0301y"} {
		if flaw := plaintext.Check(norm.NFC.String(text)); flaw != plaintext.None {
			t.Errorf("%q is refused: %s", text, flaw)
		}
	}
	if plaintext.Check("two\nlines") != plaintext.Unseen || plaintext.CheckLines("two\nlines") != plaintext.None || plaintext.CheckLines("a\ttab") != plaintext.Unseen {
		t.Error("line ends are for texts that have lines, and tabs for none")
	}
}

// The policy on emoji: a sign, its skin and its flag are taken; what glues
// several to one, and a selector that changes nothing anybody sees, are not.
func TestSelectorsStandBehindSigns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plaintext.Flaw{
		"❤\ufe0f": plaintext.None, "❤\ufe0f\ufe0f": plaintext.Unseen, "Zoe\ufe0f": plaintext.Unseen, "\ufe0f": plaintext.Unseen, "a \ufe0f": plaintext.Unseen,
		"e\u0301\ufe0f": plaintext.Unseen, "2\ufe0f": plaintext.Unseen, "+\ufe0f": plaintext.Unseen, "1\ufe0f\u20e3": plaintext.None, "❤\U000E0100": plaintext.Unseen, "👩\u200d🚀": plaintext.Unseen, "🏴\U000E0067\U000E007F": plaintext.Unseen,
	} {
		if got := plaintext.Check(text); got != want {
			t.Errorf("%+q: %q, want %q", text, got, want)
		}
	}
}

func TestMarksAreBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plaintext.Flaw{
		"x" + strings.Repeat("\u0323", 4): plaintext.None, "x" + strings.Repeat("\u0323", 5): plaintext.Stacked, "x" + strings.Repeat("\u0301", 500): plaintext.Stacked,
		"x" + strings.Repeat("\u0323", 4) + "y" + strings.Repeat("\u0323", 4): plaintext.None,
		"\u0301": plaintext.Stacked, "Zoe \u0301": plaintext.Stacked, "\u20dd": plaintext.Stacked,
	} {
		if got := plaintext.Check(text); got != want {
			t.Errorf("%+q: %q, want %q", text, got, want)
		}
	}
}

func TestFormOfALine(t *testing.T) {
	t.Parallel()
	if got := plaintext.Line(" Zoe\u0308 \u00a0 Roy\u3000\n"); got != "Zo\u00eb Roy" {
		t.Errorf("%+q", got)
	}
	if got := plaintext.Lines("\nZoe\u0308\n  Roy \n"); got != "Zo\u00eb\n  Roy" {
		t.Errorf("%+q", got)
	}
}

// Whatever passes holds nothing of Unicode's that is not drawn, and its form is final.
func TestWhatPassesIsSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := plaintext.Line(rapid.String().Draw(t, "text"))
		if plaintext.Line(text) != text {
			t.Fatalf("%+q changes again", text)
		}
		if plaintext.Check(text) != plaintext.None {
			return
		}
		for _, r := range text {
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) && r != 0xFE0E && r != 0xFE0F {
				t.Fatalf("U+%04X passes in %s", r, fmt.Sprintf("%+q", text))
			}
		}
	})
}
