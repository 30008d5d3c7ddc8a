package dialer

import (
	"testing"
	"time"

	"github.com/callshu/callshu/internal/campaign"
)

// lawfulAt is the rule in its own words: Canada Mon-Fri 09:00-21:30, Sat-Sun
// 10:00-18:00; United States 08:00-21:00.
func lawfulAt(country string, local time.Time) bool {
	minute := local.Hour()*60 + local.Minute()
	if country == "US" {
		return minute >= 8*60 && minute < 21*60
	}
	if day := local.Weekday(); day == time.Saturday || day == time.Sunday {
		return minute >= 10*60 && minute < 18*60
	}
	return minute >= 9*60 && minute < 21*60+30
}

// Two days across five zones, a weekend and a change of clocks: at no claim
// is somebody called outside of their hours, and each is called within them.
func TestI6NobodyIsClaimedOutsideTheirHours(t *testing.T) {
	t.Parallel()
	zones := map[string]string{"America/St_Johns": "CA", "America/Toronto": "CA", "America/Vancouver": "CA", "America/Los_Angeles": "US", "Pacific/Honolulu": "US"}
	for name, start := range map[string]time.Time{
		"working days":  time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC),
		"clocks change": time.Date(2027, 3, 13, 6, 0, 0, 0, time.UTC),  // forward on Sunday the 14th
		"clocks back":   time.Date(2026, 10, 31, 6, 0, 0, 0, time.UTC), // back on Sunday the 1st
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fast)
			w.clock.Advance(start.Sub(w.clock.Now()))
			e := w.employer("Acme")
			country, location := map[string]string{}, map[string]*time.Location{}
			i := 0
			for zone, c := range zones {
				for range 3 {
					i++
					number := "+1416555" + string(rune('0'+i/1000)) + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
					w.listedIn(e, number, zone)
					w.event(e, number, "invited", "opted_in")
					country[number], location[number] = c, mustLocation(w, zone)
				}
			}
			w.launch(e)
			// One call per zone and look, so that each zone is still waiting at its edges.
			for w.clock.Now().Before(start.Add(48 * time.Hour)) {
				w.must(w.dialer.renewHours(t.Context()))
				list, err := w.dialer.claim(t.Context(), maxWaiting)
				w.must(err)
				for _, a := range list {
					local := w.clock.Now().In(location[a.Phone])
					if !lawfulAt(country[a.Phone], local) || !lawfulAt(country[a.Phone], local.Add(30*time.Second)) {
						t.Fatalf("%s in %s is called on %s", a.Phone, location[a.Phone], local.Format("Mon 15:04:05 -07"))
					}
				}
				// Everybody is to be called again, as if nothing had happened.
				w.exec(`DELETE FROM attempts`)
				w.exec(`UPDATE recipients SET state = 'pending', attempts_made = 0 WHERE state = 'dialling'`)
				for _, a := range list {
					country[a.Phone+" called"] = "yes"
				}
				w.clock.Advance(7*time.Minute + 11*time.Second)
			}
			for number := range location {
				if country[number+" called"] == "" {
					t.Errorf("%s in %s was never called", number, location[number])
				}
			}
		})
	}
}

// A time zone that is corrected after the launch counts at once: nobody is rung
// by the hours of where they are not.
func TestI6FollowsACorrectedTimeZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.clock.Advance(time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC).Sub(w.clock.Now())) // 10:00 in Toronto, 07:00 in Vancouver
	e := w.employer("Acme")
	const number = "+14165550101"
	w.listedIn(e, number, "America/Toronto")
	w.event(e, number, "invited", "opted_in")
	w.launch(e)
	w.exec(`UPDATE employees SET time_zone = 'America/Vancouver', number_zones = 'America/Vancouver'`)
	for _, when := range []string{"before", "after"} {
		list, err := w.dialer.claim(t.Context(), maxWaiting)
		w.must(err)
		if len(list) != 0 {
			t.Fatalf("somebody in Vancouver was claimed at 07:00, %s their hours were renewed", when)
		}
		w.must(w.dialer.followMoves(t.Context()))
	}
	w.clock.Advance(2*time.Hour + 2*time.Minute)
	list, err := w.dialer.claim(t.Context(), maxWaiting)
	w.must(err)
	if len(list) != 1 {
		t.Fatalf("%d claimed at 09:02 in Vancouver, want 1", len(list))
	}
}

func mustLocation(w *world, zone string) *time.Location {
	w.t.Helper()
	location, known := w.zones.Location(zone)
	if !known {
		w.t.Fatalf("zone %s is not known", zone)
	}
	return location
}

// Hours that pass while somebody waits are renewed, for the next day by that
// day's clocks.
func TestI6HoursAreRenewedAcrossAChangeOfClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	toronto := mustLocation(w, "America/Toronto")
	w.clock.Advance(time.Date(2027, 3, 13, 17, 0, 0, 0, toronto).Sub(w.clock.Now())) // Saturday, winter time
	e, phone, _ := w.one()
	w.exec(`UPDATE platform SET dialling_paused_at = now()`) // nobody is called today
	w.clock.Advance(2 * time.Hour)
	w.exec(`UPDATE platform SET dialling_paused_at = NULL`)
	w.wantDialled(0) // their hours have passed, and nobody has renewed them yet
	w.housekeep()
	w.wantDialled(0)
	want := time.Date(2027, 3, 14, 10, 1, 0, 0, toronto) // Sunday, summer time
	if got := query[time.Time](w, `SELECT open_from FROM recipients`); !got.Equal(want) {
		t.Fatalf("opens %s, want %s", got.In(toronto), want)
	}
	w.clock.Advance(want.Sub(w.clock.Now()) - time.Second)
	w.wantDialled(0)
	w.clock.Advance(time.Second)
	w.wantDialled(1)
	w.wantRecipient(e, phone, "dialling")
}

// Another try that falls due at night waits for the morning.
func TestI6RetryWaitsForTheNextHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	toronto := mustLocation(w, "America/Toronto")
	w.clock.Advance(time.Date(2026, 11, 23, 21, 20, 0, 0, toronto).Sub(w.clock.Now()))
	e, phone, _ := w.one()
	a := w.dialOne()
	w.status(a, 1, "busy")
	w.wantRecipient(e, phone, "pending")
	for w.clock.Now().Before(time.Date(2026, 11, 24, 9, 0, 59, 0, toronto)) {
		w.housekeep()
		w.wantDialled(0)
		w.clock.Advance(10 * time.Minute)
	}
	w.wantDialled(1)
}

// A preview is exempt from hours, never from the gate.
func TestI6PreviewRingsAtAnyHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	w.clock.Advance(13 * time.Hour) // 23:00 in Toronto
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.launch(e)
	w.wantDialled(0)
	w.running(w.dialer)
	_, err := w.dialer.Preview(t.Context(), PreviewRequest{AccountID: e.id, UserID: e.user, CampaignID: id, Actor: e.caller().Actor})
	w.must(err)
	w.until("the preview to ring", func() bool { return w.carrier.madeTo(e.userPhone) == 1 })
	if w.carrier.madeTo("+14165550101") != 0 {
		t.Fatal("an employee was called at night")
	}
}

// A campaign planned for later starts at its hour, not before, and tells so.
func TestI6ScheduledStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	id := w.launch(e, func(in *campaign.DraftInput) { in.StartWall = "2026-11-23T14:30" })
	w.wantCampaign(id, "scheduled")
	w.housekeep()
	w.wantDialled(0)
	w.clock.Advance(4*time.Hour + 29*time.Minute)
	w.housekeep()
	w.wantCampaign(id, "scheduled")
	w.wantDialled(0)
	w.clock.Advance(time.Minute)
	w.housekeep()
	w.wantCampaign(id, "running")
	w.wantDialled(1)
	if n := query[int](w, `SELECT count(*) FROM audit_events WHERE action = 'campaign.started'`); n != 1 {
		t.Fatalf("%d audit rows", n)
	}
}

// Nobody is called after the last time for calls, and the campaign ends.
func TestI6DoNotDialAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 4)
	until := func(in *campaign.DraftInput) { in.DialUntilWall = "2026-11-23T11:00" } // in an hour
	id := w.launch(e, until)
	paused := w.launch(e, until)
	w.must(w.campaigns.Pause(t.Context(), e.caller(), paused, ""))
	ids := w.dialWithMost(2)
	w.status(ids[0], 1, "busy") // would be due at 10:30
	w.clock.Advance(45 * time.Minute)
	w.status(ids[1], 1, "busy") // would be due at 11:15: not any more
	w.clock.Advance(15 * time.Minute)
	w.wantDialled(0)
	w.housekeep()
	w.wantCampaign(id, "expired")
	w.wantCampaign(paused, "expired")
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE campaign_id = $1 AND state = 'skipped' AND reason = 'deadline_passed'`, id); n != 2 {
		t.Fatalf("%d skipped after the deadline, want the 2 who were never called", n)
	}
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE campaign_id = $1 AND state = 'busy'`, id); n != 2 {
		t.Fatalf("%d busy, want 2", n)
	}
	w.balanced()
}
