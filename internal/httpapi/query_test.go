package httpapi_test

import (
	"net/http"
	"testing"
)

// The database takes no NUL and no broken UTF-8: a query that holds them is
// the client's mistake, told by name, on every route.
func TestQueriesAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner := w.employer("zoe@example.com", operator)
	for _, test := range []struct {
		by             *browser
		path, location string
	}{
		{owner, "audit?action=%00", "query.action"},
		{owner, "audit?actor=%00", "query.actor"},
		{owner, "audit?actor=%ff", "query.actor"},
		{owner, "audit?actor=a%00&format=csv", "query.actor"},
		{owner, "audit?actor=ok&actor=%ff&format=csv", "query.actor"},
		{owner, "employees?tag=%ff", "query.tag"},
		{owner, "campaigns/01930000-0000-7000-8000-000000000000/recipients?search=%00", "query.search"},
		{owner, "audit?%ff=1", "query"},
		{operator, "operator/audit?actor=%00", "query.actor"},
		{w.anybody(), "audit?actor=%00", "query.actor"},
	} {
		a := test.by.get("/api/v1/" + test.path)
		if a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d %s", test.path, a.StatusCode, a.body)
			continue
		}
		if p := a.problem(t); len(p.Errors) != 1 || p.Errors[0].Location != test.location || p.Code != "invalid" {
			t.Errorf("%s: %+v, want %s named", test.path, p, test.location)
		}
		armoured(t, test.path, a)
	}
	for _, path := range []string{"audit?actor=Zo%C3%A9", "audit?actor=%EF%BF%BD", "audit?action="} {
		owner.expect(http.StatusOK, http.MethodGet, "/api/v1/"+path, nil)
	}
}
