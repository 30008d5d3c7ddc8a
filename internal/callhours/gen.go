//go:build ignore

// This program rebuilds zones.txt and zoneinfo/ from the machine's time-zone
// database (Debian package tzdata, public domain): the zones of Canada and the
// United States, and every other name for them. Run it, after installing the
// newest tzdata, by `go generate ./internal/callhours`, then raise Minimum in
// zones.go if a government changed its clocks.
package main

import (
	"bufio"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const source = "/usr/share/zoneinfo"

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

func generate() error {
	countries, err := zoneCountries()
	if err != nil {
		return err
	}
	version, links, err := readLinks()
	if err != nil {
		return err
	}
	compiled, err := os.MkdirTemp("", "zoneinfo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(compiled)
	// Slim files leave the future to a rule at their end, which Go reads.
	zic := exec.Command("zic", "-b", "slim", "-d", compiled, filepath.Join(source, "tzdata.zi"))
	if out, err := zic.CombinedOutput(); err != nil {
		return fmt.Errorf("zic: %w\n%s", err, out)
	}
	if err := os.RemoveAll("zoneinfo"); err != nil {
		return err
	}
	for name := range countries {
		data, err := os.ReadFile(filepath.Join(compiled, name))
		if err != nil {
			return err
		}
		target := filepath.Join("zoneinfo", name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			return err
		}
	}
	return writeList(version, countries, links)
}

// zoneCountries reads which zones lie where.
func zoneCountries() (map[string]string, error) {
	countries := map[string]string{}
	raw, err := os.ReadFile(filepath.Join(source, "zone.tab"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) >= 3 && (fields[0] == "CA" || fields[0] == "US") {
			countries[fields[2]] = fields[0]
		}
	}
	return countries, nil
}

func readLinks() (version string, links map[string]string, err error) {
	f, err := os.Open(filepath.Join(source, "tzdata.zi"))
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	links = map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 3 && fields[0] == "L":
			links[fields[2]] = fields[1]
		case len(fields) == 3 && fields[1] == "version":
			version = fields[2]
		}
	}
	if version == "" {
		return "", nil, fmt.Errorf("%s names no version", f.Name())
	}
	return version, links, lines.Err()
}

func writeList(version string, countries, links map[string]string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "version %s\n", version)
	for _, name := range slices.Sorted(maps.Keys(countries)) {
		fmt.Fprintf(&out, "zone %s %s\n", name, countries[name])
	}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		target := links[name]
		for links[target] != "" {
			target = links[target]
		}
		if countries[target] != "" && countries[name] == "" {
			fmt.Fprintf(&out, "link %s %s\n", name, target)
		}
	}
	return os.WriteFile("zones.txt", []byte(out.String()), 0o644)
}
