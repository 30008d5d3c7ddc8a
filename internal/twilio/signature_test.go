package twilio_test

import (
	"net/url"
	"testing"

	"github.com/twilio/twilio-go/client"

	"github.com/callshu/callshu/internal/twilio"
)

const account = "AC00000000000000000000000000000001"

func sign(t testing.TB, token, address string, form url.Values) string {
	t.Helper()
	// The carrier's own published example pins the scheme; its parameters lack
	// an AccountSid, so requests of ours are signed by the tests' own helper.
	return twilio.Sign(token, address, form)
}

func TestVerifyAcceptsTheCarriersPublishedExample(t *testing.T) {
	t.Parallel()
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"}}
	if got := sign(t, "12345", "https://example.com/myapp.php?foo=1&bar=2", form); got != "L/OH5YylLD5NRKLltdqwSvS0BnU=" {
		t.Fatalf("signature of the published example is %s", got)
	}
	// Its first published form, signed over the mycompany address.
	if got := sign(t, "12345", "https://mycompany.com/myapp.php?foo=1&bar=2", url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"},
		"Reason": {"Participant"}, "ReasonConferenceEnded": {"test"},
	}); got != "vOEb5UThFn24KEfnOFLQY2AE5FY=" {
		t.Fatalf("signature of the second example is %s", got)
	}
}

func TestVerifyRefusesWhatIsNotTheCarriers(t *testing.T) {
	t.Parallel()
	const uri = "/webhooks/twilio/status?attempt=7"
	form := url.Values{"AccountSid": {account}, "CallSid": {"CA1"}, "Body": {"a b;c|d+é"}}
	good := sign(t, "current", "https://app.example:8443"+uri, form)
	verifier := twilio.NewVerifier("https://app.example:8443", account, "current", "previous")
	cases := map[string]struct {
		uri, signature, body string
		want                 error
	}{
		"good":                {uri, good, form.Encode(), nil},
		"previous token":      {uri, sign(t, "previous", "https://app.example:8443"+uri, form), form.Encode(), nil},
		"signed without port": {uri, sign(t, "current", "https://app.example"+uri, form), form.Encode(), nil},
		"other query":         {"/webhooks/twilio/status?attempt=8", good, form.Encode(), twilio.ErrSignature},
		"other host":          {uri, sign(t, "current", "https://evil.example"+uri, form), form.Encode(), twilio.ErrSignature},
		"other token":         {uri, sign(t, "wrong", "https://app.example:8443"+uri, form), form.Encode(), twilio.ErrSignature},
		"no signature":        {uri, "", form.Encode(), twilio.ErrSignature},
		"added parameter":     {uri, good, form.Encode() + "&X=1", twilio.ErrSignature},
		"raw semicolon":       {uri, good, "AccountSid=" + account + "&a;b=1", twilio.ErrSignature},
		"repeated parameter": {uri, sign(t, "current", "https://app.example:8443"+uri, url.Values{"AccountSid": {account}, "From": {"+1", "+2"}}),
			"AccountSid=" + account + "&From=%2B1&From=%2B2", twilio.ErrRepeated},
		"other account": {uri, sign(t, "current", "https://app.example:8443"+uri, url.Values{"AccountSid": {"AC2"}}), "AccountSid=AC2", twilio.ErrAccount},
	}
	for name, c := range cases {
		if _, err := verifier.Verify(c.uri, c.signature, []byte(c.body)); err != c.want {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// The carrier's own library is the outside witness of the scheme.
func TestVerifyAgreesWithTheCarriersLibrary(t *testing.T) {
	t.Parallel()
	form := url.Values{"AccountSid": {account}, "To": {"+12025550100"}, "Empty": {""}}
	flat := map[string]string{"AccountSid": account, "To": "+12025550100", "Empty": ""}
	const address = "https://app.example/webhooks/twilio/voice?attempt=1"
	theirs := client.NewRequestValidator("token")
	if !theirs.Validate(address, flat, sign(t, "token", address, form)) {
		t.Error("the carrier's library refuses our signature")
	}
}

func FuzzVerifyNeverAcceptsWithoutTheToken(f *testing.F) {
	f.Add("/x?a=1", "c2ln", "AccountSid="+account)
	verifier := twilio.NewVerifier("https://app.example", account, "secret-token")
	f.Fuzz(func(t *testing.T, uri, signature, body string) {
		if _, err := verifier.Verify(uri, signature, []byte(body)); err == nil {
			t.Fatalf("accepted %q %q %q", uri, signature, body)
		}
	})
}
