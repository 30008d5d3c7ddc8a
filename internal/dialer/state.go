package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/twilio"
)

// rankOf is the ladder of an attempt's states: news of a lower or equal rung
// changes nothing, so that callbacks may come late, twice or in any order. The
// final rung is shared by all final states: the first of them stays.
var rankOf = map[string]int{
	"placing": 0, "unknown": 5, "queued": 10, "initiated": 15, "ringing": 20, "in_progress": 30,
	"completed": 90, "busy": 90, "no_answer": 90, "failed": 90, "canceled": 90, "not_placed": 90,
}

const finalRank = 90

// stateOf maps the carrier's word for a call to ours.
var stateOf = map[string]string{
	"queued": "queued", "initiated": "initiated", "ringing": "ringing", "in-progress": "in_progress", "answered": "in_progress",
	"completed": "completed", "busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "canceled",
}

// StatusEvent is one piece of news about a call, from a callback or a look-up.
type StatusEvent struct {
	Attempt  uuid.UUID
	CallSID  string
	Kind     string // status | poll
	Status   string // the carrier's word
	Dedupe   string // what makes two of them the same: the sequence number
	Duration *int   // seconds, on the last event
	Payload  map[string]string
}

// ErrForeignCall says that a callback names an attempt of ours but a call that
// is not that attempt's.
var ErrForeignCall = apperr.New(apperr.NotFound, "not_found", "No such call.")

// Status applies one piece of news. Duplicates and late ones change nothing.
func (d *Dialer) Status(ctx context.Context, event StatusEvent) error {
	state, known := stateOf[event.Status]
	if !known {
		return nil // a word of the future: kept nowhere, breaks nothing
	}
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, event.Attempt)
		if err != nil {
			return err
		}
		if a.CallSID != nil && *a.CallSID != event.CallSID {
			return ErrForeignCall
		}
		fresh, err := storeEvent(ctx, tx, a, event.Kind, event.CallSID, event.Dedupe, event.Payload, d.Clock.Now())
		if err != nil || !fresh {
			return err
		}
		return d.raise(ctx, tx, a, raise{state: state, sid: event.CallSID, duration: event.Duration})
	})
}

// attempt is a dialling as the dialler works on it, locked with its recipient.
type attempt struct {
	ID            uuid.UUID
	AccountID     uuid.UUID
	Kind          string
	CampaignID    *uuid.UUID
	RecipientID   *uuid.UUID
	PhoneKey      []byte
	SenderID      uuid.UUID
	State         string
	Rank          int
	CallSID       *string
	AnsweredBy    string
	Answer        *int
	AnsweredEarly bool
	AnsweredAt    *time.Time
	Heard         string
	EndRequested  string
	CreatedAt     time.Time
}

const attemptColumns = `id, account_id, kind, campaign_id, recipient_id, phone_key, sender_id, state, rank, call_sid,
	answered_by, answer, answered_early, answered_at, heard, end_requested, created_at`

// lockAttempt takes the recipient's row, then the attempt's: the order in
// which everything takes them.
func lockAttempt(ctx context.Context, tx pgx.Tx, id uuid.UUID) (attempt, error) {
	_, err := tx.Exec(ctx, `SELECT FROM recipients r JOIN attempts a ON a.recipient_id = r.id WHERE a.id = $1 FOR UPDATE OF r`, id)
	if err != nil {
		return attempt{}, fmt.Errorf("lock recipient: %w", err)
	}
	rows, err := tx.Query(ctx, `SELECT `+attemptColumns+` FROM attempts WHERE id = $1 FOR UPDATE`, id)
	if err != nil {
		return attempt{}, fmt.Errorf("lock attempt: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[attempt])
	if errors.Is(err, pgx.ErrNoRows) {
		return attempt{}, ErrForeignCall
	}
	if err != nil {
		return attempt{}, fmt.Errorf("lock attempt: %w", err)
	}
	return a, nil
}

// storeEvent keeps a callback as received and reports whether it is new.
func storeEvent(ctx context.Context, tx pgx.Tx, a attempt, kind, sid, dedupe string, payload map[string]string, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO call_events (account_id, attempt_id, call_sid, kind, dedupe, payload, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (attempt_id, kind, dedupe) DO NOTHING`,
		a.AccountID, a.ID, sid, kind, dedupe, payload, now)
	if err != nil {
		return false, fmt.Errorf("store call event: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// raise is a step up the ladder.
type raise struct {
	state    string
	sid      string
	duration *int
	code     int
	reason   string
}

// raise moves a locked attempt up, unless it already stands as high, and
// settles its recipient when that was the last step.
func (d *Dialer) raise(ctx context.Context, tx pgx.Tx, a attempt, to raise) error {
	now := d.Clock.Now()
	rank := rankOf[to.state]
	if a.Rank >= rank {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE attempts SET state = $2, rank = $3, call_sid = coalesce(call_sid, nullif($4, '')),
			placed_at = CASE WHEN $4 <> '' THEN coalesce(placed_at, $5) ELSE placed_at END,
			ringing_at = CASE WHEN $2 = 'ringing' THEN coalesce(ringing_at, $5) ELSE ringing_at END,
			answered_at = CASE WHEN $2 = 'in_progress' THEN coalesce(answered_at, $5) ELSE answered_at END,
			ended_at = CASE WHEN $3 = 90 THEN $5 ELSE ended_at END,
			duration_s = coalesce($6, duration_s), error_code = $7, error = $8
		WHERE id = $1`, a.ID, to.state, rank, to.sid, now, to.duration, to.code, to.reason)
	if err != nil {
		return fmt.Errorf("raise attempt to %s: %w", to.state, err)
	}
	if to.state == "ringing" && a.CampaignID != nil {
		if err := noteFirstRing(ctx, tx, *a.CampaignID, now); err != nil {
			return err
		}
	}
	if a.RecipientID == nil {
		return nil
	}
	if rank < finalRank {
		return touch(ctx, tx, *a.RecipientID, now)
	}
	a.State = to.state
	return d.settle(ctx, tx, a, to)
}

// touch makes a live page see that something about the recipient is news.
func touch(ctx context.Context, tx pgx.Tx, recipient uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE recipients SET updated_at = $2 WHERE id = $1`, recipient, now); err != nil {
		return fmt.Errorf("touch recipient: %w", err)
	}
	return nil
}

func noteFirstRing(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE campaigns SET first_ring_at = $2 WHERE id = $1 AND first_ring_at IS NULL`, id, now)
	if err != nil {
		return fmt.Errorf("note first ring: %w", err)
	}
	return nil
}

// verdict is what an attempt's end means for its recipient.
type verdict struct {
	state  campaign.State
	reason string
	retry  bool // may be tried again, if the campaign still wants to
	refund bool // it never rang: it does not count as an attempt
}

// judge is the pure part of settling.
func judge(a attempt, to raise) verdict {
	switch a.State {
	case "completed":
		switch {
		case a.Answer != nil:
			return verdict{state: campaign.Answered}
		case a.EndRequested == endNotMe || a.EndRequested == endOptedOut:
			return verdict{state: revokedState(a), reason: a.EndRequested}
		case isMachine(a.AnsweredBy):
			return verdict{state: campaign.Voicemail, reason: a.Heard}
		default:
			return verdict{state: campaign.AnsweredNoKey}
		}
	case "busy":
		return verdict{state: campaign.Busy, retry: true}
	case "no_answer":
		return verdict{state: campaign.NoAnswer, retry: true}
	case "canceled":
		switch a.EndRequested {
		case endOptedOut, endNotMe:
			return verdict{state: campaign.NotCalled, reason: a.EndRequested}
		case endCancelled:
			return verdict{state: campaign.RecipientCancel, reason: "campaign_cancelled"}
		}
		return verdict{state: campaign.NoAnswer, retry: true}
	case "not_placed":
		return verdict{state: campaign.Failed, reason: to.reason, retry: true, refund: true}
	default:
		return verdict{state: campaign.Failed, reason: to.reason, retry: to.code == 0}
	}
}

// revokedState: whoever revoked in the call itself was reached; whose call we
// cut because they revoked by text was not.
func revokedState(a attempt) campaign.State {
	if a.Heard == heardMessage {
		return campaign.AnsweredNoKey
	}
	return campaign.NotCalled
}

func isMachine(answeredBy string) bool {
	return len(answeredBy) >= 7 && answeredBy[:7] == "machine" || answeredBy == "fax"
}

// settle brings a recipient to its final state, or back to pending where the
// outcome allows another attempt. Both rows are locked.
func (d *Dialer) settle(ctx context.Context, tx pgx.Tx, a attempt, to raise) error {
	v := judge(a, to)
	now := d.Clock.Now()
	if v.refund {
		if _, err := tx.Exec(ctx, `UPDATE recipients SET attempts_made = greatest(attempts_made - 1, 0) WHERE id = $1`, a.RecipientID); err != nil {
			return fmt.Errorf("refund attempt: %w", err)
		}
	}
	if v.retry {
		again, err := d.retry(ctx, tx, a, v, now)
		if err != nil || again {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = $2, reason = $3, answer = $4, answered_early = $5,
			answered_at = $6, finished_at = $7, updated_at = $7
		WHERE id = $1 AND state = 'dialling'`,
		a.RecipientID, string(v.state), v.reason, a.Answer, a.AnsweredEarly, a.AnsweredAt, now)
	if err != nil {
		return fmt.Errorf("settle recipient: %w", err)
	}
	return nil
}

// refundPause is how long a recipient waits whose call the carrier never took.
const refundPause = 2 * time.Second

func (d *Dialer) retry(ctx context.Context, tx pgx.Tx, a attempt, v verdict, now time.Time) (bool, error) {
	due := now.Add(refundPause)
	tag, err := tx.Exec(ctx, `UPDATE recipients r
		SET state = 'pending', reason = '', updated_at = $2,
		    due_at = CASE WHEN $3 THEN $4::timestamptz ELSE $2::timestamptz + c.retry_minutes * interval '1 minute' END
		FROM campaigns c, consents k
		WHERE r.id = $1 AND r.state = 'dialling' AND c.id = r.campaign_id AND c.status IN ('running', 'paused', 'scheduled')
		  AND k.account_id = r.account_id AND k.phone_key = r.phone_key AND k.state = 'opted_in'
		  AND r.attempts_made < c.max_attempts
		  AND (c.dial_until IS NULL OR c.dial_until > $2::timestamptz + c.retry_minutes * interval '1 minute')`,
		a.RecipientID, now, v.refund, due)
	if err != nil {
		return false, fmt.Errorf("plan retry: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// storeRefused records a POST that the carrier did not accept, by the class of
// its error.
func (d *Dialer) storeRefused(ctx context.Context, r result) error {
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, r.attempt)
		if err != nil {
			return err
		}
		if a.State != "placing" {
			return nil // a callback proved meanwhile that the call exists
		}
		return d.refuse(ctx, tx, a, r)
	})
	if errors.Is(err, ErrForeignCall) {
		return nil
	}
	if err == nil && r.err != nil && r.err.Class == twilio.OptedOut {
		return d.carrierBlocked(ctx, r.attempt)
	}
	return err
}

func (d *Dialer) refuse(ctx context.Context, tx pgx.Tx, a attempt, r result) error {
	if r.late {
		return d.raise(ctx, tx, a, raise{state: "not_placed", reason: "its time had passed"})
	}
	switch r.err.Class {
	case twilio.Unknown:
		_, err := tx.Exec(ctx, `UPDATE attempts SET state = 'unknown', rank = $2, error = $3 WHERE id = $1`, a.ID, rankOf["unknown"], r.err.Message)
		return err
	case twilio.NotSent:
		return d.raise(ctx, tx, a, raise{state: "not_placed", reason: "carrier not reached"})
	case twilio.Busy:
		if err := d.backOff(ctx, tx); err != nil {
			return err
		}
		return d.raise(ctx, tx, a, raise{state: "not_placed", code: r.err.Code, reason: "carrier busy"})
	case twilio.Config:
		if err := d.pauseForConfig(ctx, tx, a, r.err); err != nil {
			return err
		}
		return d.raise(ctx, tx, a, raise{state: "not_placed", code: r.err.Code, reason: r.err.Message})
	default: // Permanent, OptedOut
		return d.raise(ctx, tx, a, raise{state: "failed", code: r.err.Code, reason: fmt.Sprintf("carrier_%d", r.err.Code)})
	}
}

// backOff holds every replica's claims for a short while, of random length so
// that they do not come back in step.
func (d *Dialer) backOff(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE pace SET held_until = greatest(held_until, clock_timestamp() + (0.5 + random()) * interval '1 second') WHERE key = 'carrier'`)
	if err != nil {
		return fmt.Errorf("back off: %w", err)
	}
	return nil
}

// pauseForConfig pauses the campaign: our own set-up is at fault, and every
// further call would fail the same way.
func (d *Dialer) pauseForConfig(ctx context.Context, tx pgx.Tx, a attempt, refused *twilio.Error) error {
	if a.CampaignID == nil {
		return nil
	}
	now := d.Clock.Now()
	tag, err := tx.Exec(ctx, `UPDATE campaigns SET status = 'paused', status_reason = $2, updated_at = $3 WHERE id = $1 AND status = 'running'`,
		a.CampaignID, fmt.Sprintf("Paused by itself: the carrier refuses our calls (error %d). Callshu has been told.", refused.Code), now)
	if err != nil {
		return fmt.Errorf("pause campaign: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{Account: &a.AccountID, At: now, Actor: audit.SystemActor("dialler"), Action: "campaign.paused",
		SubjectKind: "campaign", SubjectID: a.CampaignID.String(), Detail: map[string]any{"carrier_code": refused.Code, "carrier_message": refused.Message}})
}

// carrierBlocked is error 21610: the carrier holds a STOP of which we knew
// nothing. It revokes like the word itself.
func (d *Dialer) carrierBlocked(ctx context.Context, id uuid.UUID) error {
	var key []byte
	var sender uuid.UUID
	if err := d.Worker.QueryRow(ctx, `SELECT phone_key, sender_id FROM attempts WHERE id = $1`, id).Scan(&key, &sender); err != nil {
		return fmt.Errorf("read refused attempt: %w", err)
	}
	return d.Revoke(ctx, consent.Revocation{PhoneKey: key, SenderID: sender, Kind: consent.OptedOut, Channel: "carrier"})
}
