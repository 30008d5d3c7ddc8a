package dialer

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
)

// SetQuiet gives a person the quiet hours or the pause that they ask for, or
// takes them back. Like Revoke it returns when no call and no invitation that
// was claimed before can start any more; one that has started may finish.
func (d *Dialer) SetQuiet(ctx context.Context, wish consent.QuietWish) error {
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		ends, err := d.Consent.SetQuiet(ctx, tx, wish)
		if err != nil || len(ends) == 0 {
			return err
		}
		return d.takeUp(ctx, tx, wish.PhoneKey, ends)
	})
	if err != nil {
		return err
	}
	if wish.Asks() {
		d.awaitPlacing(ctx, wish.PhoneKey)
		err = d.Consent.AwaitInvitations(ctx, wish.PhoneKey)
	}
	d.Wake()
	return err
}

// takeUp makes the calls due again that were put off to an end that no longer
// stands, and first calls planned around it: the next look puts off by the new
// wish what it still concerns. Another try keeps its distance from the first.
func (d *Dialer) takeUp(ctx context.Context, tx pgx.Tx, key []byte, ends []time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE recipients SET due_at = greatest($3, open_from), updated_at = $3
		WHERE phone_key = $1 AND state = 'pending' AND due_at > greatest($3, open_from) AND (attempts_made = 0 OR due_at = ANY($2::timestamptz[]))`,
		key, ends, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("take up calls again: %w", err)
	}
	return nil
}

// awaitPlacing waits, as a STOP does, until no POST to this phone that was
// claimed before can start any more.
func (d *Dialer) awaitPlacing(ctx context.Context, key []byte) {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	for {
		var placing bool
		err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM attempts WHERE phone_key = $1 AND kind = 'campaign' AND live AND state = 'placing'
			AND place_by > clock_timestamp())`, key).Scan(&placing)
		if err == nil && !placing {
			return
		}
		if err != nil && ctx.Err() == nil {
			d.Log.ErrorContext(ctx, "look for calls being placed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(stopPoll):
		}
	}
}
