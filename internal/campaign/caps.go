package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// DailyCap is how many campaign calls one person gets in any 24 hours, over all
// campaigns of an account.
const DailyCap = 3

// month is the span over which the number promised in the invitation counts.
const month = 30 * 24 * time.Hour

// caps are the account's people who have had as many calls and texts as the
// invitation promised at most, or as many calls as a day allows, with the time
// until which they get no more. What the claim counts when it comes to somebody
// is told here ahead of it.
type caps struct {
	keys   [][]byte
	months []*time.Time // nil: fewer calls and texts in 30 days
	days   []*time.Time // nil: fewer calls in them; it may have passed
}

// contactsSQL are the calls and texts of the account since $1, of which the
// invitation promised a number together.
const contactsSQL = `
	SELECT phone_key, created_at AS at, true AS called FROM attempts
	WHERE account_id = current_account() AND kind = 'campaign' AND counted AND created_at > $1
	UNION ALL
	SELECT phone_key, sent_at, false FROM messages
	WHERE account_id = current_account() AND kind <> 'verify_phone' AND sent_at > $1`

// readCaps looks for those who have had enough first, and then, of them alone,
// for the contact that has to leave the span before there may be another. The two
// are statements of their own: of calls that were made a minute ago the planner
// knows nothing, and would look for each person's among all.
func readCaps(ctx context.Context, tx pgx.Tx, now time.Time) (caps, error) {
	var list caps
	var limit int
	if err := tx.QueryRow(ctx, `SELECT monthly_limit FROM accounts`).Scan(&limit); err != nil {
		return list, fmt.Errorf("read monthly limit: %w", err)
	}
	enough, err := hadEnough(ctx, tx, now, limit)
	if err != nil || len(enough) == 0 {
		return list, err
	}
	rows, err := tx.Query(ctx, `SELECT phone_key, (array_agg(at ORDER BY at DESC))[$2::int] + interval '30 days',
			(array_agg(at ORDER BY at DESC) FILTER (WHERE called))[$3::int] + interval '24 hours'
		FROM (`+contactsSQL+`) c WHERE phone_key = ANY($4) GROUP BY phone_key`, now.Add(-month), limit, DailyCap, enough)
	if err != nil {
		return list, fmt.Errorf("read until when people have had enough calls: %w", err)
	}
	var key []byte
	var monthly, daily *time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &monthly, &daily}, func() error {
		list.keys, list.months, list.days = append(list.keys, slices.Clone(key)), append(list.months, monthly), append(list.days, daily)
		return nil
	})
	if err != nil {
		return list, fmt.Errorf("read until when people have had enough calls: %w", err)
	}
	return list, nil
}

func hadEnough(ctx context.Context, tx pgx.Tx, now time.Time, limit int) ([][]byte, error) {
	rows, err := tx.Query(ctx, `SELECT phone_key FROM (`+contactsSQL+`) c GROUP BY phone_key
		HAVING count(*) >= $2 OR count(*) FILTER (WHERE called AND at > $3) >= $4`, now.Add(-month), limit, now.Add(-24*time.Hour), DailyCap)
	if err != nil {
		return nil, fmt.Errorf("list people who have had enough calls: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("list people who have had enough calls: %w", err)
	}
	return keys, nil
}

// full are those who get no call at an instant since they have had the number
// that the invitation promised.
func (c caps) full(at time.Time) [][]byte {
	keys := [][]byte{}
	for i, until := range c.months {
		if until != nil && until.After(at) {
			keys = append(keys, c.keys[i])
		}
	}
	return keys
}

// capGrain is how exactly a forecast knows when somebody may be called again:
// people who may be at about the same time are one crowd.
const capGrain = 5 * time.Minute

// hold puts off those whose day is full at an instant.
func (l *quietList) hold(c caps, at time.Time) {
	for i, until := range c.days {
		if until == nil || !until.After(at) {
			continue
		}
		key := string(c.keys[i])
		w, asked := l.wishes[key]
		w.pausedUntil = later(w.pausedUntil, until.Add(capGrain-1).Truncate(capGrain))
		l.wishes[key] = w
		if !asked {
			l.keys, l.ready = append(l.keys, c.keys[i]), append(l.ready, until)
		} else if ready := l.ready[l.index[key]]; ready != nil && until.After(*ready) {
			l.ready[l.index[key]] = until
		}
	}
}
