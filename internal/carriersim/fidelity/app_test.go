package fidelity_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// hit is one request that the application got.
type hit struct {
	Path, Query, Method string
	Form                url.Values
	Header              http.Header
	Valid               bool // by the official validator
}

// app is an application under the carrier: it records every webhook, lets the
// official client judge its signature, and answers as the test says.
type app struct {
	*httptest.Server
	t         *testing.T
	sim       *simtest.T
	validator client.RequestValidator
	twilio    *api.ApiService

	mu     sync.Mutex
	hits   []hit
	answer map[string]http.HandlerFunc
}

const (
	question = `<Gather numDigits="1" action="/gather"><Say>This is an automated call from Acme. Press 1 to confirm, 2 to decline.</Say></Gather><Say>No answer was recorded. Goodbye.</Say>`
	alice    = "+12025550143"
)

func newApp(t *testing.T, sim *simtest.T) *app {
	t.Helper()
	a := &app{t: t, sim: sim, validator: client.NewRequestValidator(simtest.AuthToken), answer: map[string]http.HandlerFunc{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	a.twilio = officialClient(sim.URL, simtest.AccountSID, simtest.AuthToken)
	a.says("/voice", question)
	a.on("/gather", func(w http.ResponseWriter, r *http.Request) {
		switch r.FormValue("Digits") {
		case "7":
			twiml(w, `<Say>That key is not a choice.</Say>`+question)
		case "0":
			twiml(w, question)
		default:
			twiml(w, "<Say>Thank you. Goodbye.</Say>")
		}
	})
	a.says("/sms", "")
	for _, n := range sim.Config().Numbers {
		n.SMSURL, n.VoiceURL = a.URL+"/sms", a.URL+"/voice"
		if err := sim.SetNumber(n); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func twiml(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/xml")
	io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>"+body+"</Response>")
}

// on sets the handler of a path.
func (a *app) on(path string, f http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer[path] = f
}

// says sets the document of a path.
func (a *app) says(path, body string) {
	a.on(path, func(w http.ResponseWriter, _ *http.Request) { twiml(w, body) })
}

func (a *app) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(raw))
	full := a.URL + r.RequestURI
	signature := r.Header.Get("X-Twilio-Signature")
	valid := false
	if r.Method == http.MethodPost {
		valid = a.validator.ValidateBody(full, raw, signature)
	} else {
		valid = a.validator.Validate(full, map[string]string{}, signature)
		form = r.URL.Query()
	}
	a.mu.Lock()
	a.hits = append(a.hits, hit{r.URL.Path, r.URL.RawQuery, r.Method, form, r.Header.Clone(), valid})
	f := a.answer[r.URL.Path]
	a.mu.Unlock()
	r.Form = form
	switch {
	case !valid:
		http.Error(w, "bad signature", http.StatusForbidden)
	case f != nil:
		f(w, r)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// seen returns the requests to a path so far.
func (a *app) seen(path string) []hit {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []hit
	for _, h := range a.hits {
		if path == "" || h.Path == path {
			out = append(out, h)
		}
	}
	return out
}

// statuses are the CallStatus of the status callbacks, in order of arrival.
func (a *app) statuses() string {
	var out []string
	for _, h := range a.seen("/status") {
		out = append(out, h.Form.Get("CallStatus")+h.Form.Get("MessageStatus"))
	}
	return strings.Join(out, " ")
}

// callParams are the parameters of a create as a product would send them.
func (a *app) callParams(to string) *api.CreateCallParams {
	p := &api.CreateCallParams{}
	p.SetTo(to)
	p.SetFrom(simtest.Number)
	p.SetUrl(a.URL + "/voice?attempt=1")
	p.SetStatusCallback(a.URL + "/status?attempt=1")
	p.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	return p
}

// call creates a call through the official client.
func (a *app) call(to string, change ...func(*api.CreateCallParams)) *api.ApiV2010Call {
	a.t.Helper()
	p := a.callParams(to)
	for _, f := range change {
		f(p)
	}
	c, err := a.twilio.CreateCall(p)
	if err != nil {
		a.t.Fatalf("create call to %s: %v", to, err)
	}
	return c
}

// text sends a message through the official client.
func (a *app) text(to, body string, change ...func(*api.CreateMessageParams)) (*api.ApiV2010Message, error) {
	p := &api.CreateMessageParams{}
	p.SetTo(to)
	p.SetFrom(simtest.Number)
	p.SetBody(body)
	p.SetStatusCallback(a.URL + "/status")
	for _, f := range change {
		f(p)
	}
	return a.twilio.CreateMessage(p)
}

func (a *app) mustText(to, body string, change ...func(*api.CreateMessageParams)) *api.ApiV2010Message {
	a.t.Helper()
	m, err := a.text(to, body, change...)
	if err != nil {
		a.t.Fatalf("text to %s: %v", to, err)
	}
	return m
}

// textService sends a message through a Messaging Service.
func (a *app) textService(mg, to, body string) (*api.ApiV2010Message, error) {
	p := &api.CreateMessageParams{}
	p.SetTo(to)
	p.SetMessagingServiceSid(mg)
	p.SetBody(body)
	return a.twilio.CreateMessage(p)
}

// rewrite sends the official client's requests to the simulator.
type rewrite struct{ host string }

func (t rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", t.host
	return http.DefaultTransport.RoundTrip(r)
}

// hasty gives up on a request once a fault has struck it.
type hasty struct {
	http.RoundTripper
	sim *simtest.T
}

func (h hasty) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	before := h.struck()
	go func() {
		for h.struck() == before && ctx.Err() == nil {
			<-time.After(time.Millisecond)
		}
		cancel()
	}()
	return h.RoundTripper.RoundTrip(r.WithContext(ctx))
}

// struck counts how often faults have struck.
func (h hasty) struck() int {
	n := 0
	for _, f := range h.sim.Faults() {
		n += f.Hits
	}
	return n
}

// impatientClient gives up, as a product does, but never before the carrier has
// its request, however busy the machine is.
func impatientClient(sim *simtest.T) *api.ApiService {
	c := &client.Client{Credentials: client.NewCredentials(simtest.AccountSID, simtest.AuthToken),
		HTTPClient: &http.Client{Transport: hasty{rewrite{strings.TrimPrefix(sim.URL, "http://")}, sim}}}
	c.SetAccountSid(simtest.AccountSID)
	return api.NewApiServiceWithClient(c)
}

func officialClient(base, sid, token string) *api.ApiService {
	c := &client.Client{Credentials: client.NewCredentials(sid, token),
		HTTPClient: &http.Client{Transport: rewrite{strings.TrimPrefix(base, "http://")}}}
	c.SetAccountSid(sid)
	return api.NewApiServiceWithClient(c)
}

// raw makes a REST request of the test's own making.
func (a *app) raw(method, path, contentType, body string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.sim.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(simtest.AccountSID, simtest.AuthToken)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	out, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(out)
}

func account(path string) string {
	return "/2010-04-01/Accounts/" + simtest.AccountSID + path
}

const formType = "application/x-www-form-urlencoded"

// kinds counts the violations by kind.
func kinds(sim *simtest.T) map[string]int { return sim.Stats().ByViolation }

func number(area string, nn int) string { return fmt.Sprintf("+1%s55501%02d", area, nn) }
