package httpapi

import (
	"encoding/base64"
	"testing"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
)

// A cursor that was not ours must be refused before the database sees it.
func TestRosterCursors(t *testing.T) {
	for _, position := range []int32{0, 1, 50, 99_999, 1<<31 - 1} {
		want := campaign.Place{Rank: 2, Position: int(position)}
		if got, err := afterOf(*encodeCursor(rosterPlace{2, position})); err != nil || got != want {
			t.Errorf("position %d came back as %+v, %v", position, got, err)
		}
	}
	for _, number := range []string{"999999999999", "2147483648", "-2147483649", "1e99", "1.5", `"1"`, "{}", "", "1 1"} {
		for _, text := range []string{number, "[1," + number + "]", "[" + number + ",1]"} {
			_, err := afterOf(base64.RawURLEncoding.EncodeToString([]byte(text)))
			refusal, ok := apperr.As(err)
			if !ok || refusal.Kind != apperr.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Location != "query.cursor" {
				t.Errorf("cursor %q: %v, want a refusal of query.cursor", text, err)
			}
		}
	}
}
