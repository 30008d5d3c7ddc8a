// Package stack runs everything on one machine: a private PostgreSQL, the
// carrier simulator, a mailbox, and the built product as a child process with
// an environment of its own. It must never listen on anything but loopback,
// touch a database that it did not make, or end a process that it did not start.
package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/simctl"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/mail/mailbox"
	"github.com/callshu/callshu/internal/postgres/devpg"
)

// Options say what to run and where.
type Options struct {
	Dir    string // state, secrets and logs
	Binary string // the built product
	Ports  Ports
	// Temporary: a fast database, and nothing is kept.
	Temporary bool
	// Durable: the database keeps what it has committed, also when it is killed.
	// It is then one of our own, whatever else is on this machine.
	Durable bool
	// Seed of everything random at the simulator; 0 draws one.
	Seed uint64
	// Begin is the business time at which the simulator's clock starts.
	Begin time.Time
	// TextsPerSecond is each sender's rate; a long code's 1 would take minutes.
	TextsPerSecond float64
	// TrustLoopback lets whoever connects from this machine say where they are,
	// as tests do that stand for many people.
	TrustLoopback bool
}

// Stack is what runs. Its Close ends all of it.
type Stack struct {
	URL    string // Callshu
	SimURL string
	Box    *mailbox.Box
	Sim    *simctl.Client
	Fresh  bool // the database was made by this run and is empty

	MailURL string
	opts    Options
	secrets *Secrets
	ports   bound
	sim     *carriersim.Sim
	server  *devpg.Server
	dying   atomic.Bool // the database is being killed
	kept    bool        // logs stay
	admin   *url.URL    // superuser on the product's database
	clock   Moment
	wall    time.Time
	child   *child
	failed  chan error
	cancel  context.CancelFunc
	servers sync.WaitGroup
}

// Open starts PostgreSQL, the simulator and the mailbox, and brings the schema
// up to date. Callshu itself is started by Serve.
func Open(ctx context.Context, opts Options) (_ *Stack, err error) {
	if _, err := os.Stat(opts.Binary); err != nil {
		return nil, fmt.Errorf("the product is not built (%s): run `make bin/callshu`", opts.Binary)
	}
	if err := makeHome(opts.Dir); err != nil {
		return nil, err
	}
	s := &Stack{opts: opts, Box: &mailbox.Box{}, failed: make(chan error, 3)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.ports, err = opts.Ports.bind(); err != nil {
		return s, err
	}
	s.URL, s.SimURL, s.MailURL = s.ports.url(portCallshu), s.ports.url(portPhones), s.ports.url(portMailbox)
	s.Sim = simctl.New(s.SimURL)
	if err = s.serveHelpers(); err != nil {
		return s, err
	}
	if s.server, err = devpg.Start(ctx, s.databaseOptions()); err != nil {
		return s, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if opts.Durable && s.server.Done() == nil {
		return s, fmt.Errorf("this run kills PostgreSQL and needs one of its own: unset %s", devpg.URLVariable)
	}
	go s.watchDatabase(s.server.Done())
	if s.secrets, err = loadSecrets(filepath.Join(opts.Dir, "secrets.json"), s.server.Done() != nil); err != nil {
		return s, err
	}
	if err = s.openDatabase(ctx); err != nil {
		return s, err
	}
	_, err = s.command(ctx, "migrate")
	return s, err
}

// makeHome makes the directory so that a PostgreSQL that may not run as root
// can pass through it; what is secret in it has modes of its own.
func makeHome(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o755); err != nil {
		return fmt.Errorf("make %s: %w (was it made by another user? remove it)", dir, err)
	}
	probe := filepath.Join(dir, "log", "callshu.log")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		return fmt.Errorf("write to %s: %w (was it made by another user? remove it)", dir, err)
	}
	return nil
}

func (s *Stack) databaseOptions() devpg.Options {
	if s.opts.Temporary && !s.opts.Durable {
		return devpg.Options{Fast: true}
	}
	return devpg.Options{Dir: s.databaseDir()}
}

func (s *Stack) databaseDir() string { return filepath.Join(s.opts.Dir, "pg") }

// serveHelpers starts the simulator and the mailbox on their listeners.
func (s *Stack) serveHelpers() error {
	numbers := make([]carriersim.NumberConfig, 0, len(senders()))
	for _, number := range senders() {
		numbers = append(numbers, carriersim.NumberConfig{Number: number,
			SMSURL: s.URL + "/webhooks/twilio/sms#rc=3&rp=all", SMSFallbackURL: s.URL + "/webhooks/twilio/sms",
			VoiceURL: s.URL + "/webhooks/twilio/incoming", VoiceFallbackURL: s.URL + "/webhooks/twilio/fallback",
			StatusCallback: s.URL + "/webhooks/twilio/incoming#rc=3&rp=all"})
	}
	var err error
	s.sim, err = carriersim.New(carriersim.Options{AccountSID: accountSID, AuthToken: authToken, Numbers: numbers,
		CPS: 1, MPS: 10 * s.opts.TextsPerSecond, Clock: vclock.NewScaled(s.opts.Begin, 1), Seed: s.opts.Seed})
	if err != nil {
		return fmt.Errorf("start simulator: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.serve(ctx, portPhones, s.sim)
	s.serve(ctx, portMailbox, s.Box.Handler())
	s.servers.Go(func() { s.report("mailbox", s.Box.Serve(ctx, s.ports[portSMTP].listener)) })
	return nil
}

func (s *Stack) serve(ctx context.Context, port portName, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // closing is all there is to do
	s.servers.Go(func() {
		if err := server.Serve(s.ports[port].listener); !errors.Is(err, http.ErrServerClosed) {
			s.report(string(port), err)
		}
	})
}

// report notes a part that ended by itself; the first one is what counts.
func (s *Stack) report(part string, err error) {
	if err == nil {
		return
	}
	select {
	case s.failed <- fmt.Errorf("%s: %w", part, err):
	default:
	}
}

func (s *Stack) watchDatabase(ended <-chan struct{}) {
	if ended == nil {
		return
	}
	<-ended
	if s.dying.Load() {
		return
	}
	log := filepath.Join(s.opts.Dir, "pg", "log")
	s.report("PostgreSQL ended by itself", fmt.Errorf("the end of %s:\n%s", log, tail(log, 12)))
}

// Failed delivers why a part ended by itself.
func (s *Stack) Failed() <-chan error { return s.failed }

// Close ends everything in order: the product first, so that it can drain, the
// database last.
func (s *Stack) Close() error {
	err := s.StopServing()
	if s.sim != nil {
		s.sim.Close()
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.servers.Wait()
	s.ports.close()
	if s.server != nil {
		err = errors.Join(err, s.dropDatabase())
		err = errors.Join(err, s.server.Stop())
	}
	if s.opts.Temporary {
		err = errors.Join(err, s.forget())
	}
	return err
}

// forget removes everything, but for logs that are to stay. The database may
// lie elsewhere, behind a link.
func (s *Stack) forget() error {
	var err error
	if real, linked := filepath.EvalSymlinks(s.databaseDir()); linked == nil {
		err = os.RemoveAll(real)
	}
	if !s.kept {
		return errors.Join(err, os.RemoveAll(s.opts.Dir))
	}
	return errors.Join(err, os.RemoveAll(s.databaseDir()), os.RemoveAll(s.secrets.path))
}

// KeepLogs makes Close leave the logs of a temporary stack, and tells where.
func (s *Stack) KeepLogs() string {
	s.kept = true
	return filepath.Join(s.opts.Dir, "log")
}

// Simulator is the carrier itself, for whoever wants all that it has seen.
func (s *Stack) Simulator() *carriersim.Sim { return s.sim }

// DatabaseURL is the superuser's address of the product's database.
func (s *Stack) DatabaseURL() string { return s.admin.String() }

// KillDatabase ends PostgreSQL with kill -9.
func (s *Stack) KillDatabase() error {
	s.dying.Store(true)
	return s.server.Kill()
}

// ReviveDatabase starts it again.
func (s *Stack) ReviveDatabase(ctx context.Context) error {
	err := s.server.Revive(ctx)
	s.dying.Store(false)
	if err == nil {
		go s.watchDatabase(s.server.Done())
	}
	return err
}
