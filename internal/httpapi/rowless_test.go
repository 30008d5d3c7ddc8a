package httpapi_test

import (
	"net/http"
	"testing"
)

// What an employer's people do stands in the log or did not happen: with the
// log closed to them, one act of each domain changes nothing and is refused.
func TestNoActWithoutItsRow(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	route, _ := b.draft()
	saved := b.save("Frost", "Frost tonight.")
	var state string
	read := func() string {
		t.Helper()
		err := b.admin.QueryRow(t.Context(), `SELECT md5(string_agg(x, '|')) FROM (SELECT c::text AS x FROM campaigns c UNION ALL SELECT e::text FROM employees e
			UNION ALL SELECT k::text FROM consents k UNION ALL SELECT v::text FROM consent_events v UNION ALL SELECT s::text FROM saved_messages s UNION ALL SELECT a::text FROM accounts a
			UNION ALL SELECT m::text FROM messages m UNION ALL SELECT l::text FROM mails l UNION ALL SELECT u::text FROM users u
			UNION ALL SELECT i::text || coalesce(i.ended_at::text, '') FROM (SELECT id, ended_at FROM sessions) i ORDER BY 1) y`).Scan(&state)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	before := read()
	b.exec(`REVOKE INSERT ON audit_events FROM callshu_app, callshu_worker`)
	cookie := b.owner.cookie
	for _, act := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/api/v1/campaigns", sound(nil)},
		{http.MethodPatch, route, sound(object{"name": "Another"})},
		{http.MethodPost, route + "/cancel", nil},
		{http.MethodPatch, "/api/v1/saved-messages/" + saved.ID.String(), object{"name": "Thaw"}},
		{http.MethodPost, "/api/v1/employees", object{"name": "Max", "phone": "613 555 0188", "attestation": "He gave it to me at work."}},
		{http.MethodPatch, "/api/v1/employees/" + b.employee, object{"name": "Zora"}},
		{http.MethodDelete, "/api/v1/employees/" + b.employee, nil},
		{http.MethodPost, "/api/v1/employees/" + b.employee + "/opt-out", object{}},
		{http.MethodPatch, "/api/v1/settings", object{"website": "other.example"}},
		{http.MethodPost, "/api/v1/auth/password/change", object{"current_password": password, "password": "rivers carry cold lanterns"}},
		{http.MethodPost, "/api/v1/auth/logout", nil},
		{http.MethodPost, "/api/v1/auth/login", object{"email": "ada@mill.example", "password": password}},
	} {
		if a := b.owner.do(act.method, act.path, act.body); a.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", act.method, act.path, a.StatusCode, a.body)
		}
		b.owner.cookie = cookie
	}
	if after := read(); after != before {
		t.Error("something was changed without its row")
	}
}
