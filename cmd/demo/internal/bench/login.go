package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
)

// LoginFlood is what people at work notice of a flood of wrong passwords.
type LoginFlood struct {
	Line        string  `json:"line"`
	Connections int     `json:"connections"`
	Attempts    int     `json:"attempts"`
	PerS        float64 `json:"attempts_per_s"`
	Compared    int     `json:"compared"`   // answered 401, after bcrypt at cost 12
	Busy        int     `json:"busy"`       // answered 503: too many were waiting
	BusyShare   float64 `json:"busy_share"` // of the attempts
	OthersPerS  float64 `json:"others_per_s"`
	AloneP50MS  float64 `json:"alone_p50_ms"` // the same lists without the flood, just before
	AloneP99MS  float64 `json:"alone_p99_ms"`
	P50MS       float64 `json:"p50_ms"`
	P99MS       float64 `json:"p99_ms"`
	MaxMS       float64 `json:"max_ms"`
}

const (
	floodPeople = 10_000
	floodFrom   = 50                   // connections that try passwords, each the next as soon as it is answered
	floodFor    = 20 * time.Second     // as long as the lists without it
	listEvery   = 5 * time.Millisecond // 200 lists a second by people at work
	listDesks   = 200                  // where they sit: each may send 200 requests a minute
)

// logins is the line about a flood of logins.
func (b *bench) logins(ctx context.Context) error {
	key, err := phoneKey()
	if err != nil {
		return err
	}
	w, err := newWorld(ctx, b.server, "login", b.now, key)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.addPeople(ctx, floodPeople); err != nil {
		return err
	}
	if err := w.run(ctx, []statement{{`TRUNCATE seal_queue`, nil}, {`VACUUM ANALYZE`, nil}}); err != nil {
		return err
	}
	p, err := b.serve(ctx, w, 1)
	if err != nil {
		return err
	}
	defer p.stop()
	line, err := b.loginFlood(ctx, p)
	if err != nil {
		return err
	}
	return b.print(line)
}

// loginFlood reads lists at a steady rate, first alone and then while every
// connection of the flood tries one wrong password after the other.
func (b *bench) loginFlood(ctx context.Context, p *product) (LoginFlood, error) {
	b.Say("lists for %s, then for %s beside %d connections that try passwords ...", floodFor, floodFor, floodFrom)
	alone, _, err := p.lists(ctx, floodFor)
	if err != nil {
		return LoginFlood{}, err
	}
	flooding, end := context.WithCancel(ctx)
	defer end()
	f := startFlood(flooding, p)
	// From when the queue for bcrypt is as long as it gets.
	if err := until(ctx, 30*time.Second, func() bool { return f.busy.Load() > 0 || f.failed() != nil }); err != nil {
		return LoginFlood{}, fmt.Errorf("login flood: nobody was turned away: %w", err)
	}
	began, compared, busy := time.Now(), f.compared.Load(), f.busy.Load()
	beside, rate, err := p.lists(ctx, floodFor)
	compared, busy = f.compared.Load()-compared, f.busy.Load()-busy
	seconds := time.Since(began).Seconds()
	end()
	f.group.Wait()
	if err := errors.Join(err, f.failed()); err != nil {
		return LoginFlood{}, err
	}
	attempts := compared + busy
	return LoginFlood{Line: "login_flood", Connections: floodFrom, Attempts: int(attempts), PerS: float64(attempts) / seconds, Compared: int(compared), Busy: int(busy),
		BusyShare: float64(busy) / float64(max(1, attempts)), OthersPerS: rate, AloneP50MS: ms(at(alone, 50)), AloneP99MS: ms(at(alone, 99)),
		P50MS: ms(at(beside, 50)), P99MS: ms(at(beside, 99)), MaxMS: ms(beside[len(beside)-1])}, nil
}

// lists reads a list of 50 people each time one is due, whether or not those
// before were answered, and tells how long each took from then on, sorted, and
// how many there were a second.
func (p *product) lists(ctx context.Context, d time.Duration) (took []time.Duration, perS float64, err error) {
	desks := make([]*api.Client, listDesks)
	for i := range desks {
		desks[i] = p.browser.At(fmt.Sprintf("198.51.100.%d", 20+i))
	}
	n := int(d / listEvery)
	took = make([]time.Duration, n)
	failures := make([]error, n)
	var group sync.WaitGroup
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(i) * listEvery)
		time.Sleep(time.Until(due))
		group.Go(func() {
			people, err := desks[i%listDesks].FirstEmployees(ctx, 50)
			if err == nil && len(people) != 50 {
				err = fmt.Errorf("a list has %d people, want 50", len(people))
			}
			took[i], failures[i] = time.Since(due), err
		})
	}
	group.Wait()
	rate := float64(n) / time.Since(began).Seconds()
	for _, err := range failures {
		if err != nil {
			return nil, 0, fmt.Errorf("login flood: read list: %w", err)
		}
	}
	slices.Sort(took)
	return took, rate, nil
}

// flood is many who guess passwords, from an address and at a name of their own
// each time: no limit but that of bcrypt itself is met.
type flood struct {
	group          sync.WaitGroup
	next           atomic.Int64
	compared, busy atomic.Int64
	mu             sync.Mutex
	err            error
}

func startFlood(ctx context.Context, p *product) *flood {
	f := &flood{}
	stranger := api.New(p.url, "10.0.0.0")
	for range floodFrom {
		f.group.Go(func() {
			for ctx.Err() == nil && f.failed() == nil {
				f.guess(ctx, stranger)
			}
		})
	}
	return f
}

func (f *flood) guess(ctx context.Context, stranger *api.Client) {
	n := f.next.Add(1)
	from := fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	_, err := stranger.At(from).Login(ctx, fmt.Sprintf("nobody-%d@northwind.example", n), "not the password of anybody")
	var refusal *api.Problem
	switch {
	case ctx.Err() != nil: // cut off by the end
	case errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized:
		f.compared.Add(1)
	case errors.As(err, &refusal) && refusal.Status == http.StatusServiceUnavailable:
		f.busy.Add(1)
	default: // 429 too: where a client is was not believed, and no password was compared
		f.mu.Lock()
		defer f.mu.Unlock()
		f.err = fmt.Errorf("login flood: guess %d from %s: %w", n, from, err)
	}
}

func (f *flood) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
