package consent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

func (w *world) operator() audit.Actor {
	return audit.Actor{Kind: audit.Operator, ID: w.op, Name: "Op"}
}

func (w *world) record(o OptOut) Effect {
	w.t.Helper()
	o.Actor = w.operator()
	if o.Evidence == "" {
		o.Evidence, o.Reason = "mail", "asked by e-mail"
	}
	if o.ReceivedAt.IsZero() {
		o.ReceivedAt = w.clock.Now()
	}
	r, err := w.service.OperatorRevocation(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	effect, err := domain{w.service}.Revoke(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return effect
}

func TestI2OperatorRecordsForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill, port := w.employer("Mill", w.sender(ours)), w.employer("Port", w.sender(ours2))
	w.optedIn(mill, zoe, "en")
	w.optedIn(port, zoe, "en")
	received := w.clock.Now().Add(-time.Hour)
	effect := w.record(OptOut{Phone: "(416) 555-0101", ReceivedAt: received, Evidence: "mail of zoe.lavoie@mail.example, ticket 4471, +1 416-555-0101", Reason: "No calls any more"})
	if effect.Employers != 2 {
		t.Errorf("%d employers, want 2", effect.Employers)
	}
	for _, e := range []employer{mill, port} {
		w.wantState(e, zoe, StateOptedOut)
		if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = 'consent.revoked' AND actor_id = $2 AND detail->>'channel' = 'operator'`, e.id, w.op); n != 1 {
			t.Errorf("%d audit rows at %s", n, e.name)
		}
		if n := query[int](w, `SELECT count(*) FROM consent_events v JOIN opt_out_records o ON o.id::text = v.detail->>'record' WHERE v.account_id = $1 AND v.kind = 'opted_out' AND v.channel = 'operator' AND v.actor_id = $2`, e.id, w.op); n != 1 {
			t.Errorf("the ledger of %s does not name the record", e.name)
		}
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id IS NULL AND action = 'opt_out.recorded' AND actor_id = $1 AND (detail->>'employers')::int = 2`, w.op); n != 1 {
		t.Errorf("%d audit rows of the operator", n)
	}
	list, next, err := w.service.RecordedOptOuts(t.Context(), 50, "")
	if err != nil || next != "" || len(list) != 1 {
		t.Fatalf("%d records, next %q, %v", len(list), next, err)
	}
	r := list[0]
	if r.PhoneMasked != "+1•••••0101" || r.Evidence != "mail of z•••@mail.example, ticket 4471, •••••0101" || r.AccountID != nil || r.OperatorName != "Op" || r.Employers != 2 || !r.ReceivedAt.Equal(received) {
		t.Errorf("the record is %+v", r)
	}
}

// A number that nobody has on a list: the gate closes for whoever adds it later.
func TestI2OperatorRecordsANumberThatNobodyKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	if effect := w.record(OptOut{Phone: zoe}); effect.Employers != 0 {
		t.Errorf("%d employers, want none", effect.Employers)
	}
	w.person(mill, zoe, "en")
	w.invite(mill)
	w.send()
	if got := w.sentTo(zoe); got != "" {
		t.Errorf("%q left for a number that nobody may text", got)
	}
	w.wantState(mill, zoe, StateNone)
	if n := query[int](w, `SELECT count(*) FROM phone_gates WHERE phone_key = $1 AND stopped_at IS NOT NULL`, testKey(zoe)); n != 1 {
		t.Error("the gate is open")
	}
	// For one employer that has never heard of it: its ledger refuses it from the start.
	if effect := w.record(OptOut{Phone: max1, Account: &mill.id}); effect.Employers != 1 {
		t.Errorf("%d employers, want 1", effect.Employers)
	}
	w.person(mill, max1, "en")
	if r := w.invite(mill, query[uuid.UUID](w, `SELECT id FROM employees WHERE phone = $1`, max1)); r.Skipped[SkipOptedOut] != 1 {
		t.Errorf("invited: %+v", r)
	}
}

func TestOperatorRecordNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unknown := uuid.New()
	_, err := w.service.OperatorRevocation(t.Context(), OptOut{Phone: "911", Account: &unknown, ReceivedAt: w.clock.Now().Add(time.Hour), Evidence: strings.Repeat("é", 501), Reason: " \t"})
	refusal, ok := apperr.As(err)
	if !ok {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range refusal.Fields {
		found[f.Location] = f.Code
	}
	for field, code := range map[string]string{"body.phone": "emergency", "body.account_id": "not_found", "body.received_at": "in_future", "body.evidence": "too_long", "body.reason": "required"} {
		if found[field] != code {
			t.Errorf("%s: %q, want %q (%v)", field, found[field], code, found)
		}
	}
	for _, at := range []time.Time{{}, w.clock.Now().AddDate(-11, 0, 0)} {
		if _, err := w.service.OperatorRevocation(t.Context(), OptOut{Phone: zoe, ReceivedAt: at, Evidence: "x", Reason: "x"}); !apperr.HasCode(err, "invalid") {
			t.Errorf("received at %v: %v", at, err)
		}
	}
}

func TestRecordedOptOutsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.record(OptOut{Phone: zoe})
		w.clock.Advance(time.Second)
	}
	seen := map[uuid.UUID]bool{}
	for cursor := ""; ; {
		list, next, err := w.service.RecordedOptOuts(t.Context(), 2, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			seen[r.ID] = true
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d records on the pages, want 5", len(seen))
	}
}

// What an employer was told holds for this employer, once in its ledger however
// often the button is pressed, until the person's own START and YES.
func TestEmployerOptOutIsUndoneByThePersonAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	id := w.optedIn(mill, zoe, "en")
	w.clock.Advance(time.Minute)
	w.optedIn(farm, zoe, "en")
	w.clock.Advance(time.Minute)
	told := func() {
		t.Helper()
		r, err := EmployerRevocation(mill.id, testKey(zoe), mill.actor(), "told the foreman")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (domain{w.service}).Revoke(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	told()
	told()
	w.wantState(mill, zoe, StateOptedOut)
	w.wantState(farm, zoe, StateOptedIn)
	if got, want := w.events(mill, zoe), "attested invited opted_in opted_out"; got != want {
		t.Errorf("ledger %q, want %q", got, want)
	}
	if n := query[int](w, `SELECT count(*) FROM sender_blocks`); n != 0 {
		t.Error("one employer's word blocked the number for all")
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'consent.revoked' AND actor_id = $1 AND detail->>'channel' = 'employer'`, mill.user); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	if r := w.invite(mill, id); r.Skipped[SkipOptedOut] != 1 {
		t.Errorf("the employer invited again: %+v", r)
	}
	w.text(sender, zoe, "YES") // no invitation is open
	w.wantState(mill, zoe, StateOptedOut)
	w.text(sender, zoe, "START")
	told() // and the invitation that START asked for stays here
	w.send()
	w.wantState(mill, zoe, StateOptedOut)
	w.text(sender, zoe, "START")
	w.send()
	w.wantState(mill, zoe, StateInvited)
	w.text(sender, zoe, "YES")
	w.wantState(mill, zoe, StateOptedIn)
	told() // a new yes can be ended anew
	w.wantState(mill, zoe, StateOptedOut)
}

func TestNotesAreKeptWithoutWhatTheyNeedNotSay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		" told\r\nthe foreman\x00 ":         "told\nthe foreman",
		"4111 1111 1111 1111":               "[number removed]",
		"(416) 555-0101 and +14165550102":   "•••••0101 and •••••0102",
		"1-416-555-0101, 416.555.0103":      "•••••0101, •••••0103",
		"a@b.example é.x@mail.example":      "•••@b.example é•••@mail.example",
		"Ticket 20261123 of 2026-11-23":     "Ticket 20261123 of 2026-11-23",
		"<script>alert(1)</script> & so on": "<script>alert(1)</script> & so on",
	} {
		if got, err := checkNote("note", text); got != want || err != nil {
			t.Errorf("%q became %q, %v; want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{"\xff", strings.Repeat("x", 501)} {
		if _, err := checkNote("note", bad); !apperr.HasCode(err, "invalid") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
