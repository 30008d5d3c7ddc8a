package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/clock"
)

// patient is a client that takes whatever is written.
type patient struct{ *httptest.ResponseRecorder }

func (patient) SetWriteDeadline(time.Time) error { return nil }

// C9: a live page ends within a second after its session, whenever between two
// looks that ends. The time is the bubble's own: no machine is too busy for it.
func TestC9StreamsEndWithinASecondOfTheirSession(t *testing.T) {
	t.Parallel()
	for after := time.Millisecond; after < 3*time.Second; after += 97 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			s := &server{Deps: Deps{Clock: clock.Real{}}}
			end := time.Now().Add(after)
			w := patient{httptest.NewRecorder()}
			out := &stream{w: w, control: http.NewResponseController(w)}
			s.follow(t.Context(), out, campaign.View{}, make(chan look), func(context.Context) bool { return time.Now().Before(end) })
			if late := time.Since(end); late < 0 || late > time.Second {
				t.Errorf("a session that ended after %v was followed for %v more", after, late)
			}
		})
	}
}
