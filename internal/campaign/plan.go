package campaign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Reasons for which somebody of the audience is not called. They are stored
// with the recipient and shown to the employer.
const (
	ReasonNotInvited   = "not_invited"
	ReasonNoReply      = "no_reply"
	ReasonOptedOut     = "opted_out"
	ReasonLapsed       = "lapsed"
	ReasonMonthlyLimit = "monthly_limit"
	ReasonQuiet        = "asked_for_quiet"
)

// Skipped counts those of one reason, with a few of their names.
type Skipped struct {
	Reason string
	Count  int
	Sample []Person
}

// Person is an employee in a plan.
type Person struct {
	ID       uuid.UUID  `json:"id"`
	Name     string     `json:"name"`
	Language string     `json:"language"`
	OpenFrom *time.Time `json:"open_from,omitempty"`
}

// Decisions are those of a moment about everybody of an audience, counted.
type Decisions struct {
	Hash     string // of each of them, with the consent it rests on
	Total    int
	Callable int
	Limited  int // of the others, those whose monthly number is used up

	audience []any // the arguments of audienceSQL that they were made with
	at       time.Time
}

// Plan is the dry run: who would be called at this moment, and when, and who not.
type Plan struct {
	Decisions
	InHoursNow    int
	Skipped       []Skipped
	Forecast      Forecast
	OtherLanguage int // those who hear the default language for lack of a text in theirs
	Sample        []Person
}

const sampleSize = 8

// audienceSQL is every employee the audience names, with the decision about
// each: ” means callable. Parameters: $1 kind, $2 tags, $3 employee ids, $4 whose
// monthly number is used up, $5 and $6 who has asked for quiet or has had today's
// calls and when they may first be called (NULL: their quiet outlasts the campaign).
const audienceSQL = `
	SELECT e.id, e.name, e.language, e.phone_key, e.call_zone, k.event_id AS consent_event,
	       CASE WHEN k.state IS NULL OR k.state = 'none' THEN 'not_invited'
	            WHEN k.state = 'invited' THEN 'no_reply'
	            WHEN k.state = 'opted_out' THEN 'opted_out'
	            WHEN k.state = 'lapsed' THEN 'lapsed'
	            WHEN m.phone_key IS NOT NULL THEN 'monthly_limit'
	            WHEN q.phone_key IS NOT NULL AND q.ready_at IS NULL THEN 'asked_for_quiet'
	            ELSE '' END AS reason,
	       q.ready_at
	FROM employees e
	LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
	LEFT JOIN unnest($4::bytea[]) AS m (phone_key) ON m.phone_key = e.phone_key
	LEFT JOIN unnest($5::bytea[], $6::timestamptz[]) AS q (phone_key, ready_at) ON q.phone_key = e.phone_key
	WHERE e.deleted_at IS NULL
	  AND ($1 = 'all' OR ($1 = 'tags' AND e.tags && $2::text[]) OR ($1 = 'selection' AND e.id = ANY($3::uuid[])))`

// decisionsSQL counts everybody's decision. The hash covers what a person
// approves by launching: the draft's version and everybody's decision with the
// consent it rests on. Calling hours and time are left out, or a plan would be
// stale the moment it is read.
const decisionsSQL = `SELECT encode(sha256(convert_to($7 || E'\n' || coalesce(string_agg(
	a.id::text || ' ' || a.reason || ' ' || coalesce(a.consent_event, 0), E'\n' ORDER BY a.id), ''), 'UTF8')), 'hex'),
	count(*), count(*) FILTER (WHERE a.reason = ''), count(*) FILTER (WHERE a.reason = 'monthly_limit')
	FROM (` + audienceSQL + `) a`

// judge is the part of a plan that a launch goes by.
func (s *Service) judge(ctx context.Context, tx pgx.Tx, c Campaign) (Decisions, quietList, error) {
	now := s.clock.Now()
	if err := planAfresh(ctx, tx); err != nil {
		return Decisions{}, quietList{}, err
	}
	had, err := readCaps(ctx, tx, now)
	if err != nil {
		return Decisions{}, quietList{}, err
	}
	quiet, err := s.quietPeople(ctx, tx, c, now)
	if err != nil {
		return Decisions{}, quietList{}, err
	}
	start := instantOrNow(c.StartAt, now) // what counts is what holds when the calls begin
	quiet.hold(had, start)
	d := Decisions{at: now, audience: []any{c.Audience.Kind, c.Audience.Tags, c.Audience.EmployeeIDs, had.full(start), quiet.keys, quiet.ready}}
	head := fmt.Sprintf("plan v1 %s %d", c.ID, c.Version)
	err = tx.QueryRow(ctx, decisionsSQL, append(slices.Clone(d.audience), head)...).Scan(&d.Hash, &d.Total, &d.Callable, &d.Limited)
	if err != nil {
		return Decisions{}, quietList{}, fmt.Errorf("decide about the audience: %w", err)
	}
	return d, quiet, nil
}

// planAfresh has the statements of a plan and a manifest planned by PostgreSQL
// each time, and sorted in memory: a kept plan is for the smallest employer, and
// looks each of 100,000 people up by themselves.
func planAfresh(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '32MB', true)`)
	if err != nil {
		return fmt.Errorf("prepare plan: %w", err)
	}
	return nil
}

func (s *Service) plan(ctx context.Context, tx pgx.Tx, c Campaign) (Plan, error) {
	decided, quiet, err := s.judge(ctx, tx, c)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Decisions: decided}
	args := decided.audience
	groups := map[wish]int{}
	// A sample needs no language's order, and nobody else's line is built.
	rows, err := tx.Query(ctx, `SELECT reason, zone, wishes, language, count(*),
			jsonb_agg(jsonb_build_object('id', id, 'name', name, 'language', language) ORDER BY nth) FILTER (WHERE nth <= `+fmt.Sprint(sampleSize)+`)
		FROM (
			SELECT g.*, row_number() OVER (PARTITION BY reason, zone, wishes, language ORDER BY name COLLATE "C", id) AS nth
			FROM (SELECT a.id, a.name, a.language, a.reason, CASE WHEN a.reason = '' THEN a.call_zone ELSE '' END AS zone,
			             a.reason = '' AND a.ready_at IS NOT NULL AS wishes FROM (`+audienceSQL+`) a) g
		) n GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, args...)
	if err != nil {
		return Plan{}, fmt.Errorf("plan campaign: %w", err)
	}
	var reason, callZone, language string
	var wishes bool // they are told apart below
	var count int
	var sample []Person
	_, err = pgx.ForEachRow(rows, []any{&reason, &callZone, &wishes, &language, &count, &sample}, func() error {
		if reason != "" {
			plan.skip(reason, count, sample)
		} else {
			if !wishes {
				groups[wish{callZone: callZone}] += count
			}
			if c.Content.Texts[language].Message == "" {
				plan.OtherLanguage += count
			}
			plan.Sample = append(plan.Sample, sample...)[:min(sampleSize, len(plan.Sample)+len(sample))]
		}
		sample = nil
		return nil
	})
	if err != nil {
		return Plan{}, fmt.Errorf("plan campaign: %w", err)
	}
	if err := addWishes(ctx, tx, args, quiet, groups); err != nil {
		return Plan{}, err
	}
	return plan, s.foresee(ctx, tx, &plan, c, groups, plan.at)
}

// addWishes adds those of the audience who have asked for quiet, by what they
// asked for, and those who have had today's calls.
func addWishes(ctx context.Context, tx pgx.Tx, args []any, quiet quietList, groups map[wish]int) error {
	if len(quiet.keys) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT a.phone_key, a.call_zone FROM (`+audienceSQL+`) a WHERE a.reason = '' AND a.ready_at IS NOT NULL`, args...)
	if err != nil {
		return fmt.Errorf("list people who asked for quiet: %w", err)
	}
	var key []byte
	var callZone string
	_, err = pgx.ForEachRow(rows, []any{&key, &callZone}, func() error {
		w := quiet.wishes[string(key)]
		w.callZone = callZone
		groups[w]++
		return nil
	})
	if err != nil {
		return fmt.Errorf("list people who asked for quiet: %w", err)
	}
	return nil
}

func (p *Plan) skip(reason string, count int, sample []Person) {
	for i := range p.Skipped {
		if p.Skipped[i].Reason == reason {
			p.Skipped[i].Count += count
			return
		}
	}
	p.Skipped = append(p.Skipped, Skipped{Reason: reason, Count: count, Sample: sample})
}

// foresee adds to a plan when its people would be called.
func (s *Service) foresee(ctx context.Context, tx pgx.Tx, plan *Plan, c Campaign, groups map[wish]int, now time.Time) error {
	o, err := s.outlookOf(ctx, tx, c, now)
	if err != nil {
		return err
	}
	zones := map[string]bool{}
	list := slices.SortedFunc(maps.Keys(groups), func(a, b wish) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, w := range list { // in one order: the same plan reads the same
		count := groups[w]
		group := s.crowdOf(w, count, time.Time{})
		open, err := group.next(o.from)
		if err != nil {
			return err
		}
		if !open.empty() && !open.from.After(now) {
			plan.InHoursNow += count
		}
		o.crowds, zones[w.callZone] = append(o.crowds, group), true
	}
	if plan.Forecast, err = predict(o); err != nil {
		return err
	}
	plan.Forecast.Zones = len(zones)
	return nil
}

func planChanged(fresh string) error {
	refusal := apperr.New(apperr.Conflict, "plan_changed", "People or texts have changed since you looked at the plan. Look again, then start.")
	refusal.Fields = []apperr.Field{{Location: "body.plan_hash", Code: "stale", Message: "The plan is now " + fresh + "."}}
	return refusal
}
