package consent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/twilio"
)

// Monday 10:00 in Toronto: within calling hours everywhere east.
func monday() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

func testKey(e164 string) []byte {
	return phone.Key([]byte("a key of tests, 32 bytes long....."), e164)
}

// world is a database with senders, accounts and people, and the domain on it.
type world struct {
	t       testing.TB
	db      *pgtest.DB
	admin   *pgx.Conn
	app     *postgres.Pool
	worker  *postgres.Pool
	clock   *clock.Manual
	service *Service
	texter  *Texter
	carrier *fakeCarrier
	sids    atomic.Int64
	op      uuid.UUID
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: pgtest.New(t), clock: clock.NewManual(monday())}
	w.admin, w.app, w.worker = w.db.Admin(), w.db.Open(postgres.RoleApp), w.db.Open(postgres.RoleWorker)
	w.carrier = &fakeCarrier{clock: w.clock}
	w.service = New(Deps{App: w.app, Operator: w.db.Open(postgres.RoleOperator), Worker: w.worker, Clock: w.clock, Zones: zones, Key: testKey, Site: "callshu.com",
		Replies: CarrierReplies{Keywords: true}, Lookup: w.carrier, SegmentsPerSecond: 1000, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	w.texter = NewTexter(w.service, w.carrier, domain{w.service}, "https://callshu.test")
	w.op = uuid.New()
	w.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, w.op)
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func query[T any](w *world, sql string, args ...any) T {
	w.t.Helper()
	var v T
	if err := w.admin.QueryRow(w.t.Context(), sql, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (w *world) sender(number string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	w.exec(`INSERT INTO senders (id, number) VALUES ($1, $2)`, id, number)
	return id
}

// employer is an active account with one user.
type employer struct {
	id, user uuid.UUID
	name     string
	sender   uuid.UUID
}

func (w *world) employer(name string, sender uuid.UUID) employer {
	w.t.Helper()
	e := employer{id: uuid.New(), user: uuid.New(), name: name, sender: sender}
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		VALUES ($1, $2, $2, '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $3, '127.0.0.1', 'America/Toronto',
		'active', $4, $3, $5, $3)`, e.id, name, w.clock.Now(), w.op, sender)
	w.exec(`INSERT INTO users (id, account_id, name, email, password_hash, created_at) VALUES ($1, $2, 'Ada', $3, 'x', $4)`,
		e.user, e.id, fmt.Sprintf("%s@example.test", e.user), w.clock.Now())
	return e
}

func (e employer) actor() audit.Actor { return audit.Actor{Kind: audit.User, ID: e.user, Name: "Ada"} }

// person puts somebody on an employer's list, attested, as an import does.
func (w *world) person(e employer, number, language string) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	err := w.app.InAccount(w.t.Context(), e.id, func(tx pgx.Tx) error {
		if err := EnsureGates(w.t.Context(), tx, [][]byte{testKey(number)}); err != nil {
			return err
		}
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
			VALUES ($1, $2, 'Zoe Lavoie', 'Zoe', 'zoe lavoie', $3, $4, 'CA', $5, $6, $7, $7)`,
			id, e.id, number, testKey(number), strings.Join(phone.Zones(number), ","), language, w.clock.Now()); err != nil {
			return err
		}
		return Attest(w.t.Context(), tx, e.id, []uuid.UUID{id}, [][]byte{testKey(number)}, ChannelImport, e.actor(), w.clock.Now(), map[string]any{"statement": "on paper"})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) invite(e employer, ids ...uuid.UUID) InviteResult {
	w.t.Helper()
	var result InviteResult
	err := w.app.InAccount(w.t.Context(), e.id, func(tx pgx.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT id AS employee_id, phone, phone_key, language, call_zone FROM employees
			WHERE deleted_at IS NULL AND (id = ANY($1::uuid[]) OR $2) ORDER BY id`, ids, len(ids) == 0)
		if err != nil {
			return err
		}
		people, err := pgx.CollectRows(rows, pgx.RowToStructByName[Invitee])
		if err != nil {
			return err
		}
		result, err = w.service.Invite(w.t.Context(), tx, InviteRequest{Account: e.id, People: people, Actor: e.actor()})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// send runs the texter until nothing that is due is left.
func (w *world) send() {
	w.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if err := w.texter.Tick(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.texter.inFlight.Wait()
		if query[int](w, `SELECT count(*) FROM messages WHERE state = 'queued' AND due_at <= $1`, w.clock.Now()) == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal("texts stay in the queue")
		}
	}
}

// invited is a person who has been asked and has not answered.
func (w *world) invited(e employer, number, language string) uuid.UUID {
	w.t.Helper()
	id := w.person(e, number, language)
	if r := w.invite(e, id); r.Queued != 1 {
		w.t.Fatalf("queued %d, skipped %v", r.Queued, r.Skipped)
	}
	w.send()
	w.wantState(e, number, StateInvited)
	return id
}

func (w *world) optedIn(e employer, number, language string) uuid.UUID {
	w.t.Helper()
	id := w.invited(e, number, language)
	w.text(e.sender, number, "YES")
	w.wantState(e, number, StateOptedIn)
	w.send()
	return id
}

func (w *world) sid() string { return fmt.Sprintf("SM%032d", w.sids.Add(1)) }

func (w *world) number(sender uuid.UUID) string {
	return query[string](w, `SELECT number FROM senders WHERE id = $1`, sender)
}

func (w *world) text(sender uuid.UUID, from, body string) Outcome {
	w.t.Helper()
	return w.receive(Inbound{MessageSID: w.sid(), From: from, To: w.number(sender), Body: body})
}

// receive is the webhook of a text that the person has just written, unless the
// carrier has it already. Nobody answers within the second in which a text left.
func (w *world) receive(in Inbound) Outcome {
	w.t.Helper()
	if _, err := w.carrier.FetchMessage(w.t.Context(), in.MessageSID); err != nil {
		w.clock.Advance(time.Second)
		w.writes(in)
	}
	out, err := domain{w.service}.Receive(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// writes is a text that the carrier has taken and of which nothing has come yet.
func (w *world) writes(in Inbound) Inbound {
	at := in.ProviderAt
	if at.IsZero() {
		at = w.clock.Now()
	}
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	w.carrier.inbound = append(w.carrier.inbound, twilio.MessageState{SID: in.MessageSID, From: in.From, To: in.To, Body: in.Body, Direction: "inbound",
		Status: "received", Created: at.Truncate(time.Second)})
	return in
}

func (w *world) state(e employer, number string) State {
	w.t.Helper()
	return State(query[string](w, `SELECT coalesce((SELECT state FROM consents WHERE account_id = $1 AND phone_key = $2), 'none')`, e.id, testKey(number)))
}

func (w *world) wantState(e employer, number string, want State) {
	w.t.Helper()
	if got := w.state(e, number); got != want {
		w.t.Fatalf("%s at %s: state %s, want %s", number, e.name, got, want)
	}
}

func (w *world) events(e employer, number string) string {
	w.t.Helper()
	return query[string](w, `SELECT coalesce(string_agg(kind, ' ' ORDER BY id), '') FROM consent_events WHERE account_id = $1 AND phone_key = $2`, e.id, testKey(number))
}

// sentTo lists the kinds of texts that left for a number, in order.
func (w *world) sentTo(number string) string {
	w.t.Helper()
	return query[string](w, `SELECT coalesce(string_agg(kind, ' ' ORDER BY place_by), '') FROM messages
		WHERE phone_key = $1 AND state NOT IN ('queued', 'skipped')`, testKey(number))
}

// domain receives and revokes as the dialler does, without its calls.
type domain struct{ s *Service }

func (d domain) Receive(ctx context.Context, in Inbound) (Outcome, error) {
	var out Outcome
	in = d.s.Dated(ctx, in)
	err := d.s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		out, err = d.s.Receive(ctx, tx, in)
		return err
	})
	return out, err
}

func (d domain) Revoke(ctx context.Context, r Revocation) (Effect, error) {
	var accounts []uuid.UUID
	err := d.s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		accounts, err = d.s.Revoke(ctx, tx, r)
		return err
	})
	return Effect{Employers: len(accounts)}, err
}

// fakeCarrier keeps what it is handed. fail decides about each text before it
// counts, lose after it has been taken.
type fakeCarrier struct {
	clock    *clock.Manual
	mu       sync.Mutex
	sent     []twilio.MessageState
	inbound  []twilio.MessageState
	unlisted bool // lists fail
	unread   bool // single texts cannot be read
	fail     func(twilio.Message) error
	lose     func(twilio.Message) error
	before   func(twilio.Message)
	times    []time.Time
}

// FetchMessage reads one text.
func (c *fakeCarrier) FetchMessage(_ context.Context, sid string) (twilio.MessageState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unread {
		return twilio.MessageState{}, errors.New("no text today")
	}
	for _, list := range [][]twilio.MessageState{c.sent, c.inbound} {
		for _, m := range list {
			if m.SID == sid {
				return m, nil
			}
		}
	}
	return twilio.MessageState{}, &twilio.Error{Class: twilio.Permanent, Code: 20404}
}

func (c *fakeCarrier) SendMessage(_ context.Context, m twilio.Message) (twilio.Sent, error) {
	if c.before != nil {
		c.before(m)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(m); err != nil {
			return twilio.Sent{}, err
		}
	}
	at := c.clock.Now().Truncate(time.Second)
	sid := "SMout" + uuid.NewString()[:13]
	c.sent = append(c.sent, twilio.MessageState{SID: sid, From: m.From, To: m.To, Body: m.Body, Direction: "outbound-api", Status: "queued", Created: at})
	c.times = append(c.times, time.Now())
	if c.lose != nil {
		if err := c.lose(m); err != nil {
			return twilio.Sent{}, err
		}
	}
	return twilio.Sent{SID: sid, At: at}, nil
}

func (c *fakeCarrier) ListMessages(_ context.Context, to string, since time.Time) ([]twilio.MessageState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unlisted {
		return nil, errors.New("no list today")
	}
	var found []twilio.MessageState
	for _, list := range [][]twilio.MessageState{c.sent, c.inbound} {
		for i := len(list) - 1; i >= 0; i-- { // newest first
			if list[i].To == to && !list[i].Created.Before(since) {
				found = append(found, list[i])
			}
		}
	}
	return found, nil
}

// texts are the bodies that the carrier took for a number.
func (c *fakeCarrier) texts(to string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var bodies []string
	for _, m := range c.sent {
		if m.To == to {
			bodies = append(bodies, m.Body)
		}
	}
	return bodies
}

func (c *fakeCarrier) count(to string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.sent {
		if m.To == to {
			n++
		}
	}
	return n
}
