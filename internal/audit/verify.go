package audit

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
)

// Report is what a verification found.
type Report struct {
	Chains   int
	Seals    int64
	Unsealed int64 // rows still in the queue: the tail that no seal protects yet
	Purged   int64 // sealed rows whose time was over; their seals stay
	Erased   int64 // sealed rows of people who were erased: what stays of them is as the erasure left it
	Days     int   // checkpoints that still hold
	FirstBad *Bad  // nil: everything is as it was sealed
}

// OK reports whether nothing was altered.
func (r Report) OK() bool { return r.FirstBad == nil }

// Bad is the first place that is not as it was sealed.
type Bad struct {
	Chain  uuid.UUID
	Seq    int64  // 0 for a row without a seal
	Source string // audit, consent, or CheckpointSource
	RowID  int64
	Why    string
}

const verifyPage = 1000

// Verify reads all chains, computes every commitment and link and every
// checkpoint again, and looks for rows that have neither a seal nor a place in
// the queue. It sees one snapshot and changes nothing. The pool is the worker's:
// it may read both logs.
func Verify(ctx context.Context, worker *postgres.Pool) (Report, error) {
	var report Report
	err := worker.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
			return fmt.Errorf("begin verification: %w", err)
		}
		v := verifier{tx: tx, report: &report}
		var err error
		if v.purged, err = readPurges(ctx, tx); err != nil {
			return err
		}
		if v.days, err = readCheckpoints(ctx, tx); err != nil {
			return err
		}
		if v.erased, err = readMarks(ctx, tx); err != nil {
			return err
		}
		if err := v.chains(ctx); err != nil {
			return err
		}
		if err := v.tail(ctx); err != nil {
			return err
		}
		return v.checkpoints(ctx)
	})
	return report, err
}

type verifier struct {
	tx     pgx.Tx
	report *Report
	last   seal
	purged purges
	erased marks
	days   []*checkpoint
	open   int // the first of days that the chain at hand has not reached yet
}

func (v *verifier) bad(s seal, why string) {
	if v.report.FirstBad == nil {
		v.report.FirstBad = &Bad{Chain: s.Chain, Seq: s.Seq, Source: s.Source, RowID: s.RowID, Why: why}
	}
}

func (v *verifier) chains(ctx context.Context) error {
	v.last = seal{Seq: -1}
	for {
		rows, err := v.tx.Query(ctx, `SELECT chain, seq, source, row_id, commitment, prev, hash, sealed_at FROM seals
			WHERE (chain, seq) > ($1, $2) ORDER BY chain, seq LIMIT $3`, v.last.Chain, v.last.Seq, verifyPage)
		if err != nil {
			return fmt.Errorf("read seals: %w", err)
		}
		page, err := pgx.CollectRows(rows, pgx.RowToStructByName[seal])
		if err != nil {
			return fmt.Errorf("read seals: %w", err)
		}
		if err := v.page(ctx, page); err != nil {
			return err
		}
		if len(page) < verifyPage {
			v.endChain()
			return nil
		}
	}
}

func (v *verifier) page(ctx context.Context, page []seal) error {
	ids := map[string][]int64{sourceAudit: nil, sourceConsent: nil}
	for _, s := range page {
		if _, known := ids[s.Source]; known {
			ids[s.Source] = append(ids[s.Source], s.RowID)
		}
	}
	rows := map[string]map[int64]sealable{}
	for source, wanted := range ids {
		var err error
		if rows[source], err = readSealable(ctx, v.tx, source, wanted); err != nil {
			return err
		}
	}
	for _, s := range page {
		v.cover(s)
		if why := v.check(s, rows[s.Source]); why != "" {
			v.bad(s, why)
		}
		v.report.Seals++
		v.last = s
	}
	return nil
}

// check compares one seal with its row and with the seal before it.
func (v *verifier) check(s seal, rows map[int64]sealable) string {
	prev, seq := genesis(), int64(1)
	if v.last.Seq > 0 && v.last.Chain == s.Chain {
		prev, seq = v.last.Hash, v.last.Seq+1
	} else {
		v.report.Chains++
	}
	row, exists := rows[s.RowID]
	switch {
	case s.Seq != seq:
		return fmt.Sprintf("a seal is missing: number %d follows %d", s.Seq, seq-1)
	case !bytes.Equal(s.Prev, prev):
		return "the seal does not continue the one before it"
	case !bytes.Equal(s.Hash, s.link()):
		return "the seal itself was changed"
	case !exists && s.Source == sourceAudit && v.purged.cover(s):
		v.report.Purged++
		return ""
	case !exists:
		return "the sealed row is gone"
	case chainOf(row.account) != s.Chain:
		return "the row belongs to another account than its seal"
	case bytes.Equal(s.Commitment, row.commitment()):
		return ""
	case s.Source == sourceConsent && v.erased.cover(s.RowID, row):
		v.report.Erased++
		return ""
	}
	return "the row was changed after it was sealed"
}

// tail counts what waits for the sealer, and finds rows that evaded it.
func (v *verifier) tail(ctx context.Context) error {
	if err := v.tx.QueryRow(ctx, `SELECT count(*) FROM seal_queue`).Scan(&v.report.Unsealed); err != nil {
		return fmt.Errorf("count unsealed rows: %w", err)
	}
	rows, err := v.tx.Query(ctx, `
		SELECT source, row_id, coalesce(account_id, '00000000-0000-0000-0000-000000000000') AS chain FROM (
			SELECT 'audit' AS source, id AS row_id, account_id FROM audit_events
			UNION ALL SELECT 'consent', id, account_id FROM consent_events) r
		WHERE NOT EXISTS (SELECT FROM seals s WHERE s.source = r.source AND s.row_id = r.row_id)
		  AND NOT EXISTS (SELECT FROM seal_queue q WHERE q.source = r.source AND q.row_id = r.row_id)
		ORDER BY 1, 2 LIMIT 1`)
	if err != nil {
		return fmt.Errorf("find rows without seal: %w", err)
	}
	var evaded seal
	_, err = pgx.ForEachRow(rows, []any{&evaded.Source, &evaded.RowID, &evaded.Chain}, func() error {
		v.bad(evaded, "the row has neither a seal nor a place in the queue")
		return nil
	})
	if err != nil {
		return fmt.Errorf("find rows without seal: %w", err)
	}
	return nil
}
