// Package simctl is a client of the carrier simulator's control API: it gives
// phones owners, acts as them, and reads what the carrier saw. It must never
// speak to the product.
package simctl

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/engine"
)

// Client steers one simulator.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the simulator at an address.
func New(base string) *Client {
	return &Client{base: base, http: &http.Client{Timeout: 30 * time.Second}}
}

func (c *Client) send(ctx context.Context, method, path string, in, into any) error {
	var content io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("simulator: encode request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return fmt.Errorf("simulator: %s %s: %w", method, path, err)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("simulator: %s %s: %w", method, path, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("simulator: %s %s: %w", method, path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("simulator: %s %s: %s: %.300s", method, path, answer.Status, data)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("simulator: %s %s: decode: %w", method, path, err)
	}
	return nil
}

func phonePath(number, act string) string { return "/_sim/phones/" + url.PathEscape(number) + act }

// SetOwner gives a phone a scripted owner.
func (c *Client) SetOwner(ctx context.Context, number string, script carriersim.Persona) error {
	return c.send(ctx, http.MethodPut, phonePath(number, ""), map[string]any{"script": script}, nil)
}

// ByHand leaves a phone to whoever acts on the phones page.
func (c *Client) ByHand(ctx context.Context, number string) error {
	return c.send(ctx, http.MethodPut, phonePath(number, ""), map[string]string{"persona": "hand"}, nil)
}

// Text sends a text from a phone to one of the account's numbers.
func (c *Client) Text(ctx context.Context, number, to, text string) error {
	return c.send(ctx, http.MethodPost, phonePath(number, "/sms"), map[string]string{"to": to, "body": text}, nil)
}

// Answer picks up.
func (c *Client) Answer(ctx context.Context, number string) error {
	return c.send(ctx, http.MethodPost, phonePath(number, "/answer"), nil, nil)
}

// Press presses keys during a call.
func (c *Client) Press(ctx context.Context, number, keys string) error {
	return c.send(ctx, http.MethodPost, phonePath(number, "/press"), map[string]string{"digits": keys}, nil)
}

// Phone shows a phone with its calls and texts.
func (c *Client) Phone(ctx context.Context, number string) (engine.PhoneView, error) {
	var view engine.PhoneView
	return view, c.send(ctx, http.MethodGet, phonePath(number, ""), nil, &view)
}

// Calls shows every call.
func (c *Client) Calls(ctx context.Context) ([]engine.CallView, error) {
	var views []engine.CallView
	return views, c.send(ctx, http.MethodGet, "/_sim/calls", nil, &views)
}

// Stats are the figures of the run so far.
func (c *Client) Stats(ctx context.Context) (carriersim.Stats, error) {
	var stats carriersim.Stats
	return stats, c.send(ctx, http.MethodGet, "/_sim/stats", nil, &stats)
}

// Violations are what a correct product never does.
func (c *Client) Violations(ctx context.Context) ([]carriersim.Violation, error) {
	var list []carriersim.Violation
	return list, c.send(ctx, http.MethodGet, "/_sim/violations", nil, &list)
}

// Code reads the newest six-digit code that was texted to a phone; ok is false
// while there is none.
func (c *Client) Code(ctx context.Context, number string) (code string, ok bool, err error) {
	view, err := c.Phone(ctx, number)
	if err != nil {
		return "", false, err
	}
	sixDigits := regexp.MustCompile(`\b\d{6}\b`)
	for i := len(view.Thread) - 1; i >= 0; i-- {
		if found := sixDigits.FindString(view.Thread[i].Body); found != "" && !view.Thread[i].Out {
			return found, true, nil
		}
	}
	return "", false, nil
}

// Watching is a connection on which the simulator tells of every change.
type Watching struct {
	body io.ReadCloser
}

// Watch begins to watch; changes from now on are told. The caller must call
// Until once.
func (c *Client) Watch(ctx context.Context) (*Watching, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/_sim/events", nil)
	if err != nil {
		return nil, fmt.Errorf("simulator: watch: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("simulator: watch: %w", err)
	}
	return &Watching{answer.Body}, nil
}

// Until looks after each change until it has seen enough.
func (w *Watching) Until(look func() (enough bool, err error)) error {
	defer w.body.Close()
	for changes := bufio.NewScanner(w.body); ; {
		if !changes.Scan() {
			return fmt.Errorf("simulator: watch: %w", cmp.Or(changes.Err(), io.ErrUnexpectedEOF))
		}
		if !bytes.HasPrefix(changes.Bytes(), []byte("data:")) {
			continue
		}
		if enough, err := look(); enough || err != nil {
			return err
		}
	}
}
