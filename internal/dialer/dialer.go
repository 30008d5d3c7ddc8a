// Package dialer is the heart: it claims recipients, keeps the carrier's pace,
// places calls, follows them to their end, finds out what became of calls whose
// answer was lost, holds the conversation of a call, and stops. It must never
// place a call whose attempt is not committed, never place one twice, and
// never speak before consent was checked (I1-I8).
//
// Locks are taken in one order everywhere: a preview's turn at its account's
// limit, the turn to claim, gate, recipient,
// attempt, campaign, slots of the pace. Statements that take many rows skip
// those that somebody holds.
package dialer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/twilio"
)

// Carrier is what the dialler needs of the carrier.
type Carrier interface {
	CreateCall(ctx context.Context, call twilio.Call) (sid string, err error)
	EndCall(ctx context.Context, sid string) (status string, err error)
	RedirectCall(ctx context.Context, sid, url string) error
	FetchCall(ctx context.Context, sid string) (twilio.CallState, error)
	ListCalls(ctx context.Context, to string, limit int) ([]twilio.CallState, error)
}

// Times of the dialler. They are wall time, of the database or the process,
// not business time.
const (
	tick        = 100 * time.Millisecond // how often a replica claims; bounds how late a pause can be
	housekeep   = time.Second
	moves       = 10 * time.Second
	reconcile   = 5 * time.Second
	ringTimeout = 30 * time.Second
	maxDuration = 10 * time.Minute
)

// Options are what a dialler is built from.
type Options struct {
	Worker         *postgres.Pool
	Carrier        Carrier
	Consent        *consent.Service
	Zones          *callhours.Zones
	Clock          clock.Clock
	PublicURL      string
	CallsPerSecond float64
	// CarrierSpeed is how many times as fast as the machine's clock the
	// carrier's runs: 1 for every real one, which 0 stands for; more for a
	// simulator on a shifted clock. How long a call is looked for there is its
	// time.
	CarrierSpeed float64
	PhoneKey     func(e164 string) []byte
	Mail         *mail.Outbox // what owners are told
	OpsEmail     string       // who reads their answers
	Log          *slog.Logger
}

// Dialer is one replica's dialler. Any number of them may share a database.
type Dialer struct {
	Options
	line       *line
	breaker    breaker
	results    chan result
	previews   chan struct{}        // holds one for each preview that is being looked at
	wake       chan struct{}        // something changed: do not wait for the tick
	short      atomic.Bool          // a claim found fewer people than there was room for
	offset     offset               // of the database's clock and this one
	perClaimed time.Duration        // what the last claim took, a person; the dispatcher's own
	clear      map[ruleOf]time.Time // safety rules that housekeeping leaves alone until then
	followed   followed             // of people who moved
	watching   sync.Mutex           // one look at live calls at a time
	watched    []byte               // phone up to which they were looked at
}

// New returns a dialler that does nothing until Run.
func New(options Options) *Dialer {
	options.CarrierSpeed = cmp.Or(options.CarrierSpeed, 1)
	d := &Dialer{Options: options, results: make(chan result, 2*mostWaiting), wake: make(chan struct{}, 1), previews: make(chan struct{}, mostPreviews), clear: map[ruleOf]time.Time{}, watched: []byte{}}
	d.line = newLine(spacing(options.CallsPerSecond), d.post, d.Wake)
	d.line.renew = d.renewSlots
	return d
}

// Run dials until ctx ends; then it stops claiming, finishes what is being
// placed and records every result before it returns.
func (d *Dialer) Run(ctx context.Context) error {
	recorded := make(chan struct{})
	go func() { defer close(recorded); d.record() }()
	posted := make(chan struct{})
	go func() { defer close(posted); d.line.run() }()
	var loops sync.WaitGroup
	loops.Go(func() { d.every(ctx, tick, "claim", d.wake, d.dispatch) })
	loops.Go(func() { d.every(ctx, housekeep, "housekeeping", nil, d.housekeep) })
	loops.Go(func() { d.every(ctx, moves, "moves", nil, d.followMoves) })
	loops.Go(func() { d.every(ctx, housekeep, "end unwanted calls", nil, d.endUnwanted) })
	loops.Go(func() { d.every(ctx, reconcile, "reconcile", nil, d.Reconcile) })
	loops.Go(func() { d.listen(ctx) })
	loops.Wait()
	d.line.close()
	<-posted
	close(d.results)
	<-recorded
	return nil
}

// every runs f at each tick and at each wake-up; an error is logged and the
// next tick tries again, since the database may be back by then.
func (d *Dialer) every(ctx context.Context, interval time.Duration, name string, wake <-chan struct{}, f func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			d.Log.ErrorContext(ctx, "dialler "+name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-wake:
		}
	}
}

// Wake makes the next claim happen at once.
func (d *Dialer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// listen hears what owners did to their campaigns on any replica.
func (d *Dialer) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := d.listenOnce(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "listen for control", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// listenOnce takes its connection out of the pool for good: one that listens
// must never serve anything else.
func (d *Dialer) listenOnce(ctx context.Context) error {
	pooled, err := d.Worker.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	conn := pooled.Hijack()
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(closing) //nolint:errcheck // it may be broken already
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+postgres.ControlChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("wait for notification: %w", err)
		}
		d.Wake()
	}
}

func (d *Dialer) callbackURL(kind string, attempt uuid.UUID, retries string) string {
	return fmt.Sprintf("%s/webhooks/twilio/%s?attempt=%s#%s", d.PublicURL, kind, attempt, retries)
}

// Connection overrides of the carrier: how it retries a webhook of ours. The
// documents of a call must come fast; a status may come late but must come.
const (
	documentRetries = "rc=2&rp=ct,5xx,rt&rt=4000&tt=14000"
	statusRetries   = "rc=3&rp=all"
)

func (d *Dialer) call(a claimed) twilio.Call {
	return twilio.Call{
		From: a.Sender, To: a.Phone,
		URL:            d.callbackURL("voice", a.ID, documentRetries),
		FallbackURL:    d.callbackURL("fallback", a.ID, statusRetries),
		StatusURL:      d.callbackURL("status", a.ID, statusRetries),
		MachineURL:     d.callbackURL("amd", a.ID, statusRetries),
		RingTimeout:    ringTimeout,
		MaxDuration:    maxDuration,
		DetectMachines: !a.Preview,
	}
}
