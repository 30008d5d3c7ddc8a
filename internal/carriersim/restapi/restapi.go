// Package restapi owns the REST endpoints that an application calls: Twilio's
// paths, shapes, error bodies, paging and headers over the engine. It decides
// nothing about calls and texts, and must never answer 5xx unless a fault
// says so.
package restapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/callshu/callshu/internal/carriersim/engine"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Handler serves /2010-04-01/ and refuses everything else the way Twilio does.
type Handler struct {
	engine *engine.Engine
	busy   atomic.Int64
}

// New returns the REST endpoints of an engine's account.
func New(e *engine.Engine) *Handler { return &Handler{engine: e} }

// exchange is one request with the answer that is being made.
type exchange struct {
	*http.Request
	form    url.Values
	path    string // below the account, without .json
	started time.Time
	status  int
	body    any
	code    int
	release func() // what the answer sets in motion
	created bool
	lag     time.Duration
	fault   bool
}

const maxBody = 64 << 10

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer h.engine.Serve()()
	busy := h.busy.Add(1)
	defer h.busy.Add(-1)
	x := &exchange{Request: r, started: time.Now()}
	h.headers(w, busy)
	if refused := x.read(w); refused != nil {
		x.refuse(refused)
		h.write(w, x)
		return
	}
	if h.before(w, x) {
		return
	}
	h.guarded(x, busy)
	h.write(w, x)
}

// guarded serves a request; should that break down, the client gets a refusal
// and the run a violation, not a connection that ends in the middle.
func (h *Handler) guarded(x *exchange, busy int64) {
	defer func() {
		if broken := recover(); broken != nil {
			h.engine.Violate("simulator_broken", fmt.Sprintf("%s %s: %v", x.Method, x.URL.Path, broken))
			x.release, x.created = nil, false
			x.refuse(&order.APIError{Status: 400, Code: 20001, Message: "Unable to process request"})
		}
	}()
	h.serve(x, busy)
}

func (h *Handler) headers(w http.ResponseWriter, busy int64) {
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("Twilio-Concurrent-Requests", strconv.FormatInt(busy, 10))
	head.Set("Twilio-Request-Id", h.engine.RequestSID())
	head.Set("X-Home-Region", "us1")
	head.Set("X-Api-Domain", "api.twilio.com")
	head.Set("X-Shenanigans", "none")
}

// read takes the form. Another kind of body is not an error of its own: its
// parameters are simply not there, as at Twilio.
func (x *exchange) read(w http.ResponseWriter) *order.APIError {
	bad := &order.APIError{Status: 400, Code: 20001, Message: "Unable to parse request"}
	query, err := url.ParseQuery(x.URL.RawQuery)
	if err != nil {
		return bad
	}
	x.form = query
	if x.Method != http.MethodPost {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, x.Body, maxBody))
	if err != nil {
		return bad
	}
	x.form = url.Values{}
	if strings.HasPrefix(x.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if x.form, err = url.ParseQuery(string(body)); err != nil {
			return bad
		}
	}
	return nil
}

func (x *exchange) refuse(e *order.APIError) {
	x.status, x.code = e.Status, e.Code
	x.body = errorBody(e)
}

func errorBody(e *order.APIError) map[string]any {
	body := map[string]any{"code": e.Code, "message": e.Message, "status": e.Status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.Code)}
	if e.Code == 20003 {
		body["detail"] = "Your AccountSid or AuthToken was incorrect."
	}
	return body
}

func (x *exchange) notFound() {
	x.refuse(&order.APIError{Status: 404, Code: 20404, Message: "The requested resource " + x.URL.Path + " was not found"})
}

// serve routes a request that faults have let through.
func (h *Handler) serve(x *exchange, busy int64) {
	user, password, ok := x.BasicAuth()
	if !ok || !h.engine.Authenticate(user, password) {
		x.refuse(&order.APIError{Status: 401, Code: 20003, Message: "Authenticate"})
		return
	}
	if limit, _ := h.engine.RESTLimits(); limit > 0 && busy > int64(limit) {
		x.refuse(&order.APIError{Status: 429, Code: 20429, Message: "Too Many Requests"})
		return
	}
	rest, ok := strings.CutPrefix(x.URL.Path, "/2010-04-01/Accounts/"+h.engine.AccountSID())
	if !ok && strings.HasPrefix(x.URL.Path, "/2010-04-01/Accounts/AC") {
		x.notFound() // somebody else's account
		return
	}
	if !ok || !strings.HasSuffix(rest, ".json") {
		h.unknown(x)
		return
	}
	x.path = strings.TrimSuffix(rest, ".json")
	parts := strings.Split(strings.TrimPrefix(x.path, "/"), "/")
	route := x.Method + " " + parts[0]
	if len(parts) == 2 {
		route += "/{sid}"
	}
	if len(parts) > 2 {
		h.unknown(x)
		return
	}
	switch route {
	case "GET ":
		x.status, x.body = 200, h.engine.Account()
	case "POST Calls":
		h.createCall(x)
	case "GET Calls":
		h.listCalls(x)
	case "GET Calls/{sid}":
		h.fetchCall(x, parts[1])
	case "POST Calls/{sid}":
		h.updateCall(x, parts[1])
	case "POST Messages":
		h.createMessage(x)
	case "GET Messages":
		h.listMessages(x)
	case "GET Messages/{sid}":
		h.fetchMessage(x, parts[1])
	case "POST Messages/{sid}":
		h.updateMessage(x, parts[1])
	case "GET IncomingPhoneNumbers":
		h.listNumbers(x)
	case "GET IncomingPhoneNumbers/{sid}":
		h.fetchNumber(x, parts[1])
	case "POST IncomingPhoneNumbers/{sid}":
		h.updateNumber(x, parts[1])
	default:
		h.unknown(x)
	}
}

// unknown is an endpoint that is not implemented: never a silent success.
func (h *Handler) unknown(x *exchange) {
	h.engine.Violate("unimplemented_endpoint", x.Method+" "+x.URL.Path)
	x.notFound()
}

func (h *Handler) createCall(x *exchange) {
	call, release, refused := h.engine.CreateCall(x.form)
	if refused != nil {
		x.refuse(refused)
		return
	}
	x.status, x.body, x.release, x.created = 201, call, release, true
}

func (h *Handler) fetchCall(x *exchange, sid string) {
	call, ok := h.engine.FetchCall(sid, x.lag)
	if !ok {
		x.notFound()
		return
	}
	x.status, x.body = 200, call
}

func (h *Handler) updateCall(x *exchange, sid string) {
	f := x.form
	limit, _ := strconv.Atoi(f.Get("TimeLimit"))
	o := order.Update{Status: f.Get("Status"), URL: f.Get("Url"), Method: f.Get("Method"), Twiml: f.Get("Twiml"),
		FallbackURL: f.Get("FallbackUrl"), FallbackMethod: f.Get("FallbackMethod"), StatusCallback: f.Get("StatusCallback"),
		StatusCallbackMethod: f.Get("StatusCallbackMethod"), TimeLimit: limit}
	call, refused := h.engine.UpdateCall(sid, o)
	switch {
	case refused != nil:
		x.refuse(refused)
	case call.SID == "":
		x.notFound()
	default:
		x.status, x.body = 200, call
	}
}

func (h *Handler) createMessage(x *exchange) {
	message, release, refused := h.engine.CreateMessage(x.form)
	if refused != nil {
		x.refuse(refused)
		return
	}
	x.status, x.body, x.release, x.created = 201, message, release, true
}

func (h *Handler) fetchMessage(x *exchange, sid string) {
	message, ok := h.engine.FetchMessage(sid, x.lag)
	if !ok {
		x.notFound()
		return
	}
	x.status, x.body = 200, message
}

func (h *Handler) updateMessage(x *exchange, sid string) {
	redact := x.form.Has("Body") && x.form.Get("Body") == ""
	message, ok, refused := h.engine.UpdateMessage(sid, redact, x.form.Get("Status"))
	switch {
	case refused != nil:
		x.refuse(refused)
	case !ok:
		x.notFound()
	default:
		x.status, x.body = 200, message
	}
}

// write sends the answer, unless a fault gets at it, and then lets happen what
// it set in motion: nothing calls back before the answer has left.
func (h *Handler) write(w http.ResponseWriter, x *exchange) {
	raw, err := json.Marshal(x.body)
	if err != nil {
		raw = []byte(`{"code":20500,"message":"internal","status":500}`) // cannot happen: the bodies are plain data
	}
	log := view.Request{Wall: x.started, Method: x.Method, Path: x.URL.Path, Form: x.form, Status: x.status, Code: x.code, Fault: x.fault}
	if x.created && h.after(w, x, raw, &log) {
		h.log(x, log)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.Header().Set("Twilio-Request-Duration", fmt.Sprintf("%.3f", time.Since(x.started).Seconds()))
	h.retryAfter(w, x.status)
	h.log(x, log) // before the client can look for it
	w.WriteHeader(x.status)
	_, _ = w.Write(raw) // a client that has gone is no concern of the carrier
	_ = http.NewResponseController(w).Flush()
	if x.release != nil {
		x.release()
	}
}

// retryAfter adds the header that nobody documents, where the switch has it.
func (h *Handler) retryAfter(w http.ResponseWriter, status int) {
	if _, there := h.engine.RESTLimits(); there && status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
}

func (h *Handler) log(x *exchange, r view.Request) {
	r.MS = float64(time.Since(x.started).Microseconds()) / 1000
	h.engine.Log(r)
}

func (x *exchange) facts() fault.Facts {
	page, _ := strconv.Atoi(x.form.Get("Page"))
	return fault.Facts{Path: x.URL.Path, Method: x.Method, To: x.form.Get("To"), From: x.form.Get("From"), Page: page + 1}
}
