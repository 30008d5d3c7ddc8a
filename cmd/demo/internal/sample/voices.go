package sample

import (
	"fmt"

	"github.com/callshu/callshu/internal/carriersim/amd"
	"github.com/callshu/callshu/internal/carriersim/persona"
)

// voiceOf is what somebody does when the phone rings. spread, 0 to 999, shifts
// every delay.
func voiceOf(code string, spread int) (persona.Voice, error) {
	pickUp := 2000 + 6*spread
	slow := 16_000 + 9*spread // the call rings for 30 s
	think := 700 + 2*spread
	switch code {
	case "press1":
		return answers(pickUp, waiting(1, "1", think)), nil
	case "press2":
		return answers(pickUp, waiting(1, "2", think)), nil
	case "early1":
		return answers(pickUp, persona.Step{On: "say", Nth: 3, AfterMS: 2500 + spread, Press: "1"}), nil
	case "repeat1":
		return answers(pickUp, waiting(1, "0", think), waiting(2, "1", think)), nil
	case "wrong1":
		return answers(pickUp, waiting(1, "6", think), waiting(2, "1", think)), nil
	case "nokey":
		return answers(pickUp), nil
	case "hangup":
		return answers(pickUp, persona.Step{On: "say", Nth: 1, AfterMS: 2000 + spread, HangUp: true}), nil
	case "stop9":
		return answers(pickUp, waiting(1, "9", think)), nil
	case "notme8":
		return answers(pickUp, waiting(1, "8", think)), nil
	case "slow1":
		return answers(slow, waiting(1, "1", think)), nil
	case "slow2":
		return answers(slow, waiting(1, "2", think)), nil
	case "quick1":
		return answers(pickUp, persona.Step{On: "say", Nth: 1, AfterMS: 3000 + spread, Press: "1"}), nil
	case "quick2":
		return answers(pickUp, persona.Step{On: "say", Nth: 1, AfterMS: 3000 + spread, Press: "2"}), nil
	case "slownokey":
		return answers(slow), nil
	case "voicemail":
		return persona.Voice{Do: "answer", AfterMS: 12_000, Audio: []amd.Sound{{Kind: "speech", MS: 5000}, {Kind: "silence", MS: 700}, {Kind: "beep", MS: 400}},
			Steps: []persona.Step{{On: "answered", AfterMS: 120_000, HangUp: true}}}, nil
	case "ignore":
		return persona.Voice{Do: "ignore"}, nil
	case "busy":
		return persona.Voice{Do: "busy", AfterMS: 700}, nil
	case "unreachable":
		return persona.Voice{Do: "fail", SIP: 404, AfterMS: 500}, nil
	}
	return persona.Voice{}, fmt.Errorf("no voice is called %q", code)
}

// manner says in words what a code means, for the phones page.
func manner(code string) string {
	switch code {
	case "press1", "slow1", "early1", "quick1":
		return "presses 1"
	case "press2", "slow2", "quick2":
		return "presses 2"
	case "repeat1":
		return "presses 0, then 1"
	case "wrong1":
		return "presses 6, then 1"
	case "nokey", "slownokey":
		return "no key"
	case "hangup":
		return "hangs up"
	case "stop9":
		return "presses 9"
	case "notme8":
		return "presses 8"
	case "ignore":
		return "does not pick up"
	}
	return code
}

// answers picks up and says hello.
func answers(afterMS int, steps ...persona.Step) persona.Voice {
	return persona.Voice{Do: "answer", AfterMS: afterMS, Audio: []amd.Sound{{Kind: "speech", MS: 600}}, Steps: steps}
}

// waiting presses a key the nth time that the call waits for one.
func waiting(nth int, key string, afterMS int) persona.Step {
	return persona.Step{On: "waiting", Nth: nth, AfterMS: afterMS, Press: key}
}

// replies is what somebody texts back when asked for consent.
func replies(reply string, afterMS int) []persona.Reply {
	switch reply {
	case "yes":
		return []persona.Reply{{AfterMS: afterMS, Body: "{yes}"}}
	case "stop":
		return []persona.Reply{{AfterMS: afterMS, Body: "STOP"}}
	}
	return nil
}
