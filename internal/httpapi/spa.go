package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// noncePlaceholder stands in index.html where the front end's build wants the
// nonce of the response.
const noncePlaceholder = "__CSP_NONCE__"

// site is the built front end, in memory: it is part of the binary anyway.
type site struct {
	files map[string]*asset // by path, with a leading slash
	index []byte            // nil when the front end was not built
}

type asset struct {
	body      []byte
	kind      string
	tag       string
	immutable bool
	gzipped   func() []byte // nil when compressing gains nothing
}

// loadSite reads the files. An unreadable one is a defect of the build, and is
// left out: its page then says that it is not there.
func loadSite(source fs.FS) *site {
	loaded := &site{files: map[string]*asset{}}
	if source == nil {
		return loaded
	}
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		if name == "index.html" {
			loaded.index = body
			return nil
		}
		loaded.files["/"+name] = newAsset(name, body)
		return nil
	}
	if err := fs.WalkDir(source, ".", walk); err != nil {
		return &site{files: map[string]*asset{}}
	}
	return loaded
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{body: body, kind: kindOf(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`, immutable: strings.HasPrefix(name, "assets/")}
	switch {
	case strings.HasPrefix(a.kind, "text/"), strings.HasPrefix(a.kind, "application/json"), strings.HasPrefix(a.kind, "image/svg"), strings.HasSuffix(a.kind, "+json"):
		a.gzipped = sync.OnceValue(func() []byte { return compress(body) })
	}
	return a
}

// kindOf does not ask the machine's tables: types must be the same everywhere.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil // the level is a constant that exists
	}
	w.Write(body) //nolint:errcheck // a buffer takes everything
	w.Close()     //nolint:errcheck // likewise
	return b.Bytes()
}

// notFound answers what no route matches: the front end's files, for a browser
// its one page, which knows more addresses than we do, and else a problem.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reading || isAPI(r.URL.Path) || strings.HasPrefix(r.URL.Path, "/webhooks") {
		failStatus(w, r, http.StatusNotFound)
		return
	}
	if file, ok := s.site.files[r.URL.Path]; ok {
		file.serve(w, r)
		return
	}
	if s.site.index == nil || !strings.Contains(r.Header.Get("Accept"), "text/html") || path.Ext(r.URL.Path) == ".js" {
		failStatus(w, r, http.StatusNotFound)
		return
	}
	s.serveIndex(w)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", a.tag)
	h.Set("Cache-Control", "no-cache")
	if a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := a.body
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			if packed := a.gzipped(); packed != nil {
				body = packed
				h.Set("Content-Encoding", "gzip")
			}
		}
	}
	if r.Header.Get("If-None-Match") == a.tag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the client is gone when this fails
	}
}

// serveIndex gives the page a nonce of its own: styles that carry it apply,
// any that were slipped in do not.
func (s *server) serveIndex(w http.ResponseWriter) {
	nonce := newNonce()
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "+
		"manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'", nonce)
	if strings.HasPrefix(s.PublicURL, "https://") {
		policy += "; upgrade-insecure-requests"
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(bytes.ReplaceAll(s.site.index, []byte(noncePlaceholder), []byte(nonce))) //nolint:errcheck // the client is gone when this fails
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails: Go ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
