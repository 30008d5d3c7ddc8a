package ivr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callshu/callshu/internal/plaintext"
)

// The merge fields of a script.
const (
	FieldFirstName = "first_name"
	FieldEmployer  = "employer"
)

// Merge puts values in the place of {{fields}}. The error names the field that
// has no value, or the brace that belongs to none; it is a sentence for the
// author. A value is never searched for fields.
func Merge(text string, fields map[string]string) (string, error) {
	var b strings.Builder
	rest := text
	for {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			b.WriteString(rest)
			return b.String(), nil
		}
		b.WriteString(rest[:at])
		inner, opened := strings.CutPrefix(rest[at:], "{{")
		name, after, closed := strings.Cut(inner, "}}")
		if !opened || !closed || strings.ContainsAny(name, "{}") {
			return "", fmt.Errorf("a brace belongs to no merge field; write %s", fieldList(fields))
		}
		value, known := fields[strings.TrimSpace(name)]
		if !known {
			return "", fmt.Errorf("there is no merge field {{%s}}; write %s", shorten(clean(name)), fieldList(fields))
		}
		b.WriteString(value)
		rest = after
	}
}

// CheckMerge reports what Merge would refuse in a script's text.
func CheckMerge(text string) error {
	_, err := Merge(text, map[string]string{FieldFirstName: "", FieldEmployer: ""})
	return err
}

func fieldList(fields map[string]string) string {
	names := slices.Sorted(maps.Keys(fields))
	slices.Reverse(names) // first_name is what people look for
	for i, name := range names {
		names[i] = "{{" + name + "}}"
	}
	return strings.Join(names, " or ")
}

func shorten(name string) string {
	const most = 40
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	return string([]rune(name)[:most]) + "…"
}

// merged fills a script's own text. A text that Validate refuses loses its
// braces rather than being read out with them.
func (s Script) merged(text string) string {
	out, err := Merge(text, map[string]string{FieldFirstName: s.FirstName, FieldEmployer: s.Employer})
	if err != nil {
		out = strings.NewReplacer("{", " ", "}", " ").Replace(text)
	}
	return out
}

// clean makes a text fit to be spoken and to stand in XML: one line, without
// control and invisible characters.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case plaintext.Hidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// trimStop prepares a phrase that our own sentence goes on after.
func trimStop(text string) string { return strings.TrimRight(text, " .!?;:,") }

// sentence ends a text of the author's where the next sentence begins.
func sentence(text string) string {
	if text == "" || strings.ContainsRune(".!?…", lastRune(text)) {
		return text
	}
	return text + "."
}

func lastRune(text string) rune {
	r, _ := utf8.DecodeLastRuneInString(text)
	return r
}
