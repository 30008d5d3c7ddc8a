package dialer

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

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

// lastCall is the employer whose call somebody is returning.
type lastCall struct {
	script ivr.Script
	wish   consent.Revocation
}

// CalledBack tells who called from this number last and takes the keys 9 and
// 8, as every voicemail of ours promises. A phone that we never called hears
// nothing and is hung up on.
func (d *Dialer) CalledBack(ctx context.Context, in CallBack) ([]byte, error) {
	t, err := VoiceRequest{Step: in.Step, Digits: in.Digits}.turn()
	if err != nil {
		return ivr.HangUp(), nil
	}
	var document []byte
	var revoked bool
	key := d.PhoneKey(in.From)
	err = d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE`, key); err != nil {
			return fmt.Errorf("lock gate: %w", err)
		}
		last, err := d.lastCallTo(ctx, tx, key, in)
		if errors.Is(err, pgx.ErrNoRows) {
			document = ivr.HangUp()
			return nil
		}
		if err != nil {
			return err
		}
		var effect ivr.Effect
		document, effect = ivr.Respond(last.script, t.event, d.callBackURL)
		if revoked = effect.Kind == ivr.Stop || effect.Kind == ivr.StopAll || effect.Kind == ivr.NotMe; !revoked {
			return nil
		}
		return d.revokeBy(ctx, tx, last.wish, effect.Kind)
	})
	if err == nil && revoked {
		d.silence(ctx, key)
	}
	return document, err
}

// lastCallTo is the newest call to a phone from the number it now calls. It
// carries no message and no choices: an answer to a finished question would
// mislead, and a caller is told why we called, not what.
func (d *Dialer) lastCallTo(ctx context.Context, tx pgx.Tx, key []byte, in CallBack) (lastCall, error) {
	last := lastCall{wish: consent.Revocation{PhoneKey: key, Kind: consent.OptedOut, Channel: consent.ChannelVoice, CallSID: in.CallSID}}
	s := &last.script
	var purpose, purposeDefault string
	err := tx.QueryRow(ctx, `
		SELECT a.account_id, a.sender_id, acc.spoken_name, acc.callback_number, acc.contact_address, e.first_name, e.language,
		       coalesce(c.content->'purpose'->>e.language, ''), coalesce(c.content->'purpose'->>(c.content->>'language_default'), '')
		FROM attempts a
		JOIN senders s ON s.id = a.sender_id AND s.number = $2
		JOIN accounts acc ON acc.id = a.account_id
		JOIN campaigns c ON c.id = a.campaign_id
		JOIN recipients r ON r.id = a.recipient_id
		JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		WHERE a.phone_key = $1 AND a.kind = 'campaign' AND a.state <> 'not_placed'
		ORDER BY a.created_at DESC LIMIT 1`, key, in.To).
		Scan(&last.wish.Account, &last.wish.SenderID, &s.Employer, &s.CallbackNumber, &s.ContactAddress, &s.FirstName, &s.Language, &purpose, &purposeDefault)
	if err != nil {
		return last, err
	}
	s.Purpose = purpose
	if s.Purpose == "" {
		s.Purpose = purposeDefault
	}
	s.Voice = ivr.VoiceFor(s.Language, "")
	return last, nil
}

func (d *Dialer) callBackURL(step ivr.Step) string {
	return d.PublicURL + "/webhooks/twilio/incoming?" + url.Values{"step": {step.String()}}.Encode() + "#" + documentRetries
}
