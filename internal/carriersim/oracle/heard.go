package oracle

import (
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/twiml"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Verbs looks for instructions that record or transcribe.
func (o *Oracle) Verbs(phone, callSID string, verbs []twiml.Verb) {
	for _, v := range verbs {
		if slices.Contains([]string{"Record", "Start", "Stream", "Siprec", "Transcription", "Connect", "Recording"}, v.Name) {
			o.Note(view.Violation{Kind: "recording", Phone: phone, CallSID: callSID, Detail: "<" + v.Name + ">"})
		}
		if v.Name == "Gather" && strings.Contains(v.Attrs["input"], "speech") {
			o.Note(view.Violation{Kind: "speech_input", Phone: phone, CallSID: callSID, Detail: `<Gather input="` + v.Attrs["input"] + `">`})
		}
	}
}

// FirstWords: those of a call that the application places say who calls.
func (o *Oracle) FirstWords(phone, callSID, text string) {
	sentences := o.Policy.Identify
	if sentences == nil {
		sentences = []string{"This is an automated call", "Ceci est un appel automatisé"}
	}
	if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(text, s) }) {
		o.Note(view.Violation{Kind: "unidentified", Phone: phone, CallSID: callSID, Detail: "the first words do not say that this is an automated call: " + excerpt(text)})
	}
}

// FirstSound: a recording in front of the first words. What it says cannot be
// read here, so that it cannot count as telling who calls.
func (o *Oracle) FirstSound(phone, callSID, address string) {
	o.Note(view.Violation{Kind: "unidentified", Phone: phone, CallSID: callSID, Detail: "audio is played before any words say that this is an automated call: " + excerpt(address)})
}

func excerpt(s string) string {
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "..."
	}
	return `"` + s + `"`
}

// Webhook holds the application's answer to a webhook against the rules; scale
// is what webhook time-outs are divided by.
func (o *Oracle) Webhook(w *view.Webhook, r hook.Result, scale float64) {
	v := view.Violation{Phone: w.Phone, CallSID: w.CallSID, MessageSID: w.MessageSID}
	if w.Forged {
		if r.Status >= 200 && r.Status < 300 {
			v.Kind, v.Detail = "forged_accepted", "a webhook with a bad signature was answered 2xx: "+w.URL
			o.Note(v)
		}
		return
	}
	limit := o.Policy.SlowWebhook
	if limit == 0 {
		limit = 5 * time.Second
	}
	for _, a := range r.Attempts {
		if took := time.Duration(a.MS * max(scale, 1) * float64(time.Millisecond)); took > limit {
			v.Kind, v.Detail = "slow_webhook", w.URL+" took "+took.Round(time.Millisecond).String()
			o.Note(v)
		}
	}
	if r.Problem == nil && w.CallSID != "" {
		o.Seen(w.Phone) // the application now knows this call
	}
	reports := w.Kind == hook.VoiceStatus || w.Kind == hook.VoiceAMD || w.Kind == hook.SMSStatus
	if r.Problem != nil && reports && r.Status >= 400 && w.Fault == "" {
		v.Kind, v.Detail = "callback_refused", r.Problem.Text
		o.Note(v)
	}
}
