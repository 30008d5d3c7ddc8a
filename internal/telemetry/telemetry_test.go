package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/telemetry"
)

func TestReportsCarryOnlyWhatIsAllowed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent bytes.Buffer
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		text, _ := io.ReadAll(body)
		mu.Lock()
		defer mu.Unlock()
		sent.Write(text)
	}))
	defer sink.Close()
	var log bytes.Buffer
	handler, err := telemetry.NewReporter(slog.NewJSONHandler(&log, nil), strings.Replace(sink.URL, "http://", "http://key@", 1)+"/1", "test", "v1")
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(handler).With("request_id", "req-7", "phone", "+14165550123")
	logger.Info("not an error")
	logger.Error("save employee", "route", "/api/v1/employees/{id}", "error", errors.New("canary ada@example.com +14165550123"), "name", "Canary")
	telemetry.Flush(handler, 5*time.Second)
	mu.Lock()
	defer mu.Unlock()
	if got := sent.String(); !strings.Contains(got, "save employee") || !strings.Contains(got, "req-7") || !strings.Contains(got, "/api/v1/employees/{id}") {
		t.Errorf("the report lacks what it may carry: %s", got)
	}
	for _, canary := range []string{"ada@example.com", "5550123", "Canary", "not an error"} {
		if strings.Contains(sent.String(), canary) {
			t.Errorf("the report carries %q", canary)
		}
	}
	if !strings.Contains(log.String(), "not an error") || !strings.Contains(log.String(), "save employee") {
		t.Error("the log lost a line")
	}
}

func TestWithoutDSNNothingIsWrapped(t *testing.T) {
	t.Parallel()
	inner := slog.NewJSONHandler(io.Discard, nil)
	if handler, err := telemetry.NewReporter(inner, "", "test", "v1"); err != nil || handler != slog.Handler(inner) {
		t.Errorf("got %T, %v", handler, err)
	}
}

func TestMetricsCountWhatIsOpen(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	worker := db.Open(postgres.RoleWorker)
	if _, err := worker.Exec(t.Context(), `INSERT INTO mails (template, recipient, data, created_at) VALUES ('x', 'y', '{}', now())`); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	telemetry.Metrics(map[string]*pgxpool.Pool{"worker": worker.Pool}, worker.Pool, func() int64 { return 7 }).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{`callshu_open{kind="mail",state="unsent"} 1`, `callshu_open{kind="seal",state="queued"} 0`, `callshu_pool_connections{role="worker",use="idle"}`, "go_goroutines", "callshu_password_hashes_total 7"} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}
