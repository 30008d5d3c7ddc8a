package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// proofAgain is what somebody who is signed in gives once more, before what
// guards the sign-in changes: a cookie alone, which a stranger may have come by,
// must not be enough to take an account over.
type proofAgain struct {
	password string
	code     string // one-time or recovery, where the second factor is on
	refused  string // the action under which a wrong one is noted
}

// recheck asks for the password again and, where one-time codes are on, for some
// code, and returns the user. Whether the code is right is for whileProved to
// say, which uses it up.
func (s *Service) recheck(ctx context.Context, session Session, client Client, again *proofAgain) (userRow, error) {
	user, err := s.reauthenticate(ctx, session, client, again.password, again.refused)
	if err != nil || !user.SecondFactor {
		return user, err
	}
	again.code = withoutSpaces(again.code)
	if again.code == "" {
		return userRow{}, s.refuseRecheck(ctx, session, client, again.refused, map[string]any{"code": "missing"},
			apperr.InvalidField("code", "required", "Type the code from your authenticator app, or a recovery code."))
	}
	return user, s.Limits.code(ctx, session.UserID, again.code)
}

// whileProved runs f with the row of a rechecked user locked and, where one-time
// codes are on, their code used up in the same transaction. A remembered browser
// is spared the code at sign-in, never here. A wrong code is noted, and f not run.
func (s *Service) whileProved(ctx context.Context, session Session, client Client, user userRow, again proofAgain, f func(pgx.Tx, userRow) error) error {
	wrong := false
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		locked, err := findUser(ctx, tx, session.UserID, true)
		if err != nil {
			return err
		}
		if locked.PasswordHash != user.PasswordHash || locked.SecondFactor != user.SecondFactor {
			return apperr.New(apperr.Conflict, "changed_meanwhile", "The password was changed meanwhile. Sign in again.")
		}
		if locked.SecondFactor {
			proof, err := s.prove(ctx, tx, locked, client, again.code)
			if err != nil {
				return err
			}
			if proof == "" {
				wrong = true
				return s.recordOwn(ctx, tx, locked, client, again.refused, map[string]any{"code": "wrong"})
			}
		}
		return f(tx, locked)
	})
	if err == nil && wrong {
		return errWrongCode()
	}
	return err
}

// reauthenticate asks somebody who is signed in for the password again, and
// returns the user. A wrong one is noted as the action says.
func (s *Service) reauthenticate(ctx context.Context, session Session, client Client, password, refused string) (userRow, error) {
	if err := s.Limits.recheck(ctx, session.UserID); err != nil {
		return userRow{}, err
	}
	_, user, err := s.findLogin(ctx, session.Email)
	if err != nil {
		return userRow{}, err
	}
	matches, err := s.matches(ctx, user.PasswordHash, password)
	if err != nil || matches {
		return user, err
	}
	return userRow{}, s.refuseRecheck(ctx, session, client, refused, nil, apperr.InvalidField("current_password", "wrong", "This is not your current password."))
}

// refuseRecheck notes that somebody signed in could not prove it again, and
// returns the refusal.
func (s *Service) refuseRecheck(ctx context.Context, session Session, client Client, action string, detail map[string]any, refusal error) error {
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		return audit.Record(ctx, tx, audit.Event{Account: &session.AccountID, At: s.Clock.Now(), Actor: client.user(session.UserID, session.Name),
			Action: action, SubjectKind: "user", SubjectID: session.UserID.String(), Detail: detail})
	})
	if err != nil {
		return err
	}
	return refusal
}
