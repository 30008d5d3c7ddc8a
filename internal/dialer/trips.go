package dialer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/mail"
)

// Limits of what a rule counts.
const (
	// refusedWithin is how long after the last call to a phone, whosever it was,
	// the person's own word (a key, a text, their page) is taken to answer it.
	refusedWithin = 24 * time.Hour
	// hungUpWithin is in seconds, and part of the index attempts_short.
	hungUpWithin = 5
	// tripCalls bounds how many calls a trip names.
	tripCalls = 100
)

const byMachine = `(a.answered_by LIKE 'machine%' OR a.answered_by = 'fax')`

// refusalsSQL lists the calls that people answered by ending their consent:
// of each such word the newest call to the phone before it, by any employer,
// if that was this campaign's. What an employer or an operator wrote down and
// what only the carrier knew is no answer to a call.
func refusalsSQL(kind string) string {
	return `SELECT DISTINCT a.id, a.created_at FROM consent_events v
		CROSS JOIN LATERAL (SELECT l.id, l.campaign_id, l.created_at FROM attempts l
			WHERE l.phone_key = v.phone_key AND l.kind = 'campaign' AND l.counted
			  AND l.created_at <= v.at AND l.created_at > v.at - make_interval(secs => ` + fmt.Sprint(refusedWithin.Seconds()) + `)
			ORDER BY l.created_at DESC LIMIT 1) a
		WHERE v.account_id = c.account_id AND v.at > s.since AND v.kind = '` + kind + `' AND v.kind IN ('opted_out', 'not_me') AND v.channel IN ('sms', 'voice', 'web')
		  AND a.campaign_id = c.id AND a.created_at > s.since`
}

const reachedSQL = `SELECT FROM attempts a WHERE a.campaign_id = $1 AND a.created_at > $2 AND a.kind = 'campaign' AND a.reached
	AND (a.heard = 'voicemail' OR a.heard = 'message' AND NOT ` + byMachine + `)`

// eventsSQL lists the calls that count against a rule, of campaign c since s.since.
func eventsSQL(rule campaign.Rule) string {
	const calls = `SELECT a.id, a.created_at FROM attempts a WHERE a.campaign_id = c.id AND a.created_at > s.since AND a.kind = 'campaign' `
	switch rule {
	case campaign.TripNotMe:
		return refusalsSQL("not_me")
	case campaign.TripOptedOut:
		return refusalsSQL("opted_out")
	case campaign.TripHungUp:
		return calls + `AND a.reached AND a.duration_s < ` + fmt.Sprint(hungUpWithin) + ` AND a.answer IS NULL AND a.end_requested = '' AND NOT ` + byMachine
	default:
		return calls + `AND a.failed AND a.error <> '` + endOptedOut + `'`
	}
}

// callsSQL selects a row for each call that a rule's share is of, of campaign
// $1 since $2. Calls of which nobody knows yet whether they exist are left out.
func callsSQL(rule campaign.Rule) string {
	switch rule {
	case campaign.TripNotMe, campaign.TripOptedOut:
		return reachedSQL
	case campaign.TripHungUp:
		return `SELECT FROM attempts a WHERE a.campaign_id = $1 AND a.created_at > $2 AND a.kind = 'campaign' AND a.reached AND NOT ` + byMachine
	default:
		return `SELECT FROM attempts a WHERE a.campaign_id = $1 AND a.created_at > $2 AND a.kind = 'campaign' AND a.state NOT IN ('placing', 'unknown', 'not_placed')`
	}
}

// suspectsSQL counts the events of every rule of each running campaign ($1:
// only this one), but for the rules $4 of the campaigns $3, and keeps the counts
// that could mean something. It reads the few rows of partial indexes; the
// calls are counted for those alone.
func suspectsSQL() string {
	parts := make([]string, len(campaign.Rules))
	for i, rule := range campaign.Rules {
		parts[i] = `SELECT c.id AS campaign_id, '` + string(rule) + `' AS rule, s.since,
				CASE WHEN EXISTS (SELECT FROM unnest($3::uuid[], $4::text[]) AS k (campaign, rule) WHERE k.campaign = c.id AND k.rule = '` + string(rule) + `') THEN 0
				ELSE (SELECT count(*) FROM (` + eventsSQL(rule) + `) e) END AS events
			FROM running c CROSS JOIN LATERAL (SELECT coalesce(max(t.resumed_at), c.launched_at - interval '1 second') AS since
				FROM campaign_trips t WHERE t.campaign_id = c.id AND t.rule = '` + string(rule) + `') s`
	}
	return `WITH running AS MATERIALIZED (SELECT id, account_id, launched_at FROM campaigns WHERE status = 'running' AND ($1::uuid IS NULL OR id = $1))
		SELECT * FROM (` + strings.Join(parts, "\n\t\tUNION ALL ") + `) x WHERE x.events >= $2`
}

// suspect is a rule with enough events to look at.
type suspect struct {
	CampaignID uuid.UUID
	Rule       campaign.Rule
	Since      time.Time
	Events     int
}

// ruleOf is one rule of one campaign.
type ruleOf struct {
	campaign uuid.UUID
	rule     campaign.Rule
}

// aloneMost is how long a rule that is far from being crossed is left
// alone, at most. It spares a campaign of 100,000 being counted every second.
const aloneMost = 10 * time.Second

// leaveAlone is how long a rule cannot be crossed: as long as the events that
// are still allowed would take at four times the carrier's pace. Calls only
// make the share smaller.
func leaveAlone(t campaign.Tally, callsPerSecond float64) time.Duration {
	allowed := t.Calls*t.Rule.Percent()/100 - t.Events
	return min(aloneMost, time.Duration(float64(allowed)/(4*callsPerSecond)*float64(time.Second)))
}

// suspects lists the rules with enough events, of running campaigns or of one,
// but for those that are left alone.
func suspects(ctx context.Context, q querier, only *uuid.UUID, but []ruleOf) ([]suspect, error) {
	campaigns, rules := make([]uuid.UUID, len(but)), make([]string, len(but))
	for i, of := range but {
		campaigns[i], rules[i] = of.campaign, string(of.rule)
	}
	rows, err := q.Query(ctx, suspectsSQL(), only, campaign.TripFrom, campaigns, rules)
	if err != nil {
		return nil, fmt.Errorf("count events of safety rules: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[suspect])
	if err != nil {
		return nil, fmt.Errorf("count events of safety rules: %w", err)
	}
	return list, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// tally counts the calls of a suspect.
func (s suspect) tally(ctx context.Context, q querier) (campaign.Tally, error) {
	t := campaign.Tally{Rule: s.Rule, Events: s.Events}
	err := q.QueryRow(ctx, `SELECT count(*) FROM (`+callsSQL(s.Rule)+`) n`, s.CampaignID, s.Since).Scan(&t.Calls)
	if err != nil {
		return t, fmt.Errorf("count calls of safety rules: %w", err)
	}
	t.Calls = max(t.Calls, t.Events) // who was never reached may call back and say it
	return t, nil
}

// watchTrips pauses running campaigns that cross a safety rule. It is part of
// the second's housekeeping and not of the events themselves: a STOP waits for
// no campaign's figures.
func (d *Dialer) watchTrips(ctx context.Context) error {
	now := time.Now()
	maps.DeleteFunc(d.clear, func(_ ruleOf, until time.Time) bool { return !now.Before(until) })
	list, err := suspects(ctx, d.Worker, nil, slices.Collect(maps.Keys(d.clear)))
	if err != nil {
		return err
	}
	var failures []error
	for _, s := range list {
		t, err := s.tally(ctx, d.Worker)
		if err == nil && t.Crossed() {
			err = d.trip(ctx, s.CampaignID)
		} else if err == nil {
			d.clear[ruleOf{s.CampaignID, s.Rule}] = now.Add(leaveAlone(t, d.CallsPerSecond))
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// trip judges one campaign again under its lock: another replica may have
// paused it, and its owner let it go on, since it was looked at.
func (d *Dialer) trip(ctx context.Context, id uuid.UUID) error {
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var owner uuid.UUID
		err := tx.QueryRow(ctx, `SELECT account_id FROM campaigns WHERE id = $1 AND status = 'running' FOR NO KEY UPDATE SKIP LOCKED`, id).Scan(&owner)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock campaign: %w", err)
		}
		list, err := suspects(ctx, tx, &id, nil)
		if err != nil {
			return err
		}
		var crossed []campaign.Tally
		for _, s := range list {
			t, err := s.tally(ctx, tx)
			if err != nil {
				return err
			}
			if !t.Crossed() {
				continue
			}
			if t.Attempts, err = s.attempts(ctx, tx); err != nil {
				return err
			}
			crossed = append(crossed, t)
		}
		if len(crossed) == 0 {
			return nil
		}
		return d.stopFor(ctx, tx, owner, id, crossed)
	})
}

// attempts names the newest calls that count against a rule.
func (s suspect) attempts(ctx context.Context, tx pgx.Tx) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `SELECT e.id FROM campaigns c CROSS JOIN LATERAL (SELECT $2::timestamptz AS since) s
		CROSS JOIN LATERAL (`+eventsSQL(s.Rule)+`) e WHERE c.id = $1 ORDER BY e.created_at DESC, e.id LIMIT $3`, s.CampaignID, s.Since, tripCalls)
	if err != nil {
		return nil, fmt.Errorf("list calls of a safety rule: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list calls of a safety rule: %w", err)
	}
	return ids, nil
}

// stopFor pauses a campaign for the rules that it crossed, and keeps them with their calls.
func (d *Dialer) stopFor(ctx context.Context, tx pgx.Tx, owner, id uuid.UUID, crossed []campaign.Tally) error {
	words, detail := map[string]string{}, map[string]any{}
	for _, rule := range campaign.Rules {
		words[string(rule)] = ""
	}
	for _, t := range crossed {
		words[string(t.Rule)] = fmt.Sprintf("%d/%d", t.Events, t.Calls)
		detail[string(t.Rule)] = map[string]any{"events": t.Events, "calls": t.Calls, "limit_percent": t.Rule.Percent(), "attempts": t.Attempts}
	}
	paused, err := d.pause(ctx, tx, halt{account: owner, campaign: id, reason: campaign.TripReason(crossed),
		detail: map[string]any{"tripped": detail}, letter: mail.CampaignTripped, words: words})
	if err != nil || !paused {
		return err
	}
	for _, t := range crossed {
		_, err := tx.Exec(ctx, `INSERT INTO campaign_trips (account_id, campaign_id, rule, events, calls, attempt_ids, tripped_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			owner, id, string(t.Rule), t.Events, t.Calls, t.Attempts, d.Clock.Now())
		if err != nil {
			return fmt.Errorf("keep trip: %w", err)
		}
	}
	return nil
}

// halt is a pause that nobody asked for: why, and what its owners are told.
type halt struct {
	account  uuid.UUID
	campaign uuid.UUID
	reason   string
	detail   map[string]any // of the audit row
	letter   mail.Template
	words    map[string]string // of the letter, beside the campaign's name and link
}

// pause is the one way in which the dialler pauses a running campaign: state,
// audit row and letters in one transaction. It reports false where the campaign
// does not run any more, and then does nothing.
func (d *Dialer) pause(ctx context.Context, tx pgx.Tx, h halt) (bool, error) {
	now := d.Clock.Now()
	var name string
	err := tx.QueryRow(ctx, `UPDATE campaigns SET status = 'paused', status_reason = $2, updated_at = $3 WHERE id = $1 AND status = 'running' RETURNING name`,
		h.campaign, h.reason, now).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("pause campaign: %w", err)
	}
	err = audit.Record(ctx, tx, audit.Event{Account: &h.account, At: now, Actor: audit.SystemActor("dialler"), Action: "campaign.paused",
		SubjectKind: "campaign", SubjectID: h.campaign.String(), Detail: h.detail})
	if err != nil {
		return false, err
	}
	h.words["campaign"], h.words["link"] = name, d.PublicURL+"/campaigns/"+h.campaign.String()
	return true, account.TellOwners(ctx, tx, d.Mail, h.account, h.letter, h.words, d.OpsEmail)
}
