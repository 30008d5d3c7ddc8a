package audit

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Holds reports whether one row of the log is sealed and still as it was
// sealed. That nothing before it was changed, only Verify tells.
func Holds(ctx context.Context, tx pgx.Tx, row int64) (bool, error) {
	rows, err := tx.Query(ctx, `SELECT chain, seq, source, row_id, commitment, prev, hash, sealed_at FROM seals WHERE source = $1 AND row_id = $2`, sourceAudit, row)
	if err != nil {
		return false, fmt.Errorf("read seal: %w", err)
	}
	seals, err := pgx.CollectRows(rows, pgx.RowToStructByName[seal])
	if err != nil {
		return false, fmt.Errorf("read seal: %w", err)
	}
	found, err := readSealable(ctx, tx, sourceAudit, []int64{row})
	if err != nil {
		return false, err
	}
	r, exists := found[row]
	return exists && len(seals) == 1 && bytes.Equal(seals[0].Hash, seals[0].link()) && bytes.Equal(seals[0].Commitment, r.commitment()) &&
		chainOf(r.account) == seals[0].Chain, nil
}
