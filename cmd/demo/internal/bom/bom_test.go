package bom_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callshu/callshu/cmd/demo/internal/bom"
)

const tree = "../../../.."

// made is the bill of a product that was built just now, by name@version, and
// what `go version -m` says of it.
func made(t *testing.T) (byName map[string]bom.Component, told string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "callshu")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/callshu")
	build.Dir, build.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	bill, err := bom.Make(binary, tree, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if bill.Format != "CycloneDX" || bill.Spec != "1.6" || bill.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("%+v", bill.Metadata)
	}
	purl := regexp.MustCompile(`^pkg:(golang/[^@\s]+@(v[0-9][^\s]*|[0-9][^\s]*)|npm/(%40[a-z0-9.-]+/)?[a-z0-9._-]+@[0-9][^\s]*)$`)
	byName, refs := map[string]bom.Component{}, map[string]bool{}
	for _, c := range bill.Components {
		if !purl.MatchString(c.PURL) || refs[c.Ref] || c.Scope != bom.Required && c.Scope != bom.Excluded {
			t.Errorf("%+v", c)
		}
		refs[c.Ref] = true
		byName[c.Name+"@"+c.Version] = c
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	return byName, string(out)
}

// Every module of go.mod is in the bill, those of the binary as required and
// with the hash that the binary itself names, and every package that comes to
// browsers, however deep it is asked for.
func TestH2TheBillNamesEverythingThatIsShipped(t *testing.T) {
	t.Parallel()
	bill, told := made(t)
	linked := map[string]bool{}
	for _, dep := range regexp.MustCompile(`(?m)^\tdep\t(\S+)\t(\S+)\t(\S+)$`).FindAllStringSubmatch(told, -1) {
		name := dep[1] + "@" + dep[2]
		linked[name] = true
		if c := bill[name]; c.Scope != bom.Required || len(c.Properties) != 1 || c.Properties[0].Value != dep[3] {
			t.Errorf("%s %s is in the binary, and in the bill as %+v", name, dep[3], c)
		}
	}
	text, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)( // indirect)?$`).FindAllStringSubmatch(string(text), -1)
	for _, r := range required {
		c, there := bill[r[1]+"@"+r[2]]
		if !there || len(c.Properties) != 1 || !strings.HasPrefix(c.Properties[0].Value, "h1:") {
			t.Errorf("%s %s is in go.mod, and in the bill as %+v", r[1], r[2], c)
		}
	}
	shipped := closure(t)
	for name, hash := range shipped {
		if c := bill[name]; c.Scope != bom.Required || len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 128 {
			t.Errorf("%s (%s) comes to browsers, and is in the bill as %+v", name, hash, c)
		}
	}
	if len(linked) < 30 || len(required) < 40 || len(shipped) < 40 {
		t.Errorf("%d modules in the binary, %d in go.mod, %d packages: this test reads too little", len(linked), len(required), len(shipped))
	}
	for name, c := range bill {
		npm := strings.HasPrefix(c.PURL, "pkg:npm/")
		if c.Scope == bom.Required && c.Name != "std" && !linked[name] && shipped[name] == "" {
			t.Errorf("%s is in the bill as required, and nobody ships it", name)
		}
		if npm && c.Scope != bom.Required {
			t.Errorf("%s is no part of the product", name)
		}
	}
	if c := bill["github.com/google/go-cmp@v0.7.0"]; c.Scope != bom.Excluded {
		t.Errorf("what only tests use is in the bill as %+v", c)
	}
}

// closure walks from what the front end asks for through what that asks for, as
// Node looks for it, and returns the integrity of each by name@version. It does
// not look at the marks of the lock, by which the bill is made.
func closure(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(tree, "web", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct {
			Version, Integrity string
			Dependencies       map[string]string
			PeerDependencies   map[string]string
			PeerMeta           map[string]struct{ Optional bool } `json:"peerDependenciesMeta"`
		}
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	found, seen := map[string]string{}, map[string]bool{}
	var visit func(from string)
	visit = func(from string) {
		if seen[from] {
			return
		}
		seen[from] = true
		p := lock.Packages[from]
		wanted := map[string]bool{}
		for name := range p.Dependencies {
			wanted[name] = true
		}
		for name := range p.PeerDependencies {
			wanted[name] = wanted[name] || !p.PeerMeta[name].Optional
		}
		for name, needed := range wanted {
			if !needed {
				continue
			}
			at := resolve(lock.Packages, from, name)
			if at == "" {
				t.Errorf("%s asks for %s, which the lock has not", from, name)
				continue
			}
			found[name+"@"+lock.Packages[at].Version] = lock.Packages[at].Integrity
			visit(at)
		}
	}
	visit("")
	return found
}

// resolve looks for a package from a folder upwards.
func resolve[P any](packages map[string]P, from, name string) string {
	for folder := from; ; {
		path := strings.TrimPrefix(folder+"/node_modules/"+name, "/")
		if _, there := packages[path]; there {
			return path
		}
		if folder == "" {
			return ""
		}
		folder = strings.TrimSuffix(folder[:max(0, strings.LastIndex(folder, "node_modules/"))], "/")
	}
}

// A package of which nobody knows what it holds is in no bill.
func TestABillNeedsHashes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/x\n\ngo 1.26\n")
	write("go.sum", "")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for integrity, allowed := range map[string]bool{"sha512-AAAA": true, "sha1-AAAA": false, "": false, "sha512-*": false} {
		write("web/package-lock.json", `{"packages": {"": {}, "node_modules/left": {"version": "1.0.0", "integrity": "`+integrity+`"}}}`)
		if _, err := bom.Make(self, folder, "v1"); (err == nil) != allowed {
			t.Errorf("integrity %q: %v", integrity, err)
		}
	}
}
