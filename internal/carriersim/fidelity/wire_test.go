package fidelity_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// golden is the exact form of a webhook; a value in angle brackets stands for
// one that changes from run to run.
func golden(t *testing.T, name string, got url.Values, want map[string]string) {
	t.Helper()
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s: unexpected parameter %s=%s", name, key, got.Get(key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value := got.Get(key)
		switch want[key] {
		case "<CA>", "<SM>":
			if len(value) != 34 || value[:2] != want[key][1:3] {
				t.Errorf("%s: %s=%q is no SID", name, key, value)
			}
		case "<time>":
			if at, err := time.Parse(time.RFC1123Z, value); err != nil || at.Sub(simtest.Monday()) > time.Minute || !strings.HasSuffix(value, " +0000") {
				t.Errorf("%s: %s=%q is no RFC 2822 time of the carrier", name, key, value)
			}
		default:
			if !got.Has(key) || value != want[key] {
				t.Errorf("%s: %s=%q (present %t), want %q", name, key, value, got.Has(key), want[key])
			}
		}
	}
}

func voiceForm(status string, extra ...string) map[string]string {
	m := map[string]string{"CallSid": "<CA>", "AccountSid": simtest.AccountSID, "From": simtest.Number, "To": "+16135550105", "Caller": simtest.Number,
		"Called": "+16135550105", "CallStatus": status, "ApiVersion": "2010-04-01", "Direction": "outbound-api"}
	for _, side := range []string{"From", "Caller", "To", "Called"} {
		for _, part := range []string{"City", "State", "Zip"} {
			m[side+part] = ""
		}
		m[side+"Country"] = map[bool]string{true: "US", false: "CA"}[side == "From" || side == "Caller"]
	}
	for i := 0; i < len(extra); i += 2 {
		m[extra[i]] = extra[i+1]
	}
	return m
}

func TestGoldenVoiceWebhooks(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.says("/voice", strings.Replace(question, `numDigits="1" `, "", 1)) // persona 05 presses 1#
	a.call("+16135550105")
	sim.Settle()
	golden(t, "instructions", a.seen("/voice")[0].Form, voiceForm("in-progress"))
	golden(t, "action", a.seen("/gather")[0].Form, voiceForm("in-progress", "Digits", "1", "FinishedOnKey", "#"))
	s := a.seen("/status")
	progress := func(seq string, extra ...string) []string {
		return append([]string{"Timestamp", "<time>", "CallbackSource", "call-progress-events", "SequenceNumber", seq}, extra...)
	}
	golden(t, "initiated", s[0].Form, voiceForm("initiated", progress("0")...))
	golden(t, "ringing", s[1].Form, voiceForm("ringing", progress("1", "StirStatus", "A")...))
	golden(t, "answered", s[2].Form, voiceForm("in-progress", progress("2", "StirStatus", "A")...))
	golden(t, "completed", s[3].Form, voiceForm("completed", progress("3", "CallDuration", "8", "Duration", "1")...))
	if q := s[0].Query; q != "attempt=1" {
		t.Errorf("the query of the callback's address became %q", q)
	}
}

func TestGoldenUnansweredCallback(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call("+16135550111")
	sim.Settle()
	want := voiceForm("no-answer", "Timestamp", "<time>", "CallbackSource", "call-progress-events", "SequenceNumber", "2",
		"CallDuration", "0", "Duration", "0", "SipResponseCode", "487", "To", "+16135550111", "Called", "+16135550111")
	s := a.seen("/status")
	last := s[len(s)-1].Form
	last.Set("Timestamp", simtest.Monday().Format(time.RFC1123Z)) // a minute of ringing is beyond the check
	golden(t, "no-answer", last, want)
}

func TestGoldenTextWebhooks(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.mustText("+16135550130", "Acme: YES to join")
	sim.Advance(10 * time.Second)
	golden(t, "inbound", a.seen("/sms")[0].Form, map[string]string{"MessageSid": "<SM>", "SmsSid": "<SM>", "SmsMessageSid": "<SM>", "SmsStatus": "received",
		"AccountSid": simtest.AccountSID, "From": "+16135550130", "To": simtest.Number, "Body": "YES", "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
		"FromCity": "", "FromState": "", "FromZip": "", "FromCountry": "CA", "ToCity": "", "ToState": "", "ToZip": "", "ToCountry": "US"})
	status := func(s string, extra ...string) map[string]string {
		m := map[string]string{"MessageSid": "<SM>", "SmsSid": "<SM>", "MessageStatus": s, "SmsStatus": s, "AccountSid": simtest.AccountSID,
			"From": simtest.Number, "To": "+16135550130", "ApiVersion": "2010-04-01"}
		for i := 0; i < len(extra); i += 2 {
			m[extra[i]] = extra[i+1]
		}
		return m
	}
	s := a.seen("/status")
	golden(t, "sent", s[0].Form, status("sent"))
	golden(t, "delivered", s[1].Form, status("delivered", "RawDlrDoneDate", "2611231402"))
}

func TestGoldenDetectionAndFallback(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	sim.Allow("failed webhook", "11200")
	a := newApp(t, sim)
	a.on("/voice", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	a.says("/fallback", `<Say>`+identified+`</Say><Pause length="3"/>`)
	a.call("+16135550105", func(p *api.CreateCallParams) {
		p.SetFallbackUrl(a.URL + "/fallback")
		p.SetMachineDetection("Enable")
		p.SetAsyncAmd("true")
		p.SetAsyncAmdStatusCallback(a.URL + "/amd")
	})
	sim.Settle()
	golden(t, "fallback", a.seen("/fallback")[0].Form, voiceForm("in-progress", "ErrorCode", "11200", "ErrorUrl", a.URL+"/voice?attempt=1"))
	golden(t, "detection", a.seen("/amd")[0].Form, map[string]string{"CallSid": "<CA>", "AccountSid": simtest.AccountSID, "AnsweredBy": "human", "MachineDetectionDuration": "1800"})
	s := a.seen("/status")
	golden(t, "completed", s[len(s)-1].Form, voiceForm("completed", "Timestamp", "<time>", "CallbackSource", "call-progress-events", "SequenceNumber", "3",
		"CallDuration", "5", "Duration", "1", "AnsweredBy", "human"))
}

func TestGoldenTextWebhooksOfAService(t *testing.T) {
	t.Parallel()
	sim, a, ours := sender(t, "advanced", func(o *carriersim.Options) { o.DefaultPersona = "38" })
	m, err := a.text(alice, "hello", func(p *api.CreateMessageParams) {
		p.From = nil
		p.SetMessagingServiceSid(service)
	})
	if err != nil || *m.Status != "accepted" {
		t.Fatalf("%+v %v", m, err)
	}
	sim.Advance(10 * time.Second)
	status := func(s string, extra ...string) map[string]string {
		form := map[string]string{"MessageSid": "<SM>", "SmsSid": "<SM>", "MessageStatus": s, "SmsStatus": s, "AccountSid": simtest.AccountSID,
			"From": ours, "To": alice, "ApiVersion": "2010-04-01", "MessagingServiceSid": service}
		for i := 0; i < len(extra); i += 2 {
			form[extra[i]] = extra[i+1]
		}
		return form
	}
	hits := a.seen("/status")
	if len(hits) != 3 {
		t.Fatalf("callbacks %q", a.statuses())
	}
	golden(t, "queued", hits[0].Form, status("queued"))
	golden(t, "sent", hits[1].Form, status("sent"))
	golden(t, "undelivered", hits[2].Form, status("undelivered", "ErrorCode", "30003", "RawDlrDoneDate", "2611231402"))
	sim.Phone(alice).TextTo(ours, "Stop")
	golden(t, "inbound", a.seen("/sms")[0].Form, map[string]string{"MessageSid": "<SM>", "SmsSid": "<SM>", "SmsMessageSid": "<SM>", "SmsStatus": "received",
		"AccountSid": simtest.AccountSID, "From": alice, "To": ours, "Body": "Stop", "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
		"MessagingServiceSid": service, "OptOutType": "STOP",
		"FromCity": "", "FromState": "", "FromZip": "", "FromCountry": "US", "ToCity": "", "ToState": "", "ToZip": "", "ToCountry": "US"})
}

func TestTextsThroughAMessagingService(t *testing.T) {
	t.Parallel()
	const mg = "MG00000000000000000000000000000001"
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) {
		o.Numbers = []carriersim.NumberConfig{{Number: simtest.Number, Service: mg}, {Number: "+12025550001", Service: mg}}
		o.Services = []carriersim.ServiceConfig{{SID: mg}}
	}))
	a := newApp(t, sim)
	if err := sim.SetService(carriersim.ServiceConfig{SID: mg, InboundURL: a.URL + "/service", StatusCallback: a.URL + "/status"}); err != nil {
		t.Fatal(err)
	}
	a.says("/service", "")
	m, err := a.textService(mg, number("202", 30), "Acme: YES to join")
	if err != nil {
		t.Fatal(err)
	}
	if *m.Status != "accepted" || m.From != nil || *m.NumSegments != "0" || *m.MessagingServiceSid != mg {
		t.Errorf("created %v from %v: want accepted, no sender yet, 0 segments", *m.Status, m.From)
	}
	sim.Advance(10 * time.Second)
	if got := a.statuses(); got != "queued sent delivered" {
		t.Errorf("callbacks %q: a service send is told when it is queued", got)
	}
	if in := a.seen("/service"); len(in) != 1 || in[0].Form.Get("MessagingServiceSid") != mg || len(a.seen("/sms")) != 0 {
		t.Errorf("the reply went to %v", in)
	}
}

func TestEveryWebhookCarriesAValidSignatureAndItsOwnToken(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 3))
	a.mustText(number("202", 45), "Acme: YES & more; or <less>")
	sim.Settle()
	sim.Advance(time.Minute)
	tokens := map[string]bool{}
	for _, h := range a.seen("") {
		if !h.Valid {
			t.Errorf("the official validator refuses %s %v", h.Path, h.Form)
		}
		token := h.Header.Get("I-Twilio-Idempotency-Token")
		if tokens[token] || len(token) != 36 {
			t.Errorf("token %q twice or malformed", token)
		}
		tokens[token] = true
	}
	if len(tokens) < 9 {
		t.Errorf("only %d webhooks", len(tokens))
	}
}
