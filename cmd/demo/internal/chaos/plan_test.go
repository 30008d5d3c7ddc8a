package chaos

import (
	"reflect"
	"testing"

	"github.com/callshu/callshu/internal/carriersim/persona"
)

// A seed is a plan: the same one gives the same people and the same acts.
func TestPlanIsItsSeed(t *testing.T) {
	t.Parallel()
	if a, b := newPlan(7, Long()), newPlan(7, Long()); !reflect.DeepEqual(a, b) {
		t.Error("the same seed gave two plans")
	}
	if a, b := newPlan(7, Short()), newPlan(8, Short()); reflect.DeepEqual(a.events, b.events) {
		t.Error("another seed gave the same plan")
	}
}

// The plan does what it is for, and all of it while calls are placed: most
// people are called, and some of those who are not stand for every reason.
func TestPlanIsCarriedOutWhileCallsArePlaced(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]Form{"long": Long(), "short": Short()} {
		for seed := range uint64(20) {
			p := newPlan(seed, form)
			count, replies, manners := map[act]int{}, map[string]int{}, map[string]int{}
			for _, someone := range p.people {
				replies[someone.reply]++
				manners[someone.manner]++
			}
			for i, e := range p.events {
				count[e.act]++
				if e.after < 1 || e.after > form.People*8/10 || i > 0 && e.after < p.events[i-1].after {
					t.Fatalf("%s, seed %d: event %d comes after %d calls", name, seed, i, e.after)
				}
			}
			if count[killReplica] != form.Kills || count[killDatabase] != form.DatabaseKills || count[outage] != form.Outages || count[textStop] == 0 || len(p.ringing()) == 0 {
				t.Fatalf("%s, seed %d: %v", name, seed, count)
			}
			if replies["yes"] < form.People*85/100 || replies["stop"] == 0 || replies["silent"] == 0 {
				t.Fatalf("%s, seed %d: %v", name, seed, replies)
			}
			if len(p.people) != form.People || form.People > most {
				t.Fatalf("%s: %d people", name, len(p.people))
			}
		}
	}
	if f := Long(); f.People != 5000 || f.Kills < 20 || f.DatabaseKills < 2 {
		t.Errorf("the long form is %+v", f)
	}
}

// Everybody has a number of their own, in the range for fiction, and acts in a
// way that the simulator can perform.
func TestPeopleAreWhoTheySayTheyAre(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range newPlan(1, Long()).people {
		if seen[p.phone] || len(p.phone) != 12 || p.phone[5:10] != "55501" || p.at.zone == "" {
			t.Fatalf("%+v", p)
		}
		seen[p.phone] = true
		if err := p.owner().Validate(); err != nil {
			t.Fatalf("%s: %v", p.manner, err)
		}
	}
	share := 0
	for _, m := range manners {
		share += m.share
		p := person{manner: m.name, picks: 1000}
		if usual := (person{manner: pressesEarly, picks: 1000}); m.name != pressesEarly && reflect.DeepEqual(p.voice(), usual.voice()) {
			t.Errorf("whoever %s acts like everybody", m.name)
		}
	}
	if share != 100 {
		t.Errorf("the manners make %d of a hundred", share)
	}
	var _ persona.Persona = newPlan(1, Short()).people[0].owner()
}

// Every fault is one that can strike, and each kind of failure is there before
// and after it counted.
func TestFaultsComeInPairs(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, f := range append(faults(), outages()...) {
		if err := f.Validate(); err != nil {
			t.Fatal(err)
		}
		count[f.Point]++
	}
	if count["api.before"] < 4 || count["api.after"] < 4 || count["callback"] < 5 || count["twiml"] < 2 || count["sms.inbound"] < 3 {
		t.Errorf("%v", count)
	}
}
