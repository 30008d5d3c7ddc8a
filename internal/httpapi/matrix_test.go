package httpapi_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/httpapi"
	"github.com/callshu/callshu/internal/postgres"
)

var pathParameter = regexp.MustCompile(`\{\w+\}`)

// try calls an operation with ids of nothing and a body that its decoder takes.
func (b *browser) try(op operation) answer {
	path := pathParameter.ReplaceAllString(op.path, uuid.NewString())
	var body any
	kind := ""
	if op.RequestBody != nil {
		for kind = range op.RequestBody.Content {
			body = object{}
			if kind != "application/json" {
				body = "name,phone\n"
			}
		}
	}
	r := b.request(op.method, path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return b.send(r)
}

// levels says by hand who may call each operation. The document's own x-level
// is written by the code under test and cannot be what is expected of it.
func levels() map[string]string {
	all := map[string]string{}
	for level, ids := range map[string][]string{
		"public": {"acceptInvitation", "changeEmail", "forgotPassword", "login", "readInvitation", "operatorLogin", "register", "resetPassword", "verifyEmail"},
		"session": {"changePassword", "editMe", "endSession", "getMe", "listSessions", "logout", "logoutAll", "sendPhoneCode",
			"verifyPhone", "getFactor", "beginFactor", "confirmFactor", "endFactor", "renewRecoveryCodes", "listRemembered", "forgetRemembered", "askEmail"},
		"tenant": {"cancelCampaign", "cloneCampaign", "consentFunnel", "countInbox", "createCampaign", "createEmployee", "createPreview",
			"deleteEmployee", "editCampaign", "editEmployee", "followUpCampaign", "getCampaign", "getConsent", "getEmployee", "getImport", "getRecipient",
			"getPreview", "uploadImport", "listImports", "setImportColumns", "confirmImport", "listRejectedRows", "listGone", "archiveGone",
			"inviteEmployee", "inviteEmployees", "launchCampaign", "listCampaignTrips", "listCampaigns",
			"listEmployeeCalls", "listEmployees", "listInbox", "listRecipients", "listTags", "optOutEmployee", "pauseCampaign", "planCampaign", "resolveText",
			"resumeCampaign", "watchCampaign", "askApproval", "withdrawApproval",
			"listMessages", "saveMessage", "getMessage", "changeMessage", "deleteMessage"},
		"owner": {"getSettings", "listAudit", "updateSettings", "approveLaunch", "refuseLaunch", "setTwoPerson", "confirmTwoPerson", "refuseTwoPerson",
			"listUsers", "changeUser", "resetUserFactor", "listInvitations", "inviteUser", "inviteUserAgain", "uninviteUser",
			"askLegalName", "withdrawLegalName", "exportEmployee", "eraseEmployee"},
		"operator": {"approveAccount", "approveLegalName", "refuseLegalName", "getApplication", "getDialling", "getOperatorMe", "getPause", "holdAccount", "listAllAudit", "listApplications",
			"listJobs", "listOptOuts", "listSenders", "listStrayTexts", "operatorLogout", "pauseAccount", "recordOptOut", "reinstateAccount", "rejectAccount", "resetOwnerFactor", "revokeSessions", "setPause",
			"setQuota", "checkReportFile", "downloadReportFile", "getReport", "listReports", "resendReport", "changeOperatorPassword", "endOperatorSession", "listOperatorSessions",
			"suspendAccount", "verifyAudit", "listVerifications"},
	} {
		for _, id := range ids {
			all[id] = level
		}
	}
	return all
}

// Every route of the API against everybody who may not pass: anonymous people,
// the other kind of cookie, members where owners are asked for, and accounts
// that no operator has approved or that one has stopped. Who may pass does so in
// TestI9WhatIsAnothersDoesNotExist and TestMembersReadWhatIsTheirs.
func TestRouteRoleMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	pending, rejected, suspended := w.applicant("pending@example.com"), w.applicant("rejected@example.com"), w.applicant("suspended@example.com")
	owner, member := w.employer("owner@example.com", operator), w.employer("member@example.com", operator)
	w.exec(`UPDATE users SET role = 'member' WHERE email = 'member@example.com'`)
	w.exec(`UPDATE accounts SET status = 'rejected' FROM users u WHERE u.account_id = accounts.id AND u.email = 'rejected@example.com'`)
	w.exec(`UPDATE accounts SET status = 'suspended' FROM users u WHERE u.account_id = accounts.id AND u.email = 'suspended@example.com'`)
	anonymous := w.anybody()
	unseen := levels()
	for _, op := range operations(t) {
		level, known := unseen[op.OperationID]
		delete(unseen, op.OperationID)
		if !known {
			t.Errorf("%s %s: nobody decided who may call %q, or it exists twice", op.method, op.path, op.OperationID)
			continue
		}
		if op.Level != level {
			t.Errorf("%s %s says it is for level %q, want %q", op.method, op.path, op.Level, level)
		}
		refused := func(b *browser, who string, status int, code string) {
			t.Helper()
			// An address of its own each time: the general limit is not the matter here.
			fresh := w.anybody()
			fresh.ip, fresh.cookie = "[2001:db8:"+uuid.NewString()[:4]+":"+uuid.NewString()[:4]+"::1]", b.cookie
			a := fresh.try(op)
			if a.StatusCode != status {
				t.Errorf("%s %s as %s: status %d %s, want %d %s", op.method, op.path, who, a.StatusCode, a.body, status, code)
				return
			}
			if p := a.problem(t); p.Code != code {
				t.Errorf("%s %s as %s: code %s, want %s", op.method, op.path, who, p.Code, code)
			}
		}
		switch level {
		case "public":
			continue
		case "operator":
			refused(member, "a member", http.StatusUnauthorized, "unauthenticated")
			refused(owner, "an owner", http.StatusUnauthorized, "unauthenticated")
		case "session":
			refused(operator, "an operator", http.StatusUnauthorized, "unauthenticated")
		case "owner", "tenant":
			refused(operator, "an operator", http.StatusUnauthorized, "unauthenticated")
			refused(pending, "an applicant", http.StatusForbidden, "account_pending")
			refused(rejected, "a rejected applicant", http.StatusForbidden, "account_rejected")
			refused(suspended, "a suspended employer", http.StatusForbidden, "account_suspended")
			if level == "owner" {
				refused(member, "a member", http.StatusForbidden, "owner_only")
			}
		default:
			t.Fatalf("level %q is none that this test tries", level)
		}
		refused(anonymous, "nobody", http.StatusUnauthorized, "unauthenticated")
	}
	for id, level := range unseen {
		t.Errorf("there is no operation %s of level %s", id, level)
	}
}

// The routes that need no session are these and no others.
func TestPublicRoutesAreFew(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		"POST /api/v1/auth/register": true, "POST /api/v1/auth/verify-email": true, "POST /api/v1/auth/login": true,
		"POST /api/v1/auth/password/forgot": true, "POST /api/v1/auth/password/reset": true, "POST /api/v1/operator/auth/login": true,
		"POST /api/v1/auth/invitation": true, "POST /api/v1/auth/invitation/accept": true,
		"POST /api/v1/auth/email/confirm": true,
	}
	for _, op := range operations(t) {
		route := op.method + " " + op.path
		if public := op.Level == "public"; public != want[route] {
			t.Errorf("%s: public is %v", route, public)
		}
		if op.Level == "public" && len(op.Security) != 0 || op.Level != "public" && len(op.Security) != 1 {
			t.Errorf("%s says it needs %v", route, op.Security)
		}
	}
}

// A draft may name as many people as a selection holds; one more is a wrong
// field, not a body that nobody reads.
func TestDraftsCarryWholeSelections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.Campaigns = campaign.New(w.db.Open(postgres.RoleApp), w.clock, must[*callhours.Zones](t)(callhours.Load()), 1)
	w.handler = httpapi.New(w.deps)
	b := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	draft := func(people int) object {
		ids := make([]string, people)
		for i := range ids {
			ids[i] = uuid.NewString()
		}
		return object{"name": "Frost", "audience": object{"kind": "selection", "employee_ids": ids}, "content": object{
			"purpose": object{"en": "the frost tonight"}, "texts": object{"en": object{"message": "Frost tonight."}},
			"choices": []object{{"key": 1, "label": object{"en": "you have understood"}}}}}
	}
	var made httpapi.Campaign
	b.expect(http.StatusCreated, http.MethodPost, "/api/v1/campaigns", draft(10_000)).decode(t, &made)
	route := "/api/v1/campaigns/" + made.ID.String()
	b.expect(http.StatusOK, http.MethodPatch, route, draft(10_000)).decode(t, &made)
	if n := len(made.Audience.EmployeeIDs); n != 10_000 {
		t.Errorf("%d people are stored, want 10000", n)
	}
	for method, path := range map[string]string{http.MethodPost: "/api/v1/campaigns", http.MethodPatch: route} {
		p := b.expect(http.StatusUnprocessableEntity, method, path, draft(10_001)).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.audience.employee_ids" || p.Errors[0].Code != "too_many" {
			t.Errorf("%s of 10001 people: %+v", method, p.Errors)
		}
	}
}
