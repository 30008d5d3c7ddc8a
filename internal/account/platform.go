package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/postgres"
)

// Pause is whether dialling is stopped for the whole platform.
type Pause struct {
	PausedAt *time.Time
	Reason   string
}

// Pause returns the platform's state.
func (s *Service) Pause(ctx context.Context) (Pause, error) {
	var p Pause
	err := s.Operator.QueryRow(ctx, `SELECT dialling_paused_at, pause_reason FROM platform`).Scan(&p.PausedAt, &p.Reason)
	if err != nil {
		return Pause{}, fmt.Errorf("read platform pause: %w", err)
	}
	return p, nil
}

// SetPause stops or resumes all dialling. The dialler reads it with each claim.
// Setting what is set already keeps the time of the first.
func (s *Service) SetPause(ctx context.Context, r Reviewer, paused bool, reason string) (Pause, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Pause{}, err
	}
	var p Pause
	err = s.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		at, kept, action := (*time.Time)(nil), "", "platform.resumed"
		if paused {
			at, kept, action = &now, reason, "platform.paused"
		}
		err := tx.QueryRow(ctx, `UPDATE platform SET dialling_paused_at = CASE WHEN $1::timestamptz IS NULL THEN NULL ELSE coalesce(dialling_paused_at, $1) END,
			pause_reason = $2 RETURNING dialling_paused_at, pause_reason`, at, kept).Scan(&p.PausedAt, &p.Reason)
		if err != nil {
			return fmt.Errorf("set platform pause: %w", err)
		}
		if err := postgres.NotifyDiallers(ctx, tx, "platform"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: r.actor(), Action: action, SubjectKind: "platform", Detail: map[string]any{"reason": reason}})
	})
	return p, err
}

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Queue string
	Kind  string
	State string
	Count int
}

// Jobs counts the job queue, for operators.
func (s *Service) Jobs(ctx context.Context) ([]JobCount, error) {
	rows, err := s.Operator.Query(ctx, `SELECT queue, kind, state::text AS state, count(*)::int AS count FROM river_job GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[JobCount])
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return counts, nil
}
