package vclock

import (
	"slices"
	"time"
)

// Group is a set of events with a time of its own, which can be held while the
// clock goes on: what happens on one telephone line. It is used under its
// owner's lock.
type Group struct {
	after   func(time.Duration, func()) *Timer
	now     func() time.Time
	planned []*Planned
	holds   int
}

// Planned is one event of a Group.
type Planned struct {
	g      *Group
	t      *Timer
	f      func()
	left   time.Duration
	person bool
	done   bool
}

// NewGroup returns an empty group on somebody's clock.
func NewGroup(after func(time.Duration, func()) *Timer, now func() time.Time) *Group {
	return &Group{after: after, now: now}
}

// After plans f for d of the group's own time; person marks what a person does
// rather than a network.
func (g *Group) After(d time.Duration, person bool, f func()) *Planned {
	p := &Planned{g: g, f: f, left: d, person: person}
	g.planned = append(g.planned, p)
	if g.holds == 0 {
		g.plan(p)
	}
	return p
}

func (g *Group) plan(p *Planned) { p.t = g.after(p.left, p.fire) }

func (p *Planned) fire() {
	if !p.done {
		p.Drop()
		p.f()
	}
}

// Drop forgets an event; one that is nil, or has happened, is none.
func (p *Planned) Drop() {
	if p == nil || p.done {
		return
	}
	p.done = true
	p.t.Stop()
	i := slices.Index(p.g.planned, p)
	p.g.planned = slices.Delete(p.g.planned, i, i+1)
}

// DropAll forgets every event.
func (g *Group) DropAll() {
	for _, p := range slices.Clone(g.planned) {
		p.Drop()
	}
}

// DropPerson forgets what the person was about to do.
func (g *Group) DropPerson() {
	for _, p := range slices.Clone(g.planned) {
		if p.person {
			p.Drop()
		}
	}
}

// Hold stops the group's time; holds nest.
func (g *Group) Hold() {
	g.holds++
	if g.holds > 1 {
		return
	}
	now := g.now()
	for _, p := range g.planned {
		p.left = max(p.t.At().Sub(now), 0)
		p.t.Stop()
	}
}

// Release undoes one Hold.
func (g *Group) Release() {
	g.holds--
	if g.holds > 0 {
		return
	}
	slices.SortStableFunc(g.planned, byLeft)
	for _, p := range g.planned {
		g.plan(p)
	}
}

// Rush does at once, in order, what the person of a held group would do within
// a moment.
func (g *Group) Rush(within time.Duration) {
	soon := slices.Clone(g.planned)
	slices.SortStableFunc(soon, byLeft)
	for _, p := range soon {
		if p.person && p.left <= within {
			p.fire()
		}
	}
}

func byLeft(a, b *Planned) int { return int(a.left - b.left) }
