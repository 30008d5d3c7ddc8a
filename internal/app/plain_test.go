package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// The product's own security.txt and page name the address that is published (C56).
func TestC56VulnerabilitiesAreReportedToThePublishedAddress(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	for path, want := range map[string]string{"/.well-known/security.txt": "Contact: mailto:support@callshu.com\n", "/security": "mailto:support@callshu.com"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d, %v, without %q:\n%s", path, answer.StatusCode, err, want, text)
		}
	}
}
