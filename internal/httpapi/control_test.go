package httpapi_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/twilio"
)

// endings is a carrier that only ends calls, and remembers which.
type endings struct {
	dialer.Carrier
	sids []string
}

func (e *endings) EndCall(_ context.Context, sid string) (string, error) {
	e.sids = append(e.sids, sid)
	return "canceled", nil
}

func (e *endings) FetchCall(_ context.Context, sid string) (twilio.CallState, error) {
	return twilio.CallState{SID: sid, Status: "canceled"}, nil
}

// newControl is a desk with campaigns and a dialler whose carrier ends calls.
func newControl(t *testing.T) (*desk, *endings) {
	t.Helper()
	d, carrier := newDesk(t), &endings{}
	d.deps.Dialer = dialer.New(dialer.Options{Worker: d.db.Open(postgres.RoleWorker), Carrier: carrier, Consent: d.people, Zones: must[*callhours.Zones](t)(callhours.Load()),
		Clock: d.clock, PhoneKey: phoneKey, CallsPerSecond: 1, Log: slog.New(slog.DiscardHandler)})
	d.withCampaigns()
	return d, carrier
}

// launched writes a campaign and launches it by its plan.
func (d *desk) launched(more object) (c httpapi.Campaign, route string) {
	d.t.Helper()
	d.member.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(more)).decode(d.t, &c)
	route = "/api/v1/campaigns/" + c.ID.String()
	var plan httpapi.CampaignPlan
	d.member.expect(http.StatusOK, http.MethodGet, route+"/plan", nil).decode(d.t, &plan)
	d.member.expect(http.StatusOK, http.MethodPost, route+"/launch", object{"plan_hash": plan.PlanHash}).decode(d.t, &c)
	if c.PlanHash != plan.PlanHash {
		d.t.Fatalf("launched by plan %s, want %s", c.PlanHash, plan.PlanHash)
	}
	return c, route
}

func (d *desk) control(route, verb, want string) (c httpapi.Campaign) {
	d.t.Helper()
	d.member.expect(http.StatusOK, http.MethodPost, route+"/"+verb, nil).decode(d.t, &c)
	if c.Status != want {
		d.t.Fatalf("after %s: %s, want %s", verb, c.Status, want)
	}
	return c
}

// A campaign for a wall time in a zone waits for that instant (by our own zone
// data, in which British Columbia keeps its summer time), is paused and
// let go on while it waits, and is given up as any other.
func TestScheduledCampaignIsControlled(t *testing.T) {
	t.Parallel()
	d, _ := newControl(t)
	c, route := d.launched(object{"start_wall": "2026-11-24T09:30", "start_zone": "America/Vancouver"})
	if at := time.Date(2026, 11, 24, 16, 30, 0, 0, time.UTC); c.Status != "scheduled" || c.StartAt == nil || !c.StartAt.Equal(at) || c.StartedAt != nil || c.Progress.Pending != 1 {
		t.Fatalf("scheduled: %s for %v, started %v, %+v", c.Status, c.StartAt, c.StartedAt, c.Progress)
	}
	if n := d.count(`SELECT count(*) FROM recipients WHERE due_at < $1`, *c.StartAt); n != 0 {
		t.Error("somebody is due before the start")
	}
	d.stranger.expect(http.StatusNotFound, http.MethodPost, route+"/pause", nil)
	d.control(route, "pause", "paused")
	d.control(route, "resume", "scheduled")
	if c = d.control(route, "cancel", "cancelled"); c.FinishedAt == nil || c.Progress.Cancelled != 1 || c.Progress.Pending != 0 {
		t.Errorf("given up: %v, %+v", c.FinishedAt, c.Progress)
	}
	for _, verb := range []string{"pause", "resume", "cancel"} {
		if p := d.member.expect(http.StatusConflict, http.MethodPost, route+"/"+verb, nil).problem(t); p.Code != "wrong_state" {
			t.Errorf("%s after all: %+v", verb, p)
		}
	}
}

// Cancel asks the carrier to end what is still queued there before it answers.
func TestCancelEndsWhatIsQueuedAtTheCarrier(t *testing.T) {
	t.Parallel()
	d, carrier := newControl(t)
	c, route := d.launched(nil)
	d.exec(`INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, state, place_by, placed_at, call_sid, created_at)
		SELECT r.account_id, 'campaign', r.campaign_id, r.id, r.phone_key, a.sender_id, $2, 'queued', clock_timestamp(), $2, 'CAqueued', $2
		FROM recipients r JOIN accounts a ON a.id = r.account_id WHERE r.campaign_id = $1`, c.ID, d.clock.Now())
	d.exec(`UPDATE recipients SET state = 'dialling', attempts_made = 1`)
	d.control(route, "cancel", "cancelled")
	if len(carrier.sids) != 1 || carrier.sids[0] != "CAqueued" {
		t.Errorf("ended at the carrier: %v", carrier.sids)
	}
	if n := d.count(`SELECT count(*) FROM attempts WHERE end_requested <> '' OR state = 'canceled'`); n != 1 {
		t.Error("nothing tells why the call ends")
	}
}

// A clone is a draft of its own; only drafts are edited, and anything is cloned.
func TestCloneThroughTheAPI(t *testing.T) {
	t.Parallel()
	d, _ := newControl(t)
	old, route := d.launched(object{"start_wall": "2026-11-24T09:30", "start_zone": "America/Vancouver", "max_attempts": 3, "retry_minutes": 45})
	var c httpapi.Campaign
	d.member.expect(http.StatusCreated, http.MethodPost, route+"/clone", nil).decode(t, &c)
	if c.ID == old.ID || c.Status != "draft" || c.Name != "Frost (copy)" || c.StartWall != "" || c.StartAt != nil || c.LaunchedAt != nil || c.ManifestHash != "" || c.ManifestTotal != 0 ||
		c.MaxAttempts != 3 || c.RetryMinutes != 45 || c.Content.Texts["en"] != old.Content.Texts["en"] || c.Audience.Kind != "all" {
		t.Errorf("the clone: %+v", c)
	}
	d.stranger.expect(http.StatusNotFound, http.MethodPost, route+"/clone", nil)
	d.member.expect(http.StatusOK, http.MethodPatch, "/api/v1/campaigns/"+c.ID.String(), sound(object{"name": "Thaw"}))
	if p := d.member.expect(http.StatusConflict, http.MethodPatch, route, sound(nil)).problem(t); p.Code != "not_draft" {
		t.Errorf("an edit of what was launched: %+v", p)
	}
}

// The manifest's hash is fixed at launch and can be made again by anybody from
// the content and the list: it proves what a campaign was launched from.
func TestManifestHashIsOfTheContentAndTheList(t *testing.T) {
	t.Parallel()
	d, _ := newControl(t)
	d.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": "Yan", "phone": "416-555-0142", "attestation": "Gave the number when hired."})
	c, route := d.launched(nil)
	if c.ManifestTotal != 2 || c.Progress.Total != 2 {
		t.Fatalf("%d people in the manifest, %+v", c.ManifestTotal, c.Progress)
	}
	made := func() string {
		t.Helper()
		var content string
		var version int
		if err := d.admin.QueryRow(t.Context(), `SELECT content::text, version FROM campaigns WHERE id = $1`, c.ID).Scan(&content, &version); err != nil {
			t.Fatal(err)
		}
		rows, err := d.admin.Query(t.Context(), `SELECT position, employee_id, phone_key, reason FROM recipients WHERE campaign_id = $1 ORDER BY position`, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var lines []string
		for rows.Next() {
			var position int
			var employee uuid.UUID
			var key []byte
			var reason string
			if err := rows.Scan(&position, &employee, &key, &reason); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%d %s %x %s", position, employee, key, reason))
		}
		sum := sha256.Sum256([]byte(fmt.Sprintf("manifest v1 %s %d %s\n%s", c.ID, version, content, strings.Join(lines, "\n"))))
		return hex.EncodeToString(sum[:])
	}
	if got := made(); got != c.ManifestHash {
		t.Fatalf("the hash is %s, made again it is %s", c.ManifestHash, got)
	}
	// What happens to people later changes neither.
	d.owner.expect(http.StatusOK, http.MethodPatch, "/api/v1/employees/"+d.employee, object{"name": "Zoe Lavoie"})
	d.control(route, "cancel", "cancelled")
	var now httpapi.Campaign
	d.owner.expect(http.StatusOK, http.MethodGet, route, nil).decode(t, &now)
	if now.ManifestHash != c.ManifestHash {
		t.Error("the hash changed after the launch")
	}
	// Another person in it, or another decision about one, is another manifest.
	d.exec(`UPDATE recipients SET reason = 'no_reply' WHERE campaign_id = $1 AND employee_id = $2`, c.ID, d.employee)
	if made() == c.ManifestHash {
		t.Error("a changed list has the same hash")
	}
}
