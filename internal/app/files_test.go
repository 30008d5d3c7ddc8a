package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limited runs a program that may write no byte into any file and leave no
// memory behind: the kernel refuses both.
func limited(name string, args ...string) *exec.Cmd {
	return exec.Command("bash", append([]string{"-c", `ulimit -f 0 -c 0 && exec "$@"`, "bash", name}, args...)...)
}

// openForWriting lists the files that a process holds open and could write into.
// Sockets, pipes and devices keep nothing.
func openForWriting(pid int) (files []string, err error) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("look at what is open: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		target, err := os.Readlink(path)
		if err != nil || !strings.HasPrefix(target, "/") { // closed meanwhile, or a socket, a pipe, an eventfd
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		flags, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, entry.Name()))
		if err != nil {
			continue
		}
		_, text, _ := strings.Cut(string(flags), "flags:")
		mode, err := strconv.ParseInt(strings.TrimSpace(strings.SplitN(text, "\n", 2)[0]), 8, 64)
		if err != nil {
			return nil, fmt.Errorf("read how %s is open: %w", path, err)
		}
		if mode&syscall.O_ACCMODE != syscall.O_RDONLY {
			files = append(files, target)
		}
	}
	return files, nil
}

// watch looks at a process until it is stopped, as often as it can, and tells
// how often that was and which files it ever held open for writing.
func watch(pid int) (stop func() (looks int, files map[string]bool, err error)) {
	ctx, cancel := context.WithCancel(context.Background())
	files, looks := map[string]bool{}, 0
	var failed error
	var watching sync.WaitGroup
	watching.Go(func() {
		for every := time.NewTicker(time.Millisecond); ctx.Err() == nil; <-every.C {
			found, err := openForWriting(pid)
			if err != nil {
				failed = err
				return
			}
			looks++
			for _, file := range found {
				files[file] = true
			}
		}
	})
	return func() (int, map[string]bool, error) {
		cancel()
		watching.Wait()
		return looks, files, failed
	}
}

// created has the kernel note whatever is made in a folder, be it for an instant,
// and returns what tells of it.
func created(t *testing.T, folder string) (names func() []string) {
	t.Helper()
	notes, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(notes) }) //nolint:errcheck // it was only read
	if _, err := syscall.InotifyAddWatch(notes, folder, syscall.IN_CREATE|syscall.IN_MOVED_TO|syscall.IN_MODIFY); err != nil {
		t.Fatal(err)
	}
	return func() (made []string) {
		buffer := make([]byte, 1<<16)
		for {
			n, err := syscall.Read(notes, buffer)
			if errors.Is(err, syscall.EAGAIN) {
				return made
			}
			if err != nil {
				t.Fatal(err)
			}
			for rest := buffer[:n]; len(rest) >= syscall.SizeofInotifyEvent; {
				length := int(binary.NativeEndian.Uint32(rest[12:16])) // of the name that follows
				name := rest[syscall.SizeofInotifyEvent : syscall.SizeofInotifyEvent+length]
				made = append(made, strings.TrimRight(string(name), "\x00"))
				rest = rest[syscall.SizeofInotifyEvent+length:]
			}
		}
	}
}

// built is the product as a program, from the sources of this test.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "callshu")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../cmd/callshu")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// program is the product as a process of its own, in empty folders.
type program struct {
	command *exec.Cmd
	folder  string // where it runs, and what it is told is its home and for temporary files
	log     bytes.Buffer
	stop    func() (looks int, files map[string]bool, err error) // of the watch over it
	made    func() []string                                      // in its folder, ever
}

// runLimited goes on with a product as a process of its own, on the same
// database, under the same address, at a business time of its own.
func (p *product) runLimited(at time.Time) *program {
	p.t.Helper()
	p.halt()
	r := &program{folder: p.t.TempDir()}
	r.made = created(p.t, r.folder)
	r.command = limited(built(p.t), "serve")
	r.command.Dir = r.folder
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": r.folder, "TMPDIR": r.folder, "LISTEN_ADDR": strings.TrimPrefix(p.url, "http://"),
		"CALLSHU_CLOCK": at.Format(time.RFC3339) + ",1"}
	maps.Copy(env, p.env)
	for name, value := range env {
		r.command.Env = append(r.command.Env, name+"="+value)
	}
	r.command.Stdout, r.command.Stderr = &r.log, &r.log // pipes: they keep nothing
	if err := r.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	r.stop = watch(r.command.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- r.command.Wait() }()
	p.t.Cleanup(func() {
		r.command.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it has ended then
		if err := <-ended; err != nil {
			p.t.Errorf("the product did not end well: %v\n%s", err, r.log.String())
		}
		for line := range strings.Lines(r.log.String()) {
			if strings.Contains(line, `"level":"ERROR"`) {
				p.t.Errorf("the product logged an error: %s", line)
			}
		}
	})
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get(p.url + "/readyz") //nolint:gosec // our own process
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return r
			}
		}
		if time.Now().After(until) {
			p.t.Fatalf("the product is not ready: %v", err)
		}
	}
}

// thousands is a list of people as a file.
func thousands(n int) string {
	var b strings.Builder
	b.WriteString("name,phone,language,tags\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Person Number,+1416%07d,en,\r\n", 2_000_000+i)
	}
	return b.String()
}

const (
	imported = 20_000
	logged   = 5_000 // events of the week, for a report of some size
)

// What people bring, and what is made of their data, is in the database and
// nowhere else: the whole product takes a list of 20,000, gives the log as a
// file and makes and mails the Monday report as a process that the kernel lets
// write into no file, told to keep temporary files in a folder where none is ever
// made, and without a file that is open for writing.
func TestC5NothingIsLeftOnDisk(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	p.employer("zoe@northwind.example")
	p.exec(`INSERT INTO audit_events (account_id, at, actor_kind, action, subject_kind, subject_id)
		SELECT (SELECT id FROM accounts), $1::timestamptz + i * interval '1 second', 'system', 'campaign.started', 'campaign', i::text FROM generate_series(1, $2) i`, p.clock.Now(), logged)
	monday := p.clock.Now().AddDate(0, 0, 7).Truncate(time.Minute)
	r := p.runLimited(monday)
	owner := p.browser() // signed in anew: it is another day
	owner.post("auth/login", object{"email": "zoe@northwind.example", "password": password})
	answer := owner.imports(thousands(imported), false)
	if n := answer.number("new"); n != imported {
		t.Errorf("%d people imported, want %d: %v", n, imported, answer)
	}
	_, _, csv := owner.try(http.MethodGet, "audit?format=csv", nil)
	if n := strings.Count(csv, "\n"); n < logged {
		t.Errorf("the log as a file has %d lines, want %d at least", n, logged)
	}
	mailed := p.mail("ops@callshu.com", "audit")
	for _, name := range []string{".csv", ".pdf"} {
		if !bytes.Contains(mailed.Raw, []byte(name)) {
			t.Errorf("the mail has no %s", name)
		}
	}
	p.reportHolds(logged)

	looks, files, err := r.stop()
	if err != nil || looks < 100 {
		t.Errorf("looked %d times (%v): too seldom to see anything", looks, err)
	}
	for file := range files {
		t.Errorf("%s was open for writing", file)
	}
	if made := r.made(); len(made) > 0 {
		t.Errorf("made on disk, be it for an instant: %v", made)
	}
}

// reportHolds makes sure that one report was made of so many events, so that the
// test above has seen one being made.
func (p *product) reportHolds(events int) {
	p.t.Helper()
	var reports, files, rows int
	err := p.admin().QueryRow(p.t.Context(), `SELECT (SELECT count(*) FROM reports), count(*), coalesce(sum(rows) FILTER (WHERE name LIKE '%.csv'), 0) FROM report_files`).Scan(&reports, &files, &rows)
	if err != nil {
		p.t.Fatal(err)
	}
	if reports != 1 || files < 2 || rows < events {
		p.t.Errorf("%d reports with %d files and %d events, want one with %d events at least", reports, files, rows, events)
	}
}

// A program that does write is stopped by the limit and seen by the watch;
// without this the test above could be blind.
func TestC5AWriteWouldBeSeen(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spool.csv")
	made := created(t, filepath.Dir(file))
	if out, err := limited("sh", "-c", `echo "Zoe,+14165550101" > "$1"`, "sh", file).CombinedOutput(); err == nil {
		t.Errorf("a write went through: %s", out)
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Errorf("after a refused write: %v, %v", info, err)
	}
	if names := made(); len(names) != 1 || names[0] != "spool.csv" {
		t.Errorf("of a file that was made: %v", names)
	}
	writer := exec.Command("sh", "-c", `exec 7>"$1"; rm "$1"; read line`, "sh", file)
	hold, err := writer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer writer.Wait() //nolint:errcheck // its input ended: that is how it ends
	defer hold.Close()
	stop := watch(writer.Process.Pid)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) || time.Now().After(until) {
			break
		}
	}
	found, err := openForWriting(writer.Process.Pid)
	if err != nil || len(found) != 1 || !strings.HasPrefix(found[0], file) {
		t.Errorf("of an open file: %v, %v", found, err)
	}
	if looks, files, err := stop(); err != nil || looks == 0 || len(files) == 0 {
		t.Errorf("looked %d times and saw %v, %v", looks, files, err)
	}
}
