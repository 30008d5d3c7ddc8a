package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CheckpointSource is where a verification found something wrong that is no row.
const CheckpointSource = "checkpoint"

// dayOf is the day of a checkpoint: UTC, which no clock change makes twice.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Checkpoint keeps the combined head of all chains, once a day of business
// time, and records it in the platform's own chain: seals that are cut off the
// end of a chain leave no gap, but the head is another one. It reports whether
// the day has its checkpoint; without a seal there is nothing to keep.
func (s *Sealer) Checkpoint(ctx context.Context) (there bool, err error) {
	err = s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		// While another replica seals, the heads move.
		alone, err := takeSealer(ctx, tx)
		if err != nil || !alone {
			return err
		}
		now := s.Clock.Now()
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM seal_checkpoints WHERE day = $1::date)`, dayOf(now)).Scan(&there); err != nil || there {
			return err
		}
		head, err := CombinedHead(ctx, tx)
		if err != nil || head.Seals == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO seal_checkpoints (day, at, hash, chains, seals) VALUES ($1::date, $2, $3, $4, $5)`,
			dayOf(now), head.At, head.Hash[:], head.Chains, head.Seals)
		if err != nil {
			return fmt.Errorf("keep checkpoint: %w", err)
		}
		there = true
		return Record(ctx, tx, Event{At: now, Actor: SystemActor("sealer"), Action: "audit.checkpointed", SubjectKind: "checkpoint", SubjectID: dayOf(now),
			Detail: map[string]any{"head": hex.EncodeToString(head.Hash[:]), "chains": head.Chains, "seals": head.Seals}})
	})
	return there, err
}

// checkpoint is one that was kept, with what the seals give now.
type checkpoint struct {
	Day    string
	At     time.Time
	Hash   []byte
	Chains int
	Seals  int64
	now    *combiner
}

func (c *checkpoint) holds() bool {
	head := c.now.head()
	return bytes.Equal(head.Hash[:], c.Hash) && head.Chains == c.Chains && head.Seals == c.Seals
}

func readCheckpoints(ctx context.Context, tx pgx.Tx) ([]*checkpoint, error) {
	rows, err := tx.Query(ctx, `SELECT day::text AS day, at, hash, chains, seals FROM seal_checkpoints ORDER BY at, day`)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	kept, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*checkpoint, error) {
		c := &checkpoint{now: newCombiner()}
		return c, row.Scan(&c.Day, &c.At, &c.Hash, &c.Chains, &c.Seals)
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return kept, nil
}

// cover gives the seal before s, the newest that they cover of this chain, to
// the checkpoints that end before s. Seals come chain by chain, as a combined
// head takes them.
func (v *verifier) cover(s seal) {
	if v.last.Seq > 0 && v.last.Chain != s.Chain {
		v.endChain()
	}
	for ; v.open < len(v.days) && v.days[v.open].At.Before(s.SealedAt); v.open++ {
		if v.last.Seq > 0 && v.last.Chain == s.Chain {
			v.days[v.open].now.add(v.last)
		}
	}
}

// endChain gives the last seal of a chain to all checkpoints after it.
func (v *verifier) endChain() {
	if v.last.Seq > 0 {
		for _, day := range v.days[v.open:] {
			day.now.add(v.last)
		}
	}
	v.open = 0
}

// checkpoints compares what was kept with what the seals gave, and the log's own
// rows about checkpoints with those that there are.
func (v *verifier) checkpoints(ctx context.Context) error {
	for _, day := range v.days {
		if !day.holds() {
			v.bad(seal{Source: CheckpointSource}, "of the seals up to the checkpoint of "+day.Day+" some were removed or changed")
			return nil
		}
		v.report.Days++
	}
	var lost *string
	err := v.tx.QueryRow(ctx, `SELECT min(e.subject_id) FROM audit_events e WHERE e.action = 'audit.checkpointed' AND e.account_id IS NULL
		AND NOT EXISTS (SELECT FROM seal_checkpoints c WHERE c.day::text = e.subject_id AND encode(c.hash, 'hex') = e.detail ->> 'head')`).Scan(&lost)
	if err != nil {
		return fmt.Errorf("find lost checkpoints: %w", err)
	}
	if lost != nil {
		v.bad(seal{Source: CheckpointSource}, "the checkpoint of "+*lost+" is gone or another one")
	}
	return nil
}
