package devpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	fastPrefix = "callshu-pg-"
	// rootHome holds what a server must reach after it has dropped root's
	// rights when the checkout itself lies in a private directory such as /root.
	rootHome = "/var/lib/callshu-dev"
	// fastRoom is how much memory file system must be free: containers often
	// have 64 MB, and a test run fills some hundred.
	fastRoom = 2 << 30
)

// home is the directory of one server: data/, log, password, lock. Its lock is
// held as long as the server may run.
type home struct {
	dir       string
	temporary bool
	lock      *os.File
	account   *account
	password  string
}

func (h *home) data() string    { return filepath.Join(h.dir, "data") }
func (h *home) logPath() string { return filepath.Join(h.dir, "log") }
func (h *home) logTail() string { return tail(h.logPath(), 2000) }

// openHome makes and locks the directory. Only one process may own it.
func openHome(opts Options) (*home, error) {
	acc, err := unprivileged()
	if err != nil {
		return nil, err
	}
	h := &home{account: acc}
	switch {
	case opts.Dir != "":
		h.dir, err = settle(opts.Dir, acc)
	case opts.Fast:
		h.temporary = true
		h.dir, err = fastDir(acc)
	default:
		err = errors.New("start PostgreSQL: neither a directory nor fast mode was asked for")
	}
	if err != nil {
		return nil, err
	}
	if err := h.secure(); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// secure takes the lock and reads or makes the superuser's password.
func (h *home) secure() error {
	var err error
	if h.lock, err = lockFile(filepath.Join(h.dir, "lock"), false); err != nil {
		return fmt.Errorf("use %s: %w", h.dir, err)
	}
	path := filepath.Join(h.dir, "password")
	saved, err := os.ReadFile(path)
	if err == nil && len(saved) > 0 {
		h.password = strings.TrimSpace(string(saved))
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read password: %w", err)
	}
	h.password = newPassword()
	if err := os.WriteFile(path, []byte(h.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("save password: %w", err)
	}
	return h.account.own(path)
}

// close gives the directory up, and removes it when it was made for this run.
func (h *home) close() error {
	var err error
	if h.temporary {
		err = os.RemoveAll(h.dir)
	}
	if h.lock != nil {
		err = errors.Join(err, h.lock.Close())
	}
	return err
}

// prepare finds the binaries, ends a server that a killed process left behind
// and makes the cluster when there is none.
func (h *home) prepare(ctx context.Context, opts Options) (binaries, error) {
	major, err := h.existingMajor()
	if err != nil {
		return binaries{}, err
	}
	if major != 0 && opts.Major != 0 && major != opts.Major {
		return binaries{}, fmt.Errorf("the data in %s is of PostgreSQL %d, not %d", h.dir, major, opts.Major)
	}
	want := max(major, opts.Major)
	bin, err := findBinaries(want)
	if err != nil {
		if major != 0 {
			err = fmt.Errorf("the data in %s needs it (remove that directory to begin anew): %w", h.dir, err)
		}
		return binaries{}, err
	}
	if bin, err = h.account.reachable(bin); err != nil {
		return binaries{}, err
	}
	if major == 0 {
		return bin, h.initdb(ctx, bin, opts.Fast)
	}
	return bin, h.endLeftover(ctx)
}

func (h *home) existingMajor() (int, error) {
	raw, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the data in %s: %w", h.dir, err)
	}
	return major, nil
}

// initdb works beside the final place and renames at the end: a cluster that
// was cut short by a kill must not look finished.
func (h *home) initdb(ctx context.Context, bin binaries, fast bool) error {
	work := h.data() + ".new"
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("clear %s: %w", work, err)
	}
	if err := os.Mkdir(work, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	if err := h.account.own(work); err != nil {
		return err
	}
	args := []string{
		"-D", work, "-U", superuser, "-E", "UTF8", "--locale=" + serverLocale,
		"--auth=scram-sha-256", "--pwfile=" + filepath.Join(h.dir, "password"),
	}
	if fast {
		args = append(args, "--no-sync")
	}
	cmd := h.account.command(ctx, filepath.Join(bin.dir, "initdb"), args...)
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb in %s: %w\n%s", h.dir, err, out)
	}
	if err := os.Rename(work, h.data()); err != nil {
		return fmt.Errorf("put data directory in place: %w", err)
	}
	return nil
}

// endLeftover stops a server that outlived the process that started it. We
// hold the lock, so nobody else may be using it. The process id in a stale
// file may by now be anybody's: only one that answers with our password and
// our data directory is signalled.
func (h *home) endLeftover(ctx context.Context) error {
	pidFile := filepath.Join(h.data(), "postmaster.pid")
	lines := strings.Split(tail(pidFile, 4096), "\n")
	if len(lines) < 4 {
		return nil
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil || !alive(pid) {
		return nil
	}
	port, err := strconv.Atoi(lines[3])
	if err != nil {
		return nil
	}
	if h.answers(ctx, port) {
		if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL left in %s: %w", h.dir, err)
		}
	}
	return h.awaitGone(ctx, pid, pidFile)
}

func (h *home) answers(ctx context.Context, port int) bool {
	conn, err := pgx.Connect(ctx, serverURL(h.password, port))
	if err != nil {
		return false
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var dir string
	if err := conn.QueryRow(ctx, "show data_directory").Scan(&dir); err != nil {
		return false
	}
	return dir == h.data()
}

// awaitGone waits until the process or its pid file is gone; past the limit
// the start goes on and PostgreSQL itself decides whether the file is stale.
func (h *home) awaitGone(ctx context.Context, pid int, pidFile string) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) {
		if _, err := os.Stat(pidFile); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// settle makes the directory and returns where it really is: for root in a
// private place it is a link into rootHome, because the server, which may not
// run as root, could not enter it. Removing the link discards the data.
func settle(dir string, acc *account) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", dir, err)
	}
	if acc == nil || openToAll(filepath.Dir(dir)) {
		// Whatever the umask: the server has to enter its directory.
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o711)); err != nil {
			return "", fmt.Errorf("make server directory: %w", err)
		}
		return filepath.EvalSymlinks(dir)
	}
	sum := sha256.Sum256([]byte(dir))
	real := filepath.Join(rootHome, hex.EncodeToString(sum[:6]))
	linked, err := os.Readlink(dir)
	if err == nil && linked == real {
		return real, os.MkdirAll(real, 0o755)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s lies where the server may not go and is not our link to %s: remove it", dir, real)
	}
	if err := errors.Join(os.RemoveAll(real), os.MkdirAll(real, 0o755), os.MkdirAll(filepath.Dir(dir), 0o755)); err != nil {
		return "", fmt.Errorf("make server directory: %w", err)
	}
	return real, os.Symlink(real, dir)
}

// fastDir makes a directory for one run, in memory where there is room, after
// removing those of runs that were killed.
func fastDir(acc *account) (string, error) {
	root := fastRoot(acc)
	sweep(root)
	dir, err := os.MkdirTemp(root, fastPrefix)
	if err != nil {
		return "", fmt.Errorf("make server directory: %w", err)
	}
	// The server enters but does not list; the password in it stays private.
	return dir, os.Chmod(dir, 0o711)
}

func fastRoot(acc *account) string {
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err == nil && st.Bavail*uint64(st.Bsize) >= fastRoom {
		return "/dev/shm"
	}
	if tmp := os.TempDir(); acc == nil || openToAll(tmp) {
		return tmp
	}
	return "/var/tmp"
}

// sweep removes directories of killed runs: ours by owner, unlocked, and old
// enough that nobody is between making and locking one.
func sweep(root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), fastPrefix) ||
			!ownedByUs(info) || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		dir := filepath.Join(root, e.Name())
		lock, err := lockFile(filepath.Join(dir, "lock"), false)
		if err != nil {
			continue
		}
		os.RemoveAll(dir) // what cannot be removed is tried again next time
		lock.Close()
	}
}
