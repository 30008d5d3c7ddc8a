package fidelity_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// voiceRow is what one persona shows on the wire when it is called once.
type voiceRow struct {
	nn       int
	statuses string // CallStatus of the callbacks, in order
	digits   string // Digits of the action requests, comma between
	sip      string
	extra    func(t *testing.T, a *app, phone *simtest.Phone)
}

const answered = "initiated ringing in-progress completed"

func voiceRows() []voiceRow {
	duration := func(low, high int) func(*testing.T, *app, *simtest.Phone) {
		return func(t *testing.T, a *app, phone *simtest.Phone) {
			hits := a.seen("/status")
			d := hits[len(hits)-1].Form.Get("CallDuration")
			if n := len(d); n == 0 || d < string(rune('0'+low)) || d > string(rune('0'+high)) {
				t.Errorf("CallDuration %q, want %d to %d", d, low, high)
			}
		}
	}
	keys := func(want string) func(*testing.T, *app, *simtest.Phone) {
		return func(t *testing.T, a *app, phone *simtest.Phone) {
			if got := phone.Calls()[0].Keys; got != want {
				t.Errorf("keys %q, want %q", got, want)
			}
		}
	}
	return []voiceRow{
		{0, answered, "1", "", nil},
		{1, answered, "1", "", func(t *testing.T, a *app, phone *simtest.Phone) {
			if lines := phone.Calls()[0].Lines; !lines[0].Cut {
				t.Error("a key during the prompt did not stop it")
			}
		}},
		{2, answered, "7,1", "", nil},
		{3, answered, "7,7,1", "", nil},
		{4, answered, "", "", func(t *testing.T, a *app, phone *simtest.Phone) {
			if heard := phone.Calls()[0].Heard(time.Now()); !strings.Contains(heard, "No answer was recorded") {
				t.Errorf("silence must fall through the Gather; heard %q", heard)
			}
		}},
		{5, answered, "1", "", nil}, // numDigits=1 ends before the finish key
		{6, answered, "", "", keys("#")},
		{7, answered, "1", "", keys("11")},
		{8, answered, "", "", func(t *testing.T, a *app, phone *simtest.Phone) {
			if l := phone.Calls()[0].Lines[0]; !l.Cut || l.MS != 800 {
				t.Errorf("hung up after %d ms of the first words (cut %t), want 800", l.MS, l.Cut)
			}
		}},
		{9, answered, "", "", nil},
		{10, "", "1", "", func(t *testing.T, a *app, phone *simtest.Phone) {
			// The person has gone while the action is under way, so that its
			// words are never begun.
			for _, l := range phone.Calls()[0].Lines {
				if strings.Contains(l.Text, "Thank you") {
					t.Errorf("the answer to the key was begun (%d ms): it must come too late", l.MS)
				}
			}
		}},
		{11, "initiated ringing no-answer", "", "487", nil},
		{12, "initiated busy", "", "486", nil},
		{13, "initiated ringing busy", "", "486", nil},
		{14, answered, "", "", nil}, {15, answered, "", "", nil}, {16, answered, "", "", nil}, {17, answered, "", "", nil},
		{18, answered, "", "", nil},
		{19, answered, "1", "", nil},
		{20, answered, "", "", nil}, // the person comes after the question is over
		{21, "initiated failed", "", "404", nil},
		{22, "initiated failed", "", "503", nil},
		{23, answered, "", "", duration(0, 1)},
		{24, answered, "1", "", nil},
		{25, "initiated ringing no-answer", "", "487", nil},
		{26, answered, "9", "", nil}, {27, answered, "8", "", nil}, {28, answered, "0,1", "", nil}, {29, answered, "2", "", nil},
		{30, answered, "1", "", nil},
		{49, answered, "", "", func(t *testing.T, a *app, phone *simtest.Phone) {
			texts := a.seen("/sms")
			if len(texts) != 1 || texts[0].Form.Get("Body") != "STOP" || texts[0].Form.Get("From") != phone.Number {
				t.Fatalf("texts during the call: %v", texts)
			}
			var order []string
			for _, h := range a.seen("") {
				order = append(order, h.Path+h.Form.Get("CallStatus"))
			}
			if o := strings.Join(order, " "); strings.Index(o, "/sms") > strings.Index(o, "/statuscompleted") {
				t.Errorf("STOP came after the call: %s", o)
			}
		}},
		{50, answered, "1", "", nil}, {51, answered, "2", "", nil}, {80, "initiated ringing no-answer", "", "487", nil},
		{84, answered, "", "", nil}, {86, "initiated busy", "", "486", nil}, {87, answered, "", "", nil},
		{96, answered, "1", "", nil},
	}
}

func TestPersonasOnTheLine(t *testing.T) {
	t.Parallel()
	for _, row := range voiceRows() {
		phone := number([]string{"202", "613", "416"}[row.nn%3], row.nn)
		t.Run(phone, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(10*time.Minute))
			a := newApp(t, sim)
			created := a.call(phone)
			sim.Settle()
			if got := a.statuses(); row.statuses != "" && got != row.statuses {
				t.Errorf("callbacks %q, want %q", got, row.statuses)
			}
			var digits []string
			for _, h := range a.seen("/gather") {
				digits = append(digits, h.Form.Get("Digits"))
			}
			if got := strings.Join(digits, ","); got != row.digits {
				t.Errorf("digits %q, want %q", got, row.digits)
			}
			checkEnd(t, a, *created.Sid, row.sip)
			if row.extra != nil {
				row.extra(t, a, sim.Phone(phone))
			}
		})
	}
}

// checkEnd holds the last callback against the resource.
func checkEnd(t *testing.T, a *app, sid, sip string) {
	t.Helper()
	var last hit
	for _, h := range a.seen("/status") {
		if h.Form.Has("CallDuration") {
			last = h
		}
	}
	if got := last.Form.Get("SipResponseCode"); got != sip {
		t.Errorf("SipResponseCode %q, want %q", got, sip)
	}
	call, err := a.twilio.FetchCall(sid, nil)
	if err != nil {
		t.Fatal(err)
	}
	if *call.Status != last.Form.Get("CallStatus") {
		t.Errorf("resource says %s, last callback %s", *call.Status, last.Form.Get("CallStatus"))
	}
}

func TestPersonaAnswersTheSecondCallOnly(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	for range 2 {
		a.call(number("202", 25))
		sim.Settle()
	}
	if got := a.statuses(); got != "initiated ringing no-answer "+answered {
		t.Errorf("callbacks %q", got)
	}
}

// machineRow is what detection makes of a persona in each mode.
func TestPersonasUnderMachineDetection(t *testing.T) {
	t.Parallel()
	rows := []struct {
		nn             int
		start, message string
	}{
		{0, "human", "human"}, {14, "machine_start", "machine_end_beep"}, {15, "machine_start", "machine_end_silence"},
		{16, "machine_start", "machine_end_other"}, {17, "fax", "fax"}, {18, "unknown", "unknown"},
		{19, "machine_start", "machine_end_silence"}, {20, "machine_start", "machine_end_silence"},
	}
	for _, row := range rows {
		for mode, want := range map[string]string{"Enable": row.start, "DetectMessageEnd": row.message} {
			t.Run(number("202", row.nn)+mode, func(t *testing.T) {
				t.Parallel()
				sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(10*time.Minute))
				a := newApp(t, sim)
				a.says("/voice", `<Say>This is an automated call.</Say><Pause length="60"/>`)
				a.call(number("202", row.nn), func(p *api.CreateCallParams) {
					p.SetMachineDetection(mode)
					p.SetAsyncAmd("true")
					p.SetAsyncAmdStatusCallback(a.URL + "/amd")
				})
				sim.Settle()
				hits := a.seen("/amd")
				if len(hits) != 1 || hits[0].Form.Get("AnsweredBy") != want || hits[0].Form.Get("MachineDetectionDuration") == "" {
					t.Errorf("detection reported %v, want %s", hits, want)
				}
				if first := a.seen("/voice")[0]; first.Form.Has("AnsweredBy") {
					t.Error("asynchronous detection must not delay or mark the first request")
				}
			})
		}
	}
}

func TestSynchronousDetectionDelaysTheInstructions(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 0), func(p *api.CreateCallParams) { p.SetMachineDetection("Enable") })
	sim.Settle()
	if got := a.seen("/voice")[0].Form.Get("AnsweredBy"); got != "human" {
		t.Errorf("AnsweredBy %q in the first request", got)
	}
	var call view.Call
	for _, c := range sim.CallViews() {
		call = c
	}
	if wait := call.Lines[0].At.Sub(*call.Answered); wait != 1800*time.Millisecond {
		t.Errorf("the person waited %v in silence, want 1.8s (0.6 s of greeting and 1.2 s of silence)", wait)
	}
}

// A verdict that delayed the instructions is in every later request too; none
// is made where digits are sent first.
func TestSynchronousVerdictStays(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]string{"": "human", "1w2": ""} {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow("failed webhook", "11200")
		a := newApp(t, sim)
		a.on("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		a.says("/fallback", question)
		a.call(number("202", 0), func(p *api.CreateCallParams) {
			p.SetUrl(a.URL + "/broken")
			p.SetFallbackUrl(a.URL + "/fallback")
			p.SetMachineDetection("Enable")
			p.SetSendDigits(digits)
		})
		sim.Settle()
		for _, path := range []string{"/broken", "/fallback", "/gather"} {
			if hits := a.seen(path); len(hits) != 1 || hits[0].Form.Get("AnsweredBy") != want || hits[0].Form.Has("AnsweredBy") != (want != "") {
				t.Errorf("SendDigits %q: %s got %v, want AnsweredBy %q", digits, path, hits, want)
			}
		}
	}
}

func TestRedirectDuringDetectionStands(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.says("/other", "<Say>This is an automated call. It has been moved.</Say>")
	c := a.call(number("202", 0), func(p *api.CreateCallParams) { p.SetMachineDetection("Enable") })
	for range 300 { // the verdict follows the answer by 1.8 s
		if sim.CallViews()[0].Status == "in-progress" {
			break
		}
		sim.Advance(100 * time.Millisecond)
	}
	update := &api.UpdateCallParams{}
	update.SetUrl(a.URL + "/other")
	if _, err := a.twilio.UpdateCall(*c.Sid, update); err != nil {
		t.Fatal(err)
	}
	sim.Settle()
	if voice, other := len(a.seen("/voice")), len(a.seen("/other")); voice != 0 || other != 1 {
		t.Errorf("%d requests to the first address and %d to the new one, want 0 and 1", voice, other)
	}
}

func TestUpdateReplacesTheTimeLimit(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas(), simtest.Patience(10*time.Minute))
	a := newApp(t, sim)
	a.says("/other", `<Say>This is an automated call.</Say><Pause length="60"/>`)
	c := a.call(number("202", 0), func(p *api.CreateCallParams) { p.SetMachineDetection("Enable"); p.SetTimeLimit(10) })
	for range 300 {
		if sim.CallViews()[0].Status == "in-progress" {
			break
		}
		sim.Advance(100 * time.Millisecond)
	}
	status, body := a.raw("POST", account("/Calls/"+*c.Sid+".json"), formType, "Method=get&TimeLimit=40&Url="+a.URL+"/other")
	if status != 200 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	sim.Settle()
	if other := a.seen("/other"); len(other) != 1 || other[0].Method != "GET" {
		t.Errorf("requests %v, want one GET", other)
	}
	if d := *sim.CallViews()[0].Ended; d.Sub(*sim.CallViews()[0].Answered).Round(time.Second) != 40*time.Second {
		t.Errorf("the call lasted %v, want the new limit of 40s", d.Sub(*sim.CallViews()[0].Answered))
	}
}

func TestTunedDetectionChangesTheOutcome(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.call(number("202", 19), func(p *api.CreateCallParams) {
		p.SetMachineDetection("Enable")
		p.SetMachineDetectionSpeechThreshold(5000)
	})
	sim.Settle()
	if got := a.seen("/voice")[0].Form.Get("AnsweredBy"); got != "human" {
		t.Errorf("a 4 s greeting under a 5 s threshold is %q, want human", got)
	}
}
