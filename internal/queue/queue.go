// Package queue is a thin leaf over River: domains insert jobs with the act
// that causes them. It must never run a job; internal/jobs does.
package queue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Queue inserts jobs. Arguments hold ids only: they are stored and listed.
type Queue struct {
	client *river.Client[pgx.Tx]
}

// New returns a queue that only inserts; whichever role's transaction it is
// given decides what is allowed.
func New(pool *pgxpool.Pool) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("open job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

// Insert adds a job in the transaction of the act that causes it. A unique job
// that is already waiting is not added again, which is no error.
func (q *Queue) Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) error {
	if _, err := q.client.InsertTx(ctx, tx, args, opts); err != nil {
		return fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return nil
}
