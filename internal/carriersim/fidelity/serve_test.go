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
	"testing"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

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
