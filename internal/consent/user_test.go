package consent

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/twilio"
)

const ada = "+14165550103"

func (w *world) blocks(number string) int {
	w.t.Helper()
	return query[int](w, `SELECT count(*) FROM sender_blocks WHERE phone_key = $1`, testKey(number))
}

// A user is on no list: no invitation would ever come whose YES reopens the
// number for codes and previews.
func TestStartOfAUserLiftsTheBlockOfThatNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill := w.employer("Mill", sender)
	w.exec(`UPDATE users SET phone = $2, phone_verified_at = now() WHERE id = $1`, mill.user, ada)
	w.text(sender, ada, "STOP")
	w.text(other, ada, "STOP")
	events := query[int](w, `SELECT count(*) FROM consent_events`)
	if out := w.text(sender, ada, "START"); out.Did != didUnblock {
		t.Errorf("outcome %+v", out)
	}
	if n := query[int](w, `SELECT count(*) FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2`, testKey(ada), other); w.blocks(ada) != 1 || n != 1 {
		t.Errorf("%d blocks, %d of the other number", w.blocks(ada), n)
	}
	if n := query[int](w, `SELECT count(*) FROM consent_events`); n != events {
		t.Errorf("%d events were added to ledgers", n-events)
	}
	audited := func() int {
		return query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = 'phone.unblocked' AND subject_id = $2::text AND detail::text NOT LIKE '%5550103%'`, mill.id, mill.user.String())
	}
	if n := audited(); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	if out := w.text(sender, ada, "START"); out.Did != didNothing || audited() != 1 {
		t.Errorf("a START without a block did %q", out.Did)
	}
	// After "stop all" too, and the other number stays closed.
	w.text(sender, ada, "stop all")
	w.text(sender, ada, "START")
	if open := query[bool](w, `SELECT stopped_at IS NULL FROM phone_gates WHERE phone_key = $1`, testKey(ada)); !open || w.blocks(ada) != 1 {
		t.Errorf("gate open %v, %d blocks", open, w.blocks(ada))
	}
}

// A number that somebody typed when they registered is not theirs: whoever says
// "stop all" and texts START to one number is not open to everybody for it.
func TestI2StartOpensNothingForWhoeverClaimsTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	attacker := w.employer("Attacker", sender)
	w.exec(`UPDATE users SET phone = $2, phone_verified_at = NULL WHERE id = $1`, attacker.user, ada)
	w.text(sender, ada, "stop all")
	if out := w.text(sender, ada, "START"); out.Did == didUnblock {
		t.Errorf("outcome %+v", out)
	}
	if open := query[bool](w, `SELECT stopped_at IS NULL FROM phone_gates WHERE phone_key = $1`, testKey(ada)); open || w.blocks(ada) != 1 {
		t.Errorf("gate open %v, %d blocks", open, w.blocks(ada))
	}
}

// Who may be called by some employer gets no shortcut around the YES.
func TestStartLiftsNoBlockOfAnEmployeeOrAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, port := w.employer("Mill", sender), w.employer("Port", w.sender(ours2))
	w.exec(`UPDATE users SET phone = $2, phone_verified_at = now() WHERE id = $1`, mill.user, zoe)
	w.person(port, zoe, "en")
	for _, number := range []string{zoe, max1} {
		w.text(sender, number, "STOP")
		w.text(sender, number, "START")
		if w.blocks(number) != 1 {
			t.Errorf("START of %s lifted the block", number)
		}
	}
}

// code queues the text of a code for a phone.
func (w *world) code(mill employer, number string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1) ON CONFLICT DO NOTHING`, testKey(number))
	w.exec(`INSERT INTO messages (id, account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
		VALUES ($1, $2, $3, 'verify_phone', 'en', $4, 'Your code is 123456', 'x', $5, $6, $6)`, id, mill.id, testKey(number), number, mill.sender, w.clock.Now())
	return id
}

// A code is kept until its text has left, or can leave no more, and not a moment
// longer: the words of that text go with it.
func TestH13NoCodeStaysInATextThatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	stays := func(id uuid.UUID, state string, want bool) {
		t.Helper()
		if n := query[int](w, `SELECT count(*) FROM messages WHERE id = $1 AND state = $2 AND (body <> '') = $3`, id, state, want); n != 1 {
			t.Errorf("the text is not %s, or what is kept of its code is wrong", state)
		}
	}
	sent := w.code(mill, zoe)
	stays(sent, "queued", true)
	w.send()
	if w.carrier.count(zoe) != 1 {
		t.Fatal("the code did not leave")
	}
	stays(sent, "accepted", false)
	late := w.code(mill, ada)
	w.clock.Advance(codeLife + time.Second)
	w.send()
	stays(late, "skipped", false)
	w.exec(`UPDATE senders SET active = false`)
	fresh, stuck := w.code(mill, zoe), w.code(mill, ada)
	w.clock.Advance(codeLife + time.Second)
	w.exec(`UPDATE messages SET created_at = $2 WHERE id = $1`, fresh, w.clock.Now())
	if err := w.texter.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	stays(stuck, "queued", true) // no texter looks at it
	if err := w.service.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	stays(stuck, "skipped", false)
	stays(fresh, "queued", true)
}

// A code that was queued before the person refused the employer does not leave,
// unless a user of that employer has proved the phone to be theirs.
func TestCodeDoesNotLeaveForAPhoneThatRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	for i, number := range []string{zoe, ada} {
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
		w.exec(`INSERT INTO messages (id, account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
			VALUES ($1, $2, $3, 'verify_phone', 'en', $4, '123456', 'x', $5, $6, $6)`, uuid.New(), mill.id, testKey(number), number, mill.sender, w.clock.Now())
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'opted_out', 'voice', $3, 'employee')`, mill.id, testKey(number), w.clock.Now())
		if i == 1 {
			w.exec(`UPDATE users SET phone = $2, phone_verified_at = now() WHERE id = $1`, mill.user, ada)
		}
	}
	w.send()
	if w.carrier.count(zoe) != 0 || w.carrier.count(ada) != 1 {
		t.Errorf("%d codes to who refused, %d to the user", w.carrier.count(zoe), w.carrier.count(ada))
	}
}

// A code is worth something for ten minutes, and is kept no longer than it takes
// to leave: taken, refused, given up or too late, its text is empty.
func TestH13NoCodeIsKeptOfATextThatWasHandedOver(t *testing.T) {
	t.Parallel()
	refuse := func(class twilio.Class) func(w *world, sender uuid.UUID) {
		return func(w *world, _ uuid.UUID) {
			w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: class, Code: 30006} }
			w.send()
		}
	}
	for name, test := range map[string]struct {
		end   func(w *world, sender uuid.UUID)
		state string
	}{
		"taken":    {func(w *world, _ uuid.UUID) { w.send() }, stateAccepted},
		"refused":  {refuse(twilio.Permanent), stateFailed},
		"too late": {func(w *world, _ uuid.UUID) { w.clock.Advance(codeLife + time.Second); w.send() }, stateSkipped},
		"stopped":  {func(w *world, sender uuid.UUID) { w.text(sender, ada, "STOP ALL"); w.send() }, stateSkipped},
		"lost and found": {func(w *world, _ uuid.UUID) {
			w.carrier.lose = func(twilio.Message) error { return &twilio.Error{Class: twilio.Unknown, Message: "timeout"} }
			w.send()
			w.reconcile()
		}, stateAccepted},
		"lost and given up": {func(w *world, _ uuid.UUID) {
			refuse(twilio.Unknown)(w, uuid.Nil)
			w.exec(`UPDATE messages SET place_by = place_by - interval '1 day'`)
			w.reconcile()
		}, stateFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill := w.employer("Mill", w.sender(ours))
			w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(ada))
			w.exec(`INSERT INTO messages (id, account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
				VALUES ($1, $2, $3, 'verify_phone', 'en', $4, '123456', 'x', $5, $6, $6)`, uuid.New(), mill.id, testKey(ada), ada, mill.sender, w.clock.Now())
			test.end(w, mill.sender)
			if got := query[string](w, `SELECT state || ':' || body FROM messages WHERE kind = 'verify_phone'`); got != test.state+":" {
				t.Errorf("%q, want %q without its code", got, test.state)
			}
		})
	}
}

func (w *world) reconcile() {
	w.t.Helper()
	if err := w.texter.Reconcile(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}
