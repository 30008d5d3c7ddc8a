// Package callhours owns the question when a phone may ring: calling hours by
// country, zone and weekday, on time-zone data of its own. It is pure: it never
// reads the clock, the database or the machine's zones, and it never widens
// what the law allows.
package callhours

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

//go:generate go run gen.go

// Minimum is the oldest time-zone database with which calls may be placed: in
// it British Columbia, Alberta, Manitoba and the Northwest Territories no
// longer change their clocks. With an older one people there are rung an hour
// late in winter.
const Minimum = "2026f"

//go:embed zones.txt zoneinfo
var data embed.FS

// Zones is the time-zone data of Canada and the United States. It does not
// change after Load and may be shared.
type Zones struct {
	version string
	zones   map[string]*zone
	names   []string // canonical ones, sorted
}

type zone struct {
	name     string // canonical
	country  string
	location *time.Location
}

// Load reads the embedded zones and checks them: it fails on data older than
// Minimum or with offsets that are known to be wrong, because every window
// computed from such data would be.
func Load() (*Zones, error) {
	list, err := data.ReadFile("zones.txt")
	if err != nil {
		return nil, fmt.Errorf("read zone list: %w", err)
	}
	z := &Zones{zones: map[string]*zone{}}
	for line := range strings.Lines(string(list)) {
		if err := z.add(strings.Fields(line)); err != nil {
			return nil, err
		}
	}
	slices.Sort(z.names)
	return z, z.check()
}

func (z *Zones) add(fields []string) error {
	switch {
	case len(fields) == 2 && fields[0] == "version":
		z.version = fields[1]
	case len(fields) == 3 && fields[0] == "zone":
		raw, err := data.ReadFile(path.Join("zoneinfo", fields[1]))
		if err != nil {
			return fmt.Errorf("read zone: %w", err)
		}
		location, err := time.LoadLocationFromTZData(fields[1], raw)
		if err != nil {
			return fmt.Errorf("read zone %s: %w", fields[1], err)
		}
		z.zones[fields[1]] = &zone{name: fields[1], country: fields[2], location: location}
		z.names = append(z.names, fields[1])
	case len(fields) == 3 && fields[0] == "link" && z.zones[fields[2]] != nil:
		z.zones[fields[1]] = z.zones[fields[2]]
	default:
		return fmt.Errorf("read zone list: unknown line %q", fields)
	}
	return nil
}

// check is the canary: the offsets that stale data gets wrong, and one that
// wrong data of any other kind would.
func (z *Zones) check() error {
	if z.version < Minimum {
		return fmt.Errorf("time-zone data %s is older than %s", z.version, Minimum)
	}
	instant := time.Date(2026, time.December, 15, 12, 0, 0, 0, time.UTC)
	for _, canary := range []struct {
		name  string
		hours int
	}{
		{"America/Vancouver", -7}, {"America/Edmonton", -6}, {"America/Winnipeg", -5},
		{"America/Inuvik", -6}, {"America/Toronto", -5}, {"America/New_York", -5},
	} {
		found := z.zones[canary.name]
		if found == nil {
			return fmt.Errorf("time-zone data lacks %s", canary.name)
		}
		if _, offset := instant.In(found.location).Zone(); offset != canary.hours*3600 {
			return fmt.Errorf("time-zone data is wrong for %s: %d s from UTC in December 2026, want %d h", canary.name, offset, canary.hours)
		}
	}
	return nil
}

// Version names the time-zone database, such as "2026f".
func (z *Zones) Version() string { return z.version }

// Names lists the zones a person may choose from, in alphabetical order and
// without alternative names.
func (z *Zones) Names() []string { return slices.Clone(z.names) }

// Valid reports whether name is a zone of Canada or the United States,
// alternative names such as US/Eastern included.
func (z *Zones) Valid(name string) bool { return z.zones[name] != nil }

// Location returns the zone's clock, for showing local times to people. ok is
// false when the name is not Valid.
func (z *Zones) Location(name string) (location *time.Location, ok bool) {
	found := z.zones[name]
	if found == nil {
		return nil, false
	}
	return found.location, true
}
