package dialer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/twilio"
)

// life is a small world in which everything goes wrong at random.
type life struct {
	*world
	random    *rand.Rand
	employers []employer
	numbers   []string
	campaigns []uuid.UUID
	pending   [][]func()           // what each call still has to tell
	ongoing   map[string]uuid.UUID // phone -> attempt, as the carrier sees it
	stopped   map[string]bool      // number of ours + phone: the STOP has been answered
	faulty    bool
}

func (l *life) chance(percent int) bool { return l.random.IntN(100) < percent }

func pick[T any](l *life, list []T) T { return list[l.random.IntN(len(list))] }

// reply is the carrier's: it refuses, loses and forgets; it also watches that
// nobody is called twice at once, or after STOP.
func (l *life) reply(call twilio.Call) reply {
	if l.stopped[call.From+call.To] {
		l.t.Errorf("%s was called by %s after STOP", call.To, call.From)
	}
	r := accept()
	if l.faulty {
		r = pick(l, []reply{accept(), accept(), accept(), accept(), lost(), gone(), refuse(twilio.NotSent, 0), refuse(twilio.Busy, 20429),
			refuse(twilio.Permanent, 21211), refuse(twilio.Config, 21210), refuse(twilio.OptedOut, 21610)})
	}
	if !r.accept {
		return r
	}
	if other, live := l.ongoing[call.To]; live {
		l.t.Errorf("%s has two live calls: %s and %s", call.To, other, attemptIn(call.URL))
	}
	l.ongoing[call.To] = attemptIn(call.URL)
	return r
}

// tell plans what a new call will do: steps in an order of their own, some
// twice, some never.
func (l *life) tell(a uuid.UUID) {
	call := l.carrier.callOf(a)
	if call == nil {
		return
	}
	end := pick(l, []string{"completed", "completed", "completed", "busy", "no-answer", "failed", "canceled"})
	status := func(sequence int, word string) func() {
		return func() { l.quietly(l.dialer.Status(context.Background(), l.statusEvent(a, sequence, word))) }
	}
	steps := []func(){status(0, "initiated"), status(1, "ringing")}
	if end == "completed" {
		steps = append(steps, status(2, "in-progress"), func() { l.answer(a) })
		talk := []func(){func() { l.press(a, atMessage, "9"); l.press(a, atWidest, "9") }, func() { l.press(a, atChoices, "8") },
			func() { l.press(a, atChoices, "1") }, func() { l.press(a, atMessage, "2") }, func() { l.machine(a, "machine_end_beep") },
			func() { l.machine(a, "human") }, func() {}}
		for range l.random.IntN(3) {
			steps = append(steps, pick(l, talk))
		}
	}
	last := func() {
		l.carrier.set(a, end)
		if l.ongoing[call.To] == a {
			delete(l.ongoing, call.To)
		}
		if !l.faulty || l.chance(75) {
			status(3, end)()
		}
	}
	if l.faulty {
		for i := range steps {
			if l.chance(20) {
				j := l.random.IntN(len(steps))
				steps[i], steps[j] = steps[j], steps[i]
			}
			if l.chance(10) {
				steps = append(steps, steps[i])
			}
		}
		steps = slices.DeleteFunc(steps, func(func()) bool { return l.chance(15) })
	}
	l.pending = append(l.pending, append(steps, last))
}

func (l *life) quietly(err error) {
	if err != nil && !errors.Is(err, ErrForeignCall) {
		l.t.Error(err)
	}
}

// step lets one thing happen.
func (l *life) step() {
	switch n := l.random.IntN(100); {
	case n < 30:
		l.dialSome()
	case n < 75:
		l.advanceCall()
	case n < 78:
		e, number := pick(l, l.employers), pick(l, l.numbers)
		if query[bool](l.world, `SELECT EXISTS (SELECT FROM employees WHERE account_id = $1 AND phone_key = $2)`, e.id, testKey(number)) {
			l.stop(e, number, "STOP")
			l.stopped[e.number+number] = true
		}
	case n < 82:
		l.control()
	case n < 88:
		l.clock.Advance(time.Duration(l.random.IntN(40)) * time.Minute)
	case n < 92:
		l.ageAll(time.Duration(l.random.IntN(6)) * time.Minute)
		l.quietly(l.dialer.Reconcile(context.Background()))
	default:
		l.housekeep()
	}
}

func (l *life) dialSome() {
	list, err := l.dialer.claim(context.Background(), 1+l.random.IntN(6))
	l.must(err)
	for _, a := range list {
		if l.faulty && l.chance(5) {
			continue // this replica died after its commit
		}
		l.placeSlowly(l.dialer, a)
		l.tell(a.ID)
	}
}

func (l *life) advanceCall() {
	if len(l.pending) == 0 {
		return
	}
	at := l.random.IntN(len(l.pending))
	steps := l.pending[at]
	if len(steps) == 1 {
		l.pending = slices.Delete(l.pending, at, at+1)
	} else {
		l.pending[at] = steps[1:]
	}
	steps[0]()
}

func (l *life) control() {
	id, e := pick(l, l.campaigns), employer{}
	for _, e = range l.employers {
		if query[bool](l.world, `SELECT account_id = $2 FROM campaigns WHERE id = $1`, id, e.id) {
			break
		}
	}
	// Whatever the state, it is either done or refused.
	switch l.random.IntN(8) {
	case 0:
		if l.faulty {
			_ = l.world.campaigns.Cancel(context.Background(), e.caller(), id)
		}
	case 1, 2:
		_ = l.world.campaigns.Pause(context.Background(), e.caller(), id, "")
	default:
		_ = l.world.campaigns.Resume(context.Background(), e.caller(), id, "we looked into it")
	}
}

func (l *life) ageAll(by time.Duration) {
	l.exec(`UPDATE attempts SET place_by = place_by - make_interval(secs => $1), checked_at = checked_at - make_interval(secs => $1)
		WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress')`, by.Seconds())
}

// finish lets the world come to rest without further faults.
func (l *life) finish() {
	l.faulty = false
	for round := 0; ; round++ {
		for len(l.pending) > 0 {
			l.advanceCall()
		}
		l.exec(`UPDATE pace SET held_until = '-infinity'`)
		for _, id := range l.campaigns {
			if l.campaignIs(id) == "paused" {
				for _, e := range l.employers {
					_ = l.world.campaigns.Resume(context.Background(), e.caller(), id, "we looked into it")
				}
			}
		}
		l.ageAll(5*time.Minute + 10*time.Second)
		l.quietly(l.dialer.Reconcile(context.Background()))
		l.clock.Advance(31 * time.Minute)
		l.housekeep()
		l.dialSome()
		l.balanced()
		if query[int](l.world, `SELECT count(*) FROM campaigns WHERE status NOT IN ('finished', 'cancelled', 'expired')`) == 0 &&
			query[int](l.world, `SELECT count(*) FROM attempts WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress')`) == 0 {
			return
		}
		if round > 400 {
			l.t.Fatalf("not at rest: %s", query[string](l.world, `SELECT string_agg(x, '; ') FROM (SELECT c.status || ' ' || r.state || ' due ' || r.due_at || ' open ' || r.open_from || ' ' || r.open_until || ' ' || coalesce(a.state, '') AS x
				FROM recipients r JOIN campaigns c ON c.id = r.campaign_id LEFT JOIN attempts a ON a.recipient_id = r.id WHERE r.state IN ('pending', 'dialling')) y`))
		}
	}
}

// I4 over everything at once: whatever the carrier does, however callbacks
// come, whoever says STOP, pauses or cancels, and whichever replica dies: totals
// balance at every moment, and in the end each person has exactly one final
// state, nobody was called twice at once and nobody after STOP.
func TestI4TotalsBalanceWhateverHappens(t *testing.T) {
	t.Parallel()
	for round := range 3 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			w.expect("several calls at the carrier")
			w.expect("our set-up at the carrier refuses calls")
			w.expect("given up is answered")
			l := &life{world: w, random: seeded(t), ongoing: map[string]uuid.UUID{}, stopped: map[string]bool{}, faulty: true}
			w.carrier.behave(l.reply)
			shared := w.sender("+14169990000")
			l.employers = []employer{w.employer("Acme", shared), w.employer("Bolt", shared), w.employer("Carp")}
			for i := range 24 {
				l.numbers = append(l.numbers, fmt.Sprintf("+1416555%04d", i))
				for j, e := range l.employers {
					if (i+j)%3 != 0 { // most phones are on two lists
						w.person(e, l.numbers[i])
					}
				}
			}
			for _, e := range l.employers {
				machineIsNobody := func(in *campaign.DraftInput) { in.Content.Voicemail = campaign.VoicemailNoAnswer }
				l.campaigns = append(l.campaigns, w.launch(e, machineIsNobody), w.launch(e, leaveVoicemail, func(in *campaign.DraftInput) {
					in.DialUntilWall = w.clock.Now().Add(-5*time.Hour + 40*time.Hour).Format("2006-01-02T15:04") // wall time in Toronto
				}))
			}
			for range 500 {
				l.step()
				w.balanced()
				if t.Failed() {
					return
				}
			}
			l.finish()
			if n := query[int](w, `SELECT count(*) FROM campaigns c WHERE c.manifest_total <> (SELECT count(*) FROM recipients r WHERE r.campaign_id = c.id
				AND r.state NOT IN ('pending', 'dialling') AND r.finished_at IS NOT NULL)`); n > 0 {
				t.Fatalf("%d campaigns lost somebody", n)
			}
			if n := query[int](w, `SELECT count(*) FROM recipients r WHERE state IN ('skipped', 'cancelled') AND reason NOT IN ('opted_out', 'not_me')
				AND EXISTS (SELECT FROM attempts a WHERE a.recipient_id = r.id AND a.state IN ('busy', 'no_answer'))`); n > 0 {
				t.Fatalf("of %d people it is forgotten that they were rung", n)
			}
			t.Log(query[string](w, `SELECT string_agg(x, ', ') FROM (SELECT state || ' ' || reason || ' ' || count(*) AS x FROM recipients GROUP BY state, reason ORDER BY 1) y`))
		})
	}
}
