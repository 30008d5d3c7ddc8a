package fidelity_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
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

// signatureOf computes what the documentation says, apart from the simulator.
func signatureOf(fullURL string, form url.Values) string {
	data := fullURL
	for _, name := range slices.Sorted(maps.Keys(form)) {
		data += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(simtest.AuthToken))
	mac.Write([]byte(data))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
