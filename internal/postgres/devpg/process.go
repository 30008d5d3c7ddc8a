package devpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// errLocked says that another process owns the directory.
var errLocked = errors.New("another process is using it")

// lifetime says what ends a server.
type lifetime int

const (
	bindToParent lifetime = iota // this process's end, even by kill -9 (Linux)
	detached                     // nobody's: its holder ends it
)

// process is a postgres that we started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs postgres itself rather than pg_ctl, so that it is our child.
func (h *home) start(bin binaries, settings []string, life lifetime) (*process, error) {
	args := []string{"-D", h.data()}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	log, err := os.OpenFile(h.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open server log: %w", err)
	}
	defer log.Close()
	cmd := h.account.command(context.Background(), filepath.Join(bin.dir, "postgres"), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = h.data(), log, log
	detach(cmd.SysProcAttr, life)
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	return p, nil
}

// run keeps the thread that forked the server: Linux delivers the parent-death
// signal when that thread ends, not the process.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.cmd.Wait() // how it ended is in the log; that it ended is all we use
	close(p.ended)
}

// stop ends the server by fast shutdown, then less politely.
func (p *process) stop() error {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		p.cmd.Process.Signal(sig) // an error means that it has ended
		select {
		case <-p.ended:
			return nil
		case <-time.After(stopTimeout):
		}
	}
	return fmt.Errorf("stop PostgreSQL: process %d does not end", p.cmd.Process.Pid)
}

// account is whom the server runs as when we are root; nil means ourselves.
type account struct {
	uid, gid int
}

// unprivileged picks the account: PostgreSQL refuses to run as root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if errUID == nil && errGID == nil {
			return &account{uid: uid, gid: gid}, nil
		}
	}
	return nil, errors.New("start PostgreSQL as root: there is neither a user postgres nor nobody to run it as")
}

func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	if err := os.Chown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("hand %s to the server's user: %w", path, err)
	}
	return nil
}

func (a *account) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// reachable returns binaries that the account can execute: those under a
// private directory (node_modules in /root) are copied out once per version.
func (a *account) reachable(bin binaries) (binaries, error) {
	if a == nil || openToAll(bin.dir) {
		return bin, nil
	}
	info, err := os.Stat(filepath.Join(bin.dir, "postgres"))
	if err != nil {
		return binaries{}, fmt.Errorf("copy PostgreSQL: %w", err)
	}
	name := fmt.Sprintf("bin-%d-%d", bin.major, info.ModTime().Unix())
	target := filepath.Join(rootHome, name)
	moved := binaries{dir: filepath.Join(target, "bin"), major: bin.major}
	if _, err := os.Stat(target); err == nil {
		return moved, nil
	}
	if err := os.MkdirAll(rootHome, 0o755); err != nil {
		return binaries{}, fmt.Errorf("copy PostgreSQL: %w", err)
	}
	work, err := os.MkdirTemp(rootHome, name+".")
	if err != nil {
		return binaries{}, fmt.Errorf("copy PostgreSQL: %w", err)
	}
	defer os.RemoveAll(work)
	native := filepath.Dir(bin.dir)
	if err := errors.Join(os.Chmod(work, 0o755), os.CopyFS(work, os.DirFS(native))); err != nil {
		return binaries{}, fmt.Errorf("copy PostgreSQL out of %s: %w", native, err)
	}
	// Another process may have copied the same; then theirs serves.
	if err := os.Rename(work, target); err != nil && !errors.Is(err, fs.ErrExist) {
		return binaries{}, fmt.Errorf("copy PostgreSQL: %w", err)
	}
	return moved, nil
}

// openToAll reports whether any user may pass through path and what is above
// it; parts that do not exist yet are ours to make.
func openToAll(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	for {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if parent := filepath.Dir(path); parent != path {
			path = parent
			continue
		}
		return true
	}
}

func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// lockFile takes an exclusive lock that the kernel drops when we end. Without
// wait it fails with errLocked when somebody has it.
func lockFile(path string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
