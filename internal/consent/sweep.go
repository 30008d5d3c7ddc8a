package consent

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/twilio"
)

// codeOptedOut is the carrier's error for a text to somebody who said STOP to
// the sender; with Advanced Opt-Out it comes only in a callback.
const codeOptedOut = 21610

// codeBlocked is the carrier's error for a text that the network blocks. On a
// toll-free number the network itself handles STOP, and this is how a later
// text learns of it; on other numbers it has other causes too.
const codeBlocked = 30004

var tollFree = regexp.MustCompile(`^\+18(00|33|44|55|66|77|88)`)

// saysStopped reports whether an error of the carrier's means that the person
// has said STOP to this number.
func saysStopped(code int, number string) bool {
	return code == codeOptedOut || code == codeBlocked && tollFree.MatchString(number)
}

// MessageStatus takes a callback about one of our texts. Callbacks come late,
// twice and in any order; each is applied at most once.
func (t *Texter) MessageStatus(ctx context.Context, id uuid.UUID, sid, status string, code int) error {
	state := stateOf(status)
	if state == "" {
		return nil
	}
	if state == stateFailed || state == stateUndelivered {
		// The revocation first: a process that dies in between must not lose it,
		// and the carrier reports again until the report has been taken.
		if err := t.revokeStopped(ctx, id, sid, code); err != nil {
			return err
		}
	}
	err := t.Worker.InTx(ctx, func(tx pgx.Tx) error {
		m, err := lockMessage(ctx, tx, id)
		if err != nil {
			return err
		}
		return m.advance(ctx, tx, step{sid: sid, state: state, code: code, at: t.Clock.Now(), reason: m.failure(state, code)})
	})
	if errors.Is(err, errNoMessage) {
		return nil // of a database that was restored, or of somebody else's making
	}
	if err == nil {
		t.settled(ctx, id)
	}
	return err
}

// revokeStopped revokes where the carrier refused a text because the person has
// said STOP. A report of another message than ours does not, and one that has
// been taken before changes nothing: the person may have come back since. Nothing is locked
// meanwhile: a revocation waits for texts that are being handed over, and this
// one may be among them, until its time is over.
func (t *Texter) revokeStopped(ctx context.Context, id uuid.UUID, sid string, code int) error {
	var r Revocation
	var number string
	var known *string
	var taken bool
	err := t.Worker.QueryRow(ctx, `SELECT m.phone_key, m.sender_id, s.number, m.message_sid,
		m.state IN ('failed', 'undelivered') AND m.error_code = $2 OR EXISTS (SELECT FROM consent_events v
			WHERE v.phone_key = m.phone_key AND v.message_sid = $3 AND v.message_sid <> '' AND v.kind = 'opted_out' AND v.channel = 'carrier')
		FROM messages m JOIN senders s ON s.id = m.sender_id WHERE m.id = $1`, id, code, sid).
		Scan(&r.PhoneKey, &r.SenderID, &number, &known, &taken)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find refused text: %w", err)
	}
	if taken || !saysStopped(code, number) || known != nil && *known != sid {
		return nil
	}
	r.Kind, r.Channel, r.MessageSID = OptedOut, ChannelCarrier, sid
	_, err = t.stopper.Revoke(ctx, r)
	return err
}

func (m message) failure(state string, code int) string {
	switch {
	case state != stateFailed && state != stateUndelivered:
		return ""
	case saysStopped(code, m.Number):
		return "opted_out"
	}
	return "unreachable"
}

// Reconcile finds out about texts whose fate is unknown: a process died or an
// answer was lost between our POST and its record. The carrier's list decides;
// nothing is ever sent a second time.
func (t *Texter) Reconcile(ctx context.Context) error {
	_, err := t.Worker.Exec(ctx, `UPDATE messages SET state = 'unknown' WHERE state = 'sending' AND place_by < clock_timestamp() - $1::interval`, textLost)
	if err != nil {
		return fmt.Errorf("find lost texts: %w", err)
	}
	rows, err := t.Worker.Query(ctx, `SELECT m.id, m.phone, m.body, s.number, m.sent_at, m.place_by, m.place_by < clock_timestamp() - $1::interval AS old
		FROM messages m JOIN senders s ON s.id = m.sender_id WHERE m.state = 'unknown' ORDER BY m.place_by LIMIT 20`, textGiveUp)
	if err != nil {
		return fmt.Errorf("list unknown texts: %w", err)
	}
	unknown, err := pgx.CollectRows(rows, pgx.RowToStructByName[lostText])
	if err != nil {
		return fmt.Errorf("list unknown texts: %w", err)
	}
	var failed error
	for _, l := range unknown {
		failed = errors.Join(failed, t.resolve(ctx, l))
	}
	return failed
}

// lostText is a text that may have been sent.
type lostText struct {
	ID      uuid.UUID
	Phone   string
	Body    string
	Number  string
	SentAt  time.Time // business time
	PlaceBy time.Time // wall time
	Old     bool
}

// listSlack covers clocks that differ, and listings in whole seconds.
const listSlack = 30 * time.Second

func (t *Texter) resolve(ctx context.Context, l lostText) error {
	// The carrier's clock is the world's; ours may be shifted for a demo.
	since := earlier(l.SentAt, l.PlaceBy).Add(-listSlack)
	listed, err := t.carrier.ListMessages(ctx, l.Phone, since)
	if err != nil {
		return fmt.Errorf("list texts at the carrier: %w", err)
	}
	listed = slices.DeleteFunc(listed, func(m twilio.MessageState) bool {
		return m.Direction == "inbound" || m.Body != l.Body || (m.From != "" && m.From != l.Number)
	})
	free, err := t.unused(ctx, listed)
	if err != nil {
		return err
	}
	switch {
	case len(free) == 1 && stateOf(free[0].Status) == "":
		return t.news(ctx, l.ID, step{sid: free[0].SID, state: stateAccepted, taken: free[0].Created})
	case len(free) == 1:
		return t.MessageStatus(ctx, l.ID, free[0].SID, free[0].Status, free[0].ErrorCode)
	case len(free) == 0 && l.Old:
		return t.news(ctx, l.ID, step{state: stateFailed, reason: "not_sent"})
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// unused drops messages of the carrier that are texts we know.
func (t *Texter) unused(ctx context.Context, listed []twilio.MessageState) ([]twilio.MessageState, error) {
	known, err := t.known(ctx, listed, `SELECT message_sid FROM messages WHERE message_sid = ANY($1)`)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(listed, func(m twilio.MessageState) bool { return known[m.SID] }), nil
}

func (t *Texter) known(ctx context.Context, listed []twilio.MessageState, query string) (map[string]bool, error) {
	sids := make([]string, 0, len(listed))
	for _, m := range listed {
		sids = append(sids, m.SID)
	}
	rows, err := t.Worker.Query(ctx, query, sids)
	if err != nil {
		return nil, fmt.Errorf("look up carrier ids: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look up carrier ids: %w", err)
	}
	known := make(map[string]bool, len(found))
	for _, sid := range found {
		known[sid] = true
	}
	return known, nil
}

// sweepWindow is how far back of the last complete sweep the next one looks: a
// text is listed a little after the time it bears, and clocks differ.
const sweepWindow = 15 * time.Minute

// swept is one of our numbers and how far its texts have been asked for.
type swept struct {
	ID      uuid.UUID
	Number  string
	SweptTo time.Time // the carrier's time
}

// Sweep asks the carrier for texts to our numbers and takes those whose
// webhook never reached us, oldest first. Run it every minute: a lost STOP is
// then found within 90 s (I2). However long nobody could ask, the next sweep
// goes on where the last complete one ended.
func (t *Texter) Sweep(ctx context.Context) (found int, err error) {
	rows, err := t.Worker.Query(ctx, `SELECT id, number, swept_to FROM senders ORDER BY number`)
	if err != nil {
		return 0, fmt.Errorf("list senders: %w", err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowToStructByName[swept])
	if err != nil {
		return 0, fmt.Errorf("list senders: %w", err)
	}
	for _, number := range numbers {
		n, sweepErr := t.sweepNumber(ctx, number)
		found += n
		err = errors.Join(err, sweepErr)
	}
	return found, err
}

func (t *Texter) sweepNumber(ctx context.Context, s swept) (found int, err error) {
	// The carrier's clock is the world's; ours may be shifted for a demo, in
	// either direction, and so may a carrier that stands in for it. The earlier
	// of both lies after no text that is still to come.
	asked := earlier(t.Clock.Now(), time.Now())
	listed, err := t.carrier.ListMessages(ctx, s.Number, earlier(s.SweptTo, asked).Add(-sweepWindow))
	if err != nil {
		return 0, fmt.Errorf("list texts to %s: %w", s.Number, err)
	}
	known, err := t.known(ctx, listed, `SELECT message_sid FROM inbound_messages WHERE message_sid = ANY($1)`)
	if err != nil {
		return 0, err
	}
	slices.SortStableFunc(listed, func(a, b twilio.MessageState) int { return a.Created.Compare(b.Created) })
	for _, m := range listed {
		if m.Direction != "inbound" || known[m.SID] {
			continue
		}
		out, takeErr := t.stopper.Receive(ctx, Inbound{MessageSID: m.SID, From: m.From, To: m.To, Body: m.Body, ProviderAt: m.Created})
		if takeErr != nil {
			err = errors.Join(err, takeErr)
			continue
		}
		if !out.Duplicate && !out.Ignored {
			found++
			t.Log.WarnContext(ctx, "found a text whose webhook never came", "message_sid", m.SID, "did", out.Did)
		}
	}
	if err = errors.Join(err, t.noteTimes(ctx, listed)); err != nil {
		return found, err // the next sweep begins where this one did
	}
	// What is still missing of these is asked for one by one.
	if err := t.decide(ctx, nil); err != nil {
		return found, err
	}
	// swept_at is wall time: the dialler trusts a number only so long after it.
	if _, err := t.Worker.Exec(ctx, `UPDATE senders SET swept_to = $2, swept_at = clock_timestamp() WHERE id = $1`, s.ID, asked); err != nil {
		return found, fmt.Errorf("note how far %s is swept: %w", s.Number, err)
	}
	return found, nil
}

// AwaitTexts returns when no text to the phone on this sender (on any sender,
// while "stop all" is in force) is being handed over any more, or the patience
// of a STOP is over. Whoever answers a STOP waits for it: after the answer no
// text leaves.
func (s *Service) AwaitTexts(ctx context.Context, key []byte, senderID uuid.UUID) error {
	return s.AwaitTextsOf(ctx, key, senderID, nil)
}

// AwaitTextsOf is AwaitTexts that also waits for the texts of some employers,
// whatever number they leave on.
func (s *Service) AwaitTextsOf(ctx context.Context, key []byte, senderID uuid.UUID, accounts []uuid.UUID) error {
	return s.await(ctx, `AND (sender_id = $2 OR account_id = ANY($3::uuid[]) OR EXISTS (SELECT FROM phone_gates g WHERE g.phone_key = $1 AND g.stopped_at IS NOT NULL))`,
		key, senderID, accounts)
}

// AwaitInvitations returns when no invitation that keeps quiet hours is being
// handed over to the phone any more: whoever asks for quiet is told so then.
func (s *Service) AwaitInvitations(ctx context.Context, key []byte) error {
	return s.await(ctx, `AND kind IN ('invitation', 'reminder') AND asked_after IS NULL`, key)
}

// await waits for the texts to a phone ($1) that are being handed over, of those
// that a condition names.
func (s *Service) await(ctx context.Context, which string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, textWithin+time.Second)
	defer cancel()
	for {
		var sending bool
		err := s.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM messages WHERE phone_key = $1 AND state = 'sending' AND place_by > clock_timestamp() `+which+`)`, args...).Scan(&sending)
		if err != nil {
			return fmt.Errorf("wait for texts under way: %w", err)
		}
		if !sending {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}
