package fidelity_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

const benchCalls = 2000

// BenchmarkTwoThousandCalls is the simulator's own ceiling: 2,000 answered
// calls, each with four status callbacks, two requests for instructions and a
// key, on a clock that runs 600 times as fast, against an application that
// answers at once. CPU is that of the simulator, the clients and that
// application together, so that a product measured on it can tell its own part.
func BenchmarkTwoThousandCalls(b *testing.B) {
	for b.Loop() {
		var before, after syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &before)
		start := time.Now()
		runCalls(b, benchCalls)
		took := time.Since(start)
		if took > 20*time.Second {
			b.Fatalf("%d calls took %v, want at most 20 s", benchCalls, took)
		}
		syscall.Getrusage(syscall.RUSAGE_SELF, &after)
		cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
		b.ReportMetric(benchCalls/took.Seconds(), "calls/s")
		b.ReportMetric(float64(cpu.Microseconds())/benchCalls, "cpu-µs/call")
		b.ReportMetric(took.Seconds(), "s/2000-calls")
	}
}

// TestFiveHundredCalls checks what becomes of the calls; how fast is for the
// benchmark to say, since a busy machine is no fault of the simulator.
func TestFiveHundredCalls(t *testing.T) { runCalls(t, 500) }

func runCalls(b testing.TB, calls int) {
	b.Helper()
	sim, err := carriersim.New(carriersim.Options{AccountSID: simtest.AccountSID, AuthToken: simtest.AuthToken, CPS: 100_000,
		DefaultPersona: "00", Numbers: []carriersim.NumberConfig{{Number: simtest.Number}}, Clock: vclock.NewScaled(simtest.Monday(), 600), Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	srv := httptest.NewServer(sim)
	defer srv.Close()
	var finals atomic.Int32
	all := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/voice":
			twiml(w, question)
		case "/gather":
			twiml(w, "<Say>Thank you.</Say>")
		case "/status":
			if r.FormValue("CallStatus") == "completed" && finals.Add(1) == int32(calls) {
				close(all)
			}
		}
	}))
	defer app.Close()
	place(b, srv.URL, app.URL, calls)
	select {
	case <-all:
	case <-time.After(2 * time.Minute):
		b.Fatalf("only %d of %d calls came to their end", finals.Load(), calls)
	}
	s := sim.Stats()
	if s.Calls != calls || s.Failed != 0 || s.ByStatus["completed"] != calls || s.Webhooks != 6*calls {
		b.Fatalf("%+v", s)
	}
}

// place creates the calls with eight clients at once.
func place(b testing.TB, sim, app string, calls int) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < calls; i += 8 {
				form := url.Values{"To": {fmt.Sprintf("+1202%07d", 2_000_000+i)}, "From": {simtest.Number}, "Url": {app + "/voice"}, "StatusCallback": {app + "/status"},
					"StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"}}
				req, _ := http.NewRequest("POST", sim+account("/Calls.json"), strings.NewReader(form.Encode()))
				req.Header.Set("Content-Type", formType)
				req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
				resp, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusCreated {
					b.Errorf("HTTP %d", resp.StatusCode)
				}
			}
		})
	}
	wg.Wait()
}
