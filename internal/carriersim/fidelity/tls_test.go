package fidelity_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// Behind a public https address with a port of its own the official validator
// accepts every webhook, whichever requests leave the port out of what is
// signed; and it can tell the positions apart.
func TestSignaturesBehindAPublicAddressWithAPort(t *testing.T) {
	t.Parallel()
	const public = "https://phones.example:8443"
	for policy, bare := range map[string]map[string]bool{
		"voice-twiml": {"/voice": true, "/gather": true, "/status": false},
		"never":       {"/voice": false, "/gather": false, "/status": false},
		"always":      {"/voice": true, "/gather": true, "/status": true},
	} {
		validator := client.NewRequestValidator(simtest.AuthToken)
		var mu sync.Mutex
		seen := map[string]int{}
		app := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			params := map[string]string{}
			r.Body = io.NopCloser(strings.NewReader(string(raw)))
			r.ParseForm()
			for name := range r.PostForm {
				params[name] = r.PostForm.Get(name)
			}
			got := r.Header.Get("X-Twilio-Signature")
			if !validator.Validate(public+r.RequestURI, params, got) {
				t.Errorf("%s: the official validator refuses %s", policy, r.URL.Path)
			}
			portless := "https://phones.example" + r.RequestURI
			if signed := signatureOf(portless, r.PostForm) == got; signed != bare[r.URL.Path] {
				t.Errorf("%s: %s signed without its port: %t", policy, r.URL.Path, signed)
			}
			mu.Lock()
			seen[r.URL.Path]++
			mu.Unlock()
			switch r.URL.Path {
			case "/voice":
				twiml(w, question)
			case "/gather":
				twiml(w, "<Say>Thank you.</Say>")
			}
		}))
		sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) {
			o.InsecureTLS, o.Switches.PortPolicy = true, policy
			o.Resolve = map[string]string{"phones.example:8443": strings.TrimPrefix(app.URL, "https://")}
		}))
		t.Cleanup(app.Close)
		p := &api.CreateCallParams{}
		p.SetTo(number("202", 50))
		p.SetFrom(simtest.Number)
		p.SetUrl(public + "/voice?attempt=1#rc=2&rp=ct,5xx,rt")
		p.SetStatusCallback(public + "/status?attempt=1#rc=3&rp=all")
		if _, err := officialClient(sim.URL, simtest.AccountSID, simtest.AuthToken).CreateCall(p); err != nil {
			t.Fatal(err)
		}
		sim.Settle()
		mu.Lock()
		if seen["/voice"] != 1 || seen["/gather"] != 1 || seen["/status"] != 1 {
			t.Errorf("%s: requests %v", policy, seen)
		}
		mu.Unlock()
	}
}
