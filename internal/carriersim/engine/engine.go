// Package engine owns the simulated carrier as a whole: it puts the rooms
// (calls, texts, and the ground they stand on) together and takes the lock for
// whoever comes from outside. It serves no HTTP and must never know the
// application's own types.
package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/texts"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Engine is one simulated carrier account. Its methods may be called from any
// goroutine.
type Engine struct {
	*calls.Calls
	*texts.Texts
	core *core.Core
}

// What people look at, under the names that callers use.
type (
	// PhoneView is a phone.
	PhoneView = view.Phone
	// CallView is a call.
	CallView = view.Call
)

// New returns a running carrier; the caller must Close it.
func New(cfg settings.Config) (*Engine, error) {
	c, err := core.New(cfg)
	if err != nil {
		return nil, err
	}
	t := texts.New(c)
	return &Engine{Calls: calls.New(c, t.Receive), Texts: t, core: c}, nil
}

// Reset forgets every call, text, phone, fault and finding, as if the
// simulator had just been started; webhooks in flight are abandoned.
func (e *Engine) Reset() {
	defer e.core.Enter()()
	e.Calls.Clear()
	e.Texts.Clear()
	e.core.Reset()
}

// Close ends all activity and waits for webhooks in flight to return.
func (e *Engine) Close() { e.core.Close() }

// Seed is the seed in use, for reproducing a run.
func (e *Engine) Seed() uint64 {
	defer e.core.Enter()()
	return e.core.Cfg.Seed
}

// AccountSID is the account this carrier serves.
func (e *Engine) AccountSID() string {
	defer e.core.Enter()()
	return e.core.Cfg.AccountSID
}

// Now is the present instant of the carrier's clock.
func (e *Engine) Now() time.Time {
	defer e.core.Enter()()
	return e.core.Now()
}

// Clock is the clock in use.
func (e *Engine) Clock() vclock.Clock {
	defer e.core.Enter()()
	return e.core.Clock()
}

// SetClock continues on another clock: real, scaled by a factor, or manual.
func (e *Engine) SetClock(mode string, factor float64) error { return e.core.SetClock(mode, factor) }

// ClockMode describes the clock in use.
func (e *Engine) ClockMode() (mode string, factor float64) { return e.core.ClockMode() }

// Next tells when the earliest event falls due.
func (e *Engine) Next() (time.Time, bool) { return e.core.Next() }

// InFlight is the number of webhooks that the application has not answered and
// of its own requests that are being served.
func (e *Engine) InFlight() int { return e.core.InFlight() }

// Serve counts a request of the application's as in flight until done.
func (e *Engine) Serve() (done func()) { return e.core.Serve() }

// Changed returns a channel that is closed at the next change of anything.
func (e *Engine) Changed() <-chan struct{} { return e.core.Changed() }

// Idle waits until nothing is in flight and no event is planned.
func (e *Engine) Idle(ctx context.Context) error { return e.core.Idle(ctx) }

// Advance moves a manual clock by d in steps from event to event, and lets the
// application answer what it was asked before time goes on.
func (e *Engine) Advance(ctx context.Context, d time.Duration) error { return e.core.Advance(ctx, d) }

// Watch starts watching for changes; the caller must Stop.
func (e *Engine) Watch() *core.Watcher { return e.core.Watch() }

// SetNumber adds one of the account's numbers or changes it.
func (e *Engine) SetNumber(n settings.NumberConfig) error {
	if err := n.Check(); err != nil {
		return fmt.Errorf("set number: %w", err)
	}
	defer e.core.Enter()()
	e.core.SetNumber(n)
	e.core.Touch("")
	return nil
}

// SetService adds a Messaging Service or changes it.
func (e *Engine) SetService(s settings.ServiceConfig) error {
	if len(s.SID) != 34 || s.SID[:2] != "MG" {
		return fmt.Errorf("set service: SID %q: want MG and 32 hexadecimal digits", s.SID)
	}
	defer e.core.Enter()()
	e.core.Services[s.SID] = &s
	return nil
}

// Configure changes the running configuration. Clock, seed, account and
// numbers have calls of their own and are left alone.
func (e *Engine) Configure(change func(*settings.Config)) error {
	defer e.core.Enter()()
	next := e.core.Cfg
	change(&next)
	if err := e.core.Reconfigure(next); err != nil {
		return err
	}
	e.Pump()
	return nil
}

// Config returns the configuration in force, numbers and services included.
func (e *Engine) Config() settings.Config {
	defer e.core.Enter()()
	cfg := e.core.Cfg
	cfg.Numbers, cfg.Services = nil, nil
	for _, n := range e.core.SortedNumbers() {
		cfg.Numbers = append(cfg.Numbers, n.NumberConfig)
	}
	for _, s := range e.core.Services {
		cfg.Services = append(cfg.Services, *s)
	}
	return cfg
}

// RESTLimits tells how many requests to serve at once (0 for no limit) and
// whether a 429 carries a Retry-After header.
func (e *Engine) RESTLimits() (concurrency int, retryAfter bool) {
	defer e.core.Enter()()
	return e.core.Cfg.RESTConcurrency, e.core.Cfg.Switches.RetryAfter
}

// Authenticate checks Basic credentials: the account's own or an API key's.
func (e *Engine) Authenticate(user, password string) bool {
	defer e.core.Enter()()
	if user == e.core.Cfg.AccountSID {
		return password == e.core.Cfg.AuthToken
	}
	secret, ok := e.core.Cfg.APIKeys[user]
	return ok && password == secret
}

// RequestSID returns a new identifier for a REST request.
func (e *Engine) RequestSID() string {
	defer e.core.Enter()()
	return e.core.SID("RQ")
}

// AddFault puts a fault in force and returns its id.
func (e *Engine) AddFault(f fault.Fault) (string, error) {
	defer e.core.Enter()()
	defer e.core.Touch("")
	return e.core.Faults.Add(f)
}

// RemoveFault ends one fault; an empty id ends all.
func (e *Engine) RemoveFault(id string) bool {
	defer e.core.Enter()()
	defer e.core.Touch("")
	if id == "" {
		e.core.Faults.Clear()
		return true
	}
	return e.core.Faults.Remove(id)
}

// Faults lists the faults, spent ones included.
func (e *Engine) Faults() []fault.Fault {
	defer e.core.Enter()()
	return e.core.Faults.List()
}

// Strike asks whether a fault applies to a REST request.
func (e *Engine) Strike(point string, facts fault.Facts) (fault.Action, bool) {
	defer e.core.Enter()()
	return e.core.Faults.Strike(point, facts, nil)
}

// AnswerLost notes that the application cannot know whether its create-call
// request counted.
func (e *Engine) AnswerLost(to string) {
	defer e.core.Enter()()
	e.core.Oracle.Lost(to)
}

// AnswerCame notes that it does know after all.
func (e *Engine) AnswerCame(to string) {
	defer e.core.Enter()()
	e.core.Oracle.Seen(to)
}

// Log records a REST request.
func (e *Engine) Log(r view.Request) {
	defer e.core.Enter()()
	e.core.Log(r)
}

// Violate records a violation that was seen outside the rooms.
func (e *Engine) Violate(kind, detail string) {
	defer e.core.Enter()()
	e.core.Oracle.Note(view.Violation{Kind: kind, Detail: detail})
	e.core.Touch("")
}

// Forge posts a well-formed but wrongly signed webhook to an address of the
// application; taking it for true is a violation.
func (e *Engine) Forge(kind hook.Kind, target string) {
	defer e.core.Enter()()
	form := map[string][]string{
		"CallSid": {e.core.SID("CA")}, "MessageSid": {e.core.SID("SM")}, "AccountSid": {e.core.Cfg.AccountSID}, "CallStatus": {"completed"},
		"From": {"+12025550100"}, "To": {"+12025550101"}, "Body": {"STOP"}, "SequenceNumber": {"3"}, "ApiVersion": {"2010-04-01"},
	}
	w := &view.Webhook{Kind: kind, Event: "forged", Forged: true, Fault: "bad signature"}
	e.core.Fly(w, hook.Request{Kind: kind, Method: "POST", URL: target, Form: form, Token: e.core.Token(), BadSignature: true}, nil)
}

// AddPhone makes a phone appear before anybody has called or texted it.
func (e *Engine) AddPhone(number string) {
	defer e.core.Enter()()
	e.core.Phone(number)
	e.core.Touch(number)
}

// SetPersona gives a phone an owner. Calls that are under way keep what the
// old owner had begun, unless the phone is now driven by hand.
func (e *Engine) SetPersona(number string, p persona.Persona) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("set persona of %s: %w", number, err)
	}
	if !settings.ValidNumber(number) {
		return fmt.Errorf("set persona of %q: want an E.164 number", number)
	}
	defer e.core.Enter()()
	e.core.SetOwner(number, p)
	return nil
}
