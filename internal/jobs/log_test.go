package jobs

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestOnlyACancellationIsNoError(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(ending{slog.NewTextHandler(&out, nil)}).With("part", "jobs")
	log.Error("Failed to send job insert notification", slog.String("err", "context canceled"))
	log.Error("Failed to send job insert notification", slog.String("err", "connection refused"))
	log.Error("Error fetching jobs", slog.String("why", "context canceled"))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, level := range []string{"INFO", "ERROR", "ERROR"} {
		if !strings.Contains(lines[i], "level="+level) {
			t.Errorf("want %s: %s", level, lines[i])
		}
	}
}
