package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/seed"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// run is the demo that people look at. Its data stays from one start to the next.
type run struct {
	productFlag
	Dir         string `default:".dev" env:"DEMO_DIR" help:"Where data, secrets and logs are kept."`
	Port        int    `default:"8080" env:"DEMO_PORT" help:"Port of Callshu."`
	PhonesPort  int    `default:"4010" env:"DEMO_PHONES_PORT" help:"Port of the telephones."`
	MailboxPort int    `default:"4011" env:"DEMO_MAILBOX_PORT" help:"Port of the mailbox."`
	SMTPPort    int    `name:"smtp-port" default:"4012" env:"DEMO_SMTP_PORT" help:"Port to which Callshu sends mail."`
}

// textsPerSecond is far above a long code's one, so that two hundred
// invitations do not take minutes.
const textsPerSecond = 40

func (r run) Run(ctx context.Context) (err error) {
	began := time.Now()
	s, monday, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("\nending ...")
		err = errors.Join(err, s.Close())
		if err == nil {
			fmt.Println("everything has ended; the data stays in " + r.Dir)
		}
	}()
	if err := prepare(ctx, s, monday); err != nil {
		return r.explain(ctx, s, err)
	}
	fmt.Printf("ready after %.0f s\n", time.Since(began).Seconds())
	guide{s, r.Dir, monday}.print()
	return r.wait(ctx, s)
}

func (r run) open(ctx context.Context) (*stack.Stack, time.Time, error) {
	binary, err := r.path()
	if err != nil {
		return nil, time.Time{}, err
	}
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("find %s: %w", r.Dir, err)
	}
	monday, err := stack.NextMonday(dir)
	if err != nil {
		return nil, time.Time{}, err
	}
	fmt.Println("starting PostgreSQL, telephones and mailbox ...")
	s, err := stack.Open(ctx, stack.Options{Dir: dir, Binary: binary, Begin: seed.Begin(monday), TextsPerSecond: textsPerSecond,
		Ports: stack.Ports{Callshu: r.Port, Phones: r.PhonesPort, Mailbox: r.MailboxPort, SMTP: r.SMTPPort}})
	return s, monday, err
}

// prepare makes the sample data on the first start; later ones go on where the
// last one ended, on the next Monday.
func prepare(ctx context.Context, s *stack.Stack, monday time.Time) error {
	seeder, err := seed.New(s, func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) })
	if err != nil {
		return err
	}
	var done stack.Seeded
	if before := s.Seeded(); before != nil {
		if err := s.Serve(ctx, stack.Moment{At: monday, Factor: 1, CallsPerSecond: seed.PresentCalls}); err != nil {
			return err
		}
		done, err = seeder.Ready(ctx, *before)
	} else {
		fmt.Println("making sample data, once:")
		done, err = seeder.History(ctx, monday)
	}
	if err != nil {
		return err
	}
	if err := s.SaveClock(); err != nil {
		return err
	}
	return s.MarkSeeded(done)
}

// explain adds to a failed start what the reader can do about it.
func (r run) explain(ctx context.Context, s *stack.Stack, err error) error {
	if s.Seeded() != nil {
		return diagnose(s, err)
	}
	if ctx.Err() != nil {
		return errors.New("stopped before the sample data was whole; the next start makes it anew")
	}
	return fmt.Errorf("%w\nNothing half is kept: the next start makes the sample data anew. If that fails too, delete %s and try again", diagnose(s, err), r.Dir)
}

// diagnose adds to a failure what the parts of the stack say about it.
func diagnose(s *stack.Stack, err error) error {
	select {
	case crash := <-s.Failed():
		err = errors.Join(err, crash)
	default:
	}
	if lines, readErr := s.ErrorLines(); readErr == nil && len(lines) > 0 {
		err = fmt.Errorf("%w\nof %d errors in the product's log the first is:\n%s", err, len(lines), lines[0])
	}
	return err
}

// wait keeps the demo up until Ctrl-C or until a part of it ends by itself, and
// tells a fresh one-time code for each Enter.
func (r run) wait(ctx context.Context, s *stack.Stack) error {
	enter := make(chan struct{})
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			enter <- struct{}{}
		}
	}()
	heartbeat := time.NewTicker(5 * time.Second)
	defer heartbeat.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.SaveClock()
		case err := <-s.Failed():
			return errors.Join(err, s.SaveClock())
		case <-heartbeat.C:
			if err := s.SaveClock(); err != nil {
				return err
			}
		case <-enter:
			code, err := s.Code(time.Now())
			if err != nil {
				return err
			}
			fmt.Printf("one-time code %s, for %d s more\n", code, 30-time.Now().Unix()%30)
		}
	}
}

// guide is what a visitor needs to know.
type guide struct {
	stack  *stack.Stack
	dir    string
	monday time.Time
}

func (g guide) print() {
	s, employer, reviewer, done := g.stack, sample.Employer(), sample.Reviewer(), g.stack.Seeded()
	code, err := s.Code(time.Now())
	if err != nil {
		code = "(press Enter)"
	}
	fmt.Printf(`
  Dashboard         %[1]s
                    %[2]s  /  %[3]s
  Telephones        %[4]s
  Mailbox           %[5]s
  Operator console  %[1]s/operator
                    %[6]s  /  %[7]s
                    one-time code now %[8]s (Enter: a fresh one), secret %[9]s
  It is %[10]s in the demo. Logs and data: %[11]s

  Three minutes:
   1. Open the telephones in one window, and in another sign in to the dashboard
      and open %[1]s/campaigns/%[12]s/edit
   2. Look at the plan, then start the calls. The first phone rings within a second.
   3. On the telephones, answer one that rings and press 1: its row turns green.
   4. Text STOP from another one that rings: it falls silent, and is never called again.
   5. Pause: no new phone rings. Resume. Whom you leave alone answers after some 20 s.
   6. In the operator console a second employer waits for your decision.

  Ctrl-C ends everything; the data stays for the next start.
`, s.URL, employer.Email, employer.Password, s.SimURL, s.MailURL, reviewer.Email, reviewer.Password, code, s.Secret(),
		g.monday.Format("Monday 2 January 2006, 15:04 in Toronto"), g.dir, done.ReadyCampaign)
}
