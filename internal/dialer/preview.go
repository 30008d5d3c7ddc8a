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
	"github.com/callshu/callshu/internal/postgres"
)

// PreviewRequest asks to hear a campaign on the user's own phone.
type PreviewRequest struct {
	AccountID  uuid.UUID
	UserID     uuid.UUID
	CampaignID uuid.UUID
	Language   string
	Actor      audit.Actor
	// Take takes one of the previews that the account may have, within the
	// transaction of the call; nil where nothing limits them.
	Take func(ctx context.Context, tx pgx.Tx) error
}

// mostPreviews is how many previews of a replica are looked at side by side. They
// wait for each other's turn at the limit of their account; so many at once must
// not wait on all the connections by which STOPs come in.
const mostPreviews = 2

// previewPatience is how long a preview may wait for its slot of the pace.
const previewPatience = 5 * time.Second

// Preview rings the user's own verified phone with exactly what an employee
// would hear. It needs no calling hours, but an open gate, a slot of the pace
// and a phone that is not already in a call (I2, I3, I5).
func (d *Dialer) Preview(ctx context.Context, req PreviewRequest) (uuid.UUID, error) {
	select {
	case d.previews <- struct{}{}:
		defer func() { <-d.previews }()
	case <-ctx.Done():
		return uuid.Nil, fmt.Errorf("wait for other previews: %w", ctx.Err())
	}
	who, err := d.previewTarget(ctx, req)
	if err != nil {
		return uuid.Nil, err
	}
	a := claimed{ID: uuid.New(), Phone: who.phone, Sender: who.sender, Preview: true}
	var asked time.Time
	err = d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if req.Take != nil {
			if err := req.Take(ctx, tx); err != nil {
				return err
			}
		}
		p, err := d.readPace(ctx, tx)
		if err != nil {
			return err
		}
		if err := mayDial(ctx, tx, req.AccountID); err != nil {
			return err
		}
		if p.paused || p.next.Sub(p.now) > previewPatience {
			return noLine()
		}
		if err := passGate(ctx, tx, who.key, who.senderID, d.Clock.Now()); err != nil {
			return err
		}
		placeBy := p.next.Add(placeWithin)
		if err := d.insertPreview(ctx, tx, req, who, a.ID, placeBy); err != nil {
			return err
		}
		if err := d.takeSlots(ctx, tx, &p, 1); err != nil {
			return err
		}
		a.slot = d.line.slot(p, 0)
		a.deadline = p.earliest(placeBy)
		asked = p.asked
		return audit.Record(ctx, tx, audit.Event{Account: &req.AccountID, At: d.Clock.Now(), Actor: req.Actor, Action: "preview.requested",
			SubjectKind: "campaign", SubjectID: req.CampaignID.String(), Detail: map[string]any{"attempt": a.ID}})
	})
	if err != nil {
		return uuid.Nil, err
	}
	d.line.took(time.Since(asked))
	if !d.line.add(a) {
		// Shutting down: the recorder may be gone already.
		if err := d.storeRefused(context.WithoutCancel(ctx), result{attempt: a.ID, late: true}); err != nil {
			return uuid.Nil, err
		}
		return uuid.Nil, noLine()
	}
	return a.ID, nil
}

func noLine() error {
	refusal := apperr.New(apperr.Unavailable, "carrier_busy", "No line is free at this moment. Try again in a few seconds.")
	refusal.RetryAfter = previewPatience
	return refusal
}

// mayDial refuses while an operator has paused all calls, or the account's: a
// preview rings a phone by the same carrier, and with the words that may be the
// reason for the pause.
func mayDial(ctx context.Context, tx pgx.Tx, account uuid.UUID) error {
	var all, own bool
	var allReason, ownReason string
	err := tx.QueryRow(ctx, `SELECT p.dialling_paused_at IS NOT NULL, p.pause_reason, a.dialling_paused_at IS NOT NULL, a.dialling_pause_reason
		FROM platform p JOIN accounts a ON a.id = $1`, account).Scan(&all, &allReason, &own, &ownReason)
	switch {
	case err != nil:
		return fmt.Errorf("read pauses: %w", err)
	case all:
		return apperr.New(apperr.Conflict, "dialling_paused", "Callshu has paused all calls, previews too: %s", allReason)
	case own:
		return apperr.New(apperr.Conflict, "dialling_paused", "Callshu has paused the calls of your company, previews too: %s", ownReason)
	}
	return nil
}

func inCall() error {
	return apperr.New(apperr.Conflict, "phone_in_call", "Your phone is in a call of ours at this moment.")
}

type previewTarget struct {
	phone    string
	key      []byte
	senderID uuid.UUID
	sender   string
}

// previewTarget finds whom a preview rings, and makes sure that the phone has
// a gate to be locked.
func (d *Dialer) previewTarget(ctx context.Context, req PreviewRequest) (previewTarget, error) {
	var t previewTarget
	var verified *time.Time
	err := d.Worker.QueryRow(ctx, `SELECT u.phone, u.phone_verified_at, s.id, s.number FROM users u
		JOIN accounts a ON a.id = u.account_id AND a.status = 'active' JOIN senders s ON s.id = a.sender_id
		JOIN campaigns c ON c.account_id = a.id AND c.id = $3
		WHERE u.account_id = $1 AND u.id = $2`, req.AccountID, req.UserID, req.CampaignID).Scan(&t.phone, &verified, &t.senderID, &t.sender)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, apperr.New(apperr.NotFound, "not_found", "There is no such campaign.")
	}
	if err != nil {
		return t, fmt.Errorf("read preview target: %w", err)
	}
	if verified == nil || t.phone == "" {
		return t, apperr.New(apperr.Forbidden, "phone_unverified", "Verify your own phone number first; a preview rings only there.")
	}
	t.key = d.PhoneKey(t.phone)
	if _, err := d.Worker.Exec(ctx, `SELECT ensure_gates($1)`, [][]byte{t.key}); err != nil {
		return t, fmt.Errorf("ensure gate: %w", err)
	}
	return t, nil
}

// passGate locks the phone's gate and refuses where a STOP has closed it
// and while the phone calls us. It does not wait for the gate: a person waits for the answer.
func passGate(ctx context.Context, tx pgx.Tx, key []byte, sender uuid.UUID, now time.Time) error {
	var stopped, calling bool
	err := tx.QueryRow(ctx, `SELECT stopped_at IS NOT NULL, coalesce(on_line_until > $2, false) FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE SKIP LOCKED`,
		key, now).Scan(&stopped, &calling)
	if errors.Is(err, pgx.ErrNoRows) {
		return noLine()
	}
	if err != nil {
		return fmt.Errorf("lock gate: %w", err)
	}
	// A statement of its own, which sees what committed before the lock was ours.
	var blocked bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sender_blocks WHERE phone_key = $1 AND sender_id = $2)`, key, sender).Scan(&blocked)
	if err != nil {
		return fmt.Errorf("read sender block: %w", err)
	}
	if stopped || blocked {
		return apperr.New(apperr.Conflict, "phone_opted_out", "Your phone has replied STOP to this number. Text START to it to hear previews again.")
	}
	if calling {
		return inCall()
	}
	return nil
}

func (d *Dialer) insertPreview(ctx context.Context, tx pgx.Tx, req PreviewRequest, t previewTarget, id uuid.UUID, placeBy time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO attempts (id, account_id, kind, campaign_id, user_id, phone_key, sender_id, language, consent_checked_at, place_by, created_at)
		VALUES ($1, $2, 'preview', $3, $4, $5, $6, $7, $8, $9, $8)`,
		id, req.AccountID, req.CampaignID, req.UserID, t.key, t.senderID, req.Language, d.Clock.Now(), placeBy)
	if postgres.IsUnique(err, "attempts_live") {
		return inCall()
	}
	if err != nil {
		return fmt.Errorf("insert preview: %w", err)
	}
	return nil
}

// PreviewState is how far a preview has come.
type PreviewState struct {
	State  string
	Answer *int
}

// PreviewOf reads a preview of the account.
func (d *Dialer) PreviewOf(ctx context.Context, account, id uuid.UUID) (PreviewState, error) {
	var s PreviewState
	err := d.Worker.QueryRow(ctx, `SELECT state, answer FROM attempts WHERE account_id = $1 AND id = $2 AND kind = 'preview'`, account, id).Scan(&s.State, &s.Answer)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, apperr.New(apperr.NotFound, "not_found", "There is no such preview.")
	}
	if err != nil {
		return s, fmt.Errorf("read preview: %w", err)
	}
	return s, nil
}
