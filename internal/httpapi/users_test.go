package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

const invitations = "/api/v1/users/invitations"

// invite invites a person and returns the secret of the mailed link.
func (b *browser) invite(email, role string) (httpapi.Invitation, string) {
	b.w.t.Helper()
	var made httpapi.Invitation
	b.expect(http.StatusAccepted, http.MethodPost, invitations, object{"email": email, "name": "Ben Roy", "role": role, "language": "fr"}).decode(b.w.t, &made)
	_, token := b.w.letter(made.Email, "user_invited")
	return made, token
}

func acceptance(token string) object {
	return object{"token": token, "name": "Benoît Roy", "password": password, "language": "fr"}
}

// join invites a person, who accepts and signs in.
func (b *browser) join(email, role string) *browser {
	b.w.t.Helper()
	_, token := b.invite(email, role)
	c := b.w.anybody()
	c.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation/accept", acceptance(token))
	c.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": email, "password": password})
	return c
}

func (w *world) userOf(email string) (id uuid.UUID) {
	w.t.Helper()
	if err := w.admin.QueryRow(w.t.Context(), `SELECT id FROM users WHERE email = $1`, email).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (b *browser) change(email string, change object) answer {
	return b.do(http.MethodPatch, "/api/v1/users/"+b.w.userOf(email).String(), change)
}

// mustRefuse is a refusal with this status and code.
func mustRefuse(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if p := a.problem(t); p.Status != status || p.Code != code {
		t.Errorf("%s: %d %s, want %d %s", what, p.Status, p.Code, status, code)
	}
}

func TestInvitationToSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	made, token := owner.invite("Ben@Example.com", "member")
	data, _ := w.letter("Ben@example.com", "user_invited")
	if !strings.Contains(data, publicURL+"/accept-invitation#token=") || len(token) != 43 || made.InvitedByName != "Zoé Roy" || made.Expired || !made.ExpiresAt.Equal(monday.AddDate(0, 0, 7)) {
		t.Fatalf("invitation %+v, mail %s", made, data)
	}
	if n := w.count(`SELECT count(*) FROM user_invitations WHERE token_hash::text LIKE '%' || $1 || '%'`, token); n != 0 {
		t.Error("the token is stored as it is")
	}
	w.clock.Advance(time.Minute)
	ben := w.anybody()
	var to httpapi.InvitedTo
	ben.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation", object{"token": token}).decode(t, &to)
	if want := (httpapi.InvitedTo{LegalName: "Maison Verte inc.", Name: "Ben Roy", Email: "Ben@example.com", Role: "member", Language: "fr"}); to != want {
		t.Errorf("invited to %+v", to)
	}
	weak := acceptance(token)
	weak["password"] = "maison verte maison"
	if p := ben.post("/api/v1/auth/invitation/accept", weak).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.password" {
		t.Errorf("a password of the company's name: %+v", p)
	}
	ben.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation/accept", acceptance(token))
	mustRefuse(t, "a used link", ben.post("/api/v1/auth/invitation/accept", acceptance(token)), http.StatusGone, "token_gone")
	mustRefuse(t, "a used link read", ben.post("/api/v1/auth/invitation", object{"token": token}), http.StatusGone, "token_gone")

	var me httpapi.Me
	ben.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ben@example.com", "password": password}).decode(t, &me)
	if me.User.Role != "member" || me.User.Name != "Benoît Roy" || me.Account.ID != w.accountOf("ada@example.com") || me.User.Phone != "" {
		t.Errorf("who joined: %+v", me.User)
	}
	mustRefuse(t, "a member", ben.get("/api/v1/users"), http.StatusForbidden, "owner_only")
	if data, _ := w.letter("ada@example.com", "user_joined"); !strings.Contains(data, "Benoît Roy") {
		t.Errorf("the owner was told %s", data)
	}
	var list httpapi.ColleagueList
	owner.expect(http.StatusOK, http.MethodGet, "/api/v1/users", nil).decode(t, &list)
	if len(list.Items) != 2 || list.Items[1].Email != "Ben@example.com" || list.Items[1].LastSeenAt == nil || list.Items[0].Role != "owner" {
		t.Errorf("people: %+v", list.Items)
	}
	var open httpapi.InvitationList
	owner.expect(http.StatusOK, http.MethodGet, invitations, nil).decode(t, &open)
	if len(open.Items) != 0 {
		t.Errorf("still open: %+v", open.Items)
	}
	want := map[string]string{"user.invited": `{"name": "Ben Roy", "role": "member", "email": "B•••@example.com"}`,
		"user.joined": fmt.Sprintf(`{"role": "member", "invitation": "%s", "replaced_registration": false}`, made.ID)}
	for action, detail := range want {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND detail = $2::jsonb AND actor_kind = 'user' AND ip <> '' AND request_id <> ''`, action, detail); n != 1 {
			t.Errorf("%d rows of %s", n, action)
		}
	}
}

// Links end: by time, by a newer link, by being taken back, by suspension, and
// by the end of who sent them.
func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	gone := func(what, token string) {
		t.Helper()
		mustRefuse(t, what, w.anybody().post("/api/v1/auth/invitation/accept", acceptance(token)), http.StatusGone, "token_gone")
	}
	made, first := owner.invite("ben@example.com", "member")
	mustRefuse(t, "the same address", owner.post(invitations, object{"email": "BEN@example.com", "name": "B", "role": "member"}), http.StatusConflict, "already_invited")
	w.clock.Advance(time.Minute)
	owner.expect(http.StatusAccepted, http.MethodPost, invitations+"/"+made.ID.String()+"/resend", nil)
	_, second := w.letter("ben@example.com", "user_invited")
	gone("a replaced link", first)
	w.clock.Advance(7*24*time.Hour - time.Second)
	owner.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ada@example.com", "password": password})
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation", object{"token": second})
	w.clock.Advance(time.Second)
	gone("a link of seven days", second)
	var open httpapi.InvitationList
	owner.expect(http.StatusOK, http.MethodGet, invitations, nil).decode(t, &open)
	if len(open.Items) != 1 || !open.Items[0].Expired {
		t.Errorf("the old invitation: %+v", open.Items)
	}
	made, third := owner.invite("ben@example.com", "member") // gives way to a new one
	owner.expect(http.StatusNoContent, http.MethodDelete, invitations+"/"+made.ID.String(), nil)
	gone("a link taken back", third)
	mustRefuse(t, "sending it again", owner.post(invitations+"/"+made.ID.String()+"/resend", nil), http.StatusNotFound, "not_found")

	cleo := owner.join("cleo@example.com", "owner")
	_, fourth := cleo.invite("dan@example.com", "owner")
	if a := owner.change("cleo@example.com", object{"role": "member"}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	gone("a link of a former owner", fourth)
	_, fifth := owner.invite("eve@example.com", "member")
	w.staff("otto@callshu.test").expect(http.StatusOK, http.MethodPost, "/api/v1/operator/accounts/"+w.accountOf("ada@example.com").String()+"/suspend", object{"reason": "They call strangers."})
	mustRefuse(t, "a suspended account", w.anybody().post("/api/v1/auth/invitation/accept", acceptance(fifth)), http.StatusForbidden, "account_suspended")
	if n := w.count(`SELECT count(*) FROM users WHERE email IN ('ben@example.com', 'dan@example.com', 'eve@example.com')`); n != 0 {
		t.Errorf("%d people came in by dead links", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.invitation_revoked'`); n != 2 {
		t.Errorf("%d rows of revoked invitations, want 2", n)
	}
}

// An owner learns nothing of who has an account elsewhere.
func TestInvitationsDoNotTellWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := w.staff("olive@callshu.test")
	owner := w.employer("ada@example.com", operator)
	w.employer("known@other.example", operator)
	fresh := w.anybody()
	fresh.expect(http.StatusAccepted, http.MethodPost, "/api/v1/auth/register", registration("began@other.example"))
	scrub := func(email string) string {
		a := owner.post(invitations, object{"email": email, "name": "Somebody", "role": "member"})
		var made httpapi.Invitation
		a.decode(t, &made)
		header := a.Header.Clone()
		for _, own := range []string{"X-Request-Id", "Ratelimit-Remaining", "Ratelimit-Reset"} {
			header.Del(own)
		}
		body := strings.NewReplacer(made.ID.String(), "", email, "").Replace(string(a.body))
		return fmt.Sprintf("%d %v %s", a.StatusCode, header, body)
	}
	unknown := scrub("unkno@other.example")
	for _, email := range []string{"known@other.example", "began@other.example"} {
		if diff := cmp.Diff(unknown, scrub(email)); diff != "" {
			t.Errorf("the answer tells of %s (-unknown +known):\n%s", email, diff)
		}
	}
	if data, token := w.letter("known@other.example", "user_invited_taken"); token != "" {
		t.Errorf("who has an account got a link: %s", data)
	}
	// An application that was begun and never confirmed gives way to who holds the mailbox.
	_, token := w.letter("began@other.example", "user_invited")
	_, stale := w.letter("began@other.example", "verify_email")
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation/accept", acceptance(token))
	mustRefuse(t, "the link of the application", w.anybody().post("/api/v1/auth/verify-email", object{"token": stale}), http.StatusGone, "token_gone")
	var me httpapi.Me
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "began@other.example", "password": password}).decode(t, &me)
	if me.Account.ID != w.accountOf("ada@example.com") {
		t.Errorf("joined %s", me.Account.LegalName)
	}
	// An address that becomes somebody's after the invitation is refused to its owner alone.
	_, late := owner.invite("late@other.example", "member")
	w.applicant("late@other.example")
	mustRefuse(t, "an address that is taken by now", w.anybody().post("/api/v1/auth/invitation/accept", acceptance(late)), http.StatusConflict, "email_taken")
	mustRefuse(t, "one's own colleague", owner.post(invitations, object{"email": "ADA@example.com", "name": "A", "role": "member"}), http.StatusConflict, "already_user")
	// Nobody's mailbox fills up, and nobody is told that it would.
	made, _ := owner.invite("poor@other.example", "member")
	for range 9 {
		owner.expect(http.StatusAccepted, http.MethodPost, invitations+"/"+made.ID.String()+"/resend", nil)
	}
	if n := w.count(`SELECT count(*) FROM mails WHERE recipient = 'poor@other.example'`); n != 5 {
		t.Errorf("%d mails to one address, want 5", n)
	}
	for a := owner.post(invitations+"/"+made.ID.String()+"/resend", nil); a.StatusCode != http.StatusTooManyRequests; {
		if a = owner.post(invitations+"/"+made.ID.String()+"/resend", nil); w.count(`SELECT count(*) FROM audit_events WHERE action LIKE 'user.invited%'`) > 30 {
			t.Fatal("an account may send more than thirty invitations in an hour")
		}
	}
}

func TestOwnersManagePeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	mustRefuse(t, "the last owner becomes a member", owner.change("ada@example.com", object{"role": "member"}), http.StatusConflict, "last_owner")
	mustRefuse(t, "one's own access", owner.change("ada@example.com", object{"disabled": true}), http.StatusConflict, "own_access")
	ben := owner.join("ben@example.com", "member")
	if a := owner.change("ben@example.com", object{"role": "owner", "name": " Benoît  Roy-Lavoie "}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	var list httpapi.ColleagueList
	ben.expect(http.StatusOK, http.MethodGet, "/api/v1/users", nil).decode(t, &list) // at the next request
	w.letter("ben@example.com", "role_changed")
	if a := ben.change("ada@example.com", object{"role": "member"}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	mustRefuse(t, "a former owner", owner.get("/api/v1/users"), http.StatusForbidden, "owner_only")
	if a := ben.change("ada@example.com", object{"role": "owner"}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	session, err := w.auth.Authenticate(t.Context(), strings.TrimPrefix(owner.cookie, "__Host-callshu="))
	if err != nil {
		t.Fatal(err)
	}
	if a := ben.change("ada@example.com", object{"disabled": true}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	mustRefuse(t, "whose access has ended", owner.get("/api/v1/me"), http.StatusUnauthorized, "unauthenticated")
	if err := w.auth.Alive(t.Context(), session); err == nil {
		t.Error("an open stream of who has no access stays open")
	}
	mustRefuse(t, "signing in again", w.anybody().post("/api/v1/auth/login", object{"email": "ada@example.com", "password": password}), http.StatusUnauthorized, "bad_credentials")
	w.letter("ada@example.com", "access_ended")
	mustRefuse(t, "the last owner who can sign in", ben.change("ben@example.com", object{"role": "member"}), http.StatusConflict, "last_owner")
	if a := ben.change("ada@example.com", object{"disabled": false}); a.StatusCode != http.StatusOK {
		t.Fatalf("%s", a.body)
	}
	mustRefuse(t, "an old session of who is let in again", owner.get("/api/v1/me"), http.StatusUnauthorized, "unauthenticated")
	owner.expect(http.StatusOK, http.MethodPost, "/api/v1/auth/login", object{"email": "ada@example.com", "password": password})
	rows := map[string]string{"user.role_changed": `{"role": {"from": "member", "to": "owner"}}`,
		"user.changed": `{"name": {"from": "Benoît Roy", "to": "Benoît Roy-Lavoie"}}`, "user.disabled": `{}`, "user.enabled": `{}`}
	for action, detail := range rows {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND detail = $2::jsonb AND subject_kind = 'user' AND request_id <> ''`, action, detail); n == 0 {
			t.Errorf("no row of %s with %s", action, detail)
		}
	}
	other := w.employer("max@other.example", w.staff("otto@callshu.test"))
	for _, path := range []string{"/api/v1/users/" + w.userOf("ben@example.com").String(), "/api/v1/users/" + uuid.NewString()} {
		mustRefuse(t, "another account's person", other.do(http.MethodPatch, path, object{"disabled": true}), http.StatusNotFound, "not_found")
	}
	made, token := ben.invite("cleo@example.com", "member")
	for method, path := range map[string]string{http.MethodDelete: invitations + "/" + made.ID.String(), http.MethodPost: invitations + "/" + made.ID.String() + "/resend"} {
		mustRefuse(t, "another account's invitation", other.do(method, path, nil), http.StatusNotFound, "not_found")
	}
	w.anybody().expect(http.StatusOK, http.MethodPost, "/api/v1/auth/invitation", object{"token": token})
	if p := ben.change("ada@example.com", object{"role": "king"}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.role" {
		t.Errorf("a role that does not exist: %+v", p)
	}
}

// Two owners who send each other away at once: one of them stays.
func TestAnOwnerAlwaysStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.employer("ada@example.com", w.staff("olive@callshu.test"))
	ben := ada.join("ben@example.com", "owner")
	adasID, bensID := w.userOf("ada@example.com").String(), w.userOf("ben@example.com").String()
	demote := func(b *browser, id string) {
		b.send(b.request(http.MethodPatch, "/api/v1/users/"+id, object{"role": "member"}))
	}
	for round := range 8 {
		var group sync.WaitGroup
		group.Go(func() { demote(ada, bensID) })
		group.Go(func() { demote(ben, adasID) })
		group.Wait()
		if n := w.count(`SELECT count(*) FROM users WHERE role = 'owner'`); n != 1 {
			t.Fatalf("round %d: %d owners, want the one who was first", round, n)
		}
		w.exec(`UPDATE users SET role = 'owner'`)
	}
}

func TestOwnNameAndLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.applicant("zoe@example.com")
	var me httpapi.Me
	b.expect(http.StatusOK, http.MethodPatch, "/api/v1/me", object{"name": "Zoé Roy-Côté", "language": "fr"}).decode(t, &me)
	if me.User.Name != "Zoé Roy-Côté" || me.User.Language != "fr" || me.User.Role != "owner" {
		t.Errorf("after the change: %+v", me.User)
	}
	b.expect(http.StatusOK, http.MethodPatch, "/api/v1/me", object{"name": "Zoé Roy-Côté"}) // no change, no row
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.changed' AND detail = '{"name": {"from": "Zoé Roy", "to": "Zoé Roy-Côté"}, "language": {"from": "en", "to": "fr"}}'`); n != 1 || w.count(`SELECT count(*) FROM audit_events WHERE action = 'user.changed'`) != 1 {
		t.Errorf("%d rows with what was and what is", n)
	}
	p := b.do(http.MethodPatch, "/api/v1/me", object{"name": "a\u202eb"}).problem(t)
	if p.Status != http.StatusUnprocessableEntity || p.Errors[0].Location != "body.name" {
		t.Errorf("a name that turns: %+v", p)
	}
}
