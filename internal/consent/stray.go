package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/phone"
)

// StrayText is a text of somebody whom no employer knows, as operators read it.
type StrayText struct {
	ID          uuid.UUID
	ReceivedAt  time.Time
	PhoneMasked string
	Number      string // of ours, to which it came
	Body        string
	Word        string // how the keyword engine read it
	Outcome     string // what it did
}

// StrayTexts lists them, newest first.
func (s *Service) StrayTexts(ctx context.Context, limit int, cursor string) ([]StrayText, string, error) {
	at, id, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	rows, err := s.Operator.Query(ctx, `SELECT t.id, t.received_at, t.phone_masked, s.number, t.body, t.word, t.outcome
		FROM stray_texts t JOIN senders s ON s.id = t.sender_id
		WHERE $1::timestamptz IS NULL OR (t.received_at, t.id) < ($1, $2) ORDER BY t.received_at DESC, t.id DESC LIMIT $3`, timeOrNil(at), id, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list stray texts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[StrayText])
	if err != nil {
		return nil, "", fmt.Errorf("list stray texts: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	last := list[limit-1]
	return list[:limit], writeCursor(last.ReceivedAt, last.ID), nil
}

// showStray shows the text of a stranger to the operators: no employer may read it.
func (x *exchange) showStray(ctx context.Context) error {
	_, err := x.tx.Exec(ctx, `INSERT INTO stray_texts (message_sid, phone_masked, sender_id, body, word, outcome, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (message_sid) DO NOTHING`,
		x.in.MessageSID, phone.Mask(x.in.From), x.sender.ID, x.in.Body, x.word.Kind.String(), x.out.Did, x.now)
	if err != nil {
		return fmt.Errorf("show stray text: %w", err)
	}
	return nil
}

// unknownLife is how long texts are kept that no word of ours fits, and those of
// strangers.
const unknownLife = 90 * 24 * time.Hour

// Forget deletes texts that nobody needs any more. What somebody made of one, an
// opt-out above all, stands in the ledger and stays; so does the id of the text,
// without its words and its number, so that it cannot come again. Run it about
// once a day.
func (s *Service) Forget(ctx context.Context) error {
	before := s.Clock.Now().Add(-unknownLife)
	return s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`DELETE FROM stray_texts WHERE received_at < $1`,
			`DELETE FROM inbound_reads WHERE review AND received_at < $1`,
			`UPDATE inbound_messages SET body = '', phone = '' WHERE review AND body <> '' AND received_at < $1`,
		} {
			if _, err := tx.Exec(ctx, sql, before); err != nil {
				return fmt.Errorf("forget unknown texts: %w", err)
			}
		}
		return expireCodes(ctx, tx, s.Clock.Now())
	})
}

// expireCodes takes back codes for phones that never left, as where our number is
// out of use and no texter looks: of a code that is over nothing is kept. What
// somebody has in hand at this moment waits for the next time.
func expireCodes(ctx context.Context, tx pgx.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE messages SET state = 'skipped', reason = 'too_late', finished_at = $1, body = `+handedOver+` WHERE id IN
		(SELECT id FROM messages WHERE kind = 'verify_phone' AND state = 'queued' AND created_at < $2 FOR NO KEY UPDATE SKIP LOCKED)`, now, now.Add(-codeLife))
	if err != nil {
		return fmt.Errorf("expire codes: %w", err)
	}
	return nil
}
