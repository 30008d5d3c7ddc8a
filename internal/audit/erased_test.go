package audit_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// erasedPerson is a world with one person of whom the ledger quoted something
// thrice, twice before and once after the sealer came by, and who was then erased.
func erasedPerson(t *testing.T) (w *world, account, person uuid.UUID) {
	t.Helper()
	w = newWorld(t)
	account, person = w.account("North"), uuid.New()
	w.eraseAt(account, person, monday)
	return w, account, person
}

func (w *world) eraseAt(account, person uuid.UUID, at time.Time) {
	w.t.Helper()
	key := make([]byte, 32)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, key)
	w.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
		VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', '+14165550101', $3, 'CA', 'America/Toronto', 'en', $4, $4)`, person, account, key, at)
	quote := func(kind, words string) {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, inbound_text, detail)
			VALUES ($1, $2, $3, $5, 'sms', $4, 'employee', $6, '{"scope": "sender", "note": "Zoe said it"}')`, account, key, person, at, kind, words)
	}
	quote("attested", "yes, Zoe")
	quote("opted_out", "stop, Zoe")
	w.seal()
	quote("help", "help, Zoe")
	err := w.app.InAccount(w.t.Context(), account, func(tx pgx.Tx) error {
		var events []int64
		if err := tx.QueryRow(w.t.Context(), `SELECT events FROM erase_person($1, $2)`, person, at).Scan(&events); err != nil {
			return err
		}
		w.mark(tx, account, person, at, events)
		w.log(tx, account, person, at, len(events))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.seal()
}

// mark says in the ledger that rows were erased.
func (w *world) mark(tx pgx.Tx, account, person uuid.UUID, at time.Time, events []int64) {
	w.t.Helper()
	remains, err := audit.Remains(w.t.Context(), tx, events)
	if err != nil {
		w.t.Fatal(err)
	}
	detail, err := json.Marshal(map[string]any{"why": "erased", "rows": remains})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err = tx.Exec(w.t.Context(), `INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, detail)
		VALUES ($1, $2, $3, 'erased', 'web', $4, 'user', $5)`, account, make([]byte, 32), person, at, detail); err != nil {
		w.t.Fatal(err)
	}
}

// log says in the log that rows were erased.
func (w *world) log(tx pgx.Tx, account, person uuid.UUID, at time.Time, events int) {
	w.t.Helper()
	err := audit.Record(w.t.Context(), tx, audit.Event{Account: &account, At: at, Actor: audit.Actor{Kind: audit.User}, Action: "employee.erased",
		SubjectKind: "employee", SubjectID: person.String(), Detail: map[string]any{"events": events}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// C57: seals outlive what they seal. Erased rows verify by what stays of them,
// and by nothing that somebody could do instead of erasing.
func TestErasedRowsVerify(t *testing.T) {
	t.Parallel()
	w, _, _ := erasedPerson(t)
	report := w.verify()
	if !report.OK() || report.Erased != 2 || report.Seals != 5 {
		t.Fatalf("%+v %+v", report, report.FirstBad)
	}
	if n := w.countOf(`SELECT count(*) FROM consent_events WHERE inbound_text <> '' OR detail ? 'note'`); n != 0 {
		t.Errorf("%d rows still quote somebody", n)
	}
	if n := w.countOf(`SELECT count(*) FROM consent_events WHERE detail->>'scope' = 'sender'`); n != 3 {
		t.Errorf("%d rows still say their scope, want 3", n)
	}
	if n := w.countOf(`SELECT count(*) FROM consents WHERE state = 'opted_out'`); n != 1 {
		t.Error("the STOP is gone")
	}
}

// C57: what an erasure under a legal hold lays aside is proof: put back into the
// ledger, as an expert does on a copy, it fits the seals of before, and nothing
// else does. What was not sealed yet when it was erased has no such seal.
func TestHeldWordsFitTheirSeals(t *testing.T) {
	t.Parallel()
	for forged, forgery := range map[bool]string{false: "", true: "x"} {
		w := newWorld(t)
		account := w.account("North")
		w.exec(`UPDATE accounts SET legal_hold_at = now() WHERE id = $1`, account)
		w.eraseAt(account, uuid.New(), monday)
		if report := w.verify(); !report.OK() || report.Erased != 2 {
			t.Fatalf("under the hold: %+v %+v", report, report.FirstBad)
		}
		w.tamper(`UPDATE consent_events v SET inbound_text = h.event->>'inbound_text' || $1, detail = h.event->'detail', nonce = decode(h.event->>'nonce', 'hex')
			FROM (SELECT jsonb_array_elements(events) AS event FROM held_erasures) h WHERE v.id = (h.event->>'id')::bigint AND v.kind <> 'help'`, forgery)
		if n := w.countOf(`SELECT count(*) FROM consent_events WHERE inbound_text LIKE '%, Zoe%' AND nonce IS NOT NULL`); n != 2 {
			t.Fatalf("%d rows have their words again, want 2", n)
		}
		if report := w.verify(); report.OK() == forged || !forged && report.Erased != 0 {
			t.Errorf("forged %v: %+v %+v", forged, report, report.FirstBad)
		}
	}
}

func TestVerifyFindsAFalseErasure(t *testing.T) {
	t.Parallel()
	for name, forgery := range map[string]string{
		"what stayed was changed":     `UPDATE consent_events SET kind = 'help' WHERE kind = 'opted_out'`,
		"a word was put back":         `UPDATE consent_events SET detail = detail || '{"note": "Zoe agreed"}' WHERE kind = 'opted_out'`,
		"another account":             `UPDATE consent_events SET account_id = (SELECT id FROM accounts WHERE legal_name = 'South') WHERE kind = 'opted_out'`,
		"the mark is gone":            `DELETE FROM consent_events WHERE kind = 'erased'`,
		"the mark lists another hash": `UPDATE consent_events SET detail = replace(detail::text, 'a', 'b')::jsonb WHERE kind = 'erased'`,
		"words without an erasure":    `UPDATE consent_events SET nonce = NULL, detail = '{}' WHERE kind = 'erased'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, _ := erasedPerson(t)
			w.account("South")
			w.tamper(forgery)
			if w.verify().OK() {
				t.Error("nothing was found")
			}
		})
	}
}

// changeSealed changes a row that was sealed and takes its nonce; whatever the
// forger adds afterwards is sealed like everything else.
func (w *world) changeSealed(account uuid.UUID) (row int64) {
	w.t.Helper()
	w.consent(account)
	w.seal()
	w.tamper(`UPDATE consent_events SET kind = 'help', inbound_text = '', nonce = NULL WHERE inbound_text = 'oui'`)
	w.exec(`SET session_replication_role = DEFAULT`)
	for _, table := range []string{"consent_events", "audit_events", "seals"} {
		w.exec(`ALTER TABLE ` + table + ` ENABLE TRIGGER ALL`)
	}
	return w.countOf(`SELECT max(id) FROM consent_events`)
}

// A row that was changed and then marked as erased passes only where the whole
// erasure is forged, with its row in the log, once for each person.
func TestVerifyFindsAMarkByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		again  bool  // of the person who was erased
		logged []int // the rows of the log that are forged, by how many events they count
		passes bool
	}{
		"the mark alone":                           {},
		"a row of the log that counts another":     {logged: []int{2}},
		"one more mark of somebody who was erased": {again: true},
		"one more mark, and one more row":          {again: true, logged: []int{1}},
		"a whole erasure, with its row in the log": {logged: []int{1}, passes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, account, person := erasedPerson(t)
			changed := w.changeSealed(account)
			if !c.again {
				person = uuid.New()
			}
			err := pgx.BeginFunc(t.Context(), w.admin, func(tx pgx.Tx) error {
				w.mark(tx, account, person, monday, []int64{changed})
				for _, events := range c.logged {
					w.log(tx, account, person, monday, events)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			w.seal()
			if report := w.verify(); report.OK() != c.passes || !report.OK() && report.FirstBad.Why != "the row was changed after it was sealed" {
				t.Errorf("%+v %+v", report, report.FirstBad)
			}
		})
	}
}

// The row of the log goes after two years and the mark stays; a mark by hand
// gains nothing by an old date.
func TestMarksOutliveTheLog(t *testing.T) {
	t.Parallel()
	w := newAged(t)
	account := w.account("North")
	when := w.today.AddDate(0, 0, -800)
	w.until(when.Add(time.Second))
	w.eraseAt(account, uuid.New(), when)
	if gone := w.purge(); gone != 1 {
		t.Fatalf("%d rows of the log went, want that of the erasure", gone)
	}
	if report := w.verify(); !report.OK() || report.Erased != 2 {
		t.Errorf("%+v %+v", report, report.FirstBad)
	}
	changed := w.changeSealed(account)
	if err := pgx.BeginFunc(t.Context(), w.admin, func(tx pgx.Tx) error {
		w.mark(tx, account, uuid.New(), when, []int64{changed})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.seal()
	if w.verify().OK() {
		t.Error("nothing was found")
	}
}

// Nobody who can log in may do by hand what erase_person does.
func TestNobodyErasesByHand(t *testing.T) {
	t.Parallel()
	w, account, person := erasedPerson(t)
	for _, sql := range []string{`UPDATE consent_events SET nonce = NULL`, `UPDATE consent_events SET inbound_text = ''`, `DELETE FROM consent_events`} {
		if _, err := w.worker.Exec(t.Context(), sql); err == nil {
			t.Errorf("the worker may %s", sql)
		}
		if err := w.app.InAccount(t.Context(), account, func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), sql); return err }); err == nil {
			t.Errorf("the tenant may %s", sql)
		}
	}
	if _, err := w.worker.Exec(t.Context(), `SELECT erase_person($1, now())`, person); err == nil {
		t.Error("the worker may erase")
	}
	// Not even an owner of the tables gets past the trigger by accident.
	if _, err := w.admin.Exec(t.Context(), `UPDATE consent_events SET inbound_text = ''`); err == nil {
		t.Error("the trigger let an update through")
	}
	other := w.account("South")
	var key []byte
	err := w.app.InAccount(t.Context(), other, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT key FROM erase_person($1, now())`, person).Scan(&key)
	})
	if err != nil || key != nil {
		t.Errorf("another account erased: %v, %v", key, err)
	}
}
