package httpapi

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

func (s *server) registerPages(router *chi.Mux) {
	router.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("ok\n")) //nolint:errcheck // the client is gone when this fails
	})
	if s.Webhooks != nil {
		router.Mount("/webhooks", s.Webhooks)
	}
}

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	failStatus(w, r, http.StatusNotFound)
}
