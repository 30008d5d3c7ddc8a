package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// OperatorChange sets an operator's own password, for who knows the current one
// and holds a code. It ends every other session and returns a fresh one.
func (s *Service) OperatorChange(ctx context.Context, session OperatorSession, client Client, current, code, password string) (IssuedOperator, error) {
	if err := s.Limits.recheck(ctx, session.OperatorID); err != nil {
		return IssuedOperator{}, err
	}
	o, err := s.findOperator(ctx, session.Email)
	if err != nil {
		return IssuedOperator{}, err
	}
	matches, err := s.matches(ctx, o.PasswordHash, current)
	if err != nil {
		return IssuedOperator{}, err
	}
	if !matches {
		return IssuedOperator{}, s.refuseOperatorChange(ctx, session, client, apperr.InvalidField("current_password", "wrong", "This is not your current password."))
	}
	step, err := s.operatorStep(ctx, o, code)
	if err != nil {
		return IssuedOperator{}, err
	}
	if step == 0 {
		return IssuedOperator{}, s.refuseOperatorChange(ctx, session, client, errWrongTOTP())
	}
	if current == password {
		return IssuedOperator{}, apperr.InvalidField("password", "unchanged", "This is your current password.")
	}
	if err := CheckPassword(password, o.Name, o.Email); err != nil {
		return IssuedOperator{}, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return IssuedOperator{}, err
	}
	return s.replaceOperatorPassword(ctx, client, o, step, hash)
}

// operatorStep returns the step of a code that an operator gives beside the right password.
func (s *Service) operatorStep(ctx context.Context, o operatorRow, code string) (int64, error) {
	code = withoutSpaces(code)
	if err := s.Limits.code(ctx, o.ID, code); err != nil {
		return 0, err
	}
	return s.codeStep(o, code)
}

func errWrongTOTP() error {
	return apperr.InvalidField("totp", "wrong", "This code is not right, or was used. Take the newest one.")
}

func (s *Service) refuseOperatorChange(ctx context.Context, session OperatorSession, client Client, refusal error) error {
	err := s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: session.Actor(client), Action: "operator.password_change_refused",
			SubjectKind: "operator", SubjectID: session.OperatorID.String()})
	})
	if err != nil {
		return err
	}
	return refusal
}

func (s *Service) replaceOperatorPassword(ctx context.Context, client Client, o operatorRow, step int64, hash string) (IssuedOperator, error) {
	var issued IssuedOperator
	err := s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		err := tx.QueryRow(ctx, `UPDATE operators SET password_hash = $4, totp_last_step = $2, token_version = token_version + 1
			WHERE id = $1 AND totp_last_step < $2 AND password_hash = $3 AND disabled_at IS NULL RETURNING token_version`, o.ID, step, o.PasswordHash, hash).Scan(&o.TokenVersion)
		if errors.Is(err, pgx.ErrNoRows) {
			return errWrongTOTP()
		}
		if err != nil {
			return fmt.Errorf("set operator password: %w", err)
		}
		if err := endOperatorSessions(ctx, tx, o.ID, now); err != nil {
			return err
		}
		if err := s.tellOperator(ctx, tx, o, mail.OperatorPasswordChanged); err != nil {
			return err
		}
		if issued, err = s.insertOperatorSession(ctx, tx, client, o, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: issued.Actor(client), Action: "operator.password_changed", SubjectKind: "operator", SubjectID: o.ID.String()})
	})
	return issued, err
}

func endOperatorSessions(ctx context.Context, tx pgx.Tx, operator uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE operator_sessions SET ended_at = $2 WHERE operator_id = $1 AND ended_at IS NULL`, operator, now); err != nil {
		return fmt.Errorf("end operator sessions: %w", err)
	}
	return nil
}

func (s *Service) tellOperator(ctx context.Context, tx pgx.Tx, o operatorRow, letter mail.Template) error {
	return s.Mail.Queue(ctx, tx, mail.Mail{Template: letter, To: o.Email, Language: "en",
		Data: map[string]string{"name": o.Name, "at": s.Clock.Now().Format("2006-01-02 15:04 UTC")}})
}

// OperatorDevices lists an operator's own open sessions, newest use first.
func (s *Service) OperatorDevices(ctx context.Context, session OperatorSession) ([]Device, error) {
	now := s.Clock.Now()
	rows, err := s.Operator.Query(ctx, `SELECT id, created_at, last_seen_at, ip, user_agent FROM operator_sessions
		WHERE operator_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at >= $3 ORDER BY last_seen_at DESC, id LIMIT 100`,
		session.OperatorID, now, now.Add(-operatorIdle))
	if err != nil {
		return nil, fmt.Errorf("list operator sessions: %w", err)
	}
	devices, err := pgx.CollectRows(rows, pgx.RowToStructByName[Device])
	if err != nil {
		return nil, fmt.Errorf("list operator sessions: %w", err)
	}
	return devices, nil
}

// EndOperatorDevice ends one of an operator's own sessions; another's is not found.
func (s *Service) EndOperatorDevice(ctx context.Context, session OperatorSession, client Client, id uuid.UUID) error {
	return s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		tag, err := tx.Exec(ctx, `UPDATE operator_sessions SET ended_at = $3 WHERE id = $2 AND operator_id = $1 AND ended_at IS NULL`, session.OperatorID, id, now)
		if err != nil {
			return fmt.Errorf("end operator session: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return apperr.New(apperr.NotFound, "not_found", "There is no such session.")
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: session.Actor(client), Action: "operator.session_ended", SubjectKind: "session", SubjectID: id.String()})
	})
}

// DisableOperator takes an operator's access away for good, and tells them by mail. Nothing but the
// command line calls it, as for ResetOperatorTOTP.
func (s *Service) DisableOperator(ctx context.Context, email string) error {
	return s.onOperator(ctx, email, "operator.disabled", func(tx pgx.Tx, o operatorRow) error {
		if _, err := tx.Exec(ctx, `UPDATE operators SET disabled_at = $2 WHERE id = $1`, o.ID, s.Clock.Now()); err != nil {
			return fmt.Errorf("disable operator: %w", err)
		}
		return s.tellOperator(ctx, tx, o, mail.OperatorDisabled)
	})
}

// ResetOperatorTOTP gives an operator who lost the phone a new secret, which is
// shown this once, and tells them by mail.
func (s *Service) ResetOperatorTOTP(ctx context.Context, email string) (OperatorSetup, error) {
	var setup OperatorSetup
	err := s.onOperator(ctx, email, "operator.totp_reset", func(tx pgx.Tx, o operatorRow) error {
		secret, url, err := newSecret(o.Email)
		if err != nil {
			return err
		}
		setup = OperatorSetup{ID: o.ID, Secret: secret, URL: url}
		_, err = tx.Exec(ctx, `UPDATE operators SET totp_secret = $2 WHERE id = $1`, o.ID, s.Keys.Seal(totpPlace(o.ID), []byte(secret)))
		if err != nil {
			return fmt.Errorf("set operator totp: %w", err)
		}
		return s.tellOperator(ctx, tx, o, mail.OperatorTOTPReset)
	})
	return setup, err
}

// onOperator runs f for the active operator of an address and ends all of their sessions.
func (s *Service) onOperator(ctx context.Context, email, action string, f func(pgx.Tx, operatorRow) error) error {
	o, err := s.findOperator(ctx, email)
	if err != nil {
		return err
	}
	if o.ID == uuid.Nil || o.DisabledAt != nil {
		return apperr.New(apperr.NotFound, "not_found", "There is no active operator with this address.")
	}
	return s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		if _, err := tx.Exec(ctx, `UPDATE operators SET token_version = token_version + 1 WHERE id = $1`, o.ID); err != nil {
			return fmt.Errorf("raise operator's token version: %w", err)
		}
		if err := endOperatorSessions(ctx, tx, o.ID, now); err != nil {
			return err
		}
		if err := f(tx, o); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: audit.SystemActor("command line"), Action: action, SubjectKind: "operator", SubjectID: o.ID.String()})
	})
}
