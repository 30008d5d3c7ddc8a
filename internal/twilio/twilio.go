// Package twilio is the only way to the carrier: placing and ending calls,
// sending texts, listing what the carrier knows, and checking its signatures.
// It turns every outcome into a class that says what may be done next. It must
// never retry a create by itself (POST /Calls and /Messages carry no
// idempotency key) and never ask for a recording.
package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Timeout bounds one request to the carrier. After it a create is unknown.
const Timeout = 5 * time.Second

// Account names the carrier account and where it is reached.
type Account struct {
	AccountSID string
	AuthToken  string
	BaseURL    string // https://api.twilio.com, or the simulator's address outside production
}

// Client speaks to one carrier account. It is safe for concurrent use.
type Client struct {
	account   Account
	base      *url.URL
	transport *http.Transport
}

// New returns a client with its own connection pool.
func New(account Account) (*Client, error) {
	base, err := url.Parse(account.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("parse carrier base url: want scheme://host")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConns = 128
	transport.MaxIdleConnsPerHost = 128 // the default of 2 would open a connection per call
	return &Client{account: account, base: base, transport: transport}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// request carries one caller's context and remembers whether a connection was
// ever obtained: without one, nothing can have reached the carrier.
type request struct {
	client *Client
	ctx    context.Context
	sent   atomic.Bool
}

// RoundTrip sends to the configured base instead of the library's fixed host
// and gives the request a context, which the library does not.
func (r *request) RoundTrip(req *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { r.sent.Store(true) }}
	out := req.Clone(httptrace.WithClientTrace(r.ctx, trace))
	out.URL.Scheme, out.URL.Host, out.Host = r.client.base.Scheme, r.client.base.Host, ""
	return r.client.transport.RoundTrip(out)
}

// do runs one call of the library under ctx and classifies its error.
func (c *Client) do(ctx context.Context, f func(*api.ApiService) error) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	r := &request{client: c, ctx: ctx}
	inner := &client.Client{
		Credentials: client.NewCredentials(c.account.AccountSID, c.account.AuthToken),
		HTTPClient: &http.Client{Transport: r, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	inner.SetAccountSid(c.account.AccountSID)
	if err := f(api.NewApiServiceWithClient(inner)); err != nil {
		return classify(err, r.sent.Load())
	}
	return nil
}

// Call is one dialling. The URLs carry our attempt id, so that any callback
// proves which attempt the carrier's call belongs to.
type Call struct {
	From, To       string
	URL            string
	FallbackURL    string
	StatusURL      string
	MachineURL     string        // where asynchronous machine detection reports
	RingTimeout    time.Duration // how long it may ring
	MaxDuration    time.Duration
	DetectMachines bool
}

// CreateCall asks the carrier to dial and returns its id. Any error is an
// *Error; of class Unknown the call may exist all the same.
func (c *Client) CreateCall(ctx context.Context, call Call) (string, error) {
	params := &api.CreateCallParams{}
	params.SetFrom(call.From)
	params.SetTo(call.To)
	params.SetUrl(call.URL)
	params.SetFallbackUrl(call.FallbackURL)
	params.SetStatusCallback(call.StatusURL)
	// A repeated parameter: one joined value is accepted and then never calls back.
	params.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	params.SetTimeout(int(call.RingTimeout.Seconds()))
	params.SetTimeLimit(int(call.MaxDuration.Seconds()))
	if call.DetectMachines {
		params.SetMachineDetection("DetectMessageEnd")
		params.SetAsyncAmd("true") // synchronous detection would let a person hear silence
		params.SetAsyncAmdStatusCallback(call.MachineURL)
	}
	var sid string
	err := c.do(ctx, func(s *api.ApiService) error {
		created, err := s.CreateCall(params)
		if err != nil {
			return err
		}
		if created == nil || created.Sid == nil {
			return errors.New("create call: answer without sid")
		}
		sid = *created.Sid
		return nil
	})
	return sid, err
}

// EndCall hangs up, whether the call is still queued, ringing or in progress,
// and returns the status that the carrier answers with. A call that has already
// ended is no error; its status is then empty.
func (c *Client) EndCall(ctx context.Context, sid string) (status string, err error) {
	return c.update(ctx, sid, func(p *api.UpdateCallParams) { p.SetStatus("completed") })
}

// RedirectCall makes a call in progress continue with the document at url.
func (c *Client) RedirectCall(ctx context.Context, sid, url string) error {
	_, err := c.update(ctx, sid, func(p *api.UpdateCallParams) { p.SetUrl(url) })
	return err
}

const codeNotInProgress = 21220

func (c *Client) update(ctx context.Context, sid string, set func(*api.UpdateCallParams)) (status string, err error) {
	params := &api.UpdateCallParams{}
	set(params)
	err = c.do(ctx, func(s *api.ApiService) error {
		call, err := s.UpdateCall(sid, params)
		if err == nil {
			status = text(call.Status)
		}
		return err
	})
	if refused, ok := AsError(err); ok && refused.Code == codeNotInProgress {
		return "", nil // it ended by itself meanwhile
	}
	return status, err
}

// CallState is what the carrier says of a call.
type CallState struct {
	SID        string
	From, To   string
	Status     string // queued, ringing, in-progress, completed, busy, failed, no-answer, canceled
	AnsweredBy string
	Created    time.Time
	Duration   time.Duration
}

// FetchCall reads one call.
func (c *Client) FetchCall(ctx context.Context, sid string) (CallState, error) {
	var state CallState
	err := c.do(ctx, func(s *api.ApiService) error {
		call, err := s.FetchCall(sid, nil)
		if err == nil {
			state = callState(*call)
		}
		return err
	})
	return state, err
}

// ListCalls lists the newest calls to a number, newest first, queued ones
// included. It sets no time filter: a queued call has no start time and would
// be missed (the caller compares Created).
func (c *Client) ListCalls(ctx context.Context, to string, limit int) ([]CallState, error) {
	params := &api.ListCallParams{}
	params.SetTo(to)
	params.SetPageSize(min(limit, 1000))
	params.SetLimit(limit)
	var states []CallState
	err := c.do(ctx, func(s *api.ApiService) error {
		calls, err := s.ListCall(params)
		for _, call := range calls {
			states = append(states, callState(call))
		}
		return err
	})
	return states, err
}

func callState(call api.ApiV2010Call) CallState {
	state := CallState{SID: text(call.Sid), From: text(call.From), To: text(call.To), Status: text(call.Status), AnsweredBy: text(call.AnsweredBy)}
	state.Created, _ = time.Parse(time.RFC1123Z, text(call.DateCreated))
	if seconds, err := time.ParseDuration(text(call.Duration) + "s"); err == nil {
		state.Duration = seconds
	}
	return state
}

// Message is one text to send.
type Message struct {
	From, To            string
	MessagingServiceSID string // sends through the service instead of From where set
	Body                string
	StatusURL           string
}

// Sent is a text that the carrier has taken.
type Sent struct {
	SID string
	At  time.Time // by the carrier's clock, in whole seconds; zero where it did not say
}

// SendMessage hands a text to the carrier. Any error is an *Error; of class
// Unknown the text may be on its way all the same.
func (c *Client) SendMessage(ctx context.Context, message Message) (Sent, error) {
	params := &api.CreateMessageParams{}
	params.SetTo(message.To)
	params.SetBody(message.Body)
	params.SetStatusCallback(message.StatusURL)
	if message.MessagingServiceSID != "" {
		params.SetMessagingServiceSid(message.MessagingServiceSID)
	} else {
		params.SetFrom(message.From)
	}
	var sent Sent
	err := c.do(ctx, func(s *api.ApiService) error {
		created, err := s.CreateMessage(params)
		if err != nil {
			return err
		}
		if created == nil || created.Sid == nil {
			return errors.New("create message: answer without sid")
		}
		state := messageState(*created)
		sent = Sent{SID: state.SID, At: state.Created}
		return nil
	})
	return sent, err
}

// MessageState is what the carrier says of a text.
type MessageState struct {
	SID       string
	From, To  string
	Body      string
	Direction string // inbound, outbound-api, outbound-reply
	Status    string
	ErrorCode int
	Created   time.Time
}

// FetchMessage reads one text, ours or a person's.
func (c *Client) FetchMessage(ctx context.Context, sid string) (MessageState, error) {
	var state MessageState
	err := c.do(ctx, func(s *api.ApiService) error {
		message, err := s.FetchMessage(sid, nil)
		if err == nil {
			state = messageState(*message)
		}
		return err
	})
	return state, err
}

// listPage is how many texts the carrier lists at once, at most.
const listPage = 1000

// ListMessages lists every text sent to a number since an instant, newest
// first, however many pages it takes: whoever looks for a STOP must not be told
// only a part. For texts received, to is one of our own numbers.
func (c *Client) ListMessages(ctx context.Context, to string, since time.Time) ([]MessageState, error) {
	params := &api.ListMessageParams{}
	params.SetTo(to)
	// Day precision is the documented contract: fetch a day more, compare here.
	params.SetDateSentAfter(since.UTC().Add(-24 * time.Hour).Truncate(time.Second))
	params.SetPageSize(listPage)
	var states []MessageState
	for token, number := "", ""; ; {
		var page *api.ListMessageResponse
		err := c.do(ctx, func(s *api.ApiService) (err error) { // each page has a time limit of its own
			page, err = s.PageMessage(params, token, number)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, message := range page.Messages {
			if state := messageState(message); !state.Created.Before(since) {
				states = append(states, state)
			}
		}
		if page.NextPageUri == nil || *page.NextPageUri == "" {
			return states, nil
		}
		next, err := url.Parse(*page.NextPageUri)
		if err != nil {
			return nil, fmt.Errorf("parse address of next page: %w", err)
		}
		query := next.Query()
		if query.Get("PageToken") == token && query.Get("Page") == number {
			return nil, errors.New("list texts: the next page is the same page")
		}
		token, number = query.Get("PageToken"), query.Get("Page")
	}
}

func messageState(m api.ApiV2010Message) MessageState {
	state := MessageState{SID: text(m.Sid), From: text(m.From), To: text(m.To), Body: text(m.Body), Direction: text(m.Direction), Status: text(m.Status)}
	if m.ErrorCode != nil {
		state.ErrorCode = *m.ErrorCode
	}
	state.Created, _ = time.Parse(time.RFC1123Z, text(m.DateCreated))
	return state
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
