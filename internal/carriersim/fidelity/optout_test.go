package fidelity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

const service = "MG00000000000000000000000000000001"

// sender is a kind of number for the rows of the opt-out matrix.
func sender(t *testing.T, kind string, change func(*carriersim.Options)) (*simtest.T, *app, string) {
	t.Helper()
	n := carriersim.NumberConfig{Number: simtest.Number}
	svc := carriersim.ServiceConfig{SID: service, UseWebhookOnNumber: true}
	switch kind {
	case "toll_free":
		n.Number, n.Type = "+18335550100", carriersim.TollFree
	case "toll_free_advanced":
		n.Number, n.Type, n.Service, svc.AdvancedOptOut = "+18335550100", carriersim.TollFree, service, true
	case "short_code":
		n.Number, n.Type = "12345", carriersim.ShortCode
	case "advanced":
		n.Service, svc.AdvancedOptOut = service, true
	case "service":
		n.Service = service
	}
	sim := simtest.Start(t, simtest.WithNumbers(n), simtest.With(func(o *carriersim.Options) {
		o.Services = []carriersim.ServiceConfig{svc}
		if change != nil {
			change(o)
		}
	}))
	sim.Allow(alice, "text_after_stop", "double_reply")
	return sim, newApp(t, sim), n.Number
}

// reply is what the carrier itself answered to the last text.
func reply(p *simtest.Phone) string {
	p2 := p.Thread()
	if last := p2[len(p2)-1]; last.Origin == "twilio-auto" {
		return last.Body
	}
	return ""
}

// send sends a text from our number as a product would for that kind.
func (a *app) send(kind, from, body string) (*api.ApiV2010Message, error) {
	return a.text(alice, body, func(p *api.CreateMessageParams) {
		p.SetFrom(from)
		if kind == "advanced" || kind == "service" {
			p.From = nil
			p.SetMessagingServiceSid(service)
		}
	})
}

func TestOptOutMatrix(t *testing.T) {
	t.Parallel()
	const network = "NETWORK MSG"
	rows := []struct {
		kind, word string
		block      bool   // later texts do not arrive
		reply      string // part of the carrier's own answer; empty for none
		optOutType string
	}{
		{"default", "STOP", true, "unsubscribed", ""}, {"default", "stop", true, "unsubscribed", ""}, {"default", " Stop\n", true, "unsubscribed", ""},
		{"default", "STOPALL", true, "unsubscribed", ""}, {"default", "UNSUBSCRIBE", true, "unsubscribed", ""}, {"default", "CANCEL", true, "unsubscribed", ""},
		{"default", "END", true, "unsubscribed", ""}, {"default", "QUIT", true, "unsubscribed", ""}, {"default", "REVOKE", true, "unsubscribed", ""}, {"default", "OPTOUT", true, "unsubscribed", ""},
		{"default", "STOP PLEASE", false, "", ""}, {"default", "ARRET", false, "", ""}, {"default", "HELP", false, "Reply STOP", ""}, {"default", "INFO", false, "Reply STOP", ""},
		{"default", "hello", false, "", ""}, {"default", "START", false, "re-subscribed", ""}, {"default", "YES", false, "", ""},
		{"service", "STOP", true, "unsubscribed", ""},
		{"toll_free", "STOP", true, network, ""}, {"toll_free", "START", false, network, ""}, {"toll_free", "YES", false, "", ""}, {"toll_free", "HELP", false, "Reply STOP", ""},
		{"advanced", "STOP", true, "unsubscribed", "STOP"}, {"advanced", "START", false, "re-subscribed", "START"}, {"advanced", "YES", false, "re-subscribed", "START"},
		{"advanced", "HELP", false, "Reply STOP", "HELP"}, {"advanced", "hello", false, "", ""},
		{"short_code", "STOP", false, "", ""}, {"short_code", "START", false, "", ""}, {"short_code", "HELP", false, "", ""}, {"short_code", "YES", false, "", ""},
	}
	for _, row := range rows {
		t.Run(row.kind+" "+row.word, func(t *testing.T) {
			t.Parallel()
			sim, a, ours := sender(t, row.kind, nil)
			p := sim.Phone(alice)
			p.TextTo(ours, row.word)
			sim.Advance(time.Second)
			if got := reply(p); (got == "") != (row.reply == "") || !strings.Contains(got, row.reply) {
				t.Errorf("the carrier answered %q, want %q", got, row.reply)
			}
			in := a.seen("/sms")
			if len(in) != 1 || in[0].Form.Get("Body") != row.word || in[0].Form.Get("OptOutType") != row.optOutType || in[0].Form.Has("OptOutType") != (row.optOutType != "") {
				t.Errorf("webhook %v, want OptOutType %q", in, row.optOutType)
			}
			_, err := a.send(row.kind, ours, "later")
			sim.Advance(5 * time.Second)
			arrived := false
			for _, m := range p.Thread() {
				arrived = arrived || m.Body == "later"
			}
			if arrived == row.block || (err != nil && !row.block) {
				t.Errorf("a later text arrived: %t (%v), want blocked %t", arrived, err, row.block)
			}
		})
	}
}

func TestLaterTextsToABlockedPair(t *testing.T) {
	t.Parallel()
	rows := []struct {
		kind   string
		change func(*carriersim.Options)
		sync   int    // code of the refusal; 0 where the message is accepted
		code   string // of the failure callback
	}{
		{"default", nil, 21610, ""},
		{"toll_free", nil, 0, "30004"},
		{"toll_free", func(o *carriersim.Options) { o.Switches.TollFreeRefusal = "async_30004" }, 0, "30004"},
		{"toll_free", func(o *carriersim.Options) { o.Switches.TollFreeRefusal = "sync_21610" }, 21610, ""},
		{"service", nil, 21610, ""},
		{"service", func(o *carriersim.Options) { o.Switches.ServiceRefusal = "sync" }, 21610, ""},
		{"service", func(o *carriersim.Options) { o.Switches.ServiceRefusal = "async" }, 0, "21610"},
		{"advanced", nil, 0, "21610"},
	}
	for i, row := range rows {
		t.Run(fmt.Sprint(row.kind, i), func(t *testing.T) {
			t.Parallel()
			sim, a, ours := sender(t, row.kind, row.change)
			sim.Phone(alice).TextTo(ours, "STOP")
			_, err := a.send(row.kind, ours, "later")
			if row.sync != 0 {
				wantCode(t, err, 400, row.sync)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sim.Advance(5 * time.Second)
			hits := a.seen("/status")
			if last := hits[len(hits)-1].Form; last.Get("MessageStatus") != "failed" || last.Get("ErrorCode") != row.code {
				t.Errorf("last callback %v, want failed %s", last, row.code)
			}
		})
	}
}

func TestOptInWords(t *testing.T) {
	t.Parallel()
	rows := []struct {
		kind, word string
		lifts      bool
	}{
		{"default", "START", true}, {"default", "UNSTOP", true}, {"default", "YES", true},
		{"toll_free", "START", true}, {"toll_free", "UNSTOP", true}, {"toll_free", "YES", false},
		{"toll_free_advanced", "UNSTOP", true}, {"toll_free_advanced", "YES", false},
		{"advanced", "YES", true}, {"advanced", "start", true}, {"default", "YES please", false},
	}
	for _, row := range rows {
		t.Run(row.kind+" "+row.word, func(t *testing.T) {
			t.Parallel()
			sim, a, ours := sender(t, row.kind, nil)
			p := sim.Phone(alice)
			p.TextTo(ours, "STOP")
			p.TextTo(ours, row.word)
			a.send(row.kind, ours, "later")
			sim.Advance(5 * time.Second)
			arrived := false
			for _, m := range p.Thread() {
				arrived = arrived || m.Body == "later"
			}
			if arrived != row.lifts {
				t.Errorf("lifted: %t, want %t", arrived, row.lifts)
			}
		})
	}
}

func TestSwitchYesAutoreply(t *testing.T) {
	t.Parallel()
	for position, want := range map[string][2]bool{"": {false, true}, "never": {false, false}, "when_blocked": {false, true}, "always": {true, true}} {
		for i, blocked := range []bool{false, true} {
			sim, a, ours := sender(t, "default", func(o *carriersim.Options) { o.Switches.YesAutoreply = position })
			p := sim.Phone(alice)
			if blocked {
				p.TextTo(ours, "STOP")
			}
			p.TextTo(ours, "yes")
			sim.Advance(time.Second)
			if got := strings.Contains(reply(p), "re-subscribed"); got != want[i] {
				t.Errorf("%q, blocked %t: replied %t, want %t", position, blocked, got, want[i])
			}
			if _, err := a.send("default", ours, "later"); err != nil {
				t.Errorf("%q: after YES the pair is open: %v", position, err)
			}
		}
	}
}

func TestSwitchKeepSpace(t *testing.T) {
	t.Parallel()
	for keep, blocked := range map[bool]bool{false: true, true: false} {
		sim, a, ours := sender(t, "default", func(o *carriersim.Options) { o.Switches.KeepSpace = keep })
		sim.Phone(alice).TextTo(ours, " STOP ")
		if _, err := a.send("default", ours, "later"); (err != nil) != blocked {
			t.Errorf("keep %t: %v, want blocked %t", keep, err, blocked)
		}
	}
}

func TestAdvancedOptOutWithItsOwnWords(t *testing.T) {
	t.Parallel()
	sim, a, ours := sender(t, "advanced", nil)
	svc := carriersim.ServiceConfig{SID: service, AdvancedOptOut: true, UseWebhookOnNumber: true, OmitYes: true}
	svc.Words.Stop, svc.Words.Start, svc.Words.Help = []string{"ARRET"}, []string{"OUI"}, []string{"AIDE"}
	if err := sim.SetService(svc); err != nil {
		t.Fatal(err)
	}
	p := sim.Phone(alice)
	for _, word := range []string{"Arret", "oui", "aide", "YES"} {
		p.TextTo(ours, word)
	}
	var got []string
	for _, h := range a.seen("/sms") {
		got = append(got, h.Form.Get("OptOutType"))
	}
	if strings.Join(got, " ") != "STOP START HELP " {
		t.Errorf("OptOutType %q: YES was taken out of the opt-in words", got)
	}
}

func TestHelpIsNotAnsweredWhileOptedOut(t *testing.T) {
	t.Parallel()
	sim, _, ours := sender(t, "default", nil)
	p := sim.Phone(alice)
	p.TextTo(ours, "STOP")
	sim.Advance(time.Second)
	p.TextTo(ours, "HELP")
	sim.Advance(time.Second)
	if got := reply(p); got != "" {
		t.Errorf("answered %q", got)
	}
}

func TestStopCoversTheWholeService(t *testing.T) {
	t.Parallel()
	const second = "+12025550001"
	for service, blocked := range map[string]bool{service: true, "": false} {
		sim := simtest.Start(t, simtest.WithNumbers(carriersim.NumberConfig{Number: simtest.Number, Service: service}, carriersim.NumberConfig{Number: second, Service: service}),
			simtest.With(func(o *carriersim.Options) {
				o.Services = []carriersim.ServiceConfig{{SID: "MG00000000000000000000000000000001", UseWebhookOnNumber: true}}
			}))
		a := newApp(t, sim)
		sim.Allow(alice, "text_after_stop") // which is what this test does, to see who refuses it
		sim.Phone(alice).TextTo(simtest.Number, "STOP")
		_, err := a.text(alice, "later", func(p *api.CreateMessageParams) { p.SetFrom(second) })
		if (err != nil) != blocked {
			t.Errorf("service %q: %v, want blocked %t", service, err, blocked)
		}
	}
}

func TestTextsQueue(t *testing.T) {
	t.Parallel()
	t.Run("rate", func(t *testing.T) {
		t.Parallel()
		for kind, want := range map[string]time.Duration{"default": time.Second, "toll_free": time.Second / 3, "short_code": 10 * time.Millisecond} {
			sim, a, ours := sender(t, kind, func(o *carriersim.Options) { o.MPS = 0 })
			sim.Allow("+16135550100", "+16135550101", "+16135550102")
			for i := range 3 {
				a.mustText(number("613", i), fmt.Sprint("text ", i), func(p *api.CreateMessageParams) { p.SetFrom(ours) })
			}
			sim.Advance(10 * time.Second)
			first, third := sim.Phone(number("613", 0)).Thread()[0].At, sim.Phone(number("613", 2)).Thread()[0].At
			if got := third.Sub(first) / 2; got.Round(time.Millisecond) != want.Round(time.Millisecond) {
				t.Errorf("%s: %v between texts, want %v", kind, got, want)
			}
		}
	})
	t.Run("segments take their time", func(t *testing.T) {
		t.Parallel()
		sim, a, _ := sender(t, "default", func(o *carriersim.Options) { o.MPS = 1 })
		sim.Allow("+16135550100", "+16135550101")
		m := a.mustText(number("613", 0), strings.Repeat("é", 161)) // two GSM segments
		if *m.NumSegments != "2" {
			t.Errorf("%s segments", *m.NumSegments)
		}
		a.mustText(number("613", 1), "after")
		sim.Advance(10 * time.Second)
		if d := sim.Phone(number("613", 1)).Thread()[0].At.Sub(sim.Phone(number("613", 0)).Thread()[0].At); d != 2*time.Second {
			t.Errorf("the next text followed after %v, want 2s", d)
		}
	})
	t.Run("queue is full", func(t *testing.T) {
		t.Parallel()
		sim, a, _ := sender(t, "default", func(o *carriersim.Options) { o.MPS = 0.00001 })
		sim.Allow("+16135550100", "+16135550101")
		a.mustText(number("613", 0), "one")
		_, err := a.text(number("613", 1), "two")
		wantCode(t, err, 400, 21611)
	})
	t.Run("queue of a service is full", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "service", func(o *carriersim.Options) { o.MPS = 0.00001 })
		if _, err := a.send("service", ours, "one"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.send("service", ours, "two"); err != nil {
			t.Fatal(err)
		}
		sim.Advance(time.Minute)
		overflow := 0
		for _, h := range a.seen("/status") {
			if h.Form.Get("ErrorCode") == "30001" && h.Form.Get("MessageStatus") == "failed" {
				overflow++
			}
		}
		if overflow != 1 {
			t.Errorf("callbacks %v, want one failed with 30001", a.statuses())
		}
	})
}

func TestTextsReplies(t *testing.T) {
	t.Parallel()
	t.Run("replies by TwiML", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "default", nil)
		a.says("/sms", `<Message>one</Message><Message statusCallback="`+a.URL+`/status"><Body>two</Body></Message>`)
		p := sim.Phone(alice)
		p.TextTo(ours, "hello")
		sim.Advance(5 * time.Second)
		var got []string
		for _, m := range p.Thread() {
			got = append(got, m.Body)
		}
		if strings.Join(got, " ") != "hello one two" || a.statuses() != "sent delivered" {
			t.Errorf("thread %q, callbacks %q", got, a.statuses())
		}
		list := &api.ListMessageParams{}
		list.SetTo(alice)
		out, err := a.twilio.ListMessage(list)
		if err != nil || len(out) != 2 || *out[0].Direction != "outbound-reply" {
			t.Errorf("replies in the list: %v %v", out, err)
		}
	})
	t.Run("two machines that answer each other", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "default", nil)
		sim.Allow("14107", "duplicate_text")
		a.says("/sms", "<Message>Thank you.</Message>")
		p := sim.Phone(alice)
		for range 17 {
			p.TextTo(ours, "hello")
			sim.Advance(2 * time.Second)
		}
		replies := 0
		for _, m := range p.Thread() {
			if m.Origin == "app" {
				replies++
			}
		}
		if replies != 15 || len(sim.Alerts()) != 2 {
			t.Errorf("%d replies and %d alerts, want 15 and 2", replies, len(sim.Alerts()))
		}
		sim.Advance(time.Minute)
		p.TextTo(ours, "hello")
		sim.Advance(2 * time.Second)
		if n := len(sim.Alerts()); n != 2 {
			t.Errorf("after a pause a reply is one again: %d alerts", n)
		}
	})
	t.Run("a reply that is too long", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "default", nil)
		sim.Allow("21617")
		a.says("/sms", "<Message>"+strings.Repeat("x", 1601)+"</Message>")
		p := sim.Phone(alice)
		p.TextTo(ours, "hello")
		sim.Advance(2 * time.Second)
		if len(p.Thread()) != 1 || len(sim.Alerts()) != 1 {
			t.Errorf("thread %v, alerts %v", p.Thread(), sim.Alerts())
		}
	})
	t.Run("too many replies", func(t *testing.T) {
		t.Parallel()
		sim, a, ours := sender(t, "default", nil)
		sim.Allow("14109")
		body := ""
		for i := range 11 {
			body += fmt.Sprintf("<Message>reply %d</Message>", i)
		}
		a.says("/sms", body)
		p := sim.Phone(alice)
		p.TextTo(ours, "hello")
		sim.Advance(20 * time.Second)
		if n := len(p.Thread()); n != 11 || len(sim.Alerts()) != 1 {
			t.Errorf("%d entries and %d alerts, want the text, 10 replies and one alert", n, len(sim.Alerts()))
		}
	})
}

func TestSegments(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	a := newApp(t, sim)
	sim.Allow(alice)
	rows := map[string]string{
		"a": "1", strings.Repeat("a", 160): "1", strings.Repeat("a", 161): "2", strings.Repeat("a", 306): "2", strings.Repeat("a", 307): "3",
		strings.Repeat("€", 80): "1", strings.Repeat("€", 81): "2",
		strings.Repeat("ç", 70): "1", strings.Repeat("ç", 71): "2", strings.Repeat("👍", 35): "1", strings.Repeat("👍", 36): "2",
	}
	for body, want := range rows {
		if m := a.mustText(alice, body); *m.NumSegments != want {
			t.Errorf("%d × %q: %s segments, want %s", len([]rune(body)), []rune(body)[0], *m.NumSegments, want)
		}
	}
}
