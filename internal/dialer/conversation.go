package dialer

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/ivr"
)

// What a call got to hear, as kept with the attempt.
const (
	heardMessage   = "message"
	heardVoicemail = "voicemail"
	heardNothing   = "nothing" // consent was gone when the phone was answered
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

// Voice answers with the next document of a call. Before the first word it
// checks once more that this person may be spoken to (I1); what a key means is
// durable before the document leaves.
func (d *Dialer) Voice(ctx context.Context, req VoiceRequest) ([]byte, error) {
	event, dedupe, err := req.event()
	if err != nil {
		return ivr.HangUp(), nil
	}
	var document []byte
	err = d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockCall(ctx, tx, req.Attempt)
		if err != nil {
			return err
		}
		if a.CallSID != nil && *a.CallSID != req.CallSID {
			return ErrForeignCall
		}
		if err := d.pickUp(ctx, tx, &a, req, dedupe); err != nil {
			return err
		}
		s, err := d.scene(ctx, tx, a)
		if err != nil {
			return err
		}
		if !s.allowed {
			document = ivr.HangUp()
			return d.note(ctx, tx, a, `heard = CASE WHEN heard = '' THEN '`+heardNothing+`' ELSE heard END,
				end_requested = CASE WHEN end_requested = '' THEN 'opted_out' ELSE end_requested END`)
		}
		var effect ivr.Effect
		document, effect = ivr.Respond(s.script, event, d.keyURL(a.ID))
		return d.take(ctx, tx, a, effect)
	})
	if errors.Is(err, ErrForeignCall) {
		return ivr.HangUp(), nil // whoever that is, it is no call of ours
	}
	return document, err
}

// lockCall takes the phone's gate before the rows of the call, because a key
// may close it; that order holds everywhere.
func lockCall(ctx context.Context, tx pgx.Tx, id uuid.UUID) (attempt, error) {
	_, err := tx.Exec(ctx, `SELECT FROM phone_gates g JOIN attempts a ON a.phone_key = g.phone_key WHERE a.id = $1 FOR UPDATE OF g`, id)
	if err != nil {
		return attempt{}, fmt.Errorf("lock gate: %w", err)
	}
	return lockAttempt(ctx, tx, id)
}

func (req VoiceRequest) event() (event ivr.Event, dedupe string, err error) {
	switch {
	case req.Machine:
		return ivr.Machine(), "machine", nil
	case req.Step == "":
		return ivr.Answered(), "answered", nil
	}
	step, err := ivr.ParseStep(req.Step)
	if err != nil {
		return ivr.Event{}, "", err
	}
	return ivr.Pressed(step, req.Digits), req.Step + "=" + req.Digits, nil
}

// keyURL is where the carrier posts the next key of a call.
func (d *Dialer) keyURL(attempt uuid.UUID) func(ivr.Step) string {
	return func(step ivr.Step) string {
		query := url.Values{"attempt": {attempt.String()}, "step": {step.String()}}
		return d.PublicURL + "/webhooks/twilio/gather?" + query.Encode() + "#" + documentRetries
	}
}

// pickUp keeps the request and moves the attempt to in_progress: the carrier
// asks for a document only once somebody has answered.
func (d *Dialer) pickUp(ctx context.Context, tx pgx.Tx, a *attempt, req VoiceRequest, dedupe string) error {
	kind := "voice"
	if req.Step != "" {
		kind = "gather"
	}
	if _, err := storeEvent(ctx, tx, *a, kind, req.CallSID, dedupe, req.Payload, d.Clock.Now()); err != nil {
		return err
	}
	if err := d.raise(ctx, tx, *a, raise{state: "in_progress", sid: req.CallSID}); err != nil {
		return err
	}
	a.Rank = max(a.Rank, rankOf["in_progress"])
	return nil
}

func (d *Dialer) note(ctx context.Context, tx pgx.Tx, a attempt, set string) error {
	if _, err := tx.Exec(ctx, `UPDATE attempts SET `+set+` WHERE id = $1`, a.ID); err != nil {
		return fmt.Errorf("note call: %w", err)
	}
	return nil
}

// take makes the effect of an event durable.
func (d *Dialer) take(ctx context.Context, tx pgx.Tx, a attempt, effect ivr.Effect) error {
	switch effect.Kind {
	case ivr.Spoke:
		return d.note(ctx, tx, a, `heard = '`+heardMessage+`'`)
	case ivr.LeftVoicemail:
		return d.note(ctx, tx, a, `heard = '`+heardVoicemail+`'`)
	case ivr.Answer:
		return d.takeAnswer(ctx, tx, a, effect)
	case ivr.Stop, ivr.StopAll, ivr.NotMe:
		return d.takeWish(ctx, tx, a, effect.Kind)
	}
	return nil
}

// takeAnswer keeps the key. Keys from a machine never count: it hears our own
// tones, or plays its own.
func (d *Dialer) takeAnswer(ctx context.Context, tx pgx.Tx, a attempt, effect ivr.Effect) error {
	_, err := tx.Exec(ctx, `UPDATE attempts SET answer = $2, answered_early = $3
		WHERE id = $1 AND answered_by NOT LIKE 'machine%' AND answered_by <> 'fax'`, a.ID, effect.Answer, effect.Early)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if a.RecipientID == nil || isMachine(a.AnsweredBy) {
		return nil
	}
	// Shown at once; the final state follows when the call ends.
	_, err = tx.Exec(ctx, `UPDATE recipients SET answer = $2, answered_early = $3, answered_at = $4, updated_at = $4
		WHERE id = $1 AND state = 'dialling'`, a.RecipientID, effect.Answer, effect.Early, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("show answer: %w", err)
	}
	return nil
}

// takeWish revokes in the transaction of the key itself. The note of why the
// call ends keeps the dialler from cutting off its own goodbye; no other call
// can be live to this phone. In a preview the keys say what they would do and
// do nothing: it is the employer's own phone, not an employee's.
func (d *Dialer) takeWish(ctx context.Context, tx pgx.Tx, a attempt, kind ivr.Kind) error {
	if a.Kind == "preview" {
		return nil
	}
	wish := consent.Revocation{PhoneKey: a.PhoneKey, Account: &a.AccountID, SenderID: a.SenderID, Kind: consent.OptedOut, Channel: consent.ChannelVoice}
	if a.CallSID != nil {
		wish.CallSID = *a.CallSID
	}
	why := endOptedOut
	if kind == ivr.NotMe {
		why = endNotMe
	}
	if err := d.note(ctx, tx, a, `end_requested = CASE WHEN end_requested = '' THEN '`+why+`' ELSE end_requested END`); err != nil {
		return err
	}
	return d.revokeBy(ctx, tx, wish, kind)
}

// scene is a call about to be spoken: to whom, what, and whether at all.
type scene struct {
	script  ivr.Script
	allowed bool
}

// scene reads what the person is to hear and whether they may hear it now.
func (d *Dialer) scene(ctx context.Context, tx pgx.Tx, a attempt) (scene, error) {
	var content campaign.Content
	var s ivr.Script
	var language, previewLanguage, status string
	var open, consented bool
	err := tx.QueryRow(ctx, `
		SELECT c.content, c.status, acc.spoken_name, acc.callback_number, acc.contact_address,
		       coalesce(e.first_name, split_part(u.name, ' ', 1), ''), coalesce(e.language, u.language), a.language,
		       acc.status = 'active' AND g.stopped_at IS NULL
		         AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = a.phone_key AND b.sender_id = a.sender_id),
		       coalesce(k.state, 'none') = 'opted_in'
		FROM attempts a
		JOIN campaigns c ON c.id = a.campaign_id
		JOIN accounts acc ON acc.id = a.account_id
		JOIN phone_gates g ON g.phone_key = a.phone_key
		LEFT JOIN recipients r ON r.id = a.recipient_id
		LEFT JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id AND e.deleted_at IS NULL
		LEFT JOIN users u ON u.account_id = a.account_id AND u.id = a.user_id
		LEFT JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
		WHERE a.id = $1`, a.ID).
		Scan(&content, &status, &s.Employer, &s.CallbackNumber, &s.ContactAddress, &s.FirstName, &language, &previewLanguage, &open, &consented)
	if err != nil {
		return scene{}, fmt.Errorf("read what to say: %w", err)
	}
	if a.Kind == "preview" {
		consented = true // the user's own verified phone
		if previewLanguage != "" {
			language = previewLanguage
		}
	}
	// Goodbyes after a wish are still spoken: the wish itself made it unallowed.
	inGoodbye := a.EndRequested == endOptedOut && a.Heard == heardMessage || a.EndRequested == endNotMe && a.Heard == heardMessage
	return scene{script: scriptOf(s, content, language), allowed: open && consented && (a.Kind == "preview" || status != "cancelled") || inGoodbye}, nil
}

// scriptOf puts a campaign's content into one person's language.
func scriptOf(s ivr.Script, content campaign.Content, employee string) ivr.Script {
	language := content.LanguageFor(employee)
	text := content.Texts[language]
	s.Language, s.Text, s.Purpose = language, text.Message, content.PurposeIn(language)
	s.Voice = ivr.VoiceFor(language, content.Voice)
	for _, choice := range content.Choices {
		s.Choices = append(s.Choices, ivr.Choice{Key: choice.Key, Label: choice.LabelIn(language)})
	}
	if content.Voicemail == campaign.VoicemailLeave {
		s.Voicemail = text.Voicemail
		if s.Voicemail == "" {
			s.Voicemail = text.Message
		}
	}
	return s
}

// Rehearsal is a call read before it rings.
type Rehearsal struct {
	Language string
	Lines    []string
	Seconds  int
}

// Rehearse returns what a person of each language would hear.
func (d *Dialer) Rehearse(ctx context.Context, account uuid.UUID, c campaign.Campaign) ([]Rehearsal, error) {
	var s ivr.Script
	err := d.Worker.QueryRow(ctx, `SELECT spoken_name, callback_number, contact_address FROM accounts WHERE id = $1`, account).
		Scan(&s.Employer, &s.CallbackNumber, &s.ContactAddress)
	if err != nil {
		return nil, fmt.Errorf("read employer: %w", err)
	}
	names := map[string]string{ivr.English: "Alex", ivr.French: "Camille"}
	var list []Rehearsal
	for _, language := range []string{ivr.English, ivr.French} {
		if c.Content.Texts[language].Message == "" {
			continue
		}
		s.FirstName = names[language]
		script := scriptOf(s, c.Content, language)
		list = append(list, Rehearsal{Language: language, Lines: script.Lines(), Seconds: script.Seconds()})
	}
	return list, nil
}

// Machine takes the carrier's verdict on who answered. A machine is told the
// voicemail variant, or nothing; a person who pressed a key before the verdict
// came stays a person.
func (d *Dialer) Machine(ctx context.Context, id uuid.UUID, sid, answeredBy string, payload map[string]string) error {
	var leave, act bool
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.CallSID != nil && *a.CallSID != sid {
			return ErrForeignCall
		}
		fresh, err := storeEvent(ctx, tx, a, "amd", sid, "result", payload, d.Clock.Now())
		if err != nil || !fresh || a.Answer != nil || a.CampaignID == nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE attempts SET answered_by = $2 WHERE id = $1`, id, answeredBy); err != nil {
			return fmt.Errorf("note who answered: %w", err)
		}
		act = isMachine(answeredBy) && a.Rank < finalRank
		c, err := campaign.Find(ctx, tx, *a.CampaignID)
		leave = c.Content.Voicemail == campaign.VoicemailLeave && answeredBy != "fax"
		return err
	})
	if err != nil || !act {
		return err
	}
	if leave {
		return d.Carrier.RedirectCall(ctx, sid, fmt.Sprintf("%s/webhooks/twilio/voice?attempt=%s&machine=1#%s", d.PublicURL, id, documentRetries))
	}
	return d.end(ctx, id, sid, endMachine)
}
