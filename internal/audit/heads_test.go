package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

func (w *world) head() (head audit.Head) {
	w.t.Helper()
	err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) (err error) {
		head, err = audit.CombinedHead(w.t.Context(), tx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return head
}

// The combined head is computed here again from the seals alone, as anybody
// may who holds a dump.
func TestCombinedHeadCoversEveryChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if head := w.head(); head.Seals != 0 || head.Chains != 0 || !head.At.IsZero() {
		t.Errorf("the head of nothing is %+v", head)
	}
	one, two := w.account("one"), w.account("two")
	for range 3 {
		w.record(one, "test.act", "Ann")
	}
	w.record(two, "test.act", "Bob")
	w.exec(`INSERT INTO audit_events (at, actor_kind, action) VALUES ($1, 'system', 'test.platform')`, monday)
	w.seal()

	rows, err := w.admin.Query(t.Context(), `SELECT DISTINCT ON (chain) chain, seq, hash FROM seals ORDER BY chain, seq DESC`)
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.New()
	want.Write([]byte("callshu combined head v1\n"))
	var chain uuid.UUID
	var seq int64
	var hash []byte
	if _, err := pgx.ForEachRow(rows, []any{&chain, &seq, &hash}, func() error {
		want.Write(chain[:])
		want.Write(binary.BigEndian.AppendUint64(nil, uint64(seq)))
		want.Write(hash)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	head := w.head()
	if !bytes.Equal(head.Hash[:], want.Sum(nil)) {
		t.Errorf("the head is %x, want %x", head.Hash, want.Sum(nil))
	}
	if head.Chains != 3 || head.Seals != 5 || !head.At.Equal(monday) {
		t.Errorf("the head counts %d chains and %d seals until %v, want 3, 5 and %v", head.Chains, head.Seals, head.At, monday)
	}
	w.record(two, "test.act", "Bob")
	w.seal()
	if w.head().Hash == head.Hash {
		t.Error("a seal more left the head as it was")
	}
}
