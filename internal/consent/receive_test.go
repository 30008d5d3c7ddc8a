package consent

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/twilio"
)

const (
	ours  = "+14165550199"
	ours2 = "+14165550198"
	zoe   = "+14165550101"
	max1  = "+14165550102"
)

func TestInvitationYesAndOneConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	id := w.invited(mill, zoe, "en")
	first := w.receive(Inbound{MessageSID: "SMyes", From: zoe, To: ours, Body: " yes! "})
	if first.Word != keyword.Yes || first.Did != didOptIn || first.Reply != kindConfirmation {
		t.Errorf("outcome %+v", first)
	}
	w.wantState(mill, zoe, StateOptedIn)
	// The retry of the same webhook, and a second YES within a second.
	if again := w.receive(Inbound{MessageSID: "SMyes", From: zoe, To: ours, Body: " yes! "}); !again.Duplicate {
		t.Errorf("outcome %+v, want a duplicate", again)
	}
	if second := w.text(mill.sender, zoe, "YES"); second.Did != didNothing || second.Reply != "" {
		t.Errorf("outcome %+v, want nothing", second)
	}
	w.send()
	if got, want := w.sentTo(zoe), "invitation confirmation"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if got, want := w.events(mill, zoe), "attested invited opted_in"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
	// The opt-in proves the words that were agreed to.
	proof := query[int](w, `SELECT count(*) FROM consent_events v JOIN messages m ON m.body_hash = v.wording_hash AND m.kind = 'invitation'
		WHERE v.kind = 'opted_in' AND v.employee_id = $1 AND v.message_sid = 'SMyes' AND v.inbound_text = ' yes! ' AND v.wording_version = m.wording_version
		AND v.wording_hash = sha256(convert_to(m.body, 'UTF8'))`, id)
	if proof != 1 {
		t.Error("the opt-in does not prove its wording")
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'consent.opted_in' AND account_id = $1`, mill.id); n != 1 {
		t.Errorf("%d audit rows of the opt-in", n)
	}
}

func TestI1StrayYesChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill := w.employer("Mill", sender)
	w.text(sender, max1, "YES") // a stranger
	w.person(mill, zoe, "en")
	w.text(sender, zoe, "YES") // known, never asked
	w.wantState(mill, zoe, StateNone)
	w.invite(mill)
	w.text(sender, zoe, "YES") // asked, but the text is still in our queue
	w.wantState(mill, zoe, StateNone)
	w.send()
	w.wantState(mill, zoe, StateInvited)
	w.text(other, zoe, "YES") // to a number that never asked
	w.wantState(mill, zoe, StateInvited)
	for _, body := range []string{"yes please", "ok", "y", "YES 1", "2", "sure thing"} {
		w.text(sender, zoe, body)
		w.wantState(mill, zoe, StateInvited)
	}
	// A listing tells that this YES was written before the invitation left.
	w.receive(Inbound{MessageSID: w.sid(), From: zoe, To: ours, Body: "YES", ProviderAt: w.clock.Now().Add(-time.Minute)})
	w.wantState(mill, zoe, StateInvited)
	// Too late, with and without the job that closes invitations.
	w.clock.Advance(InvitationLife)
	w.text(sender, zoe, "YES")
	w.wantState(mill, zoe, StateInvited)
	if n, err := w.service.Lapse(t.Context()); err != nil || n != 1 {
		t.Fatalf("lapsed %d, %v", n, err)
	}
	w.text(sender, zoe, "YES")
	w.wantState(mill, zoe, StateLapsed)
	if strings.Contains(w.events(mill, zoe), string(OptedIn)) {
		t.Error(w.events(mill, zoe))
	}
}

func TestFailedInvitationCannotBeAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	id := query[uuid.UUID](w, `SELECT id FROM messages WHERE phone_key = $1`, testKey(zoe))
	sid := query[string](w, `SELECT message_sid FROM messages WHERE id = $1`, id)
	if err := w.texter.MessageStatus(t.Context(), id, sid, "undelivered", 30003); err != nil {
		t.Fatal(err)
	}
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateInvited)
	// It may be tried once more, and that one counts.
	if r := w.invite(mill); r.Queued != 1 {
		t.Fatalf("queued %d, skipped %v", r.Queued, r.Skipped)
	}
	w.send()
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedIn)
}

func TestI2StopRevokesForEveryEmployerOnTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill, farm, port := w.employer("Mill", sender), w.employer("Farm", sender), w.employer("Port", other)
	w.optedIn(mill, zoe, "en")
	w.person(farm, zoe, "en")
	w.invite(farm)
	w.optedIn(port, zoe, "en")
	out := w.text(sender, zoe, "STOP")
	if out.Did != didOptOut || len(out.Revoked) != 2 || out.Reply != "" {
		t.Errorf("outcome %+v", out)
	}
	w.wantState(mill, zoe, StateOptedOut)
	w.wantState(farm, zoe, StateOptedOut)
	w.wantState(port, zoe, StateOptedIn)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2`, testKey(zoe), sender); n != 1 {
		t.Errorf("%d blocks", n)
	}
	before := w.carrier.count(zoe)
	w.send()
	if n := w.carrier.count(zoe); n != before {
		t.Errorf("%d texts left after STOP", n-before)
	}
	// An employer who imports the person later meets the block.
	late := w.employer("Late", sender)
	w.person(late, zoe, "en")
	w.invite(late)
	w.send()
	if n := w.carrier.count(zoe); n != before {
		t.Error("a new employer on the number reached somebody who said STOP")
	}
	w.wantState(late, zoe, StateNone)
	// A replay of the YES that once counted, and fresh ones.
	for _, body := range []string{"YES", "yes", "OUI"} {
		w.text(sender, zoe, body)
	}
	w.wantState(mill, zoe, StateOptedOut)
}

// One confirmation of an opt-out, however often it is said; what was queued
// before is taken back in the same transaction.
func TestStopIsConfirmedOnceAndTakesBackWhatIsQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.invited(mill, zoe, "en")
	w.person(farm, zoe, "en")
	w.invite(farm)
	w.text(sender, zoe, "yes") // its confirmation waits, too
	if out := w.text(sender, zoe, "please stop"); out.Reply != kindStopped {
		t.Errorf("outcome %+v", out)
	}
	if got, want := query[string](w, `SELECT string_agg(kind || ' ' || state, ', ' ORDER BY created_at, kind) FROM messages`),
		"invitation accepted, invitation skipped, confirmation skipped, stopped queued"; got != want {
		t.Errorf("texts %q, want %q", got, want)
	}
	for _, again := range []string{"please stop", "STOP", "stop all"} {
		if out := w.text(sender, zoe, again); out.Reply != "" {
			t.Errorf("%q is confirmed again: %+v", again, out)
		}
	}
}

// An import that has the phone in hand, of any employer and for however long,
// does not hold up its STOP.
func TestI2StopDoesNotWaitForAnImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.optedIn(mill, zoe, "en")
	tx, err := w.app.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if _, err := tx.Exec(t.Context(), `SELECT set_config('app.account_id', $1, true)`, farm.id.String()); err != nil {
		t.Fatal(err)
	}
	if err := Attest(t.Context(), tx, farm.id, []uuid.UUID{uuid.New()}, [][]byte{testKey(zoe)}, ChannelImport, farm.actor(), w.clock.Now(), nil); err != nil {
		t.Fatal(err)
	}
	w.text(sender, zoe, "STOP") // would fail after the 10 s that a statement waits for a lock
	w.wantState(mill, zoe, StateOptedOut)
}

func TestI1ReplayedYesAfterStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	yes := Inbound{MessageSID: "SMold", From: zoe, To: ours, Body: "YES"}
	w.receive(yes)
	w.text(mill.sender, zoe, "STOP")
	if out := w.receive(yes); !out.Duplicate {
		t.Errorf("outcome %+v", out)
	}
	w.wantState(mill, zoe, StateOptedOut)
	if got, want := w.events(mill, zoe), "attested invited opted_in opted_out"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
}

func TestI1StartOpensANewInvitationAndDoesNotOptIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "fr")
	w.text(mill.sender, zoe, "ARRET") // no word of the carrier: the confirmation is ours
	w.wantState(mill, zoe, StateOptedOut)
	w.send()
	if r := w.invite(mill); r.Queued != 0 || r.Skipped[SkipOptedOut] != 1 {
		t.Errorf("an employer may invite again: %+v", r)
	}
	w.clock.Advance(12 * time.Hour) // night: the answer to one's own text keeps no hours
	if out := w.text(mill.sender, zoe, "START"); out.Did != didInvite {
		t.Errorf("outcome %+v", out)
	}
	w.wantState(mill, zoe, StateOptedOut)
	w.send()
	w.wantState(mill, zoe, StateInvited)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks`); n != 1 {
		t.Error("the block was lifted before the invitation was answered")
	}
	w.text(mill.sender, zoe, "oui")
	w.wantState(mill, zoe, StateOptedIn)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks`); n != 0 {
		t.Error("the block stays after the new opt-in")
	}
	w.send()
	if got, want := w.sentTo(zoe), "invitation confirmation stopped invitation confirmation"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestI2StopOvertakesStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.text(mill.sender, zoe, "STOP")
	w.text(mill.sender, zoe, "START")
	w.text(mill.sender, zoe, "STOP") // before the invitation left
	before := w.carrier.count(zoe)
	w.send()
	if n := w.carrier.count(zoe); n != before {
		t.Error("an invitation left after the second STOP")
	}
	w.text(mill.sender, zoe, "START")
	// STOP while the invitation is at the carrier: its receipt must open nothing.
	w.carrier.before = func(twilio.Message) { w.text(mill.sender, zoe, "STOP") }
	w.send()
	w.carrier.before = nil
	w.wantState(mill, zoe, StateOptedOut)
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedOut)
}

func TestI2StopAllIsForThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill, port := w.employer("Mill", sender), w.employer("Port", other)
	w.optedIn(mill, zoe, "en")
	w.optedIn(port, zoe, "en")
	if out := w.text(sender, zoe, "stop all"); len(out.Revoked) != 2 {
		t.Errorf("outcome %+v", out)
	}
	w.wantState(port, zoe, StateOptedOut)
	late := w.employer("Late", w.sender("+14165550197"))
	w.person(late, zoe, "en")
	w.invite(late)
	before := w.carrier.count(zoe)
	w.send()
	if w.carrier.count(zoe) != before+1 { // "stop all" is no word of the carrier: ours is the confirmation
		t.Errorf("%d texts after stop all, want the confirmation", w.carrier.count(zoe)-before)
	}
	// START to one number reopens that one only.
	w.text(sender, zoe, "START")
	w.send()
	w.text(sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedIn)
	w.wantState(port, zoe, StateOptedOut)
	for number, blocked := range map[uuid.UUID]bool{sender: false, other: true, late.sender: true} {
		got := query[bool](w, `SELECT EXISTS (SELECT FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2)`, testKey(zoe), number)
		if got != blocked {
			t.Errorf("sender %s blocked %v, want %v", number, got, blocked)
		}
	}
	// A number that is added later is no way round it.
	added := w.sender("+14165550196")
	if err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error { return KeepStoppedOn(t.Context(), tx, []uuid.UUID{added}) }); err != nil {
		t.Fatal(err)
	}
	newcomer := w.employer("Newcomer", added)
	w.person(newcomer, zoe, "en")
	w.send() // the confirmation of the YES
	w.invite(newcomer)
	before = w.carrier.count(zoe)
	w.send()
	if n := w.carrier.count(zoe) - before; n != 0 {
		t.Errorf("%d texts from a number that was added after stop all", n)
	}
}

func TestTwoEmployersOnOneNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.invited(mill, zoe, "en")
	w.clock.Advance(time.Minute)
	w.invited(farm, zoe, "en")
	if out := w.text(sender, zoe, "YES 2"); out.Did != didReview { // nobody has asked for a number
		t.Errorf("outcome %+v", out)
	}
	if out := w.text(sender, zoe, "YES"); out.Did != didAsk || out.Reply != kindChoose {
		t.Errorf("outcome %+v", out)
	}
	w.wantState(mill, zoe, StateInvited)
	w.wantState(farm, zoe, StateInvited)
	w.send()
	question := query[string](w, `SELECT body FROM messages WHERE kind = 'choose' AND account_id IS NULL`)
	if !strings.Contains(question, "YES 1 = Mill") || !strings.Contains(question, "YES 2 = Farm") {
		t.Error(question)
	}
	w.text(sender, zoe, "YES 3")
	w.wantState(farm, zoe, StateInvited)
	w.text(sender, zoe, "yes 2")
	w.wantState(mill, zoe, StateInvited)
	w.wantState(farm, zoe, StateOptedIn)
	w.text(sender, zoe, "YES 2") // again: the other one must not get it
	w.wantState(mill, zoe, StateInvited)
	w.text(sender, zoe, "YES 1")
	w.wantState(mill, zoe, StateOptedIn)
}

// Whoever stopped two employers and comes back by START is asked by both, and
// must be able to say to which one the YES goes. A new STOP ends that too.
func TestTwoEmployersAskAgainAfterStart(t *testing.T) {
	t.Parallel()
	for _, stopAgain := range []bool{false, true} {
		w := newWorld(t)
		sender := w.sender(ours)
		mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
		w.optedIn(mill, zoe, "en")
		w.clock.Advance(time.Minute)
		w.optedIn(farm, zoe, "en")
		w.text(sender, zoe, "STOP")
		w.clock.Advance(time.Minute)
		w.text(sender, zoe, "START")
		w.send()
		w.wantState(mill, zoe, StateInvited)
		w.wantState(farm, zoe, StateInvited)
		w.text(sender, zoe, "YES")
		if stopAgain {
			w.text(sender, zoe, "STOP")
		}
		w.send()
		asked := query[int](w, `SELECT count(*) FROM messages WHERE kind = 'choose' AND state NOT IN ('queued', 'skipped')`)
		if asked == 1 == stopAgain {
			t.Fatalf("%d questions left, stopped again %v", asked, stopAgain)
		}
		if stopAgain {
			w.wantState(mill, zoe, StateOptedOut)
			continue
		}
		w.text(sender, zoe, "YES 1")
		states := query[string](w, `SELECT string_agg(state, ' ' ORDER BY state) FROM consents`)
		if states != "invited opted_in" {
			t.Errorf("after YES 1: %s", states)
		}
	}
}

// No employer reads what was written to another one, nor a text that names both.
func TestWordsStayWithTheEmployerTheyWereFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.optedIn(mill, zoe, "en")
	w.clock.Advance(time.Hour)
	w.optedIn(farm, zoe, "en") // the last one to write
	w.text(sender, zoe, "who is this Farm?")
	w.text(sender, zoe, "please stop calling me, Farm")
	w.wantState(mill, zoe, StateOptedOut)
	if n := query[int](w, `SELECT count(*) FROM inbound_reads WHERE account_id = $1 AND body LIKE '%Farm%'`, mill.id); n != 0 {
		t.Error("Mill reads texts to Farm")
	}
	if n := query[int](w, `SELECT count(*) FROM inbound_reads WHERE account_id = $1 AND body LIKE '%Farm%'`, farm.id); n != 2 {
		t.Errorf("Farm reads %d texts, want 2", n)
	}
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE account_id = $1 AND inbound_text LIKE '%Farm%'`, mill.id); n != 0 {
		t.Error("Mill's ledger quotes a text to Farm")
	}
	if n := query[int](w, `SELECT count(*) FROM inbound_messages WHERE review`); n != 1 {
		t.Errorf("%d texts to review, want 1", n)
	}
}

func TestUnknownTextGetsHelpOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	for range 5 { // an answering machine for texts
		w.text(mill.sender, zoe, "I am driving and will answer later")
	}
	w.text(mill.sender, max1, "hello?") // a stranger learns nothing
	w.send()
	if got, want := w.sentTo(zoe), "invitation confirmation help"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if got := w.sentTo(max1); got != "" {
		t.Errorf("sent %q to a stranger", got)
	}
	w.wantState(mill, zoe, StateOptedIn)
}

// CALLS brings the link to the person's own page, to their phone only; it
// opens for a good year.
func TestCallsBringsTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.optedIn(mill, zoe, "fr")
	w.clock.Advance(time.Minute)
	w.person(farm, zoe, "en")
	w.text(sender, max1, "CALLS") // a stranger
	if out := w.text(sender, zoe, "Appels"); out.Reply != kindPage {
		t.Errorf("outcome %+v", out)
	}
	w.send()
	texts := w.carrier.texts(zoe)
	body := texts[len(texts)-1]
	_, key, found := strings.Cut(body, "callshu.com/p/")
	if key, _, _ = strings.Cut(key, "."); !found || len(key) != 11 || !strings.Contains(body, "vos appels") {
		t.Fatalf("%q", body)
	}
	page, err := w.service.OpenPage(t.Context(), key, 50)
	if err != nil || len(page.Employers) != 2 || page.Language != French || page.PhoneMasked != phone.Mask(zoe) {
		t.Fatalf("%+v, %v", page, err)
	}
	if e := page.Employers[1]; e.Name != "Mill" || !e.MayCall || !strings.Contains(e.Wording, "OUI") || e.Agreement == nil || e.Agreement.Text != e.Wording || e.Agreement.Said != "YES" {
		t.Errorf("%+v", e)
	}
	if e := page.Employers[0]; e.Name != "Farm" || e.MayCall || e.Agreement != nil {
		t.Errorf("%+v", e)
	}
	// an invitation, its yes, the confirmation, the word and the link
	if page.PastTotal != 5 || len(page.Past) != 5 || page.Past[4].Employer != "Mill" || page.Past[4].Kind != kindInvitation {
		t.Errorf("%d of %d: %+v", len(page.Past), page.PastTotal, page.Past)
	}
	if n := query[int](w, `SELECT count(*) FROM person_links WHERE key_hash = convert_to($1, 'UTF8')`, key); n != 0 {
		t.Error("the key itself is stored")
	}
	w.clock.Advance(linkLife)
	for _, key := range []string{key, "", "AAAAAAAAAAA"} {
		if _, err := w.service.OpenPage(t.Context(), key, 50); !apperr.HasCode(err, "link_gone") {
			t.Errorf("%q opens: %v", key, err)
		}
	}
}

func TestHelpWhileStoppedGetsNoReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.text(mill.sender, zoe, "aide") // not one of the carrier's words
	w.text(mill.sender, zoe, "STOP")
	w.text(mill.sender, zoe, "aide")
	w.send()
	if got, want := w.sentTo(zoe), "invitation confirmation"; got != want {
		t.Errorf("sent %q, want %q: a STOP takes back what has not left", got, want)
	}
}

// Whatever the sender's mode at the carrier, one text brings the person one
// reply at most; to STOP and YES it is exactly one.
func TestI2NeverTwoReplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	n := 0
	words := []string{"YES", "oui", "STOP", "arret", "please stop", "HELP", "aide", "START", "huh?"}
	for _, mode := range []optout.Mode{optout.Default, optout.TollFree, optout.Advanced, optout.ShortCode} {
		for _, yes := range []string{"never", "when_blocked", "always"} {
			for _, omitYes := range []bool{false, true} {
				w.service.Replies = CarrierReplies{Keywords: mode != optout.ShortCode, Yes: mode == optout.Default && yes == "always"}
				rules := optout.Rules{YesAutoreply: yes, Trim: true, OmitYes: omitYes, Words: optout.Words{Stop: []string{"ARRET"}, Help: []string{"AIDE"}}}
				for _, body := range words {
					n++
					number := fmt.Sprintf("+1416555%04d", n+1000)
					w.optedOrInvited(mill, number, body)
					verdict := optout.Decide(mode, body, false, rules)
					before := query[int](w, `SELECT count(*) FROM messages WHERE phone_key = $1`, testKey(number))
					w.receive(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: body, OptOutType: verdict.OptOutType})
					replies := query[int](w, `SELECT count(*) FROM messages WHERE phone_key = $1`, testKey(number)) - before
					if verdict.Reply != "" {
						replies++
					}
					want := 1
					if strings.EqualFold(body, "START") && mode == optout.ShortCode {
						want = 0 // there is nothing to start for somebody who is in
					}
					if replies != want {
						t.Errorf("mode %s, yes %s, omit %v: %q brings %d replies, want %d", mode, yes, omitYes, body, replies, want)
					}
				}
				// After a STOP only the carrier answers; START asks for the invitation, and for nothing else.
				for _, body := range words {
					n++
					number := fmt.Sprintf("+1416555%04d", n+1000)
					w.optedOrInvited(mill, number, "")
					w.receive(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: "STOP", OptOutType: optout.Decide(mode, "STOP", false, rules).OptOutType})
					before := w.queuedTo(number)
					w.receive(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: body, OptOutType: optout.Decide(mode, body, true, rules).OptOutType})
					want := before
					if body == "START" {
						want = strings.TrimSpace(before + " invitation")
					}
					if got := w.queuedTo(number); got != want {
						t.Errorf("mode %s, yes %s, omit %v: after STOP %q brings %q to %q, want %q", mode, yes, omitYes, body, got, before, want)
					}
				}
			}
		}
	}
}

// queuedTo lists the kinds of our texts to a phone that have not left, as they were queued.
func (w *world) queuedTo(number string) string {
	w.t.Helper()
	return query[string](w, `SELECT coalesce(string_agg(kind, ' ' ORDER BY created_at, kind DESC), '') FROM messages WHERE phone_key = $1 AND state = 'queued'`, testKey(number))
}

// optedOrInvited prepares a person for whom the word has an effect.
func (w *world) optedOrInvited(e employer, number, body string) {
	if strings.EqualFold(body, "yes") || strings.EqualFold(body, "oui") {
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
		w.invitedFast(e, number)
		return
	}
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
	w.invitedFast(e, number)
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'opted_in', 'sms', $3, 'employee')`, e.id, testKey(number), w.clock.Now())
}

// invitedFast writes what an invitation leaves behind.
func (w *world) invitedFast(e employer, number string) {
	id := uuid.New()
	w.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
		VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', $3, $4, 'CA', 'America/Toronto', 'en', $5, $5)`, id, e.id, number, testKey(number), w.clock.Now())
	w.exec(`INSERT INTO messages (account_id, employee_id, phone_key, kind, language, phone, body, body_hash, sender_id, state, rank, due_at, created_at, sent_at, provider_at)
		VALUES ($1, $2, $3, 'invitation', 'en', $4, 'x', 'x', $5, 'delivered', 30, $6, $6, $6, $6)`, e.id, id, testKey(number), number, e.sender, w.clock.Now())
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'attested', 'import', $3, 'user'), ($1, $2, 'invited', 'sms', $3, 'carrier')`,
		e.id, testKey(number), w.clock.Now())
}

// STOP and YES at the same instant, many times over: whoever is first, the
// STOP stands.
func TestI2ConcurrentYesAndStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	for i := range 40 {
		number := fmt.Sprintf("+1416555%04d", 2000+i)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
		w.invitedFast(mill, number)
		var wg sync.WaitGroup
		for _, body := range []string{"YES", "STOP", "YES", "oui"} {
			in := w.writes(Inbound{MessageSID: w.sid(), From: number, To: ours, Body: body})
			wg.Go(func() {
				if _, err := (domain{w.service}).Receive(t.Context(), in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.wantState(mill, number, StateOptedOut)
	}
}

// One webhook delivered many times at once counts once.
func TestI8ConcurrentDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	in := w.writes(Inbound{MessageSID: "SMsame", From: zoe, To: ours, Body: "YES"})
	var fresh sync.Map
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			out, err := domain{w.service}.Receive(t.Context(), in)
			if err != nil {
				t.Error(err)
			}
			if !out.Duplicate {
				fresh.Store(i, true)
			}
		})
	}
	wg.Wait()
	n := 0
	fresh.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d deliveries counted", n)
	}
	if got, want := w.events(mill, zoe), "attested invited opted_in"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
}

func TestLapseDoesNotUndoAYes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	for i := range 20 {
		number := fmt.Sprintf("+1416555%04d", 3000+i)
		w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(number))
		w.invitedFast(mill, number)
	}
	w.clock.Advance(InvitationLife - time.Nanosecond)
	var wg sync.WaitGroup
	for i := range 20 {
		in := Inbound{MessageSID: w.sid(), From: fmt.Sprintf("+1416555%04d", 3000+i), To: ours, Body: "YES"}
		wg.Go(func() {
			if _, err := (domain{w.service}).Receive(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		w.clock.Advance(time.Nanosecond)
		if _, err := w.service.Lapse(t.Context()); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	// Each ended in one of two ways, and a yes that was confirmed stays.
	wrong := query[int](w, `SELECT count(*) FROM consents k WHERE k.state NOT IN ('opted_in', 'lapsed', 'invited')
		OR k.state <> 'opted_in' AND EXISTS (SELECT FROM consent_events v WHERE v.phone_key = k.phone_key AND v.kind = 'opted_in')`)
	if wrong != 0 {
		t.Errorf("%d people are in a wrong state", wrong)
	}
}

// The phone is locked as a whole, but only the invitation that nobody answered
// lapses, not an opt-in of the same phone elsewhere.
func TestLapseIsOfOneEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.optedIn(mill, zoe, "en")
	w.invited(farm, zoe, "en")
	w.clock.Advance(InvitationLife - time.Second)
	for i, want := range []int{0, 1, 0} {
		if n, err := w.service.Lapse(t.Context()); err != nil || n != want {
			t.Errorf("round %d: lapsed %d, %v; want %d", i, n, err, want)
		}
		w.clock.Advance(time.Second)
	}
	w.wantState(mill, zoe, StateOptedIn)
	w.wantState(farm, zoe, StateLapsed)
}

func TestDeletedPersonCannotOptIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	id := w.invited(mill, zoe, "en")
	w.exec(`UPDATE employees SET deleted_at = $2 WHERE id = $1`, id, w.clock.Now())
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateInvited)
	// And still can stop.
	w.text(mill.sender, zoe, "STOP")
	w.wantState(mill, zoe, StateOptedOut)
}

func TestTextsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	for _, in := range []Inbound{
		{MessageSID: "", From: zoe, To: ours, Body: "YES"},
		{MessageSID: strings.Repeat("x", 65), From: zoe, To: ours, Body: "YES"},
		{MessageSID: "SM1", From: "zoe", To: ours, Body: "YES"},
		{MessageSID: "SM2", From: zoe, To: "+14165550000", Body: "YES"},
	} {
		if out := w.receive(in); !out.Ignored {
			t.Errorf("%+v: %+v", in, out)
		}
	}
	w.wantState(mill, zoe, StateInvited)
	// Bytes that the database refuses, and numbers of cards, are not kept.
	w.text(mill.sender, zoe, "a\x00b\xff card 4111 1111 1111 1111 "+strings.Repeat("é", 5000))
	stored := query[string](w, `SELECT body FROM inbound_messages WHERE word = 'unknown'`)
	if strings.Contains(stored, "4111") || len([]rune(stored)) != maxBody {
		t.Errorf("stored %.80q of %d characters", stored, len([]rune(stored)))
	}
}
