// Package telemetry owns what leaves the process for those who run it: error
// reports and metrics. Reports are rebuilt from an allow-list, so that no
// number, name, text or token can be in them. It must never be needed for the
// product to work, and without a DSN nothing is sent.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/getsentry/sentry-go"
)

// allowed are the attributes of a log record that may leave the process. The
// text of an error is not among them: it may quote SQL values or input.
var allowed = map[string]bool{"route": true, "method": true, "status": true, "request_id": true, "job_kind": true}

// Reporter sends error-level log records to Sentry. It is a slog.Handler
// around the one that writes the log.
type Reporter struct {
	slog.Handler
	hub   *sentry.Hub
	attrs []slog.Attr
}

// NewReporter wraps a log handler. Without a DSN it returns the handler itself.
func NewReporter(inner slog.Handler, dsn, environment, release string) (slog.Handler, error) {
	if dsn == "" {
		return inner, nil
	}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: dsn, Environment: environment, Release: release, ServerName: "callshu",
		BeforeSend:             func(event *sentry.Event, _ *sentry.EventHint) *sentry.Event { return rebuild(event) },
		BeforeBreadcrumb:       func(*sentry.Breadcrumb, *sentry.BreadcrumbHint) *sentry.Breadcrumb { return nil },
		Integrations:           func([]sentry.Integration) []sentry.Integration { return nil },
		DisableTelemetryBuffer: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open error tracking: %w", err)
	}
	return &Reporter{Handler: inner, hub: sentry.NewHub(client, sentry.NewScope())}, nil
}

// rebuild makes a new event of the few fields that may leave.
func rebuild(event *sentry.Event) *sentry.Event {
	return &sentry.Event{EventID: event.EventID, Level: event.Level, Message: event.Message, Timestamp: event.Timestamp, Platform: event.Platform,
		Environment: event.Environment, Release: event.Release, ServerName: event.ServerName, Tags: event.Tags}
}

// Handle writes the record and, at error level, reports it.
func (r *Reporter) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelError {
		r.report(record)
	}
	return r.Handler.Handle(ctx, record)
}

func (r *Reporter) report(record slog.Record) {
	event := sentry.NewEvent()
	event.Level, event.Message, event.Timestamp, event.Tags = sentry.LevelError, record.Message, record.Time, map[string]string{}
	keep := func(a slog.Attr) bool {
		if allowed[a.Key] {
			event.Tags[a.Key] = a.Value.String()
		}
		return true
	}
	for _, a := range r.attrs {
		keep(a)
	}
	record.Attrs(keep)
	r.hub.CaptureEvent(event)
}

// WithAttrs keeps attributes that a child logger adds.
func (r *Reporter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Reporter{Handler: r.Handler.WithAttrs(attrs), hub: r.hub, attrs: append(append([]slog.Attr{}, r.attrs...), attrs...)}
}

// WithGroup keeps groups for the log; reports are flat.
func (r *Reporter) WithGroup(name string) slog.Handler {
	return &Reporter{Handler: r.Handler.WithGroup(name), hub: r.hub, attrs: r.attrs}
}

// Flush waits for reports under way, at most a while.
func Flush(handler slog.Handler, within time.Duration) {
	if r, ok := handler.(*Reporter); ok {
		r.hub.Flush(within)
	}
}
