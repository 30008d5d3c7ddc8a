package httpapi_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/httpapi"
)

// deed is something that a person of an employer's does, or somebody who is to
// become one, and the rows that it leaves in the log.
type deed struct {
	by   *browser
	id   string // in the path
	more string // behind the path
	body any
	rows string // actions in alphabetical order; none: it changes nothing that matters
}

// company is a board with a user who has one-time codes, and numbers of phones.
type company struct {
	*board
	phones, texts int
}

// hand adds somebody of their own to the employer, who has done nothing yet.
func (c *company) hand(role string) (*browser, string) {
	c.t.Helper()
	email := "hand" + uuid.NewString()[:8] + "@mill.example"
	return c.hire(email, role), email
}

func (c *company) newPerson() string {
	c.t.Helper()
	c.phones++
	var made struct{ ID string }
	c.owner.expect(http.StatusCreated, http.MethodPost, "/api/v1/employees", object{"name": "Yann", "phone": fmt.Sprintf("613 555 01%02d", c.phones), "attestation": "He gave it to me at work."}).decode(c.t, &made)
	return made.ID
}

func (c *company) newDraft() string {
	route, _ := c.draft()
	return route[strings.LastIndexByte(route, '/')+1:]
}

// asked is a draft that waits for a second person.
func (c *company) asked() (id, plan string) {
	c.t.Helper()
	c.exec(`UPDATE accounts SET two_person_above = 0`)
	route, plan := c.draft()
	c.owner.expect(http.StatusCreated, http.MethodPost, route+"/approval", object{"plan_hash": plan})
	return route[strings.LastIndexByte(route, '/')+1:], plan
}

// running is a campaign in that state.
func (c *company) running(status string) string {
	id := c.newDraft()
	c.exec(`UPDATE campaigns SET status = $2, launched_at = now() WHERE id = $1`, id, status)
	return id
}

func (c *company) invited() (id, email string) {
	c.t.Helper()
	email = "new" + uuid.NewString()[:8] + "@mill.example"
	var made struct{ ID string }
	c.owner.expect(http.StatusAccepted, http.MethodPost, "/api/v1/users/invitations", object{"email": email, "name": "Nia", "role": "member"}).decode(c.t, &made)
	return made.ID, email
}

// word is a text that somebody on the list sent.
func (c *company) word() string {
	c.texts++
	c.text(fmt.Sprintf("SMdeed%d", c.texts), "Who is this?")
	return c.inbox(c.owner, "").Items[0].ID.String()
}

func (c *company) wished() {
	c.exec(`DELETE FROM account_changes`)
	c.owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Rouge inc."))
}

// loosening is a wish that waits for another owner.
func (c *company) loosening() {
	c.exec(`UPDATE accounts SET two_person_above = 5`)
	c.exec(`DELETE FROM two_person_changes`)
	c.size(c.owner, 50)
}

// deeds are those of the people of an approved employer, ready to be done.
func (c *company) deeds() map[string]func() deed {
	all := c.campaignDeeds()
	maps.Copy(all, c.listDeeds())
	maps.Copy(all, c.companyDeeds())
	return all
}

// campaignDeeds are about campaigns and what they say.
func (c *company) campaignDeeds() map[string]func() deed {
	drafts := func(rows string, body any) func() deed {
		return func() deed { return deed{by: c.member, id: c.newDraft(), body: body, rows: rows} }
	}
	return map[string]func() deed{
		"createCampaign": func() deed { return deed{by: c.member, body: sound(nil), rows: "campaign.created"} },
		"editCampaign":   drafts("campaign.edited", sound(object{"name": "Another"})),
		"cloneCampaign":  drafts("campaign.created", nil),
		"followUpCampaign": func() deed {
			id := c.running("finished")
			c.exec(`INSERT INTO recipients (id, account_id, campaign_id, employee_id, position, phone_key, call_zone, state, due_at, open_from, open_until, updated_at)
				SELECT gen_random_uuid(), account_id, $1, id, 1, phone_key, call_zone, 'no_answer', now(), now(), now(), now() FROM employees WHERE id = $2`, id, c.employee)
			return deed{by: c.member, id: id, body: object{"groups": []string{"not_reached"}}, rows: "campaign.created"}
		},
		"cancelCampaign": drafts("campaign.cancelled", object{"reason": "No"}),
		"launchCampaign": func() deed {
			c.exec(`UPDATE accounts SET two_person_above = 1000`)
			route, plan := c.draft()
			return deed{by: c.member, id: route[strings.LastIndexByte(route, '/')+1:], body: object{"plan_hash": plan}, rows: "campaign.launched"}
		},
		"pauseCampaign": func() deed {
			return deed{by: c.member, id: c.running("running"), body: object{"reason": "Wait"}, rows: "campaign.paused"}
		},
		"resumeCampaign": func() deed {
			return deed{by: c.member, id: c.running("paused"), body: object{"reason": "Go on"}, rows: "campaign.resumed"}
		},
		"askApproval": func() deed {
			c.exec(`UPDATE accounts SET two_person_above = 0`)
			route, plan := c.draft()
			return deed{by: c.member, id: route[strings.LastIndexByte(route, '/')+1:], body: object{"plan_hash": plan}, rows: "campaign.approval_asked"}
		},
		"withdrawApproval": func() deed {
			id, _ := c.asked()
			return deed{by: c.owner, id: id, rows: "campaign.approval_withdrawn"}
		},
		"approveLaunch": func() deed {
			id, plan := c.asked()
			return deed{by: c.second, id: id, body: object{"plan_hash": plan}, rows: "campaign.approved campaign.launched"}
		},
		"refuseLaunch": func() deed {
			id, _ := c.asked()
			return deed{by: c.second, id: id, body: object{"reason": "Too late"}, rows: "campaign.approval_refused"}
		},
		"createPreview": func() deed {
			c.exec(`UPDATE users SET phone = '+14165550150', phone_verified_at = now() WHERE email = 'ada@mill.example'`)
			c.exec(`SELECT ensure_gates($1)`, [][]byte{phoneKey("+14165550150")}) // a phone that is locked, and nothing else of it
			return deed{by: c.owner, body: object{"campaign_id": c.newDraft()}, rows: "preview.requested"}
		},
		"saveMessage": func() deed {
			return deed{by: c.member, body: object{"name": "Frost " + uuid.NewString()[:4], "content": sound(nil)["content"]}, rows: "saved_message.created"}
		},
		"changeMessage": func() deed {
			return deed{by: c.member, id: c.save(uuid.NewString()[:8], "Frost.").ID.String(), body: object{"name": "Thaw " + uuid.NewString()[:4]}, rows: "saved_message.changed"}
		},
		"deleteMessage": func() deed {
			return deed{by: c.member, id: c.save(uuid.NewString()[:8], "Frost.").ID.String(), rows: "saved_message.deleted"}
		},
	}
}

// listDeeds are about the list of people.
func (c *company) listDeeds() map[string]func() deed {
	employees := func(rows string, body any) func() deed {
		return func() deed { return deed{by: c.member, id: c.newPerson(), body: body, rows: rows} }
	}
	return map[string]func() deed{
		"createEmployee": func() deed {
			return deed{by: c.member, body: object{"name": "Max", "first_name": "Max", "phone": "613 555 0199", "time_zone": "America/Toronto", "tags": []any{"night"}, "attestation": "He gave it to me at work."}, rows: "employee.added"}
		},
		"editEmployee":   employees("employee.changed", object{"name": "Zora", "first_name": "Zora", "tags": []any{"day"}}),
		"deleteEmployee": employees("employee.removed", nil),
		"optOutEmployee": employees("consent.revoked", object{"note": "told the foreman"}),
		"inviteEmployee": employees("employees.invited", nil),
		"inviteEmployees": func() deed {
			return deed{by: c.member, body: object{"ids": []string{c.newPerson()}}, rows: "employees.invited"}
		},
		// Nobody is on the list by it: the row comes with the confirmation.
		"uploadImport": func() deed { return deed{by: c.member, body: "name,phone\nYves,613 555 0198\n"} },
		"setImportColumns": func() deed {
			return deed{by: c.member, id: c.member.upload("name,phone\nYves,613 555 0198\n").ID.String(), body: object{"fields": []string{"name", "phone"}}}
		},
		"confirmImport": func() deed {
			c.exec(`UPDATE import_files SET archive = 'done' WHERE archive = 'queued'`) // as the job of the deed before does
			return deed{by: c.member, id: c.member.upload("name,phone\nYves,613 555 0198\n").ID.String(), body: object{"attestation": "They gave them when hired."}, rows: "employees.import_confirmed"}
		},
		"archiveGone": func() deed {
			id := c.takenFile("name,phone\nYves,613 555 0198\n")
			gone := c.imported(id).Gone
			return deed{by: c.member, id: id, body: object{"confirm": gone}, rows: "employees.archive_confirmed"}
		},
		"eraseEmployee": func() deed {
			c.exec(`DELETE FROM import_files`) // of other deeds, whose jobs nobody runs here
			return deed{by: c.owner, id: c.newPerson(), body: object{"reason": employee.ReasonMistake, "confirm": "Yann"}, rows: "employee.erased"}
		},
	}
}

// companyDeeds are about the company, its users and what is written to it.
func (c *company) companyDeeds() map[string]func() deed {
	return map[string]func() deed{
		"resolveText": func() deed {
			return deed{by: c.member, id: c.word(), body: object{"action": "no_action", "note": "a joke"}, rows: "inbox.resolved"}
		},
		"updateSettings": func() deed {
			return deed{by: c.owner, body: object{"website": uuid.NewString()[:8] + ".example", "contact_address": "2 rue du Port"}, rows: "settings.changed"}
		},
		"setTwoPerson": func() deed {
			c.exec(`UPDATE accounts SET two_person_above = 50`)
			return deed{by: c.owner, body: object{"above": 10}, rows: "settings.changed"}
		},
		"confirmTwoPerson": func() deed {
			c.loosening()
			return deed{by: c.second, body: object{"above": 50}, rows: "settings.changed"}
		},
		"refuseTwoPerson": func() deed {
			c.loosening()
			return deed{by: c.second, body: object{"above": 50}, rows: "settings.two_person_refused"}
		},
		"askLegalName": func() deed {
			return deed{by: c.owner, body: wish("Maison " + uuid.NewString()[:8]), rows: "account.name_change_asked"}
		},
		"withdrawLegalName": func() deed {
			c.wished()
			return deed{by: c.owner, rows: "account.name_change_withdrawn"}
		},
		"changeUser": func() deed {
			_, email := c.hand("member")
			return deed{by: c.owner, id: c.userID(email), body: object{"name": "Bea B."}, rows: "user.changed"}
		},
		"resetUserFactor": func() deed {
			by, email := c.hand("member")
			by.guard(email)
			return deed{by: c.owner, id: c.userID(email), body: object{"current_password": password}, rows: "user.factor_reset_asked"}
		},
		"inviteUser": func() deed {
			return deed{by: c.owner, body: object{"email": "nia@mill.example", "name": "Nia", "role": "member"}, rows: "user.invited"}
		},
		"inviteUserAgain": func() deed {
			id, _ := c.invited()
			return deed{by: c.owner, id: id, rows: "user.invited_again"}
		},
		"uninviteUser": func() deed {
			id, _ := c.invited()
			return deed{by: c.owner, id: id, rows: "user.invitation_revoked"}
		},
	}
}

func (c *company) userID(email string) (id string) {
	c.t.Helper()
	if err := c.admin.QueryRow(c.t.Context(), `SELECT id FROM users WHERE email = $1`, email).Scan(&id); err != nil {
		c.t.Fatal(err)
	}
	return id
}

// ownDeeds are what people do about themselves.
func (c *company) ownDeeds() map[string]func() deed {
	own := func(rows string, body any) func() deed {
		return func() deed {
			by, _ := c.hand("member")
			return deed{by: by, body: body, rows: rows}
		}
	}
	guarded := func(rows string) func() deed {
		return func() deed {
			by, email := c.hand("member")
			by.guard(email)
			return deed{by: by, body: object{"current_password": password, "code": by.next()}, rows: rows}
		}
	}
	const other = "rivers carry cold lanterns"
	return map[string]func() deed{
		"changePassword": own("password.changed", object{"current_password": password, "password": other}),
		"editMe":         own("user.changed", object{"name": "Max M."}),
		"askEmail":       own("email.change_asked", object{"email": "moved@mill.example", "current_password": password}),
		"logout":         own("user.signed_out", nil),
		"logoutAll":      own("session.all_ended", nil),
		"sendPhoneCode":  own("phone.code_sent", object{"phone": "613 555 0177"}),
		"verifyPhone": func() deed {
			by, _ := c.hand("member")
			by.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/phone", object{"phone": "613 555 0176"})
			var text string
			if err := c.admin.QueryRow(c.t.Context(), `SELECT body FROM messages WHERE kind = 'verify_phone' AND phone = '+16135550176'`).Scan(&text); err != nil {
				c.t.Fatal(err)
			}
			return deed{by: by, body: object{"code": sixDigits.FindString(text)}, rows: "phone.verified"}
		},
		"endSession": func() deed {
			by, email := c.hand("member")
			elsewhere := c.anybody()
			elsewhere.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
			var sessions httpapi.SessionList
			by.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/sessions", nil).decode(c.t, &sessions)
			i := slices.IndexFunc(sessions.Items, func(s httpapi.SessionItem) bool { return !s.Current })
			return deed{by: by, id: sessions.Items[i].ID.String(), rows: "session.ended"}
		},
		"beginFactor": own("", object{"current_password": password}), // which is nothing before a code confirms it
		"confirmFactor": func() deed {
			by, _ := c.hand("member")
			var setup httpapi.FactorSetup
			by.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/mfa/totp", object{"current_password": password}).decode(c.t, &setup)
			by.secret = setup.Secret
			return deed{by: by, body: object{"code": by.next()}, rows: "user.totp_enabled"}
		},
		"endFactor":          guarded("user.totp_disabled"),
		"renewRecoveryCodes": guarded("user.recovery_codes_made"),
		"forgetRemembered": func() deed {
			by, email := c.hand("member")
			g := by.guard(email)
			g.login(by, object{"totp": by.next(), "remember_device": true})
			var devices httpapi.RememberedList
			by.expect(http.StatusOK, http.MethodGet, "/api/v1/auth/mfa/devices", nil).decode(c.t, &devices)
			return deed{by: by, id: devices.Items[0].ID.String(), rows: "user.device_forgotten"}
		},
	}
}

// strangersDeeds are what people do who are not signed in.
func (c *company) strangersDeeds() map[string]func() deed {
	const other = "rivers carry cold lanterns"
	return map[string]func() deed{
		"register": func() deed {
			return deed{by: c.anybody(), body: registration("app" + uuid.NewString()[:8] + "@example.com"), rows: "account.registered"}
		},
		"verifyEmail": func() deed {
			by, email := c.anybody(), "app"+uuid.NewString()[:8]+"@example.com"
			by.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration(email))
			_, token := c.letter(email, "verify_email")
			return deed{by: by, body: object{"token": token}, rows: "account.applied email.verified"}
		},
		"login": func() deed {
			_, email := c.hand("member")
			return deed{by: c.anybody(), body: object{"email": email, "password": password}, rows: "user.signed_in"}
		},
		"forgotPassword": func() deed {
			_, email := c.hand("member")
			return deed{by: c.anybody(), body: object{"email": email}, rows: "password.reset_requested"}
		},
		"resetPassword": func() deed {
			_, email := c.hand("member")
			by := c.anybody()
			by.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/password/forgot", object{"email": email})
			_, token := c.letter(email, "reset_password")
			return deed{by: by, body: object{"token": token, "password": other}, rows: "password.reset"}
		},
		"changeEmail": func() deed {
			by, _ := c.hand("member")
			moved := "moved" + uuid.NewString()[:8] + "@mill.example"
			by.expect(http.StatusAccepted, http.MethodPost, "/api/v1/me/email", object{"email": moved, "current_password": password})
			_, token := c.letter(moved, "confirm_email")
			return deed{by: c.anybody(), body: object{"token": token}, rows: "email.changed"}
		},
		"operatorLogin": func() deed { // who is nobody yet, and the code is still good after a refusal
			return deed{by: c.anybody(), body: object{"email": "olive@callshu.test", "password": password, "totp": c.operator.next()}, rows: "operator.signed_in"}
		},
		"acceptInvitation": func() deed {
			_, email := c.invited()
			_, token := c.letter(email, "user_invited")
			return deed{by: c.anybody(), body: object{"token": token, "name": "Nia", "password": other, "language": "en"}, rows: "user.joined"}
		},
	}
}

// do sends a deed, from an address of its own.
func (c *company) do(op operation, d deed) answer {
	c.t.Helper()
	path := op.path
	if d.id != "" {
		path = pathParameter.ReplaceAllString(path, d.id)
	}
	d.by.ip = fmt.Sprintf("[2001:db8:%s:%s::1]", uuid.NewString()[:4], uuid.NewString()[:4])
	body := d.body
	if body == nil && op.RequestBody != nil {
		body = object{}
	}
	r := d.by.request(op.method, path+d.more, body)
	if _, csv := body.(string); csv {
		r.Header.Set("Content-Type", "text/csv")
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	a := d.by.send(r.WithContext(ctx))
	for _, cookie := range a.Cookies() {
		if cookie.Name == "__Host-callshu" && cookie.MaxAge >= 0 && a.StatusCode/100 == 2 {
			d.by.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	return a
}

// rows are all that is stored, table by table, but for the counters of limits,
// what waits for its seal and when somebody was last seen.
func (c *company) rows() map[string]string {
	c.t.Helper()
	var parts []string
	if err := c.admin.QueryRow(c.t.Context(), `SELECT array_agg(format('SELECT %L AS name, md5(coalesce(string_agg(x, %L ORDER BY x), %L)) AS rows FROM (SELECT (to_jsonb(t) - ''last_seen_at'' - ''last_used_at'')::text AS x FROM %I t) y', table_name, '|', '', table_name))
		FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('seal_queue', 'rate_hits')`).Scan(&parts); err != nil {
		c.t.Fatal(err)
	}
	var all map[string]string
	if err := c.admin.QueryRow(c.t.Context(), `SELECT json_object_agg(name, rows) FROM (`+strings.Join(parts, " UNION ALL ")+`) z`).Scan(&all); err != nil {
		c.t.Fatal(err)
	}
	return all
}

func newCompany(t *testing.T) *company {
	t.Helper()
	return &company{board: newBoard(t)}
}

// everyDeed is one for each operation by which people of an employer, or
// strangers, change anything; an operation that nobody wrote one for fails.
func (c *company) everyDeed() (ops []operation, deeds map[string]func() deed) {
	c.t.Helper()
	deeds = c.deeds()
	maps.Copy(deeds, c.ownDeeds())
	maps.Copy(deeds, c.strangersDeeds())
	reads := map[string]bool{"readInvitation": true}
	unseen := maps.Clone(deeds)
	for _, op := range operations(c.t) {
		if op.Level == "operator" || op.method == http.MethodGet || reads[op.OperationID] {
			continue
		}
		if deeds[op.OperationID] == nil {
			c.t.Errorf("nobody says what %s leaves in the log", op.OperationID)
			continue
		}
		delete(unseen, op.OperationID)
		ops = append(ops, op)
	}
	for id := range unseen {
		c.t.Errorf("there is no operation %s", id)
	}
	slices.SortFunc(ops, func(x, y operation) int { return strings.Compare(x.OperationID, y.OperationID) })
	return ops, deeds
}

// Whatever the people of an employer do, and whoever comes to be one of them,
// stands in the log by exactly the rows that are written here, with the request
// that did it; and with the log closed it is refused and nothing at all changes.
func TestI10NoDeedWithoutItsRows(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	ops, deeds := c.everyDeed()
	for _, op := range ops {
		d := deeds[op.OperationID]()
		if d.rows != "" {
			c.exec(`REVOKE INSERT ON audit_events FROM callshu_app, callshu_worker, callshu_operator`)
			before := c.rows()
			cookie := d.by.cookie
			if a := c.do(op, d); a.StatusCode != http.StatusInternalServerError {
				t.Errorf("%s without its row: %d %s", op.OperationID, a.StatusCode, a.body)
			}
			d.by.cookie = cookie
			for table, rows := range c.rows() {
				if rows != before[table] {
					t.Errorf("%s has changed %s without its row", op.OperationID, table)
				}
			}
			c.exec(`GRANT INSERT ON audit_events TO callshu_app, callshu_worker, callshu_operator`)
		}
		a := c.do(op, d)
		if a.StatusCode/100 != 2 {
			t.Errorf("%s: %d %s", op.OperationID, a.StatusCode, a.body)
			continue
		}
		var left string
		if err := c.admin.QueryRow(t.Context(), `SELECT coalesce(string_agg(action, ' ' ORDER BY action), '') FROM audit_events WHERE request_id = $1`, a.Header.Get("X-Request-Id")).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != d.rows {
			t.Errorf("%s left %q, want %q", op.OperationID, left, d.rows)
		}
	}
	if len(ops) < 50 {
		t.Errorf("only %d deeds were tried", len(ops))
	}
}
