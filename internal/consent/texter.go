package consent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent/wording"
	"github.com/callshu/callshu/internal/twilio"
)

// Carrier is what the texter needs of it.
type Carrier interface {
	SendMessage(ctx context.Context, m twilio.Message) (twilio.Sent, error)
	FetchMessage(ctx context.Context, sid string) (twilio.MessageState, error)
	ListMessages(ctx context.Context, to string, since time.Time) ([]twilio.MessageState, error)
}

// Stopper takes texts and revocations with everything they mean for calls; the
// dialler is one.
type Stopper interface {
	Receive(ctx context.Context, in Inbound) (Outcome, error)
	Revoke(ctx context.Context, r Revocation) (Effect, error)
}

// Times of the texter. They are wall time, of the database or the process.
const (
	textTick    = 100 * time.Millisecond
	textWithin  = 2 * time.Second  // from a text's slot to the start of its POST, at most
	textLost    = 10 * time.Second // a sending text without result this long after place_by is unknown
	textGiveUp  = 15 * time.Minute // an unknown text that the carrier does not list by then was not sent
	textCheck   = 5 * time.Second
	maxInFlight = 16
	maxTries    = 5 // of a text that our own set-up makes fail
)

// Texter sends queued texts and follows what becomes of them. Any number of
// replicas may share a database.
type Texter struct {
	*Service
	carrier   Carrier
	stopper   Stopper
	statusURL string
	slots     chan struct{}
	inFlight  sync.WaitGroup
}

// NewTexter returns a texter that does nothing until Run. publicURL is where
// the carrier reports to, without a slash at its end.
func NewTexter(s *Service, carrier Carrier, stopper Stopper, publicURL string) *Texter {
	return &Texter{Service: s, carrier: carrier, stopper: stopper, slots: make(chan struct{}, maxInFlight),
		// The fragment asks the carrier to retry; it is neither sent nor signed.
		statusURL: publicURL + "/webhooks/twilio/sms-status?message=%s#rc=3&rp=all"}
}

// Run sends until ctx ends, then finishes and records what is under way.
func (t *Texter) Run(ctx context.Context) error {
	defer t.inFlight.Wait()
	ticker := time.NewTicker(textTick)
	defer ticker.Stop()
	lastCheck := time.Now()
	for {
		if err := t.Tick(ctx); err != nil && ctx.Err() == nil {
			t.Log.ErrorContext(ctx, "send texts", "error", err)
		}
		if time.Since(lastCheck) >= textCheck {
			lastCheck = time.Now()
			if err := errors.Join(t.Reconcile(ctx), t.Poll(ctx)); err != nil && ctx.Err() == nil {
				t.Log.ErrorContext(ctx, "reconcile texts", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Tick claims what may be sent within the next tick, for each sender, and
// hands it to the carrier in the background.
func (t *Texter) Tick(ctx context.Context) error {
	rows, err := t.Worker.Query(ctx, `SELECT s.id FROM senders s WHERE s.active
		AND EXISTS (SELECT FROM messages m WHERE m.sender_id = s.id AND m.state = 'queued' AND m.due_at <= $1)
		AND NOT EXISTS (SELECT FROM pace p WHERE p.key = 'sms:' || s.id AND greatest(p.next_at, p.held_until) > clock_timestamp() + $2)
		ORDER BY s.id`, t.Clock.Now(), textTick)
	if err != nil {
		return fmt.Errorf("list senders with texts: %w", err)
	}
	senders, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("list senders with texts: %w", err)
	}
	var failed error
	for _, id := range senders {
		failed = errors.Join(failed, t.drain(ctx, id))
	}
	return failed
}

// maxClaims bounds how many texts of one sender a tick looks at, so that a
// long row of texts that may not be sent does not hold up other senders.
const maxClaims = 200

func (t *Texter) drain(ctx context.Context, senderID uuid.UUID) error {
	for range maxClaims {
		select {
		case t.slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		began := time.Now()
		c, err := t.claim(ctx, senderID)
		if err != nil || c.done {
			<-t.slots
			return err
		}
		if c.text == nil {
			<-t.slots
			continue // skipped or put off: the slot is still free
		}
		t.inFlight.Go(func() {
			defer func() { <-t.slots }()
			t.place(context.WithoutCancel(ctx), *c.text, began)
		})
	}
	return nil
}

// due is a claimed text: committed as sending, to be handed over at its slot.
type due struct {
	ID       uuid.UUID
	Kind     string
	From, To string
	Service  string
	Body     string
	Wait     time.Duration // until its slot
	SenderID uuid.UUID
	PhoneKey []byte
	Tries    int
}

// claimed is what one look at a sender's queue gave: a text, nothing that may
// be sent now (done), or a text that was skipped or put off.
type claimed struct {
	text *due
	done bool
}

// claim takes the next text of a sender. The row of the pace is locked first,
// then gate and text in one statement that waits for nobody; what is decided
// is read by a later statement, which sees all that committed before the locks
// (a statement that waits for a lock would decide on an old snapshot).
func (t *Texter) claim(ctx context.Context, senderID uuid.UUID) (claimed, error) {
	var got claimed
	err := t.Worker.InTx(ctx, func(tx pgx.Tx) error {
		wait, ok, err := t.slot(ctx, tx, senderID)
		if err != nil || !ok {
			got.done = true
			return err
		}
		id, ok, err := t.next(ctx, tx, senderID)
		if err != nil || !ok {
			got.done = true
			return err
		}
		c, err := readCandidate(ctx, tx, id)
		if err != nil {
			return err
		}
		now := t.Clock.Now()
		switch v := c.decide(now, t.hours); {
		case v.skip != "":
			return skip(ctx, tx, id, v.skip, now)
		case v.alone:
			return putOffOne(ctx, tx, id, v.until)
		case !v.until.IsZero():
			return t.putOff(ctx, tx, senderID, c.CallZone, v.until, now)
		}
		text, err := t.commit(ctx, tx, c, wait, now)
		got.text = text
		return err
	})
	if err != nil {
		return claimed{done: true}, err
	}
	return got, nil
}

func (t *Texter) hours(callZone string, now time.Time) (from, until time.Time) {
	return window(t.Zones, callZone, callhours.Narrow{}, now)
}

// slot locks the sender's pace and tells how long until its next free slot; ok
// is false when another replica has the row or the slot lies beyond this tick.
func (t *Texter) slot(ctx context.Context, tx pgx.Tx, senderID uuid.UUID) (wait time.Duration, ok bool, err error) {
	if _, err := tx.Exec(ctx, `INSERT INTO pace (key) VALUES ('sms:' || $1::text) ON CONFLICT DO NOTHING`, senderID.String()); err != nil {
		return 0, false, fmt.Errorf("open pace of sender: %w", err)
	}
	var seconds float64
	err = tx.QueryRow(ctx, `SELECT greatest(0, extract(epoch FROM greatest(next_at, held_until, clock_timestamp()) - clock_timestamp()))::float8
		FROM pace WHERE key = 'sms:' || $1::text FOR NO KEY UPDATE SKIP LOCKED`, senderID.String()).Scan(&seconds)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("lock pace of sender: %w", err)
	}
	wait = time.Duration(seconds * float64(time.Second))
	return wait, wait <= textTick, nil
}

// next locks the gate and the row of the text to look at: answers to people
// before invitations, then by time. Nobody is asked on a number whose STOPs may
// have been lost since (SweptWithin). A phone that somebody else deals with at
// this moment is passed over.
func (t *Texter) next(ctx context.Context, tx pgx.Tx, senderID uuid.UUID) (id uuid.UUID, ok bool, err error) {
	for _, which := range []string{`m.kind NOT IN ('invitation', 'reminder')`,
		`m.kind IN ('invitation', 'reminder') AND EXISTS (SELECT FROM senders s WHERE s.id = $1 AND s.swept_at > clock_timestamp() - interval '` + SweptWithin + `')`} {
		err := tx.QueryRow(ctx, `SELECT m.id FROM messages m JOIN phone_gates g ON g.phone_key = m.phone_key
			WHERE m.sender_id = $1 AND m.state = 'queued' AND m.due_at <= $2 AND (`+which+`)
			ORDER BY m.due_at LIMIT 1 FOR NO KEY UPDATE OF g, m SKIP LOCKED`, senderID, t.Clock.Now()).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return uuid.Nil, false, fmt.Errorf("find next text: %w", err)
		}
		return id, true, nil
	}
	return uuid.Nil, false, nil
}

func skip(ctx context.Context, tx pgx.Tx, id uuid.UUID, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE messages SET state = 'skipped', reason = $2, finished_at = $3, body = `+handedOver+` WHERE id = $1`, id, reason, now)
	if err != nil {
		return fmt.Errorf("skip text: %w", err)
	}
	return nil
}

// putOff moves all invitations of a zone to its next calling hours at once: at
// night a whole queue would otherwise be looked at one by one. Their gates are
// taken first, as everywhere; a phone that somebody else deals with at this
// moment is passed over, and its text is looked at next time.
func (t *Texter) putOff(ctx context.Context, tx pgx.Tx, senderID uuid.UUID, callZone string, until, now time.Time) error {
	_, err := tx.Exec(ctx, `WITH free AS MATERIALIZED (
			SELECT m.id FROM messages m
			JOIN employees e ON e.account_id = m.account_id AND e.id = m.employee_id AND e.call_zone = $2
			JOIN phone_gates g ON g.phone_key = m.phone_key
			WHERE m.sender_id = $1 AND m.state = 'queued' AND m.kind IN ('invitation', 'reminder') AND m.asked_after IS NULL AND m.due_at <= $4
			FOR NO KEY UPDATE OF g, m SKIP LOCKED)
		UPDATE messages m SET due_at = $3 FROM free WHERE m.id = free.id`, senderID, callZone, until, now)
	if err != nil {
		return fmt.Errorf("put off invitations: %w", err)
	}
	return nil
}

// putOffOne moves one text, for a person who has asked for quiet.
func putOffOne(ctx context.Context, tx pgx.Tx, id uuid.UUID, until time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE messages SET due_at = $2 WHERE id = $1`, id, until); err != nil {
		return fmt.Errorf("put off invitation: %w", err)
	}
	return nil
}

// commit writes the claim: from here on the text may have been sent.
func (t *Texter) commit(ctx context.Context, tx pgx.Tx, c candidate, wait time.Duration, now time.Time) (*due, error) {
	if _, err := tx.Exec(ctx, `UPDATE messages SET state = 'sending', rank = 0, tries = tries + 1, sent_at = $2,
		place_by = clock_timestamp() + $3 WHERE id = $1`, c.ID, now, wait+textWithin); err != nil {
		return nil, fmt.Errorf("claim text: %w", err)
	}
	segments, _ := wording.Segments(c.Body)
	gap := time.Duration(float64(max(1, segments)) / t.SegmentsPerSecond * float64(time.Second))
	if _, err := tx.Exec(ctx, `UPDATE pace SET next_at = greatest(next_at, held_until, clock_timestamp()) + $2 WHERE key = 'sms:' || $1::text`, c.SenderID.String(), gap); err != nil {
		return nil, fmt.Errorf("move pace of sender: %w", err)
	}
	return &due{ID: c.ID, Kind: c.Kind, From: c.Number, To: c.Phone, Service: c.ServiceSID, Body: c.Body, Wait: wait, SenderID: c.SenderID, PhoneKey: c.PhoneKey, Tries: c.Tries + 1}, nil
}

// place waits for the slot, hands the text over and records what came of it.
// began is before the claim: by the machine's clocks the POST starts before
// place_by, or it does not start.
func (t *Texter) place(ctx context.Context, d due, began time.Time) {
	if d.Wait > 0 {
		time.Sleep(d.Wait)
	}
	log := t.Log.With(slog.String("message", d.ID.String()), slog.String("kind", d.Kind))
	if clock.Passed(began.Add(d.Wait + textWithin)) {
		if err := t.release(ctx, d, 0); err != nil {
			log.ErrorContext(ctx, "give back text", "error", err)
		}
		return
	}
	m := twilio.Message{From: d.From, To: d.To, Body: d.Body, MessagingServiceSID: d.Service, StatusURL: fmt.Sprintf(t.statusURL, d.ID)}
	sent, sendErr := t.carrier.SendMessage(ctx, m)
	if err := t.record(ctx, d, sent, sendErr); err != nil {
		// The row stays 'sending' and becomes unknown: the reconciler finds out.
		log.ErrorContext(ctx, "record text", "error", err)
	}
}

// record writes the result of one POST.
func (t *Texter) record(ctx context.Context, d due, sent twilio.Sent, sendErr error) error {
	if sendErr == nil {
		return t.news(ctx, d.ID, step{sid: sent.SID, state: stateAccepted, taken: sent.At})
	}
	refused, ok := twilio.AsError(sendErr)
	if !ok {
		refused = &twilio.Error{Class: twilio.Unknown, Message: sendErr.Error()}
	}
	t.Log.WarnContext(ctx, "carrier refused text", "message", d.ID, "class", refused.Class.String(), "code", refused.Code)
	switch refused.Class {
	case twilio.NotSent, twilio.Busy:
		return t.release(ctx, d, backoff(d.Tries))
	case twilio.OptedOut:
		// The revocation first: a process that dies in between must not lose it.
		if _, err := t.stopper.Revoke(ctx, Revocation{PhoneKey: d.PhoneKey, SenderID: d.SenderID, Kind: OptedOut, Channel: ChannelCarrier}); err != nil {
			return err
		}
		return t.news(ctx, d.ID, step{state: stateFailed, code: refused.Code, reason: "opted_out"})
	case twilio.Permanent:
		return t.news(ctx, d.ID, step{state: stateFailed, code: refused.Code, reason: "unreachable"})
	case twilio.Config:
		return t.misconfigured(ctx, d, refused)
	}
	_, err := t.Worker.Exec(ctx, `UPDATE messages SET state = 'unknown' WHERE id = $1 AND state = 'sending'`, d.ID)
	if err != nil {
		return fmt.Errorf("mark text unknown: %w", err)
	}
	return nil
}

// release puts a text that did not leave back into the queue; with a pause,
// the whole sender waits, since the trouble is the carrier's.
func (t *Texter) release(ctx context.Context, d due, pause time.Duration) error {
	return t.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if pause > 0 {
			if _, err := tx.Exec(ctx, `UPDATE pace SET held_until = greatest(held_until, clock_timestamp() + $2) WHERE key = 'sms:' || $1::text`, d.SenderID.String(), pause); err != nil {
				return fmt.Errorf("hold sender: %w", err)
			}
		}
		return requeue(ctx, tx, d.ID, 0)
	})
}

// requeue takes the gate first: a STOP may have come while the text was out,
// and then it goes nowhere. The next claim would see it too.
func requeue(ctx context.Context, tx pgx.Tx, id uuid.UUID, after time.Duration) error {
	m, err := lockMessage(ctx, tx, id)
	if err != nil {
		return err
	}
	if m.State != stateSending {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE messages SET state = 'queued', place_by = NULL, sent_at = NULL, due_at = due_at + $2 WHERE id = $1`, id, after); err != nil {
		return fmt.Errorf("requeue text: %w", err)
	}
	return nil
}

func backoff(tries int) time.Duration {
	return time.Duration(math.Min(30, math.Pow(2, float64(max(0, tries-1))))) * time.Second
}

// misconfigured: our number, account or address is at fault. The text waits a
// minute at a time, a few times, and is then given up with the reason.
func (t *Texter) misconfigured(ctx context.Context, d due, refused *twilio.Error) error {
	t.Log.ErrorContext(ctx, "our set-up at the carrier refuses texts", "code", refused.Code, "carrier_message", refused.Message)
	return t.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if d.Tries >= maxTries {
			return skip(ctx, tx, d.ID, fmt.Sprintf("carrier_setup_%d", refused.Code), t.Clock.Now())
		}
		return requeue(ctx, tx, d.ID, time.Minute)
	})
}

// news advances a text in its own transaction.
func (t *Texter) news(ctx context.Context, id uuid.UUID, s step) error {
	s.at = t.Clock.Now()
	err := t.Worker.InTx(ctx, func(tx pgx.Tx) error {
		m, err := lockMessage(ctx, tx, id)
		if err != nil {
			return err
		}
		return m.advance(ctx, tx, s)
	})
	if err == nil {
		t.settled(ctx, id)
	}
	return err
}
