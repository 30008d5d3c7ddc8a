package hook_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/hook"
)

// server counts its requests and keeps their idempotency tokens.
type server struct {
	*httptest.Server
	hits   atomic.Int32
	tokens chan string
}

func serve(t *testing.T, f func(n int, w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{tokens: make(chan string, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.tokens <- r.Header.Get("I-Twilio-Idempotency-Token")
		f(int(s.hits.Add(1)), w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func post(target string) hook.Request {
	return hook.Request{Kind: hook.VoiceTwiML, Method: "POST", URL: target, Token: "token-1", Form: url.Values{"A": {"1;2 +&"}}}
}

func do(t *testing.T, o hook.Options, r hook.Request) hook.Result {
	t.Helper()
	if o.AuthToken == "" {
		o.AuthToken = "secret"
	}
	s := hook.New(o)
	t.Cleanup(s.Close)
	return s.Do(context.Background(), r)
}

func TestHeadersAndEncoding(t *testing.T) {
	t.Parallel()
	var head http.Header
	var body string
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		head, body = r.Header, string(raw)
	})
	r := do(t, hook.Options{}, post(s.URL+"/x?q=1#rc=3&rp=all"))
	if !r.OK() || r.Status != 200 || len(r.Attempts) != 1 {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[string]string{"User-Agent": "TwilioProxy/1.1", "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
		"Accept": "*/*", "Cache-Control": "max-age=259200", "I-Twilio-Idempotency-Token": "token-1", "X-Home-Region": "us1",
		"X-Twilio-Signature": hook.Signature("secret", s.URL+"/x?q=1", url.Values{"A": {"1;2 +&"}})} {
		if got := head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if body != "A=1%3B2+%2B%26" {
		t.Errorf("body %q", body)
	}
}

func TestRetriesFollowTheFragment(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fragment string
		status   int
		want     int // requests
	}{
		{"", 500, 1}, {"", 404, 1},
		{"#rc=3&rp=5xx", 503, 4}, {"#rc=3&rp=5xx", 404, 1},
		{"#rc=2&rp=4xx", 404, 3}, {"#rc=2&rp=all", 400, 3}, {"#rc=0&rp=all", 500, 1},
		{"#rc=5&rp=4xx,5xx", 500, 6}, {"#rp=5xx", 500, 2}, // rc is 1 unless told
		{"#section-3", 500, 1},
	}
	for _, row := range rows {
		s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(row.status) })
		r := do(t, hook.Options{}, post(s.URL+"/"+row.fragment))
		if int(s.hits.Load()) != row.want || len(r.Attempts) != row.want {
			t.Errorf("%s after %d: %d requests, want %d", row.fragment, row.status, s.hits.Load(), row.want)
		}
		for range row.want {
			if token := <-s.tokens; token != "token-1" {
				t.Errorf("%s: a retry carried token %q", row.fragment, token)
			}
		}
		if r.Problem == nil || r.Problem.Code != 11200 {
			t.Errorf("%s: problem %+v, want 11200", row.fragment, r.Problem)
		}
	}
}

func TestRetryThatSucceeds(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 3 {
			w.WriteHeader(500)
		}
	})
	r := do(t, hook.Options{}, post(s.URL+"/#rc=3&rp=5xx"))
	if !r.OK() || r.Status != 200 || len(r.Attempts) != 3 {
		t.Errorf("%+v", r)
	}
}

func TestConnectFailureIsRetriedOnce(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	r := do(t, hook.Options{}, post("http://"+addr+"/"))
	if len(r.Attempts) != 2 || r.Problem == nil || r.Problem.Code != 11205 {
		t.Errorf("%d attempts, problem %v: want 2 and 11205", len(r.Attempts), r.Problem)
	}
	if r := do(t, hook.Options{}, post("http://"+addr+"/#rc=0")); len(r.Attempts) != 1 {
		t.Errorf("rc=0 made %d attempts", len(r.Attempts))
	}
}

// The first request is held until the test ends; the second has four seconds,
// so that a busy machine does not miss it.
func TestReadTimeOut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			<-release
		}
	})
	defer close(release)
	r := do(t, hook.Options{}, post(s.URL+"/#rt=4000&rc=1&rp=rt"))
	if !r.OK() || len(r.Attempts) != 2 || r.Attempts[0].Code != 11200 || r.Attempts[0].Status != 0 || r.Attempts[1].Status != 200 {
		t.Fatalf("%+v", r)
	}
	if ms := r.Attempts[0].MS; ms < 3950 {
		t.Errorf("gave up after %v ms, want 4000", ms)
	}
}

// Two requests are refused at once and the third is held: the total time must
// end it long before its own read time-out, and with it the retries.
func TestTotalTimeEndsTheRetries(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		<-release
	})
	defer close(release)
	start := time.Now()
	r := do(t, hook.Options{}, post(s.URL+"/#rt=10000&tt=4000&rc=5&rp=all"))
	var got []int
	for _, a := range r.Attempts {
		got = append(got, a.Status)
	}
	if fmt.Sprint(got) != "[503 503 0]" || r.Problem == nil || r.Problem.Code != 11200 {
		t.Errorf("attempts %v, problem %+v: want two refusals and one without an answer", got, r.Problem)
	}
	if took := time.Since(start); took < 3950*time.Millisecond {
		t.Errorf("gave up after %v, want 4 s", took)
	}
}

func TestAnswerThatComesTooLateIsLost(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "done") })
	q := post(s.URL + "/")
	q.Slow = 16 * time.Second
	if r := do(t, hook.Options{}, q); r.Problem == nil || r.Problem.Code != 11200 || len(r.Body) != 0 || s.hits.Load() != 1 {
		t.Errorf("%+v", r)
	}
	q.Slow = 14 * time.Second
	if r := do(t, hook.Options{}, q); !r.OK() {
		t.Errorf("an answer within 15 s was lost: %+v", r.Problem)
	}
}

// The carrier hangs up, but only after the whole request was on its way: the
// application gets it every time, also when it is longer than any buffer.
func TestClosedBeforeTheAnswerIsRead(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 100_000} {
		bodies := make(chan string, 10)
		s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			<-r.Context().Done() // the work was done all the same
			bodies <- string(raw)
		})
		q := post(s.URL + "/")
		q.Form.Set("B", strings.Repeat("b", size))
		q.EarlyClose = true
		r := do(t, hook.Options{}, q)
		if r.Problem == nil || r.Problem.Code != 11200 || r.Status != 0 || len(r.Attempts) != 1 {
			t.Errorf("%d attempts, problem %+v: want one failed delivery", len(r.Attempts), r.Problem)
		}
		select {
		case got := <-bodies:
			if got != q.Form.Encode() {
				t.Errorf("the application got %d bytes of %d", len(got), len(q.Form.Encode()))
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("the application never saw the request and its end")
		}
	}
}

func TestClosedEarlyOverTLS(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got <- string(raw)
	}))
	t.Cleanup(s.Close)
	q := post(s.URL + "/")
	q.EarlyClose = true
	if r := do(t, hook.Options{InsecureTLS: true}, q); r.Problem == nil || r.Problem.Code != 11200 {
		t.Errorf("problem %+v, want a failed delivery", r.Problem)
	}
	select {
	case body := <-got:
		if body != q.Form.Encode() {
			t.Errorf("body %q", body)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the application never saw the request")
	}
	if r := do(t, hook.Options{}, q); r.Problem == nil || r.Problem.Code != 11237 {
		t.Errorf("problem %+v, want a certificate that is not trusted", r.Problem)
	}
}

func TestAnswerThatBreaksOffIsNeverRetried(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	r := do(t, hook.Options{}, post(s.URL+"/#rc=3&rp=all"))
	if len(r.Attempts) != 1 || r.Problem == nil || r.Problem.Code != 11206 {
		t.Errorf("%d attempts, problem %v", len(r.Attempts), r.Problem)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{301: "GET /end ", 302: "GET /end ", 303: "GET /end ", 307: "POST /end A=1%3B2+%2B%26", 308: "POST /end A=1%3B2+%2B%26"} {
		var got, signature string
		s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
				w.Header().Set("Location", "/end")
				w.WriteHeader(status)
				return
			}
			body, _ := io.ReadAll(r.Body)
			got, signature = r.Method+" "+r.URL.Path+" "+string(body), r.Header.Get("X-Twilio-Signature")
			if c, err := r.Cookie("seen"); err != nil || c.Value != "1" {
				t.Error("the call's cookie was not kept")
			}
		})
		q := post(s.URL + "/start")
		q.Jar, _ = cookiejar.New(nil)
		r := do(t, hook.Options{}, q)
		if got != want || !strings.HasSuffix(r.Final, "/end") {
			t.Errorf("%d: %q ending at %s, want %q", status, got, r.Final, want)
		}
		form := q.Form
		if status <= 303 {
			form = nil
		}
		if signature != hook.Signature("secret", s.URL+"/end", form) {
			t.Errorf("%d: the second hop is not signed anew", status)
		}
	}
}

func TestRedirectSigningSwitch(t *testing.T) {
	t.Parallel()
	for position, want := range map[string]func(base string, f url.Values) string{
		"original": func(base string, f url.Values) string { return hook.Signature("secret", base+"/start", f) },
		"none":     func(string, url.Values) string { return "" },
	} {
		var signature string
		s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				http.Redirect(w, r, "/end", 307)
				return
			}
			signature = r.Header.Get("X-Twilio-Signature")
		})
		q := post(s.URL + "/start")
		do(t, hook.Options{RedirectSigning: position}, q)
		if w := want(s.URL, q.Form); signature != w {
			t.Errorf("%s: %q, want %q", position, signature, w)
		}
	}
}

func TestTooManyRedirects(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, fmt.Sprint("/", n), 302) })
	r := do(t, hook.Options{}, post(s.URL+"/"))
	if r.Problem == nil || r.Problem.Code != 11215 || s.hits.Load() != 11 {
		t.Errorf("%v after %d requests, want 11215 after 11", r.Problem, s.hits.Load())
	}
}

func TestGetCarriesTheParametersInItsQuery(t *testing.T) {
	t.Parallel()
	var uri, signature string
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		uri, signature = r.RequestURI, r.Header.Get("X-Twilio-Signature")
	})
	q := post(s.URL + "/x?q=1")
	q.Method = "GET"
	do(t, hook.Options{}, q)
	if uri != "/x?q=1&A=1%3B2+%2B%26" || signature != hook.Signature("secret", s.URL+uri, nil) {
		t.Errorf("%s signed %s", uri, signature)
	}
}

func TestForgedSignatures(t *testing.T) {
	t.Parallel()
	var signature string
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { signature = r.Header.Get("X-Twilio-Signature") })
	q := post(s.URL + "/")
	good := hook.Signature("secret", q.URL, q.Form)
	q.BadSignature = true
	if do(t, hook.Options{}, q); signature == good || len(signature) != len(good) {
		t.Errorf("bad signature %q", signature)
	}
	q.BadSignature, q.NoSignature = false, true
	if do(t, hook.Options{}, q); signature != "" {
		t.Errorf("no signature, but %q", signature)
	}
}

func TestCallsBackThisMachineOnly(t *testing.T) {
	t.Parallel()
	r := do(t, hook.Options{}, post("http://192.0.2.1/"))
	if r.Problem == nil || r.Problem.Code != 11205 || !strings.Contains(r.Problem.Text, "not on this machine") {
		t.Errorf("%+v", r.Problem)
	}
	if r.Attempts[0].MS > 3000 {
		t.Error("the refusal came only after trying")
	}
	// Told to, it tries; whether anybody is there does not matter here.
	for _, host := range []string{"192.0.2.1", "*"} {
		if r := do(t, hook.Options{AllowHosts: []string{host}}, post("http://192.0.2.1/#ct=100&rc=0")); strings.Contains(r.Problem.Text, "not on this machine") {
			t.Errorf("%s is allowed, but: %+v", host, r.Problem)
		}
	}
	s := serve(t, func(int, http.ResponseWriter, *http.Request) {})
	mapped := hook.Options{Resolve: map[string]string{"phones.example:80": strings.TrimPrefix(s.URL, "http://")}}
	if r := do(t, mapped, post("http://phones.example:80/base/x")); !r.OK() {
		t.Errorf("a mapped name: %+v", r.Problem)
	}
}

func TestOverridesOutOfRangeAreReported(t *testing.T) {
	t.Parallel()
	for fragment, code := range map[string]int{"ct=99": 11241, "ct=10001": 11241, "rt=x": 11241, "tt=15001": 11241, "rc=6": 11242, "rc=-1": 11242, "rp=6xx": 11243, "sni=maybe": 11240} {
		p, problems := hook.ParseOverrides("https://h/p#"+fragment, hook.DefaultPolicy())
		if len(problems) != 1 || problems[0].Code != code {
			t.Errorf("%s: %v, want %d", fragment, problems, code)
		}
		if fmt.Sprint(p) != fmt.Sprint(hook.DefaultPolicy()) {
			t.Errorf("%s changed the policy to %+v", fragment, p)
		}
	}
	p, problems := hook.ParseOverrides("https://h/p#ct=200&rt=4000&tt=14000&rc=2&rp=ct,5xx,rt&sni=y&e=ashburn", hook.DefaultPolicy())
	if len(problems) != 0 || p.Connect != 200*time.Millisecond || p.Read != 4*time.Second || p.Total != 14*time.Second || p.Retries != 2 || len(p.On) != 3 {
		t.Errorf("%+v %v", p, problems)
	}
}
