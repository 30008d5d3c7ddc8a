// Package engine owns the simulated carrier itself: numbers, calls, texts,
// phones and their owners, the queue, the webhooks, and the oracle that notes
// what a correct application would never do. Everything happens under one
// lock on one clock; requests to the application run outside it and report
// back. It must never know the application's own types, and serves no HTTP.
package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// Engine is one simulated carrier account. Its methods may be called from any
// goroutine.
type Engine struct {
	mu      sync.Mutex
	cfg     Config
	sched   *vclock.Scheduler
	rng     *rand.Rand
	faults  *fault.Set
	sender  *hook.Sender
	ctx     context.Context //nolint:containedctx // the engine's own life, for webhooks in flight
	cancel  context.CancelFunc
	flying  sync.WaitGroup
	aloft   int // webhooks in flight
	serving int // REST requests being served
	closed  bool

	numbers  map[string]*number
	services map[string]*ServiceConfig

	calls     []*Call
	callBySID map[string]*Call
	live      map[string][]*Call // calls that have not ended, by the other party's number
	queue     []*Call
	nextSlot  time.Time
	pumpTimer *vclock.Timer
	outage    time.Time // every call fails until then

	phones  map[string]*Phone
	order   []*Phone // in order of first appearance
	blocked map[pair]bool
	rates   map[string]time.Time // when a sender's next segment may leave
	held    []func()             // inbound texts held back by a fault

	messages     []*Message
	messageBySID map[string]*Message

	webhooks   []*Webhook
	requests   []APIRequest
	alerts     []Alert
	oracle     oracle
	violations []Violation

	changed  chan struct{}
	watchers map[*Watcher]struct{}
}

// number is a NumberConfig with the identity the carrier gave it.
type number struct {
	NumberConfig
	SID     string
	Created time.Time
}

// New returns a running engine.
func New(cfg Config) (*Engine, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("carrier simulator: %w", err)
	}
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64() //nolint:gosec // not a secret
	}
	if cfg.Clock == nil {
		cfg.Clock = vclock.NewScaled(time.Now(), 1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{cfg: cfg, ctx: ctx, cancel: cancel, changed: make(chan struct{}), watchers: map[*Watcher]struct{}{}}
	e.sched = vclock.NewScheduler(&e.mu, cfg.Clock)
	e.sender = hook.New(e.hookOptions())
	e.clear()
	return e, nil
}

// enter takes the lock for one step, in which time stands still; the returned
// function gives it back.
func (e *Engine) enter() (leave func()) {
	e.mu.Lock()
	e.sched.Freeze()
	return e.leave
}

func (e *Engine) leave() {
	e.sched.Thaw()
	e.mu.Unlock()
}

// clear sets up empty state: new engine, or reset.
func (e *Engine) clear() {
	e.rng = rand.New(rand.NewPCG(e.cfg.Seed, 0x63616c6c)) //nolint:gosec // reproducible by design
	e.faults = fault.NewSet(rand.New(rand.NewPCG(e.cfg.Seed, 0x6661756c)))
	e.numbers, e.services = map[string]*number{}, map[string]*ServiceConfig{}
	e.callBySID, e.live = map[string]*Call{}, map[string][]*Call{}
	e.messageBySID, e.phones = map[string]*Message{}, map[string]*Phone{}
	e.blocked, e.rates = map[pair]bool{}, map[string]time.Time{}
	e.oracle = newOracle()
	for _, s := range e.cfg.Services {
		e.services[s.SID] = &s
	}
	for _, n := range e.cfg.Numbers {
		e.setNumber(n)
	}
}

// Reset forgets every call, text, phone, fault and finding, as if the
// simulator had just been started; webhooks in flight are abandoned.
func (e *Engine) Reset() {
	defer e.enter()()
	clock := e.sched.Clock()
	e.sched.Close()
	e.sched = vclock.NewScheduler(&e.mu, clock)
	for _, c := range e.calls {
		c.gen++
		c.dropTimers(everyTimer)
		c.Status = StatusCanceled
	}
	e.calls, e.queue, e.order, e.held, e.messages = nil, nil, nil, nil, nil
	e.webhooks, e.requests, e.alerts, e.violations = nil, nil, nil, nil
	e.nextSlot, e.outage, e.pumpTimer = time.Time{}, time.Time{}, nil
	e.clear()
	e.touch("")
}

// Close ends all activity and waits for webhooks in flight to return.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.sched.Close()
	e.cancel()
	e.touch("")
	e.mu.Unlock()
	e.flying.Wait()
	e.sender.Close()
}

// Seed is the seed in use, for reproducing a run.
func (e *Engine) Seed() uint64 { return e.cfg.Seed }

// Clock is the clock in use.
func (e *Engine) Clock() vclock.Clock {
	defer e.enter()()
	return e.sched.Clock()
}

// Now is the present instant of the carrier's clock.
func (e *Engine) Now() time.Time {
	defer e.enter()()
	return e.sched.Now()
}

func (e *Engine) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[e.rng.IntN(16)]
	}
	return string(b)
}

func (e *Engine) sid(prefix string) string { return prefix + e.hex(32) }

// RequestSID returns a new identifier for a REST request.
func (e *Engine) RequestSID() string {
	defer e.enter()()
	return e.sid("RQ")
}

func (e *Engine) token() string {
	h := e.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// SetNumber adds one of the account's numbers or changes it.
func (e *Engine) SetNumber(n NumberConfig) error {
	if err := n.check(); err != nil {
		return fmt.Errorf("set number: %w", err)
	}
	defer e.enter()()
	e.setNumber(n)
	e.touch("")
	return nil
}

func (e *Engine) setNumber(n NumberConfig) {
	if n.Type == "" {
		n.Type = LongCode
	}
	if old, ok := e.numbers[n.Number]; ok {
		old.NumberConfig = n
		return
	}
	e.numbers[n.Number] = &number{NumberConfig: n, SID: e.sid("PN"), Created: e.sched.Now()}
}

// SetService adds a Messaging Service or changes it.
func (e *Engine) SetService(s ServiceConfig) error {
	if len(s.SID) != 34 || s.SID[:2] != "MG" {
		return fmt.Errorf("set service: SID %q: want MG and 32 hexadecimal digits", s.SID)
	}
	defer e.enter()()
	e.services[s.SID] = &s
	return nil
}

// Configure changes the running configuration. Clock, seed, account and
// numbers have calls of their own and are left alone.
func (e *Engine) Configure(change func(*Config)) error {
	defer e.enter()()
	next := e.cfg
	change(&next)
	if err := next.check(); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	next.Clock, next.Seed, next.Numbers, next.Services = e.cfg.Clock, e.cfg.Seed, e.cfg.Numbers, e.cfg.Services
	next.AccountSID, next.AuthToken = e.cfg.AccountSID, e.cfg.AuthToken
	e.cfg = next
	old := e.sender
	e.sender = hook.New(e.hookOptions())
	old.Close()
	e.pump()
	e.touch("")
	return nil
}

// Config returns the configuration in force, numbers and services included.
func (e *Engine) Config() Config {
	defer e.enter()()
	cfg := e.cfg
	cfg.Numbers, cfg.Services = nil, nil
	for _, n := range e.sortedNumbers() {
		cfg.Numbers = append(cfg.Numbers, n.NumberConfig)
	}
	for _, s := range e.services {
		cfg.Services = append(cfg.Services, *s)
	}
	return cfg
}

// Authenticate checks Basic credentials: the account's own or an API key's.
func (e *Engine) Authenticate(user, password string) bool {
	defer e.enter()()
	if user == e.cfg.AccountSID {
		return password == e.cfg.AuthToken
	}
	secret, ok := e.cfg.APIKeys[user]
	return ok && password == secret
}

// AccountSID is the account this carrier serves.
func (e *Engine) AccountSID() string { return e.cfg.AccountSID }

// RESTConcurrency is the most REST requests to serve at once; 0 for no limit.
func (e *Engine) RESTConcurrency() int {
	defer e.enter()()
	return e.cfg.RESTConcurrency
}

// RetryAfter tells whether a 429 carries that header.
func (e *Engine) RetryAfter() bool {
	defer e.enter()()
	return e.cfg.Switches.RetryAfter
}

// AddFault puts a fault in force and returns its id.
func (e *Engine) AddFault(f fault.Fault) (string, error) {
	defer e.enter()()
	defer e.touch("")
	return e.faults.Add(f)
}

// RemoveFault ends one fault; an empty id ends all.
func (e *Engine) RemoveFault(id string) bool {
	defer e.enter()()
	defer e.touch("")
	if id == "" {
		e.faults.Clear()
		return true
	}
	return e.faults.Remove(id)
}

// Faults lists the faults, spent ones included.
func (e *Engine) Faults() []fault.Fault {
	defer e.enter()()
	return e.faults.List()
}

// Strike asks whether a fault applies to a REST request.
func (e *Engine) Strike(point string, facts fault.Facts) (fault.Action, bool) {
	defer e.enter()()
	return e.faults.Strike(point, facts, nil)
}
