package httpapi_test

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

// place is where a request names an object, other than in its path:
// body.audience.employee_ids[] or query.cursor.
type place string

// called says whether a name or a format is that of an id.
func called(name, format string) bool {
	return format == "uuid" || name == "cursor" || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || name == "id" || name == "ids"
}

// ids lists the places of a schema that hold one.
func (s schemas) ids(schema map[string]any, name, at string, within []string) (found []place) {
	if ref, ok := schema["$ref"].(string); ok {
		if slices.Contains(within, ref) {
			return nil
		}
		return s.ids(s[ref[strings.LastIndexByte(ref, '/')+1:]], name, at, append(within, ref))
	}
	if items, ok := schema["items"].(map[string]any); ok {
		return s.ids(items, name, at+"[]", within)
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		found = append(found, s.ids(values, "", at+".*", within)...)
	}
	properties, _ := schema["properties"].(map[string]any)
	for key, property := range properties {
		found = append(found, s.ids(property.(map[string]any), key, at+"."+key, within)...)
	}
	if format, _ := schema["format"].(string); len(properties) == 0 && called(name, format) {
		found = append(found, place(at))
	}
	return found
}

// places are those of an operation.
func (s schemas) places(op operation) (found []place) {
	for _, p := range op.Parameters {
		if p.In == "query" && called(p.Name, p.Schema.Format) {
			found = append(found, place("query."+p.Name))
		}
	}
	if op.RequestBody != nil {
		if content, ok := op.RequestBody.Content["application/json"].(map[string]any); ok {
			found = append(found, s.ids(content["schema"].(map[string]any), "", "body", nil)...)
		}
	}
	return found
}

// put writes an id to a place of a request.
func (p place) put(query url.Values, body object, id string) {
	where, rest, _ := strings.Cut(string(p), ".")
	if where == "query" {
		query.Set(rest, id)
		return
	}
	parts := strings.Split(rest, ".")
	for _, part := range parts[:len(parts)-1] {
		inner, _ := body[part].(object)
		inner = maps.Clone(inner) // the draft is shared
		body[part], body = inner, inner
	}
	last := parts[len(parts)-1]
	if list, ok := strings.CutSuffix(last, "[]"); ok {
		body[list] = []string{id}
		return
	}
	body[last] = id
}

// crowded gives the employer more than a page of one of everything that has
// pages, and returns the cursors of their second pages by operation.
func (b *board) crowded(things map[string]string) map[string]string {
	b.t.Helper()
	b.text("SM2", "And who are you?")
	b.save("Ice", "Ice tonight.")
	b.draft()
	var second struct{ ID string }
	b.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": "Yann", "phone": "613 555 0188", "attestation": "He gave it to me at work."}).decode(b.t, &second)
	b.exec(`INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, attempts_made, due_at, open_from, open_until, updated_at)
		SELECT gen_random_uuid(), account_id, $1, id, 1, phone_key, 'CA|America/Toronto|', 'no_answer', 1, $3, $3, $3, $3 FROM employees WHERE id = $2`, things["campaigns"], second.ID, b.clock.Now())
	cursors := map[string]string{}
	for id, path := range map[string]string{"listAudit": "/audit", "listCampaigns": "/campaigns", "listEmployees": "/employees", "listInbox": "/inbox",
		"listMessages": "/saved-messages", "listRecipients": "/campaigns/" + things["campaigns"] + "/recipients",
		"listGone": "/employees/imports/" + things["employees/imports"] + "/gone"} {
		var page struct {
			NextCursor *string `json:"next_cursor"`
		}
		b.owner.expect(http.StatusOK, http.MethodGet, "/api/v1"+path+"?limit=1", nil).decode(b.t, &page)
		if page.NextCursor == nil {
			b.t.Fatalf("%s has no second page", path)
		}
		cursors[id] = *page.NextCursor
		again := b.owner.expect(http.StatusOK, http.MethodGet, "/api/v1"+path+"?limit=1&cursor="+url.QueryEscape(*page.NextCursor), nil)
		if !anId.Match(again.body) {
			b.t.Fatalf("the second page of %s is empty: %s", path, again.body)
		}
	}
	return cursors
}

var (
	anId = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// named says which object of the employer's each place takes: a key of things,
// "cursor" or "request".
var named = map[string]string{
	"createPreview body.campaign_id":              "campaigns",
	"createCampaign body.audience.employee_ids[]": "employees",
	"editCampaign body.audience.employee_ids[]":   "employees",
	"inviteEmployees body.ids[]":                  "employees",
	"listAudit query.subject_id":                  "campaigns",
	"listAudit query.request_id":                  "request",
	"listAudit query.cursor":                      "cursor",
	"listCampaigns query.cursor":                  "cursor",
	"listEmployees query.cursor":                  "cursor",
	"listGone query.cursor":                       "cursor",
	"listInbox query.cursor":                      "cursor",
	"listMessages query.cursor":                   "cursor",
	"listRecipients query.cursor":                 "cursor",
}

// around is the rest of a body, in which an id is looked at.
var around = map[string]object{
	"createCampaign": sound(object{"audience": object{"kind": "selection"}}),
	"editCampaign":   sound(object{"audience": object{"kind": "selection"}}),
}

func rank(op operation) int {
	if op.method == http.MethodGet {
		return 0
	}
	return 1
}

// Every place of a request, other than its path, that can name an object is
// found in the document. What another employer has there, a living id or a
// cursor, is to a stranger what never was: the same status, the same words, no
// row changed, and nothing of theirs in the answer.
func TestI9IdsInRequestsAreAsIfTheyNeverWere(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	var request string
	if err := b.admin.QueryRow(t.Context(), `SELECT request_id FROM audit_events WHERE account_id = $1 AND request_id <> '' ORDER BY id DESC LIMIT 1`, b.account).Scan(&request); err != nil {
		t.Fatal(err)
	}
	things["request"] = request
	cursors := b.crowded(things)
	var own struct{ ID string } // the stranger's
	b.stranger.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(nil)).decode(t, &own)
	b.stranger.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": "Una", "phone": "613 555 0190", "attestation": "She gave it to me at work."})

	forbidden := []string{b.account.String(), "Zoe", "Yann", "mill.example", "Ice", "who are you", things["request"]}
	for _, id := range things {
		forbidden = append(forbidden, id)
	}
	before := b.everything()
	unseen, document := maps.Clone(named), readSchemas(t)
	ops := operations(t)
	slices.SortStableFunc(ops, func(x, y operation) int { // reads first: a draft holds whatever ids its author typed, and the list shows it to them
		return cmp.Compare(rank(x), rank(y))
	})
	for _, op := range ops {
		if op.Level == "operator" || op.Level == "public" {
			continue
		}
		for _, at := range document.places(op) {
			key := op.OperationID + " " + string(at)
			kind, known := named[key]
			if !known {
				t.Errorf("%s: nobody says what it names", key)
				continue
			}
			delete(unseen, key)
			theirs, never := things[kind], uuid.NewString()
			if kind == "cursor" {
				theirs, never = cursors[op.OperationID], ""
			}
			ask := func(id string) answer {
				query, body := url.Values{}, maps.Clone(around[op.OperationID])
				if body == nil {
					body = object{}
				}
				if at.put(query, body, id); id == "" {
					query = url.Values{}
				}
				return b.askAs(b.stranger, op, pathParameter.ReplaceAllString(op.path, own.ID)+"?"+query.Encode(), body)
			}
			got, want := ask(theirs), ask(never)
			for _, secret := range forbidden {
				if secret != theirs && strings.Contains(string(got.body), secret) {
					t.Errorf("%s: the answer to a stranger holds %s: %s", key, secret, got.body)
				}
			}
			if got.StatusCode >= 500 || got.StatusCode != want.StatusCode {
				t.Errorf("%s: %d %s; of what never was: %d %s", key, got.StatusCode, got.body, want.StatusCode, want.body)
			}
			if kind != "cursor" && blank(got) != blank(want) { // a page depends on where it begins
				t.Errorf("%s: %s; of what never was: %s", key, got.body, want.body)
			}
		}
	}
	for key := range unseen {
		t.Errorf("there is no place %s", key)
	}
	b.unchanged(before)
	if n := b.count(`SELECT count(*) FROM messages WHERE account_id = $1`, b.accountOf("eve@other.example")); n != 0 {
		t.Errorf("a stranger's account has %d texts, to people of others", n)
	}
	// Whom the stranger wrote down are nobody.
	var page struct{ Items []struct{ ID string } }
	b.stranger.expect(http.StatusOK, http.MethodGet, "/api/v1/campaigns?limit=100", nil).decode(t, &page)
	selections := 0
	for _, c := range page.Items {
		var made httpapi.Campaign
		var plan httpapi.CampaignPlan
		b.stranger.expect(http.StatusOK, http.MethodGet, "/api/v1/campaigns/"+c.ID, nil).decode(t, &made)
		b.stranger.expect(http.StatusOK, http.MethodGet, "/api/v1/campaigns/"+c.ID+"/plan", nil).decode(t, &plan)
		if made.Audience.Kind != "selection" {
			continue
		}
		if selections++; plan.Total != 0 || plan.Callable != 0 {
			t.Errorf("a plan of another's people: %+v", plan)
		}
	}
	if selections != 3 {
		t.Errorf("%d campaigns name other people, want 3", selections)
	}
}

// blank is an answer without what is new in each.
func blank(a answer) string {
	return anId.ReplaceAllString(requestID.ReplaceAllString(string(a.body), ""), "id")
}

// askAs sends an operation as somebody, from an address of its own.
func (b *board) askAs(who *browser, op operation, path string, body object) answer {
	fresh := b.anybody()
	fresh.ip, fresh.cookie = "[2001:db8:"+uuid.NewString()[:4]+":"+uuid.NewString()[:4]+"::1]", who.cookie
	if op.RequestBody == nil {
		return fresh.send(fresh.request(op.method, path, nil))
	}
	return fresh.send(fresh.request(op.method, path, body))
}

// chosen are the places where operators name what they please: any account, any
// row. Elsewhere an id must belong to the account of the path.
var chosen = map[string]bool{
	"recordOptOut body.account_id": true, "listAllAudit query.account_id": true, "listAllAudit query.subject_id": true, "listAllAudit query.request_id": true,
	"approveAccount body.sender_id": true,
	"listAllAudit query.cursor":     true, "listApplications query.cursor": true, "listOptOuts query.cursor": true, "listReports query.cursor": true, "listStrayTexts query.cursor": true,
}

// What an operator decides about one account must not be decided by an id of
// another's: an open wish of somebody else is as good as none.
func TestI9OperatorsIdsBelongToTheAccountOfThePath(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	document := readSchemas(t)
	wish := uuid.NewString()
	b.exec(`INSERT INTO account_changes (id, account_id, legal_name, registry_number, asked_by, asked_at)
		SELECT $1, account_id, 'Northwind Holdings Inc.', '7654321', id, now() FROM users WHERE account_id = $2 LIMIT 1`, wish, b.account)
	other := b.accountOf("eve@other.example")
	rest := map[string]object{"approveLegalName body.change_id": {"registry_checked": true}, "refuseLegalName body.change_id": {"reason": "Not in the register"}}
	state := func() (text string) {
		t.Helper()
		if err := b.admin.QueryRow(t.Context(), `SELECT string_agg(x, '|' ORDER BY x) FROM (SELECT c::text AS x FROM account_changes c UNION ALL SELECT a::text FROM accounts a) y`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := state()
	pairs := 0
	for _, op := range operations(t) {
		if op.Level != "operator" {
			continue
		}
		for _, at := range document.places(op) {
			key := op.OperationID + " " + string(at)
			body, known := rest[key]
			if !known && !chosen[key] {
				t.Errorf("%s: nobody says whether it must belong to the account", key)
			}
			if !known {
				continue
			}
			pairs++
			ask := func(id string) answer {
				body := maps.Clone(body)
				at.put(nil, body, id)
				return b.askAs(b.operator, op, pathParameter.ReplaceAllString(op.path, other.String()), body)
			}
			got, never := ask(wish), ask(uuid.NewString())
			if got.StatusCode != http.StatusConflict && got.StatusCode != http.StatusNotFound || got.StatusCode != never.StatusCode || blank(got) != blank(never) {
				t.Errorf("%s of another account: %d %s; of what never was: %d %s", key, got.StatusCode, got.body, never.StatusCode, never.body)
			}
		}
	}
	if pairs != len(rest) {
		t.Errorf("%d of %d places were found", pairs, len(rest))
	}
	if state() != before {
		t.Error("a decision about one account has changed another")
	}
	// Whoever may name any account is told of one that is none, and reads nothing.
	for _, body := range []object{{"phone": "613 555 0188", "scope": "account", "received_at": b.clock.Now().Format(time.RFC3339), "evidence": "a letter", "reason": "Wants no calls", "account_id": uuid.NewString()}} {
		if a := b.operator.post("/api/v1/operator/opt-outs", body); a.StatusCode != http.StatusUnprocessableEntity && a.StatusCode != http.StatusNotFound {
			t.Errorf("an opt-out for an account that is none: %d %s", a.StatusCode, a.body)
		}
	}
	if n := b.count(`SELECT count(*) FROM opt_out_records`); n != 0 {
		t.Errorf("%d opt-outs for an account that is none", n)
	}
	for _, name := range []string{"account_id", "subject_id", "request_id"} {
		var rows httpapi.AuditList
		b.operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/audit?"+name+"="+uuid.NewString(), nil).decode(t, &rows)
		if len(rows.Items) != 0 {
			t.Errorf("%d rows of a %s that is none", len(rows.Items), name)
		}
	}
}
