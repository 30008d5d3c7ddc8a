package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/seed"
	"github.com/callshu/callshu/cmd/demo/internal/smoke"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// execRun gives a command, such as the browser tests, a stack of its own.
type execRun struct {
	productFlag
	Port        int      `env:"DEMO_PORT" help:"Port of Callshu; a free one unless told."`
	PhonesPort  int      `env:"DEMO_PHONES_PORT" help:"Port of the telephones; a free one unless told."`
	MailboxPort int      `env:"DEMO_MAILBOX_PORT" help:"Port of the mailbox; a free one unless told."`
	Command     []string `arg:"" passthrough:"" help:"Command and arguments, after --."`
}

func (e execRun) Run(ctx context.Context) (err error) {
	s, monday, err := temporary(ctx, e.productFlag, stack.Ports{Callshu: e.Port, Phones: e.PhonesPort, Mailbox: e.MailboxPort})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := prepare(ctx, s, monday); err != nil {
		return diagnose(s, err)
	}
	colleague := sample.Colleague()
	if err := s.AddOwner(ctx, sample.Employer().Email, colleague.Name, colleague.Email); err != nil {
		return err
	}
	file := filepath.Join(s.Dir(), "demo.json")
	if err := describe(s, file); err != nil {
		return err
	}
	return ended(runCommand(ctx, s, afterDashes(e.Command), "CALLSHU_URL="+s.URL, "CALLSHU_SIM_URL="+s.SimURL, "CALLSHU_MAIL_URL="+s.MailURL, "CALLSHU_DEMO_JSON="+file))
}

// temporary opens a stack of which nothing stays.
func temporary(ctx context.Context, product productFlag, ports stack.Ports) (*stack.Stack, time.Time, error) {
	binary, err := product.path()
	if err != nil {
		return nil, time.Time{}, err
	}
	dir, err := os.MkdirTemp("", "callshu-demo-")
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("make directory: %w", err)
	}
	monday, err := stack.NextMonday(dir)
	if err != nil {
		return nil, time.Time{}, err
	}
	s, err := stack.Open(ctx, stack.Options{Dir: dir, Binary: binary, Ports: ports, Temporary: true, Begin: seed.Begin(monday), TextsPerSecond: textsPerSecond, TrustLoopback: true})
	return s, monday, err
}

// account is a login as the JSON file tells it.
type account struct {
	Name       string `json:"name,omitempty"`
	LegalName  string `json:"legal_name,omitempty"`
	Email      string `json:"email"`
	Password   string `json:"password"`
	Phone      string `json:"phone,omitempty"`
	TOTPSecret string `json:"totp_secret,omitempty"`
}

// description is all that a test needs to know of a stack.
type description struct {
	URL         string  `json:"url"`
	OperatorURL string  `json:"operator_url"`
	SimURL      string  `json:"sim_url"`
	MailURL     string  `json:"mail_url"`
	Employer    account `json:"employer"`
	Colleague   account `json:"colleague"` // a second owner of the employer
	Operator    account `json:"operator"`
	Pending     account `json:"pending"`
	stack.Seeded
}

func describe(s *stack.Stack, file string) error {
	employer, colleague, reviewer, applicant := sample.Employer(), sample.Colleague(), sample.Reviewer(), sample.Applicant()
	d := description{URL: s.URL, OperatorURL: s.URL + "/operator", SimURL: s.SimURL, MailURL: s.MailURL, Seeded: *s.Seeded(),
		Employer:  account{Name: employer.Name, LegalName: employer.LegalName, Email: employer.Email, Password: employer.Password, Phone: employer.Phone},
		Colleague: account{Name: colleague.Name, LegalName: colleague.LegalName, Email: colleague.Email, Password: colleague.Password},
		Operator:  account{Name: reviewer.Name, Email: reviewer.Email, Password: reviewer.Password, TOTPSecret: s.Secret()},
		Pending:   account{LegalName: applicant.LegalName, Email: applicant.Email, Password: applicant.Password}}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("describe the stack: %w", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("describe the stack: %w", err)
	}
	return nil
}

// runCommand runs a command against a stack and ends it when the stack breaks.
func runCommand(ctx context.Context, s *stack.Stack, command []string, env ...string) (int, error) {
	if len(command) == 0 {
		return 0, errors.New("name a command after --")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-s.Failed():
			cancel(err)
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch cause := context.Cause(ctx); {
	case cause != nil && !errors.Is(cause, context.Canceled):
		return 0, cause
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), nil
	}
	return 0, err
}

// smokeRun is the main job as a check.
type smokeRun struct {
	productFlag
}

func (c smokeRun) Run(ctx context.Context) (err error) {
	began := time.Now()
	s, monday, err := temporary(ctx, c.productFlag, stack.Ports{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	figures, err := smoke.Run(ctx, s, monday, func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) })
	if err != nil {
		return diagnose(s, err)
	}
	figures.Seconds = smoke.Round(time.Since(began))
	line, err := json.Marshal(figures)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	fmt.Println(string(line))
	return nil
}
