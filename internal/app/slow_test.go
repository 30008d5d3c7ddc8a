package app_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
)

// patience is when a test stops waiting for a server that should have hung up.
const patience = 30 * time.Second

// socket is a connection on which a test says what no HTTP client would.
type socket struct {
	net.Conn
	t *testing.T
}

func (p *product) socket() *socket {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.address())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	return &socket{conn, p.t}
}

func (p *product) address() string { return strings.TrimPrefix(p.url, "http://") }

func (w *socket) say(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatal(err)
	}
}

// status reads one answer.
func (w *socket) status() int {
	w.t.Helper()
	w.SetReadDeadline(time.Now().Add(patience))
	answer, err := http.ReadResponse(bufio.NewReader(w), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// isCut fails the test unless the server has hung up by then.
func (w *socket) isCut(what string, by time.Time) {
	w.t.Helper()
	w.SetReadDeadline(by)
	if _, err := io.Copy(io.Discard, w); errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Errorf("%s: the connection was held for %v", what, patience)
	}
}

func (b *browser) cookieLine() string {
	var line strings.Builder
	for name, value := range b.cookies {
		fmt.Fprintf(&line, "Cookie: %s=%s\r\n", name, value)
	}
	return line.String()
}

// Whoever sends a header or a body by drops, or keeps a line open in silence,
// is cut off; meanwhile everybody else is served. The decoder of JSON has a
// bound of its own, 5 s for a body, where the whole request may take longer.
func TestSlowClientsCannotHoldTheServer(t *testing.T) {
	t.Parallel()
	const header = 5 * time.Second
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{Timeouts: app.Timeouts{Header: header, Read: 6 * time.Second, Write: 6 * time.Second, Idle: 3 * time.Second}}})
	owner := p.signUp("zoe@northwind.example", "Northwind")
	held := map[string][]*socket{}
	hold := func(what string, n int, text string) {
		for range n {
			w := p.socket()
			w.say(text)
			held[what] = append(held[what], w)
		}
	}
	hold("nothing said", 20, "")
	hold("half a header", 200, "GET /api/v1/me HTTP/1.1\r\nHost: "+p.address()+"\r\nX-Slow: ")
	hold("half a webhook", 25, "POST /webhooks/twilio/sms HTTP/1.1\r\nHost: "+p.address()+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nBody=")
	hold("half of some JSON", 25, "POST /api/v1/me/phone HTTP/1.1\r\nHost: "+p.address()+"\r\n"+owner.cookieLine()+"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"phone\":")
	began := time.Now()
	owner.get("me")
	if took := time.Since(began); took >= header {
		t.Errorf("an ordinary request waited %v: until the slow ones were cut", took)
	}
	quiet := p.socket()
	quiet.say("GET /healthz HTTP/1.1\r\nHost: " + p.address() + "\r\n\r\n")
	if status := quiet.status(); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
	held["no second request"] = []*socket{quiet}
	by := time.Now().Add(patience)
	for what, sockets := range held {
		for _, w := range sockets {
			w.isCut(what, by)
		}
	}
	owner.get("me")
}

// Whoever asks and does not listen is cut off too: when the answers that wait
// fill what lies between us, writing more must fail.
func TestSlowReaderIsCut(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{Timeouts: app.Timeouts{Header: 5 * time.Second, Read: 5 * time.Second, Write: 3 * time.Second, Idle: 5 * time.Second}}})
	w := p.socket()
	w.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	w.SetWriteDeadline(time.Now().Add(patience))
	ask := []byte("GET /api/openapi.json HTTP/1.1\r\nHost: " + p.address() + "\r\n\r\n")
	var err error
	for err == nil {
		_, err = w.Write(bytes.Repeat(ask, 100))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a client that reads nothing was kept for %v", patience)
	}
}

// The product as it is started by the command line: what is too large is
// refused before it is all there.
func TestTheServerReadsNoMoreThanItTakes(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.signUp("zoe@northwind.example", "Northwind")
	slow := p.socket()
	slow.say("GET /healthz HTTP/1.1\r\n")
	for size, want := range map[int]int{15 << 10: http.StatusOK, 24 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		w := p.socket()
		w.say("GET /healthz HTTP/1.1\r\nHost: " + p.address() + "\r\nX-Long: " + strings.Repeat("x", size) + "\r\n\r\n")
		if got := w.status(); got != want {
			t.Errorf("a header of %d bytes: %d, want %d", size, got, want)
		}
	}
	for path, lines := range map[string]string{
		"/api/v1/me/phone":      "Content-Type: application/json\r\n" + owner.cookieLine(),
		"/webhooks/twilio/sms":  "Content-Type: application/x-www-form-urlencoded\r\n",
		"/api/v1/auth/register": "Content-Type: application/json\r\n",
	} {
		status, taken := p.endless("POST " + path + " HTTP/1.1\r\nHost: " + p.address() + "\r\n" + lines + "Transfer-Encoding: chunked\r\n\r\n")
		if status != http.StatusRequestEntityTooLarge || taken > 32<<20 {
			t.Errorf("%s: %d after %d bytes of a body without end, want 413 at once", path, status, taken)
		}
	}
	slow.isCut("half a header", time.Now().Add(patience))
}

// endless sends chunks of one JSON text until the server hangs up. It returns
// the answer's status and how much was taken, kernel buffers included.
func (p *product) endless(head string) (status, taken int) {
	p.t.Helper()
	w := p.socket()
	w.say(head + "2\r\n{\"\r\n")
	w.SetWriteDeadline(time.Now().Add(patience))
	answered := make(chan int, 1)
	go func() {
		answer, err := http.ReadResponse(bufio.NewReader(w), nil)
		if err != nil {
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	chunk := []byte("8000\r\n" + strings.Repeat("x", 0x8000) + "\r\n")
	var err error
	for ; err == nil && taken < 1<<30; taken += len(chunk) {
		_, err = w.Write(chunk)
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Errorf("the server took %d bytes and did not hang up: %v", taken, err)
	}
	return <-answered, taken
}

// The name that counts is the one in the request's own line, and one only; what
// is for those who run the server is not on this address.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	host := "Host: " + p.address() + "\r\n"
	for request, want := range map[string]int{
		"GET /api/v1/me HTTP/1.1\r\n" + host:                                       http.StatusUnauthorized,
		"GET http://" + p.address() + "/api/v1/me HTTP/1.1\r\nHost: evil.test\r\n": http.StatusUnauthorized,
		"GET http://evil.test/api/v1/me HTTP/1.1\r\n" + host:                       http.StatusMisdirectedRequest,
		"GET http:evil.test HTTP/1.1\r\n" + host:                                   http.StatusNotFound,
		"GET /api/v1/me HTTP/1.1\r\n" + host + "Host: evil.test\r\n":               http.StatusBadRequest,
		"GET /api/v1/me HTTP/1.1\r\n":                                              http.StatusBadRequest,
		"GET /api/v1/me HTTP/1.0\r\n":                                              http.StatusMisdirectedRequest,
		"GET /api/v1/me HTTP/1.1\r\n" + host + "X-Bad : a\r\n":                     http.StatusBadRequest,
		"POST /api/v1/auth/login HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: gzip\r\n": http.StatusNotImplemented,
		"GET /metrics HTTP/1.1\r\n" + host:              http.StatusNotFound,
		"GET /debug/pprof/ HTTP/1.1\r\n" + host:         http.StatusNotFound,
		"GET /debug/vars HTTP/1.1\r\n" + host:           http.StatusNotFound,
		"TRACE /api/v1/me HTTP/1.1\r\n" + host:          http.StatusMethodNotAllowed,
		"CONNECT evil.test:443 HTTP/1.1\r\n" + host:     http.StatusMisdirectedRequest,
		"OPTIONS * HTTP/1.1\r\n" + host:                 http.StatusNotFound,
		"GET /\x00 HTTP/1.1\r\n" + host:                 http.StatusBadRequest,
		"GET /api/v1/../../metrics HTTP/1.1\r\n" + host: http.StatusNotFound,
	} {
		w := p.socket()
		w.say(request + "\r\n")
		if got := w.status(); got != want {
			t.Errorf("%q: %d, want %d", request, got, want)
		}
	}
}
