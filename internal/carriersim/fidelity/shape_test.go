package fidelity_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// A kind of value that the reference prescribes for a field. "null" may be
// added to any.
func kindsOfValue() map[string]func(v any) bool {
	text := func(pattern string) func(any) bool {
		re := regexp.MustCompile("^(?:" + pattern + ")$")
		return func(v any) bool { s, ok := v.(string); return ok && re.MatchString(s) }
	}
	const hex = "[0-9a-f]{32}"
	return map[string]func(any) bool{
		"null":    func(v any) bool { return v == nil },
		"string":  func(v any) bool { _, ok := v.(string); return ok },
		"bool":    func(v any) bool { _, ok := v.(bool); return ok },
		"number":  func(v any) bool { _, ok := v.(json.Number); return ok },
		"object":  func(v any) bool { _, ok := v.(map[string]any); return ok },
		"list":    func(v any) bool { _, ok := v.([]any); return ok },
		"date":    func(v any) bool { s, _ := v.(string); return isDate(s) },
		"digits":  text("[0-9]+"),
		"price":   text(`-?[0-9]+\.[0-9]{5}`),
		"CA":      text("CA" + hex),
		"SM":      text("SM" + hex),
		"PN":      text("PN" + hex),
		"MG":      text("MG" + hex),
		"account": text(simtest.AccountSID),
		"E.164":   text(`\+[1-9][0-9]{6,14}`),
		"path":    text(`/2010-04-01/Accounts/` + simtest.AccountSID + `(/.*)?\.json.*`),
		"method":  text("GET|POST"),
		"error":   func(v any) bool { n, ok := v.(json.Number); return ok && len(n) == 5 },
	}
}

// isDate: RFC 2822 as Twilio writes it, in UTC.
func isDate(s string) bool {
	t, err := time.Parse("Mon, 02 Jan 2006 15:04:05 +0000", s)
	return err == nil && t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") == s
}

// shape is the list of a resource's fields: name and kind, where =a|b is an
// enumeration.
type shape map[string]string

// holds checks that a body has exactly the fields of a shape, each of its
// kind, and returns the body.
func holds(t *testing.T, what string, raw json.RawMessage, want shape) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil {
		t.Fatalf("%s: %v in %s", what, err, raw)
	}
	if got, fields := slices.Sorted(maps.Keys(body)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, fields) {
		t.Errorf("%s: fields %v\nwant %v", what, got, fields)
	}
	kinds := kindsOfValue()
	for field, kind := range want {
		ok := false
		if list, isList := strings.CutPrefix(kind, "="); isList {
			for _, one := range strings.Split(list, "|") {
				ok = ok || body[field] == one || (one == "null" && body[field] == nil)
			}
		} else {
			for _, one := range strings.Split(kind, "|") {
				f, known := kinds[one]
				if !known {
					t.Fatalf("%s: no kind %q", field, one)
				}
				ok = ok || f(body[field])
			}
		}
		if !ok {
			t.Errorf("%s: %s is %#v, want %s", what, field, body[field], kind)
		}
	}
	return body
}

// The lists of reference section 1.1: "all keys present; strings unless noted".
func callShape() shape {
	return shape{"sid": "CA", "date_created": "date", "date_updated": "date", "parent_call_sid": "CA|null", "account_sid": "account",
		"to": "E.164", "to_formatted": "string", "from": "E.164", "from_formatted": "string", "phone_number_sid": "PN",
		"status":     "=queued|ringing|in-progress|completed|busy|failed|no-answer|canceled", // no "initiated"
		"start_time": "date|null", "end_time": "date|null", "duration": "digits|null", "price": "price|null", "price_unit": "=USD",
		"direction": "=outbound-api|inbound", "answered_by": "=human|machine_start|machine_end_beep|machine_end_silence|machine_end_other|fax|unknown|null",
		"api_version": "=2010-04-01", "forwarded_from": "string|null", "group_sid": "string|null", "caller_name": "string|null",
		"queue_time": "digits", "trunk_sid": "string|null", "uri": "path", "subresource_uris": "object"}
}

func callSubresources() shape {
	return shape{"notifications": "path", "recordings": "path", "payments": "path", "events": "path", "siprec": "path", "streams": "path",
		"transcriptions": "path", "user_defined_message_subscriptions": "path", "user_defined_messages": "path"}
}

// Section 1.3.
func messageShape() shape {
	return shape{"sid": "SM", "body": "string", "num_segments": "digits", "num_media": "=0", "direction": "=outbound-api|inbound|outbound-reply|outbound-call",
		"from": "E.164|null", "to": "E.164", "date_created": "date", "date_sent": "date|null", "date_updated": "date", "price": "price|null", "price_unit": "=USD",
		"error_code": "error|null", "error_message": "string|null", "messaging_service_sid": "MG|null",
		"status":      "=queued|sending|sent|failed|delivered|undelivered|receiving|received|accepted|scheduled|read|partially_delivered|canceled",
		"account_sid": "account", "api_version": "=2010-04-01", "uri": "path", "subresource_uris": "object"}
}

// Section 1.2: the envelope of a list.
func listShape(items string) shape {
	return shape{items: "list", "page": "number", "page_size": "number", "start": "number", "end": "number", "uri": "path",
		"first_page_uri": "path", "next_page_uri": "path|null", "previous_page_uri": "path|null"}
}

// Section 1.4.
func errorShape() shape {
	return shape{"code": "error", "message": "string", "more_info": "string", "status": "number"}
}

// Sections 1 and 8.1 leave numbers and account to Twilio's own schema.
func numberShape() shape {
	return shape{"sid": "PN", "account_sid": "account", "friendly_name": "string", "phone_number": "E.164", "api_version": "=2010-04-01", "beta": "bool",
		"capabilities": "object", "origin": "=twilio|hosted", "status": "=in-use", "type": "string|null", "voice_url": "string", "voice_method": "method",
		"voice_fallback_url": "string", "voice_fallback_method": "method", "voice_receive_mode": "=voice|fax", "voice_caller_id_lookup": "bool",
		"voice_application_sid": "string|null", "status_callback": "string", "status_callback_method": "method", "sms_url": "string", "sms_method": "method",
		"sms_fallback_url": "string", "sms_fallback_method": "method", "sms_application_sid": "string|null", "address_requirements": "=none|any|local|foreign",
		"address_sid": "string|null", "bundle_sid": "string|null", "identity_sid": "string|null", "trunk_sid": "string|null",
		"emergency_status": "=Active|Inactive", "emergency_address_sid": "string|null", "emergency_address_status": "=registered|unregistered|pending-registration|registration-failure|pending-unregistration|unregistration-failure",
		"date_created": "date", "date_updated": "date", "uri": "path"}
}

func accountShape() shape {
	return shape{"sid": "account", "owner_account_sid": "account", "auth_token": "string", "friendly_name": "string", "status": "=active|suspended|closed",
		"type": "=Trial|Full", "date_created": "date", "date_updated": "date", "subresource_uris": "object", "uri": "path"}
}

// The lists above are those of the official client's model too, which is made
// from Twilio's own schema: a field that one of us has forgotten shows here.
func TestShapesAreThoseOfTheOfficialClient(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		model any
		want  shape
	}{
		{api.ApiV2010Call{}, callShape()}, {api.ApiV2010Message{}, messageShape()}, {api.ApiV2010IncomingPhoneNumber{}, numberShape()},
		{api.ApiV2010Account{}, accountShape()}, {api.ListCallResponse{}, listShape("calls")}, {api.ListMessageResponse{}, listShape("messages")},
		{api.ListIncomingPhoneNumberResponse{}, listShape("incoming_phone_numbers")},
	} {
		typ := reflect.TypeOf(row.model)
		var fields []string
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		slices.Sort(fields)
		if want := slices.Sorted(maps.Keys(row.want)); !slices.Equal(fields, want) {
			t.Errorf("%s has %v\nwant %v", typ.Name(), fields, want)
		}
	}
}
