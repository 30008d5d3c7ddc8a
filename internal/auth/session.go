package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// touchAfter spares a write per request: last use is known to the minute.
const touchAfter = time.Minute

// Client is where a request comes from.
type Client struct {
	IP        string
	UserAgent string
	RequestID string
}

func (c Client) anonymous() audit.Actor {
	return audit.Actor{Kind: audit.Anonymous, IP: c.IP, RequestID: c.RequestID}
}

func (c Client) user(id uuid.UUID, name string) audit.Actor {
	return audit.Actor{Kind: audit.User, ID: id, Name: name, IP: c.IP, RequestID: c.RequestID}
}

// userAgent is cut to what a person can recognise a device by.
func (c Client) userAgent() string {
	const longest = 300
	cut := c.UserAgent[:min(len(c.UserAgent), longest)]
	return strings.ToValidUTF8(cut, "") // a header may hold any bytes; the database takes text
}

// Session is a signed-in user, as of this request.
type Session struct {
	ID           uuid.UUID
	AccountID    uuid.UUID
	UserID       uuid.UUID
	Name         string
	Email        string
	Language     string
	Role         string
	Status       string // of the account
	ExpiresAt    time.Time
	lastSeenAt   time.Time
	tokenVersion int
}

// Issued is a session just made, and the cookie's value that carries it.
type Issued struct {
	Session
	Token string

	Device          string // what makes this browser a remembered one, if it just became one
	DeviceExpiresAt time.Time
	Known           Known // what makes it a known one, at each sign-in
}

// Authenticate returns the session of a cookie. It is refused when it has
// ended, was unused for 30 minutes, is older than 12 hours, or when the
// person's token version was raised since (password, reset, revocation).
func (s *Service) Authenticate(ctx context.Context, token string) (Session, error) {
	c, user, err := s.users.parse(token)
	if err != nil {
		return Session{}, err
	}
	var found Session
	err = s.App.InAccount(ctx, c.Account, func(tx pgx.Tx) error {
		found, err = findSession(ctx, tx, c.Session)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if found.UserID != user || found.tokenVersion != c.Version || !now.Before(found.ExpiresAt) || now.Sub(found.lastSeenAt) > userIdle {
			return errSignIn()
		}
		if now.Sub(found.lastSeenAt) < touchAfter {
			return nil
		}
		return touchSession(ctx, tx, found.ID, now)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, errSignIn()
	}
	if err != nil {
		return Session{}, err
	}
	found.AccountID = c.Account
	return found, nil
}

// openSession makes the row and the cookie's value of a new session, in the
// transaction of the act that proved who it is.
func (s *Service) openSession(ctx context.Context, tx pgx.Tx, u userRow, client Client) (Issued, error) {
	now := s.Clock.Now()
	session := Session{
		ID: uuid.New(), AccountID: u.AccountID, UserID: u.ID, Name: u.Name, Email: u.Email, Language: u.Language,
		Role: u.Role, Status: u.Status, ExpiresAt: now.Add(userAbsolute), lastSeenAt: now, tokenVersion: u.TokenVersion,
	}
	if err := insertSession(ctx, tx, session, client, now); err != nil {
		return Issued{}, err
	}
	token, err := s.users.sign(u.ID, u.AccountID, session.ID, u.TokenVersion, session.ExpiresAt)
	if err != nil {
		return Issued{}, fmt.Errorf("sign session: %w", err)
	}
	return Issued{Session: session, Token: token}, nil
}

// Device is one open session as its owner sees it.
type Device struct {
	ID         uuid.UUID
	CreatedAt  time.Time
	LastSeenAt time.Time
	IP         string
	UserAgent  string
}

// Devices lists the user's open sessions, newest use first.
func (s *Service) Devices(ctx context.Context, session Session) ([]Device, error) {
	var devices []Device
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) (err error) {
		now := s.Clock.Now()
		devices, err = listSessions(ctx, tx, session.UserID, now, now.Add(-userIdle))
		return err
	})
	return devices, err
}

// Logout ends this session. Ending it again is no error.
func (s *Service) Logout(ctx context.Context, session Session, client Client) error {
	return s.end(ctx, session, client, session.ID, "user.signed_out")
}

// EndDevice ends one of the user's own sessions; another's is not found.
func (s *Service) EndDevice(ctx context.Context, session Session, client Client, id uuid.UUID) error {
	return s.end(ctx, session, client, id, "session.ended")
}

func (s *Service) end(ctx context.Context, session Session, client Client, id uuid.UUID, action string) error {
	return s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		ended, err := endSession(ctx, tx, session.UserID, id, now)
		if err != nil {
			return err
		}
		if !ended {
			return apperr.New(apperr.NotFound, "not_found", "There is no such session.")
		}
		return audit.Record(ctx, tx, audit.Event{Account: &session.AccountID, At: now, Actor: client.user(session.UserID, session.Name),
			Action: action, SubjectKind: "session", SubjectID: id.String()})
	})
}

// LogoutAll ends every session of the user, this one included.
func (s *Service) LogoutAll(ctx context.Context, session Session, client Client) error {
	return s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		if _, err := raiseVersion(ctx, tx, session.UserID, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &session.AccountID, At: now, Actor: client.user(session.UserID, session.Name),
			Action: "session.all_ended", SubjectKind: "user", SubjectID: session.UserID.String()})
	})
}
