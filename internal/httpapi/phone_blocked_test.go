package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/phone"
)

// A code that a STOP would keep from leaving is refused, with the way out.
func TestNoCodeForAPhoneThatSaidStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	email := "ada@callshu.test"
	b := w.employer(email, w.staff("olive@callshu.test"))
	const own = "+15145550104"
	w.exec(`UPDATE users SET phone = $2, phone_verified_at = now() WHERE account_id = $1`, w.accountOf(email), own)
	for number, want := range map[string]struct {
		status    int
		code, way string
	}{
		own:            {http.StatusConflict, "phone_opted_out", "Text START from it to " + sender},
		"+15145550103": {http.StatusUnprocessableEntity, "invalid", ""},
	} {
		key := phone.Key(w.account.Keys.PhoneKey(), number)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, key)
		w.exec(`INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) SELECT $1, id, 'sms', now() FROM senders`, key)
		p := b.post("/api/v1/me/phone", object{"phone": number}).problem(t)
		if p.Status != want.status || p.Code != want.code || !strings.Contains(p.Detail, want.way) {
			t.Errorf("%s: %+v", number, p)
		}
	}
	if n := w.count(`SELECT (SELECT count(*) FROM phone_codes) + (SELECT count(*) FROM messages WHERE kind = 'verify_phone')`); n != 0 {
		t.Errorf("%d codes and texts of what was refused", n)
	}
	w.exec(`DELETE FROM sender_blocks`)
	w.clock.Advance(time.Minute)
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": own})
}

// Who refused one employer by a key, closing no gate, gets no code of it
// either; the refusal reads like the one for a STOP to somebody else.
func TestNoCodeForAPhoneThatRefusedTheEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	email := "ada@callshu.test"
	b := w.employer(email, w.staff("olive@callshu.test"))
	const refusing, stopped, own = "+15145550103", "+15145550105", "+15145550104"
	refuse := func(number string) {
		key := phone.Key(w.account.Keys.PhoneKey(), number)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, key)
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'opted_out', 'voice', now(), 'employee')`, w.accountOf(email), key)
	}
	refuse(refusing)
	refuse(own)
	key := phone.Key(w.account.Keys.PhoneKey(), stopped)
	w.exec(`INSERT INTO phone_gates (phone_key, stopped_at) VALUES ($1, now())`, key)
	w.exec(`UPDATE users SET phone = $2, phone_verified_at = NULL WHERE account_id = $1`, w.accountOf(email), own)
	var first string
	for _, number := range []string{refusing, stopped, own} {
		p := b.post("/api/v1/me/phone", object{"phone": number}).problem(t)
		if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != "body.phone" {
			t.Fatalf("%s: %+v", number, p)
		}
		if first == "" {
			first = p.Errors[0].Message
		}
		if p.Errors[0].Message != first {
			t.Errorf("%s: %q differs from %q", number, p.Errors[0].Message, first)
		}
		w.clock.Advance(10 * time.Minute)
	}
	if n := w.count(`SELECT count(*) FROM messages WHERE kind = 'verify_phone'`); n != 0 {
		t.Errorf("%d codes", n)
	}
	// A number that the user proved before stays the user's.
	w.exec(`UPDATE users SET phone_verified_at = now() WHERE account_id = $1`, w.accountOf(email))
	b.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": own})
}
