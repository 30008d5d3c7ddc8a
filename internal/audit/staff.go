package audit

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	// readEvery is how often the same look of the same operator is recorded again.
	readEvery = time.Hour
	// deniedEvery is the same for attempts at doors that stayed shut.
	deniedEvery = time.Minute
)

// StaffRead records in the platform's log that an operator has looked at what
// concerns employers or people: at most once an hour for each kind of look.
// Whoever is not recorded must be shown nothing.
func (l *Log) StaffRead(ctx context.Context, actor Actor, what string, account *uuid.UUID) error {
	return l.Operator.InTx(ctx, func(tx pgx.Tx) error {
		now, key := l.Clock.Now(), actor.ID.String()+" "+what
		detail := map[string]any{"what": what}
		if account != nil {
			key += " " + account.String()
			detail["account_id"] = account.String()
		}
		first, err := First(ctx, tx, "staff-read", key, readEvery, now)
		if err != nil || !first {
			return err
		}
		return Record(ctx, tx, Event{At: now, Actor: actor, Action: "staff.read", SubjectKind: "platform", Detail: detail})
	})
}

// Denied records that somebody was refused at a door that is not theirs, once a
// minute for each reason over all replicas, and nothing of what they sent.
func (l *Log) Denied(ctx context.Context, reason string) error {
	return l.Worker.InTx(ctx, func(tx pgx.Tx) error {
		now := l.Clock.Now()
		first, err := First(ctx, tx, "access-denied", reason, deniedEvery, now)
		if err != nil || !first {
			return err
		}
		return Record(ctx, tx, Event{At: now, Actor: Actor{Kind: Anonymous}, Action: "access.denied", SubjectKind: "platform", Detail: map[string]any{"reason": reason}})
	})
}
