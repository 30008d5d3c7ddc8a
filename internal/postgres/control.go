package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ControlChannel carries what somebody did that diallers must act upon before
// their next tick: the id of a campaign that was launched, paused, resumed or
// cancelled, of an account, or the word of the whole platform.
const ControlChannel = "callshu_control"

// NotifyDiallers tells the diallers of every replica, once tx is committed,
// that they must look at what they may dial.
func NotifyDiallers(ctx context.Context, tx pgx.Tx, what string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, ControlChannel, what); err != nil {
		return fmt.Errorf("notify diallers: %w", err)
	}
	return nil
}
