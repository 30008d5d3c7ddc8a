package dialer

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// quiet sets quiet hours by the clock of Toronto, as the page does; the same
// start and end clear them.
func (w *world) quiet(number string, start, end int) {
	w.t.Helper()
	wish := consent.QuietWish{PhoneKey: testKey(number), Zone: "America/Toronto"}
	if start != end {
		wish.Hours = &callhours.Quiet{Start: start, End: end, Zone: "America/Toronto"}
	}
	w.must(w.dialer.SetQuiet(context.Background(), wish))
}

// pause sets a pause for so long, as the page does; none ends it.
func (w *world) pause(number string, pause time.Duration) {
	w.t.Helper()
	wish := consent.QuietWish{PhoneKey: testKey(number), Pause: true}
	if pause > 0 {
		until := w.clock.Now().Add(pause)
		wish.Until = &until
	}
	w.must(w.dialer.SetQuiet(context.Background(), wish))
}

func (w *world) dueAt(number string) time.Time {
	w.t.Helper()
	return query[time.Time](w, `SELECT due_at FROM recipients WHERE phone_key = $1`, testKey(number))
}

// Quiet hours set while somebody waits hold at once, also before anything else
// has looked; then the claim need not look at them until they end.
func TestI6QuietHoursHoldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast) // 10:00
	e, phone, _ := w.one()
	w.quiet(phone, 9*60, 12*60)
	w.wantDialled(0)
	w.housekeep()
	if due, want := w.dueAt(phone), monday().Add(2*time.Hour+time.Minute); !due.Equal(want) {
		t.Fatalf("due %s, want %s", due, want)
	}
	w.clock.Advance(2*time.Hour + 59*time.Second)
	w.housekeep()
	w.wantDialled(0)
	w.clock.Advance(time.Second)
	w.wantDialled(0) // the span has passed, the next one is not known yet: closed
	w.housekeep()
	w.wantDialled(1)
	w.wantRecipient(e, phone, "dialling")
}

// A span that nobody has renewed keeps the phone closed, however long ago it
// passed; renewed, it is the one of that day.
func TestI6PassedQuietHoursFailClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	_, phone, _ := w.one()
	w.quiet(phone, 12*60, 13*60)
	w.exec(`UPDATE platform SET dialling_paused_at = now()`)
	w.clock.Advance(3*24*time.Hour + 4*time.Hour) // Thursday 14:00
	w.must(w.dialer.renewHours(t.Context()))
	w.exec(`UPDATE platform SET dialling_paused_at = NULL`)
	w.wantDialled(0)
	held, err := w.worker.Begin(t.Context())
	w.must(err)
	defer held.Rollback(context.Background()) //nolint:errcheck // done below
	_, err = held.Exec(t.Context(), `SELECT FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE`, testKey(phone))
	w.must(err)
	w.must(w.consent.RollQuiet(t.Context())) // neither waits nor renews what somebody holds
	w.must(held.Rollback(t.Context()))
	w.wantDialled(0)
	w.must(w.consent.RollQuiet(t.Context()))
	if from, want := query[time.Time](w, `SELECT quiet_from FROM phone_gates WHERE quiet_from IS NOT NULL`), time.Date(2026, 11, 27, 16, 59, 0, 0, time.UTC); !from.Equal(want) {
		t.Fatalf("next span from %s, want %s", from, want)
	}
	w.wantDialled(1)
}

// Many phones whose spans pass together are all renewed, a bounded number at a time.
func TestQuietHoursOfManyAreRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.exec(`INSERT INTO phone_gates (phone_key, quiet_start, quiet_end, quiet_zone, quiet_from, quiet_until)
		SELECT sha256(i::text::bytea), i % 60, 700, 'America/Toronto', $1::timestamptz - interval '5 hours', $1 FROM generate_series(1, 1234) i`, w.clock.Now())
	w.must(w.consent.RollQuiet(t.Context()))
	if n := query[int](w, `SELECT count(*) FROM phone_gates WHERE quiet_until > $1`, w.clock.Now()); n != 1234 {
		t.Fatalf("%d of 1234 renewed", n)
	}
}

// A pause holds for calls of every employer; a call that has started may finish.
func TestI6APauseHoldsForEveryEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	acme, bell := w.employer("Acme"), w.employer("Bell")
	const phone = "+14165550101"
	w.person(acme, phone)
	w.person(bell, phone)
	w.launch(acme)
	a := w.dialOne()
	w.launch(bell)
	w.pause(phone, 3*time.Hour)
	if document := w.answer(a); !spoke(document) {
		t.Fatalf("a call that had started is cut off: %s", document)
	}
	w.status(a, 1, "completed")
	w.housekeep()
	w.wantDialled(0)
	w.wantRecipient(bell, phone, "pending")
	w.clock.Advance(3*time.Hour - time.Second)
	w.wantDialled(0)
	w.clock.Advance(time.Second)
	w.wantDialled(1)
}

// When the page has said that the pause is set, no POST of before can start.
func TestI6APauseWaitsForCallsBeingPlaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	_, phone, _ := w.one()
	w.running(w.dialer)
	begun, letGo := w.hang()
	w.untilMoving("the POST to begin", func() bool { return begun() == 1 })
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		w.pause(phone, time.Hour)
	}()
	w.until("the pause to be stored", func() bool {
		return query[int](w, `SELECT count(*) FROM phone_gates WHERE paused_until IS NOT NULL`) == 1
	})
	if query[bool](w, `SELECT bool_or(state = 'placing' AND place_by > clock_timestamp() + interval '200 ms') FROM attempts`) {
		select {
		case <-answered:
			if query[bool](w, `SELECT bool_or(state = 'placing' AND place_by > clock_timestamp()) FROM attempts`) {
				t.Error("the page answers while a POST may still start")
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
	letGo()
	<-answered
}

// So does an invitation: the page says that none is sent any more.
func TestI6APauseWaitsForInvitationsBeingSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, _ := w.one()
	w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, due_at, created_at, state, sent_at, place_by)
		SELECT a.id, $2, 'invitation', 'en', $3, 'words', 'x', a.sender_id, now(), now(), 'sending', now(), clock_timestamp() + interval '1 second' FROM accounts a WHERE a.id = $1`,
		e.id, testKey(phone), phone)
	w.pause(phone, time.Hour)
	if query[bool](w, `SELECT EXISTS (SELECT FROM messages WHERE state = 'sending' AND place_by > clock_timestamp())`) {
		t.Error("the page answers while an invitation may still leave")
	}
}

// Whoever ends the pause is called as if there had been none; another try keeps
// its distance.
func TestEndOfAPauseTakesCallsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const fresh, again, planned = "+14165550101", "+14165550102", "+14165550103"
	w.person(e, fresh)
	w.person(e, again)
	w.person(e, planned)
	w.pause(planned, 24*time.Hour)
	w.launch(e)
	ids := w.dial()
	if len(ids) != 2 {
		t.Fatalf("%d claimed", len(ids))
	}
	for i, id := range ids {
		if w.carrier.callOf(id).To == again {
			w.status(id, 1, "busy")
		} else {
			w.exec(`DELETE FROM attempts WHERE id = $1`, ids[i])
			w.exec(`UPDATE recipients SET state = 'pending', attempts_made = 0 WHERE phone_key = $1`, testKey(fresh))
		}
	}
	w.clock.Advance(10 * time.Minute)
	for _, phone := range []string{fresh, again} {
		w.pause(phone, 5*time.Hour)
	}
	w.housekeep()
	for _, phone := range []string{fresh, again, planned} {
		w.pause(phone, 0)
	}
	if got := w.dueAt(fresh); !got.Equal(w.clock.Now()) {
		t.Errorf("the first call is due %s, want now", got)
	}
	if got := w.dueAt(planned); !got.Equal(w.clock.Now()) {
		t.Errorf("a call planned around the pause is due %s, want now", got)
	}
	if got, want := w.dueAt(again), monday().Add(30*time.Minute); !got.Equal(want) {
		t.Errorf("another try is due %s, want %s", got, want)
	}
	w.wantDialled(2)
	// Another try that came due within a pause and was put off is taken up too.
	w.pause(again, 5*time.Hour)
	w.clock.Advance(30 * time.Minute)
	w.housekeep()
	w.pause(again, 0)
	w.wantDialled(1)
}

// A campaign that ends before the quiet does skips the person and says why; one
// without an end waits a week.
func TestQuietBeyondTheCampaignIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	const phone = "+14165550101"
	w.person(e, phone)
	until := w.launch(e, func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-23T12:00" })
	open := w.launch(e)
	w.pause(phone, 3*time.Hour)
	w.housekeep()
	w.housekeep()
	w.wantCampaign(until, "finished")
	w.wantCampaign(open, "running")
	if got := w.recipient(e, phone); got != "pending, skipped asked_for_quiet" && got != "skipped asked_for_quiet, pending" {
		t.Fatalf("recipients %q", got)
	}
	w.pause(phone, 8*24*time.Hour)
	w.housekeep()
	w.housekeep()
	w.wantCampaign(open, "finished")
	w.wantRecipient(e, phone, "skipped asked_for_quiet, skipped asked_for_quiet")
	w.balanced()
}

// Quiet hours over all calling hours end a campaign without a last time too.
func TestQuietWheneverCallsMayStartEndsTheCampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, phone, id := w.one()
	w.quiet(phone, 8*60, 22*60)
	for i := 0; i < 9*24*2 && w.campaignIs(id) == "running"; i++ {
		w.housekeep()
		w.wantDialled(0)
		w.clock.Advance(30 * time.Minute)
	}
	w.wantCampaign(id, "finished")
	w.wantRecipient(e, phone, "skipped asked_for_quiet")
}

// The plan says who cannot be called, and when the others ring; the launch does
// as the plan says.
func TestPlanIsHonestAboutQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, other := w.employer("Acme"), w.employer("Bell")
	numbers := w.people(e, 555, 5)
	w.listed(e, "+14165550199") // said nothing, and has asked for quiet
	w.pause("+14165550199", 30*24*time.Hour)
	w.person(other, numbers[0])
	w.quiet(numbers[0], 9*60, 11*60)
	w.pause(numbers[1], 3*time.Hour)
	w.pause(numbers[2], 30*24*time.Hour)
	w.quiet(numbers[3], 8*60, 23*60)
	id := w.draft(e, func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-23T20:00" })
	_, plan, err := w.campaigns.Plan(t.Context(), e.id, id)
	w.must(err)
	if plan.Total != 6 || plan.Callable != 3 || plan.InHoursNow != 1 || !plan.Forecast.FirstAt.Equal(monday()) || !plan.Forecast.DoneAt.Equal(monday().Add(3*time.Hour)) ||
		plan.Forecast.Today != 3 || plan.Forecast.Never != 0 || plan.Forecast.Zones != 1 {
		t.Errorf("plan %+v", plan)
	}
	if !slices.ContainsFunc(plan.Skipped, func(s campaign.Skipped) bool {
		return s.Reason == campaign.ReasonQuiet && s.Count == 2 && len(s.Sample) == 2
	}) {
		t.Errorf("skipped %+v", plan.Skipped)
	}
	if !slices.ContainsFunc(plan.Skipped, func(s campaign.Skipped) bool { return s.Reason == campaign.ReasonNotInvited && s.Count == 1 }) {
		t.Errorf("skipped %+v", plan.Skipped)
	}
	_, err = w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash)
	w.must(err)
	w.wantRecipient(e, numbers[2], "skipped asked_for_quiet")
	w.wantRecipient(e, numbers[3], "skipped asked_for_quiet")
	if due, want := w.dueAt(numbers[0]), monday().Add(time.Hour+time.Minute); !due.Equal(want) {
		t.Errorf("due %s, want %s", due, want)
	}
	if due, want := w.dueAt(numbers[1]), monday().Add(3*time.Hour); !due.Equal(want) {
		t.Errorf("due %s, want %s", due, want)
	}
	w.wantDialled(1)
	w.balanced()
}

// A plan that somebody's pause has made wrong is not launched unseen.
func TestAPauseMakesAPlanStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	numbers := w.people(e, 555, 2)
	id := w.draft(e)
	_, plan, err := w.campaigns.Plan(t.Context(), e.id, id)
	w.must(err)
	w.pause(numbers[0], 30*24*time.Hour)
	if _, err := w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash); !apperr.HasCode(err, "plan_changed") {
		t.Fatalf("launched: %v", err)
	}
	w.pause(numbers[0], time.Hour) // it rings later, and is rung
	if _, err := w.campaigns.Launch(t.Context(), e.caller(), id, plan.Hash); err != nil {
		t.Fatal(err)
	}
}

// A tenant learns of the quiet of its own people who said yes to it, and of
// nobody else's.
func TestI9QuietPeopleAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	acme, bell := w.employer("Acme"), w.employer("Bell")
	w.person(acme, "+14165550101")
	w.person(bell, "+14165550102")
	w.listed(acme, "+14165550103")
	w.person(acme, "+14165550104")
	w.event(acme, "+14165550104", consent.OptedOut)
	w.person(acme, "+14165550105")
	w.exec(`UPDATE employees SET deleted_at = now() WHERE phone = '+14165550105'`)
	for _, number := range []string{"+14165550101", "+14165550102", "+14165550103", "+14165550104", "+14165550105"} {
		w.pause(number, time.Hour)
	}
	for e, want := range map[*employer]int{&acme: 1, &bell: 1} {
		tx, err := w.app.Begin(t.Context())
		w.must(err)
		_, err = tx.Exec(t.Context(), `SELECT set_config('app.account_id', $1, true)`, e.id.String())
		w.must(err)
		var n int
		w.must(tx.QueryRow(t.Context(), `SELECT count(*) FROM quiet_people($1)`, w.clock.Now()).Scan(&n))
		w.must(tx.Rollback(t.Context()))
		if n != want {
			t.Errorf("a tenant sees %d people, want %d", n, want)
		}
	}
	var n int
	w.must(w.app.QueryRow(t.Context(), `SELECT count(*) FROM quiet_people($1)`, w.clock.Now()).Scan(&n))
	if n != 0 {
		t.Errorf("no tenant sees %d people", n)
	}
	if _, err := w.app.Exec(t.Context(), `SELECT paused_until FROM phone_gates`); err == nil {
		t.Error("a tenant reads gates")
	}
}

// A preview rings at any hour: it is the user's own phone.
func TestI6PreviewIgnoresQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.draft(e)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1)`, testKey(e.userPhone))
	w.pause(e.userPhone, time.Hour)
	w.running(w.dialer)
	_, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: audit.Actor{Kind: audit.User, ID: e.user}})
	w.must(err)
	w.until("the preview to ring", func() bool { return w.carrier.madeTo(e.userPhone) == 1 })
}

// Claims race with people who set and end pauses: no call is claimed for a phone
// whose pause was committed before the claim began.
func TestI6ClaimsRacePauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	numbers := w.people(e, 555, 60)
	w.launch(e)
	w.carrier.always(refuse(twilio.Busy, 20429))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, number := range numbers {
			w.pause(number, time.Hour)
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		paused := query[[][]byte](w, `SELECT coalesce(array_agg(phone_key), '{}') FROM phone_gates WHERE paused_until IS NOT NULL`)
		list, err := w.dialer.claim(t.Context(), 3)
		w.must(err)
		for _, a := range list {
			if slices.ContainsFunc(paused, func(key []byte) bool { return slices.Equal(key, testKey(a.Phone)) }) {
				t.Fatalf("%s was claimed after its pause was committed", a.Phone)
			}
			w.exec(`UPDATE attempts SET state = 'not_placed', rank = 90 WHERE id = $1`, a.ID)
			w.exec(`UPDATE recipients SET state = 'pending', attempts_made = 0 WHERE phone_key = $1`, testKey(a.Phone))
		}
	}
	w.wantDialled(0)
}
