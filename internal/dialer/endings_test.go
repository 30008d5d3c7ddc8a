package dialer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// rung is a campaign of somebody whose first call came to something, who waits
// for another, and of somebody who was never called.
type rung struct {
	*world
	employer
	id uuid.UUID
}

// Numbers of a rung.
const (
	wasRung   = "+14165550101"
	neverRung = "+14165550102"
)

func newRung(t *testing.T, come func(w *world, a uuid.UUID)) *rung {
	t.Helper()
	w := newWorld(t, fast)
	r := &rung{world: w, employer: w.employer("Acme")}
	w.person(r.employer, wasRung)
	r.id = w.launch(r.employer, func(in *campaign.DraftInput) {
		in.MaxAttempts, in.DialUntilWall, in.Content.Voicemail = 3, "2026-11-23T15:00", campaign.VoicemailNoAnswer // in five hours
		in.Audience = campaign.Audience{Kind: campaign.AudienceSelection}
		for _, number := range []string{wasRung, neverRung} {
			in.Audience.EmployeeIDs = append(in.Audience.EmployeeIDs, w.idOf(r.employer, number))
		}
	})
	w.exec(`UPDATE recipients SET due_at = due_at + interval '4 hours' WHERE phone_key = $1`, testKey(neverRung))
	come(w, w.dialOne())
	w.wantRecipient(r.employer, wasRung, "pending")
	return r
}

// idOf is somebody of an employer's list, who is added where there is none.
func (w *world) idOf(e employer, number string) uuid.UUID {
	if query[int](w, `SELECT count(*) FROM employees WHERE account_id = $1 AND phone_key = $2`, e.id, testKey(number)) == 0 {
		return w.person(e, number)
	}
	return query[[16]byte](w, `SELECT id FROM employees WHERE account_id = $1 AND phone_key = $2`, e.id, testKey(number))
}

// Whoever was rung and waits for another try ends as what the last call came to,
// whatever keeps the next one from being made, but for their own word; only whom
// no call has reached is skipped or cancelled.
func TestI4WhatTheLastCallCameToStays(t *testing.T) {
	t.Parallel()
	comes := map[string]func(w *world, a uuid.UUID){
		"busy":      func(w *world, a uuid.UUID) { w.status(a, 1, "busy") },
		"no_answer": func(w *world, a uuid.UUID) { w.status(a, 1, "no-answer") },
		"no_answer machine": func(w *world, a uuid.UUID) {
			w.answer(a)
			w.machine(a, "machine_start")
			w.status(a, 2, "completed")
		},
		"failed not_heard": func(w *world, a uuid.UUID) { w.status(a, 1, "completed") },
	}
	ends := map[string]struct {
		end   func(r *rung)
		never string // what becomes of who was never called; empty: nothing yet
		was   string // and of who was rung; empty: what it came to
	}{
		"deadline": {end: func(r *rung) {
			r.clock.Advance(6 * time.Hour)
			r.housekeep()
		}, never: "skipped deadline_passed"},
		"cancel": {end: func(r *rung) { r.must(r.campaigns.Cancel(context.Background(), r.caller(), r.id)) }, never: "cancelled campaign_cancelled"},
		"cancel, in the background": {end: func(r *rung) {
			r.exec(`UPDATE campaigns SET status = 'cancelled', finished_at = $1`, r.clock.Now())
			r.housekeep()
		}, never: "cancelled campaign_cancelled"},
		"removed": {end: func(r *rung) { r.exec(`UPDATE employees SET deleted_at = now()`); r.later() }},
		"stop":    {end: func(r *rung) { r.stop(r.employer, wasRung, "STOP") }, was: "skipped opted_out"},
		"stop, seen late": {end: func(r *rung) {
			r.event(r.employer, wasRung, consent.OptedOut)
			r.later()
		}, was: "skipped opted_out"},
		"stop, while the next call is queued": {end: func(r *rung) {
			r.clock.Advance(31 * time.Minute)
			a := r.dialOne()
			r.stop(r.employer, wasRung, "STOP")
			r.status(a, 1, "canceled")
		}, was: "skipped opted_out"},
		"cancel, while the next call is queued": {end: func(r *rung) {
			r.clock.Advance(31 * time.Minute)
			a := r.dialOne()
			r.must(r.campaigns.Cancel(context.Background(), r.caller(), r.id))
			r.must(r.dialer.endUnwanted(context.Background()))
			r.status(a, 1, "canceled")
		}, never: "cancelled campaign_cancelled"},
		"deadline, long after a call that never left": {end: func(r *rung) {
			r.carrier.always(refuse(twilio.NotSent, 0))
			r.clock.Advance(31 * time.Minute)
			r.dialOne()
			r.clock.Advance(6 * time.Hour)
			r.housekeep()
		}, never: "skipped deadline_passed"},
		"deadline, after a call that never left": {end: func(r *rung) {
			r.clock.Advance(5*time.Hour - time.Second)
			r.exec(`UPDATE recipients SET due_at = $2 WHERE phone_key = $1`, testKey(neverRung), r.clock.Now().Add(time.Hour))
			r.carrier.always(refuse(twilio.NotSent, 0))
			r.dialOne() // would be due again a second after the deadline
			r.clock.Advance(time.Hour)
			r.housekeep()
		}, never: "skipped deadline_passed"},
	}
	for came, come := range comes {
		for ended, c := range ends {
			t.Run(came+", "+ended, func(t *testing.T) {
				t.Parallel()
				r := newRung(t, come)
				c.end(r)
				if c.was == "" {
					c.was = came
				}
				r.wantRecipient(r.employer, wasRung, c.was)
				if c.never != "" {
					r.wantRecipient(r.employer, neverRung, c.never)
				}
				r.balanced()
			})
		}
	}
}

// later is a look at who is due when the next try is.
func (r *rung) later() {
	r.clock.Advance(31 * time.Minute)
	r.housekeep()
}

// A campaign has expired where its last time for calls left somebody uncalled,
// and is finished where everybody had been called, or could not be: the same
// whether it ran or stood still at the end.
func TestExpiredOrFinished(t *testing.T) {
	t.Parallel()
	for _, paused := range []bool{false, true} {
		for name, c := range map[string]struct {
			before func(w *world, e employer) // the deadline
			want   string
		}{
			"nobody called": {func(*world, employer) {}, "expired"},
			"one of two called": {func(w *world, _ employer) {
				w.status(w.dialWithMost(1)[0], 1, "busy")
			}, "expired"},
			"both called, one to be tried again": {func(w *world, _ employer) {
				w.status(w.dialWithMost(1)[0], 1, "no-answer")
				a := w.dialWithMost(1)[0]
				w.answer(a)
				w.press(a, atChoices, "1")
				w.status(a, 2, "completed")
			}, "finished"},
			"one called, one has said stop": {func(w *world, e employer) {
				a := w.dialWithMost(1)[0]
				w.status(a, 1, "busy")
				for _, number := range []string{wasRung, neverRung} {
					if number != w.phoneOf(a) {
						w.stop(e, number, "STOP")
					}
				}
			}, "finished"},
		} {
			t.Run(fmt.Sprint(name, ", paused ", paused), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, fast)
				e := w.employer("Acme")
				w.person(e, wasRung)
				w.person(e, neverRung)
				id := w.launch(e, func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-23T15:00" }) // in five hours
				c.before(w, e)
				if paused {
					w.must(w.campaigns.Pause(t.Context(), e.caller(), id, ""))
				}
				w.clock.Advance(5*time.Hour - time.Second)
				w.housekeep()
				if state := w.campaignIs(id); state == c.want {
					t.Fatalf("%s before its last time for calls has passed", state)
				}
				w.clock.Advance(time.Second)
				w.housekeep()
				w.wantCampaign(id, c.want)
				if n := query[int](w, `SELECT count(*) FROM audit_events WHERE subject_id = $1 AND action IN ('campaign.finished', 'campaign.expired')`, id.String()); n != 1 {
					t.Fatalf("%d audit rows tell the end", n)
				}
				w.balanced()
			})
		}
	}
}
