package dialer

import "testing"

// The whole way of one call, as every other test assumes it to work.
func TestCallIsClaimedPlacedAnsweredAndFinal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.launch(e)
	a := w.dialOne()
	w.wantAttempt(a, "queued")
	w.wantRecipient(e, "+14165550101", "dialling")
	w.status(a, 0, "initiated")
	w.status(a, 1, "ringing")
	if heard := w.answer(a); !spoke(heard) {
		t.Fatalf("heard %s", heard)
	}
	w.press(a, atChoices, "1")
	w.status(a, 3, "completed")
	w.wantRecipient(e, "+14165550101", "answered")
	w.housekeep()
	w.wantCampaign(id, "finished")
	w.balanced()
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND action IN ('campaign.created', 'campaign.launched', 'campaign.finished')`, e.id); n != 3 {
		t.Fatalf("%d audit rows, want 3", n)
	}
}
