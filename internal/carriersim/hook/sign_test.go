package hook_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
)

// The published vectors of Twilio's documentation and clients, token 12345.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	call := func(from string, extra ...string) url.Values {
		v := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {from}, "Digits": {"1234"}, "From": {from}, "To": {"+18005551212"}}
		for i := 0; i < len(extra); i += 2 {
			v.Set(extra[i], extra[i+1])
		}
		return v
	}
	const sum = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	reason := call("+14158675309", "Reason", "Participant", "ReasonConferenceEnded", "test")
	rows := []struct {
		url  string
		form url.Values
		want string
	}{
		{"https://example.com/myapp.php?foo=1&bar=2", call("+14158675310"), "L/OH5YylLD5NRKLltdqwSvS0BnU="},
		{"https://mycompany.com/myapp.php?foo=1&bar=2", reason, "vOEb5UThFn24KEfnOFLQY2AE5FY="},
		{"http://mycompany.com/myapp.php?foo=1&bar=2", reason, "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
		{"https://mycompany.com/myapp.php?foo=1&bar=2&" + sum, nil, "a9nBmqA0ju/hNViExpshrM61xv4="},
		{"https://mycompany.com/myapp.php?" + sum, nil, "y77kIzt2vzLz71DgmJGsen2scGs="},
		{"https://mycompany.com/myapp.php?foo=1&bar=2", url.Values{"property": {"value"}, "boolean": {"true"}}, "NBdBDr/T/lgjI+tlgpXjKZQZs/k="},
	}
	for _, r := range rows {
		if got := hook.Signature("12345", r.url, r.form); got != r.want {
			t.Errorf("%s: %s, want %s", r.url, got, r.want)
		}
	}
	// Sorting without regard to case is a known mistake with a known signature.
	if got := hook.Signature("12345", rows[1].url, reason); got == "95+Bu0JVPi0r/SsESZCVf0dWAjw=" {
		t.Error("parameters are sorted without regard to case")
	}
}

func TestSignedURL(t *testing.T) {
	t.Parallel()
	rows := []struct {
		raw    string
		kind   hook.Kind
		policy hook.PortPolicy
		want   string
	}{
		{"https://h.example:8443/p?q=1#rc=3&rp=all", hook.VoiceTwiML, hook.PortVoiceTwiML, "https://h.example/p?q=1"},
		{"https://h.example:8443/p?q=1#rc=3", hook.VoiceStatus, hook.PortVoiceTwiML, "https://h.example:8443/p?q=1"},
		{"https://h.example:8443/p", hook.SMSTwiML, hook.PortVoiceTwiML, "https://h.example:8443/p"},
		{"https://h.example:8443/p", hook.VoiceTwiML, hook.PortNever, "https://h.example:8443/p"},
		{"https://h.example:8443/p", hook.SMSTwiML, hook.PortAlways, "https://h.example/p"},
		{"http://h.example:8080/p", hook.VoiceTwiML, hook.PortAlways, "http://h.example:8080/p"},
		{"https://user:pass@h.example:8443/p@q:1", hook.VoiceTwiML, "", "https://h.example/p@q:1"},
		{"https://[::1]:8443/p", hook.VoiceTwiML, hook.PortAlways, "https://[::1]/p"},
		{"https://[::1]/p", hook.VoiceTwiML, hook.PortAlways, "https://[::1]/p"},
		{"https://h.example?x=1:2", hook.VoiceTwiML, hook.PortAlways, "https://h.example?x=1:2"},
		{"https://h.example/a b%2Fc|d'", hook.SMSStatus, "", "https://h.example/a b%2Fc|d'"},
	}
	for _, r := range rows {
		if got := hook.SignedURL(r.raw, r.kind, r.policy); got != r.want {
			t.Errorf("%s (%s, %s): %s, want %s", r.raw, r.kind, r.policy, got, r.want)
		}
	}
}

func FuzzSignedURL(f *testing.F) {
	f.Add("https://u:p@[::1]:8443/p?q#f")
	f.Add("://@:")
	f.Fuzz(func(t *testing.T, raw string) {
		for _, p := range []hook.PortPolicy{hook.PortAlways, hook.PortNever, hook.PortVoiceTwiML} {
			if got := hook.SignedURL(raw, hook.VoiceTwiML, p); strings.Contains(got, "#") {
				t.Errorf("%q is signed with its fragment: %q", raw, got)
			}
		}
		policy, _ := hook.ParseOverrides(raw, hook.DefaultPolicy())
		if policy.Retries < 0 || policy.Retries > 5 || policy.Total > 15*time.Second {
			t.Errorf("%q overrides to %+v", raw, policy)
		}
	})
}
