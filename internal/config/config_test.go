package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/config"
)

func good() map[string]string {
	return map[string]string{
		"DATABASE_URL": "postgres://callshu_app:x@db.example/callshu?sslmode=verify-full", "OPERATOR_DATABASE_URL": "postgres://callshu_operator:x@db.example/callshu?sslmode=verify-full",
		"WORKER_DATABASE_URL": "postgres://callshu_worker:x@db.example/callshu?sslmode=verify-full", "JWT_KEYS": "a:AAAA", "DATA_KEYS": "a:AAAA",
		"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM_NUMBERS": "+12025550100,+12025550101", "SMTP_URL": "smtps://mail.example",
		"APP_ENV": "production", "PUBLIC_URL": "https://app.example/", "TWILIO_CPS": "5", "TRUSTED_PROXIES": "10.0.0.0/8",
	}
}

func parse(env map[string]string) (*config.Settings, error) {
	return config.Parse(func(name string) string { return env[name] })
}

func TestParseReadsWhatIsRight(t *testing.T) {
	t.Parallel()
	s, err := parse(good())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Numbers) != 2 || s.CallsPerSecond != 5 || len(s.Proxies) != 1 || s.PublicURL != "https://app.example" {
		t.Errorf("parsed %+v", s)
	}
}

func TestParseRefusesAndNamesTheSetting(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"APP_ENV": "staging", "PUBLIC_URL": "http://app.example", "DATABASE_URL": "postgres://callshu_app:x@db.example/callshu?sslmode=disable",
		"WORKER_DATABASE_URL": "", "TWILIO_API_BASE": "http://127.0.0.1:4010", "TWILIO_CPS": "0", "TWILIO_MPS": "fast", "TWILIO_FROM_NUMBERS": "2025550100",
		"SMTP_URL": "smtp://mail.example?tls=none", "SENTRY_DSN": "http://x@sentry.example/1", "CALLSHU_CLOCK": "2026-11-23T09:02:00-05:00,1",
		"TRUSTED_PROXIES": "everyone", "JWT_KEYS": "sample:AAAA", "DATA_KEYS": "sample:AAAA", "TWILIO_AUTH_TOKEN": "sample",
		"TWILIO_ANSWERS_KEYWORDS": "perhaps", "TWILIO_ANSWERS_YES": "perhaps", "METRICS_ADDR": ":9090",
		"MIGRATION_DATABASE_URL": "postgres://postgres:x@db.example/callshu?sslmode=require", "BACKUP_DATABASE_URL": "postgres://callshu_backup:x@db.example/callshu",
	}
	for name, value := range cases {
		env := good()
		env[name] = value
		_, err := parse(env)
		if err == nil || !strings.Contains(err.Error(), name+":") {
			t.Errorf("%s=%q: got %v, want a refusal that names it", name, value, err)
		}
	}
}

func TestProductionRefusesEveryUnguardedWayToTheDatabase(t *testing.T) {
	t.Parallel()
	for dsn, allowed := range map[string]bool{
		"postgres://callshu_app:x@db.example.com/callshu?sslmode=verify-full":                true,
		"host=db.example.com user=callshu_app password=x dbname=callshu sslmode=verify-full": true,
		"postgres://callshu_app:x@/callshu?host=/var/run/postgresql":                         true,
		"host=/var/run/postgresql user=callshu_app password=x dbname=callshu":                true,
		"host=db.example.com user=callshu_app password=x dbname=callshu sslmode=disable":     false,
		"postgres:///callshu?host=db.example.com&sslmode=disable":                            false,
		"postgres://callshu_app:x@db.example.com/callshu":                                    false,
		"postgres://callshu_app:x@db.example.com/callshu?sslmode=prefer":                     false,
		"postgres://callshu_app:x@db.example.com/callshu?sslmode=require":                    false,
		"postgres://callshu_app:x@db.example.com/callshu?sslmode=verify-ca":                  false,
		"postgres:///callshu?host=/var/run/postgresql,db.example.com&port=5432,5432":         false,
		"postgres://callshu_app:x@127.0.0.1/callshu?sslmode=disable":                         false,
	} {
		env := good()
		env["DATABASE_URL"] = dsn
		_, err := parse(env)
		if allowed && err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
		if !allowed && (err == nil || !strings.Contains(err.Error(), "DATABASE_URL: ")) {
			t.Errorf("%s: got %v, want a refusal that names the setting", dsn, err)
		}
	}
}

// H6: nobody is asked for a password at the metrics, so that in production they
// are where no other network comes.
func TestH6MetricsStayInside(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{"": true, "127.0.0.1:9090": true, "[::1]:9090": true, "10.1.2.3:9090": true, "192.168.7.1:9090": true, "172.30.83.20:9090": true, "[fd00::1]:9090": true, "[::ffff:10.0.0.1]:9090": true,
		":9090": false, "0.0.0.0:9090": false, "[::]:9090": false, "[::ffff:0.0.0.0]:9090": false, "203.0.113.7:9090": false, "[2001:db8::1]:9090": false, "[fe80::1%eth0]:9090": false, "172.32.0.1:9090": false,
		"[::ffff:203.0.113.7]:9090": false, "metrics.example:9090": false, "localhost:9090": false, "127.0.0.1": false, "9090": false} {
		env := good()
		env["METRICS_ADDR"] = address
		_, err := parse(env)
		if allowed && err != nil {
			t.Errorf("%q: %v", address, err)
		}
		if !allowed && (err == nil || !strings.Contains(err.Error(), "METRICS_ADDR: ")) {
			t.Errorf("%q: got %v, want a refusal that names the setting", address, err)
		}
		env["APP_ENV"] = "development"
		if _, err := parse(env); err != nil {
			t.Errorf("%q in development: %v", address, err)
		}
	}
}

// What a command asks of the settings that it needs is what the server asks of
// all: the same ways to a database pass both, or neither.
func TestC3CommandsAskOfASettingWhatTheServerAsks(t *testing.T) {
	t.Parallel()
	for dsn, allowed := range map[string]bool{
		"": true,
		"postgres://postgres:x@db.example/callshu?sslmode=verify-full": true,
		"postgres://postgres:x@/callshu?host=/var/run/postgresql":      true,
		"postgres://postgres:x@db.example/callshu?sslmode=disable":     false,
		"postgres://postgres:x@db.example/callshu?sslmode=require":     false,
		"postgres://postgres:x@127.0.0.1/callshu":                      false,
		"no url": false,
	} {
		for _, name := range []string{"MIGRATION_DATABASE_URL", "DATABASE_URL", "OPERATOR_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL"} {
			env := good()
			env[name] = dsn
			get := func(name string) string { return env[name] }
			guard, other := config.Guard(get, name), config.Guard(get, "DATABASE_URL_OF_NOBODY")
			if (guard == nil) != allowed || other != nil {
				t.Errorf("%s=%q: got %v (and of another setting %v), want allowed: %t", name, dsn, guard, other, allowed)
			}
			_, err := parse(env)
			if dsn != "" && (err == nil) != allowed {
				t.Errorf("%s=%q: the server says %v, want allowed: %t", name, dsn, err, allowed)
			}
			if guard != nil && err != nil && !strings.Contains(err.Error(), guard.Error()) {
				t.Errorf("%s=%q: the command says %q, the server %q", name, dsn, guard, err)
			}
			if guard != nil && strings.Contains(guard.Error(), ":x@") {
				t.Errorf("%s: the refusal quotes the password: %v", name, guard)
			}
		}
	}
}

// Believing everybody about where they come from would leave no limit by address.
func TestProductionTrustsNoWholeInternet(t *testing.T) {
	t.Parallel()
	for proxies, allowed := range map[string]bool{"10.0.0.0/8": true, "10.1.2.3/32": true, "fd00::/16": true, "2001:db8::/32,10.0.0.0/8": true,
		"0.0.0.0/0": false, "::/0": false, "128.0.0.0/1": false, "10.0.0.0/7": false, "fc00::/15": false, "10.0.0.1/32, 0.0.0.0/0": false} {
		env := good()
		env["TRUSTED_PROXIES"] = proxies
		_, err := parse(env)
		if allowed && err != nil {
			t.Errorf("%s: %v", proxies, err)
		}
		if !allowed && (err == nil || !strings.Contains(err.Error(), "TRUSTED_PROXIES: ")) {
			t.Errorf("%s: got %v, want a refusal that names the setting", proxies, err)
		}
		env["APP_ENV"] = "development"
		if _, err := parse(env); err != nil && strings.Contains(err.Error(), "TRUSTED_PROXIES") {
			t.Errorf("%s in development: %v", proxies, err)
		}
	}
}

func TestRatesAreNumbers(t *testing.T) {
	t.Parallel()
	for _, rate := range []string{"NaN", "Inf", "+Inf", "-1", "1001"} {
		env := good()
		env["TWILIO_CPS"] = rate
		if _, err := parse(env); err == nil || !strings.Contains(err.Error(), "TWILIO_CPS:") {
			t.Errorf("TWILIO_CPS=%s: got %v", rate, err)
		}
	}
}

func TestParseRefusesAPublicAddressWithAPath(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://app.example/base", "https://user@app.example", "https://app.example?x=1", "app.example"} {
		env := good()
		env["PUBLIC_URL"] = address
		if _, err := parse(env); err == nil || !strings.Contains(err.Error(), "PUBLIC_URL:") {
			t.Errorf("PUBLIC_URL=%s: got %v", address, err)
		}
	}
}

func TestExampleFileIsCurrent(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != config.Example() {
		t.Error(".env.example differs from the settings; write config.Example() into it (make generate)")
	}
}
