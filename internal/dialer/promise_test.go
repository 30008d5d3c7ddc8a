package dialer

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// handsOver is a text of an employer that is being handed to the carrier at
// this moment, and may still leave for so long.
func (w *world) handsOver(e employer, number, long string) {
	w.t.Helper()
	w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at, state, sent_at, place_by)
		SELECT $1, $2, 'help', 'en', $3, 'words', 'x', id, $4, $4, 'sending', $4, clock_timestamp() + $5::interval FROM senders WHERE number = $6`,
		e.id, testKey(number), number, w.clock.Now(), long, e.number)
}

// "Will not text you again" is said when it is true: not while a text is being
// handed over. The key counts at once; only its answer waits, as long as a
// document may, and then the caller is asked to wait.
func TestI2KeyIsAnsweredWhenNoTextCanLeave(t *testing.T) {
	t.Parallel()
	for key, says := range map[string]string{"9": "will not call or text you", "8": "will not call or text this number"} {
		for _, back := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, called back %v", key, back), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, fast)
				e, phone, _ := w.one()
				a := w.dialOne()
				press := func(ctx context.Context) ([]byte, error) {
					return w.dialer.Voice(ctx, VoiceRequest{Attempt: a, CallSID: w.carrier.sidOf(a), Step: atMessage, Digits: key})
				}
				if back {
					w.status(a, 1, "no-answer")
					c := w.callBack(e, phone)
					c.begins()
					press = func(ctx context.Context) ([]byte, error) {
						return w.dialer.CalledBack(ctx, CallBack{CallSID: c.sid, From: phone, To: e.number, Step: atMessage, Digits: key})
					}
				} else {
					w.answer(a)
				}
				w.handsOver(e, phone, "1 minute")
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				if document, err := press(ctx); err == nil {
					t.Errorf("while a text may leave it hears %s", document)
				}
				if state := query[string](w, `SELECT state FROM consents`); state != "opted_out" {
					t.Errorf("the key is not kept, consent is %s", state)
				}
				w.exec(`UPDATE messages SET place_by = clock_timestamp() + interval '200 milliseconds' WHERE state = 'sending'`)
				document, err := press(t.Context())
				w.must(err)
				w.wantHeard(string(document), says)
				if query[bool](w, `SELECT EXISTS (SELECT FROM messages WHERE state = 'sending' AND place_by > clock_timestamp())`) {
					t.Error("answered while a text may leave")
				}
			})
		}
	}
}
