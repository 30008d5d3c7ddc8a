package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

const legalName = "/api/v1/settings/legal-name"

func wish(name string) object { return object{"legal_name": name, "registry_number": "1234567890"} }

// A legal name is checked again before it holds; the old one stands until then.
func TestLegalNameIsReviewedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner := w.employer("ada@example.com", operator)
	ben := owner.join("ben@example.com", "owner")
	route := "/api/v1/operator/accounts/" + w.accountOf("ada@example.com").String()
	var a httpapi.Account
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, object{"legal_name": " Maison  Bleue inc. ", "registry_number": "999"}).decode(t, &a)
	if a.LegalName != "Maison Verte inc." || a.RegistryNumber != "1234567890" || a.NameChange == nil || a.NameChange.LegalName != "Maison Bleue inc." || a.NameChange.RegistryNumber != "999" || a.NameChange.AskedByName != "Zoé Roy" {
		t.Fatalf("while it waits: %+v, %+v", a, a.NameChange)
	}
	w.letter("ben@example.com", "name_change_asked")
	if data, _ := w.letter("ops@callshu.test", "ops_name_change"); !strings.Contains(data, "Maison Bleue inc.") || !strings.Contains(data, "/operator/accounts/") {
		t.Errorf("the operators were told %s", data)
	}
	first := a.NameChange.ID
	ben.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Rouge inc.")).decode(t, &a) // in place of the first
	mustRefuse(t, "what was replaced", operator.post(route+"/name/approve", object{"change_id": first, "registry_checked": true}), http.StatusConflict, "change_replaced")
	var list httpapi.ApplicationList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/accounts?name_change=true", nil).decode(t, &list)
	if len(list.Items) != 1 || list.Items[0].NameChange == nil || list.Items[0].NameChange.LegalName != "Maison Rouge inc." || list.Items[0].NameChange.AskedByName != "Benoît Roy" {
		t.Fatalf("the operator sees %+v", list.Items)
	}
	if p := operator.post(route+"/name/approve", object{"change_id": a.NameChange.ID, "registry_checked": false}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.registry_checked" {
		t.Errorf("approved unseen: %+v", p)
	}
	var after httpapi.Application
	operator.expect(http.StatusOK, http.MethodPost, route+"/name/approve", object{"change_id": a.NameChange.ID, "registry_checked": true}).decode(t, &after)
	if after.LegalName != "Maison Rouge inc." || after.NameChange != nil || after.SpokenName != "Maison Verte" || after.Status != "active" {
		t.Errorf("after the approval: %+v", after)
	}
	for _, email := range []string{"ada@example.com", "ben@example.com"} {
		w.letter(email, "name_change_approved")
	}
	mustRefuse(t, "approved twice", operator.post(route+"/name/approve", object{"change_id": a.NameChange.ID, "registry_checked": true}), http.StatusConflict, "no_change_waiting")
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/accounts?name_change=true", nil).decode(t, &list)
	if len(list.Items) != 0 {
		t.Errorf("still waits: %+v", list.Items)
	}
	for action, detail := range map[string]string{
		"account.name_change_asked":     `{"asked_by": "Zoé Roy", "legal_name": {"from": "Maison Verte inc.", "to": "Maison Bleue inc."}, "registry_number": {"from": "1234567890", "to": "999"}}`,
		"account.name_change_withdrawn": `{"asked_by": "Zoé Roy", "legal_name": {"from": "Maison Verte inc.", "to": "Maison Bleue inc."}, "registry_number": {"from": "1234567890", "to": "999"}}`,
		"account.name_change_approved":  `{"asked_by": "Benoît Roy", "legal_name": {"from": "Maison Verte inc.", "to": "Maison Rouge inc."}, "registry_checked": true}`,
	} {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND detail = $2::jsonb AND account_id IS NOT NULL AND ip <> ''`, action, detail); n != 1 {
			t.Errorf("%d rows of %s", n, action)
		}
	}
}

func TestLegalNameIsRefusedOrTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner := w.employer("ada@example.com", operator)
	route := "/api/v1/operator/accounts/" + w.accountOf("ada@example.com").String()
	if p := owner.do(http.MethodPut, legalName, wish("Maison Verte inc.")).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Code != "unchanged" {
		t.Errorf("the name that holds: %+v", p)
	}
	if p := owner.do(http.MethodPut, legalName, object{"legal_name": "", "registry_number": "a\u202eb"}).problem(t); p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 2 {
		t.Errorf("no name, a hidden number: %+v", p)
	}
	mustRefuse(t, "nothing to take back", owner.do(http.MethodDelete, legalName, nil), http.StatusConflict, "no_change_waiting")
	var a httpapi.Account
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Bleue inc.")).decode(t, &a)
	owner.expect(http.StatusOK, http.MethodDelete, legalName, nil).decode(t, &a)
	if a.NameChange != nil {
		t.Errorf("taken back: %+v", a.NameChange)
	}
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Rouge inc.")).decode(t, &a)
	refusal := object{"change_id": a.NameChange.ID, "reason": "The registry does not know it."}
	mustRefuse(t, "another account", operator.post("/api/v1/operator/accounts/"+uuid.NewString()+"/name/refuse", refusal), http.StatusNotFound, "not_found")
	var after httpapi.Application
	operator.expect(http.StatusOK, http.MethodPost, route+"/name/refuse", refusal).decode(t, &after)
	if after.LegalName != "Maison Verte inc." || after.NameChange != nil {
		t.Errorf("after the refusal: %+v", after)
	}
	if data, _ := w.letter("ada@example.com", "name_change_refused"); !strings.Contains(data, "The registry does not know it.") || !strings.Contains(data, "ops@callshu.test") {
		t.Errorf("the owner was told %s", data)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'account.name_change_refused' AND detail->>'reason' = 'The registry does not know it.' AND actor_kind = 'operator'`); n != 1 {
		t.Errorf("%d rows of the refusal", n)
	}
	// A suspended employer gets no new name.
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Noire inc.")).decode(t, &a)
	operator.expect(http.StatusOK, http.MethodPost, route+"/suspend", object{"reason": "They call strangers."})
	mustRefuse(t, "a suspended account", operator.post(route+"/name/approve", object{"change_id": a.NameChange.ID, "registry_checked": true}), http.StatusConflict, "wrong_status")
	operator.expect(http.StatusOK, http.MethodPost, route+"/reinstate", object{"reason": "They have answered."})
	owner.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ada@example.com", "password": password})
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Rose inc.")) // the fifth wish of the day
	mustRefuse(t, "more than an operator can read", owner.do(http.MethodPut, legalName, wish("Maison Grise inc.")), http.StatusTooManyRequests, "too_many_requests")
	w.clock.Advance(24 * time.Hour)
	owner.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ada@example.com", "password": password})
	owner.expect(http.StatusAccepted, http.MethodPut, legalName, wish("Maison Grise inc."))
}
