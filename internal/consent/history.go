package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// PastEvent is one row of the ledger as an employer reads it.
type PastEvent struct {
	ID             int64
	At             time.Time
	ProviderAt     *time.Time // when the carrier took the text that it is about, where it told
	Kind           string
	Channel        string
	ActorKind      string
	ActorName      string // of users only
	WordingVersion string
	WordingHash    []byte
	Text           string // the exact words sent, where we still have them
	InboundText    string
	MessageSID     string
	CallSID        string
	Language       string
	Note           string // what whoever recorded it wrote
}

// PastText is one of our texts as an employer reads it.
type PastText struct {
	ID        uuid.UUID
	CreatedAt time.Time
	DueAt     time.Time
	SentAt    *time.Time
	Kind      string
	State     string
	Body      string
	ErrorCode int
	Reason    string

	MessageSID string // the carrier's id, once it has one
}

// historyShown is how many rows of each kind a page shows of a history.
const historyShown = 200

// History reads the ledger and the texts of one phone, newest first, within a
// tenant's transaction: so many of each as a page shows. The link to the person's
// own page is for the person: an employer who reads along must not be able to
// open it.
func History(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte) ([]PastEvent, []PastText, error) {
	return readHistory(ctx, tx, account, key, uuid.Nil, historyShown)
}

// WholeHistory is History without its bound, and with what a person has under
// numbers of before.
func WholeHistory(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte, employee uuid.UUID) ([]PastEvent, []PastText, error) {
	return readHistory(ctx, tx, account, key, employee, 0)
}

func readHistory(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte, employee uuid.UUID, most int) ([]PastEvent, []PastText, error) {
	events, err := readEvents(ctx, tx, `v.account_id = $1 AND (v.phone_key = $2 OR v.employee_id = $4) AND v.kind <> 'timed' ORDER BY v.id DESC LIMIT nullif($3, 0)`,
		account, key, most, idOrNil(employee))
	if err != nil {
		return nil, nil, err
	}
	texts, err := readTexts(ctx, tx, account, key, employee, most)
	return events, texts, err
}

// readEvents reads rows of the ledger, with the words that each was about.
func readEvents(ctx context.Context, tx pgx.Tx, which string, args ...any) ([]PastEvent, error) {
	rows, err := tx.Query(ctx, `SELECT v.id, v.at,
		coalesce(v.provider_at, (SELECT t.provider_at FROM consent_events t WHERE t.message_sid = v.message_sid AND t.message_sid <> ''
			AND t.kind = 'timed' AND v.kind IN ('opted_in', 'opted_out', 'not_me', 'help') AND t.account_id = v.account_id AND t.phone_key = v.phone_key LIMIT 1)) AS provider_at, v.kind, v.channel, v.actor_kind, coalesce(u.name, '') AS actor_name, v.wording_version, v.wording_hash,
		CASE WHEN v.wording_hash IS NULL THEN '' ELSE coalesce((SELECT m.body FROM messages m WHERE m.account_id = v.account_id AND m.phone_key = v.phone_key
			AND m.body_hash = v.wording_hash LIMIT 1), '') END AS text,
		v.inbound_text, v.message_sid, v.call_sid, v.language, coalesce(v.detail->>'note', '') AS note
		FROM consent_events v LEFT JOIN users u ON u.account_id = v.account_id AND u.id = v.actor_id AND v.actor_kind = 'user'
		WHERE `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByName[PastEvent])
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	for i := range events {
		events[i].Text, events[i].InboundText = maskLinks(events[i].Text), maskLinks(events[i].InboundText)
	}
	return events, nil
}

func readTexts(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte, employee uuid.UUID, most int) ([]PastText, error) {
	rows, err := tx.Query(ctx, `SELECT id, created_at, due_at, sent_at, kind, state, body, error_code, reason, coalesce(message_sid, '') AS message_sid FROM messages
		WHERE account_id = $1 AND (phone_key = $2 OR employee_id = $4) AND kind <> 'verify_phone' ORDER BY created_at DESC, id LIMIT nullif($3, 0)`, account, key, most, idOrNil(employee))
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowToStructByName[PastText])
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	for i := range texts {
		texts[i].Body = maskLinks(texts[i].Body)
	}
	return texts, nil
}

// Proof is what there is to show of a phone that was called, or was not: the
// events that calls relied on, what the ledger amounts to now, and every text.
type Proof struct {
	State    State
	Standing *PastEvent // that made it so; nil: there was never one
	Relied   map[int64]PastEvent
	Texts    []PastText
}

// ProofOf reads it within a tenant's transaction. relied are ids of the ledger.
func ProofOf(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte, relied []int64) (Proof, error) {
	p := Proof{State: StateNone, Relied: map[int64]PastEvent{}}
	var standing int64
	err := tx.QueryRow(ctx, `SELECT state, event_id FROM consents WHERE account_id = $1 AND phone_key = $2`, account, key).Scan(&p.State, &standing)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Proof{}, fmt.Errorf("read consent: %w", err)
	}
	events, err := readEvents(ctx, tx, `v.account_id = $1 AND v.phone_key = $2 AND v.id = ANY($3)`, account, key, append(slices.Clone(relied), standing))
	if err != nil {
		return Proof{}, err
	}
	for _, e := range events {
		p.Relied[e.ID] = e
	}
	if e, found := p.Relied[standing]; found {
		p.Standing = &e
	}
	p.Texts, err = readTexts(ctx, tx, account, key, uuid.Nil, historyShown)
	return p, err
}
