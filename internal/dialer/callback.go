package dialer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/ivr"
)

// CallBack is a person calling one of our numbers.
type CallBack struct {
	CallSID  string
	From, To string
	Step     string
	Digits   string
}

// What somebody who called us got to hear, as kept with the call.
const (
	heardStranger = "stranger" // that there is no call for them
	heardCaller   = "caller"   // who called them, when and why
)

// CalledBack tells who called from this number last, when and why, and takes
// the keys 9 and 8, as every voicemail of ours promises. Where that call asked
// something and nobody has answered, the question is asked as the call would
// have asked it. Like Voice it checks consent before the first word, and what a
// key means is durable before the document leaves.
func (d *Dialer) CalledBack(ctx context.Context, in CallBack) ([]byte, error) {
	t, err := VoiceRequest{Step: in.Step, Digits: in.Digits}.turn()
	if err != nil {
		return ivr.HangUp(), nil
	}
	var document []byte
	var effect ivr.Effect
	var call inbound
	err = d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if call, err = d.openCallBack(ctx, tx, in); err != nil {
			return err
		}
		if call.AttemptID == nil {
			document, effect, err = d.receiveStranger(ctx, tx, &call, t)
		} else {
			document, effect, err = d.receiveReturn(ctx, tx, &call, t)
		}
		if err != nil {
			return err
		}
		return d.noteCallBack(ctx, tx, call)
	})
	switch {
	case errors.Is(err, ErrForeignCall):
		return ivr.HangUp(), nil
	case err != nil:
		return nil, err
	case isWish(effect.Kind):
		d.silence(ctx, call.PhoneKey)
		if err := d.textsEnded(ctx, call.PhoneKey, call.SenderID, call.AccountID); err != nil {
			return nil, err
		}
	case effect.Kind == ivr.Answer:
		// A call to this phone may be on its way: nothing is left to ask. What is
		// not ended now is asked to end every second.
		if _, _, err := d.endRevoked(ctx, call.PhoneKey); err != nil {
			d.Log.WarnContext(ctx, "end call of an answered question", "error", err)
		}
	}
	return document, nil
}

func isWish(kind ivr.Kind) bool {
	return kind == ivr.Stop || kind == ivr.StopAll || kind == ivr.NotMe
}

// receiveStranger answers a phone that we never called, or whose call was for
// somebody else: it hears nothing that we know about anybody, and may forbid
// every call.
func (d *Dialer) receiveStranger(ctx context.Context, tx pgx.Tx, call *inbound, t turn) ([]byte, ivr.Effect, error) {
	event := ivr.Stranger()
	switch {
	case call.PhoneKey == nil:
		event = ivr.Withheld()
	case t.step.Part == ivr.PartWidest:
		event = t.event
	}
	var language string
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT language FROM employees WHERE phone_key = $1 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 1), '')`,
		call.PhoneKey).Scan(&language)
	if err != nil {
		return nil, ivr.Effect{}, fmt.Errorf("read language of a caller: %w", err)
	}
	script := ivr.Script{Language: language}
	document, effect := ivr.Respond(script, event, d.callBackURL)
	call.heard(heardStranger)
	call.hold(d.Clock.Now(), script, effect)
	if !isWish(effect.Kind) {
		return document, effect, nil
	}
	return document, effect, d.takeBackWish(ctx, tx, call, consent.Revocation{SenderID: call.SenderID}, effect.Kind)
}

// receiveReturn answers somebody who returns a call of ours.
func (d *Dialer) receiveReturn(ctx context.Context, tx pgx.Tx, call *inbound, t turn) ([]byte, ivr.Effect, error) {
	replay := call.Answer != nil && call.AnswerTurn == t.dedupe
	s, err := d.returned(ctx, tx, *call.AttemptID)
	if err != nil {
		return nil, ivr.Effect{}, err
	}
	script := s.spoken(replay)
	document, effect := ivr.Respond(script, t.event, d.callBackURL)
	switch {
	case isWish(effect.Kind):
		err = d.takeBackWish(ctx, tx, call, consent.Revocation{Account: &s.AccountID, SenderID: s.SenderID}, effect.Kind)
	case effect.Kind == ivr.Answer && !replay:
		var taken bool
		if taken, err = d.takeBackAnswer(ctx, tx, call, s, effect, t.dedupe); err == nil && !taken {
			// Somebody was faster, on another line: that answer stands.
			if s, err = d.returned(ctx, tx, *call.AttemptID); err == nil {
				document, effect = ivr.Respond(s.spoken(false), t.event, d.callBackURL)
			}
		}
	}
	if err != nil {
		return nil, ivr.Effect{}, err
	}
	call.heard(heardCaller)
	if begins := effect.Kind == ivr.Spoke || effect.Kind == ivr.Repeat; begins && script.Text != "" && script.Given == 0 {
		call.heard(heardMessage)
	}
	call.hold(d.Clock.Now(), script, effect)
	return document, effect, nil
}

// takeBackWish revokes in the transaction of the key itself.
func (d *Dialer) takeBackWish(ctx context.Context, tx pgx.Tx, call *inbound, wish consent.Revocation, kind ivr.Kind) error {
	wish.PhoneKey, wish.Kind, wish.Channel, wish.CallSID = call.PhoneKey, consent.OptedOut, consent.ChannelVoice, call.CallSID
	if call.Revoked == "" {
		call.Revoked = endOptedOut
		if kind == ivr.NotMe {
			call.Revoked = endNotMe
		}
	}
	return d.revokeBy(ctx, tx, wish, kind)
}

// takeBackAnswer makes an answer the recipient's final state, unless there is
// one already. It takes the recipient's row as it is now: a callback of the
// missed call may be settling it at this moment.
func (d *Dialer) takeBackAnswer(ctx context.Context, tx pgx.Tx, call *inbound, s returned, effect ivr.Effect, dedupe string) (taken bool, err error) {
	now := d.Clock.Now()
	tag, err := tx.Exec(ctx, `UPDATE recipients SET state = 'answered', reason = '', answer = $2, answered_early = $3, answered_at = $4,
			answered_by_callback = true, finished_at = $4, updated_at = $4
		WHERE id = $1 AND answer IS NULL AND state IN ('pending', 'dialling', 'answered_no_key', 'voicemail', 'no_answer', 'busy', 'failed')`,
		call.RecipientID, effect.Answer, effect.Early, now)
	if err != nil {
		return false, fmt.Errorf("keep answer of a call back: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	call.Answer, call.AnswerTurn, call.AnsweredAt = &effect.Answer, dedupe, &now
	return true, audit.Record(ctx, tx, audit.Event{Account: &s.AccountID, At: now, Actor: audit.Actor{Kind: audit.Employee}, Action: "campaign.answered_by_callback",
		SubjectKind: "campaign", SubjectID: s.CampaignID.String(), Detail: map[string]any{"recipient": call.RecipientID, "answer": effect.Answer, "call_sid": call.CallSID}})
}

// Times of a call back.
const (
	answerWithin = 48 * time.Hour   // how long a finished campaign still takes answers
	goodbyeTime  = 15 * time.Second // the last document of a call
	listenTime   = 45 * time.Second // waiting for keys, and the carrier's own pauses
)

// hold says until when the person may still be listening: the newest document,
// at half the pace that ivr estimates.
func (call *inbound) hold(now time.Time, script ivr.Script, effect ivr.Effect) {
	call.LiveUntil = now.Add(2*time.Duration(script.Seconds())*time.Second + listenTime)
	if effect.Ends {
		call.LiveUntil = now.Add(goodbyeTime)
	}
}

// heard keeps the most that the person heard in this call.
func (call *inbound) heard(what string) {
	if call.Heard != heardMessage {
		call.Heard = what
	}
}

func (d *Dialer) callBackURL(step ivr.Step) string {
	return d.PublicURL + "/webhooks/twilio/incoming?" + url.Values{"step": {step.String()}}.Encode() + "#" + documentRetries
}

// callerKey is the key of a caller's phone, or nil where the number was
// withheld or cannot be one that we call: the carrier then sends a word, or a
// number that is none.
func (d *Dialer) callerKey(from string) []byte {
	digits, ok := strings.CutPrefix(from, "+1")
	if !ok || len(digits) != 10 || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	return d.PhoneKey(from)
}
