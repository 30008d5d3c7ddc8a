package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
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

// rang lists the states that prove that the phone rang.
var rang = map[string]bool{"ringing": true, "in_progress": true, "completed": true, "busy": true, "no_answer": true}

// StatusEvent is one piece of news about a call, from a callback or a look-up.
type StatusEvent struct {
	Attempt    uuid.UUID
	CallSID    string
	Kind       string // status | poll
	Status     string // the carrier's word
	Dedupe     string // what makes two of them the same: the sequence number
	Duration   *int   // seconds, on the last event
	AnsweredBy string // who answered, where the carrier has found out
	Payload    map[string]string
}

// ErrForeignCall says that a callback names an attempt of ours but a call that
// is not that attempt's.
var ErrForeignCall = apperr.New(apperr.NotFound, "not_found", "No such call.")

// Status applies one piece of news. Duplicates and late ones change nothing.
func (d *Dialer) Status(ctx context.Context, event StatusEvent) error {
	state, known := stateOf[event.Status]
	if !known || event.CallSID == "" {
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
		if a.State == "not_placed" {
			d.Log.ErrorContext(ctx, "the carrier reports a call that was not placed", "attempt", a.ID, "call_sid", event.CallSID, "status", event.Status)
		}
		// The report of the machine detection may never have come.
		if event.AnsweredBy != "" && a.AnsweredBy == "" {
			if err := d.noteAnsweredBy(ctx, tx, &a, event.AnsweredBy); err != nil {
				return err
			}
		}
		return d.raise(ctx, tx, a, raise{state: state, sid: event.CallSID, duration: event.Duration})
	})
}

// Kinds of attempts.
const (
	kindCampaign = "campaign"
	kindPreview  = "preview"
)

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
	Ending        bool

	MachineIsNobody bool `db:"-"` // the campaign counts a machine as no answer; read where it matters
}

const attemptColumns = `id, account_id, kind, campaign_id, recipient_id, phone_key, sender_id, state, rank, call_sid,
	answered_by, answer, answered_early, answered_at, heard, end_requested, ending`

// lockCall takes the phone's gate before the rows of the call, for whatever
// may close the gate.
func lockCall(ctx context.Context, tx pgx.Tx, id uuid.UUID) (attempt, error) {
	_, err := tx.Exec(ctx, `SELECT FROM phone_gates WHERE phone_key = (SELECT phone_key FROM attempts WHERE id = $1) FOR NO KEY UPDATE`, id)
	if err != nil {
		return attempt{}, fmt.Errorf("lock gate: %w", err)
	}
	return lockAttempt(ctx, tx, id)
}

// lockAttempt takes the recipient's row, then the attempt's, in one round trip.
// Neither is joined to the other: the planner may read all recipients for it.
func lockAttempt(ctx context.Context, tx pgx.Tx, id uuid.UUID) (attempt, error) {
	var a attempt
	var batch pgx.Batch
	batch.Queue(`SELECT FROM recipients WHERE id = (SELECT recipient_id FROM attempts WHERE id = $1) FOR NO KEY UPDATE`, id)
	batch.Queue(`SELECT `+attemptColumns+` FROM attempts WHERE id = $1 FOR NO KEY UPDATE`, id).Query(func(rows pgx.Rows) error {
		var err error
		a, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[attempt])
		return err
	})
	err := tx.SendBatch(ctx, &batch).Close()
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
	if payload == nil {
		payload = map[string]string{}
	}
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
	var batch pgx.Batch
	if to.sid != "" && a.CallSID == nil {
		batch.Queue(`INSERT INTO call_sids (call_sid, attempt_id) VALUES ($1, $2)`, to.sid, a.ID)
	}
	batch.Queue(`UPDATE attempts SET state = $2, rank = $3, call_sid = coalesce(call_sid, nullif($4, '')),
			placed_at = CASE WHEN $4 <> '' THEN coalesce(placed_at, $5) ELSE placed_at END,
			ringing_at = CASE WHEN $9 THEN coalesce(ringing_at, $5) ELSE ringing_at END,
			answered_at = CASE WHEN $2 = 'in_progress' THEN coalesce(answered_at, $5) ELSE answered_at END,
			ended_at = CASE WHEN $3 = 90 THEN $5 ELSE ended_at END,
			duration_s = coalesce($6, duration_s), error_code = $7, error = $8
		WHERE id = $1`, a.ID, to.state, rank, to.sid, now, to.duration, to.code, to.reason, rang[to.state])
	if rank < finalRank && a.RecipientID != nil {
		batch.Queue(touchSQL, a.RecipientID, now)
	}
	if rang[to.state] && a.Kind == kindCampaign {
		batch.Queue(firstRingSQL, a.CampaignID, now)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("raise attempt to %s: %w", to.state, err)
	}
	if rank < finalRank {
		return nil
	}
	a.State, a.Rank = to.state, rank
	return d.settle(ctx, tx, a, to)
}

// touchSQL makes a live page see that something about recipient $1 is news.
const touchSQL = `UPDATE recipients SET updated_at = $2 WHERE id = $1`

const firstRingSQL = `UPDATE campaigns SET first_ring_at = $2 WHERE id = $1 AND first_ring_at IS NULL`

// settle brings a recipient to its final state, or back to pending where the
// outcome allows another attempt. Both rows are locked. What an earlier call
// came to outlasts a later one that came to nothing: one that never rang, or
// that we ended before a word was said.
func (d *Dialer) settle(ctx context.Context, tx pgx.Tx, a attempt, to raise) error {
	if a.RecipientID == nil {
		return nil
	}
	if err := readMachineRule(ctx, tx, &a); err != nil {
		return err
	}
	v := judge(a, to)
	now := d.Clock.Now()
	if v.again {
		p, err := prospectsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		final, due, ok := p.next(v, now)
		if v.refund {
			if err := refund(ctx, tx, a); err != nil {
				return err
			}
		}
		if ok {
			return retry(ctx, tx, a, v, due, now)
		}
		v = final
	}
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = coalesce(CASE WHEN $8 THEN last_state END, $2), reason = CASE WHEN $8 AND last_state IS NOT NULL THEN last_reason ELSE $3 END,
			answer = $4, answered_early = $5, answered_at = coalesce(answered_at, $6), finished_at = $7, updated_at = $7
		WHERE id = $1 AND state = 'dialling'`, append(outcomeArgs(a, v), now, v.nothing())...)
	if err != nil {
		return fmt.Errorf("settle recipient: %w", err)
	}
	return nil
}

// readMachineRule reads what the campaign makes of a machine, of calls that one took.
func readMachineRule(ctx context.Context, tx pgx.Tx, a *attempt) error {
	if a.Kind != kindCampaign || !isMachine(a.AnsweredBy) {
		return nil
	}
	err := tx.QueryRow(ctx, `SELECT content->>'voicemail' = $2 FROM campaigns WHERE id = $1`, a.CampaignID, campaign.VoicemailNoAnswer).Scan(&a.MachineIsNobody)
	if err != nil {
		return fmt.Errorf("read what a machine means: %w", err)
	}
	return nil
}

// outcomeArgs are $1 to $6 of a statement that writes an outcome.
func outcomeArgs(a attempt, v verdict) []any {
	answer, early := a.Answer, a.AnsweredEarly
	if v.state != campaign.Answered {
		answer, early = nil, false
	}
	return []any{a.RecipientID, string(v.state), v.reason, answer, early, a.AnsweredAt}
}

// resettle corrects an outcome by evidence that came after the end of the
// call: a key and the hang-up after it are two requests of the carrier, and
// either may be the faster one. Only what a call was answered with is ever
// corrected, and never by a call that somebody has returned and answered. An
// outcome is final: a machine that is found out only now counts as no answer
// where the campaign says so, but is not called again.
func (d *Dialer) resettle(ctx context.Context, tx pgx.Tx, a attempt) error {
	if a.State != "completed" || a.RecipientID == nil {
		return nil
	}
	if err := readMachineRule(ctx, tx, &a); err != nil {
		return err
	}
	v := judge(a, raise{})
	if v.again && v.reason != reasonMachine {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = $2, reason = $3, answer = $4, answered_early = $5,
			answered_at = coalesce(answered_at, $6), updated_at = $7
		WHERE id = $1 AND state IN ('answered', 'answered_no_key', 'voicemail') AND NOT answered_by_callback`, append(outcomeArgs(a, v), d.Clock.Now())...)
	if err != nil {
		return fmt.Errorf("correct outcome: %w", err)
	}
	return nil
}

// prospectsOf reads what decides about another attempt.
func prospectsOf(ctx context.Context, tx pgx.Tx, a attempt) (prospects, error) {
	var p prospects
	var minutes int
	err := readAsWritten(ctx, tx, `SELECT c.status, c.dial_until, c.max_attempts, c.retry_minutes, r.attempts_made,
			coalesce(k.state, 'none') = 'opted_in' AND g.stopped_at IS NULL
			  AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = r.phone_key AND b.sender_id = $2)
		FROM recipients r JOIN campaigns c ON c.id = r.campaign_id JOIN phone_gates g ON g.phone_key = r.phone_key
		LEFT JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key
		WHERE r.id = $1`, []any{a.RecipientID, a.SenderID}, &p.Status, &p.DialUntil, &p.MaxAttempts, &minutes, &p.Made, &p.OptedIn)
	if err != nil {
		return p, fmt.Errorf("read prospects: %w", err)
	}
	p.Spacing = time.Duration(minutes) * time.Minute
	return p, nil
}

// refund takes a call that never rang off a recipient's count of attempts.
func refund(ctx context.Context, tx pgx.Tx, a attempt) error {
	if _, err := tx.Exec(ctx, `UPDATE recipients SET attempts_made = greatest(attempts_made - 1, 0) WHERE id = $1`, a.RecipientID); err != nil {
		return fmt.Errorf("refund attempt: %w", err)
	}
	return nil
}

// retry puts a recipient back in the queue, and keeps what this call came to.
func retry(ctx context.Context, tx pgx.Tx, a attempt, v verdict, due, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE recipients SET state = 'pending', reason = '', answer = NULL, answered_early = false, answered_at = NULL,
			last_state = CASE WHEN $4 THEN last_state ELSE $5 END, last_reason = CASE WHEN $4 THEN last_reason ELSE $6 END, due_at = $2, updated_at = $3
		WHERE id = $1 AND state = 'dialling'`, a.RecipientID, due, now, v.nothing(), string(v.state), v.reason)
	if err != nil {
		return fmt.Errorf("plan retry: %w", err)
	}
	return nil
}
