// Package employee owns the people whom an employer may want to call: forms,
// CSV import, search, tags and removal. It must never create or raise consent
// (an import attests, nothing more), clear a STOP, or accept a number that
// phone.Parse refuses.
package employee

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/phone"
)

// Employee is one person of an account.
type Employee struct {
	ID          uuid.UUID
	Name        string
	FirstName   string
	Phone       string // E.164
	Country     string // CA or US
	NumberZones []string
	Language    string // en or fr
	TimeZone    string // as the employer stated it; "" when it did not
	Tags        []string
	State       consent.State
	StateAt     time.Time // zero while there is no event
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Limits on what is stored of a person, in characters.
const (
	maxName        = 80
	maxFirstName   = 40
	maxTag         = 40
	maxTags        = 20
	minAttestation = 10
	maxAttestation = 500
)

// Languages in which people are called and texted.
const (
	English = "en"
	French  = "fr"
)

// person is what an employer says of one person, checked and in one form.
type person struct {
	row       int // line of the file; 0 for a form
	name      string
	firstName string
	phone     string
	key       []byte
	country   string
	zones     string // comma separated
	language  string // "" where it is not stated
	timeZone  string
	tags      []string
}

// ZoneChecker tells whether a time zone is one of Canada or the United States
// that calling hours know.
type ZoneChecker func(zone string) bool

func checkName(raw string) (string, *flaw) {
	name, bad := clean(raw, maxName)
	switch {
	case bad == flawLong:
		return "", &flaw{"too_long", fmt.Sprintf("A name has at most %d characters.", maxName)}
	case bad != nil:
		return "", bad
	case name == "":
		return "", &flaw{"required", "Enter a name."}
	case !hasLetter(name):
		return "", &flaw{"invalid_name", "A name has at least one letter."}
	}
	return name, nil
}

// checkFirstName falls back on the name where none is given.
func checkFirstName(raw, name string) (string, *flaw) {
	first, bad := clean(raw, maxFirstName)
	if bad != nil {
		return "", bad
	}
	if first == "" {
		first = firstNameOf(name)
	}
	if runes := []rune(first); len(runes) > maxFirstName {
		first = string(runes[:maxFirstName])
	}
	if !hasLetter(first) {
		return "", &flaw{"invalid_name", "A first name has at least one letter."}
	}
	return first, nil
}

// checkLanguage returns "" for an empty cell: not stated.
func checkLanguage(raw string) (string, *flaw) {
	switch Fold(strings.TrimSpace(raw)) {
	case "":
		return "", nil
	case "en", "eng", "english", "anglais", "en-ca", "en-us", "en_ca", "en_us", "e", "a":
		return English, nil
	case "fr", "fra", "fre", "french", "francais", "fr-ca", "fr_ca", "f":
		return French, nil
	}
	return "", &flaw{"unknown_language", "Write en (English) or fr (French)."}
}

func checkZone(raw string, known ZoneChecker) (string, *flaw) {
	zone := strings.TrimSpace(raw)
	if zone == "" || known(zone) {
		return zone, nil
	}
	return "", &flaw{"unknown_time_zone", "Write a time zone of Canada or the United States, such as America/Toronto."}
}

// checkTags trims, folds repetitions and sorts, so that the same tags in
// another order are no change.
func checkTags(raw []string) ([]string, *flaw) {
	tags := make([]string, 0, len(raw))
	seen := map[string]bool{}
	for _, one := range raw {
		tag, bad := clean(one, maxTag)
		switch {
		case bad == flawLong:
			return nil, &flaw{"too_long", fmt.Sprintf("A tag has at most %d characters.", maxTag)}
		case bad != nil:
			return nil, bad
		case tag == "" || seen[Fold(tag)]:
			continue
		}
		seen[Fold(tag)] = true
		tags = append(tags, tag)
	}
	if len(tags) > maxTags {
		return nil, &flaw{"too_many_tags", fmt.Sprintf("A person has at most %d tags.", maxTags)}
	}
	slices.Sort(tags)
	return tags, nil
}

// setPhone fills everything that follows from the number.
func (p *person) setPhone(raw string, key func(string) []byte, zones func(string) string) *flaw {
	number, err := phone.Parse(raw)
	if err != nil {
		var refused *phone.Refusal
		if errors.As(err, &refused) {
			return &flaw{refused.Code, refused.Message}
		}
		return &flaw{phone.CodeInvalid, "This is not a phone number that can be called."}
	}
	p.phone, p.country = number.E164, number.Country
	p.zones = zones(number.E164)
	p.key = key(number.E164)
	return nil
}

// zonesOf is how the zones of a number are stored.
func zonesOf(e164 string) string { return strings.Join(phone.Zones(e164), ",") }

// checkAttestation takes the employer's own words about how it came by the
// numbers. The ledger keeps them as evidence.
func checkAttestation(raw string) (string, *flaw) {
	text, bad := clean(raw, maxAttestation)
	if bad == flawLong {
		return "", &flaw{"too_long", fmt.Sprintf("Use at most %d characters.", maxAttestation)}
	}
	if bad == nil && len([]rune(text)) < minAttestation {
		return "", &flaw{"too_short", fmt.Sprintf("Say in your own words how these people gave you their numbers (at least %d characters).", minAttestation)}
	}
	return text, bad
}
