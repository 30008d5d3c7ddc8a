package dialer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/ivr"
)

// returned is a call of ours that somebody returns: who called, when and why,
// and what is left to be said of it.
type returned struct {
	AccountID      uuid.UUID
	SenderID       uuid.UUID
	CampaignID     uuid.UUID
	CalledAt       time.Time
	Employer       string
	CallbackNumber string
	ContactAddress string
	FirstName      string
	Language       string
	StatedZone     string
	NumberZones    string
	AccountZone    string
	Content        campaign.Content
	Answer         *int
	MayHear        bool // the message: consent holds, the gate is open, the employer active
	Open           bool // the campaign still takes answers
	Awaits         bool // the recipient has given none
	back           ivr.Back
}

// returnWithin is how long a call of ours can be returned: a number given up by
// its owner is somebody else's soon after.
const returnWithin = 30 * 24 * time.Hour

// findReturned binds a call back to the newest call to its phone, unless that
// was long ago or the phone has said since, to that employer, that it is not
// the person's. Such a caller is a stranger, and an older call of another
// employer is no more theirs.
func (d *Dialer) findReturned(ctx context.Context, tx pgx.Tx, call *inbound) error {
	err := tx.QueryRow(ctx, `SELECT id, account_id, recipient_id FROM (SELECT * FROM attempts
			WHERE phone_key = $1 AND sender_id = $2 AND kind = 'campaign' AND (call_sid IS NOT NULL OR state IN ('placing', 'unknown'))
			ORDER BY created_at DESC, place_by DESC LIMIT 1) a
		WHERE a.created_at >= $3 AND NOT EXISTS (SELECT FROM consent_events v
			WHERE v.account_id = a.account_id AND v.phone_key = $1 AND v.kind = 'not_me' AND v.at >= a.created_at)`,
		call.PhoneKey, call.SenderID, d.Clock.Now().Add(-returnWithin)).Scan(&call.AttemptID, &call.AccountID, &call.RecipientID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("find call that is returned: %w", err)
	}
	return nil
}

// returned reads that under the gate's lock. The message needs what the call
// itself needed (I1); who called, when and why is told also to somebody who
// has stopped it, or they could not stop it again.
func (d *Dialer) returned(ctx context.Context, tx pgx.Tx, attempt uuid.UUID) (returned, error) {
	now := d.Clock.Now()
	rows, err := tx.Query(ctx, `
		SELECT a.account_id, a.sender_id, a.campaign_id, coalesce(a.ringing_at, a.placed_at, a.created_at) AS called_at,
		       acc.spoken_name AS employer, acc.callback_number, acc.contact_address, e.first_name, e.language,
		       e.time_zone AS stated_zone, e.number_zones, acc.time_zone AS account_zone, c.content, r.answer,
		       acc.status = 'active' AND g.stopped_at IS NULL AND coalesce(k.state, 'none') = 'opted_in'
		         AND NOT EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = a.phone_key AND b.sender_id = a.sender_id)
		         AND e.deleted_at IS NULL AND e.phone_key = a.phone_key AS may_hear,
		       (c.status IN ('running', 'paused') OR c.status = 'finished' AND c.finished_at > $2) AND (c.dial_until IS NULL OR c.dial_until > $3) AS open,
		       r.answer IS NULL AND r.state IN ('pending', 'dialling', 'answered_no_key', 'voicemail', 'no_answer', 'busy', 'failed') AS awaits
		FROM attempts a
		JOIN accounts acc ON acc.id = a.account_id
		JOIN phone_gates g ON g.phone_key = a.phone_key
		JOIN campaigns c ON c.id = a.campaign_id
		JOIN recipients r ON r.id = a.recipient_id
		JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		LEFT JOIN consents k ON k.account_id = a.account_id AND k.phone_key = a.phone_key
		WHERE a.id = $1`, attempt, now.Add(-answerWithin), now)
	if err != nil {
		return returned{}, fmt.Errorf("read call that is returned: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[returned])
	if err != nil {
		return returned{}, fmt.Errorf("read call that is returned: %w", err)
	}
	s.back = d.backOf(s, now)
	return s, nil
}

// spoken is what the person hears. Once more, when the request that gave the
// answer comes again, the question is still open.
func (s returned) spoken(replay bool) ivr.Script {
	script := ivr.Script{Employer: s.Employer, FirstName: s.FirstName, CallbackNumber: s.CallbackNumber, ContactAddress: s.ContactAddress,
		Purpose: s.Content.PurposeIn(s.Language), Language: s.Language, Voice: ivr.VoiceFor(s.Language, s.Content.Voice)}
	asks := len(s.Content.Choices) > 0
	switch {
	case !s.MayHear || !asks:
	case s.Open && s.Awaits, replay:
		script = scriptOf(script, s.Content, s.Language)
		script.Voicemail = ""
	case s.Answer != nil:
		script = scriptOf(script, s.Content, s.Language)
		script.Given = *s.Answer
	}
	script.Back = &s.back
	return script
}

// backOf puts a call into the day and the clock of whoever returns it. Where
// the person's zone is not known the employer's is, and the city is named.
func (d *Dialer) backOf(s returned, now time.Time) ivr.Back {
	zone, own := s.StatedZone, true
	if !d.Zones.Valid(zone) {
		zone = s.NumberZones
	}
	if !d.Zones.Valid(zone) { // none, or several
		zone, own = s.AccountZone, false
	}
	location, ok := d.Zones.Location(zone)
	if !ok {
		location, zone = time.UTC, "UTC"
	}
	back := ivr.Back{At: s.CalledAt.In(location), Now: now.In(location)}
	if !own {
		back.City = strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
	}
	return back
}
