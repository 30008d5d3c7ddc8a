// Package bom owns the bill of materials: every module of others that the
// product is made of, with its version and its hash, as CycloneDX. It reads the
// built binary, go.mod, go.sum and the lock of the front end, which are what was
// really built, and must never ask a registry.
package bom

import (
	"bufio"
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Bill is a document of CycloneDX 1.6, as far as we have something to say.
type Bill struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   Metadata    `json:"metadata"`
	Components []Component `json:"components"`
}

// Metadata says what the bill is of.
type Metadata struct {
	Component Component `json:"component"`
}

// Scopes of a component.
const (
	Required = "required" // it is in the product
	Excluded = "excluded" // tests and tools have it, the product has not
)

// Component is one module or package.
type Component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	Scope      string     `json:"scope,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []Hash     `json:"hashes,omitempty"`
	Licenses   []License  `json:"licenses,omitempty"`
	Properties []Property `json:"properties,omitempty"`
}

// Hash is one of the archive of a package.
type Hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

// License is as the package names it.
type License struct {
	Expression string `json:"expression"`
}

// Property is what CycloneDX has no field for: Go's hash is of a tree of files.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Make reads the bill of a built product from the tree that it was built of.
func Make(binary, tree, version string) (Bill, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return Bill{}, fmt.Errorf("read what %s was built of: %w", binary, err)
	}
	modules, err := modules(info, tree)
	if err != nil {
		return Bill{}, err
	}
	packages, err := packages(filepath.Join(tree, "web", "package-lock.json"))
	if err != nil {
		return Bill{}, err
	}
	product := Component{Type: "application", Ref: info.Main.Path, Name: "callshu", Version: version}
	return Bill{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: Metadata{product}, Components: append(modules, packages...)}, nil
}

// modules are those of the binary, which are required, Go's own library among
// them, and those that only go.mod names.
func modules(info *buildinfo.BuildInfo, tree string) ([]Component, error) {
	sums, err := sums(filepath.Join(tree, "go.sum"))
	if err != nil {
		return nil, err
	}
	list := []Component{module("std", strings.TrimPrefix(info.GoVersion, "go"), "", Required)}
	linked := map[string]bool{}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		linked[m.Path] = true
		list = append(list, module(m.Path, m.Version, m.Sum, Required))
	}
	named, err := named(tree)
	if err != nil {
		return nil, err
	}
	for path, version := range named {
		if !linked[path] {
			list = append(list, module(path, version, sums[path+"@"+version], Excluded))
		}
	}
	slices.SortFunc(list, func(a, b Component) int { return cmp.Compare(a.Ref, b.Ref) })
	return list, nil
}

func module(path, version, sum, scope string) Component {
	purl := "pkg:golang/" + path + "@" + version
	c := Component{Type: "library", Ref: purl, Name: path, Version: version, Scope: scope, PURL: purl}
	if sum != "" {
		c.Properties = []Property{{Name: "callshu:go:h1", Value: sum}}
	}
	return c
}

// named are the modules that go.mod requires, with their versions.
func named(tree string) (map[string]string, error) {
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = tree
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	var file struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &file); err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	versions := map[string]string{}
	for _, r := range file.Require {
		versions[r.Path] = r.Version
	}
	return versions, nil
}

// sums are the hashes of go.sum by path@version, but for those of go.mod files.
func sums(path string) (map[string]string, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the tree that whoever builds names
	if err != nil {
		return nil, fmt.Errorf("read go.sum: %w", err)
	}
	list := map[string]string{}
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		if f := strings.Fields(scanner.Text()); len(f) == 3 && !strings.HasSuffix(f[1], "/go.mod") {
			list[f[0]+"@"+f[1]] = f[2]
		}
	}
	return list, nil
}

// packages are those of the lock that come to browsers: what only builds, tests
// or serves a demo is left out.
func packages(lock string) ([]Component, error) {
	data, err := os.ReadFile(lock) //nolint:gosec // the tree that whoever builds names
	if err != nil {
		return nil, fmt.Errorf("read lock: %w", err)
	}
	var file struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev, Optional, DevOptional  bool
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read lock: %w", err)
	}
	var list []Component
	for path, p := range file.Packages {
		if path == "" || p.Dev || p.Optional || p.DevOptional {
			continue
		}
		_, name, _ := cutLast(path, "node_modules/")
		hash, err := hashOf(p.Integrity)
		if err != nil {
			return nil, fmt.Errorf("read lock: %s: %w", path, err)
		}
		purl := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version
		c := Component{Type: "library", Ref: purl + "#" + path, Name: name, Version: p.Version, Scope: Required, PURL: purl, Hashes: []Hash{hash}}
		if p.License != "" {
			c.Licenses = []License{{p.License}}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Component) int { return cmp.Compare(a.Ref, b.Ref) })
	return list, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// hashOf reads npm's way of writing a hash. A package without one could be
// anything, and is refused.
func hashOf(integrity string) (Hash, error) {
	text, ok := strings.CutPrefix(integrity, "sha512-")
	if !ok {
		return Hash{}, fmt.Errorf("integrity %q is no SHA-512", integrity)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Hash{}, fmt.Errorf("decode integrity: %w", err)
	}
	return Hash{Algorithm: "SHA-512", Content: hex.EncodeToString(raw)}, nil
}
