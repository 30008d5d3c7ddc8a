package fidelity_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

func TestResponseHeaders(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	newApp(t, sim)
	req, _ := http.NewRequest("GET", sim.URL+account(".json"), nil)
	req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for name, want := range map[string]string{"Content-Type": "application/json", "X-Home-Region": "us1", "X-Api-Domain": "api.twilio.com", "X-Shenanigans": "none", "Twilio-Concurrent-Requests": "1"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := resp.Header.Get("Twilio-Request-Id"); len(id) != 34 || id[:2] != "RQ" {
		t.Errorf("Twilio-Request-Id %q", id)
	}
	if resp.Header.Get("Twilio-Request-Duration") == "" {
		t.Error("no Twilio-Request-Duration")
	}
}

func TestOfficialGoClientDrivesIt(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CPS = 0.5 }))
	a := newApp(t, sim)
	first := a.call(number("202", 11))
	second := a.call(number("202", 12))
	if *first.Status != "queued" || *second.QueueTime != "2000" {
		t.Errorf("first %s, second waits %s ms, want queued and 2000", *first.Status, *second.QueueTime)
	}
	fetched, err := a.twilio.FetchCall(*second.Sid, nil)
	if err != nil || *fetched.Status != "queued" {
		t.Fatalf("fetch: %v %v", fetched, err)
	}
	update := &api.UpdateCallParams{}
	update.SetStatus("canceled")
	canceled, err := a.twilio.UpdateCall(*second.Sid, update)
	if err != nil || *canceled.Status != "canceled" {
		t.Fatalf("cancel: %v %v", canceled, err)
	}
	if _, err := a.twilio.UpdateCall(*second.Sid, update); err == nil {
		t.Error("an ended call was updated")
	} else {
		wantCode(t, err, 400, 21220)
	}
	_, err = a.twilio.FetchCall("CA00000000000000000000000000000000", nil)
	wantCode(t, err, 404, 20404)
	m := a.mustText(number("202", 37), "hello")
	got, err := a.twilio.FetchMessage(*m.Sid, nil)
	if err != nil || *got.Status != "queued" || *got.Body != "hello" {
		t.Fatalf("fetch message: %v %v", got, err)
	}
	redact := &api.UpdateMessageParams{}
	redact.SetBody("")
	if got, err = a.twilio.UpdateMessage(*m.Sid, redact); err != nil || *got.Body != "" {
		t.Fatalf("redact: %v %v", got, err)
	}
	sim.Settle()
	if got := a.statuses(); strings.Contains(got, "canceled") {
		t.Errorf("a call cancelled in the queue fired a callback: %q", got)
	}
}

func TestListingOverThreePages(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	var want []string
	for i := range 5 {
		want = append(want, *a.call(number("202", 50+i)).Sid)
	}
	slices.Reverse(want)
	sim.Settle()
	p := &api.ListCallParams{}
	p.SetPageSize(2)
	p.SetFrom(simtest.Number)
	p.SetStartTimeAfter(sim.Now().Add(-24 * time.Hour).UTC())
	list, err := a.twilio.ListCall(p)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, *c.Sid)
	}
	if !slices.Equal(got, want) {
		t.Errorf("list %v, want newest first %v", got, want)
	}
	var pages []string
	for _, r := range sim.Requests() {
		if r.Method == "GET" {
			pages = append(pages, url.Values(r.Form).Get("Page"))
			if got := url.Values(r.Form).Get("StartTime>"); got == "" {
				t.Error("a next page lost the filter")
			}
		}
	}
	if !slices.Equal(pages, []string{"", "1", "2"}) {
		t.Errorf("pages asked for: %q", pages)
	}
}

// page is the paging of a list.
type page struct {
	Calls    []struct{ SID string }
	Page     int
	PageSize int `json:"page_size"`
	Start    int
	End      int
	URI      string
	First    string  `json:"first_page_uri"`
	Next     *string `json:"next_page_uri"`
	Previous *string `json:"previous_page_uri"`
}

func (a *app) page(uri string) page {
	a.t.Helper()
	status, body := a.raw("GET", uri, "", "")
	var p page
	if err := json.Unmarshal([]byte(body), &p); err != nil || status != 200 {
		a.t.Fatalf("list %s: HTTP %d, %v: %s", uri, status, err, body)
	}
	return p
}

func TestPagesStayStableWhileCallsAreCreated(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	var sids []string
	for i := range 4 {
		sids = append(sids, *a.call(number("202", 50+i)).Sid)
	}
	one := a.page(account("/Calls.json?PageSize=2&To=&From=" + url.QueryEscape(simtest.Number)))
	a.call(number("202", 60))
	if one.Next == nil || !strings.HasPrefix(*one.Next, "/2010-04-01/") || !strings.Contains(*one.Next, "PageToken=PACA") || !strings.Contains(*one.Next, "From=%2B1") {
		t.Fatalf("next_page_uri %v: want relative, with a token and all filters", one.Next)
	}
	two := a.page(*one.Next)
	if len(two.Calls) != 2 || two.Calls[0].SID != sids[1] || two.Calls[1].SID != sids[0] || two.Next != nil {
		t.Errorf("second page %+v, want the two oldest and no next", two)
	}
	if two.Page != 1 || two.Start != 2 || two.End != 3 || two.PageSize != 2 || one.Previous != nil {
		t.Errorf("paging %+v", two)
	}
	back := a.page(*two.Previous)
	if len(back.Calls) != 2 || back.Calls[0].SID != sids[3] || back.Page != 0 {
		t.Errorf("previous page %+v, want the first again", back)
	}
	sim.Settle()
}

func TestPreviousPageOfCallsThatHaveEndedMeanwhile(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	sim.Allow(number("202", 1), number("202", 2), number("202", 3))
	var sids []string
	var ringing []*simtest.Call
	for i := range 3 {
		sids = append(sids, *a.call(number("202", 1+i)).Sid)
		ringing = append(ringing, sim.Phone(number("202", 1+i)).ExpectRing())
	}
	one := a.page(account("/Calls.json?Status=ringing&PageSize=1"))
	two := a.page(*one.Next)
	if len(two.Calls) != 1 || two.Calls[0].SID != sids[1] {
		t.Fatalf("second page %+v", two)
	}
	ringing[1].Decline()
	back := a.page(*two.Previous)
	if len(back.Calls) != 1 || back.Calls[0].SID != sids[2] || back.Next == nil {
		t.Errorf("previous page %+v: want the newest call, and that there is one more", back)
	}
	ringing[0].Decline()
	ringing[2].Decline()
	back = a.page(*two.Previous)
	if len(back.Calls) != 0 || back.Next != nil || back.Previous != nil {
		t.Errorf("previous page %+v: want an empty one, as no call is ringing any more", back)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CPS = 0.01 }))
	a := newApp(t, sim)
	a.call(number("202", 12))
	sim.Advance(2 * time.Minute)
	sim.Allow("pace")
	a.call(number("202", 87))
	sim.Advance(time.Minute)
	a.call(number("613", 50)) // stays in the queue
	day := sim.Now().Format("2006-01-02")
	rows := map[string]int{
		"": 3, "To=%2B12025550112": 1, "Status=queued": 1, "Status=busy": 1, "Status=ringing": 0, "From=%2B19995550000": 0,
		"StartTime%3E=" + day: 2, "StartTime=" + day: 2, "StartTime%3E=2027-01-01": 0, "StartTime%3C=2026-01-01": 0,
		"StartTime%3E=" + url.QueryEscape(simtest.Monday().Format(time.RFC3339)):                2,
		"StartTime%3E=" + url.QueryEscape(simtest.Monday().Add(time.Hour).Format(time.RFC3339)): 0,
		"EndTime%3E=" + day: 1, "EndTime=" + day: 1, "EndTime%3C=2027-01-01": 1, "ParentCallSid=CA1": 0,
	}
	for query, want := range rows {
		if got := len(a.page(account("/Calls.json?" + query)).Calls); got != want {
			t.Errorf("%s: %d calls, want %d (a queued call has no start time, one that was not answered no end time)", query, got, want)
		}
	}
	if status, body := a.raw("GET", account("/Calls.json?StartTime=yesterday"), "", ""); status != 400 {
		t.Errorf("a time that is none: HTTP %d %s", status, body)
	}
}

func TestMessagesAreListedBothWays(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.mustText(number("202", 30), "Acme: YES to join")
	sim.Advance(10 * time.Second)
	p := &api.ListMessageParams{}
	p.SetTo(simtest.Number)
	inbound, err := a.twilio.ListMessage(p)
	if err != nil || len(inbound) != 1 || *inbound[0].Direction != "inbound" || *inbound[0].Body != "YES" || *inbound[0].Status != "received" {
		t.Fatalf("texts to our number: %+v %v", inbound, err)
	}
	p = &api.ListMessageParams{}
	p.SetFrom(simtest.Number)
	p.SetDateSentAfter(simtest.Monday())
	out, err := a.twilio.ListMessage(p)
	if err != nil || len(out) != 1 || *out[0].Status != "delivered" {
		t.Fatalf("texts from our number: %+v %v", out, err)
	}
}

// The limit is on requests at the same time, not on their rate, and what it
// turns away has not been processed.
func TestTooManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.RESTConcurrency = 1 }))
	a := newApp(t, sim)
	sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Match: carriersim.Match{To: number("202", 12)}, Action: carriersim.Action{DelayMS: 60_000}})
	ctx, giveUp := context.WithCancel(context.Background())
	form := url.Values{"To": {number("202", 12)}, "From": {simtest.Number}, "Url": {a.URL + "/voice"}}
	req, _ := http.NewRequestWithContext(ctx, "POST", sim.URL+account("/Calls.json"), strings.NewReader(form.Encode()))
	req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	req.Header.Set("Content-Type", formType)
	gone := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		gone <- err
	}()
	sim.Until("the first request to be under way", func() bool { return sim.InFlight() == 1 })
	_, err := a.twilio.CreateCall(a.callParams(number("202", 50)))
	wantCode(t, err, 429, 20429)
	giveUp()
	if err := <-gone; err == nil {
		t.Error("the slow request was answered")
	}
	sim.Settle()
	a.call(number("202", 50))
	sim.Settle()
	if v, _ := sim.Sim.Phone(number("202", 50)); len(v.Calls) != 1 {
		t.Errorf("%d calls, want the one that was accepted", len(v.Calls))
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.With(func(o *carriersim.Options) { o.APIKeys = map[string]string{"SK1": "secret"} }))
	a := newApp(t, sim)
	for _, c := range []struct {
		user, password string
		status         int
	}{{simtest.AccountSID, "wrong", 401}, {"AC1", simtest.AuthToken, 401}, {"", "", 401}, {"SK1", "wrong", 401}, {"SK1", "secret", 200}} {
		req, _ := http.NewRequest("GET", sim.URL+account(".json"), nil)
		if c.user != "" {
			req.SetBasicAuth(c.user, c.password)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			Code   int
			Detail string
		}
		json.NewDecoder(resp.Body).Decode(&body)
		resp.Body.Close()
		if resp.StatusCode != c.status || (c.status == 401 && (body.Code != 20003 || body.Detail == "")) {
			t.Errorf("%s: HTTP %d %+v, want %d", c.user, resp.StatusCode, body, c.status)
		}
	}
	other := officialClient(sim.URL, simtest.AccountSID, "ffffffffffffffffffffffffffffffff")
	_, err := other.CreateCall(a.callParams(alice))
	wantCode(t, err, 401, 20003)
}

func TestRefusalsAreTwilios(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	type change = func(*api.CreateCallParams)
	rows := map[string]struct {
		change change
		code   int
	}{
		"no To":               {func(p *api.CreateCallParams) { p.To = nil }, 21201},
		"To is no number":     {func(p *api.CreateCallParams) { p.SetTo("nobody") }, 21211},
		"To without plus":     {func(p *api.CreateCallParams) { p.SetTo("12025550143") }, 21211},
		"To is From":          {func(p *api.CreateCallParams) { p.SetTo(simtest.Number) }, 21211},
		"To is checked first": {func(p *api.CreateCallParams) { p.SetTo("x"); p.From = nil; p.Url = nil }, 21211},
		"no From":             {func(p *api.CreateCallParams) { p.From = nil }, 21213},
		"From is no number":   {func(p *api.CreateCallParams) { p.SetFrom("abc") }, 21212},
		"From is not ours":    {func(p *api.CreateCallParams) { p.SetFrom("+12025550777") }, 21210},
		"no Url":              {func(p *api.CreateCallParams) { p.Url = nil }, 21205},
		"relative Url":        {func(p *api.CreateCallParams) { p.SetUrl("/voice") }, 21205},
		"Method":              {func(p *api.CreateCallParams) { p.SetMethod("PUT") }, 21209},
		"StatusCallback":      {func(p *api.CreateCallParams) { p.SetStatusCallback("http://under_score/x") }, 21609},
		"Timeout":             {func(p *api.CreateCallParams) { p.SetTimeout(601) }, 21208},
		"MachineDetection":    {func(p *api.CreateCallParams) { p.SetMachineDetection("Yes") }, 21234},
		"detection timeout":   {func(p *api.CreateCallParams) { p.SetMachineDetection("Enable"); p.SetMachineDetectionTimeout(60) }, 21263},
		"ApplicationSid":      {func(p *api.CreateCallParams) { p.SetApplicationSid("AP1") }, 21218},
		"long Twiml":          {func(p *api.CreateCallParams) { p.Url = nil; p.SetTwiml(strings.Repeat("x", 4001)) }, 21617},
	}
	for name, row := range rows {
		p := a.callParams(alice)
		row.change(p)
		_, err := a.twilio.CreateCall(p)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		wantCode(t, err, 400, row.code)
	}
	texts := map[int]func(*api.CreateMessageParams){
		21604: func(p *api.CreateMessageParams) { p.To = nil },
		21211: func(p *api.CreateMessageParams) { p.SetTo("abc") },
		21603: func(p *api.CreateMessageParams) { p.From = nil },
		21602: func(p *api.CreateMessageParams) { p.Body = nil },
		21617: func(p *api.CreateMessageParams) { p.SetBody(strings.Repeat("x", 1601)) },
		21606: func(p *api.CreateMessageParams) { p.SetFrom("+12025550777") },
		21609: func(p *api.CreateMessageParams) { p.SetStatusCallback("nowhere") },
	}
	for code, f := range texts {
		_, err := a.text(alice, "hello", f)
		wantCode(t, err, 400, code)
	}
	_, err := a.text(alice, "hello", func(p *api.CreateMessageParams) {
		p.From = nil
		p.SetMessagingServiceSid("MG" + strings.Repeat("0", 32))
	})
	wantCode(t, err, 404, 21701)
	if n := len(sim.CallViews()); n != 0 {
		t.Errorf("%d calls were created by refused requests", n)
	}
}

func TestMalformedRequestsGetTwiliosError(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	sim.Allow("unimplemented_endpoint")
	rows := []struct {
		method, path, contentType, body string
		status                          int
	}{
		{"POST", account("/Calls.json"), "application/json", `{"To":"+12025550143"}`, 400},
		{"POST", account("/Calls.json"), formType, "To=%zz", 400},
		{"POST", account("/Calls.json"), formType, "a;b", 400},
		{"POST", account("/Calls.json"), formType, strings.Repeat("x", 70_000), 400},
		{"POST", account("/Calls.json"), "", "", 400},
		{"POST", account("/Messages.json"), "multipart/form-data", "x", 400},
		{"GET", account("/Calls.json?PageToken=PA%00%ff&Page=-1&PageSize=abc"), "", "", 400},
		{"GET", account("/Calls.json?PageToken=PBbogus"), "", "", 400},
		{"GET", account("/Calls.json?PageToken=PB"), "", "", 400},
		{"GET", account("/Calls.json?PageToken=x"), "", "", 400},
		{"GET", account("/Calls.json?Page=-1&PageSize=abc"), "", "", 200},
		{"GET", account("/Messages.json?PageToken=PBbogus"), "", "", 400},
		{"GET", account("/Messages.json?PageToken=PAbogus"), "", "", 400},
		{"GET", account("/Calls.json?%zz"), "", "", 400},
		{"POST", account("/Calls/CA1.json"), formType, "Status=completed", 404},
		{"POST", account("/Messages/SM1.json"), formType, "Body=", 404},
		{"GET", account("/Calls"), "", "", 404},
		{"PUT", account("/Calls.json"), formType, "To=x", 404},
		{"DELETE", account("/Calls/CA1.json"), "", "", 404},
		{"GET", account("/Recordings.json"), "", "", 404},
		{"GET", account("/Calls/CA1/Events.json"), "", "", 404},
		{"GET", "/2010-04-01/Accounts/AC99999999999999999999999999999999/Calls.json", "", "", 404},
		{"POST", "/v1/Services", formType, "x=y", 404},
		{"GET", "/favicon.ico", "", "", 404},
	}
	for _, r := range rows {
		status, body := a.raw(r.method, r.path, r.contentType, r.body)
		var e struct {
			Code, Status *int
			Message      string
			MoreInfo     string `json:"more_info"`
		}
		err := json.Unmarshal([]byte(body), &e)
		if status != r.status || err != nil {
			t.Errorf("%s %s: HTTP %d, want %d; %v in %s", r.method, r.path, status, r.status, err, body)
			continue
		}
		if status >= 400 && (e.Code == nil || e.Status == nil || *e.Status != status || e.Message == "" || e.MoreInfo == "") {
			t.Errorf("%s %s: not Twilio's error body: %s", r.method, r.path, body)
		}
	}
	if n := kinds(sim)["unimplemented_endpoint"]; n != 7 {
		t.Errorf("%d unknown endpoints were noted, want 7", n)
	}
}

func TestTextParametersThatAreLeftOutAreRefused(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	sim.Allow("unimplemented_parameter")
	for _, extra := range []string{"ScheduleType=fixed", "SendAt=2026-11-24T10:00:00Z", "MediaUrl=https%3A%2F%2Fexample.com%2Fx.png"} {
		form := url.Values{"To": {alice}, "From": {simtest.Number}, "Body": {"hello"}}
		status, body := a.raw("POST", account("/Messages.json"), formType, form.Encode()+"&"+extra)
		if status != 400 || !strings.Contains(body, "20001") {
			t.Errorf("%s: HTTP %d %s", extra, status, body)
		}
	}
	if n := kinds(sim)["unimplemented_parameter"]; n != 3 || sim.Stats().Texts != 0 {
		t.Errorf("%d violations and %d texts, want 3 and 0", n, sim.Stats().Texts)
	}
}
