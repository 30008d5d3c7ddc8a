package fidelity_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// object fetches a resource, or one page of a list.
func (a *app) object(method, path, form string, status int) json.RawMessage {
	a.t.Helper()
	contentType := ""
	if method == http.MethodPost {
		contentType = formType
	}
	got, body := a.raw(method, path, contentType, form)
	if got != status {
		a.t.Fatalf("%s %s: HTTP %d, want %d: %s", method, path, got, status, body)
	}
	return json.RawMessage(body)
}

// same checks that two views of a resource agree in everything.
func same(t *testing.T, what string, a, b map[string]any) {
	t.Helper()
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n%v\n%v", what, a, b)
	}
}

func first(t *testing.T, list json.RawMessage, key string) json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(list, &m) != nil || json.Unmarshal(m[key], &items) != nil || len(items) == 0 {
		t.Fatalf("no %s in %s", key, list)
	}
	return items[0]
}

// A call in each of its states: created, fetched, listed and updated, it has
// the same shape, and null exactly where nothing has happened yet.
func TestEveryAnswerAboutACallHasItsShape(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(10*time.Minute))
	a := newApp(t, sim)
	nulls := func(what string, call map[string]any, want string) {
		t.Helper()
		var got []string
		for _, field := range []string{"start_time", "end_time", "duration", "price", "answered_by"} {
			if call[field] == nil {
				got = append(got, field)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: null are %q, want %q", what, s, want)
		}
	}
	view := func(sid, status string) map[string]any {
		t.Helper()
		path := account("/Calls/" + sid + ".json")
		one := holds(t, "fetch of a call that is "+status, a.object("GET", path, "", 200), callShape())
		list := a.object("GET", account("/Calls.json?To="+url.QueryEscape(one["to"].(string))), "", 200)
		holds(t, "list of calls", list, listShape("calls"))
		same(t, "fetch and list", one, holds(t, "item of the list", first(t, list, "calls"), callShape()))
		if one["status"] != status {
			t.Errorf("status %v, want %s", one["status"], status)
		}
		return one
	}
	create := func(to, extra string) (sid string) {
		t.Helper()
		form := url.Values{"To": {to}, "From": {simtest.Number}, "Url": {a.URL + "/voice"}, "UnknownParameter": {"ignored"}}.Encode() + extra
		c := holds(t, "create", a.object("POST", account("/Calls.json"), form, 201), callShape())
		nulls("create", c, "start_time end_time duration price answered_by")
		sub, _ := json.Marshal(c["subresource_uris"])
		holds(t, "subresources of a call", sub, callSubresources())
		if c["status"] != "queued" || c["direction"] != "outbound-api" || c["queue_time"] != "0" || c["to_formatted"] != "(202) 555-"+to[8:] || c["from_formatted"] != "(202) 555-0000" {
			t.Errorf("created %v", c)
		}
		if want := account("/Calls/" + c["sid"].(string) + ".json"); c["uri"] != want {
			t.Errorf("uri %v, want %s", c["uri"], want)
		}
		return c["sid"].(string)
	}
	until := func(sid, status string) {
		t.Helper()
		sim.Until("the call to be "+status, func() bool { v, _ := sim.CallView(sid); return v.Status == status })
	}

	sid := create(number("202", 0), "&MachineDetection=Enable&AsyncAmd=true&AsyncAmdStatusCallback="+url.QueryEscape(a.URL+"/amd"))
	until(sid, "ringing")
	nulls("ringing", view(sid, "ringing"), "end_time duration price answered_by")
	until(sid, "in-progress")
	view(sid, "in-progress")
	until(sid, "completed")
	nulls("just completed", view(sid, "completed"), "price") // which appears late
	sim.Advance(time.Minute)
	done := view(sid, "completed")
	nulls("completed", done, "")
	if done["answered_by"] != "human" || done["price"].(string)[0] != '-' {
		t.Errorf("answered by %v at %v", done["answered_by"], done["price"])
	}

	for status, nn := range map[string]int{"busy": 12, "no-answer": 11, "failed": 21} {
		sid := create(number("202", nn), "")
		until(sid, status)
		sim.Advance(time.Minute)
		nulls(status, view(sid, status), "end_time duration price answered_by")
	}

	sid = create(number("202", 87), "")
	until(sid, "ringing")
	update := a.object("POST", account("/Calls/"+sid+".json"), "Status=canceled", 200)
	same(t, "update and fetch", holds(t, "update", update, callShape()), view(sid, "canceled"))

	if _, err := sim.CallIn(alice, simtest.Number, nil); err != nil {
		t.Fatal(err)
	}
	sim.Settle()
	in := view(sim.CallViews()[5].SID, "completed")
	if in["direction"] != "inbound" || in["from"] != alice {
		t.Errorf("a call that came in is %v", in)
	}
}

func TestEveryAnswerAboutATextHasItsShape(t *testing.T) {
	t.Parallel()
	const mg = "MG00000000000000000000000000000001"
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) {
		o.Numbers = []carriersim.NumberConfig{{Number: simtest.Number}, {Number: "+12025550001", Service: mg}}
		o.Services = []carriersim.ServiceConfig{{SID: mg, AdvancedOptOut: true, UseWebhookOnNumber: true}}
	}))
	a := newApp(t, sim)
	view := func(sid string) map[string]any {
		t.Helper()
		one := holds(t, "fetch", a.object("GET", account("/Messages/"+sid+".json"), "", 200), messageShape())
		list := a.object("GET", account("/Messages.json?To="+url.QueryEscape(one["to"].(string))), "", 200)
		holds(t, "list of texts", list, listShape("messages"))
		same(t, "fetch and list", one, holds(t, "item of the list", first(t, list, "messages"), messageShape()))
		return one
	}
	says := func(what string, m map[string]any, want map[string]any) {
		t.Helper()
		for field, value := range want {
			if fmt.Sprint(m[field]) != fmt.Sprint(value) {
				t.Errorf("%s: %s is %v, want %v", what, field, m[field], value)
			}
		}
	}
	create := func(form url.Values) map[string]any {
		t.Helper()
		m := holds(t, "create", a.object("POST", account("/Messages.json"), form.Encode(), 201), messageShape())
		says("create", m, map[string]any{"uri": account("/Messages/" + m["sid"].(string) + ".json"), "date_sent": nil, "error_code": nil, "error_message": nil, "price": nil})
		sub, _ := json.Marshal(m["subresource_uris"])
		holds(t, "subresources of a text", sub, shape{"media": "path"})
		return m
	}
	own := create(url.Values{"To": {number("202", 42)}, "From": {simtest.Number}, "Body": {"Réunion à 9 h 👍"}})
	says("from a number", own, map[string]any{"status": "queued", "from": simtest.Number, "num_segments": "1", "messaging_service_sid": nil, "direction": "outbound-api"})
	pooled := create(url.Values{"To": {number("202", 37)}, "MessagingServiceSid": {mg}, "Body": {"hello"}})
	says("from a service", pooled, map[string]any{"status": "accepted", "from": nil, "num_segments": "0", "messaging_service_sid": mg})
	failing := create(url.Values{"To": {number("202", 38)}, "From": {simtest.Number}, "Body": {"hello"}})
	if _, err := sim.TextIn(alice, simtest.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	sim.Advance(10 * time.Second)
	says("sent", view(own["sid"].(string)), map[string]any{"status": "sent", "error_code": nil})
	says("delivered", view(pooled["sid"].(string)), map[string]any{"status": "delivered", "from": "+12025550001", "num_segments": "1"})
	lost := view(failing["sid"].(string))
	says("undelivered", lost, map[string]any{"status": "undelivered", "error_code": "30003"})
	if lost["error_message"] == nil || lost["date_sent"] == nil {
		t.Errorf("undelivered: %v", lost)
	}
	list := a.object("GET", account("/Messages.json?From="+url.QueryEscape(alice)), "", 200)
	in := holds(t, "a text that came in", first(t, list, "messages"), messageShape())
	says("came in", in, map[string]any{"direction": "inbound", "status": "received", "to": simtest.Number})
	redacted := holds(t, "update", a.object("POST", account("/Messages/"+own["sid"].(string)+".json"), "Body=", 200), messageShape())
	says("redacted", redacted, map[string]any{"body": ""})
	same(t, "update and fetch", redacted, view(own["sid"].(string)))
}

func TestListsHaveTheirShape(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	numbers := func(list map[string]any) string {
		return fmt.Sprintf("%v %v %v %v", list["page"], list["page_size"], list["start"], list["end"])
	}
	empty := map[string]string{"calls": "/Calls.json", "messages": "/Messages.json", "incoming_phone_numbers": "/IncomingPhoneNumbers.json?PhoneNumber=%2B19995550000"}
	for items, path := range empty {
		list := holds(t, "empty list of "+items, a.object("GET", account(path), "", 200), listShape(items))
		if numbers(list) != "0 50 0 0" || len(list[items].([]any)) != 0 || list["next_page_uri"] != nil || list["previous_page_uri"] != nil {
			t.Errorf("empty list of %s: %v", items, list)
		}
	}
	for i := range 3 {
		a.call(number("202", 12+10*i))
		a.mustText(number("202", 30+i), "hello")
	}
	sim.Settle()
	token := regexp.MustCompile(`PageToken=(P[AB])(CA|SM)[0-9a-f]{32}(&|$)`)
	for items, filter := range map[string]string{"calls": "/Calls.json?From=%2B12025550000&StartTime%3E=2026-01-01", "messages": "/Messages.json?From=%2B12025550000&DateSent%3E=2026-01-01"} {
		path, raw := account(filter+"&PageSize=1"), json.RawMessage(nil)
		var seen []string
		for path != "" {
			raw = a.object("GET", path, "", 200)
			list := holds(t, "page of "+items, raw, listShape(items))
			n := len(seen)
			if want := fmt.Sprint(n, 1, n, n); numbers(list) != want || list["uri"] != path {
				t.Errorf("%s: page %s at %v, want %s at %s", items, numbers(list), list["uri"], want, path)
			}
			seen = append(seen, list[items].([]any)[0].(map[string]any)["sid"].(string))
			path, _ = list["next_page_uri"].(string)
			for _, link := range []any{list["next_page_uri"], list["previous_page_uri"], list["first_page_uri"]} {
				s, there := link.(string)
				if !there {
					continue
				}
				if !strings.Contains(s, "From=%2B12025550000") || !strings.Contains(s, "%3E=2026-01-01") || !strings.Contains(s, "PageSize=1") {
					t.Errorf("%s lost a filter", s)
				}
				if link != list["first_page_uri"] && !token.MatchString(s) {
					t.Errorf("%s has no token of a page", s)
				}
			}
		}
		if len(seen) != 3 || seen[0] == seen[1] || seen[1] == seen[2] {
			t.Errorf("pages of %s: %v", items, seen)
		}
	}
}

func TestRefusalsHaveTheirShape(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	sim.Allow("unimplemented_endpoint")
	a := newApp(t, sim)
	rows := []struct {
		method, path, form string
		status             int
		code               string
	}{
		{"POST", account("/Calls.json"), "", 400, "21201"},
		{"POST", account("/Calls.json"), "To=x", 400, "21211"},
		{"POST", account("/Messages.json"), "", 400, "21604"},
		{"POST", account("/Messages.json"), "To=%2B12025550143&Body=x&MessagingServiceSid=MG1", 404, "21701"},
		{"POST", account("/Calls.json"), "%zz", 400, "20001"},
		{"GET", account("/Calls/CA1.json"), "", 404, "20404"},
		{"GET", account("/Messages/SM1.json"), "", 404, "20404"},
		{"GET", account("/IncomingPhoneNumbers/PN1.json"), "", 404, "20404"},
		{"GET", account("/Nothing.json"), "", 404, "20404"},
	}
	refusal := func(row string, raw json.RawMessage, status int, code string, want shape) map[string]any {
		t.Helper()
		e := holds(t, row, raw, want)
		if fmt.Sprint(e["status"]) != fmt.Sprint(status) || fmt.Sprint(e["code"]) != code || e["more_info"] != "https://www.twilio.com/docs/errors/"+code {
			t.Errorf("%s: %v", row, e)
		}
		return e
	}
	for _, row := range rows {
		e := refusal(row.path, a.object(row.method, row.path, row.form, row.status), row.status, row.code, errorShape())
		if want := "The requested resource " + row.path + " was not found"; row.code == "20404" && e["message"] != want {
			t.Errorf("message %q, want %q", e["message"], want)
		}
	}
	faults := map[int]string{401: "20003", 429: "20429", 500: "20500", 503: "20503"}
	for status, code := range faults {
		sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: status}})
		want := errorShape()
		if status == 401 {
			want["detail"] = "string"
		}
		refusal(code, a.object("POST", account("/Calls.json"), "", status), status, code, want)
	}
	denied := errorShape()
	denied["detail"] = "string"
	resp, err := http.Get(sim.URL + account("/Calls.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&raw); err != nil || resp.StatusCode != 401 || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("without credentials: HTTP %d, %v", resp.StatusCode, err)
	}
	e := refusal("401", raw, 401, "20003", denied)
	if e["message"] != "Authenticate" || e["detail"] != "Your AccountSid or AuthToken was incorrect." {
		t.Errorf("401: %v", e)
	}
}

func TestNumbersAndTheAccountHaveTheirShape(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithNumbers(carriersim.NumberConfig{Number: simtest.Number}, carriersim.NumberConfig{Number: "+12025550001"}))
	a := newApp(t, sim)
	holds(t, "account", a.object("GET", account(".json"), "", 200), accountShape())
	list := a.object("GET", account("/IncomingPhoneNumbers.json?PageSize=1"), "", 200)
	env := holds(t, "list of numbers", list, listShape("incoming_phone_numbers"))
	item := holds(t, "item of the list", first(t, list, "incoming_phone_numbers"), numberShape())
	if item["phone_number"] != simtest.Number || env["next_page_uri"] == nil {
		t.Errorf("first page: %v, next %v", item["phone_number"], env["next_page_uri"])
	}
	next := a.object("GET", env["next_page_uri"].(string), "", 200)
	if second := holds(t, "second page", first(t, next, "incoming_phone_numbers"), numberShape()); second["phone_number"] != "+12025550001" {
		t.Errorf("second page: %v", second["phone_number"])
	}
	path := account("/IncomingPhoneNumbers/" + item["sid"].(string) + ".json")
	same(t, "fetch and list", item, holds(t, "fetch", a.object("GET", path, "", 200), numberShape()))
	capabilities, _ := json.Marshal(item["capabilities"])
	holds(t, "capabilities", capabilities, shape{"fax": "bool", "mms": "bool", "sms": "bool", "voice": "bool"})

	p := &api.UpdateIncomingPhoneNumberParams{}
	p.SetSmsUrl(a.URL + "/elsewhere")
	p.SetSmsMethod("get")
	updated, err := a.twilio.UpdateIncomingPhoneNumber(item["sid"].(string), p)
	if err != nil || *updated.SmsUrl != a.URL+"/elsewhere" || *updated.SmsMethod != "GET" || *updated.VoiceUrl != a.URL+"/voice" {
		t.Fatalf("update: %+v %v", updated, err)
	}
	holds(t, "update", a.object("POST", path, "", 200), numberShape())
	sim.Phone(alice).Text("hello")
	if got := a.seen("/elsewhere"); len(got) != 1 || got[0].Method != "GET" {
		t.Errorf("after the update the text went to %v", a.seen(""))
	}
	for form, code := range map[string]string{"SmsUrl=nowhere": "21402", "VoiceMethod=PUT": "21403"} {
		if e := holds(t, form, a.object("POST", path, form, 400), errorShape()); fmt.Sprint(e["code"]) != code {
			t.Errorf("%s: %v, want %s", form, e["code"], code)
		}
	}
}
