package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
)

// maxQuota bounds what an operator may type.
const maxQuota = 1_000_000

// PauseDialling stops or resumes the calls of one account, whose people go on
// working otherwise: nothing is suspended, no session ends, and campaigns wait
// where they are. The dialler reads it with each claim. Pausing what is paused
// keeps the time of the first.
func (s *Service) PauseDialling(ctx context.Context, r Reviewer, id uuid.UUID, paused bool, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		action, letter, at, kept := "account.dialling_resumed", mail.DiallingResumed, (*time.Time)(nil), ""
		if paused {
			action, letter, at, kept = "account.dialling_paused", mail.DiallingPaused, &now.at, reason
		}
		was, err := setDiallingPause(ctx, tx, id, at, kept)
		if err != nil {
			return err
		}
		if !paused && !was {
			return apperr.New(apperr.Conflict, "wrong_status", "The calls of this account are not paused.")
		}
		if err := postgres.NotifyDiallers(ctx, tx, id.String()); err != nil {
			return err
		}
		if was != paused {
			if err := s.tellOwners(ctx, tx, id, letter, map[string]string{"reason": reason, "link": s.PublicURL + "/campaigns"}); err != nil {
				return err
			}
		}
		return s.recordDecision(ctx, tx, r, id, now, action, map[string]any{"reason": reason})
	})
}

// SetQuota changes how many campaign calls an account may make in any 24 hours.
func (s *Service) SetQuota(ctx context.Context, r Reviewer, id uuid.UUID, quota int, reason string) error {
	var f apperr.Fields
	if quota < 0 || quota > maxQuota {
		f.Add("daily_quota", "out_of_range", "Between 0 and %d calls.", maxQuota)
	}
	reason = line(&f, "reason", reason, 5, maxReason)
	if err := f.Err(); err != nil {
		return err
	}
	return s.decide(ctx, r, id, func(tx pgx.Tx, now decision) error {
		before, err := setQuota(ctx, tx, id, quota)
		if err != nil {
			return err
		}
		if err := postgres.NotifyDiallers(ctx, tx, id.String()); err != nil {
			return err
		}
		return s.recordDecision(ctx, tx, r, id, now, "account.quota_changed", map[string]any{
			"daily_quota": map[string]int{"from": before, "to": quota}, "reason": reason})
	})
}

// setDiallingPause returns whether the account was paused before. decide holds
// its row.
func setDiallingPause(ctx context.Context, tx pgx.Tx, id uuid.UUID, at *time.Time, reason string) (was bool, err error) {
	err = tx.QueryRow(ctx, `SELECT dialling_paused_at IS NOT NULL FROM accounts WHERE id = $1`, id).Scan(&was)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE accounts SET dialling_paused_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(dialling_paused_at, $2) END,
			dialling_pause_reason = $3 WHERE id = $1`, id, at, reason)
	}
	if err != nil {
		return false, fmt.Errorf("set dialling pause: %w", err)
	}
	return was, nil
}

// setQuota returns the quota that held before.
func setQuota(ctx context.Context, tx pgx.Tx, id uuid.UUID, quota int) (before int, err error) {
	err = tx.QueryRow(ctx, `SELECT daily_quota FROM accounts WHERE id = $1`, id).Scan(&before)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE accounts SET daily_quota = $2 WHERE id = $1`, id, quota)
	}
	if err != nil {
		return 0, fmt.Errorf("set quota: %w", err)
	}
	return before, nil
}
