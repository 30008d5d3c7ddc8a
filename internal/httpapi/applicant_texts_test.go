package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// C31: before a person has approved an account it texts nobody but its own people
// a code; and all such accounts together text little.
func TestC31ApplicantsTextLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	active := w.employer("zoe@example.com", operator)
	numbers := 0
	send := func(b *browser) int {
		numbers++
		return b.post("/api/v1/me/phone", object{"phone": fmt.Sprintf("+1514555%04d", 100+numbers%100)}).StatusCode
	}
	texts := func() int { return w.count(`SELECT count(*) FROM messages WHERE kind = 'verify_phone'`) }
	// One place, several applicants: ten in a day.
	crowd := []*browser{w.applicant("a0@example.com"), w.applicant("a1@example.com"), w.applicant("a2@example.com")}
	crowd[1].ip, crowd[2].ip = crowd[0].ip, crowd[0].ip
	passed := 0
	for i := range 12 {
		if send(crowd[i%3]) == http.StatusAccepted {
			passed++
		}
	}
	if passed != 10 || texts() != 10 {
		t.Errorf("%d codes and %d texts to applicants of one place, want 10", passed, texts())
	}
	// All places: thirty in an hour.
	var last *browser
	for i := range 21 {
		last = w.applicant(fmt.Sprintf("b%d@example.com", i))
		want := http.StatusAccepted
		if i == 20 {
			want = http.StatusTooManyRequests
		}
		if got := send(last); got != want {
			t.Fatalf("text %d of all applicants: %d, want %d", i+11, got, want)
		}
	}
	if n := texts(); n != 30 {
		t.Errorf("%d texts to all applicants, want 30", n)
	}
	// Who is approved is none of them, nor a suspended one any more.
	if got := send(active); got != http.StatusAccepted {
		t.Errorf("an approved account: %d", got)
	}
	reason := object{"reason": "A good reason"}
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/accounts/"+w.accountOf("zoe@example.com").String()+"/suspend", reason)
	active.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "zoe@example.com", "password": password})
	if got := send(active); got != http.StatusTooManyRequests {
		t.Errorf("a suspended account: %d", got)
	}
	w.clock.Advance(time.Hour)
	last.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "b20@example.com", "password": password})
	if got := send(last); got != http.StatusAccepted {
		t.Errorf("an hour later: %d", got)
	}
}
