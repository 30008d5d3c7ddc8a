package bench

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Launch is how long a launch of many people takes, and the first phone.
type Launch struct {
	Line      string  `json:"line"`
	People    int     `json:"recipients"`
	AnswerMS  float64 `json:"launch_ms"`
	FirstRing float64 `json:"click_to_first_call_ms"` // the carrier has taken the first call
}

// Pause is how late the last call left after somebody pressed Pause.
type Pause struct {
	Line  string  `json:"line"`
	Times int     `json:"times"`
	MaxMS float64 `json:"click_to_last_call_max_ms"`
	P50MS float64 `json:"click_to_last_call_p50_ms"`
}

// Silence is how long a phone went on ringing after its STOP came in.
type Silence struct {
	Line  string  `json:"line"`
	Stops int     `json:"stops"`
	P50MS float64 `json:"stop_to_silence_p50_ms"`
	P99MS float64 `json:"stop_to_silence_p99_ms"`
}

// Webhooks is how fast webhooks are answered while a campaign runs.
type Webhooks struct {
	Line   string  `json:"line"`
	Count  int     `json:"webhooks"`
	PerS   float64 `json:"per_s"`
	CallsS float64 `json:"calls_per_s"`
	P50MS  float64 `json:"p50_ms"`
	P99MS  float64 `json:"p99_ms"`
	MaxMS  float64 `json:"max_ms"`
}

// Sizes of what is measured.
const (
	manyPeople  = 100_000
	webhookTag  = "webhooks"
	webhookFor  = 20 * time.Second
	stopTag     = "stop"
	stopPeople  = 300
	pauseTimes  = 10
	callsPerSec = 130 // with four webhooks each: 500 a second, at a pace that keeps within it
)

// controls are the lines about what a person waits for.
func (b *bench) controls(ctx context.Context) error {
	key, err := phoneKey()
	if err != nil {
		return err
	}
	b.Say("seeding %d people ...", manyPeople)
	w, err := newWorld(ctx, b.server, "product", b.now, key)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.addPeople(ctx, manyPeople); err != nil {
		return err
	}
	if err := w.tag(ctx, webhookTag, callsPerSec*int(webhookFor.Seconds()), stopTag, stopPeople); err != nil {
		return err
	}
	p, err := b.serve(ctx, w, callsPerSec)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, measure := range []func(context.Context, *product) (any, error){b.webhooks, b.silence, b.launchAndPause} {
		b.carrier.reset()
		line, err := measure(ctx, p)
		if err != nil {
			return err
		}
		if err := b.print(line); err != nil {
			return err
		}
	}
	return nil
}

// tag gives the first people of the list one tag and the next another. What the
// seeding wrote is not sealed: the sealer would be what is measured.
func (w *world) tag(ctx context.Context, first string, n int, second string, m int) error {
	return w.run(ctx, []statement{
		{`UPDATE employees SET tags = ARRAY[$1] WHERE id IN (SELECT id FROM employees ORDER BY search LIMIT $2)`, []any{first, n}},
		{`UPDATE employees SET tags = ARRAY[$1] WHERE id IN (SELECT id FROM employees ORDER BY search OFFSET $2 LIMIT $3)`, []any{second, n, m}},
		{`TRUNCATE seal_queue`, nil},
		{`VACUUM ANALYZE`, nil},
	})
}

func (b *bench) webhooks(ctx context.Context, p *product) (any, error) {
	b.Say("webhooks of %d calls a second, for %s ...", callsPerSec, webhookFor)
	poster := newPoster()
	var lives sync.WaitGroup
	var once sync.Once
	var began time.Time
	b.carrier.listen(func(c call) {
		once.Do(func() { began = c.At })
		poster.live(ctx, c, &lives)
	})
	l, err := p.launch(ctx, draft("Webhooks", webhookTag))
	if err != nil {
		return nil, err
	}
	if err := until(ctx, 3*webhookFor, func() bool { return int(b.carrier.calls.Load()) >= l.total }); err != nil {
		return nil, fmt.Errorf("webhooks: %d of %d calls left: %w", b.carrier.calls.Load(), l.total, err)
	}
	dialled := time.Since(began)
	b.carrier.listen(nil)
	lives.Wait()
	if poster.failed > 0 {
		return nil, fmt.Errorf("webhooks: %d failed", poster.failed)
	}
	slices.Sort(poster.took)
	return Webhooks{Line: "webhooks", Count: len(poster.took), PerS: float64(len(poster.took)) / dialled.Seconds(), CallsS: float64(l.total) / dialled.Seconds(),
		P50MS: ms(at(poster.took, 50)), P99MS: ms(at(poster.took, 99)), MaxMS: ms(poster.took[len(poster.took)-1])}, nil
}

// silence sends STOP from each phone while it rings, twenty a second.
func (b *bench) silence(ctx context.Context, p *product) (any, error) {
	b.Say("STOP from %d ringing phones ...", stopPeople)
	calls := make(chan call, stopPeople)
	b.carrier.listen(func(c call) { calls <- c })
	l, err := p.launch(ctx, draft("Stop", stopTag))
	if err != nil {
		return nil, err
	}
	if err := until(ctx, time.Minute, func() bool { return len(calls) >= l.total }); err != nil {
		return nil, fmt.Errorf("stop: %d of %d phones ring: %w", len(calls), l.total, err)
	}
	b.carrier.listen(nil)
	close(calls)
	poster := newPoster()
	var group sync.WaitGroup
	took := make([]time.Duration, l.total)
	failures := make([]error, l.total)
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	n := 0
	for c := range calls {
		<-every.C
		i := n
		n++
		group.Go(func() { took[i], failures[i] = b.stopOne(ctx, poster, p, c) })
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return Silence{Line: "stop", Stops: n, P50MS: ms(at(took, 50)), P99MS: ms(at(took, 99))}, nil
}

func (b *bench) stopOne(ctx context.Context, poster *poster, p *product, c call) (time.Duration, error) {
	sent := time.Now()
	form := url.Values{"MessageSid": {"SM" + c.SID[2:]}, "From": {c.To}, "To": {c.From}, "Body": {"STOP"}, "NumMedia": {"0"}}
	if err := poster.post(ctx, sent, p.url+"/webhooks/twilio/sms", form); err != nil {
		return 0, err
	}
	ended, ok := b.carrier.endOf(c.SID)
	if !ok {
		return 0, fmt.Errorf("stop: %s still rings after its STOP was answered", c.To)
	}
	return ended.Sub(sent), nil
}

func (b *bench) launchAndPause(ctx context.Context, p *product) (any, error) {
	b.Say("launch of %d people, then pause and resume %d times ...", manyPeople, pauseTimes)
	var once sync.Once
	var first time.Time
	b.carrier.listen(func(c call) { once.Do(func() { first = c.At }) })
	l, err := p.launch(ctx, draft("Everybody", ""))
	if err != nil {
		return nil, err
	}
	if err := until(ctx, time.Minute, func() bool { return b.carrier.calls.Load() > callsPerSec }); err != nil {
		return nil, fmt.Errorf("launch: no calls: %w", err)
	}
	err = b.print(Launch{Line: "launch", People: l.total, AnswerMS: ms(l.answer), FirstRing: ms(first.Sub(l.sent))})
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for range pauseTimes {
		late, err := b.pauseOnce(ctx, p, l.id)
		if err != nil {
			return nil, err
		}
		took = append(took, late)
	}
	slices.Sort(took)
	return Pause{Line: "pause", Times: pauseTimes, MaxMS: ms(took[len(took)-1]), P50MS: ms(at(took, 50))}, nil
}

// pauseOnce pauses a campaign that dials, waits for anything that comes late,
// and resumes it.
func (b *bench) pauseOnce(ctx context.Context, p *product, id string) (time.Duration, error) {
	before := b.carrier.calls.Load()
	if err := until(ctx, 10*time.Second, func() bool { return b.carrier.calls.Load() > before+callsPerSec/4 }); err != nil {
		return 0, fmt.Errorf("pause: the campaign does not dial: %w", err)
	}
	clicked := time.Now()
	if _, err := p.browser.Pause(ctx, id); err != nil {
		return 0, err
	}
	time.Sleep(time.Second) // a call that leaves later still is late by at least this
	late := max(0, b.carrier.lastCall().Sub(clicked))
	_, err := p.browser.Resume(ctx, id)
	return late, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// at is a percentile of sorted durations.
func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
