package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
)

// NewOperator is somebody of Callshu's staff to be.
type NewOperator struct {
	Email    string
	Name     string
	Team     string // support, security or development
	Password string // empty: one is made
}

// OperatorSetup is shown once, to who runs the command.
type OperatorSetup struct {
	ID       uuid.UUID
	Password string // set when it was made here
	Secret   string // base32, for an authenticator app
	URL      string // the same as otpauth://
}

// AddOperator makes an operator. Nothing but the command line calls it: no
// route makes operators.
func (s *Service) AddOperator(ctx context.Context, n NewOperator) (OperatorSetup, error) {
	setup := OperatorSetup{ID: uuid.New()}
	if n.Password == "" {
		n.Password = rand.Text()
		setup.Password = n.Password
	}
	address, ok := mail.Address(n.Email)
	if !ok || strings.TrimSpace(n.Name) == "" {
		return OperatorSetup{}, errors.New("add operator: an e-mail address that we can write to and a name are needed")
	}
	n.Email = address
	if err := CheckPassword(n.Password, n.Name, n.Email); err != nil {
		return OperatorSetup{}, err
	}
	var err error
	if setup.Secret, setup.URL, err = newSecret(n.Email); err != nil {
		return OperatorSetup{}, err
	}
	hash, err := s.Hasher.Hash(ctx, n.Password)
	if err != nil {
		return OperatorSetup{}, err
	}
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, $2, $3, $4, $5, $6)`,
			setup.ID, n.Email, n.Name, n.Team, hash, s.Keys.Seal(totpPlace(setup.ID), []byte(setup.Secret)))
		if postgres.IsUnique(err, "operators_email") {
			return apperr.New(apperr.Conflict, "duplicate_email", "An operator with this address exists.")
		}
		if err != nil {
			return fmt.Errorf("insert operator: %w", err)
		}
		return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: audit.SystemActor("command line"),
			Action: "operator.added", SubjectKind: "operator", SubjectID: setup.ID.String(), Detail: map[string]any{"team": n.Team}})
	})
	if err != nil {
		return OperatorSetup{}, err
	}
	return setup, nil
}

func totpPlace(id uuid.UUID) string { return "operators:totp_secret:" + id.String() }

// OperatorSession is a signed-in operator, as of this request.
type OperatorSession struct {
	ID         uuid.UUID
	OperatorID uuid.UUID
	Name       string
	Email      string
	Team       string
	ExpiresAt  time.Time
}

// Actor is the operator as the audit log names it.
func (o OperatorSession) Actor(client Client) audit.Actor {
	return audit.Actor{Kind: audit.Operator, ID: o.OperatorID, Name: o.Name, IP: client.IP, RequestID: client.RequestID}
}

// IssuedOperator is an operator's session just made, and its cookie's value.
type IssuedOperator struct {
	OperatorSession
	Token string
	Known Known // what makes this browser a known one, at each sign-in
}

type operatorRow struct {
	ID           uuid.UUID
	Email        string
	Name         string
	Team         string
	PasswordHash string
	TOTPSecret   []byte `db:"totp_secret"`
	TokenVersion int
	DisabledAt   *time.Time
}

// OperatorLogin opens an operator's session for the right address, password
// and one-time code, all three; a code is accepted once. known is what a browser
// holds that somebody has signed in from.
func (s *Service) OperatorLogin(ctx context.Context, client Client, email, password, code, known string) (IssuedOperator, error) {
	o, err := s.findOperator(ctx, email)
	if err != nil {
		return IssuedOperator{}, err
	}
	if err := s.countTry(ctx, "operator:"+email, known, o.ID); err != nil {
		return IssuedOperator{}, err
	}
	matches, err := s.matches(ctx, o.PasswordHash, password)
	if err != nil {
		return IssuedOperator{}, err
	}
	var step int64
	if matches { // guesses at codes are counted; a stranger's are none, and lock nobody out
		step, err = s.operatorStep(ctx, o, code)
	}
	if refusal, ok := apperr.As(err); ok && refusal.Kind == apperr.TooMany {
		err = nil // refused like any other: that codes are counted would tell that the password was right
	}
	if err != nil {
		return IssuedOperator{}, err
	}
	if !matches || step == 0 || o.DisabledAt != nil {
		return IssuedOperator{}, s.refuseOperator(ctx, client, o.ID)
	}
	issued, err := s.openOperatorSession(ctx, client, o, step)
	if apperr.HasCode(err, "bad_credentials") { // the code was used before
		return IssuedOperator{}, s.refuseOperator(ctx, client, o.ID)
	}
	if err == nil {
		issued.Known, err = s.know(known, o.ID)
	}
	return issued, err
}

func (s *Service) findOperator(ctx context.Context, email string) (operatorRow, error) {
	rows, err := s.Operator.Query(ctx, `SELECT id, email, name, team, password_hash, totp_secret, token_version, disabled_at
		FROM operators WHERE lower(email) = lower($1)`, email)
	if err != nil {
		return operatorRow{}, fmt.Errorf("find operator: %w", err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[operatorRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return operatorRow{}, nil
	}
	if err != nil {
		return operatorRow{}, fmt.Errorf("find operator: %w", err)
	}
	return o, nil
}

// codeStep returns the time step that an operator's code belongs to, 0 when it is wrong.
func (s *Service) codeStep(o operatorRow, code string) (int64, error) {
	if o.ID == uuid.Nil {
		return 0, nil
	}
	return s.stepOf(totpPlace(o.ID), o.TOTPSecret, code)
}

func (s *Service) openOperatorSession(ctx context.Context, client Client, o operatorRow, step int64) (IssuedOperator, error) {
	var issued IssuedOperator
	err := s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		// The row's lock lets one of two logins with the same code pass.
		tag, err := tx.Exec(ctx, `UPDATE operators SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 AND password_hash = $3 AND disabled_at IS NULL`,
			o.ID, step, o.PasswordHash)
		if err != nil {
			return fmt.Errorf("use one-time code: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errBadCredentials()
		}
		now := s.Clock.Now()
		if issued, err = s.insertOperatorSession(ctx, tx, client, o, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: issued.Actor(client), Action: "operator.signed_in", SubjectKind: "session", SubjectID: issued.ID.String()})
	})
	return issued, err
}

func (s *Service) insertOperatorSession(ctx context.Context, tx pgx.Tx, client Client, o operatorRow, now time.Time) (IssuedOperator, error) {
	issued := IssuedOperator{OperatorSession: OperatorSession{ID: uuid.New(), OperatorID: o.ID, Name: o.Name, Email: o.Email, Team: o.Team, ExpiresAt: now.Add(operatorAbsolute)}}
	_, err := tx.Exec(ctx, `INSERT INTO operator_sessions (id, operator_id, ip, user_agent, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $5, $6)`, issued.ID, o.ID, client.IP, client.userAgent(), now, issued.ExpiresAt)
	if err != nil {
		return IssuedOperator{}, fmt.Errorf("insert operator session: %w", err)
	}
	if issued.Token, err = s.operators.sign(o.ID, uuid.Nil, issued.ID, o.TokenVersion, issued.ExpiresAt); err != nil {
		return IssuedOperator{}, fmt.Errorf("sign operator session: %w", err)
	}
	return issued, nil
}

// refuseOperator notes a refused login and returns the refusal.
func (s *Service) refuseOperator(ctx context.Context, client Client, operator uuid.UUID) error {
	event := audit.Event{At: s.Clock.Now(), Actor: client.anonymous(), Action: "operator.sign_in_refused"}
	if operator != uuid.Nil {
		event.SubjectKind, event.SubjectID = "operator", operator.String()
	}
	if err := s.Operator.InTx(ctx, func(tx pgx.Tx) error { return audit.Record(ctx, tx, event) }); err != nil {
		return err
	}
	return errBadCredentials()
}

// AuthenticateOperator returns the session of an operator's cookie. It is
// refused when it has ended, was unused for 15 minutes, or is older than 8 hours.
func (s *Service) AuthenticateOperator(ctx context.Context, token string) (OperatorSession, error) {
	c, operator, err := s.operators.parse(token)
	if err != nil {
		return OperatorSession{}, err
	}
	var session OperatorSession
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		var lastSeen time.Time
		var version int
		err := tx.QueryRow(ctx, `SELECT s.id, s.operator_id, s.expires_at, s.last_seen_at, o.name, o.email, o.team, o.token_version
			FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
			WHERE s.id = $1 AND s.ended_at IS NULL AND o.disabled_at IS NULL`, c.Session).
			Scan(&session.ID, &session.OperatorID, &session.ExpiresAt, &lastSeen, &session.Name, &session.Email, &session.Team, &version)
		if err != nil {
			return fmt.Errorf("find operator session: %w", err)
		}
		now := s.Clock.Now()
		if session.OperatorID != operator || version != c.Version || !now.Before(session.ExpiresAt) || now.Sub(lastSeen) > operatorIdle {
			return errSignIn()
		}
		if now.Sub(lastSeen) < touchAfter {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE operator_sessions SET last_seen_at = $2 WHERE id = $1`, session.ID, now); err != nil {
			return fmt.Errorf("touch operator session: %w", err)
		}
		return nil
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return OperatorSession{}, errSignIn()
	}
	if err != nil {
		return OperatorSession{}, err
	}
	return session, nil
}

// OperatorLogout ends this session.
func (s *Service) OperatorLogout(ctx context.Context, session OperatorSession, client Client) error {
	return s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		if _, err := tx.Exec(ctx, `UPDATE operator_sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, session.ID, now); err != nil {
			return fmt.Errorf("end operator session: %w", err)
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: session.Actor(client), Action: "operator.signed_out", SubjectKind: "session", SubjectID: session.ID.String()})
	})
}
