package report

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The fonts hold Latin, Greek and Cyrillic letters; coverage.txt lists their
// ranges. Fonts for Chinese, Japanese and Korean would add 2 to 4 MB to the binary.
var (
	//go:embed fonts/sans.ttf.gz
	sans []byte
	//go:embed fonts/sans-bold.ttf.gz
	sansBold []byte
	//go:embed fonts/coverage.txt
	coverage string
)

// glyphs tells which characters the document can show.
type glyphs []bool

func readCoverage() (glyphs, error) {
	known := make(glyphs, 1<<16)
	for line := range strings.Lines(coverage) {
		var from, to int
		if _, err := fmt.Sscanf(line, "%X-%X", &from, &to); err != nil || from > to || to >= len(known) {
			return nil, fmt.Errorf("read font coverage: %q is no range", line)
		}
		for r := from; r <= to; r++ {
			known[r] = true
		}
	}
	return known, nil
}

// printable writes what the fonts cannot show as code points, such as
// <U+738B>: nothing is lost, and a search finds it.
func (g glyphs) printable(text string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = text[i] >= ' ' && text[i] < 0x7F
	}
	if plain {
		return text
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		if int(r) < len(g) && g[r] {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

func unzip(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack font: %w", err)
	}
	font, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("unpack font: %w", err)
	}
	return font, nil
}

// flat writes an event's detail for people: "from: off, to: 50".
func flat(detail []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(detail, &fields) != nil {
		return string(detail)
	}
	words := make([]string, 0, len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		value := string(fields[key])
		var text string
		if json.Unmarshal(fields[key], &text) == nil && value != "null" {
			value = text
		}
		words = append(words, key+": "+value)
	}
	return strings.Join(words, ", ")
}
