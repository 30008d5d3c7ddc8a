package persona_test

import (
	"testing"

	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

func TestTheWholeTableIsValidAndNamed(t *testing.T) {
	t.Parallel()
	for _, code := range persona.Codes() {
		p, ok := persona.ByCode(code)
		if !ok || p.Validate() != nil || p.Title == "" || p.Code != code {
			t.Errorf("%s: %+v (%v)", code, p, p.Validate())
		}
	}
	for _, code := range []string{"", "1", "x1", "100", "0x"} {
		if _, ok := persona.ByCode(code); ok {
			t.Errorf("%q is in the table", code)
		}
	}
}

func TestNumbersGoByTheirLastTwoDigits(t *testing.T) {
	t.Parallel()
	for number, code := range map[string]string{"+12025550114": "14", "+16135550114": "14", "+442071234599": "99", "+1": persona.Hand, "sip:bob": persona.Hand} {
		if got := persona.ByNumber(number).Code; got != code {
			t.Errorf("%s is %s, want %s", number, got, code)
		}
	}
}

func TestWhatATextAsksFor(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"Your choice: YES to join, HELP for help": "YES", "OUI pour accepter, AIDE": "OUI", "reply YES 1 or YES 2": "YES 1",
		"you're in. HELP for help, STOP to end": "", "YESTERDAY": "", "yes": "",
	} {
		if got, _ := persona.Asks(body); got != want {
			t.Errorf("%q asks for %q, want %q", body, got, want)
		}
	}
}

func TestScriptsThatCannotBePerformed(t *testing.T) {
	t.Parallel()
	good := persona.Persona{Voice: persona.Voice{Do: "answer"}}
	for name, change := range map[string]func(*persona.Persona){
		"act":         func(p *persona.Persona) { p.Voice.Do = "dance" },
		"moment":      func(p *persona.Persona) { p.Voice.Steps = []persona.Step{{On: "never"}} },
		"keys":        func(p *persona.Persona) { p.Voice.Steps = []persona.Step{{On: "waiting", Press: "1a"}} },
		"delay":       func(p *persona.Persona) { p.Voice.Steps = []persona.Step{{On: "waiting", AfterMS: -1}} },
		"sound":       func(p *persona.Persona) { p.Voice.Audio = []amd.Sound{{Kind: "song"}} },
		"sound time":  func(p *persona.Persona) { p.Voice.Audio = []amd.Sound{{Kind: "beep", MS: -1}} },
		"reply to":    func(p *persona.Persona) { p.Texts = []persona.Reply{{On: "never", Body: "x"}} },
		"empty reply": func(p *persona.Persona) { p.Texts = []persona.Reply{{}} },
	} {
		p := good
		change(&p)
		if p.Validate() == nil {
			t.Errorf("%s: accepted %+v", name, p)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
