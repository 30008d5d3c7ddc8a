package restapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
)

// window is the page of a list that a request asks for.
type window struct {
	size   int
	page   int
	after  string // SID
	before string // SID
}

func readWindow(form url.Values) window {
	w := window{size: 50}
	if n, err := strconv.Atoi(form.Get("PageSize")); err == nil && n > 0 {
		w.size = min(n, 1000)
	}
	if n, err := strconv.Atoi(form.Get("Page")); err == nil && n > 0 {
		w.page = n
	}
	token := form.Get("PageToken")
	if sid, ok := strings.CutPrefix(token, "PA"); ok {
		w.after = sid
	} else if sid, ok := strings.CutPrefix(token, "PB"); ok {
		w.before = sid
	}
	return w
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
		q.Set("PageSize", strconv.Itoa(w.size))
		q.Set("Page", strconv.Itoa(page))
		if token != "" {
			q.Set("PageToken", token)
		}
		return x.URL.Path + "?" + q.Encode()
	}
	body := map[string]any{key: items, "page": w.page, "page_size": w.size, "start": w.page * w.size,
		"end": max(w.page*w.size+len(items)-1, 0), "uri": x.URL.RequestURI(), "first_page_uri": link(0, ""),
		"next_page_uri": nil, "previous_page_uri": nil}
	if more {
		body["next_page_uri"] = link(w.page+1, "PA"+sid(items[len(items)-1]))
	}
	if w.page > 0 && len(items) > 0 {
		body["previous_page_uri"] = link(w.page-1, "PB"+sid(items[0]))
	}
	x.status, x.body = 200, body
}

// upTo cuts the page that ends before an item out of a whole list.
func upTo[T any](all []T, w window, sid func(T) string) []T {
	i := slices.IndexFunc(all, func(item T) bool { return sid(item) == w.before })
	if i < 0 {
		return nil
	}
	return all[max(0, i-w.size):i]
}

const everything = 1 << 30

func (h *Handler) listCalls(x *exchange) {
	f := resource.Filter{To: x.form.Get("To"), From: x.form.Get("From"), Status: x.form.Get("Status"), Parent: x.form.Get("ParentCallSid"), Lag: x.lag}
	if !x.times("StartTime", &f.StartFrom, &f.StartUntil) || !x.times("EndTime", &f.EndFrom, &f.EndUntil) {
		return
	}
	w := readWindow(x.form)
	sid := func(c resource.Call) string { return c.SID }
	if w.before != "" {
		all, _ := h.engine.ListCalls(f, "", everything)
		pages(x, w, "calls", upTo(all, w, sid), true, sid)
		return
	}
	items, more := h.engine.ListCalls(f, w.after, w.size)
	pages(x, w, "calls", items, more, sid)
}

func (h *Handler) listMessages(x *exchange) {
	f := resource.Filter{To: x.form.Get("To"), From: x.form.Get("From"), Lag: x.lag}
	if !x.times("DateSent", &f.SentFrom, &f.SentUntil) {
		return
	}
	w := readWindow(x.form)
	sid := func(m resource.Message) string { return m.SID }
	if w.before != "" {
		all, _ := h.engine.ListMessages(f, "", everything)
		pages(x, w, "messages", upTo(all, w, sid), true, sid)
		return
	}
	items, more := h.engine.ListMessages(f, w.after, w.size)
	pages(x, w, "messages", items, more, sid)
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
