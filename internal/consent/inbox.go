package consent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

// InboxText is a text that no word of ours fits: a person has to read it.
type InboxText struct {
	ID             uuid.UUID
	ReceivedAt     time.Time
	Body           string
	Word           string // how the keyword engine read it
	PhoneMasked    string
	EmployeeID     *uuid.UUID // nil: no longer on the list
	EmployeeName   string
	State          State // now
	SinceKind      *string
	SinceChannel   *string
	SinceAt        *time.Time // the newest change of consent after the text
	ResolvedAt     *time.Time
	Resolution     *string
	ResolvedByName string
	Note           string
}

// What became of a text. An employer decides one of the first two; the third
// comes of itself, when a later word of the person's says what they want.
const (
	ResolvedNoAction = "no_action"
	ResolvedOptOut   = "opt_out"
	resolvedSettled  = "settled"
)

// InboxQuery is one page of an employer's inbox.
type InboxQuery struct {
	Done   bool   // decided ones; else those that wait
	Search string // a part of the text or of the name
	Limit  int
	Cursor string
	Total  bool
}

// InboxPage is the answer, newest first.
type InboxPage struct {
	Items []InboxText
	Next  string // "" on the last page
	Total int
}

const selectInbox = `SELECT r.id, r.received_at, r.body, r.word, r.phone_masked, e.id AS employee_id, coalesce(e.name, '') AS employee_name,
	coalesce(k.state, 'none') AS state, v.kind AS since_kind, v.channel AS since_channel, v.at AS since_at,
	r.resolved_at, r.resolution, coalesce(u.name, '') AS resolved_by_name, r.note`

const fromInbox = ` FROM inbound_reads r
	LEFT JOIN employees e ON e.account_id = r.account_id AND e.phone_key = r.phone_key AND e.deleted_at IS NULL
	LEFT JOIN consents k ON k.account_id = r.account_id AND k.phone_key = r.phone_key
	LEFT JOIN users u ON u.account_id = r.account_id AND u.id = r.resolved_by
	LEFT JOIN LATERAL (SELECT c.kind, c.channel, c.at FROM consent_events c WHERE c.account_id = r.account_id AND c.phone_key = r.phone_key
		AND c.at > r.received_at AND c.kind IN ('invited', 'opted_in', 'opted_out', 'not_me', 'lapsed', 'erased') ORDER BY c.id DESC LIMIT 1) v ON true
	WHERE r.account_id = current_account() AND r.review`

const matchInbox = ` AND (r.resolved_at IS NOT NULL) = $1 AND ($2 = '' OR strpos(lower(r.body), $2) > 0 OR strpos(lower(coalesce(e.name, '')), $2) > 0)`

// Inbox returns one page of the texts that an employer has to read, or has read.
func (s *Service) Inbox(ctx context.Context, account uuid.UUID, q InboxQuery) (InboxPage, error) {
	at, id, err := readCursor(q.Cursor)
	if err != nil {
		return InboxPage{}, err
	}
	search := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(q.Search, "\x00", "")))
	var page InboxPage
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectInbox+fromInbox+matchInbox+` AND ($3::timestamptz IS NULL OR (r.received_at, r.id) < ($3, $4))
			ORDER BY r.received_at DESC, r.id DESC LIMIT $5`, q.Done, search, timeOrNil(at), id, q.Limit+1)
		if err != nil {
			return fmt.Errorf("list inbox: %w", err)
		}
		if page.Items, err = pgx.CollectRows(rows, pgx.RowToStructByName[InboxText]); err != nil {
			return fmt.Errorf("list inbox: %w", err)
		}
		if !q.Total {
			return nil
		}
		if err := tx.QueryRow(ctx, `SELECT count(*)`+fromInbox+matchInbox, q.Done, search).Scan(&page.Total); err != nil {
			return fmt.Errorf("count inbox: %w", err)
		}
		return nil
	})
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		last := page.Items[q.Limit-1]
		page.Next = writeCursor(last.ReceivedAt, last.ID)
	}
	return page, err
}

// InboxText returns one text of an employer's inbox.
func (s *Service) InboxText(ctx context.Context, account, id uuid.UUID) (InboxText, error) {
	var found InboxText
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectInbox+fromInbox+` AND r.id = $1`, id)
		if err != nil {
			return fmt.Errorf("read inbox text: %w", err)
		}
		found, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[InboxText])
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoInboxText
		}
		if err != nil {
			return fmt.Errorf("read inbox text: %w", err)
		}
		return nil
	})
	return found, err
}

// InboxOpen counts the texts that wait for a person.
func (s *Service) InboxOpen(ctx context.Context, account uuid.UUID) (int, error) {
	var open int
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT count(*) FROM inbound_reads WHERE account_id = current_account() AND review AND resolved_at IS NULL`).Scan(&open)
		if err != nil {
			return fmt.Errorf("count inbox: %w", err)
		}
		return nil
	})
	return open, err
}

var (
	errNoInboxText = apperr.New(apperr.NotFound, "text_not_found", "There is no such text in your inbox.")
	errResolved    = apperr.New(apperr.Conflict, "already_resolved", "This text has been dealt with already.")
)

// Decision is what a user makes of a text of the inbox.
type Decision struct {
	Account uuid.UUID
	Text    uuid.UUID
	Actor   audit.Actor
	Note    string
}

// Dismiss notes that a text asks for nothing. Consent stays as it is.
func (s *Service) Dismiss(ctx context.Context, d Decision) error {
	note, err := checkNote("note", d.Note)
	if err != nil {
		return err
	}
	return s.App.InAccount(ctx, d.Account, func(tx pgx.Tx) error {
		var exists bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM inbound_reads WHERE account_id = current_account() AND id = $1 AND review)`, d.Text).Scan(&exists)
		if err != nil {
			return fmt.Errorf("find inbox text: %w", err)
		}
		if !exists {
			return errNoInboxText
		}
		return s.resolve(ctx, tx, d, ResolvedNoAction, note)
	})
}

// ReadAsOptOut is the STOP that a user reads in a text of the inbox: it counts
// like the word itself, for every employer on the number that it was sent to.
// The text is resolved where the revocation is written, or neither happens.
// The caller hands it to the dialler.
func (s *Service) ReadAsOptOut(ctx context.Context, d Decision) (Revocation, error) {
	note, err := checkNote("note", d.Note)
	if err != nil {
		return Revocation{}, err
	}
	r := Revocation{Kind: OptedOut, Channel: ChannelSMS, Actor: d.Actor, QuoteFor: &d.Account, Note: note, Detail: map[string]any{"read_by_hand": true}}
	var open bool
	var providerAt *time.Time
	err = s.Worker.QueryRow(ctx, `SELECT r.resolved_at IS NULL, r.phone_key, m.sender_id, m.message_sid, m.body, m.provider_at
		FROM inbound_reads r JOIN inbound_messages m ON m.message_sid = r.message_sid WHERE r.id = $1 AND r.account_id = $2 AND r.review`,
		d.Text, d.Account).Scan(&open, &r.PhoneKey, &r.SenderID, &r.MessageSID, &r.InboundText, &providerAt)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Revocation{}, errNoInboxText
	case err != nil:
		return Revocation{}, fmt.Errorf("find inbox text: %w", err)
	case !open:
		return Revocation{}, errResolved
	}
	if providerAt != nil {
		r.ProviderAt = *providerAt
	}
	r.Keep = func(ctx context.Context, tx pgx.Tx, _ int) error { return s.resolve(ctx, tx, d, ResolvedOptOut, note) }
	return r, nil
}

// resolve writes a decision once.
func (s *Service) resolve(ctx context.Context, tx pgx.Tx, d Decision, resolution, note string) error {
	now := s.Clock.Now()
	tag, err := tx.Exec(ctx, `UPDATE inbound_reads SET resolved_at = $3, resolved_by = $4, resolution = $5, note = $6
		WHERE id = $1 AND account_id = $2 AND review AND resolved_at IS NULL`, d.Text, d.Account, now, d.Actor.ID, resolution, note)
	if err != nil {
		return fmt.Errorf("resolve inbox text: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errResolved
	}
	return audit.Record(ctx, tx, audit.Event{Account: &d.Account, At: now, Actor: d.Actor, Action: "inbox.resolved",
		SubjectKind: "text", SubjectID: d.Text.String(), Detail: map[string]any{"resolution": resolution}})
}

// settle closes what waits to be read of a person who has since said clearly
// what they want.
func settle(ctx context.Context, tx pgx.Tx, key []byte, accounts []uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE inbound_reads SET resolved_at = $3, resolution = $4
		WHERE account_id = ANY($1::uuid[]) AND phone_key = $2 AND review AND resolved_at IS NULL`, accounts, key, now, resolvedSettled)
	if err != nil {
		return fmt.Errorf("settle inbox texts: %w", err)
	}
	return nil
}
