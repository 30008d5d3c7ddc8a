// Package chaos runs a campaign on the real binary and the simulator while
// everything fails that may fail: the carrier's answers, its callbacks, people
// who change their minds, replicas and the database by kill -9. Then it judges
// what the carrier saw against what the database holds. It speaks to the
// product through the public API and the phones only, reads the database when
// all is over, and ends nothing that it did not start.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// Begin is when the people of a run on a Tuesday are asked: the Monday before,
// at half past noon, when phones may be texted everywhere.
func Begin(monday time.Time) time.Time {
	return time.Date(monday.Year(), monday.Month(), monday.Day(), 12, 30, 0, 0, monday.Location())
}

// begins is when the calls start: within a minute of the opening of the first
// of the areas, an hour before the second.
func begins(monday time.Time) time.Time {
	d := monday.AddDate(0, 0, 1)
	return time.Date(d.Year(), d.Month(), d.Day(), 9, 2, 0, 0, d.Location())
}

// TextsPerSecond of the run's sender, in segments: thousands are to be asked.
const TextsPerSecond = 1000

// run is one run.
type run struct {
	stack    *stack.Stack
	plan     plan
	say      func(format string, args ...any)
	browser  *api.Client
	campaign string
	sender   string // the number from which the employer calls
	fleet    *stack.Fleet
	began    time.Time // machine time of the start of the fleet ...
	business time.Time // ... and business time then
	hits     int       // faults that struck

	kills, databaseKills, outages, pauses atomic.Int64
	replica                               [replicas]sync.Mutex // killed and revived by one event at a time
	database                              sync.Mutex
	acts                                  sync.WaitGroup
	mu                                    sync.Mutex
	failure                               error // of an act: the run itself is broken
}

// Run makes one run on a fresh stack.
func Run(ctx context.Context, s *stack.Stack, monday time.Time, seed uint64, form Form, say func(format string, args ...any)) (Figures, error) {
	start := time.Now()
	r := &run{stack: s, plan: newPlan(seed, form), say: say, browser: api.New(s.URL, "203.0.113.10")}
	say("%s", r.plan)
	if err := r.ask(ctx, monday); err != nil {
		return Figures{}, err
	}
	if err := r.compose(ctx); err != nil {
		return Figures{}, err
	}
	say("%5.1f s  %d people are asked", time.Since(start).Seconds(), form.People)
	if err := r.serve(ctx, monday); err != nil {
		return Figures{}, err
	}
	if err := errors.Join(r.rage(ctx), r.fleet.Close()); err != nil {
		return Figures{}, err
	}
	say("%5.1f s  the campaign is over", time.Since(start).Seconds())
	h, err := r.history(ctx)
	if err != nil {
		return Figures{}, err
	}
	f := h.judge(time.Now(), say)
	f.Seed, f.People, f.Faults, f.Crashes = seed, form.People, r.hits, r.fleet.Crashes()
	f.Kills, f.DatabaseKills, f.Outages = int(r.kills.Load()), int(r.databaseKills.Load()), int(r.outages.Load())
	f.Pauses = int(r.pauses.Load())
	f.Seconds = math.Round(10*time.Since(start).Seconds()) / 10
	f.Machine = fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return f, nil
}

// serve starts the replicas on the next morning.
func (r *run) serve(ctx context.Context, monday time.Time) (err error) {
	m := stack.Moment{At: begins(monday), Factor: r.plan.form.Factor, CallsPerSecond: r.plan.form.CallsPerSecond}
	r.fleet, err = r.stack.ServeFleet(ctx, m, replicas)
	r.began, r.business = time.Now(), r.stack.Simulator().Now()
	return err
}

// rage launches the campaign, does to it all that the plan says, and returns
// when it is over and quiet.
func (r *run) rage(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.plan.form.Patience)
	defer cancel()
	for _, f := range faults() {
		if _, err := r.stack.Simulator().AddFault(f); err != nil {
			return fmt.Errorf("break the carrier: %w", err)
		}
	}
	if err := r.launch(ctx); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var watch sync.WaitGroup
	watch.Go(func() { r.stopWhileRinging(watching) })
	over := make(chan struct{})
	watch.Go(func() { defer close(over); r.tend(ctx) })
	err := r.follow(ctx, over)
	if err != nil {
		cancel() // the run is broken: nobody waits for its end
	}
	select {
	case <-over:
	case broken := <-r.stack.Failed():
		err = errors.Join(err, broken)
		cancel()
	}
	stop()
	watch.Wait()
	r.acts.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(err, r.failure, r.calm(ctx))
}

// follow starts each event of the plan when the carrier has seen so many calls.
func (r *run) follow(ctx context.Context, over <-chan struct{}) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, e := range r.plan.events {
		for r.stack.Simulator().Gauges().Calls < e.after {
			select {
			case <-ctx.Done():
				return fmt.Errorf("only %d of %d calls came about, for which the plan waits: %w", r.stack.Simulator().Gauges().Calls, e.after, ctx.Err())
			case <-over:
				return fmt.Errorf("the campaign was over after %d calls, before its plan was, which waits for %d", r.stack.Simulator().Gauges().Calls, e.after)
			case err := <-r.stack.Failed():
				return err
			case <-tick.C:
			}
		}
		r.acts.Go(func() {
			if err := r.do(ctx, e); err != nil {
				r.mu.Lock()
				r.failure = errors.Join(r.failure, fmt.Errorf("%s: %w", e.act, err))
				r.mu.Unlock()
			}
		})
	}
	return nil
}

func (r *run) do(ctx context.Context, e event) error {
	if !pause(ctx, e.delay) {
		return nil
	}
	switch e.act {
	case killReplica:
		return r.killReplica(ctx, e)
	case killDatabase:
		return r.killDatabase(ctx, e)
	case outage:
		return r.outage(ctx, e)
	}
	return r.textStop(r.plan.people[e.person])
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (r *run) killReplica(ctx context.Context, e event) error {
	r.replica[e.replica].Lock()
	defer r.replica[e.replica].Unlock()
	if err := r.fleet.Kill(e.replica); err != nil {
		return err
	}
	r.kills.Add(1)
	pause(ctx, e.lasts)
	return r.fleet.Revive(context.WithoutCancel(ctx), e.replica)
}

func (r *run) killDatabase(ctx context.Context, e event) error {
	r.database.Lock()
	defer r.database.Unlock()
	if err := r.stack.KillDatabase(); err != nil {
		return err
	}
	r.databaseKills.Add(1)
	r.say("         PostgreSQL is killed after %d calls", r.stack.Simulator().Gauges().Calls)
	pause(ctx, e.lasts)
	return r.stack.ReviveDatabase(context.WithoutCancel(ctx))
}

// outage: for a while no create counts; then, as long, each counts and no
// answer comes.
func (r *run) outage(ctx context.Context, e event) error {
	sim := r.stack.Simulator()
	defer sim.RemoveFault(outageFault)
	for _, f := range outages() {
		if _, err := sim.AddFault(f); err != nil {
			return err
		}
		pause(ctx, e.lasts/2)
	}
	r.outages.Add(1)
	return nil
}

// textStop sends the word from a phone.
func (r *run) textStop(p person) error {
	_, err := r.stack.Simulator().TextIn(p.phone, r.sender, "STOP")
	return err
}

// stopWhileRinging texts STOP from the phones that were chosen for it, as soon
// as they ring.
func (r *run) stopWhileRinging(ctx context.Context) {
	left := r.plan.ringing()
	watcher := r.stack.Simulator().Watch()
	defer watcher.Stop()
	for len(left) > 0 {
		changed, _, err := watcher.Wait(ctx)
		if err != nil {
			return
		}
		var still []person
		for _, p := range left {
			if slices.Contains(changed, p.phone) && r.rings(p) {
				if err := r.textStop(p); err == nil {
					continue
				}
			}
			still = append(still, p)
		}
		left = still
	}
}

func (r *run) rings(p person) bool {
	view, ok := r.stack.Simulator().Phone(p.phone)
	return ok && view.State == "ringing"
}

// tend waits for the end of the campaign as its owner would. One that has
// paused by itself, since so many people opt out, is resumed.
func (r *run) tend(ctx context.Context) {
	seen := "nothing yet"
	for {
		c, err := r.browser.Campaign(ctx, r.campaign)
		var refused *api.Problem
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
			seen = err.Error()
			r.signIn(ctx) //nolint:errcheck // it is asked again
		case err != nil:
			seen = err.Error()
		case c.Status == "finished":
			return
		case c.Status == "paused":
			if _, err := r.browser.ResumeFor(ctx, r.campaign, "They were asked to try it."); err == nil {
				r.pauses.Add(1)
			}
		default:
			seen = fmt.Sprintf("%s, %+v", c.Status, c.Progress)
		}
		if !pause(ctx, tendEvery) {
			r.say("the campaign is not over in time: %s", seen) // the judge says what is missing
			return
		}
	}
}

// tendEvery keeps below the 200 requests a minute that a client may make.
const tendEvery = 500 * time.Millisecond

// calm ends the faults and lets what is under way arrive.
func (r *run) calm(ctx context.Context) error {
	sim := r.stack.Simulator()
	for _, f := range sim.Faults() {
		r.hits += f.Hits
	}
	sim.RemoveFault("")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if g := sim.Gauges(); g.Live == 0 && g.InFlight == 0 {
			break
		}
		pause(ctx, 50*time.Millisecond)
	}
	return nil
}
