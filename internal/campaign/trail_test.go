package campaign

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// said returns the details of the newest row of an action, and its text.
func (d *desk) said(action string) (detail map[string]any, raw string) {
	d.t.Helper()
	if err := d.admin.QueryRow(d.t.Context(), `SELECT detail::text FROM audit_events WHERE action = $1 ORDER BY id DESC LIMIT 1`, action).Scan(&raw); err != nil {
		d.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(raw), &detail); err != nil {
		d.t.Fatal(err)
	}
	return detail, raw
}

// An edit leaves each changed field as it was and as it is, and the words as
// their hash alone.
func TestEditsAreLoggedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	in := sound()
	in.Name, in.Audience = "Frost", Audience{Kind: AudienceSelection, EmployeeIDs: []uuid.UUID{uuid.New(), uuid.New()}}
	made := d.create(in)
	created, _ := d.said("campaign.created")
	next := sound()
	next.Name, next.MaxAttempts, next.StartWall, next.StartZone = "Thaw", 1, "2026-11-24T09:30", "America/Toronto"
	next.Audience = Audience{Kind: AudienceSelection, EmployeeIDs: []uuid.UUID{uuid.New(), uuid.New()}}
	for language, text := range next.Content.Texts {
		text.Message = "The secret words of a plan."
		next.Content.Texts[language] = text
	}
	if _, err := d.Edit(t.Context(), d.by, made.ID, next); err != nil {
		t.Fatal(err)
	}
	detail, raw := d.said("campaign.edited")
	for field, want := range map[string][2]any{
		"name": {"Frost", "Thaw"}, "max_attempts": {float64(made.MaxAttempts), 1.0}, "audience": {"2 people", "2 people"}, "start": {"", "2026-11-24T09:30 America/Toronto"},
	} {
		if got, ok := detail[field].(map[string]any); !ok || got["from"] != want[0] || got["to"] != want[1] {
			t.Errorf("%s: %v, want %v", field, detail[field], want)
		}
	}
	words, ok := detail["words_sha256"].(map[string]any)
	if !ok || words["from"] != created["words_sha256"] || words["to"] == words["from"] || len(words["to"].(string)) != 64 {
		t.Errorf("words: %v, made with %v", detail["words_sha256"], created["words_sha256"])
	}
	if strings.Contains(raw, "secret") || strings.Contains(raw, next.Audience.EmployeeIDs[0].String()) || detail["retry_minutes"] != nil || detail["dial_until"] != nil {
		t.Errorf("the row says %s", raw)
	}
	// The same once more changes nothing, and the row says so.
	if _, err := d.Edit(t.Context(), d.by, made.ID, next); err != nil {
		t.Fatal(err)
	}
	if detail, raw := d.said("campaign.edited"); len(detail) != 2 || detail["name"] != "Thaw" || detail["version"] != 3.0 {
		t.Errorf("an edit that changes nothing: %s", raw)
	}
}

func TestSavedMessagesAreLoggedByTheirHash(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.SaveMessage(t.Context(), d.by, "Frost", sound().Content)
	if err != nil {
		t.Fatal(err)
	}
	created, _ := d.said("saved_message.created")
	name, content := "Thaw", sound().Content
	if _, err := d.ChangeMessage(t.Context(), d.by, m.ID, SavedChange{Name: &name, Content: &content}); err != nil {
		t.Fatal(err)
	}
	if detail, raw := d.said("saved_message.changed"); detail["words_sha256"] != nil {
		t.Errorf("the same words: %s", raw)
	}
	for language, text := range content.Texts {
		text.Message = "The secret words of a plan."
		content.Texts[language] = text
	}
	if _, err := d.ChangeMessage(t.Context(), d.by, m.ID, SavedChange{Content: &content}); err != nil {
		t.Fatal(err)
	}
	detail, raw := d.said("saved_message.changed")
	if words, ok := detail["words_sha256"].(map[string]any); !ok || words["from"] != created["words_sha256"] || words["to"] == words["from"] || strings.Contains(raw, "secret") {
		t.Errorf("other words: %s", raw)
	}
}
