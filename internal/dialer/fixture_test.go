package dialer

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/twilio"
)

// Monday 10:00 in Toronto: within calling hours everywhere east.
func monday() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

func testKey(e164 string) []byte {
	return phone.Key([]byte("a key of tests, 32 bytes long....."), e164)
}

// world is a database with employers, people and campaigns, one dialler on it
// and a carrier that does what the test says.
type world struct {
	t         testing.TB
	db        *pgtest.DB
	admin     *pgx.Conn
	app       *postgres.Pool
	worker    *postgres.Pool
	clock     *clock.Manual
	zones     *callhours.Zones
	log       *slog.Logger
	consent   *consent.Service
	campaigns *campaign.Service
	carrier   *fakeCarrier
	outbox    *mail.Outbox
	dialer    *Dialer
	op        uuid.UUID
	sids      int
	expected  []string // what may stand in an error line
	mu        sync.Mutex
	lines     []string // every error line
}

// errorLines fails the test on every error that it did not expect.
type errorLines struct {
	slog.Handler
	w *world
}

func (h errorLines) Handle(ctx context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	if r.Level >= slog.LevelError {
		h.w.mu.Lock()
		h.w.lines = append(h.w.lines, line)
		h.w.mu.Unlock()
	}
	if r.Level >= slog.LevelError && !slices.ContainsFunc(h.w.expected, func(s string) bool { return strings.Contains(line, s) }) {
		h.w.t.Errorf("error line: %s", line)
	}
	return h.Handler.Handle(ctx, r)
}

// logged reports whether an error line contained a text.
func (w *world) logged(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.lines, func(line string) bool { return strings.Contains(line, text) })
}

// expect allows error lines that contain a text. Call it before anything runs.
func (w *world) expect(text string) { w.expected = append(w.expected, text) }

// fast is a pace that no test waits for.
const fast = 10_000

func newWorld(t testing.TB, rate float64) *world {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: pgtest.New(t), clock: clock.NewManual(monday()), zones: zones, carrier: newFakeCarrier()}
	w.log = slog.New(errorLines{slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}), w})
	w.admin, w.app, w.worker = w.db.Admin(), w.db.Open(postgres.RoleApp), w.pool(12)
	w.consent = consent.New(consent.Deps{App: w.app, Worker: w.worker, Clock: w.clock, Zones: zones, Key: testKey, Site: "callshu.com",
		Replies: consent.CarrierReplies{Keywords: true}, SegmentsPerSecond: 1000, Log: w.log})
	w.campaigns = campaign.New(w.app, w.clock, zones, rate)
	jobs, err := queue.New(w.worker.Pool)
	w.must(err)
	w.outbox = mail.NewOutbox(jobs, w.clock)
	w.dialer = w.replica(rate, w.worker)
	w.op = uuid.New()
	w.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, w.op)
	return w
}

func (w *world) pool(size int32) *postgres.Pool {
	w.t.Helper()
	pool, err := postgres.Open(w.t.Context(), w.db.URL(postgres.RoleWorker), postgres.RoleWorker, size)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(pool.Close)
	return pool
}

// replica is one more dialler on the same database and carrier.
func (w *world) replica(rate float64, pool *postgres.Pool) *Dialer {
	return New(Options{Worker: pool, Carrier: w.carrier, Consent: w.consent, Zones: w.zones, Clock: w.clock,
		PublicURL: "https://callshu.test", CallsPerSecond: rate, PhoneKey: testKey, Mail: w.outbox, OpsEmail: "ops@callshu.test", Log: w.log})
}

// running lets diallers run until stop is called or the test ends.
func (w *world) running(diallers ...*Dialer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, d := range diallers {
		group.Go(func() { d.Run(ctx) })
	}
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	w.t.Cleanup(stop)
	return stop
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func query[T any](w *world, sql string, args ...any) T {
	w.t.Helper()
	var v T
	if err := w.admin.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// until polls a condition of the database or the carrier. Business time goes
// on with the machine's: a call that was given back, because this machine was
// slow, comes again only then.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	deadline, seen := time.Now().Add(2*time.Minute), time.Now()
	for ; !holds(); time.Sleep(2 * time.Millisecond) {
		now := time.Now()
		if now.After(deadline) {
			w.t.Fatalf("still waiting: %s", what)
		}
		w.clock.Advance(now.Sub(seen))
		seen = now
	}
}

// untilMoving is until while business time passes fast.
func (w *world) untilMoving(what string, holds func() bool) {
	w.t.Helper()
	w.until(what, func() bool {
		w.clock.Advance(100 * time.Millisecond)
		return holds()
	})
}

// employer is an active account whose user has a verified phone.
type employer struct {
	id, user, sender uuid.UUID
	number           string // that it calls from
	userPhone        string
}

func (e employer) caller() campaign.Caller {
	return campaign.Caller{AccountID: e.id, UserID: e.user, Actor: audit.Actor{Kind: audit.User, ID: e.user, Name: "Ada"}}
}

func (w *world) sender(number string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	w.exec(`INSERT INTO senders (id, number) VALUES ($1, $2)`, id, number)
	return id
}

// employer makes an account that calls from a number of its own, or from the
// given sender.
func (w *world) employer(name string, sender ...uuid.UUID) employer {
	w.t.Helper()
	e := employer{id: uuid.New(), user: uuid.New()}
	w.sids++
	if len(sender) == 0 {
		sender = append(sender, w.sender(fmt.Sprintf("+1416999%04d", w.sids)))
	}
	e.sender, e.userPhone = sender[0], fmt.Sprintf("+1416888%04d", w.sids)
	e.number = query[string](w, `SELECT number FROM senders WHERE id = $1`, e.sender)
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		VALUES ($1, $2, $2, '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $3, '127.0.0.1', 'America/Toronto',
		'active', $4, $3, $5, $3)`, e.id, name, w.clock.Now(), w.op, e.sender)
	w.exec(`INSERT INTO users (id, account_id, name, email, email_verified_at, phone, phone_verified_at, password_hash, created_at) VALUES ($1, $2, 'Ada Byron', $3, $4, $5, $4, 'x', $4)`,
		e.user, e.id, fmt.Sprintf("%s@example.test", e.user), w.clock.Now(), e.userPhone)
	return e
}

// listed puts somebody on an employer's list, not yet asked.
func (w *world) listed(e employer, number string, tags ...string) uuid.UUID {
	w.t.Helper()
	return w.listedIn(e, number, "America/Toronto", tags...)
}

func (w *world) listedIn(e employer, number, zone string, tags ...string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	country := "CA"
	if zone == "America/New_York" || zone == "America/Los_Angeles" || zone == "Pacific/Honolulu" {
		country = "US"
	}
	if tags == nil {
		tags = []string{}
	}
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ($1) ON CONFLICT DO NOTHING`, testKey(number))
	w.exec(`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, time_zone, language, tags, created_at, updated_at)
		VALUES ($1, $2, 'Zoe ' || $3::text, 'Zoe', 'zoe', $3, $4, $5, $6, '', 'en', $7, $8, $8)`,
		id, e.id, number, testKey(number), country, zone, tags, w.clock.Now())
	return id
}

// event appends to the ledger.
func (w *world) event(e employer, number string, kinds ...consent.Kind) {
	w.t.Helper()
	for _, kind := range kinds {
		w.must(w.worker.InTx(context.Background(), func(tx pgx.Tx) error {
			_, err := consent.Append(context.Background(), tx, consent.Event{Account: e.id, PhoneKey: testKey(number), Kind: kind, Channel: consent.ChannelSMS,
				At: w.clock.Now(), Actor: audit.Actor{Kind: audit.Employee}})
			return err
		}))
	}
}

// person is somebody who has said yes.
func (w *world) person(e employer, number string, tags ...string) uuid.UUID {
	w.t.Helper()
	id := w.listed(e, number, tags...)
	w.event(e, number, consent.Invited, consent.OptedIn)
	return id
}

// people are n persons with numbers from a series.
func (w *world) people(e employer, series, n int, tags ...string) []string {
	w.t.Helper()
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+1416%03d%04d", series, i)
		w.person(e, numbers[i], tags...)
	}
	return numbers
}

func content() campaign.Content {
	return campaign.Content{Purpose: map[string]string{"en": "the closing tomorrow"}, LanguageDefault: "en", Voice: "female", Voicemail: campaign.VoicemailHangUp,
		Texts:   map[string]campaign.Text{"en": {Message: "The plant is closed tomorrow.", Voicemail: "The plant is closed tomorrow, this is a recording."}},
		Choices: []campaign.Choice{{Key: 1, Label: map[string]string{"en": "you have understood"}}, {Key: 2, Label: map[string]string{"en": "you have a question"}}}}
}

// draft makes a campaign for all of an employer's people.
func (w *world) draft(e employer, changes ...func(*campaign.DraftInput)) uuid.UUID {
	w.t.Helper()
	in := campaign.DraftInput{Name: "Closing", Content: content(), Audience: campaign.Audience{Kind: campaign.AudienceAll}, StartZone: "America/Toronto", MaxAttempts: 2, RetryMinutes: 30}
	for _, change := range changes {
		change(&in)
	}
	c, err := w.campaigns.Create(context.Background(), e.caller(), in)
	w.must(err)
	return c.ID
}

func tagged(tag string) func(*campaign.DraftInput) {
	return func(in *campaign.DraftInput) {
		in.Audience = campaign.Audience{Kind: campaign.AudienceTags, Tags: []string{tag}}
	}
}

func leaveVoicemail(in *campaign.DraftInput) { in.Content.Voicemail = campaign.VoicemailLeave }

// launch makes a campaign and starts it by its own plan.
func (w *world) launch(e employer, changes ...func(*campaign.DraftInput)) uuid.UUID {
	w.t.Helper()
	id := w.draft(e, changes...)
	_, plan, err := w.campaigns.Plan(context.Background(), e.id, id)
	w.must(err)
	_, err = w.campaigns.Launch(context.Background(), e.caller(), id, plan.Hash)
	w.must(err)
	return id
}

// dial is one claim of one dialler, posted and recorded step by step. It
// returns the attempts that were claimed.
func (w *world) dial() []uuid.UUID { return w.dialWith(w.dialer) }

func (w *world) dialWith(d *Dialer) []uuid.UUID {
	w.t.Helper()
	list, err := d.claim(context.Background(), maxWaiting)
	w.must(err)
	ids := make([]uuid.UUID, len(list))
	for i, a := range list {
		ids[i] = a.ID
		w.placeSlowly(d, a)
	}
	return ids
}

// placeSlowly gives a step of a test the time that it takes.
func (w *world) placeSlowly(d *Dialer, a claimed) {
	w.t.Helper()
	a.deadline = time.Now().Add(time.Hour)
	w.place(d, a)
}

// place posts a claimed call and records what came of it.
func (w *world) place(d *Dialer, a claimed) {
	w.t.Helper()
	left, err := d.store(context.Background(), []result{d.place(a)})
	w.must(err)
	if len(left) > 0 {
		w.t.Fatalf("results not stored: %v", left)
	}
}

// dialOne expects exactly one claim.
func (w *world) dialOne() uuid.UUID {
	w.t.Helper()
	ids := w.dial()
	if len(ids) != 1 {
		w.t.Fatalf("claimed %d, want 1", len(ids))
	}
	return ids[0]
}

func (w *world) wantDialled(n int) {
	w.t.Helper()
	if ids := w.dial(); len(ids) != n {
		w.t.Fatalf("claimed %d, want %d", len(ids), n)
	}
}

func (w *world) housekeep() {
	w.t.Helper()
	w.dialer.short.Store(true)
	w.must(w.dialer.housekeep(context.Background()))
}

// status is a callback of the carrier about an attempt's call.
func (w *world) status(id uuid.UUID, sequence int, status string) {
	w.t.Helper()
	w.must(w.dialer.Status(context.Background(), w.statusEvent(id, sequence, status)))
}

func (w *world) statusEvent(id uuid.UUID, sequence int, status string) StatusEvent {
	return StatusEvent{Attempt: id, CallSID: w.carrier.sidOf(id), Kind: "status", Status: status, Dedupe: fmt.Sprint(sequence, " ", status),
		Payload: map[string]string{"CallStatus": status}}
}

// answer picks up and returns what is heard.
func (w *world) answer(id uuid.UUID) string {
	w.t.Helper()
	return w.voice(VoiceRequest{Attempt: id, CallSID: w.carrier.sidOf(id)})
}

// press presses keys at a step of the call, and returns what is heard.
func (w *world) press(id uuid.UUID, step, digits string) string {
	w.t.Helper()
	return w.voice(VoiceRequest{Attempt: id, CallSID: w.carrier.sidOf(id), Step: step, Digits: digits})
}

// Steps at which keys are pressed.
const (
	atMessage = "message.0.0.0.0"
	atChoices = "choices.0.0.0.1"
	atWidest  = "widest.0.0.0.0"
)

func (w *world) voice(req VoiceRequest) string {
	w.t.Helper()
	document, err := w.dialer.Voice(context.Background(), req)
	w.must(err)
	return string(document)
}

// spoke reports whether a document says anything.
func spoke(document string) bool { return strings.Contains(document, "<Say") }

func (w *world) machine(id uuid.UUID, answeredBy string) {
	w.t.Helper()
	w.must(w.dialer.Machine(context.Background(), MachineReport{Attempt: id, CallSID: w.carrier.sidOf(id), AnsweredBy: answeredBy}))
}

// stop texts STOP, as the webhook does.
func (w *world) stop(e employer, number, word string) consent.Outcome {
	w.t.Helper()
	out, err := w.dialer.Receive(context.Background(), w.inbound(e, number, word))
	w.must(err)
	return out
}

func (w *world) inbound(e employer, number, word string) consent.Inbound {
	return consent.Inbound{MessageSID: "SM" + strings.ReplaceAll(uuid.NewString(), "-", ""), From: number, To: e.number, Body: word}
}

// attemptIs reads an attempt's state.
func (w *world) attemptIs(id uuid.UUID) string {
	w.t.Helper()
	return query[string](w, `SELECT state FROM attempts WHERE id = $1`, id)
}

func (w *world) wantAttempt(id uuid.UUID, want string) {
	w.t.Helper()
	if got := w.attemptIs(id); got != want {
		w.t.Fatalf("attempt is %s, want %s", got, want)
	}
}

// recipient is "state reason" of the one recipient of a number, in any
// campaign of the employer.
func (w *world) recipient(e employer, number string) string {
	w.t.Helper()
	return query[string](w, `SELECT coalesce(string_agg(trim(state || ' ' || reason), ', ' ORDER BY campaign_id, state), 'none') FROM recipients WHERE account_id = $1 AND phone_key = $2`,
		e.id, testKey(number))
}

func (w *world) wantRecipient(e employer, number, want string) {
	w.t.Helper()
	if got := w.recipient(e, number); got != want {
		w.t.Fatalf("recipient %s is %q, want %q", number, got, want)
	}
}

func (w *world) campaignIs(id uuid.UUID) string {
	w.t.Helper()
	return query[string](w, `SELECT status FROM campaigns WHERE id = $1`, id)
}

func (w *world) wantCampaign(id uuid.UUID, want string) {
	w.t.Helper()
	if got := w.campaignIs(id); got != want {
		w.t.Fatalf("campaign is %s, want %s", got, want)
	}
}

// balanced checks the accounting of every launched campaign (I4).
func (w *world) balanced() {
	w.t.Helper()
	if n := query[int](w, `SELECT count(*) FROM campaigns c WHERE c.manifest_total <> (SELECT count(*) FROM recipients r WHERE r.campaign_id = c.id)
		OR c.status = 'finished' AND EXISTS (SELECT FROM recipients r WHERE r.campaign_id = c.id AND r.state IN ('pending', 'dialling'))
		OR c.status = 'finished' AND EXISTS (SELECT FROM attempts a WHERE a.campaign_id = c.id AND a.kind = 'campaign'
		     AND a.state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress'))`); n > 0 {
		w.t.Fatalf("%d campaigns do not balance", n)
	}
	if n := query[int](w, `SELECT count(*) FROM recipients r WHERE NOT r.answered_by_callback AND (r.state = 'dialling') <>
		EXISTS (SELECT FROM attempts a WHERE a.recipient_id = r.id AND a.state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress'))`); n > 0 {
		w.t.Fatalf("%d recipients are dialling without a live attempt, or the other way round", n)
	}
	if n := query[int](w, `SELECT count(*) FROM recipients WHERE (state IN ('pending', 'dialling')) <> (finished_at IS NULL)`); n > 0 {
		w.t.Fatalf("%d recipients are final without a time, or the other way round", n)
	}
	if n := query[int](w, `SELECT count(*) FROM daily_calls d WHERE d.calls < (SELECT count(*) FROM attempts a WHERE a.account_id = d.account_id
		AND a.kind = 'campaign' AND a.state <> 'not_placed' AND a.created_at > $1::timestamptz - interval '24 hours')`, w.clock.Now()); n > 0 {
		w.t.Fatalf("%d accounts have made more calls today than was counted", n)
	}
}

// reply is what the carrier does with one POST.
type reply struct {
	accept bool  // it counts: the call exists
	err    error // what the client sees
}

func accept() reply { return reply{accept: true} }

func refuse(class twilio.Class, code int) reply {
	return reply{err: &twilio.Error{Class: class, Code: code, Message: "refused by the test"}}
}

// lost is accepted, and the answer never arrives.
func lost() reply {
	return reply{accept: true, err: &twilio.Error{Class: twilio.Unknown, Message: "timeout"}}
}

// gone fails in the same way and never arrived.
func gone() reply { return reply{err: &twilio.Error{Class: twilio.Unknown, Message: "timeout"}} }

// fakeCall is a call as the carrier knows it.
type fakeCall struct {
	twilio.CallState
	attempt uuid.UUID
	posted  time.Time // when the POST started, by the machine
	ended   bool
	moved   string // where it was redirected
}

// fakeCarrier does what the test says and keeps everything it was asked.
type fakeCarrier struct {
	mu        sync.Mutex
	reply     func(call twilio.Call) reply // nil: accept
	hold      func(call twilio.Call)       // runs before the reply, without the lock
	endErr    error
	onEnd     func() // runs at each request to end a call
	endStatus string // what it answers to an end; empty where a callback tells
	listErr   error
	moveErr   error
	calls     []*fakeCall
	posts     []time.Time // of every POST, accepted or not
	now       func() time.Time
	ends      int
	latency   time.Duration // of each POST
}

func newFakeCarrier() *fakeCarrier { return &fakeCarrier{now: time.Now} }

func attemptIn(address string) uuid.UUID {
	u, err := url.Parse(address)
	if err != nil {
		return uuid.Nil
	}
	id, _ := uuid.Parse(u.Query().Get("attempt"))
	return id
}

func (c *fakeCarrier) behave(reply func(twilio.Call) reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reply = reply
}

func (c *fakeCarrier) always(r reply) { c.behave(func(twilio.Call) reply { return r }) }

func (c *fakeCarrier) CreateCall(_ context.Context, call twilio.Call) (string, error) {
	posted := time.Now()
	if hold := c.holding(); hold != nil {
		hold(call)
	}
	time.Sleep(c.latency)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = append(c.posts, posted)
	r := accept()
	if c.reply != nil {
		r = c.reply(call)
	}
	if !r.accept {
		return "", r.err
	}
	made := &fakeCall{attempt: attemptIn(call.StatusURL), posted: posted, CallState: twilio.CallState{SID: "CA" + strings.ReplaceAll(uuid.NewString(), "-", ""),
		From: call.From, To: call.To, Status: "queued", Created: c.now().UTC().Truncate(time.Second)}}
	c.calls = append(c.calls, made)
	if r.err != nil {
		return "", r.err
	}
	return made.SID, nil
}

// hang makes every POST wait until it is let go, at the latest when the test
// ends. It is called after running, whose end waits for the POSTs.
func (w *world) hang() (begun func() int, letGo func()) {
	answer := make(chan struct{})
	letGo = sync.OnceFunc(func() { close(answer) })
	w.t.Cleanup(letGo)
	n := 0
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	w.carrier.hold = func(twilio.Call) {
		w.carrier.mu.Lock()
		n++
		w.carrier.mu.Unlock()
		<-answer
	}
	return func() int {
		w.carrier.mu.Lock()
		defer w.carrier.mu.Unlock()
		return n
	}, letGo
}

func (c *fakeCarrier) holding() func(twilio.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold
}

func (c *fakeCarrier) EndCall(_ context.Context, sid string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends++
	if c.onEnd != nil {
		c.onEnd()
	}
	if c.endErr != nil {
		return "", c.endErr
	}
	for _, call := range c.calls {
		if call.SID == sid {
			call.ended = true
			return c.endStatus, nil
		}
	}
	return "", &twilio.Error{Class: twilio.Permanent, Code: 20404, Message: "no such call"}
}

func (c *fakeCarrier) RedirectCall(_ context.Context, sid, to string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moveErr != nil {
		return c.moveErr
	}
	for _, call := range c.calls {
		if call.SID == sid {
			call.moved = to
		}
	}
	return nil
}

func (c *fakeCarrier) FetchCall(_ context.Context, sid string) (twilio.CallState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.calls {
		if call.SID == sid {
			return call.CallState, nil
		}
	}
	return twilio.CallState{}, &twilio.Error{Class: twilio.Permanent, Code: 20404, Message: "no such call"}
}

func (c *fakeCarrier) ListCalls(_ context.Context, to string, limit int) ([]twilio.CallState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listErr != nil {
		return nil, c.listErr
	}
	var found []twilio.CallState
	for _, call := range slices.Backward(c.calls) {
		if call.To == to && len(found) < limit {
			found = append(found, call.CallState)
		}
	}
	return found, nil
}

// callOf is the newest call of an attempt, or nil.
func (c *fakeCarrier) callOf(attempt uuid.UUID) *fakeCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range slices.Backward(c.calls) {
		if call.attempt == attempt {
			return call
		}
	}
	return nil
}

func (c *fakeCarrier) sidOf(attempt uuid.UUID) string {
	if call := c.callOf(attempt); call != nil {
		return call.SID
	}
	return "CAunknown"
}

func (c *fakeCarrier) isEnded(attempt uuid.UUID) bool {
	call := c.callOf(attempt)
	c.mu.Lock()
	defer c.mu.Unlock()
	return call != nil && call.ended
}

// set changes what the carrier says of a call.
func (c *fakeCarrier) set(attempt uuid.UUID, status string) {
	call := c.callOf(attempt)
	c.mu.Lock()
	defer c.mu.Unlock()
	call.Status = status
}

// madeTo counts the calls that exist to a number.
func (c *fakeCarrier) madeTo(number string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		if call.To == number {
			n++
		}
	}
	return n
}

func (c *fakeCarrier) posted() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.posts)
}
