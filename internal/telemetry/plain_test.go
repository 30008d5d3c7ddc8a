package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/telemetry"
)

// logged is the one line that a record makes.
func logged(t *testing.T, args ...any) (line string, fields map[string]any) {
	t.Helper()
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: telemetry.Plain})).Error("said", args...)
	if err := json.Unmarshal(b.Bytes(), &fields); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	return b.String(), fields
}

// No value can end a log line, colour a terminal or turn what follows around.
func TestLogValuesAreVisible(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Zoë\tin\nMontréal": "Zoë\tin\nMontréal", "a\r\x1b[2Jb": "a<U+000D><U+001B>[2Jb", "a\u202eb\u2066c\u200bd": "a<U+202E>b<U+2066>c<U+200B>d",
		"a\u2028b\u2029c\u0085d\ufeff": "a<U+2028>b<U+2029>c<U+0085>d<U+FEFF>", "東京 🎉": "東京 🎉",
	} {
		for _, value := range []any{given, errors.New(given)} {
			line, fields := logged(t, "value", value)
			if fields["value"] != want || strings.Count(line, "\n") != 1 {
				t.Errorf("%q is logged as %q", given, fields["value"])
			}
		}
	}
	if _, fields := logged(t, "n", 7, "ok", true); fields["n"] != 7.0 || fields["ok"] != true {
		t.Errorf("other values: %v", fields)
	}
}

// The database and its driver quote what they could not take; names of our own
// tables and constraints stay readable.
func TestLoggedErrorsQuoteNoValues(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t).Open(postgres.RoleApp)
	for statement, want := range map[string]string{
		`SELECT 'canary "x'::uuid`:            `invalid input syntax for type uuid: "..."`,
		`SELECT 'canary'::int`:                `(SQLSTATE 22P02)`,
		`SELECT to_date('canary', 'YYYY')`:    `SQLSTATE 22`,
		`SELECT * FROM operators -- canary`:   `permission denied for table operators`,
		`SELECT canary_column FROM campaigns`: `column "canary_column" does not exist`,
	} {
		_, err := pool.Exec(t.Context(), statement)
		if _, fields := logged(t, "error", fmt.Errorf("do it: %w", err)); !strings.Contains(fmt.Sprint(fields["error"]), want) || strings.Contains(want, "...") && strings.Contains(fmt.Sprint(fields["error"]), "canary") {
			t.Errorf("%s: logged as %v", statement, fields["error"])
		}
	}
	_, err := pool.Exec(t.Context(), `SELECT $1::int[]`, map[string]string{"canary": "canary"})
	if line, _ := logged(t, "error", err); err == nil || strings.Contains(line, "canary") || !strings.Contains(line, "encode") {
		t.Errorf("%v is logged as %s", err, line)
	}
}
