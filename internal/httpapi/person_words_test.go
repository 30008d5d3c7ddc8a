package httpapi_test

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

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
