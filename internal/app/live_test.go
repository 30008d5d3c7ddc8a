package app_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// liveEvent is one server-sent event of a live page.
type liveEvent struct {
	name string
	data object
}

// watch opens a live page and returns its events; the channel is closed when
// the server ends the stream.
func (b *browser) watch(id string) <-chan liveEvent {
	b.p.t.Helper()
	events, _ := b.watchUntil(id)
	return events
}

// watchUntil is watch for a page that may be closed before the test ends.
func (b *browser) watchUntil(id string) (<-chan liveEvent, func()) {
	b.p.t.Helper()
	answer := b.open(id)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		b.p.t.Fatalf("watch: %s %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	return eventsOf(answer), func() { answer.Body.Close() }
}

// open asks for a campaign's stream.
func (b *browser) open(id string) *http.Response {
	b.p.t.Helper()
	request, err := http.NewRequestWithContext(b.p.t.Context(), http.MethodGet, b.p.url+"/api/v1/campaigns/"+id+"/events", nil)
	if err != nil {
		b.p.t.Fatal(err)
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.p.t.Fatal(err)
	}
	b.p.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func eventsOf(answer *http.Response) <-chan liveEvent {
	events := make(chan liveEvent, 256)
	go func() {
		defer close(events)
		var e liveEvent
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				e.name = line[7:]
			case strings.HasPrefix(line, "data: "):
				e.data = object{}
				if json.Unmarshal([]byte(line[6:]), &e.data) == nil {
					events <- e
				}
			}
		}
	}()
	return events
}

// next waits for an event that satisfies a condition.
func next(t *testing.T, events <-chan liveEvent, what string, holds func(liveEvent) bool) liveEvent {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before %s", what)
			}
			if holds(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("no event: %s", what)
		}
	}
}

func TestLivePageFollowsTheCampaignAndEndsWithTheSession(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	id := p.launch(owner, "Plant closed")
	events := owner.watch(id)
	if first := next(t, events, "a first event", func(liveEvent) bool { return true }); first.name != "snapshot" || first.data.number("campaign.progress.total") != 1 {
		t.Fatalf("a stream begins with %v", first)
	}
	call := p.sim.Phone("+14165550111").ExpectRing()
	next(t, events, "the phone to ring", func(e liveEvent) bool {
		rows := e.data.list("changed")
		return len(rows) == 1 && rows[0].text("last_attempt.state") == "ringing"
	})
	call.Answer().Press("1").Hears("you pressed 1")
	next(t, events, "the answer, while the call still lasts", func(e liveEvent) bool {
		rows := e.data.list("changed")
		return len(rows) == 1 && rows[0].number("answer") == 1 && rows[0].text("answer_label") == "you have understood"
	})
	call.Ended("completed")
	next(t, events, "the end", func(e liveEvent) bool {
		return e.data.text("campaign.status") == "finished" && e.data.number("campaign.progress.answered") == 1
	})

	// The same person ends all sessions elsewhere: this page's stream ends too.
	elsewhere := p.browser()
	elsewhere.post("auth/login", object{"email": "zoe@northwind.example", "password": password})
	ended := time.Now()
	elsewhere.post("auth/logout-all", object{})
	timeout := time.After(2 * time.Minute)
	for open := true; open; {
		select {
		case _, open = <-events:
		case <-timeout:
			t.Fatal("the stream outlived its session")
		}
	}
	if late := time.Since(ended); late > 3*time.Second {
		t.Errorf("the stream ended %v after its session", late)
	}
}

// A user has five live pages and no more, however one of them ends: another may
// follow it. Somebody else has five of their own.
func TestLivePagesOfOneUserAreFew(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	id := owner.post("campaigns", draft("Plant closed")).text("id")
	snapshot := func(events <-chan liveEvent) {
		t.Helper()
		next(t, events, "a snapshot", func(e liveEvent) bool { return e.name == "snapshot" })
	}
	full := func() {
		t.Helper()
		refusal := owner.refused(http.MethodGet, "campaigns/"+id+"/events", nil, http.StatusTooManyRequests, "too_many_streams")
		if !strings.Contains(refusal.text("detail"), "5 live pages") {
			t.Errorf("refused by %v", refusal)
		}
	}
	var pages []<-chan liveEvent
	var leave func()
	for range 5 {
		var events <-chan liveEvent
		events, leave = owner.watchUntil(id)
		snapshot(events)
		pages = append(pages, events)
	}
	full()
	leave() // which the server sees a little later
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for free, tries := false, 0; !free; tries++ {
		if tries == 100 {
			t.Fatal("a page that was closed still counts")
		}
		<-tick.C
		answer := owner.open(id)
		if free = answer.StatusCode == http.StatusOK; free {
			pages[4] = eventsOf(answer)
			continue
		}
		answer.Body.Close()
	}
	snapshot(pages[4])
	full()
	owner.refused(http.MethodGet, "campaigns/11111111-1111-4111-8111-111111111111/events", nil, http.StatusNotFound, "not_found")
	other := p.employer("other@southwind.example")
	snapshot(other.watch(other.post("campaigns", draft("Theirs")).text("id")))

	// Five that end by sign-out leave five places.
	owner.post("auth/logout-all", object{})
	for _, events := range pages {
		for range events { // until it is closed
		}
	}
	owner.post("auth/login", object{"email": "zoe@northwind.example", "password": password})
	for range 5 {
		snapshot(owner.watch(id))
	}
}

// I12: a server that is told to stop places no call any more, and goes on
// answering the calls that live.
func TestI12StopLeavesNobodyInSilence(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf("Zoë Tremblay,+14165550111,en,"), "+14165550111")
	id := p.launch(owner, "Plant closed")
	call := p.sim.Phone("+14165550111").ExpectCall().Hears("automated call")
	second := owner.post("campaigns", draft("Another")).text("id")
	plan := owner.get("campaigns/" + second + "/plan")

	p.stop()
	if status, _, _ := owner.try(http.MethodPost, "campaigns/"+second+"/launch", object{"plan_hash": plan.text("plan_hash")}); status != http.StatusOK {
		t.Fatalf("launch while stopping: %d", status)
	}
	call.Press("1").Hears("you pressed 1").Ended("completed")
	p.eventually("the answer to be kept", `SELECT state = 'answered' AND answer = 1 FROM recipients WHERE campaign_id = $1`, id)
	if calls := len(p.sim.Phone("+14165550111").Calls()); calls != 1 {
		t.Errorf("%d calls to a phone after the server was told to stop", calls)
	}
}
