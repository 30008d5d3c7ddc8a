package consent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/twilio"
)

// history is what an employer reads about a phone.
func (w *world) history(e employer, number string) (events []PastEvent, texts []PastText) {
	w.t.Helper()
	err := w.app.InAccount(w.t.Context(), e.id, func(tx pgx.Tx) (err error) {
		events, texts, err = History(w.t.Context(), tx, e.id, testKey(number))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return events, texts
}

const bodiesWithKeys = `SELECT count(*) FROM messages WHERE body ~ '/p/[A-Za-z0-9_-]{11}'`

// The link opens the person's own page: an employer reads everything that it
// sent, but never the key, whether the text waits, has left or never will.
func TestI9EmployersNeverReadALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.text(mill.sender, zoe, "YES")
	unread := func(when string, links int) {
		t.Helper()
		events, texts := w.history(mill, zoe)
		shown := 0
		for _, e := range events {
			if linkInText.MatchString(e.Text + " " + e.InboundText) {
				t.Errorf("%s: the ledger shows %q %q", when, e.Text, e.InboundText)
			}
		}
		for _, x := range texts {
			if linkInText.MatchString(x.Body) {
				t.Errorf("%s: a text shows %q", when, x.Body)
			}
			if strings.Contains(x.Body, maskedLink) {
				shown++
			}
		}
		if shown != links {
			t.Errorf("%s: %d texts with a masked link, want %d", when, shown, links)
		}
	}
	unread("queued", 1)
	w.send()
	unread("sent", 1)
	if n := query[int](w, bodiesWithKeys); n != 0 {
		t.Errorf("%d stored texts keep their key once they are sent", n)
	}
	key := w.key(zoe)
	w.clock.Advance(time.Minute)
	w.text(mill.sender, zoe, "what is this https://callshu.com/p/"+key)
	w.text(mill.sender, zoe, "please stop callshu.com/p/"+key)
	unread("sent back to us", 1)
	for table, column := range map[string]string{"inbound_messages": "body", "inbound_reads": "body", "consent_events": "inbound_text"} {
		if n := query[int](w, `SELECT count(*) FROM `+table+` WHERE strpos(`+column+`, $1) > 0`, key); n != 0 {
			t.Errorf("%s keeps the key %d times", table, n)
		}
	}
}

// A text that is refused, taken back or given up keeps no key either.
func TestNoKeyIsKeptOfTextsThatNeverLeave(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, employer){
		"refused": func(w *world, _ employer) {
			w.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.Permanent, Code: 30006} }
			w.send()
		},
		"stopped": func(w *world, mill employer) { w.text(mill.sender, zoe, "STOP") },
		"skipped": func(w *world, _ employer) {
			id := query[uuid.UUID](w, `SELECT id FROM messages WHERE kind = 'confirmation'`)
			if err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error { return skip(w.t.Context(), tx, id, "test", w.clock.Now()) }); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mill := w.employer("Mill", w.sender(ours))
			w.invited(mill, zoe, "en")
			w.text(mill.sender, zoe, "YES")
			if n := query[int](w, bodiesWithKeys); n != 1 {
				t.Fatalf("%d texts with a key wait, want 1", n)
			}
			end(w, mill)
			if n := query[int](w, bodiesWithKeys); n != 0 {
				t.Errorf("%d stored texts keep their key", n)
			}
		})
	}
}

// I3: the carrier lists the words as they were sent, so an unknown text is
// compared whole, and loses its key when it is found.
func TestI3LostLinkIsFoundAtTheCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.text(mill.sender, zoe, "YES")
	w.carrier.lose = func(twilio.Message) error { return &twilio.Error{Class: twilio.Unknown, Message: "timeout"} }
	w.send()
	if got := query[string](w, `SELECT state FROM messages WHERE kind = 'confirmation'`); got != stateUnknown {
		t.Fatalf("state %s", got)
	}
	if err := w.texter.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query[string](w, `SELECT state FROM messages WHERE kind = 'confirmation'`); got != stateAccepted {
		t.Errorf("state %s, want it found", got)
	}
	if n := query[int](w, bodiesWithKeys); n != 0 {
		t.Errorf("%d stored texts keep their key", n)
	}
}

// A phone that says "not me" has another owner than the page was about: old links
// end, and a new one shows what is the new owner's.
func TestNotMeEndsThePageOfTheFormerOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.optedIn(farm, zoe, "en")
	w.clock.Advance(time.Hour)
	w.optedIn(mill, zoe, "en")
	old := w.key(zoe)
	w.clock.Advance(time.Hour)
	wrong := Revocation{PhoneKey: testKey(zoe), Account: &mill.id, SenderID: sender, Kind: NotMe, Channel: ChannelVoice, CallSID: "CA1"}
	if _, err := (domain{w.service}).Revoke(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.OpenPage(t.Context(), old, 50); !apperr.HasCode(err, "link_gone") {
		t.Errorf("the former owner's link opens: %v", err)
	}
	w.clock.Advance(time.Minute)
	w.text(sender, zoe, "CALLS")
	w.send()
	key := w.key(zoe)
	page, err := w.service.OpenPage(t.Context(), key, 50)
	if err != nil {
		t.Fatal(err)
	}
	if page.PastTotal != 2 || len(page.Past) != 2 { // the word and the link
		t.Errorf("%d of %d items: %+v", len(page.Past), page.PastTotal, page.Past)
	}
	// Farm may still call this phone, and has to be seen to be stopped.
	if len(page.Employers) != 2 || page.Employers[0].Name != "Farm" || !page.Employers[0].MayCall || page.Employers[1].MayCall {
		t.Fatalf("%+v", page.Employers)
	}
	for _, e := range page.Employers {
		if e.Agreement != nil || e.Wording != "" {
			t.Errorf("%s: shows what the former owner read and agreed to: %q, %+v", e.Name, e.Wording, e.Agreement)
		}
	}
	// The same key once more, as the carrier repeats it, ends nothing new.
	if _, err := (domain{w.service}).Revoke(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE employees SET deleted_at = created_at WHERE account_id = $1`, mill.id)
	w.exec(`UPDATE messages SET account_id = NULL, kind = 'choose' WHERE kind = 'page'`)
	if page, err = w.service.OpenPage(t.Context(), key, 50); err != nil || len(page.Employers) != 1 || page.Employers[0].Name != "Farm" {
		t.Errorf("a former employer that is done with this number is named: %+v, %v", page.Employers, err)
	}
}
