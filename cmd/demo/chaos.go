package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/callshu/callshu/cmd/demo/internal/chaos"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// chaosRun shows that nobody is called twice, lost or called after STOP.
type chaosRun struct {
	productFlag
	Dir   string `default:".dev" env:"DEMO_DIR" help:"Where a directory is made for the run."`
	Seed  uint64 `help:"Of the plan; drawn and printed unless told."`
	Short bool   `help:"Within a minute and a half, on a smaller list."`
}

func (c chaosRun) Run(ctx context.Context) (err error) {
	binary, err := c.path()
	if err != nil {
		return err
	}
	if c.Seed == 0 {
		c.Seed = 1 + rand.Uint64N(1<<32) //nolint:gosec // not a secret
	}
	form := chaos.Long()
	if c.Short {
		form = chaos.Short()
	}
	dir, err := c.makeDir()
	if err != nil {
		return err
	}
	monday, err := stack.NextMonday(dir)
	if err != nil {
		return err
	}
	s, err := stack.Open(ctx, stack.Options{Dir: dir, Binary: binary, Temporary: true, Durable: true, Seed: c.Seed,
		Begin: chaos.Begin(monday), TextsPerSecond: chaos.TextsPerSecond})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	figures, err := chaos.Run(ctx, s, monday, c.Seed, form, func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) })
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // nothing to learn from: nothing stays
	case err != nil:
		return fmt.Errorf("seed %d: %w\nlogs: %s", c.Seed, err, s.KeepLogs())
	}
	line, err := json.Marshal(figures)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	if !figures.Clean() {
		fmt.Println("logs: " + s.KeepLogs())
		err = exitCode(1)
	}
	fmt.Println(string(line))
	return err
}

// makeDir makes a directory that is this run's alone; a PostgreSQL that may not
// run as root passes through it.
func (c chaosRun) makeDir() (string, error) {
	home, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", c.Dir, err)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", fmt.Errorf("make %s: %w", home, err)
	}
	dir, err := os.MkdirTemp(home, "chaos-")
	if err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	return dir, os.Chmod(dir, 0o755)
}
