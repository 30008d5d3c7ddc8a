package twiml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/twiml"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	rows := []struct {
		doc   string
		kind  twiml.Kind
		code  int // of the first problem; 0 for none
		fatal bool
	}{
		{`<Response/>`, twiml.Voice, 0, false},
		{`<?xml version="1.0" encoding="UTF-8"?><Response><Say>x</Say></Response>`, twiml.Voice, 0, false},
		{`<?xml version="1.1"?><Response/>`, twiml.Voice, 12101, true},
		{`<?xml version="1.0" encoding="ISO-8859-1"?><Response/>`, twiml.Voice, 12100, true},
		{``, twiml.Voice, 12100, true},
		{`<Response>`, twiml.Voice, 12100, true},
		{`<Response></Say>`, twiml.Voice, 12100, true},
		{`<Response/><Response/>`, twiml.Voice, 12100, true},
		{`<Response/>tail`, twiml.Voice, 12100, true},
		{`<!DOCTYPE r [<!ENTITY x "y">]><Response><Say>&x;</Say></Response>`, twiml.Voice, 12100, true},
		{`<Response><Say>a & b</Say></Response>`, twiml.Voice, 12100, true},
		{`<Response><Say voice="man" voice="woman">x</Say></Response>`, twiml.Voice, 12100, true},
		{strings.Repeat("<a>", 40), twiml.Voice, 12100, true},
		{"<Response><Say>\x01</Say></Response>", twiml.Voice, 12100, true},
		{`<response/>`, twiml.Voice, 12102, true},
		{`<Response a="b"/>`, twiml.Voice, 12200, false},
		{`<Response>words</Response>`, twiml.Voice, 12200, false},
		{`<Response><Say>x<b>y</b></Say></Response>`, twiml.Voice, 12200, false},
		{`<Response><Say>x<break/></Say></Response>`, twiml.Voice, 12200, false}, // SSML needs another voice
		{`<Response><Say voice="Polly.Joanna">x<break/></Say></Response>`, twiml.Voice, 0, false},
		{`<Response><Say voice="Polly.Joanna">` + strings.Repeat("x", 3001) + `</Say></Response>`, twiml.Voice, 13521, true},
		{`<Response><Say>` + strings.Repeat("é", 4096) + `</Say></Response>`, twiml.Voice, 0, false},
		{`<Response><Gather><Say voice="x">y</Say></Gather></Response>`, twiml.Voice, 13321, false},
		{`<Response><Gather><Redirect/></Gather></Response>`, twiml.Voice, 13320, true},
		{`<Response><Play/></Response>`, twiml.Voice, 12200, false},
		{`<Response><Reject reason="no"/></Response>`, twiml.Voice, 12200, false},
		{`<Response><Pause length="-1"/></Response>`, twiml.Voice, 13910, false},
		{`<Response><Hangup>x<y/></Hangup></Response>`, twiml.Voice, 12200, false},
		{`<Response><Message>x</Message></Response>`, twiml.Voice, 12200, false},
		{`<Response><Message>x</Message></Response>`, twiml.Messaging, 0, false},
		{`<Response><Say>x</Say></Response>`, twiml.Messaging, 12200, false},
		{`<Response><Message><Body>x</Body><Media>y</Media></Message></Response>`, twiml.Messaging, 12200, false},
	}
	for _, r := range rows {
		_, problems := twiml.Parse([]byte(r.doc), r.kind)
		if r.code == 0 {
			if len(problems) != 0 {
				t.Errorf("%s: %v", r.doc, problems)
			}
			continue
		}
		if len(problems) == 0 || problems[0].Code != r.code || problems[0].Fatal != r.fatal {
			t.Errorf("%.80s: %v, want %d (fatal %t)", r.doc, problems, r.code, r.fatal)
		}
	}
	if _, p := twiml.Parse([]byte("<Response>"+strings.Repeat(" ", twiml.MaxBytes)+"</Response>"), twiml.Voice); len(p) != 1 || p[0].Code != 11750 {
		t.Errorf("64 kB and more: %v", p)
	}
}

func TestVerbsThatTwilioWouldPerformAreKept(t *testing.T) {
	t.Parallel()
	verbs, problems := twiml.Parse([]byte(`<Response><Dial>x</Dial><Shout/></Response>`), twiml.Voice)
	if len(problems) != 2 || len(verbs) != 1 || verbs[0].Name != "Dial" {
		t.Errorf("%v %v: want two warnings, and Dial kept for the oracle", verbs, problems)
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	rows := map[string]time.Duration{
		`<Say>hi</Say>`: 600 * time.Millisecond,
		`<Say>` + strings.Repeat("é", 30) + `</Say>`:                                     2 * time.Second,
		`<Say voice="Polly.Amy">hi<break strength="strong"/><break time="300ms"/></Say>`: 1600 * time.Millisecond,
		`<Say voice="Polly.Amy">hi<break time="1h"/></Say>`:                              10600 * time.Millisecond,
		`<Pause length="4"/>`: 4 * time.Second,
		`<Play>x.mp3</Play>`:  3 * time.Second,
	}
	for doc, want := range rows {
		verbs, problems := twiml.Parse([]byte("<Response>"+doc+"</Response>"), twiml.Voice)
		if len(verbs) != 1 || verbs[0].Length() != want {
			t.Errorf("%s: %v %v, want %v", doc, verbs, problems, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`<?xml version="1.0"?><Response><Gather numDigits="1"><Say voice="Polly.Amy">a<break/></Say></Gather><Redirect method="GET">x</Redirect></Response>`)
	f.Add(`<Response><Message to="+1"><Body>x</Body></Message></Response>`)
	f.Add(`<!DOCTYPE x><Response/>`)
	f.Fuzz(func(t *testing.T, doc string) {
		for _, kind := range []twiml.Kind{twiml.Voice, twiml.Messaging} {
			verbs, problems := twiml.Parse([]byte(doc), kind)
			if _, fatal := twiml.Fatal(problems); fatal {
				continue
			}
			for _, v := range verbs {
				if v.Length() < 0 || v.Length() > 5*time.Hour || v.Loops() < 1 || v.Loops() > 1000 {
					t.Errorf("%q: %s lasts %v, %d times", doc, v.Name, v.Length(), v.Loops())
				}
			}
		}
	})
}
