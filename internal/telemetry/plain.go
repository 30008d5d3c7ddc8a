package telemetry

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
)

// Plain is the ReplaceAttr of a log that people and programs read. Characters
// that are invisible, or turn what follows around, are written as their code
// points, so that no value passes for another; and the texts of errors lose the
// values that the database and its driver quote in them.
func Plain(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(visible(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(visible(unquoted(err)))
		}
	default: // numbers and times have nothing to hide
	}
	return a
}

// visible leaves line ends to the encoder, which escapes them.
func visible(text string) string {
	hidden := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.In(r, unicode.Zl, unicode.Zp))
	}
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var (
	quoted  = regexp.MustCompile(`"(?:[^"]|"")*"`)
	encoded = regexp.MustCompile(`(?s)unable to encode .* into (text|binary) format`)
)

// unquoted is an error's text without values. The database quotes them where it
// could not take them (class 22); in other messages it quotes names of its own.
func unquoted(err error) string {
	text := err.Error()
	var refused *pgconn.PgError
	if errors.As(err, &refused) && strings.HasPrefix(refused.Code, "22") {
		text = strings.ReplaceAll(text, refused.Message, quoted.ReplaceAllString(refused.Message, `"..."`))
	}
	return encoded.ReplaceAllString(text, "unable to encode ... into $1 format")
}
