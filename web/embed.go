// Package web owns the built front end that is embedded in the binary: the
// files of dist, as Vite wrote them. It must never hold behaviour: headers,
// nonces and routes belong to httpapi.
package web

import (
	"embed"
	"io/fs"
)

// all: keeps files that begin with "_" or ".", which Vite may emit and which
// a plain pattern drops. dist/.gitkeep stands in for a front end that was not
// built, so that the Go side always compiles.
//
//go:embed all:dist
var dist embed.FS

// FS returns the built front end, rooted at dist. Without a build it holds no
// index.html.
func FS() fs.FS {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		// fs.Sub refuses only malformed paths, and this one is a constant.
		panic("web: " + err.Error())
	}
	return built
}
