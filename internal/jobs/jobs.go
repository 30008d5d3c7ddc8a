// Package jobs runs what need not happen within a request: mails, the lapse of
// invitations and the deletion of what is kept for a time only. Job
// arguments live in the domains; this package registers their workers and the
// periodic table. It must never place a call: the dialler does.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/mail"
)

// Mail delivers one mail of the outbox.
type Mail interface {
	Deliver(ctx context.Context, id uuid.UUID) error
}

// Lists takes files of people and archives whom they do not name.
type Lists interface {
	RunImport(ctx context.Context, job employee.TakeFile, try int) error
	RunArchive(ctx context.Context, job employee.ArchiveGone) error
}

// Deps are what the workers call.
type Deps struct {
	Log   *slog.Logger
	Mail  Mail
	Lists Lists
	// ForgetFiles deletes files of people whose time is over.
	ForgetFiles func(context.Context) error
	Lapse       func(context.Context) (int, error) // invitations nobody answered in time
	// Forget deletes texts whose time is over.
	Forget func(context.Context) error
	// Retain deletes what of the log, of sessions and of mails is past its time.
	Retain func(context.Context) error
	// Verify checks the whole log where the last check is a day old.
	Verify func(context.Context) error
	// Report makes and mails the Monday audit report where one is due.
	Report func(context.Context) error
}

// Limits of the queue. A job that outlives its replica is taken up again by
// another after rescueAfter, so every worker must be able to run twice.
const (
	workers     = 10
	jobTimeout  = time.Minute
	rescueAfter = 2 * time.Minute
	stopWithin  = 10 * time.Second
	// reportTimeout bounds a report of several weeks and 50,000 events each.
	reportTimeout = 10 * time.Minute
	// verifyTimeout bounds a verification of ten million seals.
	verifyTimeout = 10 * time.Minute
)

// Runner works jobs.
type Runner struct {
	client *river.Client[pgx.Tx]
}

// New registers every worker and the periodic table.
func New(pool *pgxpool.Pool, deps Deps) (*Runner, error) {
	registry := river.NewWorkers()
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, job *river.Job[mail.Send]) error {
		return deps.Mail.Deliver(ctx, job.Args.ID)
	}))
	river.AddWorker(registry, &importer{lists: deps.Lists})
	river.AddWorker(registry, &archiver{lists: deps.Lists})
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[filesGo]) error { return deps.ForgetFiles(ctx) }))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[lapse]) error {
		_, err := deps.Lapse(ctx)
		return err
	}))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[forget]) error { return deps.Forget(ctx) }))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[retain]) error { return deps.Retain(ctx) }))
	river.AddWorker(registry, &reporter{tick: deps.Report})
	river.AddWorker(registry, &verifier{check: deps.Verify})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:               slog.New(ending{deps.Log.Handler()}),
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Workers:              registry,
		PeriodicJobs:         periodic(),
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		FetchCooldown:        50 * time.Millisecond,
		SoftStopTimeout:      stopWithin,
	})
	if err != nil {
		return nil, fmt.Errorf("open job client: %w", err)
	}
	return &Runner{client: client}, nil
}

type importer struct {
	river.WorkerDefaults[employee.TakeFile]
	lists Lists
}

// Timeout bounds the largest file on a machine that is busy. It is no longer than
// rescueAfter: where a replica died, another takes the job up as soon as it may.
func (*importer) Timeout(*river.Job[employee.TakeFile]) time.Duration { return rescueAfter }

func (i *importer) Work(ctx context.Context, job *river.Job[employee.TakeFile]) error {
	return i.lists.RunImport(ctx, job.Args, job.Attempt)
}

type archiver struct {
	river.WorkerDefaults[employee.ArchiveGone]
	lists Lists
}

func (*archiver) Timeout(*river.Job[employee.ArchiveGone]) time.Duration { return rescueAfter }

func (a *archiver) Work(ctx context.Context, job *river.Job[employee.ArchiveGone]) error {
	return a.lists.RunArchive(ctx, job.Args)
}

// filesGo is the hourly deletion of files of people.
type filesGo struct{}

func (filesGo) Kind() string { return "employees_files_forget" }

// lapse is the hourly look for invitations that nobody answered.
type lapse struct{}

func (lapse) Kind() string { return "consent_lapse" }

// forget is the daily deletion of texts that need not be kept.
type forget struct{}

func (forget) Kind() string { return "consent_forget" }

// retain is the daily deletion of what is kept for a fixed time.
type retain struct{}

func (retain) Kind() string { return "audit_retention" }

// weekly is the look, every minute, whether a Monday report is due. Business
// time decides, which the job's own schedule does not know.
type weekly struct{}

func (weekly) Kind() string { return "weekly_report" }

type reporter struct {
	river.WorkerDefaults[weekly]
	tick func(context.Context) error
}

func (*reporter) Timeout(*river.Job[weekly]) time.Duration { return reportTimeout }

func (r *reporter) Work(ctx context.Context, _ *river.Job[weekly]) error { return r.tick(ctx) }

// verify is the look, every hour, whether the daily verification of the log is
// due. Business time decides.
type verify struct{}

func (verify) Kind() string { return "audit_verification" }

type verifier struct {
	river.WorkerDefaults[verify]
	check func(context.Context) error
}

func (*verifier) Timeout(*river.Job[verify]) time.Duration { return verifyTimeout }

func (v *verifier) Work(ctx context.Context, _ *river.Job[verify]) error { return v.check(ctx) }

// look is what is looked at again and again.
type look struct {
	every time.Duration
	args  river.JobArgs
}

// looks is the table of them. What the law or our own word has forgotten in days
// goes daily.
func looks() []look {
	return []look{{time.Hour, lapse{}}, {24 * time.Hour, forget{}}, {24 * time.Hour, retain{}}, {time.Hour, verify{}}, {time.Hour, filesGo{}}, {time.Minute, weekly{}}}
}

// periodic inserts a look only while none waits or runs. Finished ones do not
// count: after a restart each look happens at once.
func periodic() []*river.PeriodicJob {
	once := &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled}}}
	var list []*river.PeriodicJob
	for _, l := range looks() {
		list = append(list, river.NewPeriodicJob(river.PeriodicInterval(l.every), func() (river.JobArgs, *river.InsertOpts) { return l.args, once },
			&river.PeriodicJobOpts{RunOnStart: true}))
	}
	return list
}

// Run works jobs until ctx ends, then lets those in hand finish.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*stopWithin)
	defer cancel()
	if err := r.client.Stop(stop); err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}
