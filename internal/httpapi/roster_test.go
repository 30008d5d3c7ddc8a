package httpapi

import (
	"encoding/base64"
	"testing"

	"github.com/callshu/callshu/internal/apperr"
)

// A cursor that was not ours must be refused before the database sees it.
func TestRosterCursors(t *testing.T) {
	for _, position := range []int{0, 1, 50, 99_999, 1<<31 - 1} {
		if got, err := positionOf(*encodeCursor(position)); err != nil || got != position {
			t.Errorf("position %d came back as %d, %v", position, got, err)
		}
	}
	for _, text := range []string{"999999999999", "2147483648", "-2147483649", "1e99", "1.5", `"1"`, "{}", "", "1 1"} {
		_, err := positionOf(base64.RawURLEncoding.EncodeToString([]byte(text)))
		refusal, ok := apperr.As(err)
		if !ok || refusal.Kind != apperr.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Location != "query.cursor" {
			t.Errorf("cursor %q: %v, want a refusal of query.cursor", text, err)
		}
	}
}
