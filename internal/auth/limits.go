package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// Limits are exact sliding logs in the database: replicas share them, restarts
// keep them, and parallel requests cannot slip through together.
type Limits struct {
	pool  *postgres.Pool
	clock clock.Clock
}

// A limit admits so many hits in any span of its window.
type limit struct {
	bucket string
	hits   int
	window time.Duration
}

var (
	// limitAuth is the published promise: over login, registration, reset and verification together.
	limitAuth = limit{"auth", 10, 15 * time.Minute}
	// limitPreview is the published promise for preview calls.
	limitPreview = limit{"preview", 5, 15 * time.Minute}
	// limitEmail slows a guess that comes from many addresses at once. It holds for
	// browsers that the person never signed in from; limitKnown is for the others.
	limitEmail = limit{"login-email", 30, 15 * time.Minute}
	// limitMail bounds how many mails a stranger can cause at somebody's address.
	limitMail = limit{"mail-user", 5, time.Hour}
	// limitCodeUser and limitCodePhone bound what our texts may cost and whom they may bother.
	limitCodeUser  = limit{"code-user", 5, time.Hour}
	limitCodePhone = limit{"code-phone", 5, 24 * time.Hour}
)

// limitKnown bounds the tries of a browser that the person has signed in from, and
// limitRecheck those of whoever is signed in. Both are their own: no stranger uses
// them up, and whoever has stolen such a browser's cookies guesses no more than these.
func limitKnown() limit   { return limit{"login-known", 10, 15 * time.Minute} }
func limitRecheck() limit { return limit{"recheck", 10, 15 * time.Minute} }

// limitApplicants and limitApplicantNetwork bound what we text for those whom nobody
// has approved: all of them together, and those who come from one place.
func limitApplicants() limit       { return limit{"code-applicants", 30, time.Hour} }
func limitApplicantNetwork() limit { return limit{"code-network", 10, 24 * time.Hour} }

// limitTOTP bounds guesses at six digits. Only who knows the password gets here,
// and a recovery code or a remembered device passes it: nobody is locked out.
func limitTOTP() limit { return limit{"totp-user", 20, time.Hour} }

// limitEmailChange bounds the mails that somebody causes by changing their address.
func limitEmailChange() limit { return limit{"email-change", 5, 24 * time.Hour} }

// code takes one of the guesses at a user's one-time code; a recovery code is
// too long to guess.
func (l *Limits) code(ctx context.Context, user uuid.UUID, typed string) error {
	if !looksLikeCode(typed) {
		return nil
	}
	return l.take(ctx, limitTOTP(), user.String())
}

// Allowance is how many hits a limit admits, and how many of them are left.
type Allowance struct{ Limit, Left int }

// Auth takes one of the ten attempts that an address has in any 15 minutes, and
// says how many are left. It returns a TooMany refusal that says when the next
// one is free.
func (l *Limits) Auth(ctx context.Context, ip string) (Allowance, error) {
	var wait float64
	a := Allowance{Limit: limitAuth.hits}
	err := l.pool.QueryRow(ctx, `SELECT wait, rate_left($1, $2, $3) FROM take_rate($1, $2, $3, $4, $5) AS t (wait)`,
		limitAuth.bucket, NetworkOf(ip), limitAuth.hits, limitAuth.window, l.clock.Now()).Scan(&wait, &a.Left)
	return a, limitAuth.refusal(wait, err)
}

// Preview returns what takes one of the five preview calls that an account has
// in any 15 minutes. It does so in the transaction of the call: of what is
// refused after it, or never committed, nothing rings, and nothing is taken.
func (l *Limits) Preview(account uuid.UUID) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error { return l.takeIn(ctx, tx, limitPreview, account.String()) }
}

// PhoneCode takes one of the verification texts that a user and a number (by
// its keyed hash) may have.
func (l *Limits) PhoneCode(ctx context.Context, user uuid.UUID, phoneKey []byte) error {
	if err := l.take(ctx, limitCodeUser, user.String()); err != nil {
		return err
	}
	return l.take(ctx, limitCodePhone, hex.EncodeToString(phoneKey))
}

// ApplicantCode takes one of the verification texts that employers have whom nobody
// has approved yet: anybody can register, and make us text whomever they name. One
// place uses up its own few, not what everybody has.
func (l *Limits) ApplicantCode(ctx context.Context, ip string) error {
	if err := l.take(ctx, limitApplicantNetwork(), NetworkOf(ip)); err != nil {
		return err
	}
	return l.take(ctx, limitApplicants(), "all")
}

// recheck takes one of the tries of somebody signed in, user or operator, to prove again who they are.
func (l *Limits) recheck(ctx context.Context, person uuid.UUID) error {
	return l.take(ctx, limitRecheck(), person.String())
}

// email takes one login attempt of an address, whichever stranger makes it. The log keeps
// a hash: addresses that are not ours have no business in our tables.
func (l *Limits) email(ctx context.Context, email string) error {
	sum := sha256.Sum256([]byte(strings.ToLower(email)))
	return l.take(ctx, limitEmail, hex.EncodeToString(sum[:16]))
}

// mail reports whether one more mail may go to a user because somebody typed
// the address. Beyond it nothing is sent and nobody is told: the answer to the
// one who typed it is the same either way.
func (l *Limits) mail(ctx context.Context, user uuid.UUID) (bool, error) {
	err := l.take(ctx, limitMail, user.String())
	if apperr.HasCode(err, "too_many_requests") {
		return false, nil
	}
	return err == nil, err
}

func (l *Limits) take(ctx context.Context, lim limit, key string) error {
	return l.takeIn(ctx, l.pool, lim, key)
}

func (l *Limits) takeIn(ctx context.Context, q rower, lim limit, key string) error {
	var wait float64
	err := q.QueryRow(ctx, `SELECT take_rate($1, $2, $3, $4, $5)`,
		lim.bucket, key, lim.hits, lim.window, l.clock.Now()).Scan(&wait)
	return lim.refusal(wait, err)
}

// refusal is what somebody gets who has to wait for the next hit, or whose hit
// could not be counted; nil for who is admitted.
func (lim limit) refusal(wait float64, err error) error {
	if err != nil {
		// Without its log a limit cannot be kept, and nobody is let past one.
		return fmt.Errorf("take %s limit: %w: %w", lim.bucket, errUncounted(), err)
	}
	if wait == 0 {
		return nil
	}
	refusal := apperr.New(apperr.TooMany, "too_many_requests", "Too many attempts. Try again later.")
	refusal.RetryAfter = time.Duration(math.Ceil(wait)) * time.Second
	return refusal
}

// rower is a pool, or a transaction whose end decides whether a hit counts.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func errUncounted() error {
	refusal := apperr.New(apperr.Unavailable, "unavailable", "This cannot be done right now. Please try again in a few seconds.")
	refusal.RetryAfter = 5 * time.Second
	return refusal
}

// NetworkOf is the key under which an address is limited: itself for IPv4, its
// /64 for IPv6, of which one household has a whole one. A text that is no
// address is its own key.
func NetworkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return network.String()
}
