package smoke

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/simctl"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

// member is one employee and what is expected of the calls to them.
type member struct {
	sample.Person
	voice string
}

type crew []member

const crewSize = 64

// role is a number of people who act alike.
type role struct {
	reply, voice string
	count        int
}

// roles of those who do not simply press 1 in the middle of the first sentence.
// People are called in the order of their names: who listens longest comes
// first, so that the run is short.
func roles() []role {
	return []role{
		{"yes", "by hand", 1}, {"yes", "listens1", 4}, {"yes", "voicemail", 2}, {"yes", "stop9", 1}, {"yes", "notme8", 1},
		{"yes", "hangs up", 2}, {"yes", "declines", 3}, {"yes", "busy", 2}, {"yes", "unreachable", 1}, {"yes", "press2", 8},
		{"stop", "", 6}, {"silent", "", 4},
	}
}

// assemble takes people of the sample whose calling hours are open at 09:02 in
// Toronto.
func assemble() (crew, error) {
	people, err := sample.People()
	if err != nil {
		return nil, err
	}
	var all crew
	for _, p := range people {
		if p.Zone == "" && len(all) < crewSize {
			all = append(all, member{Person: p, voice: "early1"})
			all[len(all)-1].Reply = "yes"
		}
	}
	if len(all) < crewSize {
		return nil, errors.New("the sample has too few people in the eastern zone")
	}
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
	i := 0
	for _, r := range roles() {
		for range r.count {
			all[i].Reply, all[i].voice = r.reply, r.voice
			i++
		}
	}
	return all, nil
}

func (c crew) people() []sample.Person {
	list := make([]sample.Person, len(c))
	for i, m := range c {
		list[i] = m.Person
	}
	return list
}

func (c crew) count(reply string) int {
	n := 0
	for _, m := range c {
		if m.Reply == reply {
			n++
		}
	}
	return n
}

// acting counts those who were called and act in one of some ways.
func (c crew) acting(voices ...string) int {
	n := 0
	for _, m := range c {
		for _, v := range voices {
			if m.Reply == "yes" && m.voice == v {
				n++
			}
		}
	}
	return n
}

// with returns the first of those who act in one way.
func (c crew) with(voice string) (member, error) {
	for _, m := range c {
		if m.voice == voice {
			return m, nil
		}
	}
	return member{}, fmt.Errorf("nobody in the crew is %q", voice)
}

// moveIn puts each of them at their phone.
func (c crew) moveIn(ctx context.Context, sim *simctl.Client) error {
	for i, m := range c {
		owner, err := m.owner(i)
		if err != nil {
			return err
		}
		if err := sim.SetOwner(ctx, m.Phone, owner); err != nil {
			return err
		}
	}
	return nil
}

func (m member) owner(i int) (carriersim.Persona, error) {
	owner := carriersim.Persona{Code: m.voice, Title: m.Name}
	pickUp := 600 + i%7*150
	speaks := []amd.Sound{{Kind: "speech", MS: 600}}
	answers := func(steps ...persona.Step) persona.Voice {
		return persona.Voice{Do: "answer", AfterMS: pickUp, Audio: speaks, Steps: steps}
	}
	midway := func(key string) persona.Step { return persona.Step{On: "say", Nth: 1, AfterMS: 2500, Press: key} }
	switch m.voice {
	case "early1":
		owner.Voice = answers(midway("1"))
	case "press2":
		owner.Voice = answers(midway("2"))
	case "listens1":
		owner.Voice = answers(persona.Step{On: "waiting", Nth: 1, AfterMS: 1500, Press: "1"})
	case "stop9":
		owner.Voice = answers(midway("9"))
	case "notme8":
		owner.Voice = answers(midway("8"))
	case "hangs up":
		owner.Voice = answers(persona.Step{On: "say", Nth: 1, AfterMS: 1000, HangUp: true})
	case "voicemail":
		owner.Voice = persona.Voice{Do: "answer", AfterMS: 1500, Audio: []amd.Sound{{Kind: "speech", MS: 4000}, {Kind: "silence", MS: 700}, {Kind: "beep", MS: 400}},
			Steps: []persona.Step{{On: "answered", AfterMS: 60_000, HangUp: true}}}
	case "declines":
		owner.Voice = persona.Voice{Do: "decline", AfterMS: 2000}
	case "busy":
		owner.Voice = persona.Voice{Do: "busy", AfterMS: 500}
	case "unreachable":
		owner.Voice = persona.Voice{Do: "fail", SIP: 404, AfterMS: 500}
	case "by hand", "":
		owner.Voice = persona.Voice{Do: "hand"}
	default:
		return owner, fmt.Errorf("nobody acts as %q", m.voice)
	}
	switch m.Reply {
	case "yes":
		owner.Texts = []persona.Reply{{AfterMS: 300, Body: "{yes}"}}
	case "stop":
		owner.Texts = []persona.Reply{{AfterMS: 300, Body: "STOP"}}
	}
	return owner, nil
}
