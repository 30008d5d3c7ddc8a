package hook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
)

// hangUp writes a request and closes the connection before the answer is read.
// It does the writing itself: net/http tells of a written request while it is
// still in a buffer, so that closing then could take the request back.
type hangUp struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	tls  *tls.Config
}

// RoundTrip never has an answer: it ends with errClosed once the request has
// been handed to the network as a whole.
func (h hangUp) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	ctx := req.Context()
	port := map[string]string{"http": "80", "https": "443"}[req.URL.Scheme]
	if port == "" {
		return nil, fmt.Errorf("unsupported protocol scheme %q", req.URL.Scheme)
	}
	if p := req.URL.Port(); p != "" {
		port = p
	}
	conn, err := h.dial(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if req.URL.Scheme == "https" {
		config := h.tls.Clone()
		config.ServerName = req.URL.Hostname()
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		defer secure.Close()
		conn = secure
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	return nil, errClosed
}
