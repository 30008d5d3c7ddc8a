package hook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Options of a Sender.
type Options struct {
	AuthToken string
	Ports     PortPolicy
	// RedirectSigning is fresh (each hop is signed anew), original or none.
	RedirectSigning string
	TimeScale       float64           // time-outs are divided by it; 0 means 1
	AllowHosts      []string          // hosts besides this machine; "*" for any
	Resolve         map[string]string // host:port -> host:port, as curl --resolve
	InsecureTLS     bool
	// RetryDefault5xx: without a fragment, 5xx answers are retried too.
	RetryDefault5xx bool
}

// Sender makes requests to the application.
type Sender struct {
	opts    Options
	client  *http.Client
	closing *http.Client // for requests whose answer is not read
}

// Request is one webhook to be delivered.
type Request struct {
	Kind   Kind
	Method string
	URL    string // as configured, with its fragment
	Form   url.Values
	Token  string // I-Twilio-Idempotency-Token, the same for all attempts
	Jar    http.CookieJar

	BadSignature bool
	NoSignature  bool
	EarlyClose   bool          // the connection is closed before the answer is read
	Slow         time.Duration // the answer counts as this late
}

// Attempt is one request on the wire.
type Attempt struct {
	URL         string     `json:"url"`
	Method      string     `json:"method"`
	Form        url.Values `json:"form,omitempty"`
	Signature   string     `json:"signature,omitempty"`
	Token       string     `json:"token"`
	At          time.Time  `json:"wall"`
	MS          float64    `json:"ms"`
	Status      int        `json:"status,omitempty"`
	ContentType string     `json:"content_type,omitempty"`
	Body        string     `json:"body,omitempty"`
	Error       string     `json:"error,omitempty"`
	Code        int        `json:"code,omitempty"`

	location string
	class    string
	body     []byte
}

// Result is what became of a webhook.
type Result struct {
	Attempts []Attempt
	Status   int // of the last attempt; 0 without an answer
	Type     string
	Body     []byte
	Final    string    // address of the document after redirects
	Problem  *Problem  // why the delivery failed
	Warnings []Problem // bad connection overrides
}

// OK reports an answer that was not an error.
func (r Result) OK() bool { return r.Problem == nil }

const maxBody = 256 << 10 // enough to see that 64 kB were exceeded

type connectKey struct{}

// New returns a sender.
func New(opts Options) *Sender {
	if opts.TimeScale <= 0 {
		opts.TimeScale = 1
	}
	s := &Sender{opts: opts}
	secure := &tls.Config{InsecureSkipVerify: opts.InsecureTLS} //nolint:gosec // an option for self-signed local servers
	s.client = &http.Client{
		Transport: &http.Transport{
			DialContext:         s.dial,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
			TLSClientConfig:     secure,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.closing = &http.Client{Transport: hangUp{dial: s.dial, tls: secure}}
	return s
}

// Close drops idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

var errHost = errors.New("address is not on this machine")

// dial refuses, at the moment of connecting and therefore for any name, an
// address that is not loopback.
func (s *Sender) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(addr)
	if to, ok := s.opts.Resolve[addr]; ok {
		addr = to
	}
	timeout, _ := ctx.Value(connectKey{}).(time.Duration)
	d := net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
		ip, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		if net.ParseIP(ip).IsLoopback() || s.allowed(host) {
			return nil
		}
		return fmt.Errorf("call back %s: %w", address, errHost)
	}}
	return d.DialContext(ctx, network, addr)
}

func (s *Sender) allowed(host string) bool {
	for _, h := range s.opts.AllowHosts {
		if h == "*" || strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// Do delivers a webhook: attempts as its overrides say, redirects included.
func (s *Sender) Do(ctx context.Context, r Request) Result {
	base := DefaultPolicy()
	if s.opts.RetryDefault5xx {
		base.On = append(base.On, "5xx")
	}
	policy, warnings := ParseOverrides(r.URL, base)
	ctx, cancel := context.WithTimeout(ctx, s.scaled(policy.Total))
	defer cancel()
	result := Result{Warnings: warnings}
	for try := 0; ; try++ {
		hops := s.follow(ctx, r, policy)
		result.Attempts = append(result.Attempts, hops...)
		last := hops[len(hops)-1]
		if try >= policy.Retries || !policy.retries(last.class) || ctx.Err() != nil {
			result.finish(last)
			return result
		}
	}
}

func (r *Result) finish(last Attempt) {
	r.Status, r.Type, r.Body, r.Final = last.Status, last.ContentType, last.body, last.URL
	if last.Code != 0 {
		r.Problem = &Problem{Code: last.Code, Text: last.Error}
	}
}

func (s *Sender) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.opts.TimeScale)
}

// follow makes one attempt and up to ten redirects.
func (s *Sender) follow(ctx context.Context, r Request, p Policy) []Attempt {
	var hops []Attempt
	address, _, _ := strings.Cut(r.URL, "#")
	method, form := r.Method, r.Form
	signature := ""
	for hop := 0; ; hop++ {
		if hop == 0 || s.opts.RedirectSigning == "" || s.opts.RedirectSigning == "fresh" {
			signature = s.sign(r, method, address, form)
		} else if s.opts.RedirectSigning == "none" {
			signature = ""
		}
		a := s.attempt(ctx, r, p, method, address, form, signature)
		hops = append(hops, a)
		if a.location == "" || a.Code != 0 {
			return hops
		}
		if hop == 10 {
			last := &hops[len(hops)-1]
			last.Code, last.Error = 11215, "more than 10 redirects"
			return hops
		}
		address = a.location
		if a.Status <= 303 {
			method, form = http.MethodGet, nil
		}
	}
}

func (s *Sender) sign(r Request, method, address string, form url.Values) string {
	switch {
	case r.NoSignature:
		return ""
	case r.BadSignature:
		return Signature(s.opts.AuthToken+"x", SignedURL(address, r.Kind, s.opts.Ports), form)
	case method == http.MethodGet:
		return Signature(s.opts.AuthToken, SignedURL(withQuery(address, form), r.Kind, s.opts.Ports), nil)
	}
	return Signature(s.opts.AuthToken, SignedURL(address, r.Kind, s.opts.Ports), form)
}

// withQuery is the address of a GET: the parameters follow its own query.
func withQuery(address string, form url.Values) string {
	if len(form) == 0 {
		return address
	}
	if strings.Contains(address, "?") {
		return address + "&" + form.Encode()
	}
	return address + "?" + form.Encode()
}

func (s *Sender) attempt(ctx context.Context, r Request, p Policy, method, address string, form url.Values, signature string) Attempt {
	a := Attempt{URL: address, Method: method, Form: form, Signature: signature, Token: r.Token, At: time.Now()}
	target, body := address, ""
	if method == http.MethodGet {
		target = withQuery(address, form)
		a.URL = target
	} else {
		body = form.Encode()
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, connectKey{}, s.scaled(p.Connect)))
	defer cancel(nil)
	reading := time.AfterFunc(time.Hour, func() { cancel(errRead) })
	defer reading.Stop()
	connected := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true; reading.Reset(s.scaled(p.Read)) },
	})
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		a.Code, a.Error = 11100, "invalid URL: "+err.Error()
		return a
	}
	headers(req, method, r.Token, signature)
	if r.Jar != nil {
		for _, c := range r.Jar.Cookies(req.URL) {
			req.AddCookie(c)
		}
	}
	client := s.client
	if r.EarlyClose {
		client = s.closing
	}
	resp, err := client.Do(req)
	if err == nil {
		a.read(r, resp)
	}
	a.MS = float64(time.Since(a.At).Microseconds()) / 1000
	if err != nil {
		a.fail(err, connected, context.Cause(ctx))
	} else if r.Slow > s.scaled(p.Read) || r.Slow > p.Read {
		// The application did its work, but the carrier had stopped listening.
		a.lost("rt", 11200, fmt.Sprintf("no answer within %v", p.Read))
	}
	return a
}

var (
	errRead   = errors.New("read time-out")
	errClosed = errors.New("connection closed by the carrier")
)

func headers(req *http.Request, method, token, signature string) {
	h := req.Header
	h.Set("User-Agent", "TwilioProxy/1.1")
	if method == http.MethodPost {
		h.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	h.Set("Accept", "*/*")
	h.Set("Cache-Control", "max-age=259200")
	h.Set("I-Twilio-Idempotency-Token", token)
	h.Set("X-Home-Region", "us1")
	if signature != "" {
		h.Set("X-Twilio-Signature", signature)
	}
}

// read takes the answer off the wire.
func (a *Attempt) read(r Request, resp *http.Response) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	a.Status, a.ContentType, a.body = resp.StatusCode, resp.Header.Get("Content-Type"), body
	a.Body = string(body[:min(len(body), 4096)])
	if err != nil {
		a.class, a.Code, a.Error = "partial", 11206, "answer broke off: "+err.Error()
		return
	}
	if r.Jar != nil {
		r.Jar.SetCookies(resp.Request.URL, resp.Cookies())
	}
	switch {
	case resp.StatusCode >= 500:
		a.class, a.Code, a.Error = "5xx", 11200, fmt.Sprintf("Got HTTP %d response to %s", resp.StatusCode, a.URL)
	case resp.StatusCode >= 400:
		a.class, a.Code, a.Error = "4xx", 11200, fmt.Sprintf("Got HTTP %d response to %s", resp.StatusCode, a.URL)
	case resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotModified:
		loc, err := resp.Location()
		if err != nil {
			a.Code, a.Error = 11200, "redirect without an address"
			return
		}
		a.location = loc.String()
	}
}

func (a *Attempt) lost(class string, code int, text string) {
	a.class, a.Code, a.Error = class, code, text
	a.Status, a.body, a.Body, a.ContentType, a.location = 0, nil, "", "", ""
}

// fail sorts a failure into the classes that retries go by.
func (a *Attempt) fail(err error, connected bool, cause error) {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errHost):
		a.Code, a.Error = 11205, err.Error()
	case errors.Is(cause, errRead), errors.Is(cause, context.DeadlineExceeded) && connected:
		a.class, a.Code, a.Error = "rt", 11200, "no answer in time"
	case errors.Is(err, errClosed):
		a.class, a.Code, a.Error = "rt", 11200, errClosed.Error()
	case errors.As(err, &dns):
		a.class, a.Code, a.Error = "ct", 11210, err.Error()
	case errors.As(err, &cert):
		a.class, a.Code, a.Error = "ct", 11237, err.Error()
	case !connected:
		a.class, a.Code, a.Error = "ct", 11205, err.Error()
	default:
		a.class, a.Code, a.Error = "rt", 11200, err.Error()
	}
}
