package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's signature scheme is HMAC-SHA1
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/consent/keyword"
	"github.com/callshu/callshu/internal/twilio"
)

const (
	publicURL = "https://callshu.test"
	token     = "0123456789abcdef0123456789abcdef"
	account   = "AC00000000000000000000000000000001"
)

// texts keeps what reached the domain.
type texts struct {
	received []consent.Inbound
	statuses []string
	awaited  int
	out      consent.Outcome
	err      error
	awaitErr error
}

func (d *texts) Receive(_ context.Context, in consent.Inbound) (consent.Outcome, error) {
	d.received = append(d.received, in)
	return d.out, d.err
}

func (d *texts) MessageStatus(_ context.Context, id uuid.UUID, sid, status string, _ int) error {
	d.statuses = append(d.statuses, id.String()+" "+sid+" "+status)
	return d.err
}

func (d *texts) AwaitTexts(context.Context, []byte, uuid.UUID) error {
	d.awaited++
	return d.awaitErr
}

// post signs a form as the carrier does and posts it.
func (d *texts) post(t *testing.T, path string, form url.Values, spoil func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	form.Set("AccountSid", account)
	signed := publicURL + path
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, signed)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if spoil != nil {
		spoil(r)
	}
	h := New(Deps{Log: slog.New(slog.DiscardHandler), Verifier: twilio.NewVerifier(publicURL, account, token), Texts: d, Messages: d, Notes: unheard{}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func inbound() url.Values {
	return url.Values{"MessageSid": {"SM1"}, "From": {"+14165550101"}, "To": {"+14165550199"}, "Body": {" Stop! "}, "OptOutType": {"STOP"}, "NumMedia": {"0"}}
}

func TestTextIsTakenAndAnsweredEmpty(t *testing.T) {
	d := &texts{out: consent.Outcome{Revoked: []uuid.UUID{uuid.New()}}}
	w := d.post(t, "/webhooks/twilio/sms", inbound(), nil)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") || !strings.HasSuffix(w.Body.String(), "<Response/>") {
		t.Errorf("%d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	want := consent.Inbound{MessageSID: "SM1", From: "+14165550101", To: "+14165550199", Body: " Stop! ", OptOutType: "STOP"}
	if len(d.received) != 1 || d.received[0] != want {
		t.Errorf("received %+v", d.received)
	}
	if d.awaited != 1 {
		t.Error("a STOP was answered while a text may still leave")
	}
}

// A STOP of somebody whom no employer knows may have a code in hand.
func TestEveryStopWordWaitsForTexts(t *testing.T) {
	for word, want := range map[keyword.Kind]int{keyword.Stop: 1, keyword.StopAll: 1, keyword.Yes: 0, keyword.Help: 0} {
		d := &texts{out: consent.Outcome{Word: word}}
		if w := d.post(t, "/webhooks/twilio/sms", inbound(), nil); w.Code != http.StatusOK || d.awaited != want {
			t.Errorf("%s: %d, waited %d times, want %d", word, w.Code, d.awaited, want)
		}
	}
}

// What is not kept is not answered 2xx: the carrier tries again.
func TestI8FailureAsksTheCarrierToRetry(t *testing.T) {
	for name, d := range map[string]*texts{
		"database down":        {err: errors.New("connection refused")},
		"texts still on a way": {out: consent.Outcome{Duplicate: true}, awaitErr: errors.New("connection refused")},
	} {
		w := d.post(t, "/webhooks/twilio/sms", inbound(), nil)
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "refused") {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	d := &texts{err: errors.New("connection refused")}
	if w := d.post(t, "/webhooks/twilio/sms-status?message="+uuid.NewString(), url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}, nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status: %d", w.Code)
	}
}

func TestI8ForgedTextChangesNothing(t *testing.T) {
	spoils := map[string]func(*http.Request){
		"no signature":    func(r *http.Request) { r.Header.Del("X-Twilio-Signature") },
		"other signature": func(r *http.Request) { r.Header.Set("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
		"other body": func(r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "Stop", "YES", 1)))
		},
		"repeated key": func(r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body) + "&From=%2B19999999999"))
		},
	}
	for name, spoil := range spoils {
		d := &texts{}
		if w := d.post(t, "/webhooks/twilio/sms", inbound(), spoil); w.Code != http.StatusForbidden || w.Body.Len() != 0 || len(d.received) != 0 {
			t.Errorf("%s: %d %q, received %v", name, w.Code, w.Body, d.received)
		}
	}
}

func TestStatusOfOurTexts(t *testing.T) {
	id := uuid.NewString()
	for _, c := range []struct {
		query string
		form  url.Values
		code  int
		want  string
	}{
		{"?message=" + id, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}, http.StatusNoContent, id + " SM1 delivered"},
		{"?message=" + id, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed"}, "ErrorCode": {"21610"}}, http.StatusNoContent, id + " SM1 failed"},
		{"?message=" + id, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed"}, "ErrorCode": {"x"}}, http.StatusBadRequest, ""},
		{"?message=nonsense", url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}, http.StatusNotFound, ""},
		{"", url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}, http.StatusNotFound, ""},
	} {
		d := &texts{}
		w := d.post(t, "/webhooks/twilio/sms-status"+c.query, c.form, nil)
		if got := strings.Join(d.statuses, ","); w.Code != c.code || got != c.want {
			t.Errorf("%s %v: %d %q, want %d %q", c.query, c.form, w.Code, got, c.code, c.want)
		}
	}
}

// unheard is an audit log that nobody reads.
type unheard struct{}

func (unheard) Refused(context.Context, string) error  { return nil }
func (unheard) Recorded(context.Context, string) error { return nil }
