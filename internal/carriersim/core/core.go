// Package core owns what every room of the carrier stands on: the one lock,
// the clock and its events, identifiers, numbers and phones, faults, the
// requests to the application, and the logs. It knows no call and no text.
//
// Exported methods are for the rooms and expect the lock to be held, but for
// Enter, which takes it, and those whose comment says otherwise.
package core

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/oracle"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Core is the ground of one simulated carrier account.
type Core struct {
	Cfg      settings.Config
	Faults   *fault.Set
	Oracle   *oracle.Oracle
	Numbers  map[string]*Number
	Services map[string]*settings.ServiceConfig
	Phones   []*Phone  // in order of first appearance
	Opened   time.Time // when this account began
	// OnTake is told when a phone's script is dropped.
	OnTake func(*Phone)

	mu      sync.Mutex
	sched   *vclock.Scheduler
	rng     *rand.Rand
	sender  *hook.Sender
	ctx     context.Context //nolint:containedctx // the carrier's own life, for webhooks in flight
	cancel  context.CancelFunc
	flying  sync.WaitGroup
	aloft   int // webhooks in flight
	serving int // REST requests being served
	closed  bool
	phones  map[string]*Phone

	webhooks []*view.Webhook
	requests []view.Request
	alerts   []view.Alert

	changed  chan struct{}
	watchers map[*Watcher]struct{}
}

// Number is one of the account's numbers with the identity the carrier gave it.
type Number struct {
	settings.NumberConfig
	SID              string
	Created, Updated time.Time
}

// New returns the ground of a carrier; it reports a configuration that cannot
// work.
func New(cfg settings.Config) (*Core, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("carrier simulator: %w", err)
	}
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64() //nolint:gosec // not a secret
	}
	if cfg.Clock == nil {
		cfg.Clock = vclock.NewScaled(time.Now(), 1)
	}
	if cfg.Wall == nil {
		cfg.Wall = time.Now
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Core{Cfg: cfg, ctx: ctx, cancel: cancel, changed: make(chan struct{}), watchers: map[*Watcher]struct{}{}, OnTake: func(*Phone) {}}
	c.sched = vclock.NewScheduler(&c.mu, cfg.Clock)
	c.sender = hook.New(c.hookOptions())
	c.clear()
	return c, nil
}

// Enter takes the lock for one step, in which time stands still; the returned
// function gives it back.
func (c *Core) Enter() (leave func()) {
	c.mu.Lock()
	c.sched.Freeze()
	return c.leave
}

func (c *Core) leave() {
	c.sched.Thaw()
	c.mu.Unlock()
}

// Reset forgets everything; webhooks in flight are abandoned by their rooms.
func (c *Core) Reset() {
	clock := c.sched.Clock()
	c.sched.Close()
	c.sched = vclock.NewScheduler(&c.mu, clock)
	c.Phones, c.webhooks, c.requests, c.alerts = nil, nil, nil, nil
	c.clear()
	c.Touch("")
}

// clear sets up empty state.
func (c *Core) clear() {
	c.Opened = c.Now()
	c.rng = rand.New(rand.NewPCG(c.Cfg.Seed, 0x63616c6c)) //nolint:gosec // reproducible by design
	c.Faults = fault.NewSet(rand.New(rand.NewPCG(c.Cfg.Seed, 0x6661756c)))
	c.Numbers, c.Services, c.phones = map[string]*Number{}, map[string]*settings.ServiceConfig{}, map[string]*Phone{}
	c.Oracle = oracle.New(c.Cfg.Policy, c.Now, c.Cfg.Wall, func() bool {
		_, scaled := c.sched.Clock().(*vclock.Scaled)
		return scaled
	}, func(ours string) string {
		if n := c.Numbers[ours]; n != nil {
			return n.Service
		}
		return ""
	})
	for _, s := range c.Cfg.Services {
		c.Services[s.SID] = &s
	}
	for _, n := range c.Cfg.Numbers {
		c.SetNumber(n)
	}
}

// Close ends all activity and waits for webhooks in flight to return. It takes
// the lock itself.
func (c *Core) Close() {
	c.mu.Lock()
	c.closed = true
	c.sched.Close()
	c.cancel()
	c.Touch("")
	c.mu.Unlock()
	c.flying.Wait()
	c.sender.Close()
}

// Closed reports that the carrier has come to its end.
func (c *Core) Closed() bool { return c.closed }

func (c *Core) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[c.rng.IntN(16)]
	}
	return string(b)
}

// SID returns a new identifier.
func (c *Core) SID(prefix string) string { return prefix + c.hex(32) }

// Chance is a number in [0, 1) of the run's seed.
func (c *Core) Chance() float64 { return c.rng.Float64() }

// Token returns a new idempotency token.
func (c *Core) Token() string {
	h := c.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// SetNumber adds one of the account's numbers or changes it.
func (c *Core) SetNumber(n settings.NumberConfig) {
	if n.Type == "" {
		n.Type = settings.LongCode
	}
	if old, ok := c.Numbers[n.Number]; ok {
		old.NumberConfig, old.Updated = n, c.Now()
		return
	}
	c.Numbers[n.Number] = &Number{NumberConfig: n, SID: c.SID("PN"), Created: c.Now(), Updated: c.Now()}
}

// SortedNumbers lists the account's numbers in order.
func (c *Core) SortedNumbers() []*Number {
	out := make([]*Number, 0, len(c.Numbers))
	for _, n := range c.Numbers {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *Number) int { return strings.Compare(a.Number, b.Number) })
	return out
}

// Reconfigure puts another configuration in force. Clock, seed, account and
// numbers have calls of their own and are left alone.
func (c *Core) Reconfigure(next settings.Config) error {
	if err := next.Check(); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	next.Clock, next.Seed, next.Numbers, next.Services = c.Cfg.Clock, c.Cfg.Seed, c.Cfg.Numbers, c.Cfg.Services
	next.AccountSID, next.AuthToken, next.Life = c.Cfg.AccountSID, c.Cfg.AuthToken, c.Cfg.Life
	c.Cfg, c.Oracle.Policy = next, next.Policy
	old := c.sender
	c.sender = hook.New(c.hookOptions())
	old.Close()
	c.Touch("")
	return nil
}

// Log records a REST request.
func (c *Core) Log(r view.Request) {
	r.At = c.Now()
	c.requests = append(c.requests, r)
	c.Touch("")
}

// Requests lists the REST requests, oldest first.
func (c *Core) Requests() []view.Request { return c.requests }

// Alert adds an entry to the debugger.
func (c *Core) Alert(a view.Alert) {
	a.At = c.Now()
	c.alerts = append(c.alerts, a)
	c.Touch("")
}

// Alerts lists the debugger's entries, oldest first.
func (c *Core) Alerts() []view.Alert { return c.alerts }

// Webhooks lists the requests to the application, oldest first.
func (c *Core) Webhooks() []*view.Webhook { return c.webhooks }

// Aloft is the number of webhooks that have not been answered.
func (c *Core) Aloft() int { return c.aloft }

func (c *Core) hookOptions() hook.Options {
	return hook.Options{
		AuthToken:       c.Cfg.AuthToken,
		Ports:           hook.PortPolicy(c.Cfg.Switches.PortPolicy),
		RedirectSigning: c.Cfg.Switches.RedirectSigning,
		TimeScale:       c.Cfg.WebhookScale,
		AllowHosts:      c.Cfg.AllowHosts,
		Resolve:         c.Cfg.Resolve,
		InsecureTLS:     c.Cfg.InsecureTLS,
		RetryDefault5xx: c.Cfg.Switches.Retry5xx,
	}
}
