// Package page owns the phones page: a wall of telephones that a person can
// answer, and what went over the wires. It renders on the server, keeps what
// it shows live by server-sent events, and passes acts on to the engine; it
// must never keep carrier state of its own.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/callshu/callshu/internal/carriersim/engine"
)

//go:embed assets templates
var files embed.FS

type handler struct {
	e         *engine.Engine
	templates *template.Template
}

// New returns the phones page of an engine: / and everything under /_page/.
func New(e *engine.Engine) http.Handler {
	h := &handler{e: e}
	h.templates = template.Must(template.New("").Funcs(h.funcs()).ParseFS(files, "templates/*.html"))
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.index)
	mux.HandleFunc("GET /_page/events", h.stream)
	mux.HandleFunc("GET /_page/phone", h.fragment)
	mux.HandleFunc("POST /_page/act", h.act)
	mux.HandleFunc("POST /_page/faults", h.fault)
	mux.Handle("GET /_page/assets/", http.StripPrefix("/_page/assets/", http.FileServerFS(assets)))
	return secured(mux)
}

// secured forbids everything that does not come from this server.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// index is the whole page; it is complete without JavaScript.
func (h *handler) index(w http.ResponseWriter, r *http.Request) {
	selected := r.URL.Query().Get("phone")
	wall := h.wall()
	page := struct {
		Bar      bar
		Cards    []card
		More     int
		Tiles    []card
		Feeds    feeds
		Selected *inspected
		Problem  string
	}{h.bar(), nil, 0, nil, h.feeds(), h.inspect(selected), r.URL.Query().Get("problem")}
	for _, c := range wall {
		if c.Live {
			page.Cards = append(page.Cards, c)
		}
		page.Tiles = append(page.Tiles, c)
	}
	if len(page.Cards) > maxCards {
		page.Cards, page.More = page.Cards[:maxCards], len(page.Cards)-maxCards
	}
	h.render(w, "page", page)
}

// fragment is the panel of one phone, for the script.
func (h *handler) fragment(w http.ResponseWriter, r *http.Request) {
	h.render(w, "inspect", h.inspect(r.URL.Query().Get("phone")))
}

func (h *handler) render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := h.templates.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}

// html renders a part of the page for the stream.
func (h *handler) html(name string, data any) string {
	var b bytes.Buffer
	if err := h.templates.ExecuteTemplate(&b, name, data); err != nil {
		return template.HTMLEscapeString(err.Error())
	}
	return b.String()
}

// done ends an act: a script wants a status, a plain form its page back.
func done(w http.ResponseWriter, r *http.Request, phone string, err error) {
	if r.Header.Get("Accept") == "application/json" {
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q := url.Values{}
	if phone != "" {
		q.Set("phone", phone)
	}
	if err != nil {
		q.Set("problem", err.Error())
	}
	http.Redirect(w, r, "/?"+q.Encode(), http.StatusSeeOther)
}

func problemf(format string, args ...any) error { return fmt.Errorf(format, args...) }
