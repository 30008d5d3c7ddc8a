package employee

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
)

// spoken is somebody with a text that was sent, one that waits, a STOP in their
// own words and a reply that only their employer read.
func (w *world) spoken(by By, sid string) Employee {
	w.t.Helper()
	e := w.zoe(by)
	w.exec(`UPDATE messages SET state = 'delivered', sent_at = now() WHERE account_id = $1`, by.Account)
	w.exec(`INSERT INTO messages (account_id, employee_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at)
		VALUES ($1, $2, $3, 'reminder', 'en', $4, 'a text that waits', '', $5, now(), now())`, by.Account, e.ID, testKey(zoePhone), zoePhone, w.sender)
	w.exec(`INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, inbound_text) VALUES ($1, $2, $3, 'opted_out', 'sms', $4, 'employee', 'stop it, says Zoë')`,
		by.Account, testKey(zoePhone), e.ID, w.clock.Now())
	w.heard(sid, "my mother is at the lake", by)
	return e
}

func (w *world) hold(by By) {
	w.t.Helper()
	w.exec(`UPDATE accounts SET legal_hold_at = now(), legal_hold_reason = 'A court asked.' WHERE id = $1`, by.Account)
}

func (w *world) finish() int64 {
	w.t.Helper()
	people, err := FinishErasures(w.t.Context(), w.worker, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return people
}

// seen is all that the tenant's role can read of its account's people, texts,
// ledger and log, without what is random.
func (w *world) seen(by By) (all string) {
	w.t.Helper()
	err := w.service.App.InAccount(w.t.Context(), by.Account, func(tx pgx.Tx) error {
		return tx.QueryRow(w.t.Context(), `SELECT concat_ws(E'\n',
			(SELECT json_agg(json_build_array(name, phone, tags, erased_at, deleted_at)) FROM employees),
			(SELECT json_agg(json_build_array(kind, phone, body, state, reason) ORDER BY kind) FROM messages),
			(SELECT json_agg(body) FROM inbound_reads),
			(SELECT json_agg(json_build_array(kind, inbound_text, nonce IS NULL, (SELECT json_agg(d) FROM jsonb_object_keys(detail) d)) ORDER BY id) FROM consent_events),
			(SELECT json_agg(json_build_array(action, detail - 'employee_id') ORDER BY id) FROM audit_events))`).Scan(&all)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// C57: under a legal hold an erasure does, says and answers what it does without
// one; the words it takes are laid aside until the hold ends, and are then gone.
func TestErasureUnderAHoldWaitsForTheLedger(t *testing.T) {
	t.Parallel()
	free, held := newWorld(t), newWorld(t)
	held.hold(held.by)
	var answers [2]Erased
	var views [2]string
	for i, w := range []*world{free, held} {
		e := w.spoken(w.by, "SM1")
		var err error
		if answers[i], err = w.service.Erase(t.Context(), w.by, e.ID, Erasure{Reason: ReasonAsked, Confirm: "Zoë Lavoie"}); err != nil {
			t.Fatal(err)
		}
		views[i] = w.seen(w.by)
	}
	if answers[0] != answers[1] || answers[0].Texts != 2 || answers[0].Replies != 1 || answers[0].Events < 2 {
		t.Errorf("answers: %+v without a hold, %+v under one", answers[0], answers[1])
	}
	if views[0] != views[1] {
		t.Errorf("the employer sees without a hold\n%s\nand under one\n%s", views[0], views[1])
	}
	for _, words := range []string{"Zoë", zoePhone, "lake", "stop it", statement} {
		if strings.Contains(views[1], words) {
			t.Errorf("the employer still sees %q", words)
		}
	}
	if n := free.count(`FROM held_erasures`); n != 0 {
		t.Errorf("%d erasures without a hold laid something aside", n)
	}
	held.checkHeldWords()
	if n := held.finish(); n != 0 || held.count(`FROM held_erasures`) != 1 {
		t.Errorf("under the hold %d erasures were finished", n)
	}
	held.exec(`UPDATE accounts SET legal_hold_at = NULL`)
	if n := held.finish(); n != 1 || held.count(`FROM held_erasures`) != 0 {
		t.Errorf("after the hold %d erasures were finished, want one", n)
	}
	if n := held.count(`FROM audit_events WHERE action = 'employee.erasures_finished' AND account_id IS NULL AND detail = '{"people": 1}'`); n != 1 {
		t.Errorf("the platform's log says %d times that it was finished", n)
	}
	if after := held.seen(held.by); after != views[1] {
		t.Errorf("the end of the hold shows:\n%s", after)
	}
}

// checkHeldWords: what was said is laid aside, and nothing else that names somebody.
func (w *world) checkHeldWords() {
	w.t.Helper()
	var events, texts, replies []byte
	if err := w.admin.QueryRow(w.t.Context(), `SELECT events, texts, replies FROM held_erasures`).Scan(&events, &texts, &replies); err != nil {
		w.t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		json []byte
		rows int
		has  string
	}{
		{"events", events, 2, "stop it, says Zoë"},
		{"texts", texts, 1, "Mill"},
		{"replies", replies, 1, "my mother is at the lake"},
	} {
		var list []map[string]any
		if err := json.Unmarshal(c.json, &list); err != nil || len(list) != c.rows || !strings.Contains(string(c.json), c.has) {
			w.t.Errorf("%s: %v, %s", c.what, err, c.json)
		}
	}
	if !strings.Contains(string(events), statement) {
		w.t.Errorf("the statement is not among the held events: %s", events)
	}
	if all := string(events) + string(texts) + string(replies); strings.Contains(all, zoePhone) || strings.Contains(all, "a text that waits") {
		w.t.Errorf("held is a number, or what was never said: %s", all)
	}
}

// The hold of one account lays nothing of another's aside, and its end releases
// nothing of another's.
func TestAHoldIsOneAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, third := w.account(), w.account()
	w.hold(w.by)
	w.hold(other)
	for by, sid := range map[By]string{w.by: "SM1", other: "SM2", third: "SM3"} {
		e := w.spoken(by, sid)
		if err := w.erase(by, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count(`FROM held_erasures WHERE account_id = $1`, third.Account); n != 0 || w.count(`FROM held_erasures`) != 2 {
		t.Errorf("%d erasures of the account without a hold laid something aside", n)
	}
	w.exec(`UPDATE accounts SET legal_hold_at = NULL WHERE id = $1`, other.Account)
	if n := w.finish(); n != 1 || w.count(`FROM held_erasures WHERE account_id = $1`, w.by.Account) != 1 {
		t.Errorf("%d erasures were finished, want the other's alone", n)
	}
}

// What is laid aside is out of reach of whoever can log in, and of the function
// that releases it while the hold lasts.
func TestNobodyReachesHeldWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold(w.by)
	e := w.spoken(w.by, "SM1")
	if err := w.erase(w.by, e.ID); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{postgres.RoleApp, postgres.RoleOperator, postgres.RoleWorker} {
		for _, sql := range []string{`SELECT * FROM held_erasures`, `DELETE FROM held_erasures`, `UPDATE held_erasures SET events = '[]'`,
			`INSERT INTO held_erasures VALUES (current_account(), gen_random_uuid(), now(), '[]', '[]', '[]')`, `SELECT hold_words(gen_random_uuid(), now(), '', '{}', '{}')`} {
			if err := w.as(role, sql); err == nil || !strings.Contains(err.Error(), "42501") {
				t.Errorf("%s as %s: %v", sql, role, err)
			}
		}
	}
	for _, role := range []string{postgres.RoleApp, postgres.RoleOperator} {
		if err := w.as(role, `SELECT release_words()`); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s may release: %v", role, err)
		}
	}
	if err := w.as(postgres.RoleDefiner, `DELETE FROM held_erasures`); err != nil || w.count(`FROM held_erasures`) != 1 {
		t.Errorf("the definer released under the hold: %v", err)
	}
	if _, err := w.admin.Exec(t.Context(), `DELETE FROM held_erasures`); err == nil {
		t.Error("the trigger let a DELETE through")
	}
}

// as runs a statement as a role, within the first account, and keeps what it did.
func (w *world) as(role, sql string) error {
	return pgx.BeginFunc(w.t.Context(), w.admin, func(tx pgx.Tx) error {
		for _, before := range []string{`SET LOCAL ROLE ` + role, `SELECT set_config('app.account_id', '` + w.by.Account.String() + `', true)`} {
			if _, err := tx.Exec(w.t.Context(), before); err != nil {
				return err
			}
		}
		_, err := tx.Exec(w.t.Context(), sql)
		return err
	})
}
