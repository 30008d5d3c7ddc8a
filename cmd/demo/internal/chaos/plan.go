package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Form is the size of a run.
type Form struct {
	People         int
	CallsPerSecond int
	Factor         float64 // business seconds per second
	Kills          int     // of replicas
	DatabaseKills  int
	Outages        int           // of the carrier's API
	Patience       time.Duration // from the launch to the end of the campaign, at most
}

// Long is the form that a promise rests on; Short is a step of the tests.
func Long() Form {
	return Form{People: 5000, CallsPerSecond: 25, Factor: 60, Kills: 24, DatabaseKills: 2, Outages: 2, Patience: 8 * time.Minute}
}

// Short is the same within a minute and a half, on a smaller list.
func Short() Form {
	return Form{People: 250, CallsPerSecond: 15, Factor: 180, Kills: 6, DatabaseKills: 1, Outages: 1, Patience: 3 * time.Minute}
}

// replicas of the product that run at once.
const replicas = 2

// act is something that is done to the product, the database or the carrier.
type act string

const (
	killReplica  act = "kill a replica"
	killDatabase act = "kill PostgreSQL"
	outage       act = "carrier outage"
	textStop     act = "text STOP"
)

// event is one act of the plan. Its moment is counted in calls at the carrier
// rather than in seconds, so that it falls into the run on any machine.
type event struct {
	act     act
	after   int           // calls at the carrier
	delay   time.Duration // and then so long
	lasts   time.Duration // how long what is killed stays away
	replica int
	person  int // who texts STOP
}

// plan is all that chance decides beforehand. The same seed gives the same
// plan; what the scheduler of the machine makes of it is not in anybody's hand.
type plan struct {
	seed   uint64
	form   Form
	people []person
	events []event
}

func newPlan(seed uint64, form Form) plan {
	random := rand.New(rand.NewPCG(seed, 0x6368616f73)) //nolint:gosec // reproducible by design
	p := plan{seed: seed, form: form}
	for i := range form.People {
		p.people = append(p.people, newPerson(i, random))
	}
	for range form.Kills {
		p.add(event{act: killReplica, replica: random.IntN(replicas), lasts: span(random, 200*time.Millisecond, 2*time.Second)}, random)
	}
	for i := range form.DatabaseKills {
		e := event{act: killDatabase, lasts: span(random, 300*time.Millisecond, 2*time.Second)}
		e.after = form.People * (2*i + 1) / (2 * form.DatabaseKills) * 8 / 10 // far apart, so that recovery is over in between
		e.delay = span(random, 0, time.Second)
		p.events = append(p.events, e)
	}
	for range form.Outages {
		p.add(event{act: outage, lasts: span(random, 2*time.Second, 4*time.Second)}, random)
	}
	for i, someone := range p.people {
		if someone.stops {
			p.add(event{act: textStop, person: i}, random)
		}
	}
	slices.SortStableFunc(p.events, func(a, b event) int { return a.after - b.after })
	return p
}

// add puts an event at a random moment of the time in which calls are placed.
func (p *plan) add(e event, random *rand.Rand) {
	e.after = 1 + random.IntN(max(1, p.form.People*8/10))
	e.delay = span(random, 0, time.Second)
	p.events = append(p.events, e)
}

func span(random *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(random.Int64N(int64(to-from)))
}

func (p plan) String() string {
	counts := map[act]int{}
	for _, e := range p.events {
		counts[e.act]++
	}
	return fmt.Sprintf("seed %d: %d people, %d kills of a replica, %d of PostgreSQL, %d outages of the carrier, %d who text STOP on their own and %d while it rings",
		p.seed, len(p.people), counts[killReplica], counts[killDatabase], counts[outage], counts[textStop], len(p.ringing()))
}

// ringing are the people who text STOP while their phone rings.
func (p plan) ringing() []person {
	var list []person
	for _, someone := range p.people {
		if someone.manner == stopsRinging && someone.reply == "yes" {
			list = append(list, someone)
		}
	}
	return list
}
