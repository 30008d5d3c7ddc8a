package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"github.com/callshu/callshu/internal/apperr"
)

// maxPasswordBytes is where bcrypt stops reading. Comparing cuts there in
// silence, so anything longer must be refused before, or a suffix would not matter.
const maxPasswordBytes = 72

// A hash of cost 12 takes about a quarter of a second of one core. Unbounded,
// a flood of logins starves every other request; these bounds keep it to half
// of the cores and turn the rest away.
const (
	hashWait     = 2 * time.Second
	hashWaitLine = 50
)

// Hasher is the one way to bcrypt. It admits few at once.
type Hasher struct {
	cost  int
	slots chan struct{}
	line  chan struct{}
	wait  time.Duration
	runs  atomic.Int64
}

// NewHasher returns a hasher of the given bcrypt cost: 12 in production, 4 in tests.
func NewHasher(cost int) (*Hasher, error) {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		return nil, fmt.Errorf("new hasher: cost %d is not within %d..%d", cost, bcrypt.MinCost, bcrypt.MaxCost)
	}
	return &Hasher{
		cost:  cost,
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		line:  make(chan struct{}, hashWaitLine),
		wait:  hashWait,
	}, nil
}

// Runs returns how often a password was hashed or compared. Each takes what a
// clock can measure from outside, so that answers which must not differ have to
// cost the same number of them.
func (h *Hasher) Runs() int64 { return h.runs.Load() }

// Hash returns the bcrypt hash of a password that CheckPassword has accepted.
// It returns an Unavailable refusal when too many are waiting.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return h.hashNow(password)
}

func (h *Hasher) hashNow(password string) (string, error) {
	h.runs.Add(1)
	hash, err := bcrypt.GenerateFromPassword(canonical(password), h.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(hash), nil
}

// matches reports whether the password is the hash's.
func (h *Hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	plain := canonical(password)
	tooLong := len(plain) > maxPasswordBytes
	if tooLong {
		plain = plain[:maxPasswordBytes] // compared all the same: the answer takes as long as any other
	}
	h.runs.Add(1)
	err := bcrypt.CompareHashAndPassword([]byte(hash), plain)
	switch {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("compare password: %w", err)
	}
	return !tooLong, nil
}

// standIn is a hash that no password has, of today's cost: comparing with it
// takes as long as with a real one, where an empty text would return at once.
func (h *Hasher) standIn() string {
	return fmt.Sprintf("$2a$%02d$%s", h.cost, strings.Repeat("/", 53))
}

// outdated reports whether a hash was made at another cost than today's.
func (h *Hasher) outdated(hash string) bool {
	cost, err := bcrypt.Cost([]byte(hash))
	return err != nil || cost != h.cost
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case h.line <- struct{}{}:
	default:
		return errBusy()
	}
	defer func() { <-h.line }()
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return errBusy()
	case <-ctx.Done():
		return fmt.Errorf("wait for a password check: %w", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.slots }

func errBusy() error {
	e := apperr.New(apperr.Unavailable, "busy", "Many people are signing in right now. Try again in a few seconds.")
	e.RetryAfter = 5 * time.Second
	return e
}

// canonical is the one form of a password: a letter typed as one rune or as
// two must give the same bytes on every keyboard (NIST SP 800-63B-4, 3.1.1.2).
func canonical(password string) []byte { return norm.NFC.Bytes([]byte(password)) }
