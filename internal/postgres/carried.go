package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrCarried says that a connection came out of the pool with an account that
// somebody had set on it for longer than a transaction. It has been closed, and
// nothing was read on it.
var ErrCarried = errors.New("the connection carried an account from before")

// setAccount sets the account for one transaction and tells what the connection
// carried until then: one statement, sent with BEGIN, so that to look costs no
// way to the server. Columns are computed from left to right.
const setAccount = `SELECT coalesce(current_setting('app.account_id', true), ''), set_config('app.account_id', $1, true)`

// watched tells whether a transaction of this pool must find its connection
// clean: a tenant's always, one that sets no account too.
func (p *Pool) watched(account string) bool { return p.role == RoleApp || account != "" }

// QueryRow reads one row outside of a transaction of ours. On the tenant's pool
// it is of no account, whatever the connection carried.
func (p *Pool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if !p.watched("") {
		return p.Pool.QueryRow(ctx, sql, args...)
	}
	return &lone{ctx: ctx, pool: p, sql: sql, args: args}
}

// lone is a statement of the tenant's pool that is sent when its row is read.
type lone struct {
	ctx  context.Context
	pool *Pool
	sql  string
	args []any
}

// Scan sends both statements at once: they are one transaction to the server.
func (l *lone) Scan(dest ...any) error {
	conn, err := l.pool.Acquire(l.ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var carried string
	batch := &pgx.Batch{}
	batch.Queue(setAccount, "")
	batch.Queue(l.sql, l.args...)
	results := conn.SendBatch(l.ctx, batch)
	if err := results.QueryRow().Scan(&carried, nil); err != nil {
		return errors.Join(err, results.Close())
	}
	err = results.QueryRow().Scan(dest...)
	if closing := results.Close(); err == nil {
		err = closing
	}
	if carried != "" {
		return errors.Join(ErrCarried, conn.Conn().Close(l.ctx))
	}
	return err
}
