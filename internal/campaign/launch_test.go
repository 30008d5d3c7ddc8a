package campaign

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// Monday 10:00 in Toronto.
func monday() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

func TestLaunchable(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) *time.Time { v := monday().Add(d); return &v }
	ready := Decisions{Hash: "h", Total: 3, Callable: 1, Limited: 1}
	for name, c := range map[string]struct {
		campaign Campaign
		plan     Decisions
		want     string // code and, where one is named, field
		says     string
	}{
		"ready":               {Campaign{}, ready, "", ""},
		"another plan":        {Campaign{}, Decisions{Hash: "fresh", Callable: 1}, "plan_changed body.plan_hash", ""},
		"empty audience":      {Campaign{}, Decisions{Hash: "h"}, "nobody_callable", "there is nobody in it"},
		"no YES":              {Campaign{}, Decisions{Hash: "h", Total: 1}, "nobody_callable", "no longer holds"},
		"limit":               {Campaign{}, Decisions{Hash: "h", Total: 3, Limited: 1}, "nobody_callable", "monthly limit"},
		"start ahead":         {Campaign{StartAt: at(time.Hour)}, ready, "", ""},
		"start an hour ago":   {Campaign{StartAt: at(-time.Hour)}, ready, "", ""},
		"past start":          {Campaign{StartAt: at(-time.Hour - time.Second)}, ready, "start_passed", "has passed"},
		"end ahead":           {Campaign{DialUntil: at(time.Second)}, ready, "", ""},
		"end now":             {Campaign{DialUntil: at(0)}, ready, "deadline_passed", ""},
		"end at the start":    {Campaign{StartAt: at(time.Hour), DialUntil: at(time.Hour)}, ready, "deadline_passed", "after the start"},
		"end after the start": {Campaign{StartAt: at(time.Hour), DialUntil: at(2 * time.Hour)}, ready, "", ""},
	} {
		err := launchable(c.campaign, c.plan, "h", monday())
		got, message := "", ""
		if refusal, ok := apperr.As(err); ok {
			got, message = refusal.Code, refusal.Message
			for _, f := range refusal.Fields {
				got += " " + f.Location
			}
		}
		if got != c.want || !strings.Contains(message, c.says) {
			t.Errorf("%s: %q %q, want %q saying %q", name, got, message, c.want, c.says)
		}
		if refusal, ok := apperr.As(err); ok && refusal.Kind != apperr.Conflict {
			t.Errorf("%s: %q is not a conflict", name, got)
		}
	}
}

// Refusals are sentences for people: each names where the campaign stands and
// what can be done, never a name from the code.
func TestRefusalsAreSentences(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"This campaign is finished. Only a running or scheduled campaign can be paused.":            wrongState(Finished, "campaign.paused"),
		"This campaign is still a draft. Only a paused campaign can be resumed.":                    wrongState(Draft, "campaign.resumed"),
		"This campaign has expired. There is nothing left to cancel.":                               wrongState(Expired, "campaign.cancelled"),
		"Only a draft can be changed; this campaign is running. Copy it as a new draft instead.":    notDraft(Running, "changed"),
		"Only a draft can be launched; this campaign is cancelled. Copy it as a new draft instead.": notDraft(Cancelled, "launched"),
	} {
		if refusal, ok := apperr.As(err); !ok || refusal.Message != want || refusal.Kind != apperr.Conflict {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// desk is an employer at work on campaigns.
type desk struct {
	*Service
	t     *testing.T
	admin *pgx.Conn
	by    Caller
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.New(t)
	d := &desk{t: t, admin: db.Admin(), by: Caller{AccountID: uuid.New(), UserID: uuid.New()}}
	d.by.Actor = audit.Actor{Kind: audit.User, ID: d.by.UserID, Name: "Ada"}
	d.Service = New(db.Open(postgres.RoleApp), clock.NewManual(monday()), loadZones(t), 1)
	operator, sender := uuid.New(), uuid.New()
	d.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, operator)
	d.exec(`INSERT INTO senders (id, number) VALUES ($1, '+14169990000')`, sender)
	d.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		VALUES ($1, 'Mill', 'Mill', '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $2, '127.0.0.1', 'America/Toronto',
		'active', $3, $2, $4, $2)`, d.by.AccountID, monday(), operator, sender)
	d.exec(`INSERT INTO users (id, account_id, name, email, phone, phone_verified_at, password_hash, created_at)
		VALUES ($1, $2, 'Ada Byron', 'ada@example.test', '+14168880000', $3, 'x', $3)`, d.by.UserID, d.by.AccountID, monday())
	return d
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.admin.Exec(context.Background(), sql, args...); err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
}

func (d *desk) create(in DraftInput) Campaign {
	d.t.Helper()
	c, err := d.Create(d.t.Context(), d.by, in)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func TestCloneIsADraftWithoutTimes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	in := sound()
	in.Name, in.StartWall, in.DialUntilWall = strings.Repeat("é", maxName-3), "2026-11-24T09:30", "2026-11-24T17:00"
	in.Audience = Audience{Kind: AudienceTags, Tags: []string{"night"}}
	old := d.create(in)
	d.exec(`UPDATE campaigns SET status = 'cancelled' WHERE id = $1`, old.ID)
	c, err := d.Clone(t.Context(), d.by, old.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID == old.ID || c.Status != Draft || c.StartAt != nil || c.StartWall != "" || c.DialUntil != nil || c.Name != old.Name+" (c" {
		t.Errorf("clone: %+v", c)
	}
	kept := func(c Campaign) string { return fmt.Sprint(c.Content, c.Audience, c.MaxAttempts, c.RetryMinutes) }
	if kept(c) != kept(old) {
		t.Errorf("clone has %s, want %s", kept(c), kept(old))
	}
	if _, err := d.Clone(t.Context(), d.by, uuid.New()); !apperr.HasCode(err, "not_found") {
		t.Errorf("clone of nothing: %v", err)
	}
}

func TestOnlyDraftsAreEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old := d.create(sound())
	next := sound()
	next.Name = "Thaw"
	edited, err := d.Edit(t.Context(), d.by, old.ID, next)
	if err != nil || edited.Name != "Thaw" || edited.Version != old.Version+1 {
		t.Fatalf("edited %q version %d, %v", edited.Name, edited.Version, err)
	}
	next.Name = "Flood"
	for _, status := range []Status{Scheduled, Running, Paused, Finished, Cancelled, Expired} {
		d.exec(`UPDATE campaigns SET status = $2 WHERE id = $1`, old.ID, string(status))
		if _, err := d.Edit(t.Context(), d.by, old.ID, next); !apperr.HasCode(err, "not_draft") || strings.Contains(err.Error(), old.ID.String()) {
			t.Errorf("edit of a %s campaign: %v", status, err)
		}
		if _, err := d.Launch(t.Context(), d.by, old.ID, ""); !apperr.HasCode(err, "not_draft") {
			t.Errorf("launch of a %s campaign: %v", status, err)
		}
	}
	if v, err := d.Get(t.Context(), d.by.AccountID, old.ID); err != nil || v.Name != "Thaw" || v.Version != edited.Version {
		t.Errorf("%q version %d, %v; want what it was as a draft", v.Name, v.Version, err)
	}
}

// A launch whose audience is empty changes nothing.
func TestNobodyToCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.create(sound())
	_, plan, err := d.Plan(t.Context(), d.by.AccountID, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Launch(t.Context(), d.by, c.ID, plan.Hash); !apperr.HasCode(err, "nobody_callable") {
		t.Errorf("launch for nobody: %v", err)
	}
	if v, err := d.Get(t.Context(), d.by.AccountID, c.ID); err != nil || v.Status != Draft {
		t.Errorf("campaign is %s, %v", v.Status, err)
	}
}
