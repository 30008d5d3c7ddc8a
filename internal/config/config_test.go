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
		"TWILIO_ANSWERS_KEYWORDS": "perhaps", "TWILIO_ANSWERS_YES": "perhaps",
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
