package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
)

// Forecast tells when the people who are still to be called will be: each once,
// at the carrier's pace, within their calling hours and wishes, the account's
// daily quota and the campaign's deadline. Whoever does not answer is called
// again later; nobody can tell how many those will be.
type Forecast struct {
	People        int // Today + Later + Never
	RatePerMinute int // calls, this campaign's share of the carrier's pace
	Zones         int // groups of people with different calling hours
	Day           *time.Location
	FirstAt       time.Time // of the first call; zero: there is none
	Today         int       // who are called on the day of the first call
	TodayDoneAt   time.Time // of the last of them
	Later         int       // who are called on a later day only
	LaterFrom     time.Time // of the first of them
	Never         int       // who are not called before the deadline, or within a year
	DoneAt        time.Time // of the last call of all
}

// outlook is what a forecast is made from.
type outlook struct {
	from     time.Time      // no call starts before
	deadline *time.Time     // nor at this time or after
	rate     float64        // calls a second
	quota    int            // calls in any 24 hours ...
	spent    []spent        // ... of which these have been made, the oldest first
	day      *time.Location // whose days are told apart
	crowds   []crowd
}

// spent is calls made at one time.
type spent struct {
	At    time.Time
	Calls int
}

// crowd is people who may be called at the same times.
type crowd struct {
	count int
	ready time.Time // not before, whatever their hours
	// next is the span that is open at an instant, or else the next one after
	// it; an empty one if there is none.
	next func(at time.Time) (span, error)
}

// span is half-open. since orders people: whose hours opened first is called first.
type span struct{ from, until, since time.Time }

func (s span) empty() bool { return !s.from.Before(s.until) }

const (
	// outlookYear bounds how far a forecast looks.
	outlookYear = 366 * 24 * time.Hour
	// quotaGrain is how many calls' time is taken together where the quota may
	// run out: of each lot all count from the last one, never too early.
	quotaGrain = 15 * time.Minute
)

// queue is a crowd as it is worked off.
type queue struct {
	crowd
	open   span
	closed bool // they may never be called again
}

// turn is when its people got in line: the earlier, the sooner they are called.
func (q queue) turn() time.Time { return later(q.ready, q.open.since) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// course is a forecast being made. Calls start in slots of a fixed grid and in a
// fixed order, so that one person more takes one slot more and frees none.
type course struct {
	outlook
	step   time.Duration
	limit  time.Time
	lot    int // most calls that are taken together
	dayEnd time.Time
	queues []queue
	f      Forecast
}

// predict runs ahead through the slots, as the claim takes people: who has been
// due longest comes first.
func predict(o outlook) (Forecast, error) {
	c := newCourse(o)
	for at := o.from; at.Before(c.limit); {
		next, err := c.serve(at)
		if err != nil {
			return Forecast{}, err
		}
		if next.IsZero() {
			break
		}
		at = next
	}
	c.f.Never = c.f.People - c.f.Today - c.f.Later
	return c.f, nil
}

func newCourse(o outlook) *course {
	c := &course{outlook: o, step: time.Duration(float64(time.Second) / o.rate), limit: o.from.Add(outlookYear)}
	if o.deadline != nil && o.deadline.Before(c.limit) {
		c.limit = *o.deadline
	}
	c.spent = slices.Clone(o.spent)
	total := 0
	for _, s := range c.spent {
		total += s.Calls
	}
	for _, group := range o.crowds {
		c.f.People += group.count
		total += group.count
		c.queues = append(c.queues, queue{crowd: group})
	}
	c.lot = total
	if total > o.quota {
		c.lot = max(1, int(quotaGrain/c.step))
	}
	c.f.RatePerMinute, c.f.Day = int(o.rate*60), o.day
	return c
}

// serve calls whoever comes first at a slot, as many as can be told at once,
// and returns the next slot to look at; zero when nobody is left.
func (c *course) serve(at time.Time) (time.Time, error) {
	first, wait, err := c.first(at)
	if err != nil || first == nil {
		return c.slot(wait), err
	}
	left, again := c.allowed(at)
	if left <= 0 {
		return c.slot(again), nil
	}
	n := min(first.count, left, c.lot, c.slots(at, first.open.until), c.slots(at, c.limit))
	c.note(at, n)
	first.count -= n
	return at.Add(time.Duration(n) * c.step), nil
}

// first returns the queue whose turn it is, or when one opens next.
func (c *course) first(at time.Time) (first *queue, wait time.Time, err error) {
	for i := range c.queues {
		q := &c.queues[i]
		if q.count == 0 || q.closed {
			continue
		}
		if !q.open.until.After(at) {
			if q.open, err = q.next(later(at, q.ready)); err != nil {
				return nil, time.Time{}, err
			}
		}
		opens := later(q.ready, q.open.from)
		switch {
		case q.open.empty():
			q.closed = true
		case opens.After(at):
			if wait.IsZero() || opens.Before(wait) {
				wait = opens
			}
		case first == nil || q.turn().Before(first.turn()):
			first = q
		}
	}
	return first, wait, nil
}

// slot is the first slot at or after an instant.
func (c *course) slot(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return c.from.Add(time.Duration(ceil(at.Sub(c.from), c.step)) * c.step)
}

// slots counts the slots from one on that start before an instant.
func (c *course) slots(at, until time.Time) int { return ceil(until.Sub(at), c.step) }

func ceil(d, step time.Duration) int { return int((d + step - 1) / step) }

// allowed is how many calls the quota leaves at an instant, and when it leaves
// more if that is none.
func (c *course) allowed(at time.Time) (left int, again time.Time) {
	left = c.quota
	for _, s := range c.spent {
		if s.At.After(at.Add(-24 * time.Hour)) {
			left -= s.Calls
			if again.IsZero() {
				again = s.At.Add(24 * time.Hour)
			}
		}
	}
	return left, again
}

// note counts n calls from a slot on.
func (c *course) note(at time.Time, n int) {
	last := at.Add(time.Duration(n-1) * c.step)
	if c.f.FirstAt.IsZero() {
		c.f.FirstAt = at
		year, month, date := at.In(c.day).Date()
		c.dayEnd = time.Date(year, month, date+1, 0, 0, 0, 0, c.day)
	}
	today := min(n, max(0, c.slots(at, c.dayEnd)))
	if today > 0 {
		c.f.TodayDoneAt = at.Add(time.Duration(today-1) * c.step)
	}
	if today < n && c.f.LaterFrom.IsZero() {
		c.f.LaterFrom = at.Add(time.Duration(today) * c.step)
	}
	c.f.Today, c.f.Later = c.f.Today+today, c.f.Later+n-today
	c.f.DoneAt = last
	c.spent = append(slices.DeleteFunc(c.spent, func(s spent) bool { return !s.At.After(at.Add(-24 * time.Hour)) }), spent{At: last, Calls: n})
}

// next is when people of a wish may be called: within the law's hours, after
// their pause and outside of their quiet hours.
func (w wish) next(zones *callhours.Zones, at time.Time) (span, error) {
	at = later(at, w.pausedUntil)
	for limit := at.Add(outlookYear); at.Before(limit); {
		from, until, err := zones.WindowFor(w.callZone, at)
		if err != nil {
			return span{}, fmt.Errorf("compute calling hours: %w", err)
		}
		if !from.Before(until) {
			return span{}, nil // no rule allows any
		}
		at = later(at, from)
		if !w.hasHours {
			return span{from: later(from, w.pausedUntil), until: until, since: later(from, w.pausedUntil)}, nil
		}
		quiet, end, err := zones.QuietSpan(w.hours, at)
		if err != nil {
			return span{}, fmt.Errorf("compute quiet hours: %w", err)
		}
		if at.Before(quiet) {
			if quiet.Before(until) {
				until = quiet
			}
			return span{from: at, until: until, since: later(from, w.pausedUntil)}, nil
		}
		at = end
	}
	return span{}, nil
}

// outlookOf reads what bounds a campaign's calls beside its people.
func (s *Service) outlookOf(ctx context.Context, tx pgx.Tx, c Campaign, now time.Time) (outlook, error) {
	o := outlook{from: instantOrNow(c.StartAt, now), deadline: c.DialUntil}
	var zone string
	var others int
	err := tx.QueryRow(ctx, `SELECT daily_quota, time_zone, campaigns_dialling($1, $2) FROM accounts`, now, c.ID).Scan(&o.quota, &zone, &others)
	if err != nil {
		return o, fmt.Errorf("read bounds of a forecast: %w", err)
	}
	o.rate = s.callsPerSecond / float64(others+1)
	var known bool
	if o.day, known = s.zones.Location(zone); !known {
		o.day = time.UTC
	}
	rows, err := tx.Query(ctx, `SELECT max(created_at) AS at, count(*) AS calls FROM attempts
		WHERE account_id = current_account() AND kind = 'campaign' AND counted AND created_at > $1::timestamptz - interval '24 hours'
		GROUP BY date_bin('15 minutes', created_at, '2000-01-01') ORDER BY 1`, now)
	if err != nil {
		return o, fmt.Errorf("count calls of the day: %w", err)
	}
	if o.spent, err = pgx.CollectRows(rows, pgx.RowToStructByName[spent]); err != nil {
		return o, fmt.Errorf("count calls of the day: %w", err)
	}
	return o, nil
}

// crowdOf makes a crowd of people who share a wish.
func (s *Service) crowdOf(w wish, count int, ready time.Time) crowd {
	return crowd{count: count, ready: ready, next: func(at time.Time) (span, error) { return w.next(s.zones, at) }}
}

// Forecast tells when those will be called whom a scheduled or running campaign
// still has to call; nil for any other.
func (s *Service) Forecast(ctx context.Context, account, id uuid.UUID) (*Forecast, error) {
	var f *Forecast
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		c, err := Find(ctx, tx, id)
		if err != nil || c.Status != Running && c.Status != Scheduled {
			return err
		}
		now := s.clock.Now()
		o, err := s.outlookOf(ctx, tx, c, now)
		if err != nil {
			return err
		}
		zones, err := s.waiting(ctx, tx, c, now, &o)
		if err != nil {
			return err
		}
		predicted, err := predict(o)
		predicted.Zones = zones
		f = &predicted
		return err
	})
	return f, err
}

// waiting adds the people whom a campaign still has to call, by their hours,
// their wishes and when they are due; it returns how many zones they are in. Who
// will have had the number promised in the invitation by then is left out, as in
// a plan: no claim takes them. Those due at about the same time are taken together
// from its end on: by ten seconds while that is near, since a call that the carrier
// did not take is due again two seconds later, else by five minutes.
func (s *Service) waiting(ctx context.Context, tx pgx.Tx, c Campaign, now time.Time, o *outlook) (zones int, err error) {
	had, err := readCaps(ctx, tx, now)
	if err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, `SELECT r.call_zone, coalesce(q.quiet_start, 0), coalesce(q.quiet_end, 0), q.quiet_start IS NOT NULL, coalesce(q.quiet_zone, ''), q.paused_until,
			CASE WHEN t.at > $2 + interval '5 minutes' THEN date_bin('5 minutes', t.at, '2000-01-01') + interval '5 minutes'
			     WHEN t.at > $2 THEN date_bin('10 seconds', t.at, '2000-01-01') + interval '10 seconds' END, count(*)
		FROM recipients r LEFT JOIN quiet_people($2) q ON q.phone_key = r.phone_key
		LEFT JOIN unnest($3::bytea[], $4::timestamptz[], $5::timestamptz[]) AS f (phone_key, month_until, day_until) ON f.phone_key = r.phone_key
		CROSS JOIN LATERAL (SELECT greatest(r.due_at, f.day_until, $2) AS at) t
		WHERE r.campaign_id = $1 AND r.state = 'pending' AND (f.month_until > t.at) IS NOT TRUE
		GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 7 NULLS FIRST, 1`, c.ID, now, had.keys, had.months, had.days)
	if err != nil {
		return 0, fmt.Errorf("list people to call: %w", err)
	}
	var w wish
	var paused, due *time.Time
	var count int
	seen := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&w.callZone, &w.hours.Start, &w.hours.End, &w.hasHours, &w.hours.Zone, &paused, &due, &count}, func() error {
		w.pausedUntil = time.Time{}
		if paused != nil {
			w.pausedUntil = *paused
		}
		var ready time.Time
		if due != nil {
			ready = *due
		}
		o.crowds = append(o.crowds, s.crowdOf(w, count, ready))
		seen[w.callZone] = true
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("list people to call: %w", err)
	}
	return len(seen), nil
}
