package main

import (
	"context"
	"fmt"
	"os"

	"github.com/callshu/callshu/cmd/demo/internal/bench"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// benchRun measures, on a database and a carrier of its own.
type benchRun struct {
	productFlag
	Only string `enum:"all,control,login,import,dispatch" default:"all" help:"Measure what people wait for (control), what a flood of logins does to it (login), how long a list of 100,000 takes (import), how fast calls leave (dispatch), or all."`
}

func (c benchRun) Run(ctx context.Context) error {
	binary, err := c.path()
	if err != nil {
		return err
	}
	monday, err := stack.NextMonday(os.TempDir())
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	return bench.Run(ctx, bench.Options{Binary: binary, Only: c.Only, Out: os.Stdout, Say: say}, monday)
}
