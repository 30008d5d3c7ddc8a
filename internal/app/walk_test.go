package app_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/app"
)

// The main job, from a stranger's application to an audited result, over HTTP
// and telephones only.
func TestWalkFromApplicationToResults(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.signUp("zoe@northwind.example", "Northwind")

	// Until a person has approved it, every data route is shut and nothing is sent.
	for _, path := range []string{"employees", "campaigns", "audit"} {
		owner.refused(http.MethodGet, path, nil, http.StatusForbidden, "account_pending")
	}
	if me := owner.get("me"); me.text("account.status") != "pending_review" || me.text("account.decide_by") == "" {
		t.Errorf("a waiting applicant sees %v", me)
	}
	owner.post("me/phone", object{"phone": ownerPhone})
	code := p.sim.Phone(ownerPhone).ExpectSMS()
	wrong := owner.refused(http.MethodPost, "me/phone/verify", object{"code": "000000"}, http.StatusUnprocessableEntity, "invalid")
	if wrong.list("errors")[0].text("location") != "body.code" {
		t.Errorf("a wrong code is not named: %v", wrong)
	}
	owner.post("me/phone/verify", object{"code": sixDigits.FindString(code.Body)})

	operator := p.asOperator()
	waiting := operator.get("operator/accounts?status=pending_review").list("items")
	if len(waiting) != 1 || waiting[0].text("applicant.email") != "zoe@northwind.example" || waiting[0].text("website") == "" {
		t.Fatalf("the operator sees %v", waiting)
	}
	operator.post("operator/accounts/"+waiting[0].text("id")+"/approve",
		object{"checklist": object{"registry_checked": true, "website_checked": true, "employment_plausible": true}, "note": "registry entry matches"})
	p.mail("zoe@northwind.example", "approved")

	// Import: a check says what would happen, row by row; nothing is kept by it.
	csv := "\ufeff" + csvOf("Zoë Tremblay,(416) 555-0111,en,plant", "Léo Côté,+1 514 555 0112,fr,plant;night", "Ana Silva,416-555-0113,,office",
		"Nobody,1-800-FLOWERS,en,", "Sam Hill,416-555-0114,en,plant")
	check := owner.do(http.MethodPost, "employees/imports?name=people.csv", csv)
	if check.number("new") != 4 || check.number("rejected") != 1 || check.list("check.errors")[0].number("row") != 5 {
		t.Fatalf("check: %v", check)
	}
	if n := len(owner.get("employees").list("items")); n != 0 {
		t.Fatalf("a check kept %d people", n)
	}
	owner.post("employees/imports/"+check.text("id")+"/confirm", object{"attestation": "Collected on the hiring form", "invite": true})
	owner.taken(check.text("id"))

	// The invitation and what people answer.
	zoe, leo, ana, sam := p.sim.Phone("+14165550111"), p.sim.Phone("+15145550112"), p.sim.Phone("+14165550113"), p.sim.Phone("+14165550114")
	zoe.ExpectSMS("Northwind", "YES", "STOP").Reply("YES")
	zoe.ExpectSMS("you're in")
	leo.ExpectSMS("Northwind", "OUI", "ARRET").Reply("Oui!")
	leo.ExpectSMS("c'est noté")
	ana.ExpectSMS("YES").Reply("STOP")
	ana.ExpectAutoReply("unsubscribed")
	sam.ExpectSMS("YES")
	p.eventually("consent to show", `SELECT count(*) = 4 FROM consents WHERE state <> 'none'`)
	p.eventually("the STOP to land", `SELECT count(*) = 1 FROM consents WHERE state = 'opted_out'`)
	if funnel := owner.get("employees/funnel"); funnel.number("opted_in") != 2 || funnel.number("opted_out") != 1 || funnel.number("invited") != 1 {
		t.Errorf("funnel: %v", funnel)
	}

	// The plan says who is called and why others are not; a preview rings the author only.
	id := owner.post("campaigns", draft("Plant closed")).text("id")
	plan := owner.get("campaigns/" + id + "/plan")
	if plan.number("total") != 4 || plan.number("callable") != 2 || len(plan.list("skipped")) != 2 {
		t.Fatalf("plan: %v", plan)
	}
	owner.post("previews", object{"campaign_id": id})
	p.sim.Phone(ownerPhone).ExpectCall().Hears("automated call from Northwind", "for Zoë", "plant is closed").Press("1").Hears("you pressed 1").Ended("completed")

	owner.refused(http.MethodPost, "campaigns/"+id+"/launch", object{"plan_hash": strings.Repeat("0", 64)}, http.StatusConflict, "plan_changed")
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": plan.text("plan_hash")})
	call := zoe.ExpectCall().Hears("this is an automated call from Northwind for Zoë", "press 9", "The plant is closed tomorrow", "press 1")
	call.Press("0").Hears("The plant is closed tomorrow").Press("7").Hears("not a choice").Press("1").Hears("you pressed 1", "thank you, Zoë").Ended("completed")
	leo.ExpectCall().Hears("appel automatisé de Northwind pour Léo", "faites le 9").Press("9").Hears("c'est fait").Ended("completed")

	done := p.finished(owner, id)
	if done.number("progress.answered") != 1 || done.number("progress.answers.1") != 1 || done.number("progress.skipped") != 2 ||
		done.number("progress.total") != 4 || done.number("progress.answered_no_key") != 1 {
		t.Errorf("results: %v", done.find("progress"))
	}
	if r := p.recipient(owner, id, "Léo"); r.text("state") != "answered_no_key" || r.text("reason") != "opted_out" {
		t.Errorf("whoever pressed 9 is %v", r)
	}
	_, _, file := owner.try(http.MethodGet, "campaigns/"+id+"/recipients?format=csv", nil)
	if !strings.Contains(file, "Zoë Tremblay") || !strings.Contains(file, "answered") {
		t.Errorf("export: %s", file)
	}

	// Whoever pressed 9 is not in the next plan.
	next := owner.post("campaigns", draft("Plant open again")).text("id")
	if plan := owner.get("campaigns/" + next + "/plan"); plan.number("callable") != 1 {
		t.Errorf("after key 9 the plan calls %d", plan.number("callable"))
	}
	p.checkAudit(owner)
}

// Every step has its row, the owner sees it, and a changed byte is found.
func (p *product) checkAudit(owner *browser) {
	p.t.Helper()
	seen := map[string]bool{}
	for cursor := ""; ; {
		page := owner.get("audit?limit=50" + cursor)
		for _, row := range page.list("items") {
			seen[row.text("action")] = true
		}
		if cursor = page.text("next_cursor"); cursor == "" {
			break
		}
		cursor = "&cursor=" + cursor
	}
	for _, action := range []string{"campaign.created", "campaign.launched", "campaign.finished", "campaign.exported", "preview.requested", "consent.revoked"} {
		if !seen[action] {
			p.t.Errorf("the owner sees no %s in %v", action, seen)
		}
	}
	var out bytes.Buffer
	if err := app.VerifyAudit(p.t.Context(), p.getenv, &out); err != nil {
		p.t.Fatalf("verify: %v\n%s", err, out.String())
	}
	// The product itself keeps the day's heads, and looks for what is past its time.
	p.eventually("the day's checkpoint", `SELECT EXISTS (SELECT FROM seal_checkpoints)`)
	p.eventually("the daily deletion", `SELECT EXISTS (SELECT FROM river_job WHERE kind = 'audit_retention' AND state = 'completed')`)
	out.Reset()
	if err := app.VerifyAudit(p.t.Context(), p.getenv, &out); err != nil || !strings.Contains(out.String(), "checkpoints 1\n") {
		p.t.Errorf("verify: %v\n%s", err, out.String())
	}
	// A webhook that is not the carrier's is refused and noted.
	answer, err := http.Post(p.url+"/webhooks/twilio/sms", "application/x-www-form-urlencoded", strings.NewReader("Body=CANARY")) //nolint:noctx // one request
	if err != nil || answer.StatusCode != http.StatusForbidden {
		p.t.Fatalf("a forged webhook: %v, %v", answer, err)
	}
	answer.Body.Close()
	p.eventually("the refusal's row", `SELECT EXISTS (SELECT FROM audit_events WHERE action = 'webhook.refused' AND account_id IS NULL AND detail = '{"reason": "signature"}')`)
	admin := p.db.Admin()
	p.eventually("everything to be sealed", `SELECT NOT EXISTS (SELECT FROM seal_queue)`)
	for _, sql := range []string{`SET session_replication_role = replica`, `ALTER TABLE audit_events DISABLE TRIGGER keep`,
		`UPDATE audit_events SET actor_name = actor_name || '.' WHERE id = (SELECT min(id) FROM audit_events WHERE action = 'campaign.launched')`} {
		if _, err := admin.Exec(p.t.Context(), sql); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := app.VerifyAudit(p.t.Context(), p.getenv, &out); err == nil || !strings.Contains(err.Error(), "audit row") {
		p.t.Errorf("a changed byte was not found: %v", err)
	}
}

// I2: a STOP texted while the phone rings ends the call at once, on every queue.
func TestI2StopFromARingingPhone(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Sam Hill,+14165550114,en,"), "+14165550111", "+14165550114")
	id := p.launch(owner, "Plant closed")
	zoe, sam := p.sim.Phone("+14165550111"), p.sim.Phone("+14165550114")
	ringing := zoe.ExpectRing()
	zoe.Text("Stop please")
	ringing.Ended("canceled")
	zoe.ExpectSMS("no more calls or texts from Northwind or from this number")
	sam.ExpectCall().Hears("closed").Press("2").Ended("completed")
	p.finished(owner, id)
	if r := p.recipient(owner, id, "Zoë"); r.text("state") != "skipped" || r.text("reason") != "opted_out" {
		t.Errorf("whoever texted STOP is %v", r)
	}
}

// I7: a pause holds everybody who was not called yet; a resume goes on with them.
func TestI7PauseAndResume(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Sam Hill,+14165550114,en,"), "+14165550111", "+14165550114")
	id := owner.post("campaigns", draft("Plant closed")).text("id")
	plan := owner.get("campaigns/" + id + "/plan")
	if _, err := p.db.Admin().Exec(t.Context(), `UPDATE pace SET held_until = clock_timestamp() + interval '1 hour' WHERE key = 'carrier'`); err != nil {
		t.Fatal(err)
	}
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": plan.text("plan_hash")})
	paused := owner.post("campaigns/"+id+"/pause", object{"reason": "wrong text"})
	if paused.text("status") != "paused" || paused.text("status_reason") != "wrong text" {
		t.Errorf("paused: %v", paused)
	}
	owner.refused(http.MethodPost, "campaigns/"+id+"/pause", object{}, http.StatusConflict, "wrong_state")
	if _, err := p.db.Admin().Exec(t.Context(), `UPDATE pace SET held_until = '-infinity' WHERE key = 'carrier'`); err != nil {
		t.Fatal(err)
	}
	if calls := p.sim.Stats().Calls; calls != 0 {
		t.Errorf("%d calls left while paused", calls)
	}
	owner.post("campaigns/"+id+"/resume", nil)
	p.sim.Phone("+14165550111").ExpectCall().Press("1").Ended("completed")
	p.sim.Phone("+14165550114").ExpectCall().Press("1").Ended("completed")
	if done := p.finished(owner, id); done.number("progress.answered") != 2 {
		t.Errorf("results: %v", done.find("progress"))
	}
}

// I9: what belongs to another account does not exist for anybody else.
func TestI9OtherAccountsDoNotExist(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"))
	p.sim.Phone("+14165550111").ExpectSMS("YES")
	id := owner.post("campaigns", draft("Ours")).text("id")
	person := owner.get("employees").list("items")[0].text("id")
	other := p.employer("other@southwind.example")
	if n := len(other.get("employees").list("items")); n != 0 {
		t.Errorf("another account sees %d people", n)
	}
	for _, path := range []string{"campaigns/" + id, "campaigns/" + id + "/plan", "campaigns/" + id + "/recipients", "campaigns/" + id + "/events", "employees/" + person, "employees/" + person + "/consent"} {
		if status, _, text := other.try(http.MethodGet, path, nil); status != http.StatusNotFound {
			t.Errorf("GET %s by another account: %d %s", path, status, text)
		}
	}
	for _, action := range []string{"pause", "resume", "cancel", "clone"} {
		other.refused(http.MethodPost, "campaigns/"+id+"/"+action, object{}, http.StatusNotFound, "not_found")
	}
	other.refused(http.MethodPost, "previews", object{"campaign_id": id}, http.StatusNotFound, "not_found")
}
