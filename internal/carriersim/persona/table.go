package persona

import (
	"fmt"

	"github.com/callshu/callshu/internal/carriersim/amd"
)

// Hand is the code of the phone that is driven by a person or a test.
const Hand = "hand"

// Codes lists the table: 00 to 99, and hand.
func Codes() []string {
	codes := make([]string, 0, 101)
	for i := range 100 {
		codes = append(codes, fmt.Sprintf("%02d", i))
	}
	return append(codes, Hand)
}

// ByNumber returns the persona of a phone number: its last two digits.
func ByNumber(e164 string) Persona {
	if len(e164) < 2 {
		return byHand()
	}
	p, ok := ByCode(e164[len(e164)-2:])
	if !ok {
		return byHand()
	}
	return p
}

// ByCode returns a row of the table.
func ByCode(code string) (Persona, bool) {
	if code == Hand {
		return byHand(), true
	}
	if len(code) != 2 || code[0] < '0' || code[0] > '9' || code[1] < '0' || code[1] > '9' {
		return Persona{}, false
	}
	n := int(code[0]-'0')*10 + int(code[1]-'0')
	p := row(n)
	p.Code = code
	if p.Voice.Do == "" {
		p.Voice = answers(4000, press("1", 1500))
	}
	if p.Texts == nil && !silentTexter(n) {
		p.Texts = []Reply{{AfterMS: 5000, Body: "{yes}"}}
	}
	return p, true
}

func byHand() Persona {
	return Persona{Code: Hand, Title: "driven by hand", Voice: Voice{Do: "hand", Audio: hello()}}
}

// silentTexter: rows whose point is that no reply comes.
func silentTexter(n int) bool { return n >= 37 && n <= 43 }

func hello() []amd.Sound {
	return []amd.Sound{{Kind: "speech", MS: 600}}
}

// answers is a person who picks up after a while and says hello.
func answers(afterMS int, steps ...Step) Voice {
	return Voice{Do: "answer", AfterMS: afterMS, Audio: hello(), Steps: steps}
}

// machine is a device that picks up and listens for two minutes.
func machine(audio ...amd.Sound) Voice {
	return Voice{Do: "answer", AfterMS: 8000, Audio: audio, Steps: []Step{{On: "answered", AfterMS: 120_000, HangUp: true}}}
}

func press(keys string, afterMS int) Step {
	return Step{On: "waiting", Nth: 1, AfterMS: afterMS, Press: keys}
}

func row(n int) Persona {
	switch {
	case n <= 10:
		return presser(n)
	case n <= 29:
		return listener(n)
	case n <= 49:
		return texter(n)
	case n <= 89:
		return ordinary(n)
	}
	return refused(n)
}

// presser: rows 00 to 10, people who answer and deal with the keys.
func presser(n int) Persona {
	switch n {
	case 0:
		return Persona{Title: "listens, presses 1", Voice: answers(4000, press("1", 1500))}
	case 1:
		return Persona{Title: "presses 1 while it speaks", Voice: answers(3000, Step{On: "say", Nth: 1, AfterMS: 1000, Press: "1"})}
	case 2:
		return Persona{Title: "wrong key once, then 1", Voice: answers(3000, press("7", 1500), Step{On: "waiting", Nth: 2, AfterMS: 1500, Press: "1"})}
	case 3:
		return Persona{Title: "wrong key twice, then 1", Voice: answers(3000, press("7", 1500),
			Step{On: "waiting", Nth: 2, AfterMS: 1500, Press: "7"}, Step{On: "waiting", Nth: 3, AfterMS: 1500, Press: "1"})}
	case 4:
		return Persona{Title: "listens, presses nothing", Voice: answers(3000)}
	case 5:
		return Persona{Title: "presses 1#", Voice: answers(3000, press("1#", 1500))}
	case 6:
		return Persona{Title: "presses only #", Voice: answers(3000, press("#", 1500))}
	case 7:
		s := press("11", 1500)
		s.GapMS = 100
		return Persona{Title: "presses 1 twice, 100 ms apart", Voice: answers(3000, s)}
	case 8:
		return Persona{Title: "hangs up on the first words", Voice: answers(3000, Step{On: "say", Nth: 1, AfterMS: 800, HangUp: true})}
	case 9:
		return Persona{Title: "hangs up when asked for a key", Voice: answers(3000, Step{On: "waiting", Nth: 1, AfterMS: 1000, HangUp: true})}
	}
	return Persona{Title: "presses 1 and hangs up 50 ms later", Voice: answers(3000, press("1", 1500), Step{On: "waiting", Nth: 1, AfterMS: 1550, HangUp: true})}
}

// listener: rows 11 to 29, lines that do not simply answer, and our own keys.
func listener(n int) Persona {
	speech := func(ms int) amd.Sound { return amd.Sound{Kind: "speech", MS: ms} }
	silence := func(ms int) amd.Sound { return amd.Sound{Kind: "silence", MS: ms} }
	switch n {
	case 11:
		return Persona{Title: "never answers", Voice: Voice{Do: "ignore"}}
	case 12:
		return Persona{Title: "busy", Voice: Voice{Do: "busy", AfterMS: 700}}
	case 13:
		return Persona{Title: "declines after 6 s", Voice: Voice{Do: "decline", AfterMS: 6000}}
	case 14:
		return Persona{Title: "voicemail with a beep", Voice: machine(speech(6000), silence(800), amd.Sound{Kind: "beep", MS: 400})}
	case 15:
		return Persona{Title: "voicemail without a beep", Voice: machine(speech(6000))}
	case 16:
		return Persona{Title: "voicemail, 40 s greeting", Voice: machine(speech(40_000), silence(500), amd.Sound{Kind: "beep", MS: 400})}
	case 17:
		return Persona{Title: "fax", Voice: machine(silence(500), amd.Sound{Kind: "fax", MS: 30_000})}
	case 18:
		v := answers(3000)
		v.Audio = nil
		return Persona{Title: "answers, says nothing", Voice: v}
	case 19:
		v := answers(3000, press("1", 1500))
		v.Audio = []amd.Sound{speech(4000)}
		return Persona{Title: "a person with a 4 s greeting", Voice: v}
	case 20:
		v := answers(1500, Step{On: "answered", AfterMS: 16_500, Press: "1"})
		v.Audio = []amd.Sound{speech(5000), silence(1000)}
		return Persona{Title: "call screening, a person after 15 s", Voice: v}
	case 21:
		return Persona{Title: "number not in service", Voice: Voice{Do: "fail", SIP: 404, AfterMS: 500}}
	case 22:
		return Persona{Title: "network failure", Voice: Voice{Do: "fail", SIP: 503, AfterMS: 2000}}
	case 23:
		return Persona{Title: "answers and drops at once", Voice: answers(3000, Step{On: "answered", AfterMS: 500, HangUp: true})}
	case 24:
		return Persona{Title: "answers within 0.2 s", Voice: answers(200, press("1", 1500))}
	case 25:
		v := answers(4000, press("1", 1500))
		v.FromAttempt = 2
		return Persona{Title: "answers the second call only", Voice: v}
	case 26:
		return Persona{Title: "presses 9: stop", Voice: answers(4000, press("9", 1500))}
	case 27:
		return Persona{Title: "presses 8: not me", Voice: answers(4000, press("8", 1500))}
	case 28:
		return Persona{Title: "presses 0, listens again, 1", Voice: answers(4000, press("0", 1500), Step{On: "waiting", Nth: 2, AfterMS: 1500, Press: "1"})}
	}
	return Persona{Title: "listens, presses 2", Voice: answers(4000, press("2", 1500))}
}

// texter: rows 30 to 49, what people do with texts.
func texter(n int) Persona {
	say := func(title string, replies ...Reply) Persona { return Persona{Title: title, Texts: replies} }
	switch n {
	case 30:
		return say("texts YES", Reply{AfterMS: 5000, Body: "YES"})
	case 31:
		return say("texts ' yes! '", Reply{AfterMS: 5000, Body: " yes! "})
	case 32:
		return say("texts STOP", Reply{AfterMS: 5000, Body: "STOP"})
	case 33:
		return say("texts 'Stop please'", Reply{AfterMS: 5000, Body: "Stop please"})
	case 34:
		return say("texts HELP, then YES", Reply{AfterMS: 5000, Body: "HELP"}, Reply{AfterMS: 20_000, Body: "{yes}"})
	case 35:
		return say("texts START unasked", Reply{AfterMS: 5000, Body: "START"})
	case 36:
		return say("texts STOP, START, YES", Reply{AfterMS: 5000, Once: true, Body: "STOP"}, Reply{AfterMS: 60_000, Once: true, Body: "START"}, Reply{AfterMS: 90_000, Once: true, Body: "YES"})
	case 37:
		return say("never replies")
	case 38, 39, 40, 41:
		code := map[int]int{38: 30003, 39: 30006, 40: 30007, 41: 30008}[n]
		return Persona{Title: fmt.Sprintf("undelivered, %d", code), Delivery: Delivery{ErrorCode: code}}
	case 42:
		return Persona{Title: "no delivery receipt", Delivery: Delivery{NoReceipt: true}}
	case 43:
		return Persona{Title: "opted out long ago", OptedOut: true}
	case 44:
		return say("texts YES twice", Reply{AfterMS: 5000, Body: "YES"}, Reply{AfterMS: 5800, Body: "YES"})
	case 45:
		return say("texts 'Sí 👍'", Reply{AfterMS: 5000, Body: "Sí 👍"})
	case 46:
		return Persona{Title: "texts YES before the receipt", Delivery: Delivery{DelayMS: 6000},
			Texts: []Reply{{AfterMS: 1000, BeforeReceipt: true, Body: "{yes}"}}}
	case 47:
		return say("texts YES after 26 h", Reply{AfterMS: 26 * 3600 * 1000, Body: "{yes}"})
	case 48:
		return Persona{Title: "delivered after 10 min", Delivery: Delivery{DelayMS: 600_000}}
	}
	return Persona{Title: "texts STOP during the call",
		Voice: answers(3000, Step{On: "say", Nth: 1, AfterMS: 1500, Text: "STOP"})}
}

// ordinary: rows 50 to 89, a workforce as it is: most answer and choose.
func ordinary(n int) Persona {
	ring := 2000 + n%7*900
	think := 800 + n%5*700
	switch {
	case n >= 80 && n <= 83:
		return Persona{Title: "does not pick up", Voice: Voice{Do: "ignore"}}
	case n == 84 || n == 85:
		return Persona{Title: "voicemail", Voice: machine(amd.Sound{Kind: "speech", MS: 5000}, amd.Sound{Kind: "silence", MS: 700}, amd.Sound{Kind: "beep", MS: 400})}
	case n == 86:
		return Persona{Title: "in another call", Voice: Voice{Do: "busy", AfterMS: 700}}
	case n == 87:
		return Persona{Title: "listens, presses nothing", Voice: answers(ring)}
	case n%3 == 0:
		return Persona{Title: "answers, presses 2", Voice: answers(ring, press("2", think))}
	}
	return Persona{Title: "answers, presses 1", Voice: answers(ring, press("1", think))}
}

// refused: rows 90 to 99, numbers that the carrier refuses at the door.
func refused(n int) Persona {
	switch n {
	case 90:
		return Persona{Title: "not a valid number", RefuseCall: 21211, RefuseText: 21211}
	case 91, 92, 93, 94:
		code := map[int]int{91: 21214, 92: 21215, 93: 21216, 94: 21217}[n]
		return Persona{Title: fmt.Sprintf("calls refused, %d", code), RefuseCall: code}
	case 95:
		return Persona{Title: "unverified (trial account)", RefuseCall: 21219, RefuseText: 21608}
	}
	code := map[int]int{96: 21610, 97: 21612, 98: 21614, 99: 21408}[n]
	return Persona{Title: fmt.Sprintf("texts refused, %d", code), RefuseText: code}
}
