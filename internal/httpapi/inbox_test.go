package httpapi_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/queue"
)

// desk is the world with an employer's owner, its member, a stranger of another
// employer and an operator, all signed in, and Zoe on the employer's list.
type desk struct {
	*person
	owner, member, stranger, operator *browser
	employee                          string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	p := newPerson(t)
	d := &desk{person: p}
	zones := must[*callhours.Zones](t)(callhours.Load())
	app := p.db.Open(postgres.RoleApp)
	p.people.App, p.people.Operator = app, p.db.Open(postgres.RoleOperator)
	p.deps.Employees = employee.New(employee.Deps{App: app, Consent: p.people, Clock: p.clock, Zones: zones, Key: phoneKey, Jobs: must[*queue.Queue](t)(queue.New(p.people.Worker.Pool))})
	p.handler = httpapi.New(p.deps)
	d.operator = p.staff("olive@callshu.test")
	d.owner, d.member, d.stranger = p.employer("ada@mill.example", d.operator), p.employer("max@mill.example", d.operator), p.employer("eve@other.example", d.operator)
	p.exec(`UPDATE users SET role = 'member' WHERE email = 'max@mill.example'`)
	// They work at the employer that knows Zoe.
	for _, email := range []string{"ada@mill.example", "max@mill.example"} {
		b := map[string]*browser{"ada@mill.example": d.owner, "max@mill.example": d.member}[email]
		p.exec(`DELETE FROM sessions WHERE account_id = $1`, p.accountOf(email))
		p.exec(`DELETE FROM email_tokens WHERE account_id = $1`, p.accountOf(email))
		p.exec(`UPDATE users SET account_id = $2 WHERE email = $1`, email, p.account)
		b.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	}
	if err := p.admin.QueryRow(t.Context(), `SELECT id FROM employees WHERE account_id = $1`, p.account).Scan(&d.employee); err != nil {
		t.Fatal(err)
	}
	return d
}

// text is one that Zoe sends, a minute later.
func (d *desk) text(sid, body string) {
	d.t.Helper()
	d.clock.Advance(time.Minute)
	err := d.people.Worker.InTx(context.Background(), func(tx pgx.Tx) error {
		_, err := d.people.Receive(context.Background(), tx, consent.Inbound{MessageSID: sid, From: number, To: sender, Body: body})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.clock.Advance(time.Minute)
}

func (d *desk) inbox(b *browser, query string) httpapi.InboxPage {
	d.t.Helper()
	var page httpapi.InboxPage
	b.expect(http.StatusOK, http.MethodGet, "/api/v1/inbox"+query, nil).decode(d.t, &page)
	return page
}

func TestInboxIsReadAndDecidedByOwnersAndMembers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.text("SM1", "<b>Who</b> is this?")
	d.text("SM2", "I moved to another city")
	for _, b := range []*browser{d.owner, d.member} {
		page := d.inbox(b, "?total=true")
		if len(page.Items) != 2 || *page.Total != 2 || page.Items[1].Text != "<b>Who</b> is this?" || page.Items[0].PhoneMasked != "+1•••••0101" || page.Items[0].EmployeeName != "Zoe" {
			t.Fatalf("the inbox is %+v", page)
		}
		if a := b.get("/api/v1/inbox/count"); string(a.body) != `{"open":2}`+"\n" {
			t.Errorf("count: %s", a.body)
		}
	}
	if raw := d.owner.get("/api/v1/inbox").body; strings.Contains(string(raw), number) || strings.Contains(string(raw), `"total"`) {
		t.Errorf("the page is %s", raw)
	}
	if page := d.inbox(d.stranger, "?total=true"); *page.Total != 0 {
		t.Error("another employer reads it")
	}
	if page := d.inbox(d.owner, "?search=city&limit=1"); len(page.Items) != 1 || page.NextCursor != nil || page.Total != nil {
		t.Errorf("search: %+v", page)
	}
	first := d.inbox(d.owner, "?limit=1")
	if second := d.inbox(d.owner, "?limit=1&cursor="+*first.NextCursor); len(second.Items) != 1 || second.NextCursor != nil || second.Items[0].ID == first.Items[0].ID {
		t.Errorf("the second page: %+v", second)
	}
	for _, query := range []string{"?cursor=x", "?state=all", "?limit=0", "?what=1"} {
		d.owner.expect(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/inbox"+query, nil)
	}

	route := func(i int) string { return "/api/v1/inbox/" + first.Items[i].ID.String() + "/resolve" }
	d.stranger.expect(http.StatusNotFound, http.MethodPost, route(0), object{"action": "opt_out"})
	d.stranger.expect(http.StatusNotFound, http.MethodPost, route(0), object{"action": "no_action"})
	for field, body := range map[string]object{"body.action": {"action": "opt_in"}, "body.note": {"action": "no_action", "note": strings.Repeat("x", 501)}} {
		if p := d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, route(0), body).problem(t); len(p.Errors) != 1 || p.Errors[0].Location != field {
			t.Errorf("%s: %+v", field, p.Errors)
		}
	}
	if state, _ := d.state(); state != "opted_in" {
		t.Fatalf("a refused request made it %s", state)
	}
	var text httpapi.InboxText
	d.member.expect(http.StatusOK, http.MethodPost, route(0), object{"action": "opt_out", "note": "left"}).decode(t, &text)
	if *text.Resolution != "opt_out" || text.Consent != "opted_out" || text.Since == nil || text.Since.Kind != "opted_out" || text.Note != "left" || text.ResolvedByName == "" {
		t.Errorf("decided: %+v", text)
	}
	if p := d.owner.expect(http.StatusConflict, http.MethodPost, route(0), object{"action": "no_action"}).problem(t); p.Code != "already_resolved" {
		t.Errorf("twice: %+v", p)
	}
	// The older one is settled by it; both are on the list of what is done.
	if done := d.inbox(d.owner, "?state=done"); len(done.Items) != 2 || *done.Items[1].Resolution != "settled" {
		t.Errorf("done: %+v", done.Items)
	}
	if n := d.count(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND action IN ('inbox.resolved', 'consent.revoked') AND actor_kind = 'user' AND ip <> ''`, d.account); n != 2 {
		t.Errorf("%d audit rows, want 2", n)
	}
}

func TestEmployerRecordsAnOptOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	route := "/api/v1/employees/" + d.employee + "/opt-out"
	d.stranger.expect(http.StatusNotFound, http.MethodPost, route, object{})
	d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, route, object{"note": strings.Repeat("x", 501)})
	if state, _ := d.state(); state != "opted_in" {
		t.Fatalf("a refused request made it %s", state)
	}
	for range 2 {
		var done httpapi.EmployeeOptOutDone
		d.member.expect(http.StatusOK, http.MethodPost, route, object{"note": "told me at 416-555-0101"}).decode(t, &done)
	}
	if state, stopped := d.state(); state != "opted_out" || stopped {
		t.Errorf("state %s, platform %v", state, stopped)
	}
	var history httpapi.ConsentHistory
	d.owner.expect(http.StatusOK, http.MethodGet, "/api/v1/employees/"+d.employee+"/consent", nil).decode(t, &history)
	if e := history.Events[0]; e.Kind != "opted_out" || e.Channel != "employer" || e.Actor != "user" || e.ActorName == "" || e.Note != "told me at •••••0101" || history.Events[1].Kind == "opted_out" {
		t.Errorf("the ledger says %+v", history.Events[:2])
	}
	if p := d.owner.expect(http.StatusConflict, http.MethodPost, "/api/v1/employees/"+d.employee+"/invite", nil).problem(t); p.Code != "not_invitable" {
		t.Errorf("invited again: %+v", p)
	}
}

func TestOperatorRecordsAnOptOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const route = "/api/v1/operator/opt-outs"
	form := func(changes object) object {
		o := object{"phone": " 416.555-0101 ", "scope": "platform", "received_at": d.clock.Now().Format(time.RFC3339), "evidence": "mail of zoe@mail.example", "reason": "Wants no calls"}
		for k, v := range changes {
			o[k] = v
			if v == nil {
				delete(o, k)
			}
		}
		return o
	}
	for field, changes := range map[string]object{
		"body.phone":       {"phone": "12"},
		"body.scope":       {"scope": "all"},
		"body.account_id":  {"scope": "account"},
		"body.received_at": {"received_at": d.clock.Now().Add(time.Hour).Format(time.RFC3339)},
		"body.evidence":    {"evidence": ""},
		"body.reason":      {"reason": nil},
	} {
		p := d.operator.expect(http.StatusUnprocessableEntity, http.MethodPost, route, form(changes)).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != field {
			t.Errorf("%s: %+v", field, p.Errors)
		}
	}
	d.operator.expect(http.StatusUnprocessableEntity, http.MethodPost, route, form(object{"account_id": d.account}))
	if state, stopped := d.state(); state != "opted_in" || stopped {
		t.Fatalf("a refused request made it %s", state)
	}
	var done httpapi.OptOutDone
	d.operator.expect(http.StatusOK, http.MethodPost, route, form(object{"scope": "account", "account_id": d.account})).decode(t, &done)
	if state, stopped := d.state(); done.Employers != 1 || state != "opted_out" || stopped {
		t.Errorf("%+v, state %s, platform %v", done, state, stopped)
	}
	d.clock.Advance(time.Minute)
	d.operator.expect(http.StatusOK, http.MethodPost, route, form(nil))
	if _, stopped := d.state(); !stopped {
		t.Error("the gate is open")
	}
	d.operator.expect(http.StatusOK, http.MethodPost, route, form(object{"phone": "+1 (613) 555-0188"})).decode(t, &done)
	if done.Employers != 0 || d.count(`SELECT count(*) FROM phone_gates WHERE stopped_at IS NOT NULL`) != 2 {
		t.Errorf("a number that nobody knows: %+v", done)
	}
	a := d.operator.expect(http.StatusOK, http.MethodGet, route+"?limit=2", nil)
	var list httpapi.OptOutList
	a.decode(t, &list)
	if len(list.Items) != 2 || list.NextCursor == nil || list.Items[1].PhoneMasked != "+1•••••0101" || list.Items[1].Scope != "platform" || list.Items[1].OperatorName == "" || list.Items[1].Evidence != "mail of z•••@mail.example" {
		t.Errorf("the list is %s", a.body)
	}
	d.operator.expect(http.StatusOK, http.MethodGet, route+"?limit=2&cursor="+*list.NextCursor, nil).decode(t, &list)
	if len(list.Items) != 1 || list.NextCursor != nil || list.Items[0].AccountName != "Mill <b>& Sons</b> Inc." {
		t.Errorf("the rest is %+v", list)
	}
	if n := d.count(`SELECT count(*) FROM audit_events WHERE action = 'opt_out.recorded' AND account_id IS NULL AND actor_kind = 'operator'`); n != 3 {
		t.Errorf("%d audit rows, want 3", n)
	}
}

// The link to Zoe's own page is hers alone: no answer to her employer holds its
// key, also where she sends it back to us.
func TestI9EmployersNeverGetALink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.text("SM1", "what is https://callshu.com/p/"+d.key)
	d.text("SM2", "stop callshu.com/p/"+d.key)
	link := regexp.MustCompile(`/p/[A-Za-z0-9_-]{11}`)
	masked := 0
	for _, path := range []string{"/api/v1/employees/" + d.employee + "/consent", "/api/v1/employees/" + d.employee, "/api/v1/employees",
		"/api/v1/inbox", "/api/v1/inbox?state=done", "/api/v1/audit"} {
		body := d.owner.expect(http.StatusOK, http.MethodGet, path, nil).body
		if found := link.Find(body); found != nil {
			t.Errorf("%s hands over %s", path, found)
		}
		masked += strings.Count(string(body), "/p/…")
	}
	if masked < 3 { // the confirmation and both texts, at least
		t.Errorf("%d masked links, want the words beside them still there", masked)
	}
}
