package consent

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Which texts are asked about, and how often: those of which nothing has been
// heard for minutes, less and less often, for a day. Times are the database's.
const (
	pollAfter = "5 minutes"
	pollUntil = "24 hours"
	pollBatch = 20
)

// Poll asks the carrier about texts that it took and whose last callback never
// came: it may have told that the person has said STOP.
func (t *Texter) Poll(ctx context.Context) error {
	type silent struct {
		ID         uuid.UUID
		MessageSID string
	}
	rows, err := t.Worker.Query(ctx, `UPDATE messages SET polled_at = clock_timestamp() WHERE id IN (
			SELECT m.id FROM messages m WHERE m.state IN ('accepted', 'sent') AND m.message_sid IS NOT NULL
				AND m.place_by BETWEEN clock_timestamp() - $1::interval AND clock_timestamp() - $2::interval
				AND (m.polled_at IS NULL OR clock_timestamp() - m.polled_at > greatest($2::interval, (m.polled_at - m.place_by) / 2))
			ORDER BY m.polled_at NULLS FIRST, m.place_by LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, message_sid`, pollUntil, pollAfter, pollBatch)
	if err != nil {
		return fmt.Errorf("list silent texts: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowToStructByName[silent])
	if err != nil {
		return fmt.Errorf("list silent texts: %w", err)
	}
	var failed error
	for _, m := range texts {
		state, err := t.carrier.FetchMessage(ctx, m.MessageSID)
		if err == nil {
			err = t.MessageStatus(ctx, m.ID, m.MessageSID, state.Status, state.ErrorCode)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("ask about a silent text: %w", err))
		}
	}
	return failed
}
