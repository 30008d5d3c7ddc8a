// Package settings owns the simulator's configuration: numbers, services, the
// switches for undocumented behaviour, and what the oracle holds against an
// application. It validates and never acts.
package settings

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/optout"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

// SenderType is the kind of one of the account's numbers.
type SenderType string

// The kinds of number; they decide the opt-out handling and the message rate.
const (
	LongCode  SenderType = "long_code"
	TollFree  SenderType = "toll_free"
	ShortCode SenderType = "short_code"
)

// NumberConfig is one phone number of the account, with where its calls and
// texts are announced.
type NumberConfig struct {
	Number           string     `json:"number"`
	Type             SenderType `json:"type,omitempty"` // long_code unless told
	VoiceURL         string     `json:"voice_url,omitempty"`
	VoiceMethod      string     `json:"voice_method,omitempty"`
	VoiceFallbackURL string     `json:"voice_fallback_url,omitempty"`
	StatusCallback   string     `json:"status_callback,omitempty"`
	SMSURL           string     `json:"sms_url,omitempty"`
	SMSMethod        string     `json:"sms_method,omitempty"`
	SMSFallbackURL   string     `json:"sms_fallback_url,omitempty"`
	Service          string     `json:"service,omitempty"` // SID of the Messaging Service it belongs to
}

// ServiceConfig is a Messaging Service.
type ServiceConfig struct {
	SID                string       `json:"sid"`
	AdvancedOptOut     bool         `json:"advanced_opt_out,omitempty"`
	OmitYes            bool         `json:"omit_yes,omitempty"` // "yes" taken out of the opt-in words
	Words              optout.Words `json:"words,omitzero"`
	InboundURL         string       `json:"inbound_url,omitempty"`
	FallbackURL        string       `json:"fallback_url,omitempty"`
	UseWebhookOnNumber bool         `json:"use_webhook_on_number,omitempty"`
	StatusCallback     string       `json:"status_callback,omitempty"`
	InboundMethod      string       `json:"inbound_method,omitempty"`
}

// Switches are the behaviours that Twilio does not document; a product must
// hold in every position. The zero value is the position thought most likely.
type Switches struct {
	YesAutoreply    string `json:"yes_autoreply"`    // never, when_blocked (zero), always
	ServiceRefusal  string `json:"service_refusal"`  // plain Messaging Service, blocked pair: sync (zero), async
	TollFreeRefusal string `json:"tollfree_refusal"` // async_30004 (zero), sync_21610
	KeepSpace       bool   `json:"keep_space"`       // white space around a keyword spoils it
	DeclineStatus   string `json:"decline_status"`   // busy (zero), no-answer
	BufferDigits    bool   `json:"buffer_digits"`    // keys pressed outside a Gather wait for the next one
	SkipRinging     bool   `json:"skip_ringing"`     // an answer within 0.5 s is reported without ringing
	RingExtraS      int    `json:"ring_extra_s"`     // added to Timeout by "some call flows" (5)
	GatherExtras    string `json:"gather_extras"`    // finished_on_key (zero), none, msg
	RedirectAction  bool   `json:"redirect_action"`  // a REST redirect first requests the interrupted Gather's action
	RedirectSigning string `json:"redirect_signing"` // fresh (zero), original, none
	PortPolicy      string `json:"port_policy"`      // voice-twiml (zero), never, always
	Retry5xx        bool   `json:"retry_5xx"`        // webhooks without a fragment are retried on 5xx too
	GeoFilled       bool   `json:"geo_filled"`       // city, state and zip are not empty
	UnevenCPS       bool   `json:"uneven_cps"`       // the queue is released unevenly, right on average
	RetryAfter      bool   `json:"retry_after"`      // 429 carries a Retry-After header
	TooManyCalls    int    `json:"too_many_calls"`   // HTTP status of error 10004: 429 (zero) or 400
	PostDialDelayMS int    `json:"pdd_ms"`           // from dialling to ringing: 300 when zero
	QueueExpiry     string `json:"queue_expiry"`     // silent (zero), callback: a call cancelled after 24 h in the queue
}

// Policy is what the oracle holds against the application.
type Policy struct {
	// StopGrace is how long after a person *sent* STOP a create to that phone
	// becomes a violation, whatever became of the webhook. Zero means 90 s.
	StopGrace time.Duration `json:"stop_grace_ns"`
	// StopScope tells for which of our numbers a STOP counts: all (zero),
	// service (those of the same Messaging Service), or number (the one it was
	// sent to, for accounts whose numbers speak for different parties).
	StopScope string `json:"stop_scope"`
	// Identify are the sentences of which one must be in the first words of an
	// outbound call; nil means ours in English and French.
	Identify []string `json:"identify"`
	// SlowWebhook is the wall time above which an answer is a violation. Zero
	// means 5 s.
	SlowWebhook time.Duration `json:"slow_webhook_ns"`
}

// Config is all that an Engine is made from.
type Config struct {
	AccountSID string
	AuthToken  string
	APIKeys    map[string]string // SK... -> secret
	Numbers    []NumberConfig
	Services   []ServiceConfig
	CPS        float64 // calls dialled per second; 0 means 1, Twilio's default
	MPS        float64 // message segments per second and sender; 0 means by type
	// Concurrency is the most calls that may be live; 0 means no limit.
	Concurrency int
	// RESTConcurrency is the most REST requests served at once before 429; 0
	// means no limit.
	RESTConcurrency int
	QueueTTL        time.Duration // 24 h when zero
	// CallbackTTL is how long callbacks of a call may wait behind one that the
	// application is slow to answer (error 15002), in machine time; 0 means a
	// minute.
	CallbackTTL    time.Duration
	DefaultPersona string // code of every phone's persona; empty: by the last two digits
	Switches       Switches
	Policy         Policy
	Clock          vclock.Clock // nil means real time
	// Wall is machine time, by which the pace of creates, the age of callbacks
	// and the grace after a STOP are judged; nil means time.Now.
	Wall         func() time.Time
	Seed         uint64   // of everything random; 0 draws one
	WebhookScale float64  // webhook time-outs are divided by it
	AllowHosts   []string // hosts besides this machine that may be called back
	Resolve      map[string]string
	InsecureTLS  bool
	// Life, where it is set, ends the run: what webhooks still in flight come to
	// after it is over is not recorded. They are not broken off.
	Life context.Context //nolint:containedctx // of the run, not of a request
	// Freeze keeps calls to phones driven by hand ringing until somebody acts.
	Freeze bool
}

var (
	sidPattern  = regexp.MustCompile(`^AC[0-9a-zA-Z]{32}$`)
	alnum       = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	e164Pattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	nanpPattern = regexp.MustCompile(`^\+1[2-9][0-9]{2}[2-9][0-9]{6}$`)
	shortCode   = regexp.MustCompile(`^[0-9]{5,6}$`)
)

// ValidNumber reports a dialable E.164 number.
func ValidNumber(s string) bool {
	if !e164Pattern.MatchString(s) {
		return false
	}
	return !strings.HasPrefix(s, "+1") || nanpPattern.MatchString(s)
}

// Check reports the first setting that cannot work.
func (c *Config) Check() error {
	if !sidPattern.MatchString(c.AccountSID) {
		return fmt.Errorf("account SID %q: want AC and 32 letters or digits", c.AccountSID)
	}
	if !alnum.MatchString(c.AuthToken) {
		return fmt.Errorf("auth token: want letters and digits only, as the official Go client insists on them")
	}
	if c.CPS < 0 || c.MPS < 0 || c.WebhookScale < 0 {
		return fmt.Errorf("rates must not be negative")
	}
	for _, n := range c.Numbers {
		if err := n.Check(); err != nil {
			return err
		}
	}
	switch c.Policy.StopScope {
	case "", "all", "service", "number":
	default:
		return fmt.Errorf("stop scope %q: want all, service or number", c.Policy.StopScope)
	}
	return c.Switches.check()
}

// Check reports what is wrong with a number.
func (n NumberConfig) Check() error {
	if !ValidNumber(n.Number) && !(n.Type == ShortCode && shortCode.MatchString(n.Number)) {
		return fmt.Errorf("number %q: want E.164, or 5 to 6 digits for a short code", n.Number)
	}
	switch n.Type {
	case "", LongCode, TollFree, ShortCode:
	default:
		return fmt.Errorf("number %s: type %q: want long_code, toll_free or short_code", n.Number, n.Type)
	}
	for _, raw := range []string{n.VoiceURL, n.VoiceFallbackURL, n.StatusCallback, n.SMSURL, n.SMSFallbackURL} {
		if raw != "" && !ValidURL(raw) {
			return fmt.Errorf("number %s: address %q: want an absolute http or https URL", n.Number, raw)
		}
	}
	return nil
}

// ValidURL reports an absolute http or https address whose host has no
// underscore.
func ValidURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.Contains(u.Hostname(), "_")
}

func (s Switches) check() error {
	positions := map[string][2]any{
		"yes_autoreply":    {s.YesAutoreply, []string{"", "never", "when_blocked", "always"}},
		"service_refusal":  {s.ServiceRefusal, []string{"", "sync", "async"}},
		"tollfree_refusal": {s.TollFreeRefusal, []string{"", "async_30004", "sync_21610"}},
		"decline_status":   {s.DeclineStatus, []string{"", "busy", "no-answer"}},
		"gather_extras":    {s.GatherExtras, []string{"", "finished_on_key", "none", "msg"}},
		"redirect_signing": {s.RedirectSigning, []string{"", "fresh", "original", "none"}},
		"port_policy":      {s.PortPolicy, []string{"", "voice-twiml", "never", "always"}},
		"queue_expiry":     {s.QueueExpiry, []string{"", "silent", "callback"}},
	}
	for _, name := range slices.Sorted(maps.Keys(positions)) {
		value, list := positions[name][0].(string), positions[name][1].([]string)
		if !slices.Contains(list, value) {
			return fmt.Errorf("switch %s: %q is not one of %q", name, value, list)
		}
	}
	if s.TooManyCalls != 0 && s.TooManyCalls != 400 && s.TooManyCalls != 429 {
		return fmt.Errorf("switch too_many_calls: want 400 or 429")
	}
	if s.RingExtraS < 0 || s.PostDialDelayMS < 0 {
		return fmt.Errorf("switches ring_extra_s and pdd_ms must not be negative")
	}
	return nil
}

// Country tells the country of a North American number, and nothing for others.
func Country(number string) string {
	if !strings.HasPrefix(number, "+1") || len(number) != 12 {
		return ""
	}
	canada := []string{"204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367", "368", "382",
		"403", "416", "418", "428", "431", "437", "438", "450", "460", "468", "474", "506", "514", "519", "548", "579", "581", "584",
		"587", "604", "613", "639", "647", "672", "683", "705", "709", "742", "753", "778", "780", "782", "807", "819", "825", "867",
		"873", "879", "902", "905", "942"}
	if slices.Contains(canada, number[2:5]) {
		return "CA"
	}
	return "US"
}
