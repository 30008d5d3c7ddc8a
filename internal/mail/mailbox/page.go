package mailbox

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"
	"strconv"
)

//go:embed page.html
var pageSource string

// links is compiled once; a regexp is safe for concurrent use.
var links = regexp.MustCompile(`https?://[^\s<>"]+`)

// Handler shows the mails: / for people, /api/messages for programs.
func (b *Box) Handler() http.Handler {
	page := template.Must(template.New("page").Funcs(template.FuncMap{"linked": linked}).Parse(pageSource))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/messages", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(b.Messages()) //nolint:errcheck // the reader is gone when this fails
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		list := b.Messages()
		view := struct {
			List   []Message
			Chosen *Message
		}{List: list}
		wanted, _ := strconv.Atoi(r.URL.Query().Get("id")) //nolint:errcheck // anything else shows the newest
		for i := range list {
			if list[i].ID == wanted {
				view.Chosen = &list[i]
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		page.Execute(w, view) //nolint:errcheck // the reader is gone when this fails
	})
	return mux
}

// linked makes the addresses in a text clickable and escapes everything else.
func linked(text string) template.HTML {
	var out []byte
	rest := text
	for rest != "" {
		span := links.FindStringIndex(rest)
		if span == nil {
			break
		}
		address := rest[span[0]:span[1]]
		out = append(out, template.HTMLEscapeString(rest[:span[0]])...)
		out = append(out, `<a rel="noreferrer" href="`+template.HTMLEscapeString(address)+`">`+template.HTMLEscapeString(address)+`</a>`...)
		rest = rest[span[1]:]
	}
	return template.HTML(append(out, template.HTMLEscapeString(rest)...)) //nolint:gosec // every part was escaped
}
