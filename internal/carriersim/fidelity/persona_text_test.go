package fidelity_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// textRow is what one persona does with an invitation.
func TestPersonasAndTexts(t *testing.T) {
	t.Parallel()
	const both = "sent delivered"
	rows := []struct {
		nn       int
		replies  string // bodies, | between
		statuses string
		code     string
	}{
		{0, "YES", both, ""}, {30, "YES", both, ""}, {31, " yes! ", both, ""}, {32, "STOP", both, ""}, {33, "Stop please", both, ""},
		{34, "HELP|YES", both, ""}, {35, "START", both, ""}, {36, "STOP|START|YES", both, ""}, {37, "", both, ""},
		{38, "", "sent undelivered", "30003"}, {39, "", "sent undelivered", "30006"}, {40, "", "sent undelivered", "30007"},
		{41, "", "sent undelivered", "30008"}, {42, "", "sent", ""}, {44, "YES|YES", both, ""}, {45, "Sí 👍", both, ""},
		{46, "YES", both, ""}, {47, "YES", both, ""}, {48, "YES", both, ""}, {49, "YES", both, ""}, {50, "YES", both, ""},
	}
	for _, row := range rows {
		t.Run(number("613", row.nn), func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas())
			a := newApp(t, sim)
			a.mustText(number("613", row.nn), "Acme: YES to join, STOP to end.")
			sim.Advance(27 * time.Hour)
			var bodies []string
			sids := map[string]bool{}
			for _, h := range a.seen("/sms") {
				bodies = append(bodies, h.Form.Get("Body"))
				sids[h.Form.Get("MessageSid")] = true
			}
			if got := strings.Join(bodies, "|"); got != row.replies || len(sids) != len(bodies) {
				t.Errorf("replies %q (%d SIDs), want %q", got, len(sids), row.replies)
			}
			if got := a.statuses(); got != row.statuses {
				t.Errorf("message callbacks %q, want %q", got, row.statuses)
			}
			hits := a.seen("/status")
			if got := hits[len(hits)-1].Form.Get("ErrorCode"); got != row.code {
				t.Errorf("ErrorCode %q, want %q", got, row.code)
			}
		})
	}
}

// Row 20 lets a machine take the call and a person come after 15 s; whoever
// speaks long enough is heard by that person.
func TestPersonaBehindCallScreening(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.says("/voice", `<Gather numDigits="1" action="/gather" timeout="30"><Say>`+identified+`</Say></Gather>`)
	a.call(number("202", 20), func(p *api.CreateCallParams) {
		p.SetMachineDetection("Enable")
		p.SetAsyncAmd("true")
		p.SetAsyncAmdStatusCallback(a.URL + "/amd")
	})
	sim.Settle()
	if amd, keys := a.seen("/amd"), a.seen("/gather"); len(amd) != 1 || amd[0].Form.Get("AnsweredBy") != "machine_start" || len(keys) != 1 || keys[0].Form.Get("Digits") != "1" {
		t.Errorf("detection %v, keys %v: want a machine and then a person", amd, keys)
	}
	call := sim.CallViews()[0]
	for _, l := range call.Lines {
		if l.Kind == "key" && l.At.Sub(*call.Answered) < 15*time.Second {
			t.Errorf("the person was there after %v", l.At.Sub(*call.Answered))
		}
	}
}

func TestPersonaWhoOptedOutBefore(t *testing.T) {
	t.Parallel()
	sim, a, ours := sender(t, "advanced", func(o *carriersim.Options) { o.DefaultPersona = "43" })
	m, err := a.send("advanced", ours, "hello")
	if err != nil {
		t.Fatalf("with Advanced Opt-Out the refusal comes later: %v", err)
	}
	sim.Advance(5 * time.Second)
	if got, err := a.twilio.FetchMessage(*m.Sid, nil); err != nil || *got.Status != "failed" || *got.ErrorCode != 21610 {
		t.Errorf("the text is %+v (%v), want failed with 21610", got, err)
	}
}

func TestPersonasWhoTextMoreThanOnce(t *testing.T) {
	t.Parallel()
	for nn, want := range map[int][]time.Duration{36: {5 * time.Second, 60 * time.Second, 90 * time.Second}, 44: {5 * time.Second, 5*time.Second + 800*time.Millisecond}} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.mustText(number("202", nn), "Acme: YES to join")
		sim.Advance(2 * time.Minute)
		var arrived time.Time
		var got []time.Duration
		for _, m := range sim.Phone(number("202", nn)).Thread() {
			switch m.Origin {
			case "app":
				arrived = m.At
			case "person":
				got = append(got, m.At.Sub(arrived))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("persona %d wrote after %v, want %v", nn, got, want)
		}
	}
}

func TestPersonaTextTimes(t *testing.T) {
	t.Parallel()
	for nn, want := range map[int]time.Duration{30: 5 * time.Second, 47: 26 * time.Hour, 48: 10*time.Minute + 5*time.Second} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.mustText(number("202", nn), "Acme: YES to join")
		start := sim.Now()
		sim.Advance(27 * time.Hour)
		thread := sim.Phone(number("202", nn)).Thread()
		got := thread[len(thread)-1].At.Sub(start)
		if got < want || got > want+2*time.Second {
			t.Errorf("persona %d replied after %v, want about %v", nn, got, want)
		}
	}
}

func TestPersonaRepliesBeforeTheReceipt(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.mustText(number("202", 46), "Acme: YES to join")
	sim.Advance(time.Minute)
	var order []string
	for _, h := range a.seen("") {
		order = append(order, h.Path+h.Form.Get("MessageStatus"))
	}
	if got := strings.Join(order, " "); got != "/statussent /sms /statusdelivered" {
		t.Errorf("order %q", got)
	}
}

func TestPersonaAsksForWhatTheTextOffers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Facultatif: OUI pour accepter": "OUI", "Reply YES 2 for Acme": "YES 2", "You're in.": ""} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.mustText(number("202", 50), text)
		sim.Advance(time.Minute)
		got := ""
		for _, h := range a.seen("/sms") {
			got += h.Form.Get("Body")
		}
		if got != want {
			t.Errorf("%q was answered %q, want %q", text, got, want)
		}
	}
}

func TestPersonasThatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	calls := map[int]int{90: 21211, 91: 21214, 92: 21215, 93: 21216, 94: 21217, 95: 21219}
	texts := map[int]int{90: 21211, 95: 21608, 96: 21610, 97: 21612, 98: 21614, 99: 21408}
	for nn, code := range calls {
		_, err := a.twilio.CreateCall(a.callParams(number("202", nn)))
		wantCode(t, err, http.StatusBadRequest, code)
	}
	for nn, code := range texts {
		_, err := a.text(number("202", nn), "hello")
		wantCode(t, err, http.StatusBadRequest, code)
	}
	if _, err := a.text(number("202", 43), "hello"); err == nil {
		t.Error("a person who opted out long ago was texted")
	} else {
		wantCode(t, err, http.StatusBadRequest, 21610)
	}
	if len(sim.CallViews()) != 0 {
		t.Error("a refused create left a call behind")
	}
}
