package page

import (
	"net/http"
	"strings"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/view"
)

const maxForm = 64 << 10

// act is what a visitor does at a phone.
func (h *handler) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	phone := r.FormValue("phone")
	done(w, r, phone, h.perform(phone, r))
}

func (h *handler) perform(phone string, r *http.Request) error {
	do := r.FormValue("do")
	// Buttons that carry a key or a word say by their name what they do.
	if r.FormValue("press") != "" {
		return h.e.Do(phone, calls.ActPress, r.FormValue("press"))
	}
	if word := r.FormValue("say"); word != "" {
		_, err := h.e.TextIn(phone, h.ours(phone), word)
		return err
	}
	switch do {
	case "answer", "decline", "hangup":
		return h.e.Do(phone, calls.Act(do), "")
	case "text":
		to := r.FormValue("to")
		if to == "" {
			to = h.ours(phone)
		}
		_, err := h.e.TextIn(phone, to, r.FormValue("body"))
		return err
	case "call":
		owner, _ := persona.ByCode(persona.Hand)
		to := r.FormValue("to")
		if to == "" {
			to = h.ours(phone)
		}
		_, err := h.e.CallIn(phone, to, &owner)
		return err
	case "persona":
		owner, ok := persona.ByCode(r.FormValue("persona"))
		if !ok {
			return problemf("there is no persona %q", r.FormValue("persona"))
		}
		return h.e.SetPersona(phone, owner)
	case "add":
		number := strings.TrimSpace(phone)
		if !settings.ValidNumber(number) {
			return problemf("%q is not a number in international form, such as +12025550143", number)
		}
		h.e.AddPhone(number)
		return nil
	default:
		return problemf("nothing here can %q", do)
	}
}

// ours is the account's number that a phone last dealt with, else the first.
func (h *handler) ours(phone string) string {
	if v, ok := h.e.Phone(phone); ok {
		if n := lastNumber(v); n != "" {
			return n
		}
	}
	if numbers := h.e.Config().Numbers; len(numbers) > 0 {
		return numbers[0].Number
	}
	return ""
}

func lastNumber(v view.Phone) string {
	number := ""
	if n := len(v.Thread); n > 0 {
		number = v.Thread[n-1].Number
	}
	if n := len(v.Calls); n > 0 {
		c := v.Calls[n-1]
		if number != "" && v.Thread[len(v.Thread)-1].At.After(c.Created) {
			return number
		}
		if c.Direction == "inbound" {
			return c.To
		}
		return c.From
	}
	return number
}

// fault puts a ready-made set of faults in force, or ends all.
func (h *handler) fault(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name := r.FormValue("name")
	var err error
	switch list := append(fault.Scenario(name), single(name)...); {
	case name == "clear":
		h.e.RemoveFault("")
	case len(list) == 0:
		err = problemf("there is no fault %q", name)
	default:
		for _, f := range list {
			if _, err = h.e.AddFault(f); err != nil {
				break
			}
		}
	}
	done(w, r, r.FormValue("phone"), err)
}

// single are the faults that a visitor can set off one at a time.
func single(name string) []fault.Fault {
	switch name {
	case "lost-answer":
		return []fault.Fault{{Point: fault.APIAfter, Match: fault.Match{Path: "/Calls.json"}, Action: fault.Action{Drop: true}}}
	case "busy-api":
		return []fault.Fault{{Point: fault.APIBefore, Action: fault.Action{Status: 429}}}
	case "lost-callback":
		return []fault.Fault{{Point: fault.Callback, Match: fault.Match{Event: "completed"}, Action: fault.Action{Drop: true}}}
	case "forged-text":
		return []fault.Fault{{Point: fault.SMSInbound, Action: fault.Action{BadSignature: true}}}
	case "outage":
		return []fault.Fault{{Point: fault.Carrier, Action: fault.Action{OutageMS: 30_000}}}
	}
	return nil
}
