package carriersim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// FuzzRESTNeverBreaks makes requests of any method, path, query and body; the
// answer is never a 5xx, always JSON, a refusal always in Twilio's shape, and
// the simulator itself is never what was broken.
func FuzzRESTNeverBreaks(f *testing.F) {
	const number = "To=%2B12025550143&From=%2B12025550000"
	f.Add("POST", "/Calls.json", "", number+"&Url=http%3A%2F%2F127.0.0.1%3A1%2F")
	f.Add("POST", "/Calls.json", "", number+"&Twiml=%3CResponse%2F%3E&SendDigits=1w2&TimeLimit=5")
	f.Add("POST", "/Calls.json", "", "To=x&Timeout=-1&StatusCallbackEvent=a+b&MachineDetection=Enable&MachineDetectionTimeout=1e9")
	f.Add("POST", "/Calls.json", "", "To=sip%3Abob%40x&From=%2B12025550000&Url=http%3A%2F%2F%5B%3A%3A1&Method=%00")
	f.Add("GET", "/Calls.json", "PageSize=-9999999999999999999&Page=9999999999&PageToken=PA%00&StartTime%3E=2026-13-45", "")
	f.Add("GET", "/Calls.json", "Page=9223372036854775807&PageSize=1000", "")
	f.Add("POST", "/Calls/CA1.json", "", "Status=completed&TimeLimit=-1")
	f.Add("POST", "/Messages.json", "", number+"&Body=%00%ff%f0&ValidityPeriod=x")
	f.Add("POST", "/Messages.json", "", "To=%2B12025550143&MessagingServiceSid=MG1&Body=x&SendAt=")
	f.Add("GET", "/Messages.json", "DateSent=%F0%9F&PageToken=PBSM", "")
	f.Add("POST", "/IncomingPhoneNumbers/PN1.json", "", "SmsUrl=%3A")
	f.Add("GET", "/IncomingPhoneNumbers.json", "PageToken=PA", "")
	f.Add("PATCH", "/../..//%2e%2e/Calls.json/", "%", "a;b")
	f.Add("GET", ".json", "=&=", "")
	sim, err := carriersim.New(carriersim.Options{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken, DefaultPersona: "hand",
		Numbers: []carriersim.NumberConfig{{Number: simtest.Number}}, Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(sim.Close)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
		r.Method, r.RemoteAddr = method, "127.0.0.1:1"
		r.URL = &url.URL{Path: "/2010-04-01/Accounts/" + simtest.AccountSID + path, RawQuery: query}
		r.Body = io.NopCloser(strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError || w.Code < 200 {
			t.Fatalf("HTTP %d: %s", w.Code, w.Body)
		}
		var refusal struct {
			Code, Status int
			Message      string
			MoreInfo     string `json:"more_info"`
		}
		raw := w.Body.Bytes()
		if !json.Valid(raw) {
			t.Fatalf("HTTP %d: not JSON: %q", w.Code, raw)
		}
		if w.Code >= http.StatusBadRequest {
			if err := json.Unmarshal(raw, &refusal); err != nil || refusal.Status != w.Code || refusal.Code < 10000 || refusal.Message == "" || refusal.MoreInfo == "" {
				t.Errorf("not Twilio's error body: %s", raw)
			}
		}
		if n := sim.Stats().ByViolation["simulator_broken"]; n != 0 {
			t.Errorf("%s %s?%s broke the simulator: %v", method, path, query, sim.Violations())
		}
		sim.Reset() // so that no list grows from one case to the next
	})
}
