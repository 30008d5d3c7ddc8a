package vclock_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/vclock"
)

func start() time.Time { return time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC) }

func TestSchedulerRunsInOrderOfTimeThenOfPlanning(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	clock := vclock.NewManual(start())
	s := vclock.NewScheduler(&mu, clock)
	var got []string
	plan := func(name string, d time.Duration) *vclock.Timer {
		return s.After(d, func() { got = append(got, name+s.Now().Sub(start()).String()) })
	}
	mu.Lock()
	plan("c", 3*time.Second)
	plan("a", time.Second)
	dropped := plan("x", 2*time.Second)
	plan("b", time.Second)
	s.After(time.Second, func() { plan("d", time.Second) })
	plan("past", -time.Second)
	if !dropped.Stop() || dropped.Stop() {
		t.Error("Stop must report true once, then false")
	}
	mu.Unlock()
	if len(got) != 0 {
		t.Error("an event ran inside After")
	}
	clock.Advance(10 * time.Second)
	if want := []string{"past0s", "a1s", "b1s", "d2s", "c3s"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestEventsSurviveAChangeOfClock(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	slow := vclock.NewManual(start())
	s := vclock.NewScheduler(&mu, slow)
	done := make(chan time.Time, 1)
	mu.Lock()
	s.After(time.Hour, func() { done <- s.Now() })
	s.SetClock(vclock.NewScaled(start(), 1e6))
	mu.Unlock()
	slow.Advance(2 * time.Hour) // the old clock no longer matters
	select {
	case at := <-done:
		if at.Sub(start()) < time.Hour {
			t.Errorf("ran at +%v", at.Sub(start()))
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("an hour at a million times the speed never passed")
	}
}

func TestCloseDropsEverything(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	clock := vclock.NewManual(start())
	s := vclock.NewScheduler(&mu, clock)
	mu.Lock()
	timer := s.After(time.Second, func() { t.Error("ran after Close") })
	s.Close()
	if timer.Stop() {
		t.Error("a closed scheduler has nothing to stop")
	}
	mu.Unlock()
	clock.Advance(time.Minute)
}

func TestManualStopsAndNests(t *testing.T) {
	t.Parallel()
	clock := vclock.NewManual(start())
	var got []time.Duration
	clock.AfterFunc(time.Second, func() {
		got = append(got, clock.Now().Sub(start()))
		clock.AfterFunc(time.Second, func() { got = append(got, clock.Now().Sub(start())) })
	})
	stop := clock.AfterFunc(time.Second, func() { t.Error("a stopped function ran") })
	if !stop() || stop() {
		t.Error("stop must report true once, then false")
	}
	clock.Advance(3 * time.Second)
	if !slices.Equal(got, []time.Duration{time.Second, 2 * time.Second}) || clock.Now().Sub(start()) != 3*time.Second {
		t.Errorf("ran at %v, clock at +%v", got, clock.Now().Sub(start()))
	}
}
