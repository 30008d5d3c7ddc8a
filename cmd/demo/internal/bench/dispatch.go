package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/twilio"
)

// maxRate is a pace that never holds a call back, so that what is measured is
// what the dialler can do. A carrier's own limit is far below.
const maxRate = 100_000

// workers is how many requests to the carrier each of the three loops has on
// their way at once: the dialler's own limit.
const workers = 64

// Dispatch compares how fast calls leave, in one run on one machine, at a
// carrier that answers after Carrier milliseconds.
type Dispatch struct {
	Line     string  `json:"line"`
	Carrier  int     `json:"carrier_ms"`
	Calls    int     `json:"calls"`
	PerS     float64 `json:"dialler_per_s"`
	BareS    float64 `json:"bare_post_loop_per_s"`
	NaiveS   float64 `json:"two_transactions_per_call_per_s"`
	Bare     float64 `json:"of_bare"`
	Naive    float64 `json:"of_naive"`
	CeilingS float64 `json:"ceiling_per_s,omitempty"`
	Ceiling  float64 `json:"of_ceiling,omitempty"`
}

func (b *bench) dispatch(ctx context.Context, w *world, delay time.Duration, calls int) (Dispatch, error) {
	b.carrier.delay.Store(int64(delay))
	defer b.carrier.delay.Store(0)
	client, err := twilio.New(twilio.Account{AccountSID: accountSID, AuthToken: authToken, BaseURL: b.carrier.URL})
	if err != nil {
		return Dispatch{}, err
	}
	defer client.Close()
	d := Dispatch{Line: "dispatch", Carrier: int(delay.Milliseconds()), Calls: calls}
	if d.BareS, err = b.bareLoop(ctx, client, calls); err != nil {
		return d, err
	}
	if d.NaiveS, err = b.naiveLoop(ctx, w, client, calls); err != nil {
		return d, err
	}
	if d.PerS, err = b.dialler(ctx, w, client, calls); err != nil {
		return d, err
	}
	d.Bare, d.Naive = d.PerS/d.BareS, d.PerS/d.NaiveS
	if delay > 0 {
		d.CeilingS = workers / delay.Seconds()
		d.Ceiling = d.PerS / d.CeilingS
	}
	return d, nil
}

// bareLoop posts and keeps nothing: the most that the client library does.
func (b *bench) bareLoop(ctx context.Context, client *twilio.Client, calls int) (float64, error) {
	return b.loop(calls, func(i int) error {
		_, err := client.CreateCall(ctx, dialling(numberOf(i), uuid.New()))
		return err
	})
}

// dialling is a call as the dialler asks for it.
func dialling(to string, attempt uuid.UUID) twilio.Call {
	at := func(kind string) string {
		return "https://callshu.example/webhooks/twilio/" + kind + "?attempt=" + attempt.String() + "#rc=3&rp=all"
	}
	return twilio.Call{From: senderNumber, To: to, URL: at("voice"), FallbackURL: at("fallback"), StatusURL: at("status"), MachineURL: at("amd"),
		RingTimeout: 30 * time.Second, MaxDuration: 10 * time.Minute, DetectMachines: true}
}

// loop runs a task for each call, workers at a time, and returns calls per second.
func (b *bench) loop(calls int, task func(i int) error) (float64, error) {
	var next atomic.Int64
	failures := make([]error, workers)
	var group sync.WaitGroup
	began := time.Now()
	for worker := range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(calls) && failures[worker] == nil; i = next.Add(1) - 1 {
				failures[worker] = task(int(i))
			}
		})
	}
	group.Wait()
	return float64(calls) / time.Since(began).Seconds(), errors.Join(failures...)
}

// naiveLoop is what one writes first: a transaction that checks and claims one
// person, the request, a transaction that keeps its result. It stops at no
// STOP, keeps no pace and no hours.
func (b *bench) naiveLoop(ctx context.Context, w *world, client *twilio.Client, calls int) (float64, error) {
	id, err := w.launch(ctx)
	if err != nil {
		return 0, err
	}
	// Its one statement is planned by what the tables hold; the dialler's own are
	// written not to need it.
	if err := w.run(ctx, []statement{{`ANALYZE recipients, campaigns`, nil}}); err != nil {
		return 0, err
	}
	rate, err := b.loop(calls, func(int) error { return naive(ctx, w, client, id) })
	if err != nil {
		return 0, err
	}
	return rate, w.forget(ctx, id)
}

func naive(ctx context.Context, w *world, client *twilio.Client, id uuid.UUID) error {
	var attempt uuid.UUID
	var to string
	err := w.worker.InTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			WITH first AS MATERIALIZED (
				SELECT id, account_id, employee_id, phone_key FROM recipients
				WHERE campaign_id = $1 AND state = 'pending' ORDER BY due_at, position LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
			), next AS (
				SELECT r.id, r.phone_key, e.phone, k.event_id FROM first r
				JOIN employees e ON e.id = r.employee_id
				JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key AND k.state = 'opted_in'
			), taken AS (
				UPDATE recipients r SET state = 'dialling', attempts_made = 1, updated_at = $2 FROM next WHERE r.id = next.id
			)
			INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, language, consent_event, consent_checked_at, place_by, created_at)
			SELECT $3, 'campaign', $1, next.id, next.phone_key, (SELECT id FROM senders LIMIT 1), 'en', next.event_id, $2, clock_timestamp() + interval '2 seconds', $2
			FROM next RETURNING id, (SELECT phone FROM next)`, id, w.clock.Now(), w.account).Scan(&attempt, &to)
	})
	if err != nil {
		return fmt.Errorf("claim one: %w", err)
	}
	sid, err := client.CreateCall(ctx, dialling(to, attempt))
	if err != nil {
		return err
	}
	return w.worker.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE attempts SET call_sid = $2, placed_at = $3, state = 'queued', rank = 10 WHERE id = $1`, attempt, sid, w.clock.Now())
		return err
	})
}

// forget takes a campaign and its calls away, so that the next loop meets the
// same people.
func (w *world) forget(ctx context.Context, id uuid.UUID) error {
	return w.run(ctx, []statement{
		{`SET session_replication_role = replica`, nil}, // nobody else may delete them
		{`DELETE FROM attempts WHERE campaign_id = $1`, []any{id}},
		{`DELETE FROM recipients WHERE campaign_id = $1`, []any{id}},
		{`DELETE FROM campaigns WHERE id = $1`, []any{id}},
		{`SET session_replication_role = DEFAULT`, nil},
		{`UPDATE pace SET next_at = '-infinity', held_until = '-infinity'`, nil},
		{`VACUUM ANALYZE attempts, recipients`, nil},
	})
}

// dialler lets the product's own dispatcher call the same people, from its
// first request at the carrier until every call's id is kept.
func (b *bench) dialler(ctx context.Context, w *world, client *twilio.Client, calls int) (float64, error) {
	id, err := w.launch(ctx)
	if err != nil {
		return 0, err
	}
	b.carrier.reset()
	key := func(string) []byte { return nil } // of use to previews and calls from outside only
	people := consent.New(consent.Deps{App: w.app, Operator: w.app, Worker: w.worker, Clock: w.clock, Zones: w.zones, Key: key, Site: "callshu.example",
		Replies: consent.CarrierReplies{Keywords: true}, SegmentsPerSecond: 1, Log: w.log})
	d := dialer.New(dialer.Options{Worker: w.worker, Carrier: client, Consent: people, Zones: w.zones, Clock: w.clock,
		PublicURL: "https://callshu.example", CallsPerSecond: maxRate, PhoneKey: key, Log: w.log})
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- d.Run(running) }()
	// A count of the rows while they are written would slow down what it counts.
	err = until(ctx, 5*time.Minute, func() bool { return b.carrier.calls.Load() >= int64(calls) })
	if err == nil {
		err = w.await(ctx, time.Minute, `SELECT count(*) >= $2 FROM attempts WHERE campaign_id = $1 AND call_sid IS NOT NULL`, id, calls)
	}
	took := time.Since(began)
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		return 0, err
	}
	if posted := b.carrier.calls.Load(); posted != int64(calls) {
		return 0, fmt.Errorf("the carrier was asked for %d calls, wanted %d", posted, calls)
	}
	return float64(calls) / took.Seconds(), w.forget(ctx, id)
}
