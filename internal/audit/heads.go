package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/jackc/pgx/v5"
)

// Head is the combined head of all chains: who keeps it outside the database
// can tell later that no seal up to it was changed or cut off.
type Head struct {
	Hash   [sha256.Size]byte
	Chains int
	Seals  int64
	At     time.Time // of the newest seal; zero where nothing is sealed
}

// CombinedHead reads the newest seal of every chain in one statement, thus in
// one snapshot, and combines them. The transaction must see all chains: the
// worker's and the operators' do.
func CombinedHead(ctx context.Context, tx pgx.Tx) (Head, error) {
	// One step of the index per chain: a DISTINCT would read every seal.
	rows, err := tx.Query(ctx, `WITH RECURSIVE chains AS (
			(SELECT chain FROM seals ORDER BY chain LIMIT 1)
			UNION ALL
			SELECT (SELECT s.chain FROM seals s WHERE s.chain > c.chain ORDER BY s.chain LIMIT 1) FROM chains c WHERE c.chain IS NOT NULL)
		SELECT h.chain, h.seq, h.hash, h.sealed_at FROM chains c
		CROSS JOIN LATERAL (SELECT * FROM seals s WHERE s.chain = c.chain ORDER BY s.seq DESC LIMIT 1) h
		ORDER BY h.chain`)
	if err != nil {
		return Head{}, fmt.Errorf("read chain heads: %w", err)
	}
	combined := newCombiner()
	var s seal
	_, err = pgx.ForEachRow(rows, []any{&s.Chain, &s.Seq, &s.Hash, &s.SealedAt}, func() error {
		combined.add(s)
		return nil
	})
	if err != nil {
		return Head{}, fmt.Errorf("read chain heads: %w", err)
	}
	return combined.head(), nil
}

// combiner makes a combined head: SHA-256 over a title line and, in the order
// of the chains' ids, each chain's id, the number of its newest seal in eight
// bytes, and the hash of that seal.
type combiner struct {
	sum  hash.Hash
	made Head
}

func newCombiner() *combiner {
	c := &combiner{sum: sha256.New()}
	c.sum.Write([]byte("callshu combined head v1\n"))
	return c
}

// add takes the head of the next chain. Chains have no gaps, so the number of
// the newest seal is how many there are.
func (c *combiner) add(s seal) {
	c.sum.Write(s.Chain[:])
	c.sum.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Seq)))
	c.sum.Write(s.Hash)
	c.made.Chains++
	c.made.Seals += s.Seq
	if s.SealedAt.After(c.made.At) {
		c.made.At = s.SealedAt
	}
}

func (c *combiner) head() Head {
	made := c.made
	c.sum.Sum(made.Hash[:0])
	return made
}
