// Package bench measures what the design promises a figure for, on the machine
// at hand: each line of it is one JSON object. Ratios are of one run. It must
// never be part of the tests: a machine that is busy is slow, not wrong.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

// The carrier's account: not a secret, as it opens nothing but the stand-in.
const (
	accountSID = "AC00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
)

// Options say what to measure and where the results go.
type Options struct {
	Binary string // the built product
	Only   string // "control", "login", "import" or "dispatch": that alone; "all" is every one
	Out    io.Writer
	Say    func(format string, args ...any)
}

type bench struct {
	Options
	carrier *carrier
	server  *devpg.Server
	dir     string
	now     clock.Clock
}

// Run measures every line and writes each as soon as it is known.
func Run(ctx context.Context, options Options, monday time.Time) (err error) {
	b := &bench{Options: options}
	if b.now, err = clock.Parse(monday.Format(time.RFC3339) + ",1"); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "callshu-bench-"); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.carrier, err = startCarrier(); err != nil {
		return err
	}
	defer b.carrier.close()
	// Durable, as in production: a benchmark without fsync measures another product.
	if b.server, err = devpg.Start(ctx, devpg.Options{Dir: filepath.Join(b.dir, "pg")}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.server.Stop()) }()
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"control", b.controls}, {"login", b.logins}, {"import", b.imports}, {"dispatch", b.dispatches}} {
		if b.Only == "all" || b.Only == part.name {
			if err := part.run(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// dispatches are the lines about how fast calls leave.
func (b *bench) dispatches(ctx context.Context) error {
	for _, at := range []struct {
		delay time.Duration
		calls int
	}{{0, 20_000}, {50 * time.Millisecond, 10_000}} {
		name := fmt.Sprintf("dispatch_%d", at.delay.Milliseconds())
		b.Say("%d calls at a carrier that answers after %s ...", at.calls, at.delay)
		w, err := newWorld(ctx, b.server, name, b.now, make([]byte, 32))
		if err != nil {
			return err
		}
		err = w.addPeople(ctx, at.calls)
		var line Dispatch
		if err == nil {
			line, err = b.dispatch(ctx, w, at.delay, at.calls)
		}
		w.close()
		if err != nil {
			return err
		}
		if err := b.print(line); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) print(line any) error {
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	_, err = fmt.Fprintf(b.Out, "%s\n", data)
	return err
}
