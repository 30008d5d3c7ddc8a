package consent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// says is a text that no word fits, a minute after the last.
func (w *world) says(e employer, from, body string) {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	if out := w.text(e.sender, from, body); out.Did != didReview {
		w.t.Fatalf("%q was read: %+v", body, out)
	}
	w.clock.Advance(time.Minute)
}

func (w *world) inbox(e employer, q InboxQuery) InboxPage {
	w.t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	page, err := w.service.Inbox(w.t.Context(), e.id, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

// onlyOpen is the one text that waits.
func (w *world) onlyOpen(e employer) InboxText {
	w.t.Helper()
	page := w.inbox(e, InboxQuery{})
	if len(page.Items) != 1 {
		w.t.Fatalf("%d texts wait at %s, want 1", len(page.Items), e.name)
	}
	return page.Items[0]
}

func (w *world) readAsOptOut(e employer, text uuid.UUID, note string) error {
	w.t.Helper()
	r, err := w.service.ReadAsOptOut(w.t.Context(), Decision{Account: e.id, Text: text, Actor: e.actor(), Note: note})
	if err != nil {
		return err
	}
	_, err = domain{w.service}.Revoke(w.t.Context(), r)
	return err
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if !apperr.HasCode(err, code) {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestInboxShowsWhatNoWordFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	id := w.optedIn(mill, zoe, "en")
	w.says(mill, zoe, "my card is 4111 1111 1111 1111, <b>who</b> is this?")
	text := w.onlyOpen(mill)
	if text.Body != "my card is [number removed], <b>who</b> is this?" || text.Word != "unknown" || text.PhoneMasked != "+1•••••0101" ||
		text.EmployeeID == nil || *text.EmployeeID != id || text.EmployeeName != "Zoe Lavoie" || text.State != StateOptedIn || text.SinceAt != nil || text.ResolvedAt != nil {
		t.Errorf("the inbox shows %+v", text)
	}
	if page := w.inbox(farm, InboxQuery{Total: true}); len(page.Items) != 0 || page.Total != 0 {
		t.Error("another employer reads the text")
	}
	// What has happened to consent since, and that the person has left the list.
	w.clock.Advance(time.Minute)
	if err := w.append(mill, zoe, Invited); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE employees SET deleted_at = now() WHERE id = $1`, id)
	text = w.onlyOpen(mill)
	if text.EmployeeID != nil || text.EmployeeName != "" || text.PhoneMasked != "+1•••••0101" || text.SinceKind == nil || *text.SinceKind != "invited" {
		t.Errorf("later it shows %+v", text)
	}
}

func (w *world) append(e employer, number string, kind Kind) error {
	return w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		_, err := Append(w.t.Context(), tx, Event{Account: e.id, PhoneKey: testKey(number), Kind: kind, Channel: ChannelSystem, At: w.clock.Now(), Actor: audit.SystemActor("test")})
		return err
	})
}

func TestInboxPagesAndSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.person(mill, zoe, "en")
	for i := range 7 {
		w.says(mill, zoe, fmt.Sprintf("question %d", i))
	}
	var seen []string
	for cursor := ""; ; {
		page := w.inbox(mill, InboxQuery{Limit: 3, Cursor: cursor, Total: true})
		if page.Total != 7 {
			t.Fatalf("total %d, want 7", page.Total)
		}
		for _, text := range page.Items {
			seen = append(seen, text.Body)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if got, want := strings.Join(seen, ","), "question 6,question 5,question 4,question 3,question 2,question 1,question 0"; got != want {
		t.Errorf("pages hold %s, want %s", got, want)
	}
	for search, want := range map[string]int{"QUESTION 3": 1, "zoe": 7, "%": 0, "nothing like it": 0} {
		if page := w.inbox(mill, InboxQuery{Search: search, Total: true}); len(page.Items) != want || page.Total != want {
			t.Errorf("search %q finds %d of %d, want %d", search, len(page.Items), page.Total, want)
		}
	}
	for _, cursor := range []string{"x", "MSAy", writeCursor(time.UnixMicro(1<<60), uuid.New())} {
		if _, err := w.service.Inbox(t.Context(), mill.id, InboxQuery{Limit: 3, Cursor: cursor}); !apperr.HasCode(err, "invalid") {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func TestInboxNoActionChangesNoConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.invited(mill, zoe, "en")
	w.says(mill, zoe, "sure, why not")
	text, before := w.onlyOpen(mill), w.events(mill, zoe)
	decision := Decision{Account: farm.id, Text: text.ID, Actor: farm.actor()}
	wantCode(t, "another employer's text", w.service.Dismiss(t.Context(), decision), "text_not_found")
	wantCode(t, "another employer's text as opt-out", w.readAsOptOut(farm, text.ID, ""), "text_not_found")
	decision = Decision{Account: mill.id, Text: text.ID, Actor: mill.actor(), Note: " called her at 416-555-0101,\x00 z.lavoie@mail.example agreed "}
	if err := w.service.Dismiss(t.Context(), decision); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "a second time", w.service.Dismiss(t.Context(), decision), "already_resolved")
	wantCode(t, "as an opt-out after that", w.readAsOptOut(mill, text.ID, ""), "already_resolved")
	w.wantState(mill, zoe, StateInvited)
	if after := w.events(mill, zoe); after != before {
		t.Errorf("the ledger went from %q to %q", before, after)
	}
	done := w.inbox(mill, InboxQuery{Done: true}).Items
	if len(done) != 1 || *done[0].Resolution != ResolvedNoAction || done[0].ResolvedByName != "Ada" || done[0].Note != "called her at •••••0101,  z•••@mail.example agreed" {
		t.Errorf("decided: %+v", done)
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'inbox.resolved' AND account_id = $1 AND actor_id = $2 AND subject_id = $3`, mill.id, mill.user, text.ID.String()); n != 1 {
		t.Errorf("%d audit rows of the decision", n)
	}
}

// A STOP that a person reads out of a text reaches as far as the word: every
// employer on the number, whose ledgers learn neither words nor reader.
func TestI2InboxOptOutReachesEveryEmployerOnTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender, other := w.sender(ours), w.sender(ours2)
	mill, farm, port := w.employer("Mill", sender), w.employer("Farm", sender), w.employer("Port", other)
	w.optedIn(mill, zoe, "en")
	w.clock.Advance(time.Minute)
	w.person(farm, zoe, "en")
	w.invite(farm)
	w.optedIn(port, zoe, "en")
	w.exec(`UPDATE messages SET state = 'queued', due_at = due_at + interval '1 day' WHERE account_id = $1`, farm.id)
	w.exec(`UPDATE messages SET sent_at = $2 WHERE account_id = $1 AND kind = 'invitation'`, mill.id, w.clock.Now().Add(time.Minute))
	w.says(mill, zoe, "I have a new job, bye")
	text := w.onlyOpen(mill)
	// Another number now: the employer that the words were meant for is reached all the same.
	w.exec(`UPDATE accounts SET sender_id = $2 WHERE id = $1`, mill.id, other)
	w.exec(`UPDATE messages SET sender_id = $2 WHERE account_id = $1`, mill.id, other)
	if err := w.readAsOptOut(mill, text.ID, "she left in May"); err != nil {
		t.Fatal(err)
	}
	w.wantState(mill, zoe, StateOptedOut)
	w.wantState(farm, zoe, StateOptedOut)
	w.wantState(port, zoe, StateOptedIn)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2`, testKey(zoe), sender); n != 1 {
		t.Errorf("%d blocks of the number", n)
	}
	if state := query[string](w, `SELECT state FROM messages WHERE account_id = $1`, farm.id); state != "skipped" {
		t.Errorf("a queued text of another employer is %s", state)
	}
	const ledger = `SELECT concat_ws('|', actor_kind, actor_id, inbound_text, channel, detail->>'scope', detail->>'note', detail->>'read_by_hand') FROM consent_events WHERE account_id = $1 AND kind = 'opted_out'`
	if got, want := query[string](w, ledger, mill.id), fmt.Sprintf("user|%s|I have a new job, bye|sms|sender|she left in May|true", mill.user); got != want {
		t.Errorf("its own ledger says %s, want %s", got, want)
	}
	if got, want := query[string](w, ledger, farm.id), "employee||sms|sender|true"; got != want {
		t.Errorf("the other ledger says %s, want %s", got, want)
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND actor_id = $2`, farm.id, mill.user); n != 0 {
		t.Error("the audit of one employer names the user of another")
	}
	wantCode(t, "twice", w.readAsOptOut(mill, text.ID, ""), "already_resolved")
	if n := query[int](w, `SELECT count(*) FROM consent_events WHERE kind = 'opted_out'`); n != 2 {
		t.Errorf("%d opt-outs, want 2", n)
	}
	done := w.inbox(mill, InboxQuery{Done: true}).Items
	if len(done) != 1 || *done[0].Resolution != ResolvedOptOut || done[0].State != StateOptedOut || *done[0].SinceKind != "opted_out" {
		t.Errorf("decided: %+v", done)
	}
}

// Two users decide at once: the revocation of the one who comes second is undone with its decision.
func TestInboxRefusedDecisionRevokesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	w.says(mill, zoe, "hm")
	text := w.onlyOpen(mill)
	r, err := w.service.ReadAsOptOut(t.Context(), Decision{Account: mill.id, Text: text.ID, Actor: mill.actor()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.service.Dismiss(t.Context(), Decision{Account: mill.id, Text: text.ID, Actor: mill.actor()}); err != nil {
		t.Fatal(err)
	}
	_, err = domain{w.service}.Revoke(t.Context(), r)
	wantCode(t, "the later decision", err, "already_resolved")
	w.wantState(mill, zoe, StateOptedIn)
	if n := query[int](w, `SELECT count(*) FROM sender_blocks`); n != 0 {
		t.Error("a refused decision closed the gate")
	}
}

func TestInboxSettlesWhatAClearWordHasSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.invited(mill, max1, "en")
	w.says(mill, zoe, "who is this")
	w.says(mill, max1, "what is it about")
	w.text(mill.sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedIn)
	if text := w.onlyOpen(mill); text.PhoneMasked != "+1•••••0102" {
		t.Errorf("%s waits", text.PhoneMasked)
	}
	w.text(mill.sender, max1, "STOP")
	if open, err := w.service.InboxOpen(t.Context(), mill.id); open != 0 || err != nil {
		t.Errorf("%d wait, %v", open, err)
	}
	for _, text := range w.inbox(mill, InboxQuery{Done: true}).Items {
		if *text.Resolution != resolvedSettled || text.ResolvedByName != "" {
			t.Errorf("decided: %+v", text)
		}
	}
	// What comes after the word waits again.
	w.says(mill, max1, "sorry about that")
	if w.onlyOpen(mill).State != StateOptedOut {
		t.Error("it does not say that the person is stopped")
	}
}

// The database keeps an employer from what the inbox must never do.
func TestI9InboxTextsCannotBeRewritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	w.person(mill, zoe, "en")
	w.says(mill, zoe, "hm")
	w.clock.Advance(time.Minute)
	change := func(e employer, set string) (int64, error) {
		var n int64
		err := w.app.InAccount(t.Context(), e.id, func(tx pgx.Tx) error {
			tag, err := tx.Exec(t.Context(), `UPDATE inbound_reads SET `+set)
			n = tag.RowsAffected()
			return err
		})
		return n, err
	}
	decide := fmt.Sprintf(`resolved_at = now(), resolved_by = '%s', resolution = `, mill.user)
	for _, set := range []string{`body = ''`, `review = false`, `phone_key = ''`, `word = 'stop'`, decide + `'opt_out'`, decide + `'settled'`, `note = 'x'`} {
		if _, err := change(mill, set); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v, want permission denied", set, err)
		}
	}
	if n, err := change(farm, decide+`'no_action'`); n != 0 || err != nil {
		t.Errorf("another employer decided about %d, %v", n, err)
	}
	if n, err := change(mill, decide+`'no_action'`); n != 1 || err != nil {
		t.Errorf("it decided about %d, %v", n, err)
	}
	if n, err := change(mill, decide+`'no_action'`); n != 0 || err != nil {
		t.Errorf("a decision was changed: %d, %v", n, err)
	}
	tag, err := w.worker.Exec(t.Context(), `UPDATE inbound_reads SET resolution = 'opt_out'`)
	if tag.RowsAffected() != 0 || err != nil {
		t.Errorf("the worker changed a decision: %v, %v", tag, err)
	}
}
