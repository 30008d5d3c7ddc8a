package vclock_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/vclock"
)

func TestGroupHasATimeOfItsOwn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	clock := vclock.NewManual(start())
	s := vclock.NewScheduler(&mu, clock)
	g := vclock.NewGroup(s.After, s.Now)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+s.Now().Sub(start()).String()) }
	}
	g.After(3*time.Second, false, note("network"))
	g.After(2*time.Second, true, note("person"))
	clock.Advance(time.Second)
	g.Hold()
	g.Hold() // holds nest
	g.After(time.Second, false, note("new"))
	clock.Advance(10 * time.Second)
	g.Release()
	clock.Advance(10 * time.Second)
	if len(got) != 0 {
		t.Fatalf("ran while held: %v", got)
	}
	g.Release()
	clock.Advance(5 * time.Second)
	if want := []string{"person22s", "new22s", "network23s"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestGroupRushesThePersonInOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	s := vclock.NewScheduler(&mu, vclock.NewManual(start()))
	g := vclock.NewGroup(s.After, s.Now)
	var got []string
	note := func(name string) func() { return func() { got = append(got, name) } }
	g.After(200*time.Millisecond, true, note("second"))
	g.After(100*time.Millisecond, true, note("first"))
	g.After(100*time.Millisecond, false, note("network"))
	g.After(time.Second, true, note("later"))
	dropped := g.After(0, true, note("dropped"))
	g.Hold()
	dropped.Drop()
	dropped.Drop()
	g.Rush(250 * time.Millisecond)
	if !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("ran %v", got)
	}
	g.DropPerson()
	g.DropAll()
	g.Release()
	if _, planned := s.Next(); planned {
		t.Error("dropped events are still planned")
	}
}
