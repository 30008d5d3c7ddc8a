package fidelity_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// Whatever people do and whatever goes wrong: callbacks are numbered from 0
// without gaps, exactly one is terminal and says what the resource says, and a
// call cancelled in the queue fires none.
func TestCallsAreAccountedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64Min(1).Draw(r, "seed")
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(4*time.Hour), simtest.With(func(o *carriersim.Options) {
			o.Seed, o.CPS = seed, rapid.SampledFrom([]float64{0.5, 1, 20}).Draw(r, "cps")
			o.Switches.SkipRinging = rapid.Bool().Draw(r, "skip ringing")
			o.Switches.UnevenCPS = rapid.Bool().Draw(r, "uneven")
			o.Switches.DeclineStatus = rapid.SampledFrom([]string{"", "no-answer"}).Draw(r, "decline")
		}))
		sim.Allow("pace", "forged_accepted", "failed webhook", "11200", "12100", "15003", "callback_refused", "two_live_calls", "unidentified", "blind_retry")
		a := newApp(t, sim)
		a.on("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		for i := range rapid.IntRange(0, 3).Draw(r, "faults") {
			sim.Fault(drawFault(r, i))
		}
		canceled := map[string]bool{}
		n := rapid.IntRange(1, 6).Draw(r, "calls")
		personas := rapid.SliceOfNDistinct(rapid.IntRange(0, 89), n, n, rapid.ID[int]).Draw(r, "personas")
		for _, nn := range personas {
			c, err := a.twilio.CreateCall(drawCall(r, a, number("202", nn)))
			if err != nil || !rapid.Bool().Draw(r, "cancel") {
				continue
			}
			sim.Advance(time.Duration(rapid.IntRange(0, 4000).Draw(r, "wait")) * time.Millisecond)
			v, _ := sim.CallView(*c.Sid)
			p := &api.UpdateCallParams{}
			p.SetStatus("canceled")
			if _, err := a.twilio.UpdateCall(*c.Sid, p); err == nil && v.Dialled == nil {
				canceled[*c.Sid] = true
			}
		}
		sim.Settle()
		sim.Advance(2 * time.Minute) // what faults have delayed
		for _, c := range sim.CallViews() {
			if err := accounted(sim, c.SID, c.Status, canceled[c.SID]); err != nil {
				r.Fatalf("seed %d: call %s to %s: %v", seed, c.SID, c.To, err)
			}
		}
	})
}

func drawCall(r *rapid.T, a *app, to string) *api.CreateCallParams {
	p := a.callParams(to)
	if rapid.IntRange(0, 5).Draw(r, "broken") == 0 {
		p.SetUrl(a.URL + "/broken")
	}
	if rapid.Bool().Draw(r, "detection") {
		p.SetMachineDetection(rapid.SampledFrom([]string{"Enable", "DetectMessageEnd"}).Draw(r, "mode"))
		p.SetAsyncAmd(strconv.FormatBool(rapid.Bool().Draw(r, "async")))
		p.SetAsyncAmdStatusCallback(a.URL + "/amd")
	}
	p.SetTimeout(rapid.IntRange(1, 60).Draw(r, "timeout"))
	return p
}

func drawFault(r *rapid.T, i int) carriersim.Fault {
	event := rapid.SampledFrom([]string{"", "initiated", "ringing", "answered", "completed"})
	callback := func(a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: event.Draw(r, fmt.Sprint("event", i))}, Action: a}
	}
	f := rapid.SampledFrom([]carriersim.Fault{
		callback(carriersim.Action{Duplicate: 1}), callback(carriersim.Action{DuplicateNewToken: 2}), callback(carriersim.Action{DelayMS: 7000}),
		callback(carriersim.Action{ReorderAfter: "completed"}), callback(carriersim.Action{BadSignature: true}), callback(carriersim.Action{Concurrent: true}),
		{Point: carriersim.TwiML, Action: carriersim.Action{Drop: true}}, {Point: carriersim.TwiML, Action: carriersim.Action{SlowMS: 16_000}},
		{Point: carriersim.TwiML, Action: carriersim.Action{EarlyClose: true}}, {Point: carriersim.Carrier, Action: carriersim.Action{SIP: 500}},
		{Point: carriersim.Carrier, Action: carriersim.Action{DropMediaMS: 1500}}, {Point: carriersim.APIAfter, Action: carriersim.Action{Drop: true}},
		{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 503}},
	}).Draw(r, fmt.Sprint("fault", i))
	f.Times = rapid.SampledFrom([]int{1, 3, -1}).Draw(r, fmt.Sprint("times", i))
	if f.Point == carriersim.APIBefore || f.Point == carriersim.APIAfter {
		f.Times = 1
	}
	return f
}

// accounted checks one call's callbacks against its resource.
func accounted(sim *simtest.T, sid, status string, canceledInQueue bool) error {
	var numbers []int
	terminal := map[string]bool{}
	for _, w := range sim.Webhooks(sid) {
		if w.Kind != hook.VoiceStatus || w.Fault == "copy" {
			continue
		}
		if len(w.Attempts) == 0 {
			return fmt.Errorf("callback %s was never sent", w.Event)
		}
		form := w.Attempts[0].Form
		n, err := strconv.Atoi(form.Get("SequenceNumber"))
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
		if form.Has("CallDuration") {
			terminal[form.Get("CallStatus")] = true
		}
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		if i != n {
			return fmt.Errorf("sequence numbers %v", numbers)
		}
	}
	if canceledInQueue {
		if len(numbers) > 0 {
			return fmt.Errorf("cancelled in the queue, but %d callbacks", len(numbers))
		}
		return nil
	}
	if len(terminal) != 1 || !terminal[status] {
		return fmt.Errorf("ended %s, terminal callbacks %v", status, terminal)
	}
	return nil
}
