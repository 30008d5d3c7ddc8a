package chaos

import (
	"slices"
	"time"
)

// Figures are the last line of a run. All but those of the second group must be
// zero.
type Figures struct {
	Seed           uint64 `json:"seed"`
	Calls          int    `json:"calls"`
	Duplicates     int    `json:"duplicates"`      // rung beyond what attempts account for, while another call lived, or after it had spoken
	Lost           int    `json:"lost"`            // people without a final state, or with one that no call explains; calls that no attempt owns
	AfterStop      int    `json:"after_stop"`      // requests after a STOP was answered, or 90 s after it was sent
	WithoutConsent int    `json:"without_consent"` // requests for phones whose ledger had no opt-in
	OutOfHours     int    `json:"out_of_hours"`    // calls outside the calling hours of where the phone is
	UnknownLeft    int    `json:"unknown_left"`    // attempts of which it is not known what became of them
	PaceViolations int    `json:"pace_violations"` // requests beyond the rate and one in a second
	Unbalanced     int    `json:"unbalanced"`      // campaigns whose manifest is not the sum of their final states
	StopsUnread    int    `json:"stops_unread"`    // STOPs sent more than 90 s before the end that the ledger does not know
	Violations     int    `json:"violations"`      // what the carrier's own oracle holds against us
	Crashes        int    `json:"crashes"`         // replicas that ended by themselves

	People        int     `json:"people"`
	Stops         int     `json:"stops"`
	Faults        int     `json:"faults"` // that struck
	Kills         int     `json:"kills"`
	DatabaseKills int     `json:"database_kills"`
	Outages       int     `json:"outages"`
	Pauses        int     `json:"pauses"` // of the campaign by itself
	Seconds       float64 `json:"seconds"`
	Machine       string  `json:"machine"`
}

// Clean reports that nothing was broken.
func (f Figures) Clean() bool {
	return f.Duplicates+f.Lost+f.AfterStop+f.WithoutConsent+f.OutOfHours+f.UnknownLeft+f.PaceViolations+f.Unbalanced+f.StopsUnread+f.Violations+f.Crashes == 0
}

const (
	// findWithin is how long a STOP whose webhook got lost may stay unread.
	findWithin = 90 * time.Second
	// underWay is how long a request may leave after the claim that checked
	// consent: a STOP that is committed meanwhile waits for it before it is
	// answered, and that is what after_stop judges.
	underWay = 2500 * time.Millisecond
)

// judge finds in a history what must not be there. Each finding is told by say.
func (h history) judge(end time.Time, say func(format string, args ...any)) Figures {
	f := Figures{Calls: len(h.calls)}
	for _, figure := range []struct {
		name string
		into *int
		find func(found func(what string))
	}{
		{"duplicate", &f.Duplicates, h.duplicates}, {"lost", &f.Lost, h.lost}, {"after STOP", &f.AfterStop, h.afterStop},
		{"without consent", &f.WithoutConsent, h.withoutConsent}, {"out of hours", &f.OutOfHours, h.outOfHours}, {"unknown", &f.UnknownLeft, h.unknownLeft},
		{"pace", &f.PaceViolations, h.pace}, {"unbalanced", &f.Unbalanced, h.unbalanced},
		{"STOP unread", &f.StopsUnread, func(found func(string)) { h.stopsUnread(end, found) }}, {"violation", &f.Violations, h.others},
	} {
		figure.find(func(what string) {
			if *figure.into++; *figure.into <= 5 {
				say("%s: %s", figure.name, what)
			}
		})
	}
	for _, t := range h.texts {
		if t.body == "STOP" {
			f.Stops++
		}
	}
	return f
}

func byPhone[T any](list []T, phone func(T) string) map[string][]T {
	groups := map[string][]T{}
	for _, item := range list {
		groups[phone(item)] = append(groups[phone(item)], item)
	}
	return groups
}

func (h history) callsByPhone() map[string][]call {
	groups := byPhone(h.calls, func(c call) string { return c.to })
	for _, calls := range groups {
		slices.SortFunc(calls, func(a, b call) int { return a.created.Compare(b.created) })
	}
	return groups
}

func (h history) duplicates(found func(string)) {
	placed := map[string]int{}
	for _, a := range h.attempts {
		if a.State != "not_placed" {
			placed[a.Phone]++
		}
	}
	for phone, calls := range h.callsByPhone() {
		for i := 1; i < len(calls); i++ {
			switch before := calls[i-1]; {
			case before.ended.IsZero() || before.ended.After(calls[i].created):
				found(phone + " was rung while another call to it lived: " + calls[i].sid)
			case before.said:
				found(phone + " was rung again after it had been spoken to: " + calls[i].sid)
			}
		}
		for range len(calls) - placed[phone] {
			found(phone + " was rung more often than attempts account for")
		}
	}
}

func (h history) lost(found func(string)) {
	owned := map[string]bool{}
	for _, a := range h.attempts {
		owned[a.CallSID] = true
	}
	for _, c := range h.calls {
		if !owned[c.sid] {
			found("no attempt owns the call " + c.sid + " to " + c.to)
		}
	}
	calls, consents := h.callsByPhone(), h.consents()
	for _, r := range h.recipients {
		called := len(calls[r.Phone]) > 0
		switch {
		case r.State == "pending" || r.State == "dialling":
			found(r.Phone + " is still " + r.State)
		case !called && slices.Contains([]string{"answered", "answered_no_key", "voicemail", "no_answer", "busy"}, r.State):
			found(r.Phone + " is " + r.State + ", but the carrier knows no call to it")
		case !called && consents[r.Phone]:
			found(r.Phone + " is " + r.State + " (" + r.Reason + ") and was never rung, though its owner had said YES")
		}
	}
}

// consents are the phones whose ledger ends with an opt-in.
func (h history) consents() map[string]bool {
	state := map[string]bool{}
	for _, e := range h.ledger {
		if grants, changes := meaning(e.Kind); changes {
			state[e.Phone] = grants
		}
	}
	return state
}

// meaning tells whether an event of the ledger gives or takes consent.
func meaning(kind string) (grants, changes bool) {
	switch kind {
	case "opted_in":
		return true, true
	case "opted_out", "not_me", "lapsed", "erased":
		return false, true
	}
	return false, false
}

func (h history) afterStop(found func(string)) {
	texts := byPhone(h.texts, func(t text) string { return t.phone })
	for _, p := range h.posts {
		for _, t := range texts[p.to] {
			answered := !t.answered.IsZero() && p.wall.After(t.answered)
			if t.body == "STOP" && (answered || p.wall.After(h.wall(t.sent).Add(findWithin))) {
				found(p.to + " was to be rung after its STOP")
				break
			}
		}
	}
}

func (h history) withoutConsent(found func(string)) {
	ledger := byPhone(h.ledger, func(e ledgerRow) string { return e.Phone })
	texts := byPhone(h.texts, func(t text) string { return t.phone })
	for _, p := range h.posts {
		granted := false
		for _, e := range ledger[p.to] {
			grants, changes := meaning(e.Kind)
			at := h.wall(e.At)
			switch {
			case changes && grants && !at.After(p.wall):
				granted = true
			case changes && !grants && !at.Add(underWay).After(p.wall):
				granted = false
			}
		}
		said := slices.ContainsFunc(texts[p.to], func(t text) bool { return t.body == "YES" && !h.wall(t.sent).After(p.wall) })
		switch {
		case !granted:
			found(p.to + " was to be rung without an opt-in in its ledger")
		case !said:
			found(p.to + " was to be rung though the carrier saw no YES from it")
		}
	}
}

// lawful knows the calling hours of both countries, of which the product stays
// a minute inside.
func lawful(country string, at time.Time) bool {
	minute := at.Hour()*60 + at.Minute()
	day := at.Weekday()
	switch {
	case country == "US":
		return minute >= 8*60 && minute < 21*60
	case day == time.Saturday || day == time.Sunday:
		return minute >= 10*60 && minute < 18*60
	}
	return minute >= 9*60 && minute < 21*60+30
}

func (h history) outOfHours(found func(string)) {
	for _, c := range h.calls {
		zone, country := h.where(c.to)
		if at := c.created.In(zone); !lawful(country, at) {
			found(c.to + " was rung at " + at.Format("Monday 15:04:05 MST"))
		}
	}
}

func (h history) unknownLeft(found func(string)) {
	for _, a := range h.attempts {
		if slices.Contains([]string{"placing", "unknown", "queued", "initiated", "ringing", "in_progress"}, a.State) {
			found("a call to " + a.Phone + " is left " + a.State)
		}
	}
}

func (h history) pace(found func(string)) {
	posts := slices.Clone(h.posts)
	slices.SortFunc(posts, func(a, b post) int { return a.wall.Compare(b.wall) })
	from := 0
	for i, p := range posts {
		for p.wall.Sub(posts[from].wall) >= time.Second {
			from++
		}
		if i-from+1 > h.rate+1 {
			found("more requests within a second than the rate and one, up to " + p.wall.Format("15:04:05.000"))
		}
	}
}

func (h history) unbalanced(found func(string)) {
	finals := map[string]int{}
	for _, r := range h.recipients {
		if r.State != "pending" && r.State != "dialling" {
			finals[r.Campaign]++
		}
	}
	for _, c := range h.campaigns {
		if c.Status != "finished" || finals[c.ID] != c.ManifestTotal {
			found("campaign " + c.ID + " is " + c.Status + ", and its final states are not its manifest")
		}
	}
}

func (h history) stopsUnread(end time.Time, found func(string)) {
	consents := h.consents()
	for _, t := range h.texts {
		if t.body == "STOP" && consents[t.phone] && end.Sub(h.wall(t.sent)) > findWithin {
			found("the STOP of " + t.phone + " is nowhere in its ledger")
		}
	}
}

// others is what the carrier's oracle finds by rules of its own: also two live
// calls, a call after STOP or the pace, so that neither of the two judges need
// be trusted. That a database which has been killed makes answers late, or impossible, is
// what the carrier's retries are for.
func (h history) others(found func(string)) {
	for _, v := range h.violations {
		if !slices.Contains([]string{"slow_webhook", "callback_refused"}, v.kind) {
			found(v.kind + " " + v.phone + ": " + v.detail)
		}
	}
}
