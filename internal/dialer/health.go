package dialer

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Health is how dialling stands over all accounts and replicas, as far as the
// database knows. What a replica keeps to itself is left out: its breaker, for
// one, says nothing of the others'.
type Health struct {
	Placing    int        // claimed, not yet answered for by the carrier
	Live       int        // queued, ringing or talking
	Unknown    int        // the carrier's answer was lost; being looked for
	LastMinute int        // campaign calls and previews placed in the last minute
	PerMinute  int        // as many as the pace allows
	HeldUntil  *time.Time // the carrier was busy and is given a rest until then, by the database's clock
	Accounts   []AccountHealth
}

// AccountHealth is one account that dials, may dial, or was stopped from it.
type AccountHealth struct {
	AccountID   uuid.UUID
	LegalName   string
	Running     int // campaigns
	Paused      int
	Scheduled   int
	Pending     int // people of those campaigns who wait for a call
	Live        int // calls placing, queued, ringing or talking
	Unknown     int
	Used        int // campaign calls of the last 24 hours
	Quota       int
	PausedAt    *time.Time // by an operator
	PauseReason string
}

// maxHealthRows bounds the table of an operator's page.
const maxHealthRows = 200

// Health reads it.
func (d *Dialer) Health(ctx context.Context) (Health, error) {
	h := Health{PerMinute: int(d.CallsPerSecond * 60)}
	now := d.Clock.Now()
	err := d.Worker.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'placing'), count(*) FILTER (WHERE state IN ('queued', 'initiated', 'ringing', 'in_progress')),
			count(*) FILTER (WHERE state = 'unknown'),
			(SELECT count(*) FROM attempts WHERE placed_at > $1::timestamptz - interval '1 minute' AND created_at > $1::timestamptz - interval '10 minutes'),
			(SELECT held_until FROM pace WHERE key = 'carrier' AND held_until > clock_timestamp())
		FROM attempts WHERE live`, now).
		Scan(&h.Placing, &h.Live, &h.Unknown, &h.LastMinute, &h.HeldUntil)
	if err != nil {
		return Health{}, fmt.Errorf("read health of dialling: %w", err)
	}
	rows, err := d.Worker.Query(ctx, accountHealthSQL, now, maxHealthRows)
	if err != nil {
		return Health{}, fmt.Errorf("list accounts that dial: %w", err)
	}
	if h.Accounts, err = pgx.CollectRows(rows, pgx.RowToStructByName[AccountHealth]); err != nil {
		return Health{}, fmt.Errorf("list accounts that dial: %w", err)
	}
	return h, nil
}

const accountHealthSQL = `
	SELECT a.id AS account_id, a.legal_name, c.running, c.paused, c.scheduled, c.pending, coalesce(l.live, 0) AS live, coalesce(l.unknown, 0) AS unknown,
	       u.used, a.daily_quota AS quota, a.dialling_paused_at AS paused_at, a.dialling_pause_reason AS pause_reason
	FROM accounts a
	CROSS JOIN LATERAL (
		SELECT count(*) FILTER (WHERE status = 'running') AS running, count(*) FILTER (WHERE status = 'paused') AS paused,
		       count(*) FILTER (WHERE status = 'scheduled') AS scheduled,
		       coalesce(sum((SELECT count(*) FROM recipients r WHERE r.campaign_id = k.id AND r.state = 'pending')), 0)::bigint AS pending
		FROM campaigns k WHERE k.account_id = a.id AND k.status IN ('running', 'paused', 'scheduled')) c
	LEFT JOIN (
		SELECT account_id, count(*) FILTER (WHERE state <> 'unknown') AS live, count(*) FILTER (WHERE state = 'unknown') AS unknown
		FROM attempts WHERE live GROUP BY account_id) l ON l.account_id = a.id
	CROSS JOIN LATERAL (
		SELECT count(*) AS used FROM attempts t WHERE t.account_id = a.id AND t.kind = 'campaign' AND t.counted
		  AND t.created_at > $1::timestamptz - interval '24 hours') u
	WHERE a.status = 'active' AND (c.running + c.paused + c.scheduled > 0 OR u.used > 0 OR l.live > 0 OR a.dialling_paused_at IS NOT NULL)
	ORDER BY c.running DESC, a.legal_name, a.id LIMIT $2`
