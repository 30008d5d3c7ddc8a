package fault_test

import (
	"math/rand/v2"
	"testing"

	"github.com/callshu/callshu/internal/carriersim/fault"
)

func set() *fault.Set { return fault.NewSet(rand.New(rand.NewPCG(1, 2))) }

func TestTimesAndNumber(t *testing.T) {
	t.Parallel()
	strikes := func(f fault.Fault, n int) (hits []int) {
		s := set()
		f.Point, f.Action = fault.APIBefore, fault.Action{Status: 429}
		if _, err := s.Add(f); err != nil {
			t.Fatal(err)
		}
		for i := 1; i <= n; i++ {
			if _, ok := s.Strike(fault.APIBefore, fault.Facts{}, nil); ok {
				hits = append(hits, i)
			}
		}
		return hits
	}
	if got := strikes(fault.Fault{}, 3); len(got) != 1 || got[0] != 1 {
		t.Errorf("once: %v", got)
	}
	if got := strikes(fault.Fault{Times: 2}, 5); len(got) != 2 || got[1] != 2 {
		t.Errorf("twice: %v", got)
	}
	if got := strikes(fault.Fault{Times: -1}, 5); len(got) != 5 {
		t.Errorf("without end: %v", got)
	}
	if got := strikes(fault.Fault{Match: fault.Match{N: 3}}, 5); len(got) != 1 || got[0] != 3 {
		t.Errorf("the third: %v", got)
	}
	if got := strikes(fault.Fault{Times: -1, Probability: 0.3}, 1000); len(got) < 230 || len(got) > 370 {
		t.Errorf("30 %%: %d of 1000", len(got))
	}
}

func TestMatchNarrows(t *testing.T) {
	t.Parallel()
	full := fault.Match{Path: "/Calls", Method: "post", To: "+1", From: "+2", Event: "ringing", Page: 2}
	facts := fault.Facts{Path: "/x/Calls.json", Method: "POST", To: "+1", From: "+2", Event: "ringing", Page: 2}
	strike := func(m fault.Match, x fault.Facts) bool {
		s := set()
		s.Add(fault.Fault{Point: fault.Callback, Match: m, Action: fault.Action{Drop: true}})
		_, ok := s.Strike(fault.Callback, x, nil)
		return ok
	}
	if !strike(full, facts) || !strike(fault.Match{}, facts) {
		t.Error("a fitting match did not strike")
	}
	for name, change := range map[string]func(*fault.Facts){
		"path": func(x *fault.Facts) { x.Path = "/Messages" }, "method": func(x *fault.Facts) { x.Method = "GET" }, "to": func(x *fault.Facts) { x.To = "" },
		"from": func(x *fault.Facts) { x.From = "+3" }, "event": func(x *fault.Facts) { x.Event = "" }, "page": func(x *fault.Facts) { x.Page = 1 },
	} {
		x := facts
		change(&x)
		if strike(full, x) {
			t.Errorf("another %s struck all the same", name)
		}
	}
}

func TestFaultsThatCouldNeverStrikeAreRefused(t *testing.T) {
	t.Parallel()
	for _, f := range []fault.Fault{
		{Point: "nowhere", Action: fault.Action{Drop: true}},
		{Point: fault.APIBefore},
		{Point: fault.APIBefore, Action: fault.Action{Drop: true}},
		{Point: fault.APIAfter, Action: fault.Action{Reset: true}},
		{Point: fault.APIRead, Action: fault.Action{Duplicate: 1}},
		{Point: fault.Callback, Action: fault.Action{SlowMS: 1}},
		{Point: fault.TwiML, Action: fault.Action{StatusAsGet: true}},
		{Point: fault.Carrier, Action: fault.Action{Status: 500}},
		{Point: fault.APIBefore, Action: fault.Action{Status: 200}},
		{Point: fault.APIBefore, Action: fault.Action{Status: 500}, Probability: 1.5},
	} {
		if id, err := set().Add(f); err == nil {
			t.Errorf("%s: accepted %+v", id, f)
		}
	}
}

func TestScenariosAreValid(t *testing.T) {
	t.Parallel()
	for _, name := range fault.ScenarioNames() {
		list := fault.Scenario(name)
		if len(list) == 0 {
			t.Errorf("%s is empty", name)
		}
		for _, f := range list {
			if _, err := set().Add(f); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if fault.Scenario("nothing") != nil {
		t.Error("an unknown scenario has faults")
	}
}

func TestRemoveAndReplace(t *testing.T) {
	t.Parallel()
	s := set()
	id, _ := s.Add(fault.Fault{Point: fault.Callback, Action: fault.Action{Drop: true}, Times: -1})
	s.Add(fault.Fault{ID: id, Point: fault.Callback, Action: fault.Action{Duplicate: 1}})
	if l := s.List(); len(l) != 1 || l[0].Action.Duplicate != 1 {
		t.Errorf("%+v", l)
	}
	if !s.Remove(id) || s.Remove(id) || len(s.List()) != 0 {
		t.Error("Remove must report what it did")
	}
}
