package app

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/seal"
)

// Staff are the commands about operators: no route makes one, takes one's
// access away or gives one a new second factor.
type Staff struct {
	Add       staffAdd     `cmd:"" help:"Add an operator and print the set-up of the second factor, once."`
	Disable   staffDisable `cmd:"" help:"Take an operator's access away."`
	ResetTotp staffTOTP    `cmd:"" help:"Give an operator who lost the phone a new second factor, and print it once."`
}

type staffAdd struct {
	Email    string `required:"" help:"Address to sign in with."`
	Name     string `required:"" help:"Name as shown to colleagues and in the audit log."`
	Team     string `enum:"support,security,development" default:"support" help:"support, security or development."`
	Password string `env:"CALLSHU_OPERATOR_PASSWORD" help:"Password; asked for in the environment so that it stays out of the process list."`
}

// Run adds the operator.
func (o staffAdd) Run(ctx context.Context) error {
	return AddOperator(ctx, os.Getenv, os.Stdout, NewOperator(o))
}

type staffDisable struct {
	Email string `arg:"" help:"Address of the operator."`
}

// Run takes the access away.
func (o staffDisable) Run(ctx context.Context) error {
	return DisableOperator(ctx, os.Getenv, os.Stdout, o.Email)
}

type staffTOTP struct {
	Email string `arg:"" help:"Address of the operator."`
}

// Run makes a new second factor.
func (o staffTOTP) Run(ctx context.Context) error {
	return ResetOperatorTOTP(ctx, os.Getenv, os.Stdout, o.Email)
}

// NewOperator is somebody who joins Callshu's staff.
type NewOperator struct {
	Email, Name, Team, Password string
}

// AddOperator adds an operator and prints the set-up of the second factor; it
// is shown this once.
func AddOperator(ctx context.Context, getenv func(string) string, out io.Writer, n NewOperator) error {
	return withStaff(ctx, getenv, func(service *auth.Service) error {
		setup, err := service.AddOperator(ctx, auth.NewOperator{Email: n.Email, Name: n.Name, Team: n.Team, Password: n.Password})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "operator  %s (%s)\n", n.Email, n.Team)
		if setup.Password != "" {
			fmt.Fprintf(out, "password  %s\n", setup.Password)
		}
		printSetup(out, setup)
		return nil
	})
}

func printSetup(out io.Writer, setup auth.OperatorSetup) {
	fmt.Fprintf(out, "secret    %s\nsetup     %s\nThese are shown once. Put the secret into an authenticator app.\n", setup.Secret, setup.URL)
}

// DisableOperator takes an operator's access away, from the next request on.
func DisableOperator(ctx context.Context, getenv func(string) string, out io.Writer, email string) error {
	return withStaff(ctx, getenv, func(service *auth.Service) error {
		if err := service.DisableOperator(ctx, email); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s can no longer sign in; every session has ended.\n", email)
		return nil
	})
}

// ResetOperatorTOTP prints a new second factor, this once, and ends the
// operator's sessions.
func ResetOperatorTOTP(ctx context.Context, getenv func(string) string, out io.Writer, email string) error {
	return withStaff(ctx, getenv, func(service *auth.Service) error {
		setup, err := service.ResetOperatorTOTP(ctx, email)
		if err != nil {
			return err
		}
		printSetup(out, setup)
		return nil
	})
}

// withStaff runs f with as much of the service as the commands need.
func withStaff(ctx context.Context, getenv func(string) string, f func(*auth.Service) error) error {
	keys, err := seal.Parse(getenv("DATA_KEYS"))
	if err != nil {
		return fmt.Errorf("read DATA_KEYS: %w", err)
	}
	pool, err := openOne(ctx, getenv, "OPERATOR_DATABASE_URL", postgres.RoleOperator)
	if err != nil {
		return err
	}
	defer pool.Close()
	hasher, err := auth.NewHasher(passwordCost)
	if err != nil {
		return err
	}
	jobs, err := queue.New(pool.Pool)
	if err != nil {
		return err
	}
	return f(auth.New(auth.Deps{Operator: pool, Clock: clock.Real{}, Machine: clock.Real{}, Keys: keys, Hasher: hasher, Mail: mail.NewOutbox(jobs, clock.Real{})}))
}
