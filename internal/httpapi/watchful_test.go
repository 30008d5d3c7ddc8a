package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// unseen are what operators read of their own, or of nobody, or with a row of
// another kind.
var unseen = map[string]bool{"getOperatorMe": true, "listOperatorSessions": true, "getPause": true, "getApplication": true}

// asked are operations that read, though they are posted to, with what they ask.
var asked = map[string]any{"checkReportFile": object{"sha256": strings.Repeat("0", 64)}}

// Whatever operators read of employers and people, as the document lists it, has
// its row: once an hour for each operator and kind of look, with the account
// where one was asked for. Where there can be no row, nothing is shown.
func TestOperatorsReadingIsSeen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	oscar := d.staff("oscar@callshu.test")
	rows := func(what string) int {
		t.Helper()
		return d.count(`SELECT count(*) FROM audit_events WHERE action = 'staff.read' AND account_id IS NULL AND actor_kind = 'operator' AND detail ->> 'what' = $1`, what)
	}
	read := 0
	for _, op := range operations(t) {
		body, posted := asked[op.OperationID]
		if op.Level != "operator" || op.method != http.MethodGet && !posted || unseen[op.OperationID] {
			continue
		}
		read++
		path := pathParameter.ReplaceAllString(op.path, uuid.NewString())
		look := func(b *browser) answer {
			b.ip = "[2001:db8:" + uuid.NewString()[:4] + "::1]"
			return b.do(op.method, path, body)
		}
		d.exec(`REVOKE INSERT ON audit_events FROM callshu_operator`)
		if a := look(d.operator); a.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s without its row: %d %s", op.OperationID, a.StatusCode, a.body)
		}
		d.exec(`GRANT INSERT ON audit_events TO callshu_operator`)
		first := look(d.operator)
		if first.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", op.OperationID, first.StatusCode, first.body)
		}
		if look(d.operator); rows(op.OperationID) != 1 {
			t.Errorf("%s: two looks within the hour left %d rows", op.OperationID, rows(op.OperationID))
		}
		if look(oscar); rows(op.OperationID) != 2 {
			t.Errorf("%s: another operator's look left %d rows in all", op.OperationID, rows(op.OperationID))
		}
	}
	if read < 10 {
		t.Errorf("only %d kinds of looks", read)
	}
	account := d.account.String()
	d.operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/audit?account_id="+account, nil)
	if n := d.count(`SELECT count(*) FROM audit_events WHERE action = 'staff.read' AND detail ->> 'account_id' = $1`, account); n != 1 {
		t.Errorf("%d rows name the account that was asked for", n)
	}
	d.exec(`UPDATE rate_hits SET at = at - interval '1 hour' WHERE bucket = 'staff-read'`)
	d.operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/opt-outs", nil)
	if n := rows("listOptOuts"); n != 3 {
		t.Errorf("an hour later there are %d rows", n)
	}
}

// Who tries the operators' doors, or asks for changes from another site's page,
// leaves one row a minute for each reason, without a word of what they sent.
func TestDeniedAttemptsAreNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rows := func(reason string) int {
		t.Helper()
		return d.count(`SELECT count(*) FROM audit_events WHERE action = 'access.denied' AND account_id IS NULL AND actor_kind = 'anonymous' AND detail = jsonb_build_object('reason', $1::text)`, reason)
	}
	foreign := d.anybody()
	foreign.header.Set("Origin", "https://evil.example")
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	for range 5 {
		d.owner.expect(http.StatusUnauthorized, http.MethodGet, "/api/v1/operator/accounts", nil)
		d.anybody().expect(http.StatusUnauthorized, http.MethodPost, "/api/v1/operator/pause", object{"paused": true, "reason": "canary"})
		foreign.expect(http.StatusForbidden, http.MethodPost, "/api/v1/auth/login", object{"email": "canary@example.com", "password": "canary"})
	}
	for _, reason := range []string{"operator_session", "cross_origin"} {
		if n := rows(reason); n != 1 {
			t.Errorf("%d rows of %s, want 1", n, reason)
		}
	}
	// Another replica hears of it within the same minute, and later.
	if err := d.deps.Audit.Denied(t.Context(), "cross_origin"); err != nil || rows("cross_origin") != 1 {
		t.Errorf("another replica left %d rows, %v", rows("cross_origin"), err)
	}
	d.clock.Advance(time.Minute)
	if err := d.deps.Audit.Denied(t.Context(), "cross_origin"); err != nil || rows("cross_origin") != 2 {
		t.Errorf("a minute later there are %d rows, %v", rows("cross_origin"), err)
	}
	if n := d.count(`SELECT count(*) FROM audit_events e WHERE e::text LIKE '%canary%' OR e::text LIKE '%evil%'`); n != 0 {
		t.Errorf("%d rows hold what was sent", n)
	}
	if strings.Contains(d.log.String(), "record a denial") {
		t.Error("a denial could not be recorded")
	}
}
