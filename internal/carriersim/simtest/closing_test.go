package simtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// recorder is a test that may fail without failing this one.
type recorder struct {
	testing.TB
	failures []string
	cleanups []func()
	cancel   context.CancelFunc
	ctx      context.Context //nolint:containedctx // stands in for the test's own
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool             { return len(r.failures) > 0 }
func (r *recorder) Logf(string, ...any)      {}
func (r *recorder) Error(args ...any)        { r.failures = append(r.failures, fmt.Sprint(args...)) }
func (r *recorder) Fatal(args ...any)        { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(format string, args ...any) {
	r.Fatal(fmt.Sprintf(format, args...))
}

// record runs a test and reports how it failed.
func record(t *testing.T, body func(t testing.TB, sim *simtest.T), options ...simtest.Option) string {
	t.Helper()
	r := &recorder{TB: t}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		body(r, simtest.Start(r, options...))
	}()
	<-done
	r.cancel()
	for _, f := range r.cleanups {
		f()
	}
	return strings.Join(r.failures, "\n")
}

func create(t testing.TB, sim *simtest.T, kind string, form url.Values) {
	form.Set("From", simtest.Number)
	req, err := http.NewRequest("POST", sim.URL+"/2010-04-01/Accounts/"+simtest.AccountSID+"/"+kind+".json", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
}

func twiml(to, body string) url.Values {
	return url.Values{"To": {to}, "Twiml": {"<Response>" + body + "</Response>"}}
}

func TestClosingCheck(t *testing.T) {
	t.Parallel()
	const phone, words = "+12025550143", "<Say>This is an automated call.</Say>"
	type row struct {
		name string
		body func(t testing.TB, sim *simtest.T)
		want string // part of the failure; empty for none
	}
	rows := []row{
		{"nothing", func(testing.TB, *simtest.T) {}, ""},
		{"unexpected call", func(t testing.TB, sim *simtest.T) { create(t, sim, "Calls", twiml(phone, words)) }, "unexpected call to " + phone},
		{"expected call", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectCall().Hears("automated").Ended("completed")
		}, ""},
		{"allowed call", func(t testing.TB, sim *simtest.T) {
			sim.Allow(phone)
			create(t, sim, "Calls", twiml(phone, words))
		}, ""},
		{"unexpected text", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Messages", url.Values{"To": {phone}, "Body": {"hello"}})
			sim.Advance(5 * time.Second)
		}, `unexpected text to ` + phone + `: "hello"`},
		{"second of two texts", func(t testing.TB, sim *simtest.T) {
			for _, body := range []string{"one", "two"} {
				create(t, sim, "Messages", url.Values{"To": {phone}, "Body": {body}})
			}
			sim.Phone(phone).ExpectSMS("two")
		}, `unexpected text to ` + phone + `: "one"`},
		{"warning", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words+"<Shout/>"))
			sim.Phone(phone).ExpectCall().Ended("completed")
		}, "debugger 12200"},
		{"failed webhook", func(t testing.TB, sim *simtest.T) {
			form := twiml(phone, words)
			form.Set("StatusCallback", "http://127.0.0.1:1/")
			create(t, sim, "Calls", form)
			sim.Phone(phone).ExpectCall().Ended("completed")
		}, "failed webhook voice-status completed"},
		{"violation", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, "<Say>Hello.</Say>"))
			sim.Phone(phone).ExpectCall().Ended("completed")
		}, "violation unidentified"},
		{"allowed violation", func(t testing.TB, sim *simtest.T) {
			sim.Allow("unidentified")
			create(t, sim, "Calls", twiml(phone, "<Say>Hello.</Say>"))
			sim.Phone(phone).ExpectCall().Ended("completed")
		}, ""},
		{"other words", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectCall().Hears("something else")
		}, `did not hear ["something else"] but "This is an automated call."`},
		{"words that must not be", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectCall().Hears("automated").HearsNot("AUTOMATED")
		}, "heard"},
		{"key that nobody asked for", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectCall().Press("1")
		}, "no key is asked for"},
		{"question that never comes", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectCall().Prompted()
		}, "was not asked for a key"},
		{"another end", func(t testing.TB, sim *simtest.T) {
			create(t, sim, "Calls", twiml(phone, words))
			sim.Phone(phone).ExpectRing().Decline().Ended("completed")
		}, "ended busy, want completed"},
		{"persona that is none", func(_ testing.TB, sim *simtest.T) { sim.Phone(phone).Be("x") }, "not in the table"},
		{"fault that is none", func(_ testing.TB, sim *simtest.T) { sim.Fault(carriersim.Fault{}) }, "add fault"},
	}
	// These wait for what never comes. The others must not fail for a machine
	// that is busy, and have all the time they need.
	vain := []row{
		{"no call", func(_ testing.TB, sim *simtest.T) { sim.Phone(phone).ExpectCall() }, "did not ring"},
		{"no text", func(_ testing.TB, sim *simtest.T) { sim.Phone(phone).ExpectSMS("YES") }, "got no text"},
		{"no reply of the carrier", func(_ testing.TB, sim *simtest.T) { sim.Phone(phone).ExpectAutoReply("x") }, "got no text of the carrier's"},
		{"condition that never holds", func(_ testing.TB, sim *simtest.T) { sim.Until("the moon", func() bool { return false }) }, "still waiting: the moon"},
	}
	check := func(rows []row, options ...simtest.Option) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				got := record(t, row.body, options...)
				if (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
					t.Errorf("failed with %q, want %q", got, row.want)
				}
			})
		}
	}
	check(rows)
	check(vain, simtest.Deadline(300*time.Millisecond))
}

func TestPhonesKeepRingingWhileTheTestLooksElsewhere(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	const words = `<Gather timeout="5"><Say>This is an automated call. Press 1.</Say></Gather>`
	first, second, third := sim.Phone("+12025550141"), sim.Phone("+12025550142"), sim.Phone("+12025550143")
	for _, p := range []*simtest.Phone{first, second, third} {
		create(t, sim, "Calls", twiml(p.Number, words))
	}
	sim.Allow("11100") // a relative action has nowhere to go in these documents
	a := third.ExpectCall()
	sim.Advance(10 * time.Minute)
	b := first.ExpectCall()
	if a.View().Status != "in-progress" || b.View().Status != "in-progress" {
		t.Error("a call in the test's hand ended by itself")
	}
	second.ExpectRing().Ignore().Ended("no-answer")
	a.Hears("press 1").HangUp().Ended("completed")
	b.Silent().Ended("completed")
}

// A product on a slow machine may put off a little what a test waits for: time
// goes on also where nothing is planned, and no further than a wait may last.
func TestTimeGoesOnWhileATestWaits(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.Patience(50*time.Millisecond), simtest.Deadline(10*time.Second))
	began := sim.Now()
	sim.Until("some time to pass", func() bool { return sim.Now().Sub(began) >= 20*time.Millisecond })
	began = sim.Now()
	wall := time.Now()
	sim.Until("more machine time than the wait may last", func() bool { return time.Since(wall) > 300*time.Millisecond })
	if passed := sim.Now().Sub(began); passed > 50*time.Millisecond {
		t.Errorf("%v passed in a wait of 50 ms", passed)
	}
}

func TestOnARealClock(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.WithClock(fast()))
	create(t, sim, "Calls", twiml("+12025550143", "<Say>This is an automated call.</Say>"))
	sim.Phone("+12025550143").ExpectCall().Hears("automated").Ended("completed")
}
