package httpapi_test

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A suspended employer rings nobody, and can still be stopped for good.
func TestPersonSeesThatASuspendedEmployerMayNotCall(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.exec(`UPDATE accounts SET status = 'suspended' WHERE id = $1`, p.account)
	body := p.anybody().get("/p/" + p.key).body
	for _, want := range []string{"May not call you", "suspended", `value="` + p.account.String() + `"`} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(body, []byte("May call you")) {
		t.Error("a suspended employer is shown as one who may call")
	}
	if w := p.post("/p/"+p.key+"/stop", p.account.String(), publicURL); w.Code != http.StatusSeeOther {
		t.Errorf("stop: %d", w.Code)
	}
	if state, _ := p.state(); state != "opted_out" {
		t.Errorf("state %s", state)
	}
}

// Whoever may still be called or texted, or asked again, can be stopped alone:
// also an employer that was never answered. Only what is stopped offers nothing.
func TestPersonStopsAnEmployerThatOnlyInvited(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	for _, ledger := range [][]string{{}, {"attested"}, {"attested", "invited"}, {"attested", "invited", "lapsed"}} {
		farm := uuid.New()
		p.exec(`INSERT INTO accounts SELECT (jsonb_populate_record(a, jsonb_build_object('id', $1::uuid, 'legal_name', 'Farm'))).* FROM accounts a WHERE id = $2`, farm, p.account)
		p.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
			SELECT gen_random_uuid(), $1, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at FROM employees WHERE account_id = $2`, farm, p.account)
		for _, kind := range ledger {
			p.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $3, 'system', $4, 'system')`, farm, phoneKey(number), kind, p.clock.Now())
		}
		button := []byte(`name="employer" value="` + farm.String() + `"`)
		if body := p.anybody().get("/p/" + p.key).body; bytes.Count(body, button) != 1 {
			t.Fatalf("%v: no button stops the employer", ledger)
		}
		if w := p.post("/p/"+p.key+"/stop", farm.String(), publicURL); w.Code != http.StatusSeeOther {
			t.Fatalf("%v: stop: %d", ledger, w.Code)
		}
		if n := p.count(`SELECT count(*) FROM consents WHERE account_id = $1 AND state = 'opted_out'`, farm); n != 1 {
			t.Errorf("%v: the employer is not stopped", ledger)
		}
		if body := p.anybody().get("/p/" + p.key).body; bytes.Contains(body, button) {
			t.Errorf("%v: what is stopped is offered to be stopped", ledger)
		}
	}
	if state, stopped := p.state(); state != "opted_in" || stopped {
		t.Errorf("the employer beside them: state %s, all stopped %v", state, stopped)
	}
}

// Whatever state the database knows is written in French on the French page.
func TestFrenchPageHasNoEnglishStates(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	rows, err := p.admin.Query(t.Context(), `SELECT conrelid::regclass::text || ' ' || m[1] FROM pg_constraint,
		regexp_matches(pg_get_constraintdef(oid), $1, 'g') m WHERE conname IN ('messages_state_check', 'attempts_state_check')`, `'([a-z_]+)'`)
	if err != nil {
		t.Fatal(err)
	}
	states, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(states) < 20 {
		t.Fatalf("states %q, %v", states, err)
	}
	p.exec(`UPDATE person_links SET language = 'fr'`)
	p.exec(`SET session_replication_role = replica`) // a call without the campaign around it
	item := regexp.MustCompile(`<span class="state">([^<]+)</span>`)
	shown := 0
	for _, s := range states {
		table, state, _ := strings.Cut(s, " ")
		p.exec(`DELETE FROM messages`)
		p.exec(`DELETE FROM attempts`)
		if table == "attempts" {
			p.exec(`INSERT INTO attempts (account_id, kind, recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at, state)
				SELECT id, 'campaign', gen_random_uuid(), $1, sender_id, now(), now(), now(), $2 FROM accounts WHERE id = $3`, phoneKey(number), state, p.account)
		} else {
			p.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, state, due_at, created_at)
				SELECT id, $1, 'help', 'fr', $4, 'x', 'x', sender_id, $2, now(), now() FROM accounts WHERE id = $3`, phoneKey(number), state, p.account, number)
		}
		found := item.FindSubmatch(p.anybody().get("/p/" + p.key).body)
		if found == nil {
			continue // not shown to people
		}
		shown++
		if got := html.UnescapeString(string(found[1])); got == strings.ReplaceAll(state, "_", " ") {
			t.Errorf("%s is written %q", s, got)
		}
	}
	if shown != 17 { // all but texts that never left and calls that were not placed
		t.Errorf("%d states shown of %q", shown, states)
	}
}
