package restapi

import (
	"net/url"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
)

// window is the page of a list that a request asks for.
type window struct {
	resource.Window
	page int
}

// readWindow takes the paging of a request; a token that is none of ours is
// refused.
func (x *exchange) readWindow() (w window, ok bool) {
	w.Limit = 50
	if n, err := strconv.Atoi(x.form.Get("PageSize")); err == nil && n > 0 {
		w.Limit = min(n, 1000)
	}
	if n, err := strconv.Atoi(x.form.Get("Page")); err == nil && n > 0 {
		w.page = n
	}
	token := x.form.Get("PageToken")
	if token == "" {
		return w, true
	}
	kind, sid := token[:min(2, len(token))], token[min(2, len(token)):]
	switch {
	case kind == "PA" && sid != "":
		w.After = sid
	case kind == "PB" && sid != "":
		w.Before = sid
	default:
		x.badToken()
		return w, false
	}
	return w, true
}

func (x *exchange) badToken() {
	x.refuse(&order.APIError{Status: 400, Code: 20001, Message: "Invalid PageToken " + strconv.Quote(x.form.Get("PageToken"))})
}

// pages fills in a list's paging. The tokens are anchored on a SID, so that
// what is created meanwhile moves nothing.
func pages[T any](x *exchange, w window, key string, items []T, more bool, sid func(T) string) {
	if items == nil {
		items = []T{}
	}
	link := func(page int, token string) string {
		q := url.Values{}
		for name, values := range x.form {
			if name != "Page" && name != "PageToken" {
				q[name] = values
			}
		}
		q.Set("PageSize", strconv.Itoa(w.Limit))
		q.Set("Page", strconv.Itoa(page))
		if token != "" {
			q.Set("PageToken", token)
		}
		return x.URL.Path + "?" + q.Encode()
	}
	body := map[string]any{key: items, "page": w.page, "page_size": w.Limit, "start": w.page * w.Limit,
		"end": max(w.page*w.Limit+len(items)-1, 0), "uri": x.URL.RequestURI(), "first_page_uri": link(0, ""),
		"next_page_uri": nil, "previous_page_uri": nil}
	if more && len(items) > 0 {
		body["next_page_uri"] = link(w.page+1, "PA"+sid(items[len(items)-1]))
	}
	if w.page > 0 && len(items) > 0 {
		body["previous_page_uri"] = link(w.page-1, "PB"+sid(items[0]))
	}
	x.status, x.body = 200, body
}

func (h *Handler) listCalls(x *exchange) {
	f := resource.Filter{To: x.form.Get("To"), From: x.form.Get("From"), Status: x.form.Get("Status"), Parent: x.form.Get("ParentCallSid"), Lag: x.lag}
	if !x.times("StartTime", &f.StartFrom, &f.StartUntil) || !x.times("EndTime", &f.EndFrom, &f.EndUntil) {
		return
	}
	w, ok := x.readWindow()
	if !ok {
		return
	}
	items, more, known := h.engine.ListCalls(f, w.Window)
	if !known {
		x.badToken()
		return
	}
	pages(x, w, "calls", items, more, func(c resource.Call) string { return c.SID })
}

func (h *Handler) listMessages(x *exchange) {
	f := resource.Filter{To: x.form.Get("To"), From: x.form.Get("From"), Lag: x.lag}
	if !x.times("DateSent", &f.SentFrom, &f.SentUntil) {
		return
	}
	w, ok := x.readWindow()
	if !ok {
		return
	}
	items, more, known := h.engine.ListMessages(f, w.Window)
	if !known {
		x.badToken()
		return
	}
	pages(x, w, "messages", items, more, func(m resource.Message) string { return m.SID })
}

// times reads the three forms of a time filter; a value that is no time is
// refused.
func (x *exchange) times(name string, from, until *time.Time) bool {
	for _, suffix := range []string{"", ">", "<"} {
		raw := x.form.Get(name + suffix)
		if raw == "" {
			continue
		}
		t, day, ok := readTime(raw)
		if !ok {
			x.refuse(&order.APIError{Status: 400, Code: 20001, Message: "Invalid " + name + " " + raw})
			return false
		}
		switch {
		case suffix == ">":
			*from = t
		case suffix == "<":
			*until = t.Add(time.Nanosecond) // on or before
		case day:
			*from, *until = t, t.AddDate(0, 0, 1)
		default:
			*from, *until = t, t.Add(time.Second)
		}
	}
	return true
}

func readTime(raw string) (t time.Time, day, ok bool) {
	if t, err := time.Parse("2006-01-02", raw); err == nil {
		return t, true, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, raw); err == nil {
			return t, false, true
		}
	}
	return time.Time{}, false, false
}
