package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

const (
	sealEvery = time.Second
	sealBatch = 1000
)

// Sealer moves rows from the queue into the chains.
type Sealer struct {
	Worker *postgres.Pool
	Clock  clock.Clock
	Log    *slog.Logger
}

// Run seals once a second, and makes the day's checkpoint, until the context
// ends. What fails is tried again: a row stays queued until it is sealed.
func (s *Sealer) Run(ctx context.Context) {
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	var checked string // the day that is known to have its checkpoint
	for {
		_, err := s.SealOnce(ctx)
		if today := dayOf(s.Clock.Now()); err == nil && today != checked {
			var there bool
			if there, err = s.Checkpoint(ctx); there {
				checked = today
			}
		}
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "seal audit rows", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// SealOnce seals what is queued and returns how many rows it sealed. While
// another replica seals it leaves the queue to that one.
func (s *Sealer) SealOnce(ctx context.Context) (int, error) {
	total := 0
	for {
		var sealed, queued int
		err := s.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
			sealed, queued, err = s.sealBatch(ctx, tx)
			return err
		})
		total += sealed
		if err != nil || queued < sealBatch {
			return total, err
		}
	}
}

// takeSealer makes this transaction the only one that adds to the chains.
func takeSealer(ctx context.Context, tx pgx.Tx) (alone bool, err error) {
	err = tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended('callshu sealer', 0))`).Scan(&alone)
	return alone, err
}

type queuedRow struct {
	Source string
	RowID  int64
}

func (s *Sealer) sealBatch(ctx context.Context, tx pgx.Tx) (sealed, queued int, err error) {
	// One sealer at a time for all chains: two would give one place to two rows,
	// and the primary key would make one of them start over.
	if alone, err := takeSealer(ctx, tx); err != nil || !alone {
		return 0, 0, err
	}
	rows, err := tx.Query(ctx, `SELECT source, row_id FROM seal_queue ORDER BY source, row_id LIMIT $1 FOR NO KEY UPDATE`, sealBatch)
	if err != nil {
		return 0, 0, fmt.Errorf("read seal queue: %w", err)
	}
	batch, err := pgx.CollectRows(rows, pgx.RowToStructByName[queuedRow])
	if err != nil {
		return 0, 0, fmt.Errorf("read seal queue: %w", err)
	}
	if len(batch) == 0 {
		return 0, 0, nil
	}
	seals, err := s.link(ctx, tx, batch)
	if err != nil {
		return 0, 0, err
	}
	if err := insertSeals(ctx, tx, seals); err != nil {
		return 0, 0, err
	}
	return len(seals), len(batch), unqueue(ctx, tx, batch)
}

// link makes the seals of a batch, each chain continued from its head.
func (s *Sealer) link(ctx context.Context, tx pgx.Tx, batch []queuedRow) ([]seal, error) {
	ids := map[string][]int64{}
	for _, q := range batch {
		ids[q.Source] = append(ids[q.Source], q.RowID)
	}
	rows := map[string]map[int64]sealable{}
	for source, wanted := range ids {
		var err error
		if rows[source], err = readSealable(ctx, tx, source, wanted); err != nil {
			return nil, err
		}
	}
	var chains []uuid.UUID
	for _, q := range batch {
		row, ok := rows[q.Source][q.RowID]
		if !ok {
			return nil, fmt.Errorf("seal %s row %d: it is queued and does not exist", q.Source, q.RowID)
		}
		chains = append(chains, chainOf(row.account))
	}
	heads, err := readHeads(ctx, tx, chains)
	if err != nil {
		return nil, err
	}
	at, err := s.sealTime(ctx, tx, heads)
	if err != nil {
		return nil, err
	}
	seals := make([]seal, len(batch))
	for i, q := range batch {
		head := heads[chains[i]]
		next := seal{Chain: chains[i], Seq: head.Seq + 1, Source: q.Source, RowID: q.RowID, Prev: head.Hash, SealedAt: at}
		next.Commitment = rows[q.Source][q.RowID].commitment()
		next.Hash = next.link()
		seals[i], heads[chains[i]] = next, next
	}
	return seals, nil
}

// sealTime is now, but never before a seal that stands already, and after the
// newest checkpoint: the clocks of replicas differ, and what a checkpoint covers
// is told by time.
func (s *Sealer) sealTime(ctx context.Context, tx pgx.Tx, heads map[uuid.UUID]seal) (time.Time, error) {
	at := s.Clock.Now().Truncate(time.Microsecond)
	for _, head := range heads {
		if head.SealedAt.After(at) {
			at = head.SealedAt
		}
	}
	var covered *time.Time
	if err := tx.QueryRow(ctx, `SELECT max(at) FROM seal_checkpoints`).Scan(&covered); err != nil {
		return at, fmt.Errorf("read newest checkpoint: %w", err)
	}
	if covered != nil && !at.After(*covered) {
		at = covered.Add(time.Microsecond)
	}
	return at, nil
}

// readHeads returns the newest seal of each chain; a new chain's head is the genesis.
func readHeads(ctx context.Context, tx pgx.Tx, chains []uuid.UUID) (map[uuid.UUID]seal, error) {
	heads := map[uuid.UUID]seal{}
	rows, err := tx.Query(ctx, `SELECT c.chain, coalesce(s.seq, 0), s.hash, coalesce(s.sealed_at, 'epoch') FROM (SELECT DISTINCT unnest($1::uuid[]) AS chain) c
		LEFT JOIN LATERAL (SELECT seq, hash, sealed_at FROM seals WHERE seals.chain = c.chain ORDER BY seq DESC LIMIT 1) s ON true`, chains)
	if err != nil {
		return nil, fmt.Errorf("read chain heads: %w", err)
	}
	var head seal
	_, err = pgx.ForEachRow(rows, []any{&head.Chain, &head.Seq, &head.Hash, &head.SealedAt}, func() error {
		if head.Seq == 0 {
			head.Hash = genesis()
		}
		heads[head.Chain] = head
		head = seal{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read chain heads: %w", err)
	}
	return heads, nil
}

// insertSeals goes by unnest: COPY is refused under row-level security.
func insertSeals(ctx context.Context, tx pgx.Tx, seals []seal) error {
	n := len(seals)
	chains, seqs, sources, ids := make([]uuid.UUID, n), make([]int64, n), make([]string, n), make([]int64, n)
	commitments, prevs, hashes, times := make([][]byte, n), make([][]byte, n), make([][]byte, n), make([]time.Time, n)
	for i, s := range seals {
		chains[i], seqs[i], sources[i], ids[i] = s.Chain, s.Seq, s.Source, s.RowID
		commitments[i], prevs[i], hashes[i], times[i] = s.Commitment, s.Prev, s.Hash, s.SealedAt
	}
	_, err := tx.Exec(ctx, `INSERT INTO seals (chain, seq, source, row_id, commitment, prev, hash, sealed_at)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[], $8::timestamptz[])`,
		chains, seqs, sources, ids, commitments, prevs, hashes, times)
	if err != nil {
		return fmt.Errorf("insert seals: %w", err)
	}
	return nil
}

func unqueue(ctx context.Context, tx pgx.Tx, batch []queuedRow) error {
	sources, ids := make([]string, len(batch)), make([]int64, len(batch))
	for i, q := range batch {
		sources[i], ids[i] = q.Source, q.RowID
	}
	_, err := tx.Exec(ctx, `DELETE FROM seal_queue q USING unnest($1::text[], $2::bigint[]) AS done (source, row_id)
		WHERE q.source = done.source AND q.row_id = done.row_id`, sources, ids)
	if err != nil {
		return fmt.Errorf("empty seal queue: %w", err)
	}
	return nil
}
