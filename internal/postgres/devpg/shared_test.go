package devpg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestSharedServerIsOneAndEndsWithItsLastUser(t *testing.T) {
	base := filepath.Join(serverDir(t), "shared")
	const users = 6
	helpers := make([]*helperProcess, users)
	var wg sync.WaitGroup
	for i := range users {
		wg.Go(func() { helpers[i] = runHelper(t, "share", base) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, h := range helpers {
		if h.url != helpers[0].url {
			t.Fatalf("two servers: %s and %s", h.url, helpers[0].url)
		}
	}
	dir := generations(base)
	if len(dir) != 1 {
		t.Fatalf("generations: %v, want one", dir)
	}
	// Who started it is unknown; killing all but one proves that none matters.
	for _, h := range helpers[1:] {
		h.kill(t)
	}
	if got := query(t, helpers[0].url, "select 'alive'"); got != "alive" {
		t.Fatal("the server ended with a user still there")
	}
	helpers[0].leave(t)
	eventually(t, "the server's directory is removed", func() bool { return gone(dir[0]) })
}

func TestSharedServerIsReplacedAfterItsHolderWasKilled(t *testing.T) {
	base := filepath.Join(serverDir(t), "shared")
	first := runHelper(t, "share", base)
	old := generations(base)
	pid := numberIn(tail(filepath.Join(old[0], "holder.pid"), 20))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	first.kill(t)
	eventually(t, "the holder is gone", func() bool { return !alive(pid) })
	second := runHelper(t, "share", base)
	if second.url == first.url {
		t.Error("joined a server that nobody will end")
	}
	if !gone(old[0]) {
		t.Errorf("%s of the killed holder is still there", old[0])
	}
	if err := ping(t.Context(), first.url); err == nil {
		t.Error("the server of the killed holder still runs")
	}
	now := generations(base)
	second.leave(t)
	eventually(t, "the second server is removed", func() bool { return gone(now[0]) })
}

// While its holder lives, a server that cannot be joined is the holder's to end.
func TestServerThatIsBeingEndedIsLeftToItsHolder(t *testing.T) {
	dir := t.TempDir()
	pid := []byte(strconv.Itoa(os.Getpid()))
	if err := os.WriteFile(filepath.Join(dir, "holder.pid"), pid, 0o600); err != nil {
		t.Fatal(err)
	}
	clearAbandoned(t.Context(), dir, nil)
	if gone(dir) {
		t.Error("the directory was removed under its holder")
	}
}

func TestSharedDirectoryOfSomebodyElseIsRefused(t *testing.T) {
	base := filepath.Join(serverDir(t), "shared")
	if err := os.Symlink(t.TempDir(), base); err != nil {
		t.Fatal(err)
	}
	if err := makeBase(base); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("a planted link: %v", err)
	}
}
