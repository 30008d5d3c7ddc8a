package dialer

import (
	"strings"
	"time"

	"github.com/callshu/callshu/internal/campaign"
)

// Reasons that are stored with a recipient and shown to the employer.
const (
	reasonMessageLeft    = "message_left"    // voicemail: our message is on the machine
	reasonMachine        = "machine"         // no answer: a machine took the call, which counts as none
	reasonNotHeard       = "not_heard"       // answered, but we could not speak
	reasonNoSuchCall     = "carrier_unknown" // the carrier never learnt of it
	reasonUnresolved     = "unresolved"      // nobody ever told what became of it
	reasonDeadlinePassed = "deadline_passed"
)

// verdict is what a dialling's end means for its recipient.
type verdict struct {
	state  campaign.State
	reason string
	again  bool // may be tried again, if the campaign still wants to
	refund bool // it never rang: it does not count as an attempt
}

// nothing reports whether the call says nothing about the person: it never
// rang, or we ended it first for a reason that is not their own word.
func (v verdict) nothing() bool {
	return v.refund || v.state == campaign.RecipientCancel || v.state == campaign.NotCalled && v.reason != endOptedOut && v.reason != endNotMe
}

// judge is the pure part of settling: what one finished attempt means.
func judge(a attempt, to raise) verdict {
	if a.MachineIsNobody && isMachine(a.AnsweredBy) && (a.State == "completed" || a.State == "canceled") {
		return judgeNobody(a)
	}
	switch a.State {
	case "completed":
		return judgeCompleted(a)
	case "busy":
		return verdict{state: campaign.Busy, again: true}
	case "no_answer":
		return verdict{state: campaign.NoAnswer, again: true}
	case "canceled":
		if v, ok := judgeEnded(a.EndRequested); ok {
			return v
		}
		return verdict{state: campaign.NoAnswer, again: true}
	case "not_placed":
		return verdict{state: campaign.Failed, reason: to.reason, again: true, refund: true}
	}
	if to.reason == endOptedOut { // the carrier holds a STOP
		return verdict{state: campaign.NotCalled, reason: endOptedOut}
	}
	return verdict{state: campaign.Failed, reason: to.reason, again: to.code == 0}
}

// judgeCompleted: somebody, or something, took the call. Keys from a machine
// never count, whichever was known first, the key or the machine.
func judgeCompleted(a attempt) verdict {
	revoked := a.EndRequested == endOptedOut || a.EndRequested == endNotMe
	switch {
	case isMachine(a.AnsweredBy) && a.Heard == heardVoicemail:
		return verdict{state: campaign.Voicemail, reason: reasonMessageLeft}
	case isMachine(a.AnsweredBy):
		return verdict{state: campaign.Voicemail}
	case a.Answer != nil:
		return verdict{state: campaign.Answered}
	case a.Heard == heardMessage && revoked:
		return verdict{state: campaign.AnsweredNoKey, reason: a.EndRequested}
	case a.Heard == heardMessage, a.Heard == heardVoicemail:
		return verdict{state: campaign.AnsweredNoKey}
	}
	if v, ok := judgeEnded(a.EndRequested); ok {
		return v
	}
	return verdict{state: campaign.Failed, reason: reasonNotHeard, again: true}
}

// judgeNobody: a machine took a call of a campaign for which that is as
// good as nobody. Whoever must not be called any more is not, all the same.
func judgeNobody(a attempt) verdict {
	if v, ok := judgeEnded(a.EndRequested); ok {
		return v
	}
	return verdict{state: campaign.NoAnswer, reason: reasonMachine, again: true}
}

// judgeEnded is what a call came to that we ended before a word was said.
func judgeEnded(why string) (verdict, bool) {
	switch why {
	case endOptedOut, endNotMe, endSuspended:
		return verdict{state: campaign.NotCalled, reason: why}, true
	case endCancelled:
		return verdict{state: campaign.RecipientCancel, reason: why}, true
	}
	return verdict{}, false
}

func isMachine(answeredBy string) bool {
	return strings.HasPrefix(answeredBy, "machine") || answeredBy == "fax"
}

// refundPause is how long a recipient waits whose call the carrier never took.
const refundPause = 2 * time.Second

// prospects decide whether a recipient may be tried again.
type prospects struct {
	Status      campaign.Status
	DialUntil   *time.Time
	MaxAttempts int
	Spacing     time.Duration
	Made        int // attempts so far, this one included
	OptedIn     bool
}

// next tells when a recipient is due again; ok is false when this was the end,
// and then the verdict says so: a call that never rang ends for the reason for
// which it is not tried again.
func (p prospects) next(v verdict, now time.Time) (final verdict, due time.Time, ok bool) {
	if !v.again {
		return v, time.Time{}, false
	}
	due = now.Add(p.Spacing)
	if v.refund {
		due = now.Add(refundPause)
		p.Made--
	}
	var instead verdict
	switch {
	case !p.OptedIn:
		instead = verdict{state: campaign.NotCalled, reason: endOptedOut}
	case p.Status == campaign.Cancelled:
		instead = verdict{state: campaign.RecipientCancel, reason: endCancelled}
	case p.DialUntil != nil && !p.DialUntil.After(due), p.Status == campaign.Expired:
		instead = verdict{state: campaign.NotCalled, reason: reasonDeadlinePassed}
	case p.Made >= p.MaxAttempts, p.Status == campaign.Finished:
		return v, time.Time{}, false
	default:
		return v, due, true
	}
	if v.refund {
		return instead, time.Time{}, false
	}
	return v, time.Time{}, false
}
