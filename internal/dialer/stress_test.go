package dialer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// hammer is everything that may touch a phone, at once, on few phones.
type hammer struct {
	*world
	diallers  []*Dialer
	employers []employer
	numbers   []string
	mu        sync.Mutex
	random    *rand.Rand
	done      atomic.Int64
}

func (h *hammer) pick(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.random.IntN(n)
}

func (h *hammer) number() string     { return h.numbers[h.pick(len(h.numbers))] }
func (h *hammer) employer() employer { return h.employers[h.pick(len(h.employers))] }
func (h *hammer) dialer() *Dialer    { return h.diallers[h.pick(len(h.diallers))] }

// call is one of the newest calls at the carrier.
func (h *hammer) call() (id uuid.UUID, sid string, ok bool) {
	h.carrier.mu.Lock()
	defer h.carrier.mu.Unlock()
	n := len(h.carrier.calls)
	if n == 0 {
		return uuid.Nil, "", false
	}
	c := h.carrier.calls[n-1-h.pick(min(n, len(h.numbers)))]
	return c.attempt, c.SID, true
}

// tolerable refusals are the product saying no; anything else is a fault.
func tolerable(err error) bool {
	_, refused := apperr.As(err)
	return err == nil || refused || errors.Is(err, context.Canceled)
}

func (h *hammer) check(what string, err error) {
	h.done.Add(1)
	if !tolerable(err) {
		h.t.Errorf("%s: %v", what, err)
	}
}

// blows are what is done, each by a goroutine of its own.
func (h *hammer) blows() map[string]func(context.Context) {
	status := func(ctx context.Context) {
		if id, sid, ok := h.call(); ok {
			words := []string{"initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed"}
			word := words[h.pick(len(words))]
			h.check("status", h.dialer().Status(ctx, StatusEvent{Attempt: id, CallSID: sid, Kind: "status", Status: word, Dedupe: fmt.Sprint(h.pick(4), " ", word)}))
		}
	}
	voice := func(ctx context.Context) {
		if id, sid, ok := h.call(); ok {
			req := VoiceRequest{Attempt: id, CallSID: sid, Step: []string{"", "", atMessage, atChoices, atWidest}[h.pick(5)], Digits: fmt.Sprint(h.pick(40) % 10 * (h.pick(3) / 2))}
			_, err := h.dialer().Voice(ctx, req)
			h.check("voice", err)
		}
	}
	agree := func(ctx context.Context) { h.check("consent", h.agree(ctx, h.employer(), h.number())) }
	campaigns := func(ctx context.Context) { h.check("campaign", h.campaign(ctx)) }
	return map[string]func(context.Context){
		"status": status, "more status": status, "voice": voice, "more voice": voice,
		"machine": func(ctx context.Context) {
			if id, sid, ok := h.call(); ok {
				h.check("machine", h.dialer().Machine(ctx, MachineReport{Attempt: id, CallSID: sid, AnsweredBy: []string{"human", "machine_end_beep"}[h.pick(2)]}))
			}
		},
		"stop": func(ctx context.Context) {
			_, err := h.dialer().Receive(ctx, h.inbound(h.employer(), h.number(), []string{"STOP", "stop all", "YES", "HELP", "what?"}[min(h.pick(16), 4)]))
			h.check("receive", err)
		},
		"revoke": func(ctx context.Context) {
			if e := h.employer(); h.pick(8) == 0 {
				_, err := h.dialer().Revoke(ctx, consent.Revocation{PhoneKey: testKey(h.number()), Account: &e.id, SenderID: e.sender, Kind: consent.OptedOut, Channel: consent.ChannelWeb})
				h.check("revoke", err)
			}
		},
		"consent": agree, "more consent": agree,
		"call back": func(ctx context.Context) {
			_, err := h.dialer().CalledBack(ctx, CallBack{CallSID: "CAback" + uuid.NewString(), From: h.number(), To: h.employer().number, Step: []string{"", atMessage, atWidest}[h.pick(3)], Digits: fmt.Sprint(h.pick(30))})
			h.check("call back", err)
		},
		"campaign": campaigns, "more campaigns": campaigns,
		"preview": func(ctx context.Context) {
			e := h.employer()
			var id uuid.UUID
			if err := h.worker.QueryRow(ctx, `SELECT id FROM campaigns WHERE account_id = $1 LIMIT 1`, e.id).Scan(&id); err != nil {
				h.check("preview", err)
				return
			}
			_, err := h.dialer().Preview(ctx, PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor})
			h.check("preview", err)
		},
		// Now and then a day passes, or the number of calls a day would end all.
		"time": func(ctx context.Context) {
			var n int
			h.check("time", h.worker.QueryRow(ctx, `SELECT count(*) FROM recipients WHERE state = 'pending'`).Scan(&n))
			h.clock.Advance(100 * time.Millisecond)
			if h.pick(150) == 0 {
				h.clock.Advance(24 * time.Hour)
			}
		},
		"reconcile": func(ctx context.Context) { h.check("reconcile", h.dialer().Reconcile(ctx)) },
		"housekeep": func(ctx context.Context) {
			d := h.dialer()
			d.short.Store(true)
			h.check("housekeep", errors.Join(d.housekeep(ctx), d.endUnwanted(ctx)))
		},
	}
}

// agree is a YES with everything that it lifts.
func (h *hammer) agree(ctx context.Context, e employer, number string) error {
	return h.worker.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE`, testKey(number)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sender_blocks WHERE phone_key = $1`, testKey(number)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE phone_gates SET stopped_at = NULL WHERE phone_key = $1`, testKey(number)); err != nil {
			return err
		}
		var state string
		if err := tx.QueryRow(ctx, `SELECT coalesce((SELECT state FROM consents WHERE account_id = $1 AND phone_key = $2), 'none')`, e.id, testKey(number)).Scan(&state); err != nil || state == "opted_in" {
			return err
		}
		for _, kind := range []consent.Kind{consent.Invited, consent.OptedIn} {
			_, err := consent.Append(ctx, tx, consent.Event{Account: e.id, PhoneKey: testKey(number), Kind: kind, Channel: consent.ChannelSMS, At: h.clock.Now(), Actor: audit.Actor{Kind: audit.Employee}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// campaign launches, pauses, resumes, cancels.
func (h *hammer) campaign(ctx context.Context) error {
	e := h.employer()
	list, err := h.campaigns.List(ctx, e.id, "", nil, 50)
	if err != nil {
		return err
	}
	switch n := h.pick(10); {
	case n < 3 || len(list) == 0:
		c, err := h.campaigns.Clone(ctx, e.caller(), list[h.pick(len(list))].ID)
		if err != nil {
			return err
		}
		_, plan, err := h.campaigns.Plan(ctx, e.id, c.ID)
		if err != nil {
			return err
		}
		_, err = h.campaigns.Launch(ctx, e.caller(), c.ID, plan.Hash)
		return err
	case n < 6:
		return h.campaigns.Pause(ctx, e.caller(), list[h.pick(len(list))].ID, "")
	case n < 9:
		return h.campaigns.Resume(ctx, e.caller(), list[h.pick(len(list))].ID, "we looked into it")
	}
	return h.campaigns.Cancel(ctx, e.caller(), list[h.pick(len(list))].ID)
}

// Everything that touches a phone, at once and on few phones: no deadlock, no
// error but refusals, and the totals balance. Run it with the race detector.
func TestStressLocksHoldTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.expect("our set-up at the carrier refuses calls")
	w.expect("given up is answered")
	w.expect("a call that was not placed")
	shared := w.sender("+14169990000")
	h := &hammer{world: w, random: seeded(t), employers: []employer{w.employer("Acme", shared), w.employer("Bolt", shared), w.employer("Carp")},
		diallers: []*Dialer{w.dialer, w.replica(fast, w.pool(12))}}
	w.exec(`UPDATE accounts SET monthly_limit = 99, daily_quota = 1000000`)
	for i := range 10 {
		h.numbers = append(h.numbers, fmt.Sprintf("+1416555%04d", i))
		for _, e := range h.employers {
			w.person(e, h.numbers[i])
		}
	}
	for _, e := range h.employers {
		w.launch(e)
		w.launch(e, leaveVoicemail)
	}
	w.carrier.behave(func(twilio.Call) reply {
		switch h.pick(20) {
		case 0:
			return lost()
		case 1:
			return refuse(twilio.Busy, 20429)
		case 2:
			return refuse(twilio.OptedOut, 21610)
		case 3:
			return refuse(twilio.Config, 21210)
		}
		return accept()
	})
	stop := w.running(h.diallers...)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	var group sync.WaitGroup
	for _, blow := range h.blows() {
		group.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				blow(context.WithoutCancel(ctx))
			}
		})
	}
	group.Wait()
	stop()
	w.balanced()
	if n := query[int](w, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Fatalf("%d deadlocks", n)
	}
	if n := query[int](w, `SELECT count(*) FROM (SELECT phone_key FROM attempts WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress')
		GROUP BY phone_key HAVING count(*) > 1) x`); n != 0 {
		t.Fatalf("%d phones with two live calls", n)
	}
	t.Logf("%d blows, %d calls: %s", h.done.Load(), len(w.carrier.posted()), strings.ReplaceAll(
		query[string](w, `SELECT coalesce(string_agg(x, ', '), '') FROM (SELECT state || ' ' || count(*) AS x FROM recipients GROUP BY state ORDER BY 1) y`), "\n", " "))
}
