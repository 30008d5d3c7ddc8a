package auth

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/callshu/callshu/internal/apperr"
)

func newHasher(t *testing.T) *Hasher {
	t.Helper()
	h, err := NewHasher(bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashAndMatch(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	password := strings.Repeat("a", 72)
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Hash(t.Context(), password)
	if err != nil || again == hash {
		t.Errorf("the same password gave the same hash: no salt (%v)", err)
	}
	for given, want := range map[string]bool{
		password:             true,
		password + "SUFFIX":  false, // bcrypt itself would accept it
		password[:71]:        false,
		"":                   false,
		strings.ToUpper("a"): false,
	} {
		if got, err := h.matches(t.Context(), hash, given); err != nil || got != want {
			t.Errorf("matches(%d bytes) = %v, %v; want %v", len(given), got, err, want)
		}
	}
	composed, err := h.Hash(t.Context(), "caf\u00e9 caf\u00e9 caf\u00e9 caf\u00e9")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.matches(t.Context(), composed, "cafe\u0301 cafe\u0301 cafe\u0301 cafe\u0301"); !ok || err != nil {
		t.Errorf("another keyboard's é does not match: %v", err)
	}
}

func TestStandInIsARealHashThatNothingMatches(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	if cost, err := bcrypt.Cost([]byte(h.standIn())); err != nil || cost != bcrypt.MinCost {
		t.Fatalf("cost %d, %v: comparing with it would return at once", cost, err)
	}
	for _, password := range []string{"", "password", strings.Repeat("/", 31)} {
		if ok, err := h.matches(t.Context(), h.standIn(), password); ok || err != nil {
			t.Errorf("matches(%q) = %v, %v", password, ok, err)
		}
	}
}

func TestOutdatedHashesAreMadeAnew(t *testing.T) {
	t.Parallel()
	h, err := NewHasher(5)
	if err != nil {
		t.Fatal(err)
	}
	old, err := newHasher(t).Hash(t.Context(), "a long enough password")
	if err != nil {
		t.Fatal(err)
	}
	if !h.outdated(old) || h.outdated(h.standIn()) {
		t.Error("only a hash of another cost is outdated")
	}
	if _, err := NewHasher(3); err == nil {
		t.Error("a cost below bcrypt's least was accepted")
	}
}

// A flood must neither hash without bound nor wait without bound.
func TestHasherTurnsAFloodAway(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	h.wait = 10 * time.Millisecond
	for range cap(h.slots) {
		h.slots <- struct{}{} // every core at work, for as long as the test likes
	}
	_, err := h.Hash(t.Context(), "whatever it is, it waits")
	refusal, ok := apperr.As(err)
	if !ok || refusal.Kind != apperr.Unavailable || refusal.RetryAfter <= 0 {
		t.Fatalf("after the wait: %v, want a refusal with Retry-After", err)
	}
	h.wait = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for range cap(h.line) {
		group.Go(func() {
			if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("a waiter whose client left got %v", err)
			}
		})
	}
	for len(h.line) < cap(h.line) { // until all of them stand in line
		runtime.Gosched()
	}
	if _, err := h.Hash(t.Context(), "x"); !apperr.HasCode(err, "busy") {
		t.Errorf("behind a full line: %v, want busy at once", err)
	}
	cancel()
	group.Wait()
	<-h.slots
	if _, err := h.Hash(t.Context(), "there is a free slot again"); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}
