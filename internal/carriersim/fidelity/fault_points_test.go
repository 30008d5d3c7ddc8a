package fidelity_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

func TestFaultsOfInboundTexts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		action carriersim.Action
		bodies string
		sids   int
	}{
		{"duplicate", carriersim.Action{Duplicate: 2}, "one one one two", 2},
		{"duplicate with a new token", carriersim.Action{DuplicateNewToken: 1}, "one one two", 2},
		{"reordered", carriersim.Action{ReorderAfter: "received"}, "two one", 2},
		{"late", carriersim.Action{DelayMS: 5000}, "two one", 2},
		{"dropped", carriersim.Action{Drop: true}, "two", 1},
		{"bad signature", carriersim.Action{BadSignature: true}, "one two", 2},
		{"no signature", carriersim.Action{NoSignature: true}, "one two", 2},
		{"concurrent", carriersim.Action{Concurrent: true}, "one one two", 2},
		{"extra parameter", carriersim.Action{ExtraParam: map[string]string{"NewThing": "1"}}, "one two", 2},
		{"too slow", carriersim.Action{SlowMS: 16_000}, "one two", 2},
		{"early close", carriersim.Action{EarlyClose: true}, "one two", 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			a := newApp(t, sim)
			sim.Fault(carriersim.Fault{Point: carriersim.SMSInbound, Action: row.action})
			a.on("/sms", func(w http.ResponseWriter, r *http.Request) {
				twiml(w, "<Message>You wrote "+r.FormValue("Body")+".</Message>")
			})
			sim.Allow(alice, "duplicate_text")
			p := sim.Phone(alice)
			p.Text("one")
			want := 1
			if row.action.Drop || row.action.DelayMS > 0 || row.action.ReorderAfter != "" {
				want = 0
			}
			sim.Until("the first text to reach the application", func() bool { return len(a.seen("/sms")) >= want })
			p.Text("two")
			sim.Advance(10 * time.Second)
			var bodies []string
			sids := map[string]bool{}
			for i, h := range a.seen("/sms") {
				bodies = append(bodies, h.Form.Get("Body"))
				sids[h.Form.Get("MessageSid")] = true
				if i == 0 && (h.Form.Get("NewThing") != row.action.ExtraParam["NewThing"] || h.Valid == (row.action.BadSignature || row.action.NoSignature)) {
					t.Errorf("%v, valid %t", h.Form, h.Valid)
				}
			}
			answered := false
			for _, m := range p.Thread() {
				answered = answered || m.Body == "You wrote one."
			}
			bad := row.action
			if lost := bad.Drop || bad.BadSignature || bad.NoSignature || bad.SlowMS > 15_000 || bad.EarlyClose; answered == lost {
				t.Errorf("the answer to the first text counted: %t", answered)
			}
			if got := strings.Join(bodies, " "); got != row.bodies || len(sids) != row.sids {
				t.Errorf("%q with %d SIDs, want %q with %d", got, len(sids), row.bodies, row.sids)
			}
			list := &api.ListMessageParams{}
			list.SetTo(simtest.Number)
			if found, err := a.twilio.ListMessage(list); err != nil || len(found) != 2 {
				t.Errorf("%d of 2 texts are found by listing (%v)", len(found), err)
			}
		})
	}
}

func TestTextWhoseWebhookFailsGoesToTheFallback(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	sim.Allow("failed webhook", "11200")
	a := newApp(t, sim)
	a.on("/sms", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	a.says("/fallback", "<Message>We will be back.</Message>")
	n := sim.Config().Numbers[0]
	n.SMSURL, n.SMSFallbackURL = a.URL+"/sms#rc=3&rp=all", a.URL+"/fallback"
	if err := sim.SetNumber(n); err != nil {
		t.Fatal(err)
	}
	p := sim.Phone(alice)
	p.Text("STOP it")
	p.ExpectSMS("we will be back")
	if got := len(a.seen("/sms")); got != 4 {
		t.Errorf("%d attempts, want 4", got)
	}
	if f := a.seen("/fallback"); len(f) != 1 || f[0].Form.Get("ErrorCode") != "11200" || f[0].Form.Get("Body") != "STOP it" {
		t.Errorf("fallback %v", f)
	}
}

func TestFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	t.Run("next call fails", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		sim.Fault(carriersim.Fault{Point: carriersim.Carrier, Action: carriersim.Action{SIP: 503}})
		a.call(number("202", 50))
		sim.Settle()
		a.call(number("202", 51))
		sim.Settle()
		if got := a.statuses(); got != "initiated failed "+answered {
			t.Errorf("callbacks %q", got)
		}
		if got := a.seen("/status")[1].Form.Get("SipResponseCode"); got != "503" {
			t.Errorf("SipResponseCode %q", got)
		}
	})
	t.Run("outage", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		sim.Fault(carriersim.Fault{Point: carriersim.Carrier, Action: carriersim.Action{OutageMS: 30_000}})
		a.call(number("202", 50))
		a.call(number("202", 51))
		sim.Settle()
		sim.Advance(30 * time.Second)
		a.call(number("202", 53))
		sim.Settle()
		if got := sim.Stats().ByStatus; got["failed"] != 2 || got["completed"] != 1 {
			t.Errorf("outcomes %v", got)
		}
	})
	t.Run("dead line", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		sim.Fault(carriersim.Fault{Point: carriersim.Carrier, Action: carriersim.Action{DropMediaMS: 2000}})
		a.call(number("202", 50))
		sim.Settle()
		hits := a.seen("/status")
		if got := hits[len(hits)-1].Form; got.Get("CallStatus") != "completed" || got.Get("CallDuration") != "2" || len(a.seen("/gather")) != 0 {
			t.Errorf("%v", got)
		}
	})
	t.Run("clock skew", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		sim.Fault(carriersim.Fault{Point: carriersim.Carrier, Match: carriersim.Match{Event: "ringing"}, Action: carriersim.Action{ClockSkewMS: -3_600_000}})
		a.call(number("202", 50))
		sim.Settle()
		at, err := time.Parse(time.RFC1123Z, a.seen("/status")[1].Form.Get("Timestamp"))
		if d := simtest.Monday().Sub(at); err != nil || d < 59*time.Minute || d > time.Hour {
			t.Errorf("Timestamp is %v behind (%v), want about an hour", d, err)
		}
	})
}

func TestFaultsStrikeTheirMatchAndNumber(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Match: carriersim.Match{Path: "/Calls.json", N: 2}, Action: carriersim.Action{Status: 429}})
	sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Match: carriersim.Match{To: number("202", 53)}, Action: carriersim.Action{Status: 503}, Times: 2})
	var got []int
	for _, nn := range []int{50, 51, 52, 53, 53} {
		_, err := a.twilio.CreateCall(a.callParams(number("202", nn)))
		status, _ := asTwilio(err)
		got = append(got, status)
		a.twilio.ListCall(&api.ListCallParams{})
	}
	if want := []int{0, 429, 0, 503, 503}; !equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
	sim.Settle()
}

// The callbacks of texts and of detection are struck like those of calls.
func TestFaultsOfOtherCallbacks(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	for event, action := range map[string]carriersim.Action{"sent": {DelayMS: 5000}, "delivered": {Duplicate: 1}} {
		sim.Fault(carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: event}, Action: action})
	}
	a.mustText(number("202", 37), "hello")
	sim.Advance(10 * time.Second)
	if got := a.statuses(); got != "delivered delivered sent" {
		t.Errorf("callbacks of a text %q", got)
	}
	detect := func(p *api.CreateCallParams) {
		p.SetMachineDetection("Enable")
		p.SetAsyncAmd("true")
		p.SetAsyncAmdStatusCallback(a.URL + "/amd")
	}
	for action, want := range map[string]int{"drop": 0, "duplicate": 2, "none": 1} {
		switch action {
		case "drop":
			sim.Fault(carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: "human"}, Action: carriersim.Action{Drop: true}})
		case "duplicate":
			sim.Fault(carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: "human"}, Action: carriersim.Action{Duplicate: 1}})
		}
		before := len(a.seen("/amd"))
		a.call(number("202", 0), detect)
		sim.Settle()
		if got := len(a.seen("/amd")) - before; got != want {
			t.Errorf("%s: detection was reported %d times, want %d", action, got, want)
		}
	}
}
