package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
)

// maxInvitations is how often somebody who never answers is asked: once, and
// reminded once after the first invitation has lapsed.
const maxInvitations = 2

// Why somebody is not invited.
const (
	SkipOptedIn     = "already_opted_in"
	SkipOptedOut    = "opted_out"       // they refused; only their own START asks again
	SkipOpen        = "invitation_open" // they may still answer the last one
	SkipQueued      = "invitation_queued"
	SkipLimit       = "asked_twice"
	SkipNotAttested = "not_attested"
)

// InviteRequest asks for invitations to some employees of an account, or all.
type InviteRequest struct {
	Account   uuid.UUID
	Employees []uuid.UUID // nil with All
	All       bool
	Actor     audit.Actor
}

// InviteResult says what was queued.
type InviteResult struct {
	Queued   int
	Skipped  map[string]int // by reason
	FinishAt time.Time      // about when the last one has been sent: rate and calling hours; zero when none was queued
}

// history is what the policy looks at.
type history struct {
	ID        uuid.UUID
	CallZone  string
	State     string
	ChangedAt *time.Time
	Attested  bool
	Refused   bool // an opt-out newer than any opt-in
	Waiting   int  // invitations queued or on their way
	Asked     int  // invitations that left since the last opt-in
	Failed    bool // the newest one never reached the phone
}

// policy decides about one person: what kind of text to send, or why none.
func (h history) policy(now time.Time) (kind, skip string) {
	switch {
	case State(h.State) == StateOptedIn:
		return "", SkipOptedIn
	case h.Waiting > 0:
		return "", SkipQueued
	case State(h.State) == StateInvited && !h.Failed && h.ChangedAt != nil && now.Before(h.ChangedAt.Add(InvitationLife)):
		return "", SkipOpen
	case State(h.State) == StateOptedOut, h.Refused:
		return "", SkipOptedOut
	case !h.Attested:
		return "", SkipNotAttested
	case h.Asked >= maxInvitations:
		return "", SkipLimit
	case h.Asked > 0:
		return kindReminder, ""
	}
	return kindInvitation, ""
}

// Invite queues an invitation, in the caller's transaction and as the tenant,
// for each of the employees whom the policy allows to be asked. Texts leave
// later: at the sender's rate, within the person's calling hours, and only if
// everything still holds then.
func (s *Service) Invite(ctx context.Context, tx pgx.Tx, req InviteRequest) (InviteResult, error) {
	from, err := s.findInviter(ctx, tx, req.Account)
	if err != nil {
		return InviteResult{}, err
	}
	candidates, err := candidates(ctx, tx, req)
	if err != nil {
		return InviteResult{}, err
	}
	now := s.Clock.Now()
	result := InviteResult{Skipped: map[string]int{}}
	due := map[string]time.Time{} // by call_zone: a list has few of them
	var queue invitations
	for _, c := range candidates {
		kind, skip := c.policy(now)
		if skip != "" {
			result.Skipped[skip]++
			continue
		}
		at, known := due[c.CallZone]
		if !known {
			at = s.dueAt(c.CallZone, now)
			due[c.CallZone] = at
		}
		queue.add(c, kind, at)
	}
	if result.Queued, err = queue.insert(ctx, tx, s, from, now); err != nil {
		return InviteResult{}, err
	}
	if lost := len(queue.employees) - result.Queued; lost > 0 {
		result.Skipped[SkipQueued] += lost // another request was faster
	}
	if result.Queued == 0 {
		return result, nil
	}
	if result.FinishAt, err = s.finishAt(ctx, tx, from.SenderID, now); err != nil {
		return InviteResult{}, err
	}
	err = s.audit(ctx, tx, req.Account, nil, req.Actor, "employees.invited",
		map[string]any{"queued": result.Queued, "skipped": result.Skipped})
	return result, err
}

// inviter is the employer as its texts name it.
type inviter struct {
	ID           uuid.UUID
	SpokenName   string
	MonthlyLimit int
	SenderID     uuid.UUID
}

func (s *Service) findInviter(ctx context.Context, tx pgx.Tx, account uuid.UUID) (inviter, error) {
	var from inviter
	var senderID *uuid.UUID
	err := tx.QueryRow(ctx, `SELECT id, spoken_name, monthly_limit, sender_id FROM accounts WHERE id = $1`, account).
		Scan(&from.ID, &from.SpokenName, &from.MonthlyLimit, &senderID)
	if err != nil {
		return inviter{}, fmt.Errorf("find inviting account: %w", err)
	}
	if senderID == nil {
		return inviter{}, apperr.New(apperr.Conflict, "no_sender", "This account has no number to text from yet.")
	}
	from.SenderID = *senderID
	return from, nil
}

func candidates(ctx context.Context, tx pgx.Tx, req InviteRequest) ([]history, error) {
	ids := req.Employees
	if ids == nil {
		ids = []uuid.UUID{}
	}
	rows, err := tx.Query(ctx, `SELECT e.id, e.call_zone, coalesce(k.state, 'none') AS state, k.changed_at,
		coalesce(v.attested, false) AS attested, coalesce(v.refused, false) AS refused,
		coalesce(m.waiting, 0) AS waiting, coalesce(m.asked, 0) AS asked, coalesce(m.failed, false) AS failed
		FROM employees e
		LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
		LEFT JOIN LATERAL (
			SELECT bool_or(v.kind = 'attested') AS attested, max(v.at) FILTER (WHERE v.kind = 'opted_in') AS opted_in_at,
			       coalesce(max(v.id) FILTER (WHERE v.kind IN ('opted_out', 'not_me')), 0) > coalesce(max(v.id) FILTER (WHERE v.kind = 'opted_in'), 0) AS refused
			FROM consent_events v WHERE v.account_id = e.account_id AND v.phone_key = e.phone_key) v ON true
		LEFT JOIN LATERAL (
			SELECT count(*) FILTER (WHERE m.state IN ('queued', 'sending', 'unknown')) AS waiting,
			       count(*) FILTER (WHERE m.state NOT IN ('skipped', 'queued') AND (v.opted_in_at IS NULL OR m.created_at > v.opted_in_at)) AS asked,
			       (array_agg(m.state ORDER BY m.created_at DESC) FILTER (WHERE m.state <> 'skipped'))[1] IN ('failed', 'undelivered') AS failed
			FROM messages m WHERE m.account_id = e.account_id AND m.phone_key = e.phone_key AND m.kind IN ('invitation', 'reminder')) m ON true
		WHERE e.account_id = $1 AND e.deleted_at IS NULL AND ($3 OR e.id = ANY($2::uuid[]))
		ORDER BY e.id`, req.Account, ids, req.All)
	if err != nil {
		return nil, fmt.Errorf("find people to invite: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[history])
	if err != nil {
		return nil, fmt.Errorf("find people to invite: %w", err)
	}
	return found, nil
}

// dueAt is now within calling hours, else when they open; the texter looks
// again when it sends.
func (s *Service) dueAt(callZone string, now time.Time) time.Time {
	from, _ := window(s.Zones, callZone, callhours.Narrow{}, now)
	if from.After(now) {
		return from
	}
	return now
}

// invitations are columns for one INSERT ... SELECT FROM unnest.
type invitations struct {
	employees []uuid.UUID
	kinds     []string
	due       []time.Time
}

func (q *invitations) add(h history, kind string, due time.Time) {
	q.employees = append(q.employees, h.ID)
	q.kinds = append(q.kinds, kind)
	q.due = append(q.due, due)
}

// insert queues the texts in the language of each person. A person who has one
// on its way already, by a request that was faster, gets no second one.
func (q *invitations) insert(ctx context.Context, tx pgx.Tx, s *Service, from inviter, now time.Time) (int, error) {
	en, fr, err := s.invitation(from)
	if err != nil {
		return 0, err
	}
	const size = 2000
	queued := 0
	for start := 0; start < len(q.employees); start += size {
		end := min(start+size, len(q.employees))
		tag, err := tx.Exec(ctx, `INSERT INTO messages (account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at)
			SELECT e.account_id, e.id, e.phone_key, u.kind, e.language,
			       CASE e.language WHEN 'fr' THEN $8 ELSE $5 END, e.phone, CASE e.language WHEN 'fr' THEN $9 ELSE $6 END,
			       CASE e.language WHEN 'fr' THEN $10::bytea ELSE $7::bytea END, $11, u.due_at, $12
			FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS u (employee_id, kind, due_at)
			JOIN employees e ON e.account_id = $1 AND e.id = u.employee_id AND e.deleted_at IS NULL
			ON CONFLICT DO NOTHING`,
			from.ID, q.employees[start:end], q.kinds[start:end], q.due[start:end],
			en.version, en.body, en.hash(), fr.version, fr.body, fr.hash(), from.SenderID, now)
		if err != nil {
			return 0, fmt.Errorf("queue invitations: %w", err)
		}
		queued += int(tag.RowsAffected())
	}
	return queued, nil
}

// finishAt estimates when the account's queue on this sender is empty: each
// text takes its slot, none before it is due, none outside of the hours of its
// zone. Texts of other accounts on the same sender are not seen here.
func (s *Service) finishAt(ctx context.Context, tx pgx.Tx, senderID uuid.UUID, now time.Time) (time.Time, error) {
	rows, err := tx.Query(ctx, `SELECT e.call_zone, greatest(m.due_at, $2) AS due_at, count(*)::int AS count
		FROM messages m JOIN employees e ON e.account_id = m.account_id AND e.id = m.employee_id
		WHERE m.sender_id = $1 AND m.state = 'queued' AND m.kind IN ('invitation', 'reminder') GROUP BY 1, 2`, senderID, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("estimate end of invitations: %w", err)
	}
	waves, err := pgx.CollectRows(rows, pgx.RowToStructByName[wave])
	if err != nil {
		return time.Time{}, fmt.Errorf("estimate end of invitations: %w", err)
	}
	slot := time.Duration(float64(time.Second) / s.SegmentsPerSecond)
	return finish(waves, now, slot, func(callZone string, at time.Time) (time.Time, time.Time) {
		return window(s.Zones, callZone, callhours.Narrow{}, at)
	}), nil
}

// wave is a number of texts that fall due together and share calling hours.
type wave struct {
	CallZone string
	DueAt    time.Time
	Count    int
}

// finish sends the waves one after the other on one line with one text per
// slot; what does not fit into a wave's hours goes on when they open again.
func finish(waves []wave, now time.Time, slot time.Duration, hours func(string, time.Time) (from, until time.Time)) time.Time {
	at, last := now, now
	waves = slices.Clone(waves)
	for len(waves) > 0 {
		slices.SortFunc(waves, func(a, b wave) int { return a.DueAt.Compare(b.DueAt) })
		w := waves[0]
		waves = waves[1:]
		at = later(at, w.DueAt)
		from, until := hours(w.CallZone, at)
		if from.IsZero() {
			continue // never callable: the texter will say so
		}
		if from.After(at) {
			w.DueAt = from
			waves = append(waves, w)
			continue
		}
		fits := max(1, min(w.Count, int(until.Sub(at)/slot)))
		at = at.Add(time.Duration(fits) * slot)
		last = later(last, at)
		if w.Count -= fits; w.Count > 0 {
			w.DueAt = later(until, at)
			waves = append(waves, w)
		}
	}
	return last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
