package jobs_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/jobs"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
)

type postman struct{ delivered chan uuid.UUID }

func (p postman) Deliver(_ context.Context, id uuid.UUID) error {
	p.delivered <- id
	return nil
}

// A job inserted in the tenant's transaction is worked once that commits, and
// not if it does not; the looks run at start, also after a restart.
func TestJobsRunWhatWasCommitted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app, worker := db.Open(postgres.RoleApp), db.Open(postgres.RoleWorker)
	inserter, err := queue.New(worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	kept, dropped := uuid.New(), uuid.New()
	if err := app.InAccount(t.Context(), uuid.New(), func(tx pgx.Tx) error { return inserter.Insert(t.Context(), tx, mail.Send{ID: kept}, nil) }); err != nil {
		t.Fatal(err)
	}
	rolledBack := app.InAccount(t.Context(), uuid.New(), func(tx pgx.Tx) error {
		if err := inserter.Insert(t.Context(), tx, mail.Send{ID: dropped}, nil); err != nil {
			t.Error(err)
		}
		return context.Canceled
	})
	if rolledBack == nil {
		t.Fatal("the transaction was to fail")
	}
	var looks atomic.Int32
	looked := make(chan struct{}, 16)
	look := func(context.Context) (int, error) {
		looks.Add(1)
		looked <- struct{}{}
		return 0, nil
	}
	forgot := make(chan struct{}, 16)
	forget := func(context.Context) error {
		forgot <- struct{}{}
		return nil
	}
	retained := make(chan struct{}, 16)
	retain := func(context.Context) error {
		retained <- struct{}{}
		return nil
	}
	reported := make(chan struct{}, 16)
	report := func(context.Context) error {
		reported <- struct{}{}
		return nil
	}
	verified := make(chan struct{}, 16)
	verify := func(context.Context) error {
		verified <- struct{}{}
		return nil
	}
	filesGone := make(chan struct{}, 16)
	drop := func(context.Context) error {
		filesGone <- struct{}{}
		return nil
	}
	post := postman{delivered: make(chan uuid.UUID, 4)}
	for range 2 {
		runner, err := jobs.New(worker.Pool, jobs.Deps{Log: slog.New(slog.DiscardHandler), Mail: post, Lapse: look, Forget: forget, Retain: retain, Verify: verify, Report: report, ForgetFiles: drop})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- runner.Run(ctx) }()
		for what, ran := range map[string]chan struct{}{"the look for lapses": looked, "the deletion of old texts": forgot, "the deletion of old rows": retained, "the look for a report": reported, "the nightly verification": verified, "the deletion of files of people": filesGone} {
			select {
			case <-ran:
			case <-time.After(2 * time.Minute):
				t.Fatalf("%s did not run at start", what)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	select {
	case id := <-post.delivered:
		if id != kept {
			t.Errorf("delivered %s, want %s", id, kept)
		}
	case <-time.After(2 * time.Minute):
		t.Error("the committed mail was not delivered")
	}
	if len(post.delivered) > 0 {
		t.Errorf("a mail whose act was rolled back was delivered: %s", <-post.delivered)
	}
}
