package fidelity_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// asTwilio reports whether the official client took the failure for a refusal
// by Twilio, which says whether the request counted.
func asTwilio(err error) (status int, ok bool) {
	var refused *client.TwilioRestError
	if errors.As(err, &refused) {
		return refused.Status, true
	}
	return 0, false
}

// Each failure of a create comes in a pair: before it counted, and after.
func TestCreateFailsBeforeOrAfterItCounted(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		fault   carriersim.Fault
		counts  bool // the call exists
		refusal int  // HTTP status as the client understood it; 0: it cannot tell
	}{
		{"429", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 429}}, false, 429},
		{"401", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 401}}, false, 401},
		{"500 before", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 500}}, false, 500},
		{"503 before", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Status: 503}}, false, 503},
		{"html before", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{HTML502: true}}, false, 0},
		{"reset before", carriersim.Fault{Point: carriersim.APIBefore, Action: carriersim.Action{Reset: true}}, false, 0},
		{"500 after", carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{Status: 500}}, true, 500},
		{"html after", carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{HTML502: true}}, true, 0},
		{"dropped after", carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{Drop: true}}, true, 0},
		{"truncated after", carriersim.Fault{Point: carriersim.APIAfter, Action: carriersim.Action{Truncate: true}}, true, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			sim.Fault(row.fault)
			_, err := a.twilio.CreateCall(a.callParams(number("202", 50)))
			if err == nil {
				t.Fatal("the create succeeded")
			}
			if status, ok := asTwilio(err); ok != (row.refusal != 0) || status != row.refusal {
				t.Errorf("the client saw %v (HTTP %d), want %d", err, status, row.refusal)
			}
			sim.Settle()
			if got := len(sim.CallViews()) == 1; got != row.counts {
				t.Errorf("call exists: %t, want %t", got, row.counts)
			}
			if rang := strings.Contains(a.statuses(), "ringing"); rang != row.counts {
				t.Errorf("the phone rang: %t, want %t", rang, row.counts)
			}
			if p := (&api.ListCallParams{}); true {
				p.SetTo(number("202", 50))
				list, err := a.twilio.ListCall(p)
				if err != nil || (len(list) == 1) != row.counts {
					t.Errorf("found by listing: %d, %v", len(list), err)
				}
			}
			a.call(number("202", 50)) // looked for first: no blind retry, and the fault struck once
			sim.Settle()
		})
	}
}

func TestAnswerSlowerThanTheClient(t *testing.T) {
	t.Parallel()
	for _, point := range []string{carriersim.APIBefore, carriersim.APIAfter} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		impatient := impatientClient(sim)
		sim.Fault(carriersim.Fault{Point: point, Action: carriersim.Action{DelayMS: 60_000}})
		if _, err := impatient.CreateCall(a.callParams(number("202", 50))); err == nil {
			t.Fatalf("%s: the client waited", point)
		}
		// The client may be gone before its request has been served.
		sim.Until("the create to count", func() bool { return len(sim.CallViews()) == 1 })
		sim.Settle()
		if len(sim.CallViews()) != 1 {
			t.Errorf("%s: a create whose client gave up must still count", point)
		}
	}
}

func TestMessagesCanBeLostToo(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	sim.Fault(carriersim.Fault{Point: carriersim.APIAfter, Match: carriersim.Match{Path: "/Messages.json"}, Action: carriersim.Action{Drop: true}})
	if _, err := a.text(number("202", 37), "hello"); err == nil {
		t.Fatal("the answer arrived")
	}
	sim.Advance(5 * time.Second)
	if n := len(sim.Phone(number("202", 37)).Thread()); n != 1 {
		t.Errorf("%d texts arrived, want 1", n)
	}
}

func TestReadsCanLagAndFail(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	c := a.call(number("202", 11))
	sim.Advance(5 * time.Second)
	lag := carriersim.Fault{ID: "lag", Point: carriersim.APIRead, Action: carriersim.Action{LagMS: 4900}, Times: -1}
	sim.Fault(lag)
	got, err := a.twilio.FetchCall(*c.Sid, nil)
	if err != nil || *got.Status != "queued" {
		t.Errorf("4.9 s behind the call is %v (%v), want queued", got, err)
	}
	lag.Action.LagMS = 6000
	sim.Fault(lag)
	if _, err := a.twilio.FetchCall(*c.Sid, nil); err == nil {
		t.Error("6 s behind, the call exists")
	}
	if list, err := a.twilio.ListCall(&api.ListCallParams{}); err != nil || len(list) != 0 {
		t.Errorf("6 s behind, the list holds %d (%v)", len(list), err)
	}
	sim.RemoveFault("lag")
	a.call(number("202", 12))
	a.call(number("202", 13))
	sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Match: carriersim.Match{Page: 2}, Action: carriersim.Action{Status: 503}})
	p := &api.ListCallParams{}
	p.SetPageSize(2)
	if list, err := a.twilio.ListCall(p); err == nil || len(list) != 0 {
		t.Errorf("a 503 on page 2 gave %d calls and %v; the official client is all or nothing", len(list), err)
	}
	sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Action: carriersim.Action{Truncate: true}})
	if _, err := a.twilio.FetchCall(*c.Sid, nil); err == nil {
		t.Error("half an answer was taken for whole")
	}
	sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Action: carriersim.Action{HTML502: true}})
	if _, err := a.twilio.FetchCall(*c.Sid, nil); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("a proxy's page gave %v", err)
	}
	sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Action: carriersim.Action{DelayMS: 60_000}})
	if _, err := impatientClient(sim).FetchCall(*c.Sid, nil); err == nil {
		t.Error("an answer a minute late was waited for")
	}
	sim.Fault(carriersim.Fault{Point: carriersim.APIRead, Action: carriersim.Action{Reset: true}})
	if _, err := a.twilio.FetchCall(*c.Sid, nil); err == nil {
		t.Error("a reset was not noticed")
	}
	sim.Settle()
}

func TestFaultsOfStatusCallbacks(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name     string
		match    string
		action   carriersim.Action
		statuses string
		check    func(t *testing.T, hits []hit)
	}{
		{"duplicate", "completed", carriersim.Action{Duplicate: 2}, answered + " completed completed", func(t *testing.T, hits []hit) {
			if token(hits[3]) != token(hits[4]) || token(hits[4]) != token(hits[5]) {
				t.Error("copies carry another token")
			}
		}},
		{"duplicate with a new token", "completed", carriersim.Action{DuplicateNewToken: 1}, answered + " completed", func(t *testing.T, hits []hit) {
			if token(hits[3]) == token(hits[4]) {
				t.Error("the copy carries the same token")
			}
		}},
		{"concurrent", "completed", carriersim.Action{Concurrent: true}, answered + " completed", nil},
		{"late", "ringing", carriersim.Action{DelayMS: 60_000}, "initiated in-progress completed ringing", nil},
		{"reordered", "answered", carriersim.Action{ReorderAfter: "completed"}, "initiated ringing completed in-progress", func(t *testing.T, hits []hit) {
			if hits[2].Form.Get("SequenceNumber") != "3" || hits[3].Form.Get("SequenceNumber") != "2" {
				t.Error("sequence numbers must tell the true order")
			}
		}},
		{"held for what never comes", "answered", carriersim.Action{ReorderAfter: "busy"}, "initiated ringing completed in-progress", nil},
		{"dropped", "completed", carriersim.Action{Drop: true}, "initiated ringing in-progress", nil},
		{"bad signature", "completed", carriersim.Action{BadSignature: true}, answered, func(t *testing.T, hits []hit) {
			if hits[3].Valid || hits[3].Header.Get("X-Twilio-Signature") == "" {
				t.Error("want a signature that is wrong")
			}
		}},
		{"no signature", "completed", carriersim.Action{NoSignature: true}, answered, func(t *testing.T, hits []hit) {
			if _, there := hits[3].Header["X-Twilio-Signature"]; there {
				t.Error("want no signature")
			}
		}},
		{"extra parameter", "completed", carriersim.Action{ExtraParam: map[string]string{"NewThing": "1"}}, answered, func(t *testing.T, hits []hit) {
			if !hits[3].Valid || hits[3].Form.Get("NewThing") != "1" {
				t.Error("want a validly signed extra parameter")
			}
		}},
		{"as GET", "completed", carriersim.Action{StatusAsGet: true}, answered, func(t *testing.T, hits []hit) {
			if hits[3].Method != "GET" || !hits[3].Valid {
				t.Errorf("want a validly signed GET, got %s (valid %t)", hits[3].Method, hits[3].Valid)
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			sim.Fault(carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: row.match}, Action: row.action})
			a.call(number("202", 50))
			sim.Settle()
			sim.Advance(2 * time.Minute)
			if got := a.statuses(); got != row.statuses {
				t.Errorf("callbacks %q, want %q", got, row.statuses)
			}
			if row.check != nil {
				row.check(t, a.seen("/status"))
			}
		})
	}
}

func token(h hit) string { return h.Header.Get("I-Twilio-Idempotency-Token") }

func TestFaultsOfInstructions(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		action carriersim.Action
		hits   int    // requests for the first document that reached the application
		heard  string // what the person heard
	}{
		{"early close", carriersim.Action{EarlyClose: true}, 1, "application error"},
		{"too slow", carriersim.Action{SlowMS: 16_000}, 1, "application error"},
		{"slow but in time", carriersim.Action{SlowMS: 14_000}, 1, "automated call"},
		{"dropped", carriersim.Action{Drop: true}, 0, "application error"},
		{"duplicated", carriersim.Action{Duplicate: 1}, 2, "automated call"},
		{"concurrent", carriersim.Action{Concurrent: true}, 2, "automated call"},
		{"late", carriersim.Action{DelayMS: 2000}, 1, "automated call"},
		{"bad signature", carriersim.Action{BadSignature: true}, 1, "application error"},
		{"no signature", carriersim.Action{NoSignature: true}, 1, "application error"},
		{"duplicated with a new token", carriersim.Action{DuplicateNewToken: 1}, 2, "automated call"},
		{"extra parameter", carriersim.Action{ExtraParam: map[string]string{"NewThing": "1"}}, 1, "automated call"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			sim.Fault(carriersim.Fault{Point: carriersim.TwiML, Match: carriersim.Match{Path: "/voice"}, Action: row.action})
			a.call(number("202", 50))
			sim.Settle()
			// A request whose sender has gone may still be on its way to the handler.
			sim.Until("the requests to reach the application", func() bool { return len(a.seen("/voice")) >= row.hits })
			hits := a.seen("/voice")
			if n := len(hits); n != row.hits {
				t.Errorf("%d requests reached the application, want %d", n, row.hits)
			}
			for i, h := range hits {
				if again := i > 0 && token(h) != token(hits[0]); again != (i > 0 && row.action.DuplicateNewToken > 0) {
					t.Errorf("request %d carries a token of its own: %t", i+1, again)
				}
				if h.Form.Get("NewThing") != row.action.ExtraParam["NewThing"] || h.Valid == (row.action.BadSignature || row.action.NoSignature) {
					t.Errorf("request %d: %v, valid %t", i+1, h.Form, h.Valid)
				}
			}
			if heard := sim.Phone(number("202", 50)).Calls()[0].Heard(sim.Now()); !strings.Contains(heard, row.heard) {
				t.Errorf("heard %q, want %q", heard, row.heard)
			}
			if got := a.statuses(); got != answered {
				t.Errorf("callbacks %q", got)
			}
		})
	}
}

func TestRetriedInstructionsKeepTheirToken(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	n := 0
	a.on("/flaky", func(w http.ResponseWriter, _ *http.Request) {
		if n++; n < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		twiml(w, question)
	})
	a.call(number("202", 50), func(p *api.CreateCallParams) { p.SetUrl(a.URL + "/flaky?x=1#rc=2&rp=ct,5xx,rt&rt=4000&tt=14000") })
	sim.Settle()
	hits := a.seen("/flaky")
	if len(hits) != 3 || token(hits[0]) != token(hits[2]) || len(a.seen("/gather")) != 1 {
		t.Errorf("%d requests, tokens equal %t", len(hits), token(hits[0]) == token(hits[len(hits)-1]))
	}
}

func TestFallback(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		code string
		f    http.HandlerFunc
	}{
		{"500", "11200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		{"404", "11200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"no XML", "12100", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.Write([]byte("oops"))
		}},
		{"empty", "12300", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }},
		{"json", "12300", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte("{}"))
		}},
		{"wrong root", "12102", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.Write([]byte("<Reply/>"))
		}},
		{"too big", "11750", func(w http.ResponseWriter, _ *http.Request) { twiml(w, "<Say>"+strings.Repeat("x", 70_000)+"</Say>") }},
		{"nested", "13320", func(w http.ResponseWriter, _ *http.Request) { twiml(w, "<Gather><Hangup/></Gather>") }},
		{"long Say", "13521", func(w http.ResponseWriter, _ *http.Request) { twiml(w, "<Say>"+strings.Repeat("x", 4097)+"</Say>") }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			sim.Allow("failed webhook", row.code)
			a := newApp(t, sim)
			a.on("/voice", row.f)
			a.says("/fallback", `<Say>This is an automated call. Please wait.</Say>`)
			a.call(number("202", 87), func(p *api.CreateCallParams) {
				p.SetUrl(a.URL + "/voice?attempt=1#rc=1&rp=5xx")
				p.SetFallbackUrl(a.URL + "/fallback")
			})
			sim.Settle()
			hits := a.seen("/fallback")
			if len(hits) != 1 || hits[0].Form.Get("ErrorCode") != row.code || hits[0].Form.Get("ErrorUrl") != a.URL+"/voice?attempt=1" {
				t.Fatalf("fallback got %v, want %s", hits, row.code)
			}
			if heard := sim.Phone(number("202", 87)).Calls()[0].Heard(sim.Now()); !strings.Contains(heard, "Please wait") {
				t.Errorf("heard %q", heard)
			}
		})
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
