package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
)

func TestOperatorsPauseAnAccountAndSetItsQuota(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.deps.Dialer = dialer.New(dialer.Options{Worker: b.db.Open(postgres.RoleWorker), Clock: b.clock, CallsPerSecond: 1})
	b.handler = httpapi.New(b.deps)
	b.size(b.owner, 5) // a looser rule waits for Bea, which changes nothing here
	route, plan := b.draft()
	if c := b.read(route); c.Allowance != nil {
		t.Errorf("a draft has the allowance %+v", c.Allowance)
	}
	b.member.expect(http.StatusCreated, http.MethodPost, route+"/approval", object{"plan_hash": plan})
	b.owner.expect(http.StatusOK, http.MethodPost, route+"/approval/approve", object{"plan_hash": plan})
	if a := b.read(route).Allowance; a == nil || a.PausedBy != "" || a.DailyQuota != 20_000 || a.Left != 20_000 || a.MoreAt != nil {
		t.Errorf("at first: %+v", a)
	}

	account := "/api/v1/operator/accounts/" + b.account.String()
	for field, body := range map[string]object{
		"body.reason":      {"daily_quota": 5, "reason": "no"},
		"body.daily_quota": {"daily_quota": -1, "reason": "A new customer"},
	} {
		p := b.operator.expect(http.StatusUnprocessableEntity, http.MethodPost, account+"/quota", body).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != field {
			t.Errorf("%s: %+v", field, p.Errors)
		}
	}
	if p := b.operator.expect(http.StatusUnprocessableEntity, http.MethodPost, account+"/pause", object{"paused": true, "reason": " "}).problem(t); len(p.Errors) != 1 {
		t.Errorf("a pause without a reason: %+v", p)
	}
	b.operator.expect(http.StatusNotFound, http.MethodPost, "/api/v1/operator/accounts/00000000-0000-0000-0000-000000000001/quota", object{"daily_quota": 5, "reason": "A new customer"})
	b.refused(b.operator, http.StatusConflict, "wrong_status", account+"/pause", object{"paused": false, "reason": "It is fine"})
	if n := b.count(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND action LIKE 'account.%'`, b.account); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}

	var a httpapi.Application
	b.operator.expect(http.StatusOK, http.MethodPost, account+"/quota", object{"daily_quota": 0, "reason": "A new customer"}).decode(t, &a)
	for _, reason := range []string{"Wrong numbers", "Wrong numbers, we wait for a list"} {
		b.operator.expect(http.StatusOK, http.MethodPost, account+"/pause", object{"paused": true, "reason": reason}).decode(t, &a)
	}
	if a.DailyQuota != 0 || a.DiallingPausedAt == nil || a.DiallingPauseReason != "Wrong numbers, we wait for a list" || a.Status != "active" {
		t.Errorf("the operator reads %+v", a)
	}
	if c := b.read(route); c.Status != "running" || c.Allowance.PausedBy != "account" || c.Allowance.PauseReason != a.DiallingPauseReason || c.Allowance.DailyQuota != 0 || c.Allowance.Left != 0 || c.Allowance.MoreAt != nil {
		t.Errorf("the employer reads %s, %+v", c.Status, c.Allowance)
	}
	data, _ := b.letter("ada@mill.example", "dialling_paused")
	if !strings.Contains(data, "Wrong numbers") || b.count(`SELECT count(*) FROM mails WHERE template = 'dialling_paused'`) != 2 {
		t.Errorf("one letter for each owner, not for each word: %s", data)
	}
	var d httpapi.Dialling
	b.operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/dialling", nil).decode(t, &d)
	if len(d.Accounts) != 1 || d.Accounts[0].AccountID != b.account || d.Accounts[0].Running != 1 || d.Accounts[0].Pending != 1 || d.Accounts[0].PausedAt == nil || d.PerMinute != 60 {
		t.Errorf("dialling: %+v", d)
	}
	b.operator.expect(http.StatusOK, http.MethodPost, account+"/pause", object{"paused": false, "reason": "The list is right"})
	b.letter("bea@mill.example", "dialling_resumed")

	var log httpapi.AuditList
	b.owner.expect(http.StatusOK, http.MethodGet, "/api/v1/audit?action=account.", nil).decode(t, &log)
	var actions []string
	for _, r := range log.Items {
		actions = append(actions, r.Action)
		if r.ActorKind != "operator" || r.Detail["reason"] == "" {
			t.Errorf("row %+v", r)
		}
	}
	if got := strings.Join(actions, " "); got != "account.dialling_resumed account.dialling_paused account.dialling_paused account.quota_changed" {
		t.Errorf("the employer's log says %s", got)
	}
	if quota, ok := log.Items[3].Detail["daily_quota"].(object); !ok || quota["from"] != 20_000.0 || quota["to"] != 0.0 {
		t.Errorf("the change of the quota: %v", log.Items[3].Detail)
	}

	// The pause of all stands above that of one, and is shown with its reason.
	b.operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/pause", object{"paused": true, "reason": "The carrier is out of order"})
	if a := b.read(route).Allowance; a.PausedBy != "platform" || a.PauseReason != "The carrier is out of order" || a.PausedAt == nil {
		t.Errorf("the employer reads %+v", a)
	}
}
