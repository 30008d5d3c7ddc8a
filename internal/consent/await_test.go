package consent

import (
	"testing"

	"github.com/google/uuid"
)

// A "stop all" is answered when no text may leave on any number of ours; a
// STOP waits for its own number only.
func TestI2StopAllWaitsForTextsOnEverySender(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill := w.employer("Mill", other)
	w.person(mill, zoe, "en")
	handOver := func() {
		w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at, state, sent_at, place_by)
			VALUES ($1, $2, 'verify_phone', 'en', '1', $3, 'a code', 'x', $4, $5, $5, 'sending', $5, clock_timestamp() + interval '1 s')`,
			mill.id, testKey(zoe), zoe, other, w.clock.Now())
	}
	underWay := func() bool {
		return query[bool](w, `SELECT EXISTS (SELECT FROM messages WHERE state = 'sending' AND place_by > clock_timestamp())`)
	}
	w.text(sender, zoe, "STOP")
	handOver()
	w.exec(`UPDATE messages SET place_by = clock_timestamp() + interval '1 minute'`)
	if err := w.service.AwaitTexts(t.Context(), testKey(zoe), sender); err != nil {
		t.Fatal(err)
	}
	if !underWay() {
		t.Error("a STOP waited for a number that it does not concern")
	}
	w.exec(`UPDATE messages SET place_by = clock_timestamp() + interval '1 s'`)
	w.text(sender, zoe, "stop all")
	if err := w.service.AwaitTexts(t.Context(), testKey(zoe), sender); err != nil {
		t.Fatal(err)
	}
	if underWay() {
		t.Error("\"stop all\" was answered while a text may still leave on another number")
	}
}

// What concerns one employer waits for its texts, whatever number they leave on.
func TestI2OneEmployersRevocationWaitsForItsTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill, farm := w.employer("Mill", w.sender(ours)), w.employer("Farm", w.sender(ours2))
	w.person(mill, zoe, "en")
	handOver := func(e employer, long string) {
		w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at, state, sent_at, place_by)
			VALUES ($1, $2, 'help', 'en', $3, 'words', 'x', $4, $5, $5, 'sending', $5, clock_timestamp() + $6::interval)`, e.id, testKey(zoe), zoe, e.sender, w.clock.Now(), long)
	}
	underWay := func(e employer) bool {
		return query[bool](w, `SELECT EXISTS (SELECT FROM messages WHERE account_id = $1 AND state = 'sending' AND place_by > clock_timestamp())`, e.id)
	}
	handOver(farm, "1 minute")
	handOver(mill, "1 second")
	if err := w.service.AwaitTextsOf(t.Context(), testKey(zoe), uuid.Nil, []uuid.UUID{mill.id}); err != nil {
		t.Fatal(err)
	}
	if underWay(mill) || !underWay(farm) {
		t.Errorf("under way after it: Mill's %v, Farm's %v", underWay(mill), underWay(farm))
	}
}
