package fidelity_test

import (
	"net/http"
	"testing"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

func TestOracleIdentification(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"This is an automated call from Acme.":       true,
		"Ceci est un appel automatisé de Acme.":      true,
		"Hello! This is Acme.":                       false,
		"The plant is closed. This is automated.":    false,
		"this is an automated call without capitals": false,
	} {
		sim := simtest.Start(t, simtest.WithPersonas())
		a := newApp(t, sim)
		a.says("/voice", `<Pause length="1"/><Say>`+text+`</Say><Say>More.</Say>`)
		a.call(number("202", 50))
		sim.Settle()
		sim.Allow("unidentified")
		if got := kinds(sim)["unidentified"]; got != map[bool]int{true: 0, false: 1}[ok] {
			t.Errorf("%q: %d violations", text, got)
		}
	}
	sim := simtest.Start(t, simtest.WithPersonas())
	a := newApp(t, sim)
	a.on("/voice", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("hello"))
	})
	a.call(number("202", 50))
	sim.Settle()
	one(t, sim, "unidentified") // plain text is read aloud too
}

// What a recording says cannot be read here; that it comes before the words
// that identify the call can.
func TestOracleIdentificationBeforeAudio(t *testing.T) {
	t.Parallel()
	say := "<Say>" + identified + "</Say>"
	for doc, want := range map[string]int{
		"<Play>/hello.mp3</Play>":                                      1,
		"<Play>/hello.mp3</Play>" + say:                                1,
		"<Play>/one.mp3</Play><Play>/two.mp3</Play><Say>x</Say>":       1, // one call, one finding
		`<Gather><Play loop="2">/hello.mp3</Play>` + say + `</Gather>`: 1,
		"<Pause/><Redirect>/audio</Redirect>":                          1,
		say + "<Play>/plant-closed.mp3</Play>":                         0,
		`<Gather>` + say + `<Play>/plant-closed.mp3</Play></Gather>`:   0,
		`<Play digits="1w2"/>` + say:                                   0, // an extension says nothing
		`<Play digits="1w2"/><Say>x</Say>`:                             1,
		`<Pause length="2"/>`:                                          0,
	} {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow("unidentified")
		a := newApp(t, sim)
		a.on("/audio", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "audio/mpeg") })
		a.says("/voice", doc)
		a.call(number("202", 87))
		sim.Settle()
		if got := kinds(sim)["unidentified"]; got != want {
			t.Errorf("%s: %d violations, want %d", doc, got, want)
		}
	}
	sim := simtest.Start(t)
	a := newApp(t, sim)
	a.says("/voice", "<Play>/welcome.mp3</Play>")
	sim.Phone(alice).Call(simtest.Number).Ended("completed")
	if got := kinds(sim); len(got) != 0 {
		t.Errorf("whoever calls knows whom: %v", got)
	}
}

// The carrier's own apology is not the application's first sentence.
func TestOracleIdentificationAfterTheCarriersApology(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]int{"Somebody else speaks.": 1, identified: 0} {
		sim := simtest.Start(t, simtest.WithPersonas())
		sim.Allow("unidentified", "failed webhook", "11200")
		a := newApp(t, sim)
		a.on("/voice", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		c := a.call(number("202", 87))
		sim.Until("the apology", func() bool { v, _ := sim.CallView(*c.Sid); return len(v.Lines) == 1 })
		p := &api.UpdateCallParams{}
		p.SetTwiml("<Response><Say>" + words + "</Say></Response>")
		if _, err := a.twilio.UpdateCall(*c.Sid, p); err != nil {
			t.Fatal(err)
		}
		sim.Settle()
		if got := kinds(sim)["unidentified"]; got != want {
			t.Errorf("%q: %d violations, want %d", words, got, want)
		}
	}
}
