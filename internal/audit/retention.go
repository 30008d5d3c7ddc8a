package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// Kept is how long a row of the log is kept; the database itself deletes none
// that is younger.
const Kept = 730 * 24 * time.Hour

// purgeStep bounds how many seals one transaction of a purge passes.
const purgeStep = 10_000

// Retention deletes rows of the log whose time is over.
type Retention struct {
	Worker *postgres.Pool
	Clock  clock.Clock
}

// Purge deletes what is older than Kept, chain by chain from its start, and
// returns how many rows that were. The seals stay and verify as before, and
// each deletion is itself a row of the platform's log. An account on legal hold
// loses nothing, nor does the platform's own chain as long as there is one.
func (r *Retention) Purge(ctx context.Context) (int64, error) {
	var total int64
	for {
		var passed, gone int64
		err := r.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
			passed, gone, err = r.purgeSome(ctx, tx)
			return err
		})
		total += gone
		if err != nil || passed == 0 {
			return total, err
		}
	}
}

func (r *Retention) purgeSome(ctx context.Context, tx pgx.Tx) (passed, gone int64, err error) {
	now := r.Clock.Now()
	older, err := Older(ctx, tx, now)
	if err != nil {
		return 0, 0, err
	}
	rows, err := tx.Query(ctx, everyChain+` SELECT chain FROM chains WHERE chain IS NOT NULL`)
	if err != nil {
		return 0, 0, fmt.Errorf("list chains: %w", err)
	}
	chains, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, 0, fmt.Errorf("list chains: %w", err)
	}
	touched := 0
	for _, chain := range chains {
		var on, rows int64
		if err := tx.QueryRow(ctx, `SELECT passed, gone FROM purge_audit($1, $2, $3)`, chain, older, purgeStep-passed).Scan(&on, &rows); err != nil {
			return 0, 0, fmt.Errorf("purge audit rows: %w", err)
		}
		if rows > 0 {
			touched++
		}
		gone += rows
		if passed += on; passed >= purgeStep {
			break
		}
	}
	if gone == 0 {
		return passed, 0, nil
	}
	return passed, gone, Record(ctx, tx, Event{At: now, Actor: SystemActor("retention"), Action: "audit.purged",
		Detail: map[string]any{"rows": gone, "chains": touched, "before": older.UTC().Format(time.RFC3339)}})
}

// Older returns the instant before which rows of the log may go. A clock that
// runs ahead of the database's shortens nothing.
func Older(ctx context.Context, tx pgx.Tx, now time.Time) (older time.Time, err error) {
	if err := tx.QueryRow(ctx, `SELECT least($1::timestamptz, now() - interval '730 days')`, now.Add(-Kept)).Scan(&older); err != nil {
		return time.Time{}, fmt.Errorf("find what is old: %w", err)
	}
	return older, nil
}

// MayBePurged tells whether a purge of the platform's log can have taken a row of
// that instant.
func MayBePurged(ctx context.Context, tx pgx.Tx, at time.Time) (may bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit_purges WHERE chain = $1 AND before > $2 AND before <= least(at, now()) - interval '730 days')`,
		uuid.Nil, at).Scan(&may)
	if err != nil {
		return false, fmt.Errorf("look for purge: %w", err)
	}
	return may, nil
}

// purges are, per chain and in order, how far rows were deleted.
type purges map[uuid.UUID][]purge

type purge struct {
	Chain      uuid.UUID
	ThroughSeq int64
	Before     time.Time
}

// readPurges leaves out what no purge can have done: one of rows younger than Kept.
func readPurges(ctx context.Context, tx pgx.Tx) (purges, error) {
	rows, err := tx.Query(ctx, `SELECT chain, through_seq, before FROM audit_purges WHERE before <= least(at, now()) - interval '730 days' ORDER BY chain, through_seq`)
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	found := purges{}
	var p purge
	_, err = pgx.ForEachRow(rows, []any{&p.Chain, &p.ThroughSeq, &p.Before}, func() error {
		found[p.Chain] = append(found[p.Chain], p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	return found, nil
}

// cover tells whether the row of a seal was deleted because its time was over.
// Seals come in order: a purge that ends before this one is not asked again.
func (p purges) cover(s seal) bool {
	list := p[s.Chain]
	for len(list) > 0 && list[0].ThroughSeq < s.Seq {
		list = list[1:]
	}
	p[s.Chain] = list
	return len(list) > 0 && s.SealedAt.Before(list[0].Before)
}
