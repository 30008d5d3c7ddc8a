package devpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// execGrace is how long a cancelled command may take to end by itself.
const execGrace = 15 * time.Second

// Exec starts a fast server, runs a command with URLVariable naming it and
// this process's input and output, stops the server and returns the command's
// exit code. When URLVariable is set already, that server is used. When ctx
// ends the command is asked to end (SIGTERM) and, later, killed.
func Exec(ctx context.Context, args []string) (exitCode int, err error) {
	return ExecWith(ctx, Options{Fast: true}, args)
}

// ExecWith is Exec on a server of one's choice, such as another version.
func ExecWith(ctx context.Context, opts Options, args []string) (exitCode int, err error) {
	if len(args) == 0 {
		return 0, errors.New("run with PostgreSQL: no command was given")
	}
	server, err := Start(ctx, opts)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), URLVariable+"="+server.URL())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = execGrace
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("run %s: %w", args[0], err)
	}
	return exitCodeOf(cmd.Wait(), cmd.ProcessState)
}

// exitCodeOf follows the shell: 128 + signal for a command that was killed.
func exitCodeOf(err error, state *os.ProcessState) (int, error) {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return 0, err
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
