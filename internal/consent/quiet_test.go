package consent

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/consent/wording"
	"github.com/callshu/callshu/internal/phone"
)

// ask makes a change as the dialler does.
func (w *world) ask(wish QuietWish) {
	w.t.Helper()
	err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		_, err := w.service.SetQuiet(w.t.Context(), tx, wish)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func quietFrom(number string, start, end int) QuietWish {
	return QuietWish{PhoneKey: testKey(number), Zone: "America/Toronto", Hours: &callhours.Quiet{Start: start, End: end, Zone: "America/Toronto"}}
}

func (w *world) pausedFor(number string, pause time.Duration) QuietWish {
	until := w.clock.Now().Add(pause)
	return QuietWish{PhoneKey: testKey(number), Pause: true, Until: &until}
}

// key is that of the newest link to a person's page: of a text that waits, or
// else as the phone got it, whose words the stored hash proves.
func (w *world) key(number string) string {
	w.t.Helper()
	body := query[string](w, `SELECT body FROM messages WHERE phone_key = $1 AND body LIKE '%/p/%' ORDER BY created_at DESC LIMIT 1`, testKey(number))
	hash := query[[]byte](w, `SELECT body_hash FROM messages WHERE phone_key = $1 AND body LIKE '%/p/%' ORDER BY created_at DESC LIMIT 1`, testKey(number))
	for _, sent := range w.carrier.texts(number) {
		if sum := sha256.Sum256([]byte(sent)); bytes.Equal(sum[:], hash) {
			body = sent
		}
	}
	_, key, _ := strings.Cut(body, "callshu.com/p/")
	return key[:11]
}

// Invitations and reminders are put off by quiet hours and pauses, and not
// skipped; what answers the person's own text keeps no hours.
func TestQuietPutsInvitationsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // 10:00
	sender := w.sender(ours)
	mill := w.employer("Mill", sender)
	other := "+14165550177"
	w.invite(mill, w.person(mill, zoe, "en"), w.person(mill, max1, "en"), w.person(mill, other, "en"))
	w.ask(quietFrom(zoe, 9*60, 12*60))
	w.ask(w.pausedFor(max1, 4*time.Hour))
	w.send()
	if w.carrier.count(zoe) != 0 || w.carrier.count(max1) != 0 || w.carrier.count(other) != 1 {
		t.Fatalf("sent %d, %d, %d", w.carrier.count(zoe), w.carrier.count(max1), w.carrier.count(other))
	}
	if due, want := query[time.Time](w, `SELECT due_at FROM messages WHERE phone_key = $1`, testKey(zoe)), monday().Add(2*time.Hour+time.Minute); !due.Equal(want) {
		t.Errorf("put off until %s, want %s", due, want)
	}
	w.clock.Advance(2*time.Hour + time.Minute)
	w.lookOnce()
	if w.carrier.count(zoe) != 0 {
		t.Fatal("invited when quiet hours had passed and the next ones were not known")
	}
	if err := w.service.RollQuiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Second)
	w.send()
	w.clock.Advance(2 * time.Hour)
	w.send()
	if w.carrier.count(zoe) != 1 || w.carrier.count(max1) != 1 {
		t.Fatalf("sent %d, %d", w.carrier.count(zoe), w.carrier.count(max1))
	}
	w.ask(w.pausedFor(zoe, 24*time.Hour))
	w.text(sender, zoe, "YES")
	w.clock.Advance(time.Second)
	w.text(sender, zoe, "STOP")
	w.clock.Advance(time.Second)
	w.text(sender, zoe, "START")
	w.send()
	if got, want := w.sentTo(zoe), "invitation invitation"; got != want {
		t.Errorf("sent %q, want %q: the answer to one's own START keeps no hours", got, want)
	}
}

// lookOnce lets the texter look at what is due, which may stay.
func (w *world) lookOnce() {
	w.t.Helper()
	if err := w.texter.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.texter.inFlight.Wait()
}

// Whoever ends a pause is asked at once.
func TestEndOfAPauseTakesInvitationsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invite(mill, w.person(mill, zoe, "en"))
	w.ask(w.pausedFor(zoe, 4*time.Hour))
	w.send()
	w.ask(QuietWish{PhoneKey: testKey(zoe), Pause: true})
	w.send()
	if w.carrier.count(zoe) != 1 {
		t.Error("still put off")
	}
}

// Each change is in the log of the employers who have the person on their list,
// with what was and what is, and names no other employer; what changes nothing
// leaves no row.
func TestI10QuietIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	mill, farm, dairy := w.employer("Mill", sender), w.employer("Farm", sender), w.employer("Dairy", sender)
	id := w.person(mill, zoe, "en")
	w.person(farm, zoe, "en")
	gone := w.person(dairy, zoe, "en")
	w.exec(`UPDATE employees SET deleted_at = now() WHERE id = $1`, gone)
	w.ask(quietFrom(zoe, 21*60, 7*60))
	w.ask(quietFrom(zoe, 21*60, 7*60)) // the same again
	w.ask(w.pausedFor(zoe, time.Hour))
	w.ask(QuietWish{PhoneKey: testKey(zoe)})
	for _, e := range []employer{mill, farm, dairy} {
		want := 3
		if e == dairy {
			want = 0
		}
		if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = 'quiet.changed' AND actor_kind = 'employee'`, e.id); n != want {
			t.Errorf("%s: %d rows, want %d", e.name, n, want)
		}
	}
	got := query[string](w, `SELECT string_agg(detail::text, E'\n' ORDER BY id) FROM audit_events WHERE account_id = $1 AND subject_id = $2`, mill.id, id.String())
	want := `{"after": {"zone": "America/Toronto", "quiet_end": "07:00", "quiet_start": "21:00"}, "before": {}, "channel": "web"}
{"after": {"zone": "America/Toronto", "quiet_end": "07:00", "quiet_start": "21:00", "paused_until": "2026-11-23T16:00:00Z"}, "before": {"zone": "America/Toronto", "quiet_end": "07:00", "quiet_start": "21:00"}, "channel": "web"}
{"after": {"paused_until": "2026-11-23T16:00:00Z"}, "before": {"zone": "America/Toronto", "quiet_end": "07:00", "quiet_start": "21:00", "paused_until": "2026-11-23T16:00:00Z"}, "channel": "web"}`
	if got != want {
		t.Errorf("details\n%s\nwant\n%s", got, want)
	}
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id = $1 AND detail::text LIKE ANY(ARRAY['%Farm%', '%' || $2::text || '%'])`, mill.id, farm.id); n != 0 {
		t.Error("one employer's log names another")
	}
	w.ask(w.pausedFor("+14165550188", time.Hour)) // nobody's employee any more
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE account_id IS NULL AND action = 'quiet.changed'`); n != 1 {
		t.Errorf("%d rows of the platform, want 1", n)
	}
}

func TestQuietFormsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.optedIn(w.employer("Mill", w.sender(ours)), zoe, "en")
	key := w.key(zoe)
	hours := func(start, end, zone string) error {
		_, err := w.service.PageQuiet(t.Context(), key, QuietForm{Start: start, End: end, Zone: zone})
		return err
	}
	pause := func(until, zone string) error {
		_, err := w.service.PagePause(t.Context(), key, PauseForm{Until: until, Zone: zone})
		return err
	}
	const toronto = "America/Toronto"
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"hours", "", hours("21:00", "07:00:00", toronto)},
		{"no start", "start required", hours("", "07:00", toronto)},
		{"no such time", "end invalid", hours("21:00", "25:00", toronto)},
		{"words", "start invalid, end invalid", hours("nine", "<script>", toronto)},
		{"no span", "end same", hours("21:00", "21:00", toronto)},
		{"another zone", "zone unknown", hours("21:00", "07:00", "Europe/Paris")},
		{"another name of a zone", "", hours("21:00", "07:00", "US/Eastern")},
		{"a pause", "", pause("2026-11-24T18:00", toronto)},
		{"a pause, typed", "", pause("2026-11-24 18:00", toronto)},
		{"no day", "until required", pause("", toronto)},
		{"no such day", "until invalid", pause("2026-02-30T18:00", toronto)},
		{"now", "until past", pause("2026-11-23T10:00", toronto)},
		{"a good year", "", pause("2027-12-28T10:00", toronto)},
		{"more than that", "until too_far", pause("2027-12-28T10:01", toronto)},
		{"a pause somewhere", "zone unknown", pause("2026-11-24T18:00", "Mars/Olympus")},
	} {
		var got []string
		if refusal, ok := apperr.As(tt.err); ok {
			for _, f := range refusal.Fields {
				got = append(got, strings.TrimPrefix(f.Location, "body.")+" "+f.Code)
			}
		} else if tt.err != nil {
			t.Errorf("%s: %v", tt.name, tt.err)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	wish, err := w.service.PagePause(t.Context(), key, PauseForm{Until: "2026-11-24T18:00", Zone: "America/Vancouver"})
	if err != nil || !wish.Until.Equal(time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("until %v, %v", wish.Until, err)
	}
	for _, stranger := range []string{"AAAAAAAAAAA", ""} {
		if _, err := w.service.PageQuiet(t.Context(), stranger, QuietForm{Clear: true}); !apperr.HasCode(err, "link_gone") {
			t.Errorf("%q: %v", stranger, err)
		}
		if _, err := w.service.PagePause(t.Context(), stranger, PauseForm{Clear: true}); !apperr.HasCode(err, "link_gone") {
			t.Errorf("%q: %v", stranger, err)
		}
	}
}

// The zone on offer is what was chosen, else what an employer stated, else what
// the number suggests.
func TestZoneOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.optedIn(w.employer("Mill", w.sender(ours)), zoe, "en")
	want := func(zone string) {
		t.Helper()
		page, err := w.service.OpenPage(t.Context(), w.key(zoe), 50)
		if err != nil || page.Quiet.Zone != zone {
			t.Errorf("zone %q, %v, want %q", page.Quiet.Zone, err, zone)
		}
	}
	want(phone.HomeZone(zoe))
	w.exec(`UPDATE employees SET time_zone = 'US/Pacific' WHERE id = $1`, id)
	want("America/Los_Angeles")
	w.ask(QuietWish{PhoneKey: testKey(zoe), Zone: "America/Winnipeg", Hours: &callhours.Quiet{Start: 60, End: 120, Zone: "America/Winnipeg"}})
	want("America/Winnipeg")
	w.ask(QuietWish{PhoneKey: testKey(zoe)})
	want("America/Winnipeg") // kept for the next time
}

// What a person agreed to is the invitation that their YES answered, whatever
// was sent later; words that do not have the hash of the ledger are not shown.
func TestPageShowsTheWordsAgreedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	agreed := query[string](w, `SELECT body FROM messages WHERE kind = 'invitation'`)
	w.text(mill.sender, zoe, "Yes!")
	at := w.clock.Now()
	w.send()
	w.clock.Advance(time.Hour)
	w.exec(`UPDATE accounts SET monthly_limit = 77`)
	w.text(mill.sender, zoe, "STOP")
	w.clock.Advance(time.Hour)
	w.text(mill.sender, zoe, "START")
	w.send()
	page, err := w.service.OpenPage(t.Context(), w.key(zoe), 50)
	if err != nil {
		t.Fatal(err)
	}
	e := page.Employers[0]
	if !strings.Contains(e.Wording, "77/mo") || e.Agreement == nil {
		t.Fatalf("%+v", e)
	}
	if a := *e.Agreement; a.Text != agreed || a.Said != "Yes!" || !a.At.Equal(at) || a.Version != wording.Version || len(a.Hash) != 32 {
		t.Errorf("agreement %+v, want %q", a, agreed)
	}
	later := e.Wording
	w.text(mill.sender, zoe, "yes")
	if page, err = w.service.OpenPage(t.Context(), w.key(zoe), 50); err != nil || page.Employers[0].Agreement.Text != later || page.Employers[0].Agreement.Said != "yes" {
		t.Errorf("the newer yes is not to the newer words: %+v, %v", page.Employers[0].Agreement, err)
	}
	w.exec(`UPDATE messages SET body = body || ' and more' WHERE body = $1`, later)
	if page, err = w.service.OpenPage(t.Context(), w.key(zoe), 50); err != nil || page.Employers[0].Agreement.Text != "" {
		t.Errorf("changed words are shown as agreed to: %v", err)
	}
}

// The page counts everything and lists as much as it is asked for, newest first.
func TestPageListsEveryText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	for range 30 {
		w.clock.Advance(time.Minute)
		w.text(mill.sender, zoe, "what is this about?")
	}
	w.exec(`INSERT INTO messages (account_id, phone_key, kind, language, phone, body, body_hash, sender_id, state, due_at, created_at)
		SELECT NULL, $1, 'choose', 'en', $2, 'YES 1 or YES 2', 'x', $3, 'delivered', $4, $4 FROM generate_series(1, 30)`, testKey(zoe), zoe, mill.sender, w.clock.Now())
	all := 2 + 1 + 30 + 30 // invitation and confirmation, YES, the texts and what was asked; the answer waits to be sent
	page, err := w.service.OpenPage(t.Context(), w.key(zoe), 50)
	if err != nil || len(page.Past) != 50 || page.PastTotal != all {
		t.Fatalf("%d of %d, %v, want 50 of %d", len(page.Past), page.PastTotal, err, all)
	}
	for i := 1; i < len(page.Past); i++ {
		if page.Past[i].At.After(page.Past[i-1].At) {
			t.Fatal("not newest first")
		}
	}
	if page, err = w.service.OpenPage(t.Context(), w.key(zoe), 2000); err != nil || len(page.Past) != all || page.Past[all-1].Kind != kindInvitation {
		t.Fatalf("%d, %v", len(page.Past), err)
	}
}
