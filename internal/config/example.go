package config

import (
	"fmt"
	"reflect"
	"strings"
)

type field struct {
	name, fallback, help string
	value                *string
}

// fields lists the settings in the order in which they are declared.
func fields(s *Settings) []field {
	v := reflect.ValueOf(s).Elem()
	var list []field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if name := tag.Get("env"); name != "-" {
			list = append(list, field{name: name, fallback: tag.Get("default"), help: tag.Get("help"), value: v.Field(i).Addr().Interface().(*string)})
		}
	}
	return list
}

// Example is the content of .env.example: every setting, what it means and its
// default. A test keeps the file equal to it.
func Example() string {
	var b strings.Builder
	b.WriteString("# Settings of Callshu. Copy to .env and fill in; `make demo` needs none of this.\n")
	for _, f := range fields(&Settings{}) {
		fmt.Fprintf(&b, "\n# %s\n%s=%s\n", f.help, f.name, f.fallback)
	}
	return b.String()
}
