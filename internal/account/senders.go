package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Sender is a number of ours, with how many accounts call from it.
type Sender struct {
	ID       uuid.UUID
	Number   string
	Active   bool
	Accounts int
}

// EnsureSenders makes the configured numbers the active ones, at start. A
// number that is no longer configured stays with its accounts, but gets no new
// ones.
func (s *Service) EnsureSenders(ctx context.Context, numbers []string, messagingServiceSID string) error {
	var service *string
	if messagingServiceSID != "" {
		service = &messagingServiceSID
	}
	return s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		// xmax is 0 for a row that was inserted rather than updated.
		rows, err := tx.Query(ctx, `WITH ensured AS (
			INSERT INTO senders (number, messaging_service_sid) SELECT n, $2 FROM unnest($1::text[]) WITH ORDINALITY AS wanted (n, place) ORDER BY place
			ON CONFLICT (number) DO UPDATE SET active = true, messaging_service_sid = EXCLUDED.messaging_service_sid
			RETURNING id, xmax = 0 AS added)
			SELECT id FROM ensured WHERE added`, numbers, service)
		if err != nil {
			return fmt.Errorf("ensure senders: %w", err)
		}
		added, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return fmt.Errorf("ensure senders: %w", err)
		}
		if len(added) > 0 && s.SenderAdded != nil {
			if err := s.SenderAdded(ctx, tx, added); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE senders SET active = false WHERE active AND number <> ALL ($1::text[])`, numbers); err != nil {
			return fmt.Errorf("retire senders: %w", err)
		}
		return nil
	})
}

// Senders lists our numbers, for operators.
func (s *Service) Senders(ctx context.Context) ([]Sender, error) {
	var senders []Sender
	err := s.Operator.InTx(ctx, func(tx pgx.Tx) (err error) {
		senders, err = listSenders(ctx, tx)
		return err
	})
	return senders, err
}

func listSenders(ctx context.Context, tx pgx.Tx) ([]Sender, error) {
	rows, err := tx.Query(ctx, `SELECT s.id, s.number, s.active, count(a.id)::int AS accounts
		FROM senders s LEFT JOIN accounts a ON a.sender_id = s.id GROUP BY s.id ORDER BY s.created_at, s.number`)
	if err != nil {
		return nil, fmt.Errorf("list senders: %w", err)
	}
	senders, err := pgx.CollectRows(rows, pgx.RowToStructByName[Sender])
	if err != nil {
		return nil, fmt.Errorf("list senders: %w", err)
	}
	return senders, nil
}
