package restapi

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/view"
)

const html502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

// before lets a fault strike a request of which nothing has been recorded; it
// reports whether the request is over.
func (h *Handler) before(w http.ResponseWriter, x *exchange) bool {
	point := fault.APIBefore
	if x.Method == http.MethodGet {
		point = fault.APIRead
	}
	a, struck := h.engine.Strike(point, x.facts())
	if !struck {
		return false
	}
	x.fault = true
	x.lag = time.Duration(a.LagMS) * time.Millisecond
	pause(x, a)
	lost := a.Reset || a.HTML502 || a.Status >= 500
	if lost && x.isCreateCall() {
		h.engine.AnswerLost(x.form.Get("To"))
	}
	log := view.Request{Wall: x.started, Method: x.Method, Path: x.URL.Path, Form: x.form, Status: a.Status, Fault: true}
	switch {
	case a.Reset:
		reset(w)
		log.Status = 0
	case a.Truncate:
		h.guarded(x, 0)
		raw, _ := json.Marshal(x.body)
		truncate(w, x.status, raw)
		log.Status = 0
	case a.HTML502:
		badGateway(w)
		log.Status = 502
	case a.Status != 0:
		refused := outage(a.Status)
		log.Code = refused.Code
		raw, _ := json.Marshal(errorBody(refused))
		h.retryAfter(w, a.Status)
		w.WriteHeader(a.Status)
		_, _ = w.Write(raw)
	default:
		return false // late, or out of date, but served
	}
	h.log(x, log)
	return true
}

func (x *exchange) isCreateCall() bool {
	return x.Method == http.MethodPost && strings.HasSuffix(x.URL.Path, "/Calls.json")
}

// after lets a fault strike the answer to a create that has taken effect; it
// reports whether the answer has been dealt with.
func (h *Handler) after(w http.ResponseWriter, x *exchange, raw []byte, log *view.Request) bool {
	a, struck := h.engine.Strike(fault.APIAfter, x.facts())
	if !struck {
		return false
	}
	log.Fault = true
	if a.DelayMS > 0 {
		// The call does not wait for the slow answer, and while that is out its
		// callbacks may tell the application of it.
		if x.isCreateCall() {
			h.engine.AnswerLost(x.form.Get("To"))
		}
		x.release()
		x.release = nil
		if gaveUp := pause(x, a); !gaveUp && x.isCreateCall() {
			h.engine.AnswerCame(x.form.Get("To"))
		}
	}
	lost := a.Drop || a.Truncate || a.HTML502 || a.Status >= 500
	if lost && x.isCreateCall() {
		h.engine.AnswerLost(x.form.Get("To"))
	}
	switch {
	case a.Drop:
		reset(w)
		log.Status = 0
	case a.Truncate:
		truncate(w, x.status, raw)
		log.Status = 0
	case a.HTML502:
		badGateway(w)
		log.Status = 502
	case a.Status != 0:
		refused := outage(a.Status)
		log.Status, log.Code = a.Status, refused.Code
		body, _ := json.Marshal(errorBody(refused))
		w.WriteHeader(a.Status)
		_, _ = w.Write(body)
	default:
		return false
	}
	if x.release != nil {
		x.release()
	}
	return true
}

// pause delays an answer by wall time; it reports that the client gave up.
func pause(x *exchange, a fault.Action) bool {
	if a.DelayMS == 0 {
		return false
	}
	t := time.NewTimer(time.Duration(a.DelayMS) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-x.Context().Done():
		return true
	}
}

func outage(status int) *order.APIError {
	switch status {
	case 401:
		return &order.APIError{Status: 401, Code: 20003, Message: "Authenticate"}
	case 429:
		return &order.APIError{Status: 429, Code: 20429, Message: "Too Many Requests"}
	case 500:
		return &order.APIError{Status: 500, Code: 20500, Message: "An internal server error has occurred"}
	case 503:
		return &order.APIError{Status: 503, Code: 20503, Message: "Service Unavailable"}
	}
	return &order.APIError{Status: status, Code: 20000 + status, Message: http.StatusText(status)}
}

// reset ends the connection the hard way: the client sees a reset, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst the client sees an end instead of a reset
	}
	conn.Close()
}

// truncate sends half of an answer and closes the connection.
func truncate(w http.ResponseWriter, status int, raw []byte) {
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", status, http.StatusText(status), len(raw))
	_, _ = out.Write(raw[:len(raw)/2])
	_ = out.Flush()
}

func badGateway(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = w.Write([]byte(html502))
}
