// Package app is the composition root: it reads the settings, builds every part
// and joins them, runs them and stops them in order. It is the only package
// that knows all others, and it must hold no rule of any of them.
package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/config"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/jobs"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/report"
	"github.com/callshu/callshu/internal/seal"
	"github.com/callshu/callshu/internal/telemetry"
	"github.com/callshu/callshu/internal/twilio"
	"github.com/callshu/callshu/internal/webhook"
	"github.com/callshu/callshu/web"
)

// Connections of each role's pool: requests, the console, dialling and jobs.
const (
	appConns      = 12
	operatorConns = 4
	workerConns   = 20
)

// securityEmail is where vulnerabilities are reported, as SECURITY.md says.
const securityEmail = "support@callshu.com"

// Options lets whole-product tests put their own clock, cheap hashing and
// shorter waits for lost texts and calls in. The command line leaves them empty.
type Options struct {
	Clock        clock.Clock
	BcryptCost   int
	SweepEvery   time.Duration // 0: consent.SweepEvery
	CarrierSpeed float64       // 0: that of the clock
	Timeouts     Timeouts      // none: those of production
	Log          *slog.Logger
}

// App is the product, built and ready to run.
type App struct {
	settings   *config.Settings
	log        *slog.Logger
	pools      struct{ app, operator, worker *postgres.Pool }
	hasher     *auth.Hasher
	carrier    *twilio.Client
	dialer     *dialer.Dialer
	texter     *consent.Texter
	sealer     *audit.Sealer
	jobs       *jobs.Runner
	handler    http.Handler
	webhooks   *webhook.Handler
	sweepEvery time.Duration
	timeouts   Timeouts
	stopping   chan struct{} // closed when shutdown begins: streams end, readiness is off
	closers    []func()
}

// New connects and builds everything; it refuses a schema that does not fit.
func New(ctx context.Context, settings *config.Settings, options Options) (*App, error) {
	a := &App{settings: settings, log: options.Log, timeouts: cmp.Or(options.Timeouts, ProductionTimeouts()), stopping: make(chan struct{})}
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.build(ctx, options); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Handler is everything the product answers over HTTP.
func (a *App) Handler() http.Handler { return a.handler }

// Close gives back connections; Run must have returned.
func (a *App) Close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
	a.closers = nil
}

func (a *App) open(ctx context.Context) error {
	for _, p := range []struct {
		pool  **postgres.Pool
		url   string
		role  string
		conns int32
	}{
		{&a.pools.app, a.settings.DatabaseURL, postgres.RoleApp, appConns},
		{&a.pools.operator, a.settings.OperatorURL, postgres.RoleOperator, operatorConns},
		{&a.pools.worker, a.settings.WorkerURL, postgres.RoleWorker, workerConns},
	} {
		pool, err := postgres.Open(ctx, p.url, p.role, p.conns)
		if err != nil {
			return err
		}
		*p.pool = pool
		a.closers = append(a.closers, pool.Close)
	}
	return postgres.CheckSchema(ctx, a.pools.worker)
}

// parts are the leaves that several domains share.
type parts struct {
	clock  clock.Clock
	zones  *callhours.Zones
	keys   *seal.Keys
	key    func(e164 string) []byte
	queue  *queue.Queue
	outbox *mail.Outbox
}

func (a *App) leaves(options Options) (parts, error) {
	p := parts{clock: options.Clock}
	var err error
	if p.clock == nil {
		if p.clock, err = clock.Parse(a.settings.Clock); err != nil {
			return p, err
		}
	}
	// Stale zone data would ring people outside the lawful hours: no start without the canary.
	if p.zones, err = callhours.Load(); err != nil {
		return p, fmt.Errorf("check time zone data: %w", err)
	}
	if p.keys, err = seal.Parse(a.settings.DataKeys); err != nil {
		return p, fmt.Errorf("read DATA_KEYS: %w", err)
	}
	secret := p.keys.PhoneKey()
	p.key = func(e164 string) []byte { return phone.Key(secret, e164) }
	if p.queue, err = queue.New(a.pools.worker.Pool); err != nil {
		return p, err
	}
	p.outbox = mail.NewOutbox(p.queue, p.clock)
	return p, a.checkPhoneKey(p.key)
}

// checkPhoneKey refuses to start with another phone key than the one under
// which consent is stored: every STOP would be forgotten.
func (a *App) checkPhoneKey(key func(string) []byte) error {
	var number string
	var stored []byte
	err := a.pools.worker.QueryRow(context.Background(), `SELECT phone, phone_key FROM employees WHERE phone <> '' LIMIT 1`).Scan(&number, &stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check phone key: %w", err)
	}
	if !bytes.Equal(key(number), stored) {
		return errors.New("DATA_KEYS: the last key, which is the phone key, is not the one under which consent is stored")
	}
	return nil
}

func (a *App) build(ctx context.Context, options Options) error {
	p, err := a.leaves(options)
	if err != nil {
		return err
	}
	s := a.settings
	if a.carrier, err = twilio.New(twilio.Account{AccountSID: s.TwilioAccountSID, AuthToken: s.TwilioToken, BaseURL: s.TwilioAPIBase}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.carrier.Close)
	people := consent.New(consent.Deps{App: a.pools.app, Operator: a.pools.operator, Worker: a.pools.worker, Clock: p.clock, Zones: p.zones, Key: p.key, Site: host(s.PublicURL),
		Replies: consent.CarrierReplies{Keywords: s.AnswersKeywords, Yes: s.AnswersYes}, Lookup: a.carrier, SegmentsPerSecond: s.SegmentsPerSecond, Log: a.log})
	a.dialer = dialer.New(dialer.Options{Worker: a.pools.worker, Carrier: a.carrier, Consent: people, Zones: p.zones, Clock: p.clock,
		PublicURL: s.PublicURL, CallsPerSecond: s.CallsPerSecond, CarrierSpeed: cmp.Or(options.CarrierSpeed, carrierSpeed(p.clock)), PhoneKey: p.key,
		Mail: p.outbox, OpsEmail: s.OpsEmail, Log: a.log})
	a.texter = consent.NewTexter(people, a.carrier, a.dialer, s.PublicURL)
	a.sweepEvery = cmp.Or(options.SweepEvery, consent.SweepEvery)
	a.sealer = &audit.Sealer{Worker: a.pools.worker, Clock: p.clock, Log: a.log}
	toronto, err := report.Toronto(p.zones)
	if err != nil {
		return err
	}
	reports := report.New(report.Deps{Worker: a.pools.worker, Operator: a.pools.operator, Clock: p.clock, Zone: toronto, Mail: p.outbox,
		PublicURL: s.PublicURL, OpsEmail: s.OpsEmail, Log: a.log})
	sender, err := mail.NewSender(mail.SenderConfig{Worker: a.pools.worker, Clock: p.clock, URL: s.SMTPURL, From: s.MailFrom, Development: !s.Production(), Files: reports})
	if err != nil {
		return err
	}
	log := &audit.Log{App: a.pools.app, Operator: a.pools.operator, Worker: a.pools.worker, Clock: p.clock, Log: a.log}
	lists := employee.New(employee.Deps{App: a.pools.app, Consent: people, Clock: p.clock, Zones: p.zones, Key: p.key, Jobs: p.queue})
	a.jobs, err = jobs.New(a.pools.worker.Pool, jobs.Deps{Log: a.log, Mail: sender, Lists: lists, ForgetFiles: func(ctx context.Context) error {
		return employee.ForgetImports(ctx, a.pools.worker, p.clock.Now())
	}, Lapse: people.Lapse, Forget: people.Forget, Report: reports.Tick, Verify: log.Nightly, Retain: func(ctx context.Context) error {
		_, err := (&audit.Retention{Worker: a.pools.worker, Clock: p.clock}).Purge(ctx)
		_, files := reports.Forget(ctx)
		_, words := employee.FinishErasures(ctx, a.pools.worker, p.clock.Now())
		return errors.Join(err, files, words, auth.Forget(ctx, a.pools.worker, p.clock.Now()), sender.Forget(ctx))
	}})
	if err != nil {
		return err
	}
	return a.serveWith(ctx, p, lists, reports, log, options)
}

// carrierSpeed is how fast the carrier's clock runs. One that stands in for a
// real one shares the shifted clock of a demo or a check, which production
// refuses: it says in minutes what a carrier says in hours.
func carrierSpeed(c clock.Clock) float64 {
	if shifted, ok := c.(clock.Shifted); ok {
		return shifted.Factor()
	}
	return 1
}

// passwordCost is what every password is hashed at. The number is published.
const passwordCost = 12

func (a *App) serveWith(ctx context.Context, p parts, lists *employee.Service, reports *report.Service, log *audit.Log, options Options) error {
	s := a.settings
	jwtKeys, err := seal.ParseList(s.JWTKeys)
	if err != nil {
		return fmt.Errorf("read JWT_KEYS: %w", err)
	}
	cost := options.BcryptCost
	if cost == 0 {
		cost = passwordCost
	}
	if a.hasher, err = auth.NewHasher(cost); err != nil {
		return err
	}
	who := auth.New(auth.Deps{App: a.pools.app, Operator: a.pools.operator, Worker: a.pools.worker, Clock: p.clock, Machine: clock.Real{},
		Mail: p.outbox, Keys: p.keys, JWTKeys: jwtKeys, Hasher: a.hasher, PublicURL: s.PublicURL})
	accounts := account.New(account.Deps{App: a.pools.app, Operator: a.pools.operator, Worker: a.pools.worker, Clock: p.clock, Auth: who, Mail: p.outbox,
		Keys: p.keys, ValidZone: p.zones.Valid, Blocked: consent.Blocked, SenderAdded: consent.KeepStoppedOn, PublicURL: s.PublicURL, OpsEmail: s.OpsEmail})
	if err := accounts.EnsureSenders(ctx, s.Numbers, s.TwilioService); err != nil {
		return err
	}
	verifier := twilio.NewVerifier(s.PublicURL, s.TwilioAccountSID, s.TwilioToken, s.TwilioTokenOld)
	a.webhooks = webhook.New(webhook.Deps{Log: a.log, Verifier: verifier, Calls: a.dialer, Texts: a.dialer, Messages: a.texter,
		Notes: &audit.CarrierNotes{Worker: a.pools.worker, Clock: p.clock}})
	a.handler = httpapi.New(httpapi.Deps{Log: a.log, Clock: p.clock, PublicURL: s.PublicURL, TrustedProxies: cidrs(s.Proxies), LoopbackNames: !s.Production(), Ready: a.ready, Web: web.FS(),
		Webhooks: a.webhooks,
		ZoneData: p.zones.Version(), SecurityEmail: securityEmail, Stopping: a.stopping, Auth: who, Account: accounts,
		Audit: log, Reports: reports, Campaigns: campaign.New(a.pools.app, p.clock, p.zones, s.CallsPerSecond).WithMail(p.outbox, s.PublicURL), Dialer: a.dialer,
		Employees: lists})
	return nil
}

func host(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return publicURL
	}
	return u.Host
}

func cidrs(prefixes []netip.Prefix) []string {
	list := make([]string, len(prefixes))
	for i, p := range prefixes {
		list[i] = p.String()
	}
	return list
}

// ready tells whether this replica should get requests.
func (a *App) ready(ctx context.Context) error {
	select {
	case <-a.stopping:
		return errors.New("shutting down")
	default:
	}
	if err := a.pools.app.Ping(ctx); err != nil {
		return fmt.Errorf("reach database: %w", err)
	}
	return nil
}

// serveMetrics answers a scraper on an address of its own, until the listener
// is closed.
func (a *App) serveMetrics(listener net.Listener) {
	pools := map[string]*pgxpool.Pool{"app": a.pools.app.Pool, "operator": a.pools.operator.Pool, "worker": a.pools.worker.Pool}
	server := a.timeouts.server(telemetry.Metrics(pools, a.pools.worker.Pool, a.hasher.Runs), a.log)
	if err := server.Serve(listener); err != nil && !errors.Is(err, net.ErrClosed) {
		a.log.Error("serve metrics", "error", err)
	}
}

// Timeouts keep a slow client from holding the server: how long a request's
// header and the whole of it may take to arrive, an answer to be taken, and a
// connection to say nothing. Streams set a write deadline per event instead.
type Timeouts struct {
	Header, Read, Write, Idle time.Duration
}

// ProductionTimeouts allow an import of 16 MiB over a slow line.
func ProductionTimeouts() Timeouts {
	return Timeouts{Header: 5 * time.Second, Read: 60 * time.Second, Write: 60 * time.Second, Idle: 60 * time.Second}
}

const (
	maxHeader  = 16 << 10         // the library itself adds 4 KiB to it
	drainCalls = 10 * time.Second // together less than the 30 s that supervisors give
	drainHTTP  = 8 * time.Second
)

// server is what every listener of ours is served by.
func (t Timeouts) server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: t.Header, ReadTimeout: t.Read, WriteTimeout: t.Write, IdleTimeout: t.Idle,
		MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
}

// Run serves on the listener and dials until ctx ends, then stops in order. The
// dialler goes first: a phone must never ring for a server that no longer
// answers. What rings is still served, for a while; then requests end, then
// texts and jobs, and the sealer last.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	server := a.timeouts.server(a.handler, a.log)
	after := context.WithoutCancel(ctx)
	dialling, stopDialling := context.WithCancel(after)
	defer stopDialling()
	work, stopWork := context.WithCancel(after)
	defer stopWork()
	var dialler, loops group
	dialler.run("dialler", func() error { return a.dialer.Run(dialling) })
	loops.run("texter", func() error { return a.texter.Run(work) })
	loops.run("sweep", func() error { return a.texter.RunSweeps(work, a.sweepEvery) })
	loops.run("jobs", func() error { return a.jobs.Run(work) })
	loops.run("sealer", func() error { a.sealer.Run(work); return nil })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-served:
	}
	close(a.stopping)
	stopDialling()
	err := dialler.wait()
	if failure == nil {
		a.awaitCalls(after)
	}
	drain, cancel := context.WithTimeout(after, drainHTTP)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		a.log.Warn("drain requests", "error", err)
	}
	a.webhooks.Drain(drain)
	stopWork()
	err = errors.Join(err, loops.wait())
	// Once more at the end, so that the audit rows of all the others are sealed.
	if _, sealErr := a.sealer.SealOnce(after); sealErr != nil {
		err = errors.Join(err, sealErr)
	}
	if errors.Is(failure, http.ErrServerClosed) {
		failure = nil
	}
	return errors.Join(failure, err)
}

// awaitCalls goes on answering the carrier while calls live, as long as a
// supervisor lets a process take to stop.
func (a *App) awaitCalls(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainCalls)
	defer cancel()
	for {
		live, err := a.dialer.Live(ctx)
		if err != nil || !live {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}
