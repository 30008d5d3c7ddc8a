package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/postgres"
)

// restoredReason is what operators and employers read.
const restoredReason = "The database was restored or has failed over. An operator compares its last calls with the carrier's before dialling goes on."

// watchServer pauses all dialling when the database is another server or on
// another timeline than the one that calls were last placed from (I12): people
// who were rung since the backup are pending again, and only an operator can
// tell. Texts need no such pause: the sweep goes on from where the database says
// it was, and nobody is dialled from a number that has not been swept.
//
// No claim waits for this: readPace compares the two itself.
func (d *Dialer) watchServer(ctx context.Context) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var known *string
		var now string
		err := tx.QueryRow(ctx, `SELECT server, database_server() FROM platform WHERE server IS DISTINCT FROM database_server() FOR NO KEY UPDATE`).Scan(&known, &now)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("compare database server: %w", err)
		}
		if known == nil {
			_, err := tx.Exec(ctx, `UPDATE platform SET server = $1`, now)
			return err
		}
		at := d.Clock.Now()
		_, err = tx.Exec(ctx, `UPDATE platform SET server = $1, dialling_paused_at = coalesce(dialling_paused_at, $2), pause_reason = $3`, now, at, restoredReason)
		if err != nil {
			return fmt.Errorf("pause after a restore: %w", err)
		}
		d.Log.WarnContext(ctx, "the database is another than before: all dialling waits for an operator", "was", *known, "is", now)
		if err := postgres.NotifyDiallers(ctx, tx, "platform"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{At: at, Actor: audit.SystemActor("dialler"), Action: "platform.paused", SubjectKind: "platform",
			Detail: map[string]any{"reason": restoredReason, "was": *known, "is": now}})
	})
}
