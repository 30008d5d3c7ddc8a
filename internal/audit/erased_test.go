package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// erased is a world with one person of whom the ledger quoted something twice,
// once before and once after the sealer came by, and who was then erased.
func erasedPerson(t *testing.T) (w *world, account, person uuid.UUID) {
	t.Helper()
	w = newWorld(t)
	account, person = w.account("North"), uuid.New()
	key := make([]byte, 32)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, key)
	w.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
		VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', '+14165550101', $3, 'CA', 'America/Toronto', 'en', $4, $4)`, person, account, key, monday)
	quote := func(kind, words string) {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, inbound_text, detail)
			VALUES ($1, $2, $3, $5, 'sms', $4, 'employee', $6, '{"scope": "sender", "note": "Zoe said it"}')`, account, key, person, monday, kind, words)
	}
	quote("attested", "yes, Zoe")
	quote("opted_out", "stop, Zoe")
	w.seal()
	quote("help", "help, Zoe")
	err := w.app.InAccount(t.Context(), account, func(tx pgx.Tx) error {
		var events []int64
		if err := tx.QueryRow(t.Context(), `SELECT events FROM erase_person($1, $2)`, person, monday).Scan(&events); err != nil {
			return err
		}
		remains, err := audit.Remains(t.Context(), tx, events)
		if err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]any{"why": "erased", "rows": remains})
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, detail)
			VALUES ($1, $2, $3, 'erased', 'web', $4, 'user', $5)`, account, key, person, monday, detail)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.seal()
	return w, account, person
}

// C57: seals outlive what they seal. Erased rows verify by what stays of them,
// and by nothing that somebody could do instead of erasing.
func TestErasedRowsVerify(t *testing.T) {
	t.Parallel()
	w, _, _ := erasedPerson(t)
	report := w.verify()
	if !report.OK() || report.Erased != 2 || report.Seals != 4 {
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
