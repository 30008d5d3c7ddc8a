package fidelity_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// tally is what a run looked like from the application's side: how often each
// outcome was seen, and the whole run in words, in which two runs of one seed
// must not differ.
type tally struct {
	seen  map[string]int
	story []string
}

func (y *tally) note(outcomes ...string) {
	for _, o := range outcomes {
		y.seen[o]++
	}
	y.story = append(y.story, strings.Join(outcomes, ","))
}

// scenarioRun is one run of a workload with a scenario in force, or none.
func scenarioRun(t *testing.T, name string, seed uint64, work func(*simtest.T, *app, *tally)) *tally {
	t.Helper()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.Seed, o.CPS, o.MPS = seed, 1000, 1000 }))
	a := newApp(t, sim)
	if name != "" {
		resp, err := http.Post(sim.URL+"/_sim/scenarios/"+name, "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("scenario %s: HTTP %d", name, resp.StatusCode)
		}
	}
	y := &tally{seen: map[string]int{}}
	work(sim, a, y)
	return y
}

// phoneOf is the ith phone of a persona.
func phoneOf(nn, i int) string { return fmt.Sprintf("+1202%05d%02d", 20_000+i, nn) }

// creation is what the official client made of one create.
func creation(a *app, to string) string {
	_, err := a.twilio.CreateCall(a.callParams(to))
	var refused *client.TwilioRestError
	switch {
	case err == nil:
		return "created"
	case errors.As(err, &refused):
		return fmt.Sprint(refused.Status)
	case strings.Contains(err.Error(), "unexpected EOF"):
		return "truncated"
	case strings.Contains(err.Error(), "error decoding the response"):
		return "no JSON"
	}
	return "lost"
}

// exists tells whether the carrier holds a call to a number.
func exists(t *testing.T, a *app, to string) bool {
	t.Helper()
	p := &api.ListCallParams{}
	p.SetTo(to)
	list, err := a.twilio.ListCall(p)
	if err != nil || len(list) > 1 {
		t.Fatalf("list of calls to %s: %d, %v", to, len(list), err)
	}
	return len(list) == 1
}

// callbacksOf are the status callbacks about a phone, in order of arrival.
func callbacksOf(a *app, to string) (sequence string, tokens map[string]int) {
	tokens = map[string]int{}
	for _, h := range a.seen("/status") {
		if h.Form.Get("To") == to {
			sequence += h.Form.Get("SequenceNumber")
			tokens[token(h)]++
		}
	}
	return sequence, tokens
}

// Busy lines: two callbacks a call, 400 ms apart, and no instructions.
func flakyDay(sim *simtest.T, a *app, y *tally, t *testing.T) {
	for i := range 150 {
		to := phoneOf(12, i)
		out := creation(a, to)
		if there := exists(t, a, to); there != (out == "created" || out == "no JSON") {
			t.Errorf("%s: the call exists: %t", out, there)
		}
		sim.Settle()
		sim.Advance(5 * time.Second) // what was delayed
		sequence, tokens := callbacksOf(a, to)
		outcomes := []string{out}
		first, last := strings.Index(sequence, "0"), strings.Index(sequence, "1")
		if out == "503" || out == "429" {
			if sequence != "" {
				t.Errorf("a refused create called back: %q", sequence)
			}
			first, last = 0, 1
		}
		if first < 0 || last < 0 {
			outcomes = append(outcomes, "missing")
		} else if last < first {
			outcomes = append(outcomes, "late")
		}
		for _, n := range tokens {
			outcomes = append(outcomes, fmt.Sprint("copies ", n))
		}
		slices.Sort(outcomes)
		y.note(outcomes...)
	}
}

func crashAfterAccept(sim *simtest.T, a *app, y *tally, t *testing.T) {
	for i := range 80 {
		out := creation(a, phoneOf(12, i))
		if !exists(t, a, phoneOf(12, i)) {
			t.Errorf("%s: the call does not exist; it must have counted whatever became of the answer", out)
		}
		y.note(out)
	}
	sim.Settle()
	for i := range 80 {
		if s, _ := callbacksOf(a, phoneOf(12, i)); s != "01" {
			t.Errorf("call %d: callbacks %q, want both", i, s)
		}
	}
}

// Calls that are answered and dropped at once, and then texts, of which each
// waits for no more than the next.
func reordered(sim *simtest.T, a *app, y *tally, t *testing.T) {
	for i := range 40 {
		a.call(phoneOf(23, i))
		sim.Settle()
		sequence, _ := callbacksOf(a, phoneOf(23, i))
		y.note("calls " + sequence)
	}
	for i := range 40 {
		sim.TextIn(alice, simtest.Number, fmt.Sprintf("%02d", i))
		sim.Advance(time.Second)
	}
	sim.RemoveFault("")
	sim.TextIn(alice, simtest.Number, "40") // brings along what is still held
	sim.Advance(time.Second)
	var got []string
	for _, h := range a.seen("/sms") {
		got = append(got, h.Form.Get("Body"))
	}
	for i, body := range got {
		if i > 0 && body < got[i-1] {
			y.note("texts overtaken")
		}
	}
	y.note("texts " + strings.Join(got, " "))
	slices.Sort(got)
	if len(got) != 41 || len(slices.Compact(got)) != 41 {
		t.Errorf("texts %q: want all 41, once each", got)
	}
}

// The application answers at once, but the carrier does not wait for it.
func slowApp(sim *simtest.T, a *app, y *tally, t *testing.T) {
	a.says("/sms", "<Message>Thank you.</Message>")
	for i := range 60 {
		to := phoneOf(87, i)
		a.call(to)
		sim.Settle()
		switch heard := sim.Phone(to).Calls()[0].Heard(sim.Now()); {
		case strings.Contains(heard, "application error"):
			y.note("call lost")
		case strings.Contains(heard, "automated call"):
			y.note("call heard")
		default:
			t.Errorf("call %d heard %q", i, heard)
		}
		from := phoneOf(37, i)
		sim.TextIn(from, simtest.Number, "hello")
		sim.Advance(3 * time.Second)
		y.note(fmt.Sprintf("text answered by %d", len(sim.Phone(from).Thread())-1))
	}
	// A request whose sender has gone may still be on its way to the handler.
	sim.Until("every request to reach the application", func() bool { return len(a.seen("/voice")) >= 60 && len(a.seen("/sms")) >= 60 })
	if calls, texts := len(a.seen("/voice")), len(a.seen("/sms")); calls != 60 || texts != 60 {
		t.Errorf("the application was asked %d times for instructions and got %d texts, want 60 of each", calls, texts)
	}
}

func cpsStorm(sim *simtest.T, a *app, y *tally, t *testing.T) {
	for i := range 80 {
		out := creation(a, phoneOf(12, i))
		if there := exists(t, a, phoneOf(12, i)); there != (out == "created") {
			t.Errorf("%s: the call exists: %t; a 429 is never processed", out, there)
		}
		y.note(out)
	}
	sim.Settle()
}

func stopStorm(sim *simtest.T, a *app, y *tally, t *testing.T) {
	for i := range 60 {
		from := phoneOf(37, i)
		sim.TextIn(from, simtest.Number, "STOP")
		sim.Advance(2 * time.Second)
		sids, tokens, n := map[string]bool{}, map[string]bool{}, 0
		for _, h := range a.seen("/sms") {
			if h.Form.Get("From") == from {
				sids[h.Form.Get("MessageSid")], tokens[token(h)] = true, true
				n++
			}
		}
		if len(sids) > 1 || len(tokens) > 1 {
			t.Errorf("text %d arrived under %d identifiers and %d tokens", i, len(sids), len(tokens))
		}
		y.note(fmt.Sprint("arrived ", n))
		p := &api.ListMessageParams{}
		p.SetFrom(from)
		if list, err := a.twilio.ListMessage(p); err != nil || len(list) != 1 {
			t.Errorf("text %d: found %d by listing (%v), want 1 whatever became of its webhook", i, len(list), err)
		}
	}
}

// Each scenario does to the wire what its name says, within the chances that
// it was given, and nothing else; without it nothing of the kind happens; its
// seed repeats it, and another gives another day.
func TestScenarios(t *testing.T) {
	t.Parallel()
	type bounds map[string][2]int // of how often each outcome is seen; all others must be absent
	rows := []struct {
		name    string
		seed    uint64 // of a day on which everything in the set happens
		work    func(*simtest.T, *app, *tally, *testing.T)
		calm    bounds
		outcome bounds
	}{
		{"flaky-day", 4, flakyDay, bounds{"created": {150, 150}, "copies 1": {300, 300}},
			bounds{"created": {110, 145}, "503": {1, 10}, "429": {2, 18}, "no JSON": {1, 7}, "missing": {1, 16}, "late": {1, 20}, "copies 1": {200, 290}, "copies 2": {4, 35}}},
		{"crash-after-accept", 1, crashAfterAccept, bounds{"created": {80, 80}},
			bounds{"created": {42, 70}, "lost": {2, 18}, "truncated": {2, 18}, "500": {2, 18}}},
		{"reordered", 1, reordered, bounds{"calls 0123": {40, 40}, "texts " + inOrder(41): {1, 1}},
			bounds{"calls 0123": {3, 20}, "calls 0132": {3, 20}, "calls 1023": {3, 20}, "calls 1032": {3, 20}, "texts overtaken": {2, 18}, "texts": {1, 1}}},
		{"slow-app", 1, slowApp, bounds{"call heard": {60, 60}, "text answered by 1": {60, 60}},
			bounds{"call heard": {45, 59}, "call lost": {1, 15}, "text answered by 1": {35, 57}, "text answered by 0": {3, 25}}},
		{"cps-storm", 1, cpsStorm, bounds{"created": {80, 80}}, bounds{"created": {32, 64}, "429": {16, 48}}},
		{"stop-storm", 1, stopStorm, bounds{"arrived 1": {60, 60}}, bounds{"arrived 0": {1, 16}, "arrived 1": {10, 38}, "arrived 3": {16, 44}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			run := func(name string, seed uint64) *tally {
				return scenarioRun(t, name, seed, func(sim *simtest.T, a *app, y *tally) { row.work(sim, a, y, t) })
			}
			within := func(what string, y *tally, want bounds) {
				for outcome, n := range y.seen {
					b, ok := want[outcome]
					if first, _, _ := strings.Cut(outcome, " "); !ok {
						b = want[first] // one of many that differ in detail
					}
					if n < b[0] || n > b[1] {
						t.Errorf("%s: %q %d times, want %d to %d", what, outcome, n, b[0], b[1])
					}
				}
				for outcome, b := range want {
					if b[0] > 0 && !slices.ContainsFunc(y.story, func(s string) bool { return strings.Contains(s, outcome) }) {
						t.Errorf("%s: never %q", what, outcome)
					}
				}
			}
			within("no scenario", run("", 1), row.calm)
			once := run(row.name, row.seed)
			within(row.name, once, row.outcome)
			if again := run(row.name, row.seed); !slices.Equal(once.story, again.story) {
				t.Errorf("the same seed gave another run:\n%q\n%q", once.story, again.story)
			}
			if other := run(row.name, row.seed+1); slices.Equal(once.story, other.story) {
				t.Error("another seed gave the same run")
			}
		})
	}
}

func inOrder(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%02d", i))
	}
	return strings.Join(out, " ")
}

// A scenario that is not known is refused, and those that are can be ended.
func TestScenariosEnd(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	for _, name := range []string{"cps-storm", "crash-after-accept"} {
		if _, err := http.PostForm(sim.URL+"/_sim/scenarios/"+name, url.Values{}); err != nil {
			t.Fatal(err)
		}
	}
	req, _ := http.NewRequest("DELETE", sim.URL+"/_sim/faults", nil)
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("end all faults: %v %v", resp, err)
	}
	for i := range 30 {
		if out := creation(a, phoneOf(12, i)); out != "created" {
			t.Fatalf("call %d after the end of all faults: %s", i, out)
		}
	}
	sim.Settle()
}
