package report

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/postgres"
)

// Event is one row of the log with the name of its account and its seal.
type Event struct {
	ID          int64
	At          time.Time
	AccountID   *uuid.UUID
	Account     string // legal name; empty: the platform's own
	ActorKind   string
	ActorID     *uuid.UUID
	ActorName   string
	Action      string
	SubjectKind string
	SubjectID   string
	IP          string `db:"ip"`
	RequestID   string
	Detail      []byte // JSON
	Seal        *int64 // its number in the account's chain; nil: not sealed yet
	SealHash    []byte
}

// Figures are the counts of a week.
type Figures struct {
	Events  int64
	Late    int64  // of them, those of weeks before, written down after those were reported
	Through int64  // the newest row that the snapshot holds
	Unseen  string // the ids that it does not hold and that may still come, a multirange
	Kinds   []Series
	Refused [7]int64 // sign-ins, by day
	Won     [7]int64 // opt-ins
	Lost    [7]int64 // opt-outs and "not me"
	Calls   []Count  // campaign calls by outcome, most first
	Head    audit.Head
}

// Series is a kind of event, by day; late ones stand in none of the days.
type Series struct {
	Name string // the noun of the actions
	Days [7]int64
}

// Count is how often something was.
type Count struct {
	Name  string
	Count int64
}

func sum(days [7]int64) (total int64) {
	for _, n := range days {
		total += n
	}
	return total
}

// snapshot reads a week within one transaction.
type snapshot struct {
	tx     pgx.Tx
	week   Week
	unseen string // the ids that the report before could not see, a multirange
}

// within chooses the week's rows: those of its days, and those of earlier days
// that the report before could not see yet. $1 and $2 bound the week, $3 is unseen.
const within = `(e.at >= $1 AND e.at < $2 OR e.at < $1 AND e.id >= lower($3::int8multirange) AND $3::int8multirange @> e.id)`

// fetched is how many rows come at once.
const fetched = 2000

// gather hands every event of the week to the taker that begin returns, in
// order of time, and returns the figures of the same snapshot.
func gather(ctx context.Context, worker *postgres.Pool, week Week, begin func(Figures) (func([]Event) error, error)) (Figures, error) {
	var figures Figures
	err := worker.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
			return fmt.Errorf("begin report: %w", err)
		}
		s := snapshot{tx: tx, week: week}
		var err error
		if figures, err = s.figures(ctx); err != nil {
			return err
		}
		take, err := begin(figures)
		if err != nil {
			return err
		}
		return s.events(ctx, take)
	})
	return figures, err
}

func (s *snapshot) figures(ctx context.Context) (Figures, error) {
	var f Figures
	open, err := s.before(ctx)
	if err != nil {
		return f, err
	}
	if f.Unseen, err = s.missing(ctx, open); err != nil {
		return f, err
	}
	err = s.tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE e.at < $1), (SELECT coalesce(max(id), 0) FROM audit_events)
		FROM audit_events e WHERE `+within, s.week.Start, s.week.End, s.unseen).Scan(&f.Events, &f.Late, &f.Through)
	if err != nil {
		return f, fmt.Errorf("count events: %w", err)
	}
	for _, step := range []func(context.Context, *Figures) error{s.kinds, s.refused, s.consents, s.calls} {
		if err := step(ctx, &f); err != nil {
			return f, err
		}
	}
	f.Head, err = audit.CombinedHead(ctx, s.tx)
	return f, err
}

// before finds what the report before could not see, all where there is none,
// and returns what of it can still come: a transaction that was under way a day
// ago has ended, so that of gaps that old only what is above them is open.
func (s *snapshot) before(ctx context.Context) (open string, err error) {
	err = s.tx.QueryRow(ctx, `SELECT unseen::text, (CASE WHEN seen_at > now() - interval '1 day' THEN unseen ELSE above END)::text
		FROM (SELECT coalesce(unseen, above) AS unseen, above, seen_at, week_start
			FROM (SELECT unseen, int8multirange(int8range(through_id + 1, NULL)) AS above, seen_at, week_start FROM reports) r) r
		WHERE week_start < $1 ORDER BY week_start DESC LIMIT 1`, s.week.Start).Scan(&s.unseen, &open)
	if errors.Is(err, pgx.ErrNoRows) {
		s.unseen, open, err = everyID, everyID, nil
	}
	if err != nil {
		return "", fmt.Errorf("find report before: %w", err)
	}
	return open, nil
}

const everyID = "{[1,)}"

// missing returns which of the ids that were open this snapshot does not hold
// either: the gaps between its rows, and everything above them.
func (s *snapshot) missing(ctx context.Context, open string) (unseen string, err error) {
	err = s.tx.QueryRow(ctx, `
		WITH held AS (SELECT id, lag(id, 1, lower($1::int8multirange) - 1) OVER (ORDER BY id) AS before FROM audit_events WHERE id >= lower($1::int8multirange))
		SELECT ($1::int8multirange * (coalesce(range_agg(int8range(before + 1, id)) FILTER (WHERE id > before + 1), '{}')
			+ int8multirange(int8range(coalesce(max(id) + 1, lower($1::int8multirange)), NULL))))::text FROM held`, open).Scan(&unseen)
	if err != nil {
		return "", fmt.Errorf("find what is not there yet: %w", err)
	}
	return unseen, nil
}

// byDay counts rows by name and day of the week.
func (s *snapshot) byDay(ctx context.Context, sql string) ([]Series, error) {
	rows, err := s.tx.Query(ctx, sql, s.week.Days())
	if err != nil {
		return nil, fmt.Errorf("count by day: %w", err)
	}
	var series []Series
	var name string
	var day, n int64
	_, err = pgx.ForEachRow(rows, []any{&name, &day, &n}, func() error {
		if len(series) == 0 || series[len(series)-1].Name != name {
			series = append(series, Series{Name: name})
		}
		series[len(series)-1].Days[day-1] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count by day: %w", err)
	}
	return series, nil
}

func (s *snapshot) kinds(ctx context.Context, f *Figures) (err error) {
	f.Kinds, err = s.byDay(ctx, `SELECT split_part(action, '.', 1), width_bucket(at, $1::timestamptz[]), count(*) FROM audit_events
		WHERE at >= ($1::timestamptz[])[1] AND at < ($1::timestamptz[])[8] GROUP BY 1, 2 ORDER BY 1, 2`)
	return err
}

func (s *snapshot) refused(ctx context.Context, f *Figures) error {
	series, err := s.byDay(ctx, `SELECT 'refused', width_bucket(at, $1::timestamptz[]), count(*) FROM audit_events
		WHERE at >= ($1::timestamptz[])[1] AND at < ($1::timestamptz[])[8] AND action IN ('user.sign_in_refused', 'operator.sign_in_refused')
		  AND detail->>'code' IS DISTINCT FROM 'missing' -- the first half of a sign-in in two steps
		GROUP BY 1, 2 ORDER BY 1, 2`)
	for _, found := range series {
		f.Refused = found.Days
	}
	return err
}

func (s *snapshot) consents(ctx context.Context, f *Figures) error {
	series, err := s.byDay(ctx, `SELECT CASE kind WHEN 'opted_in' THEN 'won' ELSE 'lost' END, width_bucket(at, $1::timestamptz[]), count(*) FROM consent_events
		WHERE at >= ($1::timestamptz[])[1] AND at < ($1::timestamptz[])[8] AND kind IN ('opted_in', 'opted_out', 'not_me')
		GROUP BY 1, 2 ORDER BY 1, 2`)
	for _, found := range series {
		if found.Name == "won" {
			f.Won = found.Days
		} else {
			f.Lost = found.Days
		}
	}
	return err
}

// calls counts what became of the campaign calls that began in the week.
func (s *snapshot) calls(ctx context.Context, f *Figures) error {
	rows, err := s.tx.Query(ctx, `SELECT CASE
			WHEN state = 'completed' AND answer IS NOT NULL THEN 'Answered, choice made'
			WHEN state = 'completed' AND heard = 'voicemail' THEN 'Voicemail'
			WHEN state = 'completed' THEN 'Answered, no choice'
			WHEN state = 'busy' THEN 'Busy'
			WHEN state = 'no_answer' THEN 'No answer'
			WHEN state = 'failed' THEN 'Failed'
			WHEN state = 'canceled' THEN 'Ended by us before an answer'
			WHEN state = 'not_placed' THEN 'Not placed'
			ELSE 'Still open' END AS name, count(*) AS count
		FROM attempts WHERE kind = 'campaign' AND created_at >= $1 AND created_at < $2 GROUP BY 1 ORDER BY 2 DESC, 1`, s.week.Start, s.week.End)
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	if f.Calls, err = pgx.CollectRows(rows, pgx.RowToStructByName[Count]); err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	return nil
}

// events reads the week's rows through a cursor: one snapshot, a few at a time.
func (s *snapshot) events(ctx context.Context, take func([]Event) error) error {
	_, err := s.tx.Exec(ctx, `DECLARE events NO SCROLL CURSOR FOR
		SELECT e.id, e.at, e.account_id, coalesce(a.legal_name, '') AS account, e.actor_kind, e.actor_id, e.actor_name, e.action,
			e.subject_kind, e.subject_id, e.ip, e.request_id, e.detail, s.seq AS seal, s.hash AS seal_hash
		FROM audit_events e LEFT JOIN accounts a ON a.id = e.account_id
		LEFT JOIN seals s ON s.source = 'audit' AND s.row_id = e.id
		WHERE `+strings.NewReplacer("$1", timestamp(s.week.Start), "$2", timestamp(s.week.End), "$3", "'"+s.unseen+"'").Replace(within)+`
		ORDER BY e.at, e.id`)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for {
		rows, err := s.tx.Query(ctx, fmt.Sprintf(`FETCH %d FROM events`, fetched))
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		page, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if len(page) > 0 {
			if err := take(page); err != nil {
				return err
			}
		}
		if len(page) < fetched {
			return nil
		}
	}
}

// timestamp writes an instant into a statement that takes no parameters.
func timestamp(t time.Time) string {
	return "'" + t.UTC().Format(time.RFC3339Nano) + "'::timestamptz"
}
