package devpg

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExecRunsTheCommandBesideAServer(t *testing.T) {
	t.Setenv(URLVariable, "")
	out := filepath.Join(t.TempDir(), "url")
	code, err := Exec(t.Context(), []string{"sh", "-c", `printf %s "$` + URLVariable + `" >"$0"; exit 7`, out})
	if err != nil || code != 7 {
		t.Fatalf("exit code %d, %v; want 7", code, err)
	}
	address, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(address), "postgres://postgres:") {
		t.Errorf("the command saw %q", address)
	}
	if err := ping(t.Context(), string(address)); err == nil {
		t.Error("the server outlived the command")
	}
}

func TestExecSaysHowTheCommandDied(t *testing.T) {
	own := mustStart(t, Options{Fast: true})
	t.Setenv(URLVariable, own.URL())
	if code, err := Exec(t.Context(), []string{"sh", "-c", "kill -TERM $$"}); code != 143 || err != nil {
		t.Errorf("a terminated command: %d, %v; want 143", code, err)
	}
	if code, err := Exec(t.Context(), []string{"true"}); code != 0 || err != nil {
		t.Errorf("a good command: %d, %v; want 0", code, err)
	}
	if _, err := Exec(t.Context(), []string{"/no/such/command"}); err == nil {
		t.Error("a missing command gave no error")
	}
	if _, err := Exec(t.Context(), nil); err == nil {
		t.Error("no command gave no error")
	}
	if err := ping(t.Context(), own.URL()); err != nil {
		t.Errorf("the given server was stopped: %v", err)
	}
}

func TestExecEndsTheCommandWhenCancelled(t *testing.T) {
	own := mustStart(t, Options{Fast: true})
	t.Setenv(URLVariable, own.URL())
	ctx, cancel := context.WithCancel(t.Context())
	ready := filepath.Join(t.TempDir(), "ready")
	go func() {
		eventually(t, "the command has started", func() bool { return !gone(ready) })
		cancel()
	}()
	code, err := Exec(ctx, []string{"sh", "-c", `trap 'exit 3' TERM; : >"$0"; while :; do sleep 0.05; done`, ready})
	if code != 3 {
		t.Errorf("exit code %d, %v; want the command's own 3", code, err)
	}
}
