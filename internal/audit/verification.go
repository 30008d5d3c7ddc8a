package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Verification is one verification of the whole log, as it is kept.
type Verification struct {
	StartedAt time.Time // business time
	Took      time.Duration
	Report    Report
	AskedBy   *uuid.UUID // the operator; nil: the nightly one
}

const (
	// askedWithin bounds a verification that somebody waits for: a request may
	// take a minute, and a million seals take about that long.
	askedWithin = 50 * time.Second
	// nightlyAfter is how old the last complete verification is before the next
	// one is due: a replica that starts anew does not begin with reading it all.
	nightlyAfter = 20 * time.Hour
)

var errTooLong = &apperr.Error{Kind: apperr.Unavailable, Code: "verification_long", RetryAfter: time.Hour,
	Message: "To read every seal takes longer than a page may wait. The nightly verification does it; so does the command: callshu audit verify."}

// Verify checks all chains for an operator who waits, and keeps what it found,
// with a row of who asked. One that takes too long is given up with code
// verification_long.
func (l *Log) Verify(ctx context.Context, operator Actor) (Verification, error) {
	bounded, cancel := context.WithTimeout(ctx, cmp.Or(l.Within, askedWithin))
	defer cancel()
	v, err := l.verify(bounded, &operator)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return Verification{}, errTooLong
	}
	return v, err
}

// Nightly verifies where the last verification is a day old; the job that calls it
// bounds how long it may take.
func (l *Log) Nightly(ctx context.Context) error {
	last, err := l.Verifications(ctx, 1)
	if err != nil {
		return err
	}
	if len(last) > 0 && l.Clock.Now().Before(last[0].StartedAt.Add(nightlyAfter)) {
		return nil
	}
	_, err = l.verify(ctx, nil)
	return err
}

// verify is what both do. What does not hold is an error line, whoever asked: that
// is what wakes somebody.
func (l *Log) verify(ctx context.Context, operator *Actor) (Verification, error) {
	began := time.Now()
	v := Verification{StartedAt: l.Clock.Now(), AskedBy: operator.id()}
	var err error
	if v.Report, err = Verify(ctx, l.Worker); err != nil {
		return Verification{}, err
	}
	v.Took = time.Since(began)
	if bad := v.Report.FirstBad; bad != nil {
		l.Log.ErrorContext(ctx, "the audit log does not verify", "chain", bad.Chain, "seq", bad.Seq, "source", bad.Source, "row", bad.RowID, "reason", bad.Why)
	}
	err = l.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if err := v.insert(ctx, tx); err != nil || operator == nil {
			return err
		}
		return Record(ctx, tx, Event{At: l.Clock.Now(), Actor: *operator, Action: "audit.verified", SubjectKind: "platform",
			Detail: map[string]any{"ok": v.Report.OK(), "chains": v.Report.Chains, "seals": v.Report.Seals}})
	})
	if err != nil {
		return Verification{}, err
	}
	return v, nil
}

// id is nil for nobody.
func (a *Actor) id() *uuid.UUID {
	if a == nil {
		return nil
	}
	return &a.ID
}

func (v Verification) insert(ctx context.Context, tx pgx.Tx) error {
	report, err := json.Marshal(v.Report)
	if err != nil {
		return fmt.Errorf("encode verification: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit_verifications (started_at, took_ms, ok, report, asked_by) VALUES ($1, $2, $3, $4, $5)`,
		v.StartedAt, v.Took.Milliseconds(), v.Report.OK(), report, v.AskedBy)
	if err != nil {
		return fmt.Errorf("keep verification: %w", err)
	}
	return nil
}

// Verifications returns the newest ones that are kept, at most most, newest first.
func (l *Log) Verifications(ctx context.Context, most int) ([]Verification, error) {
	rows, err := l.Worker.Query(ctx, `SELECT started_at, took_ms, report, asked_by FROM audit_verifications ORDER BY id DESC LIMIT $1`, most)
	if err != nil {
		return nil, fmt.Errorf("list verifications: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Verification, error) {
		var v Verification
		var ms int64
		var report []byte
		if err := row.Scan(&v.StartedAt, &ms, &report, &v.AskedBy); err != nil {
			return v, err
		}
		v.Took = time.Duration(ms) * time.Millisecond
		return v, json.Unmarshal(report, &v.Report)
	})
	if err != nil {
		return nil, fmt.Errorf("list verifications: %w", err)
	}
	return list, nil
}
