package engine

import (
	"slices"

	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

// Account shows the account.
func (e *Engine) Account() resource.Account {
	defer e.core.Enter()()
	sid := e.core.Cfg.AccountSID
	uri := "/2010-04-01/Accounts/" + sid
	opened := resource.Stamp(e.core.Opened)
	return resource.Account{SID: sid, OwnerAccountSID: sid, AuthToken: e.core.Cfg.AuthToken, FriendlyName: "Simulated account", Status: "active", Type: "Full",
		DateCreated: opened, DateUpdated: opened, URI: uri + ".json",
		SubresourceURIs: map[string]string{"calls": uri + "/Calls.json", "messages": uri + "/Messages.json", "incoming_phone_numbers": uri + "/IncomingPhoneNumbers.json"}}
}

// ListNumbers lists the account's numbers in order, all or one; known is false
// where the window hangs on a number that does not exist.
func (e *Engine) ListNumbers(one string, w resource.Window) (page []resource.Number, more, known bool) {
	defer e.core.Enter()()
	all := e.core.SortedNumbers()
	slices.Reverse(all) // a window begins at the end of what there is
	return resource.Cut(all, w, func(n *core.Number) string { return n.SID }, func(n *core.Number) (resource.Number, bool) {
		return e.number(n), one == "" || one == n.Number
	})
}

// UpdateNumber changes one of the account's numbers, or with no change shows
// it; ok is false where there is none of that SID.
func (e *Engine) UpdateNumber(sid string, change func(*settings.NumberConfig)) (n resource.Number, ok bool) {
	defer e.core.Enter()()
	for _, n := range e.core.SortedNumbers() {
		if n.SID != sid {
			continue
		}
		if change != nil {
			change(&n.NumberConfig)
			n.Updated = e.core.Now()
			e.core.Touch("")
		}
		return e.number(n), true
	}
	return resource.Number{}, false
}

func (e *Engine) number(n *core.Number) resource.Number {
	return resource.Number{SID: n.SID, AccountSID: e.core.Cfg.AccountSID, FriendlyName: resource.Formatted(n.Number), PhoneNumber: n.Number,
		APIVersion: "2010-04-01", Capabilities: map[string]bool{"fax": false, "mms": false, "sms": true, "voice": n.Type != settings.ShortCode},
		Origin: "twilio", Status: "in-use", VoiceURL: n.VoiceURL, VoiceMethod: method(n.VoiceMethod), VoiceFallbackURL: n.VoiceFallbackURL,
		VoiceFallbackMethod: "POST", VoiceReceiveMode: "voice", StatusCallback: n.StatusCallback, StatusCallbackMethod: "POST",
		SMSURL: n.SMSURL, SMSMethod: method(n.SMSMethod), SMSFallbackURL: n.SMSFallbackURL, SMSFallbackMethod: "POST",
		AddressRequirements: "none", EmergencyStatus: "Inactive", EmergencyAddressStatus: "unregistered",
		DateCreated: resource.Stamp(n.Created), DateUpdated: resource.Stamp(n.Updated),
		URI: "/2010-04-01/Accounts/" + e.core.Cfg.AccountSID + "/IncomingPhoneNumbers/" + n.SID + ".json"}
}

func method(m string) string {
	if m == "" {
		return "POST"
	}
	return m
}
