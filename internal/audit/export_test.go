package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What the black-box tests hold to the catalogue.
const (
	AuditColumns   = auditColumns
	ConsentColumns = consentColumns
)

// Vector returns the canonical form of a fixed row, and the link of its seal.
func Vector(t *testing.T) (string, []byte) {
	t.Helper()
	account := uuid.MustParse("11111111-1111-1111-1111-111111111111")
	at := time.Date(2026, 11, 23, 9, 2, 0, 123456789, time.FixedZone("", -5*3600))
	row := auditRow{ID: 7, AccountID: &account, At: at, ActorKind: User, ActorName: "Zoé", Action: "test.act", IP: "127.0.0.1", RequestID: "r-1",
		Detail: []byte(`{"b": [1.50, null, true], "a": "<é>"}`), Nonce: []byte("nonce")}
	payload, err := row.payload()
	if err != nil {
		t.Fatal(err)
	}
	s := seal{Chain: account, Seq: 1, Source: sourceAudit, RowID: 7, Commitment: commitment(row.Nonce, payload), Prev: genesis(), SealedAt: at}
	return string(payload), s.link()
}

// Reseal is what a forger does who knows how seals are made: it seals the
// changed row again, in its old place.
func Reseal(t *testing.T, tx pgx.Tx, rowID int64) {
	t.Helper()
	rows, err := readSealable(t.Context(), tx, sourceAudit, []int64{rowID})
	if err != nil {
		t.Fatal(err)
	}
	found, err := tx.Query(t.Context(), `SELECT chain, seq, source, row_id, commitment, prev, hash, sealed_at FROM seals WHERE source = 'audit' AND row_id = $1`, rowID)
	if err != nil {
		t.Fatal(err)
	}
	s, err := pgx.CollectExactlyOneRow(found, pgx.RowToStructByName[seal])
	if err != nil {
		t.Fatal(err)
	}
	s.Commitment = rows[rowID].commitment()
	if _, err := tx.Exec(t.Context(), `UPDATE seals SET commitment = $3, hash = $4 WHERE chain = $1 AND seq = $2`, s.Chain, s.Seq, s.Commitment, s.link()); err != nil {
		t.Fatal(err)
	}
}
