package dialer

import (
	"testing"
	"time"
)

// touched counts the people in a queue whom somebody has locked or changed.
func (w *world) touched() int {
	w.t.Helper()
	return query[int](w, `SELECT count(*) FROM recipients WHERE state = 'pending' AND xmax <> 0`)
}

// While no claim may take anybody, be it for hours, the look for those who may
// not be called looks at nobody; and never does it lock whom it leaves alone, or
// the claim would pass them by.
func TestSkimRestsWhileNobodyMayBeCalled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rests, goesOn string }{
		"the daily quota is used up": {`UPDATE accounts SET daily_quota = 1`, `UPDATE accounts SET daily_quota = 9`},
		"an operator paused the account": {`UPDATE accounts SET dialling_paused_at = now(), dialling_pause_reason = 'x'`,
			`UPDATE accounts SET dialling_paused_at = NULL, dialling_pause_reason = ''`},
		"an operator paused everybody": {`UPDATE platform SET dialling_paused_at = now()`, `UPDATE platform SET dialling_paused_at = NULL`},
		"the account is suspended":     {`UPDATE accounts SET status = 'suspended'`, `UPDATE accounts SET status = 'active'`},
		"the sender is not swept":      {`UPDATE senders SET swept_at = now() - interval '1 hour'`, `UPDATE senders SET swept_at = now()`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e := w.employer("Acme")
			numbers := w.people(e, 555, 10)
			w.launch(e)
			a := w.dialWithMost(1)[0] // of the quota of one
			removed := numbers[9]
			if w.phoneOf(a) == removed {
				t.Fatal("the last one is called first")
			}
			w.exec(`UPDATE employees SET deleted_at = now() WHERE phone_key = $1`, testKey(removed))
			w.exec(c.rests)
			w.housekeep()
			w.wantRecipient(e, removed, "pending")
			if n := w.touched(); n != 0 {
				t.Fatalf("%d people were locked while nobody may be called", n)
			}
			w.exec(c.goesOn)
			w.housekeep()
			w.wantRecipient(e, removed, "skipped removed")
			if n := w.touched(); n != 0 {
				t.Fatalf("%d people were locked who may be called", n)
			}
		})
	}
}

// Whom somebody holds is passed by: they may be put off at this moment.
func TestSkimPassesByWhomSomebodyHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	tx, err := w.worker.Begin(t.Context())
	w.must(err)
	defer tx.Rollback(t.Context()) //nolint:errcheck // it is over by then
	later := w.clock.Now().Add(time.Hour)
	_, err = tx.Exec(t.Context(), `UPDATE recipients SET due_at = $1`, later)
	w.must(err)
	w.exec(`UPDATE employees SET deleted_at = now()`)
	w.housekeep() // one that waited would fail after ten seconds
	w.must(tx.Commit(t.Context()))
	w.housekeep()
	w.wantRecipient(e, phone, "pending")
	w.clock.Advance(time.Hour)
	w.housekeep()
	w.wantRecipient(e, phone, "skipped removed")
}
