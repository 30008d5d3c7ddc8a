package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
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
