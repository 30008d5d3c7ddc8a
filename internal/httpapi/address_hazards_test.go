package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/auth"
)

// addressHazards are texts that are no address to us, by what is wrong with them.
func addressHazards() map[string]string {
	label := strings.Repeat("d", 63)
	return map[string]string{
		"nothing": "", "no domain": "zoe@", "no name": "@example.com", "no @": "zoe.example.com", "two @": "zoe@a@example.com",
		"no dot in the domain": "zoe@localhost", "a dot first": ".zoe@example.com", "a dot last": "zoe.@example.com", "two dots": "zoe..roy@example.com",
		"a dot before the domain": "zoe@.example.com", "a dot after the domain": "zoe@example.com.", "two dots in the domain": "zoe@example..com",
		"a quoted name": `"zoe roy"@example.com`, "a quoted line break": "\"zoe\r\nBcc: all\"@example.com", "a comment": "zoe(roy)@example.com", "a comment behind": "zoe@example.com(home)",
		"a route": "<@a.example,@b.example:zoe@example.com>", "angle brackets": "<zoe@example.com>", "a display name": "Zoe <zoe@example.com>", "a list": "zoe@example.com,ann@example.com",
		"a scheme": "mailto:zoe@example.com", "headers in it": "zoe@example.com?bcc=all@example.com",
		"an address literal": "zoe@[192.0.2.1]", "an IPv6 literal": "zoe@[IPv6:2001:db8::1]", "a bare IP address": "zoe@192.0.2.1",
		"a line break": "zoe@example.com\r\nBcc: all@example.com", "a line feed": "zoe\n@example.com", "a NUL": "zoe\x00@example.com", "a space": "zoe roy@example.com", "a tab": "zoe\t@example.com",
		"a backslash": `zoe\@example.com`, "a percent sign in the domain": "zoe@example%2ecom", "an underscore in the domain": "zoe@exa_mple.com",
		"a hyphen first": "zoe@-example.com", "a hyphen last": "zoe@example-.com", "a number last": "zoe@example.123",
		"a letter of another script": "z\u043ee@example.com", "a domain of another script": "zoe@ex\u0430mple.com", "an accent": "zo\u00e9@example.com", "a wide letter": "\uff5aoe@example.com",
		"an invisible letter": "zoe\u200b@example.com", "a turned direction": "\u202ezoe@example.com", "a soft hyphen": "zoe@exam\u00adple.com", "a wide dot": "zoe@example\u3002com",
		"65 letters before the @": strings.Repeat("z", 65) + "@example.com", "64 letters in a label": "zoe@" + label + "d.com",
		"255 letters": longAddress(255),
	}
}

// longAddress is right but for its length, where that is over 254.
func longAddress(length int) string {
	address := strings.Repeat("z", 60) + "@"
	for len(address)+61 < length-4 {
		address += strings.Repeat("d", 60) + "."
	}
	return address + strings.Repeat("e", length-4-len(address)) + ".com"
}

// One rule says what an address is, wherever one is typed.
func TestAddressHazards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.staff("olive@callshu.test")
	owner := w.employer("zoe@example.com", staff)
	places := map[string]func(email string) answer{
		"register": func(email string) answer { return w.anybody().post("/api/v1/auth/register", registration(email)) },
		"an invitation": func(email string) answer {
			return owner.post("/api/v1/users/invitations", object{"email": email, "name": "Ben", "role": "member"})
		},
		"another address": func(email string) answer {
			w.exec(`DELETE FROM rate_hits`)
			return owner.post("/api/v1/me/email", object{"email": email, "current_password": password})
		},
	}
	mails := w.count(`SELECT count(*) FROM mails`)
	for hazard, email := range addressHazards() {
		for place, send := range places {
			a := send(email)
			if strings.ContainsRune(email, 0) { // no JSON text of ours holds one, whatever the field
				mustRefuse(t, hazard+" at "+place, a, http.StatusBadRequest, "bad_request")
				continue
			}
			if p := a.problem(t); p.Status != http.StatusUnprocessableEntity || !strings.Contains(fmt.Sprint(p.Errors), "body.email") {
				t.Errorf("%s at %s: %d %+v", hazard, place, p.Status, p.Errors)
			}
		}
		if _, err := w.auth.AddOperator(t.Context(), auth.NewOperator{Email: email, Name: "Max", Team: "support", Password: password}); err == nil {
			t.Errorf("%s makes an operator", hazard)
		}
	}
	if n := w.count(`SELECT count(*) FROM mails`) - mails; n != 0 {
		t.Errorf("%d mails left for what is no address", n)
	}
	for typed, stored := range map[string]string{
		" Ben.Roy+callshu@EXAMPLE.com ":        "Ben.Roy+callshu@example.com",
		"ben@xn--maisonvert-cza.example":       "ben@xn--maisonvert-cza.example",
		"b!#$%&'*/=?^_`{|}~-n@a-b.example.co":  "b!#$%&'*/=?^_`{|}~-n@a-b.example.co",
		longAddress(254):                       longAddress(254),
		strings.Repeat("b", 64) + "@x.example": strings.Repeat("b", 64) + "@x.example",
	} {
		w.exec(`DELETE FROM rate_hits`)
		if a := places["an invitation"](typed); a.StatusCode != http.StatusAccepted || w.count(`SELECT count(*) FROM user_invitations WHERE email = $1`, stored) != 1 {
			t.Errorf("%q: %d %s", typed, a.StatusCode, a.body)
		}
	}
}

// Two who take one address at once, in whatever case: one has it.
func TestAddressesAreOneInAnyCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := make(chan answer, 6)
	for i := range 6 {
		email := []string{"Zoe@example.com", "zoe@EXAMPLE.com", "ZOE@example.com"}[i%3]
		request := w.anybody().request(http.MethodPost, "/api/v1/auth/register", registration(email))
		go func() { answers <- (&browser{w: w}).send(request) }()
	}
	for range 6 {
		if a := <-answers; a.StatusCode != http.StatusAccepted {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	if n := w.count(`SELECT count(*) FROM users WHERE lower(email) = 'zoe@example.com'`); n != 1 {
		t.Errorf("%d people have one address", n)
	}
	// Dots and what stands behind a plus sign belong to the mailbox: they are others.
	for _, email := range []string{"z.oe@example.com", "zoe+1@example.com"} {
		w.applicant(email)
	}
}
