package config_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The compose file believes its own proxy and nobody else, lets nobody into the
// database without a password, and keeps the superuser from the product.
func TestComposeFileIsClosed(t *testing.T) {
	t.Parallel()
	compose := read(t, "../../deploy/compose.yaml")
	// The gateway of the network is no proxy: callers may arrive by its address.
	caddy := regexp.MustCompile(`ipv4_address: ([\d.]+)`).FindStringSubmatch(compose)
	trusted := regexp.MustCompile(`TRUSTED_PROXIES: ([\d.]+)/32\n`).FindStringSubmatch(compose)
	if caddy == nil || trusted == nil || caddy[1] != trusted[1] {
		t.Errorf("trusted proxies %v, Caddy %v: want the same", trusted, caddy)
	}
	if !strings.Contains(compose, `POSTGRES_INITDB_ARGS: "--auth-local=scram-sha-256 --auth-host=scram-sha-256"`) {
		t.Error("the database's socket asks for no password")
	}
	_, product, _ := strings.Cut(compose, "\n  callshu:\n")
	product, _, _ = strings.Cut(product, "\n  caddy:\n")
	product, _, _ = strings.Cut(product, "\n  backup:\n")
	// What is not said is development, which hardens nothing: each program of ours
	// is told, whatever .env forgets, and the image tells who runs it alone.
	for _, name := range []string{"migrate", "callshu", "backup", "restore"} {
		service := regexp.MustCompile(`(?s)\n  ` + name + `:\n(.*?)\n\n`).FindStringSubmatch(compose)
		if service == nil || !regexp.MustCompile(`(?s)\n    environment:\n(?:      [^\n]*\n)*?      APP_ENV: production\b`).MatchString(service[1]) {
			t.Errorf("%s is not told that it runs in production", name)
		}
	}
	if !strings.Contains(read(t, "../../deploy/Dockerfile"), "\nENV APP_ENV=production ") {
		t.Error("the image alone runs as in development")
	}
	for _, name := range []string{"postgres", "migrate", "callshu"} {
		service := regexp.MustCompile(`(?s)\n  ` + name + `:\n(.*?)\n\n`).FindStringSubmatch(compose)
		if service == nil || !strings.Contains(service[1], "\n    ulimits: { core: 0 }") {
			t.Errorf("%s may leave its memory on the disk", name)
		}
	}
	for _, name := range []string{"MIGRATION_DATABASE_URL", "BACKUP_DATABASE_URL"} {
		if !strings.Contains(product, name+": \"\"\n") {
			t.Errorf("the product is given %s", name)
		}
	}
	if !strings.Contains(product, "\n    read_only: true\n") || strings.Contains(product, "tmpfs") {
		t.Error("the product could write files")
	}
	_, backup, _ := strings.Cut(compose, "\n  backup:\n")
	backup, _, _ = strings.Cut(backup, "\n  restore:\n")
	if backup == "" || strings.Contains(backup, "env_file") || strings.Count(backup, "DATABASE_URL") != 2 {
		t.Errorf("the backup knows more than its own URL: %s", backup)
	}
	onlyCaddyIsReached(t, compose)
}

// onlyCaddyIsReached looks for the ways by which a container can be reached from
// outside: its published ports, however they are written, and the host's network.
func onlyCaddyIsReached(t *testing.T, compose string) {
	t.Helper()
	published := regexp.MustCompile(`(?m)^.*\b(?:ports|network_mode|published|host_ip)\b["']?\s*:.*$`).FindAllString(compose, -1)
	if want := []string{`    ports: ["80:80", "443:443"]`}; !slices.Equal(published, want) {
		t.Errorf("published are %q, want %q alone", published, want)
	}
	caddy := regexp.MustCompile(`(?s)\n  caddy:\n(.*?)\n\n`).FindStringSubmatch(compose)
	if caddy == nil || !strings.Contains(caddy[1], "\n    ports: ") {
		t.Error("the ports are not Caddy's")
	}
	if strings.Contains(compose, "\n    extends:") || strings.Contains(compose, "\ninclude:") {
		t.Error("another file may publish ports")
	}
}

// The scripts by which the whole database leaves and comes back go by the same
// ways as the product, and by no other.
func TestScriptsRefuseAnUnguardedWay(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	key := filepath.Join(folder, "backup.pub")
	if err := os.WriteFile(key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	programs := tools(t)
	const refusal = "must say sslmode=verify-full in production"
	for script, setting := range map[string]string{"backup.sh": "BACKUP_DATABASE_URL", "restore.sh": "MIGRATION_DATABASE_URL"} {
		args := map[string][]string{"backup.sh": {folder, key}}[script]
		for dsn, allowed := range map[string]bool{
			"postgres://postgres:x@/callshu?host=/nowhere/postgresql":                              true,
			"postgres://postgres:x@/callshu?host=%2Fnowhere%2Fpostgresql":                          true,
			"postgres://postgres:x@127.0.0.1:1/callshu?sslmode=verify-full":                        true,
			"postgres://postgres:x@127.0.0.1:1/callshu?connect_timeout=1&sslmode=verify-full":      true,
			"postgres://postgres:x@127.0.0.1:1/callshu":                                            false,
			"postgres://postgres:x@127.0.0.1:1/callshu?sslmode=disable":                            false,
			"postgres://postgres:x@127.0.0.1:1/callshu?sslmode=require":                            false,
			"postgres://postgres:sslmode=verify-full@127.0.0.1:1/callshu":                          false,
			"postgres://postgres:x@127.0.0.1:1/callshu?sslmode=verify-full-not":                    false,
			"postgres://postgres:x@/callshu?host=/nowhere,127.0.0.1&port=5432,1":                   false,
			"postgres://postgres:x@127.0.0.1:1/callshu?sslmode=verify-full&sslmode=disable":        false,
			"postgres://postgres:x@127.0.0.1:1/callshu?application_name=host=/nowhere&sslmode=off": false,
		} {
			for _, env := range []string{"production", "development"} {
				command := exec.CommandContext(t.Context(), "bash", append([]string{"../../deploy/" + script}, args...)...)
				// Without the programs of PostgreSQL: whatever goes on fails at once, with other words.
				command.Env = []string{"PATH=" + programs, setting + "=" + dsn, "APP_ENV=" + env, "HOME=" + folder}
				said, err := command.CombinedOutput()
				if err == nil {
					t.Fatalf("%s ended well without PostgreSQL: %s", script, said)
				}
				if refused := strings.Contains(string(said), setting+" "+refusal); refused != (!allowed && env == "production") {
					t.Errorf("%s, %s=%s in %s: refused: %t (%s)", script, setting, dsn, env, refused, said)
				}
			}
		}
	}
}

// tools is a folder with the few programs that the scripts call, those of
// PostgreSQL being none of them.
func tools(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"bash", "mktemp", "rm", "mv", "date", "env"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// H9, H13: TLS is named and not left to defaults, and the database writes no
// value of a statement into its log.
func TestDeploymentSaysWhatItReliesOn(t *testing.T) {
	t.Parallel()
	compose, caddy := read(t, "../../deploy/compose.yaml"), read(t, "../../deploy/Caddyfile")
	for _, setting := range []string{"password_encryption=scram-sha-256", "log_statement=none", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0", "log_error_verbosity=terse"} {
		if !strings.Contains(compose, `"-c", "`+setting+`"`) {
			t.Errorf("the database is not started with %s", setting)
		}
	}
	if !strings.Contains(caddy, "protocols tls1.2 tls1.3\n") {
		t.Error("Caddy may speak an older TLS")
	}
	suites := regexp.MustCompile(`TLS_[A-Z0-9_]+`).FindAllString(caddy, -1)
	for _, suite := range suites {
		if !strings.HasPrefix(suite, "TLS_ECDHE_") || strings.Contains(suite, "_CBC_") {
			t.Errorf("%s has no forward secrecy, or none of today's", suite)
		}
	}
	if len(suites) == 0 {
		t.Error("Caddy's suites are not named")
	}
}

// The firewall replaces its own table alone (Docker has others), drops what is
// not named, and lets nothing through to containers, or out of them, without
// saying whereto. deploy/test-nftables.sh sends the packets.
func TestH5FirewallSaysWhereto(t *testing.T) {
	t.Parallel()
	compose := read(t, "../../deploy/compose.yaml")
	rules := regexp.MustCompile(`(?m)\s*#.*$`).ReplaceAllString(read(t, "../../deploy/nftables.conf"), "")
	if strings.Contains(rules, "flush ruleset") || !strings.HasPrefix(strings.TrimSpace(rules), "add table inet callshu\ndelete table inet callshu\n") {
		t.Error("more or less than our own table is replaced")
	}
	chains := map[string]string{}
	for _, found := range regexp.MustCompile(`(?s)chain (\w+) \{\n(.*?)\n\t\}`).FindAllStringSubmatch(rules, -1) {
		chains[found[1]] = found[2]
	}
	for _, chain := range []string{"input", "output", "forward"} {
		if !strings.Contains(chains[chain], "hook "+chain+" priority filter; policy drop;") {
			t.Errorf("%s does not drop what is not named: %q", chain, chains[chain])
		}
	}
	for rule := range strings.Lines(chains["forward"] + "\n" + chains["out"]) {
		rule = strings.TrimSpace(rule)
		if strings.HasSuffix(rule, "accept") && rule != "ct state established,related accept" && !strings.Contains(rule, "ip daddr ") {
			t.Errorf("lets packets through to anywhere: %s", rule)
		}
	}
	subnet := regexp.MustCompile(`subnet: ([\d./]+)`).FindStringSubmatch(compose)
	caddy := regexp.MustCompile(`ipv4_address: ([\d.]+)`).FindStringSubmatch(compose)
	if subnet == nil || caddy == nil {
		t.Fatalf("the compose file names network %v, Caddy %v", subnet, caddy)
	}
	for _, way := range []string{"ip daddr " + caddy[1] + " tcp dport { 80, 443 } ct state new accept", "ip saddr " + caddy[1] + " ip daddr " + subnet[1] + " tcp dport 8080 ct state new accept"} {
		if !strings.Contains(chains["forward"], way) {
			t.Errorf("forward lacks: %s", way)
		}
	}
}

func TestImageGetsNoSecrets(t *testing.T) {
	t.Parallel()
	ignored := strings.Fields(read(t, "../../.dockerignore"))
	for _, path := range []string{".git", ".dev", ".env", "deploy/.env", "deploy/postgres_password", "deploy/backups", "bin", "**/node_modules"} {
		if !slices.Contains(ignored, path) {
			t.Errorf("%s is sent to the image builder", path)
		}
	}
}

// What the README tells to write is what production accepts.
func TestReadmeShowsSettingsThatProductionAccepts(t *testing.T) {
	t.Parallel()
	env := good()
	shown := regexp.MustCompile(`(?m)^((?:OPERATOR_|WORKER_|BACKUP_)?DATABASE_URL|PUBLIC_URL|APP_ENV)=(\S+)`).FindAllStringSubmatch(read(t, "../../README.md"), -1)
	if len(shown) != 6 {
		t.Fatalf("%d settings shown, want 6", len(shown))
	}
	for _, s := range shown {
		env[s[1]] = s[2]
	}
	if _, err := parse(env); err != nil {
		t.Error(err)
	}
}
