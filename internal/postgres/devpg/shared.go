package devpg

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// holderScript ends the shared server when nobody uses it any more. It is a
// shell script because the process that started the server is a test binary
// that ends first.
//
//go:embed holder.sh
var holderScript string

const (
	sharedPrefix = "callshu-test-"
	// linger bridges the compile time between two test processes.
	linger = 15 * time.Second
	// joinTimeout is for the holder to answer on a loaded machine.
	joinTimeout = 10 * time.Second
)

// Shared returns a fast server that all processes of this user share: the
// first starts it, the others join, and it ends some seconds after the last
// has called Stop or died. Twenty test processes so cost one start.
func Shared(ctx context.Context) (*Server, error) {
	if given := os.Getenv(URLVariable); given != "" {
		return useGiven(ctx, given)
	}
	acc, err := unprivileged()
	if err != nil {
		return nil, err
	}
	base := filepath.Join(fastRoot(acc), sharedPrefix+strconv.Itoa(os.Geteuid()))
	return share(ctx, base, linger, acc)
}

func share(ctx context.Context, base string, linger time.Duration, acc *account) (*Server, error) {
	if err := makeBase(base); err != nil {
		return nil, err
	}
	// One at a time: the second finds what the first has started.
	lock, err := lockFile(filepath.Join(base, "lock"), true)
	if err != nil {
		return nil, fmt.Errorf("share PostgreSQL: %w", err)
	}
	defer lock.Close()
	for _, dir := range generations(base) {
		if s, err := join(ctx, dir); err == nil {
			return s, nil
		}
		clearAbandoned(ctx, dir, acc)
	}
	return found(ctx, base, linger, acc)
}

// makeBase refuses a directory that somebody else put where ours belongs.
func makeBase(base string) error {
	if err := os.Mkdir(base, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make shared directory: %w", err)
	}
	info, err := os.Lstat(base)
	if err != nil {
		return fmt.Errorf("look at shared directory: %w", err)
	}
	if !info.IsDir() || !ownedByUs(info) {
		return fmt.Errorf("share PostgreSQL: %s belongs to somebody else", base)
	}
	return nil
}

func generations(base string) []string {
	dirs, _ := filepath.Glob(filepath.Join(base, "server-*")) // the only error is a bad pattern
	return dirs
}

// found starts the server. The holder comes first: from its handshake on,
// whatever becomes of this process, somebody ends what it has started.
func found(ctx context.Context, base string, linger time.Duration, acc *account) (_ *Server, err error) {
	dir, err := os.MkdirTemp(base, "server-")
	if err != nil {
		return nil, fmt.Errorf("make shared server directory: %w", err)
	}
	h := &home{dir: dir, account: acc}
	if err := errors.Join(os.Chmod(dir, 0o711), h.secure()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := startHolder(dir, linger); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	use, err := enrol(ctx, dir)
	if err != nil {
		return nil, err
	}
	_, address, err := startIn(ctx, h, Options{Fast: true}, detached)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "url"), []byte(address), 0o600)
	}
	if err != nil {
		return nil, errors.Join(err, use.Close())
	}
	return &Server{url: address, leave: use.Close}, nil
}

func startHolder(dir string, linger time.Duration) error {
	if err := os.Mkdir(filepath.Join(dir, "acks"), 0o700); err != nil {
		return fmt.Errorf("start holder: %w", err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "users"), 0o600); err != nil {
		return fmt.Errorf("start holder: %w", err)
	}
	cmd := exec.Command("/bin/sh", "-c", holderScript, "callshu-postgres-holder", strconv.Itoa(int(linger.Seconds())))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start holder: %w", err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	go cmd.Wait() // so that it does not stay a zombie while we live
	return os.WriteFile(filepath.Join(dir, "holder.pid"), []byte(pid), 0o600)
}

// join uses a server that another process started.
func join(ctx context.Context, dir string) (*Server, error) {
	use, err := enrol(ctx, dir)
	if err != nil {
		return nil, err
	}
	address, err := os.ReadFile(filepath.Join(dir, "url"))
	if err == nil {
		err = ping(ctx, string(address))
	}
	if err != nil {
		return nil, errors.Join(err, use.Close())
	}
	return &Server{url: string(address), leave: use.Close}, nil
}

// enrol opens the holder's pipe and waits for its answer. The holder ends the
// server when nobody has the pipe open; after the answer it cannot have seen
// that, so the server stays until the returned file is closed, by Stop or by
// the death of this process.
func enrol(ctx context.Context, dir string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	token := newPassword()
	var use *os.File
	for {
		var err error
		if use == nil {
			use, err = ask(dir, token)
		} else if _, err = os.Stat(filepath.Join(dir, "acks", token)); err == nil {
			return use, nil
		}
		if err == nil {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			err = errors.Join(err, ctx.Err())
		}
		if ctx.Err() != nil || !holderLives(dir) {
			err = fmt.Errorf("join the shared PostgreSQL in %s: %w", dir, err)
			if use != nil {
				err = errors.Join(err, use.Close())
			}
			return nil, err
		}
	}
}

// ask fails while the holder is between two rounds and has the pipe closed.
func ask(dir, token string) (*os.File, error) {
	use, err := os.OpenFile(filepath.Join(dir, "users"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if _, err := use.WriteString(token + "\n"); err != nil {
		return nil, errors.Join(err, use.Close())
	}
	return use, nil
}

func holderLives(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "holder.pid"))
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	return err == nil && alive(pid)
}

// clearAbandoned removes a server whose holder was killed. One that is just
// being ended by its holder is left to it.
func clearAbandoned(ctx context.Context, dir string, acc *account) {
	if holderLives(dir) {
		return
	}
	h := &home{dir: dir, account: acc}
	if saved, err := os.ReadFile(filepath.Join(dir, "password")); err == nil {
		h.password = strings.TrimSpace(string(saved))
		if err := h.endLeftover(ctx); err != nil {
			return
		}
	}
	os.RemoveAll(dir) // what cannot be removed is tried again next time
}
