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
	SkipRecent      = "invited_recently"
	SkipLimit       = "asked_twice"
	SkipNotAttested = "not_attested"
)

// Invitee is somebody on an employer's list who may be asked.
type Invitee struct {
	EmployeeID uuid.UUID
	Phone      string // E.164
	PhoneKey   []byte
	Language   string
	CallZone   string // country|zones of the number|stated zone
}

// InviteRequest asks for invitations to some people of an account.
type InviteRequest struct {
	Account uuid.UUID
	People  []Invitee
	Actor   audit.Actor
}

// InviteResult says what was queued.
type InviteResult struct {
	Queued   int
	Skipped  map[string]int // by reason
	FinishAt time.Time      // about when the last one has been sent: rate and calling hours; zero when none was queued
}

// history is what the policy looks at.
type history struct {
	State     string
	ChangedAt *time.Time
	Attested  bool
	Refused   bool       // an opt-out newer than any opt-in
	Waiting   int        // invitations queued or on their way
	Asked     int        // invitations that left since the last opt-in
	Failed    bool       // the newest one never reached the phone
	InvitedAt *time.Time // when the newest that may have arrived left, of those
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
	case h.InvitedAt != nil && now.Before(h.InvitedAt.Add(InvitationLife)):
		return "", SkipRecent // also where the person was removed and entered again meanwhile
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
	past, err := histories(ctx, tx, req)
	if err != nil {
		return InviteResult{}, err
	}
	now := s.Clock.Now()
	result := InviteResult{Skipped: map[string]int{}}
	queue := s.sift(req.People, past, result.Skipped, now)
	if len(queue.people) == 0 {
		return result, nil
	}
	waves, err := queuedWaves(ctx, tx, now)
	if err != nil {
		return InviteResult{}, err
	}
	if result.Queued, err = queue.insert(ctx, tx, s, from, now); err != nil {
		return InviteResult{}, err
	}
	if lost := len(queue.people) - result.Queued; lost > 0 {
		result.Skipped[SkipQueued] += lost // another request was faster
	}
	if result.Queued == 0 {
		return result, nil
	}
	result.FinishAt = s.finishAt(append(waves, queue.waves()...), now)
	err = s.audit(ctx, tx, req.Account, nil, req.Actor, "employees.invited",
		map[string]any{"queued": result.Queued, "skipped": result.Skipped})
	return result, err
}

// sift keeps whom the policy lets be asked, with the time at which they may.
func (s *Service) sift(people []Invitee, past []history, skipped map[string]int, now time.Time) invitations {
	var queue invitations
	due := map[string]time.Time{} // by call_zone: a list has few of them
	for i, c := range people {
		kind, skip := past[i].policy(now)
		if skip != "" {
			skipped[skip]++
			continue
		}
		at, known := due[c.CallZone]
		if !known {
			at = s.dueAt(c.CallZone, now)
			due[c.CallZone] = at
		}
		queue.people = append(queue.people, c)
		queue.kinds = append(queue.kinds, kind)
		queue.due = append(queue.due, at)
	}
	return queue
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

// inviteBatch is how many people one statement deals with.
const inviteBatch = 1000

// histories reads the past of each person, in the order of the request. It is
// planned each time: a plan kept from when the tables were empty would read
// them from end to end for every phone.
func histories(ctx context.Context, tx pgx.Tx, req InviteRequest) ([]history, error) {
	all := make([]history, 0, len(req.People))
	for chunk := range slices.Chunk(req.People, inviteBatch) {
		keys := make([][]byte, len(chunk))
		for i, p := range chunk {
			keys[i] = p.PhoneKey
		}
		rows, err := tx.Query(ctx, `SELECT coalesce(k.state, 'none') AS state, k.changed_at,
			coalesce(v.attested, false) AS attested, coalesce(v.refused, false) AS refused,
			coalesce(m.waiting, 0) AS waiting, coalesce(m.asked, 0) AS asked, coalesce(m.failed, false) AS failed, m.invited_at
			FROM unnest($2::bytea[]) WITH ORDINALITY AS u (phone_key, n)
			LEFT JOIN LATERAL (SELECT k.state, k.changed_at FROM consents k WHERE k.account_id = $1 AND k.phone_key = u.phone_key) k ON true
			LEFT JOIN LATERAL (
				SELECT bool_or(v.kind = 'attested') AS attested, max(v.at) FILTER (WHERE v.kind = 'opted_in') AS opted_in_at,
				       coalesce(max(v.id) FILTER (WHERE v.kind IN ('opted_out', 'not_me')), 0) > coalesce(max(v.id) FILTER (WHERE v.kind = 'opted_in'), 0) AS refused
				FROM consent_events v WHERE v.account_id = $1 AND v.phone_key = u.phone_key) v ON true
			LEFT JOIN LATERAL (
				SELECT count(*) FILTER (WHERE m.state IN ('queued', 'sending', 'unknown')) AS waiting,
				       count(*) FILTER (WHERE m.state NOT IN ('skipped', 'queued') AND (v.opted_in_at IS NULL OR m.created_at > v.opted_in_at)) AS asked,
				       (array_agg(m.state ORDER BY m.created_at DESC) FILTER (WHERE m.state <> 'skipped'))[1] IN ('failed', 'undelivered') AS failed,
				       max(m.sent_at) FILTER (WHERE m.state NOT IN ('queued', 'skipped', 'failed', 'undelivered')
				         AND (v.opted_in_at IS NULL OR m.created_at > v.opted_in_at)) AS invited_at
				FROM messages m WHERE m.account_id = $1 AND m.phone_key = u.phone_key AND m.kind IN ('invitation', 'reminder')) m ON true
			ORDER BY u.n`, pgx.QueryExecModeCacheDescribe, req.Account, keys)
		if err != nil {
			return nil, fmt.Errorf("read past of people to invite: %w", err)
		}
		some, err := pgx.CollectRows(rows, pgx.RowToStructByName[history])
		if err != nil {
			return nil, fmt.Errorf("read past of people to invite: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
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

// invitations are the people to ask, what kind of text each gets, and when.
type invitations struct {
	people []Invitee
	kinds  []string
	due    []time.Time
}

// insert queues the texts in the language of each person. A person who has one
// on its way already, by a request that was faster, gets no second one.
func (q *invitations) insert(ctx context.Context, tx pgx.Tx, s *Service, from inviter, now time.Time) (int, error) {
	en, fr, err := s.invitation(from)
	if err != nil {
		return 0, err
	}
	queued := 0
	for start := 0; start < len(q.people); start += inviteBatch {
		end := min(start+inviteBatch, len(q.people))
		var ids, people []uuid.UUID
		var keys [][]byte
		var phones, languages []string
		for _, p := range q.people[start:end] {
			id, err := uuid.NewV7() // rises with time: new pages of the index lie together
			if err != nil {
				return 0, fmt.Errorf("make message id: %w", err)
			}
			ids, people, keys = append(ids, id), append(people, p.EmployeeID), append(keys, p.PhoneKey)
			phones, languages = append(phones, p.Phone), append(languages, p.Language)
		}
		tag, err := tx.Exec(ctx, `INSERT INTO messages (id, account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at)
			SELECT u.id, $1, u.employee_id, u.phone_key, u.kind, u.language,
			       CASE u.language WHEN 'fr' THEN $11 ELSE $8 END, u.phone, CASE u.language WHEN 'fr' THEN $12 ELSE $9 END,
			       CASE u.language WHEN 'fr' THEN $13::bytea ELSE $10::bytea END, $14, u.due_at, $15
			FROM unnest($16::uuid[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
			     AS u (id, employee_id, phone_key, phone, language, kind, due_at)
			ON CONFLICT DO NOTHING`,
			from.ID, people, keys, phones, languages, q.kinds[start:end], q.due[start:end],
			en.version, en.body, en.hash(), fr.version, fr.body, fr.hash(), from.SenderID, now, ids)
		if err != nil {
			return 0, fmt.Errorf("queue invitations: %w", err)
		}
		queued += int(tag.RowsAffected())
	}
	return queued, nil
}

// waves counts what was queued by zone and time.
func (q *invitations) waves() []wave {
	type group struct {
		zone string
		due  time.Time
	}
	counts := map[group]int{}
	for i, p := range q.people {
		counts[group{p.CallZone, q.due[i]}]++
	}
	waves := make([]wave, 0, len(counts))
	for g, n := range counts {
		waves = append(waves, wave{CallZone: g.zone, DueAt: g.due, Count: n})
	}
	return waves
}

// queuedWaves is what waits on the account's sender already, of whatever account.
func queuedWaves(ctx context.Context, tx pgx.Tx, now time.Time) ([]wave, error) {
	rows, err := tx.Query(ctx, `SELECT '' AS call_zone, due_at, count FROM sender_queue($1)`, now)
	if err != nil {
		return nil, fmt.Errorf("count queued texts: %w", err)
	}
	waves, err := pgx.CollectRows(rows, pgx.RowToStructByName[wave])
	if err != nil {
		return nil, fmt.Errorf("count queued texts: %w", err)
	}
	return waves, nil
}

// finishAt estimates when the queue of the account's sender is empty: each
// text takes its slot, none before it is due, none outside of its hours.
func (s *Service) finishAt(waves []wave, now time.Time) time.Time {
	slot := time.Duration(float64(time.Second) / s.SegmentsPerSecond)
	return finish(waves, now, slot, func(callZone string, at time.Time) (from, until time.Time) {
		if callZone == "" {
			return at, at.Add(24 * time.Hour)
		}
		return window(s.Zones, callZone, callhours.Narrow{}, at)
	})
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
