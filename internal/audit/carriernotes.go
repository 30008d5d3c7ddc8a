package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// First tells whether something is the first of its kind in a span, over all
// replicas: what may happen often is recorded once.
func First(ctx context.Context, tx pgx.Tx, kind, key string, span time.Duration, now time.Time) (bool, error) {
	var wait float64
	if err := tx.QueryRow(ctx, `SELECT take_rate($1, $2, 1, $3, $4)`, kind, key, span, now).Scan(&wait); err != nil {
		return false, fmt.Errorf("look for an earlier %s: %w", kind, err)
	}
	return wait == 0, nil
}

// CarrierNotes records what webhooks bring that they should not: what strangers
// try at doors that open for the carrier alone, and what the carrier itself
// reports of what nobody asked for.
type CarrierNotes struct {
	Worker *postgres.Pool
	Clock  clock.Clock
}

// refusedEvery is how often the same reason is recorded again: a flood of
// forged requests must not fill the log.
const refusedEvery = time.Minute

// Refused records that a webhook was refused, and nothing of what it held.
func (r *CarrierNotes) Refused(ctx context.Context, reason string) error {
	return r.Worker.InTx(ctx, func(tx pgx.Tx) error {
		now := r.Clock.Now()
		first, err := First(ctx, tx, "webhook-refused", reason, refusedEvery, now)
		if err != nil || !first {
			return err
		}
		return Record(ctx, tx, Event{At: now, Actor: Actor{Kind: Anonymous}, Action: "webhook.refused", SubjectKind: "webhook", Detail: map[string]any{"reason": reason}})
	})
}

// recordedEvery is how often the same recorded call is written down again: the
// carrier reports it with each of its webhooks.
const recordedEvery = 24 * time.Hour

// Recorded writes down that the carrier reports a recording of a call. Nobody
// asks for one (I11): somebody has to look at the carrier's account. Where the
// recording lies is not kept.
func (r *CarrierNotes) Recorded(ctx context.Context, callSID string) error {
	return r.Worker.InTx(ctx, func(tx pgx.Tx) error {
		now := r.Clock.Now()
		first, err := First(ctx, tx, "recording-reported", callSID, recordedEvery, now)
		if err != nil || !first {
			return err
		}
		return Record(ctx, tx, Event{At: now, Actor: SystemActor("carrier"), Action: "call.recording_reported", SubjectKind: "call", SubjectID: callSID})
	})
}
