package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// Hold keeps an account's log beyond the two years after which its rows go, or
// lets them go again. Holding what is held keeps the time of the first. It
// stands in the platform's log alone: who is held need not know.
func (s *Service) Hold(ctx context.Context, r Reviewer, id uuid.UUID, held bool, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		at, kept, action := (*time.Time)(nil), "", "account.hold_released"
		if held {
			at, kept, action = &now.at, reason, "account.held"
		}
		was, err := setHold(ctx, tx, id, at, kept)
		if err != nil {
			return err
		}
		if !held && !was {
			return apperr.New(apperr.Conflict, "wrong_status", "This account is not on hold.")
		}
		return audit.Record(ctx, tx, audit.Event{At: now.at, Actor: r.actor(), Action: action, SubjectKind: "account", SubjectID: id.String(),
			Detail: map[string]any{"reason": reason}})
	})
}

// setHold returns whether the account was on hold before. decide holds its row.
func setHold(ctx context.Context, tx pgx.Tx, id uuid.UUID, at *time.Time, reason string) (was bool, err error) {
	err = tx.QueryRow(ctx, `SELECT legal_hold_at IS NOT NULL FROM accounts WHERE id = $1`, id).Scan(&was)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE accounts SET legal_hold_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(legal_hold_at, $2) END,
			legal_hold_reason = $3 WHERE id = $1`, id, at, reason)
	}
	if err != nil {
		return false, fmt.Errorf("set legal hold: %w", err)
	}
	return was, nil
}

// viewedEvery is how often it is said again that the same operator looks at the
// same account.
const viewedEvery = time.Hour

// View returns one account's dossier to an operator, and records in the
// account's own log that they looked.
func (s *Service) View(ctx context.Context, r Reviewer, id uuid.UUID) (Dossier, error) {
	dossier, err := s.Dossier(ctx, id)
	if err != nil {
		return Dossier{}, err
	}
	return dossier, s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		first, err := audit.First(ctx, tx, "account-viewed", r.Session.OperatorID.String()+" "+id.String(), viewedEvery, now)
		if err != nil || !first {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &id, At: now, Actor: r.actor(), Action: "account.viewed", SubjectKind: "account", SubjectID: id.String()})
	})
}
