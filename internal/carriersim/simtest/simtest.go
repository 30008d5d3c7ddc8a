// Package simtest owns the carrier simulator as tests use it: a running
// simulator on a manual clock, phones that a test answers as their owner, and
// a closing check that nothing happened which the test did not expect. It
// drives the clock itself while it waits, so that tests never sleep, and must
// never be linked into a program.
package simtest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// The account that Start serves unless told otherwise.
const (
	AccountSID = "AC00000000000000000000000000000001"
	AuthToken  = "0123456789abcdef0123456789abcdef"
	// Number is the account's only number.
	Number = "+12025550000"
)

// Monday is where the manual clock starts: 09:02 in Toronto and New York, on a
// working day.
func Monday() time.Time { return time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC) }

// T is a running simulator that belongs to one test.
type T struct {
	*carriersim.Sim
	// URL is what a product takes for https://api.twilio.com.
	URL string

	tb       testing.TB
	srv      *httptest.Server
	patience time.Duration
	deadline time.Duration

	mu       sync.Mutex
	claimed  map[string]bool // SIDs of calls and texts that a test has dealt with
	allowed  map[string]bool
	personas bool
}

type settings struct {
	sim      carriersim.Options
	patience time.Duration
	deadline time.Duration
	personas bool
}

// Option changes how Start sets the simulator up.
type Option func(*settings)

// With changes any of the simulator's own options.
func With(change func(*carriersim.Options)) Option {
	return func(s *settings) { change(&s.sim) }
}

// WithClock shares a clock with the product. One that has an Advance method is
// driven by the helper; any other runs by itself.
func WithClock(c carriersim.Clock) Option {
	return func(s *settings) { s.sim.Clock = c }
}

// WithNumbers replaces the account's numbers.
func WithNumbers(numbers ...carriersim.NumberConfig) Option {
	return func(s *settings) { s.sim.Numbers = numbers }
}

// WithPersonas lets every phone behave as the table of personas says; calls
// and texts to them then need not be expected one by one.
func WithPersonas() Option {
	return func(s *settings) { s.personas, s.sim.DefaultPersona, s.sim.Freeze = true, "", false }
}

// Patience bounds the carrier time that may pass in one wait (2 min).
func Patience(d time.Duration) Option { return func(s *settings) { s.patience = d } }

// Deadline bounds the machine time of one wait (2 min).
func Deadline(d time.Duration) Option { return func(s *settings) { s.deadline = d } }

// Start runs a simulator until the test ends, and then fails the test on every
// unexpected call or text, failed webhook, debugger entry and violation.
func Start(tb testing.TB, options ...Option) *T {
	tb.Helper()
	cfg := settings{patience: 2 * time.Minute, deadline: 2 * time.Minute}
	// The product is shut down before this package's closing check; what its
	// going away does to webhooks in flight is nobody's fault.
	cfg.sim = carriersim.Options{Life: tb.Context(), AccountSID: AccountSID, AuthToken: AuthToken, CPS: 100, MPS: 100, Freeze: true,
		DefaultPersona: "hand", Numbers: []carriersim.NumberConfig{{Number: Number}}}
	for _, o := range options {
		o(&cfg)
	}
	if cfg.sim.Clock == nil {
		cfg.sim.Clock = vclock.NewManual(Monday())
	}
	sim, err := carriersim.New(cfg.sim)
	if err != nil {
		tb.Fatal(err)
	}
	s := &T{Sim: sim, tb: tb, srv: httptest.NewServer(sim), patience: cfg.patience, deadline: cfg.deadline,
		personas: cfg.personas, claimed: map[string]bool{}, allowed: map[string]bool{}}
	s.URL = s.srv.URL
	tb.Cleanup(s.finish)
	return s
}

// Fault makes something go wrong.
func (s *T) Fault(f carriersim.Fault) {
	s.tb.Helper()
	if _, err := s.AddFault(f); err != nil {
		s.tb.Fatal(err)
	}
}

// Allow takes findings off the closing check: a kind of violation
// ("slow_webhook"), the code of a debugger entry ("11200"), "failed webhook",
// or a phone number, whose calls and texts then need not be expected.
func (s *T) Allow(findings ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range findings {
		s.allowed[f] = true
	}
}

func (s *T) isAllowed(finding string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allowed[finding]
}

// claim marks a call or text as expected; it reports whether it was free.
func (s *T) claim(sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed[sid] {
		return false
	}
	s.claimed[sid] = true
	return true
}

func (s *T) isClaimed(sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[sid]
}

// Advance lets d of carrier time pass, event by event; the product answers
// each webhook before time goes on.
func (s *T) Advance(d time.Duration) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), s.deadline)
	defer cancel()
	if err := s.Sim.Advance(ctx, d); err != nil {
		s.tb.Fatalf("advance by %v: %v", d, err)
	}
}

// Until drives the clock until a condition holds, which may be one of the
// product's; it fails the test when the patience or the deadline is over.
func (s *T) Until(what string, holds func() bool) {
	s.tb.Helper()
	if !s.drive(holds, time.Minute) {
		s.tb.Fatalf("still waiting: %s\n%s", what, s.dump())
	}
}

// Settle drives the clock until no call is live and no webhook in flight.
func (s *T) Settle() {
	s.tb.Helper()
	s.Until("all calls to end", func() bool { return s.Stats().Live == 0 && s.InFlight() == 0 })
}

type nexter interface {
	Next() (time.Time, bool)
}

// drive waits for a condition. Time moves only when no webhook is in flight:
// in steps to the next event, at most of maxStep each, or else as fast as the
// machine's own, since a product whose machine is slow may put off until a
// little later what this waits for.
func (s *T) drive(holds func() bool, maxStep time.Duration) bool {
	end := time.Now().Add(s.deadline)
	until := s.Now().Add(s.patience)
	poll := time.NewTimer(0)
	defer poll.Stop()
	for {
		changed := s.Changed()
		if holds() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		if s.InFlight() == 0 && s.step(until, maxStep) {
			continue
		}
		idle := time.Now()
		poll.Reset(3 * time.Millisecond)
		select {
		case <-changed:
		case <-poll.C:
		}
		if clock, ok := s.Clock().(vclock.Advancer); ok && s.InFlight() == 0 {
			clock.Advance(max(0, min(time.Since(idle), until.Sub(clock.Now()))))
		}
	}
}

// step moves the clock towards its next event; it reports whether it did.
func (s *T) step(until time.Time, maxStep time.Duration) bool {
	clock, ok := s.Clock().(vclock.Advancer)
	if !ok {
		return false
	}
	next, planned := s.Next()
	if n, ok := clock.(nexter); ok {
		next, planned = n.Next()
	}
	if !planned || next.After(until) {
		return false
	}
	clock.Advance(min(max(next.Sub(clock.Now()), 0), maxStep))
	return true
}

// finish is the closing check.
func (s *T) finish() {
	s.Sim.Close()
	s.srv.CloseClientConnections()
	s.srv.Close()
	for _, finding := range s.findings() {
		s.tb.Error("carrier simulator: " + finding)
	}
	if s.tb.Failed() {
		s.tb.Logf("carrier simulator: seed %d\n%s", s.Seed(), s.dump())
	}
}

func (s *T) findings() []string {
	var out []string
	for _, p := range s.Phones() {
		if s.personas || s.isAllowed(p.Number) {
			continue
		}
		for _, c := range p.Calls {
			if !s.isClaimed(c.SID) {
				out = append(out, fmt.Sprintf("unexpected call to %s (%s, %s)", p.Number, c.SID, c.Status))
			}
		}
		for _, m := range p.Thread {
			if m.Origin == "app" && !s.isClaimed(m.SID) {
				out = append(out, fmt.Sprintf("unexpected text to %s: %q", p.Number, m.Body))
			}
		}
	}
	for _, w := range s.Webhooks("") {
		if w.Done && w.Code != 0 && w.Fault == "" && !w.Forged && !s.isAllowed("failed webhook") {
			out = append(out, fmt.Sprintf("failed webhook %s %s to %s: %d %s", w.Kind, w.Event, w.URL, w.Code, w.Error))
		}
	}
	for _, a := range s.Alerts() {
		if !a.Fault && !s.isAllowed(fmt.Sprint(a.Code)) {
			out = append(out, fmt.Sprintf("debugger %d at %s: %s", a.Code, a.URL, a.Text))
		}
	}
	for _, v := range s.Violations() {
		if !s.isAllowed(v.Kind) {
			out = append(out, fmt.Sprintf("violation %s at %s: %s", v.Kind, v.Phone, v.Detail))
		}
	}
	return out
}

// dump is what a reader needs to see why a wait was in vain.
func (s *T) dump() string {
	var b strings.Builder
	for _, p := range s.Phones() {
		if len(p.Calls)+len(p.Thread) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s (%s, %s)\n", p.Number, p.Title, p.State)
		for _, c := range p.Calls {
			fmt.Fprintf(&b, "  call %s %s, keys %q, heard %q\n", c.SID, c.Status, c.Keys, c.Heard(s.Now()))
		}
		for _, m := range p.Thread {
			fmt.Fprintf(&b, "  %s %s: %q\n", m.At.Format(time.TimeOnly), m.Origin, m.Body)
		}
	}
	for _, r := range lastOf(s.Requests(), 10) {
		fmt.Fprintf(&b, "request %s %s: %d %d\n", r.Method, r.Path, r.Status, r.Code)
	}
	for _, w := range lastOf(s.Webhooks(""), 20) {
		fmt.Fprintf(&b, "webhook %s %s %s: done %t, %d %s\n", w.Kind, w.Event, w.URL, w.Done, w.Status, w.Error)
	}
	for _, a := range lastOf(s.Alerts(), 10) {
		fmt.Fprintf(&b, "debugger %d %s\n", a.Code, a.Text)
	}
	return b.String()
}

func lastOf[T any](list []T, n int) []T { return slices.Clone(list[max(0, len(list)-n):]) }
