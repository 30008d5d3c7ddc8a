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
	Quiet       Quiet
	Employers   []PageEmployer
	Past        []PageItem // newest first
	PastTotal   int        // how many there are, shown or not
}

// PageEmployer is one employer on a person's page.
type PageEmployer struct {
	AccountID      uuid.UUID
	Name           string // legal name
	CallbackNumber string
	ContactAddress string
	MonthlyLimit   int
	MayCall        bool // now, but for quiet hours
	Agreed         bool // the person's yes stands: it may call as soon as we let it
	State          State
	ChangedAt      *time.Time
	Wording        string // the words of the newest invitation
	Agreement      *Agreement
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
// number on its list, who of them may call, what the person agreed to and asked
// for, and at most most of the calls and texts.
func (s *Service) OpenPage(ctx context.Context, key string, most int) (Page, error) {
	l, err := s.openLink(ctx, key)
	if err != nil {
		return Page{}, err
	}
	page := Page{PhoneMasked: phone.Mask(l.Phone), Language: l.Language}
	err = s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT stopped_at IS NOT NULL FROM phone_gates WHERE phone_key = $1`, l.PhoneKey).Scan(&page.Stopped); err != nil {
			return fmt.Errorf("read gate: %w", err)
		}
		since, err := ownedSince(ctx, tx, l.PhoneKey)
		if err != nil {
			return err
		}
		if page.Employers, err = pageEmployers(ctx, tx, l.PhoneKey, since); err != nil {
			return err
		}
		if page.Quiet, err = s.quietOf(ctx, tx, l); err != nil {
			return err
		}
		if err := findAgreements(ctx, tx, l.PhoneKey, since, page.Employers); err != nil {
			return err
		}
		page.Past, page.PastTotal, err = pageItems(ctx, tx, l, since, most)
		return err
	})
	return page, err
}

// ownedSince is when a phone last said that it is not the person's: what came
// before is somebody else's. It is long ago where it never did.
func ownedSince(ctx context.Context, tx pgx.Tx, key []byte) (time.Time, error) {
	var since time.Time
	err := tx.QueryRow(ctx, `SELECT coalesce(max(at), 'epoch') FROM consent_events WHERE phone_key = $1 AND kind = 'not_me'`, key).Scan(&since)
	if err != nil {
		return time.Time{}, fmt.Errorf("find owner of a phone: %w", err)
	}
	return since, nil
}

// pageEmployers lists who may call the phone or might ask to: whoever has it on
// its list, still holds a yes, or has written to it since it is this person's.
func pageEmployers(ctx context.Context, tx pgx.Tx, key []byte, since time.Time) ([]PageEmployer, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.legal_name, a.callback_number, a.contact_address, a.monthly_limit, a.status = 'active' AS active, coalesce(k.state, 'none') AS state, k.changed_at,
		g.stopped_at IS NOT NULL AS stopped, EXISTS (SELECT FROM sender_blocks b WHERE b.phone_key = $1 AND b.sender_id = a.sender_id) AS blocked,
		NOT EXISTS (SELECT FROM employees e WHERE e.account_id = a.id AND e.phone_key = $1 AND e.deleted_at IS NULL) AS gone,
		coalesce((SELECT m.body FROM messages m WHERE m.account_id = a.id AND m.phone_key = $1 AND m.kind IN ('invitation', 'reminder')
			AND m.state NOT IN ('queued', 'skipped', 'failed') AND coalesce(m.sent_at, m.created_at) > $2 ORDER BY m.created_at DESC LIMIT 1), '') AS wording
		FROM phone_gates g, accounts a LEFT JOIN consents k ON k.account_id = a.id AND k.phone_key = $1
		WHERE g.phone_key = $1 AND a.id IN (SELECT e.account_id FROM employees e WHERE e.phone_key = $1 AND (e.deleted_at IS NULL OR e.deleted_at > $2)
			UNION SELECT m.account_id FROM messages m WHERE m.phone_key = $1 AND m.account_id IS NOT NULL AND m.kind <> 'verify_phone'
				AND (coalesce(m.sent_at, m.created_at) > $2 OR k.state IN ('invited', 'opted_in')))
		ORDER BY a.legal_name, a.id`, key, since)
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
