package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/phone"
)

// Page is what one person sees of everything that concerns their number.
type Page struct {
	PhoneMasked string
	Language    string
	Stopped     bool // "stop all" is in force
	Employers   []PageEmployer
}

// PageEmployer is one employer on a person's page.
type PageEmployer struct {
	AccountID      uuid.UUID
	Name           string // legal name
	CallbackNumber string
	ContactAddress string
	MonthlyLimit   int
	MayCall        bool // now
	Agreed         bool // the person's yes stands: it may call as soon as we let it
	State          State
	ChangedAt      *time.Time
	Wording        string // the words of the newest invitation
	Past           []PageItem
}

// PageItem is one call or text of an employer.
type PageItem struct {
	At   time.Time
	Kind string // call, or the kind of a text
	What string // state of the call or text
	Key  *int   // the answer, where one was given
}

var errNoLink = apperr.New(apperr.NotFound, "link_gone", "This link is unknown or has expired. Text CALLS to the number that wrote to you, and you get a new one.")

// link is what a key to a page opens.
type link struct {
	PhoneKey []byte
	Phone    string
	Language string
	SenderID uuid.UUID
}

// maxLinkKey is longer than any key that we make.
const maxLinkKey = 64

func (s *Service) openLink(ctx context.Context, key string) (link, error) {
	if key == "" || len(key) > maxLinkKey {
		return link{}, errNoLink
	}
	rows, err := s.Worker.Query(ctx, `SELECT phone_key, phone, language, sender_id FROM person_links WHERE key_hash = $1 AND expires_at > $2`,
		linkHash(key), s.Clock.Now())
	if err != nil {
		return link{}, fmt.Errorf("open link: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[link])
	if errors.Is(err, pgx.ErrNoRows) {
		return link{}, errNoLink
	}
	if err != nil {
		return link{}, fmt.Errorf("open link: %w", err)
	}
	return l, nil
}

// OpenPage reads the page that a key opens: every employer who ever put the
// number on its list, who of them may call, and what each has sent and rung.
func (s *Service) OpenPage(ctx context.Context, key string) (Page, error) {
	l, err := s.openLink(ctx, key)
	if err != nil {
		return Page{}, err
	}
	page := Page{PhoneMasked: phone.Mask(l.Phone), Language: l.Language}
	err = s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT stopped_at IS NOT NULL FROM phone_gates WHERE phone_key = $1`, l.PhoneKey).Scan(&page.Stopped); err != nil {
			return fmt.Errorf("read gate: %w", err)
		}
		if page.Employers, err = pageEmployers(ctx, tx, l.PhoneKey); err != nil {
			return err
		}
		for i := range page.Employers {
			e := &page.Employers[i]
			if e.Past, err = pageItems(ctx, tx, e.AccountID, l.PhoneKey); err != nil {
				return err
			}
		}
		return nil
	})
	return page, err
}

func pageEmployers(ctx context.Context, tx pgx.Tx, key []byte) ([]PageEmployer, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.legal_name, a.callback_number, a.contact_address, a.monthly_limit, a.status = 'active' AS active, coalesce(k.state, 'none') AS state, k.changed_at,
		g.stopped_at IS NOT NULL AS stopped, EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = $1 AND b.sender_id = a.sender_id) AS blocked,
		NOT EXISTS (SELECT FROM employees e WHERE e.account_id = a.id AND e.phone_key = $1 AND e.deleted_at IS NULL) AS gone,
		coalesce((SELECT m.body FROM messages m WHERE m.account_id = a.id AND m.phone_key = $1 AND m.kind IN ('invitation', 'reminder')
			AND m.state NOT IN ('queued', 'skipped', 'failed') ORDER BY m.created_at DESC LIMIT 1), '') AS wording
		FROM phone_gates g, accounts a LEFT JOIN consents k ON k.account_id = a.id AND k.phone_key = $1
		WHERE g.phone_key = $1 AND a.id IN (SELECT e.account_id FROM employees e WHERE e.phone_key = $1
			UNION SELECT m.account_id FROM messages m WHERE m.phone_key = $1 AND m.account_id IS NOT NULL AND m.kind <> 'verify_phone')
		ORDER BY a.legal_name, a.id`, key)
	if err != nil {
		return nil, fmt.Errorf("list employers of a person: %w", err)
	}
	employers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (PageEmployer, error) {
		var e PageEmployer
		var f Facts
		var active bool
		err := row.Scan(&e.AccountID, &e.Name, &e.CallbackNumber, &e.ContactAddress, &e.MonthlyLimit, &active, &e.State, &e.ChangedAt,
			&f.PhoneStopped, &f.SenderBlocked, &f.Gone, &e.Wording)
		f.State = e.State
		e.Agreed = Decide(f) == Callable
		e.MayCall = e.Agreed && active
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("list employers of a person: %w", err)
	}
	return employers, nil
}

// pageLimit is how many calls and texts of an employer a page shows.
const pageLimit = 50

func pageItems(ctx context.Context, tx pgx.Tx, account uuid.UUID, key []byte) ([]PageItem, error) {
	rows, err := tx.Query(ctx, `SELECT at, kind, what, key FROM (
			SELECT coalesce(m.sent_at, m.created_at) AS at, m.kind, m.state AS what, NULL::int AS key FROM messages m
			WHERE m.account_id = $1 AND m.phone_key = $2 AND m.kind <> 'verify_phone' AND m.state NOT IN ('queued', 'skipped', 'failed')
			UNION ALL
			SELECT t.created_at, 'call', t.state, t.answer::int FROM attempts t
			WHERE t.account_id = $1 AND t.phone_key = $2 AND t.kind = 'campaign' AND t.state <> 'not_placed') all_of_it
		ORDER BY at DESC LIMIT $3`, account, key, pageLimit)
	if err != nil {
		return nil, fmt.Errorf("list calls and texts of a person: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[PageItem])
	if err != nil {
		return nil, fmt.Errorf("list calls and texts of a person: %w", err)
	}
	return items, nil
}

// PageRevocation is the stop that somebody asks for on their page: of one
// employer there, or (nil) of everybody. The caller hands it to the dialler.
func (s *Service) PageRevocation(ctx context.Context, key string, account *uuid.UUID) (Revocation, error) {
	l, err := s.openLink(ctx, key)
	if err != nil {
		return Revocation{}, err
	}
	r := Revocation{PhoneKey: l.PhoneKey, SenderID: l.SenderID, Kind: OptedOut, Channel: ChannelWeb, Language: l.Language,
		Account: account, Platform: account == nil, Actor: audit.Actor{Kind: audit.Employee}}
	if account == nil {
		return r, nil
	}
	var known bool
	err = s.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM employees WHERE account_id = $1 AND phone_key = $2)
		OR EXISTS (SELECT FROM messages WHERE account_id = $1 AND phone_key = $2 AND kind <> 'verify_phone')`, *account, l.PhoneKey).Scan(&known)
	if err != nil {
		return Revocation{}, fmt.Errorf("find employer of a page: %w", err)
	}
	if !known {
		return Revocation{}, apperr.New(apperr.NotFound, "employer_not_found", "This employer does not know your number.")
	}
	return r, nil
}
