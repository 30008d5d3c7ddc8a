package dialer

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
)

// caller is somebody who calls one of our numbers.
type caller struct {
	w               *world
	sid, from, ours string
}

func (w *world) callBack(e employer, from string) caller {
	w.sids++
	return caller{w: w, sid: fmt.Sprintf("CAback%d", w.sids), from: from, ours: e.number}
}

// presses sends what was pressed at a step and returns what is heard.
func (c caller) presses(step, digits string) string {
	c.w.t.Helper()
	document, err := c.w.dialer.CalledBack(context.Background(), CallBack{CallSID: c.sid, From: c.from, To: c.ours, Step: step, Digits: digits})
	c.w.must(err)
	return string(document)
}

func (c caller) begins() string { c.w.t.Helper(); return c.presses("", "") }

func (c caller) hangsUp() {
	c.w.t.Helper()
	c.w.must(c.w.dialer.CallBackEnded(context.Background(), c.sid))
}

func (w *world) wantHeard(heard string, words ...string) {
	w.t.Helper()
	for _, words := range words {
		if !strings.Contains(heard, words) {
			w.t.Fatalf("%q is not heard in %s", words, heard)
		}
	}
}

func (w *world) wantNotHeard(heard string, words ...string) {
	w.t.Helper()
	for _, words := range words {
		if strings.Contains(heard, words) {
			w.t.Fatalf("%q is heard in %s", words, heard)
		}
	}
}

const (
	person  = "+14165550101"
	closing = "The plant is closed tomorrow."
)

func once(in *campaign.DraftInput) { in.MaxAttempts = 1 }

// missed is a campaign of one attempt whose only call nobody took.
func (w *world) missed() (employer, uuid.UUID) {
	w.t.Helper()
	e := w.employer("Acme")
	w.person(e, person)
	id := w.launch(e, once)
	a := w.dialOne()
	w.status(a, 1, "ringing")
	w.status(a, 2, "no-answer")
	w.wantRecipient(e, person, "no_answer")
	return e, id
}

// row is "state answer by_callback" of the one recipient of a campaign.
func (w *world) row(id uuid.UUID) string {
	w.t.Helper()
	return query[string](w, `SELECT state || ' ' || coalesce(answer::text, '-') || ' ' || answered_by_callback FROM recipients WHERE campaign_id = $1`, id)
}

func (w *world) wantRow(id uuid.UUID, want string) {
	w.t.Helper()
	if got := w.row(id); got != want {
		w.t.Fatalf("recipient is %q, want %q", got, want)
	}
}

// Who called, when and why; the question as the call would have asked it.
func TestCallBackSaysWhoWhenAndWhyAndAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, id := w.missed()
	w.clock.Advance(4 * time.Hour)
	heard := w.callBack(e, person).begins()
	w.wantHeard(heard, "automated call from Acme for Zoe, made today at 10:00 AM, about the closing tomorrow", "Press 9 to stop these calls, 8 if you are not Zoe",
		closing, "Press 1 if you have understood.", "Press 2 if you have a question.", "Press 0 to hear this again.")
	w.clock.Advance(20 * time.Hour)
	c := w.callBack(e, person)
	w.wantHeard(c.begins(), "made yesterday at 10:00 AM", closing)
	w.wantHeard(c.presses(atChoices, "0"), closing)
	w.wantHeard(c.presses(atChoices, "5"), "not a choice", "Press 1 if you have understood")
	w.wantHeard(c.presses(atChoices, "2"), "You pressed 2: you have a question. Thank you, Zoe.")
	w.wantRow(id, "answered 2 true")
	w.wantHeard(w.callBack(e, person).begins(), "made yesterday", "You have already answered: you have a question.")
	w.clock.Advance(48 * time.Hour)
	w.wantHeard(w.callBack(e, person).begins(), "made on Monday, November 23 at 10:00 AM")
}

// A message that asks nothing is not read out: who, when and why is enough.
func TestCallBackToAnAnnouncementHearsWhoOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, person)
	w.launch(e, once)
	w.exec(`UPDATE campaigns SET content = jsonb_set(content, '{choices}', '[]')`)
	w.status(w.dialOne(), 2, "no-answer")
	c := w.callBack(e, person)
	heard := c.begins()
	w.wantHeard(heard, "Acme", "today at 10:00 AM", "the closing tomorrow", "Press 9")
	w.wantNotHeard(heard, closing, "Press 1")
	heard = c.presses(atChoices, "1")
	w.wantHeard(heard, "not a choice", "Press 9")
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE answered_by_callback`); n != 0 {
		t.Fatalf("%d answers to no question", n)
	}
}

// The time is the person's own; where that is not known, the employer's with
// its city.
func TestCallBackTellsTheTimeOfThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	people := map[string]struct{ zone, want string }{
		"+16045550101": {"America/Vancouver", "today at 1:00 PM, about"},
		"+14165550101": {"America/Toronto", "today at 3:00 PM, about"},
		"+18195550101": {"America/Toronto,America/Winnipeg", "today at 3:00 PM, Toronto time, about"},
	}
	for number, p := range people {
		w.listedIn(e, number, p.zone)
		w.event(e, number, consent.Invited, consent.OptedIn)
	}
	w.clock.Advance(5 * time.Hour) // 15:00 in Toronto
	w.launch(e, once)
	for _, a := range w.dial() {
		w.status(a, 1, "ringing")
		w.status(a, 2, "no-answer")
	}
	for number, p := range people {
		w.wantHeard(w.callBack(e, number).begins(), p.want)
	}
}

// I1: the message needs an opt-in and an open gate, before the first word. Who
// has none still hears who called and may stop it; whose phone it is not any more
// hears less (TestCallBackOfARecycledNumber).
func TestI1CallBackSpeaksTheMessageOnlyToOptedIn(t *testing.T) {
	t.Parallel()
	cases := map[string]func(w *world, e employer){
		"opted_out": func(w *world, e employer) { w.event(e, person, consent.OptedOut) },
		"erased":    func(w *world, e employer) { w.event(e, person, consent.Erased) },
		"invited":   func(w *world, e employer) { w.event(e, person, consent.OptedOut, consent.Invited) },
		"texted":    func(w *world, e employer) { w.stop(e, person, "STOP") },
		"blocked": func(w *world, e employer) {
			w.exec(`INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) VALUES ($1, $2, 'sms', now())`, testKey(person), e.sender)
		},
		"stop all":  func(w *world, _ employer) { w.exec(`UPDATE phone_gates SET stopped_at = now()`) },
		"deleted":   func(w *world, _ employer) { w.exec(`UPDATE employees SET deleted_at = now()`) },
		"suspended": func(w *world, _ employer) { w.exec(`UPDATE accounts SET status = 'suspended'`) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, id := w.missed()
			before := w.callBack(e, person)
			w.wantHeard(before.begins(), closing)
			change(w, e)
			for _, c := range []caller{before, w.callBack(e, person)} {
				heard := c.begins()
				w.wantHeard(heard, "Acme", "made today", "Press 9")
				w.wantNotHeard(heard, closing, "Press 1")
				w.wantNotHeard(c.presses(atChoices, "1"), "You pressed 1", closing)
				w.wantNotHeard(c.presses(atChoices, "0"), closing)
			}
			w.wantRow(id, "no_answer - false")
			w.wantHeard(before.presses(atMessage, "9"), "will not call or text you again")
			if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'opted_out' AND call_sid = $1`, before.sid); n != 1 {
				t.Fatalf("%d opt-outs by this call, want 1", n)
			}
		})
	}
}

// An answer given in the call itself is not asked for again.
func TestCallBackAfterAnAnswerSaysWhich(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, id := w.one()
	a := w.dialOne()
	w.answer(a)
	w.press(a, atChoices, "2")
	w.wantHeard(w.callBack(e, person).begins(), "You have already answered: you have a question.") // before its end was told
	w.status(a, 3, "completed")
	c := w.callBack(e, person)
	heard := c.begins()
	w.wantHeard(heard, "You have already answered: you have a question.")
	w.wantNotHeard(heard, closing)
	c.presses(atChoices, "1")
	w.wantRow(id, "answered 2 false")
}

// A question is open while its campaign is, and 48 hours longer.
func TestCallBackIsAskedOnlyWhatIsStillOpen(t *testing.T) {
	t.Parallel()
	set := func(sql string) func(w *world) { return func(w *world) { w.exec(sql, w.clock.Now()) } }
	for name, c := range map[string]struct {
		change func(w *world)
		asked  bool
	}{
		"running":              {set(`UPDATE campaigns SET updated_at = $1`), true},
		"paused":               {set(`UPDATE campaigns SET status = 'paused', updated_at = $1`), true},
		"just finished":        {set(`UPDATE campaigns SET status = 'finished', finished_at = $1`), true},
		"finished 47 h ago":    {set(`UPDATE campaigns SET status = 'finished', finished_at = $1::timestamptz - interval '47 hours'`), true},
		"finished 48 h ago":    {set(`UPDATE campaigns SET status = 'finished', finished_at = $1::timestamptz - interval '48 hours'`), false},
		"cancelled":            {set(`UPDATE campaigns SET status = 'cancelled', finished_at = $1`), false},
		"expired":              {set(`UPDATE campaigns SET status = 'expired', finished_at = $1`), false},
		"its deadline to come": {set(`UPDATE campaigns SET dial_until = $1::timestamptz + interval '1 minute'`), true},
		"its deadline passed":  {set(`UPDATE campaigns SET dial_until = $1`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, id := w.missed()
			c.change(w)
			back := w.callBack(e, person)
			heard := back.begins()
			w.wantHeard(heard, "Acme", "Press 9")
			if asked := strings.Contains(heard, closing); asked != c.asked {
				t.Fatalf("asked: %v, want %v", asked, c.asked)
			}
			back.presses(atChoices, "1")
			w.wantRow(id, map[bool]string{true: "answered 1 true", false: "no_answer - false"}[c.asked])
		})
	}
}

// Two employers call from one number: the newest call decides, and the other is
// not named.
func TestCallBackOfTwoEmployersOnOneNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	shared := w.sender("+14169990000")
	acme, bolt := w.employer("Acme", shared), w.employer("Bolt", shared)
	ids := map[string]uuid.UUID{}
	for _, e := range []employer{acme, bolt} {
		w.person(e, person)
		w.clock.Advance(time.Minute)
		id := w.launch(e, once)
		ids[query[string](w, `SELECT spoken_name FROM accounts WHERE id = $1`, e.id)] = id
		w.status(w.dialOne(), 2, "no-answer")
	}
	c := w.callBack(acme, person)
	heard := c.begins()
	w.wantHeard(heard, "Bolt", "made today at 10:02 AM", closing)
	w.wantNotHeard(heard, "Acme")
	c.presses(atChoices, "1")
	w.wantRow(ids["Bolt"], "answered 1 true")
	w.wantRow(ids["Acme"], "no_answer - false")
	c.presses(atMessage, "9")
	got := query[string](w, `SELECT string_agg(a.spoken_name || ' ' || k.state, ', ' ORDER BY 1) FROM consents k JOIN accounts a ON a.id = k.account_id`)
	if got != "Acme opted_in, Bolt opted_out" && got != "Bolt opted_out, Acme opted_in" {
		t.Fatalf("key 9 left %s", got)
	}
}

// I2: keys 9 and 8 of a call back, and what they do to the queue.
func TestI2CallBackAndPress9Or8(t *testing.T) {
	t.Parallel()
	for key, kind := range map[string]string{"9": "opted_out", "8": "not_me"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, phone, _ := w.one()
			a := w.dialOne()
			w.status(a, 1, "ringing")
			w.status(a, 2, "no-answer")
			c := w.callBack(e, phone)
			w.wantHeard(c.begins(), "Acme")
			if heard := c.presses(atMessage, key); !spoke(heard) {
				t.Fatalf("key %s heard %s", key, heard)
			}
			w.wantRecipient(e, phone, "skipped opted_out")
			got := query[string](w, `SELECT k.state || ' ' || e.kind FROM consents k JOIN consent_events e ON e.id = k.event_id WHERE k.account_id = $1`, e.id)
			if got != "opted_out "+kind {
				t.Fatalf("consent is %s", got)
			}
			if revoked := query[string](w, `SELECT revoked FROM inbound_calls`); revoked != kind {
				t.Fatalf("the call is kept as %q", revoked)
			}
			if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'consent.revoked'`); n != 1 {
				t.Fatalf("%d audit rows, want 1", n)
			}
			w.wantHeard(c.presses(atWidest, "9"), "No employer will call or text you")
			if !query[bool](w, `SELECT stopped_at IS NOT NULL FROM phone_gates`) {
				t.Fatal("the gate is open")
			}
		})
	}
}

// A phone that we never called hears nothing about anybody, and may forbid all.
func TestCallBackOfAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _ := w.missed()
	w.listed(e, "+14165550102") // on the list, never called
	other := w.employer("Bolt")
	for name, c := range map[string]caller{
		"never listed": w.callBack(e, "+14165559999"), "never called": w.callBack(e, "+14165550102"),
		"called from another number": {w: w, sid: "CAother", from: person, ours: other.number},
		"withheld":                   {w: w, sid: "CAwithheld", from: "anonymous", ours: e.number}, "keypad word": {w: w, sid: "CAword", from: "+266696687", ours: e.number},
	} {
		for _, step := range []string{"", atMessage, atChoices} {
			heard := c.presses(step, "1")
			w.wantHeard(heard, "There is no call for you here", "Text HELP")
			w.wantNotHeard(heard, "Acme", "Bolt", "Zoe", closing, "Press 1")
		}
		if got := query[string](w, `SELECT heard || ' ' || (account_id IS NULL) FROM inbound_calls WHERE call_sid = $1`, c.sid); got != "stranger true" {
			t.Errorf("%s is kept as %q", name, got)
		}
	}
	if n := query[int](w, `SELECT count(*) FROM inbound_calls WHERE phone_key IS NULL`); n != 2 {
		t.Fatalf("%d calls of withheld numbers, want 2", n)
	}
	w.wantNotHeard((caller{w: w, sid: "CAwithheld", from: "anonymous", ours: e.number}).begins(), "press 9") // nothing could be kept
	w.wantHeard(w.callBack(e, "+14165559999").presses(atWidest, "9"), "No employer will call or text you")
	if n := query[int](w, `SELECT count(*) FROM phone_gates WHERE stopped_at IS NOT NULL AND phone_key = $1`, testKey("+14165559999")); n != 1 {
		t.Fatal("the stranger's gate is open")
	}
	if heard := (caller{w: w, sid: "CAx", from: person, ours: "+14160000000"}).begins(); spoke(heard) {
		t.Fatalf("a number that is not ours said %s", heard)
	}
}

// Whoever has the number of somebody else now hears nothing of them: after "not
// me", and a month after the call. A newer call is theirs again.
func TestCallBackOfARecycledNumber(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens  func(*world, employer)
		stranger bool
	}{
		"stopped, and a month less an hour": {func(w *world, e employer) {
			w.event(e, person, consent.OptedOut)
			w.clock.Advance(30*24*time.Hour - 2*time.Hour)
		}, false},
		"more than a month": {func(w *world, _ employer) { w.clock.Advance(30 * 24 * time.Hour) }, true},
		"not me by calling back": {func(w *world, e employer) {
			c := w.callBack(e, person)
			c.begins()
			c.presses(atMessage, "8")
			c.hangsUp()
		}, true},
		"not me to another employer": {func(w *world, _ employer) { w.event(w.employer("Bolt"), person, consent.NotMe) }, false},
		"not me, and a call to the new owner": {func(w *world, e employer) {
			w.event(e, person, consent.NotMe)
			w.clock.Advance(time.Hour)
			w.event(e, person, consent.Invited, consent.OptedIn)
			w.launch(e, once)
			w.status(w.dialOne(), 2, "no-answer")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			e, _ := w.missed()
			w.clock.Advance(time.Hour)
			test.happens(w, e)
			c := w.callBack(e, person)
			for _, step := range []string{"", atMessage, atChoices} {
				heard := c.presses(step, "")
				if !test.stranger {
					w.wantHeard(heard, "Acme")
					return
				}
				w.wantHeard(heard, "There is no call for you here")
				w.wantNotHeard(heard, "Acme", "Zoe", "the closing tomorrow", closing, "Press 1")
			}
			if got := query[string](w, `SELECT heard || ' ' || (account_id IS NULL) FROM inbound_calls WHERE call_sid = $1`, c.sid); got != "stranger true" {
				t.Errorf("the call is kept as %q", got)
			}
		})
	}
}

// I9: an employer sees the calls that return its own, and no others.
func TestI9CallBacksBelongToTheirEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, id := w.missed()
	other := w.employer("Bolt")
	w.callBack(e, person).presses(atChoices, "1")
	w.callBack(e, "+14165559999").begins()
	for account, want := range map[uuid.UUID]int{e.id: 1, other.id: 0} {
		var n int
		w.must(w.app.InAccount(t.Context(), account, func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT count(call_sid) FROM inbound_calls`).Scan(&n)
		}))
		if n != want {
			t.Errorf("account sees %d calls, want %d", n, want)
		}
	}
	_, list, err := w.campaigns.Roster(t.Context(), e.id, id, campaign.RosterFilter{Limit: 10})
	w.must(err)
	if r := list[0]; !r.ByCallBack || r.CalledBack == nil || r.CalledBack.Heard != heardCaller || *r.CalledBack.Answer != 1 {
		t.Fatalf("the roster shows %+v", r)
	}
}
