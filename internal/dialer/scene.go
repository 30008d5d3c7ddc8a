package dialer

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/ivr"
)

// scene is a call about to be spoken: to whom, what, and whether at all.
type scene struct {
	script    ivr.Script
	mayHear   bool // consent holds and the gate is open
	suspended bool // the employer
	cancelled bool // the campaign
	answered  bool // by calling back, while this call was on its way
}

// refusal says why nothing may be said; empty means speak. Whoever revoked in
// this very call still hears that it was done and may go on to stop everything,
// and so does a request that is asked again after its answer was lost.
func (s scene) refusal(a attempt, step ivr.Step, replay bool) string {
	revokedHere := a.Heard == heardMessage && a.Ending && (a.EndRequested == endOptedOut || a.EndRequested == endNotMe)
	switch {
	case revokedHere && (step.Part == ivr.PartWidest || replay):
		return ""
	case !s.mayHear:
		return endOptedOut
	case s.suspended:
		return endSuspended
	case s.cancelled && a.Kind == kindCampaign && a.Heard == "":
		return endCancelled
	case s.answered && a.Heard == "":
		return endAnswered
	}
	return ""
}

// scene reads what the person is to hear and whether they may hear it now. A
// preview needs no consent: it rings the user's own verified phone.
func (d *Dialer) scene(ctx context.Context, tx pgx.Tx, a attempt) (scene, error) {
	var content campaign.Content
	var s scene
	var language string
	var given *int
	script := &s.script
	err := readAsWritten(ctx, tx, `
		SELECT c.content, c.status = 'cancelled', acc.status <> 'active', acc.spoken_name, acc.callback_number, acc.contact_address,
		       coalesce(e.first_name, split_part(u.name, ' ', 1), ''),
		       CASE WHEN a.kind = 'preview' AND a.language <> '' THEN a.language ELSE coalesce(e.language, u.language, a.language) END,
		       g.stopped_at IS NULL AND (a.kind = 'preview' OR coalesce(k.state, 'none') = 'opted_in')
		         AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = a.phone_key AND b.sender_id = a.sender_id),
		       coalesce(r.answered_by_callback, false), CASE WHEN r.answered_by_callback THEN r.answer END
		FROM attempts a
		JOIN campaigns c ON c.id = a.campaign_id
		JOIN accounts acc ON acc.id = a.account_id
		JOIN phone_gates g ON g.phone_key = a.phone_key
		LEFT JOIN recipients r ON r.id = a.recipient_id
		LEFT JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id AND e.deleted_at IS NULL
		LEFT JOIN users u ON u.account_id = a.account_id AND u.id = a.user_id
		LEFT JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
		WHERE a.id = $1`, []any{a.ID}, &content, &s.cancelled, &s.suspended, &script.Employer, &script.CallbackNumber, &script.ContactAddress, &script.FirstName,
		&language, &s.mayHear, &s.answered, &given)
	if err != nil {
		return scene{}, fmt.Errorf("read what to say: %w", err)
	}
	s.script = scriptOf(s.script, content, language)
	s.script.Preview = a.Kind == kindPreview
	if given != nil {
		s.script.Given = *given
	}
	return s, nil
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
