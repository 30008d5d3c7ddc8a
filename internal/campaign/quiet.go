package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
)

// QuietPatience is how long after its start a campaign without a last time for
// calls waits for somebody who has asked for quiet.
const QuietPatience = 7 * 24 * time.Hour

// waitsUntil is when the wish of a person to have quiet outlasts the campaign.
func (c Campaign) waitsUntil(start time.Time) time.Time {
	if c.DialUntil != nil {
		return *c.DialUntil
	}
	return start.Add(QuietPatience)
}

// quietList is who of the account's people has asked for quiet or has had today's
// calls, with the first time at which this campaign may ring them; nil: their
// quiet outlasts it.
type quietList struct {
	keys   [][]byte
	ready  []*time.Time
	wishes map[string]wish // by key
	index  map[string]int  // of those who asked, in keys
}

// wish is what somebody asked for, with the calling hours it adds to.
type wish struct {
	callZone    string
	hours       callhours.Quiet
	hasHours    bool
	pausedUntil time.Time
}

// quietPeople reads what the people themselves have asked for. Go computes the
// instants; many people share few of them.
func (s *Service) quietPeople(ctx context.Context, tx pgx.Tx, c Campaign, now time.Time) (quietList, error) {
	start := instantOrNow(c.StartAt, now)
	limit := c.waitsUntil(start)
	rows, err := tx.Query(ctx, `SELECT phone_key, call_zone, coalesce(quiet_start, 0), coalesce(quiet_end, 0), quiet_start IS NOT NULL, coalesce(quiet_zone, ''), paused_until
		FROM quiet_people($1)`, now)
	if err != nil {
		return quietList{}, fmt.Errorf("list people who asked for quiet: %w", err)
	}
	list := quietList{wishes: map[string]wish{}, index: map[string]int{}}
	known := map[wish]*time.Time{}
	var key []byte
	var w wish
	var paused *time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &w.callZone, &w.hours.Start, &w.hours.End, &w.hasHours, &w.hours.Zone, &paused}, func() error {
		w.pausedUntil = time.Time{}
		if paused != nil {
			w.pausedUntil = paused.UTC()
		}
		ready, done := known[w]
		if !done {
			var err error
			if ready, err = w.firstCall(s.zones, start, limit); err != nil {
				return err
			}
			known[w] = ready
		}
		list.wishes[string(key)], list.index[string(key)] = w, len(list.keys)
		list.keys, list.ready = append(list.keys, slices.Clone(key)), append(list.ready, ready)
		return nil
	})
	if err != nil {
		return quietList{}, fmt.Errorf("list people who asked for quiet: %w", err)
	}
	return list, nil
}

func (w wish) firstCall(zones *callhours.Zones, start, limit time.Time) (*time.Time, error) {
	var hours *callhours.Quiet
	if w.hasHours {
		hours = &w.hours
	}
	first, ok, err := zones.FirstCall(w.callZone, hours, w.pausedUntil, start, limit)
	if err != nil {
		return nil, fmt.Errorf("compute first call: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &first, nil
}
