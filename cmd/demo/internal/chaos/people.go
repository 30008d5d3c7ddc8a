package chaos

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

// Manners of people at the phone.
const (
	pressesEarly  = "presses 1 early"
	pressesLate   = "presses 2 at the end"
	presses9      = "presses 9"
	presses8      = "presses 8"
	hangsUp       = "hangs up"
	voicemail     = "voicemail"
	missesFirst   = "misses the first call"
	busy          = "busy"
	declines      = "declines"
	unreachable   = "unreachable"
	stopsTalking  = "texts STOP while it speaks"
	stopsRinging  = "texts STOP while it rings"
	ringsForAges  = 25_000 // ms
	midwayMS      = 2_500
	afterPromptMS = 1_200
)

// manners and how many of a hundred people have them.
var manners = []struct {
	name  string
	share int
}{
	{pressesEarly, 47}, {pressesLate, 14}, {hangsUp, 8}, {voicemail, 6}, {missesFirst, 8}, {busy, 4}, {declines, 4}, {unreachable, 3},
	{presses9, 1}, {presses8, 1}, {stopsTalking, 1}, {stopsRinging, 3},
}

// area is where phones with some area codes are.
type area struct {
	zone    string
	country string
	codes   []string
}

// areas have a hundred numbers for each code: the range that is set aside for
// fiction. Phones of the second may ring only an hour after those of the first,
// and those of the third two hours, when whoever could be called has been.
func areas() []area {
	return []area{
		{"America/Toronto", "CA", []string{"905", "289", "365", "519", "226", "548", "613", "343", "705", "249", "438", "450", "579", "418", "581", "819", "873"}},
		{"America/Edmonton", "CA", []string{"403", "780"}},
		{"America/Vancouver", "CA", []string{"604", "250"}},
		{"America/New_York", "US", []string{"212", "646", "917", "718", "347", "201", "973", "908", "732", "609", "215", "267", "610", "617", "508",
			"978", "413", "203", "860", "401", "207", "603", "802", "410", "443", "703", "804", "704", "919"}},
	}
}

// most is how many people there can be.
const most = 5000

// place finds the number of the i-th person and where it is.
func place(i int) (phone string, at area) {
	const codes = most / 100
	n := i % codes
	for _, a := range areas() {
		if n < len(a.codes) {
			return fmt.Sprintf("+1%s55501%02d", a.codes[n], i/codes), a
		}
		n -= len(a.codes)
	}
	return "", area{}
}

// person is one employee and all that they will do.
type person struct {
	name   string
	phone  string
	at     area
	manner string // at the phone
	reply  string // to the invitation: yes, stop, silent
	stops  bool   // texts STOP at a moment of the plan
	picks  int    // ms until they pick up
}

func newPerson(i int, random *rand.Rand) person {
	p := person{name: fmt.Sprintf("Person %05d", i), picks: 1_000 + random.IntN(5_000)}
	p.phone, p.at = place(i)
	at := random.IntN(100)
	for _, m := range manners {
		if p.manner = m.name; at < m.share {
			break
		}
		at -= m.share
	}
	switch at := random.IntN(100); {
	case at < 94:
		p.reply = "yes"
	case at < 97:
		p.reply = "stop"
	default:
		p.reply = "silent"
	}
	p.stops = p.reply == "yes" && p.manner != stopsRinging && random.IntN(100) < 4
	return p
}

// file is the list that the employer uploads.
func file(people []person) []byte {
	var out bytes.Buffer
	out.WriteString("name,phone,language\n")
	for _, p := range people {
		fmt.Fprintf(&out, "%s,%s,en\n", p.name, p.phone)
	}
	return out.Bytes()
}

// owner is who has the person's phone.
func (p person) owner() carriersim.Persona {
	owner := carriersim.Persona{Code: p.manner, Title: p.name, Voice: p.voice()}
	switch p.reply {
	case "yes":
		owner.Texts = []persona.Reply{{AfterMS: 300, Body: "{yes}"}}
	case "stop":
		owner.Texts = []persona.Reply{{AfterMS: 300, Body: "STOP"}}
	}
	return owner
}

func (p person) voice() persona.Voice {
	answers := func(steps ...persona.Step) persona.Voice {
		return persona.Voice{Do: "answer", AfterMS: p.picks, Audio: []amd.Sound{{Kind: "speech", MS: 600}}, Steps: steps}
	}
	midway := func(key string) persona.Step { return persona.Step{On: "say", Nth: 1, AfterMS: midwayMS, Press: key} }
	switch p.manner {
	case pressesLate:
		return answers(persona.Step{On: "waiting", Nth: 1, AfterMS: afterPromptMS, Press: "2"})
	case presses9:
		return answers(midway("9"))
	case presses8:
		return answers(midway("8"))
	case hangsUp:
		return answers(persona.Step{On: "say", Nth: 1, AfterMS: 1000, HangUp: true})
	case stopsTalking:
		return answers(persona.Step{On: "say", Nth: 1, AfterMS: 1000, Text: "STOP"})
	case voicemail:
		return persona.Voice{Do: "answer", AfterMS: p.picks, Audio: []amd.Sound{{Kind: "speech", MS: 4000}, {Kind: "silence", MS: 700}, {Kind: "beep", MS: 400}},
			Steps: []persona.Step{{On: "answered", AfterMS: 60_000, HangUp: true}}}
	case missesFirst:
		v := answers(midway("1"))
		v.FromAttempt = 2
		return v
	case busy:
		return persona.Voice{Do: "busy", AfterMS: 500}
	case declines:
		return persona.Voice{Do: "decline", AfterMS: p.picks}
	case unreachable:
		return persona.Voice{Do: "fail", SIP: 404, AfterMS: 500}
	case stopsRinging:
		v := answers(midway("1"))
		v.AfterMS = ringsForAges
		return v
	}
	return answers(midway("1"))
}
