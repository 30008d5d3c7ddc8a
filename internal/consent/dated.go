package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/twilio"
)

// Lookup reads one text at the carrier, by its id.
type Lookup interface {
	FetchMessage(ctx context.Context, sid string) (twilio.MessageState, error)
}

// lookUpWithin bounds how long the answer to a webhook waits for times.
const lookUpWithin = 1500 * time.Millisecond

// How many STOPs of one person are looked up for a START, and how many texts at
// once. Whoever says more within a minute waits for the sweep.
const (
	maxUndated = 20
	maxAsked   = 8
)

// undatedLife is how long a text waits for its time. Then it does nothing: the
// carrier does not know it any more, or could not be asked for a whole day.
const undatedLife = 24 * time.Hour

// opens reports whether a text may open what is closed. When it was written
// decides: webhooks come late and in any order, and tell no time.
func opens(word keyword.Word) bool { return word.Kind == keyword.Yes || word.Kind == keyword.Start }

// Dated asks the carrier when a text was written that may open what is closed,
// and when what it may be about was said, as far as that is not known. It holds
// nothing meanwhile, and takes lookUpWithin at most; what it cannot learn is
// left as it is, and the text waits for the sweep. A STOP is not looked up.
func (s *Service) Dated(ctx context.Context, in Inbound) Inbound {
	in.From = written(in.From)
	if s.Lookup == nil || in.MessageSID == "" || len(in.MessageSID) > maxSID || !smsAddress.MatchString(in.From) || !opens(read(in)) {
		return in
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpWithin)
	defer cancel()
	return s.date(ctx, s.Lookup, in)
}

func (s *Service) date(ctx context.Context, carrier Lookup, in Inbound) Inbound {
	missing, err := s.undated(ctx, in)
	if err != nil {
		s.Log.WarnContext(ctx, "find out what has no time", "message_sid", in.MessageSID, "error", err)
		return in
	}
	if !missing.Itself {
		return in // decided before, or to a number that is not ours
	}
	var all errgroup.Group
	all.SetLimit(maxAsked)
	if in.ProviderAt.IsZero() {
		all.Go(func() error {
			state, err := carrier.FetchMessage(ctx, in.MessageSID)
			if err == nil {
				in.ProviderAt = state.Created
			}
			return err
		})
	}
	for _, id := range missing.Invitations {
		all.Go(func() error { return s.dateInvitation(ctx, carrier, id) })
	}
	for _, sid := range missing.Stops {
		all.Go(func() error {
			state, err := carrier.FetchMessage(ctx, sid)
			if err != nil || state.Created.IsZero() {
				return err
			}
			return s.Worker.InTx(ctx, func(tx pgx.Tx) error { return s.noteTime(ctx, tx, state) })
		})
	}
	if err := all.Wait(); err != nil {
		s.Log.WarnContext(ctx, "ask the carrier for the time of a text", "message_sid", in.MessageSID, "error", err)
	}
	return in
}

// undated is what a text's meaning may hang on and has no time yet.
type undated struct {
	Itself      bool        // the text: it is new, or has not been decided
	Invitations []uuid.UUID // the newest of each employer
	Stops       []string    // MessageSids
}

func (s *Service) undated(ctx context.Context, in Inbound) (undated, error) {
	rows, err := s.Worker.Query(ctx, `SELECT EXISTS (SELECT FROM senders WHERE number = $3)
			AND NOT EXISTS (SELECT FROM inbound_messages WHERE message_sid = $1 AND outcome <> 'undecided') AS itself,
		ARRAY (SELECT i.id FROM (SELECT DISTINCT ON (m.account_id) m.id, m.provider_at, m.message_sid FROM messages m JOIN senders s ON s.id = m.sender_id
			WHERE m.phone_key = $2 AND s.number = $3 AND m.kind IN ('invitation', 'reminder') AND m.state NOT IN ('queued', 'skipped')
			ORDER BY m.account_id, m.place_by DESC NULLS LAST, m.created_at DESC) i WHERE i.provider_at IS NULL AND i.message_sid IS NOT NULL) AS invitations,
		ARRAY (SELECT message_sid FROM inbound_messages WHERE phone_key = $2 AND provider_at IS NULL AND word IN ('stop', 'stop_all')
			ORDER BY received_at DESC LIMIT $4) AS stops`, in.MessageSID, s.Key(in.From), in.To, maxUndated)
	if err != nil {
		return undated{}, fmt.Errorf("find texts without a time: %w", err)
	}
	missing, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[undated])
	if err != nil {
		return undated{}, fmt.Errorf("find texts without a time: %w", err)
	}
	return missing, nil
}

// dateInvitation keeps when the carrier took an invitation of which only a
// callback has told.
func (s *Service) dateInvitation(ctx context.Context, carrier Lookup, id uuid.UUID) error {
	var sid string
	if err := s.Worker.QueryRow(ctx, `SELECT message_sid FROM messages WHERE id = $1`, id).Scan(&sid); err != nil {
		return fmt.Errorf("find invitation: %w", err)
	}
	state, err := carrier.FetchMessage(ctx, sid)
	if err != nil {
		return err
	}
	if _, err := s.Worker.Exec(ctx, `UPDATE messages SET provider_at = coalesce(provider_at, $2) WHERE id = $1`, id, timeOrNil(state.Created)); err != nil {
		return fmt.Errorf("keep time of invitation: %w", err)
	}
	return nil
}

// waiting is a text that has not been decided.
type waiting struct {
	MessageSID string
	Phone      string
	Number     string
	Body       string
	OptOutType string
	ProviderAt *time.Time
}

// decideBatch bounds how many texts one look decides.
const decideBatch = 200

// decide takes up texts that wait for a time or for the fate of an invitation:
// those of one phone, or (nil) all. What still cannot be decided waits on.
func (t *Texter) decide(ctx context.Context, key []byte) error {
	_, err := t.Worker.Exec(ctx, `UPDATE inbound_messages SET outcome = 'nothing' WHERE outcome = 'undecided' AND received_at < $1`, t.Clock.Now().Add(-undatedLife))
	if err != nil {
		return fmt.Errorf("give up texts without a time: %w", err)
	}
	rows, err := t.Worker.Query(ctx, `SELECT m.message_sid, m.phone, s.number, m.body, m.opt_out_type, m.provider_at
		FROM inbound_messages m JOIN senders s ON s.id = m.sender_id
		WHERE m.outcome = 'undecided' AND ($1::bytea IS NULL OR m.phone_key = $1) ORDER BY coalesce(m.provider_at, m.received_at), m.received_at LIMIT $2`, key, decideBatch)
	if err != nil {
		return fmt.Errorf("list undecided texts: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowToStructByName[waiting])
	if err != nil {
		return fmt.Errorf("list undecided texts: %w", err)
	}
	for _, w := range texts {
		in := Inbound{MessageSID: w.MessageSID, From: w.Phone, To: w.Number, Body: w.Body, OptOutType: w.OptOutType}
		if w.ProviderAt != nil {
			in.ProviderAt = *w.ProviderAt
		}
		if _, takeErr := t.stopper.Receive(ctx, t.date(ctx, t.carrier, in)); takeErr != nil {
			err = errors.Join(err, takeErr)
		}
	}
	return err
}

// settled decides what waited for the fate of one of our texts, now that it is
// known. What fails here the next sweep does.
func (t *Texter) settled(ctx context.Context, id uuid.UUID) {
	var key []byte
	err := t.Worker.QueryRow(ctx, `SELECT m.phone_key FROM messages m WHERE m.id = $1 AND m.kind IN ('invitation', 'reminder')
		AND EXISTS (SELECT FROM inbound_messages i WHERE i.phone_key = m.phone_key AND i.outcome = 'undecided')`, id).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return
	}
	if err == nil {
		err = t.decide(ctx, key)
	}
	if err != nil && ctx.Err() == nil {
		t.Log.ErrorContext(ctx, "decide texts that waited", "message", id, "error", err)
	}
}

// reopenStarts takes up again what a START did that came before the STOP which
// it was written after: only now that both have their times is that known.
func reopenStarts(ctx context.Context, tx pgx.Tx, sid string) error {
	_, err := tx.Exec(ctx, `UPDATE inbound_messages s SET outcome = 'undecided' FROM inbound_messages p
		WHERE s.word = 'start' AND p.word IN ('stop', 'stop_all') AND $1 IN (s.message_sid, p.message_sid)
		  AND p.phone_key = s.phone_key AND p.sender_id = s.sender_id AND s.provider_at > p.provider_at AND s.received_at < p.received_at`, sid)
	if err != nil {
		return fmt.Errorf("take up a start again: %w", err)
	}
	return nil
}
