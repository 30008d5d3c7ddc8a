package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/httpapi"
)

// things are live objects of one employer, by the part of a path that stands
// before their id.
func (b *board) things() map[string]string {
	b.t.Helper()
	id := func(sql string, args ...any) (id string) {
		b.t.Helper()
		if err := b.admin.QueryRow(b.t.Context(), sql, args...).Scan(&id); err != nil {
			b.t.Fatalf("%s: %v", sql, err)
		}
		return id
	}
	made := func(path string, body object) string {
		b.t.Helper()
		var made struct{ ID string }
		b.owner.expect(http.StatusCreated, http.MethodPost, path, body).decode(b.t, &made)
		return made.ID
	}
	b.text("SM1", "Who is this?")
	b.owner.expect(http.StatusAccepted, http.MethodPost, "/api/v1/users/invitations", object{"email": "new@mill.example", "name": "Nia", "role": "member"})
	things := map[string]string{
		"campaigns":         made("/api/v1/campaigns", sound(nil)),
		"saved-messages":    made("/api/v1/saved-messages", object{"name": "Frost", "content": sound(nil)["content"]}),
		"employees":         b.employee,
		"inbox":             b.inbox(b.owner, "").Items[0].ID.String(),
		"users/invitations": id(`SELECT id FROM user_invitations WHERE account_id = $1`, b.account),
		"users":             id(`SELECT id FROM users WHERE email = 'bea@mill.example'`),
		"auth/sessions":     id(`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'ada@mill.example' AND s.ended_at IS NULL LIMIT 1`),
		"employees/imports": b.owner.upload("name,phone\nYves,613 555 0187\n").ID.String(),
		"auth/mfa/devices": id(`INSERT INTO remembered_devices (id, account_id, user_id, token_hash, ip, user_agent, created_at, last_used_at, expires_at)
			SELECT gen_random_uuid(), account_id, id, '\x00', '192.0.2.1', '', now(), now(), now() + interval '30 days' FROM users WHERE email = 'ada@mill.example' RETURNING id`),
	}
	b.exec(`UPDATE users SET phone = '+14165550150', phone_verified_at = now() WHERE email = 'ada@mill.example'`)
	things["previews"] = id(`INSERT INTO attempts (account_id, campaign_id, user_id, kind, phone_key, sender_id, consent_checked_at, place_by, state, created_at)
		SELECT $1, $2, u.id, 'preview', g.phone_key, s.id, now(), now(), 'completed', now() FROM users u, phone_gates g, senders s WHERE u.email = 'ada@mill.example' LIMIT 1 RETURNING id`,
		b.account, things["campaigns"])
	b.exec(`INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, reason, due_at, open_from, open_until, updated_at)
		SELECT gen_random_uuid(), account_id, $1, id, 7, phone_key, call_zone, 'skipped', 'not_invited', $3, $3, $3, $3 FROM employees WHERE id = $2`,
		things["campaigns"], b.employee, b.clock.Now())
	things["campaigns/{id}/recipients"] = id(`SELECT id FROM recipients WHERE campaign_id = $1`, things["campaigns"])
	return things
}

// pathTo writes into a path, for each of its parameters, the id of a thing that
// stands there.
func pathTo(t *testing.T, path string, thing func(before string) string) string {
	t.Helper()
	made := path
	for _, at := range pathParameter.FindAllStringIndex(path, -1) {
		before := strings.TrimSuffix(strings.TrimPrefix(path[:at[0]], "/api/v1/"), "/")
		id := thing(before)
		if id == "" {
			t.Errorf("%s: nobody made an object for it", path)
		}
		made = strings.Replace(made, path[at[0]:at[1]], id, 1)
	}
	return made
}

// bodies are what a decoder and its rules take, so that the object itself is
// looked for; operations without one take an empty object.
var bodies = map[string]object{
	"editCampaign": sound(nil), "askApproval": {"plan_hash": strings.Repeat("0", 64)}, "approveLaunch": {"plan_hash": strings.Repeat("0", 64)}, "refuseLaunch": {"reason": "No"}, "launchCampaign": {"plan_hash": strings.Repeat("0", 64)},
	"changeUser": {"name": "Bea B."}, "resetUserFactor": {"current_password": password}, "resolveText": {"action": "no_action"}, "editEmployee": {"name": "Zoe Z."}, "changeMessage": {"name": "Thaw"}, "cancelCampaign": {"reason": "No"}, "followUpCampaign": {"groups": []string{"not_reached"}},
	"resumeCampaign": {"reason": "Go on"}, "pauseCampaign": {"reason": "Wait"}, "setImportColumns": {"fields": []string{"name", "phone"}}, "confirmImport": {"attestation": "On the hiring form."}, "archiveGone": {"confirm": 1}, "eraseEmployee": {"reason": employee.ReasonMistake, "confirm": "Zoe"},
}

var requestID = regexp.MustCompile(`"request_id":"[^"]+"`)

// callWith sends an operation to a path as somebody, from an address of its own.
func (b *board) callWith(who *browser, op operation, path string) answer {
	fresh := b.anybody()
	fresh.ip, fresh.cookie = fmt.Sprintf("[2001:db8:%s:%s::1]", uuid.NewString()[:4], uuid.NewString()[:4]), who.cookie
	var body any
	if op.RequestBody != nil {
		body = object{}
		if known, ok := bodies[op.OperationID]; ok {
			body = known
		}
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Second) // a live page goes on
	defer cancel()
	return fresh.send(fresh.request(op.method, path, body).WithContext(ctx))
}

// everything is all that an employer has, by table.
func (b *board) everything() map[string]string {
	b.t.Helper()
	rows := map[string]string{}
	for _, table := range b.tables() {
		var part string
		if err := b.admin.QueryRow(b.t.Context(), `SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM `+table+` t WHERE account_id = $1`, b.account).Scan(&part); err != nil {
			b.t.Fatal(err)
		}
		rows[table] = part
	}
	return rows
}

func (b *board) unchanged(before map[string]string) {
	b.t.Helper()
	for table, rows := range b.everything() {
		if rows != before[table] {
			b.t.Errorf("%s of the employer's changed:\n%s\n%s", table, before[table], rows)
		}
	}
}

func (b *board) tables() (names []string) {
	b.t.Helper()
	err := b.admin.QueryRow(b.t.Context(), `SELECT array_agg(table_name::text) FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'account_id'`).Scan(&names)
	if err != nil {
		b.t.Fatal(err)
	}
	return names
}

// Every operation on something that is somebody's, made from the document: for
// another employer it does not exist, by the same words as what never was; for
// a member of the same one it is refused where owners are asked for; for nobody
// and for an operator's cookie there is no session. Nothing changes. Its owner
// reaches it.
func TestI9WhatIsAnothersDoesNotExist(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	anonymous := b.anybody()
	var ops []operation
	for _, op := range operations(t) {
		if strings.Contains(op.path, "{") && op.Level != "operator" {
			ops = append(ops, op)
		}
	}
	if len(ops) < 25 {
		t.Fatalf("only %d operations name an object", len(ops))
	}
	// What ends an object comes last, so that everybody's turn finds it there, and
	// last of all what ends the session by which its owner comes.
	order := []string{http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodDelete, "endSession"}
	turn := func(op operation) int {
		return max(slices.Index(order, op.method), slices.Index(order, op.OperationID))
	}
	slices.SortFunc(ops, func(x, y operation) int {
		return 1000*(turn(x)-turn(y)) + strings.Compare(x.path, y.path)
	})
	real := func(op operation) string {
		return pathTo(t, op.path, func(before string) string { return things[before] })
	}
	unreal := func(op operation) string {
		return pathTo(t, op.path, func(string) string { return uuid.NewString() })
	}
	b.member.expect(http.StatusOK, http.MethodGet, "/api/v1/me", nil) // which writes down the last use of the session
	before := b.everything()
	for _, op := range ops {
		path := real(op)
		theirs, never := b.callWith(b.stranger, op, path), b.callWith(b.stranger, op, unreal(op))
		if theirs.StatusCode != http.StatusNotFound || never.StatusCode != http.StatusNotFound ||
			requestID.ReplaceAllString(string(theirs.body), "") != requestID.ReplaceAllString(string(never.body), "") {
			t.Errorf("%s by another employer: %d %s; of what never was: %d %s", op.OperationID, theirs.StatusCode, theirs.body, never.StatusCode, never.body)
		}
		for who, other := range map[string]*browser{"nobody": anonymous, "an operator": b.operator} {
			if a := b.callWith(other, op, path); a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s by %s: %d %s", op.OperationID, who, a.StatusCode, a.body)
			}
		}
		if op.Level == "owner" {
			if a := b.callWith(b.member, op, path); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s by a member: %d %s", op.OperationID, a.StatusCode, a.body)
			}
		}
	}
	b.unchanged(before)
	for _, op := range ops {
		a := b.callWith(b.owner, op, real(op))
		if a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusNotFound || a.StatusCode >= 500 {
			t.Errorf("%s by its owner: %d %s", op.OperationID, a.StatusCode, a.body)
		}
	}
}

// Whatever a member of the employer may read, a member gets: all that is said to
// be for everybody of an account.
func TestMembersReadWhatIsTheirs(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	read := 0
	for _, op := range operations(t) {
		if op.method != http.MethodGet || op.Level != "tenant" {
			continue
		}
		read++
		path := pathTo(t, op.path, func(before string) string { return things[before] })
		if a := b.callWith(b.member, op, path); a.StatusCode != http.StatusOK {
			t.Errorf("%s by a member: %d %s", op.OperationID, a.StatusCode, a.body)
		}
	}
	if read < 20 {
		t.Errorf("only %d operations are for members to read", read)
	}
}

// The second id of a path counts within the first: a campaign of one's own shows
// nobody of another's, nor of another campaign.
func TestI9NobodyIsFoundThroughAnotherCampaign(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	recipient := things["campaigns/{id}/recipients"]
	for name, who := range map[string]*browser{"a stranger": b.stranger, "its own employer": b.owner} {
		var other struct{ ID string }
		who.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", sound(nil)).decode(t, &other)
		got := who.expect(http.StatusNotFound, http.MethodGet, "/api/v1/campaigns/"+other.ID+"/recipients/"+recipient, nil)
		never := who.expect(http.StatusNotFound, http.MethodGet, "/api/v1/campaigns/"+other.ID+"/recipients/"+uuid.NewString(), nil)
		if blank(got) != blank(never) {
			t.Errorf("%s is told %s, and of nobody %s", name, got.body, never.body)
		}
	}
}

// An id of another employer's within a body reaches nothing either.
func TestI9IdsInBodiesReachNothingOfOthers(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	before := b.everything()
	b.stranger.expect(http.StatusNotFound, http.MethodPost, "/api/v1/previews", object{"campaign_id": things["campaigns"]})
	b.stranger.do(http.MethodPost, "/api/v1/employees/invite", object{"ids": []string{b.employee}})
	a := b.stranger.do(http.MethodPost, "/api/v1/campaigns", sound(object{"audience": object{"kind": "selection", "employee_ids": []string{b.employee}}}))
	if a.StatusCode == http.StatusCreated {
		var made httpapi.Campaign
		var plan httpapi.CampaignPlan
		a.decode(t, &made)
		b.stranger.expect(http.StatusOK, http.MethodGet, "/api/v1/campaigns/"+made.ID.String()+"/plan", nil).decode(t, &plan)
		if plan.Callable != 0 || plan.Total != 0 {
			t.Errorf("a plan of another's people: %+v", plan)
		}
	}
	b.unchanged(before)
}
