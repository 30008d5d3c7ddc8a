package stack

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// stopWithin is how long the product may drain; its own limits are shorter.
const stopWithin = 30 * time.Second

// child is a process that we started and that we end, by its own id.
type child struct {
	cmd      *exec.Cmd
	log      string
	ended    chan struct{}
	err      error // how it ended; read after ended is closed
	stopping atomic.Bool
}

// startChild runs a command whose output goes to a log file. It has a process
// group of its own: a Ctrl-C in the terminal reaches us alone, and we end our
// children in order.
func startChild(binary string, args, env []string, log string) (*child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer out.Close()
	c := &child{cmd: exec.Command(binary, args...), log: log, ended: make(chan struct{})}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, out, out
	c.cmd.SysProcAttr = ownGroup()
	started := make(chan error)
	go c.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(binary), err)
	}
	return c, nil
}

// run keeps the thread that forked the child: on Linux the child ends with it,
// so that not even kill -9 of the demo leaves it behind.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	c.err = c.cmd.Wait()
	close(c.ended)
}

// stop asks the child to drain, and insists when it does not.
func (c *child) stop() error {
	c.stopping.Store(true)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		c.cmd.Process.Signal(sig) // an error means that it has ended
		select {
		case <-c.ended:
			if sig == syscall.SIGKILL {
				return fmt.Errorf("%s did not end within %s and was killed", filepath.Base(c.cmd.Path), stopWithin)
			}
			return nil
		case <-time.After(stopWithin):
		}
	}
	return fmt.Errorf("process %d does not end", c.cmd.Process.Pid)
}

// crash tells how the child ended by itself, with its last words.
func (c *child) crash() error {
	how := "it ended"
	if c.err != nil {
		how = c.err.Error()
	}
	return fmt.Errorf("%s (%s); the end of %s:\n%s", filepath.Base(c.cmd.Path), how, c.log, tail(c.log, 12))
}

// tail returns the last lines of a file.
func tail(path string, lines int) string {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	const most = 64 << 10
	if info, err := file.Stat(); err == nil && info.Size() > most {
		if _, err := file.Seek(-most, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(bytes.ToValidUTF8(data, []byte("?"))), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
