package fidelity_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// control makes a request of the control API and reads its answer.
func control(t *testing.T, sim *simtest.T, method, path, body string, into any) {
	t.Helper()
	req, err := http.NewRequest(method, sim.URL+"/_sim/"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: HTTP %d %s", method, path, resp.StatusCode, raw)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// A program in any language can be the owner of a phone: what it does over the
// control API shows on the wire.
func TestPhonesInTheHandOfAProgram(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.With(func(o *carriersim.Options) { o.Freeze = false }))
	sim.Allow(alice)
	a := newApp(t, sim)
	phone := "phones/" + url.PathEscape(alice)
	advance := func(body string) { t.Helper(); control(t, sim, "POST", "clock/advance", body, nil) }
	state := func() (v view.Phone) { t.Helper(); control(t, sim, "GET", phone, "", &v); return v }

	first := a.call(alice)
	advance(`{"seconds":2}`)
	if v := state(); v.State != "ringing" {
		t.Errorf("the phone is %s, want ringing", v.State)
	}
	control(t, sim, "POST", phone+"/answer", "", nil)
	advance(`{"seconds":1}`)
	if v := state(); v.State != "talking" || len(v.Calls) != 1 || v.Calls[0].Lines[0].Text != question[strings.Index(question, "<Say>")+5:strings.Index(question, "</Say>")] {
		t.Errorf("the phone is %+v", v)
	}
	control(t, sim, "POST", phone+"/press", `{"digits":"2"}`, nil)
	advance(`{"seconds":10}`)
	if g := a.seen("/gather"); len(g) != 1 || g[0].Form.Get("Digits") != "2" || a.statuses() != answered {
		t.Errorf("action %v, callbacks %q", g, a.statuses())
	}

	a.call(alice)
	advance(`{"seconds":2}`)
	control(t, sim, "POST", phone+"/decline", "", nil)
	advance(`{"seconds":1}`)
	a.call(alice)
	advance(`{"seconds":2}`)
	control(t, sim, "POST", phone+"/answer", "", nil)
	advance(`{"seconds":1}`)
	control(t, sim, "POST", phone+"/hangup", "", nil)
	advance(`{"seconds":1}`)
	if got, want := a.statuses(), answered+" initiated ringing busy "+answered; got != want {
		t.Errorf("callbacks %q, want %q", got, want)
	}

	control(t, sim, "POST", phone+"/sms", `{"to":"`+simtest.Number+`","body":"hello"}`, nil)
	advance(`{"seconds":1}`)
	if in := a.seen("/sms"); len(in) != 1 || in[0].Form.Get("Body") != "hello" || in[0].Form.Get("From") != alice {
		t.Errorf("inbound texts %v", in)
	}
	control(t, sim, "POST", "calls/inbound", `{"from":"`+alice+`","to":"`+simtest.Number+`","persona":"hand"}`, nil)
	advance(`{"seconds":1}`)
	if hits := a.seen("/voice"); len(hits) != 3 || hits[2].Form.Get("Direction") != "inbound" {
		t.Errorf("%d requests for instructions", len(hits))
	}
	control(t, sim, "POST", phone+"/hangup", "", nil)

	var hooks []view.Webhook
	control(t, sim, "GET", "webhooks?call="+*first.Sid, "", &hooks)
	if len(hooks) != 6 {
		t.Errorf("%d webhooks of the first call, want 6", len(hooks))
	}
	for _, w := range hooks {
		if w.CallSID != *first.Sid || len(w.Attempts) != 1 || w.Attempts[0].Signature == "" || w.Attempts[0].Status/100 != 2 || w.Token == "" || w.URL == "" || w.Attempts[0].Form.Get("To") != alice {
			t.Errorf("webhook %+v", w)
		}
	}
	var requests []view.Request
	control(t, sim, "GET", "requests", "", &requests)
	if len(requests) != 3 || requests[0].Path != account("/Calls.json") || requests[0].Form["To"][0] != alice || requests[0].Status != 201 {
		t.Errorf("requests %+v", requests)
	}
}

// The probe is a webhook that is right but for its signature; whoever takes it
// for true is found out.
func TestForgedProbe(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	control(t, sim, "POST", "probe/forged", `{"url":"`+a.URL+`/status"}`, nil)
	sim.Until("the forgery to be answered", func() bool { return sim.InFlight() == 0 && len(a.seen("/status")) == 1 })
	if h := a.seen("/status")[0]; h.Valid || h.Header.Get("X-Twilio-Signature") == "" || len(kinds(sim)) != 0 {
		t.Errorf("valid %t, violations %v", h.Valid, kinds(sim))
	}
	control(t, sim, "POST", "probe/forged", `{"url":"`+newGullible(t)+`"}`, nil)
	sim.Until("the forgery to be answered", func() bool { return sim.InFlight() == 0 })
	one(t, sim, "forged_accepted")
}

// The rate of the queue, a switch and the webhooks' addresses change a run that
// is under way.
func TestConfigurationTakesEffect(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	control(t, sim, "PUT", "config", `{"cps":0.1,"switches":{"decline_status":"no-answer"},"numbers":[{"number":"`+simtest.Number+`","sms_url":"`+a.URL+`/moved"}]}`, nil)
	a.call(number("202", 13))
	if c := a.call(number("202", 12), func(p *api.CreateCallParams) { p.StatusCallback = nil }); *c.QueueTime != "10000" {
		t.Errorf("queue_time %s, want 10000", *c.QueueTime)
	}
	sim.Settle()
	if got := a.statuses(); got != "initiated ringing no-answer" {
		t.Errorf("callbacks %q", got)
	}
	if _, err := sim.TextIn(alice, simtest.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	sim.Advance(1e9)
	if len(a.seen("/moved")) != 1 || len(a.seen("/sms")) != 0 {
		t.Error("the text went to the old address")
	}
}
