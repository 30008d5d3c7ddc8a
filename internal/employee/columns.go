package employee

import (
	"strings"

	"github.com/callshu/callshu/internal/apperr"
)

// field is a column that we understand.
type field string

const (
	fieldName      field = "name"
	fieldFirstName field = "first_name"
	fieldLastName  field = "last_name"
	fieldPhone     field = "phone"
	fieldLanguage  field = "language"
	fieldTimeZone  field = "time_zone"
	fieldTags      field = "tags"
)

// fieldOf reads a heading in English or French, whatever its case, accents and
// separators.
func fieldOf(heading string) field {
	switch plainHeading(heading) {
	case "name", "full name", "employee", "employee name", "nom", "nom complet", "employe":
		return fieldName
	case "first name", "firstname", "given name", "prenom":
		return fieldFirstName
	case "last name", "lastname", "surname", "family name", "nom de famille":
		return fieldLastName
	case "phone", "phone number", "telephone", "telephone number", "tel", "mobile", "mobile phone", "cell", "cell phone", "cellphone",
		"numero", "numero de telephone", "no de telephone", "cellulaire", "portable":
		return fieldPhone
	case "language", "lang", "langue":
		return fieldLanguage
	case "time zone", "timezone", "tz", "zone", "fuseau", "fuseau horaire":
		return fieldTimeZone
	case "tags", "tag", "groups", "group", "etiquettes", "etiquette", "groupes", "groupe":
		return fieldTags
	}
	return ""
}

func plainHeading(heading string) string {
	folded := strings.NewReplacer("_", " ", "-", " ", ".", " ", "/", " ").Replace(Fold(heading))
	return strings.Join(strings.Fields(folded), " ")
}

// knownField reads a field as a client names it; "" is a column to ignore.
func knownField(name string) (field, bool) {
	switch f := field(name); f {
	case "", fieldName, fieldFirstName, fieldLastName, fieldPhone, fieldLanguage, fieldTimeZone, fieldTags:
		return f, true
	}
	return "", false
}

// Column is one heading of a file and what we take it for ("" when ignored).
type Column struct {
	Heading string
	Field   string
}

func (s *sheet) readHeadings(cells []string) error {
	if len(cells) > maxColumns {
		return badFile("too_many_columns", "The file has more than %d columns.", maxColumns)
	}
	for i, cell := range cells {
		if len(cell) > maxCellBytes {
			return badFile("cell_too_long", "A heading is longer than %d bytes.", maxCellBytes)
		}
		heading, bad := clean(cell, maxCellBytes)
		if bad != nil {
			return badFile(bad.code, "The heading of column %d: %s", i+1, bad.message)
		}
		s.columns = append(s.columns, Column{Heading: heading})
	}
	return nil
}

// proposed takes each column for what it was taken for in the last file with
// that heading, or else for what the heading says.
func (s *sheet) proposed(last func(heading string) (field, bool)) []field {
	fields := make([]field, len(s.columns))
	for i, c := range s.columns {
		var known bool
		if fields[i], known = last(c.Heading); !known {
			fields[i] = fieldOf(c.Heading)
		}
	}
	return fields
}

// assign says what each column is. The columns are set also where they are
// refused: a person corrects them then.
func (s *sheet) assign(fields []field) error {
	s.at = map[field]int{}
	var twice field
	for i, f := range fields[:len(s.columns)] {
		s.columns[i].Field = string(f)
		if f == "" {
			continue
		}
		if s.has(f) {
			twice = f
			continue
		}
		s.at[f] = i
	}
	switch {
	case twice != "":
		return badColumns("duplicate_column", "Two columns hold the %s.", strings.ReplaceAll(string(twice), "_", " "))
	case !s.has(fieldPhone):
		return badColumns("no_phone_column", "No column is taken for the phone number. The first line of the file must hold the headings, such as “phone” or “téléphone”.")
	case !s.has(fieldName) && !s.has(fieldFirstName) && !s.has(fieldLastName):
		return badColumns("no_name_column", "No column is taken for the name. The first line of the file must hold the headings, such as “name” or “nom”.")
	}
	return nil
}

func badColumns(code, format string, args ...any) error {
	return apperr.InvalidField("fields", code, format, args...)
}
