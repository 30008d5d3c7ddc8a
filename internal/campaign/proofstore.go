package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// ground is what of a recipient is not on the roster.
type ground struct {
	PhoneKey   []byte
	CallZone   string
	OpenUntil  time.Time
	LaunchedBy string
}

func readGround(ctx context.Context, tx pgx.Tx, recipient uuid.UUID) (ground, error) {
	rows, err := tx.Query(ctx, `SELECT r.phone_key, r.call_zone, r.open_until, coalesce(u.name, '') AS launched_by
		FROM recipients r JOIN campaigns c ON c.id = r.campaign_id LEFT JOIN users u ON u.id = c.launched_by WHERE r.id = $1`, recipient)
	if err != nil {
		return ground{}, fmt.Errorf("read recipient: %w", err)
	}
	g, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[ground])
	if err != nil {
		return ground{}, fmt.Errorf("read recipient: %w", err)
	}
	return g, nil
}

// readAttempts goes by the phone: calls have no index of their recipients.
func readAttempts(ctx context.Context, tx pgx.Tx, recipient uuid.UUID) ([]Attempt, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.state, a.call_sid, s.number AS sender, a.language, coalesce(a.consent_event, 0) AS consent_event,
			a.consent_checked_at AS checked_at, a.placed_at, a.ringing_at, a.answered_at, a.ended_at, a.duration_s, a.answered_by, a.answer, a.answered_early,
			a.heard, a.end_requested, a.error_code, a.error
		FROM recipients r
		JOIN attempts a ON a.phone_key = r.phone_key AND a.account_id = r.account_id AND a.recipient_id = r.id
		JOIN senders s ON s.id = a.sender_id
		WHERE r.id = $1 ORDER BY a.created_at, a.id`, recipient)
	if err != nil {
		return nil, fmt.Errorf("list calls of a recipient: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Attempt])
	if err != nil {
		return nil, fmt.Errorf("list calls of a recipient: %w", err)
	}
	return list, nil
}

func readCallBacks(ctx context.Context, tx pgx.Tx, recipient uuid.UUID) ([]CallBack, error) {
	rows, err := tx.Query(ctx, `SELECT call_sid, at, heard, answer FROM inbound_calls WHERE recipient_id = $1 ORDER BY at, call_sid`, recipient)
	if err != nil {
		return nil, fmt.Errorf("list calls back of a recipient: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[CallBack])
	if err != nil {
		return nil, fmt.Errorf("list calls back of a recipient: %w", err)
	}
	return list, nil
}

// callsShown is how many calls a person's own list has.
const callsShown = 20

func callsTo(ctx context.Context, tx pgx.Tx, employee uuid.UUID) ([]PastCall, error) {
	var key []byte
	err := tx.QueryRow(ctx, `SELECT phone_key FROM employees WHERE id = $1 AND deleted_at IS NULL`, employee).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, apperr.New(apperr.NotFound, "employee_not_found", "This person is not on your list.")
	}
	if err != nil {
		return nil, fmt.Errorf("find employee: %w", err)
	}
	rows, err := tx.Query(ctx, `SELECT a.id, c.id AS campaign_id, c.name AS campaign, c.content, r.id AS recipient_id, coalesce(a.placed_at, a.created_at) AS at, a.state, a.call_sid, a.answer
		FROM attempts a JOIN recipients r ON r.id = a.recipient_id JOIN campaigns c ON c.id = a.campaign_id
		WHERE a.phone_key = $1 AND a.kind = 'campaign' AND r.employee_id = $2 ORDER BY a.created_at DESC, a.id DESC LIMIT $3`, key, employee, callsShown)
	if err != nil {
		return nil, fmt.Errorf("list calls to an employee: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[PastCall])
	if err != nil {
		return nil, fmt.Errorf("list calls to an employee: %w", err)
	}
	return list, nil
}
