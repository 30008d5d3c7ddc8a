package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const columns = `id, account_id, name, status, status_reason, content, audience, start_at, start_wall, start_zone, dial_until,
	max_attempts, retry_minutes, created_by, version, plan_hash, manifest_hash, manifest_total, launched_at, started_at,
	first_ring_at, finished_at, created_at, updated_at,
	ARRAY(SELECT t.rule FROM campaign_trips t WHERE t.campaign_id = campaigns.id AND t.resumed_at IS NULL ORDER BY t.rule) AS tripped`

func insert(ctx context.Context, tx pgx.Tx, c Campaign) error {
	_, err := tx.Exec(ctx, `INSERT INTO campaigns (id, account_id, name, content, audience, start_at, start_wall, start_zone,
			dial_until, max_attempts, retry_minutes, created_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
		c.ID, c.AccountID, c.Name, c.Content, c.Audience, c.StartAt, c.StartWall, c.StartZone, c.DialUntil,
		c.MaxAttempts, c.RetryMinutes, c.CreatedBy, c.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert campaign: %w", err)
	}
	return nil
}

func update(ctx context.Context, tx pgx.Tx, c Campaign) error {
	_, err := tx.Exec(ctx, `UPDATE campaigns SET name = $2, content = $3, audience = $4, start_at = $5, start_wall = $6, start_zone = $7,
			dial_until = $8, max_attempts = $9, retry_minutes = $10, version = version + 1, updated_at = $11
		WHERE id = $1`,
		c.ID, c.Name, c.Content, c.Audience, c.StartAt, c.StartWall, c.StartZone, c.DialUntil, c.MaxAttempts, c.RetryMinutes, c.UpdatedAt)
	if err != nil {
		return fmt.Errorf("update campaign: %w", err)
	}
	return nil
}

// Find reads one campaign in a transaction of any role that may see it. It
// returns a not_found refusal where there is none.
func Find(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Campaign, error) {
	return find(ctx, tx, id, "")
}

// lock reads one campaign and keeps its row until the transaction ends. It
// leaves the key alone: a claim that refers to the row need not wait.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Campaign, error) {
	return find(ctx, tx, id, " FOR NO KEY UPDATE")
}

func find(ctx context.Context, tx pgx.Tx, id uuid.UUID, suffix string) (Campaign, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM campaigns WHERE id = $1`+suffix, id)
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Campaign])
	if errors.Is(err, pgx.ErrNoRows) {
		return Campaign{}, notFound()
	}
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign: %w", err)
	}
	return c, nil
}

// page lists campaigns, newest first, from a cursor (created_at, id).
func page(ctx context.Context, tx pgx.Tx, status string, after *Cursor, limit int) ([]Campaign, error) {
	var at *time.Time
	var id uuid.UUID
	if after != nil {
		at, id = &after.At, after.ID
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM campaigns
		WHERE ($1 = '' OR status = $1) AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
		ORDER BY created_at DESC, id DESC LIMIT $4`, status, at, id, limit)
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Campaign])
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return list, nil
}

// Cursor is where a page of campaigns ended.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// ProgressOf counts the recipients of one campaign.
func ProgressOf(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) (Progress, error) {
	all, err := progressOf(ctx, tx, []uuid.UUID{id}, now)
	return all[id], err
}

func progressOf(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, now time.Time) (map[uuid.UUID]Progress, error) {
	all := make(map[uuid.UUID]Progress, len(ids))
	for _, id := range ids {
		all[id] = Progress{Counts: map[State]int{}, Answers: map[int]int{}}
	}
	rows, err := tx.Query(ctx, `SELECT campaign_id, state, coalesce(answer, 0), count(*) FROM recipients
		WHERE campaign_id = ANY($1) GROUP BY campaign_id, state, answer`, ids)
	if err != nil {
		return nil, fmt.Errorf("count recipients: %w", err)
	}
	var id uuid.UUID
	var state State
	var answer, n int
	_, err = pgx.ForEachRow(rows, []any{&id, &state, &answer, &n}, func() error {
		p := all[id]
		p.Total += n
		p.Counts[state] += n
		if answer > 0 {
			p.Answers[answer] += n
		}
		all[id] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count recipients: %w", err)
	}
	return all, countCalls(ctx, tx, ids, now, all)
}

func countCalls(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, now time.Time, all map[uuid.UUID]Progress) error {
	rows, err := tx.Query(ctx, `SELECT campaign_id, count(*), count(*) FILTER (WHERE placed_at > $2::timestamptz - interval '1 minute')
		FROM attempts WHERE campaign_id = ANY($1) AND kind = 'campaign' AND counted GROUP BY campaign_id`, ids, now)
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	var id uuid.UUID
	var calls, lately int
	_, err = pgx.ForEachRow(rows, []any{&id, &calls, &lately}, func() error {
		p := all[id]
		p.CallsMade, p.RatePerMinute = calls, lately
		all[id] = p
		return nil
	})
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	return nil
}

// Recipient is one row of the roster.
type Recipient struct {
	ID            uuid.UUID
	CampaignID    uuid.UUID
	EmployeeID    uuid.UUID
	Position      int
	Name          string
	Phone         string
	Language      string
	State         State
	Reason        string
	Answer        *int
	AnsweredEarly bool
	AnsweredAt    *time.Time
	AttemptsMade  int
	DueAt         time.Time
	OpenFrom      time.Time
	FinishedAt    *time.Time
	UpdatedAt     time.Time
	Last          *LastAttempt
	CalledBack    *CallBack
	ByCallBack    bool // the answer was given by calling our number
	Rank          int  // of its group, in a list by attention
}

// CallBack is a recipient's call to our number: the one that gave the answer,
// else the newest.
type CallBack struct {
	CallSID string    `json:"call_sid"`
	At      time.Time `json:"at"`
	Heard   string    `json:"heard"`
	Answer  *int      `json:"answer"`
}

// LastAttempt is the newest dialling of a recipient.
type LastAttempt struct {
	ID         uuid.UUID  `json:"id"`
	State      string     `json:"state"`
	CallSID    *string    `json:"call_sid"`
	PlacedAt   *time.Time `json:"placed_at"`
	RingingAt  *time.Time `json:"ringing_at"`
	AnsweredAt *time.Time `json:"answered_at"`
	EndedAt    *time.Time `json:"ended_at"`
	DurationS  *int       `json:"duration_s"`
	AnsweredBy string     `json:"answered_by"`
	Error      string     `json:"error"`
}

// RosterFilter narrows a list of recipients.
type RosterFilter struct {
	State     string
	Answer    int
	Search    string    // prefix of the folded name
	Attention string    // only of one group of people who need somebody's attention, or AttentionAll; in that order
	Since     time.Time // changed after this instant; for live pages
	After     Place     // cursor: where the last row seen stands
	Limit     int
}

// Place is where a recipient stands in a list.
type Place struct {
	Rank     int // of the group, where a list goes by attention; else 0
	Position int
}

const rosterSQL = `
		SELECT r.id, r.campaign_id, r.employee_id, r.position, e.name, e.phone, e.language, r.state, r.reason, r.answer,
		       r.answered_early, r.answered_at, r.attempts_made, r.due_at, r.open_from, r.finished_at, r.updated_at, to_jsonb(a) AS last,
		       r.answered_by_callback, to_jsonb(b) AS called_back
		FROM recipients r
		JOIN employees e ON e.account_id = r.account_id AND e.id = r.employee_id
		LEFT JOIN LATERAL (
			SELECT id, state, call_sid, placed_at, ringing_at, answered_at, ended_at, duration_s, answered_by, error
			FROM attempts WHERE phone_key = r.phone_key AND account_id = r.account_id AND recipient_id = r.id ORDER BY created_at DESC, placed_at DESC NULLS FIRST LIMIT 1) a ON true
		LEFT JOIN LATERAL (
			SELECT call_sid, at, heard, answer FROM inbound_calls WHERE recipient_id = r.id ORDER BY answer IS NULL, at DESC LIMIT 1) b ON true`

func roster(ctx context.Context, tx pgx.Tx, campaign uuid.UUID, f RosterFilter) ([]Recipient, error) {
	return readRoster(ctx, tx, `
		WHERE r.campaign_id = $1 AND r.position > $2
		  AND ($3 = '' OR r.state = $3) AND ($4 = 0 OR r.answer = $4)
		  AND ($5 = '' OR e.search LIKE $5 || '%' OR e.search LIKE '% ' || $5 || '%')
		  AND r.updated_at > $6
		ORDER BY r.position LIMIT $7`,
		campaign, f.After.Position, f.State, f.Answer, f.Search, f.Since, f.Limit)
}

// rosterOf reads the rows of some recipients of a campaign, in the manifest's order.
func rosterOf(ctx context.Context, tx pgx.Tx, campaign uuid.UUID, ids []uuid.UUID) ([]Recipient, error) {
	return readRoster(ctx, tx, ` WHERE r.campaign_id = $1 AND r.id = ANY($2) ORDER BY r.position`, campaign, ids)
}

func readRoster(ctx context.Context, tx pgx.Tx, which string, args ...any) ([]Recipient, error) {
	rows, err := tx.Query(ctx, rosterSQL+which, args...)
	if err != nil {
		return nil, fmt.Errorf("list recipients: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Recipient, error) {
		var r Recipient
		var last, back []byte
		err := row.Scan(&r.ID, &r.CampaignID, &r.EmployeeID, &r.Position, &r.Name, &r.Phone, &r.Language, &r.State, &r.Reason, &r.Answer,
			&r.AnsweredEarly, &r.AnsweredAt, &r.AttemptsMade, &r.DueAt, &r.OpenFrom, &r.FinishedAt, &r.UpdatedAt, &last, &r.ByCallBack, &back)
		if err == nil && last != nil {
			err = json.Unmarshal(last, &r.Last)
		}
		if err == nil && back != nil {
			err = json.Unmarshal(back, &r.CalledBack)
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list recipients: %w", err)
	}
	return list, nil
}
