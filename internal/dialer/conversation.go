package dialer

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/ivr"
)

// What a call got to hear, as kept with the attempt.
const (
	heardMessage   = "message"
	heardVoicemail = "voicemail"
	heardNothing   = "nothing" // nobody may be spoken to any more when the phone was answered
)

// VoiceRequest is the carrier asking what to say.
type VoiceRequest struct {
	Attempt uuid.UUID
	CallSID string
	Step    string // where the call stands; empty when it was just answered
	Digits  string
	Machine bool // the voicemail variant, asked for after a machine was heard
	Payload map[string]string
}

// turn is a request understood.
type turn struct {
	event  ivr.Event
	step   ivr.Step
	dedupe string
}

func (req VoiceRequest) turn() (turn, error) {
	switch {
	case req.Machine:
		return turn{event: ivr.Machine(), dedupe: "machine"}, nil
	case req.Step == "":
		return turn{event: ivr.Answered(), dedupe: "answered"}, nil
	}
	step, err := ivr.ParseStep(req.Step)
	return turn{event: ivr.Pressed(step, req.Digits), step: step, dedupe: req.Step + "=" + req.Digits}, err
}

// Voice answers with the next document of a call. Before the first word it
// checks once more that this person may be spoken to (I1); what a key means is
// durable before the document leaves.
func (d *Dialer) Voice(ctx context.Context, req VoiceRequest) ([]byte, error) {
	t, err := req.turn()
	if err != nil {
		return ivr.HangUp(), nil
	}
	var document []byte
	var effect ivr.Effect
	var a attempt
	err = d.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
		a, err = lockCall(ctx, tx, req.Attempt)
		if err != nil {
			return err
		}
		if a.CallSID != nil && *a.CallSID != req.CallSID {
			return ErrForeignCall
		}
		document, effect, err = d.converse(ctx, tx, a, req, t)
		return err
	})
	switch {
	case errors.Is(err, ErrForeignCall):
		return ivr.HangUp(), nil // whoever that is, it is no call of ours
	case err != nil:
		return nil, err
	case isWish(effect.Kind) && a.Kind != kindPreview:
		if err := d.textsEnded(ctx, a.PhoneKey, a.SenderID, &a.AccountID); err != nil {
			return nil, err
		}
	}
	return document, nil
}

// textsEnded returns when none of the texts that a key has forbidden is being
// handed over any more: "will not text you again" is said then. Where that takes
// longer than a document may, it fails, and the caller is made to wait: the key
// is kept already, and pressed again it does nothing more.
func (d *Dialer) textsEnded(ctx context.Context, key []byte, sender uuid.UUID, account *uuid.UUID) error {
	var accounts []uuid.UUID
	if account != nil {
		accounts, sender = []uuid.UUID{*account}, uuid.Nil
	}
	if err := d.Consent.AwaitTextsOf(ctx, key, sender, accounts); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for texts under way: %w", err)
	}
	return nil
}

func (d *Dialer) converse(ctx context.Context, tx pgx.Tx, a attempt, req VoiceRequest, t turn) ([]byte, ivr.Effect, error) {
	switch {
	case a.Rank < finalRank:
	case a.State != "completed":
		// Taken for lost, and perhaps dialled again since: it must not speak.
		d.Log.ErrorContext(ctx, "a call that was given up is answered", "attempt", a.ID, "state", a.State, "call_sid", req.CallSID)
		return ivr.HangUp(), ivr.Effect{}, nil
	case req.Step == "":
		return ivr.HangUp(), ivr.Effect{}, nil // they hung up while we were being asked: nobody hears this
	}
	replay, err := d.pickUp(ctx, tx, &a, req, t.dedupe)
	if err != nil {
		return nil, ivr.Effect{}, err
	}
	s, err := d.scene(ctx, tx, a)
	if err != nil {
		return nil, ivr.Effect{}, err
	}
	if why := s.refusal(a, t.step, replay); why != "" {
		_, err := tx.Exec(ctx, `UPDATE attempts SET heard = CASE WHEN heard = '' THEN $2 ELSE heard END,
			end_requested = CASE WHEN end_requested = '' THEN $3 ELSE end_requested END, ending = true WHERE id = $1`, a.ID, heardNothing, why)
		if err != nil {
			return nil, ivr.Effect{}, fmt.Errorf("note silence: %w", err)
		}
		return ivr.HangUp(), ivr.Effect{}, nil
	}
	document, effect := ivr.Respond(s.script, t.event, d.keyURL(a.ID))
	return document, effect, d.take(ctx, tx, a, effect)
}

// keyURL is where the carrier posts the next key of a call.
func (d *Dialer) keyURL(attempt uuid.UUID) func(ivr.Step) string {
	return func(step ivr.Step) string {
		query := url.Values{"attempt": {attempt.String()}, "step": {step.String()}}
		return d.PublicURL + "/webhooks/twilio/gather?" + query.Encode() + "#" + documentRetries
	}
}

// pickUp keeps the request and moves the attempt to in_progress: the carrier
// asks for a document only once somebody has answered. It reports whether the
// same request was answered before.
func (d *Dialer) pickUp(ctx context.Context, tx pgx.Tx, a *attempt, req VoiceRequest, dedupe string) (replay bool, err error) {
	kind := "voice"
	if req.Step != "" {
		kind = "gather"
	}
	fresh, err := storeEvent(ctx, tx, *a, kind, req.CallSID, dedupe, req.Payload, d.Clock.Now())
	if err != nil {
		return false, err
	}
	if err := d.raise(ctx, tx, *a, raise{state: "in_progress", sid: req.CallSID}); err != nil {
		return false, err
	}
	a.Rank = max(a.Rank, rankOf["in_progress"])
	if a.CallSID == nil {
		a.CallSID = &req.CallSID
	}
	return !fresh, nil
}

// take makes the effect of an event durable.
func (d *Dialer) take(ctx context.Context, tx pgx.Tx, a attempt, effect ivr.Effect) error {
	switch effect.Kind {
	case ivr.Spoke:
		return d.noteHeard(ctx, tx, a, heardMessage)
	case ivr.LeftVoicemail:
		return d.noteHeard(ctx, tx, a, heardVoicemail)
	case ivr.Answer:
		return d.takeAnswer(ctx, tx, a, effect)
	case ivr.Stop, ivr.StopAll, ivr.NotMe:
		return d.takeWish(ctx, tx, a, effect.Kind)
	}
	return nil
}

func (d *Dialer) noteHeard(ctx context.Context, tx pgx.Tx, a attempt, what string) error {
	if _, err := tx.Exec(ctx, `UPDATE attempts SET heard = $2 WHERE id = $1`, a.ID, what); err != nil {
		return fmt.Errorf("note what was heard: %w", err)
	}
	a.Heard = what
	return d.resettle(ctx, tx, a)
}

// takeAnswer keeps the key. Keys from a machine never count: it hears our own
// tones, or plays its own.
func (d *Dialer) takeAnswer(ctx context.Context, tx pgx.Tx, a attempt, effect ivr.Effect) error {
	if isMachine(a.AnsweredBy) {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE attempts SET answer = $2, answered_early = $3 WHERE id = $1`, a.ID, effect.Answer, effect.Early)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if a.RecipientID == nil {
		return nil
	}
	// Shown at once; the final state follows when the call ends.
	_, err = tx.Exec(ctx, `UPDATE recipients SET answer = $2, answered_early = $3, answered_at = $4, updated_at = $4
		WHERE id = $1 AND state = 'dialling'`, a.RecipientID, effect.Answer, effect.Early, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("show answer: %w", err)
	}
	a.Answer, a.AnsweredEarly = &effect.Answer, effect.Early
	return d.resettle(ctx, tx, a)
}

// takeWish revokes in the transaction of the key itself. The note of why the
// call ends keeps the dialler from cutting off its own goodbye; no other call
// can be live to this phone. In a preview the keys say what they would do (the
// script is marked as one) and do nothing: it is the employer's own phone, not
// an employee's. Unlike an answer a wish counts from what was taken for a
// machine, too: it may have been a person, who was told that it counts.
func (d *Dialer) takeWish(ctx context.Context, tx pgx.Tx, a attempt, kind ivr.Kind) error {
	if a.Kind == kindPreview {
		return nil
	}
	wish := consent.Revocation{PhoneKey: a.PhoneKey, Account: &a.AccountID, SenderID: a.SenderID, Kind: consent.OptedOut, Channel: consent.ChannelVoice}
	if a.CallSID != nil {
		wish.CallSID = *a.CallSID
	}
	if a.EndRequested == "" {
		a.EndRequested = endOptedOut
		if kind == ivr.NotMe {
			a.EndRequested = endNotMe
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE attempts SET end_requested = $2, ending = true WHERE id = $1`, a.ID, a.EndRequested); err != nil {
		return fmt.Errorf("note wish: %w", err)
	}
	if err := d.revokeBy(ctx, tx, wish, kind); err != nil {
		return err
	}
	return d.resettle(ctx, tx, a)
}

// revokeBy applies a key's meaning to a wish and takes the phone out of every
// queue it concerns.
func (d *Dialer) revokeBy(ctx context.Context, tx pgx.Tx, wish consent.Revocation, kind ivr.Kind) error {
	switch kind {
	case ivr.NotMe:
		wish.Kind = consent.NotMe
	case ivr.StopAll:
		wish.Account, wish.Platform = nil, true
	}
	accounts, err := d.Consent.Revoke(ctx, tx, wish)
	if err != nil {
		return err
	}
	return d.skipPending(ctx, tx, wish.PhoneKey, accounts)
}
