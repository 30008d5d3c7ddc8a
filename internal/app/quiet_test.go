package app_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var pageLink = regexp.MustCompile(`/p/[\w-]{11}`)

// submit sends a form of a person's own page, as a browser does, and returns
// the page that comes back.
func (p *product) submit(link, form string, fields url.Values) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+link+"/"+form, strings.NewReader(fields.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", p.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %s, %v", form, answer.StatusCode, body, err)
	}
	return string(body)
}

// read is a page that anybody who has its link may read.
func (p *product) read(link string) string {
	p.t.Helper()
	answer, err := http.Get(p.url + link)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %s, %v", link, answer.StatusCode, body, err)
	}
	return string(body)
}

// From the word CALLS to a phone that stays silent until its quiet hours end,
// while a colleague's rings at once.
func TestI6QuietHoursSetOnThePageAreKept(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,", "Ana Silva,+14165550113,en,"), "+14165550111", "+14165550113")
	zoe, ana := p.sim.Phone("+14165550111"), p.sim.Phone("+14165550113")
	zoe.Text("CALLS")
	link := pageLink.FindString(zoe.ExpectSMS("/p/").Body)
	now := p.clock.Now().In(time.FixedZone("Toronto", -5*3600))
	page := p.submit(link, "quiet", url.Values{"zone": {"America/Toronto"}, "start": {"09:00"}, "end": {now.Add(2 * time.Hour).Format("15:04")}, "do": {"set"}})
	for _, want := range []string{"Your quiet hours are kept", "Nobody calls you at this moment", "Northwind Bakeries Inc.", "you answered “YES” to this text:", "automated work calls"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	id := p.launch(owner, "Plant closed")
	ana.ExpectCall().Hears("plant is closed").Press("1").Ended("completed")
	if zoe := p.recipient(owner, id, "Zoë"); zoe.text("state") != "pending" {
		t.Fatalf("in quiet hours: %v", zoe)
	}
	if n := len(zoe.Calls()); n != 0 {
		t.Fatalf("%d calls in quiet hours", n)
	}
	p.clock.Advance(2*time.Hour + 2*time.Minute)
	zoe.ExpectCall().Hears("plant is closed").Press("2").Ended("completed")
	owner.post("auth/login", object{"email": "zoe@northwind.example", "password": password}) // the session has ended meanwhile
	p.finished(owner, id)
	if rows := owner.get("audit?action=quiet.changed").list("items"); len(rows) != 1 || rows[0].text("actor_kind") != "employee" {
		t.Errorf("audit: %v", rows)
	}
}
