// Package hook owns the carrier's requests to the application: signing, the
// connection overrides in a URL's fragment, time-outs, retries and redirects.
// It knows nothing of calls or texts, and must never reach a host that is not
// this machine unless it was told to.
package hook

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's signature is HMAC-SHA1
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// PortPolicy says for which requests a non-standard https port is left out of
// the signed URL.
type PortPolicy string

// The positions of the switch; voice-twiml is what has been observed.
const (
	PortVoiceTwiML PortPolicy = "voice-twiml"
	PortNever      PortPolicy = "never"
	PortAlways     PortPolicy = "always"
)

// Kind is what a request is about.
type Kind string

// The kinds of request.
const (
	VoiceTwiML  Kind = "voice"
	VoiceStatus Kind = "voice-status"
	VoiceAMD    Kind = "amd"
	SMSTwiML    Kind = "sms"
	SMSStatus   Kind = "sms-status"
)

// Signature computes X-Twilio-Signature for a URL exactly as it was requested
// and the form parameters of a POST (nil for a GET).
func Signature(token, fullURL string, form url.Values) string {
	data := fullURL
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			data += name + v
		}
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(data))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SignedURL is the URL that is signed for a configured address: without
// fragment and user information, and without a port where the policy says so.
func SignedURL(raw string, kind Kind, policy PortPolicy) string {
	raw, _, _ = strings.Cut(raw, "#")
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		authority = authority[i+1:]
	}
	strip := policy == PortAlways || ((policy == PortVoiceTwiML || policy == "") && kind == VoiceTwiML)
	if strings.EqualFold(scheme, "https") && strip {
		if i := strings.LastIndex(authority, ":"); i >= 0 && !strings.Contains(authority[i:], "]") {
			authority = authority[:i]
		}
	}
	return scheme + "://" + authority + path
}
