package app_test

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// plainAddress is an address without TLS that is no name of an XML vocabulary.
var plainAddress = regexp.MustCompile("http://[^\\s\"'<>)`]+")

// Nothing that we write leads anybody over a line in plain text (C4): no mail,
// no page, no document of a call. Addresses of our own are PUBLIC_URL's, which
// production refuses without TLS. The built pages are looked at where they are
// built, which brings the libraries' words.
func TestC4NothingWeSendNamesAnAddressWithoutTLS(t *testing.T) {
	t.Parallel()
	files := 0
	for _, room := range []string{"internal/mail/templates", "internal/httpapi/pages", "internal/ivr", "internal/consent", "web/src", "web/public", "web/dist"} {
		root := os.DirFS("../../" + room)
		err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.Contains(path, "_test.") || strings.Contains(path, ".test.") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			files++
			for _, found := range plainAddress.FindAllString(string(text), -1) {
				if !strings.HasPrefix(found, "http://www.w3.org/") && found != "http://localhost" { // a base to parse with, in a library
					t.Errorf("%s/%s names %s", room, path, found)
				}
			}
			return err
		})
		if err != nil && !(os.IsNotExist(err) && room == "web/dist") {
			t.Fatal(err)
		}
	}
	if files < 200 {
		t.Fatalf("only %d files were looked at", files)
	}
}

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
