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

const identified = "This is an automated call."

func TestQueueIsReleasedAtTheAccountsRate(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CPS = 1 }))
	a := newApp(t, sim)
	sim.Allow("pace")
	var waits []string
	for i := range 4 {
		waits = append(waits, *a.call(number("202", 50+i)).QueueTime)
	}
	if got := strings.Join(waits, " "); got != "0 1000 2000 3000" {
		t.Errorf("queue_time %s", got)
	}
	sim.Advance(1500 * time.Millisecond)
	g := sim.Stats()
	if g.Queued != 2 {
		t.Errorf("%d still queued after 1.5 s, want 2", g.Queued)
	}
	p := &api.UpdateCallParams{}
	p.SetStatus("canceled")
	queued := sim.CallViews()[3]
	if c, err := a.twilio.UpdateCall(queued.SID, p); err != nil || *c.Status != "canceled" {
		t.Fatal(err)
	}
	sim.Settle()
	calls := sim.CallViews()
	for i := 1; i < 3; i++ {
		if d := calls[i].Dialled.Sub(*calls[i-1].Dialled); d != time.Second {
			t.Errorf("call %d was dialled %v after the one before", i, d)
		}
	}
	for _, h := range a.seen("") {
		if h.Form.Get("CallSid") == queued.SID {
			t.Error("a call cancelled in the queue must fire nothing")
		}
	}
}

func TestCallbacksThatWereSubscribed(t *testing.T) {
	t.Parallel()
	rows := []struct {
		events []string
		want   string
		bad    bool
	}{
		{nil, "completed", false}, // the default
		{[]string{"completed"}, "completed", false},
		{[]string{"initiated", "answered"}, "initiated in-progress", false},
		{[]string{"initiated ringing answered completed"}, "", true},
		{[]string{"initiated,completed"}, "", true},
		{[]string{"finished"}, "", true},
	}
	for _, row := range rows {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow("21626")
		a := newApp(t, sim)
		a.call(number("202", 50), func(p *api.CreateCallParams) {
			p.StatusCallbackEvent = nil
			if row.events != nil {
				p.SetStatusCallbackEvent(row.events)
			}
		})
		sim.Settle()
		if got := a.statuses(); got != row.want {
			t.Errorf("%q: callbacks %q, want %q", row.events, got, row.want)
		}
		if alerted := len(sim.Alerts()) == 1; alerted != row.bad {
			t.Errorf("%q: alerts %v", row.events, sim.Alerts())
		}
		for i, h := range a.seen("/status") {
			if h.Form.Get("SequenceNumber") != string(rune('0'+i)) {
				t.Errorf("%q: sequence number %s, want %d", row.events, h.Form.Get("SequenceNumber"), i)
			}
		}
	}
}

func TestNothingIsCalledBackBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	for i := range 20 {
		c := a.call(number("202", 50+i))
		for _, h := range a.seen("/status") {
			if h.Form.Get("CallSid") == *c.Sid && h.Form.Get("CallStatus") != "initiated" {
				t.Error("the call moved on before time did")
			}
		}
	}
	sim.Settle()
	// The SID is known to the client before any webhook carries it: the answer
	// to a create is logged first.
	for _, w := range sim.Webhooks("") {
		for _, c := range sim.CallViews() {
			if c.SID == w.CallSID && w.Attempts[0].At.Before(c.Wall) {
				t.Errorf("webhook %s left before the create", w.Event)
			}
		}
	}
}

func TestUpdatesOfALiveCall(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		nn     int
		after  time.Duration
		change func(a *app, p *api.UpdateCallParams)
		code   int
		status string
		last   string // CallStatus of the final callback
	}{
		{"cancel ringing", 11, 2 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetStatus("canceled") }, 0, "canceled", "canceled"},
		{"complete ringing", 11, 2 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetStatus("completed") }, 0, "canceled", "canceled"},
		{"cancel in progress has no effect", 87, 6 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetStatus("canceled") }, 0, "in-progress", "completed"},
		{"complete in progress", 87, 6 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetStatus("completed") }, 0, "completed", "completed"},
		{"redirect in progress", 87, 6 * time.Second, func(a *app, p *api.UpdateCallParams) { p.SetUrl(a.URL + "/other") }, 0, "in-progress", "completed"},
		{"Twiml in progress", 87, 6 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetTwiml("<Response><Say>Other words.</Say></Response>") }, 0, "in-progress", "completed"},
		{"redirect ringing", 11, 2 * time.Second, func(a *app, p *api.UpdateCallParams) { p.SetUrl(a.URL + "/other") }, 21220, "", "no-answer"},
		{"both", 87, 6 * time.Second, func(a *app, p *api.UpdateCallParams) {
			p.SetUrl(a.URL)
			p.SetTwiml("<Response/>")
		}, 21205, "", "completed"},
		{"another status", 87, 6 * time.Second, func(_ *app, p *api.UpdateCallParams) { p.SetStatus("busy") }, 21218, "", "completed"},
		{"another method", 87, 6 * time.Second, func(a *app, p *api.UpdateCallParams) { p.SetUrl(a.URL); p.SetMethod("PUT") }, 21209, "", "completed"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			a.says("/other", "<Say>Other words.</Say>")
			c := a.call(number("202", row.nn))
			sim.Advance(row.after)
			p := &api.UpdateCallParams{}
			row.change(a, p)
			updated, err := a.twilio.UpdateCall(*c.Sid, p)
			if row.code != 0 {
				wantCode(t, err, 400, row.code)
			} else if err != nil || *updated.Status != row.status {
				t.Errorf("updated to %v (%v), want %s", updated, err, row.status)
			}
			sim.Settle()
			if got := a.statuses(); !strings.HasSuffix(got, " "+row.last) {
				t.Errorf("callbacks %q, want %s last", got, row.last)
			}
			redirected := strings.Contains(row.name, "redirect in") || strings.Contains(row.name, "Twiml in")
			if heard := sim.CallViews()[0].Heard(sim.Now()); strings.Contains(heard, "Other words.") != redirected {
				t.Errorf("heard %q", heard)
			}
		})
	}
}

func TestTimeLimits(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(10*time.Minute))
	a := newApp(t, sim)
	a.says("/voice", `<Say>`+identified+`</Say><Pause length="600"/>`)
	a.call(number("202", 87), func(p *api.CreateCallParams) { p.SetTimeLimit(20) })
	a.call(number("202", 11), func(p *api.CreateCallParams) { p.SetTimeout(7) })
	sim.Settle()
	calls := sim.CallViews()
	if d := calls[0].Ended.Sub(*calls[0].Answered); d != 20*time.Second || calls[0].Status != "completed" {
		t.Errorf("TimeLimit=20 ended %s after %v", calls[0].Status, d)
	}
	if d := calls[1].Ended.Sub(*calls[1].Dialled) - 300*time.Millisecond; d != 7*time.Second || calls[1].Status != "no-answer" {
		t.Errorf("Timeout=7 ended %s after %v", calls[1].Status, d)
	}
}

// heardFrom runs one document on an answered call and returns what was heard
// and how long the call took.
func heardFrom(t *testing.T, a *app, sim *simtest.T, doc string) (string, time.Duration) {
	t.Helper()
	a.says("/voice", doc)
	c := a.call(number("202", 87))
	sim.Settle()
	v, _ := sim.CallView(*c.Sid)
	return v.Heard(sim.Now()), v.Ended.Sub(*v.Answered)
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	say := "<Say>" + identified + "</Say>" // 26 characters
	spoken := 26 * time.Second / 15
	rows := []struct {
		name, doc, heard string
		took             time.Duration
	}{
		{"document end hangs up", say, identified, spoken},
		{"empty document", "", "", 0},
		{"pause", say + `<Pause/><Pause length="3"/>`, identified, spoken + 4*time.Second},
		{"hang up", say + "<Hangup/><Say>never</Say>", identified, spoken},
		{"redirect", say + "<Redirect>/next?x=1</Redirect><Say>never</Say>", identified + " Next.", spoken + 600*time.Millisecond},
		{"redirect by GET", say + `<Redirect method="GET">next</Redirect>`, identified + " Next.", spoken + 600*time.Millisecond},
		{"loop", `<Say loop="2">` + identified + `</Say>`, identified + " " + identified, 2 * spoken},
		{"play", say + "<Play>/beep.mp3</Play>", identified, spoken + 3*time.Second},
		{"play digits", say + `<Play digits="1w2"/>`, identified, spoken + 1500*time.Millisecond},
		{"reject is for inbound calls", say + "<Reject/><Say>On.</Say>", identified + " On.", spoken + 600*time.Millisecond},
		{"break", `<Say voice="Polly.Joanna">` + identified + `<break time="2s"/></Say>`, identified, spoken + 2*time.Second},
		{"SSML", `<Say voice="Polly.Joanna-Neural" language="en-US"><prosody rate="slow">This is</prosody> an <sub alias="automated">a</sub> call.</Say>`, identified, spoken},
		{"white space", "<Say>\n  This is\tan automated\n call.  </Say>", identified, spoken},
		{"entities", "<Say>" + identified + "</Say><Say>Fish &amp; chips &lt;3 &#233;</Say>", identified + " Fish & chips <3 é", spoken + 17*time.Second/15},
		{"comment and cdata", "<!-- x --><Say><![CDATA[" + identified + "]]></Say>", identified, spoken},
		{"gather falls through", `<Gather timeout="2">` + say + `</Gather><Say>On.</Say>`, identified + " On.", spoken + 2600*time.Millisecond},
		{"gather of 5 s", `<Gather>` + say + `</Gather>`, identified, spoken + 5*time.Second},
		{"gather reports silence", `<Gather timeout="1" actionOnEmptyResult="true" action="/empty">` + say + `</Gather><Say>never</Say>`, identified + " Empty.", spoken + 1600*time.Millisecond},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			sim.Allow("12200")
			a := newApp(t, sim)
			a.says("/next", "<Say>Next.</Say>")
			a.on("/empty", func(w http.ResponseWriter, r *http.Request) {
				if d, there := r.Form["Digits"]; !there || d[0] != "" {
					t.Errorf("Digits %q", d)
				}
				twiml(w, "<Say>Empty.</Say>")
			})
			heard, took := heardFrom(t, a, sim, row.doc)
			if heard != row.heard || (took-row.took).Abs() > 10*time.Millisecond {
				t.Errorf("heard %q in %v, want %q in %v", heard, took, row.heard, row.took)
			}
		})
	}
}

func TestKeysInAGather(t *testing.T) {
	t.Parallel()
	rows := []struct{ gather, keys, digits, finished string }{
		{`<Gather action="/gather">`, "12#", "12", "#"},
		{`<Gather action="/gather" finishOnKey="*">`, "1#2*", "1#2", "*"},
		{`<Gather action="/gather" finishOnKey="" numDigits="3">`, "1#*", "1#*", ""},
		{`<Gather action="/gather" numDigits="2">`, "1234", "12", ""},
		{`<Gather action="/gather" numDigits="4" timeout="1">`, "12", "12", ""},
		{`<Gather action="/gather" actionOnEmptyResult="true">`, "#", "", "#"},
	}
	for _, row := range rows {
		t.Run(row.gather, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			a := newApp(t, sim)
			a.says("/voice", row.gather+"<Say>"+identified+"</Say></Gather>")
			a.call(alice)
			sim.Phone(alice).ExpectCall().Prompted().Press(row.keys).Ended("completed")
			hits := a.seen("/gather")
			if len(hits) != 1 || hits[0].Form.Get("Digits") != row.digits || hits[0].Form.Get("FinishedOnKey") != row.finished {
				t.Errorf("action %v, want %q finished by %q", hits, row.digits, row.finished)
			}
		})
	}
}

func TestAddressesThatCannotBeResolved(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`<Gather action="/gather" numDigits="1"><Say>` + identified + `</Say></Gather>`,
		`<Say>` + identified + `</Say><Redirect>/next</Redirect>`,
	} {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow("11100")
		a := newApp(t, sim)
		a.call(number("202", 50), func(p *api.CreateCallParams) {
			p.Url = nil
			p.SetTwiml("<Response>" + doc + "</Response>")
		})
		sim.Settle()
		if alerts := sim.Alerts(); len(alerts) != 1 || alerts[0].Code != 11100 {
			t.Errorf("%s: a relative address in Twiml= gave %v", doc, alerts)
		}
	}
}

func TestPlainTextIsReadAloudAndAudioIsPlayed(t *testing.T) {
	t.Parallel()
	for kind, heard := range map[string]string{"text/plain; charset=utf-8": identified, "audio/mpeg": ""} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.on("/voice", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Write([]byte(identified))
		})
		c := a.call(number("202", 87))
		sim.Settle()
		if heard == "" {
			one(t, sim, "unidentified") // nothing but audio
		}
		if v, _ := sim.CallView(*c.Sid); v.Heard(sim.Now()) != heard || len(v.Lines) != 1 {
			t.Errorf("%s: heard %q, lines %v", kind, v.Heard(sim.Now()), v.Lines)
		}
	}
}

func TestInboundCalls(t *testing.T) {
	t.Parallel()
	t.Run("answered", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		n := sim.Config().Numbers[0]
		n.StatusCallback = a.URL + "/status"
		if err := sim.SetNumber(n); err != nil {
			t.Fatal(err)
		}
		a.says("/voice", `<Gather numDigits="1" action="/gather"><Say>Acme called you. Press 9 to stop.</Say></Gather>`)
		sim.Phone(alice).Call(simtest.Number).Hears("acme called").Press("9").Ended("completed")
		f := a.seen("/voice")[0].Form
		if f.Get("From") != alice || f.Get("To") != simtest.Number || f.Get("Direction") != "inbound" || f.Get("CallStatus") != "ringing" {
			t.Errorf("first request %v", f)
		}
		if g := a.seen("/gather"); len(g) != 1 || g[0].Form.Get("Digits") != "9" || g[0].Form.Get("CallStatus") != "in-progress" {
			t.Errorf("action %v", g)
		}
		if got := a.statuses(); got != "completed" {
			t.Errorf("callbacks %q", got)
		}
	})
	for doc, status := range map[string]string{"<Reject/>": "no-answer", `<Reject reason="busy"/>`: "busy", "": "completed"} {
		t.Run(doc, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			a := newApp(t, sim)
			a.says("/voice", doc)
			sim.Phone(alice).Call(simtest.Number).Ended(status)
		})
	}
	t.Run("by a script", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		owner := carriersim.Persona{Title: "calls back", Voice: carriersim.Voice{Do: "hand", Steps: []carriersim.Step{{On: "waiting", AfterMS: 500, Press: "8"}}}}
		if _, err := sim.CallIn(alice, simtest.Number, &owner); err != nil {
			t.Fatal(err)
		}
		sim.Settle()
		if g := a.seen("/gather"); len(g) != 1 || g[0].Form.Get("Digits") != "8" {
			t.Errorf("action %v", g)
		}
	})
	t.Run("fallback", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		sim.Allow("failed webhook", "11200")
		a := newApp(t, sim)
		n := sim.Config().Numbers[0]
		n.VoiceFallbackURL = a.URL + "/fallback"
		if err := sim.SetNumber(n); err != nil {
			t.Fatal(err)
		}
		a.on("/voice", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		a.says("/fallback", "<Say>Please call again later.</Say>")
		sim.Phone(alice).Call(simtest.Number).Hears("call again later").Ended("completed")
	})
	t.Run("to nobody", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		sim.Allow("11100")
		if _, err := sim.CallIn(alice, simtest.Number, nil); err != nil {
			t.Fatal(err)
		}
		sim.Allow(alice)
		if c := sim.Phone(alice).Calls(); c[0].Status != "failed" {
			t.Errorf("a call to a number without an address is %s", c[0].Status)
		}
		if _, err := sim.CallIn(alice, "+12025550999", nil); err == nil {
			t.Error("somebody else's number was called")
		}
	})
}

func TestVisitorTakesAPhoneOver(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 0)) // would answer after 4 s and press 1
	sim.Advance(time.Second)
	if err := sim.Do(number("202", 0), "answer", ""); err != nil {
		t.Fatal(err)
	}
	sim.Until("the question", func() bool { return sim.CallViews()[0].Waiting })
	if err := sim.Do(number("202", 0), "press", "2"); err != nil {
		t.Fatal(err)
	}
	sim.Settle()
	g := a.seen("/gather")
	if v, _ := sim.Sim.Phone(number("202", 0)); len(g) != 1 || g[0].Form.Get("Digits") != "2" || !v.Hand || !v.Pinned {
		t.Errorf("digits %v, phone %+v", g, v)
	}
	if err := sim.Do(number("202", 0), "press", "1"); err == nil {
		t.Error("a key was pressed without a call")
	}
}
