// Command demo runs all of Callshu on one machine: a private PostgreSQL, the
// carrier simulator with its telephones, a mailbox, the built product and
// sample data. It is for trying and for tests; it must never be deployed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/callshu/callshu/internal/config"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

type commands struct {
	Run        run        `cmd:"" default:"withargs" help:"Everything on this machine, with sample data, until Ctrl-C."`
	Smoke      smokeRun   `cmd:"" help:"The main job without a screen, on a fresh database; figures as JSON on the last line."`
	Bench      benchRun   `cmd:"" help:"Measure what the design promises a figure for; one JSON line each."`
	Chaos      chaosRun   `cmd:"" help:"A campaign while everything fails that may fail; figures as JSON on the last line."`
	Exec       execRun    `cmd:"" help:"Run a command against a throw-away stack with sample data."`
	Pg         pg         `cmd:"" help:"Run a command with a private PostgreSQL."`
	Sbom       sbom       `cmd:"" help:"Print what the built product is made of, as CycloneDX."`
	EnvExample envExample `cmd:"" help:"Print .env.example."`
}

// exitCode ends the program with the code of a command that it ran.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for the first
	command := kong.Parse(&commands{}, kong.Name("demo"), kong.Description("Callshu on one machine, for trying and for tests."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := command.Run()
	var code exitCode
	switch {
	case err == nil:
	case errors.As(err, &code):
		os.Exit(int(code))
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted:", err)
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// productFlag is where the built product is.
type productFlag struct {
	Binary string `env:"CALLSHU_BINARY" placeholder:"PATH" help:"The built product; beside this program unless told."`
}

func (p productFlag) path() (string, error) {
	if p.Binary != "" {
		return filepath.Abs(p.Binary)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return filepath.Join(filepath.Dir(self), "callshu"), nil
}

type pg struct {
	Major   int      `help:"Major version, such as 18; the newest on this machine unless told."`
	Command []string `arg:"" passthrough:"" help:"Command and arguments, after --."`
}

func (p pg) Run(ctx context.Context) error {
	return ended(devpg.ExecWith(ctx, devpg.Options{Fast: true, Major: p.Major}, afterDashes(p.Command)))
}

// afterDashes drops the -- that separates a command from our own flags.
func afterDashes(command []string) []string {
	if len(command) > 0 && command[0] == "--" {
		return command[1:]
	}
	return command
}

func ended(code int, err error) error {
	if err == nil && code != 0 {
		return exitCode(code)
	}
	return err
}

type envExample struct{}

func (envExample) Run() error {
	_, err := fmt.Print(config.Example())
	return err
}
