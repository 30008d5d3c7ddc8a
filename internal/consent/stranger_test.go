package consent

import (
	"encoding/hex"
	"testing"

	"github.com/jackc/pgx/v5"
)

// revoke is a wish by whatever means, as the dialler takes it.
func (w *world) revoke(r Revocation) {
	w.t.Helper()
	err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		_, err := w.service.Revoke(w.t.Context(), tx, r)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A STOP of somebody whom no employer knows stands in no ledger: the platform's
// log proves it, once for each text, and for each call that closed more. It
// names the phone by its key.
func TestI10StopOfAStrangerIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	rows := func(detail string) int {
		return query[int](w, `SELECT count(*) FROM audit_events WHERE account_id IS NULL AND action = 'consent.revoked' AND actor_kind = 'employee'
			AND subject_kind = 'phone' AND subject_id = $1 AND detail @> $2::jsonb AND detail::text NOT LIKE '%5550177%'`, hex.EncodeToString(testKey(stranger)), detail)
	}
	in := Inbound{MessageSID: "SMstop", From: stranger, To: ours, Body: "STOP"}
	w.receive(in)
	w.receive(in)
	if n := rows(`{"message_sid": "SMstop", "channel": "sms", "scope": "sender", "kind": "opted_out"}`); n != 1 {
		t.Errorf("%d rows of a STOP that came twice, want 1", n)
	}
	w.receive(Inbound{MessageSID: "SMagain", From: stranger, To: ours, Body: "please stop"})
	if n := rows(`{"message_sid": "SMagain"}`); n != 1 {
		t.Errorf("%d rows of another STOP, want 1", n)
	}
	key := Revocation{PhoneKey: testKey(stranger), SenderID: mill.sender, Kind: OptedOut, Channel: ChannelVoice, CallSID: "CAstop"}
	w.revoke(key)
	if n := rows(`{"call_sid": "CAstop"}`); n != 0 {
		t.Errorf("%d rows of a key that closed nothing more", n)
	}
	key.Platform = true
	w.revoke(key)
	w.revoke(key)
	if n := rows(`{"call_sid": "CAstop", "channel": "voice", "scope": "platform"}`); n != 1 {
		t.Errorf("%d rows of a key that stops everybody, want 1", n)
	}
	// Where an employer knows the phone its ledger is the proof, and its own log.
	before := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id IS NULL`)
	w.text(mill.sender, zoe, "STOP")
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id IS NULL`); n != before {
		t.Errorf("%d rows of the platform about somebody whom an employer knows", n-before)
	}
}

// "Stop all" in the call that has stopped one employer is a wish of its own: the
// ledger of that employer says how far it goes.
func TestLedgerTellsThatAStopWasWidened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	key := Revocation{PhoneKey: testKey(zoe), Account: &mill.id, SenderID: mill.sender, Kind: OptedOut, Channel: ChannelVoice, CallSID: "CAstop"}
	w.revoke(key)
	w.revoke(key)
	key.Account, key.Platform = nil, true
	w.revoke(key)
	w.revoke(key)
	if got := query[string](w, `SELECT string_agg(detail->>'scope', ' ' ORDER BY id) FROM consent_events WHERE kind = 'opted_out'`); got != "account platform" {
		t.Errorf("the ledger says %q", got)
	}
}

func TestI10LapseIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.invited(mill, zoe, "en")
	w.invited(mill, max1, "en")
	w.invited(farm, zoe, "en")
	w.clock.Advance(InvitationLife)
	for range 2 {
		if _, err := w.service.Lapse(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for e, want := range map[employer]string{mill: "2", farm: "1"} {
		got := query[string](w, `SELECT coalesce(string_agg(detail->>'invitations', ' '), '') FROM audit_events WHERE account_id = $1 AND action = 'consent.lapsed' AND actor_kind = 'system'`, e.id)
		if got != want {
			t.Errorf("the log of %s has %q lapses, want %q", e.name, got, want)
		}
	}
}
