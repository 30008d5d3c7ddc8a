package dialer

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/queue"
)

// console is an operator at work.
type console struct {
	*account.Service
	by account.Reviewer
}

func (w *world) console() console {
	w.t.Helper()
	jobs, err := queue.New(w.worker.Pool)
	w.must(err)
	return console{account.New(account.Deps{Operator: w.db.Open(postgres.RoleOperator), Clock: w.clock, Mail: mail.NewOutbox(jobs, w.clock), PublicURL: "https://callshu.test"}),
		account.Reviewer{Session: auth.OperatorSession{OperatorID: w.op, Name: "Olive"}}}
}

const why = "Wrong numbers in the list"

// An operator's pause, of all accounts or of one, is the last word on every
// replica within 250 ms, as an owner's is.
func TestI7OperatorsStopEveryReplica(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(c console, e employer) error{
		"platform": func(c console, _ employer) error {
			_, err := c.SetPause(context.Background(), c.by, true, why)
			return err
		},
		"account": func(c console, e employer) error {
			return c.PauseDialling(context.Background(), c.by, e.id, true, why)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rate = 60
			w := newWorld(t, rate)
			c := w.console()
			e := w.employer("Acme")
			w.people(e, 555, 150)
			w.launch(e)
			w.running(w.dialer, w.replica(rate, w.pool(6)))
			w.untilMoving("calls", func() bool { return len(w.carrier.posted()) > 20 })
			worst := stalls()
			w.must(act(c, e))
			acted, committed := time.Now(), query[time.Time](w, `SELECT clock_timestamp()`)
			w.until("a second to pass", func() bool { return time.Since(acted) > 10*tick })
			var last time.Duration
			for _, at := range w.carrier.posted() {
				last = max(last, at.Sub(acted))
			}
			t.Logf("last POST %v after it (promised: %v); this machine stalled for %v", last, controlWithin, worst())
			if late := query[int](w, `SELECT count(*) FROM attempts WHERE place_by - make_interval(secs => $1) > $2`, placeWithin.Seconds(), committed); late > 0 {
				t.Fatalf("%d people were claimed after the pause", late)
			}
			if n := len(w.carrier.posted()); n >= 150 {
				t.Fatal("everybody had been called before")
			}
			w.balanced()
		})
	}
}

// What an operator does is heard at once, not at the next tick.
func TestOperatorsWakeTheDialler(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	c := w.console()
	e := w.employer("Acme")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() { w.dialer.listen(ctx); close(done) }()
	w.until("the dialler to listen", func() bool {
		return query[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`) == 1
	})
	for what, act := range map[string]func() error{
		"a pause of all": func() error { _, err := c.SetPause(ctx, c.by, true, why); return err },
		"a pause of one": func() error { return c.PauseDialling(ctx, c.by, e.id, true, why) },
		"a quota":        func() error { return c.SetQuota(ctx, c.by, e.id, 5, why) },
	} {
		w.must(act())
		select {
		case <-w.dialer.wake:
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s woke nobody", what)
		}
	}
	cancel()
	<-done
}

// A pause of one account stops that one, also its previews, says why, and
// loses nobody.
func TestPauseOfOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	c := w.console()
	e, f := w.employer("Acme"), w.employer("Bolt")
	w.people(e, 555, 3)
	w.people(f, 556, 2)
	id := w.launch(e)
	w.launch(f)
	preview := func() error {
		_, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor})
		return err
	}
	w.must(c.PauseDialling(t.Context(), c.by, e.id, true, why))
	w.wantDialled(2)
	if err := preview(); !apperr.HasCode(err, "dialling_paused") || !strings.Contains(err.Error(), why) {
		t.Errorf("a preview during the pause: %v", err)
	}
	if a := w.allowance(e, id); a.PausedBy != campaign.PausedByOperator || a.PauseReason != why || a.PausedAt == nil {
		t.Errorf("the employer reads %+v", a)
	}
	if _, err := c.SetPause(t.Context(), c.by, true, "The carrier is out of order"); err != nil {
		t.Fatal(err)
	}
	w.must(c.PauseDialling(t.Context(), c.by, e.id, false, "The list is right now"))
	w.wantDialled(0)
	if err := preview(); !apperr.HasCode(err, "dialling_paused") || !strings.Contains(err.Error(), "all calls") {
		t.Errorf("a preview during the pause of all: %v", err)
	}
	if a := w.allowance(e, id); a.PausedBy != campaign.PausedByPlatform || a.PauseReason != "The carrier is out of order" {
		t.Errorf("the employer reads %+v", a)
	}
	if _, err := c.SetPause(t.Context(), c.by, false, "It works again"); err != nil {
		t.Fatal(err)
	}
	w.wantDialled(3)
	if a := w.allowance(e, id); a.PausedBy != "" || a.PauseReason != "" {
		t.Errorf("after all: %+v", a)
	}
	w.balanced()
}

func (w *world) allowance(e employer, id uuid.UUID) campaign.Allowance {
	w.t.Helper()
	v, err := w.campaigns.Get(context.Background(), e.id, id)
	w.must(err)
	if v.Allowance == nil {
		w.t.Fatal("a campaign that may call has no allowance")
	}
	return *v.Allowance
}

// The daily quota holds to the call: over campaigns, on two replicas at once,
// and in any 24 hours. What the carrier never got is not counted.
func TestDailyQuotaIsExactOverCampaignsAndReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	c := w.console()
	e := w.employer("Acme")
	var first uuid.UUID
	for _, tag := range []string{"a", "b", "c"} {
		w.people(e, 550+int(tag[0]-'a'), 20, tag)
		first = w.launch(e, tagged(tag))
	}
	const quota = 25
	w.must(c.SetQuota(t.Context(), c.by, e.id, quota, "A new customer"))
	if a := w.allowance(e, first); a.Left() != quota || a.MoreAt != nil {
		t.Errorf("before the first call: %+v", a)
	}
	w.running(w.dialer, w.replica(fast, w.pool(6)))
	// A call that was given back, because this machine was slow, is counted no
	// more and made again: what the carrier took is what counts.
	taken := func() int {
		return query[int](w, `SELECT count(*) FROM attempts WHERE state NOT IN ('placing', 'not_placed')`)
	}
	holds := func(quota int) {
		t.Helper()
		w.untilMoving("the quota to be used", func() bool { return taken() >= quota })
		still := time.Now()
		w.until("more ticks to pass", func() bool { return time.Since(still) > 5*tick })
		if n := query[int](w, `SELECT count(*) FROM attempts WHERE state <> 'not_placed'`); n != quota {
			t.Fatalf("%d calls at a quota of %d", n, quota)
		}
	}
	holds(quota)
	// As if they had been made a minute after each other.
	w.exec(`UPDATE attempts a SET created_at = a.created_at - s.n * interval '1 minute'
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM attempts WHERE state <> 'not_placed') s WHERE s.id = a.id`)
	oldest := query[time.Time](w, `SELECT min(created_at) FROM attempts WHERE state <> 'not_placed'`)
	if a := w.allowance(e, first); a.Left() != 0 || a.MoreAt == nil || !a.MoreAt.Equal(oldest.Add(24*time.Hour)) {
		t.Errorf("with none left: %+v, the oldest of %v", a, oldest)
	}
	if n := query[int](w, `SELECT count(DISTINCT campaign_id) FROM attempts`); n != 3 {
		t.Errorf("%d of 3 campaigns had a part of the quota", n)
	}
	// A smaller one takes effect at once, and more is allowed only when enough have left the span.
	w.must(c.SetQuota(t.Context(), c.by, e.id, 10, "Too many complaints"))
	sixteenth := query[time.Time](w, `SELECT created_at FROM attempts WHERE state <> 'not_placed' ORDER BY created_at OFFSET 15 LIMIT 1`)
	if a := w.allowance(e, first); a.Left() != 0 || a.MoreAt == nil || !a.MoreAt.Equal(sixteenth.Add(24*time.Hour)) {
		t.Errorf("with a smaller one: %+v, the sixteenth at %v", a, sixteenth)
	}
	w.must(c.SetQuota(t.Context(), c.by, e.id, 0, "No calls for now"))
	if a := w.allowance(e, first); a.Left() != 0 || a.MoreAt != nil {
		t.Errorf("with none at all: %+v", a)
	}
	w.must(c.SetQuota(t.Context(), c.by, e.id, quota+5, "They are fine"))
	holds(quota + 5)
	w.balanced()
}

// Health tells what the database knows, and of each account that has to do with dialling.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	c := w.console()
	e, f, g := w.employer("Acme"), w.employer("Bolt"), w.employer("Cask")
	w.people(e, 555, 5)
	w.people(f, 556, 2)
	w.launch(e)
	w.must(c.SetQuota(t.Context(), c.by, e.id, 3, "A new customer"))
	w.must(c.PauseDialling(t.Context(), c.by, f.id, true, why))
	w.wantDialled(3)
	w.launch(f)
	w.exec(`UPDATE attempts SET state = 'unknown' WHERE id = (SELECT id FROM attempts LIMIT 1)`)
	h, err := w.dialer.Health(t.Context())
	w.must(err)
	if h.Live != 2 || h.Unknown != 1 || h.Placing != 0 || h.LastMinute != 3 || h.PerMinute != fast*60 || h.HeldUntil != nil {
		t.Errorf("health %+v", h)
	}
	if len(h.Accounts) != 2 || h.Accounts[0].AccountID != e.id || h.Accounts[1].AccountID != f.id {
		t.Fatalf("accounts %+v; want Acme and Bolt, and not %v", h.Accounts, g.id)
	}
	acme, bolt := h.Accounts[0], h.Accounts[1]
	if acme.Running != 1 || acme.Pending != 2 || acme.Live != 2 || acme.Unknown != 1 || acme.Used != 3 || acme.Quota != 3 || acme.PausedAt != nil {
		t.Errorf("Acme: %+v", acme)
	}
	if bolt.Running != 1 || bolt.Pending != 2 || bolt.Used != 0 || bolt.PausedAt == nil || bolt.PauseReason != why {
		t.Errorf("Bolt: %+v", bolt)
	}
	w.exec(`UPDATE pace SET held_until = clock_timestamp() + interval '1 minute' WHERE key = 'carrier'`)
	if h, err = w.dialer.Health(t.Context()); err != nil || h.HeldUntil == nil {
		t.Errorf("held: %+v, %v", h.HeldUntil, err)
	}
}
