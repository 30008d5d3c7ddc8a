package fidelity_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// serve makes a request without a network.
func serve(h http.Handler, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", formType)
	r.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// newGullible is an application that believes everything.
func newGullible(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(s.Close)
	return s.URL
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
