package consent

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// Revocation is somebody's wish not to be called or texted any more, by
// whatever means it reached us.
type Revocation struct {
	PhoneKey []byte
	Account  *uuid.UUID // this employer only; nil: every one on the sender
	SenderID uuid.UUID
	Platform bool // "stop all": every employer of the platform
	Kind     Kind // OptedOut or NotMe
	Channel  string

	CallSID     string
	MessageSID  string
	InboundText string
	Language    string
	ProviderAt  time.Time
	Actor       audit.Actor // by default the person, or the carrier on its channel
	// QuoteFor is the employer the words were meant for; only its ledger quotes
	// them, and a user who acts is one of its own. nil: every one that is revoked.
	QuoteFor *uuid.UUID
	// Detail is kept in every ledger beside the scope, Note in that of QuoteFor
	// or Account alone.
	Detail map[string]any
	Note   string
	// Keep writes what is kept of it beside the ledger, in the same transaction;
	// employers is how many are concerned. Where it refuses nothing is revoked.
	Keep func(ctx context.Context, tx pgx.Tx, employers int) error
}

// Effect is what a revocation did.
type Effect struct {
	Employers  int // that may no longer call or text
	CallsEnded int
}

// Revoke is the one way in which consent ends by anybody's wish: it closes the
// gate in the scope asked for, appends to the ledger of each employer
// concerned, and takes queued texts back. It returns the employers, whose
// queued calls the caller must skip and whose live calls it must end. A replay
// of the same call or message changes nothing more.
func (s *Service) Revoke(ctx context.Context, tx pgx.Tx, r Revocation) ([]uuid.UUID, error) {
	if r.Kind != OptedOut && r.Kind != NotMe {
		return nil, errors.New("revoke consent: want opted_out or not_me")
	}
	if _, err := lockGate(ctx, tx, r.PhoneKey); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if r.Actor.Kind == "" {
		r.Actor = audit.Actor{Kind: audit.Employee}
		if r.Channel == ChannelCarrier {
			r.Actor = audit.Actor{Kind: audit.Carrier}
		}
	}
	closed, err := r.close(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	concerned, err := r.concerned(ctx, tx)
	if err != nil {
		return nil, err
	}
	accounts, news := make([]uuid.UUID, 0, len(concerned)), false
	for _, c := range concerned {
		accounts = append(accounts, c.AccountID)
		if c.Noted {
			continue
		}
		news = true
		if err := s.note(ctx, tx, r, c, now); err != nil {
			return nil, err
		}
	}
	// A message comes once; a key that closed nothing more was pressed before.
	if len(concerned) == 0 && r.Keep == nil && (closed || r.MessageSID != "") {
		if err := s.auditStranger(ctx, tx, r, now); err != nil {
			return nil, err
		}
	}
	if news && r.Kind == NotMe {
		if err := r.closePages(ctx, tx); err != nil {
			return nil, err
		}
	}
	if r.Keep != nil {
		if err := r.Keep(ctx, tx, len(accounts)); err != nil {
			return nil, err
		}
	}
	if err := settle(ctx, tx, r.PhoneKey, accounts, now); err != nil {
		return nil, err
	}
	return accounts, r.skipTexts(ctx, tx, accounts, now)
}

// close shuts the gate in the scope of the revocation; it reports whether that
// was open.
func (r Revocation) close(ctx context.Context, tx pgx.Tx, now time.Time) (closed bool, err error) {
	if r.Platform {
		tag, err := tx.Exec(ctx, `UPDATE phone_gates SET stopped_at = $2 WHERE phone_key = $1 AND stopped_at IS NULL`, r.PhoneKey, now)
		if err != nil {
			return false, fmt.Errorf("close gate: %w", err)
		}
		closed = tag.RowsAffected() > 0
	}
	if r.Account != nil || r.SenderID == uuid.Nil {
		return closed, nil
	}
	tag, err := tx.Exec(ctx, `INSERT INTO sender_blocks (phone_key, sender_id, source, blocked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		r.PhoneKey, r.SenderID, r.Channel, now)
	if err != nil {
		return false, fmt.Errorf("block sender: %w", err)
	}
	return closed || tag.RowsAffected() > 0, nil
}

// closePages ends the links to the page of a phone. It has another owner now, or
// was never theirs: whoever holds an old link is not whom the page is about. The
// new owner gets one for CALLS.
func (r Revocation) closePages(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM person_links WHERE phone_key = $1`, r.PhoneKey); err != nil {
		return fmt.Errorf("end links to a page: %w", err)
	}
	return nil
}

// concern is one employer whose consent ends.
type concern struct {
	AccountID  uuid.UUID
	EmployeeID *uuid.UUID
	Noted      bool // this very call, message or click has revoked before
}

// concerned lists them. Whoever the words were meant for is one also where it
// has changed its number since.
func (r Revocation) concerned(ctx context.Context, tx pgx.Tx) ([]concern, error) {
	rows, err := tx.Query(ctx, `SELECT a.id AS account_id,
		(SELECT e.id FROM employees e WHERE e.account_id = a.id AND e.phone_key = $1 AND e.deleted_at IS NULL) AS employee_id,
		EXISTS (SELECT FROM consent_events v WHERE v.account_id = a.id AND v.phone_key = $1 AND v.kind = $5
			AND (v.call_sid = $6 AND $6 <> '' OR v.message_sid = $7 AND $7 <> '') AND (NOT $4 OR v.detail->>'scope' = 'platform'))
		OR $8 = 'employer' AND EXISTS (SELECT FROM consents k JOIN consent_events v ON v.id = k.event_id
			WHERE k.account_id = a.id AND k.phone_key = $1 AND k.state = 'opted_out' AND v.channel = 'employer') AS noted
		FROM accounts a WHERE CASE WHEN $2::uuid IS NOT NULL AND NOT $4 THEN a.id = $2
			WHEN $4 THEN a.id IN (SELECT e.account_id FROM employees e WHERE e.phone_key = $1
				UNION SELECT m.account_id FROM messages m WHERE m.phone_key = $1 AND m.account_id IS NOT NULL AND m.kind <> 'verify_phone')
			ELSE a.id IN (SELECT e.account_id FROM employees e JOIN accounts x ON x.id = e.account_id WHERE e.phone_key = $1 AND x.sender_id = $3
				UNION SELECT m.account_id FROM messages m WHERE m.phone_key = $1 AND m.sender_id = $3 AND m.account_id IS NOT NULL AND m.kind <> 'verify_phone'
				UNION SELECT $9::uuid)
			END ORDER BY a.id`, r.PhoneKey, r.Account, r.SenderID, r.Platform, r.Kind, r.CallSID, r.MessageSID, r.Channel, r.QuoteFor)
	if err != nil {
		return nil, fmt.Errorf("find employers to revoke: %w", err)
	}
	concerned, err := pgx.CollectRows(rows, pgx.RowToStructByName[concern])
	if err != nil {
		return nil, fmt.Errorf("find employers to revoke: %w", err)
	}
	return concerned, nil
}

// note appends the revocation to one employer's ledger. A repeated STOP is
// noted again: requests to stop are evidence, and a newer one also overtakes
// a START in between.
func (s *Service) note(ctx context.Context, tx pgx.Tx, r Revocation, c concern, now time.Time) error {
	scope := r.scope()
	detail := map[string]any{"scope": scope}
	maps.Copy(detail, r.Detail)
	quoted, actor := "", r.Actor
	switch {
	case r.QuoteFor == nil || *r.QuoteFor == c.AccountID:
		quoted = cut(r.InboundText, ledgerText)
		if r.Note != "" {
			detail["note"] = r.Note
		}
	case actor.Kind == audit.User:
		// A user of one employer is nobody to another: there it is the person's word.
		actor = audit.Actor{Kind: audit.Employee}
	}
	var senderID *uuid.UUID
	if r.SenderID != uuid.Nil {
		senderID = &r.SenderID
	}
	_, err := Append(ctx, tx, Event{Account: c.AccountID, PhoneKey: r.PhoneKey, EmployeeID: c.EmployeeID, Kind: r.Kind, Channel: r.Channel,
		At: now, ProviderAt: r.ProviderAt, Actor: actor, Language: r.Language, InboundText: quoted,
		MessageSID: r.MessageSID, CallSID: r.CallSID, SenderID: senderID, Detail: detail})
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, c.AccountID, c.EmployeeID, actor, "consent.revoked",
		map[string]any{"kind": string(r.Kind), "channel": r.Channel, "scope": scope})
}

func (r Revocation) scope() string {
	switch {
	case r.Platform:
		return "platform"
	case r.Account != nil:
		return "account"
	}
	return "sender"
}

// auditStranger is the proof of a wish of somebody whom no employer knows: there
// is no ledger that it could stand in. The phone is named by its key alone.
func (s *Service) auditStranger(ctx context.Context, tx pgx.Tx, r Revocation, now time.Time) error {
	detail := map[string]any{"kind": string(r.Kind), "channel": r.Channel, "scope": r.scope()}
	for name, sid := range map[string]string{"message_sid": r.MessageSID, "call_sid": r.CallSID} {
		if sid != "" {
			detail[name] = sid
		}
	}
	return audit.Record(ctx, tx, audit.Event{At: now, Actor: r.Actor, Action: "consent.revoked", SubjectKind: "phone", SubjectID: hex.EncodeToString(r.PhoneKey), Detail: detail})
}

// skipTexts takes back what has not left yet, but for the answer to an earlier
// STOP: a second one at once gets none, and must not take the first one's.
func (r Revocation) skipTexts(ctx context.Context, tx pgx.Tx, accounts []uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE messages SET state = 'skipped', reason = 'opted_out', finished_at = $5, body = `+handedOver+`
		WHERE phone_key = $1 AND state = 'queued' AND kind <> 'stopped' AND ($3 OR account_id = ANY($2::uuid[]) OR ($4::uuid IS NOT NULL AND sender_id = $4))`,
		r.PhoneKey, accounts, r.Platform, r.blockedSender(), now)
	if err != nil {
		return fmt.Errorf("take back queued texts: %w", err)
	}
	return nil
}

func (r Revocation) blockedSender() *uuid.UUID {
	if r.Account != nil || r.SenderID == uuid.Nil {
		return nil
	}
	return &r.SenderID
}

// Lapse closes invitations that nobody answered within InvitationLife and
// returns how many. Run it about once an hour.
func (s *Service) Lapse(ctx context.Context) (int, error) {
	total := 0
	for {
		lapsed, err := s.lapseSome(ctx)
		total += lapsed
		if err != nil || lapsed == 0 {
			return total, err
		}
	}
}

const lapseBatch = 500

// lapseSome locks the gates first and reads the states after: a YES that comes
// meanwhile either is seen or comes too late, but is never undone.
func (s *Service) lapseSome(ctx context.Context) (int, error) {
	now := s.Clock.Now()
	before := now.Add(-InvitationLife)
	var lapsed int
	err := s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT g.phone_key FROM phone_gates g WHERE g.phone_key IN
			(SELECT k.phone_key FROM consents k WHERE k.state = 'invited' AND k.changed_at <= $1 ORDER BY k.changed_at LIMIT $2)
			ORDER BY g.phone_key FOR NO KEY UPDATE SKIP LOCKED`, before, lapseBatch)
		if err != nil {
			return fmt.Errorf("lock lapsing invitations: %w", err)
		}
		keys, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return fmt.Errorf("lock lapsing invitations: %w", err)
		}
		rows, err = tx.Query(ctx, `INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind)
			SELECT k.account_id, k.phone_key, e.id, 'lapsed', 'system', $2, 'system' FROM consents k
			LEFT JOIN employees e ON e.account_id = k.account_id AND e.phone_key = k.phone_key AND e.deleted_at IS NULL
			WHERE k.phone_key = ANY($3::bytea[]) AND k.state = 'invited' AND k.changed_at <= $1
			RETURNING account_id`, before, now, keys)
		if err != nil {
			return fmt.Errorf("lapse invitations: %w", err)
		}
		accounts, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return fmt.Errorf("lapse invitations: %w", err)
		}
		lapsed = len(accounts)
		return s.auditLapse(ctx, tx, accounts)
	})
	return lapsed, err
}

// auditLapse writes one row for each employer: which invitations they were stands
// in its ledger, with the same time.
func (s *Service) auditLapse(ctx context.Context, tx pgx.Tx, accounts []uuid.UUID) error {
	lapsed := map[uuid.UUID]int{}
	for _, account := range accounts {
		lapsed[account]++
	}
	for account, n := range lapsed {
		if err := s.audit(ctx, tx, account, nil, audit.SystemActor("lapse"), "consent.lapsed", map[string]any{"invitations": n}); err != nil {
			return err
		}
	}
	return nil
}
