package chaos

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	ann, ben, cat = "+14165550101", "+14165550102", "+12125550103"
	factor        = 60
)

// tuesday is 09:30 in Toronto and New York, and machine time then.
func tuesday() (business, wall time.Time) {
	return time.Date(2026, 11, 24, 14, 30, 0, 0, time.UTC), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
}

// clean is a run of which nothing can be said: Ann answered, Ben was busy twice,
// and Cat texted STOP before her turn.
func clean() history {
	business, wall := tuesday()
	at := func(minutes int) time.Time { return business.Add(time.Duration(minutes) * time.Minute) }
	h := history{rate: 2,
		where: func(phone string) (*time.Location, string) {
			if strings.HasPrefix(phone, "+1212") {
				return time.FixedZone("EST", -5*3600), "US"
			}
			return time.FixedZone("EST", -5*3600), "CA"
		},
		wall:       func(b time.Time) time.Time { return wall.Add(b.Sub(business) / factor) },
		campaigns:  []campaignRow{{ID: "c", Status: "finished", ManifestTotal: 3}},
		recipients: []recipientRow{{"c", ann, "answered", ""}, {"c", ben, "busy", ""}, {"c", cat, "skipped", "opted_out"}},
		attempts:   []attemptRow{{ann, "not_placed", ""}, {ann, "completed", "CA1"}, {ben, "busy", "CA2"}, {ben, "busy", "CA3"}},
	}
	for _, phone := range []string{ann, ben, cat} {
		h.texts = append(h.texts, text{phone: phone, body: "YES", sent: at(-60), answered: h.wall(at(-60))})
		h.ledger = append(h.ledger, ledgerRow{phone, "attested", at(-61)}, ledgerRow{phone, "invited", at(-61)}, ledgerRow{phone, "opted_in", at(-60)})
	}
	h.texts = append(h.texts, text{phone: cat, body: "STOP", sent: at(1), answered: h.wall(at(1))})
	h.ledger = append(h.ledger, ledgerRow{cat, "opted_out", at(1)})
	h.dial("CA1", ann, at(0), true)
	h.dial("CA2", ben, at(1), false)
	h.dial("CA3", ben, at(40), false)
	return h
}

// dial is a request that made a call of two minutes.
func (h *history) dial(sid, phone string, at time.Time, said bool) {
	h.posts = append(h.posts, post{phone, h.wall(at)})
	h.calls = append(h.calls, call{sid: sid, to: phone, created: at, ended: at.Add(2 * time.Minute), said: said})
}

func judged(h history) Figures {
	business, _ := tuesday()
	f := h.judge(h.wall(business.Add(5*time.Hour)), func(string, ...any) {})
	f.Calls, f.Stops = 0, 0
	return f
}

func TestJudgeFindsNothingInACleanRun(t *testing.T) {
	t.Parallel()
	if f := judged(clean()); f != (Figures{}) || !f.Clean() {
		t.Errorf("found %+v", f)
	}
}

// Each figure counts what it is there for, and no figure counts what belongs to
// another: a zero means something.
func TestJudgeFindsEachWrong(t *testing.T) {
	t.Parallel()
	business, wall := tuesday()
	later := business.Add(2 * time.Hour)
	for name, row := range map[string]struct {
		wrong func(h *history)
		want  Figures
	}{
		"rung while another call lives": {func(h *history) {
			h.dial("CA9", ben, business.Add(41*time.Minute), false)
			h.attempts = append(h.attempts, attemptRow{ben, "no_answer", "CA9"})
		}, Figures{Duplicates: 1}},
		"a call that never ends, and another": {func(h *history) {
			h.calls[1].ended = time.Time{}
		}, Figures{Duplicates: 1}},
		"rung again after an answer": {func(h *history) {
			h.dial("CA9", ann, later, false)
			h.attempts = append(h.attempts, attemptRow{ann, "no_answer", "CA9"})
		}, Figures{Duplicates: 1}},
		"an attempt given up that had been placed": {func(h *history) { h.attempts[2] = attemptRow{ben, "not_placed", ""} }, Figures{Duplicates: 1, Lost: 1}},
		"posted twice":  {func(h *history) { h.dial("CA9", ben, later, false) }, Figures{Duplicates: 1, Lost: 1}},
		"left pending":  {func(h *history) { h.recipients[1].State = "pending" }, Figures{Lost: 1, Unbalanced: 1}},
		"left dialling": {func(h *history) { h.recipients[1].State = "dialling" }, Figures{Lost: 1, Unbalanced: 1}},
		"never rung": {func(h *history) {
			h.recipients[1] = recipientRow{"c", ben, "failed", "x"}
			h.attempts, h.calls, h.posts = h.attempts[:2], h.calls[:1], h.posts[:1]
		}, Figures{Lost: 1}},
		"an answer without a call": {func(h *history) { h.recipients[2].State = "no_answer" }, Figures{Lost: 1}},
		"rung after an answered STOP": {func(h *history) {
			// Within the moment that a request may be under way.
			h.dial("CA9", cat, business.Add(time.Minute+10*time.Second), false)
			h.attempts = append(h.attempts, attemptRow{cat, "canceled", "CA9"})
		}, Figures{AfterStop: 1}},
		"rung long after a STOP that got lost": {func(h *history) {
			h.texts[3].answered = time.Time{}
			h.ledger = h.ledger[:len(h.ledger)-1]
			h.dial("CA9", cat, business.Add(time.Minute+91*factor*time.Second), false)
			h.attempts = append(h.attempts, attemptRow{cat, "canceled", "CA9"})
		}, Figures{AfterStop: 1, StopsUnread: 1}},
		"a STOP that nobody read": {func(h *history) {
			h.texts[3].answered = time.Time{}
			h.ledger = h.ledger[:len(h.ledger)-1]
			h.dial("CA9", cat, business.Add(2*time.Minute), true)
			h.attempts = append(h.attempts, attemptRow{cat, "completed", "CA9"})
		}, Figures{StopsUnread: 1}},
		"rung without an opt-in": {func(h *history) { h.ledger[5].Kind = "delivered" }, Figures{WithoutConsent: 2}},
		"rung before the opt-in": {func(h *history) { h.ledger[5].At = business.Add(2 * time.Minute) }, Figures{WithoutConsent: 1}},
		"rung after a refusal by key": {func(h *history) {
			h.ledger = append(h.ledger, ledgerRow{ben, "not_me", business.Add(30 * time.Minute)})
		}, Figures{WithoutConsent: 1}},
		"an opt-in that the carrier knows nothing of": {func(h *history) { h.texts[1].body = "MAYBE" }, Figures{WithoutConsent: 2}},
		"rung at night": {func(h *history) { h.calls[0].created = business.Add(-6 * time.Hour) }, Figures{OutOfHours: 1}},
		"rung in Canada as if it were the United States": {func(h *history) { h.calls[0].created = business.Add(-45 * time.Minute) }, Figures{OutOfHours: 1}},
		"an attempt left": {func(h *history) {
			h.attempts = append(h.attempts, attemptRow{ben, "unknown", ""})
		}, Figures{UnknownLeft: 1}},
		"four requests in a second at two": {func(h *history) {
			for i := range 4 { // refused ones count too
				h.posts = append(h.posts, post{ann, wall.Add(time.Hour + time.Duration(i)*333*time.Millisecond)})
			}
		}, Figures{PaceViolations: 1}},
		"a campaign that is not over":      {func(h *history) { h.campaigns[0].Status = "running" }, Figures{Unbalanced: 1}},
		"somebody who was never in it":     {func(h *history) { h.campaigns[0].ManifestTotal = 4 }, Figures{Unbalanced: 1}},
		"a finding of the carrier's":       {func(h *history) { h.violations = []violation{{"recording", ann, "Record"}} }, Figures{Violations: 1}},
		"a finding with its own figure":    {func(h *history) { h.violations = []violation{{"pace", ann, "26"}} }, Figures{Violations: 1}},
		"a database that was killed: late": {func(h *history) { h.violations = []violation{{"slow_webhook", ann, "6 s"}} }, Figures{}},
	} {
		h := clean()
		row.wrong(&h)
		got := judged(h)
		if got != row.want {
			t.Errorf("%s: found %s, want %s", name, nonZero(got), nonZero(row.want))
		}
		if got.Clean() != (row.want == Figures{}) {
			t.Errorf("%s: clean %t", name, got.Clean())
		}
	}
}

// What is allowed is not held against anybody.
func TestJudgeAllowsWhatIsAllowed(t *testing.T) {
	t.Parallel()
	business, wall := tuesday()
	h := clean()
	// A request under way while the STOP was being answered.
	h.posts = append(h.posts, post{cat, h.texts[3].answered.Add(-time.Millisecond)})
	// In the United States phones may ring from eight.
	h.where = func(string) (*time.Location, string) { return time.FixedZone("EST", -5*3600), "US" }
	h.calls[0].created = business.Add(-45 * time.Minute)
	for i := range 3 {
		h.posts = append(h.posts, post{ann, wall.Add(time.Hour + time.Duration(i)*333*time.Millisecond)})
	}
	if f := judged(h); f != (Figures{}) {
		t.Errorf("found %s", nonZero(f))
	}
}

// Crashes are counted by the run and not by the judge; they are no less wrong.
func TestACrashIsNotClean(t *testing.T) {
	t.Parallel()
	if (Figures{Crashes: 1}).Clean() {
		t.Error("a crash is clean")
	}
}

func nonZero(f Figures) string {
	var b strings.Builder
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fmt.Fprintf(&b, "%s %v ", v.Type().Field(i).Name, v.Field(i))
		}
	}
	return "[" + strings.TrimSpace(b.String()) + "]"
}
