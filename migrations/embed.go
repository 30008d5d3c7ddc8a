// Package migrations owns the schema: goose files in order of their number.
// A file that has landed is never edited; a change is a new file.
package migrations

import "embed"

// FS holds the goose files.
//
//go:embed *.sql
var FS embed.FS
