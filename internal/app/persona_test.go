package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// caughtUp waits, without moving the clock, until every text that is due has
// been handed to the carrier.
func (p *product) caughtUp() {
	p.t.Helper()
	until := time.Now().Add(2 * time.Minute)
	for poll := time.NewTicker(3 * time.Millisecond); ; <-poll.C {
		var behind bool
		err := p.admin().QueryRow(p.t.Context(), `SELECT EXISTS (SELECT FROM messages WHERE state IN ('sending', 'unknown') OR state = 'queued' AND due_at <= $1)`,
			p.clock.Now()).Scan(&behind)
		switch {
		case err != nil:
			p.t.Fatal(err)
		case !behind:
			poll.Stop()
			return
		case time.Now().After(until):
			p.t.Fatal("texts that are due do not leave")
		}
	}
}

// pass lets time go by from one event at the carrier to the next, never faster
// than the product sends what is due: in the world it has the time for it.
func (p *product) pass(d time.Duration) {
	p.t.Helper()
	for end := p.clock.Now().Add(d); ; {
		p.caughtUp()
		now := p.clock.Now()
		if !now.Before(end) {
			return
		}
		step := end.Sub(now)
		if next, planned := p.clock.Next(); planned {
			step = min(step, max(next.Sub(now), time.Millisecond))
		}
		p.sim.Advance(step)
	}
}

// got is what reached a phone, in order, each text by one word; the carrier's
// own are marked with a star.
func (a person) got() string {
	words := []struct{ word, mark string }{{"invitation", "your choice"}, {"invitation", "facultatif"}, {"confirmation", "you're in"}, {"confirmation", "c'est noté"},
		{"stopped", "no more calls or texts"}, {"stopped", "plus aucun appel"}, {"question", "more than one"}, {"question", "plus d'un employeur"}, {"unsure", "not sure whom"}, {"help", "help: "},
		{"stopped", "unsubscribed"}, {"started", "re-subscribed"}, {"help", "reply stop to unsubscribe"}}
	var got []string
	for _, text := range a.Thread() {
		if text.Out {
			continue
		}
		word := text.Body
		for _, w := range words {
			if strings.Contains(strings.ToLower(text.Body), w.mark) {
				word = w.word
				break
			}
		}
		if text.Origin != "app" {
			word += "*"
		}
		got = append(got, word)
	}
	return strings.Join(got, " ")
}

// ledger is the events of a phone, in order, with the channel where it is not a text.
func (a person) ledger() string {
	a.t.Helper()
	var events string
	err := a.admin().QueryRow(a.t.Context(), `SELECT coalesce(string_agg(v.kind || CASE v.channel WHEN 'sms' THEN '' ELSE ':' || v.channel END, ' ' ORDER BY v.id), '')
		FROM consent_events v WHERE v.kind <> 'timed' AND v.phone_key IN (SELECT phone_key FROM employees WHERE phone = $1)`, a.Number).Scan(&events)
	if err != nil {
		a.t.Fatal(err)
	}
	return events
}

// yesCase is one row of the table of personas: what its person's behaviour must
// leave behind.
type yesCase struct {
	nn      int
	state   string // the consent, before anybody is called
	ledger  string
	got     string
	outcome string // of the person's row in the campaign that follows
	french  bool
}

func (c yesCase) number() string { return fmt.Sprintf("+120255501%02d", c.nn) }

func (c yesCase) row() string {
	language := "en"
	if c.french {
		language = "fr"
	}
	return fmt.Sprintf("Person %d,%s,%s,", c.nn, c.number(), language)
}

// yesCases is what the people 30 to 49 come to where the carrier answers STOP,
// START and HELP by itself and leaves YES to us.
func yesCases() []yesCase {
	const asked, in = "attested:import invited delivered", "attested:import invited delivered opted_in"
	const yes, waits, no = "answered", "skipped no_reply", "skipped opted_out"
	return []yesCase{
		{nn: 30, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes},
		{nn: 31, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes},
		{nn: 32, state: "opted_out", ledger: asked + " opted_out", got: "invitation stopped*", outcome: no},
		{nn: 33, state: "opted_out", ledger: asked + " opted_out", got: "invitation stopped", outcome: no},
		{nn: 34, state: "opted_in", ledger: asked + " help opted_in", got: "invitation help* confirmation", outcome: yes, french: true},
		// A START to an open invitation is no answer to it, and asks for no other one.
		{nn: 35, state: "invited", ledger: asked, got: "invitation started*", outcome: waits},
		{nn: 36, state: "opted_in", ledger: asked + " opted_out invited delivered opted_in", got: "invitation stopped* started* invitation confirmation", outcome: yes},
		{nn: 37, state: "invited", ledger: asked, got: "invitation", outcome: waits},
		{nn: 38, state: "invited", ledger: "attested:import invited undelivered", outcome: waits},
		{nn: 39, state: "invited", ledger: "attested:import invited undelivered", outcome: waits},
		{nn: 40, state: "invited", ledger: "attested:import invited undelivered", outcome: waits},
		{nn: 41, state: "invited", ledger: "attested:import invited undelivered", outcome: waits},
		{nn: 42, state: "invited", ledger: "attested:import invited", got: "invitation", outcome: waits},
		{nn: 43, state: "opted_out", ledger: "attested:import opted_out:carrier undelivered", outcome: no},
		{nn: 44, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes},
		{nn: 45, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes},
		{nn: 46, state: "opted_in", ledger: "attested:import invited opted_in delivered", got: "invitation confirmation", outcome: yes, french: true},
		{nn: 47, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes},
		{nn: 48, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: yes, french: true},
		{nn: 49, state: "opted_in", ledger: in, got: "invitation confirmation", outcome: "answered_no_key opted_out"},
	}
}

// withAdvancedOptOut changes what differs where the carrier answers YES too, and
// refuses texts to those who have stopped only after it has taken them.
func withAdvancedOptOut(c yesCase) yesCase {
	switch c.nn {
	case 30, 44, 47, 49:
		c.got = "invitation started*"
	case 36:
		c.got = "invitation stopped* started* invitation started*"
	case 43:
		c.ledger = "attested:import invited opted_out:carrier undelivered"
	}
	if c.nn == 44 {
		c.got += " started*" // each YES has its answer, and both are the carrier's
	}
	return c
}

// Every way in which people answer an invitation: the consent that it comes to,
// the ledger that proves it, what reaches the phone, and who is called after.
func TestI1EachYesCase(t *testing.T) {
	t.Parallel()
	for _, h := range handlings() {
		change := func(c yesCase) yesCase { return c }
		switch h.name {
		default:
			continue
		case "long code":
		case "advanced opt-out":
			change = withAdvancedOptOut
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			cases := yesCases()
			rows := make([]string, len(cases))
			for i := range cases {
				cases[i] = change(cases[i])
				rows[i] = cases[i].row()
			}
			p := h.start(t, simtest.WithPersonas())
			owner := p.employer("zoe@northwind.example")
			p.staff(owner, csvOf(rows...))
			p.pass(12 * time.Minute)
			if late := p.person("+12025550147"); late.consents() != "invited" {
				t.Errorf("somebody who answers after 26 hours is %s at once", late.consents())
			}
			p.pass(26 * time.Hour)
			for _, c := range cases {
				t.Run(fmt.Sprintf("persona %d", c.nn), func(t *testing.T) { c.check(t, p.person(c.number())) })
			}
			p.checkYesCalls(owner, cases)
			p.checkLapse(cases)
		})
	}
}

func (c yesCase) check(t *testing.T, a person) {
	if got := a.consents(); got != c.state {
		t.Errorf("consent is %q, want %q", got, c.state)
	}
	if got := a.ledger(); got != c.ledger {
		t.Errorf("the ledger says %q, want %q", got, c.ledger)
	}
	if got := a.got(); got != c.got {
		t.Errorf("the phone got %q, want %q", got, c.got)
	}
	if n := len(a.Calls()); n != 0 {
		t.Errorf("%d calls before a campaign", n)
	}
}

// checkYesCalls calls everybody: whoever has agreed is called once, nobody else
// is, and a STOP during the call keeps the next campaign away.
func (p *product) checkYesCalls(owner *browser, cases []yesCase) {
	p.t.Helper()
	owner.post("auth/login", object{"email": "zoe@northwind.example", "password": password}) // the session has ended meanwhile
	id := p.launch(owner, "Plant closed")
	p.finished(owner, id)
	agreed := 0
	for _, c := range cases {
		a := p.person(c.number())
		r := p.recipient(owner, id, fmt.Sprintf("Person %d", c.nn))
		if got := strings.TrimSpace(r.text("state") + " " + r.text("reason")); got != c.outcome {
			p.t.Errorf("persona %d in the campaign is %q, want %q", c.nn, got, c.outcome)
		}
		want := 0
		if c.state == "opted_in" {
			want = 1
			agreed++
		}
		if n := len(a.Calls()); n != want {
			p.t.Errorf("persona %d was called %d times, want %d", c.nn, n, want)
		}
	}
	stopped := p.person("+12025550149")
	stopped.wantConsent("STOP during the call", "opted_out")
	if events := stopped.ledger(); !strings.HasSuffix(events, " opted_in opted_out") {
		p.t.Errorf("a STOP during the call left the ledger %q", events)
	}
	if got := stopped.got(); strings.Count(got, "stopped") != 1 {
		p.t.Errorf("a STOP during the call was answered so: %q", got)
	}
	next := owner.post("campaigns", draft("Plant open")).text("id")
	if n := owner.get("campaigns/" + next + "/plan").number("callable"); n != agreed-1 {
		p.t.Errorf("the next campaign may call %d, want %d", n, agreed-1)
	}
}

// checkLapse lets the life of an invitation pass: whoever did not answer can no
// longer do so.
func (p *product) checkLapse(cases []yesCase) {
	p.t.Helper()
	p.pass(30 * 24 * time.Hour)
	p.exec(`INSERT INTO river_job (kind, args, max_attempts) VALUES ('consent_lapse', '{}', 1)`)
	p.eventually("invitations to lapse", `SELECT NOT EXISTS (SELECT FROM consents WHERE state = 'invited')`)
	for _, c := range cases {
		a := p.person(c.number())
		if c.state != "invited" {
			continue
		}
		a.wantConsent("30 days", "lapsed")
		before := a.received()
		a.Text("Yes.") // the carrier knows no such word, so that any answer would be ours
		p.pass(10 * time.Second)
		a.wantConsent("YES after 30 days", "lapsed")
		if n := a.received() - before; n != 0 || a.ledger() != c.ledger+" lapsed:system" {
			p.t.Errorf("persona %d: YES after 30 days brought %d texts, the ledger says %q", c.nn, n, a.ledger())
		}
	}
}
