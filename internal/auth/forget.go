package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
)

// How long what nobody can use any more is still kept, to answer questions about it.
const (
	sessionsKept = 90 * 24 * time.Hour
	tokensKept   = 30 * 24 * time.Hour
	devicesKept  = 30 * 24 * time.Hour
)

// Forget deletes sessions, links of mails and remembered devices that ended long
// ago. The worker's role reaches no others.
func Forget(ctx context.Context, worker *postgres.Pool, now time.Time) error {
	return worker.InTx(ctx, func(tx pgx.Tx) error {
		for _, old := range []struct {
			sql  string
			kept time.Duration
		}{
			{`DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < $1`, sessionsKept},
			{`DELETE FROM operator_sessions WHERE coalesce(ended_at, expires_at) < $1`, sessionsKept},
			{`DELETE FROM email_tokens WHERE expires_at < $1`, tokensKept},
			{`DELETE FROM remembered_devices WHERE expires_at < $1`, devicesKept},
		} {
			if _, err := tx.Exec(ctx, old.sql, now.Add(-old.kept)); err != nil {
				return fmt.Errorf("forget old sessions and links: %w", err)
			}
		}
		return nil
	})
}
