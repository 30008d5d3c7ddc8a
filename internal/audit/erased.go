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
// so that its seal's commitment cannot be computed again, and binds nothing of it
// any more. What stays of it is bound anew, from the erasure on: the mark, an
// event of the ledger that is sealed like every other, lists each such row with
// the hash of what stayed, and counts only with the row of the log that every
// erasure leaves. So a change of what stays is found when it was made after the
// erasure. Not found is who changes a row as superuser and then forges all of an
// erasure over it, mark and row of the log: nothing here tells that one from a
// real one, nor do earlier heads, whose seals it leaves as they are. But it has to
// stand in the log, as the erasure of somebody at a time, and only a copy of the
// database from before tells what the row said.

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

// readMarks takes only marks that come after their row, one for each person,
// and only with the row of the log that says as many rows were erased. That row
// goes after two years: from then on a mark that is older than what was purged,
// and was sealed then, counts alone. That the row of the log itself has a seal or
// waits for one is seen where all rows are.
func readMarks(ctx context.Context, tx pgx.Tx) (marks, error) {
	rows, err := tx.Query(ctx, `
		WITH marked AS (
			SELECT DISTINCT ON (account_id, employee_id) id, account_id, employee_id::text AS person, at, detail->'rows' AS rows
			  FROM consent_events WHERE kind = 'erased' AND detail ? 'rows' ORDER BY account_id, employee_id, id),
		logged AS (
			SELECT DISTINCT account_id, subject_id AS person, detail->>'events' AS events FROM audit_events WHERE action = 'employee.erased'),
		purged AS (
			SELECT chain, max(before) AS before FROM audit_purges WHERE before <= least(at, now()) - interval '730 days' GROUP BY chain)
		SELECT r.key::bigint, m.account_id, r.value FROM marked m
		  LEFT JOIN logged l ON l.account_id = m.account_id AND l.person = m.person AND l.events = (SELECT count(*) FROM jsonb_object_keys(m.rows))::text
		  LEFT JOIN seals s ON s.source = 'consent' AND s.row_id = m.id
		  LEFT JOIN purged p ON p.chain = m.account_id AND m.at < p.before AND s.sealed_at < p.before + interval '1 day'
		 CROSS JOIN LATERAL jsonb_each_text(m.rows) r
		 WHERE (l.person IS NOT NULL OR p.chain IS NOT NULL) AND r.key ~ '^[0-9]{1,18}$' AND r.key::bigint < m.id ORDER BY m.id DESC`)
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

// cover tells whether a row lost its words by an erasure of its own account, and
// has not changed since. What it was before, its seal cannot tell any more.
func (m marks) cover(id int64, row sealable) bool {
	found, marked := m[id]
	return marked && row.nonce == nil && row.account != nil && found.account == *row.account && found.hash == row.remains()
}
