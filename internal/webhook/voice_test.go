package webhook

import (
	"context"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/twilio"
)

const (
	personPhone = "+14165550101"
	ourNumber   = "+14169990001"
	callSID     = "CA00000000000000000000000000000001"
	atChoices   = "choices.0.0.0.1"
)

// voiceWorld is one call that rings, with the real dialler on a real database
// behind the handler.
type voiceWorld struct {
	t       *testing.T
	db      *pgtest.DB
	admin   *pgx.Conn
	handler http.Handler
	drain   func(context.Context)
	carrier *stubCarrier
	attempt uuid.UUID
}

// stubCarrier answers every request, or fails every request.
type stubCarrier struct {
	dialer.Carrier
	err   error
	ended []string
	moved []string
}

func (c *stubCarrier) EndCall(_ context.Context, sid string) (string, error) {
	c.ended = append(c.ended, sid)
	return "", c.err
}

func (c *stubCarrier) RedirectCall(_ context.Context, _, to string) error {
	c.moved = append(c.moved, to)
	return c.err
}

func newVoiceWorld(t *testing.T) *voiceWorld {
	t.Helper()
	w := &voiceWorld{t: t, db: pgtest.New(t), carrier: &stubCarrier{}}
	w.admin = w.db.Admin()
	worker := w.db.Open(postgres.RoleWorker)
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	key := func(e164 string) []byte { return phone.Key([]byte("a key of tests, 32 bytes long....."), e164) }
	at := clock.NewManual(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC))
	people := consent.New(consent.Deps{Worker: worker, Clock: at, Zones: zones, Key: key, Site: "callshu.com", Log: log})
	calls := dialer.New(dialer.Options{Worker: worker, Carrier: w.carrier, Consent: people, Zones: zones, Clock: at,
		PublicURL: publicURL, CallsPerSecond: 10, PhoneKey: key, Log: log})
	handler := New(Deps{Log: log, Verifier: twilio.NewVerifier(publicURL, account, token), Calls: calls,
		Texts: calls, Messages: consent.NewTexter(people, nil, calls, publicURL), Notes: &audit.CarrierNotes{Worker: worker, Clock: at}})
	t.Cleanup(func() { handler.Drain(context.Background()) })
	w.handler, w.drain = handler, handler.Drain
	w.seed(key(personPhone), at.Now())
	return w
}

func (w *voiceWorld) seed(key []byte, now time.Time) {
	w.t.Helper()
	operator, sender, account, user, employee, campaign, recipient := uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()
	w.attempt = uuid.New()
	content := `{"purpose": {"en": "the closing"}, "language_default": "en", "voice": "female", "voicemail": "leave",
		"texts": {"en": {"message": "The plant is closed tomorrow."}}, "choices": [{"key": 1, "label": {"en": "you have understood"}}]}`
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, 'op@callshu.test', 'Op', 'support', 'x', 'x')`, []any{operator}},
		{`INSERT INTO senders (id, number) VALUES ($1, $2)`, []any{sender, ourNumber}},
		{`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
			contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
			VALUES ($1, 'Acme', 'Acme', '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $2, '127.0.0.1',
			'America/Toronto', 'active', $3, $2, $4, $2)`, []any{account, now, operator, sender}},
		{`INSERT INTO users (id, account_id, name, email, password_hash, created_at) VALUES ($1, $2, 'Ada', 'ada@example.test', 'x', $3)`, []any{user, account, now}},
		{`INSERT INTO phone_gates (phone_key) VALUES ($1)`, []any{key}},
		{`INSERT INTO employees (id, account_id, name, first_name, search, phone, phone_key, country, number_zones, language, created_at, updated_at)
			VALUES ($1, $2, 'Zoe', 'Zoe', 'zoe', $3, $4, 'CA', 'America/Toronto', 'en', $5, $5)`, []any{employee, account, personPhone, key, now}},
		{`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'invited', 'sms', $3, 'system')`, []any{account, key, now}},
		{`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'opted_in', 'sms', $3, 'employee')`, []any{account, key, now}},
		{`INSERT INTO campaigns (id, account_id, name, status, content, audience, created_by, manifest_total, created_at, updated_at)
			VALUES ($1, $2, 'Closing', 'running', $3, '{"kind": "all"}', $4, 1, $5, $5)`, []any{campaign, account, content, user, now}},
		{`INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, attempts_made, due_at, open_from, open_until, updated_at)
			VALUES ($1, $2, $3, $4, 1, $5, 'CA|America/Toronto|', 'dialling', 1, $6, $6, $6, $6)`, []any{recipient, account, campaign, employee, key, now}},
		{`INSERT INTO attempts (id, account_id, kind, campaign_id, recipient_id, phone_key, sender_id, state, rank, call_sid, consent_checked_at, place_by, created_at)
			VALUES ($1, $2, 'campaign', $3, $4, $5, $6, 'queued', 10, $7, $8, now(), $8)`, []any{w.attempt, account, campaign, recipient, key, sender, callSID, now}},
	} {
		if _, err := w.admin.Exec(w.t.Context(), s.sql, s.args...); err != nil {
			w.t.Fatalf("%s: %v", s.sql, err)
		}
	}
}

// post is the carrier's request about the call.
func (w *voiceWorld) post(path string, fields ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(path, token, w.form(fields...))
}

func (w *voiceWorld) form(fields ...string) url.Values {
	form := url.Values{"AccountSid": {account}, "CallSid": {callSID}, "From": {ourNumber}, "To": {personPhone}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

func (w *voiceWorld) send(path, signedWith string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.RequestURI = path
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilio.Sign(signedWith, publicURL+path, form))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *voiceWorld) path(kind string, query ...string) string {
	values := url.Values{"attempt": {w.attempt.String()}}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return "/webhooks/twilio/" + kind + "?" + values.Encode()
}

// twiml is what an answer makes the carrier do.
type twiml struct {
	Say      []string `xml:"Say"`
	Gathered []struct {
		Action string   `xml:"action,attr"`
		Say    []string `xml:"Say"`
	} `xml:"Gather"`
	Pause    *struct{} `xml:"Pause"`
	Redirect string    `xml:"Redirect"`
	Hangup   *struct{} `xml:"Hangup"`
}

func (w *voiceWorld) read(rec *httptest.ResponseRecorder) twiml {
	w.t.Helper()
	var doc twiml
	if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/xml") {
		w.t.Fatalf("answer %d %s", rec.Code, rec.Header().Get("Content-Type"))
	}
	if err := xml.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		w.t.Fatalf("%v in %s", err, rec.Body)
	}
	return doc
}

func (d twiml) heard() string {
	all := slices.Clone(d.Say)
	for _, g := range d.Gathered {
		all = append(all, g.Say...)
	}
	return strings.Join(all, " ")
}

func query[T any](w *voiceWorld, sql string, args ...any) T {
	w.t.Helper()
	var v T
	if err := w.admin.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// hold keeps rows locked until release.
func (w *voiceWorld) hold(sql string) (release func()) {
	w.t.Helper()
	tx, err := w.db.Admin().Begin(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := tx.Exec(context.Background(), sql); err != nil {
		w.t.Fatal(err)
	}
	return func() { tx.Rollback(context.Background()) }
}

// answersWithin is I8: what the caller waits for us at most.
const answersWithin = 2 * time.Second

// slow posts and checks that nobody had to wait longer than I8 allows. The
// limit is the handler's own timer plus what this machine needs besides.
func (w *voiceWorld) slow(path string, fields ...string) twiml {
	w.t.Helper()
	began := time.Now()
	doc := w.read(w.post(path, fields...))
	if took := time.Since(began); took > answersWithin+500*time.Millisecond {
		w.t.Fatalf("answered after %v", took)
	}
	return doc
}

// Whichever row somebody holds, the caller hears a pause and is asked again,
// three times at most; not a word is said, since consent was not checked.
func TestI8SlowDatabaseMakesTheCallerWaitInSilence(t *testing.T) {
	t.Parallel()
	if documentWithin >= answersWithin {
		t.Fatalf("the domain may take %v of %v", documentWithin, answersWithin)
	}
	for what, sql := range map[string]string{
		"gate": `SELECT FROM phone_gates FOR UPDATE`, "recipient": `SELECT FROM recipients FOR UPDATE`, "attempt": `SELECT FROM attempts FOR UPDATE`,
		"everything": `LOCK TABLE attempts, accounts, campaigns`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newVoiceWorld(t)
			release := w.hold(sql)
			path := w.path("voice")
			for wait := 1; wait <= 3; wait++ {
				doc := w.slow(path)
				if doc.Pause == nil || doc.Redirect == "" || doc.Hangup != nil || doc.heard() != "" {
					t.Fatalf("wait %d: %+v", wait, doc)
				}
				path = doc.Redirect
			}
			if doc := w.slow(path); doc.Hangup == nil || doc.Redirect != "" || doc.heard() != "" {
				t.Fatalf("after three waits: %+v", doc)
			}
			release()
			if n := query[int](w, `SELECT count(*) FROM call_events`); n != 0 {
				t.Fatalf("%d events of requests that were not answered", n)
			}
			if heard := w.read(w.post(path)).heard(); !strings.Contains(heard, "The plant is closed tomorrow.") {
				t.Fatalf("heard %q", heard)
			}
		})
	}
}

// A key that was pressed while the database was slow is not lost: the carrier
// posts it once, so it travels in the address.
func TestI8DigitsSurviveTheWait(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	w.post(w.path("voice"))
	release := w.hold(`SELECT FROM attempts FOR UPDATE`)
	doc := w.slow(w.path("gather", "step", atChoices), "Digits", "1")
	if doc.Redirect == "" || doc.heard() != "" {
		t.Fatalf("%+v", doc)
	}
	doc = w.slow(doc.Redirect) // without Digits, as the carrier follows it
	release()
	if heard := w.read(w.post(doc.Redirect)).heard(); !strings.Contains(heard, "You pressed 1") {
		t.Fatalf("heard %q", heard)
	}
	if answer := query[*int](w, `SELECT answer FROM attempts`); answer == nil || *answer != 1 {
		t.Fatalf("answer %v", answer)
	}
}

// Whoever pressed a key and hung up while the database was slow is not asked
// again by the carrier: the key is stored all the same, also by a process that
// is told to stop meanwhile.
func TestI2KeyOfWhoeverHungUpWhileTheDatabaseWasSlow(t *testing.T) {
	t.Parallel()
	for name, press := range map[string]func(w *voiceWorld) twiml{
		"in our call": func(w *voiceWorld) twiml {
			w.post(w.path("voice"))
			defer w.hold(`SELECT FROM attempts FOR UPDATE`)()
			return w.slow(w.path("gather", "step", atChoices), "Digits", "9")
		},
		"in a call back": func(w *voiceWorld) twiml {
			back := []string{"CallSid", "CAback", "From", personPhone, "To", ourNumber}
			w.post("/webhooks/twilio/incoming", back...)
			defer w.hold(`SELECT FROM phone_gates FOR UPDATE`)()
			return w.slow("/webhooks/twilio/incoming?step=message.0.0.0.0", append(back, "Digits", "9")...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newVoiceWorld(t)
			if doc := press(w); doc.Redirect == "" {
				t.Fatalf("%+v", doc)
			}
			w.drain(t.Context())
			if state := query[string](w, `SELECT state FROM consents`); state != "opted_out" {
				t.Fatalf("consent is %s", state)
			}
		})
	}
}

// The same for somebody who calls back and presses 9.
func TestI8DigitsOfACallBackSurviveTheWait(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	back := []string{"CallSid", "CAback", "From", personPhone, "To", ourNumber}
	if heard := w.read(w.post("/webhooks/twilio/incoming", back...)).heard(); !strings.Contains(heard, "Acme") {
		t.Fatalf("heard %q", heard)
	}
	release := w.hold(`SELECT FROM phone_gates FOR UPDATE`)
	doc := w.slow("/webhooks/twilio/incoming?step=message.0.0.0.0", append(back, "Digits", "9")...)
	release()
	if doc.Redirect == "" || doc.heard() != "" {
		t.Fatalf("%+v", doc)
	}
	if heard := w.read(w.post(doc.Redirect, back...)).heard(); heard == "" {
		t.Fatal("after the wait nothing is said")
	}
	if state := query[string](w, `SELECT state FROM consents`); state != "opted_out" {
		t.Fatalf("consent is %s", state)
	}
}

// The database is gone: callers wait, and news is refused so that the carrier
// brings it again.
func TestI8DatabaseAway(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	if _, err := w.admin.Exec(t.Context(), `ALTER TABLE attempts RENAME TO attempts_away`); err != nil {
		t.Fatal(err)
	}
	if doc := w.slow(w.path("voice")); doc.Redirect == "" || doc.heard() != "" {
		t.Fatalf("%+v", doc)
	}
	for _, kind := range []string{"status", "amd"} {
		if rec := w.post(w.path(kind), "CallStatus", "ringing", "SequenceNumber", "1", "AnsweredBy", "human"); rec.Code != http.StatusServiceUnavailable {
			t.Fatalf("%s: %d, want 503", kind, rec.Code)
		}
	}
	if _, err := w.admin.Exec(t.Context(), `ALTER TABLE attempts_away RENAME TO attempts`); err != nil {
		t.Fatal(err)
	}
	if rec := w.post(w.path("status"), "CallStatus", "ringing", "SequenceNumber", "1"); rec.Code != http.StatusNoContent {
		t.Fatalf("the retry: %d", rec.Code)
	}
	if state := query[string](w, `SELECT state FROM attempts`); state != "ringing" {
		t.Fatalf("attempt is %s", state)
	}
}

// fingerprint is everything that a webhook about a call may change.
const fingerprint = `SELECT md5(string_agg(x::text, '|')) FROM (
	SELECT a::text AS x FROM attempts a UNION ALL SELECT r::text FROM recipients r UNION ALL SELECT c::text FROM consents c
	UNION ALL SELECT e::text FROM call_events e UNION ALL SELECT g::text FROM phone_gates g UNION ALL SELECT b::text FROM sender_blocks b
	UNION ALL SELECT i::text FROM inbound_calls i ORDER BY 1) y`

// A bad signature changes nothing and gets 403, on every route.
func TestI8BadSignatureChangesNothing(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	before := query[string](w, fingerprint)
	for _, path := range []string{w.path("voice"), w.path("gather", "step", atChoices), w.path("fallback"), w.path("status"), w.path("amd"),
		"/webhooks/twilio/incoming", "/webhooks/twilio/incoming?step=message.0.0.0.0"} {
		form := w.form("CallStatus", "completed", "SequenceNumber", "3", "Digits", "9", "AnsweredBy", "machine_start")
		for how, send := range map[string]func() *httptest.ResponseRecorder{
			"another token": func() *httptest.ResponseRecorder { return w.send(path, "another token", form) },
			"another path": func() *httptest.ResponseRecorder {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
				r.RequestURI = path
				r.Header.Set("X-Twilio-Signature", twilio.Sign(token, publicURL+path+"&x=1", form))
				rec := httptest.NewRecorder()
				w.handler.ServeHTTP(rec, r)
				return rec
			},
			"another account": func() *httptest.ResponseRecorder {
				foreign := w.form()
				foreign.Set("AccountSid", "AC00000000000000000000000000000002")
				return w.send(path, token, foreign)
			},
			"a repeated parameter": func() *httptest.ResponseRecorder {
				repeated := w.form("Digits", "1")
				repeated.Add("Digits", "9")
				return w.send(path, token, repeated)
			},
		} {
			if rec := send(); rec.Code != http.StatusForbidden || rec.Body.Len() != 0 {
				t.Errorf("%s by %s: %d %q", path, how, rec.Code, rec.Body)
			}
		}
	}
	if after := query[string](w, fingerprint); after != before {
		t.Error("a request with a bad signature changed something")
	}
	// What stays is one row for each reason, without a word of what was refused.
	if rows := query[string](w, `SELECT coalesce(string_agg(detail ->> 'reason', ' ' ORDER BY detail ->> 'reason'), '') FROM audit_events WHERE action = 'webhook.refused'`); rows != "another_account repeated_parameter signature" {
		t.Errorf("the log has refusals for %q", rows)
	}
	if said := query[string](w, `SELECT string_agg(e::text, ' ') FROM audit_events e WHERE action = 'webhook.refused'`); strings.Contains(said, callSID) || strings.Contains(said, personPhone) || strings.Contains(said, "/webhooks") {
		t.Errorf("the log says %s", said)
	}
}

// The carrier's account can be set to record every call. Whoever did it is found
// out with the first webhook: one row for the call, and not where it lies.
func TestC53ReportedRecordingIsNotedAndKeptNowhere(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	for sequence, status := range []string{"ringing", "completed"} {
		form := w.form("CallStatus", status, "SequenceNumber", fmt.Sprint(sequence), "RecordingSid", "RE0123", "RecordingUrl", "https://api.carrier.example/RE0123")
		if rec := w.send(w.path("status"), token, form); rec.Code != http.StatusNoContent {
			t.Fatalf("%s: %d", status, rec.Code)
		}
	}
	if n := query[int](w, `SELECT count(*)::int FROM audit_events WHERE action = 'call.recording_reported' AND subject_id = $1`, callSID); n != 1 {
		t.Errorf("%d rows about the recording, want one", n)
	}
	if state := query[string](w, `SELECT state FROM attempts`); state != "completed" {
		t.Errorf("the call is %s: the rest of the webhook was lost", state)
	}
	if said := query[string](w, `SELECT (SELECT string_agg(e::text, ' ') FROM call_events e) || (SELECT string_agg(a::text, ' ') FROM audit_events a)`); strings.Contains(said, "RE0123") {
		t.Errorf("kept: %s", said)
	}
}

// A flood of forged webhooks leaves one row a minute, also where several
// replicas hear it; a log that cannot be written makes no 403 anything else.
func TestRefusalsAreRecordedOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	at := clock.NewManual(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC))
	refusals := &audit.CarrierNotes{Worker: w.db.Open(postgres.RoleWorker), Clock: at}
	count := func() int {
		return query[int](w, `SELECT count(*)::int FROM audit_events WHERE action = 'webhook.refused' AND account_id IS NULL AND actor_kind = 'anonymous'`)
	}
	for range 3 {
		if err := refusals.Refused(t.Context(), "signature"); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != 1 {
		t.Errorf("%d rows of three replicas in a minute", n)
	}
	at.Advance(time.Minute)
	if err := refusals.Refused(t.Context(), "signature"); err != nil || count() != 2 {
		t.Errorf("%d rows a minute later, %v", count(), err)
	}
	now := at.Now()
	gate := &refusalGate{}
	if !gate.first("signature", now) || gate.first("signature", now.Add(59*time.Second)) || !gate.first("another_account", now) || !gate.first("signature", now.Add(time.Minute)) {
		t.Error("the gate before the database does not let each reason pass once a minute")
	}
	if _, err := w.admin.Exec(t.Context(), `REVOKE INSERT ON audit_events FROM callshu_worker`); err != nil {
		t.Fatal(err)
	}
	if rec := w.send(w.path("voice"), "another token", w.form()); rec.Code != http.StatusForbidden || rec.Body.Len() != 0 {
		t.Errorf("without a log: %d %q", rec.Code, rec.Body)
	}
}

// Every request of a whole call once more, in any order, by the carrier's own
// signature: nothing changes any more.
func TestI8ReplaysAndReorderingConverge(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	type request struct {
		path   string
		fields []string
	}
	whole := []request{
		{w.path("status"), []string{"CallStatus", "initiated", "SequenceNumber", "0"}},
		{w.path("status"), []string{"CallStatus", "ringing", "SequenceNumber", "1"}},
		{w.path("voice"), []string{"CallStatus", "in-progress"}},
		{w.path("status"), []string{"CallStatus", "in-progress", "SequenceNumber", "2"}},
		{w.path("amd"), []string{"AnsweredBy", "human"}},
		{w.path("gather", "step", atChoices), []string{"Digits", "1"}},
		{w.path("status"), []string{"CallStatus", "completed", "SequenceNumber", "3", "CallDuration", "17"}},
	}
	for _, r := range whole {
		if rec := w.post(r.path, r.fields...); rec.Code >= 300 {
			t.Fatalf("%s: %d", r.path, rec.Code)
		}
	}
	outcome := `SELECT r.state || ' ' || r.answer || ' ' || a.state || ' ' || a.duration_s || ' ' || (SELECT count(*) FROM call_events) FROM recipients r, attempts a`
	want := "answered 1 completed 17 7"
	if got := query[string](w, outcome); got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	before := query[string](w, fingerprint)
	for _, r := range slices.Backward(whole) {
		if rec := w.post(r.path, r.fields...); rec.Code >= 300 {
			t.Fatalf("replay of %s: %d", r.path, rec.Code)
		}
	}
	if got := query[string](w, outcome); got != want || query[string](w, fingerprint) != before {
		t.Fatalf("replays changed something: %q", got)
	}
}

// What names no attempt of ours, or a call that is not that attempt's, learns
// and changes nothing.
func TestI8UnknownCalls(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	before := query[string](w, fingerprint)
	for _, path := range []string{"/webhooks/twilio/voice", "/webhooks/twilio/voice?attempt=x", "/webhooks/twilio/voice?attempt=" + uuid.NewString(), "/webhooks/twilio/fallback"} {
		if doc := w.read(w.post(path)); doc.Hangup == nil || doc.heard() != "" {
			t.Errorf("%s: %+v", path, doc)
		}
	}
	if doc := w.read(w.post(w.path("voice"), "CallSid", "CAforeign")); doc.Hangup == nil || doc.heard() != "" {
		t.Errorf("a foreign call: %+v", doc)
	}
	for _, path := range []string{"/webhooks/twilio/status", "/webhooks/twilio/status?attempt=" + uuid.NewString(), "/webhooks/twilio/amd?attempt=" + uuid.NewString()} {
		if rec := w.post(path, "CallStatus", "completed"); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := w.post(w.path("status"), "CallSid", "CAforeign", "CallStatus", "completed"); rec.Code != http.StatusNotFound {
		t.Errorf("status of a foreign call: %d", rec.Code)
	}
	if rec := w.post(w.path("status"), "CallStatus", "teleported"); rec.Code != http.StatusNoContent {
		t.Errorf("a word of the future: %d", rec.Code)
	}
	if after := query[string](w, fingerprint); after != before {
		t.Error("something changed")
	}
	if rec := w.send(w.path("voice"), token, url.Values{"AccountSid": {account}, "x": {strings.Repeat("x", maxBody)}}); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d", rec.Code)
	}
}

// A machine report that could not be acted on is asked for again.
func TestI8MachineReportIsRetried(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	w.post(w.path("voice"))
	w.carrier.err = &twilio.Error{Class: twilio.Unknown, Message: "timeout"}
	report := []string{"AnsweredBy", "machine_end_beep", "MachineDetectionDuration", "3210"}
	if rec := w.post(w.path("amd"), report...); rec.Code != http.StatusServiceUnavailable {
		t.Fatalf("%d, want 503", rec.Code)
	}
	w.carrier.err = nil
	if rec := w.post(w.path("amd"), report...); rec.Code != http.StatusNoContent || len(w.carrier.moved) != 2 {
		t.Fatalf("%d, moved %v", rec.Code, w.carrier.moved)
	}
	moved, err := url.Parse(w.carrier.moved[1])
	if err != nil {
		t.Fatal(err)
	}
	heard := w.read(w.post(moved.RequestURI())).heard()
	if !strings.Contains(heard, "The plant is closed tomorrow.") || strings.Contains(heard, "Press 1") {
		t.Fatalf("the machine heard %q", heard)
	}
}

// The carrier fell back: the call begins anew, with the same checks.
func TestI8FallbackBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	if heard := w.read(w.post(w.path("fallback"), "ErrorCode", "11200")).heard(); !strings.Contains(heard, "The plant is closed tomorrow.") {
		t.Fatalf("heard %q", heard)
	}
	if _, err := w.admin.Exec(t.Context(), `UPDATE phone_gates SET stopped_at = now()`); err != nil {
		t.Fatal(err)
	}
	if doc := w.read(w.post(w.path("fallback"), "ErrorCode", "11200")); doc.heard() != "" || doc.Hangup == nil {
		t.Fatalf("behind a closed gate: %+v", doc)
	}
}
