package fidelity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// withSwitches starts a simulator with personas and some switches thrown.
func withSwitches(t *testing.T, change func(*carriersim.Switches)) (*simtest.T, *app) {
	t.Helper()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { change(&o.Switches) }))
	return sim, newApp(t, sim)
}

func TestSwitchDecline(t *testing.T) {
	t.Parallel()
	for position, want := range map[string]string{"": "busy 486", "busy": "busy 486", "no-answer": "no-answer 487"} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.DeclineStatus = position })
		a.call(number("202", 13))
		sim.Settle()
		hits := a.seen("/status")
		last := hits[len(hits)-1].Form
		if got := last.Get("CallStatus") + " " + last.Get("SipResponseCode"); got != want {
			t.Errorf("%q: %s, want %s", position, got, want)
		}
	}
}

func TestSwitchDigitsBeforeTheGather(t *testing.T) {
	t.Parallel()
	for buffered, want := range map[bool]int{false: 0, true: 1} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.BufferDigits = buffered })
		a.says("/voice", `<Say>This is an automated call. A plain sentence comes first.</Say><Gather numDigits="1" action="/gather"><Say>Now.</Say></Gather>`)
		a.call(number("202", 1)) // presses while the first sentence is spoken
		sim.Settle()
		if got := len(a.seen("/gather")); got != want {
			t.Errorf("buffered %t: %d action requests, want %d", buffered, got, want)
		}
	}
}

func TestSwitchSkipRinging(t *testing.T) {
	t.Parallel()
	for skip, want := range map[bool]string{false: answered, true: "initiated in-progress completed"} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.SkipRinging = skip })
		a.call(number("202", 24))
		sim.Settle()
		if got := a.statuses(); got != want {
			t.Errorf("skip %t: %q, want %q", skip, got, want)
		}
	}
}

func TestSwitchRingExtra(t *testing.T) {
	t.Parallel()
	for extra, want := range map[int]time.Duration{0: 10 * time.Second, 5: 15 * time.Second} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.RingExtraS = extra })
		a.call(number("202", 11), func(p *api.CreateCallParams) { p.SetTimeout(10) })
		sim.Settle()
		c := sim.CallViews()[0]
		if got := c.Ended.Sub(*c.Dialled) - 300*time.Millisecond; got != want {
			t.Errorf("extra %d: rang %v, want %v", extra, got, want)
		}
	}
}

func TestSwitchGatherExtras(t *testing.T) {
	t.Parallel()
	for position, want := range map[string][2]string{"": {"#", ""}, "finished_on_key": {"#", ""}, "none": {"", ""}, "msg": {"#", "Gather End"}} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.GatherExtras = position })
		a.says("/voice", `<Gather action="/gather"><Say>This is an automated call.</Say></Gather>`)
		a.call(number("202", 5))
		sim.Settle()
		f := a.seen("/gather")[0].Form
		if got := [2]string{f.Get("FinishedOnKey"), f.Get("msg")}; got != want || f.Get("Digits") != "1" {
			t.Errorf("%q: %q with Digits %q, want %q", position, got, f.Get("Digits"), want)
		}
	}
}

func TestSwitchRedirectDuringAGather(t *testing.T) {
	t.Parallel()
	for first, want := range map[bool]string{false: "/other", true: "/gather /other"} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.RedirectAction = first })
		a.says("/other", "<Say>Somebody else speaks.</Say>")
		c := a.call(number("202", 87))
		sim.Advance(8 * time.Second)
		p := &api.UpdateCallParams{}
		p.SetUrl(a.URL + "/other")
		if _, err := a.twilio.UpdateCall(*c.Sid, p); err != nil {
			t.Fatal(err)
		}
		sim.Settle()
		var order []string
		for _, h := range a.seen("") {
			if h.Path == "/gather" || h.Path == "/other" {
				order = append(order, h.Path)
				if h.Form.Has("Digits") {
					t.Error("an interrupted Gather has no digits")
				}
			}
		}
		if got := strings.Join(order, " "); got != want {
			t.Errorf("action first %t: %q, want %q", first, got, want)
		}
		if heard := sim.CallViews()[0].Heard(sim.Now()); !strings.HasSuffix(heard, "Somebody else speaks.") {
			t.Errorf("heard %q", heard)
		}
	}
}

func TestSwitchRetry5xx(t *testing.T) {
	t.Parallel()
	for retried, want := range map[bool]int{false: 1, true: 2} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.Retry5xx = retried })
		sim.Allow("failed webhook", "11200")
		a.on("/voice", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		a.call(number("202", 50))
		sim.Settle()
		if got := len(a.seen("/voice")); got != want {
			t.Errorf("retried %t: %d requests, want %d", retried, got, want)
		}
	}
}

func TestSwitchGeo(t *testing.T) {
	t.Parallel()
	for filled, want := range map[bool]string{false: "//CA", true: "OTTAWA/ON/CA"} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.GeoFilled = filled })
		a.call(number("613", 50))
		sim.Settle()
		f := a.seen("/voice")[0].Form
		if got := f.Get("ToCity") + "/" + f.Get("ToState") + "/" + f.Get("ToCountry"); got != want {
			t.Errorf("filled %t: %s, want %s", filled, got, want)
		}
	}
}

func TestSwitchPostDialDelay(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int]time.Duration{0: 300 * time.Millisecond, 5000: 5 * time.Second} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.PostDialDelayMS = ms })
		a.call(number("202", 24))
		sim.Settle()
		c := sim.CallViews()[0]
		if got := c.Answered.Sub(*c.Dialled) - 200*time.Millisecond; got != want {
			t.Errorf("%d ms: rang after %v, want %v", ms, got, want)
		}
	}
}

func TestSwitchRetryAfterAndConcurrency(t *testing.T) {
	t.Parallel()
	for there, want := range map[bool]string{false: "", true: "1"} {
		sim, _ := withSwitches(t, func(s *carriersim.Switches) { s.RetryAfter = there })
		sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 429}})
		resp, err := http.PostForm("http://"+simtest.AccountSID+":"+simtest.AuthToken+"@"+strings.TrimPrefix(sim.URL, "http://")+account("/Calls.json"), url.Values{})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Retry-After"); got != want || resp.StatusCode != 429 {
			t.Errorf("HTTP %d, Retry-After %q, want %q", resp.StatusCode, got, want)
		}
	}
	for position, status := range map[int]int{0: 429, 429: 429, 400: 400} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.TooManyCalls = position })
		if err := sim.Configure(func(c *carriersim.Options) { c.Concurrency = 1 }); err != nil {
			t.Fatal(err)
		}
		a.call(number("202", 11))
		_, err := a.twilio.CreateCall(a.callParams(number("202", 50)))
		wantCode(t, err, status, 10004)
		sim.Settle()
		a.call(number("202", 50))
		sim.Settle()
	}
}

func TestSwitchQueueExpiry(t *testing.T) {
	t.Parallel()
	for position, want := range map[string]string{"": "", "silent": "", "callback": "canceled"} {
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) {
			o.CPS, o.QueueTTL, o.Switches.QueueExpiry = 0.001, 15*time.Minute, position
		}))
		a := newApp(t, sim)
		a.call(number("202", 12)) // takes the slot; the next is 1000 s away
		waiting := a.call(number("202", 50), func(p *api.CreateCallParams) { p.SetStatusCallback(a.URL + "/waiting") })
		if *waiting.QueueTime != "1000000" {
			t.Errorf("queue_time %s ms, want 1000000", *waiting.QueueTime)
		}
		sim.Advance(16 * time.Minute)
		c, err := a.twilio.FetchCall(*waiting.Sid, nil)
		if err != nil || *c.Status != "canceled" || c.StartTime != nil {
			t.Errorf("%q: after the queue's time limit the call is %v (%v)", position, c, err)
		}
		got := ""
		for _, h := range a.seen("/waiting") {
			got += h.Form.Get("CallStatus")
		}
		if got != want {
			t.Errorf("%q: callbacks %q, want %q", position, got, want)
		}
	}
}

func TestSwitchUnevenQueue(t *testing.T) {
	t.Parallel()
	for _, uneven := range []bool{false, true} {
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) {
			o.CPS, o.Seed, o.Switches.UnevenCPS = 10, 7, uneven
		}))
		a := newApp(t, sim)
		sim.Allow("pace")
		for i := range 20 {
			a.call(number("202", 50+i))
		}
		sim.Settle()
		gaps := map[time.Duration]int{}
		calls := sim.CallViews()
		for i := 1; i < len(calls); i++ {
			gaps[calls[i].Dialled.Sub(*calls[i-1].Dialled)]++
		}
		if even := len(gaps) == 1 && gaps[100*time.Millisecond] == 19; even == uneven {
			t.Errorf("uneven %t: gaps %v", uneven, gaps)
		}
		if total := calls[19].Dialled.Sub(*calls[0].Dialled); total < time.Second || total > 3*time.Second {
			t.Errorf("uneven %t: 20 calls at 10/s took %v", uneven, total)
		}
	}
}

func TestSwitchPortInTheSignedURL(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"", "voice-twiml", "never", "always"} {
		sim, a := withSwitches(t, func(s *carriersim.Switches) { s.PortPolicy = policy })
		a.call(number("202", 50))
		sim.Settle()
		for _, h := range a.seen("") {
			if !h.Valid { // plain http keeps its port in every position
				t.Errorf("%q: %s is not valid", policy, h.Path)
			}
		}
	}
}

func TestEveryUnknownSwitchPositionIsRefused(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*carriersim.Switches){
		func(s *carriersim.Switches) { s.YesAutoreply = "sometimes" },
		func(s *carriersim.Switches) { s.ServiceRefusal = "x" },
		func(s *carriersim.Switches) { s.TollFreeRefusal = "x" },
		func(s *carriersim.Switches) { s.DeclineStatus = "failed" },
		func(s *carriersim.Switches) { s.GatherExtras = "x" },
		func(s *carriersim.Switches) { s.RedirectSigning = "x" },
		func(s *carriersim.Switches) { s.PortPolicy = "x" },
		func(s *carriersim.Switches) { s.QueueExpiry = "x" },
		func(s *carriersim.Switches) { s.TooManyCalls = 500 },
		func(s *carriersim.Switches) { s.RingExtraS = -1 },
		func(s *carriersim.Switches) { s.PostDialDelayMS = -1 },
	} {
		o := carriersim.Options{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken}
		change(&o.Switches)
		if sim, err := carriersim.New(o); err == nil {
			sim.Close()
			t.Errorf("accepted %+v", o.Switches)
		}
	}
}
