package main

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

func parse(t *testing.T, args ...string) (commands, string) {
	t.Helper()
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return c, chosen.Command()
}

func TestCommandsKeepTheirArguments(t *testing.T) {
	t.Parallel()
	c, _ := parse(t, "pg", "--major", "18", "--", "go", "test", "-run", "X", "--", "./...")
	if got := afterDashes(c.Pg.Command); c.Pg.Major != 18 || !slices.Equal(got, []string{"go", "test", "-run", "X", "--", "./..."}) {
		t.Errorf("pg: major %d, command %q", c.Pg.Major, got)
	}
	c, _ = parse(t, "exec", "--port", "9", "--", "npm", "--prefix", "web", "run", "e2e")
	if got := afterDashes(c.Exec.Command); c.Exec.Port != 9 || !slices.Equal(got, []string{"npm", "--prefix", "web", "run", "e2e"}) {
		t.Errorf("exec: port %d, command %q", c.Exec.Port, got)
	}
	for _, args := range [][]string{nil, {"--port", "9"}, {"run", "--port", "9"}} {
		if c, chosen := parse(t, args...); chosen != "run" || args != nil && c.Run.Port != 9 {
			t.Errorf("%v chooses %q on port %d", args, chosen, c.Run.Port)
		}
	}
}
