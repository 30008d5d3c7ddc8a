package webhook

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/twilio"
)

// everything is a hash of the rows of each table, but of what a refusal may
// leave: its note in the log and that it waits for its seal, which have their own
// tests, and the count of such notes.
func (w *voiceWorld) everything() map[string]string {
	w.t.Helper()
	parts := query[[]string](w, `SELECT array_agg(format('SELECT %L AS name, md5(coalesce(string_agg(t::text, %L ORDER BY t::text), %L)) AS rows FROM %I t', table_name, '|', '', table_name))
		FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('audit_events', 'seal_queue', 'rate_hits')`)
	if len(parts) < 30 {
		w.t.Fatalf("only %d tables", len(parts))
	}
	return query[map[string]string](w, `SELECT json_object_agg(name, rows) FROM (`+strings.Join(parts, " UNION ALL ")+`) y`)
}

// changed are the tables whose rows are other ones now.
func (w *voiceWorld) changed(before map[string]string) (tables []string) {
	for table, rows := range w.everything() {
		if rows != before[table] {
			tables = append(tables, table)
		}
	}
	return tables
}

// genuine is a request of the carrier's to each route, which changes something.
type genuine struct {
	address string
	form    url.Values
}

func (w *voiceWorld) genuine() map[string]genuine {
	message := uuid.NewString()
	if _, err := w.admin.Exec(w.t.Context(), `INSERT INTO messages (id, account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, state, rank, message_sid, due_at, created_at, sent_at)
		SELECT $1, e.account_id, e.id, e.phone_key, 'invitation', 'en', '2', e.phone, 'The words', sha256('The words'), s.id, 'sent', 20, 'SM1', now(), now(), now() FROM employees e, senders s`, message); err != nil {
		w.t.Fatal(err)
	}
	text := url.Values{"AccountSid": {account}, "MessageSid": {"SM2"}, "From": {personPhone}, "To": {ourNumber}, "Body": {"STOP"}}
	back := url.Values{"AccountSid": {account}, "CallSid": {"CAback"}, "From": {personPhone}, "To": {ourNumber}, "CallStatus": {"ringing"}}
	return map[string]genuine{
		"/webhooks/twilio/voice":      {w.path("voice"), w.form("CallStatus", "in-progress")},
		"/webhooks/twilio/gather":     {w.path("gather", "step", atChoices), w.form("CallStatus", "in-progress", "Digits", "9")},
		"/webhooks/twilio/fallback":   {w.path("fallback"), w.form("CallStatus", "in-progress", "ErrorCode", "11200")},
		"/webhooks/twilio/status":     {w.path("status"), w.form("CallStatus", "completed", "SequenceNumber", "3", "CallDuration", "7")},
		"/webhooks/twilio/amd":        {w.path("amd"), w.form("AnsweredBy", "machine_start")},
		"/webhooks/twilio/incoming":   {"/webhooks/twilio/incoming", back},
		"/webhooks/twilio/sms":        {"/webhooks/twilio/sms", text},
		"/webhooks/twilio/sms-status": {"/webhooks/twilio/sms-status?message=" + message, url.Values{"AccountSid": {account}, "MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}},
	}
}

// forgery is a request that pretends to be a genuine one.
type forgery struct {
	how                        string
	method, address, signature string
	body                       string
	headers                    map[string]string
	want                       int
}

// forgeries are the ways in which a request that somebody overheard, or made up,
// could be bent.
func forgeries(g genuine) []forgery {
	body, signed := g.form.Encode(), twilio.Sign(token, publicURL+g.address, g.form)
	bent := func(change func(url.Values)) string {
		form := maps.Clone(g.form)
		change(form)
		return form.Encode()
	}
	more := "?"
	if strings.Contains(g.address, "?") {
		more = "&"
	}
	foreign := maps.Clone(g.form)
	foreign.Set("AccountSid", "AC00000000000000000000000000000002")
	anonymous := maps.Clone(g.form)
	anonymous.Del("AccountSid")
	changed := slices.Sorted(maps.Keys(g.form))[1]
	all := []forgery{
		{how: "no signature", signature: ""},
		{how: "a signature of nothing", signature: "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		{how: "another token", signature: twilio.Sign("another token", publicURL+g.address, g.form)},
		{how: "an altered value", signature: signed, body: bent(func(v url.Values) { v.Set(changed, v.Get(changed)+"0") })},
		{how: "a value taken out", signature: signed, body: bent(func(v url.Values) { v.Del(changed) })},
		{how: "a value added", signature: signed, body: bent(func(v url.Values) { v.Set("Digits", "1"); v.Set("ForwardedFrom", "+19005550100") })},
		{how: "a value repeated", signature: signed, body: body + "&" + url.Values{changed: {g.form.Get(changed)}}.Encode()},
		{how: "a value repeated otherwise", signature: signed, body: body + "&" + changed + "=x"},
		{how: "an altered address", signature: signed, address: g.address + more + "waited=1"},
		{how: "the address of another route", signature: twilio.Sign(token, publicURL+"/webhooks/twilio/other", g.form)},
		{how: "the address by another host", signature: twilio.Sign(token, "https://evil.test"+g.address, g.form), headers: map[string]string{"X-Forwarded-Host": "evil.test", "Host": "evil.test"}},
		{how: "the address without TLS", signature: twilio.Sign(token, strings.Replace(publicURL, "https", "http", 1)+g.address, g.form), headers: map[string]string{"X-Forwarded-Proto": "http"}},
		{how: "another account", signature: twilio.Sign(token, publicURL+g.address, foreign), body: foreign.Encode()},
		{how: "no account", signature: twilio.Sign(token, publicURL+g.address, anonymous), body: anonymous.Encode()},
		{how: "JSON", signature: signed, body: `{"AccountSid":"` + account + `"}`, headers: map[string]string{"Content-Type": "application/json"}},
		{how: "parts", signature: signed, body: "--x\r\nContent-Disposition: form-data; name=\"AccountSid\"\r\n\r\n" + account + "\r\n--x--\r\n", headers: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}},
		{how: "a broken form", signature: signed, body: body + "&%zz"},
		{how: "more than we read", signature: signed, body: body + "&Padding=" + strings.Repeat("x", maxBody), want: http.StatusRequestEntityTooLarge},
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		all = append(all, forgery{how: "the method", method: method, signature: signed, want: http.StatusMethodNotAllowed})
	}
	// A GET is signed with its parameters in the address.
	get := g.address + more + body
	all = append(all, forgery{how: "a signed GET", method: http.MethodGet, address: get, signature: twilio.Sign(token, publicURL+get, nil), want: http.StatusMethodNotAllowed})
	for i := range all {
		f := &all[i]
		if f.body == "" {
			f.body = body
		}
		if f.address == "" {
			f.address = g.address
		}
		if f.method == "" {
			f.method = http.MethodPost
		}
		if f.want == 0 {
			f.want = http.StatusForbidden
		}
	}
	return all
}

func (w *voiceWorld) forge(f forgery) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), f.method, f.address, strings.NewReader(f.body))
	r.RequestURI = f.address
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f.signature != "" {
		r.Header.Set("X-Twilio-Signature", f.signature)
	}
	for name, value := range f.headers {
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// Every route under /webhooks, as the router lists them, against every way of
// forging: an empty refusal, and no row of any table is another one. The same
// request by the carrier changes something, so the forged ones could have.
func TestI8ForgedRequestsToEveryRoute(t *testing.T) {
	t.Parallel()
	routes := map[string]bool{}
	err := chi.Walk(New(Deps{}).Handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodPost {
			t.Errorf("%s %s: the carrier posts", method, route)
		}
		routes[route] = true
		return nil
	})
	if err != nil || len(routes) < 8 {
		t.Fatalf("%v, %v", routes, err)
	}
	for route := range routes {
		t.Run(route[len("/webhooks/twilio/"):], func(t *testing.T) {
			t.Parallel()
			w := newVoiceWorld(t)
			g, known := w.genuine()[route]
			if !known {
				t.Fatalf("nobody knows what the carrier posts to %s", route)
			}
			before := w.everything()
			for _, f := range forgeries(g) {
				if rec := w.forge(f); rec.Code != f.want || rec.Body.Len() != 0 {
					t.Errorf("%s %s: %d %q, want %d and nothing", f.method, f.how, rec.Code, rec.Body, f.want)
				}
				if tables := w.changed(before); tables != nil {
					t.Fatalf("%s %s: it has changed %v", f.method, f.how, tables)
				}
			}
			sound := forgery{method: http.MethodPost, address: g.address, signature: twilio.Sign(token, publicURL+g.address, g.form), body: g.form.Encode()}
			if rec := w.forge(sound); rec.Code/100 != 2 {
				t.Errorf("the carrier's own: %d %s", rec.Code, rec.Body)
			}
			if w.changed(before) == nil {
				t.Error("the carrier's own request changed nothing, so the forged ones show nothing")
			}
		})
	}
}

// The carrier's own requests are never held up by forged ones: however many come
// before, the next one with a signature is taken. That is why there is no limit
// of forged requests: telling them apart is all the work there is.
func TestI8AFloodOfForgedRequestsStopsNoGenuineOne(t *testing.T) {
	t.Parallel()
	w := newVoiceWorld(t)
	g := w.genuine()["/webhooks/twilio/sms"]
	for i := range 500 {
		f := forgery{method: http.MethodPost, address: g.address, signature: twilio.Sign(fmt.Sprint(i), publicURL+g.address, g.form), body: g.form.Encode()}
		if rec := w.forge(f); rec.Code != http.StatusForbidden {
			t.Fatalf("%d: %d", i, rec.Code)
		}
	}
	if rec := w.forge(forgery{method: http.MethodPost, address: g.address, signature: twilio.Sign(token, publicURL+g.address, g.form), body: g.form.Encode()}); rec.Code != http.StatusOK {
		t.Fatalf("the STOP after them: %d", rec.Code)
	}
	if state := query[string](w, `SELECT state FROM consents`); state != "opted_out" {
		t.Errorf("consent is %s", state)
	}
	if n := query[int](w, `SELECT count(*)::int FROM audit_events WHERE action = 'webhook.refused'`); n != 1 {
		t.Errorf("%d rows about 500 refusals, want one", n)
	}
}
