package fidelity_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// wall is a machine's clock that only the test moves, so that what is judged by
// machine time does not hang on how busy this machine is.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func newWall() *wall { return &wall{now: simtest.Monday()} }

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// one checks that exactly one kind of violation was noted, once.
func one(t *testing.T, sim *simtest.T, kind string) {
	t.Helper()
	sim.Allow(kind)
	if got := kinds(sim); len(got) != 1 || got[kind] != 1 {
		t.Errorf("violations %v, want one %s", got, kind)
	}
}

func TestOracleTwoLiveCalls(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 11))
	sim.Advance(2 * time.Second)
	a.call(number("202", 11))
	sim.Settle()
	one(t, sim, "two_live_calls")
	if got := sim.Stats().ByStatus["busy"]; got != 1 {
		t.Errorf("%d calls found the phone engaged, want 1", got)
	}
	a.call(number("202", 11)) // the others have ended
	sim.Settle()
	one(t, sim, "two_live_calls")
}

func TestOraclePace(t *testing.T) {
	t.Parallel()
	wall := newWall()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CPS, o.Wall = 2, wall.Now }))
	a := newApp(t, sim)
	for i := range 3 {
		a.call(number("202", 50+i))
	}
	wall.Advance(time.Second)
	a.call(number("202", 53))
	wall.Advance(999 * time.Millisecond)
	a.call(number("202", 54))
	a.call(number("202", 55))
	if got := kinds(sim); len(got) != 0 {
		t.Errorf("cps + 1 creates in a second gave %v", got)
	}
	a.call(number("202", 56))
	one(t, sim, "pace")
	sim.Settle()
}

func TestOracleCallAfterStop(t *testing.T) {
	t.Parallel()
	t.Run("answered", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		sim.Phone(alice).Text("STOP")
		a.call(alice)
		one(t, sim, "call_after_stop")
	})
	t.Run("in French", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		sim.Phone(alice).Text("Arret")
		a.call(alice)
		one(t, sim, "call_after_stop")
	})
	t.Run("lost on the way", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		sim.Fault(carriersim.Fault{Point: carriersim.SMSInbound, Action: carriersim.Action{Drop: true}})
		phone := sim.Phone(alice)
		phone.Text("stop")
		sim.Advance(80 * time.Second)
		a.call(alice)
		if got := kinds(sim); len(got) != 0 {
			t.Fatalf("80 s after a STOP that was lost: %v", got)
		}
		phone.ExpectRing().Decline()
		sim.Advance(10 * time.Second)
		a.call(alice)
		one(t, sim, "call_after_stop")
	})
	t.Run("refused by the application", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice, "failed webhook", "11200")
		a.on("/sms", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		sim.Phone(alice).Text("STOP")
		sim.Advance(90 * time.Second)
		a.call(alice)
		one(t, sim, "call_after_stop")
	})
	t.Run("opted in again", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		phone := sim.Phone(alice)
		phone.Text("STOP")
		phone.Text("START")
		a.call(alice)
		one(t, sim, "call_after_stop") // START lifts the carrier's block, it is no consent to calls
		phone.Text("Yes!")
		phone.ExpectRing().Decline()
		a.call(alice)
		one(t, sim, "call_after_stop")
	})
	for scope, want := range map[string][2]int{"": {1, 1}, "all": {1, 1}, "service": {1, 0}, "number": {0, 0}} {
		t.Run("to another number, scope "+scope, func(t *testing.T) {
			t.Parallel()
			const same, apart = "+12025550001", "+12025550002"
			for i, other := range []string{same, apart} {
				sim := simtest.Start(t, simtest.WithNumbers(carriersim.NumberConfig{Number: simtest.Number, Service: service},
					carriersim.NumberConfig{Number: same, Service: service}, carriersim.NumberConfig{Number: apart}),
					simtest.With(func(o *carriersim.Options) {
						o.Services, o.Policy.StopScope = []carriersim.ServiceConfig{{SID: service, UseWebhookOnNumber: true}}, scope
					}))
				a := newApp(t, sim)
				sim.Allow(alice, "call_after_stop", "text_after_stop")
				sim.Phone(alice).TextTo(simtest.Number, "STOP")
				a.call(alice, func(p *api.CreateCallParams) { p.SetFrom(other) })
				a.text(alice, "hello", func(p *api.CreateMessageParams) { p.SetFrom(other) })
				if got := kinds(sim); got["call_after_stop"] != want[i] || got["text_after_stop"] != want[i] {
					t.Errorf("from %s: %v, want %d of each", other, got, want[i])
				}
			}
		})
	}
}

func TestOracleBlindRetry(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(a *app, sid string){
		"blind": nil,
		"listed": func(a *app, _ string) {
			p := &api.ListCallParams{}
			p.SetTo(number("202", 12))
			a.twilio.ListCall(p)
		},
		"fetched":     func(a *app, sid string) { a.twilio.FetchCall(sid, nil) },
		"called back": func(a *app, _ string) { a.sim.Settle() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			sim.Fault(carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{Drop: true}})
			if name != "called back" {
				sim.Fault(carriersim.Fault{Point: carriersim.Callback, Action: carriersim.Action{Drop: true}, Times: -1})
			}
			if _, err := a.twilio.CreateCall(a.callParams(number("202", 12))); err == nil {
				t.Fatal("the answer was not lost")
			}
			if look != nil {
				look(a, sim.CallViews()[0].SID)
			}
			sim.Allow("two_live_calls")
			a.call(number("202", 12))
			sim.Settle()
			sim.Allow("blind_retry")
			if got := kinds(sim)["blind_retry"]; got != map[bool]int{true: 1, false: 0}[look == nil] {
				t.Errorf("%d blind retries", got)
			}
		})
	}
}

// settled gives up on a create when the whole call is over.
type settled struct {
	base rewrite
	sim  *simtest.T
}

func (s settled) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, giveUp := context.WithCancel(r.Context())
	go func() {
		defer giveUp()
		s.sim.Until("the create to count", func() bool { return len(s.sim.CallViews()) == 1 })
		s.sim.Until("the call to end and to be told of", func() bool { return !s.sim.CallViews()[0].Live() && s.sim.InFlight() == 1 })
	}()
	return s.base.RoundTrip(r.WithContext(ctx))
}

// Callbacks have told the application of a call when it gives up on the answer:
// calling again is not blind. Without callbacks it is.
func TestOracleCallbacksWhileAnAnswerIsLate(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{true, false} {
		// On a clock that runs by itself, since an answer is held back meanwhile.
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.WithClock(vclock.NewScaled(simtest.Monday(), 1000)))
		a := newApp(t, sim)
		sim.Fault(carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{DelayMS: 60_000}})
		if !told {
			sim.Fault(carriersim.Fault{Point: carriersim.Callback, Action: carriersim.Action{Drop: true}, Times: -1})
		}
		c := &client.Client{Credentials: client.NewCredentials(simtest.AccountSID, simtest.AuthToken),
			HTTPClient: &http.Client{Transport: settled{rewrite{strings.TrimPrefix(sim.URL, "http://")}, sim}}}
		c.SetAccountSid(simtest.AccountSID)
		if _, err := api.NewApiServiceWithClient(c).CreateCall(a.callParams(number("202", 12))); err == nil {
			t.Fatal("the answer came")
		}
		sim.Until("the request to be over", func() bool { return sim.InFlight() == 0 })
		a.call(number("202", 12))
		sim.Allow("blind_retry")
		if got := kinds(sim)["blind_retry"]; got != map[bool]int{true: 0, false: 1}[told] {
			t.Errorf("told %t: %d blind retries", told, got)
		}
	}
}

func TestOracleRecording(t *testing.T) {
	t.Parallel()
	t.Run("parameter", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.call(number("202", 50), func(p *api.CreateCallParams) { p.SetRecord(true) })
		one(t, sim, "recording")
		a.call(number("202", 51), func(p *api.CreateCallParams) { p.SetRecord(false) })
		one(t, sim, "recording")
		sim.Settle()
	})
	for _, verb := range []string{"<Record/>", `<Start><Stream url="wss://x"/></Start>`, "<Connect><Stream/></Connect>"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			sim.Allow("12200", "recording", "unsupported_verb")
			a.says("/voice", `<Say>This is an automated call.</Say>`+verb)
			a.call(number("202", 50))
			sim.Settle()
			if got := kinds(sim); got["recording"] != 1 || got["unsupported_verb"] != 1 {
				t.Errorf("violations %v", got)
			}
		})
	}
	t.Run("speech", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.says("/voice", `<Gather input="dtmf speech"><Say>This is an automated call.</Say></Gather>`)
		a.call(number("202", 87))
		sim.Settle()
		one(t, sim, "speech_input")
	})
}

func TestOracleAddresses(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 50), func(p *api.CreateCallParams) { p.SetUrl(a.URL + "/voice?attempt=1&to=x") })
	one(t, sim, "pii_in_url")
	a.call(number("202", 51), func(p *api.CreateCallParams) { p.SetStatusCallback(a.URL + "/status?x=" + number("202", 51)[1:]) })
	sim.Settle()
	if got := kinds(sim)["pii_in_url"]; got != 2 {
		t.Errorf("%d violations, want 2", got)
	}
}

func TestOracleCallbacks(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		sim.Allow("failed webhook", "15003")
		a.on("/status", func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("CallStatus") == "ringing" {
				w.WriteHeader(404)
			}
		})
		a.call(number("202", 50))
		sim.Settle()
		one(t, sim, "callback_refused")
		if got := a.statuses(); got != answered {
			t.Errorf("callbacks %q: a refused one must not hold up the others", got)
		}
	})
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.Policy.SlowWebhook = 20 * time.Millisecond }))
		a := newApp(t, sim)
		a.on("/gather", func(w http.ResponseWriter, r *http.Request) {
			<-time.After(30 * time.Millisecond) // what is tested is real time
			twiml(w, "")
		})
		a.call(number("202", 50))
		sim.Settle()
		sim.Allow("slow_webhook")
		if got := kinds(sim)["slow_webhook"]; got < 1 {
			t.Errorf("violations %v", kinds(sim))
		}
	})
	t.Run("forged", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		gullible := newGullible(t)
		sim.Forge("voice-status", a.URL+"/status")
		sim.Until("the forgery to be answered", func() bool { return sim.InFlight() == 0 })
		if got := kinds(sim); len(got) != 0 {
			t.Errorf("a forgery that was refused gave %v", got)
		}
		sim.Forge("sms", gullible)
		sim.Until("the forgery to be answered", func() bool { return sim.InFlight() == 0 })
		one(t, sim, "forged_accepted")
	})
	t.Run("loop", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.says("/voice", "<Redirect/>")
		a.call(number("202", 50))
		sim.Settle()
		one(t, sim, "loop")
		if got := a.statuses(); got != "initiated ringing in-progress failed" {
			t.Errorf("callbacks %q", got)
		}
	})
}

func TestCallbacksExpireBehindASlowAnswer(t *testing.T) {
	t.Parallel()
	wall := newWall()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CallbackTTL, o.Wall = time.Second, wall.Now }))
	sim.Allow("15002")
	a := newApp(t, sim)
	a.on("/status", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("CallStatus") == "initiated" {
			// The call goes on and its callbacks queue up.
			until := time.Now().Add(2 * time.Minute)
			for sim.Stats().ByStatus["completed"] == 0 && time.Now().Before(until) {
				if clock, ok := sim.Clock().(*vclock.Manual); ok {
					clock.Advance(time.Second)
				}
			}
			wall.Advance(time.Second)
		}
	})
	a.call(number("202", 23)) // answers and drops at once
	sim.Settle()
	if got := a.statuses(); got != "initiated" {
		t.Errorf("callbacks %q, want the others expired", got)
	}
	if n := len(sim.Alerts()); n != 3 {
		t.Errorf("%d entries, want one 15002 for each of ringing, answered, completed", n)
	}
}

func TestCallbacksExpireByTheirOwnAge(t *testing.T) {
	t.Parallel()
	wall := newWall()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.CallbackTTL, o.Wall = time.Second, wall.Now }))
	a := newApp(t, sim)
	a.on("/status", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("CallStatus") == "initiated" {
			wall.Advance(1100 * time.Millisecond)
			until := time.Now().Add(2 * time.Minute)
			for sim.Stats().ByStatus["completed"] == 0 && time.Now().Before(until) {
				if clock, ok := sim.Clock().(*vclock.Manual); ok {
					clock.Advance(time.Second)
				}
			}
		}
	})
	a.call(number("202", 23))
	sim.Settle()
	if got := a.statuses(); got != answered {
		t.Errorf("callbacks %q: one slow answer expired callbacks that had only just joined", got)
	}
}

func TestOracleTexts(t *testing.T) {
	t.Parallel()
	t.Run("the same twice", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.mustText(number("202", 37), "same")
		sim.Advance(61 * time.Second)
		a.mustText(number("202", 37), "same")
		if got := kinds(sim); len(got) != 0 {
			t.Errorf("a minute apart: %v", got)
		}
		a.mustText(number("202", 37), "same")
		one(t, sim, "duplicate_text")
	})
	t.Run("double reply", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		a.says("/sms", "<Message>Our help.</Message>")
		sim.Phone(alice).Text("HELP")
		one(t, sim, "double_reply")
	})
	t.Run("after STOP", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		sim.Allow(alice)
		sim.Phone(alice).Text("STOP")
		sim.Advance(time.Minute)
		_, err := a.text(alice, "please come back")
		wantCode(t, err, 400, 21610)
		one(t, sim, "text_after_stop")
	})
	t.Run("one confirmation of a word that the carrier does not know", func(t *testing.T) {
		t.Parallel()
		sim := simtest.Start(t)
		a := newApp(t, sim)
		a.says("/sms", "<Message>C'est fait.</Message>")
		phone := sim.Phone(alice)
		phone.Text("ARRET")
		phone.ExpectSMS("fait")
		if got := kinds(sim); len(got) != 0 {
			t.Errorf("the one confirmation gave %v", got)
		}
		a.mustText(alice, "one more thing")
		phone.ExpectSMS("one more thing")
		one(t, sim, "text_after_stop")
	})
	t.Run("the invitation that START asks for", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "advanced", nil)
		phone := sim.Phone(alice)
		phone.TextTo(ours, "STOP")
		a.says("/sms", "<Message>Acme: YES to join.</Message>")
		phone.TextTo(ours, "START")
		phone.ExpectSMS("YES to join")
		if got := kinds(sim); len(got) != 0 {
			t.Errorf("the invitation gave %v", got)
		}
	})
	t.Run("one confirmation where the carrier sends none", func(t *testing.T) {
		t.Parallel()
		const short = "12345"
		sim := simtest.Start(t, simtest.WithNumbers(carriersim.NumberConfig{Number: short, Type: carriersim.ShortCode}))
		a := newApp(t, sim)
		a.says("/sms", "<Message>Done. No more texts.</Message>")
		phone := sim.Phone(alice)
		phone.TextTo(short, "STOP")
		phone.ExpectSMS("done")
		if got := kinds(sim); len(got) != 0 {
			t.Errorf("the one confirmation gave %v", got)
		}
		a.mustText(alice, "one more thing", func(p *api.CreateMessageParams) { p.SetFrom(short) })
		phone.ExpectSMS("one more thing")
		one(t, sim, "text_after_stop")
	})
}

func TestDebuggerWarnings(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		`<Say>This is an automated call.</Say><Shout/>`:                           "12200",
		`<Say mood="glad">This is an automated call.</Say>`:                       "12200",
		`<say>This is an automated call.</say>`:                                   "12200",
		`<Say>This is an automated call.</Say><Say></Say>`:                        "13520",
		`<Say language="en">This is an automated call.</Say>`:                     "13512",
		`<Say voice="robot">This is an automated call.</Say>`:                     "13511",
		`<Gather timeout="x"><Say>This is an automated call.</Say></Gather>`:      "13313",
		`<Gather numDigits="0"><Say>This is an automated call.</Say></Gather>`:    "13314",
		`<Gather finishOnKey="ab"><Say>This is an automated call.</Say></Gather>`: "13310",
		`<Gather method="PUT"><Say>This is an automated call.</Say></Gather>`:     "13312",
		`<Say loop="-1">This is an automated call.</Say>`:                         "13510",
		`<Pause length="x"/>`: "13910",
	}
	for doc, code := range rows {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow(code)
		a := newApp(t, sim)
		a.says("/voice", doc)
		a.call(number("202", 87))
		sim.Settle()
		found := false
		for _, alert := range sim.Alerts() {
			found = found || (alert.Code == atoi(code) && !alert.Error && strings.HasPrefix(alert.URL, a.URL))
		}
		if !found {
			t.Errorf("%s: alerts %v, want warning %s", doc, sim.Alerts(), code)
		}
		if got := a.statuses(); got != answered {
			t.Errorf("%s: a warning must not end the call: %q", doc, got)
		}
	}
}
