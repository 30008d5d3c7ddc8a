package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

// Log reads the log back, for those who may.
type Log struct {
	App      *postgres.Pool
	Operator *postgres.Pool
	Worker   *postgres.Pool
	Clock    clock.Clock
	Log      *slog.Logger
	Within   time.Duration // bounds a verification that somebody waits for; zero: askedWithin
}

// Account returns a page of one account's own events.
func (l *Log) Account(ctx context.Context, account uuid.UUID, f Filter) (rows []Row, next string, err error) {
	f.Account = nil
	err = l.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, next, err = List(ctx, tx, f)
		return err
	})
	return rows, next, err
}

// Platform returns a page of all events, for operators.
func (l *Log) Platform(ctx context.Context, f Filter) (rows []Row, next string, err error) {
	err = l.Operator.InTx(ctx, func(tx pgx.Tx) error {
		rows, next, err = List(ctx, tx, f)
		return err
	})
	return rows, next, err
}

// exportPage keeps one transaction of an export short.
const exportPage = 1000

// Export hands every matching event of an account to take, newest first, page
// by page, and records first that they were taken out.
func (l *Log) Export(ctx context.Context, account uuid.UUID, actor Actor, f Filter, take func([]Row) error) error {
	err := l.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		return Record(ctx, tx, Event{Account: &account, At: l.Clock.Now(), Actor: actor, Action: "audit.exported", SubjectKind: "account", SubjectID: account.String(), Detail: f.asked()})
	})
	if err != nil {
		return err
	}
	return exportPages(f, take, func(f Filter) ([]Row, string, error) { return l.Account(ctx, account, f) })
}

// ExportPlatform is Export over all accounts, for operators. That it was done
// stands in the platform's own log.
func (l *Log) ExportPlatform(ctx context.Context, actor Actor, f Filter, take func([]Row) error) error {
	err := l.Operator.InTx(ctx, func(tx pgx.Tx) error {
		return Record(ctx, tx, Event{At: l.Clock.Now(), Actor: actor, Action: "audit.exported", SubjectKind: "platform", Detail: f.asked()})
	})
	if err != nil {
		return err
	}
	return exportPages(f, take, func(f Filter) ([]Row, string, error) { return l.Platform(ctx, f) })
}

// asked is what of a filter stands in the log: what narrowed it.
func (f Filter) asked() map[string]any {
	detail := map[string]any{}
	for key, text := range map[string]string{"action": f.Action, "actor": f.Actor, "subject_kind": f.SubjectKind, "subject_id": f.SubjectID, "request_id": f.RequestID} {
		if text != "" {
			detail[key] = text
		}
	}
	for key, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			detail[key] = at.UTC().Format(time.RFC3339)
		}
	}
	if f.Account != nil {
		detail["account_id"] = *f.Account
	}
	return detail
}

func exportPages(f Filter, take func([]Row) error, list func(Filter) ([]Row, string, error)) error {
	f.Limit, f.Cursor = exportPage, ""
	for {
		rows, next, err := list(f)
		if err != nil {
			return err
		}
		if err := take(rows); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		f.Cursor = next
	}
}
