// Package resource owns the shapes of Twilio's REST resources: every key, its
// type and its format. It holds no behaviour.
package resource

import (
	"fmt"
	"time"
)

// Call is a call as the REST API shows it. All keys are always there.
type Call struct {
	SID             string            `json:"sid"`
	DateCreated     string            `json:"date_created"`
	DateUpdated     string            `json:"date_updated"`
	ParentCallSID   *string           `json:"parent_call_sid"`
	AccountSID      string            `json:"account_sid"`
	To              string            `json:"to"`
	ToFormatted     string            `json:"to_formatted"`
	From            string            `json:"from"`
	FromFormatted   string            `json:"from_formatted"`
	PhoneNumberSID  string            `json:"phone_number_sid"`
	Status          string            `json:"status"`
	StartTime       *string           `json:"start_time"`
	EndTime         *string           `json:"end_time"`
	Duration        *string           `json:"duration"`
	Price           *string           `json:"price"`
	PriceUnit       string            `json:"price_unit"`
	Direction       string            `json:"direction"`
	AnsweredBy      *string           `json:"answered_by"`
	APIVersion      string            `json:"api_version"`
	ForwardedFrom   *string           `json:"forwarded_from"`
	GroupSID        *string           `json:"group_sid"`
	CallerName      *string           `json:"caller_name"`
	QueueTime       string            `json:"queue_time"`
	TrunkSID        *string           `json:"trunk_sid"`
	URI             string            `json:"uri"`
	SubresourceURIs map[string]string `json:"subresource_uris"`
}

// Message is a text as the REST API shows it.
type Message struct {
	SID                 string            `json:"sid"`
	Body                string            `json:"body"`
	NumSegments         string            `json:"num_segments"`
	NumMedia            string            `json:"num_media"`
	Direction           string            `json:"direction"`
	From                *string           `json:"from"`
	To                  string            `json:"to"`
	DateCreated         string            `json:"date_created"`
	DateUpdated         string            `json:"date_updated"`
	DateSent            *string           `json:"date_sent"`
	Price               *string           `json:"price"`
	PriceUnit           string            `json:"price_unit"`
	ErrorCode           *int              `json:"error_code"`
	ErrorMessage        *string           `json:"error_message"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	Status              string            `json:"status"`
	AccountSID          string            `json:"account_sid"`
	APIVersion          string            `json:"api_version"`
	URI                 string            `json:"uri"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
}

// Number is one of the account's numbers as the REST API shows it. What this
// carrier has no use for (addresses, bundles, trunks) is null.
type Number struct {
	SID                    string          `json:"sid"`
	AccountSID             string          `json:"account_sid"`
	FriendlyName           string          `json:"friendly_name"`
	PhoneNumber            string          `json:"phone_number"`
	APIVersion             string          `json:"api_version"`
	Beta                   bool            `json:"beta"`
	Capabilities           map[string]bool `json:"capabilities"`
	Origin                 string          `json:"origin"`
	Status                 string          `json:"status"`
	Type                   *string         `json:"type"`
	VoiceURL               string          `json:"voice_url"`
	VoiceMethod            string          `json:"voice_method"`
	VoiceFallbackURL       string          `json:"voice_fallback_url"`
	VoiceFallbackMethod    string          `json:"voice_fallback_method"`
	VoiceReceiveMode       string          `json:"voice_receive_mode"`
	VoiceCallerIDLookup    bool            `json:"voice_caller_id_lookup"`
	VoiceApplicationSID    *string         `json:"voice_application_sid"`
	StatusCallback         string          `json:"status_callback"`
	StatusCallbackMethod   string          `json:"status_callback_method"`
	SMSURL                 string          `json:"sms_url"`
	SMSMethod              string          `json:"sms_method"`
	SMSFallbackURL         string          `json:"sms_fallback_url"`
	SMSFallbackMethod      string          `json:"sms_fallback_method"`
	SMSApplicationSID      *string         `json:"sms_application_sid"`
	AddressRequirements    string          `json:"address_requirements"`
	AddressSID             *string         `json:"address_sid"`
	BundleSID              *string         `json:"bundle_sid"`
	IdentitySID            *string         `json:"identity_sid"`
	TrunkSID               *string         `json:"trunk_sid"`
	EmergencyStatus        string          `json:"emergency_status"`
	EmergencyAddressSID    *string         `json:"emergency_address_sid"`
	EmergencyAddressStatus string          `json:"emergency_address_status"`
	DateCreated            string          `json:"date_created"`
	DateUpdated            string          `json:"date_updated"`
	URI                    string          `json:"uri"`
}

// Account is the account as the REST API shows it.
type Account struct {
	SID             string            `json:"sid"`
	OwnerAccountSID string            `json:"owner_account_sid"`
	AuthToken       string            `json:"auth_token"`
	FriendlyName    string            `json:"friendly_name"`
	Status          string            `json:"status"`
	Type            string            `json:"type"`
	DateCreated     string            `json:"date_created"`
	DateUpdated     string            `json:"date_updated"`
	SubresourceURIs map[string]string `json:"subresource_uris"`
	URI             string            `json:"uri"`
}

// Filter narrows a list. Times are ranges [From, Until); zero means open.
type Filter struct {
	To, From, Status, Parent string
	StartFrom, StartUntil    time.Time
	EndFrom, EndUntil        time.Time
	SentFrom, SentUntil      time.Time
	Lag                      time.Duration // show the state of so long ago
}

// Within tells whether an instant is in a range; an unset one is in none.
func Within(t, from, until time.Time) bool {
	if from.IsZero() && until.IsZero() {
		return true
	}
	return !t.IsZero() && !t.Before(from) && (until.IsZero() || t.Before(until))
}

// Optional is a value that is null where it is not there.
func Optional(s string, there bool) *string {
	if !there {
		return nil
	}
	return &s
}

// Formatted is the way North American numbers are shown.
func Formatted(number string) string {
	if len(number) == 12 && number[:2] == "+1" {
		return fmt.Sprintf("(%s) %s-%s", number[2:5], number[5:8], number[8:])
	}
	return number
}

// Stamp formats an instant as the REST API and callbacks do.
func Stamp(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") }
