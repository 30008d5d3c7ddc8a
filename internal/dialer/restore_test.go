package dialer

import "testing"

// After a restore the database knows nothing of the last calls: nobody is
// dialled until an operator says so, and not even once before that is noticed.
func TestI12RestoreWaitsForAnOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 2)
	w.launch(e)
	w.housekeep() // the first start: it learns where it is
	if paused := query[bool](w, `SELECT dialling_paused_at IS NOT NULL FROM platform`); paused {
		t.Fatal("paused at the first start")
	}
	w.exec(`UPDATE platform SET server = 'another/00000001'`)
	w.wantDialled(0) // before anybody has looked
	w.housekeep()
	w.wantDialled(0)
	if reason := query[string](w, `SELECT pause_reason FROM platform WHERE dialling_paused_at IS NOT NULL`); reason != restoredReason {
		t.Errorf("paused for %q", reason)
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'platform.paused' AND account_id IS NULL AND actor_kind = 'system'`); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	w.exec(`UPDATE platform SET dialling_paused_at = NULL, pause_reason = ''`) // as an operator does
	w.housekeep()
	w.wantDialled(2)
}
