// Package page owns the phones page: a wall of telephones that a person can
// answer, and what went over the wires. It only shows and passes on; it must
// never keep state of its own.
package page

import (
	"html/template"
	"net/http"

	"github.com/callshu/callshu/internal/carriersim/engine"
)

var index = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Phones</title>
<h1>Phones</h1><ul>{{range .}}<li>{{.Number}} {{.State}} {{.Title}}</li>{{end}}</ul></html>`))

// New returns the phones page of an engine.
func New(e *engine.Engine) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		index.Execute(w, e.Phones())
	})
}
