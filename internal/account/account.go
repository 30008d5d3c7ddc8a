// Package account owns the employers: their application, the review by a
// person, what they may set themselves, and the sender number they get. It must
// never let an employer decide its own status, limits or sender, and it rings
// nobody.
package account

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/seal"
)

// Statuses of an account.
const (
	Registered    = "registered"     // applied, the address is not confirmed yet
	PendingReview = "pending_review" // waits for an operator
	Active        = "active"
	Rejected      = "rejected"
	Suspended     = "suspended"
)

// reviewDays is the promise to applicants, in business days.
const reviewDays = 2

// attestationVersion names the wording that an applicant agrees to.
const attestationVersion = "employer-1"

// Deps is what the service is built from.
type Deps struct {
	App       *postgres.Pool
	Operator  *postgres.Pool
	Worker    *postgres.Pool
	Clock     clock.Clock
	Auth      *auth.Service
	Mail      *mail.Outbox
	Keys      *seal.Keys
	ValidZone func(name string) bool // which time zones we know the rules of
	PublicURL string                 // where links in mails lead
	// Blocked tells whether a STOP keeps a sender's texts from a phone, and
	// whether the person has refused the account; consent, which stands above
	// this package, answers it.
	Blocked func(ctx context.Context, tx pgx.Tx, account uuid.UUID, phoneKey []byte, sender uuid.UUID) (stopped, refused bool, err error)
	// SenderAdded tells consent of numbers that did not exist before.
	SenderAdded func(ctx context.Context, tx pgx.Tx, senders []uuid.UUID) error
	OpsEmail    string // who hears of applications
}

// Service keeps the accounts. Its methods are safe for concurrent use.
type Service struct{ Deps }

// New returns the service.
func New(d Deps) *Service { return &Service{Deps: d} }

// User is a person of an account.
type User struct {
	ID              uuid.UUID
	Name            string
	Email           string
	Role            string
	Language        string
	Phone           string // E.164
	PhoneVerifiedAt *time.Time
}

// Account is an employer as its own people see it.
type Account struct {
	ID             uuid.UUID
	LegalName      string
	SpokenName     string
	RegistryNumber string
	Country        string
	Province       string
	Website        string
	EmployeeCount  int
	UseCase        string
	CallbackNumber string
	ContactAddress string
	TimeZone       string
	Status         string
	StatusReason   string
	AppliedAt      *time.Time
	MonthlyLimit   int
	SenderNumber   *string
	TwoPerson      TwoPerson   `db:"-"`
	NameChange     *NameChange `db:"-"` // waits for an operator; nil: none does
}

// zoneData is our own: the machine may have none.
var zoneData = sync.OnceValues(callhours.Load)

// DecideBy is when the applicant hears from us at the latest: two business
// days after the application, counted where the account is: a Friday evening in
// Vancouver is Saturday elsewhere. Holidays are not counted out.
func (a Account) DecideBy() *time.Time {
	if a.AppliedAt == nil {
		return nil
	}
	day := *a.AppliedAt
	if zones, err := zoneData(); err == nil {
		if location, ok := zones.Location(a.TimeZone); ok {
			day = day.In(location)
		}
	}
	for left := reviewDays; left > 0; {
		day = day.AddDate(0, 0, 1)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			left--
		}
	}
	return &day
}

// Profile is who is signed in, and for whom.
type Profile struct {
	User    User
	Account Account
}

// Profile returns the user and its account.
func (s *Service) Profile(ctx context.Context, account, user uuid.UUID) (Profile, error) {
	var p Profile
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		if p.User, err = findUser(ctx, tx, user); err != nil {
			return err
		}
		p.Account, err = findAccount(ctx, tx, account)
		return err
	})
	return p, err
}
