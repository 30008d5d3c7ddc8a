package carriersim_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// request serves one request without a network.
func request(h http.Handler, method, target, body string, change func(*http.Request)) (int, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:50000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func newSim(t *testing.T, change func(*carriersim.Options)) *carriersim.Sim {
	t.Helper()
	o := carriersim.Options{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken, Seed: 1, Clock: vclock.NewManual(simtest.Monday()),
		Numbers: []carriersim.NumberConfig{{Number: simtest.Number}}}
	if change != nil {
		change(&o)
	}
	s, err := carriersim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	s := newSim(t, nil)
	rows := []struct {
		name   string
		method string
		change func(*http.Request)
		status int
	}{
		{"this machine", "GET", nil, 200},
		{"another machine", "GET", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }, 403},
		{"a foreign name pointed here", "GET", func(r *http.Request) { r.Host = "evil.example" }, 403},
		{"localhost", "GET", func(r *http.Request) { r.Host = "localhost:4010" }, 200},
		{"IPv6", "GET", func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:4010", "[::1]:1" }, 200},
		{"another site's page", "POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
	}
	for _, row := range rows {
		path := "/_sim/health"
		if row.method == "POST" {
			path = "/_sim/reset"
		}
		if got, body := request(s, row.method, "http://127.0.0.1:4010"+path, "", row.change); got != row.status {
			t.Errorf("%s: HTTP %d %s, want %d", row.name, got, body, row.status)
		}
	}
	s.AllowRemote()
	if got, _ := request(s, "GET", "http://sim.example/_sim/health", "", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }); got != 200 {
		t.Errorf("allowed, but HTTP %d", got)
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := newSim(t, nil)
	const base = "http://127.0.0.1:4010"
	rows := []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/_sim/health", "", 200, `"clock":"manual"`},
		{"GET", "/_sim/stats", "", 200, `"calls":0`},
		{"PUT", "/_sim/config", `{"cps":7,"switches":{"yes_autoreply":"always"}}`, 200, `"cps":7`},
		{"PUT", "/_sim/config", `{"switches":{"decline_status":"no-answer"}}`, 200, `"yes_autoreply":"always"`}, // the other switch stays
		{"PUT", "/_sim/config", `{"switches":{"yes_autoreply":"perhaps"}}`, 400, "perhaps"},
		{"PUT", "/_sim/config", `{"spc":7}`, 400, "spc"},
		{"PUT", "/_sim/config", `{"default_persona":"zz"}`, 400, "zz"},
		{"PUT", "/_sim/config", `not json`, 400, "error"},
		{"PUT", "/_sim/numbers/+12025550009", `{"sms_url":"http://127.0.0.1:1/x"}`, 200, "+12025550009"},
		{"PUT", "/_sim/numbers/+12025550009", `{"sms_url":"nowhere"}`, 400, "nowhere"},
		{"PUT", "/_sim/numbers/abc", `{}`, 400, "abc"},
		{"PUT", "/_sim/services/MG00000000000000000000000000000001", `{"advanced_opt_out":true}`, 200, "MG"},
		{"PUT", "/_sim/services/XX1", `{}`, 400, "XX1"},
		{"GET", "/_sim/phones/+12025550199", "", 404, "error"},
		{"PUT", "/_sim/phones/+12025550199", `{"persona":"14"}`, 200, `"persona":"14"`},
		{"PUT", "/_sim/phones/+12025550199", `{"persona":"999"}`, 400, "999"},
		{"PUT", "/_sim/phones/+12025550199", `{}`, 400, "persona or a script"},
		{"PUT", "/_sim/phones/+12025550199", `{"script":{"title":"mine","voice":{"do":"answer","after_ms":10}}}`, 200, "mine"},
		{"PUT", "/_sim/phones/+12025550199", `{"script":{"voice":{"do":"dance"}}}`, 400, "dance"},
		{"GET", "/_sim/phones", "", 200, "+12025550199"},
		{"POST", "/_sim/phones/+12025550199/answer", "", 409, "error"},
		{"POST", "/_sim/phones/+12025550198/answer", "", 404, "error"},
		{"POST", "/_sim/phones/+12025550199/press", `{"digits":"1"}`, 409, "error"},
		{"POST", "/_sim/phones/+12025550199/sms", `{"to":"+12025550000","body":"hello"}`, 200, "SM"},
		{"POST", "/_sim/phones/+12025550199/sms", `{"to":"+12025550001","body":"hello"}`, 400, "not one of"},
		{"POST", "/_sim/calls/inbound", `{"from":"+12025550199","to":"+12025550000"}`, 200, "CA"},
		{"POST", "/_sim/calls/inbound", `{"from":"x","to":"+12025550000"}`, 400, "E.164"},
		{"GET", "/_sim/calls", "", 200, `"direction":"inbound"`},
		{"GET", "/_sim/messages", "", 200, `"body":"hello"`},
		{"GET", "/_sim/webhooks?call=CA1", "", 200, "[]"},
		{"GET", "/_sim/requests", "", 200, "[]"},
		{"GET", "/_sim/alerts", "", 200, "11100"},
		{"GET", "/_sim/violations", "", 200, "[]"},
		{"POST", "/_sim/faults", `{"point":"api.before","action":{"status":429}}`, 200, "F1"},
		{"POST", "/_sim/faults", `{"point":"api.before","action":{"duplicate":1}}`, 400, "duplicate"},
		{"GET", "/_sim/faults", "", 200, `"api.before"`},
		{"DELETE", "/_sim/faults/F1", "", 200, "true"},
		{"DELETE", "/_sim/faults/F1", "", 200, "false"},
		{"POST", "/_sim/scenarios/flaky-day", "", 200, "F2"},
		{"POST", "/_sim/scenarios/sunny-day", "", 404, "flaky-day"},
		{"DELETE", "/_sim/faults", "", 200, "true"},
		{"POST", "/_sim/clock/advance", `{"seconds":3600}`, 200, "2026-11-23T15:02"},
		{"POST", "/_sim/clock/advance", `{"seconds":-1}`, 400, "seconds"},
		{"POST", "/_sim/idle", "", 200, "true"},
		{"POST", "/_sim/probe/forged", `{"url":"nowhere"}`, 400, "nowhere"},
		{"POST", "/_sim/clock", `{"mode":"scaled","factor":60}`, 200, `"factor":60`},
		{"POST", "/_sim/clock", `{"mode":"scaled","factor":-1}`, 400, "factor"},
		{"POST", "/_sim/clock", `{"mode":"sundial"}`, 400, "sundial"},
		{"POST", "/_sim/clock/advance", `{"seconds":1}`, 409, "by itself"},
		{"POST", "/_sim/clock", `{"mode":"manual"}`, 200, "manual"},
		{"POST", "/_sim/reset", "", 200, "true"},
		{"GET", "/_sim/calls", "", 200, "[]"},
		{"GET", "/_sim/nothing", "", 404, "404"},
	}
	for _, row := range rows {
		status, body := request(s, row.method, base+row.path, row.body, nil)
		if status != row.status || !strings.Contains(body, row.contains) {
			t.Errorf("%s %s %s: HTTP %d %s, want %d with %q", row.method, row.path, row.body, status, body, row.status, row.contains)
		}
	}
}

func TestStatsCountWhatHappened(t *testing.T) {
	t.Parallel()
	s := newSim(t, nil)
	for _, to := range []string{"+12025550112", "+12025550112", "+12025550186", "+12025550190"} {
		form := url.Values{"To": {to}, "From": {simtest.Number}, "Url": {"http://127.0.0.1:1/"}}
		request(s, "POST", "http://127.0.0.1/2010-04-01/Accounts/"+simtest.AccountSID+"/Calls.json", form.Encode(), func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
		})
		request(s, "POST", "http://127.0.0.1/_sim/clock/advance", `{"seconds":5}`, nil)
	}
	_, body := request(s, "GET", "http://127.0.0.1/_sim/stats", "", nil)
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"calls": 3, "creates": 3, "refused": 1, "phones_called": 2, "called_twice": 1, "duplicates": 0, "live": 0} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if by := got["by_status"].(map[string]any); by["busy"] != 3.0 {
		t.Errorf("by_status %v", by)
	}
}

func TestTheSameSeedGivesTheSameIdentifiers(t *testing.T) {
	t.Parallel()
	a, b, c := newSim(t, nil), newSim(t, nil), newSim(t, func(o *carriersim.Options) { o.Seed = 2 })
	if x, y, z := a.RequestSID(), b.RequestSID(), c.RequestSID(); x != y || x == z {
		t.Errorf("%s %s %s: want the first two equal and the third not", x, y, z)
	}
	if s := newSim(t, func(o *carriersim.Options) { o.Seed = 0 }); s.Seed() == 0 {
		t.Error("no seed was drawn")
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*carriersim.Options){
		"SID":     func(o *carriersim.Options) { o.AccountSID = "AC1" },
		"token":   func(o *carriersim.Options) { o.AuthToken = "not-alphanumeric" },
		"cps":     func(o *carriersim.Options) { o.CPS = -1 },
		"number":  func(o *carriersim.Options) { o.Numbers[0].Number = "12345" },
		"type":    func(o *carriersim.Options) { o.Numbers[0].Type = "satellite" },
		"address": func(o *carriersim.Options) { o.Numbers[0].SMSURL = "ftp://x" },
		"persona": func(o *carriersim.Options) { o.DefaultPersona = "1" },
	} {
		o := carriersim.Options{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken, Numbers: []carriersim.NumberConfig{{Number: simtest.Number}}}
		change(&o)
		if s, err := carriersim.New(o); err == nil {
			s.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPhonesPageWorksWithoutAScript(t *testing.T) {
	t.Parallel()
	s := newSim(t, func(o *carriersim.Options) { o.DefaultPersona = "hand" })
	form := func(path string, values url.Values) (int, string) {
		return request(s, "POST", "http://127.0.0.1"+path, values.Encode(), func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		})
	}
	page := func(query string) string {
		status, body := request(s, "GET", "http://127.0.0.1/"+query, "", nil)
		if status != 200 {
			t.Fatalf("HTTP %d", status)
		}
		return body
	}
	const phone = "+12025550143"
	if status, _ := form("/_page/act", url.Values{"do": {"add"}, "phone": {phone}}); status != 303 || !strings.Contains(page(""), "(202) 555-0143") {
		t.Errorf("adding a phone: HTTP %d", status)
	}
	call := url.Values{"To": {phone}, "From": {simtest.Number}, "Twiml": {"<Response><Gather><Say>This is an automated &lt;call&gt;.</Say></Gather></Response>"}}
	request(s, "POST", "http://127.0.0.1/2010-04-01/Accounts/"+simtest.AccountSID+"/Calls.json", call.Encode(), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	})
	advance := func() { request(s, "POST", "http://127.0.0.1/_sim/clock/advance", `{"seconds":3}`, nil) }
	advance()
	if body := page(""); !strings.Contains(body, "ringing") || !strings.Contains(body, `value="answer"`) {
		t.Error("a ringing phone offers no answer")
	}
	form("/_page/act", url.Values{"do": {"answer"}, "phone": {phone}})
	advance()
	body := page("?phone=" + url.QueryEscape(phone))
	if !strings.Contains(body, "This is an automated &lt;call&gt;.") || !strings.Contains(body, `<p id="spoken" class="sr" aria-live="polite">`) || !strings.Contains(body, `aria-label="Press 1"`) {
		t.Error("a talking phone shows no transcript or no keypad")
	}
	form("/_page/act", url.Values{"press": {"5"}, "phone": {phone}})
	form("/_page/act", url.Values{"say": {"STOP"}, "phone": {phone}})
	form("/_page/act", url.Values{"do": {"hangup"}, "phone": {phone}})
	advance()
	body = page("?phone=" + url.QueryEscape(phone))
	for _, want := range []string{"pressed 5", "sent STOP", "carrier auto-reply", "unsubscribed"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if status, _ := form("/_page/act", url.Values{"do": {"answer"}, "phone": {phone}}); status != 303 {
		t.Errorf("an act in vain: HTTP %d", status)
	}
	status, text := request(s, "POST", "http://127.0.0.1/_page/act", "do=answer&phone="+url.QueryEscape(phone), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
	})
	if status != 409 || !strings.Contains(text, "no call") {
		t.Errorf("an act in vain, for a script: HTTP %d %s", status, text)
	}
	for _, name := range []string{"outage", "flaky-day", "clear", "forged-text", "lost-answer", "lost-callback", "busy-api"} {
		if status, _ := form("/_page/faults", url.Values{"name": {name}}); status != 303 {
			t.Errorf("fault %s: HTTP %d", name, status)
		}
	}
	if n := len(s.Faults()); n != 4 {
		t.Errorf("%d faults after clearing and four more", n)
	}
	for _, do := range []url.Values{{"do": {"persona"}, "persona": {"14"}, "phone": {phone}}, {"do": {"text"}, "body": {"hi"}, "phone": {phone}}, {"do": {"call"}, "phone": {phone}}} {
		if status, _ := form("/_page/act", do); status != 303 {
			t.Errorf("%v: HTTP %d", do, status)
		}
	}
}

func TestPhonesPageShipsItsOwnAssets(t *testing.T) {
	t.Parallel()
	s := newSim(t, nil)
	for path, kind := range map[string]string{"/": "text/html", "/_page/assets/page.css": "text/css", "/_page/assets/page.js": "text/javascript"} {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s: HTTP %d %v", path, w.Code, w.Header())
		}
		if body := w.Body.String(); path == "/" && (strings.Contains(body, "onclick=") || strings.Contains(body, "style=") || strings.Contains(body, "<style")) {
			t.Error("the page has inline handlers or styles, which its own policy forbids")
		}
	}
}

func TestPhonesPageIsLive(t *testing.T) {
	t.Parallel()
	s := newSim(t, func(o *carriersim.Options) { o.DefaultPersona = "hand" })
	srv := httptest.NewServer(s)
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/_page/events?phone=" + url.QueryEscape("+12025550143"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	patches := make(chan map[string]any)
	go func() {
		defer close(patches)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var p map[string]any
				json.Unmarshal([]byte(data), &p)
				patches <- p
			}
		}
	}()
	wait := func(what string, holds func(map[string]any) bool) {
		t.Helper()
		deadline := time.After(2 * time.Minute)
		for {
			select {
			case p, ok := <-patches:
				if !ok {
					t.Fatalf("the stream ended before %s", what)
				}
				if holds(p) {
					return
				}
			case <-deadline:
				t.Fatalf("no patch with %s", what)
			}
		}
	}
	wait("the bar", func(p map[string]any) bool { return strings.Contains(p["bar"].(string), "Violations") })
	if _, err := s.CallIn("+12025550143", simtest.Number, nil); err != nil {
		t.Fatal(err)
	}
	wait("the debugger's entry", func(p map[string]any) bool {
		feeds, _ := p["feeds"].(string)
		return strings.Contains(feeds, "11100")
	})
	s.AddPhone("+12025550144")
	wait("a new tile", func(p map[string]any) bool {
		tiles, _ := p["tiles"].(map[string]any)
		_, ok := tiles["p12025550144"]
		return ok
	})
	s.Close()
	for range patches { //nolint:revive // drains until the stream ends
	}
}

func TestControlStreamTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := newSim(t, nil)
	srv := httptest.NewServer(s)
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/_sim/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.AddPhone("+12025550144")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "+12025550144") {
			break
		}
	}
	s.Close()
	io.Copy(io.Discard, in)
}
