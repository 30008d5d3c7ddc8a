package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// What the audit log says of a change: each field that has another value, from
// and to. Words stand there as their hash: the log proves which ones they were
// and quotes none.

func from(was, is any) map[string]any { return map[string]any{"from": was, "to": is} }

// wordsHash is SHA-256 over the content as the database keeps it: JSON, fields
// in their fixed order, languages sorted.
func wordsHash(c Content) string {
	encoded, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings, numbers and maps of them always encode
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// changes returns what an edit changed.
func changes(before, after Campaign) map[string]any {
	was, is := before.facts(), after.facts()
	found := map[string]any{}
	for field := range is {
		if was[field] != is[field] {
			found[field] = from(was[field], is[field])
		}
	}
	if _, other := found["audience"]; !other && !sameAudience(before.Audience, after.Audience) {
		found["audience"] = from(was["audience"], is["audience"]) // as many, and others
	}
	return found
}

// facts are what an edit can change, each as one text or number.
func (c Campaign) facts() map[string]any {
	return map[string]any{"name": c.Name, "words_sha256": wordsHash(c.Content), "audience": c.Audience.size(), "start": c.start(),
		"dial_until": instant(c.DialUntil), "max_attempts": c.MaxAttempts, "retry_minutes": c.RetryMinutes}
}

func (c Campaign) start() string {
	if c.StartWall == "" {
		return ""
	}
	return c.StartWall + " " + c.StartZone
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// size says whom an audience is for without naming anybody.
func (a Audience) size() string {
	switch a.Kind {
	case AudienceTags:
		return fmt.Sprintf("%d tags", len(a.Tags))
	case AudienceSelection:
		return fmt.Sprintf("%d people", len(a.EmployeeIDs))
	}
	return a.Kind
}

func sameAudience(a, b Audience) bool {
	return a.Kind == b.Kind && slices.Equal(a.Tags, b.Tags) && slices.Equal(a.EmployeeIDs, b.EmployeeIDs)
}

// withChanges adds what changed to what a row says anyway.
func withChanges(detail, changed map[string]any) map[string]any {
	maps.Copy(detail, changed)
	return detail
}
