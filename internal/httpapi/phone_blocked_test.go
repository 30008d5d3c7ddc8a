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
	w.exec(`UPDATE users SET phone = $2 WHERE account_id = $1`, w.accountOf(email), own)
	for number, way := range map[string]string{own: "Text START from it to " + sender, "+15145550103": "Use another phone"} {
		key := phone.Key(w.account.Keys.PhoneKey(), number)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, key)
		w.exec(`INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) SELECT $1, id, 'sms', now() FROM senders`, key)
		p := b.post("/api/v1/me/phone", object{"phone": number}).problem(t)
		if p.Status != http.StatusConflict || p.Code != "phone_opted_out" || !strings.Contains(p.Detail, way) {
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
