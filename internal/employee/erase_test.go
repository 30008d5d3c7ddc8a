package employee

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

const zoePhone = "+14165550101"

func (w *world) zoe(by By) Employee {
	w.t.Helper()
	e, err := w.service.Create(w.t.Context(), by, Form{Name: "Zoë Lavoie", Phone: zoePhone, Attestation: statement, Invite: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) erase(by By, id uuid.UUID) error {
	_, err := w.service.Erase(w.t.Context(), by, id, Erasure{Reason: ReasonAsked, Confirm: "Zoë Lavoie"})
	return err
}

// heard stores a text of Zoe's as each of the employers reads it.
func (w *world) heard(sid, body string, by ...By) {
	w.t.Helper()
	w.exec(`INSERT INTO inbound_messages (message_sid, phone_key, phone, sender_id, body, received_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		sid, testKey(zoePhone), zoePhone, w.sender, body, w.clock.Now())
	for _, b := range by {
		w.exec(`INSERT INTO inbound_reads (account_id, message_sid, phone_key, body, word, review, received_at) VALUES ($1, $2, $3, $4, 'unknown', true, $5)`,
			b.Account, sid, testKey(zoePhone), body, w.clock.Now())
	}
}

// C57: what one employer erases is still the other one's, down to the words
// that both have read; the last one's erasure empties the platform too.
func TestErasingIsOneEmployersAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.account()
	mine, theirs := w.zoe(w.by), w.zoe(other)
	w.heard("SM1", "for both", w.by, other)
	w.heard("SM2", "for one", w.by)
	w.exec(`INSERT INTO person_links (key_hash, phone_key, phone, language, sender_id, created_at, expires_at) VALUES ('x', $1, $2, 'en', $3, now(), now())`, testKey(zoePhone), zoePhone, w.sender)
	w.exec(`INSERT INTO stray_texts (message_sid, phone_masked, sender_id, body, word, outcome, received_at) VALUES ('SM2', '', $1, 'for one', '', '', now())`, w.sender)
	if err := w.erase(w.by, mine.ID); err != nil {
		t.Fatal(err)
	}
	for what, sql := range map[string]string{
		"the other's entry":              `FROM employees WHERE phone <> '' AND name = 'Zoë Lavoie' AND erased_at IS NULL`,
		"the other's invitation":         `FROM messages WHERE phone <> '' AND body <> '' AND state = 'queued'`,
		"the other's copy of a text":     `FROM inbound_reads WHERE body = 'for both'`,
		"the text that both read":        `FROM inbound_messages WHERE body = 'for both' AND phone <> ''`,
		"the text that only I have read": `FROM inbound_messages WHERE body = '' AND phone <> ''`,
		"the other's statement":          `FROM consent_events WHERE detail->>'statement' <> '' AND nonce IS NOT NULL`,
		"the page of the person":         `FROM person_links WHERE phone <> ''`,
		"my own invitation, taken back":  `FROM messages WHERE phone = '' AND body = '' AND state = 'skipped' AND finished_at IS NOT NULL`,
		"a text of nobody's people":      `FROM stray_texts`,
	} {
		if n := w.count(sql); n != 1 {
			t.Errorf("%s: %d rows, want 1", what, n)
		}
	}
	if _, err := w.service.Get(t.Context(), other.Account, theirs.ID); err != nil {
		t.Errorf("the other employer's person: %v", err)
	}
	if err := w.erase(other, mine.ID); !apperr.HasCode(err, "employee_not_found") {
		t.Errorf("somebody else's person: %v", err)
	}
	if err := w.erase(other, theirs.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`FROM inbound_messages WHERE phone <> '' OR body <> ''`) + w.count(`FROM person_links WHERE phone <> ''`) + w.count(`FROM stray_texts`) + w.count(`FROM inbound_reads`); n != 0 {
		t.Errorf("the platform still holds %d rows of somebody whom no employer has", n)
	}
}

// What is on its way needs its number until it has ended.
func TestErasingWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.zoe(w.by)
	for _, state := range []string{"sending", "unknown"} {
		w.exec(`UPDATE messages SET state = $1`, state)
		if err := w.erase(w.by, e.ID); !apperr.HasCode(err, "under_way") {
			t.Errorf("a text is %s: %v", state, err)
		}
	}
	w.exec(`UPDATE messages SET state = 'accepted'`)
	w.exec(`INSERT INTO campaigns (id, account_id, name, content, audience, created_by, created_at, updated_at) VALUES ($1, $1, '', '{}', '{}', $2, now(), now())`, w.by.Account, w.by.Actor.ID)
	w.exec(`INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, due_at, open_from, open_until, updated_at)
		VALUES ($1, $1, $1, $2, 1, $3, '', 'dialling', now(), now(), now(), now())`, w.by.Account, e.ID, testKey(zoePhone))
	w.exec(`INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at, state)
		VALUES ($1, 'campaign', $1, $1, $2, $3, now(), now(), now(), 'ringing')`, w.by.Account, testKey(zoePhone), w.sender)
	if err := w.erase(w.by, e.ID); !apperr.HasCode(err, "under_way") {
		t.Errorf("the phone rings: %v", err)
	}
	if n := w.count(`FROM employees WHERE name = 'Zoë Lavoie' AND erased_at IS NULL`) + w.count(`FROM consent_events WHERE kind = 'erased'`); n != 1 {
		t.Error("a refused erasure changed something")
	}
	w.exec(`UPDATE attempts SET state = 'completed'`)
	if err := w.erase(w.by, e.ID); err != nil {
		t.Error(err)
	}
}

// Who was removed long ago is erased too, with the entry of before under the
// same number; and nobody is asked once more by being erased.
func TestErasingTakesEveryEntryAndFreesNoInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.zoe(w.by)
	w.exec(`UPDATE messages SET state = 'delivered', sent_at = $1`, w.clock.Now())
	if err := w.service.Delete(t.Context(), w.by, first.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(31 * 24 * time.Hour)
	second := w.zoe(w.by) // the reminder
	w.exec(`UPDATE messages SET state = 'delivered', sent_at = coalesce(sent_at, $1)`, w.clock.Now())
	if err := w.service.Delete(t.Context(), w.by, second.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.erase(w.by, first.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`FROM employees WHERE erased_at IS NOT NULL AND name = '' AND phone = '' AND first_name = '' AND search = '' AND tags = '{}' AND number_zones = ''`); n != 2 {
		t.Errorf("%d entries were erased, want 2", n)
	}
	w.clock.Advance(31 * 24 * time.Hour)
	third := w.zoe(w.by)
	if err := w.service.InviteOne(t.Context(), w.by, third.ID); err == nil || !strings.Contains(err.Error(), "not_invitable") {
		t.Errorf("a third invitation: %v", err)
	}
	if n := w.count(`FROM messages WHERE kind IN ('invitation', 'reminder')`); n != 2 {
		t.Errorf("%d invitations", n)
	}
}

// A number of before belongs to whoever has it now: of that one nothing goes.
func TestErasingSparesTheNextOwnerOfANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.zoe(w.by)
	w.heard("SM1", "written from the old number", w.by)
	w.exec(`UPDATE inbound_reads SET employee_id = $1`, e.ID)
	moved := "+14165550102"
	if _, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: &moved, Attestation: statement}); err != nil {
		t.Fatal(err)
	}
	max, err := w.service.Create(t.Context(), w.by, Form{Name: "Max", Phone: zoePhone, Attestation: "Max wrote this number down himself."})
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.service.Export(t.Context(), w.by, e.ID, "json")
	if err != nil || len(d.Events) != 3 || len(d.Replies) != 1 {
		t.Errorf("export has %d events and %d replies of both numbers, %v; want 3 and 1", len(d.Events), len(d.Replies), err)
	}
	if err := w.erase(w.by, e.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := w.service.Get(t.Context(), w.by.Account, max.ID); err != nil || got.Name != "Max" || got.Phone != zoePhone {
		t.Errorf("the next owner of the number: %+v, %v", got, err)
	}
	if n := w.count(`FROM consent_events WHERE employee_id = $1 AND detail->>'statement' LIKE 'Max%'`, max.ID); n != 1 {
		t.Error("the next owner's statement is gone")
	}
	if n := w.count(`FROM consent_events WHERE employee_id = $1 AND (detail ? 'statement' OR inbound_text <> '')`, e.ID); n != 0 {
		t.Errorf("%d events still quote the person", n)
	}
	if n := w.count(`FROM inbound_reads`) + w.count(`FROM inbound_messages WHERE body <> ''`); n != 0 {
		t.Error("what the person wrote from the number of before is still there")
	}
}

// An erasure keeps a refusal and takes a yes.
func TestErasingKeepsARefusal(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]consent.State{"opted_in": consent.StateNone, "opted_out": consent.StateOptedOut} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			e := w.zoe(w.by)
			for _, kind := range []string{"invited", kind} {
				w.exec(`INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind) VALUES ($1, $2, $3, $4, 'sms', $5, 'employee')`,
					w.by.Account, testKey(zoePhone), e.ID, kind, w.clock.Now())
			}
			if err := w.erase(w.by, e.ID); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`FROM consents WHERE state = $1`, string(want)); n != 1 {
				t.Errorf("the state is not %s", want)
			}
		})
	}
}

func TestExportCoversTheRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.zoe(w.by)
	if err := w.service.Delete(t.Context(), w.by, e.ID); err != nil {
		t.Fatal(err)
	}
	d, err := w.service.Export(t.Context(), w.by, e.ID, "json")
	if err != nil || d.Profile.Name != "Zoë Lavoie" || d.RemovedAt == nil || len(d.Events) != 2 || len(d.Texts) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := w.service.Export(t.Context(), w.account(), e.ID, "json"); !apperr.HasCode(err, "employee_not_found") {
		t.Errorf("somebody else's person: %v", err)
	}
}
