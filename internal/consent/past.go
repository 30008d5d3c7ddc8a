package consent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Agreement is the newest yes of a person to one employer, with what it answered.
type Agreement struct {
	AccountID uuid.UUID
	At        time.Time
	SentAt    *time.Time // when the carrier took the person's text, where it told
	Said      string     // the person's own words
	Version   string
	Hash      []byte // SHA-256 of the invitation that was answered
	Text      string // that very invitation; empty where it has been erased
}

// findAgreements adds to each employer what the person agreed to. The words are
// found by the hash in the ledger's event, not by their time: whatever was sent
// later was not agreed to. Words that do not have the hash are not shown, nor is
// what somebody agreed to whose phone this was before since.
func findAgreements(ctx context.Context, tx pgx.Tx, key []byte, since time.Time, employers []PageEmployer) error {
	ids := make([]uuid.UUID, len(employers))
	for i, e := range employers {
		ids[i] = e.AccountID
	}
	rows, err := tx.Query(ctx, `SELECT v.account_id, v.at, coalesce(v.provider_at, (SELECT t.provider_at FROM consent_events t WHERE t.message_sid = v.message_sid AND t.message_sid <> ''
			AND t.kind = 'timed' AND t.account_id = v.account_id AND t.phone_key = $1 LIMIT 1)) AS sent_at, v.inbound_text AS said, v.wording_version AS version, coalesce(v.wording_hash, '') AS hash,
		coalesce((SELECT m.body FROM messages m WHERE m.account_id = v.account_id AND m.phone_key = $1 AND m.body_hash = v.wording_hash
			AND m.kind IN ('invitation', 'reminder') ORDER BY m.created_at LIMIT 1), '') AS text
		FROM unnest($2::uuid[]) AS a (id)
		CROSS JOIN LATERAL (SELECT * FROM consent_events e WHERE e.account_id = a.id AND e.phone_key = $1 AND e.kind = 'opted_in' AND e.at > $3 ORDER BY e.id DESC LIMIT 1) v`,
		key, ids, since)
	if err != nil {
		return fmt.Errorf("find agreements of a person: %w", err)
	}
	agreements, err := pgx.CollectRows(rows, pgx.RowToStructByName[Agreement])
	if err != nil {
		return fmt.Errorf("find agreements of a person: %w", err)
	}
	for _, a := range agreements {
		if sum := sha256.Sum256([]byte(a.Text)); !bytes.Equal(sum[:], a.Hash) {
			a.Text = ""
		}
		for i := range employers {
			if employers[i].AccountID == a.AccountID {
				employers[i].Agreement = &a
			}
		}
	}
	return nil
}

// Kinds of items beside the kinds of our texts.
const (
	ItemCall    = "call"
	ItemInbound = "inbound" // a text that the person sent us
	// ItemCallBack is a call that the person made to one of our numbers.
	ItemCallBack = "call_back"
)

// PageItem is one call or text.
type PageItem struct {
	At         time.Time
	Kind       string
	Employer   string     // empty for texts of the person, and of the platform
	State      string     // of the call or text; of a call back, what the person asked for in it: opted_out, not_me, or nothing
	Purpose    string     // what the call was about
	Key        *int       // the answer, where one was given ...
	Answer     string     // ... what it meant ...
	AnsweredAt *time.Time // ... and when
	Duration   *int       // seconds
	Text       string
}

// linkInText finds the links to pages in texts. A picture of the page, shown to
// somebody, must not hand the page over, and neither must what an employer reads.
var linkInText = regexp.MustCompile(linkPattern)

// linkPattern is read alike by Go and PostgreSQL; maskedLink stands for a link.
const (
	linkPattern = `/p/[A-Za-z0-9_-]{11}`
	maskedLink  = "/p/…"
)

func maskLinks(text string) string { return linkInText.ReplaceAllString(text, maskedLink) }

// handedOver is the body of a text that we need no more, because the carrier has
// taken or refused it or it never leaves: without its code, and without the key
// of its link. body_hash still proves the words. Until then the words are whole:
// they have to be sent, and are compared with what the carrier lists.
const handedOver = `CASE WHEN kind = 'verify_phone' THEN '' WHEN kind IN ('confirmation', 'page')
	THEN regexp_replace(body, '` + linkPattern + `', '` + maskedLink + `', 'g') ELSE body END`

// pageItems lists every call and text of a phone, in either direction and of
// whatever employer, newest first. Codes by which users prove a phone and previews are no employer's calls
// to its people; what never left is none at all. What came until since was for
// somebody else.
func pageItems(ctx context.Context, tx pgx.Tx, l link, since time.Time, most int) (items []PageItem, total int, err error) {
	rows, err := tx.Query(ctx, `SELECT *, count(*) OVER () FROM (
			SELECT coalesce(m.sent_at, m.created_at) AS at, m.kind, coalesce(a.legal_name, '') AS employer, m.state, '' AS purpose,
			       NULL::int AS key, '' AS answer, NULL::timestamptz AS answered_at, NULL::int AS duration, m.body AS text
			FROM messages m LEFT JOIN accounts a ON a.id = m.account_id
			WHERE m.phone_key = $1 AND m.kind <> 'verify_phone' AND m.state NOT IN ('queued', 'skipped', 'failed')
			UNION ALL
			SELECT t.created_at, 'call', a.legal_name, t.state, coalesce(c.content->'purpose'->>$2, c.content->'purpose'->>(c.content->>'language_default'), ''),
			       t.answer::int, coalesce(ch.label->>$2, ch.label->>(c.content->>'language_default'), ''),
			       CASE WHEN r.answer = t.answer THEN r.answered_at END, t.duration_s, ''
			FROM attempts t JOIN accounts a ON a.id = t.account_id
			LEFT JOIN campaigns c ON c.id = t.campaign_id LEFT JOIN recipients r ON r.id = t.recipient_id
			LEFT JOIN LATERAL (SELECT x->'label' AS label FROM jsonb_array_elements(c.content->'choices') x WHERE (x->>'key')::int = t.answer LIMIT 1) ch ON true
			WHERE t.phone_key = $1 AND t.kind = 'campaign' AND t.counted
			UNION ALL
			SELECT b.at, 'call_back', coalesce(a.legal_name, ''), b.revoked, coalesce(c.content->'purpose'->>$2, c.content->'purpose'->>(c.content->>'language_default'), ''),
			       b.answer::int, coalesce(ch.label->>$2, ch.label->>(c.content->>'language_default'), ''), b.answered_at,
			       greatest(0, extract(epoch FROM b.ended_at - b.at))::int, ''
			FROM inbound_calls b LEFT JOIN accounts a ON a.id = b.account_id LEFT JOIN attempts t ON t.id = b.attempt_id
			LEFT JOIN campaigns c ON c.id = t.campaign_id
			LEFT JOIN LATERAL (SELECT x->'label' AS label FROM jsonb_array_elements(c.content->'choices') x WHERE (x->>'key')::int = b.answer LIMIT 1) ch ON true
			WHERE b.phone_key = $1
			UNION ALL
			SELECT i.received_at, 'inbound', '', '', '', NULL, '', NULL, NULL, i.body FROM inbound_messages i WHERE i.phone_key = $1 AND i.body <> '') all_of_it
		WHERE at > $4 ORDER BY at DESC, kind, text LIMIT $3`, l.PhoneKey, l.Language, most, since)
	if err != nil {
		return nil, 0, fmt.Errorf("list calls and texts of a person: %w", err)
	}
	items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (PageItem, error) {
		var i PageItem
		err := row.Scan(&i.At, &i.Kind, &i.Employer, &i.State, &i.Purpose, &i.Key, &i.Answer, &i.AnsweredAt, &i.Duration, &i.Text, &total)
		i.Text = maskLinks(i.Text)
		return i, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list calls and texts of a person: %w", err)
	}
	return items, total, nil
}
