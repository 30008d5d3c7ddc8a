package consent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/consent/wording"
)

// Languages of our texts.
const (
	English = wording.English
	French  = wording.French
)

// Kinds of texts.
const (
	kindInvitation   = "invitation"
	kindReminder     = "reminder"
	kindConfirmation = "confirmation"
	kindStopped      = "stopped"
	kindHelp         = "help"
	kindChoose       = "choose"
	kindPage         = "page"
	kindVerifyPhone  = "verify_phone"
)

// maxHelpPerHour bounds what two machines that answer each other cost.
const maxHelpPerHour = 3

// text is a rendered message.
type text struct {
	body     string
	version  string
	language string
}

func (t text) hash() []byte {
	sum := sha256.Sum256([]byte(t.body))
	return sum[:]
}

func textOf(t wording.Text) text {
	return text{body: t.Body, version: t.Version, language: t.Language}
}

func (s *Service) params(name string, limit int) wording.Params {
	return wording.Params{Employer: name, Monthly: limit, Site: s.Site}
}

// invitation renders the request for consent in both languages.
func (s *Service) invitation(from inviter) (en, fr text, err error) {
	p := s.params(from.SpokenName, from.MonthlyLimit)
	english, err := wording.Invitation(English, p)
	if err != nil {
		return text{}, text{}, fmt.Errorf("write invitation: %w", err)
	}
	french, err := wording.Invitation(French, p)
	if err != nil {
		return text{}, text{}, fmt.Errorf("write invitation: %w", err)
	}
	return textOf(english), textOf(french), nil
}

// answered reports whether the carrier has replied to the text by itself.
func (x *exchange) answered() bool {
	if x.in.OptOutType != "" {
		return true
	}
	switch keyword.CarrierWord(x.in.Body) {
	case keyword.Unknown:
		return false
	case keyword.Start:
		if x.word.Kind == keyword.Yes {
			return x.Replies.Yes
		}
	}
	return x.Replies.Keywords
}

// language is the one of the text where it shows, else the person's.
func (x *exchange) language() string {
	switch strings.ToLower(strings.Trim(x.in.Body, " .!\r\n\t0123456789")) {
	case "oui", "aide", "arret", "arrêt", "appels":
		return French
	}
	if c := x.main(); c != nil {
		return c.language()
	}
	return English
}

func (c contact) language() string {
	if c.Language != nil {
		return *c.Language
	}
	if c.InviteLanguage != "" {
		return c.InviteLanguage
	}
	return English
}

// reply queues an answer in the name of the employer the person last heard
// from. Strangers get none: it would name an employer to them.
func (x *exchange) reply(ctx context.Context, kind string) error {
	c := x.main()
	if c == nil {
		return nil
	}
	return x.replyFrom(ctx, kind, c)
}

func (x *exchange) replyFrom(ctx context.Context, kind string, c *contact) error {
	p := x.params(c.SpokenName, c.MonthlyLimit)
	language := x.language()
	var t wording.Text
	var err error
	switch kind {
	case kindConfirmation:
		if p.Key, err = x.link(ctx, language); err != nil {
			return err
		}
		t, err = wording.Confirmation(language, p)
	case kindStopped:
		if t, err = wording.Stopped(language, p); x.word.Kind == keyword.StopAll {
			t, err = wording.StoppedAll(language, p)
		}
	case kindPage:
		if p.Key, err = x.link(ctx, language); err != nil {
			return err
		}
		t, err = wording.Page(language, p)
	default:
		t, err = wording.Help(language, p)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return x.queue(ctx, outgoing{account: &c.AccountID, employee: c.EmployeeID, kind: kind, text: textOf(t)})
}

// replyHelp answers with the words that work (or the link to the person's own
// page), unless the person is stopped, has been told, or the most allowed in
// the time have gone out.
func (x *exchange) replyHelp(ctx context.Context, kind string, most int, within time.Duration) error {
	if x.answered() || x.blocked || x.stopped || x.main() == nil {
		return nil
	}
	full, err := x.told(ctx, most, within)
	if err != nil || full {
		return err
	}
	return x.reply(ctx, kind)
}

func (x *exchange) told(ctx context.Context, most int, within time.Duration) (bool, error) {
	var sent int
	err := x.tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE phone_key = $1 AND sender_id = $2 AND kind IN ('help', 'choose', 'page') AND created_at > $3`,
		x.key, x.sender.ID, x.now.Add(-within)).Scan(&sent)
	if err != nil {
		return false, fmt.Errorf("count replies: %w", err)
	}
	return sent >= most, nil
}

// outgoing is a text to be queued in answer.
type outgoing struct {
	account    *uuid.UUID // nil: the platform's own
	employee   *uuid.UUID
	kind       string
	text       text
	askedAfter *int64
	options    []uuid.UUID
}

// queue adds a reply, due at once: who texts us at night wants the answer at
// night. An invitation that this very START asked for is not queued twice.
func (x *exchange) queue(ctx context.Context, o outgoing) error {
	queued, err := x.insert(ctx, o)
	if queued {
		x.out.Reply = o.kind
	}
	return err
}

func (x *exchange) insert(ctx context.Context, o outgoing) (bool, error) {
	if o.options == nil {
		o.options = []uuid.UUID{}
	}
	tag, err := x.tx.Exec(ctx, `INSERT INTO messages
		(account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at, asked_after, options)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13) ON CONFLICT DO NOTHING`,
		o.account, o.employee, x.key, o.kind, o.text.language, o.text.version, x.in.From, o.text.body, o.text.hash(), x.sender.ID, x.now, o.askedAfter, o.options)
	if err != nil {
		return false, fmt.Errorf("queue %s: %w", o.kind, err)
	}
	return tag.RowsAffected() == 1, nil
}

// inviteAgain queues the invitation that a START asks for.
func (x *exchange) inviteAgain(ctx context.Context, c contact) (bool, error) {
	en, fr, err := x.invitation(inviter{ID: c.AccountID, SpokenName: c.SpokenName, MonthlyLimit: c.MonthlyLimit})
	if err != nil {
		return false, err
	}
	t := en
	if c.language() == French {
		t = fr
	}
	if _, err := x.tx.Exec(ctx, `UPDATE messages SET state = 'skipped', reason = 'asked_again', finished_at = $3
		WHERE account_id = $1 AND phone_key = $2 AND kind IN ('invitation', 'reminder') AND state = 'queued'`, c.AccountID, x.key, x.now); err != nil {
		return false, fmt.Errorf("replace queued invitation: %w", err)
	}
	queued, err := x.insert(ctx, outgoing{account: &c.AccountID, employee: c.EmployeeID, kind: kindInvitation, text: t, askedAfter: &c.EventID})
	if err != nil || !queued {
		return false, err
	}
	return true, x.audit(ctx, x.tx, c.AccountID, c.EmployeeID, audit.Actor{Kind: audit.Employee}, "consent.restart_asked",
		map[string]any{"message_sid": x.in.MessageSID})
}

// ask puts the question "YES 1 or YES 2" where more than one employer on this
// number waits for an answer, or the one who waits may not be the one who is
// meant. The numbers stay bound to the employers named.
func (x *exchange) ask(ctx context.Context, open []contact) error {
	x.out.Did = didAsk
	full, err := x.told(ctx, maxHelpPerHour, time.Hour)
	if err != nil || full {
		return err
	}
	names := make([]string, len(open))
	options := make([]uuid.UUID, len(open))
	for i, c := range open {
		names[i], options[i] = c.SpokenName, c.AccountID
	}
	// Those who asked last are named: where not all fit, the YES is likely theirs.
	t, from, err := wording.Choose(x.language(), names)
	if err != nil {
		return fmt.Errorf("write question: %w", err)
	}
	return x.queue(ctx, outgoing{kind: kindChoose, text: textOf(t), options: options[from:]})
}

// chosen handles "YES 2": the number means what our newest question said, and
// that employer must still wait for an answer. Without a question no number
// has a meaning.
func (x *exchange) chosen(ctx context.Context, open []contact) error {
	var options []uuid.UUID
	rows, err := x.tx.Query(ctx, `SELECT unnest(options) FROM (SELECT options FROM messages WHERE phone_key = $1 AND sender_id = $2 AND kind = 'choose'
		AND state NOT IN ('queued', 'skipped', 'failed') AND created_at > $3 ORDER BY created_at DESC LIMIT 1) q`, x.key, x.sender.ID, x.now.Add(-InvitationLife))
	if err == nil {
		options, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	}
	if err != nil {
		return fmt.Errorf("find question: %w", err)
	}
	if x.word.Choice > len(options) {
		return x.unknown(ctx)
	}
	for _, c := range open {
		if c.AccountID != options[x.word.Choice-1] {
			continue
		}
		if c.inFlight() && len(x.contacts) > 1 {
			// They know the name from our question, perhaps not yet what is
			// asked of them: that stands in the invitation alone.
			return x.ask(ctx, open)
		}
		if c.inFlight() {
			x.out.Did = didWait
			return nil
		}
		return x.optIn(ctx, c)
	}
	return nil // answered before, lapsed or stopped since
}

// linkLife is how long the link to a person's page opens it.
const linkLife = 400 * 24 * time.Hour

// link makes a new key to the person's own page: 64 random bits in 11
// characters. Only its hash is stored.
func (x *exchange) link(ctx context.Context, language string) (string, error) {
	var raw [8]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails
	key := base64.RawURLEncoding.EncodeToString(raw[:])
	_, err := x.tx.Exec(ctx, `INSERT INTO person_links (key_hash, phone_key, phone, language, sender_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		linkHash(key), x.key, x.in.From, language, x.sender.ID, x.now, x.now.Add(linkLife))
	if err != nil {
		return "", fmt.Errorf("store link: %w", err)
	}
	return key, nil
}

func linkHash(key string) []byte {
	sum := sha256.Sum256([]byte("callshu link\x00" + key))
	return sum[:]
}
