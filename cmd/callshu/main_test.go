package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// arguments are what each command is called with, and the settings by which it
// reaches a database; one without any reaches none.
func arguments(t *testing.T) map[string]struct{ args, databases []string } {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.csv")
	if err := os.WriteFile(file, []byte("id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	operator, worker := []string{"OPERATOR_DATABASE_URL"}, []string{"WORKER_DATABASE_URL"}
	every := []string{"MIGRATION_DATABASE_URL", "DATABASE_URL", "OPERATOR_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL"}
	return map[string]struct{ args, databases []string }{
		"serve":               {databases: every},
		"migrate":             {databases: every},
		"operator add":        {args: []string{"--email=op@callshu.example", "--name=Olive"}, databases: operator},
		"operator disable":    {args: []string{"op@callshu.example"}, databases: operator},
		"operator reset-totp": {args: []string{"op@callshu.example"}, databases: operator},
		"audit verify":        {databases: worker},
		"audit check":         {args: []string{file}, databases: worker},
		"healthcheck":         {},
		"openapi":             {},
		"version":             {},
	}
}

// eavesdropper counts who comes to a port and hangs up on them.
func eavesdropper(t *testing.T) (address string, visits *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	visits = &atomic.Int32{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			visits.Add(1)
			conn.Close()
		}
	}()
	return listener.Addr().String(), visits
}

func setEnvironment(t *testing.T, database string) {
	t.Helper()
	for name, role := range map[string]string{"MIGRATION_DATABASE_URL": "postgres", "DATABASE_URL": "callshu_app", "OPERATOR_DATABASE_URL": "callshu_operator",
		"WORKER_DATABASE_URL": "callshu_worker", "BACKUP_DATABASE_URL": "callshu_backup"} {
		t.Setenv(name, "postgres://"+role+":x@"+database+"/callshu?sslmode=disable&connect_timeout=5")
	}
	key := "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for name, value := range map[string]string{"JWT_KEYS": key, "DATA_KEYS": key, "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM_NUMBERS": "+12025550100",
		"SMTP_URL": "smtps://mail.example", "PUBLIC_URL": "https://app.example", "LISTEN_ADDR": "127.0.0.1:0", "METRICS_ADDR": "", "TRUSTED_PROXIES": "", "CALLSHU_CLOCK": "",
		"TWILIO_API_BASE": "", "CALLSHU_OPERATOR_PASSWORD": "an operator's long password"} {
		t.Setenv(name, value)
	}
}

func run(t *testing.T, command string, args []string) error {
	t.Helper()
	parsed, err := newParser(t.Context()).Parse(append(strings.Fields(command), args...))
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return parsed.Run()
}

// In production no command, whichever it is, sends a byte to a database by a way
// that others can read: it names the setting and ends before. Elsewhere the same
// command goes there, which shows that this test would see it.
func TestC3EveryCommandRefusesAnUnguardedWay(t *testing.T) {
	known := arguments(t)
	for _, leaf := range newParser(t.Context()).Model.Leaves(false) {
		name := strings.TrimPrefix(leaf.FullPath(), "callshu ")
		command, listed := known[name]
		delete(known, name)
		switch {
		case !listed:
			t.Errorf("callshu %s is in no list of this test: how does it reach a database?", name)
		case command.databases != nil:
			t.Run(name, func(t *testing.T) { refuses(t, name, command.args, command.databases) })
		}
	}
	for name := range known {
		t.Errorf("there is no callshu %s", name)
	}
}

func refuses(t *testing.T, name string, args, databases []string) {
	t.Helper()
	address, visits := eavesdropper(t)
	setEnvironment(t, address)
	t.Setenv("APP_ENV", "production")
	err := run(t, name, args)
	for _, setting := range databases {
		if err == nil || !strings.Contains(err.Error(), setting+": must say sslmode=verify-full") {
			t.Errorf("got %v, want a refusal that names %s", err, setting)
		}
	}
	t.Setenv("APP_ENV", "prod")
	if err := run(t, name, args); err == nil || !strings.Contains(err.Error(), "APP_ENV: ") {
		t.Errorf("APP_ENV=prod: got %v, want a refusal", err)
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d connections were made before the refusal", n)
	}
	t.Setenv("APP_ENV", "development")
	if err := run(t, name, args); err == nil || visits.Load() == 0 {
		t.Errorf("in development nobody came to the database (%v): this test sees nothing", err)
	}
}

// Without the setting the driver would take a host and a password of its own
// environment, which nobody has looked at.
func TestCommandsGoNowhereOfThemselves(t *testing.T) {
	address, visits := eavesdropper(t)
	setEnvironment(t, address)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGHOST", host)
	t.Setenv("PGPORT", port)
	for name, command := range arguments(t) {
		for _, setting := range command.databases {
			t.Setenv(setting, "")
		}
		if command.databases == nil {
			continue
		}
		for _, env := range []string{"production", "development"} {
			t.Setenv("APP_ENV", env)
			if err := run(t, name, command.args); err == nil || !strings.Contains(err.Error(), "_DATABASE_URL: is required") {
				t.Errorf("%s in %s: got %v, want what is required", name, env, err)
			}
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d connections to where PGHOST says", n)
	}
}
