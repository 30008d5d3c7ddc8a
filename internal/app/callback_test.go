package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
)

// missedCall launches a campaign that one person does not take.
func (p *product) missedCall(owner *browser, name, number string) (id string) {
	p.t.Helper()
	id = p.launch(owner, name)
	p.sim.Phone(number).ExpectRing().Decline().Ended("busy")
	p.eventually("the missed call to be known", `SELECT state = 'pending' AND attempts_made = 1 FROM recipients WHERE campaign_id = $1`, id)
	return id
}

// Somebody misses a call, calls the number back, learns who it was, when and
// why, and gives the answer; nobody calls them again.
func TestWalkFromAMissedCallToTheAnswer(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	id := p.missedCall(owner, "Plant closed", "+14165550111")
	zoe := p.sim.Phone("+14165550111")

	call := zoe.CallBack().Hears("returning an automated call from Northwind for Zoë", "made today at 9:0", "about tomorrow's shift", "press 9",
		"The plant is closed tomorrow", "press 1 if you have understood")
	// The carrier brings each key twice, as one that got no answer in time does.
	p.sim.Fault(carriersim.Fault{Point: "twiml", Match: carriersim.Match{Path: "/incoming"}, Action: carriersim.Action{DuplicateNewToken: 1}, Times: 3})
	call.Press("0").Hears("The plant is closed tomorrow").Press("5").Hears("not a choice", "press 2").Press("1").Hears("you pressed 1", "thank you, Zoë").Ended("completed")
	done := p.finished(owner, id)
	if done.number("progress.answered") != 1 || done.number("progress.answers.1") != 1 || done.number("progress.total") != 1 || done.number("progress.calls_made") != 1 {
		t.Errorf("results: %v", done.find("progress"))
	}
	r := p.recipient(owner, id, "Zoë")
	if r.text("state") != "answered" || r.number("answer") != 1 || r.find("answered_by_callback") != true || r.text("last_attempt.state") != "busy" ||
		r.text("call_back.call_sid") != call.SID || r.number("call_back.answer") != 1 || r.text("call_back.heard") != "message" {
		t.Errorf("whoever called back is %v", r)
	}
	_, _, file := owner.try(http.MethodGet, "campaigns/"+id+"/recipients?format=csv", nil)
	if !strings.Contains(file, "answered_by_callback") || !strings.Contains(file, call.SID) {
		t.Errorf("export: %s", file)
	}
	if n := strings.Count(owner.try1("audit?limit=50"), "campaign.answered_by_callback"); n != 1 {
		t.Errorf("%d audit rows of the answer, want 1", n)
	}
	p.sim.Advance(2 * time.Hour)                                                             // the second attempt would be due: the closing check finds any call
	owner.post("auth/login", object{"email": "zoe@northwind.example", "password": password}) // the session has ended meanwhile
	zoe.CallBack().Hears("returning an automated call from Northwind", "you have already answered: you have understood").HearsNot("plant is closed").
		Press("2").Hears("you have already answered").Ended("completed")
	if r := p.recipient(owner, id, "Zoë"); r.number("answer") != 1 {
		t.Errorf("a second answer was taken: %v", r)
	}
}

// I3: while somebody is on the line with us no campaign rings them.
func TestI3NobodyIsRungWhileTheyCallBack(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Sam Hill,+14165550114,en,"), "+14165550111", "+14165550114")
	zoe, sam := p.sim.Phone("+14165550111"), p.sim.Phone("+14165550114")
	first := p.launch(owner, "Plant closed")
	zoe.ExpectRing().Decline().Ended("busy")
	sam.ExpectCall().Press("1").Ended("completed")
	p.eventually("the missed call to be known", `SELECT count(*) = 1 FROM recipients WHERE state = 'pending' AND attempts_made = 1`)

	back := zoe.CallBack().Hears("The plant is closed tomorrow")
	second := p.launch(owner, "Roof open")
	sam.ExpectCall().Press("1").Ended("completed") // the claim has looked at everybody
	if calls := p.sim.Stats().Calls; calls != 3 {
		t.Errorf("%d calls placed, want 3: nobody rings who is calling back", calls)
	}
	back.HangUp().Ended("completed")
	zoe.ExpectCall().Hears("This is an automated call from Northwind").Press("2").Ended("completed")
	p.finished(owner, second)
	if r := p.recipient(owner, first, "Zoë"); r.text("state") != "pending" || r.text("call_back.heard") != "message" || r.find("call_back.answer") != nil {
		t.Errorf("whoever called back and gave no answer is %v", r)
	}
	owner.post("campaigns/"+first+"/cancel", nil)
}

// A call back without an answer is news: the live page shows it at once, and the
// person's own page lists it beside the calls that they got.
func TestCallBackIsShown(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	id := p.missedCall(owner, "Plant closed", "+14165550111")
	events := owner.watch(id)
	next(t, events, "a first event", func(e liveEvent) bool { return e.name == "snapshot" })
	p.sim.Advance(time.Minute) // what was news when the page was opened is none any more
	zoe := p.sim.Phone("+14165550111")
	zoe.CallBack().Hears("plant is closed").HangUp().Ended("completed")
	next(t, events, "the call back", func(e liveEvent) bool {
		rows := e.data.list("changed")
		return len(rows) == 1 && rows[0].text("call_back.heard") == "message" && rows[0].find("call_back.answer") == nil
	})
	p.sim.Advance(time.Minute)
	zoe.CallBack().Press("1").Hears("you pressed 1").Ended("completed")
	p.finished(owner, id)
	p.sim.Advance(time.Minute)
	zoe.CallBack().Hears("already answered").Press("9").Ended("completed")
	zoe.Text("CALLS")
	page := p.read(pageLink.FindString(zoe.ExpectSMS("/p/").Body))
	for _, want := range []string{"Every call and text (9)", "your call to us · tomorrow&#39;s shift · <span class=\"state\">you asked for no more calls</span>", "you pressed 1 (“you have understood”)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "your call to us"); n != 3 {
		t.Errorf("the page lists %d calls to us, want 3:\n%s", n, page)
	}
}

// I2: the keys 9 and 8 of somebody who calls back, and STOP before it.
func TestI2CallBackStops(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	people := map[string]string{"Zoë Tremblay": "+14165550111", "Sam Hill": "+14165550114", "Ana Silva": "+14165550113"}
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Sam Hill,+14165550114,en,", "Ana Silva,+14165550113,en,"), "+14165550111", "+14165550114", "+14165550113")
	id := p.launch(owner, "Plant closed")
	for _, number := range people {
		p.sim.Phone(number).ExpectRing().Decline().Ended("busy")
	}
	p.eventually("the missed calls to be known", `SELECT count(*) = 3 FROM recipients WHERE state = 'pending' AND attempts_made = 1`)
	p.sim.Phone("+14165550111").CallBack().Hears("for Zoë", "plant is closed").Press("9").Hears("Northwind will not call or text you again").Ended("completed")
	p.sim.Phone("+14165550114").CallBack().Hears("for Sam", "plant is closed").Press("8").Hears("Northwind will not call or text this number again").Press("9").
		Hears("no employer will call").Ended("completed")
	ana := p.sim.Phone("+14165550113")
	ana.Text("STOP")
	ana.ExpectAutoReply("unsubscribed")
	p.eventually("the STOP to land", `SELECT count(*) = 3 FROM consents WHERE state = 'opted_out'`)
	ana.CallBack().Hears("returning an automated call from Northwind for Ana", "press 9", "press 0").HearsNot("plant is closed", "press 1").
		Press("1").Hears("not a choice").Press("9").Hears("will not call or text you again").Ended("completed")
	p.finished(owner, id)
	for name := range people {
		if r := p.recipient(owner, id, name); r.text("state") != "skipped" || r.text("reason") != "opted_out" {
			t.Errorf("%s is %v", name, r)
		}
	}
	p.eventually("each means of stopping", `SELECT string_agg(kind || ' ' || channel, ', ' ORDER BY kind, channel, id) =
		'not_me voice, opted_out sms, opted_out voice, opted_out voice, opted_out voice' FROM consent_events WHERE kind IN ('opted_out', 'not_me')`)
}

// I1: a STOP before calling back: the question is still open, and is not heard.
func TestI1CallBackAfterStopHearsNoMessage(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Ana Silva,+14165550113,en,"), "+14165550113")
	once := draft("Plant closed")
	once["max_attempts"] = 1
	id := owner.post("campaigns", once).text("id")
	owner.post("campaigns/"+id+"/launch", object{"plan_hash": owner.get("campaigns/" + id + "/plan").text("plan_hash")})
	ana := p.sim.Phone("+14165550113")
	ana.ExpectRing().Decline().Ended("busy")
	p.finished(owner, id)
	ana.Text("STOP")
	ana.ExpectAutoReply("unsubscribed")
	p.eventually("the STOP to land", `SELECT state = 'opted_out' FROM consents`)
	ana.CallBack().Hears("returning an automated call from Northwind for Ana", "press 9", "press 0").HearsNot("plant is closed", "press 1").
		Press("1").Hears("not a choice").Press("9").Hears("will not call or text you again").Ended("completed")
	if r := p.recipient(owner, id, "Ana"); r.text("state") != "busy" || r.find("answer") != nil {
		t.Errorf("whoever stopped it is %v", r)
	}
}

// A phone that was never called learns nothing of anybody's employer.
func TestCallOfAStranger(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	id := p.missedCall(owner, "Plant closed", "+14165550111")
	p.sim.Phone("+14165550177").Call(sender).Hears("automated work calls for employers", "no call for you here", "text HELP", "press 9", "goodbye").
		HearsNot("Northwind", "Zoë", "plant", "shift").Ended("completed")
	p.sim.Phone("+14165550111").CallBack().Hears("Northwind").Press("1").Ended("completed")
	p.finished(owner, id)
}

// Two employers call from one number: who called last is who is called back.
func TestCallBackOfTwoEmployersOnOneSender(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	north := p.employer("zoe@northwind.example")
	p.staff(north, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	first := p.missedCall(north, "Plant closed", "+14165550111")
	south := p.employer("kim@southwind.example")
	if _, err := p.db.Admin().Exec(t.Context(), `UPDATE accounts SET spoken_name = 'Southwind' WHERE id = (SELECT account_id FROM users WHERE email = 'kim@southwind.example')`); err != nil {
		t.Fatal(err)
	}
	p.staff(south, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	second := p.missedCall(south, "Roof open", "+14165550111")
	zoe := p.sim.Phone("+14165550111")
	zoe.CallBack().Hears("returning an automated call from Southwind").HearsNot("Northwind").Press("2").Hears("you pressed 2").Ended("completed")
	p.finished(south, second)
	if r := p.recipient(north, first, "Zoë"); r.text("state") != "pending" || r.find("call_back") != nil {
		t.Errorf("the other employer sees %v", r)
	}
	north.post("campaigns/"+first+"/cancel", nil)
}

// try1 is the text of a page.
func (b *browser) try1(path string) string {
	b.p.t.Helper()
	_, _, text := b.try(http.MethodGet, path, nil)
	return text
}
