package httpapi_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
)

// replica is the product once more: a handler of its own over pools of its own,
// on the same database.
func (w *world) replica() http.Handler {
	deps := w.auth.Deps
	deps.App, deps.Operator, deps.Worker = w.db.Open(postgres.RoleApp), w.db.Open(postgres.RoleOperator), w.db.Open(postgres.RoleWorker)
	other := w.deps
	other.Auth = auth.New(deps)
	return httpapi.New(other)
}

// C12: ten tries of one place in any 15 minutes, exactly, however many replicas
// take them, at once, and though one of them is stopped and started anew.
func TestAuthLimitIsOneOverReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replicas := []http.Handler{w.handler, w.replica()}
	stranger := w.anybody()
	paths := map[string]object{
		"/api/v1/auth/login":           {"email": "nobody@example.com", "password": password},
		"/api/v1/auth/password/forgot": {"email": "nobody@example.com"},
		"/api/v1/auth/verify-email":    {"token": "none"},
		operatorLogin:                  {"email": "nobody@callshu.test", "password": password, "totp": "000000"},
	}
	flood := func(tries int) (passed [2]int) {
		t.Helper()
		var group sync.WaitGroup
		var mu sync.Mutex
		next := 0
		for next < tries {
			for path, body := range paths {
				i, request := next%2, stranger.request(http.MethodPost, path, body)
				group.Go(func() {
					a := stranger.sendTo(replicas[i], request)
					mu.Lock()
					defer mu.Unlock()
					switch a.StatusCode {
					case http.StatusTooManyRequests:
						if a.Header.Get("Retry-After") == "" {
							t.Error("a refusal does not say when the next try is free")
						}
					default:
						passed[i]++
					}
				})
				if next++; next == tries {
					break
				}
			}
		}
		group.Wait()
		return passed
	}
	first := flood(50)
	if first[0]+first[1] != 10 {
		t.Errorf("%d and %d of 50 tries passed on two replicas, want 10 together", first[0], first[1])
	}
	replicas[1] = w.replica() // the one before is gone with what it remembered
	if again := flood(10); again != [2]int{} {
		t.Errorf("%v tries passed after a restart, want none", again)
	}
	w.clock.Advance(15*time.Minute - time.Microsecond)
	if early := flood(4); early != [2]int{} {
		t.Errorf("%v tries passed before 15 minutes were over", early)
	}
	w.clock.Advance(time.Microsecond)
	if late := flood(50); late[0]+late[1] != 10 {
		t.Errorf("%v tries passed after 15 minutes, want 10 together", late)
	}
	if a := w.anybody().post("/api/v1/auth/login", paths["/api/v1/auth/login"]); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another place: %d", a.StatusCode)
	}
}
