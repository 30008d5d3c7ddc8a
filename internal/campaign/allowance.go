package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Who paused dialling, beside the employer itself.
const (
	PausedByPlatform = "platform" // an operator, for all accounts
	PausedByOperator = "account"  // an operator, for this one
)

// Allowance is what decides, beside the campaign itself, whether its calls go
// out: an operator's pause, and the account's daily quota.
type Allowance struct {
	PausedBy    string // empty: nobody
	PauseReason string
	PausedAt    *time.Time
	Quota       int        // campaign calls in any 24 hours, over all campaigns
	Used        int        // of the last 24 hours
	MoreAt      *time.Time // when the next call is allowed, where none is left and more will be
}

// Left is how many calls the quota still allows at this moment.
func (a Allowance) Left() int { return max(0, a.Quota-a.Used) }

// countedSQL are the calls that the quota counts, as the claim counts them; $1
// is now.
const countedSQL = ` FROM attempts WHERE kind = 'campaign' AND counted AND created_at > $1::timestamptz - interval '24 hours'`

func readAllowance(ctx context.Context, tx pgx.Tx, now time.Time) (*Allowance, error) {
	var a Allowance
	var all, own *time.Time
	var allReason, ownReason string
	err := tx.QueryRow(ctx, `SELECT p.dialling_paused_at, p.pause_reason, a.dialling_paused_at, a.dialling_pause_reason, a.daily_quota, (SELECT count(*)`+countedSQL+`)
		FROM platform p CROSS JOIN accounts a`, now).Scan(&all, &allReason, &own, &ownReason, &a.Quota, &a.Used)
	if err != nil {
		return nil, fmt.Errorf("read allowance: %w", err)
	}
	switch {
	case all != nil:
		a.PausedBy, a.PausedAt, a.PauseReason = PausedByPlatform, all, allReason
	case own != nil:
		a.PausedBy, a.PausedAt, a.PauseReason = PausedByOperator, own, ownReason
	}
	if a.Left() > 0 || a.Quota == 0 {
		return &a, nil
	}
	// One more is allowed when all but quota-1 of them have left the span.
	err = tx.QueryRow(ctx, `SELECT created_at + interval '24 hours'`+countedSQL+` ORDER BY created_at OFFSET $2 LIMIT 1`, now, a.Used-a.Quota).Scan(&a.MoreAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // given back between the two statements
		return nil, fmt.Errorf("read quota: %w", err)
	}
	return &a, nil
}
