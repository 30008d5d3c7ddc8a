package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/plaintext"
	"github.com/callshu/callshu/internal/postgres"
)

// Service is what an employer may do with campaigns. Every method runs in one
// transaction of the employer's account and records its audit row there.
type Service struct {
	app            *postgres.Pool
	clock          clock.Clock
	zones          *callhours.Zones
	callsPerSecond float64
	mail           *mail.Outbox // see WithMail
	publicURL      string
}

// New returns the service; callsPerSecond is the carrier's pace, for forecasts.
func New(app *postgres.Pool, clock clock.Clock, zones *callhours.Zones, callsPerSecond float64) *Service {
	return &Service{app: app, clock: clock, zones: zones, callsPerSecond: callsPerSecond}
}

// Caller is who acts, for which account.
type Caller struct {
	AccountID uuid.UUID
	UserID    uuid.UUID
	Actor     audit.Actor
}

func (s *Service) record(ctx context.Context, tx pgx.Tx, by Caller, action string, id uuid.UUID, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &by.AccountID, At: s.clock.Now(), Actor: by.Actor, Action: action,
		SubjectKind: "campaign", SubjectID: id.String(), Detail: detail})
}

// Create stores a new draft.
func (s *Service) Create(ctx context.Context, by Caller, in DraftInput) (Campaign, error) {
	c, err := in.validate(s.zones)
	if err != nil {
		return Campaign{}, err
	}
	c.ID, c.AccountID, c.CreatedBy, c.CreatedAt = uuid.New(), by.AccountID, by.UserID, s.clock.Now()
	err = s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		if err := insert(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, by, "campaign.created", c.ID, map[string]any{"name": c.Name, "words_sha256": wordsHash(c.Content)}); err != nil {
			return err
		}
		c, err = Find(ctx, tx, c.ID)
		return err
	})
	return c, err
}

// Edit replaces the whole of a draft. A request for a second person that waits
// becomes void: nobody approves what they did not read.
func (s *Service) Edit(ctx context.Context, by Caller, id uuid.UUID, in DraftInput) (View, error) {
	next, err := in.validate(s.zones)
	if err != nil {
		return View{}, err
	}
	return s.withLocked(ctx, by, id, func(tx pgx.Tx, now Campaign) error {
		if now.Status != Draft {
			return notDraft(now.Status, "changed")
		}
		next.ID, next.UpdatedAt = id, s.clock.Now()
		if err := update(ctx, tx, next); err != nil {
			return err
		}
		if err := s.voidOpen(ctx, tx, by, id, VoidEdited); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "campaign.edited", id, withChanges(map[string]any{"name": next.Name, "version": now.Version + 1}, changes(now, next)))
	})
}

// Clone makes a draft out of any campaign, to be sent again or corrected. Its
// times are left behind: they belonged to the old one.
func (s *Service) Clone(ctx context.Context, by Caller, id uuid.UUID) (Campaign, error) {
	var c Campaign
	err := s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		old, err := Find(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err = s.copyTo(ctx, tx, by, old, old.Name+" (copy)", old.Audience, map[string]any{"cloned_from": id})
		return err
	})
	return c, err
}

// copyTo makes a draft with the words of another campaign; why goes to its row of
// the log.
func (s *Service) copyTo(ctx context.Context, tx pgx.Tx, by Caller, old Campaign, name string, to Audience, why map[string]any) (Campaign, error) {
	copied := Campaign{ID: uuid.New(), AccountID: by.AccountID, Name: truncate(name, maxName), Content: old.Content, Audience: to,
		MaxAttempts: old.MaxAttempts, RetryMinutes: old.RetryMinutes, CreatedBy: by.UserID, CreatedAt: s.clock.Now()}
	if err := insert(ctx, tx, copied); err != nil {
		return Campaign{}, err
	}
	detail := withChanges(map[string]any{"name": copied.Name, "words_sha256": wordsHash(copied.Content)}, why)
	if err := s.record(ctx, tx, by, "campaign.created", copied.ID, detail); err != nil {
		return Campaign{}, err
	}
	return Find(ctx, tx, copied.ID)
}

func truncate(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

// View is a campaign with its progress.
type View struct {
	Campaign
	Progress  Progress
	Forecast  *Forecast  // where it was asked for and there are people to call
	Approval  *Approval  // the newest request for a second person; nil: none was ever asked for
	Allowance *Allowance // what else its calls depend on; nil where none can go out, and in lists
}

// Get returns one campaign.
func (s *Service) Get(ctx context.Context, account, id uuid.UUID) (View, error) {
	var v View
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		var err error
		v, err = s.view(ctx, tx, id)
		return err
	})
	return v, err
}

func (s *Service) view(ctx context.Context, tx pgx.Tx, id uuid.UUID) (View, error) {
	c, err := Find(ctx, tx, id)
	if err != nil {
		return View{}, err
	}
	approval, err := newestApprovals(ctx, tx, []uuid.UUID{id})
	if err != nil {
		return View{}, err
	}
	v := View{Campaign: c, Approval: approval[id]}
	if slices.Contains([]Status{Scheduled, Running, Paused}, c.Status) {
		if v.Allowance, err = readAllowance(ctx, tx, s.clock.Now()); err != nil {
			return View{}, err
		}
	}
	v.Progress, err = ProgressOf(ctx, tx, id, s.clock.Now())
	return v, err
}

// List returns a page of campaigns, newest first.
func (s *Service) List(ctx context.Context, account uuid.UUID, status string, after *Cursor, limit int) ([]View, error) {
	var views []View
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		list, err := page(ctx, tx, status, after, limit)
		if err != nil {
			return err
		}
		ids := make([]uuid.UUID, len(list))
		for i, c := range list {
			ids[i] = c.ID
		}
		approval, err := newestApprovals(ctx, tx, ids)
		if err != nil {
			return err
		}
		progress, err := progressOf(ctx, tx, ids, s.clock.Now())
		for _, c := range list {
			views = append(views, View{Campaign: c, Progress: progress[c.ID], Approval: approval[c.ID]})
		}
		return err
	})
	return views, err
}

// Plan is the dry run of a campaign at this moment.
func (s *Service) Plan(ctx context.Context, account, id uuid.UUID) (Campaign, Plan, error) {
	var c Campaign
	var p Plan
	err := s.app.InAccountAtOnce(ctx, account, func(tx pgx.Tx) error {
		var err error
		if c, err = Find(ctx, tx, id); err != nil {
			return err
		}
		p, err = s.plan(ctx, tx, c)
		return err
	})
	return c, p, err
}

// Roster lists recipients in the order of the manifest, or by who needs
// attention where that is asked for.
func (s *Service) Roster(ctx context.Context, account, id uuid.UUID, f RosterFilter) (Campaign, []Recipient, error) {
	var c Campaign
	var list []Recipient
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		var err error
		if c, err = Find(ctx, tx, id); err != nil {
			return err
		}
		if f.Attention != "" {
			list, err = attention(ctx, tx, c, f)
			return err
		}
		list, err = roster(ctx, tx, id, f)
		return err
	})
	return c, list, err
}

// RecordExport notes that somebody took the results away as a file, and which
// part of them.
func (s *Service) RecordExport(ctx context.Context, by Caller, id uuid.UUID, f RosterFilter, rows int) error {
	return s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		return s.record(ctx, tx, by, "campaign.exported", id, withChanges(map[string]any{"rows": rows}, f.narrows()))
	})
}

// narrows says what a list was narrowed by, for the log; a name that was looked
// for is not repeated there.
func (f RosterFilter) narrows() map[string]any {
	found := map[string]any{}
	if f.State != "" {
		found["outcome"] = f.State
	}
	if f.Answer != 0 {
		found["answer"] = f.Answer
	}
	if f.Attention != "" {
		found["attention"] = f.Attention
	}
	if f.Search != "" {
		found["searched"] = true
	}
	return found
}

// Pause stops new calls; what rings now goes on.
func (s *Service) Pause(ctx context.Context, by Caller, id uuid.UUID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = "Paused by " + by.Actor.Name
	}
	return s.turn(ctx, by, id, []Status{Running, Scheduled}, Paused, "campaign.paused", reason)
}

// Resume lets a paused campaign go on; one whose start lies ahead is scheduled
// again. After a safety trip it needs a reason, which the audit log keeps.
func (s *Service) Resume(ctx context.Context, by Caller, id uuid.UUID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return s.turn(ctx, by, id, []Status{Paused}, Running, "campaign.resumed", reason)
}

// checkReason reads why a campaign is paused or goes on; there need be no reason.
func checkReason(reason string) (string, error) {
	reason = plaintext.Lines(reason)
	var wrong apperr.Fields
	checkText(&wrong, "reason", reason, 0, maxReason)
	return reason, wrong.Err()
}

// turn moves a campaign between states that its owner controls and wakes the
// dialler of every replica once that is committed.
func (s *Service) turn(ctx context.Context, by Caller, id uuid.UUID, from []Status, to Status, action, reason string) error {
	return s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		c, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(from, c.Status) {
			return wrongState(c.Status, action)
		}
		if to == Running && c.startsLater(s.clock.Now()) {
			to = Scheduled
		}
		detail, said := map[string]any{"from": c.Status, "reason": reason}, reason
		if to != Paused {
			if err := s.settleTrips(ctx, tx, by, c, reason); err != nil {
				return err
			}
			if len(c.Tripped) > 0 {
				detail["tripped"] = c.Tripped
			}
			said = "" // it tells why a campaign stands still
		}
		if err := s.setStatus(ctx, tx, id, to, said); err != nil {
			return err
		}
		return s.record(ctx, tx, by, action, id, detail)
	})
}

// Cancel ends a campaign: whoever was not called yet never will be by it. The
// state is committed first, since that is what stops the dialler, however many
// wait in the queue. Of these the first are closed before it returns; the
// dialler closes the others and ends what still rings.
func (s *Service) Cancel(ctx context.Context, by Caller, id uuid.UUID) error {
	err := s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		c, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains([]Status{Draft, Scheduled, Running, Paused}, c.Status) {
			return wrongState(c.Status, "campaign.cancelled")
		}
		progress, err := ProgressOf(ctx, tx, id, s.clock.Now())
		if err != nil {
			return err
		}
		if err := s.voidOpen(ctx, tx, by, id, VoidCancelled); err != nil {
			return err
		}
		if err := s.setStatus(ctx, tx, id, Cancelled, "Cancelled by "+by.Actor.Name); err != nil {
			return err
		}
		return s.record(ctx, tx, by, "campaign.cancelled", id, map[string]any{"from": c.Status, "not_called": progress.Counts[Pending]})
	})
	if err != nil {
		return err
	}
	return s.dropPending(ctx, by.AccountID, id)
}

// dropSize is how many people of a queue a cancel closes itself: all of most
// campaigns, and no more than somebody who waits for the answer, or a STOP of
// one of those people, should wait for.
const dropSize = 5000

// dropPending closes the queue of a cancelled campaign up to that size. The
// rest, whom somebody holds at this moment, and everybody if this process dies,
// the dialler's housekeeping closes a second later.
func (s *Service) dropPending(ctx context.Context, account, id uuid.UUID) error {
	return s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE recipients SET `+EndSQL(RecipientCancel, `'campaign_cancelled'`)+`, finished_at = $2, updated_at = $2
			WHERE id IN (SELECT id FROM recipients WHERE campaign_id = $1 AND state = 'pending' LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)`, id, s.clock.Now(), dropSize)
		if err != nil {
			return fmt.Errorf("cancel recipients: %w", err)
		}
		return nil
	})
}

func (s *Service) setStatus(ctx context.Context, tx pgx.Tx, id uuid.UUID, to Status, reason string) error {
	now := s.clock.Now()
	_, err := tx.Exec(ctx, `UPDATE campaigns SET status = $2, status_reason = $3, updated_at = $4,
			started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, $4) ELSE started_at END,
			finished_at = CASE WHEN $2 IN ('cancelled', 'expired', 'finished') THEN $4 ELSE finished_at END
		WHERE id = $1`, id, string(to), reason, now)
	if err != nil {
		return fmt.Errorf("set campaign %s: %w", to, err)
	}
	return postgres.NotifyDiallers(ctx, tx, id.String())
}

// wrongState says why an owner's action cannot be done to a campaign as it is.
func wrongState(status Status, action string) error {
	why := "That is not possible now."
	switch action {
	case "campaign.paused":
		why = "Only a running or scheduled campaign can be paused."
	case "campaign.resumed":
		why = "Only a paused campaign can be resumed."
	case "campaign.cancelled":
		why = "There is nothing left to cancel."
	}
	return apperr.New(apperr.Conflict, "wrong_state", "This campaign %s. %s", status.sentence(), why)
}

// instantOrNow is the later of a planned start and now.
func instantOrNow(planned *time.Time, now time.Time) time.Time {
	if planned != nil && planned.After(now) {
		return *planned
	}
	return now
}

// RatePerMinute is the carrier's pace as people read it.
func (s *Service) RatePerMinute() int { return int(s.callsPerSecond * 60) }
