package dialer

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
)

// ended counts the calls that the carrier was asked to end.
func (c *fakeCarrier) ended() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		if call.ended {
			n++
		}
	}
	return n
}

// What a cancel ends before it is answered is the first calls of that campaign
// and nothing of anybody else; all else is ended in the background.
func TestI7CancelEndsItsOwnCallsInBoundedWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, f := w.employer("Acme"), w.employer("Bolt")
	const large, few = cancelMost + 20, 5
	w.people(e, 555, large)
	w.people(f, 556, few)
	ours, theirs := w.launch(e), w.launch(f)
	w.dialWithMost(large + few)
	w.must(w.campaigns.Cancel(t.Context(), f.caller(), theirs))
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), ours))
	for _, c := range []struct {
		id   uuid.UUID
		want int
	}{{theirs, few}, {ours, few + cancelMost}} {
		w.must(w.dialer.EndCancelled(t.Context(), c.id))
		if n := w.carrier.ended(); n != c.want {
			t.Fatalf("%d calls are ended, want %d", n, c.want)
		}
	}
	w.must(w.dialer.endUnwanted(t.Context()))
	if n := w.carrier.ended(); n != large+few {
		t.Fatalf("%d calls are ended in the end, want %d", n, large+few)
	}
}

// Where more calls are live than one look takes, the looks go round: each call
// has its turn, and what became unwanted behind a look is found by the next round.
func TestI7LooksGoRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, f := w.employer("Acme"), w.employer("Bolt")
	w.people(e, 555, 5)
	w.people(f, 556, 4)
	ours, theirs := w.launch(e), w.launch(f)
	w.dialWithMost(9)
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), ours))
	const size = 2
	look := func(looks, want int) {
		t.Helper()
		for range looks {
			w.must(w.dialer.watch(t.Context(), size))
		}
		if n := w.carrier.ended(); n != want {
			t.Fatalf("%d calls are ended after %d looks, want %d", n, looks, want)
		}
	}
	look(4, w.carrier.ended()+endedAmong(w, e, 4*size))
	look(1, 5)
	w.must(w.campaigns.Cancel(t.Context(), f.caller(), theirs))
	look(5, 9)
}

// endedAmong is how many of the first calls, by phone, are of an employer.
func endedAmong(w *world, e employer, first int) int {
	return query[int](w, `SELECT count(*) FROM (SELECT account_id FROM attempts ORDER BY phone_key LIMIT $2) a WHERE account_id = $1`, e.id, first)
}

// A campaign that goes on loses no call, whatever is asked.
func TestI7OnlyACancelledCampaignIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	_, _, id := w.one()
	w.dialOne()
	w.must(w.dialer.EndCancelled(t.Context(), id))
	if n := w.carrier.ended(); n != 0 {
		t.Fatal("a call of a running campaign was ended")
	}
}

// hanging is a carrier that does not answer a request to end a call.
type hanging struct{ *fakeCarrier }

func (hanging) EndCall(ctx context.Context, _ string) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// A carrier that hangs keeps nobody waiting for the answer to a cancel, and what
// was not ended is asked for again.
func TestI7CancelDoesNotWaitForTheCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 20)
	id := w.launch(e)
	w.dialWithMost(20)
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), id))
	stuck := w.replica(fast, w.pool(4))
	stuck.Carrier = hanging{w.carrier}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := stuck.EndCancelled(ctx, id); err == nil || ctx.Err() != nil {
		t.Fatalf("it waited for the carrier (%v)", err)
	}
	w.must(w.dialer.endUnwanted(t.Context()))
	if n := w.carrier.ended(); n != 20 {
		t.Fatalf("%d of 20 calls are ended", n)
	}
}

// The queue of a large campaign is closed in the background but for its
// beginning; nobody of it is called, and nobody stays.
func TestI7CancelClosesALongQueueInTheBackground(t *testing.T) {
	t.Parallel()
	const people, atOnce = 5300, 5000
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.exec(`INSERT INTO phone_gates (phone_key) SELECT ('\x02' || lpad(to_hex(i), 8, '0'))::bytea FROM generate_series(1, $1::int) i`, people)
	w.exec(`INSERT INTO employees (account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
		SELECT $1, 'A' || i, 'A', 'a', '+1416' || lpad(i::text, 7, '0'), ('\x02' || lpad(to_hex(i), 8, '0'))::bytea, 'CA', 'America/Toronto', 'en', $2, $2
		FROM generate_series(1, $3::int) i`, e.id, w.clock.Now(), people)
	w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) SELECT $1, phone_key, k, 'sms', $2, 'employee'
		FROM employees, unnest(ARRAY['invited', 'opted_in']) WITH ORDINALITY AS u (k, n) WHERE account_id = $1 ORDER BY n`, e.id, w.clock.Now())
	id := w.launch(e)
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), id))
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE state = 'cancelled'`); n != atOnce {
		t.Fatalf("%d were closed before the answer, want %d", n, atOnce)
	}
	w.wantDialled(0)
	w.housekeep()
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE state = 'cancelled' AND reason = 'campaign_cancelled'`); n != people {
		t.Fatalf("%d of %d are closed", n, people)
	}
	w.balanced()
}
