package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// mishap is what goes wrong with the call to one person.
type mishap struct {
	name   string
	faults []carriersim.Fault
	posts  int  // requests that it takes until they have answered
	misses bool // the first call rings in vain, so that no request for a document tells of it
}

// mishaps are all that may go wrong with a call, before it counted and after,
// alone and together with what would have told of it.
func mishaps() []mishap {
	const always = -1
	create := func(point string, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: point, Match: carriersim.Match{Path: "/Calls.json", Method: http.MethodPost}, Action: a}
	}
	hook := func(point string, times int, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: point, Times: times, Action: a}
	}
	news := func(event string, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: carriersim.Callback, Match: carriersim.Match{Event: event}, Times: always, Action: a}
	}
	read := func(times int, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: carriersim.APIRead, Match: carriersim.Match{Path: "/Calls.json"}, Times: times, Action: a}
	}
	silence := hook(carriersim.Callback, always, carriersim.Action{Drop: true})
	before, after := carriersim.APIBefore, carriersim.APIAfter
	var list []mishap
	add := func(name string, posts int, faults ...carriersim.Fault) {
		list = append(list, mishap{name: name, posts: posts, faults: faults})
	}
	add("nothing", 1)
	add("429 before it counted", 2, create(before, carriersim.Action{Status: 429}))
	for name, a := range map[string]carriersim.Action{"500": {Status: 500}, "a proxy's 502": {HTML502: true}} {
		add(name+" before it counted", 2, create(before, a))
		add(name+" after it counted", 1, create(after, a))
		add(name+" before, and a listing that fails", 2, create(before, a), read(2, carriersim.Action{Status: 503}))
		add(name+" after, and no callback", 1, create(after, a), silence)
	}
	add("reset before it counted", 2, create(before, carriersim.Action{Reset: true}))
	add("answer lost after it counted", 1, create(after, carriersim.Action{Drop: true}))
	add("half an answer", 1, create(after, carriersim.Action{Truncate: true}))
	add("an answer slower than we wait", 1, create(after, carriersim.Action{DelayMS: 5500}))
	add("answer lost, callbacks twice", 1, create(after, carriersim.Action{Drop: true}), news("", carriersim.Action{Duplicate: 1}))
	add("lost twice, before and after it counted", 2, create(before, carriersim.Action{Reset: true}), create(after, carriersim.Action{Drop: true}))
	add("no callback", 1, silence)
	add("callbacks thrice", 1, news("", carriersim.Action{Duplicate: 2}))
	add("callbacks under new tokens", 1, news("", carriersim.Action{DuplicateNewToken: 2}))
	add("callbacks at once", 1, news("", carriersim.Action{Concurrent: true}))
	add("answered is told last", 1, news("answered", carriersim.Action{ReorderAfter: "completed"}))
	add("initiated is told after ringing", 1, news("initiated", carriersim.Action{ReorderAfter: "ringing"}))
	add("callbacks late", 1, news("", carriersim.Action{DelayMS: 20_000}))
	add("callbacks twice and out of order", 1, news("answered", carriersim.Action{ReorderAfter: "completed"}), news("", carriersim.Action{Duplicate: 1}))
	add("a document lost before we saw the request", 1, hook(carriersim.TwiML, 1, carriersim.Action{Drop: true}))
	add("a document lost after we wrote it", 1, hook(carriersim.TwiML, 1, carriersim.Action{EarlyClose: true}))
	add("every document asked for twice at once", 1, hook(carriersim.TwiML, always, carriersim.Action{Concurrent: true}))
	add("every document asked for again", 1, hook(carriersim.TwiML, always, carriersim.Action{Duplicate: 1}))
	for name, faults := range map[string][]carriersim.Fault{
		"answer lost and no callback": {silence}, "answer lost, no callback, a listing that fails": {silence, read(1, carriersim.Action{Status: 503})},
		"answer lost, no callback, a listing out of date": {silence, read(1, carriersim.Action{LagMS: 36_000_000})},
	} {
		list = append(list, mishap{name: name, posts: 2, misses: true, faults: append(faults, create(after, carriersim.Action{Drop: true}))})
	}
	return list
}

// However the call to a person fails, before it counted or after, alone or
// together with what would have told of it: they are rung once and their answer
// counts once. Each of these people has a mishap of their own.
func TestI3EachFaultBeforeAndAfterItCounted(t *testing.T) {
	t.Parallel()
	list := mishaps()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, env: map[string]string{"TWILIO_CPS": "20"}, app: app.Options{CarrierSpeed: 300}},
		simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.DefaultPersona, o.CPS = "00", 1000 }),
		simtest.Patience(12*time.Hour), simtest.Deadline(3*time.Minute))
	p.log.ignore()
	p.sim.Allow("failed webhook", "12100", "11200", "11205", "11210", "11206", "15003")
	owner := p.employer("zoe@northwind.example")
	numbers := crowd(len(list))
	rows := make([]string, len(list))
	for i, number := range numbers {
		rows[i] = fmt.Sprintf("Person %d,%s,en,", i, number)
	}
	owner.imports(csvOf(rows...), false)
	p.agreed()
	for i, m := range list {
		if m.misses {
			p.sim.Phone(numbers[i]).Be("25")
		}
		for _, f := range m.faults {
			f.Match.To = numbers[i]
			p.sim.Fault(f)
		}
	}
	id := p.launch(owner, "Plant closed")
	admin := p.db.Admin()
	p.sim.Until("the campaign to finish", func() bool {
		var finished bool
		if err := admin.QueryRow(t.Context(), `SELECT status = 'finished' FROM campaigns WHERE id = $1`, id).Scan(&finished); err != nil {
			t.Fatal(err)
		}
		if p.sim.InFlight() == 0 {
			p.clock.Advance(time.Second) // whoever is due again is due by business time
		}
		return finished
	})
	posts := map[string]int{}
	for _, r := range p.sim.Requests() {
		if r.Method == http.MethodPost && r.Form["To"] != nil && r.Form["Url"] != nil {
			posts[r.Form["To"][0]]++
		}
	}
	for i, m := range list {
		var state string
		var answer, attempts int
		err := admin.QueryRow(t.Context(), `SELECT r.state, coalesce(r.answer, 0), r.attempts_made FROM recipients r JOIN employees e ON e.id = r.employee_id
			WHERE r.campaign_id = $1 AND e.phone = $2`, id, numbers[i]).Scan(&state, &answer, &attempts)
		if err != nil {
			t.Fatal(err)
		}
		view, _ := p.sim.Sim.Phone(numbers[i])
		calls := 1
		if m.misses {
			calls = 2
		}
		if state != "answered" || answer != 1 || attempts != calls || len(view.Calls) != calls || posts[numbers[i]] != m.posts {
			t.Errorf("%s: %s %d, %d attempts and %d calls at the carrier, want %d, %d requests, want %d", m.name, state, answer, attempts, len(view.Calls), calls, posts[numbers[i]], m.posts)
		}
		for _, f := range p.sim.Faults() {
			if f.Match.To == numbers[i] && f.Hits == 0 {
				t.Errorf("%s: the fault at %s never struck", m.name, f.Point)
			}
		}
	}
}
