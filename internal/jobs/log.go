package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// ending passes the job library's log on. While it stops, the library tells as
// errors what its own stopping cancelled, such as the periodic insertion that it
// had just begun and that the next start does again. Such lines are no errors of
// ours, and whoever watches for errors must not learn to overlook them.
type ending struct {
	slog.Handler
}

// Handle lowers an error that is nothing but a cancellation.
func (h ending) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "err" && strings.HasSuffix(a.Value.String(), context.Canceled.Error()) {
				r.Level = slog.LevelInfo
			}
			return true
		})
	}
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // it is the handler
}

func (h ending) WithAttrs(attrs []slog.Attr) slog.Handler {
	return ending{h.Handler.WithAttrs(attrs)}
}

func (h ending) WithGroup(name string) slog.Handler { return ending{h.Handler.WithGroup(name)} }
