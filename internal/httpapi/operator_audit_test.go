package httpapi_test

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

// act is something that an operator does, and the row that it leaves.
type act struct {
	path   string
	method string // POST if empty
	body   any
	action string
	ready  func()        // what has to be so before
	at     func() string // the path, where that makes it
}

func (d *desk) acts() map[string]act {
	pending := "/api/v1/operator/accounts/" + d.accountOf("pending@example.com").String()
	refused := "/api/v1/operator/accounts/" + d.accountOf("refused@example.com").String()
	mine := "/api/v1/operator/accounts/" + d.account.String()
	reason := object{"reason": "A good reason"}
	const session = "6e0f3c0a-2f6b-4d2a-8a53-0c1f0d7c9b22"
	const wish = "5f3c1a52-7c1e-4b58-9d0c-1d6a0f6f2a11"
	wished := func() {
		d.exec(`INSERT INTO account_changes (id, account_id, legal_name, registry_number, asked_by, asked_at)
			SELECT $1, account_id, 'Northwind Holdings Inc.', '7654321', id, now() FROM users WHERE account_id = $2 LIMIT 1`, wish, d.account)
	}
	return map[string]act{
		"approveLegalName": {path: mine + "/name/approve", body: object{"change_id": wish, "registry_checked": true}, action: "account.name_change_approved", ready: wished},
		"refuseLegalName":  {path: mine + "/name/refuse", body: object{"change_id": wish, "reason": "It is not in the register"}, action: "account.name_change_refused", ready: wished},
		"approveAccount":   {path: pending + "/approve", body: fullChecklist, action: "account.approved"},
		"rejectAccount":    {path: refused + "/reject", body: reason, action: "account.rejected"},
		"suspendAccount":   {path: mine + "/suspend", body: reason, action: "account.suspended"},
		"reinstateAccount": {path: mine + "/reinstate", body: reason, action: "account.reinstated", ready: func() { d.exec(`UPDATE accounts SET status = 'suspended' WHERE id = $1`, d.account) }},
		"resetOwnerFactor": {path: mine + "/reset-second-factor", body: object{"email": "ada@mill.example", "reason": "Rang from the number we know"}, action: "user.factor_reset_asked", ready: func() {
			d.exec(`INSERT INTO user_totp (account_id, user_id, secret, created_at, confirmed_at) SELECT account_id, id, '\x00', now(), now() FROM users WHERE email = $1
				ON CONFLICT DO NOTHING`, "ada@mill.example")
		}},
		"revokeSessions": {path: mine + "/revoke-sessions", action: "account.sessions_revoked"},
		"holdAccount":    {path: mine + "/hold", body: object{"held": true, "reason": "A court asked"}, action: "account.held"},
		"pauseAccount":   {path: mine + "/pause", body: object{"paused": true, "reason": "Wrong numbers"}, action: "account.dialling_paused"},
		"setQuota":       {path: mine + "/quota", body: object{"daily_quota": 5, "reason": "A new customer"}, action: "account.quota_changed"},
		"setPause":       {path: "/api/v1/operator/pause", body: object{"paused": true, "reason": "The carrier is away"}, action: "platform.paused"},
		"recordOptOut": {path: "/api/v1/operator/opt-outs", action: "opt_out.recorded", body: object{"phone": "613 555 0188", "scope": "platform",
			"received_at": d.clock.Now().Format(time.RFC3339), "evidence": "a letter", "reason": "Wants no calls"}},
		"changeOperatorPassword": {path: "/api/v1/operator/auth/password", action: "operator.password_changed",
			body: object{"current_password": password, "totp": d.operator.next(), "password": "purple teapot gravel sunset"}},
		"endOperatorSession": {path: "/api/v1/operator/auth/sessions/" + session, method: http.MethodDelete, action: "operator.session_ended", ready: func() {
			d.exec(`INSERT INTO operator_sessions (id, operator_id, ip, user_agent, created_at, last_seen_at, expires_at)
				SELECT $1, id, '', '', $2, $2, $2::timestamptz + interval '1 hour' FROM operators WHERE name = 'Olive'`, session, d.clock.Now())
		}},
		"resendReport": {action: "report.resent", ready: d.reported, at: func() string {
			var id string
			if err := d.admin.QueryRow(d.t.Context(), `SELECT id FROM reports`).Scan(&id); err != nil {
				d.t.Fatal(err)
			}
			return "/api/v1/operator/reports/" + id + "/resend"
		}},
		"verifyAudit":    {path: "/api/v1/operator/audit/verify", action: "audit.verified"},
		"operatorLogout": {path: "/api/v1/operator/auth/logout", action: "operator.signed_out"},
	}
}

// reported makes the first week's report, by whose end sessions are over.
func (d *desk) reported() {
	d.t.Helper()
	d.clock.Advance(8 * 24 * time.Hour)
	if err := d.deps.Reports.Tick(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.sealer.SealOnce(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.operator = d.staff("oscar@callshu.test")
}

// Every operation by which an operator changes something leaves exactly one row
// of its own, with who did it, from where and in which request; and where that
// row cannot be written, nothing is changed.
func TestEveryOperatorActIsInTheLogOrDidNotHappen(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	elsewhere := map[string]bool{
		"checkReportFile": true, // TestOperatorsReadingIsSeen
	}
	for _, op := range operations(t) {
		if op.Level == "operator" && op.method != http.MethodGet && !elsewhere[op.OperationID] {
			known[op.OperationID] = true
		}
	}
	for id := range known {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.applicant("pending@example.com")
			d.applicant("refused@example.com")
			a, there := d.acts()[id]
			if !there {
				t.Fatalf("nobody says what %s leaves in the log", id)
			}
			if a.ready != nil {
				a.ready()
			}
			if a.at != nil {
				a.path = a.at()
			}
			const state = `SELECT md5(string_agg(x, '|')) FROM (SELECT a::text AS x FROM accounts a UNION ALL SELECT s::text FROM sessions s UNION ALL SELECT p::text FROM platform p
				UNION ALL SELECT o.id::text || coalesce(o.ended_at::text, '') FROM operator_sessions o UNION ALL SELECT g::text FROM phone_gates g UNION ALL SELECT u::text FROM users u UNION ALL SELECT p::text FROM operators p
				UNION ALL SELECT m::text FROM mails m UNION ALL SELECT r::text FROM opt_out_records r
				UNION ALL SELECT v::text FROM audit_verifications v ORDER BY 1) y`
			var before, after string
			read := func(into *string) {
				t.Helper()
				if err := d.admin.QueryRow(t.Context(), state).Scan(into); err != nil {
					t.Fatal(err)
				}
			}
			read(&before)
			d.exec(`REVOKE INSERT ON audit_events FROM callshu_operator, callshu_worker`)
			session := d.operator.cookie
			if got := d.operator.do(cmp.Or(a.method, http.MethodPost), a.path, a.body); got.StatusCode != http.StatusInternalServerError {
				t.Errorf("without its row it was answered %d %s", got.StatusCode, got.body)
			}
			if read(&after); before != after {
				t.Error("something was changed without its row")
			}
			d.exec(`GRANT INSERT ON audit_events TO callshu_operator, callshu_worker`)
			d.operator.cookie = session
			rows := d.count(`SELECT count(*) FROM audit_events`)
			got := d.operator.do(cmp.Or(a.method, http.MethodPost), a.path, a.body)
			if got.StatusCode/100 != 2 {
				t.Fatalf("%s: %d %s", a.path, got.StatusCode, got.body)
			}
			if n := d.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND actor_kind = 'operator' AND actor_name = 'Olive' AND ip = $2 AND request_id = $3`,
				a.action, d.operator.ip, got.Header.Get("X-Request-Id")); n != 1 {
				t.Errorf("%d rows of %s, want 1", n, a.action)
			}
			if n := d.count(`SELECT count(*) FROM audit_events`) - rows; n != 1 {
				t.Errorf("%d rows more, want 1", n)
			}
		})
	}
	if len(known) < 11 {
		t.Errorf("the document knows only %d acts of operators", len(known))
	}
}

// An operator who opens an account leaves a row in that account's own log, once
// an hour however often they look.
func TestOperatorsLookAndAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	olive, oscar := w.staff("olive@callshu.test"), w.staff("oscar@callshu.test")
	owner := w.employer("zoe@example.com", olive)
	path := "/api/v1/operator/accounts/" + w.accountOf("zoe@example.com").String()
	seen := func() int {
		var rows httpapi.AuditList
		owner.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?action=account.viewed", nil).decode(t, &rows)
		return len(rows.Items)
	}
	for range 3 {
		olive.expect(http.StatusOK, http.MethodGet, path, nil)
	}
	if n := seen(); n != 1 {
		t.Errorf("three looks within the hour left %d rows", n)
	}
	oscar.expect(http.StatusOK, http.MethodGet, path, nil)
	if n := seen(); n != 2 {
		t.Errorf("another operator's look left %d rows in all", n)
	}
	w.exec(`UPDATE rate_hits SET at = at - interval '1 hour' WHERE bucket = 'account-viewed'`)
	olive.expect(http.StatusOK, http.MethodGet, path, nil)
	if n := seen(); n != 3 {
		t.Errorf("an hour later there are %d rows", n)
	}
	olive.expect(http.StatusNotFound, http.MethodGet, "/api/v1/operator/accounts/"+uuid.NewString(), nil)
	w.exec(`REVOKE INSERT ON audit_events FROM callshu_operator`)
	w.exec(`DELETE FROM rate_hits WHERE bucket = 'account-viewed'`)
	if a := olive.get(path); a.StatusCode != http.StatusInternalServerError || strings.Contains(string(a.body), "zoe@example.com") {
		t.Errorf("nobody could be told, and it was shown: %d", a.StatusCode)
	}
}

func TestLegalHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner := w.employer("zoe@example.com", operator)
	path := "/api/v1/operator/accounts/" + w.accountOf("zoe@example.com").String() + "/hold"
	if p := operator.expect(http.StatusUnprocessableEntity, http.MethodPost, path, object{"held": true, "reason": " "}).problem(t); p.Errors[0].Location != "body.reason" {
		t.Errorf("a hold without a reason: %+v", p)
	}
	if p := operator.expect(http.StatusConflict, http.MethodPost, path, object{"held": false, "reason": "It is over"}).problem(t); p.Code != "wrong_status" {
		t.Errorf("released what is not held: %+v", p)
	}
	var a httpapi.Application
	operator.expect(http.StatusOK, http.MethodPost, path, object{"held": true, "reason": "A court asked"}).decode(t, &a)
	if a.LegalHoldAt == nil || !a.LegalHoldAt.Equal(monday) || a.LegalHoldReason != "A court asked" {
		t.Errorf("held: %+v", a)
	}
	operator.expect(http.StatusOK, http.MethodPost, path, object{"held": false, "reason": "It is over"}).decode(t, &a)
	if a.LegalHoldAt != nil || a.LegalHoldReason != "" {
		t.Errorf("released: %+v", a)
	}
	if strings.Contains(string(owner.get("/api/v1/audit").body), "hold") {
		t.Error("the employer's log says that it is held")
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE account_id IS NULL AND action IN ('account.held', 'account.hold_released') AND detail ->> 'reason' <> ''`); n != 2 {
		t.Errorf("%d rows in the platform's log", n)
	}
}

func TestOperatorsFilterAndExportTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	w.employer("zoe@example.com", operator)
	owner := w.employer("ann@example.com", operator)
	zoe, ann := w.accountOf("zoe@example.com"), w.accountOf("ann@example.com")
	list := func(by *browser, path, query string) []httpapi.AuditRow {
		t.Helper()
		var rows httpapi.AuditList
		by.expect(http.StatusOK, http.MethodGet, path+query, nil).decode(t, &rows)
		return rows.Items
	}
	const all = "/api/v1/operator/audit"
	for _, test := range []struct {
		query string
		want  string
	}{
		{"?subject_kind=account&action=account.approved", "account.approved account.approved"},
		{"?subject_kind=account&action=account.approved&subject_id=" + zoe.String(), "account.approved"},
		{"?action=account.approved&account_id=" + ann.String(), "account.approved"},
		{"?subject_kind=campaign", ""},
	} {
		var actions []string
		for _, row := range list(operator, all, test.query) {
			actions = append(actions, row.Action)
		}
		if got := strings.Join(actions, " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.query, got, test.want)
		}
	}
	approved := list(operator, all, "?action=account.approved&account_id="+zoe.String())[0]
	if approved.AccountID == nil || *approved.AccountID != zoe || approved.RequestID == "" {
		t.Errorf("the row is %+v", approved)
	}
	for _, row := range list(operator, all, "?request_id="+approved.RequestID) {
		if row.RequestID != approved.RequestID || *row.AccountID != zoe {
			t.Errorf("of another request: %+v", row)
		}
	}
	if rows := list(owner, "/api/v1/audit", "?subject_kind=account&subject_id="+zoe.String()); len(rows) != 0 {
		t.Errorf("one employer reads of another: %+v", rows)
	}

	w.exec(`INSERT INTO audit_events (account_id, at, actor_kind, actor_name, action) SELECT $1, $2, 'user', '@SUM(A1)', 'test.bulk' FROM generate_series(1, 1200)`, zoe, monday)
	file := operator.expect(http.StatusOK, http.MethodGet, all+"?format=csv&action=test.bulk&account_id="+zoe.String(), nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 1201 || !strings.Contains(file.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d rows in the file, %v, %v", len(rows), err, file.Header)
	}
	if last := rows[1200]; last[3] != "'@SUM(A1)" || last[len(last)-1] != zoe.String() {
		t.Errorf("the last row is %q", last)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'audit.exported' AND account_id IS NULL AND actor_kind = 'operator' AND detail ->> 'account_id' = $1`, zoe.String()); n != 1 {
		t.Errorf("%d rows about the export", n)
	}
	if p := operator.expect(http.StatusUnprocessableEntity, http.MethodGet, all+"?format=csv&account_id=1", nil).problem(t); p.Errors[0].Location != "query.account_id" {
		t.Errorf("a wrong account: %+v", p)
	}
}
