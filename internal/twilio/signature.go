package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's signature scheme is HMAC-SHA1
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Verifier checks that a webhook comes from the carrier. Two tokens are valid
// while one is being rotated out.
type Verifier struct {
	publicURL  string
	accountSID string
	tokens     []string
}

// NewVerifier builds URLs from the configured public address only: Host and
// X-Forwarded-* are the sender's to choose.
func NewVerifier(publicURL, accountSID string, tokens ...string) *Verifier {
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(token string) bool { return token == "" })
	return &Verifier{publicURL: strings.TrimRight(publicURL, "/"), accountSID: accountSID, tokens: tokens}
}

// The ways in which a webhook is refused.
var (
	ErrSignature = errors.New("webhook signature does not match")
	ErrRepeated  = errors.New("webhook repeats a parameter")
	ErrAccount   = errors.New("webhook names another carrier account")
)

// Verify parses the form body of a POST and returns its parameters when the
// signature covers exactly them and the address it was posted to. A repeated
// parameter is refused: only its first value would be covered.
func (v *Verifier) Verify(requestURI, signature string, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, ErrSignature
	}
	if !v.matches(requestURI, signature, form) {
		return nil, ErrSignature
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, ErrRepeated
		}
	}
	if form.Get("AccountSid") != v.accountSID {
		return nil, ErrAccount
	}
	return form, nil
}

func (v *Verifier) matches(requestURI, signature string, form url.Values) bool {
	given, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(given) != sha1.Size {
		return false
	}
	payload := sortedParams(form)
	ok := false
	for _, address := range candidates(v.publicURL + requestURI) {
		for _, token := range v.tokens {
			ok = hmac.Equal(digest(token, address, payload), given) || ok
		}
	}
	return ok
}

// Sign returns the signature of a form posted to an address, as the carrier
// computes it.
func Sign(token, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(digest(token, address, sortedParams(form)))
}

func digest(token, address, payload string) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address + payload))
	return mac.Sum(nil)
}

// candidates are the forms under which the carrier may have signed an address:
// over https it keeps a port on some requests and drops it on others.
func candidates(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return []string{address}
	}
	rest := strings.TrimPrefix(address, "https://"+u.Host)
	if u.Port() == "" {
		return []string{address, "https://" + u.Host + ":443" + rest}
	}
	return []string{address, "https://" + u.Hostname() + rest}
}

func sortedParams(form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			b.WriteString(name)
			b.WriteString(value)
		}
	}
	return b.String()
}
