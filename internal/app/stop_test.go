package app_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// wire is the line between the product and its database, which can be cut: the
// product then meets what it meets when PostgreSQL is stopped.
type wire struct {
	t      *testing.T
	listen net.Listener
	target string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func newWire(t *testing.T) *wire {
	w := &wire{t: t, listen: listen(t), conns: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(w.serve)
	t.Cleanup(func() { w.listen.Close(); w.set(true); serving.Wait() })
	return w
}

// link makes a database URL go over the wire.
func (w *wire) link(postgresURL string) string {
	u, err := url.Parse(postgresURL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.target, u.Host = u.Host, w.listen.Addr().String()
	return u.String()
}

// set cuts the wire, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if !cut {
		return
	}
	for conn := range w.conns {
		conn.Close()
	}
}

func (w *wire) serve() {
	for {
		from, err := w.listen.Accept()
		if err != nil {
			return
		}
		go w.carry(from)
	}
}

// keep registers a connection; it reports false, and closes it, while cut.
func (w *wire) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		conn.Close()
		return false
	}
	w.conns[conn] = true
	return true
}

func (w *wire) carry(from net.Conn) {
	if !w.keep(from) {
		return
	}
	to, err := net.Dial("tcp", w.target)
	if err != nil {
		from.Close()
		return
	}
	if !w.keep(to) {
		from.Close()
		return
	}
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			io.Copy(pair[0], pair[1]) //nolint:errcheck // it ends when either side does
			pair[0].Close()
		})
	}
	both.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, from)
	delete(w.conns, to)
}

// stopWalk is one call to one person, brought to the moment at which they stop it.
type stopWalk struct {
	person
	owner *browser
	id    string
	wire  *wire
	call  *simtest.Call
}

func startStopWalk(t *testing.T) *stopWalk {
	t.Helper()
	s := &stopWalk{wire: newWire(t)}
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, link: s.wire.link, app: app.Options{SweepEvery: 200 * time.Millisecond}},
		simtest.Deadline(90*time.Second))
	s.owner = p.employer("zoe@northwind.example")
	s.person = p.person("+14165550111")
	p.staff(s.owner, csvOf("Zoë Tremblay,+14165550111,en,"), s.Number)
	return s
}

func (p *product) exec(sql string, args ...any) {
	p.t.Helper()
	if _, err := p.db.Admin().Exec(p.t.Context(), sql, args...); err != nil {
		p.t.Fatal(err)
	}
}

func (s *stopWalk) configure(change func(*carriersim.Options)) {
	s.t.Helper()
	if err := s.sim.Configure(change); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stopWalk) launchIt() { s.t.Helper(); s.id = s.launch(s.owner, "Plant closed") }
func (s *stopWalk) rings()    { s.t.Helper(); s.call = s.ExpectRing() }
func (s *stopWalk) speaks()   { s.t.Helper(); s.rings(); s.call.Answer().Hears("automated call") }
func (s *stopWalk) asks()     { s.t.Helper(); s.rings(); s.call.Answer().Prompted() }

// attempt waits until the call to the person is in a state.
func (s *stopWalk) attempt(state string) {
	s.t.Helper()
	s.eventually("the call to be "+state, `SELECT EXISTS (SELECT FROM attempts WHERE kind = 'campaign' AND state = $1)`, state)
}

// preview takes the carrier's next slot, so that whoever comes after waits.
func (s *stopWalk) preview() {
	s.t.Helper()
	s.owner.post("previews", object{"campaign_id": s.owner.post("campaigns", draft("For me")).text("id")})
	s.sim.Phone(ownerPhone).ExpectRing().Decline().Ended("busy")
}

// cutOff takes the database away.
func (s *stopWalk) cutOff() {
	s.log.ignore()
	s.sim.Allow("failed webhook", "11200", "15003", "slow_webhook", "callback_refused")
	s.wire.set(true)
}

// outage is how long the database is away.
const outage = 20 * time.Second

// stops texts STOP and waits until it counts. An outage lasts in carrier time,
// and in machine time too where the product itself has something to lose by it.
func (s *stopWalk) stops(away, inFlight bool) {
	s.t.Helper()
	if !away {
		s.Text("STOP")
	} else {
		s.cutOff()
		cut := time.Now()
		s.Text("STOP")
		s.sim.Advance(outage)
		wall := 2 * time.Second // idle connections are looked at after one
		if inFlight {
			wall = outage
		}
		s.sim.Until("the outage to be over", func() bool { return time.Since(cut) > wall })
		if got := s.consents(); got != "opted_in" {
			s.t.Fatalf("consent is %q although nothing could be written", got)
		}
		s.wire.set(false)
		// Callbacks of the outage are lost for good: the call is asked about
		// once nothing has been heard of it for a while.
		defer s.exec(`UPDATE attempts SET place_by = place_by - interval '3 minutes'`)
	}
	s.eventually("the STOP to count", `SELECT bool_and(state = 'opted_out') FROM consents`)
}

// A STOP lands whatever the call is doing at that moment, also while the
// database is away for 20 s, when neither the webhook nor its retries can be
// kept: the call ends or says nothing more, and no other one is made.
func TestI2StopAtEachInstantOfACall(t *testing.T) {
	t.Parallel()
	instants := []struct {
		name  string
		reach func(s *stopWalk)
		state string // of the recipient in the end, and why
		// inFlight: a request to the carrier is out, whose answer must outlast the outage.
		inFlight bool
	}{
		{"before it is claimed", func(s *stopWalk) {
			s.exec(`UPDATE pace SET held_until = clock_timestamp() + interval '1 hour' WHERE key = 'carrier'`)
			s.launchIt()
		}, "skipped opted_out", false},
		{"while it is being placed", func(s *stopWalk) {
			s.sim.Fault(carriersim.Fault{Point: carriersim.APIBefore, Match: carriersim.Match{Path: "/Calls.json"}, Action: carriersim.Action{DelayMS: 1500}})
			s.launchIt()
			s.sim.Until("the request to be out", func() bool { return s.sim.Faults()[0].Hits > 0 })
			s.attempt("placing")
		}, "skipped opted_out", true},
		{"in the carrier's queue", func(s *stopWalk) {
			s.configure(func(c *carriersim.Options) { c.CPS = 0.001 })
			s.preview() // takes the carrier's slot
			s.launchIt()
			s.attempt("queued")
		}, "skipped opted_out", false},
		{"while it is dialled", func(s *stopWalk) {
			s.configure(func(c *carriersim.Options) { c.Switches.PostDialDelayMS = 600_000 })
			s.launchIt()
			s.attempt("initiated")
		}, "skipped opted_out", false},
		{"while it rings", func(s *stopWalk) { s.launchIt(); s.rings(); s.attempt("ringing") }, "skipped opted_out", false},
		{"at its first words", func(s *stopWalk) { s.launchIt(); s.speaks() }, "answered_no_key opted_out", false},
		{"when it asks for a key", func(s *stopWalk) { s.launchIt(); s.asks() }, "answered_no_key opted_out", false},
		{"after the answer", func(s *stopWalk) {
			s.launchIt()
			s.asks()
			s.call.Press("1").Hears("you pressed 1")
		}, "answered ", false},
		{"when it is over", func(s *stopWalk) { s.launchIt(); s.rings(); s.call.Decline().Ended("busy") }, "skipped opted_out", false},
	}
	for _, away := range []bool{false, true} {
		for _, instant := range instants {
			name := instant.name
			if away {
				name += ", the database away"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := startStopWalk(t)
				instant.reach(s)
				s.stops(away, instant.inFlight)
				s.eventually("the person to have a final state", `SELECT NOT EXISTS (SELECT FROM recipients WHERE state IN ('pending', 'dialling'))`)
				r := s.recipient(s.owner, s.id, "Zoë")
				if got := r.text("state") + " " + r.text("reason"); got != instant.state {
					t.Errorf("whoever stopped is %q, want %q", got, instant.state)
				}
				// Nothing is tried again, whatever the retries say.
				s.exec(`UPDATE pace SET held_until = '-infinity'`)
				before := len(s.Calls())
				s.sim.Advance(45 * time.Minute)
				if n := len(s.Calls()); n != before {
					t.Errorf("%d calls after STOP", n-before)
				}
				for _, c := range s.Calls() {
					if c.Live() {
						t.Errorf("a call is %s after STOP", c.Status)
					}
				}
			})
		}
	}
}

// A key 9 or 8 that is pressed while the database is away is a wish all the
// same: the carrier posts it once, and the call ends before it can be stored.
func TestI2KeyWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for key, kind := range map[string]string{"9": "opted_out", "8": "not_me"} {
		t.Run("key "+key, func(t *testing.T) {
			t.Parallel()
			s := startStopWalk(t)
			s.launchIt()
			s.asks()
			s.cutOff()
			cut := time.Now()
			s.call.Press(key).Ended("completed") // after three waits in silence
			s.sim.Until("the outage to be over", func() bool { return time.Since(cut) > 2*time.Second })
			s.wire.set(false)
			s.eventually("the key to count", `SELECT EXISTS (SELECT FROM consent_events WHERE kind = $1 AND channel = 'voice')`, kind)
			s.wantConsent("key "+key, "opted_out")
		})
	}
}
