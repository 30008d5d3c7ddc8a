package consent

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/twilio"
)

// noteTimes keeps when the carrier took texts whose webhooks came without a
// time: listings tell. The ledger is never changed, so that each time is an
// event of its own beside the one that it is about, of the same MessageSid.
func (t *Texter) noteTimes(ctx context.Context, listed []twilio.MessageState) error {
	untimed, err := t.known(ctx, listed, `SELECT message_sid FROM inbound_messages WHERE message_sid = ANY($1) AND provider_at IS NULL`)
	if err != nil {
		return err
	}
	for _, m := range listed {
		if !untimed[m.SID] || m.Created.IsZero() {
			continue
		}
		err := t.Worker.InTx(ctx, func(tx pgx.Tx) error { return t.noteTime(ctx, tx, m) })
		if err != nil {
			return err
		}
	}
	return nil
}

// concernedByText are the ledgers that a text was written into, without its time.
const concernedByText = `SELECT DISTINCT v.account_id, v.phone_key, v.sender_id FROM consent_events v
	WHERE v.message_sid = $1 AND v.message_sid <> '' AND v.provider_at IS NULL AND v.kind IN ('opted_in', 'opted_out', 'not_me', 'help')`

// noteTime writes the time of one text. The row of the text tells whether that
// has been done, and is held so that two replicas do it once; the gate comes
// before it, as everywhere.
func (s *Service) noteTime(ctx context.Context, tx pgx.Tx, m twilio.MessageState) error {
	var key []byte
	err := tx.QueryRow(ctx, `SELECT phone_key FROM inbound_messages WHERE message_sid = $1 AND provider_at IS NULL`, m.SID).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find text without a time: %w", err)
	}
	if _, err := lockGate(ctx, tx, key); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE inbound_messages SET provider_at = $2 WHERE message_sid = $1 AND provider_at IS NULL`, m.SID, m.Created)
	if err != nil {
		return fmt.Errorf("keep the carrier's time: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, concernedByText, m.SID)
	if err != nil {
		return fmt.Errorf("find ledgers of a text: %w", err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e := Event{Kind: Timed, Channel: ChannelCarrier, At: s.Clock.Now(), ProviderAt: m.Created, Actor: audit.Actor{Kind: audit.Carrier}, MessageSID: m.SID}
		err := row.Scan(&e.Account, &e.PhoneKey, &e.SenderID)
		return e, err
	})
	if err != nil {
		return fmt.Errorf("find ledgers of a text: %w", err)
	}
	for _, e := range events {
		if _, err := Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return reopenStarts(ctx, tx, m.SID)
}
