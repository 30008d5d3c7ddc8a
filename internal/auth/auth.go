// Package auth owns who is acting: passwords, sessions, one-time codes of
// operators, and the limits on trying. It must never decide what an account
// may do (account does), and no password, token or code ever reaches a log, an
// audit row or an error.
package auth

import (
	"time"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/seal"
)

// How long a session lives without use, and at most. Operators see every
// account, hence less (NIST SP 800-63B-4, 2.2.3: at most 12 h and 30 min at AAL2).
const (
	userIdle         = 30 * time.Minute
	userAbsolute     = 12 * time.Hour
	operatorIdle     = 15 * time.Minute
	operatorAbsolute = 8 * time.Hour
)

// resetLifetime is how long a password reset link works.
const resetLifetime = time.Hour

// Deps is what the service is built from.
type Deps struct {
	App      *postgres.Pool
	Operator *postgres.Pool
	Worker   *postgres.Pool // records refused logins of nobody we know, which belong to no account
	Clock    clock.Clock
	Machine  clock.Clock // one-time codes follow the machine's clock, which the operator's phone shares
	Mail     *mail.Outbox
	Keys     *seal.Keys
	JWTKeys  []seal.Key // the first signs, all verify
	Hasher   *Hasher
	// PublicURL is where links in mails lead, without a slash at its end.
	PublicURL string
}

// Service answers who is acting. Its methods are safe for concurrent use.
type Service struct {
	Deps
	Limits    *Limits
	users     signer
	operators signer
	browsers  signer // notes of known browsers, which are no sessions
}

// New returns the service.
func New(d Deps) *Service {
	return &Service{
		Deps:      d,
		Limits:    &Limits{pool: d.App, clock: d.Clock},
		users:     signer{keys: d.JWTKeys, audience: "callshu", clock: d.Clock},
		operators: signer{keys: d.JWTKeys, audience: "callshu-operator", clock: d.Clock},
		browsers:  signer{keys: d.JWTKeys, audience: "callshu-browser", clock: d.Clock},
	}
}
