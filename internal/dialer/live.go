package dialer

import (
	"context"
	"fmt"
)

// Live reports whether a call is on its way or going on, by any replica, calls
// to our numbers included. A
// server that stops goes on answering for as long as it may.
func (d *Dialer) Live(ctx context.Context) (bool, error) {
	var live bool
	err := d.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM attempts WHERE live AND state <> 'unknown')
		OR EXISTS (SELECT FROM inbound_calls WHERE ended_at IS NULL AND live_until > $1)`, d.Clock.Now()).Scan(&live)
	if err != nil {
		return false, fmt.Errorf("look for live calls: %w", err)
	}
	return live, nil
}
