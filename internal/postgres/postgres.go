// Package postgres owns the way to the database: one pool per role, the
// transactions that carry an account, and the schema's version. It must never
// hold SQL of a domain, and no other package opens a connection of its own.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Pool is a pool of connections that are all logged in as one role.
type Pool struct {
	*pgxpool.Pool
	role string
}

// Limits of each role's pool: what a request may cost the database.
const (
	statementTimeout = 30 * time.Second
	lockTimeout      = 10 * time.Second
	idleInTxTimeout  = 30 * time.Second
)

// PlannedAfresh, as the first argument of a statement without parameters, has
// it planned each time. With parameters the worker's pool does so by itself.
const PlannedAfresh = pgx.QueryExecModeDescribeExec

// Open connects as the role that the URL names and refuses any other: a
// tenant's pool that is by mistake the owner's would see every account. The
// operators' pool is not tried: whoever shuts operators out of the database,
// in an emergency, keeps employers served.
func Open(ctx context.Context, databaseURL, role string, maxConns int32) (*Pool, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("parse url of %s: %w", role, err)
	}
	config.MaxConns = maxConns
	params := config.ConnConfig.RuntimeParams
	params["application_name"] = role
	params["timezone"] = "UTC"
	params["statement_timeout"] = fmt.Sprint(statementTimeout.Milliseconds())
	params["lock_timeout"] = fmt.Sprint(lockTimeout.Milliseconds())
	params["idle_in_transaction_session_timeout"] = fmt.Sprint(idleInTxTimeout.Milliseconds())
	// What a statement here takes is milliseconds; to compile it takes hundreds,
	// and where a table is thought to be large, each time.
	params["jit"] = "off"
	if role == RoleWorker {
		// A plan that is kept was made for the tables as they were: by a server that
		// was started on an empty database, for tables without rows. The first large
		// campaign then read all its recipients for each call that rang, a STOP took
		// seconds, until the tables were next analysed.
		params["plan_cache_mode"] = "force_custom_plan"
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		var current string
		var powerful bool
		err := conn.QueryRow(ctx, `SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&current, &powerful)
		if err != nil {
			return fmt.Errorf("check role: %w", err)
		}
		if current != role || powerful {
			return fmt.Errorf("check role: connected as %q, want %q without superuser or bypassrls", current, role)
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open pool of %s: %w", role, err)
	}
	if role == RoleOperator {
		return &Pool{Pool: pool, role: role}, nil
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	return &Pool{Pool: pool, role: role}, nil
}

// InTx runs f in one transaction and commits when it returns nil. The worker's
// and the operator's pools use it; the app's pool goes through InAccount.
func (p *Pool) InTx(ctx context.Context, f func(pgx.Tx) error) error {
	return p.in(ctx, nil, f)
}

// InAccount runs f in one transaction that sees and writes only the rows of
// one account; the setting ends with the transaction, so that no pooled
// connection carries it to the next request. One that does all the same, by a
// mistake elsewhere, is closed: see ErrCarried.
func (p *Pool) InAccount(ctx context.Context, account uuid.UUID, f func(pgx.Tx) error) error {
	return p.in(ctx, &account, f)
}

// InAccountAtOnce is InAccount for what must see one moment in all its
// statements: what is counted by one is then what another writes. f runs anew,
// at most three times, where a row that it changes was changed meanwhile.
func (p *Pool) InAccountAtOnce(ctx context.Context, account uuid.UUID, f func(pgx.Tx) error) error {
	var err error
	for range 3 {
		err = p.begin(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, &account, f)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "40001" { // serialization_failure
			break
		}
	}
	return err
}

func (p *Pool) in(ctx context.Context, account *uuid.UUID, f func(pgx.Tx) error) error {
	return p.begin(ctx, pgx.TxOptions{}, account, f)
}

func (p *Pool) begin(ctx context.Context, options pgx.TxOptions, account *uuid.UUID, f func(pgx.Tx) error) error {
	batch := &pgx.Batch{}
	batch.BeginTx(options)
	var set, carried string
	if account != nil {
		set = account.String()
	}
	if p.watched(set) {
		batch.Queue(setAccount, set).QueryRow(func(row pgx.Row) error { return row.Scan(&carried, nil) })
	}
	results := p.SendBatch(ctx, batch)
	tx := results.Tx()
	err := results.Close() // BEGIN and the setting in one round trip
	if tx != nil {
		defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit it has nothing to undo
	}
	if err != nil {
		return fmt.Errorf("begin as %s: %w", p.role, err)
	}
	if carried != "" {
		return fmt.Errorf("begin as %s: %w", p.role, errors.Join(ErrCarried, tx.Conn().Close(ctx)))
	}
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit as %s: %w", p.role, err)
	}
	return nil
}

// IsAway reports whether err is that no connection could be made: the server
// cannot be reached, or does not let the role in.
func IsAway(err error) bool {
	var away *pgconn.ConnectError
	return errors.As(err, &away)
}

// IsUnique reports whether err is a violation of the named unique index.
func IsUnique(err error, index string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && (index == "" || pg.ConstraintName == index)
}
