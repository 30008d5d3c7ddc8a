package employee

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// merged is how the people of a file stand to the list.
type merged struct {
	fresh   []person
	changed []person
	before  []existing // of the first that change, in their order
}

// merge sorts the people of a file into new, changed and (the rest) unchanged.
// A column that the file does not have leaves what is stored; so does an empty
// language, since everybody has one.
func merge(ctx context.Context, tx pgx.Tx, account uuid.UUID, s *sheet, defaultLanguage string) (merged, error) {
	stored, err := findStored(ctx, tx, account, s.people)
	if err != nil {
		return merged{}, err
	}
	var m merged
	for i := range s.people {
		p := &s.people[i]
		old, known := stored[string(p.key)]
		if !known {
			p.language = orElse(p.language, defaultLanguage)
			m.fresh = append(m.fresh, *p)
			continue
		}
		s.keep(p, old)
		if p.name != old.Name || p.firstName != old.FirstName || p.timeZone != old.TimeZone || p.language != old.Language || !slices.Equal(p.tags, old.Tags) {
			m.changed = append(m.changed, *p)
			if len(m.before) < sampleSize {
				m.before = append(m.before, old)
			}
		}
	}
	// In the order of their keys: five indexes and two foreign keys go by it,
	// and neighbours share their pages.
	slices.SortFunc(m.fresh, func(a, b person) int { return bytes.Compare(a.key, b.key) })
	return m, nil
}

// keep lets what is stored stand where the file says nothing.
func (s *sheet) keep(p *person, old existing) {
	p.language = orElse(p.language, old.Language)
	if !s.has(fieldTimeZone) {
		p.timeZone = old.TimeZone
	}
	if !s.has(fieldTags) {
		p.tags = old.Tags
	}
	if !s.has(fieldFirstName) && p.name == old.Name {
		p.firstName = old.FirstName
	}
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func (m merged) count(c *Counts, s *sheet) {
	c.Total, c.Rejected = len(s.records), len(s.faults)
	c.New, c.Changed = len(m.fresh), len(m.changed)
	c.Unchanged = len(s.people) - c.New - c.Changed
}

// differences are what the first of those who change would lose and get.
func (m merged) differences() []Difference {
	list := make([]Difference, 0, len(m.before))
	for i, old := range m.before {
		p := m.changed[i]
		d := Difference{Name: old.Name, Phone: p.phone}
		for _, f := range []FieldChange{
			{string(fieldName), old.Name, p.name}, {string(fieldFirstName), old.FirstName, p.firstName}, {string(fieldLanguage), old.Language, p.language},
			{string(fieldTimeZone), old.TimeZone, p.timeZone}, {string(fieldTags), strings.Join(old.Tags, "; "), strings.Join(p.tags, "; ")},
		} {
			if f.Before != f.After {
				d.Fields = append(d.Fields, f)
			}
		}
		list = append(list, d)
	}
	return list
}
