package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/httpapi"
)

const savedRoute = "/api/v1/saved-messages"

func (d *desk) save(name, text string) (m httpapi.SavedMessage) {
	d.t.Helper()
	d.member.expect(http.StatusCreated, http.MethodPost, savedRoute, object{"name": name, "content": words(text)}).decode(d.t, &m)
	return m
}

// words are the content of a sound draft, with another text.
func words(text string) object {
	content := sound(nil)["content"].(object)
	content["texts"] = object{"en": object{"message": text}}
	return content
}

func (d *desk) messages(query string) (names []string, next *string) {
	d.t.Helper()
	var page httpapi.SavedMessagePage
	d.owner.expect(http.StatusOK, http.MethodGet, savedRoute+query, nil).decode(d.t, &page)
	for _, m := range page.Items {
		names = append(names, m.Name)
	}
	return names, page.NextCursor
}

func TestSavedMessages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.withCampaigns()
	frost := d.save("  Frost ", "Frost tonight.")
	if frost.Name != "Frost" || frost.Content.Texts["en"].Message != "Frost tonight." || frost.Content.Voice != "female" || frost.UpdatedByName == "" {
		t.Errorf("saved: %+v", frost)
	}
	d.save("closed", "The plant is closed.")
	d.save("Zebra", "We move.")
	if names, next := d.messages(""); fmt.Sprint(names) != "[closed Frost Zebra]" || next != nil {
		t.Errorf("by name: %v, %v", names, next)
	}
	names, next := d.messages("?limit=2")
	if fmt.Sprint(names) != "[closed Frost]" || next == nil {
		t.Fatalf("the first page: %v, %v", names, next)
	}
	if names, next = d.messages("?limit=2&cursor=" + *next); fmt.Sprint(names) != "[Zebra]" || next != nil {
		t.Errorf("the second page: %v, %v", names, next)
	}
	d.owner.expect(http.StatusUnprocessableEntity, http.MethodGet, savedRoute+"?cursor=x", nil)

	// A campaign has its own copy of the words.
	var made httpapi.Campaign
	d.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(object{"content": words("Frost tonight.")})).decode(t, &made)
	route := savedRoute + "/" + frost.ID.String()
	var m httpapi.SavedMessage
	d.owner.expect(http.StatusOK, http.MethodPatch, route, object{"content": words("Thaw at noon.")}).decode(t, &m)
	if m.Name != "Frost" || m.Content.Texts["en"].Message != "Thaw at noon." {
		t.Errorf("other words: %+v", m)
	}
	d.owner.expect(http.StatusOK, http.MethodPatch, route, object{"name": "Thaw"}).decode(t, &m)
	if m.Name != "Thaw" || m.Content.Texts["en"].Message != "Thaw at noon." {
		t.Errorf("renamed: %+v", m)
	}
	d.owner.expect(http.StatusNoContent, http.MethodDelete, route, nil)
	for method, body := range map[string]any{http.MethodGet: nil, http.MethodPatch: object{"name": "Frost"}, http.MethodDelete: nil} {
		d.owner.expect(http.StatusNotFound, method, route, body)
	}
	var now httpapi.Campaign
	d.owner.expect(http.StatusOK, http.MethodGet, "/api/v1/campaigns/"+made.ID.String(), nil).decode(t, &now)
	if now.Content.Texts["en"].Message != "Frost tonight." || !now.UpdatedAt.Equal(made.UpdatedAt) {
		t.Errorf("the campaign changed with the message: %+v", now.Content)
	}
	for action, want := range map[string]int{"saved_message.created": 3, "saved_message.changed": 2, "saved_message.deleted": 1} {
		if n := d.count(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = $2 AND actor_kind = 'user' AND subject_kind = 'saved_message'`, d.account, action); n != want {
			t.Errorf("%d rows of %s, want %d", n, action, want)
		}
	}
	if n := d.count(`SELECT count(*) FROM audit_events WHERE action = 'saved_message.changed' AND detail->'name' = '{"from": "Frost", "to": "Thaw"}'`); n != 1 {
		t.Error("no row tells the old and the new name")
	}
}

func TestSavedMessagesAreOneAccountsAndSound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.withCampaigns()
	frost := d.save("Frost", "Frost tonight.")
	route := savedRoute + "/" + frost.ID.String()
	for method, body := range map[string]any{http.MethodGet: nil, http.MethodPatch: object{"name": "Mine"}, http.MethodDelete: nil} {
		d.stranger.expect(http.StatusNotFound, method, route, body)
	}
	var page httpapi.SavedMessagePage
	d.stranger.expect(http.StatusOK, http.MethodGet, savedRoute, nil).decode(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("another employer reads %+v", page.Items)
	}
	// Names are one account's, and unique whatever their letters' case.
	d.stranger.expect(http.StatusCreated, http.MethodPost, savedRoute, object{"name": "Frost", "content": words("Theirs.")})
	other := d.save("Thaw", "Thaw at noon.")
	for _, a := range []answer{
		d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, savedRoute, object{"name": "FROST", "content": words("Again.")}),
		d.owner.expect(http.StatusUnprocessableEntity, http.MethodPatch, savedRoute+"/"+other.ID.String(), object{"name": "frost"}),
	} {
		if p := a.problem(t); len(p.Errors) != 1 || p.Errors[0].Location != "body.name" || p.Errors[0].Code != "duplicate" {
			t.Errorf("a name that is taken: %+v", p.Errors)
		}
	}
	// A message is held to the rules of a draft, whose own words about it are the same.
	broken := words("Hello {nobody}")
	broken["choices"] = []object{{"key": 9, "label": object{"en": "x"}}}
	draft := d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/campaigns", sound(object{"name": strings.Repeat("x", 119), "content": broken})).problem(t)
	for _, a := range []answer{
		d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, savedRoute, object{"name": "Broken", "content": broken}),
		d.owner.expect(http.StatusUnprocessableEntity, http.MethodPatch, route, object{"content": broken}),
	} {
		if p := a.problem(t); len(p.Errors) < 2 || fmt.Sprint(p.Errors) != fmt.Sprint(draft.Errors) {
			t.Errorf("a message: %+v\na draft: %+v", p.Errors, draft.Errors)
		}
	}
	for _, name := range []string{"", " ", "a\nb", strings.Repeat("x", 121)} {
		p := d.owner.expect(http.StatusUnprocessableEntity, http.MethodPatch, route, object{"name": name}).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.name" {
			t.Errorf("the name %q: %+v", name, p.Errors)
		}
	}
	d.owner.expect(http.StatusOK, http.MethodGet, route, nil).decode(t, &frost)
	if frost.Name != "Frost" || frost.Content.Texts["en"].Message != "Frost tonight." {
		t.Errorf("what was refused changed it: %+v", frost)
	}
}

// An account keeps so many messages and no more, whoever saves them, also when
// two save the last one at once; another account has its own.
func TestSavedMessagesHaveALimit(t *testing.T) {
	t.Parallel()
	const most = 200
	d := newDesk(t)
	d.withCampaigns()
	first := d.save("First", "Frost tonight.")
	d.exec(`INSERT INTO saved_messages (id, account_id, name, content, created_by, created_at, updated_by, updated_at)
		SELECT gen_random_uuid(), account_id, 'Copy ' || i, content, created_by, created_at, updated_by, updated_at FROM saved_messages, generate_series(2, $1::int) i`, most-1)
	// Somebody else saves the last one at this moment: whoever comes then waits for it.
	holder, err := d.db.Admin().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE`,
		`INSERT INTO saved_messages (id, account_id, name, content, created_by, created_at, updated_by, updated_at)
			SELECT gen_random_uuid(), account_id, 'Last', content, created_by, created_at, updated_by, updated_at FROM saved_messages WHERE account_id = $1 LIMIT 1`} {
		if _, err := holder.Exec(t.Context(), sql, d.account); err != nil {
			t.Fatal(err)
		}
	}
	meanwhile := make(chan answer, 1)
	r := d.owner.request(http.MethodPost, savedRoute, object{"name": "Too late", "content": words("Thaw.")})
	go func() { meanwhile <- d.owner.send(r) }()
	for len(meanwhile) == 0 && d.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := holder.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := <-meanwhile; a.StatusCode != http.StatusConflict {
		t.Fatalf("one too many, saved at the same moment as the last one: %d", a.StatusCode)
	}
	body := object{"name": "One more", "content": words("Thaw.")}
	if p := d.member.expect(http.StatusConflict, http.MethodPost, savedRoute, body).problem(t); p.Code != "saved_messages_full" || !strings.Contains(p.Detail, "200") {
		t.Errorf("one too many: %+v", p)
	}
	d.owner.expect(http.StatusOK, http.MethodPatch, savedRoute+"/"+first.ID.String(), object{"name": "Still first"})
	d.owner.expect(http.StatusNoContent, http.MethodDelete, savedRoute+"/"+first.ID.String(), nil)
	d.member.expect(http.StatusCreated, http.MethodPost, savedRoute, body)
	d.stranger.expect(http.StatusCreated, http.MethodPost, savedRoute, body)
}
