package webhook

import (
	"net/http"
	"strings"
	"testing"
)

const incoming = "/webhooks/twilio/incoming"

// back are the fields of a call to our number.
func back(fields ...string) []string {
	return append([]string{"CallSid", "CAback", "From", personPhone, "To", ourNumber, "CallStatus", "in-progress", "Direction", "inbound"}, fields...)
}

// Whichever row somebody holds, whoever calls back waits in silence, three
// times at most: consent was not checked.
func TestI8SlowDatabaseMakesWhoCallsBackWaitInSilence(t *testing.T) {
	t.Parallel()
	for what, sql := range map[string]string{
		"gate": `SELECT FROM phone_gates FOR UPDATE`, "everything": `LOCK TABLE attempts, accounts, campaigns, inbound_calls`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newVoiceWorld(t)
			release := w.hold(sql)
			path := incoming
			for wait := 1; wait <= 3; wait++ {
				doc := w.slow(path, back()...)
				if doc.Pause == nil || doc.Redirect == "" || doc.Hangup != nil || doc.heard() != "" {
					t.Fatalf("wait %d: %+v", wait, doc)
				}
				path = doc.Redirect
			}
			if doc := w.slow(path, back()...); doc.Hangup == nil || doc.Redirect != "" || doc.heard() != "" {
				t.Fatalf("after three waits: %+v", doc)
			}
			release()
			if n := query[int](w, `SELECT count(*) FROM inbound_calls`); n != 0 {
				t.Fatalf("%d calls kept of requests that were not answered", n)
			}
			if heard := w.read(w.post(path, back()...)).heard(); !strings.Contains(heard, "made today") || !strings.Contains(heard, "The plant is closed tomorrow.") {
				t.Fatalf("heard %q", heard)
			}
		})
	}
}

// An answer that was pressed while the database was slow is not lost, and is
// taken once.
func TestI8AnswerOfACallBackSurvivesTheWait(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	w.post(incoming, back()...)
	release := w.hold(`SELECT FROM recipients FOR UPDATE`)
	doc := w.slow(incoming+"?step="+atChoices, back("Digits", "1")...)
	if doc.Redirect == "" || doc.heard() != "" {
		t.Fatalf("%+v", doc)
	}
	release()
	for range 2 {
		if heard := w.read(w.post(doc.Redirect, back()...)).heard(); !strings.Contains(heard, "You pressed 1") {
			t.Fatalf("heard %q", heard)
		}
	}
	if got := query[string](w, `SELECT state || ' ' || answer || ' ' || answered_by_callback FROM recipients`); got != "answered 1 true" {
		t.Fatalf("recipient is %s", got)
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'campaign.answered_by_callback'`); n != 1 {
		t.Fatalf("%d audit rows", n)
	}
}

// The carrier reports the end of a call to the same address; that frees the
// line and wants no document. A key that comes with the end still counts.
func TestEndOfACallBackFreesTheLine(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	w.post(incoming, back()...)
	const held = `SELECT on_line_until IS NOT NULL FROM phone_gates`
	if !query[bool](w, held) {
		t.Fatal("the line is free during the call")
	}
	if rec := w.post(incoming+"?step="+atChoices, back("Digits", "1", "CallStatus", "completed")...); rec.Code != http.StatusOK {
		t.Fatalf("answered %d", rec.Code)
	}
	for range 2 {
		if rec := w.post(incoming, back("CallStatus", "completed", "CallDuration", "20")...); rec.Code != http.StatusNoContent || rec.Body.Len() > 0 {
			t.Fatalf("answered %d %s", rec.Code, rec.Body)
		}
	}
	if query[bool](w, held) {
		t.Fatal("the line is held after the call")
	}
	if rec := w.post(incoming, back("CallStatus", "completed", "CallSid", "CAnever")...); rec.Code != http.StatusNoContent {
		t.Fatalf("the end of a call that we do not know is answered %d", rec.Code)
	}
	if got := query[string](w, `SELECT state || ' ' || answer FROM recipients`); got != "answered 1" {
		t.Fatalf("recipient is %s", got)
	}
}
