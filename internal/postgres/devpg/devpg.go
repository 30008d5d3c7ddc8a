// Package devpg owns private PostgreSQL servers for the demo and the tests: it
// finds the binaries, starts a server on loopback, as root (which PostgreSQL
// refuses) and as an ordinary user, and leaves nothing running behind. It must
// never be imported by the product's own path, read the product's database
// URLs, or listen on anything but 127.0.0.1.
package devpg

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// URLVariable names the one setting of this package: the URL of a server on
// which we are superuser. When it is set nothing is started.
const URLVariable = "CALLSHU_DEV_POSTGRES_URL"

const (
	superuser    = "postgres"
	startTimeout = 60 * time.Second
	// stopTimeout is how long a fast shutdown may take before we insist; the
	// shutdown checkpoint on a slow disk takes seconds.
	stopTimeout = 20 * time.Second
	portTries   = 5
)

// Options say which server to start. The zero value is a persistent server in
// a directory that must be named, so Dir or Fast has to be set.
type Options struct {
	// Dir is where the server lives (data, log, password). With Fast it may be
	// empty: a directory is made in memory where there is room, and removed by
	// Stop. It is created when missing and kept otherwise.
	Dir string
	// Fast trades durability for speed (fsync off): tests only.
	Fast bool
	// Port to listen on; 0 takes a free one.
	Port int
	// Major wants this major version, such as 18; 0 takes the first found:
	// system binaries, newest first, then the npm package.
	Major int
}

// Server is a running PostgreSQL, ours or one that was named by URLVariable.
type Server struct {
	url   string
	owned *process
	again func(ctx context.Context) (*process, error)
	leave func() error
}

// URL is the superuser's connection string for the database postgres.
func (s *Server) URL() string { return s.url }

// Stop ends the server that Start began, or this process's use of a shared
// one. It does nothing to a server that was running before us.
func (s *Server) Stop() error {
	if s.leave == nil {
		return nil
	}
	leave := s.leave
	s.leave = nil
	return leave()
}

// Done is closed when a server that Start began has ended, for whatever
// reason; it is nil for a server that is not ours. Kill, Revive, Done and Stop
// belong to one goroutine.
func (s *Server) Done() <-chan struct{} {
	if s.owned == nil {
		return nil
	}
	return s.owned.ended
}

// Start returns a server that accepts connections. On Linux the server ends
// with this process, even when it is killed; elsewhere the next Start on the
// same directory ends what was left running.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if given := os.Getenv(URLVariable); given != "" {
		return useGiven(ctx, given)
	}
	return startOwn(ctx, opts)
}

func useGiven(ctx context.Context, given string) (*Server, error) {
	if err := ping(ctx, given); err != nil {
		return nil, fmt.Errorf("reach the server named by %s: %w", URLVariable, err)
	}
	return &Server{url: given}, nil
}

func startOwn(ctx context.Context, opts Options) (*Server, error) {
	home, err := openHome(opts)
	if err != nil {
		return nil, err
	}
	proc, address, err := startIn(ctx, home, opts, bindToParent)
	if err != nil {
		return nil, errors.Join(err, home.close())
	}
	if opts.Port, err = portOf(address); err != nil {
		return nil, errors.Join(err, proc.stop(), home.close())
	}
	s := &Server{url: address, owned: proc}
	s.leave = func() error { return errors.Join(s.owned.stop(), home.close()) }
	s.again = func(ctx context.Context) (*process, error) {
		proc, _, err := startIn(ctx, home, opts, bindToParent)
		return proc, err
	}
	return s, nil
}

func portOf(address string) (int, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, fmt.Errorf("read server address: %w", err)
	}
	return strconv.Atoi(u.Port())
}

// errNotOurs refuses to end a server that was running before us.
var errNotOurs = errors.New("the server is not ours to kill")

// Kill ends a server that Start began with kill -9, as a test of what outlives
// it, and returns when it has ended. What it had committed is on the disk,
// unless it is a Fast one. Done is closed.
func (s *Server) Kill() error {
	if s.owned == nil {
		return errNotOurs
	}
	if err := s.owned.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-s.owned.ended
	return nil
}

// reviveEvery is the pause between tries: the processes of a server that was
// killed hold its memory until they notice, and no other may start before.
const reviveEvery = 50 * time.Millisecond

// Revive starts a killed server again, on its data, at its address. Done is a
// new channel from then on.
func (s *Server) Revive(ctx context.Context) error {
	if s.again == nil {
		return errNotOurs
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		proc, err := s.again(ctx)
		if err == nil {
			s.owned = proc
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("revive PostgreSQL: %w", err)
		case <-time.After(reviveEvery):
		}
	}
}

// startIn makes the cluster in an opened home if need be and starts it,
// trying another port when somebody was quicker to take the free one.
func startIn(ctx context.Context, h *home, opts Options, life lifetime) (*process, string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	bin, err := h.prepare(ctx, opts)
	if err != nil {
		return nil, "", err
	}
	var failure error
	for range portTries {
		port := opts.Port
		if port == 0 {
			if port, err = freePort(); err != nil {
				return nil, "", err
			}
		}
		proc, address, err := launch(ctx, h, bin, port, opts.Fast, life)
		if err == nil {
			return proc, address, nil
		}
		failure = err
		if opts.Port != 0 || ctx.Err() != nil || !strings.Contains(h.logTail(), "could not bind") {
			break
		}
	}
	return nil, "", failure
}

func launch(ctx context.Context, h *home, bin binaries, port int, fast bool, life lifetime) (*process, string, error) {
	proc, err := h.start(bin, settings(port, fast), life)
	if err != nil {
		return nil, "", err
	}
	address := serverURL(h.password, port)
	if err := awaitReady(ctx, proc, address); err != nil {
		err = fmt.Errorf("start PostgreSQL %d in %s: %w\n%s", bin.major, h.dir, err, h.logTail())
		return nil, "", errors.Join(err, proc.stop())
	}
	return proc, address, nil
}

// settings are the server's parameters. Loopback only and no Unix socket: the
// default socket directory of a distribution is not ours to write to.
func settings(port int, fast bool) []string {
	set := []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(port), "unix_socket_directories=",
		"timezone=UTC", "log_timezone=UTC", "max_connections=200", "shared_buffers=128MB",
	}
	if fast {
		set = append(set, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	return set
}

func serverURL(password string, port int) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// awaitReady polls because PostgreSQL has no other signal that all platforms
// share; it ends early when the server does.
func awaitReady(ctx context.Context, proc *process, address string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ping(ctx, address)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-proc.ended:
			return errors.New("the server ended")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

func ping(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.Ping(ctx)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// newPassword keeps other users of the machine out: a superuser can run
// commands as the owner of the server.
func newPassword() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// tail returns the last n bytes of a file, or nothing.
func tail(path string, n int) string {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-n):])
}
