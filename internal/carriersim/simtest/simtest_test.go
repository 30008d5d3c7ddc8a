package simtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// app is the smallest product: one campaign question, one opt-in.
type app struct {
	*httptest.Server
	sim    *simtest.T
	mu     sync.Mutex
	events []string
}

func (a *app) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, fmt.Sprintf(format, args...))
}

func startApp(t *testing.T, sim *simtest.T) *app {
	t.Helper()
	a := &app{sim: sim}
	xml := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, "<Response>"+body+"</Response>")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /voice", func(w http.ResponseWriter, r *http.Request) {
		xml(w, `<Gather numDigits="1" action="/gather"><Say>This is an automated call from Acme. The plant is closed tomorrow. Press 1 to confirm.</Say></Gather><Say>No answer was recorded.</Say>`)
	})
	mux.HandleFunc("POST /gather", func(w http.ResponseWriter, r *http.Request) {
		a.note("digits %s", r.FormValue("Digits"))
		xml(w, `<Say>You pressed `+r.FormValue("Digits")+`. Goodbye.</Say>`)
	})
	mux.HandleFunc("POST /status", func(w http.ResponseWriter, r *http.Request) {
		a.note("%s %s", r.FormValue("SequenceNumber"), r.FormValue("CallStatus"))
	})
	mux.HandleFunc("POST /sms", func(w http.ResponseWriter, r *http.Request) {
		a.note("text %s", r.FormValue("Body"))
		if r.FormValue("Body") == "YES" {
			xml(w, `<Message>You are in.</Message>`)
			return
		}
		xml(w, "")
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	if err := sim.SetNumber(carriersim.NumberConfig{Number: simtest.Number, SMSURL: a.URL + "/sms", VoiceURL: a.URL + "/voice"}); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) post(t *testing.T, path string, form url.Values) *http.Response {
	t.Helper()
	req, _ := http.NewRequest("POST", a.sim.URL+"/2010-04-01/Accounts/"+simtest.AccountSID+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (a *app) call(t *testing.T, to string) {
	t.Helper()
	resp := a.post(t, "/Calls.json", url.Values{"To": {to}, "From": {simtest.Number}, "Url": {a.URL + "/voice"}, "StatusCallback": {a.URL + "/status"},
		"StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"}})
	if resp.StatusCode != 201 {
		t.Fatalf("create call: HTTP %d", resp.StatusCode)
	}
}

func TestPhoneInTheHandOfATest(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := startApp(t, sim)
	phone := sim.Phone("+12025550143")
	a.call(t, phone.Number)
	phone.ExpectCall().Hears("closed tomorrow").Press("1").Hears("you pressed 1").Ended("completed")
	want := "0 initiated, 1 ringing, 2 in-progress, digits 1, 3 completed"
	if got := strings.Join(a.events, ", "); got != want {
		t.Errorf("the product saw %q, want %q", got, want)
	}
}

func TestTextsInTheHandOfATest(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := startApp(t, sim)
	phone := sim.Phone("+12025550143")
	resp := a.post(t, "/Messages.json", url.Values{"To": {phone.Number}, "From": {simtest.Number}, "Body": {"Acme: reply YES to join"}})
	if resp.StatusCode != 201 {
		t.Fatalf("create message: HTTP %d", resp.StatusCode)
	}
	phone.ExpectSMS("reply YES").Reply("YES")
	phone.ExpectSMS("you are in")
	phone.Text("STOP")
	phone.ExpectAutoReply("unsubscribed")
	if got := strings.Join(a.events, ", "); got != "text YES, text STOP" {
		t.Errorf("the product saw %q", got)
	}
}
