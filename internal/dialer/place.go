package dialer

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/twilio"
)

// result is what became of one POST.
type result struct {
	attempt uuid.UUID
	sid     string
	err     *twilio.Error // nil: the carrier accepted it
	late    bool          // its time had passed: nothing was posted
}

// start posts one claimed attempt in its slot, in a goroutine of its own.
// Shutdown waits for it: a POST that began is always recorded.
func (d *Dialer) start(a claimed) {
	d.placing.Go(func() {
		time.Sleep(time.Until(a.slot))
		d.slots <- struct{}{}
		defer func() { <-d.slots }()
		d.results <- d.place(a)
	})
}

// place posts, unless the attempt's time has passed: then a STOP may already
// have been answered in the belief that no POST can start any more (I2, I3).
func (d *Dialer) place(a claimed) result {
	if !time.Now().Before(a.deadline) {
		return result{attempt: a.ID, late: true}
	}
	sid, err := d.Carrier.CreateCall(context.Background(), d.call(a))
	if err == nil {
		d.breaker.success()
		return result{attempt: a.ID, sid: sid}
	}
	refused, ok := twilio.AsError(err)
	if !ok {
		refused = &twilio.Error{Class: twilio.Unknown, Message: err.Error()}
	}
	if refused.Class == twilio.Unknown || refused.Class == twilio.NotSent {
		d.breaker.failure(time.Now())
	}
	return result{attempt: a.ID, err: refused}
}

// Batches of results: small enough to be soon, large enough to be cheap.
const (
	batchSize = 200
	batchWait = 20 * time.Millisecond
)

// record writes results in batches until the channel is closed and empty.
func (d *Dialer) record() {
	for first := range d.results {
		batch := []result{first}
		timeout := time.After(batchWait)
	gather:
		for len(batch) < batchSize {
			select {
			case next, ok := <-d.results:
				if !ok {
					break gather
				}
				batch = append(batch, next)
			case <-timeout:
				break gather
			}
		}
		d.persist(batch)
	}
}

// persist keeps trying while the database is away: a result that is lost costs
// a look-up at the carrier, and a person their call.
func (d *Dialer) persist(batch []result) {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		err := d.store(ctx, batch)
		cancel()
		if err == nil {
			return
		}
		d.Log.Error("record call results", "error", err, "results", len(batch))
		if pause >= 2*time.Second {
			return // the reconciler takes them from 'placing' to 'unknown' and looks them up
		}
		time.Sleep(pause)
	}
}

func (d *Dialer) store(ctx context.Context, batch []result) error {
	var ids []uuid.UUID
	var sids []string
	for _, r := range batch {
		if r.sid != "" {
			ids, sids = append(ids, r.attempt), append(sids, r.sid)
		}
	}
	if len(ids) > 0 {
		if err := d.storePlaced(ctx, ids, sids); err != nil {
			return err
		}
	}
	for _, r := range batch {
		if r.sid != "" {
			continue
		}
		if err := d.storeRefused(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dialer) storePlaced(ctx context.Context, ids []uuid.UUID, sids []string) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		// A callback may have been faster and moved the attempt up the ladder; then only the id is news.
		_, err := tx.Exec(ctx, `UPDATE attempts a SET call_sid = coalesce(a.call_sid, p.sid), placed_at = coalesce(a.placed_at, $4),
				state = CASE WHEN a.rank < $3 THEN 'queued' ELSE a.state END, rank = greatest(a.rank, $3)
			FROM unnest($1::uuid[], $2::text[]) AS p (id, sid) WHERE a.id = p.id`, ids, sids, rankOf["queued"], d.Clock.Now())
		return err
	})
}

// breaker spares everybody while the carrier is out: after five failures in a
// row nothing is posted for a pause that doubles up to a minute. Whatever had
// been claimed goes back to pending or is looked up, nobody is failed for it.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time
}

const breakAfter = 5

func (b *breaker) success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.until = 0, time.Time{}
}

func (b *breaker) failure(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures++; b.failures >= breakAfter {
		pause := time.Second << min(b.failures-breakAfter, 6)
		b.until = now.Add(min(pause, time.Minute))
	}
}

func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.until)
}
