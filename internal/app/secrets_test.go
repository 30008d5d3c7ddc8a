package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What credentials of the services that the product may speak to look like, and
// keys of any. Those of the simulator and of tests are made so that none fits.
var credentials = map[string]*regexp.Regexp{
	"a private key":                 regexp.MustCompile(`-----BEGIN (RSA |EC |OPENSSH |PGP |ENCRYPTED )?PRIVATE KEY`),
	"an account SID of the carrier": regexp.MustCompile(`\bAC[0-9a-f]{32}\b`),
	"an API key of the carrier":     regexp.MustCompile(`\bSK[0-9a-f]{32}\b`),
	"a key of Amazon":               regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`),
	"a token of GitHub":             regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b`),
	"a token of npm":                regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`),
	"a token of Slack":              regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,}`),
	"a DSN of Sentry":               regexp.MustCompile(`https://[0-9a-f]{32}@[a-z0-9.]*sentry\.io/`),
	"a key of Stripe":               regexp.MustCompile(`\b[rs]k_live_[A-Za-z0-9]{16,}`),
	"a signed token":                regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{30,}`),
	"a password in a URL":           regexp.MustCompile(`\b(postgres(ql)?|smtps?)://[a-z_]+:[^@\s"'$%{<*.]{8,}@[a-z0-9-]+\.[a-z]`),
}

// madeUp are account SIDs of nobody: all zeros or all nines but the last digit.
var madeUp = regexp.MustCompile(`^AC(0{31}|9{31})[0-9]$`)

func leaks(content []byte) (what, line string) {
	for name, pattern := range credentials {
		for _, found := range pattern.FindAll(content, -1) {
			if !madeUp.Match(found) {
				return name, string(found[:min(12, len(found))])
			}
		}
	}
	return "", ""
}

// H2: no file of the repository holds a credential.
func TestTheTreeHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	list, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("list the files of the repository: %v", err)
	}
	files := strings.Split(strings.TrimRight(string(list), "\x00"), "\x00")
	read := 0
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted in the work tree, or a link
		}
		read++
		if name == "internal/app/secrets_test.go" || bytes.IndexByte(content[:min(len(content), 8000)], 0) >= 0 {
			continue // the samples below; and pictures
		}
		if what, line := leaks(content); what != "" {
			t.Errorf("%s holds %s: %s...", name, what, line)
		}
	}
	if read < 400 {
		t.Errorf("only %d of %d files were read", read, len(files))
	}
}

// Each pattern finds what it is for: put together here, so that no scanner takes
// these for real.
func TestSecretsWouldBeFound(t *testing.T) {
	t.Parallel()
	hex, word := strings.Repeat("0a1b2c3d", 4), strings.Repeat("aB3d", 12)
	for want, sample := range map[string]string{
		"a private key": "-----BEGIN " + "PRIVATE KEY-----", "an account SID of the carrier": "AC" + hex, "an API key of the carrier": "SK" + hex,
		"a key of Amazon": "AKIA" + strings.ToUpper(hex[:16]), "a token of GitHub": "ghp_" + word[:36], "a token of npm": "npm_" + word[:36],
		"a token of Slack": "xoxb-" + word, "a DSN of Sentry": "https://" + hex + "@o1.ingest.sentry.io/2", "a key of Stripe": "sk_live_" + word,
		"a signed token": "eyJ" + word + ".eyJ" + word + "." + word, "a password in a URL": "postgres://callshu:" + hex + "@db.example.com/callshu",
	} {
		if what, _ := leaks([]byte("x = '" + sample + "'")); what != want {
			t.Errorf("%s was taken for %q", want, what)
		}
	}
	if what, _ := leaks([]byte("AC00000000000000000000000000000001 postgres://app:password@127.0.0.1/x")); what != "" {
		t.Errorf("what tests make up passes for %s", what)
	}
}
