package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A row of the ledger whose person was erased has lost its words and its nonce,
// so that its seal's commitment cannot be computed again. What stays of it is
// bound anew: the mark, an event of the ledger that is sealed like every other,
// lists each such row with the hash of what stayed. Neither an erasure that
// nobody asked for nor a change of what stays passes for one.

// remains is the hash of what stays of an erased row.
func (s sealable) remains() string {
	h := sha256.New()
	h.Write([]byte("callshu erased v1\n"))
	h.Write(s.payload)
	return hex.EncodeToString(h.Sum(nil))
}

// Remains returns, by its id, the hash of what stays of each erased row of the
// ledger, for the mark.
func Remains(ctx context.Context, tx pgx.Tx, events []int64) (map[int64]string, error) {
	rows, err := readSealable(ctx, tx, sourceConsent, events)
	if err != nil {
		return nil, err
	}
	hashes := make(map[int64]string, len(rows))
	for id, row := range rows {
		if row.nonce != nil {
			return nil, fmt.Errorf("hash what stays of event %d: it was not erased", id)
		}
		hashes[id] = row.remains()
	}
	return hashes, nil
}

// mark is what the ledger says of one erased row.
type mark struct {
	row     int64
	account uuid.UUID
	hash    string
}

// marks are those of all erased rows, by the row's id.
type marks map[int64]mark

// readMarks takes only marks that come after their row.
func readMarks(ctx context.Context, tx pgx.Tx) (marks, error) {
	rows, err := tx.Query(ctx, `SELECT r.key::bigint, v.account_id, r.value FROM consent_events v CROSS JOIN LATERAL jsonb_each_text(v.detail->'rows') r
		WHERE v.kind = 'erased' AND v.detail ? 'rows' AND r.key ~ '^[0-9]{1,18}$' AND r.key::bigint < v.id ORDER BY v.id DESC`)
	if err != nil {
		return nil, fmt.Errorf("read marks of erasure: %w", err)
	}
	found := marks{}
	var m mark
	_, err = pgx.ForEachRow(rows, []any{&m.row, &m.account, &m.hash}, func() error {
		found[m.row] = m // the oldest mark of a row is the one of its erasure
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read marks of erasure: %w", err)
	}
	return found, nil
}

// cover tells whether a row lost its words by an erasure, and nothing else.
func (m marks) cover(id int64, row sealable) bool {
	found, marked := m[id]
	return marked && row.nonce == nil && row.account != nil && found.account == *row.account && found.hash == row.remains()
}
