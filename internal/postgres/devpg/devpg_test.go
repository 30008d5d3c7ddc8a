package devpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// helperVariable makes the test binary act as another process of a test.
const helperVariable = "CALLSHU_DEVPG_TEST_HELPER"

func TestMain(m *testing.M) {
	if role := os.Getenv(helperVariable); role != "" {
		os.Exit(helper(role, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// helper starts or joins a server, says its URL and waits to be told to leave.
func helper(role string, args []string) int {
	ctx := context.Background()
	var s *Server
	var err error
	switch role {
	case "start":
		s, err = startOwn(ctx, Options{Dir: args[0], Fast: true})
	case "share":
		var acc *account
		if acc, err = unprivileged(); err == nil {
			s, err = share(ctx, args[0], 0, acc)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.URL())
	io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

type helperProcess struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

func runHelper(t *testing.T, role string, args ...string) *helperProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), helperVariable+"="+role)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("helper %s gave no URL: %v", role, err)
	}
	return &helperProcess{cmd: cmd, stdin: stdin, url: strings.TrimSpace(line)}
}

func (h *helperProcess) kill(t *testing.T) {
	t.Helper()
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	h.cmd.Wait() // the error is that it was killed
}

func (h *helperProcess) leave(t *testing.T) {
	t.Helper()
	h.stdin.Close()
	if err := h.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, address, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var out string
	if err := conn.QueryRow(ctx, sql).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func run(t *testing.T, address, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s still not: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

// serverDir is a directory that the server may enter although test
// directories are private.
func serverDir(t *testing.T) string {
	t.Helper()
	acc, err := unprivileged()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(fastRoot(acc), "callshu-devpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func mustStart(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := startOwn(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFastServerLeavesNothing(t *testing.T) {
	t.Setenv("PGDATABASE", "elsewhere") // must not reach the server's programs
	s := mustStart(t, Options{Fast: true})
	if got := query(t, s.URL(), "show fsync"); got != "off" {
		t.Errorf("fsync = %s, want off", got)
	}
	if got := query(t, s.URL(), "select lower('ÉÀ')"); got != "éà" {
		t.Errorf("lower case of ÉÀ = %q", got)
	}
	data := query(t, s.URL(), "show data_directory")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if !gone(filepath.Dir(data)) {
		t.Errorf("%s is still there", filepath.Dir(data))
	}
	if err := s.Stop(); err != nil {
		t.Errorf("a second Stop: %v", err)
	}
}

func TestPersistentServerKeepsData(t *testing.T) {
	dir := filepath.Join(serverDir(t), "pg")
	s := mustStart(t, Options{Dir: dir})
	run(t, s.URL(), "create table kept as select 42 as n")
	if got := query(t, s.URL(), "show fsync"); got != "on" {
		t.Errorf("fsync = %s, want on", got)
	}
	if _, err := startOwn(t.Context(), Options{Dir: dir}); !errors.Is(err, errLocked) {
		t.Errorf("a second Start on the directory: %v, want %v", err, errLocked)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s = mustStart(t, Options{Dir: dir})
	if got := query(t, s.URL(), "select n::text from kept"); got != "42" {
		t.Errorf("kept %s, want 42", got)
	}
}

// A server that is killed keeps what it had committed, and lives again at the
// same address.
func TestKilledServerIsRevived(t *testing.T) {
	s := mustStart(t, Options{Dir: filepath.Join(serverDir(t), "pg")})
	run(t, s.URL(), "create table kept as select 42 as n")
	for range 2 {
		ended := s.Done()
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
		if err := ping(t.Context(), s.URL()); err == nil {
			t.Fatal("a killed server answers")
		}
		if err := s.Revive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := query(t, s.URL(), "select n::text from kept"); got != "42" {
			t.Fatalf("kept %s, want 42", got)
		}
	}
	given := &Server{url: s.URL()}
	if err := errors.Join(given.Kill(), given.Revive(t.Context())); !errors.Is(err, errNotOurs) {
		t.Fatalf("a server of somebody else: %v", err)
	}
}

func TestPasswordIsWanted(t *testing.T) {
	s := mustStart(t, Options{Fast: true})
	at := strings.LastIndex(s.URL(), "@")
	stranger := "postgres://postgres:guess" + s.URL()[at:]
	if err := ping(t.Context(), stranger); err == nil {
		t.Error("the server let a stranger in")
	}
}

func TestServerOfAKilledProcessEnds(t *testing.T) {
	dir := filepath.Join(serverDir(t), "pg")
	h := runHelper(t, "start", dir)
	run(t, h.url, "create table kept as select 1 as n")
	pid := query(t, h.url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
	h.kill(t)
	if runtime.GOOS == "linux" {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the server has ended", func() bool { return !alive(n) })
	}
	s := mustStart(t, Options{Dir: dir, Fast: true})
	if got := query(t, s.URL(), "select n::text from kept"); got != "1" {
		t.Errorf("kept %s, want 1", got)
	}
}

// A server without the parent-death signal, as on macOS, is ended by the next
// Start on its directory.
func TestLeftoverServerIsEnded(t *testing.T) {
	dir := filepath.Join(serverDir(t), "pg")
	h, err := openHome(Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	left, _, err := startIn(t.Context(), h, Options{Fast: true}, detached)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.lock.Close(); err != nil {
		t.Fatal(err)
	}
	mustStart(t, Options{Dir: dir, Fast: true})
	select {
	case <-left.ended:
	default:
		left.stop()
		t.Error("two servers ran on one directory")
	}
}

func TestUnfinishedClusterIsMadeAnew(t *testing.T) {
	dir := filepath.Join(serverDir(t), "pg")
	if err := os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data.new", "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustStart(t, Options{Dir: dir, Fast: true})
	if err := ping(t.Context(), s.URL()); err != nil {
		t.Error(err)
	}
}

func TestVersionOfTheDataIsKept(t *testing.T) {
	dir := filepath.Join(serverDir(t), "pg")
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := startOwn(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL 99") || !strings.Contains(err.Error(), "begin anew") {
		t.Errorf("data of version 99: %v", err)
	}
}

func TestGivenServerIsUsedAndLeftAlone(t *testing.T) {
	own := mustStart(t, Options{Fast: true})
	t.Setenv(URLVariable, own.URL())
	for name, start := range map[string]func() (*Server, error){
		"Start":  func() (*Server, error) { return Start(t.Context(), Options{Fast: true}) },
		"Shared": func() (*Server, error) { return Shared(t.Context()) },
	} {
		s, err := start()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.URL() != own.URL() {
			t.Errorf("%s: URL %s, want the given one", name, s.URL())
		}
		if err := s.Stop(); err != nil {
			t.Errorf("%s: stop: %v", name, err)
		}
	}
	if err := ping(t.Context(), own.URL()); err != nil {
		t.Errorf("the given server was stopped: %v", err)
	}
	t.Setenv(URLVariable, "postgres://postgres@127.0.0.1:1/postgres")
	if _, err := Start(t.Context(), Options{Fast: true}); err == nil || !strings.Contains(err.Error(), URLVariable) {
		t.Errorf("a given server that is not there: %v", err)
	}
}

func TestRootInAPrivateDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root drops its rights")
	}
	private := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(private, ".dev", "pg")
	s := mustStart(t, Options{Dir: dir, Fast: true})
	real, err := os.Readlink(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(real) })
	run(t, s.URL(), "create table kept as select 1 as n")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s = mustStart(t, Options{Dir: dir, Fast: true})
	if got := query(t, s.URL(), "select count(*)::text from pg_tables where tablename = 'kept'"); got != "1" {
		t.Error("the data was lost between two starts")
	}
	if err := errors.Join(s.Stop(), os.RemoveAll(filepath.Join(private, ".dev"))); err != nil {
		t.Fatal(err)
	}
	s = mustStart(t, Options{Dir: dir, Fast: true})
	if got := query(t, s.URL(), "select count(*)::text from pg_tables where tablename = 'kept'"); got != "0" {
		t.Error("removing .dev did not discard the data")
	}
}

// TestAsOrdinaryUser runs the other tests as nobody when we are root.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("already an ordinary user")
	}
	nobody := &account{uid: 65534, gid: 65534}
	dir := serverDir(t)
	if err := nobody.own(dir); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "devpg.test")
	raw, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, raw, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := nobody.command(t.Context(), binary, "-test.run=^(TestFast|TestPersistent|TestServerOf|TestShared|TestExec)", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("as nobody: %v\n%s", err, out)
	}
	if n := strings.Count(string(out), "--- PASS"); n < 5 {
		t.Errorf("as nobody only %d tests passed:\n%s", n, out)
	}
}

func TestKilledRunsAreSwept(t *testing.T) {
	root := t.TempDir()
	past := time.Now().Add(-time.Hour)
	for _, name := range []string{"stale", "held", "fresh"} {
		dir := filepath.Join(root, fastPrefix+name)
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		lock, err := lockFile(filepath.Join(dir, "lock"), false)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		if name == "held" {
			t.Cleanup(func() { lock.Close() })
		} else {
			lock.Close()
		}
		if name != "fresh" {
			if err := os.Chtimes(dir, past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	sweep(root)
	for name, want := range map[string]bool{"stale": true, "held": false, "fresh": false} {
		if got := gone(filepath.Join(root, fastPrefix+name)); got != want {
			t.Errorf("%s swept: %v, want %v", name, got, want)
		}
	}
}
