package dialer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
)

// Who has claimed takes a slot when its own has passed, and whoever hears a
// preview does, without waiting for another replica's claim.
func TestSlotsDoNotWaitForAClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	id := w.draft(e)
	turn := w.holdTurn()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // a lock is waited for longer
	defer cancel()
	if _, err := w.dialer.renewSlots(3, 0); err != nil {
		t.Errorf("take a slot anew: %v", err)
	}
	if _, err := w.dialer.Preview(ctx, PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor}); err != nil {
		t.Errorf("preview: %v", err)
	}
	w.must(turn.Commit(t.Context()))
}

// An account's day is counted once a minute and added to in between; what has
// left the day, or was never placed, is allowed again with the next count.
func TestQuotaIsCountedNowAndThenAndNeverTooLow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.exec(`UPDATE accounts SET daily_quota = 4 WHERE id = $1`, e.id)
	w.people(e, 555, 12)
	w.launch(e)
	count := func() int { return query[int](w, `SELECT calls FROM daily_calls`) }
	if n := len(w.dialWithMost(1)); n != 1 || count() != 1 {
		t.Fatalf("%d claimed, %d counted", n, count())
	}
	w.exec(`UPDATE daily_calls SET calls = 2`) // the kept number is what goes, for a minute
	w.wantDialled(2)
	if count() != 4 {
		t.Fatalf("%d counted", count())
	}
	w.wantDialled(0) // at the quota, and counted a moment ago
	w.balanced()
	w.clock.Advance(time.Second)
	w.wantDialled(1) // counted anew: three were placed
	w.wantDialled(0)
	w.balanced()
	w.clock.Advance(24 * time.Hour)
	w.housekeep()
	w.wantDialled(4)
	w.balanced()
}

// Claims that are too late go back by one statement, those alone about which
// there is nothing else to decide.
func TestLateClaimsGoBackTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	phones := w.people(e, 555, 5)
	w.launch(e)
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	var late []result
	for _, a := range list {
		late = append(late, result{attempt: a.ID, late: true})
	}
	w.stop(e, phones[0], "STOP")
	w.exec(`UPDATE attempts SET rank = 20, state = 'ringing' WHERE phone_key = $1`, testKey(phones[1])) // it was posted all the same
	left, err := w.dialer.storeLate(t.Context(), late)
	w.must(err)
	if len(left) != 2 {
		t.Fatalf("%d left to decide one by one, want the one who stopped and the one that rings", len(left))
	}
	for _, phone := range phones[2:] {
		w.wantRecipient(e, phone, "pending")
		if got := query[string](w, `SELECT state || ' ' || rank || ' ' || error FROM attempts WHERE phone_key = $1`, testKey(phone)); got != "not_placed 90 its time had passed" {
			t.Errorf("attempt: %s", got)
		}
	}
	if n := query[int](w, `SELECT sum(attempts_made) FROM recipients WHERE state = 'pending'`); n != 0 {
		t.Errorf("%d attempts are held against people who were not rung", n)
	}
	_, err = w.dialer.store(t.Context(), late)
	w.must(err)
	w.wantRecipient(e, phones[0], "skipped opted_out")
	w.wantRecipient(e, phones[1], "dialling")
	w.wantDialled(0)
	w.clock.Advance(refundPause)
	w.wantDialled(3)
	w.balanced()
}

// How much is claimed at once follows how fast the carrier answers while
// something waits, and how long the last claim took.
func TestClaimsFollowTheSpeedOfCarrierAndDatabase(t *testing.T) {
	t.Parallel()
	l := newLine(time.Microsecond, func(claimed) {}, func() {})
	at := time.Now()
	answers := func(n int, every time.Duration) {
		for range n {
			at = at.Add(every)
			l.speed.count(at, true)
		}
	}
	if got := l.room(mostWaiting); got != maxWaiting {
		t.Errorf("at an unknown speed %d may wait", got)
	}
	answers(200, time.Millisecond)
	if got := l.depth(); got != 100 {
		t.Errorf("at 1,000 a second %d may wait for their turn, want a tick's worth", got)
	}
	answers(3, 5*time.Second)
	if got := l.depth(); got != leastQueued {
		t.Errorf("at a carrier that hangs %d may wait for their turn", got)
	}
	answers(100_000, 10*time.Microsecond)
	if got := l.room(10 * mostWaiting); got != mostWaiting {
		t.Errorf("at 100,000 a second %d may wait", got)
	}
	idle := speed{perS: 1}
	idle.count(at, false)
	idle.count(at.Add(time.Hour), false)
	if idle.busy != 0 {
		t.Error("an hour without calls counts as slowness")
	}
	d := &Dialer{}
	for took, want := range map[time.Duration]int{0: maxWaiting, time.Millisecond: 100, time.Second: leastAffordable} {
		if d.perClaimed = took; d.affordable() != want {
			t.Errorf("at %v a person %d are claimed at once, want %d", took, d.affordable(), want)
		}
	}
}

// What foreign keys would hold row by row holds by statement: an attempt is of
// its recipient's campaign and phone, a recipient of its account's people; what
// they refer to never changes and never goes.
func TestI9ReferencesOfCallsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	one, two := w.employer("Acme"), w.employer("Bolt")
	w.people(one, 555, 2)
	w.people(two, 556, 1)
	first, second := w.launch(one), w.launch(two)
	ids := w.dial()
	if len(ids) != 3 {
		t.Fatalf("%d dialled", len(ids))
	}
	w.exec(`UPDATE attempts SET state = 'completed', rank = 90`)
	again := func(change string) error {
		columns := `account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at`
		_, err := w.worker.Exec(t.Context(), `INSERT INTO attempts (`+columns+`) SELECT `+strings.NewReplacer("$", columns).Replace(change)+` FROM attempts WHERE campaign_id = $1 LIMIT 1`, first)
		return err
	}
	if err := again("$"); err != nil {
		t.Fatalf("a good attempt is refused: %v", err)
	}
	w.exec(`UPDATE attempts SET state = 'completed', rank = 90`)
	for what, change := range map[string]string{
		"another account's": `'` + two.id.String() + `', kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at`,
		"another campaign":  `account_id, kind, '` + second.String() + `', recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at`,
		"no recipient":      `account_id, kind, campaign_id, gen_random_uuid(), phone_key, sender_id, consent_checked_at, place_by, created_at`,
		"another phone":     `account_id, kind, campaign_id, recipient_id, '\x01'::bytea, sender_id, consent_checked_at, place_by, created_at`,
		"no sender":         `account_id, kind, campaign_id, recipient_id, phone_key, gen_random_uuid(), consent_checked_at, place_by, created_at`,
		"no user":           `account_id, 'preview', campaign_id, NULL, phone_key, sender_id, consent_checked_at, place_by, created_at`,
	} {
		w.wantRefused(what, again(change), "23503")
	}
	event := `INSERT INTO call_events (account_id, attempt_id, call_sid, kind, dedupe, payload, received_at) SELECT $2::uuid, id, 'CA1', 'status', $3::text, '{}', now() FROM attempts WHERE campaign_id = $1 LIMIT 1`
	back := `INSERT INTO inbound_calls (call_sid, account_id, phone_key, sender_id, attempt_id, recipient_id, at, live_until)
		SELECT $3::text, account_id, phone_key, sender_id, id, coalesce($2::uuid, recipient_id), now(), now() FROM attempts WHERE campaign_id = $1 LIMIT 1`
	for what, insert := range map[string]struct {
		sql  string
		args []any
		code string
	}{
		"an event":                              {event, []any{first, one.id, "1"}, ""},
		"an event of another employer":          {event, []any{first, two.id, "2"}, "23503"},
		"a call back":                           {back, []any{first, nil, "CA2"}, ""},
		"a call back about somebody else's row": {back, []any{first, two.id, "CA3"}, "23503"},
	} {
		if _, err := w.worker.Exec(t.Context(), insert.sql, insert.args...); insert.code != "" {
			w.wantRefused(what, err, insert.code)
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := w.worker.Exec(t.Context(), `UPDATE attempts SET recipient_id = gen_random_uuid()`)
	w.wantRefused("a change of the recipient", err, "42501")
	_, err = w.worker.Exec(t.Context(), `UPDATE recipients SET employee_id = gen_random_uuid()`)
	w.wantRefused("a change of the employee", err, "42501")
	for _, table := range []string{"employees", "campaigns", "recipients", "phone_gates"} {
		_, err := w.admin.Exec(t.Context(), `DELETE FROM `+table)
		w.wantRefused("to delete from "+table, err, "42501")
	}
	recipient := `INSERT INTO recipients (account_id, campaign_id, employee_id, position, phone_key, call_zone, state, due_at, open_from, open_until, updated_at)
		SELECT account_id, campaign_id, %s, 99, phone_key, call_zone, state, due_at, open_from, open_until, updated_at FROM recipients WHERE campaign_id = $1 LIMIT 1`
	_, err = w.admin.Exec(t.Context(), strings.ReplaceAll(recipient, "%s", "(SELECT id FROM employees WHERE account_id = '"+two.id.String()+"')"), first)
	w.wantRefused("another employer's person as a recipient", err, "23503")
	_, err = w.admin.Exec(t.Context(), strings.ReplaceAll(recipient, "campaign_id, %s", "gen_random_uuid(), employee_id"), first)
	w.wantRefused("a recipient of no campaign", err, "23503")
	stranger := uuid.New()
	w.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, time_zone, language, tags, created_at, updated_at)
		SELECT $1, account_id, name, first_name, search, '+14165559999', '\x02'::bytea, country, number_zones, time_zone, language, tags, created_at, updated_at FROM employees LIMIT 1`, stranger)
	_, err = w.admin.Exec(t.Context(), `INSERT INTO recipients (account_id, campaign_id, employee_id, position, phone_key, call_zone, state, due_at, open_from, open_until, updated_at)
		SELECT r.account_id, r.campaign_id, e.id, 99, e.phone_key, r.call_zone, 'pending', due_at, open_from, open_until, r.updated_at
		FROM employees e JOIN recipients r ON r.account_id = e.account_id WHERE e.id = $1 LIMIT 1`, stranger)
	w.wantRefused("a pending recipient without a consent", err, "23503")
}

// wantRefused expects the database to refuse with a code.
func (w *world) wantRefused(what string, err error, code string) {
	w.t.Helper()
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != code {
		w.t.Errorf("%s: %v, want %s", what, err, code)
	}
}
