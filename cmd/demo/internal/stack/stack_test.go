package stack

import (
	"encoding/json"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/config"
)

func TestNextMondayNeverRunsBackwards(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	last := time.Now()
	for range 3 {
		monday, err := NextMonday(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !monday.After(last) || monday.Sub(last) > 8*24*time.Hour || monday.Format("Monday 15:04 MST")[:12] != "Monday 09:02" {
			t.Fatalf("after %s comes %s", last, monday)
		}
		last = monday.Add(90 * time.Minute) // how long somebody watched
		data, err := json.Marshal(reached{At: last.UTC()})
		if err != nil {
			t.Fatal(err)
		}
		if err := replaceFile(clockPath(dir), data); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPortInUseIsNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	_, err = Ports{Mailbox: port}.bind()
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(port)) || !strings.Contains(err.Error(), "--mailbox-port") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secrets.json")
	first, err := loadSecrets(path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadSecrets(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if first.DataKeys == "" || first.DataKeys != again.DataKeys || first.Passwords["callshu_app"] != again.Passwords["callshu_app"] {
		t.Error("the second start made new secrets: what the first has sealed cannot be opened")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the secrets: %v %v", info.Mode(), err)
	}
}

// The product must accept what we compose, and every name must be one of its own.
func TestEnvironmentIsTheProducts(t *testing.T) {
	t.Setenv("SENTRY_DSN", "https://elsewhere.example/1")
	s := &Stack{URL: "http://127.0.0.1:8080", SimURL: "http://127.0.0.1:4010", secrets: &Secrets{},
		opts: Options{TextsPerSecond: 40}, ports: bound{portCallshu: {address: "127.0.0.1:8080"}, portSMTP: {address: "127.0.0.1:4012"}},
		admin: &url.URL{Scheme: "postgres", Host: "127.0.0.1:5432", Path: "/x"}, clock: Moment{At: time.Now(), Factor: 20, CallsPerSecond: 8}, wall: time.Now()}
	s.secrets.generate(true)
	given := map[string]string{}
	for _, pair := range s.environment() {
		name, value, _ := strings.Cut(pair, "=")
		given[name] = value
		if name != "PATH" && name != "HOME" && !strings.Contains(config.Example(), "\n"+name+"=") {
			t.Errorf("%s is no setting of the product", name)
		}
	}
	settings, err := config.Parse(func(name string) string { return given[name] })
	if err != nil {
		t.Fatal(err)
	}
	if settings.SentryDSN != "" || settings.CallsPerSecond != 8 || settings.SegmentsPerSecond != 40 || len(settings.Numbers) != len(senders()) {
		t.Errorf("settings: %+v", settings)
	}
}

func TestTailShowsTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("early\n", 20_000)+"one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tail(path, 2); got != "one\ntwo" {
		t.Errorf("got %q", got)
	}
}

// What a child says last is what its crash tells, and stop does not call a stop a crash.
func TestChildIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	crashed, err := startChild("/bin/sh", []string{"-c", "echo it hurts; exit 3"}, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	<-crashed.ended
	if err := crashed.crash(); !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "it hurts") {
		t.Errorf("crash: %v", err)
	}
	patient, err := startChild("/bin/sh", []string{"-c", "exec sleep 60"}, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := patient.stop(); err != nil || !patient.stopping.Load() {
		t.Errorf("stop: %v", err)
	}
}
