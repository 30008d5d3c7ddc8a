package dialer

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
)

// followed is how far one replica has followed people who moved. Replicas keep
// it each for itself: what two of them find, one of them changes.
type followed struct {
	campaigns []uuid.UUID // looked at whole, once
	before    string      // whoever was moved by a transaction before this one has been seen
}

// Who waits for a call by the hours of where they no longer are: of campaigns
// $1, or of those moved by transaction $1 or a later one. The second begins with
// the few who moved, whatever the planner guesses (OFFSET 0).
const (
	movedOfSQL = `recipients r JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		WHERE r.campaign_id = ANY($1) AND r.state = 'pending' AND e.call_zone <> r.call_zone`
	movedSinceSQL = `employees e CROSS JOIN LATERAL (SELECT r.id FROM recipients r
			WHERE r.phone_key = e.phone_key AND r.account_id = e.account_id AND r.employee_id = e.id AND r.state = 'pending' AND e.call_zone <> r.call_zone OFFSET 0) r
		WHERE e.moved_in >= $1::text::xid8`
)

// followMoves gives people whose time zone or number was corrected after the
// launch the calling hours of where they are; until then no claim takes them.
//
// It looks at those who moved since its last look that found nobody. A
// launch may have read somebody's zone before they moved and be committed after
// a look that did not see its campaign, so that a campaign is looked at whole
// the first time it is seen. Both are told from one snapshot: whoever moves or
// launches without being seen in it is found by the next look.
func (d *Dialer) followMoves(ctx context.Context) error {
	var now followed
	err := d.Worker.QueryRow(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text, ARRAY(SELECT id FROM campaigns WHERE status IN ('scheduled', 'running', 'paused'))`,
		postgres.PlannedAfresh).Scan(&now.before, &now.campaigns)
	if err != nil {
		return fmt.Errorf("look for moves: %w", err)
	}
	fresh := slices.DeleteFunc(slices.Clone(now.campaigns), func(id uuid.UUID) bool { return slices.Contains(d.followed.campaigns, id) })
	nobody := true
	if len(fresh) > 0 {
		nobody, err = d.follow(ctx, movedOfSQL, fresh)
	}
	if err == nil && d.followed.before != "" {
		var none bool
		none, err = d.follow(ctx, movedSinceSQL, d.followed.before)
		nobody = nobody && none
	}
	if err == nil && nobody {
		d.followed = now
	}
	return err
}

// follow gives those whom among finds their hours. It reports whether there was
// nobody: of those it found another transaction may hold some, so that the next
// look is at the same again.
func (d *Dialer) follow(ctx context.Context, among string, arg any) (nobody bool, err error) {
	rows, err := d.Worker.Query(ctx, `SELECT DISTINCT e.call_zone FROM `+among, arg)
	if err != nil {
		return false, fmt.Errorf("list moved people: %w", err)
	}
	callZones, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return false, fmt.Errorf("list moved people: %w", err)
	}
	for _, callZone := range callZones {
		if err := d.moveTo(ctx, callZone, among, arg); err != nil {
			return false, err
		}
	}
	return len(callZones) == 0, nil
}

// moveTo gives those among the moved who are in one zone now its hours.
func (d *Dialer) moveTo(ctx context.Context, callZone, among string, arg any) error {
	from, until, err := d.Zones.WindowFor(callZone, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("compute calling hours: %w", err)
	}
	return d.sweep(ctx, "follow moved people", `UPDATE recipients SET call_zone = $2, open_from = $3, open_until = $4, due_at = greatest(due_at, $3)
		WHERE id IN (SELECT r.id FROM `+among+` AND e.call_zone = $2 LIMIT $5 FOR NO KEY UPDATE OF r SKIP LOCKED)`, arg, callZone, from, until)
}
