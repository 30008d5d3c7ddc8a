// Package api is a small client of Callshu's public API: what a browser sends,
// typed, with every refusal told in full. The demo and the smoke run know the
// product through it alone. It must never reach around the API.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Client is one browser: it keeps cookies and comes from one address.
type Client struct {
	base    string
	address string
	http    *http.Client

	mu      sync.Mutex
	cookies map[string]string
}

// Proxy is the loopback address from which our clients connect where the system
// lets them (Linux does): the demo's product trusts it to say where a client is,
// so that a visitor at 127.0.0.1 has all attempts of the rate limits to himself.
const Proxy = "127.0.1.1"

// New returns a browser without a session that is somewhere else.
func New(base, address string) *Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	if runtime.GOOS == "linux" {
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(Proxy)}}
		transport.DialContext = dialer.DialContext
	}
	return &Client{base: base, address: address, http: &http.Client{Timeout: 30 * time.Second, Transport: transport}, cookies: map[string]string{}}
}

// At is the same browser, signed in as it is now, somewhere else; both use the
// same connections.
func (c *Client) At(address string) *Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Client{base: c.base, address: address, http: c.http, cookies: maps.Clone(c.cookies)}
}

// Problem is a refusal (RFC 9457) and the request that met it.
type Problem struct {
	Request string `json:"-"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	ID      string `json:"request_id"`
	Errors  []struct {
		Location string `json:"location"`
		Code     string `json:"code"`
		Message  string `json:"message"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d %s: %s", p.Request, p.Status, p.Code, p.Detail)
	for _, e := range p.Errors {
		fmt.Fprintf(&b, " [%s %s: %s]", e.Location, e.Code, e.Message)
	}
	if p.Status >= http.StatusInternalServerError {
		fmt.Fprintf(&b, " (request %s)", p.ID)
	}
	return b.String()
}

// body is what a request carries; nil for none.
type body struct {
	kind string
	data []byte
}

func asJSON(v any) (*body, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return &body{"application/json", data}, nil
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.send(ctx, http.MethodGet, path, nil, into)
}

func (c *Client) post(ctx context.Context, path string, in, into any) error {
	if in == nil {
		return c.send(ctx, http.MethodPost, path, nil, into)
	}
	b, err := asJSON(in)
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, path, b, into)
}

// send makes one request; into is a pointer to decode JSON into, a *[]byte for
// the bytes as they are, or nil.
func (c *Client) send(ctx context.Context, method, path string, b *body, into any) error {
	answer, err := c.open(ctx, method, path, b)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s %s: read answer: %w", method, path, err)
	}
	if raw, ok := into.(*[]byte); ok {
		*raw = data
		return nil
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w: %.200s", method, path, err, data)
	}
	return nil
}

// open sends a request and returns an answer below 400; its body is open.
func (c *Client) open(ctx context.Context, method, path string, b *body) (*http.Response, error) {
	var content io.Reader
	if b != nil {
		content = bytes.NewReader(b.data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, content)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if b != nil {
		request.Header.Set("Content-Type", b.kind)
	}
	request.Header.Set("X-Forwarded-For", c.address)
	request.Header.Set("User-Agent", "callshu-demo")
	c.addCookies(request)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	c.keepCookies(answer)
	if answer.StatusCode >= http.StatusBadRequest {
		defer answer.Body.Close()
		return nil, problemOf(method+" "+path, answer)
	}
	return answer, nil
}

func problemOf(request string, answer *http.Response) error {
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s: read refusal: %w", request, err)
	}
	p := &Problem{}
	if err := json.Unmarshal(data, p); err != nil || p.Code == "" {
		return fmt.Errorf("%s: %s with no problem in it: %.300s", request, answer.Status, data)
	}
	p.Request = request
	return p
}

// addCookies sends them over plain HTTP too: browsers treat loopback as secure,
// Go's own cookie jar does not.
func (c *Client) addCookies(request *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, value := range c.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
}

func (c *Client) keepCookies(answer *http.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cookie := range answer.Cookies() {
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(c.cookies, cookie.Name)
			continue
		}
		c.cookies[cookie.Name] = cookie.Value
	}
}
