package dialer

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever reason is stored with a recipient, and whoever the carrier says
// answered, the dashboard has words for it.
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	var catalogue strings.Builder
	files, err := filepath.Glob("../../web/src/messages/en/*.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no message files (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // of this repository
		if err != nil {
			t.Fatal(err)
		}
		catalogue.Write(text)
	}
	reasons := []string{reasonMessageLeft, reasonMachine, reasonNotHeard, reasonNoSuchCall, reasonUnresolved, reasonDeadlinePassed,
		endOptedOut, endNotMe, endCancelled, endSuspended}
	// The skim writes its reasons in SQL.
	for _, found := range regexp.MustCompile(`THEN '([a-z_]+)'`).FindAllStringSubmatch(skimSQL(), -1) {
		if found[1] != "skipped" {
			reasons = append(reasons, found[1])
		}
	}
	if len(reasons) < 15 {
		t.Fatalf("only %d reasons: %v", len(reasons), reasons)
	}
	reasons = append(reasons, "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown")
	for _, reason := range reasons {
		if !strings.Contains(catalogue.String(), "\n      "+reason+": ") {
			t.Errorf("no words for %q", reason)
		}
	}
}
