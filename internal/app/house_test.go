package app_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/callshu/callshu/"

// storeys are the floors of the house from top to bottom: a package may import
// those below its own floor, never beside or above it. Between domains the
// order is a line of its own.
var storeys = [][]string{
	{"cmd/callshu", "cmd/carriersim", "cmd/demo"},
	{"internal/app"},
	{"internal/httpapi", "internal/webhook", "internal/jobs"},
	{"internal/report", "internal/trust"},
	{"internal/dialer"},
	{"internal/campaign"},
	{"internal/employee"},
	{"internal/consent"},
	{"internal/account"},
	{"internal/auth"},
	{"internal/mail", "internal/audit", "internal/ivr", "internal/consent/keyword", "internal/consent/wording"},
	{"internal/callhours", "internal/phone", "internal/twilio", "internal/export", "internal/seal", "internal/queue", "internal/postgres", "internal/config", "internal/telemetry", "migrations", "web"},
	{"internal/clock", "internal/apperr", "internal/cardnumber", "internal/plaintext"},
}

// beside are imports within one floor that are meant.
var beside = map[string][]string{
	"internal/postgres": {"migrations"},
	"internal/audit":    {"internal/export"},
}

type pkg struct {
	ImportPath   string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p pkg
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// room is the package of the house that a path belongs to: the demo's own
// sub-packages are the demo.
func room(importPath string) string {
	path := strings.TrimPrefix(importPath, module)
	if strings.HasPrefix(path, "cmd/demo/") {
		return "cmd/demo"
	}
	return path
}

func floor(path string) int {
	return slices.IndexFunc(storeys, func(s []string) bool { return slices.Contains(s, path) })
}

func isHelper(path string) bool {
	return strings.HasPrefix(path, "internal/carriersim") || strings.HasPrefix(path, "internal/postgres/") || strings.HasSuffix(path, "test") || path == "internal/mail/mailbox"
}

func TestHouseImportsGoOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		if isHelper(from) {
			continue
		}
		if floor(from) < 0 {
			t.Errorf("%s has no floor in the house", from)
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours || from == "cmd/demo" || from == "cmd/carriersim" && strings.HasPrefix(to, "internal/carriersim") || slices.Contains(beside[from], to) {
				continue
			}
			if isHelper(to) {
				t.Errorf("%s imports %s, which is for tests and the demo only", from, to)
			} else if floor(to) <= floor(from) {
				t.Errorf("%s imports %s, which is not below it", from, to)
			}
		}
	}
}

func TestHouseKeepsTechnologyInItsRooms(t *testing.T) {
	t.Parallel()
	rooms := map[string][]string{
		"net/http":                         {"internal/httpapi", "internal/webhook", "internal/app", "internal/twilio", "internal/mail/mailbox", "cmd/callshu", "cmd/demo", "cmd/carriersim", "internal/telemetry"},
		"github.com/go-chi/chi/v5":         {"internal/httpapi", "internal/webhook"},
		"github.com/danielgtaylor/huma/v2": {"internal/httpapi"},
		"github.com/riverqueue/river/riverdriver/riverpgxv5": {"internal/queue", "internal/jobs", "internal/postgres"},
		"github.com/twilio/twilio-go/client":                 {"internal/twilio"},
		"github.com/twilio/twilio-go/rest/api/v2010":         {"internal/twilio"},
		"github.com/getsentry/sentry-go":                     {"internal/telemetry"},
	}
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		for technology, allowed := range rooms {
			if slices.Contains(p.Imports, technology) && !slices.Contains(allowed, from) && !strings.HasPrefix(from, "internal/carriersim") {
				t.Errorf("%s imports %s; its rooms are %v", from, technology, allowed)
			}
		}
		if slices.Contains(p.Deps, "github.com/twilio/twilio-go") {
			t.Errorf("%s links the top package of twilio-go, which doubles the build", from)
		}
	}
}

func TestHouseProductLinksNoTestSeams(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.ImportPath != module+"cmd/callshu" {
			continue
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, module+"internal/carriersim") || strings.HasSuffix(dep, "pgtest") || strings.HasSuffix(dep, "devpg") || dep == "testing" {
				t.Errorf("the product links %s", dep)
			}
		}
	}
}

// A lock that takes the key, too, stops every insert that refers to the row: a
// claim would wait for it with the pace in its hands, and with it everybody.
func TestHouseLocksLeaveKeysAlone(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("grep", "-rnE", "--include=*.go", "--exclude=*_test.go", `[^Y] FOR UPDATE|^\s*FOR UPDATE`, "../../internal", "../../cmd").Output()
	if len(out) > 0 || err == nil {
		t.Errorf("these locks take keys; say FOR NO KEY UPDATE:\n%s", out)
	}
}
