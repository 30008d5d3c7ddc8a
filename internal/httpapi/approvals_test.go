package httpapi_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
)

// board is an employer with two owners, a member and one person to call, whose
// every campaign needs a second person.
type board struct {
	*desk
	second *browser // the other owner
}

func newBoard(t *testing.T) *board {
	t.Helper()
	b := &board{desk: newDesk(t)}
	b.deps.Campaigns = campaign.New(b.db.Open(postgres.RoleApp), b.clock, must[*callhours.Zones](t)(callhours.Load()), 1).WithMail(b.person.world.account.Mail, publicURL)
	b.handler = httpapi.New(b.deps)
	b.second = b.hire("bea@mill.example", "owner")
	b.size(b.owner, 0)
	return b
}

// hire puts a user on the employer's account: no route does yet.
func (b *board) hire(email, role string) *browser {
	b.t.Helper()
	who := b.employer(email, b.operator)
	b.exec(`DELETE FROM sessions WHERE account_id = $1`, b.accountOf(email))
	b.exec(`DELETE FROM email_tokens WHERE account_id = $1`, b.accountOf(email))
	b.exec(`UPDATE users SET account_id = $2, role = $3 WHERE email = $1`, email, b.account, role)
	who.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	return who
}

func (b *board) size(by *browser, above any) httpapi.Account {
	b.t.Helper()
	var a httpapi.Account
	by.expect(http.StatusOK, http.MethodPut, "/api/v1/settings/two-person", object{"above": above}).decode(b.t, &a)
	return a
}

// draft writes a campaign for everybody and returns its address and its plan.
func (b *board) draft() (route, plan string) {
	b.t.Helper()
	var made httpapi.Campaign
	b.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(nil)).decode(b.t, &made)
	route = "/api/v1/campaigns/" + made.ID.String()
	return route, b.plan(route)
}

func (b *board) plan(route string) string {
	b.t.Helper()
	_, p, err := b.deps.Campaigns.Plan(b.t.Context(), b.account, uuid.MustParse(route[strings.LastIndexByte(route, '/')+1:]))
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Hash
}

func (b *board) read(route string) (c httpapi.Campaign) {
	b.t.Helper()
	b.member.expect(http.StatusOK, http.MethodGet, route, nil).decode(b.t, &c)
	return c
}

func (b *board) refused(by *browser, status int, code, route string, body any) {
	b.t.Helper()
	if p := by.expect(status, http.MethodPost, route, body).problem(b.t); p.Code != code {
		b.t.Fatalf("%s: %+v, want %s", route, p, code)
	}
}

// want checks that a campaign is an unlaunched draft whose request stands so.
func (b *board) want(route, state, reason string) {
	b.t.Helper()
	c := b.read(route)
	if c.Approval == nil || c.Approval.State != state || c.Approval.Reason != reason || c.Status != "draft" || c.LaunchedAt != nil {
		b.t.Fatalf("the campaign is %s with approval %+v, want a draft with %s %q", c.Status, c.Approval, state, reason)
	}
	if n := b.count(`SELECT count(*) FROM recipients`); n != 0 {
		b.t.Fatalf("%d recipients of what was not launched", n)
	}
}

func (b *board) logged(action string) int {
	b.t.Helper()
	return b.count(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = $2 AND actor_kind = 'user'`, b.account, action)
}

func TestLargeLaunchNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	route, plan := b.draft()
	if b.read(route).Approval != nil {
		t.Error("a new draft has an approval")
	}
	body := object{"plan_hash": plan}
	for _, by := range []*browser{b.owner, b.member} {
		b.refused(by, http.StatusConflict, "second_person_needed", route+"/launch", body)
	}
	b.refused(b.second, http.StatusConflict, "no_approval_waiting", route+"/approval/approve", body)
	b.refused(b.owner, http.StatusConflict, "plan_changed", route+"/approval", object{"plan_hash": strings.Repeat("0", 64)})

	for range 2 { // asking twice is asking once
		b.owner.expect(http.StatusCreated, http.MethodPost, route+"/approval", body)
	}
	b.want(route, "waiting", "")
	if a := b.read(route).Approval; a.PlanHash != plan || a.Callable != 1 || a.Total != 1 || a.AskedByName != "Zoé Roy" || a.DecidedAt != nil {
		t.Errorf("asked: %+v", a)
	}
	data, _ := b.letter("bea@mill.example", "launch_approval")
	if !strings.Contains(data, route[len("/api/v1"):]) || b.count(`SELECT count(*) FROM mails WHERE template = 'launch_approval'`) != 1 {
		t.Errorf("the letters about it: %s", data)
	}

	for _, by := range []*browser{b.owner, b.member} {
		b.refused(by, http.StatusConflict, "second_person_needed", route+"/launch", body)
	}
	b.refused(b.owner, http.StatusForbidden, "same_person", route+"/approval/approve", body)
	b.refused(b.owner, http.StatusForbidden, "same_person", route+"/approval/refuse", object{"reason": "changed my mind"})
	b.refused(b.member, http.StatusForbidden, "owner_only", route+"/approval/approve", body)
	b.refused(b.stranger, http.StatusNotFound, "not_found", route+"/approval/approve", body)
	b.refused(b.second, http.StatusConflict, "plan_changed", route+"/approval/approve", object{"plan_hash": strings.Repeat("0", 64)})
	b.want(route, "waiting", "")

	var c httpapi.Campaign
	b.second.expect(http.StatusOK, http.MethodPost, route+"/approval/approve", body).decode(t, &c)
	if c.Status != "running" || c.PlanHash != plan || c.Progress.Pending != 1 || c.Approval.State != "approved" || c.Approval.DecidedAt == nil {
		t.Errorf("approved: %s, plan %s, %+v, %+v", c.Status, c.PlanHash, c.Progress, c.Approval)
	}
	if n := b.count(`SELECT count(*) FROM campaigns c JOIN users u ON u.id = c.launched_by WHERE u.email = 'bea@mill.example'`); n != 1 {
		t.Error("who approved is not who launched")
	}
	b.letter("ada@mill.example", "launch_approved")
	for _, action := range []string{"campaign.approval_asked", "campaign.approved", "campaign.launched"} {
		if n := b.logged(action); n != 1 {
			t.Errorf("%d rows of %s, want 1", n, action)
		}
	}
	b.refused(b.second, http.StatusConflict, "not_draft", route+"/approval/approve", body)
	b.refused(b.owner, http.StatusConflict, "not_draft", route+"/approval", body)
}

// An approval is for exactly one plan: whatever changes what would be launched
// makes it void, says so, and lets nobody be called.
func TestApprovalHoldsForOnePlanOnly(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	route, plan := b.draft()
	ask := func(by *browser, plan string) {
		t.Helper()
		by.expect(http.StatusCreated, http.MethodPost, route+"/approval", object{"plan_hash": plan})
	}
	ask(b.owner, plan)
	var edited httpapi.Campaign
	b.owner.expect(http.StatusOK, http.MethodPatch, route, sound(object{"name": "Thaw"})).decode(t, &edited)
	if edited.Approval == nil || edited.Approval.State != "void" {
		t.Errorf("the edit answers %+v", edited.Approval)
	}
	b.want(route, "void", "edited")
	b.refused(b.second, http.StatusConflict, "no_approval_waiting", route+"/approval/approve", object{"plan_hash": plan})

	// Somebody joins the list between the request and the yes.
	plan = b.plan(route)
	ask(b.owner, plan)
	b.member.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": "Yan", "phone": "416-555-0142", "attestation": "Gave the number when hired."})
	b.refused(b.second, http.StatusConflict, "approval_void", route+"/approval/approve", object{"plan_hash": plan})
	b.want(route, "void", "plan_changed")

	// The same person asks anew, then somebody else does: the newest stands.
	plan = b.plan(route)
	ask(b.owner, plan)
	ask(b.member, plan)
	if a := b.read(route).Approval; a.State != "waiting" || b.count(`SELECT count(*) FROM launch_approvals WHERE reason = 'asked_again'`) != 1 {
		t.Errorf("asked by two: %+v", a)
	}
	// Who asked has left.
	b.exec(`UPDATE users SET disabled_at = now() WHERE email = 'max@mill.example'`)
	b.refused(b.owner, http.StatusConflict, "approval_void", route+"/approval/approve", object{"plan_hash": plan})
	b.exec(`UPDATE users SET disabled_at = NULL WHERE email = 'max@mill.example'`)
	b.want(route, "void", "asker_gone")

	ask(b.owner, plan)
	b.owner.expect(http.StatusOK, http.MethodPost, route+"/approval/withdraw", nil)
	b.want(route, "withdrawn", "")
	if n, asked := b.logged("campaign.approval_void"), b.logged("campaign.approval_asked"); n != 4 || asked != 5 {
		t.Errorf("%d void and %d asked rows, want 4 and 5", n, asked)
	}
}

func TestRefusingALaunch(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	route, plan := b.draft()
	body := object{"plan_hash": plan}
	b.member.expect(http.StatusCreated, http.MethodPost, route+"/approval", body)
	for _, reason := range []string{"", "  ", "\u202ehidden", strings.Repeat("x", 501)} {
		p := b.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, route+"/approval/refuse", object{"reason": reason}).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.reason" {
			t.Errorf("reason %q: %+v", reason, p.Errors)
		}
	}
	b.refused(b.second, http.StatusForbidden, "not_your_request", route+"/approval/withdraw", nil)
	b.want(route, "waiting", "")
	b.owner.expect(http.StatusOK, http.MethodPost, route+"/approval/refuse", object{"reason": "Say which gate."})
	b.want(route, "refused", "Say which gate.")
	if data, _ := b.letter("max@mill.example", "launch_refused"); !strings.Contains(data, "Say which gate.") {
		t.Errorf("the letter: %s", data)
	}
	b.refused(b.second, http.StatusConflict, "no_approval_waiting", route+"/approval/approve", body)
	// Another try, and then the draft is given up.
	b.member.expect(http.StatusCreated, http.MethodPost, route+"/approval", body)
	b.exec(`UPDATE users SET role = 'member' WHERE email IN ('ada@mill.example', 'bea@mill.example')`)
	other, otherPlan := b.draft()
	b.refused(b.member, http.StatusConflict, "nobody_can_approve", other+"/approval", object{"plan_hash": otherPlan})
	by := b.read(route).Approval.AskedBy
	err := b.deps.Campaigns.Cancel(t.Context(), campaign.Caller{AccountID: b.account, UserID: by, Actor: audit.Actor{Kind: audit.User, ID: by, Name: "Max"}},
		uuid.MustParse(route[len("/api/v1/campaigns/"):]))
	if err != nil {
		t.Fatal(err)
	}
	if c := b.read(route); c.Status != "cancelled" || c.Approval.State != "void" || c.Approval.Reason != "cancelled" {
		t.Errorf("given up: %s, %+v", c.Status, c.Approval)
	}
}

// Two owners who approve at the same instant launch once.
func TestTwoApprovalsLaunchOnce(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	third := b.hire("cyd@mill.example", "owner")
	for range 5 {
		route, plan := b.draft()
		b.member.expect(http.StatusCreated, http.MethodPost, route+"/approval", object{"plan_hash": plan})
		statuses := map[int]int{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for _, by := range []*browser{b.owner, b.second, third} {
			r := by.request(http.MethodPost, route+"/approval/approve", object{"plan_hash": plan})
			group.Go(func() {
				a := by.send(r)
				mu.Lock()
				defer mu.Unlock()
				statuses[a.StatusCode]++
			})
		}
		group.Wait()
		if want := map[int]int{http.StatusOK: 1, http.StatusConflict: 2}; !maps.Equal(statuses, want) {
			t.Fatalf("three approvals answer %v, want %v", statuses, want)
		}
		if c := b.read(route); c.Status != "running" || c.Progress.Total != 1 {
			t.Fatalf("the campaign is %s with %d people", c.Status, c.Progress.Total)
		}
	}
	if n := b.logged("campaign.launched"); n != 5 {
		t.Errorf("%d launches of 5 campaigns", n)
	}
}

// Whoever is bound by the rule cannot do away with it alone.
func TestLooseningTwoPersonTakesASecondOwner(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	const route = "/api/v1/settings/two-person"
	above := func() int {
		return b.count(`SELECT coalesce(two_person_above, -1) FROM accounts WHERE id = $1`, b.account)
	}
	for _, wrong := range []int{-1, 100_001} {
		p := b.owner.expect(http.StatusUnprocessableEntity, http.MethodPut, route, object{"above": wrong}).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.above" {
			t.Errorf("%d: %+v", wrong, p.Errors)
		}
	}
	b.letter("bea@mill.example", "two_person_changed")
	for _, wanted := range []any{nil, 50} {
		a := b.size(b.owner, wanted)
		if above() != 0 || *a.TwoPerson.Above != 0 || a.TwoPerson.Pending == nil {
			t.Fatalf("loosened to %v alone: %+v", wanted, a.TwoPerson)
		}
	}
	b.letter("bea@mill.example", "two_person_asked")
	b.refused(b.owner, http.StatusForbidden, "same_person", route+"/confirm", object{"above": 50})
	b.refused(b.second, http.StatusConflict, "change_replaced", route+"/confirm", object{"above": nil})
	campaignRoute, plan := b.draft()
	b.refused(b.owner, http.StatusConflict, "second_person_needed", campaignRoute+"/launch", object{"plan_hash": plan})
	b.second.expect(http.StatusOK, http.MethodPost, route+"/confirm", object{"above": 50})
	if above() != 50 {
		t.Fatalf("confirmed: %d", above())
	}
	b.refused(b.second, http.StatusConflict, "no_change_waiting", route+"/confirm", object{"above": 50})
	// Tightening is nobody's to confirm, and ends a wish that waits.
	b.size(b.owner, nil)
	if a := b.size(b.second, 10); above() != 10 || a.TwoPerson.Pending != nil {
		t.Fatalf("tightened: %d, %+v", above(), a.TwoPerson)
	}
	// A wish is refused by the other one, or taken back by setting what holds.
	b.size(b.owner, nil)
	b.second.expect(http.StatusOK, http.MethodPost, route+"/refuse", nil)
	b.letter("ada@mill.example", "two_person_refused")
	b.size(b.owner, 20)
	if a := b.size(b.owner, 10); above() != 10 || a.TwoPerson.Pending != nil {
		t.Fatalf("taken back: %d, %+v", above(), a.TwoPerson)
	}
	for action, want := range map[string]int{"settings.changed": 3, "settings.two_person_asked": 5, "settings.two_person_replaced": 2,
		"settings.two_person_refused": 1, "settings.two_person_withdrawn": 1} {
		if n := b.logged(action); n != want {
			t.Errorf("%d rows of %s, want %d", n, action, want)
		}
	}
	if n := b.count(`SELECT count(*) FROM audit_events WHERE action = 'settings.changed' AND detail = '{"two_person_above": {"from": 0, "to": 50}, "asked_by": "Zoé Roy"}'`); n != 1 {
		t.Error("no row tells from and to of the confirmed change")
	}
	// An only owner is obeyed, also while somebody waits: the request is void then.
	b.size(b.owner, 0)
	b.member.expect(http.StatusCreated, http.MethodPost, campaignRoute+"/approval", object{"plan_hash": plan})
	b.exec(`UPDATE users SET role = 'member' WHERE email = 'bea@mill.example'`)
	if a := b.size(b.owner, nil); above() != -1 || a.TwoPerson.Pending != nil {
		t.Fatalf("the only owner: %d, %+v", above(), a.TwoPerson)
	}
	b.refused(b.owner, http.StatusConflict, "approval_not_needed", campaignRoute+"/approval", object{"plan_hash": plan})
	var c httpapi.Campaign
	b.owner.expect(http.StatusOK, http.MethodPost, campaignRoute+"/launch", object{"plan_hash": plan}).decode(t, &c)
	if c.Status != "running" || c.Approval.State != "void" || c.Approval.Reason != "not_needed" {
		t.Errorf("launched alone: %s, %+v", c.Status, c.Approval)
	}
	b.exec(`UPDATE users SET disabled_at = now() WHERE account_id = $1 AND email <> 'ada@mill.example'`, b.account)
	if p := b.owner.expect(http.StatusConflict, http.MethodPut, route, object{"above": 10}).problem(t); p.Code != "no_second_person" {
		t.Errorf("alone in the account: %+v", p)
	}
}
